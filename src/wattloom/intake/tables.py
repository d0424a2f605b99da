"""What does this column say, period by period? Prices, loads and meters from CSV, Excel and Parquet."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wattloom.domain.errors import InputError
from wattloom.domain.series import Series
from wattloom.domain.time import TimeAxis
from wattloom.intake.axis import bring_onto, onto_year
from wattloom.intake.clock import MINUTES_PER_DAY, Labels, Stamp, Timed, axis_of, clock_minutes, stamp_of, timed
from wattloom.intake.findings import Findings
from wattloom.intake.parquet import is_series, read_series_file
from wattloom.intake.sheet import Cells, Sheet, read_sheet
from wattloom.intake.units import conversion

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

TIME_NAMES = (
    "time",
    "timestamp",
    "datetime",
    "date_time",
    "time_start",
    "start_time",
    "时间",
    "日期时间",
    "数据时间",
    "采集时间",
    "起始时间",
)
DATE_NAMES = ("date", "day", "日期", "数据日期", "交易日", "运行日")
CLOCK_NAMES = ("hour", "clock", "period", "time of day", "time", "时刻", "时点", "时段", "时间", "小时")
POINTS_OF_A_DAY = (24, 48, 96)
"""How many columns a table with one row a day may have."""
MISSING = frozenset({"", "-", "--", "—", "/", "nan", "null", "none", "n/a", "#n/a", "na", "无", "缺失"})
SHARE_MAX = 1.5
"""A share above this is a percentage with the wrong unit."""
CODES_FOR_MISSING = frozenset({-999.0, -9999.0, -99999.0, 99999.0})
"""Numbers that loggers and services write where they have no reading."""
TEMPERATURE_MIN_C, TEMPERATURE_MAX_C = -90.0, 150.0
"""Coldest air ever measured (WMO) and, assumed, the hottest module or water; thermometers at -3,270 °C do occur."""
_NUMBER = re.compile(r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$")
_THOUSANDS = re.compile(r"^[+-]?\d{1,3}(,\d{3})+\.\d+$")
_DECIMAL_COMMA = re.compile(r"^[+-]?(\d+|\d{1,3}(\.\d{3})+),\d+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a table is written, where that is not plain from the table itself."""

    time: str = ""
    """Name of the time column; empty: the one with a usual name."""
    labels: Labels = "auto"
    """Whether labels name the start or the end of an interval."""
    sheet: str = ""
    """Sheet of a workbook that has several."""
    year_profile: bool = False
    """No time column: the rows are the year's periods in order, on the axis' local standard clock."""
    any_year: bool = False
    """A year other than the axis' may stand for it, by month, day and hour."""


PLAIN = Layout()


@dataclass(frozen=True, slots=True, kw_only=True)
class TableCell:
    """A value with its place."""

    value: Any
    line: int
    column: str


def read_series(  # noqa: PLR0913 - a column cannot be understood with less
    path: Path | str,
    *,
    column: str,
    unit: str,
    wanted_unit: str,
    axis: TimeAxis,
    zone: ZoneInfo,
    layout: Layout = PLAIN,
) -> Series:
    """A column of a table on an axis, in the wanted unit; every problem of the file is raised at once.

    In a table with one row a day and one column a period, `column` picks the rows that carry this word.
    """
    path = Path(path)
    if is_series(path):
        own = read_series_file(path)
        factor = conversion(own.unit, wanted_unit, step_hours=own.axis.step_hours, where=path.name)
        return _onto(
            replace(own, values=own.values * factor.factor + factor.shift, unit=wanted_unit), axis, zone, layout
        )
    headers = (is_wide, lambda cells: column in {str(cell).strip() for cell in cells})
    sheet = read_sheet(path, headers=headers, sheet=layout.sheet)
    findings = Findings(sheet.name)
    _check_width(sheet, findings)
    cells, stamps = _cells(sheet, column, layout)
    lines = [cell.line for cell in cells]
    if stamps is None:
        values = _numbers(cells, sheet, unit, findings)
        findings.check()
        return _profile(values, path.name, unit=unit, wanted_unit=wanted_unit, axis=axis)
    _note_unreadable(stamps, cells, findings)
    placed = timed(stamps, lines, zone=zone, labels=layout.labels, findings=findings)
    if not findings.items:
        placed = _wanted(placed, axis, layout, findings.name)
    own_axis = axis_of(placed, lines, findings)
    values = _numbers([cells[int(i)] for i in placed.rows], sheet, unit, findings)
    findings.check()
    factor = conversion(unit, wanted_unit, step_hours=own_axis.step_hours, where=f"{sheet.name} {column}")
    series = Series(
        axis=own_axis,
        values=values * factor.factor + factor.shift,
        unit=wanted_unit,
        source=f"{sheet.name}, {column}" + (f" in {unit}" if unit != wanted_unit else ""),
    )
    return _onto(series, axis, zone, layout)


