"""Does this answer of a public service hold the hours and quantities that were asked for?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from pvlib.irradiance import erbs, get_extra_radiation
from pvlib.solarposition import get_solarposition

from wattloom.domain.errors import InputError
from wattloom.domain.time import TimeAxis

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.domain.weather import Place

CELL_DEGREES_MAX = 1.0
"""An answer for a point farther off is not for the site: the coarsest cells are a degree wide."""
HOUR = timedelta(hours=1)


def year_axis(place: Place, year: int) -> TimeAxis:
    """The hours of a calendar year on the place's clock."""
    return TimeAxis.of_year(year, ZoneInfo(place.time_zone))


def part(answer: Any, *keys: str, where: str) -> Any:
    """A part of nested JSON objects; what is not there is named."""
    current = answer
    for depth, key in enumerate(keys):
        if not isinstance(current, Mapping) or key not in current:
            there = ", ".join(map(str, current)) if isinstance(current, Mapping) else type(current).__name__
            raise InputError.one(
                f"{where} {'.'.join(keys[:depth])}".strip(),
                found=there[:200] or "nothing",
                expected=f"a part {key!r}",
                remedy="ask again; if it stays so, the service has changed its format and the reader must follow",
            )
        current = current[key]
    return current


def column(values: Any, *, fill: float | None, where: str, count: int) -> NDArray[np.float64]:
    """A list of numbers; null and the fill value are missing, anything else is refused."""
    if not isinstance(values, list) or len(values) != count:
        raise InputError.one(
            where,
            found=f"{len(values)} values" if isinstance(values, list) else type(values).__name__,
            expected=f"{count} values, one for each time",
            remedy="ask again",
        )
    wrong = next((v for v in values if v is not None and (isinstance(v, bool) or not isinstance(v, int | float))), None)
    if wrong is not None:
        raise InputError.one(where, found=repr(wrong), expected="numbers", remedy="ask again")
    array = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    return array if fill is None else np.where(array == fill, np.nan, array)


def unit_factor(found: Any, factors: Mapping[str, float], *, where: str) -> float:
    """What a value in the answer's unit is multiplied by; an unknown unit is refused."""
    if found not in factors:
        raise InputError.one(
            where,
            found=f"the unit {found!r}",
            expected=" or ".join(factors),
            remedy="ask for these units; a unit is never guessed",
        )
    return factors[found]


def hourly_axis(times: pd.DatetimeIndex, *, where: str) -> TimeAxis:
    """The axis of whole hours in UTC; a hole or a double is refused."""
    if times.empty:
        raise InputError.one(where, found="no hours", expected="the hours of a year", remedy="ask for another year")
    wrong = np.flatnonzero(np.diff(times.to_numpy()) != np.timedelta64(1, "h"))
    if wrong.size:
        raise InputError.one(
            f"{where}, value {wrong[0] + 2}",
            found=f"{times[wrong[0] + 1]:%Y-%m-%dT%H:%M}Z after {times[wrong[0]]:%Y-%m-%dT%H:%M}Z",
            expected="one hour later",
            remedy="ask again; hours are never filled in",
        )
    return TimeAxis(times[0].to_pydatetime(), 60, len(times))


def whole_year(axis: TimeAxis, wanted: TimeAxis, *, where: str) -> None:
    """Refuse an answer that does not hold the wanted hours."""
    if axis.start > wanted.start or axis.end < wanted.end:
        raise InputError.one(
            where,
            found=f"{axis.count} hours from {axis.start:%Y-%m-%dT%H:%M}Z to {axis.end:%Y-%m-%dT%H:%M}Z",
            expected=f"{wanted.count} hours from {wanted.start:%Y-%m-%dT%H:%M}Z to {wanted.end:%Y-%m-%dT%H:%M}Z",
            remedy="ask again, or for a year that the service holds in full",
        )


def near(latitude: Any, longitude: Any, place: Place, *, where: str) -> None:
    """Refuse an answer for another point than was asked for."""
    try:
        north = abs(float(latitude) - place.latitude_deg)
        east = abs((float(longitude) - place.longitude_deg + 180) % 360 - 180)
    except (TypeError, ValueError):
        north = east = float("inf")
    if max(north, east) > CELL_DEGREES_MAX:
        raise InputError.one(
            where,
            found=f"values for {latitude}, {longitude}",
            expected=f"for {place.latitude_deg:g}, {place.longitude_deg:g}",
            remedy="ask again",
        )


def hour_means(samples: NDArray[np.float64], offset_hours: float) -> NDArray[np.float64]:
    """Means over whole hours of instants taken `offset_hours` after each hour, along the straight line between them.

    Each instant keeps its weight, so that a year's sum stays; the first and last are held at the ends. At half past,
    the value is taken for the hour's mean as it is.
    """
    if abs(offset_hours - 0.5) < 1 / 120:  # half a minute
        return samples
    before, after = offset_hours**2 / 2, (1 - offset_hours) ** 2 / 2
    padded = np.concatenate([samples[:1], samples, samples[-1:]])
    return np.asarray(before * padded[:-2] + (1 - before - after) * padded[1:-1] + after * padded[2:])


def split_by_erbs(
    ghi: NDArray[np.float64], axis: TimeAxis, place: Place
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Direct normal and diffuse irradiance estimated from the global one (Erbs et al. 1982); say so in the source."""
    middles = axis.instants() + HOUR / 2
    sun = get_solarposition(middles, place.latitude_deg, place.longitude_deg, altitude=place.altitude_m)
    zenith = sun["zenith"].to_numpy()
    # Low sun and an hour's mean do not belong together: no beam is stronger than outside the air.
    beam = np.minimum(np.asarray(erbs(ghi, zenith, middles)["dni"]), np.asarray(get_extra_radiation(middles)))
    return beam, np.clip(ghi - beam * np.clip(np.cos(np.radians(zenith)), 0.0, None), 0.0, None)


def clipped(
    arrays: dict[str, NDArray[np.float64]], axis: TimeAxis, wanted: TimeAxis
) -> tuple[dict[str, Any], TimeAxis]:
    """Only the UTC hours that the wanted stretch touches, so that faults outside it do no harm."""
    first = max(0, int((wanted.start - axis.start) // HOUR))
    last = min(axis.count, -int((axis.start - wanted.end) // HOUR))
    inside = TimeAxis(axis.start + first * HOUR, 60, last - first)
    return {name: values[first:last] for name, values in arrays.items()}, inside
