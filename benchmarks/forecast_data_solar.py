"""Which solar records are there to forecast? Three State Grid stations and eight of Hebei, as feeds.

The folder of source tables is named by WATTLOOM_DATA; nothing of it is kept in this project.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wattloom.domain.forecasts import TargetKind
from wattloom.domain.time import TimeAxis
from wattloom.domain.weather import Place
from wattloom.forecast.feed import Channel, Feed, starts_of

BEIJING = ZoneInfo("Asia/Shanghai")
STEP_MINUTES = 15
STATE_GRID_MW = {1: 50.0, 3: 30.0, 5: 110.0}
"""Capacity of the stations, by number: of the file names."""
STATE_GRID_SOURCE = "State Grid competition, Chen and Xu, Scientific Data 9 (2022), doi 10.1038/s41597-022-01696-6"
SENTINEL = -99.0
"""Written where a logger had nothing: 60 rows of station 1."""
BELIEVABLE = {
    "total_irradiance_wm2": (0.0, 1_600.0),
    "dni_wm2": (0.0, 1_400.0),
    "ghi_wm2": (0.0, 1_600.0),
    "air_temp_c": (-60.0, 60.0),
    "pressure_hpa": (500.0, 1_100.0),
    "humidity_pct": (0.0, 100.5),
}
"""Lowest and highest that a sensor can have seen; outside is a fault (such as −3 276.7 °C and 6 553.5 %)."""
UNITS = {"wm2": "W/m2", "c": "°C", "hpa": "hPa", "pct": "%", "mw": "MW"}
HEBEI = ("00", "01", "03", "04", "05", "06", "07", "09")
HEBEI_SOURCE = "PVOD v1.0, Yao et al., Solar Energy 230 (2021) 122-130, doi 10.11922/sciencedb.01094"
HEBEI_ISSUE_H = 4
"""Assumed: the weather forecast of a local day was known at 20:00 of the day before. The record names no run time."""
HEBEI_NWP = {
    "nwp_globalirrad": ("nwp_ghi_w_per_m2", "W/m2"),
    "nwp_directirrad": ("nwp_direct_w_per_m2", "W/m2"),
    "nwp_temperature": ("nwp_temperature_c", "°C"),
    "nwp_humidity": ("nwp_humidity_percent", "%"),
    "nwp_windspeed": ("nwp_wind_speed_m_per_s", "m/s"),
    "nwp_pressure": ("nwp_pressure_hpa", "hPa"),
}


def data_folder() -> Path:
    """Where the source tables lie."""
    folder = os.environ.get("WATTLOOM_DATA")
    if not folder:
        sys.exit("WATTLOOM_DATA names no folder of source tables")
    return Path(folder)


def state_grid(folder: Path, number: int, *, weather: bool = True) -> Feed:
    """A State Grid station as recorded, with its own sensors; no coordinates are published.

    Least cleaning: sentinels and unbelievable readings become gaps, the night's own draw counts as no generation.
    """
    capacity = STATE_GRID_MW[number]
    table = pd.read_parquet(folder / f"energy/cn-stategrid-pv/site{number}_{capacity:g}mw_original.parquet")
    axis = TimeAxis(table.time.iloc[0].tz_localize(BEIJING).to_pydatetime(), STEP_MINUTES, len(table))
    power = _believed(table.power_mw, (-0.1 * capacity, 1.1 * capacity)).clip(0.0, capacity)
    sensors = {
        name: Channel.measured(axis, _believed(table[name], limits), unit=UNITS[name.rsplit("_")[-1]],
                               source=STATE_GRID_SOURCE)
        for name, limits in BELIEVABLE.items()
    }  # fmt: skip
    return Feed(
        name=f"state-grid-{number}",
        kind=TargetKind.SOLAR,
        axis=axis,
        zone=BEIJING,
        target=Channel.measured(axis, power, unit="MW", source=STATE_GRID_SOURCE),
        channels=sensors if weather else {},
        capacity=capacity,
        lowest=0.0,
        highest=capacity,
    )


def hebei(folder: Path, number: str) -> Feed:
    """A station of Hebei with the weather forecast delivered to it (its run time is assumed, see HEBEI_ISSUE_H)."""
    home = folder / "energy/cn-hebei-pvod"
    table = pd.read_parquet(home / f"station{number}.parquet").set_index("date_time").sort_index()
    table = table[~table.index.duplicated()]
    first = table.index[0].tz_localize("UTC").tz_convert(BEIJING).normalize()
    whole = pd.date_range(first, table.index[-1].tz_localize("UTC").tz_convert(BEIJING), freq=f"{STEP_MINUTES}min")
    table = table.reindex(whole.tz_convert("UTC").tz_localize(None))
    facts = pd.read_csv(home / "metadata.csv").set_index("Station_ID").loc[f"station{number}"]
    capacity = float(facts.Capacity) / 1000.0
    axis = TimeAxis(first.to_pydatetime(), STEP_MINUTES, len(table))
    known = _evening_before(axis)
    # Days on which nothing came in, weather forecast and power alike, are never scored: the forecast of the last day
    # that has one stands in, as it would in a control room.
    told = table.groupby(table.index.time)[list(HEBEI_NWP)].ffill()
    return Feed(
        name=f"hebei-{number}",
        kind=TargetKind.SOLAR,
        axis=axis,
        zone=BEIJING,
        target=Channel.measured(axis, _believed(table.power, (-0.1 * capacity, 1.1 * capacity)).clip(0.0, capacity),
                                unit="MW", source=HEBEI_SOURCE),
        channels={
            name: Channel.issued(told[column].to_numpy(np.float64), known, unit=unit, source=HEBEI_SOURCE)
            for column, (name, unit) in HEBEI_NWP.items()
        },
        capacity=capacity,
        lowest=0.0,
        highest=capacity,
        place=Place(latitude_deg=float(facts.Latitude), longitude_deg=float(facts.Longitude), altitude_m=50.0,
                    time_zone=BEIJING.key),
    )  # fmt: skip


def _believed(column: pd.Series, limits: tuple[float, float]) -> NDArray[np.float64]:
    """Readings that can be true; the rest are gaps."""
    values = column.to_numpy(np.float64)
    return np.where((values != SENTINEL) & (values >= limits[0]) & (values <= limits[1]), values, np.nan)


def _evening_before(axis: TimeAxis) -> NDArray[np.int64]:
    """When the forecast of each period was out: at 20:00 of the local day before (China keeps one clock all year)."""
    starts = starts_of(axis)
    first = int(axis.start.timestamp())
    return first + (starts - first) // 86_400 * 86_400 - HEBEI_ISSUE_H * 3_600
