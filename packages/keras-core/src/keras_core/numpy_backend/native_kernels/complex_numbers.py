"""Complex numbers."""

from __future__ import annotations

import numpy as np

from keras_core.numpy_backend.table import as_tensor, in_native_order, kernels

for _name, _function in {"real": np.real, "imag": np.imag, "conj": np.conj, "angle": np.angle}.items():

    def _kernel(x, function=_function):
        return as_tensor(function(x)).astype(x.real.dtype if function is not np.conj else x.dtype)

    kernels.add(_name, _kernel)


@kernels.implements("view_as_complex")
def view_as_complex(x):
    return np.ascontiguousarray(in_native_order(x)).view(np.result_type(x.dtype, np.complex64))[..., 0]


@kernels.implements("view_as_real")
def view_as_real(x):
    return np.stack([x.real, x.imag], -1)
