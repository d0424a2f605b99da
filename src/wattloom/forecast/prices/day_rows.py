"""What was known before each day, side by side with what that day brought?

One row is one day: prices of earlier days, what had been forecast for the day and for days before it, the weekday. The
layout is that of the LEAR model (Lago et al., Applied Energy 293 (2021) 116983, section 4.2): every hour's value of
every lag is an input of every hour's outcome, so that all outcomes share their inputs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from wattloom.domain.errors import FutureRefused, MissingData
from wattloom.forecast.task import DAY_MINUTES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.forecast.sight import Sight

WEEK_DAYS = 7
INPUT_LAGS_DAYS = (0, 1, 7)
HOUR_MINUTES = 60
NO_SCALE = -1
"""Group of inputs that are used as they are: the weekday."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Which inputs a row has; the same at fit and at forecast."""

    lags_days: tuple[int, ...]
    """Of the target."""
    channels: tuple[str, ...]
    """Whose values for the day forecast are known at its origin."""

    @classmethod
    def of(cls, sight: Sight, channels: tuple[str, ...] | None = None) -> Layout:
        """Lags that are known, and the channels asked for; None: all that are known ahead."""
        day = DAY_MINUTES // sight.task.step_minutes
        first = sight.season_steps() // day
        week = next(days for days in range(WEEK_DAYS, first + 3 * WEEK_DAYS, WEEK_DAYS) if days > first + 2)
        chosen = tuple(name for name in sight.names if known_ahead(sight, name)) if channels is None else channels
        return cls(lags_days=(first, first + 1, first + 2, week), channels=chosen)


@dataclass(frozen=True, slots=True)
class DayRows:
    """Days in order, with their inputs and outcomes."""

    origins_s: NDArray[np.int64]
    """Shape (days,), rising."""
    inputs: NDArray[np.float64]
    """Shape (days, inputs); NaN where something was missing."""
    groups: NDArray[np.int64]
    """What each input is measured in: 0 the target's unit, 1 and on a channel's, NO_SCALE none; shape (inputs,)."""
    outcomes: NDArray[np.float64]
    """Shape (days, leads); NaN where the record has a gap."""
    settled: NDArray[np.int64]
    """How many of these days, counted from the first, had brought all their outcomes by each day's origin."""

    def __len__(self) -> int:
        """Days."""
        return len(self.origins_s)

    def without_gaps(self, kept: NDArray[np.int64]) -> DayRows:
        """Only days with all inputs, and with all outcomes too unless their origin is among `kept`."""
        known = np.isfinite(self.outcomes).all(axis=1) | np.isin(self.origins_s, kept)
        whole = np.isfinite(self.inputs).all(axis=1) & known
        before = np.concatenate([[0], np.cumsum(whole)])
        return DayRows(
            self.origins_s[whole], self.inputs[whole], self.groups, self.outcomes[whole], before[self.settled[whole]]
        )


