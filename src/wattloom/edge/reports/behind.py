"""Which numbers stand behind the pictures of a week and of the year? Tables small enough to print."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wattloom.edge.reports import energy
from wattloom.edge.reports.table import Column, Table
from wattloom.edge.reports.tables import stream_column

if TYPE_CHECKING:
    from wattloom.edge.reports.words import Cell


def week_tables(year: energy.Year) -> dict[str, Table]:
    """For each pictured week, the energy of its days."""
    return {key: _days(year, part, key) for key, part in energy.weeks(year).items()}


def _days(year: energy.Year, part: slice, key: str) -> Table:
    """Energy by local day: load, what the bus received, what left it."""
    dates = np.asarray(year.local[part].strftime("%m-%d"))
    streams = [s for s in (*year.given, *year.taken) if s.values.any()]
    columns = [year.load, *(s.values for s in streams)]
    rows: list[tuple[Cell, ...]] = [
        (day, *(float(values[part][dates == day].sum() * year.axis.step_hours) for values in columns))
        for day in dict.fromkeys(dates.tolist())
    ]
    heads = (Column(key="day"), Column(key="load_mwh"), *(stream_column(s) for s in streams))
    return Table(key=key, columns=heads, rows=tuple(rows))


def heat_tables(year: energy.Year) -> dict[str, Table]:
    """For green share and import, the mean of each hour by month."""
    tables = {"green_share_hourly": _hours(year, "green_share_hourly", energy.green_share(year), year.load, unit="1")}
    if year.imported.any():
        ones = np.ones_like(year.load)
        tables["import"] = _hours(year, "import", year.imported, ones, unit="MW")
    return tables


def _hours(year: energy.Year, key: str, values: np.ndarray, weights: np.ndarray, *, unit: str) -> Table:
    """A table of hours (rows) by months (columns)."""
    frame = energy.by_month_and_hour(year, values, weights=weights)[energy.months_worth_showing(year)]
    rows: list[tuple[Cell, ...]] = [
        (f"{hour:02d}:00", *(None if np.isnan(x) else float(x) for x in row))
        for hour, row in zip(frame.index, frame.to_numpy(), strict=True)
    ]
    heads = (Column(key="hour_of_day"), *(Column(key=str(month), unit=unit, name=str(month)[-2:]) for month in frame))
    return Table(key=key, columns=heads, rows=tuple(rows))
