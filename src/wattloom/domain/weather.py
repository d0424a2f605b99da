"""What was the weather, where, and whose is it?"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

from wattloom.domain.errors import InputError, MissingData
from wattloom.domain.fields import Bounds, Example, Help, Names, Unit
from wattloom.domain.series import read_only
from wattloom.domain.text import Text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wattloom.domain.time import TimeAxis


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A point on the earth and the clock people use there."""

    latitude_deg: Annotated[float, Unit("°"), Bounds(-90, 90), Example(43.8), Help("North of the equator.", "北纬")]
    longitude_deg: Annotated[float, Unit("°"), Bounds(-180, 180), Example(87.6), Help("East of Greenwich.", "东经")]
    altitude_m: Annotated[float, Unit("m"), Bounds(-500, 6000), Example(800), Help("Above the sea.", "海拔")]
    time_zone: Annotated[
        str, Names("time zone"), Example("Asia/Shanghai"), Help("Such as Asia/Shanghai.", "如 Asia/Shanghai")
    ]
    name: Annotated[str, Help("Of the place, as the report shows it.", "地名，用于报告")] = ""


class WeatherKind(StrEnum):
    """What sort of year it is."""

    MEASURED = "measured"
    REANALYSIS = "reanalysis"
    SATELLITE = "satellite"
    TYPICAL = "typical"
    """A year stitched from measured months of different years."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """Weather of each period of an axis; every array has shape (axis.count,) and is complete."""

    axis: TimeAxis
    place: Place
    kind: WeatherKind
    source: Text
    """Whose it is and what was done to it."""
    ghi_w_per_m2: NDArray[np.float64]
    """Global horizontal irradiance."""
    dni_w_per_m2: NDArray[np.float64]
    """Direct normal irradiance."""
    dhi_w_per_m2: NDArray[np.float64]
    """Diffuse horizontal irradiance."""
    air_temperature_c: NDArray[np.float64]
    wind_speed_m_per_s: NDArray[np.float64]
    wind_height_m: float
    """Height above ground of the wind speed."""
    pressure_pa: NDArray[np.float64]
    of_site: bool = True
    """False where the weather was taken elsewhere; every page that uses it must say so."""

    def __post_init__(self) -> None:
        """Keep read-only copies; refuse wrong lengths and gaps."""
        for item in fields(self):
            value = getattr(self, item.name)
            if not hasattr(value, "shape"):
                continue
            values = read_only(value)
            object.__setattr__(self, item.name, values)
            if values.shape != (self.axis.count,):
                raise InputError.one(
                    f"weather from {self.source}, {item.name}",
                    found=f"{values.shape} values",
                    expected=f"{self.axis.count}",
                    remedy="read the whole year",
                )
            if (values != values).any():  # noqa: PLR0124 - NaN is the only value unlike itself
                raise MissingData(f"weather from {self.source}: {item.name} has gaps")
