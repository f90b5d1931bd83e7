"""Dtype policies."""

import pytest

import keras_core
from keras_core import dtype_policies, layers


@pytest.mark.parametrize(
    ("name", "kind", "compute", "variable", "mode"),
    [
        ("float32", "DTypePolicy", "float32", "float32", None),
        ("mixed_float16", "DTypePolicy", "float16", "float32", None),
        ("int8_from_float32", "QuantizedDTypePolicy", "float32", "float32", "int8"),
        ("float8_from_mixed_bfloat16", "QuantizedFloat8DTypePolicy", "bfloat16", "float32", "float8"),
        ("int4/128_from_float32", "Int4DTypePolicy", "float32", "float32", "int4"),
        ("gptq/4/128_from_float32", "GPTQDTypePolicy", "float32", "float32", "gptq"),
        ("awq/4/-1_from_float32", "AWQDTypePolicy", "float32", "float32", "awq"),
    ],
)
def test_get_by_name_and_config(name, kind, compute, variable, mode):
    policy = dtype_policies.get(name)
    assert type(policy).__name__ == kind
    assert (policy.name, policy.compute_dtype, policy.variable_dtype) == (name, compute, variable)
    assert policy.quantization_mode == mode
    assert dtype_policies.deserialize(dtype_policies.serialize(policy)) == policy


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("foo", "not a dtype policy"),
        ("int8", "int8_from_float32"),
        ("int8_from_", "quantized from"),
        ("awq/3/128_from_float32", "Weight bits"),
        ("gptq/4_from_float32", "gptq/<weight bits>/<group size>"),
        ("int4/0_from_float32", "neither -1"),
        (3, "A dtype is a name"),
    ],
)
def test_errors(name, message):
    with pytest.raises(ValueError, match=message):
        dtype_policies.get(name)


def test_map_gives_each_path_its_policy():
    policies = dtype_policies.DTypePolicyMap("float32", {"dense.*": dtype_policies.DTypePolicy("mixed_float16")})
    assert policies["dense_1"].compute_dtype == "float16"
    assert policies["a/dense_1"].compute_dtype == "float32"
    assert layers.Dense(2, dtype=policies, name="dense_7").compute_dtype == "float16"
    with pytest.raises(ValueError, match="already"):
        policies["dense.*"] = "float32"
    again = dtype_policies.deserialize(dtype_policies.serialize(policies))
    assert again["dense_1"].name == "mixed_float16"


def test_mixed_precision_has_the_names_of_the_house():
    names = keras_core.mixed_precision
    assert names.Policy is names.DTypePolicy is keras_core.DTypePolicy
    assert names.LossScaleOptimizer is keras_core.optimizers.LossScaleOptimizer
    names.set_global_policy("mixed_bfloat16")
    try:
        assert names.dtype_policy() == names.global_policy() == keras_core.config.dtype_policy()
        assert names.global_policy().compute_dtype == "bfloat16"
    finally:
        names.set_dtype_policy("float32")


def test_default_policy_of_layers():
    before = keras_core.config.dtype_policy()
    try:
        keras_core.config.set_dtype_policy("mixed_bfloat16")
        assert layers.Dense(2).compute_dtype == "bfloat16"
    finally:
        keras_core.config.set_dtype_policy(before)
