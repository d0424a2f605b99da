"""Who keeps the live step going? A host with a clock, a journal and an outlet; it stops in order, or not at all.

    host = LiveHost(room, journal, outlet, state=state)
    with stopping_on_signals(host):
        host.run()                                   # feeds call host.offer(update) meanwhile

Each round takes all that waits, steps, writes one transaction and only then tells: senders that their updates are kept,
sites what to do. A process killed at any point begins again from `opened(room, journal, …)`: what was told was written;
what was written and not told, or told and not answered, is told again under the same id.

A journal opened with `keep=Keep(kind=Snapshot.KIND)` holds the last hour or so; the rest lies in segments beside it.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import FrameType
from typing import TYPE_CHECKING, Protocol

from wattloom.app.live_gathering import Gathering
from wattloom.app.live_records import Actuations, Decision, Measured, Record, Snapshot
from wattloom.app.live_state import LiveState, place_of
from wattloom.app.run_live import Event, Look, Room, entries, timed
from wattloom.domain.live import Actuation, Latencies, SiteCommand, Update

if TYPE_CHECKING:
    from wattloom.domain.ports import Journal

SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Outlet(Protocol):
    """Where the host tells what is durable."""

    def commands(self, commands: Sequence[SiteCommand]) -> None:
        """Bring them to the sites; one that was brought before may come again."""

    def kept(self, numbers: Mapping[str, int]) -> None:
        """Tell each sender up to which of its numbers everything is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often is there a decision, a snapshot, and a second telling?"""

    tick_s: float = 1.0
    """The longest time between two decisions."""
    on_event: bool = True
    """Decide as soon as updates wait, not only as the time is up."""
    snapshot_ticks: int = 200
    """Decisions a restart reads back at most; each takes it a fraction of a millisecond."""
    again_s: float = 10.0
    """After so long a command without an answer is sent again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """What time it is, and how much has passed."""

    now_s: Callable[[], float] = time.time
    """Seconds since 1970-01-01 UTC."""
    passed_s: Callable[[], float] = time.perf_counter
    """Never goes back."""


