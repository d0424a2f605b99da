"""What does a station's table hold, with its gaps left as gaps? Several columns at once, from CSV, Excel or Parquet.

Unlike a series that is planned with (tables.py), a record that is learnt from may have holes: they stay missing. What
cannot be read, or goes back in time, is still refused with its line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wattloom.domain.errors import InputError
from wattloom.domain.text import Text
from wattloom.domain.time import TimeAxis
from wattloom.intake.clock import MINUTES_PER_DAY, SECONDS_PER_MINUTE, Stamp, Timed, stamp_of, timed
from wattloom.intake.findings import Findings
from wattloom.intake.sheet import Sheet, read_sheet
from wattloom.intake.tables import (
    CODES_FOR_MISSING,
    Layout,
    clock_points,
    is_wide,
    labels_of,
    number_in,
    says_nothing,
    wide_cells,
)

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

TOLD_AGAIN = "are told again further down"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """A table's rows with the period that each speaks of."""

    name: str
    starts_s: NDArray[np.int64]
    """Seconds since 1970 UTC; shape (rows,)."""
    step_minutes: int
    columns: dict[str, NDArray[np.float64]]
    """By name; shape (rows,), NaN where the cell holds no reading."""
    issued_s: NDArray[np.int64] | None
    """When each row was published, where the table says so."""
    notes: tuple[Text, ...]
    """What was left out as no reading."""


def read_rows(
    path: Path | str,
    *,
    columns: Sequence[str],
    zone: ZoneInfo,
    layout: Layout,
    step_minutes: int | None = None,
    issue_column: str = "",
) -> Rows:
    """Columns of a table; `InputError` with every faulty row. A row published again is a row of its own.

    In a table with one row a day and one column a period, one column is read: the rows that carry its word.

    Args:
        path: CSV, XLSX or Parquet.
        columns: names, as the head has them.
        zone: of times that name none.
        layout: time column, labels, sheet.
        step_minutes: of the table, where it is to be taken as given; None: as most rows have it.
        issue_column: with the time of publication.
    """
    path = Path(path)
    wanted = {*columns, *filter(None, (issue_column, layout.time))}
    headers = (is_wide, lambda cells: wanted <= {str(cell).strip() for cell in cells})
    sheet = read_sheet(path, headers=headers, sheet=layout.sheet)
    findings = Findings(sheet.name)
    points = clock_points(sheet.header, sheet.name)
    if points and len(columns) == 1 and not issue_column:
        return _wide_rows(sheet, columns[0], points, zone=zone, layout=layout)
    stamps = labels_of(sheet, layout, sheet.column(columns[0]))
    _note_unreadable(stamps, sheet.lines, "time", findings)
    if issue_column:
        placed, chosen = _placed(stamps, sheet, zone=zone, layout=layout, findings=findings)
    else:
        placed = timed(stamps, sheet.lines, zone=zone, labels=layout.labels, findings=findings)
        chosen = placed.rows
    issued = _issued(sheet, issue_column, zone, findings) if issue_column else None
    values, notes = {}, _doubled(sheet.name, placed, issued)
    for name in dict.fromkeys(columns):
        at = sheet.column(name)
        cells = [(row[at], line) for row, line in zip(sheet.rows, sheet.lines, strict=True)]
        read, codes = _numbers(cells, name, findings, comma=sheet.delimiter == ";")
        values[name] = read[chosen]
        notes += [_coded(sheet.name, name, codes)] if codes else []
    findings.check()
    return Rows(
        name=sheet.name,
        starts_s=placed.starts * SECONDS_PER_MINUTE,
        step_minutes=step_minutes or placed.step_minutes,
        columns=values,
        issued_s=None if issued is None else issued[chosen],
        notes=tuple(notes),
    )


def _wide_rows(sheet: Sheet, column: str, points: list[tuple[int, int]], *, zone: ZoneInfo, layout: Layout) -> Rows:
    """Rows of a table with one row a day, period by period."""
    findings = Findings(sheet.name)
    found, stamps = wide_cells(sheet, column, points)
    lines = [cell.line for cell in found]
    _note_unreadable(stamps, lines, "date", findings)
    placed = timed(stamps, lines, zone=zone, labels=layout.labels, findings=findings)
    values, codes = _numbers(
        [(cell.value, cell.line) for cell in found], column, findings, comma=sheet.delimiter == ";"
    )
    findings.check()
    return Rows(
        name=sheet.name,
        starts_s=placed.starts * SECONDS_PER_MINUTE,
        step_minutes=placed.step_minutes,
        columns={column: values[placed.rows]},
        issued_s=None,
        notes=(*_doubled(sheet.name, placed, None), *([_coded(sheet.name, column, codes)] if codes else [])),
    )


