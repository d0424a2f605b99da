"""`wattloom weather get`: does a service's year become a file that a project can point to?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pytest
from typer.testing import Result

from wattloom.app.weather_get import weather_get
from wattloom.domain.weather import Place
from wattloom.edge import store
from wattloom.edge.feeds.nasa_power import NasaPower
from wattloom.intake.weather import read_weather

Run = Callable[..., Result]
KARAMAY = Place(latitude_deg=45.58, longitude_deg=84.89, altitude_m=400, time_zone="Asia/Shanghai")


def answered(request: httpx.Request) -> httpx.Response:
    """NASA POWER's answer to any question: a plain bell of sun, 6.5 m/s at 50 m, 5 °C."""
    asked = request.url.params
    days = pd.date_range(asked["start"], pd.Timestamp(asked["end"]) + pd.Timedelta("1D"), freq="h", inclusive="left")
    bright = np.clip(np.sin((days.hour + 2.5) / 12 * np.pi), 0, None) * 600.0
    values = {
        "ALLSKY_SFC_SW_DWN": bright,
        "ALLSKY_SFC_SW_DNI": bright,
        "ALLSKY_SFC_SW_DIFF": bright * 0.2,
        "T2M": np.full(len(days), 5.0),
        "WS50M": np.full(len(days), 6.5),
        "PS": np.full(len(days), 96.0),
    }
    units = {"T2M": "C", "WS50M": "m/s", "PS": "kPa"}
    labels = days.strftime("%Y%m%d%H")
    body = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [84.89, 45.58, 412.0]},
        "properties": {
            "parameter": {
                name: dict(zip(labels, np.round(column, 2).tolist(), strict=True)) for name, column in values.items()
            }
        },
        "header": {"fill_value": -999.0, "time_standard": "UTC", "sources": ["MERRA2"], "api": {"version": "v2"}},
        "messages": [],
        "parameters": {name: {"units": units.get(name, "Wh/m^2"), "longname": name} for name in values},
    }
    return httpx.Response(200, json=body)


def getting(reply: Callable[[httpx.Request], httpx.Response]) -> Callable[..., Any]:
    """The use case, with a service that answers in this process."""

    def get(place: Place, year: int, *, feed: str, out: Path) -> Any:
        assert feed == "nasa_power"
        service = NasaPower(transport=httpx.MockTransport(reply))
        return weather_get(place, year, feed=service, write=store.write_file, out=out)

    return get


def test_a_year_is_kept_with_its_source_in_a_file_that_is_read_again(wattloom: Run, tmp_path: Path) -> None:
    out = tmp_path / "karamay_2023.parquet"

    told = wattloom(
        "weather", "get", 45.58, 84.89, 2023, "--out", out, "--altitude", 400, weather_get=getting(answered)
    )

    kept = read_weather(out, KARAMAY)
    assert told.exit_code == 0, told.stderr
    assert told.stdout == f"{out} written; name it as weather.file in the project\n"
    assert told.stderr == "… nasa_power: 2023 at 45.58, 84.89\n"
    assert kept.axis.count == 8760
    assert kept.of_site
    assert "NASA POWER" in str(kept.source)
    assert kept.wind_speed_m_per_s.mean() == pytest.approx(6.5)


def test_a_service_that_fails_is_one_sentence_and_no_file(wattloom: Run, tmp_path: Path) -> None:
    def broken(_: httpx.Request) -> httpx.Response:
        return httpx.Response(503, text="down")

    told = wattloom("weather", "get", 45.58, 84.89, 2023, "--out", tmp_path / "w.parquet", weather_get=getting(broken))

    said = [line for line in told.stderr.splitlines() if not line.startswith("…")]
    assert told.exit_code == 3
    assert len(said) == 1
    assert said[0].startswith("NASA POWER: found a fault of the service (HTTP 503)")
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_service_is_answered_with_those_that_there_are(wattloom: Run, tmp_path: Path) -> None:
    told = wattloom("weather", "get", 45.58, 84.89, 2023, "--out", tmp_path / "w.parquet", "--feed", "sunny_days")

    assert told.exit_code != 0
    assert "sunny_days" in told.stderr
    assert "open_meteo" in told.stderr
