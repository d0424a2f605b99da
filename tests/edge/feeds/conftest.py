"""Answers in the formats of the services, as short as a year allows, and a way to change one thing in them."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np
import pandas as pd
import pytest

from wattloom.domain.weather import Place

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def golmud() -> Place:
    """A sunny place on the clock of Shanghai, so that its year begins in the UTC year before."""
    return Place(latitude_deg=36.4, longitude_deg=94.9, altitude_m=2809.0, time_zone="Asia/Shanghai", name="Golmud")


@pytest.fixture
def greenwich() -> Place:
    """A place whose year is a UTC year."""
    return Place(latitude_deg=51.48, longitude_deg=0.0, altitude_m=45.0, time_zone="UTC", name="Greenwich")


@dataclass
class Service:
    """A service that answers as it is told and remembers what it was asked."""

    reply: Callable[[httpx.Request], httpx.Response]
    asked: list[httpx.Request] = field(default_factory=list)

    @property
    def transport(self) -> httpx.MockTransport:
        """What a feed takes for the network."""

        def handle(request: httpx.Request) -> httpx.Response:
            self.asked.append(request)
            return self.reply(request)

        return httpx.MockTransport(handle)

    @property
    def params(self) -> dict[str, str]:
        """What was asked last."""
        return dict(self.asked[-1].url.params)


@pytest.fixture
def answering() -> Callable[[Any], Service]:
    """A service that always answers the same: JSON, bytes, a status or an exception."""

    def build(what: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Service:
        def reply(_: httpx.Request) -> httpx.Response:
            if isinstance(what, Exception):
                raise what
            if isinstance(what, bytes):
                return httpx.Response(status, content=what, headers=headers)
            return httpx.Response(status, json=what, headers=headers)

        return Service(reply)

    return build


def _daylight(times: pd.DatetimeIndex) -> Any:
    """A plain bell from 6 to 18 on UTC clocks: 0 at night, 600 at noon."""
    hour = times.hour + times.minute / 60
    return np.clip(np.sin((hour - 6) / 12 * np.pi), 0, None) * 600.0


@pytest.fixture(scope="session")
def pvgis_years() -> Callable[..., dict[str, Any]]:
    """An answer of `seriescalc` in PVGIS 5.3's format."""

    def build(
        first: int, last: int, *, minute: int = 10, place: Place, database: str = "PVGIS-SARAH3"
    ) -> dict[str, Any]:
        times = pd.date_range(f"{first}-01-01", f"{last + 1}-01-01", freq="h", inclusive="left", tz="UTC")
        times = times + pd.Timedelta(minutes=minute)
        sun = _daylight(times)
        rows = [
            {
                "time": stamp,
                "Gb(i)": round(float(bright * 0.7), 2),
                "Gd(i)": round(float(bright * 0.3), 2),
                "Gr(i)": 0.0,
                "H_sun": 30.0 if bright > 0 else 0.0,
                "T2m": 4.5,
                "WS10m": 3.2,
                "Int": 0.0,
            }
            for stamp, bright in zip(times.strftime("%Y%m%d:%H%M"), sun, strict=True)
        ]
        return {
            "inputs": {
                "location": {
                    "latitude": place.latitude_deg,
                    "longitude": place.longitude_deg,
                    "elevation": 2810.0,
                },
                "meteo_data": {
                    "radiation_db": database,
                    "meteo_db": "ERA5",
                    "year_min": first,
                    "year_max": last,
                    "use_horizon": True,
                    "horizon_db": "DEM-calculated",
                },
                "mounting_system": {
                    "fixed": {
                        "slope": {"value": 0, "optimal": False},
                        "azimuth": {"value": 0, "optimal": False},
                        "type": "free-standing",
                    }
                },
            },
            "outputs": {"hourly": rows},
            "meta": {},
        }

    return build