def _cells(sheet: Sheet, column: str, layout: Layout) -> tuple[list[TableCell], list[Stamp | None] | None]:
    """The cells to read with their labels; no labels for a year profile."""
    points = clock_points(sheet.header, sheet.name)
    if points:
        return wide_cells(sheet, column, points)
    at = sheet.column(column)
    cells = [
        TableCell(value=row[at], line=line, column=column) for row, line in zip(sheet.rows, sheet.lines, strict=True)
    ]
    return (cells, None) if layout.year_profile else (cells, labels_of(sheet, layout, at))


def clock_points(header: Cells, name: str) -> list[tuple[int, int]]:
    """(column, minutes after midnight) of a table with one row a day; empty for other tables."""
    found = _clock_columns(header)
    if len(found) not in POINTS_OF_A_DAY or _regular(found):
        return found if len(found) in POINTS_OF_A_DAY else []
    step = MINUTES_PER_DAY // len(found)
    raise InputError.one(
        name,
        found=f"{len(found)} clock columns from {header[found[0][0]]} to {header[found[-1][0]]}",
        expected=f"one every {step} minutes, from 00:00 or from {step // 60:02d}:{step % 60:02d}",
        remedy="correct the header",
    )


def _clock_columns(header: Cells) -> list[tuple[int, int]]:
    """Columns whose header is a time of day."""
    found = [
        (i, m) for i, cell in enumerate(header) if not says_nothing(cell) and (m := _clock_header(cell)) is not None
    ]
    if found and found[-1][1] == 0:  # Excel shows 24:00 as 00:00.
        found[-1] = (found[-1][0], MINUTES_PER_DAY)
    return found


def _regular(found: list[tuple[int, int]]) -> bool:
    """Whether clock columns fill the day in equal steps."""
    step = MINUTES_PER_DAY // len(found)
    first = found[0][1]
    return first in {0, step} and [minutes for _, minutes in found] == [first + i * step for i in range(len(found))]


def is_wide(header: Cells) -> bool:
    """Whether a line is the header of a table with one row a day."""
    found = _clock_columns(header)
    return len(found) in POINTS_OF_A_DAY and _regular(found)


def _clock_header(cell: Any) -> int | None:
    """Minutes after midnight of a column's label; a bare number is one only as text or hour."""
    return clock_minutes(int(cell)) if isinstance(cell, str) and cell.isdigit() else clock_minutes(cell)


def wide_cells(sheet: Sheet, column: str, points: list[tuple[int, int]]) -> tuple[list[TableCell], list[Stamp | None]]:
    """Cells of a table with one row a day, row by row, with the label of each."""
    first = points[0][0]
    words = sorted({str(row[i]).strip() for row in sheet.rows for i in range(first) if _is_word(row[i])})
    if words and column not in words:
        raise InputError.one(
            sheet.name, found=f"rows for {', '.join(words)}", expected=f"rows for {column!r}", remedy="name one of them"
        )
    cells: list[TableCell] = []
    stamps: list[Stamp | None] = []
    for row, line in zip(sheet.rows, sheet.lines, strict=True):
        if words and column not in {str(row[i]).strip() for i in range(first)}:
            continue
        day = next((stamp for i in range(first) if (stamp := stamp_of(row[i])) is not None), None)
        for i, minutes in points:
            cells.append(TableCell(value=row[i], line=line, column=str(sheet.header[i])))
            stamps.append(None if day is None else Stamp(day.minutes + minutes, says_24=minutes == MINUTES_PER_DAY))
    return cells, stamps


