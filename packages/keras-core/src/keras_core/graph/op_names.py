"""Ops as Keras writes them into the config of a functional model: by class, module and split of the arguments."""

from __future__ import annotations

from keras_core.tensors.naming import to_snake_case

_CLASSES = {
    "allclose": "AllClose",
    "batch_normalization": "BatchNorm",
    "cdist": "CDist",
    "ctc_decode": "CTCDecode",
    "ctc_loss": "CTCLoss",
    "fft": "FFT",
    "fft2": "FFT2",
    "hard_swish": "HardSilu",
    "hsv_to_rgb": "HSVToRGB",
    "ifft2": "IFFT2",
    "irfft": "IRFFT",
    "isin": "IsIn",
    "istft": "ISTFT",
    "jvp": "JVP",
    "layer_normalization": "LayerNorm",
    "psnr": "PSNR",
    "rfft": "RFFT",
    "rgb_to_grayscale": "RGBToGrayscale",
    "rgb_to_hsv": "RGBToHSV",
    "rms_normalization": "RMSNorm",
    "searchsorted": "SearchSorted",
    "ssim": "SSIM",
    "stft": "STFT",
    "svd": "SVD",
    "swish": "Silu",
}
"""Ops whose class is not the op's name in CamelCase."""

_MODULES = {
    "core": "AssociativeScan Cast Cond ConvertToTensor ForiLoop Map SaturateCast Scan Scatter ScatterUpdate Slice "
    "SliceUpdate StopGradient Switch Unstack VectorizedMap WhileLoop",
    "einops": "Rearrange",
    "image": "AffineTransform CropImages ElasticTransform ExtractPatches GaussianBlur HSVToRGB MapCoordinates "
    "PadImages PerspectiveTransform RGBToGrayscale RGBToHSV Resize SSIM ScaleAndTranslate SobelEdges",
    "linalg": "Cholesky CholeskyInverse Det Eig Eigh Inv JVP Lstsq LuFactor MatrixRank Norm Pinv Qr SVD Solve "
    "SolveTriangular",
    "math": "CDist Erf Erfc Erfinv ExtractSequences FFT FFT2 IFFT2 IRFFT ISTFT InTopK Logdet Logsumexp RFFT Rsqrt STFT "
    "SegmentMax SegmentMin SegmentProd SegmentSum TopK ViewAsComplex ViewAsReal",
    "nn": "AdaptiveAveragePool AdaptiveMaxPool AveragePool BatchNorm BinaryCrossentropy CTCDecode CTCLoss "
    "CategoricalCrossentropy Celu Conv ConvTranspose DepthToSpace DepthwiseConv DotProductAttention Elu Fold Gelu Glu "
    "HardShrink HardSigmoid HardSilu HardTanh LayerNorm LeakyRelu LogSigmoid LogSoftmax MaxPool Moments MultiHot "
    "Normalize OneHot PSNR Polar RMSNorm Relu Relu6 Selu SeparableConv Sigmoid Silu SoftShrink Softmax Softplus "
    "Softsign SpaceToDepth SparseCategoricalCrossentropy SparsePlus SparseSigmoid Sparsemax Squareplus TanhShrink "
    "Threshold Unfold",
}
_MODULE_OF_CLASS = {name: module for module, names in _MODULES.items() for name in names.split()}
"""The part of `keras.ops` that a class stands in, where it is not "numpy"."""

_NAMES = {name: op for op, name in _CLASSES.items() if op not in ("hard_swish", "swish")}

_CALL_ARGUMENTS = {
    "arange": ("start", "stop", "step"),
    "associative_scan": ("f", "elems"),
    "clip": ("x",),
    "cond": ("pred", "true_fn", "false_fn"),
    "convert_to_tensor": ("x",),
    "dot_product_attention": ("query", "key", "value", "bias", "mask", "scale"),
    "fori_loop": ("lower", "upper", "body_fun", "init_val"),
    "full": ("fill_value",),
    "full_like": ("x", "fill_value"),
    "get_item": ("x", "key"),
    "isclose": ("x1", "x2", "rtol", "atol"),
    "map": ("f", "xs"),
    "pad": ("x", "constant_values"),
    "rearrange": ("tensor",),
    "scan": ("f", "init", "xs"),
    "slice": ("inputs", "start_indices"),
    "slice_update": ("inputs", "start_indices", "updates"),
    "switch": ("index", "branches", "operands"),
    "vectorized_map": ("elements",),
    "while_loop": ("cond", "body", "loop_vars"),
}
"""The arguments that stand in the graph, where they are not just the op's tensors; the others stand in the config."""


_PUBLIC = {"round_decimals": "round", "take_wrapped": "take"}
"""Ops that do the work of one of another name."""


def public_name(op_name: str) -> str:
    """The name in `keras.ops` of an op that may be an inner one."""
    return _PUBLIC.get(op_name, op_name)


def class_name(op_name: str) -> str:
    """The class under which Keras writes the op."""
    return _CLASSES.get(op_name) or "".join(part[:1].upper() + part[1:] for part in op_name.split("_"))


def module_name(op_class: str) -> str:
    """The module under which Keras writes the class of an op."""
    return f"keras.src.ops.{_MODULE_OF_CLASS.get(op_class, 'numpy')}"


def op_name(op_class: str) -> str:
    """The op that a class in a config means."""
    return _NAMES.get(op_class) or to_snake_case(op_class)


def is_op_module(module: object) -> bool:
    """Whether a config's module is one in which ops stand."""
    return isinstance(module, str) and (module == "keras.ops" or module.startswith(("keras.ops.", "keras.src.ops.")))


def is_recorded(op_name: str) -> bool:
    """Whether it is a function of `keras.ops` that is recorded as an op is."""
    return op_name in _CALL_ARGUMENTS


def call_arguments(op_name: str, tensors: tuple[str, ...]) -> tuple[str, ...]:
    """The parameters of an op whose values stand in the graph."""
    return _CALL_ARGUMENTS.get(op_name, tensors)
