"""One table of layer cases, for every test that goes over all layers.

A case is a layer as an expression of `L` (the namespace `layers`), so that it can be made under Keras 3.15.1 as well,
and what it is called on: shapes of float inputs (one, or a list of them), or "integers" and a shape.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np


@dataclasses.dataclass(frozen=True)
class Case:
    layer: str
    shape: Any = (2, 5, 4)
    integers: int = 0
    """The inputs are integers below this, if it is not 0."""
    call: str = "layer(x)"
    mask: bool = False
    """Whether time steps of the (first) input are masked."""
    tolerance: float = 2e-5

    def inputs(self) -> Any:
        rng = np.random.default_rng(7)

        def one(shape):
            if self.integers:
                return rng.integers(0, self.integers, shape).astype("int32")
            return rng.normal(size=shape).astype("float32")

        return [one(s) for s in self.shape] if isinstance(self.shape, list) else one(self.shape)

    def __str__(self) -> str:
        called = self.layer if self.call == "layer(x)" else f"{self.layer} {self.call}"
        return f"{called} masked" if self.mask else called


IMAGE = (2, 7, 6, 4)
VOLUME = (2, 4, 5, 4, 3)
PAIR = [(2, 5, 4), (2, 5, 4)]
ATTENTION = [(2, 5, 4), (2, 3, 6)]

CASES = [
    # core
    Case("L.Dense(3)"),
    Case("L.Dense(3, activation='relu', use_bias=False)", (2, 4)),
    Case("L.Dense(3, kernel_regularizer='l2', activity_regularizer='l1', kernel_constraint='non_neg')", (2, 4)),
    Case("L.EinsumDense('abc,cd->abd', (None, 3), bias_axes='d', activation='tanh')"),
    Case("L.EinsumDense('...x,xy->...y', 3, bias_axes='y')", IMAGE),
    Case("L.EinsumDense('abc,cde->abde', (None, 2, 3), bias_axes='de')"),
    Case("L.EinsumDense('abcd,cde->abe', (None, 3))", IMAGE),
    Case("L.Embedding(9, 3)", (2, 5), integers=9),
    Case("L.Embedding(9, 3, mask_zero=True)", (2, 5), integers=9),
    Case("L.Identity()"),
    Case("L.Masking()"),
    # activations
    Case("L.Activation('gelu')"),
    Case("L.ReLU()"),
    Case("L.ReLU(max_value=1.0, negative_slope=0.1, threshold=0.3)"),
    Case("L.ReLU(6.0)"),
    Case("L.LeakyReLU()"),
    Case("L.ELU(0.5)"),
    Case("L.PReLU(shared_axes=[1])"),
    Case("L.Softmax()"),
    Case("L.Softmax(axis=(1, 2))"),
    # convolutional
    Case("L.Conv1D(3, 2)"),
    Case("L.Conv1D(3, 2, padding='causal', dilation_rate=2, activation='relu')"),
    Case("L.Conv2D(6, 3)", IMAGE),
    Case("L.Conv2D(6, (3, 2), strides=2, padding='same', groups=2, use_bias=False)", IMAGE),
    Case("L.Conv2D(6, 3, dilation_rate=2, padding='same')", IMAGE),
    Case("L.Conv3D(2, 2)", VOLUME),
    Case("L.Conv1DTranspose(3, 3, strides=2)"),
    Case("L.Conv2DTranspose(3, 3, strides=2, padding='same')", IMAGE),
    Case("L.Conv2DTranspose(3, 2, strides=2, output_padding=1)", IMAGE),
    Case("L.Conv3DTranspose(2, 2)", VOLUME),
    Case("L.DepthwiseConv1D(3, depth_multiplier=2)"),
    Case("L.DepthwiseConv2D(3, strides=2, padding='same')", IMAGE),
    Case("L.SeparableConv1D(3, 2)"),
    Case("L.SeparableConv2D(3, 3, depth_multiplier=2, padding='same', activation='relu')", IMAGE),
    # pooling
    Case("L.MaxPooling1D(2)"),
    Case("L.MaxPooling2D()", IMAGE),
    Case("L.MaxPooling2D(3, strides=2, padding='same')", IMAGE),
    Case("L.MaxPooling3D()", VOLUME),
    Case("L.AveragePooling1D(2, padding='same')"),
    Case("L.AveragePooling2D(3, strides=2, padding='same')", IMAGE),
    Case("L.AveragePooling3D(2)", VOLUME),
    Case("L.GlobalAveragePooling1D()"),
    Case("L.GlobalAveragePooling1D()", mask=True),
    Case("L.GlobalAveragePooling2D(keepdims=True)", IMAGE),
    Case("L.GlobalAveragePooling3D()", VOLUME),
    Case("L.GlobalMaxPooling1D()"),
    Case("L.GlobalMaxPooling2D()", IMAGE),
    Case("L.GlobalMaxPooling3D(keepdims=True)", VOLUME),
    # normalization
    Case("L.BatchNormalization()"),
    Case("L.BatchNormalization(axis=1, momentum=0.8)", IMAGE, call="layer(x, training=True)", tolerance=1e-4),
    Case("L.BatchNormalization(scale=False)", call="layer(x, training=True)", mask=True, tolerance=1e-4),
    Case("L.LayerNormalization()"),
    Case("L.LayerNormalization(axis=[1, 2], center=False)", tolerance=1e-4),
    Case("L.GroupNormalization(2)", IMAGE),
    Case("L.GroupNormalization(-1, axis=1)", IMAGE, tolerance=1e-4),
    Case("L.RMSNormalization()"),
    Case("L.UnitNormalization()"),
    # regularization
    Case("L.Dropout(0.5)"),
    Case("L.SpatialDropout1D(0.5)"),
    Case("L.SpatialDropout2D(0.5)", IMAGE),
    Case("L.GaussianNoise(0.5)"),
    Case("L.GaussianDropout(0.5)"),
    Case("L.AlphaDropout(0.5)"),
    Case("L.ActivityRegularization(l1=0.1, l2=0.2)"),
    # reshaping
    Case("L.Flatten()", IMAGE),
    Case("L.Flatten(data_format='channels_first')", IMAGE),
    Case("L.Reshape((10, 2))"),
    Case("L.Reshape((-1, 2))"),
    Case("L.Permute((2, 1))"),
    Case("L.RepeatVector(3)", (2, 4)),
    Case("L.ZeroPadding1D((1, 2))"),
    Case("L.ZeroPadding2D(((1, 2), (0, 3)))", IMAGE),
    Case("L.ZeroPadding3D(1)", VOLUME),
    Case("L.Cropping1D((1, 2))"),
    Case("L.Cropping2D(((1, 2), (0, 3)))", IMAGE),
    Case("L.Cropping3D(1)", VOLUME),
    Case("L.UpSampling1D(3)"),
    Case("L.UpSampling2D((2, 3))", IMAGE),
    Case("L.UpSampling3D()", VOLUME),
    # merging
    Case("L.Add()", PAIR),
    Case("L.Add()", [(2, 5, 4), (2, 4)]),
    Case("L.Subtract()", PAIR),
    Case("L.Multiply()", [*PAIR, (2, 1, 4)]),
    Case("L.Average()", PAIR),
    Case("L.Maximum()", PAIR),
    Case("L.Minimum()", PAIR),
    Case("L.Concatenate()", PAIR),
    Case("L.Concatenate(axis=1)", [(2, 5, 4), (2, 2, 4)]),
    Case("L.Dot(axes=1)", PAIR),
    Case("L.Dot(axes=(2, 1), normalize=True)", [(2, 5, 4), (2, 4, 3)]),
    Case("L.Dot(axes=1)", [(2, 5), (2, 5)]),
    # attention
    Case("L.MultiHeadAttention(2, 3)", ATTENTION, call="layer(x[0], x[1])"),
    Case("L.MultiHeadAttention(2, 3, 2, output_shape=5, use_bias=False)", ATTENTION, call="layer(x[0], x[1])"),
    Case("L.MultiHeadAttention(2, 3)", PAIR, call="layer(x[0], x[1], use_causal_mask=True)"),
    Case("L.MultiHeadAttention(2, 3)", ATTENTION, call="layer(x[0], x[1], return_attention_scores=True)"),
    Case("L.MultiHeadAttention(2, 3, use_gate=True, sliding_window=2)", PAIR, call="layer(x[0], x[1])"),
    Case("L.MultiHeadAttention(2, 3, attention_axes=(2,))", [IMAGE, IMAGE], call="layer(x[0], x[1])"),
    Case("L.MultiHeadAttention(2, 3)", [IMAGE, IMAGE], call="layer(x[0], x[1])"),
    Case("L.Attention(use_scale=True)", PAIR),
    Case("L.Attention(score_mode='concat')", PAIR, call="layer(x, use_causal_mask=True)"),
    Case("L.AdditiveAttention()", PAIR),
    # recurrence
    Case("L.SimpleRNN(3)"),
    Case("L.LSTM(3)"),
    Case("L.LSTM(3, return_sequences=True, return_state=True, go_backwards=True)"),
    Case("L.LSTM(3, return_sequences=True)", mask=True),
    Case("L.LSTM(3, activation='relu', recurrent_activation='hard_sigmoid', use_bias=False, unroll=True)"),
    Case("L.GRU(3)"),
    Case("L.GRU(3, reset_after=False, return_sequences=True)"),
    Case("L.GRU(3, return_sequences=True, go_backwards=True)", mask=True),
    Case("L.GRU(3, use_bias=False, return_state=True)"),
    Case("L.RNN([L.LSTMCell(3), L.GRUCell(2), L.SimpleRNNCell(4)], return_state=True)"),
    Case("L.RNN(L.LSTMCell(3), return_sequences=True)", mask=True),
    Case("L.Bidirectional(L.LSTM(3, return_sequences=True))"),
    Case("L.Bidirectional(L.LSTM(3, return_sequences=True))", mask=True),
    Case("L.Bidirectional(L.GRU(3), merge_mode='sum')"),
    Case("L.Bidirectional(L.LSTM(3, return_sequences=True, return_state=True), merge_mode=None)"),
    Case("L.TimeDistributed(L.Dense(3))"),
    Case("L.TimeDistributed(L.Conv2D(3, 2))", (2, 3, 5, 5, 2)),
    # preprocessing
    Case("L.Rescaling(0.5, offset=1.0)"),
    Case("L.Normalization()", call="(layer.adapt(x), layer(x))[1]"),
    Case("L.Normalization(axis=None)", call="(layer.adapt(x), layer(x))[1]"),
    Case("L.Normalization(mean=[1.0, 2.0, 3.0, 4.0], variance=[1.0, 4.0, 9.0, 1.0], invert=True)"),
]

CASE_IDS = [f"{i:03d} {case}" for i, case in enumerate(CASES)]
