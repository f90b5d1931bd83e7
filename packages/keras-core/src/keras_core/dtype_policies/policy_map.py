"""A policy for each layer path."""

from __future__ import annotations

import re
from collections.abc import Iterator, MutableMapping
from typing import Any

from keras_core import config
from keras_core.dtype_policies.policy import DTypePolicy
from keras_core.dtype_policies.registry import deserialize, get, serialize


class DTypePolicyMap(DTypePolicy, MutableMapping):
    """Policies by layer path; a key is a path or a regular expression that matches the whole path.

    Args:
        default_policy: the policy of paths that no key matches; default the global one.
        policy_map: the first entries.
    """

    def __init__(self, default_policy: Any = None, policy_map: dict[str, DTypePolicy] | None = None):
        if policy_map is not None and not isinstance(policy_map, dict):
            raise TypeError(f"`policy_map` is a dict from paths to policies; received: {policy_map!r}.")
        self._default_policy_argument = None if default_policy is None else get(default_policy)
        self._policy_map = {key: get(value) for key, value in (policy_map or {}).items()}

    @property
    def name(self) -> str:
        return "map_" + self.default_policy.name

    @property
    def default_policy(self) -> DTypePolicy:
        """The policy of paths that no key matches."""
        return self._default_policy_argument or config.dtype_policy()

    @property
    def compute_dtype(self) -> str:
        return self.default_policy.compute_dtype

    @property
    def variable_dtype(self) -> str:
        return self.default_policy.variable_dtype

    @property
    def quantization_mode(self) -> str | None:
        return self.default_policy.quantization_mode

    def __getitem__(self, key: str) -> DTypePolicy:
        """The policy of the path `key`.

        Raises:
            ValueError: if several keys match it and none is the path itself.
        """
        if key in self._policy_map:
            return self._policy_map[key]
        matching = [pattern for pattern in self._policy_map if re.fullmatch(pattern, key)]
        if len(matching) > 1:
            raise ValueError(f"Several keys of the DTypePolicyMap match the path {key!r}: {matching}. Keep one.")
        return self._policy_map[matching[0]] if matching else self.default_policy

    def __setitem__(self, key: str, policy: Any) -> None:
        if key in self._policy_map:
            raise ValueError(
                f"The DTypePolicyMap has the key {key!r} already, with {self._policy_map[key]!r}. "
                "Delete it first to give it another policy."
            )
        self._policy_map[key] = get(policy)

    def __delitem__(self, key: str) -> None:
        del self._policy_map[key]

    def __contains__(self, key: object) -> bool:
        return key in self._policy_map

    def __len__(self) -> int:
        return len(self._policy_map)

    def __iter__(self) -> Iterator[str]:
        return iter(self._policy_map)

    def get_config(self) -> dict[str, Any]:
        argument = self._default_policy_argument
        return {
            "default_policy": None if argument is None else serialize(argument),
            "policy_map": {key: serialize(policy) for key, policy in self._policy_map.items()},
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> DTypePolicyMap:
        policies = config.get("policy_map") or {}
        policy_map = {key: deserialize(policy, custom_objects) for key, policy in policies.items()}
        return cls(config.get("default_policy"), policy_map)

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        mapping = [(key, policy.name) for key, policy in self._policy_map.items()]
        return f"<DTypePolicyMap default_policy={self.default_policy.name}, mapping={mapping}>"
