"""Does the sun stand where the station's clock says? Stretches in which a solar record runs early or late.

The middle of a day's light, corrected by the equation of time, is the sun's noon; it stands still over the year, and
clouds move it far less than they move the middle of the day's energy (measured on eleven stations in Hebei and
elsewhere: nine-day medians within half an hour). Where it jumps for a week and more, the logger's clock was
moved: summer time, another time zone, a wrong setting.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pvlib.solarposition import equation_of_time_spencer71
from scipy.ndimage import median_filter

from wattloom.domain.text import Text
from wattloom.intake.cleaning.record import Edit, Quantity, Record, runs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.domain.time import TimeAxis

DAY_MINUTES = 24 * 60
HALF_HOUR = 30
LEAST_MINUTES = 45
"""Smaller shifts cannot be told from weather."""
SHIFT_DAYS_MIN = 7
"""A shorter stretch may be weather."""
MEDIAN_DAYS = 9
LIGHT_W_PER_M2 = 25.0
LIGHT_SHARE = 0.01
"""Of capacity: as much power says that the sun is up."""
LIT_HOURS = (5.0, 18.0)
"""Days with less or more light say nothing about noon: snow on the sensor, an offset at night, the polar circle."""
NOON_MINUTES = (9.5 * 60, 15.5 * 60)
"""A whole record whose sun culminates outside these is on another clock than it says."""


def noons(record: Record, axis: TimeAxis, values: dict[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """The sun's noon on each local day, minutes after midnight of the record's clock less the equation of time.

    NaN where the day is too dark to tell; empty where the record has no sun to see.
    """
    tables = [_noons_of(axis, lit, _first_midnight(record, axis)) for lit in _lights(record, values)]
    return max(tables, key=lambda days: np.isfinite(days).sum(), default=np.empty(0))


def _noons_of(axis: TimeAxis, lit: NDArray[np.bool_], first: int) -> NDArray[np.float64]:
    """The middle of the light in each stretch of 24 h from midnight, taken on the circle: it may pass midnight."""
    per_day = DAY_MINUTES // axis.step_minutes
    days = (axis.count - first) // per_day
    table = lit[first : first + days * per_day].reshape(days, per_day)
    hours = table.sum(axis=1) * axis.step_hours
    sure = (hours >= LIT_HOURS[0]) & (hours <= LIT_HOURS[1])
    turn = np.exp(2j * np.pi * (np.arange(per_day) + 0.5) / per_day)
    middle = (np.angle(table @ turn) / (2 * np.pi) % 1) * DAY_MINUTES
    day_of_year = np.asarray(axis.instants()[first : first + days * per_day : per_day].dayofyear)
    return np.where(sure, middle + equation_of_time_spencer71(day_of_year), np.nan)


def shifted(record: Record, axis: TimeAxis, values: dict[str, NDArray[np.float64]]) -> list[Edit]:
    """Move the stretches that run early or late in place, in all columns; one edit a column and stretch."""
    daily = noons(record, axis, values)
    if np.isfinite(daily).sum() < 3 * SHIFT_DAYS_MIN:
        return []
    usual = float(np.nanmedian(daily))
    known = np.flatnonzero(np.isfinite(daily))
    off = (daily[known] - usual + DAY_MINUTES / 2) % DAY_MINUTES - DAY_MINUTES / 2
    late = median_filter(np.interp(np.arange(len(daily)), known, off), MEDIAN_DAYS, mode="nearest")
    halves = np.where(np.abs(late) < LEAST_MINUTES, 0, np.round(late / HALF_HOUR)).astype(int)
    edits: list[Edit] = []
    per_day = DAY_MINUTES // axis.step_minutes
    for half in sorted(set(halves.tolist()) - {0}):
        for first, end in runs(halves == half):
            if end - first >= SHIFT_DAYS_MIN and np.isfinite(daily[first:end]).any():
                start = _first_midnight(record, axis) + first * per_day
                edits += _moved(axis, values, (start, start + (end - first) * per_day), half * HALF_HOUR)
    return edits


def off_clock(record: Record, axis: TimeAxis, values: dict[str, NDArray[np.float64]]) -> list[Edit]:
    """Told, not changed: the whole record's sun culminates at an hour at which it cannot."""
    daily = noons(record, axis, values)
    if not np.isfinite(daily).any():
        return []
    usual = float(np.nanmedian(daily))
    if NOON_MINUTES[0] <= usual <= NOON_MINUTES[1]:
        return []
    rows = np.arange(axis.count)
    noon = f"{int(usual // 60):02d}:{int(usual % 60):02d}"
    first, last = _span(axis, rows)
    return [Edit(kind="off clock", column="", rows=rows, before=np.empty(0), first_s=first, last_s=last,
                 found=Text(f"the sun stands highest at {noon} of the record's clock",
                            f"记录时钟上太阳在 {noon} 最高"),
                 done=Text("left as it is: name the record's time zone", "保持原样：请注明记录的时区"))]  # fmt: skip


def _lights(record: Record, values: dict[str, NDArray[np.float64]]) -> list[NDArray[np.bool_]]:
    """When each column that can tell says that the sun is up."""
    found = []
    for name, column in record.columns.items():
        least = LIGHT_W_PER_M2 if column.quantity is Quantity.IRRADIANCE else np.inf
        if column.quantity is Quantity.POWER and record.solar and record.capacity is not None:
            least = LIGHT_SHARE * record.capacity
        if np.isfinite(least):
            found.append(np.nan_to_num(values[name]) > least)
    return found


def _first_midnight(record: Record, axis: TimeAxis) -> int:
    """Position of the first local midnight."""
    minute = int(axis.start.timestamp()) // 60 + record.utc_offset_minutes
    return int(-minute % DAY_MINUTES) // axis.step_minutes


def _moved(
    axis: TimeAxis, values: dict[str, NDArray[np.float64]], stretch: tuple[int, int], minutes: int
) -> list[Edit]:
    """Move a stretch of every column earlier by so many minutes; what it leaves empty is missing."""
    steps = round(minutes / axis.step_minutes)
    start, end = stretch
    low, high = max(0, start - max(steps, 0)), min(axis.count, end + max(-steps, 0))
    rows = np.arange(low, high)
    first, last = _span(axis, rows)
    edits = []
    for name, column in values.items():
        before = column[rows]
        after = np.array(column)
        after[start:end] = np.nan
        target = np.arange(start, end) - steps
        inside = (target >= 0) & (target < axis.count)
        after[target[inside]] = column[start:end][inside]
        values[name] = after
        edits.append(Edit(kind="time shift", column=name, rows=rows, before=before, first_s=first, last_s=last,
                          found=Text(f"the sun runs {minutes:+d} min off its usual noon",
                                     f"太阳偏离通常正午 {minutes:+d} 分钟"),
                          done=Text(f"moved by {-minutes:+d} min", f"移动 {-minutes:+d} 分钟")))  # fmt: skip
    return edits


def _span(axis: TimeAxis, rows: NDArray[np.int64]) -> tuple[int, int]:
    """Starts of the first and the last of some periods, seconds since 1970 UTC."""
    start, step_s = int(axis.start.timestamp()), axis.step_minutes * 60
    return start + int(rows[0]) * step_s, start + int(rows[-1]) * step_s
