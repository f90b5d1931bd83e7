"""Objects to and from plain configs, in Keras's format.

Reading builds only what `object_registry` lists and what the user registered or passed in. A module that a config
names is never imported, and code in a config runs only where the user turned safe mode off.
"""

from __future__ import annotations

import base64
import binascii
import builtins
import difflib
import inspect
import marshal
import threading
import types
from typing import Any, Self

import numpy as np

from keras_core import backends, config as config_module
from keras_core.saving import object_registry, registration
from keras_core.tensors.dtypes import numpy_dtype, standardize_dtype
from keras_core.tensors.hosting import unhosted_class

MAX_DEPTH = 128
"""Levels of dicts and lists that a config may nest; a model in a model costs three."""

_PLAIN = (str, int, float, bool)


class _State(threading.local):
    safe_mode: bool | None = None
    """What the innermost `SafeModeScope` says; None outside of all."""
    shared: ObjectSharingScope | None = None
    reading: bool = False
    """Whether a `deserialize_keras_object` call is under way (its config has been measured)."""


_state = _State()


class DeserializationError(TypeError):
    """A config that names what is unknown, or that its class does not accept."""


class SafeModeScope:
    """Context that fixes whether configs with code in them are refused, whatever inner calls ask for."""

    def __init__(self, safe_mode: bool = True):
        self.safe_mode = safe_mode

    def __enter__(self) -> Self:
        self._before = _state.safe_mode
        _state.safe_mode = self.safe_mode
        return self

    def __exit__(self, *exception: object) -> None:
        _state.safe_mode = self._before


class ObjectSharingScope:
    """Context in which an object that occurs in several places of a config is written, and read, as one."""

    def __enter__(self) -> Self:
        self._written: dict[int, tuple[Any, dict]] = {}
        self._read: dict[Any, Any] = {}
        self._before = _state.shared
        _state.shared = self
        return self

    def __exit__(self, *exception: object) -> None:
        _state.shared = self._before

    def note_written(self, obj: Any, config: dict) -> None:
        if id(obj) in self._written:
            self._written[id(obj)][1]["shared_object_id"] = id(obj)
            config["shared_object_id"] = id(obj)
        else:
            self._written[id(obj)] = (obj, config)  # holding the object keeps its id its own


def in_safe_mode() -> bool:
    """Whether code in configs is refused here: yes, unless a scope or the user's setting says otherwise."""
    return _state.safe_mode is not False and not config_module.is_unsafe_deserialization_enabled()


# --- writing ---------------------------------------------------------------------------------------------------


def serialize_keras_object(obj: Any) -> Any:
    """A plain config of `obj`: JSON types, nested.

    Args:
        obj: a Keras object (anything with `get_config()`), a function, a tensor or array, a dtype, a slice, bytes,
            a Python scalar, or a list, tuple or dict of these.

    Raises:
        TypeError: for an object that has no `get_config()`.
    """
    if obj is None or type(obj) in _PLAIN:
        return obj
    if isinstance(obj, (list, tuple)):
        items = [serialize_keras_object(item) for item in obj]
        return tuple(items) if isinstance(obj, tuple) else items
    if isinstance(obj, dict):
        return {key: serialize_keras_object(value) for key, value in obj.items()}
    if isinstance(obj, bytes):
        try:
            return {"class_name": "__bytes__", "config": {"value": obj.decode("utf-8")}}
        except UnicodeDecodeError:
            raise ValueError(
                f"Cannot serialize the bytes {obj[:20]!r}: a config holds text, and these are not UTF-8. Encode "
                "them first, for example with `base64.b64encode`."
            ) from None
    if isinstance(obj, slice):
        parts = {"start": obj.start, "stop": obj.stop, "step": obj.step}
        return {"class_name": "__slice__", "config": {k: serialize_keras_object(v) for k, v in parts.items()}}
    if obj is Ellipsis:
        return {"class_name": "__ellipsis__", "config": {}}
    if isinstance(obj, (types.FunctionType, types.BuiltinFunctionType)):
        return _serialize_function(obj)
    if hasattr(obj, "get_config"):
        return _serialize_instance(obj)
    if isinstance(obj, _PLAIN):  # a subclass, such as an enumeration's member
        return obj
    backend = backends.backend_of_type(type(obj))
    if backend is not None or isinstance(obj, (np.ndarray, np.generic)):
        array = obj if backend is None else backend.to_numpy(obj)
        return {
            "class_name": "__tensor__",
            "config": {"value": array.tolist(), "dtype": standardize_dtype(array.dtype)},
        }
    if type(obj).__name__ == "TensorShape":
        return [None if d is None else int(d) for d in obj]
    if isinstance(obj, np.dtype) or type(obj).__name__ in ("dtype", "DType"):  # NumPy's, torch's, TensorFlow's
        return standardize_dtype(obj)
    if inspect.isclass(obj) and issubclass(obj, np.generic):
        return standardize_dtype(obj)
    if callable(obj) and hasattr(obj, "__name__") and object_registry.builtin_function(obj.__name__) is obj:
        return _function_config(obj.__name__)
    if isinstance(obj, _keras_tensor_class()):
        return {"class_name": "__keras_tensor__", "config": _describe_keras_tensor(obj)}
    raise TypeError(
        f"Cannot serialize {obj!r} of type {type(obj).__module__}.{type(obj).__name__}. Give its class a "
        "`get_config()` method that returns the arguments of its constructor, and a `from_config(config)` class method."
    )


