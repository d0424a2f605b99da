"""What changes as news arrives, and what are the sites told? A pure step: (state, events) → (state, commands).

    room = Room(layout)
    state = opened(room, journal, first=room.begin(tick, at_s=now_s, series=series))
    stepped = room.step(state, [readings, Look(at_s=now_s)])
    journal.append(entries(stepped.records))          # durable first,
    send(stepped.commands)                            # then told

The same state and events give the same bytes, so a step can be repeated anywhere. A step reads no clock, no file and no
socket; who hosts it does (`edge/workers/live.py`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from wattloom.app.live_gathering import Gathering
from wattloom.app.live_numbers import Freshness, Numbers
from wattloom.app.live_records import Actuations, Decision, Measured, Readings, Record, Refusal, Snapshot, record_of
from wattloom.app.live_state import LiveState, beginning, commands_of, setpoints_of
from wattloom.dispatch.matching import Layout, Matcher, Tick
from wattloom.domain.errors import InputError, SolveError

if TYPE_CHECKING:
    from wattloom.domain.live import SiteCommand, Update
    from wattloom.domain.ports import Journal

AROUND = (
    "supply_mw",
    "shortfall_mw",
    "forward_mw",
    "backward_mw",
    "corridor_it_mw",
    "prices_cny_per_mwh",
)
"""What of an answer is not the sites'."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Decide now: a second has passed, or something came."""

    at_s: float
    """Seconds since 1970-01-01 UTC."""


Event = Readings | Actuations | Measured | Look


@dataclass(frozen=True, slots=True, kw_only=True)
class Stepped:
    """What came of a step."""

    state: LiveState
    commands: Sequence[SiteCommand]
    """To be sent once the records are durable, not before."""
    records: Sequence[Record]


class Room:
    """Where steps are made: names and memory of a layout; nothing that a step depends on stays in it."""

    def __init__(self, layout: Layout, *, freshness: Freshness | None = None, deadband_mw: float = 0.0) -> None:
        """Set out the memory. A site is told anew where one of its set-points moved by more than the deadband."""
        self.numbers = Numbers(layout, freshness)
        self.deadband_mw = deadband_mw
        self._matcher = Matcher(layout)
        self._cold = self._matcher.state()

    def begin(self, tick: Tick, *, at_s: float, series: str) -> LiveState:
        """The state before the first step; `series` must differ from that of every journal before."""
        return beginning(self.numbers, tick, at_s=at_s, series=series)

    def readings(
        self, state: LiveState, updates: Iterable[Update], *, now_s: float
    ) -> tuple[Readings | None, list[InputError]]:
        """A batch judged one by one: what can be believed, the later of a number in place of the earlier; refusals."""
        gathering, refused = Gathering(self.numbers, state.known_s, state.heard), []
        for update in updates:
            try:
                gathering.offer(update, now_s=now_s)
            except InputError as error:
                refused.append(error)
        return gathering.taken(now_s=now_s), refused

    def step(self, state: LiveState, events: Iterable[Event]) -> Stepped:
        """The state after the events, in their order, with the commands and records of it."""
        records: list[Record] = []
        commands: list[SiteCommand] = []
        for event in events:
            record = self._decided(state, event) if isinstance(event, Look) else event
            state = record.applied(state)
            records.append(record)
            if isinstance(record, Decision):
                commands += self._commands(state, record)
        return Stepped(state=state, commands=commands, records=records)

    def outstanding(self, state: LiveState, *, up_to: int | None = None) -> list[SiteCommand]:
        """Commands that no site has answered, of all ticks or of those up to one: to be sent again, ids unchanged."""
        waiting = state.outstanding
        if up_to is not None:
            waiting = waiting.where(waiting.tick <= up_to)
        return commands_of(waiting, series=state.series, sites=self.numbers.layout.sites)

    def _recall(self, memory: bytes) -> None:
        """Go on from a memory; one of another release is as good as none, since any answer carries its certificate."""
        try:
            self._matcher.restore(memory or self._cold)
        except InputError:
            self._matcher.restore(self._cold)

    def _commands(self, state: LiveState, decision: Decision) -> list[SiteCommand]:
        """Of a decision just taken."""
        waiting = state.outstanding.where(state.outstanding.tick == decision.tick)
        return commands_of(waiting, series=state.series, sites=self.numbers.layout.sites)

    def _decided(self, state: LiveState, look: Look) -> Decision | Refusal:
        """The answer to the numbers as they stand, or why there is none."""
        tick, at_s = state.tick + 1, max(look.at_s, state.at_s)
        mark = hashlib.sha256(state.memory)
        mark.update(state.row.tobytes())
        try:
            self._recall(state.memory)
            match = self._matcher.match(self.numbers.tick(state.row), at_s=at_s)
        except InputError as error:
            problems = [str(problem) for problem in error.problems]
            return Refusal(tick=tick, at_s=at_s, input_sha256=mark.hexdigest(), problems=problems)
        except SolveError as error:
            return Refusal(tick=tick, at_s=at_s, input_sha256=mark.hexdigest(), problems=[str(error)])
        setpoints = setpoints_of(match)
        # A site that was never told anything holds not-a-number, which is never inside the deadband.
        moved = ~(np.abs(setpoints - state.told_mw) <= self.deadband_mw).all(axis=0)
        return Decision(
            tick=tick,
            at_s=at_s,
            input_sha256=mark.hexdigest(),
            certificate=asdict(match.certificate),
            setpoints_mw=setpoints,
            around={name: getattr(match, name) for name in AROUND},
            memory=self._matcher.state(),
            sites=np.flatnonzero(moved).astype(np.int64),
        )


def entries(records: Iterable[Record]) -> list[tuple[str, bytes]]:
    """Records as a journal takes them."""
    return [(record.KIND, record.packed()) for record in records]


def timed(decision: Record, **latencies_s: float) -> Record:
    """A decision with what is known of its latencies; any other record as it is."""
    return replace(decision, latencies_s=latencies_s) if isinstance(decision, Decision) else decision


def opened(room: Room, journal: Journal, *, first: LiveState) -> LiveState:
    """The state that a journal tells, or the first one, which is then its first record."""
    state = rebuilt(room, journal)
    if state is None:
        journal.append(entries([Snapshot(state=first)]))
    return state or first


def rebuilt(room: Room, journal: Journal) -> LiveState | None:
    """The state that a journal tells: its last snapshot, and what was written after it; None: it is empty."""
    entry = journal.last(Snapshot.KIND)
    if entry is None:
        return None
    state = LiveState.unpacked(entry.body)
    layout = room.numbers.layout
    if state.layout_sha256 != hashlib.sha256(layout.mark).hexdigest():
        raise InputError.one(
            f"journal, record {entry.sequence}",
            found=f"the state of another layout, with {state.told_mw.shape[1]} sites",
            expected=f"that of this one, with {len(layout.sites)} sites",
            remedy="start with the layout that the journal was begun with, or begin a new journal",
        )
    for later in journal.read(after=entry.sequence):
        state = record_of(later).applied(state)
    return state
