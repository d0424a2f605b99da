"""What weather does this file hold? EPW, TMY3, TMY2 and our own Parquet, each with its labels turned into intervals."""

from __future__ import annotations

from calendar import isleap
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wattloom.domain.errors import InputError
from wattloom.domain.text import Text
from wattloom.domain.time import TimeAxis
from wattloom.domain.weather import Place, Weather, WeatherKind
from wattloom.intake.checks import checked_weather
from wattloom.intake.parquet import is_weather, read_weather_file
from wattloom.intake.places import is_near, zone_of_offset

if TYPE_CHECKING:
    from collections.abc import Mapping

TYPICAL_YEAR = 2025
"""Year that stands on typical data, which have none: one of 365 days."""
HOURS = 8760
HEAD_BYTES = 1000
STATION_WIND_HEIGHT_M = 10.0
"""Height that EPW and TMY speak of: WMO-No. 8."""
PA_PER_MBAR = 100.0
EPW_MISSING = {
    "ghi": 9999.0,
    "dni": 9999.0,
    "dhi": 9999.0,
    "temp_air": 99.9,
    "wind_speed": 999.0,
    "atmospheric_pressure": 999_999.0,
}
"""Values from which on EnergyPlus' weather format means "missing" (Auxiliary Programs, Weather Converter)."""
TMY3_MISSING = -9900.0
"""TMY3 users manual (NREL/TP-581-43156), table 1-4."""


def read_weather(path: Path | str, place: Place | None = None) -> Weather:
    """The weather in a file, on the file's own local year; far from `place` it is marked as not of the site.

    `place` is the site. Without it the weather counts as of the site.
    """
    path = Path(path)
    weather = _read(path, place)
    if place is None or is_near(place, weather.place):
        return weather
    return replace(weather, of_site=False)


def _read(path: Path, site: Place | None) -> Weather:
    """Choose the reader by suffix and content."""
    suffix = path.suffix.lower()
    if not path.is_file():
        raise InputError.one(str(path), found="no such file", expected="a weather file", remedy="check the path")
    if suffix == ".epw":
        return read_epw_file(path, site)
    if suffix == ".tm2":
        return read_tmy2_file(path, site)
    if suffix == ".csv" and b"Date (MM/DD/YYYY)" in _head(path):
        return read_tmy3_file(path, site)
    if is_weather(path):
        return read_weather_file(path)
    raise InputError.one(
        path.name,
        found=f"a {suffix or 'nameless'} file that is no weather we know",
        expected="EPW, TMY3 (.csv), TMY2 (.tm2), or the Parquet of `wattloom weather get`",
        remedy="get the weather of the site with `wattloom weather get`",
    )


def _head(path: Path) -> bytes:
    """The first bytes of a file."""
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)


def read_epw_file(path: Path, site: Place | None = None) -> Weather:
    """An EnergyPlus weather file: hour 1 is the first hour of the day, on local standard time.

    A file whose rows name one year is that year; one that names several is typical.
    """
    frame, facts = _opened("read_epw", path)
    years = sorted(set(frame["year"].tolist()))
    place = _place(facts, path.name, site, name=facts["city"])
    channels = {
        "ghi_w_per_m2": _without(frame["ghi"], EPW_MISSING["ghi"]),
        "dni_w_per_m2": _without(frame["dni"], EPW_MISSING["dni"]),
        "dhi_w_per_m2": _without(frame["dhi"], EPW_MISSING["dhi"]),
        "air_temperature_c": _without(frame["temp_air"], EPW_MISSING["temp_air"]),
        "wind_speed_m_per_s": _without(frame["wind_speed"], EPW_MISSING["wind_speed"]),
        "pressure_pa": _without(frame["atmospheric_pressure"], EPW_MISSING["atmospheric_pressure"]),
    }
    real = len(years) == 1
    year = int(years[0]) if real else TYPICAL_YEAR
    _check_rows(frame, path.name, real_year=year if real else None)
    _check_step(frame.index, path.name)
    kind = Text(f"the year {year}", f"{year} 年")
    if not real:
        kind = Text(f"typical, months of {years[0]} to {years[-1]}", f"典型年，各月取自 {years[0]}–{years[-1]} 年")
    station = f"EPW {path.name}: {facts['city']}, {facts['country']}, {facts['data_type']}"
    return checked_weather(
        channels,
        axis=_axis(year, facts["TZ"], len(frame)),
        place=place,
        kind=WeatherKind.MEASURED if real else WeatherKind.TYPICAL,
        source=Text.same(station) + Text(", ", "，") + kind,
        wind_height_m=STATION_WIND_HEIGHT_M,
        name=path.name,
        first_line=9,
    )


def read_tmy3_file(path: Path, site: Place | None = None) -> Weather:
    """A TMY3 file: labels name the end of the hour, on local standard time; 24:00 closes the day."""
    frame, facts = _opened("read_tmy3", path, coerce_year=TYPICAL_YEAR, map_variables=True)
    _check_rows(frame, path.name, real_year=None)
    name = str(facts["Name"]).strip('"').title()
    place = _place(facts, path.name, site, name=f"{name}, {facts['State']}")
    channels = {
        "ghi_w_per_m2": _above(frame["ghi"], TMY3_MISSING),
        "dni_w_per_m2": _above(frame["dni"], TMY3_MISSING),
        "dhi_w_per_m2": _above(frame["dhi"], TMY3_MISSING),
        "air_temperature_c": _above(frame["temp_air"], TMY3_MISSING),
        "wind_speed_m_per_s": _above(frame["wind_speed"], TMY3_MISSING),
        "pressure_pa": _above(frame["pressure"], TMY3_MISSING) * PA_PER_MBAR,
    }
    _check_step(frame.index - timedelta(hours=1), path.name)
    return checked_weather(
        channels,
        axis=_axis(TYPICAL_YEAR, facts["TZ"], len(frame)),
        place=place,
        kind=WeatherKind.TYPICAL,
        source=_typical(f"NREL TMY3 {facts['USAF']}: {place.name}", frame),
        wind_height_m=STATION_WIND_HEIGHT_M,
        name=path.name,
        first_line=3,
    )