def _keras_tensor_class() -> type:
    from keras_core.graph import KerasTensor  # the graph room lies above this one

    return KerasTensor


def _describe_keras_tensor(tensor: Any) -> dict:
    """Shape and dtype only; a functional model writes the place in its graph (`keras_history`) itself."""
    return {"shape": tensor.shape, "dtype": tensor.dtype, "keras_history": None}


def _function_config(name: str) -> dict:
    return {"module": "builtins", "class_name": "function", "config": name, "registered_name": "function"}


def _serialize_function(function: Any) -> dict:
    if function.__name__ == "<lambda>":
        code = serialize_lambda(function)
        return {"class_name": "__lambda__", "config": {"value": [code["code"], code["defaults"], code["closure"]]}}
    return _function_config(registration.get_registered_name(function))


def _serialize_instance(obj: Any) -> dict:
    cls = unhosted_class(type(obj))
    path = object_registry.written_path(cls)
    registered_name = registration.get_registered_name(cls)
    if registered_name != cls.__name__:
        module = None if cls.__module__ in ("builtins", "__main__") else cls.__module__
        path = (None if path is None else path[0]) or module, registered_name
    elif path is None:
        path = None if cls.__module__ in ("builtins", "__main__") else cls.__module__, registered_name
    config = {
        "module": path[0],
        "class_name": cls.__name__,
        "config": _serialize_values(obj.get_config()),
        "registered_name": path[1],
    }
    for key in ("build_config", "compile_config"):
        getter = getattr(obj, f"get_{key}", None)
        value = getter() if getter is not None else None
        if value is not None:
            config[key] = _serialize_values(value)
    if _state.shared is not None:
        _state.shared.note_written(obj, config)
    return config


def _serialize_values(config: dict) -> dict:
    return {key: serialize_keras_object(value) for key, value in config.items()}


def serialize_lambda(function: types.FunctionType) -> dict:
    """`code` (base64 of the marshalled bytecode), `defaults` and `closure` of a Python function."""
    cells = function.__closure__
    return {
        "code": base64.encodebytes(marshal.dumps(function.__code__)).decode("ascii"),
        "defaults": function.__defaults__,
        "closure": None if cells is None else tuple(cell.cell_contents for cell in cells),
    }


# --- reading ---------------------------------------------------------------------------------------------------


def deserialize_keras_object(
    config: Any, custom_objects: dict[str, Any] | None = None, safe_mode: bool = True, **kwargs: Any
) -> Any:
    """The object that a config from `serialize_keras_object` describes.

    Args:
        config: the config.
        custom_objects: dict of name -> class or function, for names that are neither built in nor registered.
        safe_mode: whether to refuse configs that hold code (Python lambdas).
        **kwargs: `module_objects`: dict of name -> class or function that short configs (a name, or a class name and
            a config) are looked up in.

    Raises:
        TypeError: for a class or function that is neither built in, registered nor passed in, or a class that
            cannot be built from its config.
        ValueError: for a config that holds code, in safe mode, or that nests deeper than `MAX_DEPTH`.
    """
    module_objects = kwargs.pop("module_objects", None)
    kwargs.pop("printable_module_name", None)  # taken by older versions, only for messages
    if kwargs:
        raise TypeError(f"deserialize_keras_object() got unexpected arguments: {', '.join(sorted(kwargs))}.")
    outermost = not _state.reading
    if outermost:
        _check_depth(config)
    _state.reading = True
    # The outermost call decides about safe mode: what a file's class asks for inside does not count.
    scope = SafeModeScope(safe_mode if _state.safe_mode is None else _state.safe_mode)
    try:
        with registration.CustomObjectScope(custom_objects), scope:
            return _deserialize(config, module_objects)
    finally:
        _state.reading = not outermost


