"""What do Open-Meteo's hours say? Irradiance is the mean of the hour before its label, the rest is of the instant.

Format: historical weather API (archive), JSON, https://open-meteo.com/en/docs/historical-weather-api.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from wattloom.domain.errors import InputError
from wattloom.domain.text import Text
from wattloom.domain.time import TimeAxis
from wattloom.domain.weather import Place, Weather, WeatherKind
from wattloom.intake.answers import clipped, column, hourly_axis, near, part, unit_factor, whole_year, year_axis
from wattloom.intake.axis import bring_onto
from wattloom.intake.checks import CHANNELS, checked_weather

NAME = "Open-Meteo"
WIND_HEIGHT_M = 100.0
"""wind_speed_100m."""
COLUMNS = {
    "ghi_w_per_m2": "shortwave_radiation",
    "dni_w_per_m2": "direct_normal_irradiance",
    "dhi_w_per_m2": "diffuse_radiation",
    "air_temperature_c": "temperature_2m",
    "wind_speed_m_per_s": "wind_speed_100m",
    "pressure_pa": "surface_pressure",
}
UNITS = {
    "shortwave_radiation": {"W/m²": 1.0},
    "direct_normal_irradiance": {"W/m²": 1.0},
    "diffuse_radiation": {"W/m²": 1.0},
    "temperature_2m": {"°C": 1.0},
    "wind_speed_100m": {"m/s": 1.0, "km/h": 1 / 3.6},
    "surface_pressure": {"hPa": 100.0},
}


def normalised(answer: Any, place: Place, year: int) -> Weather:
    """A calendar year of the place out of the archive's answer in UTC."""
    offset = part(answer, "utc_offset_seconds", where=NAME)
    if offset != 0:
        raise InputError.one(NAME, found=f"a clock {offset} s from UTC", expected="UTC", remedy="ask with timezone=GMT")
    near(part(answer, "latitude", where=NAME), part(answer, "longitude", where=NAME), place, where=NAME)
    labels = hourly_axis(_times(part(answer, "hourly", "time", where=NAME)), where=NAME)
    wanted = year_axis(place, year)
    # Hour i lies between label i and label i + 1: the mean is written at its end, the instants at both ends.
    closed = TimeAxis(wanted.start, wanted.step_minutes, wanted.count + 1)
    whole_year(labels, closed, where=NAME)
    columns = {key: _column(answer, name, labels.count) for key, name in COLUMNS.items()}
    inside, stretch = clipped(columns, labels, closed)
    at_labels = checked_weather(
        inside,
        axis=stretch,
        place=place,
        kind=WeatherKind.REANALYSIS,
        source=Text(
            f"Open-Meteo archive (ECMWF IFS and ERA5), {year}, CC BY 4.0 Open-Meteo.com",
            f"Open-Meteo 历史数据（ECMWF IFS 与 ERA5），{year} 年，CC BY 4.0 Open-Meteo.com",
        ),
        wind_height_m=WIND_HEIGHT_M,
        name=NAME,
        first_line=1,
    )
    return bring_onto(_between_labels(at_labels), wanted)


def _between_labels(weather: Weather) -> Weather:
    """Values at labels as values of the hours between them."""
    arrays: dict[str, Any] = {
        key: values[1:] if CHANNELS[key].unit == "W/m²" else (values[:-1] + values[1:]) / 2
        for key, values in ((key, getattr(weather, key)) for key in CHANNELS)
    }
    return replace(weather, axis=replace(weather.axis, count=weather.axis.count - 1), **arrays)


def days(place: Place, year: int) -> tuple[str, str]:
    """First and last UTC day to ask for: the last label closes the year's last hour."""
    axis = year_axis(place, year)
    return f"{axis.start:%Y-%m-%d}", f"{axis.end + timedelta(minutes=59):%Y-%m-%d}"


def _column(answer: Any, name: str, count: int) -> Any:
    """One quantity in our unit."""
    unit = part(answer, "hourly_units", name, where=NAME)
    factor = unit_factor(unit, UNITS[name], where=f"{NAME} {name}")
    values = part(answer, "hourly", name, where=NAME)
    return np.asarray(column(values, fill=None, where=f"{NAME} {name}", count=count) * factor)


def _times(labels: Any) -> pd.DatetimeIndex:
    """Labels such as 2019-01-01T00:00 as instants."""
    try:
        return pd.DatetimeIndex(pd.to_datetime(labels, format="%Y-%m-%dT%H:%M", utc=True))
    except (TypeError, ValueError) as error:
        raise InputError.one(
            NAME, found=f"times that cannot be read ({error})", expected="such as 2019-01-01T00:00", remedy="ask again"
        ) from error
