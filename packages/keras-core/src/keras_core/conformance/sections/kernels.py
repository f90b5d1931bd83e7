"""The required kernels: one for each primitive."""

from __future__ import annotations

import pytest

import keras_core.autodiff
import keras_core.random  # noqa: F401  these two define ops
from keras_core.backends.contract import Backend
from keras_core.ops.contract import registry

REQUIRED = [op.name for op in registry.values() if op.is_primitive and op.group is None]


@pytest.mark.parametrize("name", REQUIRED)
def test_required_kernel(subject: Backend, name: str):
    assert name in subject.kernels, f"the primitive {name}{registry[name].signature} has no kernel"