class LiveHost:
    """Runs the live step until it is told to stop."""

    def __init__(
        self,
        room: Room,
        journal: Journal,
        outlet: Outlet,
        *,
        state: LiveState,
        pace: Pace | None = None,
        clocks: Clocks | None = None,
    ) -> None:
        """Begin with a state: that of the journal, or one of which a snapshot is the journal's first record."""
        self.state, self.latencies = state, Latencies()
        self._room, self._journal, self._outlet = room, journal, outlet
        self._pace, self._clocks = pace or Pace(), clocks or Clocks()
        self._gathering = Gathering(room.numbers, state.known_s, state.heard)
        self._answers: dict[str, Actuation] = {}
        self._measured: list[Measured] = []
        self._told_s: dict[str, float] = {}
        self._looks = 0
        self._wake = threading.Condition(threading.RLock())  # A signal may come while its own thread holds it.
        self._stop = False
        self._snapshot_tick = state.tick

    def offer(self, update: Update) -> bool:
        """Take an update, from any thread; False where it was taken before. `InputError` where it is malformed.

        That it was taken is no promise yet: `Outlet.kept` is.
        """
        with self._wake:
            taken = self._gathering.offer(update, now_s=self._clocks.now_s())
            if self._pace.on_event and taken:
                self._wake.notify()
            return taken

    def answered(self, answer: Actuation) -> None:
        """Take a site's word that a command is carried out; `InputError` where there was no such command."""
        place_of(answer.id, self.state)
        with self._wake:
            self._answers[answer.id] = answer

    def settled(self, tick: int, *, meter_to_settled_s: float, simulated: bool) -> None:
        """Take word of how long it took from a meter's reading to its settlement."""
        name, seconds = "meter_to_settled", meter_to_settled_s
        with self._wake:
            self.latencies.add(name, seconds, simulated=simulated)
            self._measured.append(Measured(tick=tick, name=name, seconds=seconds, simulated=simulated))

    def look(self) -> None:
        """Ask for a decision now."""
        with self._wake:
            self._looks += 1
            self._wake.notify()

    def stop(self) -> None:
        """Finish what waits, keep the state, and return from `run`."""
        with self._wake:
            self._stop = True
            self._wake.notify()

    def run(self) -> LiveState:
        """Round after round until `stop`; the state at the end, which is the journal's last record."""
        if self.state.heard:
            self._outlet.kept(self.state.heard)
        self._tell(self._room.outstanding(self.state))
        again_s, again_tick = self._clocks.passed_s() + self._pace.again_s, self.state.tick
        due_s = self._clocks.passed_s() + self._pace.tick_s
        while True:
            stopping, events, wanted = self._taken(due_s)
            if wanted:
                events.append(Look(at_s=self._clocks.now_s()))
                due_s = self._next(due_s)
            if events:
                self._round(events)
            if self._clocks.passed_s() >= again_s:
                self._outlet.commands(self._room.outstanding(self.state, up_to=again_tick))
                again_s, again_tick = self._clocks.passed_s() + self._pace.again_s, self.state.tick
            if stopping:
                measured, self._measured = self._measured, []
                self._journal.append(entries([*measured, Snapshot(state=self.state)]))
                return self.state

    def _next(self, due_s: float) -> float:
        """When a decision is due again: on the beat, unless that has passed already or an event came before it."""
        now_s, beat_s = self._clocks.passed_s(), due_s + self._pace.tick_s
        return beat_s if due_s <= now_s < beat_s else now_s + self._pace.tick_s

    def _taken(self, due_s: float) -> tuple[bool, list[Event], bool]:
        """Wait for something to do; whether to stop, what came, and whether a decision is wanted."""
        with self._wake:
            left_s = due_s - self._clocks.passed_s()
            if left_s > 0.0 and not (self._stop or self._looks or (self._pace.on_event and len(self._gathering))):
                self._wake.wait(left_s)
            stopping, events = self._stop, list[Event]()
            readings = self._gathering.taken(now_s=self._clocks.now_s())
            answers, self._answers = list(self._answers.values()), {}
            wanted = bool(self._looks) or (readings is not None and (self._pace.on_event or stopping))
            wanted, self._looks = wanted or self._clocks.passed_s() >= due_s, 0
            if wanted or readings or answers:  # A latency alone is worth no transaction.
                events, self._measured = [*self._measured], []
        if readings is not None:
            events.append(readings)
        if answers:
            events.append(Actuations(told=[self._measured_answer(answer) for answer in answers]))
        return stopping, events, wanted

    def _round(self, events: list[Event]) -> None:
        """Step, write, tell."""
        waited_s = max((getattr(event, "waiting_s", 0.0) for event in events), default=0.0)
        taken_s = self._clocks.passed_s()
        stepped = self._room.step(self.state, events)
        decided_s = self._clocks.passed_s()
        late_s = waited_s + decided_s - taken_s
        records: list[Record] = [timed(record, update_to_decision=late_s) for record in stepped.records]
        if stepped.state.tick >= self._snapshot_tick + self._pace.snapshot_ticks:
            records.append(Snapshot(state=stepped.state))
        self._journal.append(entries(records))
        self.state = stepped.state
        if isinstance(records[-1], Snapshot):
            self._snapshot_tick = self.state.tick
            waiting = {command.id for command in self._room.outstanding(self.state)}
            self._told_s = {name: at_s for name, at_s in self._told_s.items() if name in waiting}
        heard = {name: number for event in events for name, number in getattr(event, "heard", {}).items()}
        if heard:
            self._outlet.kept(heard)
        self._tell(stepped.commands)
        if any(isinstance(record, Decision) for record in stepped.records):
            self._count(late_s if heard else None, self._clocks.passed_s() - decided_s)

    def _tell(self, commands: Sequence[SiteCommand]) -> None:
        """Send commands, and remember when."""
        if commands:
            now_s = self._clocks.now_s()
            self._told_s |= {command.id: now_s for command in commands}
            self._outlet.commands(commands)

    def _count(self, update_to_decision_s: float | None, decision_to_command_s: float) -> None:
        """Two latencies of a round; what the record of the decision could not know yet goes into the next."""
        if update_to_decision_s is not None:
            self.latencies.add("update_to_decision", update_to_decision_s)
        self.latencies.add("decision_to_command", decision_to_command_s)
        name = "decision_to_command"
        with self._wake:
            self._measured.append(Measured(tick=self.state.tick, name=name, seconds=decision_to_command_s))

    def _measured_answer(self, answer: Actuation) -> Actuation:
        """With how long the site took; of a command that a process before this one sent nobody knows."""
        sent_s = self._told_s.pop(answer.id, None)
        if sent_s is None:
            return replace(answer, after_s=None)
        self.latencies.add("command_to_actuation", answer.at_s - sent_s, simulated=answer.simulated)
        return replace(answer, after_s=answer.at_s - sent_s)


@contextmanager
def stopping_on_signals(host: LiveHost) -> Iterator[None]:
    """Let SIGTERM and Ctrl-C stop the host in order; what they did before holds again afterwards."""

    def stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  As signals call it.
        host.stop()

    before = {number: signal.signal(number, stop) for number in SIGNALS}
    try:
        yield
    finally:
        for number, action in before.items():
            signal.signal(number, action)