def _check_depth(config: Any) -> None:
    level, depth = [config], 0
    while level:
        if depth > MAX_DEPTH:
            raise ValueError(
                f"The config nests more than {MAX_DEPTH} levels of dicts and lists. No model that Keras writes does: "
                "the file is damaged or was made to exhaust the reader."
            )
        level = [
            item
            for value in level
            if isinstance(value, (dict, list, tuple))
            for item in (value.values() if isinstance(value, dict) else value)
        ]
        depth += 1


def _deserialize(config: Any, module_objects: Any = None) -> Any:
    if isinstance(config, str):
        found = registration.get_registered_object(config, module_objects=module_objects)
        if found is None:
            return config
        return found() if module_objects is not None and inspect.isclass(found) else found
    if config is None or isinstance(config, _PLAIN):
        return config
    if isinstance(config, (list, tuple)):
        return [_deserialize(item) for item in config]
    if not isinstance(config, dict):
        raise TypeError(f"A config is a dict, a list or a plain value; received {config!r} of {type(config)}.")
    if "class_name" not in config or "config" not in config:
        return {key: _deserialize(value) for key, value in config.items()}

    class_name, inner = config["class_name"], config["config"]
    read_special = _SPECIAL.get(class_name) if isinstance(class_name, str) else None
    if read_special is not None:
        return read_special(_dict(class_name, inner))
    if class_name == "function":
        return _find_function(config, module_objects)
    cls = _find_class(config, module_objects)
    if inspect.isclass(cls):
        return _build(cls, config)
    return cls  # a function named by module and name


def _dict(class_name: str, inner: Any) -> dict:
    if not isinstance(inner, dict):
        raise TypeError(
            f"The 'config' of {class_name!r} must be a dict; received {inner!r} of type {type(inner).__name__}."
        )
    return inner


def _find_function(config: dict, module_objects: Any) -> Any:
    name = config["config"]
    if not isinstance(name, str):
        raise TypeError(f"The 'config' of a function is its name; received {name!r}. Full config: {config}")
    found = registration.get_registered_object(name, module_objects=module_objects)
    if found is None:
        found = object_registry.builtin_function(name)
    if found is None:
        raise _unknown("function", name, config)
    return found


def _find_class(config: dict, module_objects: Any) -> Any:
    name, registered_name = config["class_name"], config.get("registered_name")
    if not isinstance(name, str):
        raise TypeError(f"A 'class_name' is a string; received {name!r}. Full config: {config}")
    for candidate in (registered_name, name):
        if isinstance(candidate, str):
            found = registration.get_registered_object(candidate)
            if found is not None:
                return found
    found = object_registry.builtin_class(config.get("module"), name)
    if found is None and module_objects is not None and not config.get("module"):
        found = module_objects.get(name)
    if found is None:
        raise _unknown("class", name, config)
    return found


def _unknown(kind: str, name: str, config: dict) -> DeserializationError:
    module = config.get("module")
    where = f" (of module {module!r})" if module and module != "builtins" else ""
    known = {known: known for known in object_registry.known_names(module)}
    for full_name in (*registration.get_custom_objects(), *registration.objects_in_scope()):
        known[full_name.rpartition(">")[2]] = full_name
    near = difflib.get_close_matches(name, known, n=1)
    hint = f" Did you mean {known[near[0]]!r}?" if near else ""
    return DeserializationError(
        f"Could not locate {kind} {name!r}{where}: it is neither built in, nor registered, nor passed in.{hint} "
        f"Decorate its definition with `@keras_core.saving.register_keras_serializable()` and import it before "
        f"loading, or pass `custom_objects={{{name!r}: {name}}}`. Modules that a file names are not imported. "
        f"Full config: {_shortened(config)}"
    )


