"""Complex numbers and Fourier transforms.

The gradient by `x + 1j * y` is written as that by `x` minus `1j` times that by `y`: then every op that has a complex
derivative has the same rule as for real numbers.
"""

from __future__ import annotations

from keras_core import ops
from keras_core.autodiff.rules.table import joint_rule, rule

rule("view_as_complex", lambda g, y, x: ops.view_as_real(ops.conj(g)))
rule("view_as_real", lambda g, y, x: ops.conj(ops.view_as_complex(g)))


@joint_rule("fft")
def _fft(wanted, g, y, x):
    by_real, by_imag = (ops.zeros_like(part) if found is None else found for found, part in zip(g, y, strict=True))
    real, imag = ops.fft((by_real, ops.negative(by_imag)))
    return real, ops.negative(imag)