def read_tmy2_file(path: Path, site: Place | None = None) -> Weather:
    """A TMY2 file: 24 hours a day on local standard time, temperature and wind in tenths."""
    frame, facts = _opened("read_tmy2", path)
    _check_rows(frame, path.name, real_year=None)
    place = _place(facts, path.name, site, name=f"{str(facts['City']).title()}, {facts['State']}")
    tenth = 0.1
    channels = {
        "ghi_w_per_m2": _without(frame["GHI"], 9999.0),
        "dni_w_per_m2": _without(frame["DNI"], 9999.0),
        "dhi_w_per_m2": _without(frame["DHI"], 9999.0),
        "air_temperature_c": _without(frame["DryBulb"], 9999.0) * tenth,
        "wind_speed_m_per_s": _without(frame["Wspd"], 999.0) * tenth,
        "pressure_pa": _without(frame["Pressure"], 9999.0) * PA_PER_MBAR,
    }
    return checked_weather(
        channels,
        axis=_axis(TYPICAL_YEAR, facts["TZ"], len(frame)),
        place=place,
        kind=WeatherKind.TYPICAL,
        source=_typical(f"NREL TMY2 {facts['WBAN']}: {place.name}", frame),
        wind_height_m=STATION_WIND_HEIGHT_M,
        name=path.name,
        first_line=2,
    )


def _typical(station: str, frame: Any) -> Text:
    """Whose typical year it is, and from which years its months are."""
    if "year" in frame:
        years = 1900 + np.asarray(frame["year"], dtype=np.int64)
    else:
        years = np.asarray([int(text[-4:]) for text in frame["Date (MM/DD/YYYY)"]])
    first, last = years.min(), years.max()
    return Text.same(station) + Text(
        f", typical year of months measured in {first} to {last}", f"，典型年，各月为 {first}–{last} 年实测"
    )


def _opened(reader: str, path: Path, **options: Any) -> tuple[Any, dict[str, Any]]:
    """What pvlib reads in a file; its complaints become ours."""
    from pvlib import iotools  # noqa: PLC0415 - heavy, and most commands do without

    try:
        frame, facts = getattr(iotools, reader)(str(path), **options)
    except Exception as error:  # pvlib lets key, index, value and parser errors through
        raise InputError.one(
            path.name,
            found=f"a file that cannot be read ({type(error).__name__}: {error})",
            expected=f"what {reader.removeprefix('read_').upper()} asks for",
            remedy="get the file again; it may be cut off or edited",
        ) from error
    return frame, facts


def _check_rows(frame: Any, name: str, *, real_year: int | None) -> None:
    """Refuse a year that is not whole."""
    expected = HOURS + 24 if real_year is not None and isleap(real_year) else HOURS
    if len(frame) != expected:
        raise InputError.one(
            name,
            found=f"{len(frame)} rows",
            expected=f"{expected:,} hours",
            remedy="get the whole year again, with its 29 February; hours are never filled in",
        )


def _check_step(starts: Any, name: str) -> None:
    """Refuse rows out of order, by their month, day and hour."""
    local = starts.tz_localize(None)
    hours = np.asarray(local.dayofyear) * 24 + np.asarray(local.hour)
    steps = np.diff(hours)
    # A typical year may hold months of leap years, whose day numbers after February differ by one.
    wrong = np.flatnonzero((steps != 1) & (np.abs(steps - 1) != 24))  # noqa: PLR2004
    if wrong.size:
        raise InputError.one(
            f"{name}, row {wrong[0] + 2}",
            found=f"{local[wrong[0] + 1]:%m-%d %H:%M} after {local[wrong[0]]:%m-%d %H:%M}",
            expected="one hour later",
            remedy="get the file again; rows are never moved or filled",
        )


def _axis(year: int, offset_hours: float, count: int) -> TimeAxis:
    """Hours from new year on a clock with a fixed offset."""
    midnight = datetime(year, 1, 1, tzinfo=UTC) - timedelta(hours=offset_hours)
    return TimeAxis(midnight, 60, count)


def _place(facts: Mapping[str, Any], file: str, site: Place | None, *, name: str) -> Place:
    """Where the station stands."""
    return Place(
        latitude_deg=float(facts["latitude"]),
        longitude_deg=float(facts["longitude"]),
        altitude_m=float(facts["altitude"]),
        time_zone=zone_of_offset(float(facts["TZ"]), site=site, where=file),
        name=name,
    )


def _without(values: Any, missing_from: float) -> Any:
    """Values, NaN where the file's code for missing stands."""
    array = np.asarray(values, dtype=np.float64)
    return np.where(array >= missing_from, np.nan, array)


def _above(values: Any, missing: float) -> Any:
    """Values, NaN where the file's negative code for missing stands."""
    array = np.asarray(values, dtype=np.float64)
    return np.where(array <= missing, np.nan, array)
