"""Settings of the process: what `keras.json` and the environment give, and what the setters change.

`keras.json` is read once, from `$KERAS_HOME` or `~/.keras`. It may hold "floatx", "epsilon", "image_data_format",
"backend", "nnx_enabled", "max_epochs" and "max_steps_per_epoch"; keras-core never writes it. The environment variables
`KERAS_MAX_EPOCHS` and `KERAS_MAX_STEPS_PER_EPOCH` go before the file.
"""

from __future__ import annotations

import functools
import json
import os
import pathlib
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from keras_core.dtype_policies import DTypePolicy

_FLOATX = ("bfloat16", "float16", "float32", "float64")
_DATA_FORMATS = ("channels_first", "channels_last")


# --- keras.json --------------------------------------------------------------------------------------------------


def file_path() -> pathlib.Path:
    """Where `keras.json` is looked for."""
    home = os.environ.get("KERAS_HOME")
    return (pathlib.Path(home) if home else pathlib.Path.home() / ".keras") / "keras.json"


@functools.cache
def _file() -> dict[str, Any]:
    path = file_path()
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(values, dict):
            raise ValueError(f"it holds a {type(values).__name__}, not an object")
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        warnings.warn(f"The settings in {path} are ignored: {error}. Mend or remove the file.", stacklevel=4)
        return {}
    return values


def _initial(name: str, default: Any, check: Callable[[Any], Any]) -> Any:
    """The checked value of `name` in `keras.json`; an error names the file."""
    try:
        return check(_file().get(name, default))
    except (TypeError, ValueError) as error:
        raise ValueError(f"{file_path()} holds a bad value for {name!r}. {error}") from None


# --- numbers and images ------------------------------------------------------------------------------------------


def _checked_floatx(value: Any) -> str:
    if value not in _FLOATX:
        raise ValueError(f"Unknown `floatx` value: {value!r}. Expected one of {', '.join(_FLOATX)}.")
    return value


