"""Cases whose gradients are checked beyond those of `cases.py`: further options and shapes, and ops in company.

A case is a function of its operands, of which those of a float dtype are differentiated by. `of` is that function where
it is not an op alone: an op whose own result is not smooth (the signs of singular vectors are free), which reads a part
of its operand only (Cholesky), or whose operands are complex, made from pairs of real numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from keras_core import losses, ops
from keras_core.conformance.cases import CASES, Case, Operand, booleans, integers, positive, regular, x

GRADIENT_CASES: list[Case] = [case for case in CASES if case.gradient]


def smooth(op: str, *arguments: Any, label: str, of: Callable | None = None, **keywords: Any) -> None:
    """Adds a case."""
    found = Case(op, arguments, keywords, label, of=of)
    if any(found.id == other.id for other in (*CASES, *GRADIENT_CASES)):
        raise ValueError(f"Two cases are named {found.id!r}; give one of them another label.")
    GRADIENT_CASES.append(found)


# --- elementwise ---------------------------------------------------------------------------------------------

for _name in "divide power arctan2 hypot logaddexp logaddexp2 fmax fmin fmod mod divide_no_nan".split():
    smooth(_name, positive(4, 1, 3), positive(2, 1), label="broadcast-both")
smooth("power", x(2, 3), [1.0, 2.0, 3.0], label="negative-base")
smooth("power", 2.0, x(2, 3), label="number-base")
smooth("mod", x(2, 3), -1.3, label="negative")
smooth("where", booleans(4, 1), x(1, 3), x(4, 3), label="broadcast-both")
smooth("clip", x(3, 4), x(4, low=-2.0, high=-0.5), x(3, 1, low=0.5, high=2.0), label="tensors")
smooth("multiply", x(2, 3), integers(3), label="integers")
smooth("multiply", x(2, 3), booleans(3), label="booleans")
smooth("maximum", x(2, 3), integers(2, 1, high=2), label="integers")
smooth("ldexp", x(2, 3), integers(2, 1, low=-4), label="broadcast")

# --- arranging -----------------------------------------------------------------------------------------------

smooth("concatenate", [x(2, 3), x(1, 3)], label="twice", of=lambda xs: ops.concatenate(xs * 2))
smooth("stack", [x(2, 3), x(2, 3), x(2, 3)], axis=-1, label="last")
smooth("pad", x(4, 3), ((2, 1), (0, 3)), mode="symmetric", label="symmetric")
smooth("get_item", x(4, 5, 3), (..., 1), label="ellipsis")
smooth("get_item", x(4, 5), (slice(3, None, -2), None, slice(-4, -1)), label="new-axis")
smooth("get_item", x(5, 3), label="array", of=lambda v: ops.get_item(v, ops.array([1, 1, 4])))
smooth("take", x(4, 5), [[0, 3, 3], [3, 0, 3]], axis=1, label="duplicates")
smooth("take", x(4, 5), [7, 7, 0], label="flat")
smooth("take_along_axis", x(4, 5), [[2, 2, 2]], axis=1, label="duplicates-broadcast")
smooth("take_along_axis", x(4, 5), [3, 3, 19], label="flat")
for _name in ("add", "max", "min"):
    smooth("scatter_update", x(4, 3), [[0, 1], [0, 1], [3, 2]], x(3), reduction=_name, label=f"{_name}-elements")
smooth("scatter", [[0, 1], [0, 1], [3, 2]], x(3), (4, 3), label="elements")
smooth("slice", x(4, 5), integers(2, high=2), (2, 3), label="tensor")
smooth("slice_update", x(4, 5), integers(2, high=2), x(2, 3), label="tensor")
smooth("repeat", x(2, 3), [2, 0, 1], axis=1, label="counts")
smooth("repeat", x(2, 3), 2, label="flat")
smooth("tile", x(3), (2, 2), label="rank")
smooth("roll", x(4, 5), (1, -2), axis=(0, 1), label="axes")
smooth("roll", x(4, 5), 7, label="flat")
smooth("sort", x(4, 5), label="last")
smooth("sort", x(2, 3), axis=None, label="flat")
smooth("top_k", x(2, 3, 5), label="unsorted", of=lambda v: ops.sort(ops.top_k(v, 2, sorted=False)[0]))
smooth("unstack", x(3, 4, 2), label="one-part", of=lambda v: ops.unstack(v, axis=1)[2])
smooth("split", x(4, 6), [2, 2, 5], axis=-1, label="empty-part")
smooth("split", x(4, 6), label="one-part", of=lambda v: ops.split(v, 3, axis=1)[1])
smooth("array_split", x(7, 2), 3, label="rows")
smooth("meshgrid", x(2), x(3), x(2), indexing="ij", label="three")
smooth("diagonal", x(3, 4), offset=-1, label="below")

# --- reductions ----------------------------------------------------------------------------------------------

for _name in "var std logsumexp amax amin ptp median nansum nanmean nanprod nanvar".split():
    smooth(_name, x(2, 3), label="whole")
for _name in "sum mean max prod var logsumexp".split():
    smooth(_name, x(2, 1, 3), axis=1, label="one")
for _name in "sum mean max prod".split():
    smooth(_name, x(2, 3), axis=(), label="no-axes")
for _name in "cumsum cumprod".split():
    smooth(_name, x(2, 3), label="flat")
    smooth(_name, x(2, 3, 2), axis=-2, label="negative")
for _name in "prod cumprod nanprod nancumprod".split():
    for _zeros, _row in ((1, (0.7, 0.0, 1.5)), (2, (0.0, 0.7, 0.0))):
        smooth(_name, Operand((3,), values=_row), axis=0, label=f"zeros-{_zeros}")
for _method in "lower higher midpoint nearest".split():
    smooth("quantile", x(3, 5), [0.2, 0.65], axis=0, method=_method, label=f"several-{_method}")
smooth("quantile", x(4, 5), 0.5, label="whole")
smooth("average", x(3, 4), positive(3), label="by-weights", of=lambda v, w: ops.average(v, axis=0, weights=w))
smooth("moments", x(4, 3, 2), axes=(1,), keepdims=True, label="keepdims")
for _order in (None, 1, 2, 3, 0.5, math.inf, -math.inf, -1):
    smooth("norm", positive(3, 4), _order, axis=0, keepdims=True, label=f"vectors-{_order}-keepdims")
for _order in ("fro", "nuc", 1, -1, 2, -2, math.inf, -math.inf):
    smooth("norm", regular(2, 3, 3), _order, axis=(-2, -1), label=f"matrices-{_order}-batch")
smooth("norm", x(2, 3, 2), label="whole")
smooth("normalize", x(3, 4), axis=0, order=1, label="order-1")
smooth("normalize", x(3, 4), axis=-1, order=3, label="order-3")
smooth("diff", x(5, 3), axis=0, label="rows")
smooth("trapezoid", x(3, 5), x(3, 5), label="own-places")
smooth("bincount", [0, 2, 2, 1], x(4), label="duplicates", of=lambda v, w: ops.bincount(v, weights=w, minlength=4))
for _name in "segment_sum segment_max segment_min segment_prod".split():
    smooth(_name, x(6), [0, 0, 1, 1, 1, 2], num_segments=3, sorted=True, label="sorted")

# --- products ------------------------------------------------------------------------------------------------

smooth("matmul", x(2, 3, 4), x(4), label="batch-vector")
smooth("matmul", x(4), x(2, 4, 3), label="vector-batch")
smooth("dot", x(2, 3, 4), x(4), label="batch")
smooth("dot", x(2, 3), x(2, 3, 4), label="high")
smooth("tensordot", x(2, 3), x(3, 2), axes=1, label="number")
smooth("tensordot", x(2, 3), x(3, 2), axes=0, label="outer")
smooth("einsum", "ij,jk,kl->il", x(2, 3), x(3, 4), x(4, 2), label="chain")
smooth("einsum", "ii->", x(3, 3), label="trace")
smooth("einsum", "ij,ij->", x(3, 4), x(3, 4), label="inner")
smooth("einsum", "bhqd,bhkd->bhqk", x(2, 2, 3, 4), x(2, 2, 5, 4), label="attention")
smooth("cross", x(3, 2), x(2, 3), axisa=0, axisc=0, label="axes")
smooth("kron", x(2), x(2, 3), label="ranks")
smooth("inner", x(2, 3), x(4, 3), label="matrices")
smooth("vdot", x(2, 3), x(2, 3), label="matrices")
smooth("outer", x(2, 2), x(3), label="flat")

# --- networks ------------------------------------------------------------------------------------------------

for _label, _inputs, _kernel, _options in (
    ("1d-groups", (2, 9, 4), (2, 2, 6), {"strides": 2, "padding": "same"}),
    ("1d-dilation-same", (2, 8, 2), (3, 2, 3), {"dilation_rate": 2, "padding": "same"}),
    ("2d-even-kernel", (1, 5, 6, 2), (2, 4, 2, 3), {"padding": "same"}),
    ("2d-rest", (1, 8, 9, 2), (2, 3, 2, 2), {"strides": 3}),
    ("2d-groups-strides", (1, 6, 7, 4), (3, 2, 2, 6), {"strides": 2, "padding": "same"}),
    ("2d-groups-dilation", (1, 7, 7, 4), (2, 2, 2, 4), {"dilation_rate": (2, 3)}),
    ("3d-strides", (1, 5, 4, 6, 2), (2, 3, 2, 2, 3), {"strides": (2, 1, 2), "padding": "same"}),
    ("3d-groups-dilation", (1, 5, 4, 5, 4), (2, 2, 2, 2, 2), {"dilation_rate": 2}),
):
    smooth("conv", x(*_inputs), x(*_kernel), label=_label, data_format="channels_last", **_options)
smooth("depthwise_conv", x(2, 9, 3), x(3, 3, 2), padding="same", data_format="channels_last", label="1d")
smooth("depthwise_conv", x(1, 2, 6, 7), x(2, 3, 2, 2), dilation_rate=2, data_format="channels_first", label="first")
smooth("separable_conv", x(2, 9, 3), x(3, 3, 2), x(1, 6, 4), strides=2, data_format="channels_last", label="1d")
for _label, _inputs, _kernel, _options in (
    ("1d-strides", (2, 4, 3), (4, 2, 3), {"strides": 3, "padding": "same"}),
    ("2d-output_padding", (1, 3, 4, 2), (3, 3, 3, 2), {"strides": 2, "output_padding": 1}),
    ("3d", (1, 2, 3, 2, 2), (2, 2, 3, 3, 2), {"strides": 2, "padding": "same"}),
):
    smooth("conv_transpose", x(*_inputs), x(*_kernel), label=_label, data_format="channels_last", **_options)
for _name in "max_pool average_pool".split():
    smooth(_name, x(2, 9, 2), 4, 3, "same", "channels_last", label="1d-same")
    smooth(_name, x(1, 4, 5, 6, 2), (2, 3, 2), (1, 2, 2), "same", "channels_last", label="3d-same")
    smooth(_name, x(1, 5, 6, 2), 3, 1, data_format="channels_last", label="overlapping")
    smooth(_name, x(1, 2, 5, 6), 2, 3, data_format="channels_first", label="gaps")
for _name in "adaptive_average_pool adaptive_max_pool".split():
    smooth(_name, x(1, 4, 5, 3, 2), (2, 3, 2), data_format="channels_last", label="3d")
smooth("batch_normalization", x(2, 3, 4), x(3), positive(3), 1, x(3), x(3), label="tensors")
smooth("layer_normalization", x(3, 4, 2), x(4, 2), x(4, 2), axis=(1, 2), epsilon=1e-3, label="axes")
smooth("rms_normalization", x(3, 4, 2), x(4), axis=1, label="axis")
for _name in "softmax glu sparsemax".split():
    smooth(_name, x(4, 3), axis=0, label="first")
_QUERY, _KEY = x(2, 3, 4, 4), x(2, 5, 2, 4)
smooth("dot_product_attention", _QUERY, _KEY, _KEY, label="grouped")
smooth("dot_product_attention", _QUERY, _QUERY, _QUERY, attn_logits_soft_cap=1.5, label="soft-cap")
smooth(
    "dot_product_attention",
    *(x(2, 3, 2, 4), x(2, 5, 2, 4), x(2, 5, 2, 4), x(1, 2, 3, 5)),
    [[[[True, False, True, True, False]]]],
    0.7,
    label="bias-mask",
)
smooth("ctc_loss", [[1, 2, 2], [1, 0, 0]], x(2, 7, 4), [3, 1], [7, 4], label="repeats")
smooth("ctc_loss", [[1, 2, 0]], x(1, 4, 4), [2], [4], mask_index=3, label="mask_index")
smooth("categorical_crossentropy", Operand((3, 2), 0.1, 0.4), x(3, 2), from_logits=True, axis=0, label="axis")
smooth("sparse_categorical_crossentropy", integers(3, 2, high=4), Operand((3, 2, 4), 0.1, 0.9), label="probabilities")
for _name in (
    "binary_focal_crossentropy categorical_focal_crossentropy categorical_hinge cosine_similarity dice hinge huber "
    "kl_divergence log_cosh mean_absolute_error mean_absolute_percentage_error mean_squared_error "
    "mean_squared_logarithmic_error poisson squared_hinge tversky"
).split():
    _function = getattr(losses, _name)
    smooth("losses", Operand((3, 4), 0.1, 0.4), Operand((3, 4), 0.1, 0.9), label=_name, of=_function)
    smooth("losses", [[0.1, 0.4], [0.3, 0.2]], Operand((2, 2), 0.1, 0.9), label=f"{_name}-given", of=_function)

# --- images --------------------------------------------------------------------------------------------------

_LAST = {"data_format": "channels_last"}
_IMAGES = x(1, 4, 5, 2)
for _name in "bilinear nearest bicubic lanczos3".split():
    smooth("resize", _IMAGES, (7, 3), interpolation=_name, antialias=True, label=f"{_name}-antialias", **_LAST)
smooth("resize", x(2, 4, 6), (3, 3), pad_to_aspect_ratio=True, data_format="channels_first", label="pad-first")
for _name in "wrap mirror".split():
    smooth("affine_transform", _IMAGES, Operand((1, 8), 0.01, 0.05), fill_mode=_name, label=_name, **_LAST)
smooth("map_coordinates", x(3, 4, 2), x(3, 5, low=0.1, high=0.9), 1, label="3d")
smooth("extract_patches", _IMAGES, 3, 2, 1, "same", label="same-strides", **_LAST)
smooth("sobel_edges", x(1, 2, 4, 5), data_format="channels_first", label="first")

# --- linear algebra ------------------------------------------------------------------------------------------


def _transposed(m: Any) -> Any:
    return ops.conj(ops.swapaxes(m, -1, -2))


def _hermitian(m: Any) -> Any:
    """A Hermitian matrix made from any."""
    return ops.add(m, _transposed(m))


def _definite(m: Any) -> Any:
    """A positive definite matrix made from any."""
    return ops.add(ops.matmul(m, _transposed(m)), ops.cast(ops.eye(m.shape[-1]), m.dtype))


def _spectral(values: Any, vectors: Any) -> tuple[Any, Any]:
    """The values, and a matrix of the vectors that their signs do not change."""
    weights = ops.cast(ops.sin(ops.add(ops.arange(values.shape[-1], dtype="float64"), 1.0)), vectors.dtype)
    return values, ops.matmul(ops.multiply(vectors, weights), _transposed(vectors))


def _eigh(m: Any) -> Any:
    return _spectral(*ops.eigh(_hermitian(m)))


def _eig(m: Any) -> Any:
    values, vectors = ops.eig(m)
    return ops.sum(ops.power(values, 3)), ops.absolute(vectors)


def _svd(m: Any) -> Any:
    u, values, vh = ops.svd(m, full_matrices=False)
    count = ops.add(ops.arange(values.shape[-1], dtype="float64"), 1.0)
    between = ops.matmul(ops.multiply(u, ops.cast(ops.sin(count), u.dtype)), vh)
    return values, between, _spectral(values, u)[1], _spectral(values, _transposed(vh))[1]


_MATRICES: dict[str, Callable] = {
    "inv": ops.inv,
    "det": ops.det,
    "slogdet": ops.slogdet,
    "logdet": lambda m: ops.logdet(_definite(m)),
    "solve": lambda m: ops.solve(m, m[..., :2]),
    "cholesky": lambda m: ops.cholesky(_definite(m)),
    "cholesky-upper": lambda m: ops.cholesky(_definite(m), upper=True),
    "eigh": _eigh,
    "eig": _eig,
    "svd": _svd,
    "qr": ops.qr,
    "pinv": ops.pinv,
    "lu_factor": lambda m: ops.lu_factor(ops.add(m, ops.cast(ops.multiply(ops.eye(m.shape[-1]), 9.0), m.dtype)))[0],
}
for _label, _function in _MATRICES.items():
    smooth("linalg", regular(2, 3, 3), label=_label, of=_function)
for _label, _shape in (("tall", (2, 4, 3)), ("wide", (3, 4))):
    for _name in ("svd", "qr", "pinv"):
        smooth("linalg", x(*_shape), label=f"{_name}-{_label}", of=_MATRICES[_name])
smooth("linalg", x(2, 3, 3), label="svd-values", of=lambda m: ops.svd(m, compute_uv=False))
smooth("linalg", regular(3, 3), label="eigh-values", of=lambda m: ops.eigh(_hermitian(m))[0])
smooth("linalg", regular(3, 3), label="eigh-vectors", of=lambda m: _eigh(m)[1])
smooth("linalg", x(4, 3), label="qr-r", of=lambda m: ops.qr(m)[1])
smooth("solve", regular(2, 1, 3, 3), x(4, 3, 2), label="batch-broadcast")
smooth("lstsq", x(3, 4), x(3, 2), label="wide")
smooth("cdist", x(3, 4), x(2, 5, 4), label="broadcast")

# --- complex numbers, from pairs of real ones ----------------------------------------------------------------


def _complex(function: Callable) -> Callable:
    return lambda *pairs: function(*(ops.view_as_complex(pair) for pair in pairs))


for _name in (
    "absolute angle conj cos cosh exp expm1 imag log log1p negative real reciprocal rsqrt sign sin sinh sqrt square "
    "tan tanh"
).split():
    smooth("complex", x(2, 3, 2), label=_name, of=_complex(getattr(ops, _name)))
for _name in "add subtract multiply divide power".split():
    smooth("complex", x(4, 3, 2), x(3, 2), label=_name, of=_complex(getattr(ops, _name)))
for _name in "sum mean prod cumsum cumprod var std transpose flip ravel norm".split():
    smooth("complex", x(3, 4, 2), label=_name, of=_complex(getattr(ops, _name)))
for _name in "matmul dot outer vdot tensordot kron".split():
    smooth("complex", x(3, 3, 2), x(3, 3, 2), label=_name, of=_complex(getattr(ops, _name)))
smooth("complex", x(3, 2), x(3), label="with-reals", of=lambda a, b: ops.multiply(ops.view_as_complex(a), b))
smooth("complex", booleans(3), x(3, 2), x(3), label="where", of=lambda c, a, b: ops.where(c, ops.view_as_complex(a), b))
smooth("complex", x(3, 3, 2), x(3, 2), label="einsum", of=_complex(lambda a, b: ops.einsum("ij,j->i", a, b)))
for _label, _function in _MATRICES.items():
    smooth("complex", x(3, 3, 2), label=f"linalg-{_label}", of=_complex(_function))
for _label, _shape in (("tall", (2, 4, 3, 2)), ("wide", (3, 4, 2))):
    for _name in ("svd", "qr", "pinv"):
        smooth("complex", x(*_shape), label=f"linalg-{_name}-{_label}", of=_complex(_MATRICES[_name]))
smooth("complex", x(2, 3, 3, 2), label="linalg-svd-values", of=_complex(lambda m: ops.svd(m, compute_uv=False)))

# --- Fourier transforms --------------------------------------------------------------------------------------

smooth("fft", [x(2, 6), x(2, 6)], label="pair")
smooth("fft", [x(5), x(5)], label="odd")
smooth("ifft2", [x(3, 4), x(3, 4)], label="odd")
smooth("rfft", x(2, 8), 11, label="longer")
smooth("irfft", [x(2, 5), x(2, 5)], 6, label="shorter")
smooth("stft", x(17), 6, 4, 9, window="hamming", label="odd")
smooth("istft", [x(4, 5), x(4, 5)], 8, 4, 8, label="plain")

# --- selections ----------------------------------------------------------------------------------------------

ONE_OF_EACH = list({case.op: case for case in reversed(GRADIENT_CASES)}.values())[::-1]
"""The first case of each op: enough where a derivative hangs on the op alone."""

_TWICE = (
    "average_pool-same batch_normalization-tensors categorical_crossentropy conv-2d-same cumsum dot_product_attention "
    "einsum-attention gelu hard_sigmoid layer_normalization linalg-solve matmul max_pool-same moments power "
    "prod-zeros-1 resize-bilinear sigmoid sort take softsign"
).split()
TWICE = [case for case in GRADIENT_CASES if case.id in _TWICE]
"""What gradient penalties go through."""
