"""Which rows of this trace cannot be used, and why? Every kind of fault with its count, its first rows and its column.

Two sorts are kept apart. A *fault* is an error of the file: read strictly, all of them are raised at once; read
leniently, the rows are dropped and told. What is *left out* is no error but not wanted here: outside the period, never
started, without a GPU. Rows read = rows kept + rows dropped, always.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from wattloom.domain.errors import InputError, Problem
from wattloom.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

ROWS_SHOWN_MAX = 20
"""Rows of a kind that are told one by one; the rest is counted."""
CELL_SHOWN_MAX = 60
"""Characters of a cell that are shown."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of fault: why the row cannot be used, and what would have been right."""

    why: Text
    expected: str


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "cells": Kind(Text("not as many cells as the header has", "单元格数与表头不符"), "as many cells as the header"),
        "encoding": Kind(Text("characters that are not UTF-8", "含非 UTF-8 字符"), "text in UTF-8"),
        "missing": Kind(Text("no value", "缺少数值"), "a value"),
        "number": Kind(Text("no number", "不是数字"), "a number"),
        "time": Kind(Text("no readable time", "时间无法识别"), "a time such as 2026-03-01T08:00:00"),
        "clock": Kind(
            Text("a time of day that this day skips", "当日不存在的时刻（夏令时跳过）"), "a time that exists"
        ),
        "length": Kind(Text("no readable length of time", "时长无法识别"), "[days-]hours:minutes:seconds"),
        "duration": Kind(Text("a duration that is not above zero", "时长不大于零"), "a duration above 0"),
        "span": Kind(Text("ends before it starts", "结束早于开始"), "an end after the start"),
        "early": Kind(Text("starts before it was submitted", "开始早于提交"), "a start at or after the submission"),
        "backwards": Kind(
            Text("time goes backwards in a file that is in order of time", "按时间排序的文件中时间倒退"),
            "a time at or after that of the rows before, and not after that of the rows behind",
        ),
        "gpus": Kind(Text("GPUs that are not above zero", "GPU 数不大于零"), "GPUs above 0"),
        "duplicate": Kind(Text("an id that stands before", "编号重复"), "one row for each id"),
        "overlap": Kind(
            Text("an id whose earlier job still ran", "同一编号的前一作业尚在运行"), "an id that is free when it starts"
        ),
        "repeated": Kind(Text("a second row for the same time", "同一时刻重复的记录"), "one row for each time"),
        "falling": Kind(Text("falls where it should rise", "应递增处出现下降"), "a value above that of the row before"),
        "id": Kind(Text("no usable id", "编号不可用"), "an id of 1 to 320 characters"),
        "class": Kind(Text("a label that is given no class", "标签未对应任何类别"), "a label that the promise maps"),
        "tenant": Kind(Text("a tenant that is given no home", "租户未指定所在站点"), "a tenant with a stated home"),
        "state": Kind(Text("a state that is not documented", "状态未见于文档"), "a documented state"),
        "negative": Kind(Text("a number below zero", "数值小于零"), "a number at or above 0"),
        "grid": Kind(Text("a time off the trace's regular step", "时间不在固定步长上"), "a multiple of the step"),
        "range": Kind(Text("a number that cannot be", "数值超出可能范围"), "a number in its range"),
        "object": Kind(Text("not of the documented shape", "结构与文档不符"), "an object as documented"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """All rows of a file that share a reason and a column."""

    kind: str
    """Key of `KINDS`; empty for what is left out without being wrong."""
    why: Text
    column: str
    count: int
    rows: tuple[int, ...]
    """Places in the file of the first ones, at most `ROWS_SHOWN_MAX`."""
    found: tuple[str, ...]
    """What stands there."""
    place: str
    """What the numbers count: "line", "row" or "item"."""

    @property
    def is_error(self) -> bool:
        """Whether reading strictly refuses it."""
        return bool(self.kind)

    def words(self) -> Text:
        """A sentence with count, reason, first place and what stands there."""
        column = Text(f", column {self.column}", f"，列 {self.column}") if self.column else Text("", "")
        quoted = Text(f": {self.found[0]}", f"：{self.found[0]}") if self.found and self.found[0] else Text("", "")
        sort = Text("dropped", "剔除") if self.is_error else Text("left out", "未采用")
        name = Text(self.place, PLACES_ZH[self.place])
        return Text(
            "{sort}: {count:,} × {why}; first at {place} {first}{column}{quoted}",
            "{sort}：{count:,} 条，{why}；首见于{place} {first}{column}{quoted}",
        ).filled(
            sort=sort, count=self.count, why=self.why, place=name, first=self.rows[0], column=column, quoted=quoted
        )


PLACES_ZH = {"line": "行号", "row": "记录", "item": "条目"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """What became of every row of a file."""

    name: str
    rows_read: int
    rows_kept: int
    faults: tuple[Fault, ...]
    """Errors, by kind and column; a row with two of them stands in both."""
    left_out: tuple[Fault, ...]
    """No errors; each row stands in one only."""

    @property
    def rows_faulty(self) -> int:
        """Rows dropped for at least one fault."""
        return self.rows_read - self.rows_kept - sum(fault.count for fault in self.left_out)

    def words(self) -> tuple[Text, ...]:
        """One sentence for the file, then one for each kind of fault and each reason."""
        first = Text(
            f"{self.name}: {self.rows_read:,} rows read, {self.rows_kept:,} kept, "
            f"{self.rows_read - self.rows_kept:,} not",
            f"{self.name}：读入 {self.rows_read:,} 条，采用 {self.rows_kept:,} 条，"
            f"未采用 {self.rows_read - self.rows_kept:,} 条",
        )
        return (first, *(fault.words() for fault in (*self.faults, *self.left_out)))


@dataclass(slots=True)
class Faults:
    """Collects what is wrong with the rows of one file."""

    name: str
    """The file, as its reader knows it."""
    numbers: NDArray[np.int64]
    """Place of each row in the file, from 1."""
    place: str = "line"
    bad: NDArray[np.bool_] = field(init=False)
    """Rows with at least one fault."""
    left: NDArray[np.bool_] = field(init=False)
    """Rows left out without being wrong."""
    lost: int = 0
    """Rows that could not even be split into cells."""
    items: list[Fault] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin without any."""
        self.bad = np.zeros(self.numbers.size, dtype=np.bool_)
        self.left = np.zeros(self.numbers.size, dtype=np.bool_)

    @property
    def kept(self) -> NDArray[np.bool_]:
        """Rows that are neither wrong nor left out."""
        return ~(self.bad | self.left)

    def note(self, wrong: NDArray[np.bool_], kind: str, *, column: str, cells: Any) -> None:
        """Note a fault of some rows; those already left out are no fault. `cells` are shown as they stand."""
        at = np.flatnonzero(wrong & ~self.left)
        if at.size:
            self.items.append(self._fault(at, kind=kind, why=KINDS[kind].why, column=column, cells=cells))
            self.bad[at] = True

    def leave_out(self, rows: NDArray[np.bool_], why: Text, *, column: str = "", cells: Any = None) -> None:
        """Leave rows out that are not wrong; each row for its first reason only."""
        at = np.flatnonzero(rows & self.kept)
        if at.size:
            self.items.append(self._fault(at, kind="", why=why, column=column, cells=cells))
            self.left[at] = True

    def lose(self, kind: str, *, rows: Sequence[int], found: Sequence[str]) -> None:
        """Note rows that never became rows of the table."""
        if rows:
            self.lost += len(rows)
            self.items.append(
                Fault(
                    kind=kind,
                    why=KINDS[kind].why,
                    column="",
                    count=len(rows),
                    rows=tuple(rows[:ROWS_SHOWN_MAX]),
                    found=tuple(_shown(text) for text in found[:ROWS_SHOWN_MAX]),
                    place=self.place,
                )
            )

    def problems(self) -> tuple[Problem, ...]:
        """Every fault in four parts: the first rows of each kind and column, and how many more."""
        return tuple(problem for fault in self.items if fault.is_error for problem in self._problems_of(fault))

    def dropped(self, *, lenient: bool) -> Dropped:
        """The account of all rows; strictly, raise every fault instead."""
        problems = self.problems()
        if problems and not lenient:
            raise InputError(problems)
        return Dropped(
            name=self.name,
            rows_read=self.numbers.size + self.lost,
            rows_kept=int(self.kept.sum()),
            faults=tuple(fault for fault in self.items if fault.is_error),
            left_out=tuple(fault for fault in self.items if not fault.is_error),
        )

    def _fault(self, at: NDArray[np.int64], *, kind: str, why: Text, column: str, cells: Any) -> Fault:
        """A fault of the rows at some places of the table."""
        first = at[:ROWS_SHOWN_MAX]
        return Fault(
            kind=kind,
            why=why,
            column=column,
            count=int(at.size),
            rows=tuple(int(self.numbers[i]) for i in first),
            found=() if cells is None else tuple(_shown(cells[int(i)]) for i in first),
            place=self.place,
        )

    def _problems_of(self, fault: Fault) -> list[Problem]:
        """A problem for each row that is shown, and one for the rest."""
        column = f" {fault.column}" if fault.column else ""
        expected = KINDS[fault.kind].expected
        remedy = "correct it, or read leniently: the row is then dropped and counted"
        shown = [
            Problem(
                where=f"{self.name}: {fault.place} {number}{column}",
                found=f"{fault.why.en} ({found or 'empty'})",
                expected=expected,
                remedy=remedy,
                line=number,
            )
            for number, found in zip(fault.rows, fault.found or ("",) * len(fault.rows), strict=True)
        ]
        more = fault.count - len(fault.rows)
        if more:
            where = f"{self.name}: after {fault.place} {fault.rows[-1]}{column}"
            found = f"{more:,} more × {fault.why.en}"
            shown.append(
                Problem(where=where, found=found, expected=expected, remedy=remedy, line=fault.rows[-1]),
            )
        return shown


def _shown(cell: Any) -> str:
    """A cell as it is shown: short, on one line."""
    text = f"{cell:g}" if isinstance(cell, float) else str(cell)
    text = " ".join(text.split())
    return text if len(text) <= CELL_SHOWN_MAX else text[: CELL_SHOWN_MAX - 1] + "…"
