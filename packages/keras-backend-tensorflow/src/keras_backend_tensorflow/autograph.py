"""What `tf.function` rewrites: the user's Python, and not the code of this library."""

from __future__ import annotations

from tensorflow.python.autograph.core import config


def leave_alone(*packages: str) -> None:
    """Calls of functions of these packages, from code that AutoGraph rewrites, run as they stand.

    AutoGraph would rewrite everything that it meets, which here is a deep stack of code that needs no rewriting: it
    branches on no tensor's value. TensorFlow keeps such rules for its own libraries, and has no public way to add one.
    """
    rules = tuple(config.DoNotConvert(package) for package in packages)
    config.CONVERSION_RULES = rules + config.CONVERSION_RULES
