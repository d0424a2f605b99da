"""What is on record of seven wind farms around Baicheng, Jilin, and what of it can be believed?

The record is cn-jilin-wind-2012 (github.com/dujuanjuan-svg, Data-and-code-of-Spatiotemporal-wind-power-forecasting at
7abc36d5; no licence stated, so that it is read from `WATTLOOM_DATA` and never copied): power of seven farms and three
masts, quarter-hours of 2012 on Beijing's clock. What is put aside at this door, each with its count:

- power below zero (a calm farm's own use) is read as zero;
- power above zero that stands still for three hours or more is missing: a meter that hangs;
- wind outside 0 to 40 m/s is missing: sentinels of 100, 327 and -154 m/s;
- wind that stands still for six hours or more is missing: a frozen cup;
- the mast of dagang, whose median at 40 m is 0.4 m/s beside a farm at work, is left out whole.

A meter that hangs is known as such only after three hours; here it is missing from its first value on, which a model
might read as a sign (seven stretches in the seven farms' year). Long rests at zero stay in: calm, curtailment and
outage cannot be told apart. Capacity is not in the record: it is assumed from the greatest power observed before the
cut-off of the tests. A nameplate is usually more than that, and accuracies by it would look better, not worse.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from wattloom.domain.forecasts import TargetKind
from wattloom.domain.time import TimeAxis
from wattloom.forecast.feed import Channel, Feed, starts_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHANGHAI = ZoneInfo("Asia/Shanghai")
FARMS = ("mali", "taonan", "taobei", "chaganhaote", "shuanglong", "ruifeng", "dagang")
MASTS = {"mali": "mali_ws_70m", "shuanglong": "shuanglong_ws_80m"}
"""The highest cups of the masts that can be believed."""
SOURCE = "cn-jilin-wind-2012"
STEP_MINUTES = 15
HANGS_STEPS = 12
FROZEN_STEPS = 24
SPEED_MAX_M_PER_S = 40.0


@dataclass(frozen=True, slots=True)
class Record:
    """The farms' feeds, and how many values were put aside, by reason."""

    feeds: Mapping[str, Feed]
    put_aside: Mapping[str, int]


def folder() -> Path:
    """Where the data lie."""
    return Path(os.environ["WATTLOOM_DATA"]) / "energy" / SOURCE


def farms(capacity_until: datetime) -> Record:
    """A feed for each farm, with the others' recent power as shares and the mast's wind where it has one.

    Args:
        capacity_until: capacities are assumed from the greatest power before it.
    """
    table = pd.read_parquet(folder() / "wind_15min.parquet")
    axis = TimeAxis(table["time"].iloc[0].tz_localize(SHANGHAI).to_pydatetime(), STEP_MINUTES, len(table))
    before = starts_of(axis) < capacity_until.timestamp()
    counts: dict[str, int] = {}
    powers = {farm: _power(table[f"{farm}_power_mw"].to_numpy(float), farm, counts) for farm in FARMS}
    capacities = {farm: float(np.nanmax(values[before])) for farm, values in powers.items()}
    speeds = {farm: _speed(table[column].to_numpy(float), column, counts) for farm, column in MASTS.items()}
    shares = {farm: Channel.measured(axis, powers[farm] / capacities[farm], unit="1", source=SOURCE) for farm in FARMS}
    return Record(
        {
            farm: _feed(farm, axis, powers[farm], capacities[farm], _channels(farm, axis, shares, speeds))
            for farm in FARMS
        },
        counts,
    )


def without(feed: Feed, farm: str) -> Feed:
    """The feed without a farm among its neighbours: for models that must not have seen it."""
    channels = {name: one for name, one in feed.channels.items() if name != _neighbour(farm)}
    return _feed(feed.name, feed.axis, feed.target.values[0], float(feed.capacity or 0), channels)


def _feed(
    farm: str, axis: TimeAxis, power_mw: NDArray[np.float64], capacity: float, channels: Mapping[str, Channel]
) -> Feed:
    """One farm, limited to its capacity: what the test brings above it counts as missed."""
    return Feed(
        name=farm,
        kind=TargetKind.WIND,
        axis=axis,
        zone=SHANGHAI,
        target=Channel.measured(axis, power_mw, unit="MW", source=SOURCE),
        channels=channels,
        capacity=capacity,
        lowest=0.0,
        highest=capacity,
    )


def _channels(
    farm: str, axis: TimeAxis, shares: Mapping[str, Channel], speeds: Mapping[str, NDArray[np.float64]]
) -> dict[str, Channel]:
    """What may explain a farm."""
    others = {_neighbour(other): share for other, share in shares.items() if other != farm}
    if farm not in speeds:
        return others
    return {"wind_speed_m_per_s": Channel.measured(axis, speeds[farm], unit="m/s", source=MASTS[farm]), **others}


def _neighbour(farm: str) -> str:
    """Name of the channel of another farm's power."""
    return f"neighbour_{farm}_share"


def _power(values: NDArray[np.float64], farm: str, counts: dict[str, int]) -> NDArray[np.float64]:
    """Power that can be believed."""
    hangs = (_still(values) >= HANGS_STEPS) & (values > 0)
    counts[f"{farm}: power below zero, read as zero"] = int((values < 0).sum())
    counts[f"{farm}: power that hangs"] = int(hangs.sum())
    return np.where(hangs, np.nan, np.maximum(values, 0.0))


def _speed(values: NDArray[np.float64], column: str, counts: dict[str, int]) -> NDArray[np.float64]:
    """Wind that can be believed."""
    impossible = (values < 0) | (values > SPEED_MAX_M_PER_S)
    frozen = (_still(values) >= FROZEN_STEPS) & ~impossible
    counts[f"{column}: impossible"] = int(impossible.sum())
    counts[f"{column}: frozen"] = int(frozen.sum())
    return np.where(impossible | frozen, np.nan, values)


def _still(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """For each value, how many equal ones stand in a row with it."""
    run = np.cumsum(np.concatenate([[True], np.diff(values) != 0])) - 1
    return np.bincount(run)[run]
