"""The oracle's process: runs what tests/peers/oracle.py sends under Keras 3.15.1."""

import multiprocessing.connection
import sys
import traceback

import keras
import numpy as np


def to_numpy(value):
    """Tensors and variables of a nested result as NumPy arrays."""
    if isinstance(value, dict):
        return {key: to_numpy(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(to_numpy(item) for item in value)
    if isinstance(value, keras.Variable) or keras.ops.is_tensor(value):
        return keras.ops.convert_to_numpy(value)
    return value


def answer(source, name, args, kwargs):
    keras.utils.clear_session()
    namespace = {"np": np}
    exec(source, namespace)
    return to_numpy(namespace[name](keras, *args, **kwargs))


def main():
    connection = multiprocessing.connection.Connection(int(sys.argv[1]))
    while True:
        try:
            request = connection.recv()
        except EOFError:
            return
        try:
            message = (True, answer(*request))
        except Exception as error:
            message = (False, (type(error).__name__, f"{error}\n{traceback.format_exc()}"))
        connection.send(message)


main()
