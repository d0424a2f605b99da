"""What is expected, how sure is it, and what was it made from?

Forecasts are quantiles by default: a single line is a quantile forecast that hides its doubt. Levels rise, and so do
the values at them: crossings are mended by the forecaster and counted, never passed on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import InputError
from wattloom.domain.series import Series, read_only
from wattloom.domain.text import Text
from wattloom.domain.time import TimeAxis, utc

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""Quantile levels unless a task asks for others."""
MEDIAN = 0.5


class TargetKind(StrEnum):
    """What is forecast."""

    SOLAR = "solar"
    WIND = "wind"
    LOAD = "load"
    PRICE = "price"
    ARRIVALS = "arrivals"
    """Work that comes: jobs, GPU hours or requests a period."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Quantiles of one target on an axis, as issued at one instant."""

    name: str
    """The station, area or queue that it speaks of."""
    kind: TargetKind
    issued_at: datetime
    axis: TimeAxis
    levels: tuple[float, ...]
    """Between 0 and 1, rising, with 0.5 among them."""
    quantiles: NDArray[np.float64]
    """Shape (axis.count, len(levels)), read-only; never falling along a row."""
    unit: str
    model: str
    """Name and version of the model that made it."""
    fallbacks: tuple[Text, ...] = field(default=())
    """Why this is not the model that was asked for; nothing where it is."""

    def __post_init__(self) -> None:
        """Keep a read-only copy; refuse another shape, gaps and crossings."""
        object.__setattr__(self, "issued_at", utc(self.issued_at))
        object.__setattr__(self, "quantiles", read_only(self.quantiles))
        if self.quantiles.shape != (self.axis.count, len(self.levels)):
            raise self._wrong(f"quantiles of shape {self.quantiles.shape}", f"({self.axis.count}, {len(self.levels)})")
        if MEDIAN not in self.levels or any(np.diff(self.levels) <= 0):
            raise self._wrong(f"levels {self.levels}", "rising levels with 0.5 among them")
        if not np.isfinite(self.quantiles).all():
            raise self._wrong("values that are no numbers", "a number at every level of every period")
        if (np.diff(self.quantiles, axis=1) < 0).any():
            raise self._wrong("quantiles that cross", "values that rise with their level")

    def at_level(self, level: float) -> Series:
        """The values at one of its levels."""
        if level not in self.levels:
            raise self._wrong(f"level {level:g}", f"one of {', '.join(f'{one:g}' for one in self.levels)}")
        return Series(
            axis=self.axis,
            values=self.quantiles[:, self.levels.index(level)],
            unit=self.unit,
            source=f"{self.name}, {self.model}, quantile {level:g}",
            known_at=self.issued_at,
        )

    @property
    def median(self) -> Series:
        """The value that is passed as often as not."""
        return self.at_level(MEDIAN)

    def _wrong(self, found: str, expected: str) -> InputError:
        """A forecast that cannot be one."""
        return InputError.one(
            f"forecast of {self.name} by {self.model}", found=found, expected=expected, remedy="mend the model"
        )
