"""Attention without heads and projections."""

from __future__ import annotations

from typing import Any

from keras_core import ops, random
from keras_core.layers.layer import Layer
from keras_core.layers.merging.merge import list_of_shapes
from keras_core.layers.regularization.dropout import check_rate
from keras_core.layers.shapes import inferred
from keras_core.random.seed_generator import SeedGenerator
from keras_core.tensors.masking import only_passes


class Attention(Layer):
    """Dot-product attention (Luong et al., 2015) on a list `[query, value]` or `[query, value, key]`.

    Args:
        use_scale: whether scores are multiplied by a trainable number.
        score_mode: "dot", or "concat" for the sum of `tanh(query + key)`, times a trainable number.
        dropout: share of the attention weights dropped in training.
        seed: of the dropout.
    """

    def __init__(
        self, use_scale: bool = False, score_mode: str = "dot", dropout: float = 0.0, seed: Any = None, **kwargs: Any
    ):
        super().__init__(**kwargs)
        if score_mode not in ("dot", "concat"):
            raise ValueError(f"Attention: `score_mode` is 'dot' or 'concat'. Received: score_mode={score_mode!r}")
        self.use_scale = use_scale
        self.score_mode = score_mode
        self.dropout = check_rate(dropout, type(self).__name__, "dropout")
        self.seed = seed
        if self.dropout > 0:
            self.seed_generator = SeedGenerator(seed)
        self.supports_masking = True
        self.scale = None
        self.concat_score_weight = None

    def build(self, input_shape: Any) -> None:
        self._check_inputs(input_shape)
        if self.use_scale:
            self.scale = self.add_weight(name="scale", shape=(), initializer="ones")
        if self.score_mode == "concat":
            self.concat_score_weight = self.add_weight(name="concat_score_weight", shape=(), initializer="ones")

    def _check_inputs(self, input_shape: Any) -> None:
        shapes = list_of_shapes(input_shape, self)
        if len(shapes) not in (2, 3):
            raise ValueError(
                f"{type(self).__name__} is called on [query, value] or [query, value, key]. "
                f"Received {len(shapes)} inputs."
            )

    def _calculate_scores(self, query: Any, key: Any) -> Any:
        if self.score_mode == "dot":
            scores = ops.matmul(query, ops.swapaxes(key, -1, -2))
            return scores if self.scale is None else ops.multiply(scores, self.scale)
        pairs = ops.add(ops.expand_dims(query, -2), ops.expand_dims(key, -3))
        if self.scale is not None:
            pairs = ops.multiply(self.scale, pairs)
        return ops.multiply(self.concat_score_weight, ops.sum(ops.tanh(pairs), axis=-1))

    @inferred
    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """The shape of the outputs for shapes of the queries, the values and (maybe) the keys."""
        return (*input_shape[0][:-1], input_shape[1][-1])

    def compute_output_spec(
        self,
        inputs: Any,
        mask: Any = None,
        return_attention_scores: bool = False,
        training: Any = None,
        use_causal_mask: bool = False,
    ) -> Any:
        return super().compute_output_spec(inputs, mask, training, return_attention_scores, use_causal_mask)

    def call(
        self,
        inputs: Any,
        mask: Any = None,
        training: Any = False,
        return_attention_scores: bool = False,
        use_causal_mask: bool = False,
    ) -> Any:
        query, value = inputs[0], inputs[1]
        key = inputs[2] if len(inputs) > 2 else value
        query_mask, value_mask = (mask[0], mask[1]) if mask is not None else (None, None)
        scores = self._calculate_scores(query, key)
        seen = None if value_mask is None else ops.expand_dims(ops.cast(value_mask, "bool"), -2)
        if use_causal_mask:
            rows = ops.arange(ops.shape(query)[-2])[:, None]
            causal = ops.expand_dims(ops.greater_equal(rows, ops.arange(ops.shape(key)[-2])[None, :]), 0)
            seen = causal if seen is None else ops.logical_and(seen, causal)
        if seen is not None:
            dtype = ops.dtype(scores)
            hidden = ops.cast(ops.logical_not(seen), dtype)
            scores = ops.subtract(scores, ops.multiply(hidden, 65504.0 if dtype == "float16" else 1e9))
        weights = ops.softmax(scores, axis=-1)
        if training and self.dropout > 0:
            weights = random.dropout(weights, self.dropout, seed=self.seed_generator)
        outputs = ops.matmul(weights, value)
        if query_mask is not None:
            outputs = ops.multiply(outputs, ops.expand_dims(ops.cast(query_mask, ops.dtype(outputs)), -1))
        return (outputs, weights) if return_attention_scores else outputs

    @only_passes
    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return mask[0] if mask else None

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "use_scale": self.use_scale,
            "score_mode": self.score_mode,
            "dropout": self.dropout,
            "seed": self.seed,
        }


class AdditiveAttention(Attention):
    """Attention by the sum of `scale * tanh(query + key)` (Bahdanau et al., 2015).

    Args:
        use_scale: whether there is a trainable scale for each feature.
        dropout: share of the attention weights dropped in training.
    """

    def __init__(self, use_scale: bool = True, dropout: float = 0.0, **kwargs: Any):
        super().__init__(use_scale=use_scale, dropout=dropout, **kwargs)

    def build(self, input_shape: Any) -> None:
        self._check_inputs(input_shape)
        if self.use_scale:
            self.scale = self.add_weight(name="scale", shape=(input_shape[0][-1],), initializer="glorot_uniform")

    def _calculate_scores(self, query: Any, key: Any) -> Any:
        sums = ops.tanh(ops.add(ops.expand_dims(query, -2), ops.expand_dims(key, -3)))
        return ops.sum(sums if self.scale is None else ops.multiply(self.scale, sums), axis=-1)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["score_mode"]
        return config
