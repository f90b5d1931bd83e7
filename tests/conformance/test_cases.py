"""The table of cases leaves no op out."""

import importlib

from keras_core import ops
from keras_core.conformance.cases import CASES

CHECKED_OTHERWISE = {
    "custom_gradient": "section gradients",
    "dtype": "section contract",
    "value_and_grad": "section gradients",
    "vectorize": "gives a function; tests/ops",
}


def test_every_public_op_has_a_case():
    rooms = {"image", "linalg", "nn", "numpy"}
    names = set(ops.__all__)
    for room in rooms:
        names |= set(getattr(importlib.import_module(f"keras_core.ops.{room}"), "__all__", ()))
    assert names - rooms - {case.op for case in CASES} == set(CHECKED_OTHERWISE)
