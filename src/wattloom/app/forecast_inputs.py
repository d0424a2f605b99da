"""What is on record about each station of a forecast file? Tables become feeds, with what was known when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from wattloom.domain.errors import InputError
from wattloom.domain.forecasts import TargetKind
from wattloom.domain.text import Text
from wattloom.domain.time import TimeAxis
from wattloom.forecast.feed import Channel, Feed, starts_of
from wattloom.forecast.generated import Facts, generated
from wattloom.forecast.project import day_of, midnight, minute_of
from wattloom.intake.cleaning import Cleaned, Column, Quantity, Record, clean
from wattloom.intake.stations import Rows, axis_over, on_axis, read_rows, versions_on_axis
from wattloom.intake.tables import Layout
from wattloom.intake.units import UNITS, conversion

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.forecast.project import ChannelEntry, ForecastProject, StationEntry, TableEntry

DAYS_AHEAD = 2
"""A made-up record has so many days of weather forecast behind its newest value."""
UNITS_OF_NAMES = {
    "_w_per_m2": "W/m2",
    "_m_per_s": "m/s",
    "_cny_per_mwh": "CNY/MWh",
    "_eur_per_mwh": "EUR/MWh",
    "_usd_per_mwh": "USD/MWh",
    "_hpa": "hPa",
    "_pa": "Pa",
    "_mw": "MW",
    "_c": "°C",
}
"""The unit in which a channel stands whose name ends so; the longest that fits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """A station ready to be forecast."""

    key: str
    entry: StationEntry
    feed: Feed
    ends: datetime
    """End of the newest period with a value; the start of the record where there is none."""
    notes: tuple[Text, ...]
    record: Cleaned | None = None
    """What the meters told, cleaned, with its log; None where nothing was to be cleaned."""


def forecast_inputs(project: ForecastProject, *, folder: Path) -> dict[str, Station]:
    """Every station with its feed; `InputError` with the problems of all of them."""
    found, problems = {}, []
    for key, entry in project.stations.items():
        try:
            found[key] = _station(key, entry, project, folder)
        except InputError as wrong:
            problems += [replace(problem, where=f"{key}: {problem.where}") for problem in wrong.problems]
    if problems:
        raise InputError(problems)
    return found


def _station(key: str, entry: StationEntry, project: ForecastProject, folder: Path) -> Station:
    """One station, from its tables or made up."""
    if entry.generated is not None:
        feed = _made_up(key, entry, project)
        note = Text(f"{key}: its record is {feed.target.source}.", f"{key}：记录为程序生成，并非真实站点。")
        return Station(key=key, entry=entry, feed=feed, ends=record_end(feed), notes=(note,))
    tables = _tables(entry, folder)
    axis = axis_over(tables.rows, project.step_minutes)
    rows, record = _cleaned(key, entry, tables.target)
    if rows.step_minutes > project.step_minutes:
        raise InputError.one(
            rows.name,
            found=f"values every {rows.step_minutes} minutes",
            expected=f"every {project.step_minutes} minutes, or finer",
            remedy=f"set step_minutes: {rows.step_minutes}",
        )
    low, high = entry.limits
    feed = Feed(
        name=key,
        kind=entry.kind,
        axis=axis,
        zone=entry.clock,
        target=Channel.measured(
            axis,
            on_axis(rows, entry.column, axis),
            unit=entry.unit,
            source=f"{rows.name}, {entry.column}",
            delay_minutes=entry.delay_minutes,
        ),
        channels={
            name: _channel(name, channel, rows if entry.cleans(channel) else tables.of(channel), axis, entry.clock)
            for name, channel in entry.channels.items()
        },
        capacity=entry.capacity,
        lowest=low,
        highest=high,
        place=entry.place,
    )
    notes = tuple(dict.fromkeys(note for one in tables.rows for note in one.notes))
    notes += _log(key, record) + _oracles(key, feed)
    return Station(key=key, entry=entry, feed=feed, ends=record_end(feed), notes=notes, record=record)


def record_end(feed: Feed) -> datetime:
    """End of the newest period that has a value; the axis' start where none has."""
    known = np.flatnonzero(np.isfinite(feed.target.values[-1]))
    steps = int(known[-1]) + 1 if known.size else 0
    return feed.axis.start + steps * timedelta(minutes=feed.axis.step_minutes)


