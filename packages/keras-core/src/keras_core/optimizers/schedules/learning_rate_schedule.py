"""Learning rates as functions of the step."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Self

from keras_core import ops


class LearningRateSchedule:
    """Base of schedules: a subclass defines `__call__(step)` and `get_config()`."""

    def __call__(self, step: Any) -> Any:
        """The learning rate at `step`, a scalar tensor or a number."""
        raise NotImplementedError(f"{type(self).__name__} does not define `__call__(self, step)`.")

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        raise NotImplementedError(f"{type(self).__name__} does not define `get_config()`.")

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """A schedule from what `get_config` gave."""
        return cls(**config)


class _Arguments(LearningRateSchedule):
    """A schedule whose config is its constructor's arguments, kept as attributes of the same names."""

    _arguments: tuple[str, ...]

    def get_config(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self._arguments}


def _float(step: Any) -> Any:
    return ops.cast(step, "float32")


class ExponentialDecay(_Arguments):
    """`initial_learning_rate * decay_rate ** (step / decay_steps)`.

    Args:
        initial_learning_rate: the rate at step 0.
        decay_steps: the number of steps that one factor `decay_rate` takes.
        decay_rate: the factor.
        staircase: whether the exponent is rounded down to an integer.
        name: a name.
    """

    _arguments = ("initial_learning_rate", "decay_steps", "decay_rate", "staircase", "name")

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        decay_rate: float,
        staircase: bool = False,
        name: str = "ExponentialDecay",
    ):
        _check_positive("decay_steps", decay_steps)
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name

    def __call__(self, step: Any) -> Any:
        exponent = _float(step) / self.decay_steps
        if self.staircase:
            exponent = ops.floor(exponent)
        return self.initial_learning_rate * ops.power(float(self.decay_rate), exponent)


class InverseTimeDecay(_Arguments):
    """`initial_learning_rate / (1 + decay_rate * step / decay_steps)`.

    Args:
        initial_learning_rate: the rate at step 0.
        decay_steps: the unit of time, in steps.
        decay_rate: how fast it decays.
        staircase: whether the time is rounded down to an integer.
        name: a name.
    """

    _arguments = ("initial_learning_rate", "decay_steps", "decay_rate", "staircase", "name")

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        decay_rate: float,
        staircase: bool = False,
        name: str = "InverseTimeDecay",
    ):
        _check_positive("decay_steps", decay_steps)
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name

    def __call__(self, step: Any) -> Any:
        time = _float(step) / self.decay_steps
        if self.staircase:
            time = ops.floor(time)
        return self.initial_learning_rate / (1.0 + self.decay_rate * time)


class PiecewiseConstantDecay(_Arguments):
    """A constant rate in each interval of steps.

    Args:
        boundaries: increasing steps; the interval up to a boundary includes it.
        values: one rate for each interval: one more than boundaries.
        name: a name.

    Raises:
        ValueError: if the numbers do not fit.
    """

    _arguments = ("boundaries", "values", "name")

    def __init__(self, boundaries: Sequence[float], values: Sequence[float], name: str = "PiecewiseConstant"):
        if len(boundaries) != len(values) - 1:
            raise ValueError(
                "The length of `boundaries` should be one less than that of `values`. Received: "
                f"boundaries={boundaries} of length {len(boundaries)}, and values={values} of length {len(values)}."
            )
        self.boundaries = boundaries
        self.values = values
        self.name = name

    def __call__(self, step: Any) -> Any:
        step = _float(step)
        rate = ops.convert_to_tensor(self.values[0], dtype="float32")
        for boundary, value in zip(self.boundaries, self.values[1:], strict=True):
            rate = ops.where(step > boundary, value, rate)
        return rate


