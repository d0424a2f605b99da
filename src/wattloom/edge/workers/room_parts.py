"""What does a control room stand on? Its field and feeds, settings, who waits for it, and its journal read back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from wattloom.app.control_room.alarms import KINDS
from wattloom.app.control_room.rows import Alarm
from wattloom.app.control_room.state import Answers, RoomSnapshot, RoomState
from wattloom.app.control_room.steps import Record, Steps, record_of
from wattloom.domain.errors import InputError, Unavailable
from wattloom.domain.text import Text
from wattloom.edge.workers.room_watch import Clocks

if TYPE_CHECKING:
    from wattloom.app.control_room.points import Batch
    from wattloom.app.control_room.steps import Orders
    from wattloom.domain.live import Update
    from wattloom.domain.ports import Journal


class Field(Protocol):
    """The sites, or a twin of them."""

    simulated: bool

    def resume(self, state: RoomState) -> None:
        """Take up where the room's journal ended."""

    def advance(self, at_s: float) -> tuple[Batch | None, Answers | None]:
        """What the sites told since, where they are asked and do not send by themselves."""

    def take(self, orders: Orders) -> None:
        """Bring commands to the sites; one that was brought before may come again."""

    def asked(self) -> Mapping[str, Any] | None:
        """What the grid asks for since, as an event is asked; None: nothing."""


class Feed(Protocol):
    """Something that offers telemetry by itself."""

    def start(self) -> None:
        """Begin."""

    def stop(self) -> None:
        """End."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomSettings:
    """How a room runs."""

    folder: Path
    """Of its journal and its book."""
    speed: float = 1.0
    """Seconds of the plant for each of the wall's."""
    tick_s: float = 1.0
    """Of the wall, from tick to tick."""
    snapshot_ticks: int = 100
    """Ticks a restart reads back at most."""
    again_s: float = 10.0
    """After so long a command without an answer is sent again."""
    mirror: bool = False
    """True where the room only looks on: it commands nobody, and nobody can make it."""
    clocks: Clocks = field(default_factory=Clocks)


class Waiter:
    """Somebody who waits until what they brought is durable."""

    def __init__(self, work: Callable[[RoomState], tuple[Sequence[Record], Any]] | Sequence[Update]) -> None:
        """Updates, or work on the state that gives records and an answer."""
        self.work = work
        self._done = threading.Event()
        self._answer: Any = None
        self._error: Exception | None = None

    def end(self, answer: Any = None, error: Exception | None = None) -> None:
        """It is durable, or it is not."""
        self._answer, self._error = answer, error
        self._done.set()

    def result(self, timeout_s: float) -> Any:
        """The answer; `Unavailable` where it takes too long."""
        if not self._done.wait(timeout_s):
            raise Unavailable("the record of it was not written in time; nothing is promised", after_s=2.0)
        if self._error is not None:
            raise self._error
        return self._answer


def rebuilt(steps: Steps, journal: Journal) -> RoomState | None:
    """The state that a journal tells: its last snapshot, and what was written after it; None: it is empty."""
    entry = journal.last(RoomSnapshot.KIND)
    if entry is None:
        return None
    state = RoomSnapshot.unpacked(entry.body).state
    layout = steps.inputs.layout
    if state.told_by.size != len(layout.sites) or state.measured.raw.size != steps.points.count:
        raise InputError.one(
            "journal of the room",
            found=f"the state of {state.told_by.size} sites",
            expected=f"that of the {len(layout.sites)} sites of the plan",
            remedy="start with the plan that the journal was begun with, or begin in another folder",
        )
    for later in journal.read(after=entry.sequence):
        state = steps.applied(state, record_of(later))
    return state


def degraded_of(state: RoomState) -> list[Text]:
    """Why a room does less than everything: alarms of its surroundings, and sites that it cannot trust."""
    standing = [
        row
        for row in state.tables["alarms"].values()
        if isinstance(row, Alarm) and not row.ended and row.over_s is None
    ]
    found = []
    for kind, (_, name) in KINDS.items():
        of_kind = [row for row in standing if row.kind == kind]
        if kind in {"site_lies", "site_stale"} and of_kind:
            more = f" +{len(of_kind) - SITES_NAMED}" if len(of_kind) > SITES_NAMED else ""
            shown = ", ".join(row.subject for row in of_kind[:SITES_NAMED]) + more
            found.append(Text(f"{name.en}: {shown}", f"{name.zh}：{shown}"))
        else:
            found += [Text(f"{name.en}: {row.text[0]}", f"{name.zh}：{row.text[1]}") for row in of_kind]
    return found


SITES_NAMED = 3
"""Sites that a frame names; the page of alarms has all."""
ANSWERS_LOOKED_AT = 20


def answered_ms(state: RoomState, answers: Answers) -> list[float]:
    """How long some sites took from a command to its being carried out, in the plant's time, milliseconds."""
    waiting = state.live.outstanding
    places = zip(waiting.tick.tolist(), waiting.site.tolist(), strict=True)
    sent = dict(zip(places, waiting.at_s.tolist(), strict=True))
    few = slice(ANSWERS_LOOKED_AT)
    told = zip(answers.tick[few].tolist(), answers.site[few].tolist(), answers.at_s[few].tolist(), strict=True)
    return [1e3 * (at_s - sent[tick, site]) for tick, site, at_s in told if (tick, site) in sent]


def rows_of(page: dict[str, Any], query: Mapping[str, Any]) -> dict[str, Any]:
    """Some rows of a page: `limit` of them from `cursor` on, of a territory and a state where these are named."""
    items = page["items"]
    for asked, key in (("territory", "province"), ("state", "state")):
        if query.get(asked):
            items = [row for row in items if row[key] == query[asked]]
    first, limit = _whole("cursor", query, 0), _whole("limit", query, len(items))
    last = first + limit
    return {**page, "items": items[first:last], "next": str(last) if last < len(items) else None, "count": len(items)}


def _whole(name: str, query: Mapping[str, Any], otherwise: int) -> int:
    """A whole number of a query; `InputError` where it is none."""
    told = str(query.get(name) or "")
    if not told:
        return otherwise
    if not (told.isascii() and told.isdecimal() and len(told) <= DIGITS_MAX):
        raise InputError.one(f"query.{name}", found=told[:40], expected="a whole number from 0",
                             remedy="take it from `next` of the page before, or leave it out")  # fmt: skip
    return int(told)


DIGITS_MAX = 9
"""Of a row's number."""


def median_ms(values: Sequence[float]) -> float | None:
    """The middle one, milliseconds; None where there is none."""
    return round(float(np.median(values)), 2) if values else None