def _made_up(key: str, entry: StationEntry, project: ForecastProject) -> Feed:
    """A generated record, with weather forecasts for some days more than values."""
    asked = entry.generated
    first = day_of(asked.start) if asked is not None else None
    if asked is None or first is None:
        raise InputError.one(key, found="no record", expected="table or generated", remedy="add one of them")
    start = midnight(first, entry.clock)
    per_day = 24 * 60 // project.step_minutes
    facts = Facts(
        name=key,
        kind=entry.kind,
        axis=TimeAxis(start, project.step_minutes, (asked.days + DAYS_AHEAD) * per_day),
        zone=entry.clock,
        unit=entry.unit,
        capacity=entry.capacity,
        limits=entry.limits,
        place=entry.place,
        delay_minutes=entry.delay_minutes,
        seed=asked.seed,
    )
    feed = generated(facts)
    values = feed.target.values.copy()
    values[:, asked.days * per_day :] = np.nan
    return replace(feed, target=replace(feed.target, values=values))


QUANTITIES = {
    "W/m2": Quantity.IRRADIANCE,
    "W/m²": Quantity.IRRADIANCE,
    "°C": Quantity.TEMPERATURE,
    "℃": Quantity.TEMPERATURE,
    "m/s": Quantity.WIND_SPEED,
    "hPa": Quantity.PRESSURE,
    "kPa": Quantity.PRESSURE,
    "Pa": Quantity.PRESSURE,
}
"""What a measured channel of a plant is, by its unit; another is not judged."""


def _cleaned(key: str, entry: StationEntry, rows: Rows) -> tuple[Rows, Cleaned | None]:
    """What the plant's meters told, without what they cannot have measured; the file stays as it is."""
    if not entry.cleans_target:
        return rows, None
    units = {one.column: one.unit for one in entry.channels.values() if entry.cleans(one)}
    columns = {
        name: Column(
            quantity=Quantity.POWER if name == entry.column else QUANTITIES.get(units[name], Quantity.OTHER),
            unit=entry.unit if name == entry.column else units[name],
            values=rows.columns[name],
        )
        for name in (entry.column, *(name for name in units if name != entry.column))
    }
    offset = entry.clock.utcoffset(datetime.fromtimestamp(int(rows.starts_s.min()), UTC).replace(tzinfo=None))
    record = Record(
        name=key,
        stamps_s=rows.starts_s,
        step_minutes=rows.step_minutes,
        columns=columns,
        utc_offset_minutes=0 if offset is None else round(offset.total_seconds() / 60),
        capacity=entry.capacity,
        solar=entry.kind is TargetKind.SOLAR,
    )
    done = clean(record)
    return replace(rows, starts_s=starts_of(done.axis), columns=dict(done.values), issued_s=None), done


def _log(key: str, record: Cleaned | None) -> tuple[Text, ...]:
    """That something was taken out or changed; the log itself goes into the report."""
    changed = () if record is None else tuple(edit for edit in record.edits if edit.before.size)
    if not changed:
        return ()
    kinds, values = len({edit.kind for edit in changed}), sum(edit.count for edit in changed)
    en = f"{key}: cleaning took out or changed {values:,} values, for {kinds} kinds of fault; the log lists them."
    return (Text(en, f"{key}：清洗剔除或修正 {values:,} 个数值，涉及 {kinds} 类问题；详见清洗日志。"),)


@dataclass(frozen=True, slots=True)
class _Tables:
    """The tables of one station, each read once."""

    target: Rows
    by_entry: dict[tuple[TableEntry, str], Rows]
    home: TableEntry

    @property
    def rows(self) -> list[Rows]:
        """All of them."""
        return [self.target, *self.by_entry.values()]

    def of(self, channel: ChannelEntry) -> Rows:
        """The table in which a channel stands."""
        return self.by_entry.get((channel.table or self.home, channel.issue_column), self.target)


