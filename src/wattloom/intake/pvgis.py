"""What do PVGIS' hours say? Its stamps are instants some minutes past the hour (satellite) or hour means (ERA5).

Formats: `seriescalc` and `tmy` of API 5.3, JSON, https://joint-research-centre.ec.europa.eu (PVGIS user manual).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from pvlib.atmosphere import alt2pres
from pvlib.irradiance import get_extra_radiation

from wattloom.domain.errors import InputError
from wattloom.domain.text import SILENT, Text
from wattloom.domain.time import TimeAxis
from wattloom.domain.weather import Place, Weather, WeatherKind
from wattloom.intake.answers import clipped, column, hour_means, hourly_axis, near, part, whole_year, year_axis
from wattloom.intake.axis import bring_onto, onto_year
from wattloom.intake.checks import CHANNELS, checked_weather
from wattloom.intake.weather import HOURS, TYPICAL_YEAR

if TYPE_CHECKING:
    from numpy.typing import NDArray

WIND_HEIGHT_M = 10.0
"""WS10m."""
SERIES, TYPICAL = "PVGIS seriescalc", "PVGIS tmy"
UTC_ZONE = ZoneInfo("UTC")
TYPICAL_COLUMNS = {
    "ghi_w_per_m2": "G(h)",
    "dni_w_per_m2": "Gb(n)",
    "dhi_w_per_m2": "Gd(h)",
    "air_temperature_c": "T2m",
    "wind_speed_m_per_s": "WS10m",
    "pressure_pa": "SP",
}
STAMP = "%Y%m%d:%H%M"


def normalised(answer: Any, place: Place, year: int) -> Weather:
    """A calendar year from `seriescalc`, asked with components on a horizontal plane.

    Direct normal irradiance is the horizontal beam over the sine of the sun's height, at most the extraterrestrial.
    PVGIS gives no pressure here: it is that of the standard atmosphere at the site's height.
    """
    rows = _rows(answer, "hourly", SERIES)
    _check_horizontal(answer)
    offset, axis = _stamps(rows, "time", SERIES)
    wanted = year_axis(place, year)
    whole_year(axis, wanted, where=SERIES)
    database, height_m = _origin(answer, place, SERIES)
    raw = {name: _column(rows, name, SERIES) for name in ("Gb(i)", "Gd(i)", "Gr(i)", "H_sun", "T2m", "WS10m", "Int")}
    channels = {
        "ghi_w_per_m2": raw["Gb(i)"] + raw["Gd(i)"] + raw["Gr(i)"],
        "dni_w_per_m2": _direct_normal(raw["Gb(i)"], raw["H_sun"], axis),
        "dhi_w_per_m2": raw["Gd(i)"],
        "air_temperature_c": raw["T2m"],
        "wind_speed_m_per_s": raw["WS10m"],
        "pressure_pa": np.full(axis.count, float(alt2pres(place.altitude_m))),
    }
    rebuilt = int(np.nansum(clipped({"Int": raw["Int"]}, axis, wanted)[0]["Int"]))
    weather = checked_weather(
        channels,
        axis=axis,
        place=place,
        kind=_kind(database),
        source=Text(
            f"PVGIS 5.3 {database}, {year}, at {height_m} m, direct normal from horizontal beam, "
            f"pressure of the standard atmosphere",
            f"PVGIS 5.3 {database}，{year} 年，海拔 {height_m} m，法向直射由水平面直射推算，气压取标准大气",
        )
        + _timing(offset)
        + (Text(f", {rebuilt} hours reconstructed by PVGIS", f"，{rebuilt} 小时由 PVGIS 重建") if rebuilt else SILENT),
        wind_height_m=WIND_HEIGHT_M,
        name=SERIES,
        first_line=1,
    )
    return bring_onto(_meant(weather, dict.fromkeys(CHANNELS, offset)), wanted)


def normalised_typical(answer: Any, place: Place, year: int) -> Weather:
    """The typical year from `tmy`, laid onto a calendar year of the place."""
    rows = _rows(answer, "tmy_hourly", TYPICAL)
    if len(rows) != HOURS:
        raise InputError.one(TYPICAL, found=f"{len(rows)} hours", expected=f"{HOURS:,}", remedy="ask again")
    _check_typical_order(rows)
    database, height_m = _origin(answer, place, TYPICAL)
    # The stamps say the whole hour; irradiance is of so much later (5.3), everything else of the hour itself.
    offset = float(answer["inputs"]["location"].get("irradiance_time_offset", 0.0) or 0.0)
    offsets = {name: offset if channel.unit == "W/m²" else 0.0 for name, channel in CHANNELS.items()}
    channels = {key: _column(rows, name, TYPICAL) for key, name in TYPICAL_COLUMNS.items()}
    months = part(answer, "outputs", "months_selected", where=TYPICAL)
    years = sorted(int(month["year"]) for month in months)
    weather = checked_weather(
        channels,
        axis=TimeAxis.of_year(TYPICAL_YEAR, UTC_ZONE),
        place=place,
        kind=WeatherKind.TYPICAL,
        source=Text(
            f"PVGIS 5.3 typical year, {database}, months of {years[0]} to {years[-1]}, at {height_m} m",
            f"PVGIS 5.3 典型年，{database}，各月取自 {years[0]}–{years[-1]} 年，海拔 {height_m} m",
        )
        + _timing(offset),
        wind_height_m=WIND_HEIGHT_M,
        name=TYPICAL,
        first_line=1,
    )
    wanted = year_axis(place, year)
    return onto_year(_meant(weather, offsets), wanted, ZoneInfo(place.time_zone), place=place)


def _meant(weather: Weather, offsets: dict[str, float]) -> Weather:
    """Weather of instants, so many hours after each hour, as means of the hours."""
    arrays: dict[str, Any] = {name: hour_means(getattr(weather, name), offset) for name, offset in offsets.items()}
    return replace(weather, **arrays)


def _rows(answer: Any, name: str, where: str) -> list[Any]:
    """The hourly records of an answer."""
    rows = part(answer, "outputs", name, where=where)
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise InputError.one(where, found="no list of hours", expected=f"outputs.{name}", remedy="ask again")
    return rows


def _column(rows: list[Any], name: str, where: str) -> NDArray[np.float64]:
    """One quantity of all records."""
    absent = next((i for i, row in enumerate(rows) if name not in row), None)
    if absent is not None:
        raise InputError.one(
            f"{where}, hour {absent + 1}",
            found=", ".join(rows[absent]),
            expected=f"a value {name}",
            remedy="ask with components=1 and for an hourly series",
        )
    return column([row[name] for row in rows], fill=None, where=f"{where} {name}", count=len(rows))


def _stamps(rows: list[Any], key: str, where: str) -> tuple[float, TimeAxis]:
    """Hours that the stamps lie past the hour, and the axis of their hours."""
    try:
        times = pd.to_datetime([row[key] for row in rows], format=STAMP, utc=True)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError.one(
            where, found=f"times that cannot be read ({error})", expected="such as 20190101:0010", remedy="ask again"
        ) from error
    minutes = np.unique(times.minute)
    if len(minutes) != 1:
        raise InputError.one(
            where,
            found=f"stamps at {', '.join(map(str, minutes))} minutes past the hour",
            expected="the same minute in every hour",
            remedy="ask for one radiation database",
        )
    return float(minutes[0]) / 60, hourly_axis(times.floor("h"), where=where)


def _check_typical_order(rows: list[Any]) -> None:
    """Refuse a typical year whose hours are not month after month."""
    expected = TimeAxis.of_year(TYPICAL_YEAR, UTC_ZONE).instants().strftime("%m%d:%H00").tolist()
    found = [str(row.get("time(UTC)", ""))[4:] for row in rows]
    wrong = next((i for i, (have, want) in enumerate(zip(found, expected, strict=True)) if have != want), None)
    if wrong is not None:
        raise InputError.one(
            f"{TYPICAL}, hour {wrong + 1}", found=found[wrong], expected=expected[wrong], remedy="ask again"
        )


def _check_horizontal(answer: Any) -> None:
    """Refuse irradiance on a tilted plane, which is not that on the ground."""
    slope = part(answer, "inputs", "mounting_system", "fixed", "slope", "value", where=SERIES)
    if slope != 0:
        raise InputError.one(
            SERIES, found=f"a plane tilted by {slope}°", expected="a horizontal plane", remedy="ask with angle=0"
        )


def _origin(answer: Any, place: Place, where: str) -> tuple[str, Any]:
    """The radiation database and the height it speaks of, once the point is the right one."""
    location = part(answer, "inputs", "location", where=where)
    near(location.get("latitude"), location.get("longitude"), place, where=where)
    database = str(part(answer, "inputs", "meteo_data", "radiation_db", where=where))
    return database, location.get("elevation", "an unknown height of")


def _kind(database: str) -> WeatherKind:
    """Whether a database is seen from space or computed."""
    return WeatherKind.REANALYSIS if "ERA5" in database or "COSMO" in database else WeatherKind.SATELLITE


def _direct_normal(beam: NDArray[np.float64], height_deg: NDArray[np.float64], axis: TimeAxis) -> NDArray[np.float64]:
    """Horizontal beam over the sine of the sun's height; a sun at or under the horizon gives none."""
    above = height_deg > 0
    sine = np.sin(np.radians(np.where(above, height_deg, 90.0)))
    outside = np.asarray(get_extra_radiation(axis.instants()))
    return np.asarray(np.where(above, np.minimum(beam / sine, outside), 0.0))


def _timing(offset_hours: float) -> Text:
    """How the stamps became hour means."""
    if abs(offset_hours - 0.5) < 1 / 120:  # half a minute
        return Text(", hour means", "，小时均值")
    minutes = f"{offset_hours * 60:.0f}"
    return Text(
        f", instants {minutes} min past the hour made hour means", f"，由整点后 {minutes} 分的瞬时值折算为小时均值"
    )
