"""Which real loads are the baselines judged on? Six meters, each with its rest days, on its own clock.

    gefcom2014     a utility of the United States, hourly, a year, with the mean of 25 weather stations
    province       a Chinese province without a name, a quarter of an hour, sixteen months
    spot_2025      another, 46 days of 2025, with the load forecast that its market published the day before: a plan
                   logged before notice, the only one among public data
    uneven_works   SimBench's band load (BL-H), 2016: its name promises more than it keeps, it swings by half its mean
    shift_works    SimBench's commerce that runs through (G3-H), 2016
    philly         nodes in use of Microsoft's Philly cluster, 48 days of 2017: a computing load, each node taken as one
                   kW; what a node draws was not published

Holidays are left out as events and as like days: of China by notices (2022 and 2023 transcribed here, to be confirmed),
of the others by their dates. No event has ever been called on any of them, as far as their sources say.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wattloom.domain.series import Series
from wattloom.domain.time import TimeAxis

CLOCK = ZoneInfo("UTC")
"""Files tell local times without a zone: their clock is taken as it stands."""
KW_PER_MW = 1000
UNITED_STATES = (
    "2010-10-11 2010-11-11 2010-11-25 2010-12-24 2010-12-31 2011-01-17 2011-02-21 2011-05-30 2011-07-04 2011-09-05 "
    "2017-10-09 2017-11-10"
)
GERMANY = "2016-01-01 2016-03-25 2016-03-28 2016-05-05 2016-05-16 2016-10-03 2016-12-26 2016-12-24 2016-12-31"
CHINA_OFF = (
    ("2022-01-01", 3), ("2022-01-31", 7), ("2022-04-03", 3), ("2022-04-30", 5), ("2022-06-03", 3), ("2022-09-10", 3),
    ("2022-10-01", 7), ("2022-12-31", 3), ("2023-01-21", 7), ("2025-05-01", 5), ("2025-05-31", 3),
)  # fmt: skip
CHINA_WORKED = "2022-01-29 2022-01-30 2022-04-02 2022-04-24 2022-05-07 2022-10-08 2022-10-09 2023-01-28 2023-01-29"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """One load."""

    name: str
    load: Series
    holidays: frozenset[date]
    worked: frozenset[date] = frozenset()
    temperature: Series | None = None
    plan_kw: NDArray[np.float64] | None = None
    """Published the day before, on the load's axis."""

    def is_rest_day(self, day: date) -> bool:
        """Weekends that are not worked, and holidays."""
        return day in self.holidays or (day.weekday() >= 5 and day not in self.worked)


def meters() -> list[Meter]:
    """Every load."""
    return [make() for make in (gefcom2014, province, spot_2025, uneven_works, shift_works, philly)]


def gefcom2014() -> Meter:
    """Mean of the hour that ends at the stamp; degrees Fahrenheit."""
    table = read("energy/gefcom2014/load_track_2010-10_2011-09.parquet")
    start = pd.Timestamp(table["time_end"].iloc[0]) - pd.Timedelta(hours=1)
    celsius = (table[[f"w{number}" for number in range(1, 26)]].mean(axis=1).to_numpy() - 32) / 1.8
    load = series(table["load"].to_numpy() * KW_PER_MW, start, 60, "GEFCom2014, load track")
    weather = Series(axis=load.axis, values=celsius, unit="°C", source="GEFCom2014, 25 stations")
    return Meter(name="gefcom2014", load=load, holidays=dates(UNITED_STATES), temperature=weather)


def province() -> Meter:
    """Demand of the clearing-price data."""
    table = read("energy/cn-clearing-price-2021-2023/price_demand_15min.parquet")
    load = series(table["demand_mw"].to_numpy() * KW_PER_MW, table["time_start"].iloc[0], 15, "province, 2021 to 2023")
    return Meter(name="province", load=load, holidays=china_off(), worked=dates(CHINA_WORKED))


def spot_2025() -> Meter:
    """Actual load with the forecast of the day before."""
    table = read("energy/cn-spot-2025/spot_15min.parquet")
    load = series(
        table["load_act_mw"].to_numpy() * KW_PER_MW, table["time_start"].iloc[0], 15, "province, spot of 2025"
    )
    return Meter(name="spot_2025", load=load, holidays=china_off(), plan_kw=table["load_fc_mw"].to_numpy() * KW_PER_MW)


def uneven_works() -> Meter:
    """A band load that swings."""
    return simbench("uneven_works", "BL_H_pload")


def shift_works() -> Meter:
    """Commerce that runs through."""
    return simbench("shift_works", "G3_H_pload")


def simbench(name: str, column: str) -> Meter:
    """A profile of 2016 by position: its clock has no summer time that adds or takes rows."""
    values = read("energy/simbench-profiles/load_profiles_pu.parquet")[column].to_numpy(dtype=float) * 10_000.0
    load = series(values, pd.Timestamp("2016-01-01"), 15, f"SimBench, {column}")
    return Meter(name=name, load=load, holidays=dates(GERMANY))


def philly() -> Meter:
    """Nodes in use, means of quarters of an hour; missing minutes are left out of a mean."""
    table = read("compute/philly_jobs/active_nodes_1min.parquet").set_index("time")["active_nodes"].astype(float)
    quarters = table.resample("15min").mean()
    load = series(quarters.to_numpy(), quarters.index[0], 15, "Philly, nodes in use")
    return Meter(name="philly", load=load, holidays=dates(UNITED_STATES))


def series(values: NDArray[np.float64], start: pd.Timestamp, step_minutes: int, source: str) -> Series:
    """In kW from a local time on."""
    begin = datetime.fromisoformat(str(start)).replace(tzinfo=UTC)
    axis = TimeAxis(begin, step_minutes, len(values))
    return Series(axis=axis, values=np.asarray(values, dtype=float), unit="kW", source=source)


def dates(told: str) -> frozenset[date]:
    """Days of a line."""
    return frozenset(date.fromisoformat(day) for day in told.split())


def china_off() -> frozenset[date]:
    """Days of China's holidays."""
    begun = ((date.fromisoformat(first), count) for first, count in CHINA_OFF)
    return frozenset(first + timedelta(days=number) for first, count in begun for number in range(count))


def read(name: str) -> pd.DataFrame:
    """A file of the shared data."""
    return pd.read_parquet(Path(os.environ["WATTLOOM_DATA"]) / name)
