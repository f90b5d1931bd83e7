"""Policies from names and configs, and the default one."""

from __future__ import annotations

from typing import Any

from keras_core import config
from keras_core.dtype_policies import policy as _policies
from keras_core.dtype_policies.policy import DTypePolicy
from keras_core.tensors.dtypes import standardize_dtype


def get(identifier: Any) -> DTypePolicy:
    """The policy that `identifier` stands for.

    Args:
        identifier: a policy, its name (such as "mixed_float16" or "int8_from_float32"), a dtype, a config as written
            by `serialize`, or `None` for the default policy.

    Raises:
        ValueError: if it stands for none.
    """
    if identifier is None:
        return config.dtype_policy()
    if isinstance(identifier, DTypePolicy):
        return identifier
    if isinstance(identifier, dict):
        return deserialize(identifier)
    if isinstance(identifier, str):
        return _from_name(identifier)
    try:
        return DTypePolicy(standardize_dtype(identifier))
    except ValueError:
        raise ValueError(
            "A dtype is a name such as 'float32', a dtype policy or its name; "
            f"received: {identifier!r} of type {type(identifier).__name__}."
        ) from None


def _from_name(name: str) -> DTypePolicy:
    mode, found, source = name.partition("_from_")
    if not found:
        if mode in _policies.QuantizedDTypePolicy.MODES:
            raise ValueError(
                f"{name!r} is a quantization mode without the policy it starts from; write {name}_from_float32."
            )
        return DTypePolicy(name)
    if not source:
        raise ValueError(f"The policy {name!r} does not say what it is quantized from; write {mode}_from_float32.")
    if mode.startswith("gptq"):
        return _policies.GPTQDTypePolicy(mode, source)
    if mode.startswith("awq"):
        return _policies.AWQDTypePolicy(mode, source)
    if mode.startswith("int4/"):
        return _policies.Int4DTypePolicy(mode, source)
    if mode == "float8":
        return _policies.QuantizedFloat8DTypePolicy(mode, source)
    return _policies.QuantizedDTypePolicy(mode, source)


def serialize(dtype_policy: DTypePolicy) -> dict[str, Any]:
    """The policy as a config, as Keras writes it."""
    name = type(dtype_policy).__name__
    return {
        "module": "keras" if name == "DTypePolicy" else "keras.dtype_policies",
        "class_name": name,
        "config": dtype_policy.get_config(),
        "registered_name": None,
    }


def deserialize(config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> DTypePolicy:
    """The policy of a config written by `serialize`; `custom_objects` maps further class names to classes.

    Raises:
        ValueError: if the class is unknown or the config is none.
    """
    from keras_core.dtype_policies.policy_map import DTypePolicyMap  # it is written over this module

    if not isinstance(config, dict) or "class_name" not in config or not isinstance(config.get("config"), dict):
        raise ValueError(
            f"A serialized dtype policy is a dict with 'class_name' and 'config'; received: {config!r}."
        )
    name = config["class_name"]
    known = {cls.__name__: cls for cls in _POLICIES} | {"DTypePolicyMap": DTypePolicyMap, "Policy": DTypePolicy}
    known |= custom_objects or {}
    if name not in known:
        raise ValueError(f"Unknown dtype policy {name!r}; known: {', '.join(sorted(known))}.")
    return known[name].from_config(config["config"])


_POLICIES = (
    _policies.AWQDTypePolicy,
    _policies.DTypePolicy,
    _policies.FloatDTypePolicy,
    _policies.GPTQDTypePolicy,
    _policies.Int4DTypePolicy,
    _policies.QuantizedDTypePolicy,
    _policies.QuantizedFloat8DTypePolicy,
)
