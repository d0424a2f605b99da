"""How do I get the weather of my site? Ask a service for a year and keep it as a file that a project can point to."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from wattloom.intake.parquet import weather_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from wattloom.domain.ports import WeatherFeed
    from wattloom.domain.weather import Place, Weather

Write = Callable[["Path", bytes], None]
"""Puts bytes into a file, whole or not at all."""


def weather_get(place: Place, year: int, *, feed: WeatherFeed, write: Write, out: Path) -> Weather:
    """The weather of a calendar year at a place, also written to `out` with its provenance."""
    weather = feed.year(place, year)
    write(out, weather_bytes(weather))
    return weather
