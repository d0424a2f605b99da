"""Places and files that several tests of this room use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from wattloom.domain.text import Text
from wattloom.domain.time import TimeAxis
from wattloom.domain.weather import Place, Weather, WeatherKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WARM_W_PER_M2 = 400.0


@pytest.fixture
def hami() -> Place:
    """A place in Xinjiang, whose people use the clock of Shanghai."""
    return Place(latitude_deg=42.8, longitude_deg=93.5, altitude_m=740.0, time_zone="Asia/Shanghai", name="Hami")


@pytest.fixture
def berlin() -> Place:
    """A place whose clock changes twice a year."""
    return Place(latitude_deg=52.5, longitude_deg=13.4, altitude_m=34.0, time_zone="Europe/Berlin", name="Berlin")


@pytest.fixture
def weather_of() -> Callable[..., Weather]:
    """Builds weather whose irradiance is the number of its period, on any axis and place."""

    def build(axis: TimeAxis, place: Place, kind: WeatherKind = WeatherKind.TYPICAL) -> Weather:
        count = np.arange(axis.count, dtype=float)
        return Weather(
            axis=axis,
            place=place,
            kind=kind,
            source=Text.same("made for a test"),
            ghi_w_per_m2=count,
            dni_w_per_m2=count / 2,
            dhi_w_per_m2=count / 4,
            air_temperature_c=np.full(axis.count, 10.0),
            wind_speed_m_per_s=np.full(axis.count, 5.0),
            wind_height_m=10.0,
            pressure_pa=np.full(axis.count, 92_000.0),
        )

    return build


@pytest.fixture
def epw(tmp_path: Path) -> Callable[..., Path]:
    """Writes an EnergyPlus weather file, changed where a test wants."""

    def write(
        *,
        years: tuple[int, ...] = (1999, 2004),
        offset_hours: float = 8.0,
        rows: int = 8760,
        change: Callable[[list[str]], None] = lambda _: None,
    ) -> Path:
        head = f"LOCATION,Hami,XJ,CHN,CSWD,525203,42.80,93.50,{offset_hours},740.0"
        lines = [head, *[f"HEADER {i}" for i in range(7)]]
        hours = np.datetime64(f"{years[0]}-01-01T00", "h") + np.arange(rows)
        for i, hour in enumerate(hours):
            text = str(hour)
            year = years[0] if i < rows / 2 else years[-1]
            ghi = WARM_W_PER_M2 if 8 <= int(text[11:13]) < 18 else 0.0
            lines.append(
                f"{year},{int(text[5:7])},{int(text[8:10])},{int(text[11:13]) + 1},60,?,"
                f"{i % 24}.0,1.0,50,92000,0,0,300,{ghi},{ghi / 2},{ghi / 4},0,0,0,0,180,{i % 7}.5,"
                "0,0,9999,99999,9,999999999,10,0.1,0,88,0.2,0.0,1.0"
            )
        change(lines)
        path = tmp_path / "hami.epw"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write
