"""Which records of load are there to forecast? GEFCom2014's load track and 31 Chinese provinces, as feeds.

The folder of source tables is named by WATTLOOM_DATA; nothing of it is kept in this project.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from wattloom.domain.forecasts import TargetKind
from wattloom.domain.time import TimeAxis
from wattloom.forecast.feed import Channel, Feed

UTILITY = ZoneInfo("UTC")
"""GEFCom2014's clock has no zone and no summer time: it is read as it stands."""
BEIJING = ZoneInfo("Asia/Shanghai")
STATIONS = 25
GEFCOM_SOURCE = "Hong et al., Int. J. Forecasting 32 (2016) 896-913, load track"
PROVINCE_SOURCE = "PyPSA-China-PIK, hourly demand by province"
PROVINCE_YEAR = 2018
"""The table names no year. Sundays are lowest from hour 145 on and the deepest trough is Spring Festival's, 16
February: the calendar of 2018, and the total (6 900 TWh) is that year's."""
HOLIDAYS_US = (
    (2010, 11, 25), (2010, 11, 26), (2010, 12, 24), (2010, 12, 25), (2011, 1, 1), (2011, 5, 30), (2011, 7, 4),
    (2011, 9, 5),
)  # fmt: skip
"""Days on which most United States businesses rest: Thanksgiving and the day after, Christmas and its eve, New Year,
Memorial, Independence and Labor Day."""
HOLIDAYS_CN_2018 = (
    ((1, 1), 1), ((2, 15), 7), ((4, 5), 3), ((4, 29), 3), ((6, 16), 3), ((9, 22), 3), ((10, 1), 7), ((12, 30), 2),
)  # fmt: skip
"""First day and length: General Office of the State Council, notice 国办发明电〔2017〕12号; 30 and 31 December by the
notice for 2019."""
WORKED_CN_2018 = ((2, 11), (2, 24), (4, 8), (4, 28), (9, 29), (9, 30), (12, 29))
"""Weekend days worked instead, same notices."""


def data_folder() -> Path:
    """Where the source tables lie."""
    folder = os.environ.get("WATTLOOM_DATA")
    if not folder:
        sys.exit("WATTLOOM_DATA names no folder of source tables")
    return Path(folder)


def gefcom_load(folder: Path) -> Feed:
    """Hourly load of a United States utility, 2010-10 to 2011-09, with the mean of 25 thermometers."""
    table = pd.read_parquet(folder / "energy/gefcom2014/load_track_2010-10_2011-09.parquet")
    axis = TimeAxis((table.time_end.iloc[0] - timedelta(hours=1)).to_pydatetime().replace(tzinfo=UTC), 60, len(table))
    fahrenheit = table[[f"w{i + 1}" for i in range(STATIONS)]].to_numpy(np.float64).mean(axis=1)
    rest = {datetime(*day, tzinfo=UTC).date() for day in HOLIDAYS_US}
    return Feed(
        name="gefcom2014-load",
        kind=TargetKind.LOAD,
        axis=axis,
        zone=UTILITY,
        target=Channel.measured(axis, table.load.to_numpy(np.float64), unit="MW", source=GEFCOM_SOURCE),
        channels={
            "air_temperature_c": Channel.measured(axis, (fahrenheit - 32.0) / 1.8, unit="°C", source=GEFCOM_SOURCE),
            "day_off": Channel.always(
                _off(axis, UTILITY, rest, set()), unit="1", source="calendar of the United States"
            ),
        },
        lowest=0.0,
    )


def gefcom_load_full(path: Path) -> Feed:
    """The same with all that the competitors had: hourly rows from 2001-01-01 01:00 on, LOAD from 2005, w1 to w25."""
    table = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
    axis = TimeAxis(datetime(2001, 1, 1, tzinfo=UTC), 60, len(table))
    fahrenheit = table[[f"w{i + 1}" for i in range(STATIONS)]].to_numpy(np.float64).mean(axis=1)
    rest = {day for year in range(2001, 2012) for day in _rest_days_us(year)}
    off = _off(axis, UTILITY, rest, set())
    return Feed(
        name="gefcom2014-load",
        kind=TargetKind.LOAD,
        axis=axis,
        zone=UTILITY,
        target=Channel.measured(axis, table.LOAD.to_numpy(np.float64), unit="MW", source=GEFCOM_SOURCE),
        channels={
            "air_temperature_c": Channel.measured(axis, (fahrenheit - 32.0) / 1.8, unit="°C", source=GEFCOM_SOURCE),
            "day_off": Channel.always(off, unit="1", source="calendar of the United States"),
        },
        lowest=0.0,
    )


def _rest_days_us(year: int) -> list[date]:
    """As HOLIDAYS_US, of any year."""
    november, may, september = date(year, 11, 1), date(year, 5, 31), date(year, 9, 1)
    thanks = november + timedelta(days=(3 - november.weekday()) % 7 + 21)
    memorial, labour = may - timedelta(days=may.weekday()), september + timedelta(days=-september.weekday() % 7)
    fixed = [date(year, *day) for day in ((1, 1), (7, 4), (12, 24), (12, 25))]
    return [thanks, thanks + timedelta(days=1), memorial, labour, *fixed]


def gefcom_leaderboard(folder: Path) -> pd.DataFrame:
    """Pinball loss by task and position."""
    table = pd.read_csv(folder / "energy/gefcom2014/load_track_leaderboard.csv", index_col=0)
    table.columns = table.columns.astype(int)
    return table


def provinces(folder: Path) -> list[Feed]:
    """Hourly demand of 31 provinces for a year, with the holidays of its calendar and no temperature.

    The temperatures beside it are of 2020, another year, and cannot explain this load; their summers are damaged too
    (Shanghai's August mean is −21.5 °C).
    """
    table = pd.read_parquet(folder / "energy/cn-provinces/hourly_demand_31_provinces_mw.parquet").set_index("hour")
    axis = TimeAxis(datetime(PROVINCE_YEAR, 1, 1, tzinfo=BEIJING), 60, len(table))
    rest = {
        date(PROVINCE_YEAR, *first) + timedelta(days=i) for first, length in HOLIDAYS_CN_2018 for i in range(length)
    }
    off = _off(axis, BEIJING, rest, {date(PROVINCE_YEAR, *day) for day in WORKED_CN_2018})
    return [
        Feed(
            name=f"cn-{name}",
            kind=TargetKind.LOAD,
            axis=axis,
            zone=BEIJING,
            target=Channel.measured(axis, table[name].to_numpy(np.float64), unit="MW", source=PROVINCE_SOURCE),
            channels={"day_off": Channel.always(off, unit="1", source="notices of the State Council")},
            lowest=0.0,
        )
        for name in table.columns
    ]


def _off(axis: TimeAxis, zone: ZoneInfo, rest: set[date], worked: set[date]) -> np.ndarray:
    """1 on holidays, −1 on weekend days that are worked."""
    days = axis.local(zone).date
    return np.array([1.0 if day in rest else -1.0 if day in worked else 0.0 for day in days])
