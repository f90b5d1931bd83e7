"""Helpers: data, files, labels, names, progress."""

from keras_core.backend import clear_session
from keras_core.config import (
    disable_interactive_logging,
    enable_interactive_logging,
    is_interactive_logging_enabled,
)
from keras_core.graph import is_keras_tensor
from keras_core.saving.registration import (
    CustomObjectScope,
    custom_object_scope,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
)
from keras_core.saving.serialization import deserialize_keras_object, serialize_keras_object
from keras_core.tensors.dtypes import standardize_dtype
from keras_core.training.data_adapters.packing import pack_x_y_sample_weight, unpack_x_y_sample_weight
from keras_core.training.data_adapters.py_dataset import PyDataset
from keras_core.utils import legacy
from keras_core.utils.file_utils import get_file
from keras_core.utils.numerical_utils import normalize, to_categorical
from keras_core.utils.progbar import Progbar
from keras_core.utils.rng_utils import set_random_seed
from keras_core.utils.sequence_utils import pad_sequences

Sequence = PyDataset

__all__ = [
    "CustomObjectScope",
    "Progbar",
    "PyDataset",
    "Sequence",
    "clear_session",
    "custom_object_scope",
    "deserialize_keras_object",
    "disable_interactive_logging",
    "enable_interactive_logging",
    "get_custom_objects",
    "get_file",
    "get_registered_name",
    "get_registered_object",
    "is_interactive_logging_enabled",
    "is_keras_tensor",
    "legacy",
    "normalize",
    "pack_x_y_sample_weight",
    "pad_sequences",
    "register_keras_serializable",
    "serialize_keras_object",
    "set_random_seed",
    "standardize_dtype",
    "to_categorical",
    "unpack_x_y_sample_weight",
]
