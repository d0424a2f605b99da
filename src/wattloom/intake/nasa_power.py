"""What do NASA POWER's hours say? Hour means that start at their label, in UTC; -999 where there is none.

Format: hourly point API, JSON, community RE, https://power.larc.nasa.gov/docs/services/api/temporal/hourly/.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from wattloom.domain.errors import InputError
from wattloom.domain.text import SILENT, Text
from wattloom.domain.weather import Place, Weather, WeatherKind
from wattloom.intake.answers import (
    clipped,
    column,
    hourly_axis,
    near,
    part,
    split_by_erbs,
    unit_factor,
    whole_year,
    year_axis,
)
from wattloom.intake.axis import bring_onto
from wattloom.intake.checks import checked_weather

NAME = "NASA POWER"
WIND_HEIGHT_M = 50.0
"""WS50M."""
GLOBAL, DIRECT, DIFFUSE = "ALLSKY_SFC_SW_DWN", "ALLSKY_SFC_SW_DNI", "ALLSKY_SFC_SW_DIFF"
UNITS = {
    GLOBAL: {"Wh/m^2": 1.0, "W/m^2": 1.0},  # Wh/m² in an hour is a mean of W/m².
    DIRECT: {"Wh/m^2": 1.0, "W/m^2": 1.0},
    DIFFUSE: {"Wh/m^2": 1.0, "W/m^2": 1.0},
    "T2M": {"C": 1.0},
    "WS50M": {"m/s": 1.0},
    "PS": {"kPa": 1000.0},
}
"""Quantities asked for, and what their units are multiplied by."""

ESTIMATED = Text(", direct and diffuse estimated from global by Erbs 1982", "，直射与散射按 Erbs（1982）由总辐照推算")
"""Said where the service gives global irradiance alone."""


def normalised(answer: Any, place: Place, year: int) -> Weather:
    """A calendar year of the place out of the hourly point answer.

    Where the service has no direct or diffuse irradiance at all, both are estimated from the global one and the
    source says so.
    """
    standard = part(answer, "header", "time_standard", where=NAME)
    if standard != "UTC":
        raise InputError.one(
            NAME,
            found=f"hours in {standard}",
            expected="hours in UTC",
            remedy="ask with time-standard=UTC; local solar time has no exact place on the clock",
        )
    east, north = part(answer, "geometry", "coordinates", where=NAME)[:2]
    near(north, east, place, where=NAME)
    parameters = part(answer, "properties", "parameter", where=NAME)
    labels = list(part(parameters, "T2M", where=NAME))
    axis = hourly_axis(_times(labels), where=NAME)
    wanted = year_axis(place, year)
    whole_year(axis, wanted, where=NAME)
    columns = {
        name: _column(answer, name, labels) for name in UNITS if name in parameters or name not in {DIRECT, DIFFUSE}
    }
    inside, stretch = clipped(columns, axis, wanted)
    estimated = any(name not in inside or np.isnan(inside[name]).all() for name in (DIRECT, DIFFUSE))
    if estimated:
        inside[DIRECT], inside[DIFFUSE] = split_by_erbs(inside[GLOBAL], stretch, place)
    weather = checked_weather(
        {
            "ghi_w_per_m2": inside[GLOBAL],
            "dni_w_per_m2": inside[DIRECT],
            "dhi_w_per_m2": inside[DIFFUSE],
            "air_temperature_c": inside["T2M"],
            "wind_speed_m_per_s": inside["WS50M"],
            "pressure_pa": inside["PS"],
        },
        axis=stretch,
        place=place,
        kind=WeatherKind.REANALYSIS,
        source=Text(
            f"NASA POWER hourly (CERES SYN1deg irradiance, MERRA-2 meteorology), {year}",
            f"NASA POWER 逐时数据（辐照 CERES SYN1deg，气象 MERRA-2），{year} 年",
        )
        + (ESTIMATED if estimated else SILENT),
        wind_height_m=WIND_HEIGHT_M,
        name=NAME,
        first_line=1,
    )
    return bring_onto(weather, wanted)


def _column(answer: Any, name: str, labels: list[str]) -> Any:
    """One quantity in our unit, over the labels."""
    values = part(answer, "properties", "parameter", name, where=NAME)
    fill = part(answer, "header", "fill_value", where=NAME)
    unit = part(answer, "parameters", name, "units", where=NAME)
    factor = unit_factor(unit, UNITS[name], where=f"{NAME} {name}")
    if not isinstance(values, dict) or list(values) != labels:
        raise InputError.one(
            f"{NAME} {name}",
            found=f"{len(values)} hours",
            expected=f"the {len(labels)} hours of the other quantities",
            remedy="ask again",
        )
    return column(list(values.values()), fill=float(fill), where=f"{NAME} {name}", count=len(labels)) * factor


def _times(labels: list[str]) -> pd.DatetimeIndex:
    """Labels such as 2019010100 as instants."""
    try:
        return pd.DatetimeIndex(pd.to_datetime(labels, format="%Y%m%d%H", utc=True))
    except (TypeError, ValueError) as error:
        raise InputError.one(
            NAME, found=f"times that cannot be read ({error})", expected="such as 2019010100", remedy="ask again"
        ) from error