def labels_of(sheet: Sheet, layout: Layout, value_at: int) -> list[Stamp | None]:
    """The label of each row, from one time column or from a date and a clock column."""
    names = ["" if cell is None else str(cell).strip() for cell in sheet.header]
    lower = [name.casefold() for name in names]
    if layout.time:
        at = sheet.column(layout.time)
    else:
        day = next((i for i, name in enumerate(lower) if name in DATE_NAMES), None)
        clock = next((i for i, name in enumerate(lower) if name in CLOCK_NAMES and i not in {day, value_at}), None)
        if day is not None and clock is not None:
            return [_joined(row[day], row[clock]) for row in sheet.rows]
        named = next((i for i, name in enumerate(lower) if name in TIME_NAMES), day)
        at = _only_time_column(sheet) if named is None else named
    if at < 0:
        raise InputError.one(
            sheet.name,
            found=f"columns {', '.join(repr(name) for name in names if name)}, none of which is a time",
            expected="a time column, such as time or 时间",
            remedy="name the time column, or say that the table is a year profile",
        )
    return [stamp_of(row[at]) for row in sheet.rows]


def _only_time_column(sheet: Sheet) -> int:
    """The one column whose first cell is a time; -1 where there is none or a choice."""
    first = sheet.rows[0] if sheet.rows else ()
    found = [i for i, cell in enumerate(first[: len(sheet.header)]) if stamp_of(cell) is not None]
    return found[0] if len(found) == 1 else -1


def _joined(day: Any, clock: Any) -> Stamp | None:
    """A label from a date and a time of day; a clock column may also hold the whole label."""
    start = stamp_of(day)
    text = int(clock) if isinstance(clock, str) and clock.isdigit() else clock
    minutes = None if says_nothing(clock) else clock_minutes(text)
    if minutes is None or start is None:
        return None if start is None else stamp_of(clock)
    return Stamp(start.minutes + minutes, says_24=minutes == MINUTES_PER_DAY)


def _note_unreadable(stamps: list[Stamp | None], cells: list[TableCell], findings: Findings) -> None:
    """Note rows whose time cannot be read."""
    for stamp, cell in zip(stamps, cells, strict=True):
        if stamp is None:
            findings.add(
                cell.line,
                "time",
                kind="unreadable time",
                found="a time that cannot be read",
                expected="such as 2026-01-31 23:45, 2026/1/31 24:00 or 2026-01-31T23:45+08:00",
                remedy="write the year first; day-month order is never guessed",
            )


def _wanted(rows: Timed, axis: TimeAxis, layout: Layout, name: str) -> Timed:
    """The rows inside the axis; all of them where another year may stand for it."""
    start, end = (round(instant.timestamp() / 60) for instant in (axis.start, axis.end))
    inside = (rows.starts + rows.step_minutes > start) & (rows.starts < end)
    if inside.any():
        return replace(rows, starts=rows.starts[inside], rows=rows.rows[inside])
    if layout.any_year:
        return rows
    first, last = (np.datetime64(int(minutes), "m") for minutes in (rows.starts[0], rows.starts[-1]))
    raise InputError.one(
        name,
        found=f"rows from {first}Z to {last}Z",
        expected=f"rows from {axis.start:%Y-%m-%dT%H:%M}Z to {axis.end:%Y-%m-%dT%H:%M}Z",
        remedy="bring the year that is planned, or say any_year: true to let this one stand for it",
    )


def _onto(series: Series, axis: TimeAxis, zone: ZoneInfo, layout: Layout) -> Series:
    """The series on the axis, of the same year or, where that is allowed, of another."""
    return onto_year(series, axis, zone) if layout.any_year else bring_onto(series, axis)


def _profile(values: NDArray[np.float64], name: str, *, unit: str, wanted_unit: str, axis: TimeAxis) -> Series:
    """Rows without times as the periods of the axis, in order."""
    step = axis.hours * 60 / len(values)
    if step != round(step) or MINUTES_PER_DAY % round(step):
        leap = axis.hours - 24 in {len(values), len(values) / 2, len(values) / 4}
        raise InputError.one(
            name,
            found=f"{len(values)} rows",
            expected=f"{axis.hours:g} rows (or a half-hourly or quarter-hourly multiple) for this year",
            remedy="the year has a 29 February: add its rows, or plan for a year of 365 days"
            if leap
            else "give one row for each hour, half hour or quarter of the year, or a time column",
        )
    factor = conversion(unit, wanted_unit, step_hours=step / 60, where=name)
    own = TimeAxis(axis.start, round(step), len(values))
    series = Series(
        axis=own,
        values=values * factor.factor + factor.shift,
        unit=wanted_unit,
        source=f"{name}, a year profile without dates",
    )
    return bring_onto(series, axis)


