"""The models as functions, for frameworks whose own way that is; a `Network` holds their weights."""

from __future__ import annotations

import abc
import math
from typing import Any

import numpy as np


class Network(abc.ABC):
    """Hands a model function its weights, in the order in which it asks for them.

    Args:
        weights: the trainable ones; `None`: they are made as they are asked for.
        statistics: those of batch normalizations, likewise; after a call in training, `updates` holds the new ones.
        training: whether batches are normalized by themselves.
    """

    def __init__(self, weights: list | None = None, statistics: list | None = None, training: bool = False):
        self.making = weights is None
        self.weights, self.statistics = weights or [], statistics or []
        self.updates: list = []
        self.training = training
        self._given, self._given_statistics = iter(self.weights), iter(self.statistics)

    @abc.abstractmethod
    def array(self, value: np.ndarray, trainable: bool = True) -> Any: ...

    @abc.abstractmethod
    def mean(self, x: Any, axes: tuple, keepdims: bool = False) -> Any: ...

    @abc.abstractmethod
    def rsqrt(self, x: Any) -> Any: ...

    @abc.abstractmethod
    def relu(self, x: Any) -> Any: ...

    @abc.abstractmethod
    def gelu(self, x: Any) -> Any: ...

    @abc.abstractmethod
    def softmax(self, x: Any) -> Any: ...

    @abc.abstractmethod
    def reshape(self, x: Any, shape: tuple) -> Any: ...

    @abc.abstractmethod
    def einsum(self, subscripts: str, *xs: Any) -> Any: ...

    @abc.abstractmethod
    def take(self, table: Any, indices: Any) -> Any: ...

    @abc.abstractmethod
    def convolve(self, x: Any, kernel: Any, stride: int) -> Any: ...

    @abc.abstractmethod
    def max_pool(self, x: Any, size: int, stride: int) -> Any: ...

    @abc.abstractmethod
    def lstm_scan(self, gates: Any, recurrent: Any) -> Any: ...

    def weight(self, *shape: int) -> Any:
        if self.making:
            scale = math.sqrt(2 / math.prod(shape[:-1])) if len(shape) > 1 else 0
            self.weights.append(self.array(np.random.standard_normal(shape).astype(np.float32) * np.float32(scale)))
            return self.weights[-1]
        return next(self._given)

    def statistic(self, size: int, value: float) -> Any:
        if self.making:
            self.statistics.append(self.array(np.full(size, value, np.float32), trainable=False))
            return self.statistics[-1]
        return next(self._given_statistics)

    def dense(self, x: Any, units: int) -> Any:
        return x @ self.weight(x.shape[-1], units) + self.weight(units)

    def conv(self, x: Any, filters: int, size: int, stride: int = 1, bias: bool = True) -> Any:
        x = self.convolve(x, self.weight(size, size, x.shape[-1], filters), stride)
        return x + self.weight(filters) if bias else x

    def layer_norm(self, x: Any) -> Any:
        mean = self.mean(x, (-1,), keepdims=True)
        scale = self.rsqrt(self.mean((x - mean) ** 2, (-1,), keepdims=True) + 1e-5)
        return (x - mean) * scale * (1 + self.weight(x.shape[-1])) + self.weight(x.shape[-1])

    def batch_norm(self, x: Any) -> Any:
        mean, variance = self.statistic(x.shape[-1], 0), self.statistic(x.shape[-1], 1)
        if self.training:
            batch_mean = self.mean(x, (0, 1, 2))
            batch_variance = self.mean((x - batch_mean) ** 2, (0, 1, 2))
            self.updates += [0.9 * mean + 0.1 * batch_mean, 0.9 * variance + 0.1 * batch_variance]
            mean, variance = batch_mean, batch_variance
        return (x - mean) * self.rsqrt(variance + 1e-5) * (1 + self.weight(x.shape[-1])) + self.weight(x.shape[-1])

    def attention(self, x: Any, heads: int) -> Any:
        width = x.shape[-1]

        def split(x: Any) -> Any:
            return self.reshape(x, (-1, x.shape[1], heads, width // heads))

        query, key, value = (split(self.dense(x, width)) for _ in range(3))
        scores = self.einsum("bqhd,bkhd->bhqk", query, key) * (width // heads) ** -0.5
        attended = self.einsum("bhqk,bkhd->bqhd", self.softmax(scores), value)
        return self.dense(self.reshape(attended, (-1, x.shape[1], width)), width)

    def encoder(self, x: Any, depth: int, heads: int) -> Any:
        width = x.shape[-1]
        for _ in range(depth):
            x = self.layer_norm(x + self.attention(x, heads))
            x = self.layer_norm(x + self.dense(self.gelu(self.dense(x, 4 * width)), width))
        return self.dense(self.mean(x, (1,)), 10)


def mlp(nn: Network, x: Any) -> Any:
    return nn.dense(nn.relu(nn.dense(nn.relu(nn.dense(x, 256)), 128)), 10)


def cnn(nn: Network, x: Any) -> Any:
    x = nn.max_pool(nn.relu(nn.conv(x, 32, 3)), 2, 2)
    x = nn.max_pool(nn.relu(nn.conv(x, 64, 3)), 2, 2)
    x = nn.relu(nn.conv(x, 64, 3))
    return nn.dense(nn.reshape(x, (-1, math.prod(x.shape[1:]))), 10)


def transformer(nn: Network, x: Any) -> Any:
    return nn.encoder(x, 2, 4)


def deep(nn: Network, x: Any) -> Any:
    for _ in range(50):
        x = nn.relu(nn.dense(x, 16))
    return nn.dense(x, 10)


def resnet50(nn: Network, x: Any) -> Any:
    def conv(x: Any, filters: int, size: int, stride: int = 1) -> Any:
        return nn.batch_norm(nn.conv(x, filters, size, stride, bias=False))

    x = nn.max_pool(nn.relu(conv(x, 64, 7, 2)), 3, 2)
    for stage, blocks in enumerate((3, 4, 6, 3)):
        for block in range(blocks):
            filters, stride = 64 << stage, 2 if stage and not block else 1
            shortcut = x if block else conv(x, 4 * filters, 1, stride)
            x = nn.relu(conv(nn.relu(conv(x, filters, 1)), filters, 3, stride))
            x = nn.relu(conv(x, 4 * filters, 1) + shortcut)
    return nn.dense(nn.mean(x, (1, 2)), 1000)


def bert(nn: Network, x: Any) -> Any:
    return nn.encoder(nn.layer_norm(nn.take(nn.weight(30522, 768), x)), 12, 12)


def lstm(nn: Network, x: Any) -> Any:
    x = nn.take(nn.weight(20000, 128), x)
    return nn.dense(nn.lstm_scan(nn.dense(x, 4 * 128), nn.weight(128, 4 * 128)), 10)
