"""The table of kernels, and tinygrad's dtypes by the names that keras-core gives them."""

from tinygrad import dtypes

from keras_core.backends import Kernels

kernels = Kernels("tinygrad")

DTYPES = {
    name: getattr(dtypes, name)
    for name in ("bool uint8 uint16 uint32 uint64 int8 int16 int32 int64 float16 bfloat16 float32 float64".split())
}
NAMES = {dtype: name for name, dtype in DTYPES.items()}
