"""Fourier transforms. Complex tensors are pairs `(real, imaginary)` of real ones, as in Keras.

Everything follows from `fft`, whose body is written over products of matrices, so a backend needs neither complex
numbers nor transforms of its own. Halves, like integers, become float32.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from keras_core.ops import arguments as canonical, dtype_rules as rules, shape_rules as shapes
from keras_core.ops.contract import op
from keras_core.ops.core import convert_to_tensor, dtype, shape, static_shape_of
from keras_core.ops.creation import arange, ones, zeros_like
from keras_core.ops.elementwise import add, cos, divide, greater, maximum, multiply, negative, square, subtract, where
from keras_core.ops.indexing import get_item, take
from keras_core.ops.linear import matmul
from keras_core.ops.shaping import broadcast_to, concatenate, expand_dims, flip, pad, reshape, swapaxes
from keras_core.tensors.dtypes import is_complex
from keras_core.tensors.spec import TensorSpec


def _real(dtype: str) -> str:
    found = rules.at_least_single(dtype)
    if is_complex(found):
        raise ValueError(
            "Fourier transforms take complex numbers as pairs (real, imaginary) of real tensors; received a tensor of "
            f"dtype {dtype}. `keras_core.ops.real` and `keras_core.ops.imag` give its parts."
        )
    return found


def _parts(*dtypes: Any) -> str:
    return _real(rules.promote(*dtypes))


def _pair(name: str, axes: int) -> Any:
    """Normaliser of `x`, a pair of tensors that have `axes` axes at least."""

    def normalize(arguments: dict) -> None:
        x = arguments["x"]
        dims = [static_shape_of(part) for part in x]
        if len(x) != 2 or not shapes.agree(*dims):
            raise ValueError(
                f"{name}(): `x` is a pair (real, imaginary) of tensors of one shape; received {len(x)} of shapes "
                f"{', '.join(map(str, dims))}."
            )
        if len(dims[0]) < axes:
            raise ValueError(f"{name}(): `x` has {axes} dimensions or more; received shape {dims[0]}.")

    return normalize


def _pair_shape(x):
    return tuple(TensorSpec(part.shape, part.dtype) for part in x)


# --- transforms ----------------------------------------------------------------------------------------------


@op("*x", dtype=_parts, normalize=_pair("fft", 1), shape=_pair_shape)
def fft(x):
    """The discrete Fourier transform along the last axis.

    Args:
        x: a pair `(real, imaginary)` of tensors of one shape; integers and halves as float32.

    Returns:
        The transform, a pair of that shape.

    Raises:
        ValueError: for another number of tensors, or ones of different shapes.
    """
    real, imag = x
    size = static_shape_of(real)[-1]
    if size is None:
        raise ValueError(f"fft(): the length of the last axis must be known; received shape {static_shape_of(real)}.")
    rows = next((d for d in range(math.isqrt(size), 1, -1) if size % d == 0), 1)
    if size <= _WHOLE or rows == 1:
        return _turned(real, imag, *_roots(size, size, size), matmul)
    # Cooley and Tukey, 1965: transforms of the columns of a matrix, each element turned, then of its rows.
    columns = size // rows
    lead = shape(real)[:-1]
    parts = fft([swapaxes(reshape(part, (*lead, rows, columns)), -1, -2) for part in (real, imag)])
    parts = _turned(*parts, *_roots(size, columns, rows), multiply)
    parts = fft([swapaxes(part, -1, -2) for part in parts])
    return tuple(reshape(swapaxes(part, -1, -2), (*lead, size)) for part in parts)


_WHOLE = 32
"""Up to this length a transform is one product with a matrix."""


@functools.lru_cache(maxsize=64)
def _roots(size: int, m: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Real and imaginary parts of `exp(-2j * pi * i * k / size)` for i below `m`, k below `n`."""
    angles = (np.outer(np.arange(m), np.arange(n)) % max(1, size)) * (-2 * np.pi / max(1, size))
    return np.cos(angles), np.sin(angles)


def _turned(real, imag, cosines, sines, times):
    """The parts of the product `times` of two complex tensors."""
    cosines, sines = (convert_to_tensor(part, dtype(real)) for part in (cosines, sines))
    return (
        subtract(times(real, cosines), times(imag, sines)),
        add(times(real, sines), times(imag, cosines)),
    )


def _inverse(transform, x, size):
    """The inverse of a transform of `size` elements, by way of the conjugates."""
    real, imag = transform((x[0], negative(x[1])))
    return divide(real, size), divide(imag, -size)