def _checked_epsilon(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
        raise ValueError(f"`epsilon` is a small positive number; received: {value!r}.")
    return float(value)


def _checked_data_format(value: Any) -> str:
    if value not in _DATA_FORMATS:
        raise ValueError(f"`data_format` is one of {', '.join(_DATA_FORMATS)}; received: {value!r}.")
    return value


_floatx: str = _initial("floatx", "float32", _checked_floatx)
_epsilon: float = _initial("epsilon", 1e-7, _checked_epsilon)
_image_data_format: str = _initial("image_data_format", "channels_last", _checked_data_format)


def floatx() -> str:
    """The default float dtype, "float32" at first."""
    return _floatx


def set_floatx(value: str) -> None:
    """Sets the default float dtype.

    Args:
        value: "bfloat16", "float16", "float32" or "float64". A dtype policy that was set explicitly stays.

    Raises:
        ValueError: for another value.
    """
    global _floatx
    _floatx = _checked_floatx(value)
    _tell_ops()


_listeners: list[Callable[[], None]] = []


def _tell_ops() -> None:
    for listener in _listeners:
        listener()


def when_ops_change(listener: Callable[[], None]) -> Callable[[], None]:
    """Registers what is called after a setting that ops follow was set (`floatx`, portable randomness): what was
    remembered may have followed the former one."""
    _listeners.append(listener)
    return listener


def epsilon() -> float:
    """The small number that keeps divisions and logarithms finite, 1e-7 at first."""
    return _epsilon


def set_epsilon(value: float) -> None:
    """Sets the small number used in numeric expressions.

    Raises:
        ValueError: if `value` is not a positive number.
    """
    global _epsilon
    _epsilon = _checked_epsilon(value)


def image_data_format() -> str:
    """The default order of image dimensions: "channels_last" (at first) or "channels_first"."""
    return _image_data_format


def set_image_data_format(data_format: str) -> None:
    """Sets the default order of image dimensions.

    Args:
        data_format: "channels_last" or "channels_first".

    Raises:
        ValueError: for another value.
    """
    global _image_data_format
    _image_data_format = _checked_data_format(data_format)


def standardize_data_format(data_format: str | None) -> str:
    """`data_format` checked, or the default one for `None`.

    Raises:
        ValueError: for another value.
    """
    return _image_data_format if data_format is None else _checked_data_format(str(data_format).lower())


# --- dtype policy ------------------------------------------------------------------------------------------------

_dtype_policy: DTypePolicy | None = None


def dtype_policy() -> DTypePolicy:
    """The default dtype policy of layers: the one that was set, else that of `floatx()`."""
    from keras_core.dtype_policies import DTypePolicy  # a room above, which reads its defaults here

    return DTypePolicy(_floatx) if _dtype_policy is None else _dtype_policy


def set_dtype_policy(policy: str | DTypePolicy) -> None:
    """Sets the default dtype policy of layers.

    Args:
        policy: a `DTypePolicy`, or a name such as "mixed_bfloat16".

    Raises:
        ValueError: for an unknown name or another type.
    """
    global _dtype_policy
    from keras_core import dtype_policies

    if isinstance(policy, str):
        policy = dtype_policies.get(policy)
    if not isinstance(policy, dtype_policies.DTypePolicy):
        raise ValueError(
            f"`policy` is the name of a policy (such as 'mixed_float16') or a `DTypePolicy`; received: {policy!r} "
            f"of type {type(policy).__name__}."
        )
    _dtype_policy = policy


# --- backend -----------------------------------------------------------------------------------------------------


def backend() -> str:
    """The name of the active backend; its framework is not imported."""
    from keras_core import backends  # reads its settings here

    return backends.active_name()


def set_backend(backend: str) -> None:
    """Sets the process-wide backend, at any time. What was made before stays on its own backend.

    Args:
        backend: the name of an installed backend, such as "numpy" or "torch".

    Raises:
        ValueError: if it is not installed, saying which ones are.
    """
    from keras_core import backends

    backends.set_backend(backend)


def _checked_backend(value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise ValueError(f"A backend is given by its name, such as 'numpy'; received: {value!r}.")
    return value


def backend_from_file() -> str | None:
    """The backend that `keras.json` names, or `None`."""
    return _initial("backend", None, _checked_backend)


def is_nnx_enabled() -> bool:
    """Whether layers and variables are Flax NNX objects: never. Only there for code that asks."""
    return False


# --- randomness --------------------------------------------------------------------------------------------------

_portable_randomness = False


def portable_randomness() -> bool:
    """Whether random ops give the same numbers on every backend (`False` at first)."""
    return _portable_randomness


def set_portable_randomness(enabled: bool) -> None:
    """Makes random ops give the same numbers on every backend, or as fast as each framework can (the default).

    Initial weights are the same on every backend in either case.
    """
    global _portable_randomness
    _portable_randomness = bool(enabled)
    _tell_ops()


# --- kernels -----------------------------------------------------------------------------------------------------

_strict_kernels = False


def strict_kernels() -> bool:
    """Whether a kernel that does not cover a case is an error (`False` at first)."""
    return _strict_kernels


def set_strict_kernels(enabled: bool) -> None:
    """Makes it an error when a backend's kernel of an op, or of an optimizer's rule, does not cover a case.

    Otherwise the op's definition in other ops (the rule, variable by variable) runs in its place, which gives the same
    values and may be slower; the log (`logging.getLogger("keras_core.kernels")`, level INFO) names each one for which
    that happened.

    Raises (from ops and optimizers, while enabled):
        KernelDeclinedError: of `keras_core.backends.errors`, with the op and the backend.
    """
    global _strict_kernels
    _strict_kernels = bool(enabled)


# --- limits of training runs -------------------------------------------------------------------------------------


def _checked_limit(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"A limit is a non-negative integer or None; received: {value!r}.")
    return value


def _initial_limit(name: str) -> int | None:
    variable = f"KERAS_{name.upper()}"
    text = os.environ.get(variable)
    if not text:
        return _initial(name, None, _checked_limit)
    if not text.isdecimal():
        raise ValueError(f"The environment variable {variable} is a non-negative integer; received: {text!r}.")
    return int(text)


_max_epochs: int | None = _initial_limit("max_epochs")
_max_steps_per_epoch: int | None = _initial_limit("max_steps_per_epoch")


def max_epochs() -> int | None:
    """The most epochs that any `fit()` runs, or `None` for no limit."""
    return _max_epochs


def set_max_epochs(max_epochs: int | None) -> None:
    """Limits the epochs of every `fit()`, for quick runs of long scripts; `None` lifts the limit."""
    global _max_epochs
    _max_epochs = _checked_limit(max_epochs)


def max_steps_per_epoch() -> int | None:
    """The most steps that any epoch of `fit()`, `evaluate()` or `predict()` runs, or `None` for no limit."""
    return _max_steps_per_epoch


def set_max_steps_per_epoch(max_steps_per_epoch: int | None) -> None:
    """Limits the steps of every epoch, for quick runs of long scripts; `None` lifts the limit."""
    global _max_steps_per_epoch
    _max_steps_per_epoch = _checked_limit(max_steps_per_epoch)


# --- switches ----------------------------------------------------------------------------------------------------

_flash_attention: bool | None = None
_interactive_logging = True
_traceback_filtering = True
_unsafe_deserialization = False


def enable_flash_attention() -> None:
    """Asks for fused attention kernels wherever the inputs allow them."""
    global _flash_attention
    _flash_attention = True


def disable_flash_attention() -> None:
    """Turns fused attention kernels off."""
    global _flash_attention
    _flash_attention = False


def is_flash_attention_enabled() -> bool | None:
    """`True` or `False` as it was set, or `None`: used where the backend finds it possible."""
    return _flash_attention


def enable_interactive_logging() -> None:
    """Progress goes to standard output, with a bar that is redrawn (the default)."""
    global _interactive_logging
    _interactive_logging = True


def disable_interactive_logging() -> None:
    """Progress goes to `logging`, line by line."""
    global _interactive_logging
    _interactive_logging = False


def is_interactive_logging_enabled() -> bool:
    """Whether progress is drawn on standard output."""
    return _interactive_logging


def enable_traceback_filtering() -> None:
    """Tracebacks leave out keras-core's own frames (the default)."""
    global _traceback_filtering
    _traceback_filtering = True


def disable_traceback_filtering() -> None:
    """Tracebacks show keras-core's own frames."""
    global _traceback_filtering
    _traceback_filtering = False


def is_traceback_filtering_enabled() -> bool:
    """Whether tracebacks leave out keras-core's own frames."""
    return _traceback_filtering


def enable_unsafe_deserialization() -> None:
    """Lets files bring Python code (`Lambda` layers) without `safe_mode=False` at each load.

    Only for files that you trust as you trust a program: their code can do anything that you can.
    """
    global _unsafe_deserialization
    _unsafe_deserialization = True


def is_unsafe_deserialization_enabled() -> bool:
    """Whether `enable_unsafe_deserialization()` was called."""
    return _unsafe_deserialization


def reset_session() -> None:
    """Forgets the dtype policy and the logging mode that were set; part of `clear_session()`."""
    global _dtype_policy, _interactive_logging
    _dtype_policy, _interactive_logging = None, True
