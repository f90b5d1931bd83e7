"""dtypes, devices and the way between NumPy and torch."""

import ml_dtypes
import numpy as np
import pytest

torch = pytest.importorskip("torch")

import keras_core
from keras_core import backends, ops

TORCH = backends.get("torch")
DTYPES = (
    "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 bfloat16 float32 float64 complex64 complex128 "
    "float8_e4m3fn float8_e5m2"
).split()


@pytest.fixture(autouse=True)
def _on_torch():
    with keras_core.use_backend("torch"):
        yield


def numpy_dtype(name):
    return np.dtype(getattr(ml_dtypes, name) if name in ("bfloat16", "float8_e4m3fn", "float8_e5m2") else name)


@pytest.mark.parametrize("dtype", DTYPES)
def test_numpy_round_trip_keeps_values_and_dtype(dtype):
    array = np.array([[0, 1, 2], [3, 0, 1]]).astype(numpy_dtype(dtype))
    tensor = TORCH.convert(array)
    assert TORCH.dtype(tensor) == dtype
    back = TORCH.to_numpy(tensor)
    assert back.dtype == array.dtype
    np.testing.assert_array_equal(back.astype("complex64"), array.astype("complex64"))


@pytest.mark.parametrize("dtype", DTYPES)
def test_names_and_torch_dtypes_match_both_ways(dtype):
    assert keras_core.utils.standardize_dtype(TORCH.native_dtype(dtype)) == dtype
    assert ops.cast(torch.ones(2), dtype).dtype is TORCH.native_dtype(dtype)


@pytest.mark.parametrize(
    ("value", "dtype"),
    [(1, "int32"), (1.5, "float32"), (True, "bool"), ([1, 2], "int32"), ([1.0, 2], "float32"), ([[True]], "bool")],
)
def test_python_values_take_the_default_dtypes(value, dtype):
    tensor = TORCH.convert(value)
    assert TORCH.dtype(tensor) == dtype
    assert tensor.tolist() == value


def test_arrays_that_torch_cannot_share_are_copied():
    read_only = np.arange(4.0)
    read_only.flags.writeable = False
    swapped = np.arange(4.0).astype(">f8")
    for array in (read_only, np.arange(8.0)[::-2], swapped):
        np.testing.assert_array_equal(TORCH.to_numpy(TORCH.convert(array)), array)


def test_strings_are_refused_with_advice():
    with pytest.raises(TypeError, match="Encode strings"):
        TORCH.convert(np.array(["a", "b"]))


def test_unknown_dtype_is_named():
    with pytest.raises(TypeError, match="int4"):
        TORCH.native_dtype("int4")


def test_complex_to_float_drops_the_imaginary_part():
    assert ops.cast(torch.tensor([1 + 2j]), "float32").tolist() == [1.0]


def test_device_scope_places_new_tensors():
    with keras_core.device("meta"):
        made = ops.zeros((2, 3))
        assert made.device.type == "meta"
    assert ops.zeros((2,)).device.type == "cpu"
    with pytest.raises(ValueError, match="Unknown device 'nowhere'"), keras_core.device("nowhere"):
        pass


def test_bfloat16_to_numpy():
    array = TORCH.to_numpy(torch.tensor([1.5, -2.0], dtype=torch.bfloat16))
    assert array.dtype == ml_dtypes.bfloat16
    assert array.astype("float32").tolist() == [1.5, -2.0]
