"""How good are the records that forecasts are learnt from? A page of each station: what is there, and what was done."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from wattloom.edge.reports.forecast_words import instant, of_station
from wattloom.edge.reports.table import Table, columns
from wattloom.intake.cleaning import quality

if TYPE_CHECKING:
    from wattloom.app.forecast_answer import ForecastRun, StationForecast

HOURS_A_DAY = 24


def cleaned(run: ForecastRun) -> list[StationForecast]:
    """Stations whose meters were judged."""
    return [one for one in run.stations if one.record is not None]


def columns_of(run: ForecastRun) -> Table:
    """Each measured column: what part can be used, what was absent, removed, changed, and the longest gap."""
    heads = (
        "forecast_station", "forecast_column", "forecast_usable_share", "forecast_absent_share",
        "forecast_removed_share", "forecast_changed_share", "forecast_longest_gap", "forecast_complete_days",
    )  # fmt: skip
    rows = [
        (
            of_station(one.key, one.about),
            name,
            found.usable_share,
            found.absent_share,
            found.removed_share,
            found.changed_share,
            found.longest_gap_h,
            found.complete_days_share,
        )
        for one in cleaned(run)
        if one.record is not None
        for name, found in quality(one.record).items()
    ]
    return Table(key="forecast_record", columns=columns(*heads), rows=tuple(rows))


def edits(run: ForecastRun) -> Table:
    """The log: what was found where, how often, and what was done about it."""
    heads = (
        "forecast_station", "forecast_column", "forecast_edit_found", "forecast_edit_done", "forecast_edit_count",
        "forecast_edit_first", "forecast_edit_last",
    )  # fmt: skip
    rows = [
        (
            of_station(one.key, one.about),
            edit.column or None,
            edit.found,
            edit.done,
            edit.count,
            instant(datetime.fromtimestamp(edit.first_s, UTC), one.about),
            instant(datetime.fromtimestamp(edit.last_s, UTC), one.about),
        )
        for one in cleaned(run)
        if one.record is not None
        for edit in one.record.edits
    ]
    return Table(key="forecast_edits", columns=columns(*heads), rows=tuple(rows))


def usable(one: StationForecast) -> list[list[float | None]]:
    """Usable part of all columns by local hour (24 rows) and day (columns); None where the record has no such hour."""
    if one.record is None:
        return []
    local = one.record.axis.local(one.about.zone)
    there = np.mean([~np.isnan(values) for values in one.record.values.values()], axis=0)
    day = (local.tz_localize(None).normalize() - local[0].tz_localize(None).normalize()).days
    frame = pd.DataFrame({"day": day, "hour": local.hour, "there": there})
    grid = frame.pivot_table(index="hour", columns="day", values="there", aggfunc="mean")
    grid = grid.reindex(index=range(HOURS_A_DAY), columns=range(int(day.max()) + 1))
    return [[None if pd.isna(x) else round(float(x), 3) for x in row] for row in grid.to_numpy()]