def _shortened(config: Any, limit: int = 600) -> str:
    text = repr(config)
    return text if len(text) <= limit else f"{text[:limit]}... ({len(text)} characters)"


def _build(cls: type, config: dict) -> Any:
    shared_id = config.get("shared_object_id")
    shared = _state.shared
    if shared is not None and shared_id is not None and shared_id in shared._read:
        return shared._read[shared_id]
    if not hasattr(cls, "from_config"):
        raise TypeError(
            f"Cannot build a {cls.__name__!r} from its config: the class has no `from_config(config)` class method. "
            f"Full config: {_shortened(config)}"
        )
    inner = _dict(cls.__name__, config["config"])
    try:
        instance = cls.from_config(inner)
    except DeserializationError:
        raise
    except TypeError as error:
        raise DeserializationError(
            f"Could not build a {cls.__name__!r} from its config: {error} If its `get_config()` holds Keras "
            "objects, its `from_config()` has to pass them through `keras_core.saving.deserialize_keras_object`. "
            f"Config: {_shortened(inner)}"
        ) from error
    build_config = config.get("build_config")
    if build_config and not instance.built:
        instance.build_from_config(_dict("build_config", build_config))
    compile_config = config.get("compile_config")
    if compile_config:
        instance.compile_from_config(_dict("compile_config", compile_config))
    if shared is not None and shared_id is not None:
        shared._read[shared_id] = instance
    return instance


def _read_tensor(inner: dict) -> Any:
    return backends.active().convert(_array(inner), standardize_dtype(inner["dtype"]))


def _array(inner: dict) -> np.ndarray:
    dtype = standardize_dtype(inner["dtype"])
    return np.array(inner["value"], dtype=numpy_dtype(dtype))


def _read_numpy(inner: dict) -> Any:
    return _array(inner)


def _read_keras_tensor(inner: dict) -> Any:
    return _keras_tensor_class()(
        **{name: inner[name] for name in ("shape", "dtype", "sparse", "name") if name in inner}
    )


def _read_slice(inner: dict) -> slice:
    return slice(*(_deserialize(inner.get(k)) for k in ("start", "stop", "step")))


def _read_bytes(inner: dict) -> bytes:
    return inner["value"].encode("utf-8")


def _read_ellipsis(inner: dict) -> Any:
    return Ellipsis


def _read_lambda(inner: dict) -> Any:
    if "value" in inner:
        inner = dict(zip(("code", "defaults", "closure"), inner["value"], strict=True))
    return deserialize_lambda(inner)


def deserialize_lambda(inner: dict) -> types.FunctionType:
    """The function that `serialize_lambda` wrote; the names it sees are Python's and those of `custom_objects`.

    Raises:
        ValueError: in safe mode; and where the bytecode is not of this Python version.
    """
    if in_safe_mode():
        raise ValueError(
            "The config holds a Python lambda: loading it would run code from the file. If you trust whoever wrote it, "
            "pass `safe_mode=False` or call `keras_core.config.enable_unsafe_deserialization()`. Better: write the "
            "lambda as a named function and register it with `@keras_core.saving.register_keras_serializable()`."
        )
    try:
        code = marshal.loads(base64.b64decode(inner["code"]))
    except (ValueError, EOFError, TypeError, binascii.Error) as error:
        raise ValueError(
            "The lambda in the config cannot be read: its bytecode is damaged or of another Python version "
            f"({error}). Write it as a named function, register it, and save the model again."
        ) from error
    closure = inner["closure"]
    cells = None if closure is None else tuple(types.CellType(value) for value in closure)
    defaults = inner["defaults"]
    names = {"__builtins__": builtins, **registration.objects_in_scope()}
    return types.FunctionType(code, names, "<lambda>", None if defaults is None else tuple(defaults), cells)


_SPECIAL = {
    "__tensor__": _read_tensor,
    "__numpy__": _read_numpy,
    "__bytes__": _read_bytes,
    "__ellipsis__": _read_ellipsis,
    "__slice__": _read_slice,
    "__lambda__": _read_lambda,
    "__keras_tensor__": _read_keras_tensor,
}
