"""`keras.optimizers.legacy`: names that Keras 3 keeps, so that code written for Keras 2 is told what to do."""

from __future__ import annotations

from typing import Any


class LegacyOptimizer:
    """Stands for the optimizers of Keras 2, which are no more.

    Raises:
        ImportError: whenever one is made.
    """

    def __init__(self, *args: Any, **kwargs: Any):
        raise ImportError(
            "`keras.optimizers.legacy` has no optimizers in Keras 3. Use the class of the same name in "
            "`keras.optimizers`; in place of its argument `decay` there is the schedule `InverseTimeDecay`. "
            "For the old ones under `tf.keras`, install `tf_keras` and set the environment variable "
            "`TF_USE_LEGACY_KERAS=1`."
        )


Adagrad = Adam = Ftrl = Optimizer = RMSprop = SGD = LegacyOptimizer

__all__ = ["SGD", "Adagrad", "Adam", "Ftrl", "Optimizer", "RMSprop"]
