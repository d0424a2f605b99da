"""Which period does each row speak of? Labels of another century, off the grid, twice, out of order, or absent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import InputError
from wattloom.domain.text import Text
from wattloom.domain.time import TimeAxis
from wattloom.intake.cleaning.record import Edit, Record

if TYPE_CHECKING:
    from numpy.typing import NDArray

LAST_YEAR = 2200
"""Stamps after it are of no measurement."""
CENTURY_YEARS = 1900
"""Years since 1900 taken for years, and written with 1900 added once more: 3912 for 2012."""
PERIODS_MAX = 10_000_000
"""An axis longer than this (285 years of quarter-hours) comes from a broken label, not from a station."""
NOTHING = np.empty(0)


@dataclass(frozen=True, slots=True)
class Placed:
    """Rows of the record on a whole axis."""

    axis: TimeAxis
    rows: NDArray[np.int64]
    """Row of the record for each period; −1 where there is none."""
    edits: tuple[Edit, ...]


def place(record: Record) -> Placed:
    """The record's rows on the shortest whole axis, every change told.

    Raises:
        InputError: no rows, or labels so far apart that they cannot be of one record.
    """
    if not record.stamps_s.size:
        raise InputError.one(record.name, found="no rows", expected="at least one", remedy="bring the station's file")
    step_s = record.step_minutes * 60
    stamps, edits = _of_this_century(record)
    grid = np.round(stamps / step_s).astype(np.int64)
    off = grid * step_s != stamps
    if off.any():
        far, step = np.abs(grid * step_s - stamps).max() / 60, record.step_minutes
        edits.append(_told("off the grid", off, stamps, Text(f"labels up to {far:.1f} min off the {step}-minute grid",
                                                             f"时间标签偏离 {step} 分钟网格，最多 {far:.1f} 分钟"),
                           Text("moved to the nearest period", "移到最近的时段")))  # fmt: skip
    if (np.diff(grid) < 0).any():
        back = np.concatenate([[False], np.diff(grid) < 0])
        edits.append(_told("out of order", back, stamps, Text("labels that go back", "时间标签倒退"),
                           Text("sorted", "已按时间排序")))  # fmt: skip
    order = np.argsort(grid, kind="stable")
    again = np.concatenate([[False], np.diff(grid[order]) == 0])
    if again.any():
        edits.append(_told("twice", np.isin(np.arange(len(grid)), order[again]), stamps,
                           Text("periods with more than one row", "同一时段有多行"),
                           Text("the first row was kept", "保留第一行")))  # fmt: skip
    kept = order[~again]
    first, count = int(grid[kept[0]]), int(grid[kept[-1]] - grid[kept[0]] + 1)
    if count > PERIODS_MAX:
        raise InputError.one(
            f"record {record.name}",
            found=f"labels from {_instant(first * step_s)} to {_instant(int(grid[kept[-1]]) * step_s)}",
            expected=f"at most {PERIODS_MAX:,} periods of {record.step_minutes} minutes",
            remedy="correct the label that is furthest from the others, or the step",
        )
    rows = np.full(count, -1, dtype=np.int64)
    rows[grid[kept] - first] = kept
    axis = TimeAxis(datetime.fromtimestamp(first * step_s, UTC), record.step_minutes, count)
    absent = rows < 0
    if absent.any():
        starts = (first + np.arange(count)) * step_s
        edits.append(_told("absent", absent, starts, Text("periods without a row", "没有数据行的时段"),
                           Text("left as gaps", "留空")))  # fmt: skip
    return Placed(axis, rows, tuple(edits))


def _of_this_century(record: Record) -> tuple[NDArray[np.int64], list[Edit]]:
    """Labels brought back where a program added 1900 years twice."""
    late = record.stamps_s > int(datetime(LAST_YEAR, 1, 1, tzinfo=UTC).timestamp())
    if not late.any():
        return np.array(record.stamps_s), []
    stamps = np.array(record.stamps_s)
    stamps[late] = [_earlier(int(second)) for second in stamps[late]]
    edit = _told("another century", late, record.stamps_s,
                 Text(f"labels after the year {LAST_YEAR}", f"时间标签晚于 {LAST_YEAR} 年"),
                 Text(f"taken {CENTURY_YEARS} years earlier", f"提前 {CENTURY_YEARS} 年"))  # fmt: skip
    return stamps, [edit]


def _earlier(second: int) -> int:
    """The same month, day and clock 1,900 years before; refused where there is no such day."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
    try:
        return int(moment.replace(year=moment.year - CENTURY_YEARS).timestamp())
    except ValueError:
        raise InputError.one(
            "time labels",
            found=moment.isoformat(),
            expected=f"a day that exists {CENTURY_YEARS} years earlier",
            remedy="correct the label in the file",
        ) from None


def _told(kind: str, flags: NDArray[np.bool_], stamps_s: NDArray[np.int64], found: Text, done: Text) -> Edit:
    """An edit of labels; the record itself still has them."""
    rows = np.flatnonzero(flags)
    return Edit(kind=kind, column="", rows=rows, before=NOTHING, first_s=int(stamps_s[rows].min()),
                last_s=int(stamps_s[rows].max()), found=found, done=done)  # fmt: skip


def _instant(second: int) -> str:
    """An instant for a message."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=second)).isoformat()
