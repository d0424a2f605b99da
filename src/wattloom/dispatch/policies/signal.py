"""What is foreseen of the price or carbon intensity, and when was it known?

A policy sees a signal only through `as_known`: what could be known at an instant, and NaN for the rest. Errors of
forecasts enter here and nowhere else: the replay has the truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
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
    _issues: pd.DatetimeIndex = field(init=False, repr=False)
    _issue: int = field(init=False, repr=False, default=-1)
    _values: NDArray[np.float64] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """List the instants at which something became known."""
        self._issues = pd.DatetimeIndex(np.unique(np.concatenate([one.known_at.to_numpy() for one in self.sites])))
        self._values = np.full((len(self.sites), self.axis.count), np.nan)

    @property
    def step_s(self) -> float:
        """Length of a slot in seconds."""
        return self.axis.step_minutes * 60.0

    def as_known(self, now_s: float) -> NDArray[np.float64]:
        """The newest version of each value that was known by then."""
        now = pd.Timestamp(self.axis.start + timedelta(seconds=now_s)).tz_convert("UTC").tz_localize(None)
        issue = int(self._issues.searchsorted(now, side="right")) - 1
        if issue != self._issue:
            self._issue, self._values = issue, np.array([self._row(one, now) for one in self.sites])
        return self._values

    def _row(self, one: Revisions, now: pd.Timestamp) -> NDArray[np.float64]:
        """The newest known values of a site on the axis."""
        row = np.full(self.axis.count, np.nan)
        known = np.asarray(one.known_at.tz_localize(None) <= now)
        slot = ((one.about[known] - pd.Timestamp(self.axis.start)) / timedelta(seconds=self.step_s)).to_numpy()
        on_axis = (slot >= 0) & (slot < self.axis.count) & (slot == np.floor(slot))
        # Rows are sorted by period, then by when they became known: the last one written is the newest.
        row[slot[on_axis].astype(np.int64)] = one.values[known][on_axis]
        return row
