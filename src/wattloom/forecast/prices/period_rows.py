"""What speaks for a price above or below what one would take it to be?

One row is one period of one origin: where it lies in the day, the line taken for granted (a published price, or the
mean of the last days at the same time), what the target has lately been above or below that line, and what is forecast
for the period against the day before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from wattloom.forecast.task import DAY_MINUTES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.forecast.sight import Sight

SEASONS_MINUTES = (DAY_MINUTES, 7 * DAY_MINUTES)
DAYS_OF_LINE = 3
"""Days whose mean stands for a line that nobody published."""
WINDOWS_MINUTES = (60, 240, DAY_MINUTES)
"""Over which the last differences from the line are averaged."""


def line_at(sight: Sight, starts_s: NDArray[np.int64], line: str | None) -> NDArray[np.float64]:
    """What one would take the target to be in given periods; shape of `starts_s`, NaN where nothing is known.

    Args:
        sight: where from.
        starts_s: starts of periods, each origin's own.
        line: the channel that was published for them; None: the mean of the target's last known days at the same time.
    """
    if line is not None:
        return sight.at(line, starts_s)
    day_s = DAY_MINUTES * 60
    first = sight.season_steps() * sight.task.step_s // day_s
    days = np.stack([sight.at("target", starts_s - (first + back) * day_s) for back in range(DAYS_OF_LINE)])
    known = np.isfinite(days)
    total = np.where(known, days, 0.0).sum(axis=0)
    return np.where(known.any(axis=0), total / np.maximum(known.sum(axis=0), 1), np.nan)


def period_rows(sight: Sight, line: str | None, channels: tuple[str, ...]) -> NDArray[np.float64]:
    """What is known of each period; shape (origins, leads, inputs), NaN where something is missing."""
    starts_s = sight.starts_s
    day_s = DAY_MINUTES * 60
    taken = line_at(sight, starts_s, line)
    phase = 2 * np.pi * _minute_of_day(sight) / DAY_MINUTES
    columns = [np.sin(phase), np.cos(phase), np.sin(2 * phase), np.cos(2 * phase), taken, *_of_day(taken)]
    columns += _lately(sight, line, starts_s.shape)
    season_s = sight.season_steps() * sight.task.step_s
    columns.append(sight.at("target", starts_s - season_s) - line_at(sight, starts_s - season_s, line))
    for name in channels:
        now, before = sight.at(name, starts_s), sight.at(name, starts_s - day_s)
        columns += [now, now - before, *_of_day(now)[:1]]
    return np.stack(columns, axis=-1)


def plain_from_line(sight: Sight, line: NDArray[np.float64]) -> NDArray[np.float64]:
    """The newest known day's and week's values at the same time, less the line; shape (2, origins, leads).

    Nothing where they are not on record: then they say what the line says.
    """
    found = [sight.lagged("target", sight.season_steps(minutes=minutes)) - line for minutes in SEASONS_MINUTES]
    return np.nan_to_num(np.stack(found))


def _lately(sight: Sight, line: str | None, shape: tuple[int, ...]) -> list[NDArray[np.float64]]:
    """The newest difference from the line, and its means over the last hours and day."""
    step = sight.task.step_minutes
    count = DAY_MINUTES // step
    starts_s = sight.newest_s()[:, None] + np.arange(1 - count, 1)[None, :] * sight.task.step_s
    apart = sight.at("target", starts_s) - line_at(sight, starts_s, line)
    known = np.isfinite(apart)
    means = [apart[:, -1]]
    for minutes in WINDOWS_MINUTES:
        last = slice(count - max(1, minutes // step), count)
        seen = known[:, last].sum(axis=1)
        total = np.where(known, apart, 0.0)[:, last].sum(axis=1)
        means.append(np.where(seen > 0, total / np.maximum(seen, 1), np.nan))
    return [np.broadcast_to(one[:, None], shape) for one in means]


def _of_day(values: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """How far a period lies from the mean of the periods forecast, and that mean; both of the shape given."""
    known = np.isfinite(values)
    mean = np.where(known, values, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    whole = np.broadcast_to(mean[:, None], values.shape)
    return [values - whole, whole]


def _minute_of_day(sight: Sight) -> NDArray[np.float64]:
    """Local minute of the day at which each period starts."""
    local = pd.DatetimeIndex(pd.to_datetime(sight.starts_s.ravel(), unit="s", utc=True)).tz_convert(sight.about.zone)
    return np.asarray(local.hour * 60 + local.minute, dtype=np.float64).reshape(sight.starts_s.shape)
