"""What do people in a control room see and say? Alarms, proposals, notes of the shift, grid events: rows with an id.

A row never changes in place: whoever changes one writes it anew, and a record of the journal carries it whole.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, ClassVar, Self

from wattloom.domain.text import Text

ROWS_KEPT = 200
"""Rows of a table that are over and still at hand; the journal has all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Something that a person must know of."""

    TABLE: ClassVar[str] = "alarms"
    id: str
    kind: str
    """One of `alarms.KINDS`."""
    subject: str
    """Site, region, or part of the room."""
    severity: int
    """1 to 3: look at it, act soon, act now."""
    text: tuple[str, str]
    """English and Chinese."""
    raised_s: float
    over_s: float | None = None
    """Since when its cause is gone; None: it stands."""
    acknowledged_s: float | None = None
    acknowledged_by: str = ""
    cleared_s: float | None = None
    cleared_by: str = ""
    note: str = ""

    @property
    def ended(self) -> bool:
        """Whether nobody has to look at it any more."""
        return self.cleared_s is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A set-point or an event that waits for a person's word."""

    TABLE: ClassVar[str] = "proposals"
    id: str
    kind: str
    """`set_point` or `event`."""
    subject: str
    """Site or region."""
    at_s: float
    expires_s: float
    text: tuple[str, str]
    state: str = "waiting"
    """`waiting`, `approved`, `rejected`, `expired`."""
    figures: Mapping[str, float] = field(default_factory=dict)
    """What it is about, unit last."""
    setpoints_mw: tuple[float, ...] = ()
    asked: Mapping[str, Any] = field(default_factory=dict)
    """Of an event: as it was asked."""
    by: str = ""
    via: str = ""
    reason: str = ""
    decided_s: float | None = None

    @property
    def ended(self) -> bool:
        """Whether it was decided."""
        return self.state != "waiting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A line of the shift log."""

    TABLE: ClassVar[str] = "log"
    id: str
    at_s: float
    by: str
    text: tuple[str, str]
    about: str = ""
    """Id of the alarm, proposal or event that it is about; empty: a person's own words."""

    @property
    def ended(self) -> bool:
        """A note is over as it is written: the oldest give way."""
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class GridEvent:
    """A call for less power from a region's sites, or an offer to answer one."""

    TABLE: ClassVar[str] = "events"
    id: str
    region: str
    state: str
    """`offered`, `waiting`, `ready`, `running`, `done`, `refused`."""
    down_mw: float
    start_s: float
    end_s: float
    baseline_mw: float | None = None
    """Draw before it began, as its start found it."""
    sites: tuple[int, ...] = ()
    delivered_wh: int = 0
    """Less than the baseline, so far."""
    asked_wh: int = 0
    price_cny_per_mwh: float | None = None
    by: str = ""
    proposal: str = ""
    terms: Mapping[str, Any] = field(default_factory=dict)
    course: tuple[tuple[float, float, float], ...] = ()
    """Instant, draw MW and baseline MW, up to some hundred points."""

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        return self.state in {"done", "refused"}


Row = Alarm | Proposal | Note | GridEvent
KINDS: Mapping[str, type[Row]] = {kind.TABLE: kind for kind in (Alarm, Proposal, Note, GridEvent)}
Tables = Mapping[str, Mapping[str, Row]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Rows as they are from now on; a record of the journal."""

    KIND: ClassVar[str] = "rows"
    rows: tuple[Row, ...]

    def packed(self) -> bytes:
        """As bytes."""
        return json.dumps([[row.TABLE, asdict(row)] for row in self.rows], ensure_ascii=False).encode()

    @classmethod
    def unpacked(cls, content: bytes) -> Self:
        """From bytes."""
        return cls(rows=tuple(row_of(table, told) for table, told in json.loads(content)))


def row_of(table: str, told: Mapping[str, Any]) -> Row:
    """A row from what JSON kept of it."""
    kind = KINDS[table]
    tuples = {name: tuple(value) for name, value in told.items() if isinstance(value, list)}
    if "course" in tuples:
        tuples["course"] = tuple(tuple(point) for point in tuples["course"])
    return kind(**{**told, **tuples})


def no_rows() -> dict[str, dict[str, Row]]:
    """Tables with nothing in them."""
    return {table: {} for table in KINDS}


def with_rows(tables: Tables, rows: tuple[Row, ...]) -> Tables:
    """The tables after rows were written; of those that are over only the last stay at hand."""
    found = {table: dict(of) for table, of in tables.items()}
    for row in rows:
        found[row.TABLE].pop(row.id, None)
        found[row.TABLE][row.id] = row
    for table in {row.TABLE for row in rows}:
        over = [name for name, row in found[table].items() if row.ended]
        for name in over[:-ROWS_KEPT]:
            del found[table][name]
    return found


def said(at_s: float, by: str, text: Text, *, about: str, number: int) -> Note:
    """A note of what somebody did."""
    return Note(id=f"n{number}", at_s=at_s, by=by, text=(text.en, text.zh), about=about)


def changed(row: Row, **to: Any) -> Any:
    """A row with some of it new."""
    return replace(row, **to)