def _numbers(cells: list[TableCell], sheet: Sheet, unit: str, findings: Findings) -> NDArray[np.float64]:
    """The cells as numbers; what is none is noted and stays missing."""
    comma = sheet.delimiter == ";" and _commas_are_decimal(cells, sheet.name)
    values = np.full(len(cells), np.nan)
    for i, cell in enumerate(cells):
        number = number_in(cell.value, comma=comma)
        fault = _fault(cell.value, number, unit)
        if fault is None and number is not None:
            values[i] = number
        elif fault is not None:
            kind, found, expected, remedy = fault
            findings.add(cell.line, cell.column, kind=kind, found=found, expected=expected, remedy=remedy)
    return values


def _fault(cell: Any, number: float | None, unit: str) -> tuple[str, str, str, str] | None:
    """What is wrong with a cell, as kind, found, expected and remedy; None where nothing is."""
    never_filled = "fill in the reading, or leave the time out of the planned stretch; a gap is never filled here"
    if number is None and says_nothing(cell):
        return "empty", "an empty cell", f"a number in {unit}", never_filled
    if number is None:
        return "", repr(cell), f"a number in {unit}", "write a plain number"
    if number in CODES_FOR_MISSING:
        return f"code {number:g}", f"{number:g}, a code for missing", f"a number in {unit}", never_filled
    if unit in {"1", "p.u."} and abs(number) > SHARE_MAX:
        return "share", f"{number:g}", "a share from 0 to 1", "name the unit %"
    if unit in {"°C", "℃"} and not TEMPERATURE_MIN_C <= number <= TEMPERATURE_MAX_C:
        return "", f"{number:g} °C", f"{TEMPERATURE_MIN_C:g} to {TEMPERATURE_MAX_C:g} °C", "correct the reading"
    return None


def number_in(cell: Any, *, comma: bool) -> float | None:
    """A cell as a finite number; None where it is none."""
    if isinstance(cell, bool):
        return None
    if isinstance(cell, int | float):
        return float(cell) if math.isfinite(cell) else None
    text = str(cell).strip()
    if comma and "." in text and not _DECIMAL_COMMA.match(text):
        return None  # A decimal point among decimal commas.
    if comma:
        text = text.replace(".", "").replace(",", ".")
    elif _THOUSANDS.match(text):
        text = text.replace(",", "")
    return float(text) if _NUMBER.match(text) else None


def _commas_are_decimal(cells: list[TableCell], name: str) -> bool:
    """Whether 1,5 means one and a half; refused where 1,234 alone leaves it open."""
    written = [str(cell.value) for cell in cells if _DECIMAL_COMMA.match(str(cell.value).strip())]
    if not written:
        return False
    if all(re.match(r"^[+-]?\d{1,3},\d{3}$", text) for text in written):
        raise InputError.one(
            name, found=f"{written[0]}", expected="a number that can be read in one way only", remedy="write a point"
        )
    return True


def _check_width(sheet: Sheet, findings: Findings) -> None:
    """Note rows with more cells than the header."""
    for row, line in zip(sheet.rows, sheet.lines, strict=True):
        if any(not says_nothing(cell) for cell in row[len(sheet.header) :]):
            findings.add(
                line,
                "",
                kind="wide",
                found=f"{len(row)} cells",
                expected=f"{len(sheet.header)}, as in the header",
                remedy="quote numbers that hold the delimiter",
            )


def says_nothing(cell: Any) -> bool:
    """Whether a cell says nothing."""
    return cell is None or str(cell).strip().casefold() in MISSING


def _is_word(cell: Any) -> bool:
    """Whether a cell is a name rather than a date or a number."""
    return not says_nothing(cell) and stamp_of(cell) is None and number_in(cell, comma=False) is None