def _tables(entry: StationEntry, folder: Path) -> _Tables:
    """Every table that a station names, with the columns that are wanted of it."""
    home = entry.table
    if home is None:
        raise InputError.one("station", found="no table", expected="a table", remedy="add `table:`")
    wanted: dict[tuple[TableEntry, str], list[str]] = {(home, ""): [entry.column]}
    for channel in entry.channels.values():
        wanted.setdefault((channel.table or home, channel.issue_column), []).append(channel.column)
    read = {
        (table, issue): read_rows(
            folder / table.file,
            columns=columns,
            zone=_zone_of(table, entry),
            layout=Layout(time=table.time, labels=table.labels, sheet=table.sheet),
            issue_column=issue,
        )
        for (table, issue), columns in wanted.items()
    }
    target = read.pop((home, ""))
    return _Tables(target, read, home)


def _zone_of(table: TableEntry, entry: StationEntry) -> ZoneInfo:
    """The clock of a table's times that name none."""
    return ZoneInfo(table.zone) if table.zone else entry.clock


def _channel(name: str, entry: ChannelEntry, rows: Rows, axis: TimeAxis, zone: ZoneInfo) -> Channel:
    """One column with the instants at which its values became known, in the unit that its name says."""
    source = f"{rows.name}, {entry.column}"
    values, published = versions_on_axis(rows, entry.column, axis)
    values, unit = _in_unit_of(name, entry.unit, values, rows)
    if entry.known == "measured":
        return Channel.measured(axis, values[-1], unit=unit, source=source, delay_minutes=entry.delay_minutes)
    if entry.known == "calendar":
        return Channel.always(values[-1], unit=unit, source=source)
    if entry.known == "oracle":
        return Channel.of_oracle(values[-1], unit=unit, source=source)
    if entry.issue_column:
        return Channel.issued(values, published, unit=unit, source=source)
    return Channel.issued(values[-1], _at_clock(axis, zone, entry), unit=unit, source=source)


def _in_unit_of(name: str, unit: str, values: NDArray[np.float64], rows: Rows) -> tuple[NDArray[np.float64], str]:
    """The values in the unit that the channel's name ends in; as they are where it ends in none."""
    fitting = [wanted for ending, wanted in UNITS_OF_NAMES.items() if name.endswith(ending)]
    if not fitting or unit not in UNITS:
        return values, unit
    turned = conversion(unit, fitting[0], step_hours=rows.step_minutes / 60, where=f"{rows.name}, {name}")
    return values * turned.factor + turned.shift, fitting[0]


def _at_clock(axis: TimeAxis, zone: ZoneInfo, entry: ChannelEntry) -> NDArray[np.int64]:
    """When each period's value came out: at a clock, some days before its local day; shape (axis.count,)."""
    minutes = minute_of(entry.issue_clock) or 0
    days = axis.local(zone).tz_localize(None).normalize() - pd.Timedelta(days=entry.issue_days_before)
    published = (days + pd.Timedelta(minutes=minutes)).tz_localize(zone, ambiguous=True, nonexistent="shift_forward")
    return np.asarray(published.tz_convert("UTC").as_unit("s").asi8, dtype=np.int64)


def _oracles(key: str, feed: Feed) -> tuple[Text, ...]:
    """What is shown before it happened."""
    names = [name for name, channel in feed.channels.items() if channel.oracle]
    if not names:
        return ()
    listed = ", ".join(names)
    en = f"{key}: {listed} shows what happened later (oracle): every score made with it is a bound, not a forecast."
    return (Text(en, f"{key}：{listed} 为事后值（oracle），所得成绩仅为上界，并非预报。"),)


def known_until(feed: Feed) -> datetime:
    """The last instant at which something new of the target became known."""
    known = np.flatnonzero(np.isfinite(feed.target.values[-1]))
    if not known.size:
        return feed.axis.start
    return datetime.fromtimestamp(int(feed.target.known_s[-1][known[-1]]), UTC)


def missing_share(feed: Feed) -> float:
    """Part of the record, from its first value to its last, without a value."""
    values = feed.target.values[-1]
    known = np.flatnonzero(np.isfinite(values))
    return 1.0 if not known.size else float(np.isnan(values[known[0] : known[-1] + 1]).mean())


def first_instant(feed: Feed) -> datetime:
    """Start of the first period that has a value; the axis' start where none has."""
    known = np.flatnonzero(np.isfinite(feed.target.values[-1]))
    second = int(starts_of(feed.axis)[known[0]]) if known.size else int(feed.axis.start.timestamp())
    return datetime.fromtimestamp(second, UTC)
