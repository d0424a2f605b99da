"""How do values stand on another axis? Means onto coarser periods, held onto finer ones, years by the calendar."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

import numpy as np

from wattloom.domain.errors import InputError
from wattloom.domain.series import Series
from wattloom.domain.text import SILENT, Text
from wattloom.domain.time import TimeAxis
from wattloom.domain.weather import Place, Weather, WeatherKind
from wattloom.intake.places import is_near

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

MINUTES_PER_DEGREE = 4
"""The sun moves 15 degrees in an hour."""
HOURS_OF_YEARS = (8760, 8784)

Values = TypeVar("Values", Series, Weather)


def bring_onto(thing: Values, axis: TimeAxis) -> Values:
    """The same values on another axis inside their own stretch: the time mean over each period.

    Onto coarser periods that is their mean, onto finer ones the value is held. Values that are missing stay missing
    where periods fit into each other; where they do not, the series must be complete.
    """
    own = thing.axis
    if own == axis:
        return thing
    if own.start > axis.start or own.end < axis.end:
        raise InputError.one(
            str(thing.source),
            found=f"{own.start:%Y-%m-%dT%H:%M}Z to {own.end:%Y-%m-%dT%H:%M}Z",
            expected=f"at least {axis.start:%Y-%m-%dT%H:%M}Z to {axis.end:%Y-%m-%dT%H:%M}Z",
            remedy="bring the whole stretch; a gap at its ends is never filled",
        )
    note = SILENT if own.step_minutes == axis.step_minutes else _note(own, axis)
    return _with(thing, axis, lambda values: _means(values, own, axis, str(thing.source)), note)


def onto_year(
    thing: Values, axis: TimeAxis, zone: ZoneInfo, *, place: Place | None = None, own_zone: ZoneInfo | None = None
) -> Values:
    """The values on the axis; a typical or another year is laid onto it by month, day and hour of local standard time.

    Weather without a `place` keeps its clock: noon stays noon. With one it keeps its sun: it is shifted by whole steps
    to the place's longitude. Either way the longitude of the result is moved along, so that the sun computed from it
    fits the irradiance. A 29 February that the values lack repeats the 28th. Summer time and weekdays are not followed.
    `own_zone` is the zone that a series is of; by default the axis'.
    """
    own = thing.axis
    typical = isinstance(thing, Weather) and thing.kind is WeatherKind.TYPICAL
    if own.start <= axis.start and own.end >= axis.end and not typical:
        return _judged(bring_onto(thing, axis), place)
    if own.hours not in HOURS_OF_YEARS:
        raise InputError.one(
            str(thing.source),
            found=f"{own.hours:g} hours",
            expected="a whole year of 8,760 or 8,784 hours",
            remedy="bring a whole year, or the very stretch that is planned",
        )
    target = _at_own_step(own, axis, str(thing.source))
    offset = standard_offset_minutes(zone, axis.start)
    own_offset = _own_offset(thing, offset, zone=own_zone or zone, place=place)
    rows, note = _by_calendar(own, own_offset, target, offset)
    shift = offset - own_offset
    year, clock = _year(axis, offset), f"UTC{offset / 60:+g}"
    done = Text(f"; laid onto {year} by month, day and hour of {clock}", f"；按 {clock} 的月、日、时套用于 {year} 年")
    laid = _with(thing, target, lambda values: values[rows], done + note)
    if isinstance(laid, Weather):
        laid = replace(laid, place=_moved(laid.place, shift, zone))
    return bring_onto(_judged(laid, place), axis)


def standard_offset_minutes(zone: ZoneInfo, near: datetime) -> int:
    """Offset of a zone's standard time from UTC, east positive, in the year of an instant.

    Example:
        >>> standard_offset_minutes(ZoneInfo("Europe/Berlin"), datetime(2026, 7, 1, tzinfo=ZoneInfo("UTC")))
        60
    """
    local = near.astimezone(zone)
    offset, summer = local.utcoffset() or timedelta(), local.dst() or timedelta()
    return round((offset - summer) / timedelta(minutes=1))


def _own_offset(thing: Series | Weather, offset: int, *, zone: ZoneInfo, place: Place | None) -> int:
    """The clock on which the values are read, moved to their step's grid."""
    own = thing.axis
    wanted = standard_offset_minutes(zone, own.start)
    if isinstance(thing, Weather):
        wanted = standard_offset_minutes(ZoneInfo(thing.place.time_zone), own.start)
        if place is not None:
            degrees = (place.longitude_deg - thing.place.longitude_deg + 180) % 360 - 180
            wanted = round(offset - degrees * MINUTES_PER_DEGREE)
    # A label must fall on the target's grid: 30 of 60 minutes apart (India) is shifted to the nearer whole step.
    minute = own.start.hour * 60 + own.start.minute
    odd = (minute + wanted) % own.step_minutes
    return wanted - odd if odd * 2 <= own.step_minutes else wanted + own.step_minutes - odd