class PolynomialDecay(_Arguments):
    """From the initial to the end rate within `decay_steps`, by `(1 - step / decay_steps) ** power`.

    Args:
        initial_learning_rate: the rate at step 0.
        decay_steps: how long it decays.
        end_learning_rate: the rate after that.
        power: 1 is a straight line.
        cycle: whether it starts again (with a longer period) when the end is reached.
        name: a name.
    """

    _arguments = ("initial_learning_rate", "decay_steps", "end_learning_rate", "power", "cycle", "name")

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
        name: str = "PolynomialDecay",
    ):
        _check_positive("decay_steps", decay_steps)
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.end_learning_rate = end_learning_rate
        self.power = power
        self.cycle = cycle
        self.name = name

    def __call__(self, step: Any) -> Any:
        step = _float(step)
        period: Any = float(self.decay_steps)
        if self.cycle:
            period = period * ops.maximum(ops.ceil(step / period), 1.0)
        else:
            step = ops.minimum(step, period)
        share = ops.power(1.0 - step / period, self.power)
        return (self.initial_learning_rate - self.end_learning_rate) * share + self.end_learning_rate


class CosineDecay(_Arguments):
    """Half a cosine wave from the initial rate to `alpha` times it, after an optional linear warm-up.

    Args:
        initial_learning_rate: the rate at step 0.
        decay_steps: how long it decays (after the warm-up).
        alpha: the end rate as a share of the rate that the decay starts from.
        name: a name.
        warmup_target: the rate that the warm-up rises to; `None`: no warm-up.
        warmup_steps: how long the warm-up takes.
    """

    _arguments = ("initial_learning_rate", "decay_steps", "alpha", "name", "warmup_target", "warmup_steps")

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        alpha: float = 0.0,
        name: str = "CosineDecay",
        warmup_target: float | None = None,
        warmup_steps: int = 0,
    ):
        _check_positive("decay_steps", decay_steps)
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.alpha = alpha
        self.name = name
        self.warmup_target = warmup_target
        self.warmup_steps = warmup_steps

    def __call__(self, step: Any) -> Any:
        step = _float(step)
        if self.warmup_target is None:
            return self._decayed(step, self.initial_learning_rate)
        rise = self.warmup_target - self.initial_learning_rate
        warm = self.initial_learning_rate + rise * step / max(self.warmup_steps, 1)
        return ops.where(step < self.warmup_steps, warm, self._decayed(step - self.warmup_steps, self.warmup_target))

    def _decayed(self, step: Any, start: float) -> Any:
        share = ops.clip(step / self.decay_steps, 0.0, 1.0)
        return start * ((1.0 - self.alpha) * _half_cosine(share) + self.alpha)


class CosineDecayRestarts(_Arguments):
    """Cosine decay that starts again, each time longer and lower.

    Args:
        initial_learning_rate: the rate at step 0.
        first_decay_steps: length of the first period.
        t_mul: factor from one period's length to the next.
        m_mul: factor from one period's first rate to the next.
        alpha: the lowest rate as a share of the initial one.
        name: a name.
    """

    _arguments = ("initial_learning_rate", "first_decay_steps", "t_mul", "m_mul", "alpha", "name")

    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: int,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
        name: str = "SGDRDecay",
    ):
        _check_positive("first_decay_steps", first_decay_steps)
        self.initial_learning_rate = initial_learning_rate
        self.first_decay_steps = first_decay_steps
        self.t_mul = t_mul
        self.m_mul = m_mul
        self.alpha = alpha
        self.name = name

    def __call__(self, step: Any) -> Any:
        done = _float(step) / self.first_decay_steps
        if self.t_mul == 1.0:
            period = ops.floor(done)
            share = done - period
        else:
            # Periods 1, t, t², ... end at (t**n - 1) / (t - 1).
            period = ops.floor(ops.log(1.0 - done * (1.0 - self.t_mul)) / math.log(self.t_mul))
            length = ops.power(float(self.t_mul), period)
            share = (done - (1.0 - length) / (1.0 - self.t_mul)) / length
        height = ops.power(float(self.m_mul), period)
        return self.initial_learning_rate * ((1.0 - self.alpha) * height * _half_cosine(share) + self.alpha)


def _half_cosine(share: Any) -> Any:
    return 0.5 * (1.0 + ops.cos(math.pi * share))


def _check_positive(name: str, value: Any) -> None:
    if not value > 0:
        raise ValueError(f"`{name}` must be positive; received: {name}={value}.")
