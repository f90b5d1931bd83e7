"""One rule for each primitive, and for those derived ops that are worth one.

A rule is written over `keras_core.ops`, so it serves every backend and can itself be differentiated.
"""

from keras_core.autodiff.rules import arranging, complex_numbers, elementwise, networks, products, recurrent, reductions
from keras_core.autodiff.rules.table import CONSTANT, RULES

__all__ = [
    "CONSTANT",
    "RULES",
    "arranging",
    "complex_numbers",
    "elementwise",
    "networks",
    "products",
    "recurrent",
    "reductions",
]