def _by_calendar(own: TimeAxis, own_offset: int, target: TimeAxis, offset: int) -> tuple[NDArray[np.int64], Text]:
    """For each period of the target the row of the same month, day and hour, and a note on 29 February."""
    have, want = _calendar(own, own_offset), _calendar(target, offset)
    note = SILENT
    missing = ~np.isin(want, have)
    if missing.any():
        want = np.where(missing & (want // 10_000 == _FEB_29), want - 10_000, want)
        note = Text("; 28 February stands for the 29th too", "；2 月 29 日沿用 28 日")
    elif (have // 10_000 == _FEB_29).any() and not (want // 10_000 == _FEB_29).any():
        note = Text("; 29 February left out", "；略去 2 月 29 日")
    order = np.argsort(have, kind="stable")
    return order[np.searchsorted(have, want, sorter=order)], note


_FEB_29 = 229


def _calendar(axis: TimeAxis, offset: int) -> NDArray[np.int64]:
    """Month, day and minute of each period on a clock, as one number: 2281380 is 28 February 23:00."""
    local = axis.instants() + timedelta(minutes=offset)
    return np.asarray((local.month * 100 + local.day) * 10_000 + local.hour * 60 + local.minute, dtype=np.int64)


def _moved(place: Place, shift_minutes: int, zone: ZoneInfo) -> Place:
    """The place whose sun stands as it did, after its clock was changed."""
    if shift_minutes == 0:
        return replace(place, time_zone=zone.key)
    longitude = (place.longitude_deg + shift_minutes / MINUTES_PER_DEGREE + 180) % 360 - 180
    return replace(place, longitude_deg=longitude, time_zone=zone.key)


def _judged(thing: Values, place: Place | None) -> Values:
    """Weather that was taken far from the place says so."""
    if isinstance(thing, Weather) and place is not None and not is_near(place, thing.place):
        return replace(thing, of_site=False)
    return thing


def _at_own_step(own: TimeAxis, axis: TimeAxis, source: str) -> TimeAxis:
    """The stretch of an axis in steps of the values."""
    count = axis.hours * 60 / own.step_minutes
    if count != round(count):
        raise InputError.one(
            source,
            found=f"steps of {own.step_minutes} minutes",
            expected=f"a step that divides {axis.hours:g} hours",
            remedy="bring the values onto another step first",
        )
    return TimeAxis(axis.start, own.step_minutes, round(count))


def _means(values: NDArray[np.float64], own: TimeAxis, axis: TimeAxis, source: str) -> NDArray[np.float64]:
    """Time means of values over the periods of another axis inside theirs."""
    ahead = round((axis.start - own.start) / timedelta(minutes=1))
    old, new = own.step_minutes, axis.step_minutes
    if ahead % old == 0 and new % old == 0:
        inside = values[ahead // old : ahead // old + axis.count * (new // old)]
        return np.asarray(inside.reshape(axis.count, -1).mean(axis=1))
    if ahead % new == 0 and old % new == 0:
        return np.repeat(values, old // new)[ahead // new : ahead // new + axis.count]
    if np.isnan(values).any():
        raise InputError.one(
            source,
            found=f"missing values at steps of {old} minutes that do not fit steps of {new} minutes",
            expected="a complete series",
            remedy="complete it first",
        )
    edges = ahead + np.arange(axis.count + 1) * new
    integral = np.interp(edges, np.arange(own.count + 1) * old, np.concatenate([[0.0], np.cumsum(values) * old]))
    # Held values keep their sign: the running sum may leave a trace below zero at night.
    return np.asarray(np.clip(np.diff(integral) / new, values.min(), values.max()))


def _with(
    thing: Values, axis: TimeAxis, turn: Callable[[NDArray[np.float64]], NDArray[np.float64]], done: Text
) -> Values:
    """A copy on another axis with every array turned, which says what was done."""
    if isinstance(thing, Series):
        return replace(thing, axis=axis, values=turn(thing.values), source=thing.source + done.en)
    arrays = {
        item.name: turn(value) for item in fields(thing) if isinstance(value := getattr(thing, item.name), np.ndarray)
    }
    return replace(thing, axis=axis, source=thing.source + done, **arrays)  # type: ignore[arg-type]


def _note(own: TimeAxis, axis: TimeAxis) -> Text:
    """What was done to the step."""
    en, zh = ("mean over", "平均至") if axis.step_minutes > own.step_minutes else ("held over", "保持至")
    return Text(
        f"; {own.step_minutes} min {en} {axis.step_minutes} min",
        f"；{own.step_minutes} 分钟{zh} {axis.step_minutes} 分钟",
    )


def _year(axis: TimeAxis, offset: int) -> int:
    """The year in which an axis starts, on its clock."""
    return (axis.start + timedelta(minutes=offset)).year
