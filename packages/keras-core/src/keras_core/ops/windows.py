"""Window functions: vectors of weights that fall off towards both ends."""

from __future__ import annotations

import math

from keras_core.ops.core import cast, convert_to_numpy
from keras_core.ops.creation import arange
from keras_core.ops.elementwise import absolute, add, cos, divide, i0, maximum, multiply, sqrt, square, subtract
from keras_core.tensors.dtypes import standardize_dtype


def bartlett(x):
    """The triangular window of `x` points, 0 at both ends; a vector in `config.floatx()`."""
    return _window("bartlett", x, lambda place: subtract(1.0, absolute(place)))


def blackman(x):
    """The Blackman window of `x` points, a sum of three cosines; a vector in `config.floatx()`."""
    return _window("blackman", x, lambda place: add(_cosine(place, 0.42, 0.5), _cosine(place, 0.0, 0.08, 2)))


def hamming(x):
    """The Hamming window of `x` points, a raised cosine, 0.08 at both ends; a vector in `config.floatx()`."""
    return _window("hamming", x, lambda place: _cosine(place, 0.54, 0.46))


def hanning(x):
    """The Hann window of `x` points, a raised cosine, 0 at both ends; a vector in `config.floatx()`."""
    return _window("hanning", x, lambda place: _cosine(place, 0.5, 0.5))


def kaiser(x, beta):
    """The Kaiser window of `x` points; a vector in `config.floatx()`.

    Args:
        x: the number of points.
        beta: its shape: 0 is a rectangle, 5 is close to Hamming's, 6 to Hann's, 8.6 to Blackman's.
    """

    def bell(place):
        top = cast(beta, standardize_dtype(place.dtype))
        depth = maximum(subtract(1.0, square(place)), 0.0)  # a compiler's rounding may leave less than 0 at the ends
        return divide(i0(multiply(sqrt(depth), top)), i0(top))

    return _window("kaiser", x, bell)


def _cosine(place, base, height, waves=1):
    return add(multiply(cos(multiply(place, waves * math.pi)), height), base)


def _window(name, size, weigh):
    """What `weigh` makes of the places of the points, from -1 at one end to 1 at the other."""
    try:
        points = size if isinstance(size, int) else int(convert_to_numpy(size))
    except (TypeError, ValueError):
        raise ValueError(f"{name}(): `x` is the number of points, an integer; received: {size!r}.") from None
    floatx = standardize_dtype(None)
    places = cast(arange(1 - points, max(points, 1 - points), 2), "float64" if floatx == "float64" else "float32")
    return cast(weigh(divide(places, max(points - 1, 1))), floatx)
