"""What is foreseen of the price or carbon intensity, and when was it known?

A policy sees a signal only through `as_known`: what could be known at an instant, and NaN for the rest. Errors of
forecasts enter here and nowhere else: the replay has the truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd

from wattloom.domain.series import Revisions
from wattloom.domain.time import TimeAxis

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Signal(Protocol):
    """A value for each site and slot, as far as it is known."""

    @property
    def step_s(self) -> float:
        """Length of a slot in seconds; the first begins at second 0."""

    def as_known(self, now_s: float) -> NDArray[np.float64]:
        """What is known at an instant, shape (site, slot); NaN: nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The same at all times: the truth in advance, or one forecast that is never renewed."""

    values: NDArray[np.float64]
    """Shape (site, slot)."""
    step_s: float

    def as_known(self, now_s: float) -> NDArray[np.float64]:  # noqa: ARG002
        """All of it."""
        return self.values


@dataclass(slots=True, kw_only=True)
class Revised:
    """Forecasts that are renewed: of each site, every version with the instant at which it became known."""

    axis: TimeAxis
    sites: Sequence[Revisions]
    _issues_s: NDArray[np.float64] = field(init=False, repr=False)
    """Seconds at which something became known."""
    _issue: int = field(init=False, repr=False, default=-1)
    _values: NDArray[np.float64] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """List the instants at which something became known."""
        self._issues_s = np.unique(np.concatenate([self._seconds(one.known_at) for one in self.sites]))
        self._values = np.full((len(self.sites), self.axis.count), np.nan)

    @property
    def step_s(self) -> float:
        """Length of a slot in seconds."""
        return self.axis.step_minutes * 60.0

    def as_known(self, now_s: float) -> NDArray[np.float64]:
        """The newest version of each value that was known by then."""
        issue = int(np.searchsorted(self._issues_s, now_s, side="right")) - 1
        if issue != self._issue:
            self._issue, self._values = issue, np.array([self._row(one, now_s) for one in self.sites])
        return self._values

    def _row(self, one: Revisions, now_s: float) -> NDArray[np.float64]:
        """The newest known values of a site on the axis."""
        row = np.full(self.axis.count, np.nan)
        slot = self._seconds(one.about) / self.step_s
        wanted = (self._seconds(one.known_at) <= now_s) & (slot >= 0) & (slot < self.axis.count)
        wanted &= slot == np.floor(slot)
        # Rows are sorted by period, then by when they became known: the last one written is the newest.
        row[slot[wanted].astype(np.int64)] = one.values[wanted]
        return row

    def _seconds(self, instants: pd.DatetimeIndex) -> NDArray[np.float64]:
        """Seconds from the start of the axis."""
        return np.asarray((instants - self.axis.start).total_seconds(), dtype=np.float64)