def inputs_of(sight: Sight, layout: Layout) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Inputs of each origin, and what each is measured in; shapes (origins, inputs) and (inputs,)."""
    day = DAY_MINUTES // sight.task.step_minutes
    columns = [_hourly(sight, _filled([sight.lagged("target", lag * day) for lag in layout.lags_days]))]
    columns += [_hourly(sight, [sight.lagged(one, lag * day) for lag in INPUT_LAGS_DAYS]) for one in layout.channels]
    groups = [np.full(one.shape[1], place) for place, one in enumerate(columns)]
    weekday = np.eye(WEEK_DAYS)[_weekdays(sight)]
    return np.concatenate([*columns, weekday], axis=1), np.concatenate([*groups, np.full(WEEK_DAYS, NO_SCALE)])


def rows_of(sight: Sight, layout: Layout, outcomes: NDArray[np.float64]) -> DayRows:
    """Rows of all origins of a sight; outcomes that are not known yet may be NaN."""
    inputs, groups = inputs_of(sight, layout)
    settled = np.searchsorted(sight.starts_s[:, -1], sight.newest_s(), side="right")
    return DayRows(sight.origins_s, inputs, groups, outcomes, settled)


def extended(rows: DayRows, sight: Sight, layout: Layout) -> DayRows:
    """The same rows, then every day up to the sight's last origin, with the outcomes known at that origin.

    No day's `settled` counts an outcome that was unknown at its own origin.
    """
    zone, last = sight.about.zone, pd.Timestamp(int(sight.origins_s.max()), unit="s", tz="UTC")
    after = pd.Timestamp(int(rows.origins_s[-1]) + 1, unit="s", tz="UTC")
    clock = sight.task.origins(after.to_pydatetime(), (last + pd.Timedelta(seconds=1)).to_pydatetime(), zone)
    new_s = np.union1d(clock, sight.origins_s[sight.origins_s > rows.origins_s[-1]])
    if not new_s.size:
        return rows
    earlier = sight.earlier(new_s)
    inputs, _ = inputs_of(earlier, layout)
    origins = np.concatenate([rows.origins_s, new_s])
    ends_s = sight.task.starts(origins)[:, -1]
    settled = np.concatenate([rows.settled, np.searchsorted(ends_s, earlier.newest_s(), side="right")])
    return replace(
        rows,
        origins_s=origins,
        inputs=np.concatenate([rows.inputs, inputs]),
        outcomes=np.concatenate([rows.outcomes, _outcomes_by_now(sight, new_s)]),
        settled=settled,
    )


def _outcomes_by_now(sight: Sight, origins_s: NDArray[np.int64]) -> NDArray[np.float64]:
    """What days had brought by the sight's last origin; NaN where it has not come yet."""
    now = sight.origins_s.max()
    starts_s = sight.task.starts(origins_s)
    seen = starts_s <= sight.earlier(np.array([now])).newest_s()[0]
    asked = np.where(seen, starts_s, starts_s.min() - sight.task.step_s * 10**7)  # Far outside the axis: nothing.
    return sight.earlier(np.full(len(origins_s), now)).at("target", asked)


def _filled(lags: list[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
    """Gaps in one lag take the value of the next one that has any."""
    whole = list(lags)
    for place in range(len(whole)):
        for other in (*lags[place + 1 :], *lags[:place]):
            whole[place] = np.where(np.isnan(whole[place]), other, whole[place])
    return whole


def _hourly(sight: Sight, values: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Means of whole hours where periods are shorter: a neighbour tells little new; shape (origins, columns)."""
    step, leads = sight.task.step_minutes, sight.task.leads
    each = HOUR_MINUTES // step if HOUR_MINUTES % step == 0 and leads % max(1, HOUR_MINUTES // step) == 0 else 1
    each = max(1, each)
    return np.concatenate([one.reshape(len(one), leads // each, each).mean(axis=2) for one in values], axis=1)


def _weekdays(sight: Sight) -> NDArray[np.int64]:
    """Local weekday of the first period forecast, Monday 0."""
    local = pd.DatetimeIndex(pd.to_datetime(sight.starts_s[:, 0], unit="s", utc=True)).tz_convert(sight.about.zone)
    return np.asarray(local.dayofweek, dtype=np.int64)


def known_ahead(sight: Sight, name: str) -> bool:
    """Whether a channel's values for the periods forecast are known at every origin, and there are some."""
    try:
        values = sight.ahead(name)
    except FutureRefused:
        return False
    return bool(np.isfinite(values).any())


def refuse_gaps(rows: DayRows, origins_s: NDArray[np.int64], name: str) -> None:
    """Say so where an origin's inputs are not all there.

    Raises:
        MissingData: naming the first such origin.
    """
    there = np.isin(origins_s, rows.origins_s)
    if not there.all():
        first = pd.Timestamp(int(origins_s[~there][0]), unit="s", tz="UTC").isoformat()
        raise MissingData(
            f"{name}: inputs of the day forecast at {first} are missing, and of {int((~there).sum())} days"
        )
