"""`keras.legacy.saving`: configs as Keras 2 wrote them."""

from keras_core.saving.legacy import deserialize_keras_object, serialize_keras_object

__all__ = ["deserialize_keras_object", "serialize_keras_object"]
