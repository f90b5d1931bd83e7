"""The policies themselves."""

from __future__ import annotations

from typing import Any

from keras_core.tensors import dtypes
from keras_core.tensors.spec import TensorSpec

_MIXED = {"mixed_float16": ("float16", "float32"), "mixed_bfloat16": ("bfloat16", "float32")}


def _dtypes_of(name: str) -> tuple[str, str]:
    """(compute dtype, variable dtype) of a policy's name."""
    if name in _MIXED:
        return _MIXED[name]
    try:
        dtype = dtypes.standardize_dtype(name)
    except ValueError:
        raise ValueError(
            f"{name!r} is not a dtype policy. A policy is a dtype such as 'float32' or 'bfloat16', 'mixed_float16', "
            "'mixed_bfloat16', or a quantized one such as 'int8_from_float32'."
        ) from None
    return dtype, dtype


class DTypePolicy:
    """In which dtype a layer computes and keeps its variables.

    Args:
        name: a dtype (both), or "mixed_float16" / "mixed_bfloat16" (computes in 16 bits, keeps variables in float32);
            default `config.floatx()`.

    Raises:
        TypeError: if `name` is no string.
        ValueError: if it names no policy.
    """

    def __init__(self, name: str | None = None):
        if name is None:
            name = dtypes.standardize_dtype(None)
        if not isinstance(name, str):
            raise TypeError(f"A dtype policy's name is a string such as 'mixed_float16'; received: name={name!r}.")
        self._compute_dtype, self._variable_dtype = _dtypes_of(name)
        self._name = name
        self._quantization_mode: str | None = None

    @property
    def name(self) -> str:
        return self._name

    @property
    def compute_dtype(self) -> str:
        """The dtype in which layers compute."""
        return self._compute_dtype

    @property
    def variable_dtype(self) -> str:
        """The dtype of layers' variables."""
        return self._variable_dtype

    @property
    def quantization_mode(self) -> str | None:
        """"int8", "int4", "float8", "gptq", "awq", or None."""
        return self._quantization_mode

    def convert_input(self, x: Any, autocast: bool, dtype: Any) -> Any:
        """`x` as a tensor; of `dtype`, where `autocast` is set and it holds floats. Other objects are left as they are.

        Args:
            x: a tensor, array or symbolic tensor, or any other object.
            autocast: whether floats are cast.
            dtype: the dtype to cast to.
        """
        from keras_core import ops  # ops need no policies; policies need them for this conversion only

        dtype = dtypes.standardize_dtype(dtype)
        own = getattr(x, "dtype", None)
        if own is None:
            return x
        own = dtypes.standardize_dtype(own)
        target = dtype if autocast and dtypes.is_float(own) else own
        if hasattr(x, "_cast_symbolic"):
            return x if target == own else x._cast_symbolic(target)
        if isinstance(x, TensorSpec) and target == own:
            return x
        return ops.convert_to_tensor(x, dtype=target)

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> DTypePolicy:
        return cls(**config)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.get_config() == self.get_config()

    def __hash__(self) -> int:
        return hash((type(self).__name__, self._name))

    def __repr__(self) -> str:
        return f'<{type(self).__name__} "{self._name}">'


class FloatDTypePolicy(DTypePolicy):
    """`DTypePolicy` under the name of Keras 2."""


class QuantizedDTypePolicy(DTypePolicy):
    """Weights quantized as `mode` says, from a layer of the policy `source_name`.

    Args:
        mode: "int8", "int4" or "float8" (subclasses: "int4/<block size>", "gptq/<bits>/<group size>", ...).
        source_name: the policy before quantization; default `config.floatx()`.
    """

    MODES: tuple[str, ...] = ("int8", "int4", "float8")
    _format = "'int8', 'int4' or 'float8'"

    def __init__(self, mode: str, source_name: str | None = None):
        super().__init__(source_name)
        self._source_name = self._name
        self._mode_text = mode
        self._quantization_mode = self._parse(mode)
        self._name = f"{mode}_from_{self._source_name}"

    def _parse(self, mode: str) -> str:
        """Checks `mode` and returns the quantization mode it stands for."""
        if mode not in self.MODES:
            raise self._malformed(mode)
        return mode

    def _malformed(self, mode: Any, problem: str = "") -> ValueError:
        return ValueError(
            f"The mode of a {type(self).__name__} is written {self._format}; received: mode={mode!r}. {problem}".strip()
        )

    def _numbers(self, mode: str, head: str, count: int) -> list[int]:
        """The integers behind `head` in "head/4/128"."""
        parts = mode.split("/") if isinstance(mode, str) else []
        try:
            numbers = [int(part) for part in parts[1:]]
        except ValueError:
            numbers = []
        if len(numbers) != count or parts[0] != head:
            raise self._malformed(mode)
        return numbers

    def _check_size(self, mode: str, size: int) -> int:
        if size != -1 and size < 1:
            raise self._malformed(mode, f"The size {size} is neither -1 (one scale for each channel) nor positive.")
        return size

    def get_config(self) -> dict[str, Any]:
        return {"mode": self._mode_text, "source_name": self._source_name}


class QuantizedFloat8DTypePolicy(QuantizedDTypePolicy):
    """8-bit float training.

    Args:
        mode: "float8".
        source_name: the policy before quantization.
        amax_history_length: how many past maxima set the scale.
    """

    default_amax_history_length = 1024

    def __init__(self, mode: str, source_name: str | None = None, amax_history_length: int = 1024):
        super().__init__(mode, source_name)
        if not isinstance(amax_history_length, int):
            raise TypeError(f"`amax_history_length` is an integer; received: {amax_history_length!r}.")
        self._amax_history_length = amax_history_length

    @property
    def amax_history_length(self) -> int:
        return self._amax_history_length

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "amax_history_length": self._amax_history_length}


class Int4DTypePolicy(QuantizedDTypePolicy):
    """4-bit weights with one scale for each block of rows; `mode` is "int4/<block size>", -1 for one block."""

    _format = "'int4/<block size>'"

    def _parse(self, mode: str) -> str:
        (block_size,) = self._numbers(mode, "int4", 1)
        self.mode = "int4"
        self.block_size = self._check_size(mode, block_size)
        return "int4"


class _GroupedPolicy(QuantizedDTypePolicy):
    """Weights of `weight_bits`, with one scale for each group; `mode` is "<name>/<weight bits>/<group size>"."""

    _head = ""
    _bits: tuple[int, ...] = ()

    def _parse(self, mode: str) -> str:
        bits, group_size = self._numbers(mode, self._head, 2)
        if bits not in self._bits:
            raise self._malformed(mode, f"Weight bits are one of {self._bits}.")
        self.mode = self._head
        self.weight_bits = bits
        self.group_size = self._check_size(mode, group_size)
        return self._head


class GPTQDTypePolicy(_GroupedPolicy):
    """Weights quantized by GPTQ; `mode` is "gptq/<weight bits>/<group size>", bits 2, 3, 4 or 8."""

    _format = "'gptq/<weight bits>/<group size>'"
    _head = "gptq"
    _bits = (2, 3, 4, 8)


class AWQDTypePolicy(_GroupedPolicy):
    """Weights quantized by AWQ; `mode` is "awq/4/<group size>"."""

    _format = "'awq/4/<group size>'"
    _head = "awq"
    _bits = (4,)
