"""`keras.legacy`: what Keras 3 keeps of formats of Keras 2."""

from keras_core.legacy import saving

__all__ = ["saving"]
