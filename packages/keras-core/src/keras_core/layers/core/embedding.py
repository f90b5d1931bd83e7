"""Integers to vectors."""

from __future__ import annotations

from typing import Any

from keras_core import constraints, initializers, ops, regularizers
from keras_core.layers.arguments import positive, settings
from keras_core.layers.core.dense import refuse_later_work
from keras_core.layers.layer import Layer
from keras_core.layers.shapes import inferred


class Embedding(Layer):
    """The row of a trainable table for each integer.

    Args:
        input_dim: the number of rows; inputs lie in [0, input_dim).
        output_dim: the length of a row.
        embeddings_initializer, embeddings_regularizer, embeddings_constraint: of the table.
        mask_zero: whether 0 stands for padding and is masked.
        weights: the table's first values, or a list of it.
        lora_rank, lora_alpha, quantization_config: not supported yet.

    Inputs of any shape give outputs of that shape and a last axis of `output_dim`.
    """

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None,
        mask_zero: bool = False,
        weights: Any = None,
        lora_rank: int | None = None,
        lora_alpha: float | None = None,
        quantization_config: Any = None,
        **kwargs: Any,
    ):
        refuse_later_work(self, lora_rank=lora_rank, quantization_config=quantization_config)
        kwargs.pop("input_length", None)  # of Keras 2, without effect
        super().__init__(**kwargs)
        self.input_dim = positive(input_dim, "input_dim", "Embedding")
        self.output_dim = positive(output_dim, "output_dim", "Embedding")
        self.embeddings_initializer = initializers.get(embeddings_initializer)
        self.embeddings_regularizer = regularizers.get(embeddings_regularizer)
        self.embeddings_constraint = constraints.get(embeddings_constraint)
        self.mask_zero = mask_zero
        self.supports_masking = mask_zero
        self.autocast = False
        if weights is not None:
            self.build()
            self.set_weights(weights if isinstance(weights, list) and len(weights) == 1 else [weights])

    def build(self, input_shape: Any = None) -> None:
        if self.built:
            return
        self.embeddings = self.add_weight(
            name="embeddings",
            shape=(self.input_dim, self.output_dim),
            initializer=self.embeddings_initializer,
            regularizer=self.embeddings_regularizer,
            constraint=self.embeddings_constraint,
        )

    @inferred
    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """The shape of the outputs for inputs of this shape."""
        return (*input_shape, self.output_dim)

    def compute_output_spec(self, inputs: Any) -> Any:
        return super().compute_output_spec(inputs)

    def call(self, inputs: Any) -> Any:
        if ops.dtype(inputs) not in ("int32", "int64"):
            inputs = ops.cast(inputs, "int32")
        return ops.cast(ops.take(self.embeddings, inputs, axis=0), self.compute_dtype)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return ops.not_equal(inputs, 0) if self.mask_zero else None

    def get_config(self) -> dict[str, Any]:
        names = (
            "input_dim output_dim embeddings_initializer embeddings_regularizer activity_regularizer "
            "embeddings_constraint mask_zero"
        )
        return {**super().get_config(), **settings(self, names), "quantization_config": None}
