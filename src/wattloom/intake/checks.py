"""Can this be weather? Every value inside what the earth has seen, every period there, the units plausible."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from wattloom.domain.text import Text
from wattloom.domain.weather import Place, Weather, WeatherKind
from wattloom.intake.findings import Findings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wattloom.domain.time import TimeAxis


@dataclass(frozen=True, slots=True)
class Channel:
    """One quantity of a weather file, and what it can be."""

    unit: str
    lowest: float
    highest: float


CHANNELS = {
    "ghi_w_per_m2": Channel("W/m²", 0.0, 1800.0),  # Cloud-edge enhancement has been measured up to about 1,800.
    "dni_w_per_m2": Channel("W/m²", 0.0, 1420.0),  # Extraterrestrial at perihelion, ASTM E490: 1,413.
    "dhi_w_per_m2": Channel("W/m²", 0.0, 1200.0),  # Assumed: bright cloud all over.
    "air_temperature_c": Channel("°C", -90.0, 60.0),  # WMO records: -89.2 and 56.7.
    "wind_speed_m_per_s": Channel("m/s", 0.0, 120.0),  # WMO record gust: 113.
    "pressure_pa": Channel("Pa", 40_000.0, 110_000.0),  # 7,000 m above the sea; WMO record at sea level: 108,400.
}
ROUNDING = 0.5
"""W/m² below zero that a sensor's or a model's rounding leaves at night; taken as zero."""
YEAR_GHI_PEAK_MIN_W_PER_M2 = 200.0
"""A year whose brightest hour stays below this is not in W/m²: at the poles it is 500."""
YEAR_HOURS_MIN = 8000


def checked_weather(  # noqa: PLR0913 - a weather year is all of these
    channels: Mapping[str, Any],
    *,
    axis: TimeAxis,
    place: Place,
    kind: WeatherKind,
    source: Text,
    wind_height_m: float,
    of_site: bool = True,
    name: str,
    first_line: int,
) -> Weather:
    """Weather out of its channels; everything that cannot be is raised at once, with its line."""
    findings = Findings(name)
    arrays = {key: _checked(np.array(channels[key], dtype=np.float64), key, first_line, findings) for key in CHANNELS}
    peak = float(np.nanmax(arrays["ghi_w_per_m2"], initial=0.0))
    if axis.hours >= YEAR_HOURS_MIN and peak < YEAR_GHI_PEAK_MIN_W_PER_M2:
        findings.add(
            first_line,
            "ghi_w_per_m2",
            found=f"a year whose brightest hour has {peak:g} W/m²",
            expected=f"at least {YEAR_GHI_PEAK_MIN_W_PER_M2:g} W/m²",
            remedy="the column may be in kW/m² or MJ/m², or empty; convert it",
        )
    findings.check()
    return Weather(
        axis=axis,
        place=place,
        kind=kind,
        source=source,
        wind_height_m=wind_height_m,
        of_site=of_site,
        **arrays,
    )


def _checked(values: Any, key: str, first_line: int, findings: Findings) -> Any:
    """One channel with its faults noted; rounding below zero is zero."""
    channel = CHANNELS[key]
    if channel.unit == "W/m²":
        values[(values < 0) & (values >= -ROUNDING)] = 0.0
    for i in np.flatnonzero(np.isnan(values)):
        findings.add(
            first_line + int(i),
            key,
            kind="missing",
            found="no value",
            expected=f"a value in {channel.unit}",
            remedy="take another year or source, or complete the file where you know better; nothing is filled here",
        )
    with np.errstate(invalid="ignore"):
        impossible = np.flatnonzero((values < channel.lowest) | (values > channel.highest))
    for i in impossible:
        findings.add(
            first_line + int(i),
            key,
            kind="impossible",
            found=f"{values[i]:g} {channel.unit}",
            expected=f"{channel.lowest:g} to {channel.highest:g} {channel.unit}",
            remedy="correct the reading or its unit",
        )
    return values
