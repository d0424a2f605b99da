"""What of the past, the calendar and others' forecasts may matter for a period to come?

A table of traits, one row for each period forecast, made for any kind of target. Traits are in units of the station
(shares of its capacity, or of its usual size), so that stations can be learnt from together.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from wattloom.domain.errors import FutureRefused
from wattloom.domain.forecasts import TargetKind
from wattloom.forecast.solar.clear_index import mean_known
from wattloom.forecast.task import DAY_MINUTES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from wattloom.forecast.sight import Sight

WEEK_DAYS = 7
WEEK_MINUTES = WEEK_DAYS * DAY_MINUTES
LAG_DAYS = (0, 1, 2, 6)
"""Days before the newest day on which every period forecast is known."""
MEAN_DAYS = 28
RECENT_HOURS = (1, 4, 24)
AROUND_HOURS = 2
YEAR_DAYS = 365.25
DAY_S = DAY_MINUTES * 60
WEEKDAY_OF_1970 = 3
"""The first of January 1970 was a Thursday."""
SIZE_FLOOR = 1e-9
SATURDAY = 5
WEEKLY = frozenset({TargetKind.LOAD, TargetKind.PRICE, TargetKind.ARRIVALS})
"""People's kinds: they have working days."""
Columns = dict[str, "NDArray[np.float64]"]
"""Traits by name; shape (origins, leads) or (origins, 1)."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What a station's values are measured against, origin by origin."""

    size: NDArray[np.float64]
    """The station's unit: its capacity or what it usually was lately; shape (origins, 1)."""
    base: NDArray[np.float64]
    """A plain forecast that others correct, in the target's unit; shape (origins, leads)."""


def channels_ahead(sight: Sight) -> tuple[str, ...]:
    """Channels that tell of the periods to be forecast: weather forecasts, plans, the calendar."""
    found, first = [], sight.only(np.arange(len(sight.origins_s)) < 1)
    for name in sight.names:
        try:
            first.ahead(name)
        except FutureRefused:
            continue
        found.append(name)
    return tuple(found)


def rows_at_once(sight: Sight, rows: int) -> Iterator[Sight]:
    """The sight in parts of so many origins."""
    for first in range(0, len(sight.origins_s), rows):
        place = np.arange(len(sight.origins_s))
        yield sight.only((place >= first) & (place < first + rows))


def days_back_s(sight: Sight) -> NDArray[np.int64]:
    """Starts of the same time of the newest days known; shape (origins, leads, MEAN_DAYS), newest first."""
    day = DAY_MINUTES // sight.task.step_minutes
    back = sight.season_steps() + np.arange(MEAN_DAYS, dtype=np.int64) * day
    return np.asarray(sight.starts_s[:, :, None] - back * sight.task.step_s)


def same_time(sight: Sight) -> NDArray[np.float64]:
    """The target at the same time of the newest days known; shape (origins, leads, MEAN_DAYS), newest first."""
    starts = days_back_s(sight)
    return sight.at("target", starts.reshape(len(starts), -1)).reshape(starts.shape)


def frame_of(sight: Sight, days: NDArray[np.float64]) -> Frame:
    """Size and base: wind has none to lean on, people's kinds the mean of last week and of this time of week."""
    about = sight.about
    usual = mean_known(np.abs(days).reshape(len(days), -1))[:, None]
    size = np.full_like(usual, about.capacity) if about.capacity else np.maximum(usual, SIZE_FLOOR)
    if about.kind not in WEEKLY:
        return Frame(size, np.zeros(sight.starts_s.shape))
    week = sight.lagged("target", sight.season_steps(minutes=WEEK_MINUTES))
    recent = mean_known(days[:, :, :WEEK_DAYS])
    whole = np.where(np.isfinite(recent), recent, usual)
    return Frame(size, np.where(np.isfinite(week), (week + whole) / 2, whole))