def axis_over(tables: Sequence[Rows], step_minutes: int) -> TimeAxis:
    """The shortest axis of whole steps that holds every row."""
    step_s = step_minutes * SECONDS_PER_MINUTE
    first = min(int(rows.starts_s.min()) for rows in tables) // step_s
    last = max(int(rows.starts_s.max()) + rows.step_minutes * SECONDS_PER_MINUTE for rows in tables)
    return TimeAxis(datetime.fromtimestamp(first * step_s, tz=UTC), step_minutes, -(-(last - first * step_s) // step_s))


def on_axis(rows: Rows, column: str, axis: TimeAxis) -> NDArray[np.float64]:
    """A column on an axis: means of finer rows where all are there, coarser ones held; shape (axis.count,).

    Where a period is told twice, the later row stands.
    """
    return np.asarray(versions_on_axis(rows, column, axis)[0][-1])


def versions_on_axis(rows: Rows, column: str, axis: TimeAxis) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Every publication of a column on an axis; values and seconds of publication, shape (versions, axis.count).

    Rows without a time of publication count as published in the order of the file, at 0.
    """
    step_s, own_s = axis.step_minutes * SECONDS_PER_MINUTE, rows.step_minutes * SECONDS_PER_MINUTE
    if max(step_s, own_s) % min(step_s, own_s):
        raise InputError.one(
            rows.name,
            found=f"a step of {rows.step_minutes} minutes",
            expected=f"one that fits into {axis.step_minutes} minutes, or the other way round",
            remedy="set step_minutes to a step that fits",
        )
    known = rows.columns[column]
    issued = np.zeros(len(known), dtype=np.int64) if rows.issued_s is None else rows.issued_s
    held = max(1, own_s // step_s)
    first = int(axis.start.timestamp())
    place = ((rows.starts_s - first) // step_s)[:, None] + np.arange(held)[None, :]
    place, known, issued = place.ravel(), np.repeat(known, held), np.repeat(issued, held)
    inside = (place >= 0) & (place < axis.count)
    place, known, issued = place[inside], known[inside], issued[inside]
    return _layered(place, known, issued, parts=max(1, step_s // own_s), count=axis.count, again=rows.issued_s is None)


def _layered(
    place: NDArray[np.int64],
    known: NDArray[np.float64],
    issued: NDArray[np.int64],
    *,
    parts: int,
    count: int,
    again: bool,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Rows of each period, publication by publication; a mean needs all its `parts`."""
    if again and parts == 1:  # Told twice without a word when: the later row stands.
        values = np.full((1, count), np.nan)
        values[0, place] = known
        return values, np.zeros((1, count), dtype=np.int64)
    order = np.lexsort((issued, place))
    place, known, issued = place[order], known[order], issued[order]
    new = np.concatenate([[True], (np.diff(place) != 0) | (np.diff(issued) != 0)])
    group = np.cumsum(new) - 1
    sums = np.bincount(group, weights=known)
    whole = np.bincount(group) == parts
    places, times = place[new], issued[new]
    level = _rank(places)
    values = np.full((int(level.max(initial=0)) + 1, count), np.nan)
    seconds = np.full(values.shape, np.iinfo(np.int64).max)
    values[level, places] = np.where(whole, sums / parts, np.nan)
    seconds[level, places] = times
    return values, seconds


def _rank(places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Which of its period's publications each is, from 0; `places` is sorted."""
    if not places.size:
        return places
    begins = np.flatnonzero(np.concatenate([[True], np.diff(places) != 0]))
    sizes = np.diff(np.append(begins, places.size))
    return np.arange(places.size) - np.repeat(begins, sizes)


def _placed(
    stamps: list[Stamp | None], sheet: Sheet, *, zone: ZoneInfo, layout: Layout, findings: Findings
) -> tuple[Timed, NDArray[np.int64]]:
    """Starts of the rows of many publications, and which rows they are; a label told twice has one start."""
    # Runs of a forecast one after the other: each label once, in order, then every row at its label.
    first = {stamp: i for i, stamp in reversed([*enumerate(stamps)]) if stamp is not None}
    order = sorted(first, key=lambda stamp: stamp.minutes - (stamp.offset_minutes or 0))
    once = timed(order, [sheet.lines[first[stamp]] for stamp in order], zone=zone, labels=layout.labels,
                 findings=findings)  # fmt: skip
    start_of = {order[int(row)]: start for row, start in zip(once.rows, once.starts, strict=True)}
    rows = np.array([i for i, stamp in enumerate(stamps) if stamp in start_of], dtype=np.int64)
    starts = np.array([start_of[stamps[int(i)]] for i in rows], dtype=np.int64)  # type: ignore[index]
    return Timed(starts=starts, rows=rows, step_minutes=once.step_minutes), rows


def _issued(sheet: Sheet, column: str, zone: ZoneInfo, findings: Findings) -> NDArray[np.int64]:
    """When each row was published; local clocks read as of the zone."""
    at = sheet.column(column)
    stamps = [stamp_of(row[at]) for row in sheet.rows]
    _note_unreadable(stamps, sheet.lines, column, findings)
    seconds = np.zeros(len(stamps), dtype=np.int64)
    offsets: dict[int, int] = {}
    for i, stamp in enumerate(stamps):
        if stamp is None:
            continue
        offset = stamp.offset_minutes
        if offset is None:
            day = stamp.minutes // MINUTES_PER_DAY
            offset = offsets.setdefault(day, _offset_minutes(day, zone))
        seconds[i] = (stamp.minutes - offset) * SECONDS_PER_MINUTE
    return seconds


def _offset_minutes(day: int, zone: ZoneInfo) -> int:
    """Offset of a zone from UTC at noon of a day since 1970."""
    noon = np.datetime64(day, "D").astype("datetime64[s]").astype(object).replace(hour=12, tzinfo=zone)
    return int(noon.utcoffset().total_seconds()) // SECONDS_PER_MINUTE


def _numbers(
    cells: Sequence[tuple[Any, int]], column: str, findings: Findings, *, comma: bool
) -> tuple[NDArray[np.float64], int]:
    """Cells with their lines as numbers, NaN where nothing stands, and how many codes for missing they held."""
    values, codes = np.full(len(cells), np.nan), 0
    for i, (cell, line) in enumerate(cells):
        number = number_in(cell, comma=comma)
        if number in CODES_FOR_MISSING:
            codes += 1
        elif number is not None:
            values[i] = number
        elif not _no_reading(cell):
            findings.add(line, column, found=repr(cell), expected="a number, or an empty cell",
                         remedy="write a plain number, or leave it empty")  # fmt: skip
    return values, codes


def _no_reading(cell: Any) -> bool:
    """Whether a cell says that nothing was read: empty, a dash, or no finite number."""
    return says_nothing(cell) or isinstance(cell, float)


def _doubled(name: str, placed: Timed, issued: NDArray[np.int64] | None) -> list[Text]:
    """How many periods are told more than once, where nothing says when."""
    again = len(placed.starts) - len(np.unique(placed.starts))
    if issued is not None or not again:
        return []
    en = f"{name}: {again:,} periods {TOLD_AGAIN}; the later row stands."
    return [Text(en, f"{name}：{again:,} 个时段重复出现，以后出现者为准。")]


def _coded(name: str, column: str, codes: int) -> Text:
    """How many codes for missing were taken as such."""
    return Text(
        f"{name}, {column}: {codes:,} cells hold a code for missing (such as -999) and count as missing.",
        f"{name} {column}：{codes:,} 个单元格为缺测代码（如 -999），按缺测处理。",
    )


def _note_unreadable(stamps: Sequence[Stamp | None], lines: Sequence[int], column: str, findings: Findings) -> None:
    """Note rows whose time cannot be read."""
    for stamp, line in zip(stamps, lines, strict=True):
        if stamp is None:
            findings.add(
                line,
                column,
                kind="unreadable time",
                found="a time that cannot be read",
                expected="such as 2026-01-31 23:45 or 2026-01-31T23:45+08:00",
                remedy="write the year first; day-month order is never guessed",
            )
