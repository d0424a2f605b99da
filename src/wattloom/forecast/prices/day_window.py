"""What do the days of a window have in common, and how does it change as one day comes and one goes?

Sums of squares and products of all inputs and outcomes are taken once and moved along with the days: the regressions of
all hours, at all penalties, are made from them without reading the days again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.forecast.prices.day_rows import DayRows

NORMAL_PER_MAD = 1.4826
"""A normal variable's standard deviation in median absolute deviations: 1 / Φ⁻¹(3/4)."""
ROOM = 0.5
"""How far beyond the window's range, in ranges, a forecast may go."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Medians and spreads of a window, of the target and of every input."""

    middle: NDArray[np.float64]
    spread: NDArray[np.float64]
    target: tuple[float, float]
    range: tuple[float, float]
    """Of the window's outcomes, scaled, and some room to both sides."""
    stabilised: bool

    @classmethod
    def of(cls, rows: DayRows, low: int, high: int, *, stabilised: bool) -> Scale:
        """From days [low, high); all hours of a quantity share theirs."""
        middle, spread = np.zeros(rows.inputs.shape[1]), np.ones(rows.inputs.shape[1])
        target = _middle_and_spread(rows.outcomes[low:high])
        for group in range(int(rows.groups.max()) + 1):
            own = rows.groups == group
            middle[own], spread[own] = target if group == 0 else _middle_and_spread(rows.inputs[low:high, own])
        scale = cls(middle, spread, target, (-np.inf, np.inf), stabilised)
        scaled = scale.outcomes(rows.outcomes[low:high])
        room = ROOM * float(np.ptp(scaled))
        return cls(middle, spread, target, (float(scaled.min()) - room, float(scaled.max()) + room), stabilised)

    def inputs(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Inputs as the regression sees them."""
        scaled = (values - self.middle) / self.spread
        return np.arcsinh(scaled) if self.stabilised else scaled

    def outcomes(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Outcomes as the regression sees them."""
        scaled = (values - self.target[0]) / self.target[1]
        return np.arcsinh(scaled) if self.stabilised else scaled

    def back(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """In the target's unit again."""
        held = np.clip(values, *self.range)
        return np.asarray((np.sinh(held) if self.stabilised else held) * self.target[1] + self.target[0])


def _middle_and_spread(values: NDArray[np.float64]) -> tuple[float, float]:
    """Median, and median absolute deviation as a normal variable's standard deviation; 1 where nothing varies."""
    middle = float(np.median(values))
    spread = NORMAL_PER_MAD * float(np.median(np.abs(values - middle)))
    return middle, spread if spread > 0 else 1.0


@dataclass(frozen=True, slots=True)
class Window:
    """Sums over a window's days, and the units that coefficients are told in."""

    days: int
    squares: NDArray[np.float64]
    products: NDArray[np.float64]
    inputs: NDArray[np.float64]
    outcomes: NDArray[np.float64]
    input_unit: NDArray[np.float64]
    outcome_unit: NDArray[np.float64]

    @classmethod
    def of(cls, inputs: NDArray[np.float64], outcomes: NDArray[np.float64]) -> Window:
        """Sums of all days; units are standard deviations."""
        return cls(
            len(inputs), inputs.T @ inputs, outcomes.T @ inputs, inputs.sum(axis=0), outcomes.sum(axis=0),
            _unit(inputs), _unit(outcomes),
        )  # fmt: skip

    def moved(
        self,
        inputs: NDArray[np.float64],
        outcomes: NDArray[np.float64],
        came: NDArray[np.int64],
        gone: NDArray[np.int64],
    ) -> Window:
        """With days that came added and days that are too old taken away; both by their place."""
        sign = np.concatenate([np.ones(len(came)), -np.ones(len(gone))])
        ours, theirs = inputs[[*came, *gone]], outcomes[[*came, *gone]]
        signed = sign[:, None] * ours
        return Window(
            self.days + len(came) - len(gone),
            self.squares + signed.T @ ours,
            self.products + theirs.T @ signed,
            self.inputs + signed.sum(axis=0),
            self.outcomes + sign @ theirs,
            self.input_unit,
            self.outcome_unit,
        )

    def covariances(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Of the inputs, and of outcomes and inputs, in units."""
        mean, outcome = self.inputs / self.days, self.outcomes / self.days
        per_input, per_outcome = 1 / self.input_unit, 1 / self.outcome_unit[:, None]
        gram = (self.squares / self.days - np.outer(mean, mean)) * np.outer(per_input, per_input)
        cross = (self.products / self.days - np.outer(outcome, mean)) * per_input * per_outcome
        return gram, cross

    def away(self, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
        """Inputs from their means, in units."""
        return np.asarray((inputs - self.inputs / self.days) / self.input_unit)

    def forecast(self, coefficients: NDArray[np.float64], inputs: NDArray[np.float64]) -> NDArray[np.float64]:
        """Outcomes expected: one day by coefficients (…, outcomes, inputs), or many days by one set of them."""
        away = self.away(inputs)
        told = coefficients @ away if inputs.ndim == 1 else away @ coefficients.T
        return np.asarray(self.outcomes / self.days + self.outcome_unit * told)


@dataclass(slots=True)
class Rolling:
    """A window that follows the days: scales are those of its beginning, sums those of today."""

    rows: DayRows
    low: int
    """First row held."""
    days: int
    scale: Scale
    inputs: NDArray[np.float64]
    """Scaled, of rows from `low` on."""
    outcomes: NDArray[np.float64]
    window: Window
    low_now: int
    """Days in the window now are [low_now, high_now), counted from `low`."""
    high_now: int

    @classmethod
    def of(cls, rows: DayRows, anchor: int, end: int, days: int, *, stabilised: bool) -> Rolling:
        """The days known at row `anchor`'s origin, and room to follow up to row `end`."""
        known = int(rows.settled[anchor])
        low = max(0, known - days)
        scale = Scale.of(rows, low, known, stabilised=stabilised)
        inputs, outcomes = scale.inputs(rows.inputs[low:end]), scale.outcomes(rows.outcomes[low:end])
        window = Window.of(inputs[: known - low], outcomes[: known - low])
        return cls(rows, low, days, scale, inputs, outcomes, window, 0, known - low)

    def advance(self, row: int) -> bool:
        """Take in what had come by a row's origin, and let go what is too old; whether anything changed."""
        high = int(self.rows.settled[row]) - self.low
        if high <= self.high_now:
            return False
        low = max(0, high - self.days)
        self.window = self.window.moved(self.inputs, self.outcomes, np.arange(self.high_now, high),
                                        np.arange(self.low_now, low))  # fmt: skip
        self.low_now, self.high_now = low, high
        return True


def _unit(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Standard deviations by column; 1 where a column never changes."""
    spread = values.std(axis=0)
    return np.asarray(np.where(spread > 0, spread, 1.0))
