"""Dropout within recurrent cells: one mask for all time steps of a sequence."""

from __future__ import annotations

from typing import Any

from keras_core import ops, random


class DropoutRNNCell:
    """Mixin of cells with `dropout`, `recurrent_dropout` and a `seed_generator`.

    A mask is drawn at the first step of a sequence and kept until it is reset.
    """

    def get_dropout_mask(self, step_input: Any) -> Any:
        """The mask of the inputs, drawn for tensors like `step_input`; `None` without dropout."""
        return self._mask("_dropout_mask", step_input, self.dropout)

    def get_recurrent_dropout_mask(self, step_input: Any) -> Any:
        """The mask of the states, drawn for tensors like `step_input`; `None` without dropout."""
        return self._mask("_recurrent_dropout_mask", step_input, self.recurrent_dropout)

    def _mask(self, name: str, like: Any, rate: float) -> Any:
        if not rate:
            return None
        if self.__dict__.get(name) is None:  # in `__dict__`: a mask is no part of the layer's state
            self.__dict__[name] = random.dropout(ops.ones_like(like), rate, seed=self.seed_generator)
        return self.__dict__[name]

    def reset_dropout_mask(self) -> None:
        """Forgets the mask of the inputs."""
        self.__dict__["_dropout_mask"] = None

    def reset_recurrent_dropout_mask(self) -> None:
        """Forgets the mask of the states."""
        self.__dict__["_recurrent_dropout_mask"] = None