@pytest.fixture(scope="session")
def pvgis_tmy() -> Callable[..., dict[str, Any]]:
    """An answer of `tmy` in PVGIS 5.3's format: stamps on the hour, months of different years."""

    def build(place: Place, *, offset_hours: float = 0.5) -> dict[str, Any]:
        times = pd.date_range("2025-01-01", "2026-01-01", freq="h", inclusive="left", tz="UTC")
        sun = _daylight(times + pd.Timedelta(hours=offset_hours))
        months = [{"month": month, "year": 2005 + month} for month in range(1, 13)]
        rows = [
            {
                "time(UTC)": f"{2005 + time.month}{time:%m%d:%H%M}",
                "T2m": float(time.hour),
                "RH": 40.0,
                "G(h)": float(bright),
                "Gb(n)": float(bright),
                "Gd(h)": float(bright * 0.2),
                "IR(h)": 280.0,
                "WS10m": 3.0,
                "WD10m": 250.0,
                "SP": 72_000.0,
            }
            for time, bright in zip(times, sun, strict=True)
        ]
        return {
            "inputs": {
                "location": {
                    "latitude": place.latitude_deg,
                    "longitude": place.longitude_deg,
                    "elevation": 2810.0,
                    "irradiance_time_offset": offset_hours,
                },
                "meteo_data": {"radiation_db": "PVGIS-ERA5", "meteo_db": "ERA5", "year_min": 2005, "year_max": 2023},
            },
            "outputs": {"months_selected": months, "tmy_hourly": rows},
            "meta": {},
        }

    return build


@pytest.fixture(scope="session")
def nasa_days() -> Callable[..., dict[str, Any]]:
    """An answer of NASA POWER's hourly point service."""

    def build(first: str, last: str, place: Place) -> dict[str, Any]:
        times = pd.date_range(first, pd.Timestamp(last) + pd.Timedelta(days=1), freq="h", inclusive="left", tz="UTC")
        labels = times.strftime("%Y%m%d%H").tolist()
        sun = _daylight(times + pd.Timedelta("30min"))
        values = {
            "ALLSKY_SFC_SW_DWN": sun,
            "ALLSKY_SFC_SW_DNI": sun * 1.1,
            "ALLSKY_SFC_SW_DIFF": sun * 0.3,
            "T2M": times.hour.to_numpy() * 1.0,
            "WS50M": np.full(len(times), 6.5),
            "PS": np.full(len(times), 72.4),
        }
        units = {"T2M": "C", "WS50M": "m/s", "PS": "kPa"}
        return {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [place.longitude_deg, place.latitude_deg, 2950.3]},
            "properties": {
                "parameter": {
                    name: dict(zip(labels, np.round(column, 2).tolist(), strict=True))
                    for name, column in values.items()
                }
            },
            "header": {
                "title": "NASA/POWER Source Native Resolution Hourly Data",
                "api": {"version": "v2.5.22", "name": "POWER Hourly API"},
                "sources": ["SYN1DEG", "MERRA2"],
                "fill_value": -999.0,
                "time_standard": "UTC",
                "start": first.replace("-", ""),
                "end": last.replace("-", ""),
            },
            "messages": [],
            "parameters": {name: {"units": units.get(name, "Wh/m^2"), "longname": name} for name in values},
            "times": {"data": 1.2, "process": 0.03},
        }

    return build


@pytest.fixture(scope="session")
def open_meteo_days() -> Callable[..., dict[str, Any]]:
    """An answer of Open-Meteo's archive."""

    def build(first: str, last: str, place: Place) -> dict[str, Any]:
        times = pd.date_range(first, pd.Timestamp(last) + pd.Timedelta(days=1), freq="h", inclusive="left", tz="UTC")
        before = _daylight(times - pd.Timedelta("30min"))
        return {
            "latitude": round(place.latitude_deg, 1),
            "longitude": round(place.longitude_deg, 1),
            "generationtime_ms": 4.2,
            "utc_offset_seconds": 0,
            "timezone": "GMT",
            "timezone_abbreviation": "GMT",
            "elevation": place.altitude_m,
            "hourly_units": {
                "time": "iso8601",
                "shortwave_radiation": "W/m²",
                "direct_normal_irradiance": "W/m²",
                "diffuse_radiation": "W/m²",
                "temperature_2m": "°C",
                "wind_speed_100m": "m/s",
                "surface_pressure": "hPa",
            },
            "hourly": {
                "time": times.strftime("%Y-%m-%dT%H:%M").tolist(),
                "shortwave_radiation": np.round(before, 1).tolist(),
                "direct_normal_irradiance": np.round(before * 1.1, 1).tolist(),
                "diffuse_radiation": np.round(before * 0.3, 1).tolist(),
                "temperature_2m": [float(hour) for hour in times.hour],
                "wind_speed_100m": [7.0] * len(times),
                "surface_pressure": [724.0] * len(times),
            },
        }

    return build


@pytest.fixture
def changed() -> Callable[..., Any]:
    """A copy of an answer with one thing done to it."""

    def build(answer: Any, change: Callable[[Any], object]) -> Any:
        copied = copy.deepcopy(answer)
        change(copied)
        return copied

    return build