@op("*x", dtype=_parts, normalize=_pair("fft2", 2), shape=_pair_shape)
def fft2(x):
    """The discrete Fourier transform along the last two axes.

    Args:
        x: a pair `(real, imaginary)` of tensors of one shape; integers and halves as float32.

    Returns:
        The transform, a pair of that shape.
    """
    columns = [swapaxes(part, -1, -2) for part in fft(x)]
    return tuple(swapaxes(part, -1, -2) for part in fft(columns))


@op("*x", dtype=_parts, normalize=_pair("ifft2", 2), shape=_pair_shape)
def ifft2(x):
    """The inverse of `fft2`.

    Args:
        x: a pair `(real, imaginary)` of tensors of one shape; integers and halves as float32.

    Returns:
        A pair of that shape.
    """
    m, n = shape(x[0])[-2:]
    return _inverse(fft2, x, m * n)


def _resized(x, size):
    """`x` with its last axis cut off, or continued with zeros, to `size`."""
    before = static_shape_of(x)[-1]
    if before == size:
        return x
    if before > size:
        return get_item(x, (..., slice(0, size)))
    return pad(x, [(0, 0)] * (len(static_shape_of(x)) - 1) + [(0, size - before)])


def _fft_length(value: Any, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise ValueError(f"{name}(): `fft_length` is a positive integer; received: fft_length={value!r}.")
    return int(value)


def _rfft_arguments(arguments: dict) -> None:
    dims = static_shape_of(arguments["x"])
    if not dims:
        raise ValueError("rfft(): `x` has one dimension or more; received a scalar.")
    if arguments["fft_length"] is not None or dims[-1] == 0:
        arguments["fft_length"] = _fft_length(arguments["fft_length"] or dims[-1], "rfft")


def _rfft_shape(x, fft_length):
    size = x.shape[-1] if fft_length is None else fft_length
    found = TensorSpec((*x.shape[:-1], None if size is None else size // 2 + 1), x.dtype)
    return found, found


@op(dtype=_real, normalize=_rfft_arguments, shape=_rfft_shape)
def rfft(x, fft_length=None):
    """The discrete Fourier transform of real numbers along the last axis, without the half that mirrors the other.

    Args:
        x: a real tensor `(..., n)`; integers and halves as float32.
        fft_length: the length of the transform: `x` is cut off, or continued with zeros, to it. Default: `n`.

    Returns:
        A pair `(real, imaginary)` of tensors `(..., fft_length // 2 + 1)`.

    Raises:
        ValueError: for complex tensors, and a length below 1.
    """
    x = x if fft_length is None else _resized(x, fft_length)
    half = static_shape_of(x)[-1] // 2 + 1
    return tuple(get_item(part, (..., slice(0, half))) for part in fft((x, zeros_like(x))))


def _irfft_arguments(arguments: dict) -> None:
    _pair("irfft", 1)(arguments)
    bins = static_shape_of(arguments["x"][0])[-1]
    if arguments["fft_length"] is None and bins is not None:
        if bins < 2:
            raise ValueError(f"irfft(): {bins} frequencies tell no `fft_length`; give it.")
        arguments["fft_length"] = 2 * (bins - 1)
    elif arguments["fft_length"] is not None:
        arguments["fft_length"] = _fft_length(arguments["fft_length"], "irfft")


def _irfft_shape(x, fft_length):
    return TensorSpec((*x[0].shape[:-1], fft_length), x[0].dtype)


@op("*x", dtype=_parts, normalize=_irfft_arguments, shape=_irfft_shape)
def irfft(x, fft_length=None):
    """The inverse of `rfft`.

    Args:
        x: a pair `(real, imaginary)` of tensors `(..., n)`; integers and halves as float32.
        fft_length: the length of the result: the frequencies are cut off, or continued with zeros, to
            `fft_length // 2 + 1`. Default: `2 * (n - 1)`.

    Returns:
        A real tensor `(..., fft_length)`.

    Raises:
        ValueError: for another number of tensors, ones of different shapes, and a length below 1.
    """
    real, imag = (_resized(part, fft_length // 2 + 1) for part in x)
    mirrored = (..., slice(1, (fft_length + 1) // 2))
    real = concatenate([real, flip(get_item(real, mirrored), -1)], -1)
    imag = concatenate([imag, negative(flip(get_item(imag, mirrored), -1))], -1)
    return _inverse(fft, (real, imag), fft_length)[0]


# --- sequences -----------------------------------------------------------------------------------------------


def _positive(arguments: dict, op_name: str, *names: str) -> None:
    for name in names:
        value = arguments[name]
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
            raise ValueError(f"{op_name}(): `{name}` is a positive integer; received: {name}={value!r}.")
        arguments[name] = int(value)


@canonical.by_rank
def _sequence_arguments(arguments: dict) -> None:
    _positive(arguments, "extract_sequences", "sequence_length", "sequence_stride")
    if not static_shape_of(arguments["x"]):
        raise ValueError("extract_sequences(): `x` has one dimension or more; received a scalar.")


def _number_of_sequences(size, length, stride):
    return None if size is None else max(0, (size - length) // stride + 1)


def _sequences_shape(x, sequence_length, sequence_stride):
    number = _number_of_sequences(x.shape[-1], sequence_length, sequence_stride)
    return TensorSpec((*x.shape[:-1], number, sequence_length), x.dtype)


@op(normalize=_sequence_arguments, shape=_sequences_shape)
def extract_sequences(x, sequence_length, sequence_stride):
    """Slices of the last axis that may overlap, on an axis of their own.

    Args:
        x: a tensor `(..., n)`.
        sequence_length: the length of a slice.
        sequence_stride: the distance from the start of one slice to that of the next.

    Returns:
        A tensor `(..., number of slices, sequence_length)`; what is left at the end is dropped.

    Raises:
        ValueError: for a length or stride below 1.
    """
    size = shape(x)[-1]
    if isinstance(size, int):
        number = _number_of_sequences(size, sequence_length, sequence_stride)
    else:
        number = maximum((size - sequence_length) // sequence_stride + 1, 0)
    starts = multiply(arange(0, number, dtype="int32"), sequence_stride)
    return take(x, add(expand_dims(starts, -1), arange(sequence_length, dtype="int32")), axis=-1)


def _window_arguments(arguments: dict, name: str) -> None:
    _positive(arguments, name, "sequence_length", "sequence_stride", "fft_length")
    length, size = arguments["sequence_length"], arguments["fft_length"]
    if size < length:
        raise ValueError(
            f"{name}(): `fft_length` is at least `sequence_length`; received: sequence_length={length}, "
            f"fft_length={size}."
        )
    window = arguments["window"]
    if isinstance(window, str):
        if window not in _WINDOWS:
            raise ValueError(
                f"{name}(): `window` is {', '.join(map(repr, _WINDOWS))}, a tensor or None; received: "
                f"window={window!r}."
            )
    elif window is not None and static_shape_of(window) != (length,):
        raise ValueError(
            f"{name}(): `window` has the shape (sequence_length,) = ({length},); received shape "
            f"{static_shape_of(window)}."
        )


_WINDOWS = {"hann": (0.5, 0.5), "hamming": (0.54, 0.46)}
"""The mean and the depth of the cosine of each window, which starts at its lowest point."""


def _window(window, length, size, dtype):
    """The window as a tensor, continued with zeros on both sides to `size`."""
    if isinstance(window, str):
        mean, depth = _WINDOWS[window]
        angles = multiply(arange(length, dtype=dtype), 2 * math.pi / length)
        window = subtract(mean, multiply(cos(angles), depth))
    before = (size - length) // 2
    return pad(convert_to_tensor(window, dtype), [(before, size - length - before)])


def _stft_arguments(arguments: dict) -> None:
    _window_arguments(arguments, "stft")
    dims = static_shape_of(arguments["x"])
    edge = arguments["fft_length"] // 2
    if not dims:
        raise ValueError("stft(): `x` has one dimension or more; received a scalar.")
    if arguments["center"] and dims[-1] is not None and dims[-1] <= edge:
        raise ValueError(
            f"stft(center=True) mirrors {edge} elements (fft_length // 2) at both ends, of more than that many; "
            f"received `x` of shape {dims}. Pad it, or pass `center=False`."
        )


def _stft_shape(x, sequence_length, sequence_stride, fft_length, window, center):
    size = x.shape[-1]
    if size is not None and center:
        size += fft_length // 2 * 2
    number = _number_of_sequences(size, fft_length, sequence_stride)
    found = TensorSpec((*x.shape[:-1], number, fft_length // 2 + 1), x.dtype)
    return found, found


@op(dtype=_real, normalize=_stft_arguments, shape=_stft_shape)
def stft(x, sequence_length, sequence_stride, fft_length, window="hann", center=True):
    """The short-time Fourier transform along the last axis: `rfft` of slices, each weighted by a window.

    Args:
        x: a real tensor `(..., n)`; integers and halves as float32.
        sequence_length: the length of the window.
        sequence_stride: the distance from one slice to the next.
        fft_length: the length of the slices and their transforms; a shorter window stands in their middle.
        window: "hann", "hamming", a tensor `(sequence_length,)`, or `None` for slices as they are.
        center: whether slice `i` has its center at `i * sequence_stride`, `x` mirrored at both ends, or its start.

    Returns:
        A pair `(real, imaginary)` of tensors `(..., number of slices, fft_length // 2 + 1)`.

    Raises:
        ValueError: for lengths below 1, an `fft_length` below `sequence_length`, and an unknown window.
    """
    if center:
        x = _mirrored(x, fft_length // 2)
    slices = extract_sequences(x, fft_length, sequence_stride)
    if window is not None:
        slices = multiply(slices, _window(window, sequence_length, fft_length, dtype(x)))
    return rfft(slices, fft_length)


def _mirrored(x, edge):
    """`x` with `edge` elements of its mirror image at both ends of the last axis."""
    before, after = get_item(x, (..., slice(1, edge + 1))), get_item(x, (..., slice(-edge - 1, -1)))
    return concatenate([flip(before, -1), x, flip(after, -1)], -1)


def _istft_arguments(arguments: dict) -> None:
    _window_arguments(arguments, "istft")
    _pair("istft", 2)(arguments)
    if arguments["length"] is not None:
        _positive(arguments, "istft", "length")


def _istft_bounds(number, stride, size, length, center):
    """Where the result starts and ends in the overlapping slices."""
    start = size // 2 if center else 0
    total = None if number is None else max(0, number - 1) * stride + size
    if length is not None:
        return start, start + length if total is None else min(total, start + length)
    return start, None if total is None else max(start, total - start)


def _istft_shape(x, sequence_length, sequence_stride, fft_length, length, window, center):
    number = x[0].shape[-2]
    start, end = _istft_bounds(number, sequence_stride, fft_length, length, center)
    return TensorSpec((*x[0].shape[:-2], None if number is None else end - start), x[0].dtype)


@op("*x", dtype=_parts, normalize=_istft_arguments, shape=_istft_shape)
def istft(x, sequence_length, sequence_stride, fft_length, length=None, window="hann", center=True):
    """The inverse of `stft`: inverse transforms of the slices, weighted by the window and added up where they overlap.

    Args:
        x: a pair `(real, imaginary)` of tensors `(..., number of slices, frequencies)`.
        sequence_length: as for `stft`.
        sequence_stride: as for `stft`.
        fft_length: as for `stft`.
        length: where to cut off the result.
        window: as for `stft`. The sum is divided by that of the squared windows, so that `stft` is undone wherever
            these are not all zero; without a window (`None`) it is their mean times `fft_length / sequence_stride`,
            about as many as overlap.
        center: as for `stft`.

    Returns:
        A real tensor `(..., (number of slices - 1) * sequence_stride + fft_length)`, with `center` less
        `fft_length // 2` at both ends.
    """
    slices = irfft(x, fft_length)
    number = static_shape_of(slices)[-2]
    if number is None:
        raise ValueError(f"istft(): the number of slices must be known; received x of shape {static_shape_of(x[0])}.")
    if window is None:
        weights = ones((fft_length,), dtype(slices))
    else:
        weights = _window(window, sequence_length, fft_length, dtype(slices))
        slices = multiply(slices, weights)
    summed = _overlapping_sum(slices, sequence_stride)
    total = _overlapping_sum(broadcast_to(square(weights), (number, fft_length)), sequence_stride)
    found = divide(summed, where(greater(total, 1e-10), total, 1))
    if window is None:
        found = multiply(found, fft_length / sequence_stride)
    start, end = _istft_bounds(number, sequence_stride, fft_length, length, center)
    return get_item(found, (..., slice(start, end)))


def _overlapping_sum(slices, stride):
    """The sum of slices `(..., number, length)`, of which each starts `stride` after the one before."""
    *lead, number, length = static_shape_of(slices)
    dims = shape(slices)[:-2]
    parts = -(-length // stride)
    slices = _resized(slices, parts * stride)
    slices = swapaxes(reshape(slices, (*dims, number, parts, stride)), -2, -3)
    total = 0
    for i in range(parts):
        edges = [(0, 0)] * len(lead) + [(i, parts - 1 - i), (0, 0)]
        total = add(total, pad(get_item(slices, (..., i, slice(None), slice(None))), edges))
    found = reshape(total, (*dims, (number + parts - 1) * stride))
    return get_item(found, (..., slice(0, max(0, number - 1) * stride + length)))
