"""What did the day-ahead markets know, and what did they pay? The shared price sets as feeds, with known times.

European and American sets (Lago et al., Applied Energy 293 (2021) 116983): local clock of days of 24 hours, without
summer time, so that the clock is taken as a fixed one. Assumed, and the same for every model compared: prices of a day
are known from 13:00 of the day before (the auctions publish between 12:40 and 13:30), the forecasts of load, wind and
sun that explain them from 10:00 of the day before, as the published protocol takes them to be.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wattloom.domain.forecasts import TargetKind
from wattloom.domain.time import TimeAxis
from wattloom.forecast.feed import Channel, Feed, starts_of
from wattloom.forecast.task import Task

FIXED_CLOCK = ZoneInfo("UTC")
DAY_S = 24 * 3600
AUCTION_KNOWN_S, INPUTS_KNOWN_S = 13 * 3600, 10 * 3600
"""Into the day before delivery."""
BEFORE_THE_GATE = Task.day_ahead(step_minutes=60, issue_minute=11 * 60)
"""Issued at 11:00 for all hours of the next day: bids close at noon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """One market's files and published figures."""

    name: str
    features: str
    full: str | None
    """The same series to the end of the test, where the shared file ends before it."""
    published: str
    inputs: tuple[str, str]
    unit: str
    lear: float
    dnn: float
    """Mean absolute errors of the ensembles: Lago et al. (2021), table 3."""


MARKETS = {
    "de": Market(
        name="EPEX-DE", features="de_2012_2017_features.parquet", full=None,
        published="benchmark_forecasts_de.parquet", inputs=("load_fc_mw", "wind_pv_fc_mw"), unit="EUR/MWh",
        lear=3.609, dnn=3.413,
    ),
    "np": Market(
        name="Nord Pool", features="np_2013_2018_features.parquet", full="NP.csv",
        published="benchmark_forecasts_np.parquet", inputs=("load_fc_mw", "wind_fc_mw"), unit="EUR/MWh",
        lear=1.738, dnn=1.683,
    ),
    "pjm": Market(
        name="PJM-COMED", features="pjm_2011_features.parquet", full="PJM.csv",
        published="benchmark_forecasts_pjm.parquet", inputs=("system_load_fc_mw", "zone_load_fc_mw"), unit="USD/MWh",
        lear=3.013, dnn=2.862,
    ),
}  # fmt: skip


def data(*parts: str) -> Path:
    """A path under the folder of source data.

    Raises:
        SystemExit: WATTLOOM_DATA names no folder.
    """
    folder = os.environ.get("WATTLOOM_DATA")
    if not folder:
        raise SystemExit("WATTLOOM_DATA names no folder: market prices are not part of this package")
    return Path(folder, "energy", *parts)


def market_feed(key: str, full_folder: Path | None = None) -> Feed:
    """Prices and the two forecasts that explain them, from one of the markets."""
    market = MARKETS[key]
    if full_folder is not None and market.full:
        table = pd.read_csv(full_folder / market.full)
    else:
        table = pd.read_parquet(data("eu-us-day-ahead", market.features))
    moments = pd.to_datetime(table.iloc[:, 0])
    axis = TimeAxis(moments.iloc[0].tz_localize(UTC).to_pydatetime(), 60, len(table))
    days = starts_of(axis) // DAY_S * DAY_S
    channels = {
        name: Channel.issued(table.iloc[:, place].to_numpy(float), days - DAY_S + INPUTS_KNOWN_S, unit="MW", source=key)
        for place, name in enumerate(market.inputs, start=2)
    }
    prices = Channel.issued(
        table.iloc[:, 1].to_numpy(float), days - DAY_S + AUCTION_KNOWN_S, unit=market.unit, source=key
    )
    return Feed(name=key, kind=TargetKind.PRICE, axis=axis, zone=FIXED_CLOCK, target=prices, channels=channels)


@dataclass(frozen=True, slots=True)
class Published:
    """What others forecast for the test period, by day."""

    days: NDArray[np.int64]
    """Seconds since 1970 of each day's start on the market's clock."""
    prices: NDArray[np.float64]
    """Shape (days, 24)."""
    forecasts: dict[str, NDArray[np.float64]]


def published(key: str) -> Published:
    """The forecasts that came with the paper."""
    table = pd.read_parquet(data("eu-us-day-ahead", MARKETS[key].published))
    days = pd.DatetimeIndex(table["time"]).tz_localize(UTC).as_unit("s").asi8[::24]
    shaped = {name: table[name].to_numpy(float).reshape(-1, 24) for name in table.columns[1:]}
    return Published(np.asarray(days), shaped.pop("real_price"), shaped)


def moment(second: int) -> datetime:
    """An instant from seconds."""
    return datetime.fromtimestamp(second, UTC)


SPOT_ZONE = ZoneInfo("Asia/Shanghai")
SPOT_FORECASTS_KNOWN_S, SPOT_CLEARED_KNOWN_S = int(8.5 * 3600), 18 * 3600
"""Into the day before delivery: boundary conditions are published before bids close, results at night. Assumed."""
METER_DELAY_MINUTES = 60
"""Between a quarter of an hour and its published real-time price. Assumed."""
NOT_CLEARED = "2025-05-09"
"""All day-ahead prices are zero and the cleared power is missing: taken as missing. Other zeros stay."""


def spot_feeds() -> tuple[Feed, Feed]:
    """The day-ahead and the real-time market of an unnamed province, 1 May to 15 June 2025, in quarters of an hour."""
    table = pd.read_parquet(data("cn-spot-2025", "spot_15min.parquet"))
    axis = TimeAxis(table["time_start"].iloc[0].tz_localize(SPOT_ZONE).to_pydatetime(), 15, len(table))
    local_s = pd.DatetimeIndex(table["time_start"]).as_unit("s").asi8
    day_before_s = starts_of(axis) - local_s % DAY_S - DAY_S
    forecasts = {
        name: Channel.issued(
            table[name].to_numpy(float), day_before_s + SPOT_FORECASTS_KNOWN_S, unit="MW", source="cn-spot-2025"
        )
        for name in table.columns
        if name.endswith("_fc_mw")
    }
    cleared = table["da_price_cny_mwh"].to_numpy(float).copy()
    cleared[(table["time_start"].dt.strftime("%Y-%m-%d") == NOT_CLEARED).to_numpy()] = np.nan
    ahead = Channel.issued(cleared, day_before_s + SPOT_CLEARED_KNOWN_S, unit="CNY/MWh", source="cn-spot-2025")
    real = Channel.measured(
        axis, table["rt_price_cny_mwh"].to_numpy(float), unit="CNY/MWh", source="cn-spot-2025",
        delay_minutes=METER_DELAY_MINUTES,
    )  # fmt: skip
    return (
        Feed(name="spot day-ahead", kind=TargetKind.PRICE, axis=axis, zone=SPOT_ZONE, target=ahead,
             channels=forecasts, lowest=0.0),
        Feed(name="spot real-time", kind=TargetKind.PRICE, axis=axis, zone=SPOT_ZONE, target=real,
             channels={**forecasts, "da_price_cny_mwh": ahead}, lowest=0.0),
    )  # fmt: skip
