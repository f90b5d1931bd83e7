"""`keras.mixed_precision`: the names of dtype policies and loss scaling that code for mixed precision uses."""

from keras_core.config import dtype_policy, set_dtype_policy
from keras_core.dtype_policies import DTypePolicy
from keras_core.optimizers import LossScaleOptimizer

Policy = DTypePolicy
global_policy = dtype_policy
set_global_policy = set_dtype_policy

__all__ = [
    "DTypePolicy",
    "LossScaleOptimizer",
    "Policy",
    "dtype_policy",
    "global_policy",
    "set_dtype_policy",
    "set_global_policy",
]
