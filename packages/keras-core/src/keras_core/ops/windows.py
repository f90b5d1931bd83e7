"""Window functions: vectors of weights that fall off towards both ends."""

from __future__ import annotations

import numpy as np

from keras_core.ops.core import convert_to_numpy, convert_to_tensor
from keras_core.tensors.dtypes import standardize_dtype


def bartlett(x):
    """The triangular window of `x` points, 0 at both ends; a vector in `config.floatx()`."""
    return _window("bartlett", np.bartlett, x)


def blackman(x):
    """The Blackman window of `x` points, a sum of three cosines; a vector in `config.floatx()`."""
    return _window("blackman", np.blackman, x)


def hamming(x):
    """The Hamming window of `x` points, a raised cosine, 0.08 at both ends; a vector in `config.floatx()`."""
    return _window("hamming", np.hamming, x)


def hanning(x):
    """The Hann window of `x` points, a raised cosine, 0 at both ends; a vector in `config.floatx()`."""
    return _window("hanning", np.hanning, x)


def kaiser(x, beta):
    """The Kaiser window of `x` points; a vector in `config.floatx()`.

    Args:
        x: the number of points.
        beta: its shape: 0 is a rectangle, 5 is close to Hamming's, 6 to Hann's, 8.6 to Blackman's.
    """
    return _window("kaiser", np.kaiser, x, float(convert_to_numpy(beta)))


def _window(name, function, size, *arguments):
    try:
        points = int(convert_to_numpy(size))
    except (TypeError, ValueError):
        raise ValueError(
            f"{name}(): `x` is the number of points, an integer that is known; received: {size!r}."
        ) from None
    return convert_to_tensor(function(points, *arguments), standardize_dtype(None))
