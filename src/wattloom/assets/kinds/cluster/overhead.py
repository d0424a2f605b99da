"""What does it take to keep computing: cooling, conversion losses, lighting, at a given outdoor temperature?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.domain.weather import Weather

ByTemperature = float | tuple[tuple[float, float], ...]
"""A number, or points (air temperature in °C, number)."""


def at_temperature(value: ByTemperature, weather: Weather | None, count: int) -> NDArray[np.float64]:
    """A number for each period: by straight lines between points, the outermost held beyond them."""
    if isinstance(value, float | int):
        return np.full(count, float(value))
    if weather is None:
        raise InputError.one(
            "cluster overhead",
            found="a table over air temperature and no weather",
            expected="weather of the site",
            remedy="name a weather year under weather:, or give a single number",
        )
    temperatures, numbers = zip(*value, strict=True)
    return np.asarray(np.interp(weather.air_temperature_c, temperatures, numbers), dtype=np.float64)


def faults(value: ByTemperature) -> str:
    """What is wrong with an overhead; empty if nothing."""
    if isinstance(value, float | int):
        return "" if value >= 0 else f"{value:g}"
    if not value:
        return "an empty table"
    temperatures = [temperature for temperature, _ in value]
    if temperatures != sorted(set(temperatures)):
        return "temperatures that do not rise"
    least = min(number for _, number in value)
    return "" if least >= 0 else f"{least:g}"