def past_traits(sight: Sight, days: NDArray[np.float64], frame: Frame) -> Columns:
    """The same time of earlier days, and what the last hours were like against the day and the week before."""
    found: Columns = {f"day_{back + 1}": days[:, :, back] for back in LAG_DAYS}
    found["mean_week"], found["mean_month"] = mean_known(days[:, :, :WEEK_DAYS]), mean_known(days)
    found["spread_month"] = np.sqrt(mean_known((days - found["mean_month"][:, :, None]) ** 2))
    found = {name: (values - frame.base * (name != "spread_month")) / frame.size for name, values in found.items()}
    found["base"] = frame.base / frame.size
    step, day = sight.task.step_minutes, DAY_MINUTES // sight.task.step_minutes
    past = sight.past("target", (WEEK_DAYS + 1) * day + day)
    end = past.shape[1]
    found["newest"] = past[:, -1:] / frame.size
    for hours in RECENT_HOURS:
        width = max(1, hours * 60 // step)
        now = mean_known(past[:, -width:])[:, None]
        found[f"last_{hours}_h"] = now / frame.size
        for name, back in (("day", day), ("week", WEEK_DAYS * day)):
            then = mean_known(past[:, end - back - width : end - back])[:, None]
            found[f"last_{hours}_h_on_{name}"] = (now - then) / frame.size
    return found


def calendar_traits(sight: Sight, *, seasons: bool) -> Columns:
    """Time of day, lead, day of the week for people's kinds, season where a record has more than one year."""
    starts, about = sight.starts_s, sight.about
    local = local_s(starts, about.zone)
    turn = 2 * np.pi * (local % DAY_S) / DAY_S
    found: Columns = {
        "hour_sin": np.sin(turn),
        "hour_cos": np.cos(turn),
        "lead": np.arange(starts.shape[1], dtype=float),
    }
    if about.kind in WEEKLY:
        weekday = weekdays(starts, about.zone)
        found |= {"weekday": weekday.astype(np.float64), "weekend": (weekday >= SATURDAY).astype(np.float64)}
    if seasons:
        year = 2 * np.pi * (local / DAY_S) / YEAR_DAYS
        found |= {"year_sin": np.sin(year), "year_cos": np.cos(year)}
    return found


def weekdays(starts_s: NDArray[np.int64], zone: ZoneInfo) -> NDArray[np.int64]:
    """Day of the week on a zone's clock, 0 is Monday; shape of the starts."""
    return np.asarray((local_s(starts_s, zone) // DAY_S + WEEKDAY_OF_1970) % WEEK_DAYS, dtype=np.int64)


def local_s(starts_s: NDArray[np.int64], zone: ZoneInfo) -> NDArray[np.int64]:
    """Seconds since 1970 as a zone's clock shows them; shape of the starts."""
    if not starts_s.size:
        return starts_s
    span = np.arange(int(starts_s.min()) // DAY_S, int(starts_s.max()) // DAY_S + 2) * DAY_S
    offsets = {datetime.fromtimestamp(int(one), zone).utcoffset() for one in span}
    if len(offsets) == 1:  # No change of the clock within: a sum does, which a thousand stations feel.
        return np.asarray(starts_s + int((offsets.pop() or timedelta()).total_seconds()))
    local = pd.to_datetime(starts_s.ravel(), unit="s", utc=True).tz_convert(zone).tz_localize(None)
    return np.asarray(local.as_unit("s").asi8, dtype=np.int64).reshape(starts_s.shape)


def ahead_traits(sight: Sight, channels: Sequence[str]) -> Columns:
    """Each channel at the period, around it, over the whole horizon, and against the same time a day before."""
    found: Columns = {}
    width = AROUND_HOURS * 60 // sight.task.step_minutes
    for name in channels:
        told = sight.ahead(name)
        found[name] = told
        found[f"{name}_around"] = _around(told, width)
        found[f"{name}_horizon"] = mean_known(told)[:, None]
        found[f"{name}_on_day"] = told - sight.lagged(name, sight.season_steps())
    return found


def sensor_traits(sight: Sight, channels: Sequence[str]) -> Columns:
    """Each sensor's last hour and its change over a day."""
    found: Columns = {}
    step = sight.task.step_minutes
    hour, day = max(1, 60 // step), DAY_MINUTES // step
    for name in channels:
        past = sight.past(name, day + hour)
        now = mean_known(past[:, -hour:])[:, None]
        found[name] = now
        found[f"{name}_on_day"] = now - mean_known(past[:, :hour])[:, None]
    return found


def matrix(columns: Columns, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Traits as columns; rows are origins and leads, leads fastest. Shape (origins · leads, traits)."""
    found = np.empty((*shape, len(columns)))
    for place, values in enumerate(columns.values()):
        found[:, :, place] = values
    return found.reshape(-1, len(columns))


def _around(values: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Mean over the periods so near on either side; shape (origins, leads)."""
    if width < 1:
        return values
    known = np.isfinite(values)
    leads = np.arange(values.shape[1])
    low, high = np.maximum(leads - width, 0), np.minimum(leads + width + 1, values.shape[1])
    sums = _summed(np.where(known, values, 0.0))
    if known.all():  # The usual case, which a thousand stations feel.
        return np.asarray((sums[:, high] - sums[:, low]) / (high - low))
    counts = _summed(known.astype(np.float64))
    count = counts[:, high] - counts[:, low]
    return np.where(count > 0, (sums[:, high] - sums[:, low]) / np.maximum(count, 1), np.nan)


def _summed(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sums of the first 0, 1, 2 … values along the last axis; one longer."""
    sums = np.zeros((values.shape[0], values.shape[1] + 1))
    np.cumsum(values, axis=1, out=sums[:, 1:])
    return sums
