"""Is each fault of a control room told within ten seconds, and does the room do what its manual says?

    python campaigns/room_faults.py                 all faults over a thousand sites, a minute or so
    python campaigns/room_faults.py --sites 60      what the tests do

Store outage, disk nearly full and full, slow disk, clock jump, broker down, ledger outage, a site that lies, a site
that falls silent: each is made to happen in a running room. Measured is the time from the fault to the first frame that
tells of it and to the page of alarms; the documented behaviour is looked at, then the fault is mended, and the room
must be well again by itself.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest import mock

from wattloom.app.control_room.quality import Trust
from wattloom.app.control_room.state import RoomSnapshot
from wattloom.app.control_room.steps import Steps
from wattloom.app.match_inputs import match_inputs
from wattloom.domain.errors import InputError, Unavailable
from wattloom.domain.live import Update
from wattloom.domain.text import Text
from wattloom.edge.field.opening import PLAN
from wattloom.edge.field.simulated import SimulatedField
from wattloom.edge.store.journal import Keep, SqliteJournal
from wattloom.edge.store.ledger import SqliteBook
from wattloom.edge.workers import room_watch
from wattloom.edge.workers.control_room import ControlRoom, RoomSettings
from wattloom.edge.workers.room_watch import Clocks
from wattloom.ledger import Ledger, verify
from wattloom.wiring import find

WITHIN_S = 10.0
"""From a fault to its being told."""
LEDGER_SPEED, LEDGER_SITES = 900.0, 40
"""A settlement period closes each second of the wall where the ledger is tried."""
CLOSING = 2
"""Periods that may close while a room stops, and wait for its next start."""
PAGES_MOST = 1_073_741_823
"""Of a file of SQLite, where nobody says otherwise."""


class Brittle:
    """A journal that can be slow, or out; everything else is the real one's."""

    def __init__(self, journal: SqliteJournal) -> None:
        """Well at first."""
        self.journal, self.out, self.slow_s = journal, False, 0.0
        self.archive_fault: Exception | None = None

    def append(self, records: Sequence[tuple[str, bytes]]) -> int:
        """As the real one, where it is well."""
        if self.out:
            raise InputError.one("journal", found="disk I/O error", expected="a journal on a disk with space",
                                 remedy="see to the disk")  # fmt: skip
        time.sleep(self.slow_s)
        return self.journal.append(records)

    def read(self, *, after: int = 0) -> Iterator[Any]:
        """As the real one."""
        return self.journal.read(after=after)

    def last(self, kind: str) -> Any:
        """As the real one."""
        return self.journal.last(kind)


class BrittleBook:
    """A ledger that can be out: it cannot be opened, and what is open takes nothing."""

    def __init__(self, path: Path) -> None:
        """Well at first."""
        self.path, self.out = path, False

    @contextmanager
    def __call__(self) -> Iterator[BrittleBook]:
        """The book, open."""
        self._look()
        with SqliteBook(self.path) as store:
            self.ledger = Ledger(store, lambda: datetime.now(tz=UTC))
            yield self

    @property
    def books(self) -> Any:
        """As the real one's."""
        return self.ledger.books

    def post(self, entries: Sequence[Any]) -> Any:
        """As the real one, where it is well."""
        self._look()
        return self.ledger.post(entries)

    def _look(self) -> None:
        if self.out:
            raise Unavailable("the server of the ledger does not answer", after_s=2.0)


class Set:
    """A wall clock that somebody may set."""

    def __init__(self) -> None:
        """Right at first."""
        self.off_s = 0.0

    def now_s(self) -> float:
        """Seconds since 1970-01-01 UTC, as the clock has it."""
        return time.time() + self.off_s


class Trial:
    """A running room, and what is needed to break it."""

    def __init__(self, folder: Path, sites: int, tick_s: float, *, speed: float = 1.0,
                 book: BrittleBook | None = None) -> None:  # fmt: skip
        """Open it over the twin."""
        project = find("read_match")(PLAN)
        inputs = match_inputs(replace(project, fleet=replace(project.fleet, count=sites)), folder=PLAN.parent)
        self.steps = Steps(inputs, trust=Trust(stale_s=6.0 * tick_s * speed, ahead_s=5.0 * speed))
        self.journal = Brittle(SqliteJournal(folder / "room.sqlite", keep=Keep(kind=RoomSnapshot.KIND)))
        self.field, self.wall, self.folder = SimulatedField(self.steps, lively=False), Set(), folder
        settings = RoomSettings(folder=folder, tick_s=tick_s, speed=speed, clocks=Clocks(now_s=self.wall.now_s))
        self.room = ControlRoom(self.steps, self.journal, field=self.field, settings=settings, book=book,
                                ended=self.journal.journal.close)  # fmt: skip
        self.room.start()
        self.tick = 0
        for _ in range(3):
            self.next()

    def next(self) -> dict[str, Any]:
        """The next frame."""
        found = self.room.wait(self.tick, 15.0)
        if found is None:
            return self.room.frame()
        self.tick = found["tick"]
        return found

    def told_within(self, word: str, kind: str) -> tuple[float, float]:
        """Seconds until a frame says a word, and until an alarm of a kind stands on the page."""
        begun_s, framed_s = time.monotonic(), float("inf")
        while time.monotonic() - begun_s < 2 * WITHIN_S:
            frame = self.next()
            if frame["state"] == "degraded" and any(word in one["en"] for one in frame["degraded"]):
                framed_s = min(framed_s, time.monotonic() - begun_s)
                if any(one["kind"] == kind and one["standing"] for one in self.room.page("alarms")["items"]):
                    return framed_s, time.monotonic() - begun_s
        return framed_s, float("inf")

    def well_within(self, seconds: float = 30.0) -> bool:
        """Whether the room is well again by itself."""
        begun_s = time.monotonic()
        while time.monotonic() - begun_s < seconds:
            if self.next()["state"] == "live":
                return True
        return False


def store_out(trial: Trial) -> list[str]:
    """Nothing is promised that is not kept, nothing sent that is not written; afterwards all goes on."""
    trial.journal.out = True
    told = trial.told_within("cannot be written", "store_out")
    tick, sent, faults = trial.room.state.tick, trial.field.applied, _late(told)
    time.sleep(1.5)
    try:
        trial.room.offer([_update(trial, 1)], 2.0)
        faults.append("telemetry was acknowledged while nothing could be written")
    except Unavailable:
        pass
    waiting = trial.field.applied - sent
    if trial.room.state.tick != tick:
        faults.append("a tick counts that was not written")
    trial.journal.out = False
    if not trial.well_within():
        faults.append("the room did not come back")
    if trial.room.offer([_update(trial, 1)], 5.0)["kept_up_to"] != {"probe": 1}:
        faults.append("telemetry is not taken after the outage")
    return [*faults, *_told("store outage", told, commands_meanwhile=waiting)]


def disk_nearly_full(trial: Trial) -> list[str]:
    """Told while everything can still be written down; nothing stops."""
    with mock.patch.object(room_watch, "FREE_BYTES_MIN", 1 << 62):  # More than any disk has left.
        told = trial.told_within("Disk nearly full", "disk_full")
        faults = _late(told)
        if trial.room.offer([_update(trial, 2)], 5.0)["kept_up_to"] != {"probe": 2}:
            faults.append("telemetry is not taken while the disk is nearly full")
    if not trial.well_within():
        faults.append("still degraded after there was space again")
    return [*faults, *_told("disk nearly full", told)]


def disk_full(trial: Trial) -> list[str]:
    """SQLite itself says that its disk is full: as a store outage, and the file stays whole."""
    base = trial.journal.journal._base  # noqa: SLF001 - the limit is of its connection
    base.execute("PRAGMA max_page_count=1")  # It means: no page more than there are.
    told = trial.told_within("cannot be written", "store_out")
    tick, faults = trial.room.state.tick, _late(told)
    time.sleep(1.5)
    if trial.room.state.tick != tick:
        faults.append("a tick counts that was not written")
    base.execute(f"PRAGMA max_page_count={PAGES_MOST}")
    if not trial.well_within():
        faults.append("the room did not come back")
    if base.execute("PRAGMA integrity_check").fetchone() != ("ok",):
        faults.append("the journal's file is not whole")
    return [*faults, *_told("disk full", told)]


def ledger_out(trial: Trial) -> list[str]:
    """Decisions go on; periods wait, and are posted once each when the ledger is back."""
    faults: list[str] = []
    with tempfile.TemporaryDirectory(dir=trial.folder) as name:
        book = BrittleBook(Path(name) / "book.sqlite")
        with _open(Path(name), LEDGER_SITES, 0.25, speed=LEDGER_SPEED, book=book) as own:
            book.out = True
            told = own.told_within("Ledger takes no entries", "ledger_out")
            tick, faults = own.room.state.tick, _late(told)
            time.sleep(2.0)
            waited = len(own.room.state.unposted)
            if own.room.state.tick <= tick or not waited:
                faults.append("the loop did not go on while the ledger was out")
            book.out = False
            if not own.well_within():
                faults.append("still degraded after the ledger was back")
        faults += _posted_once(own, book)
    return [*faults, *_told("ledger out", told, periods_that_waited=waited)]


def _posted_once(trial: Trial, book: BrittleBook) -> list[str]:
    """Whether a closed room's book verifies and holds one period after the other, with no gap where it was out."""
    with SqliteBook(book.path) as store:
        try:
            verify(store.records(), kept=store.state(), head=store.head())
        except InputError as error:
            return [f"the book does not verify: {error}"]
        energy = [one for one in store.state().pending.values() if " energy " in one.id]
    starts = sorted(datetime.fromisoformat(start) for start in {one.why["from"] for one in energy})
    waiting = {datetime.fromtimestamp(one.start_s, tz=UTC) for one in trial.room.state.unposted} - set(starts)
    faults = [] if len(starts) > 1 else ["the book has no periods"]
    apart = {later - earlier for earlier, later in pairwise(starts)}
    if len(apart) > 1:
        faults.append(f"periods are missing from the book: {sorted(apart)} apart")
    if len(waiting) > CLOSING:
        faults.append(f"{len(waiting)} periods still wait after the ledger was back")
    return faults


def slow_disk(trial: Trial) -> list[str]:
    """Commands wait for their record; the room says so, at the latest as the loop stands still."""
    trial.journal.slow_s = 1.6
    told = trial.told_within("slow", "store_slow")
    trial.journal.slow_s = 0.0
    faults = _late(told)
    if not trial.well_within():
        faults.append("still degraded long after the disk was quick again")
    return [*faults, *_told("slow disk", told)]


def stalled(trial: Trial) -> list[str]:
    """A disk that does not answer at all: the room tells what its loop cannot."""
    trial.journal.slow_s = 5.0
    begun_s, seen_s = time.monotonic(), float("inf")
    while time.monotonic() - begun_s < WITHIN_S and seen_s == float("inf"):
        if any("stands still" in one["en"] for one in trial.next()["degraded"]):
            seen_s = time.monotonic() - begun_s
    trial.journal.slow_s = 0.0
    faults = [] if seen_s <= WITHIN_S else ["a loop that stands still is not told"]
    if not trial.well_within():
        faults.append("the room did not come back")
    return [*faults, *_told("stalled disk", (seen_s, seen_s))]


def clock_jump(trial: Trial) -> list[str]:
    """The room keeps its beat; a person's word lets it follow."""
    before = trial.room.clock.now_s() - time.monotonic()
    trial.wall.off_s = 3600.0
    told = trial.told_within("Clock", "clock_jump")
    faults = _late(told)
    if abs(trial.room.clock.now_s() - time.monotonic() - before) > 1.0:
        faults.append("the room's time went with the clock")
    alarm = next(one for one in trial.room.page("alarms")["items"] if one["kind"] == "clock_jump" and one["standing"])
    trial.room.alarm(alarm["id"], "clear", "trial", "set on purpose")
    if not trial.well_within():
        faults.append("the room did not take the new time")
    if abs(trial.room.clock.now_s() - trial.wall.now_s()) > 1.0:
        faults.append("the room's time is not the clock's after a person said so")
    return [*faults, *_told("clock jump", told)]


def broker_down(trial: Trial) -> list[str]:
    """Told by whoever listens to the broker; telemetry by HTTP goes on."""
    trial.room.watch.tell("broker_down", "broker", Text("connection refused", "连接被拒"))
    told = trial.told_within("Broker", "broker_down")
    faults = _late(told)
    if trial.room.offer([_update(trial, 3)], 5.0)["kept_up_to"] != {"probe": 3}:
        faults.append("telemetry by HTTP is not taken while the broker is down")
    trial.room.watch.tell("broker_down", "broker", None)
    if not trial.well_within():
        faults.append("still degraded after the broker was back")
    return [*faults, *_told("broker down", told)]


def site_of(kind: str, word: str, alarm: str) -> Callable[[Trial], list[str]]:
    """A site with a fault: told, replaced by its last good value, sent nothing new."""

    def site(trial: Trial) -> list[str]:
        name = trial.steps.inputs.layout.sites[-1]
        good = trial.room.site(name)["draw_mw"]
        trial.field.fault(name, kind, ticks=10_000)
        told = trial.told_within(word, alarm)
        faults, page = _late(told), trial.room.site(name)
        quality = {one["field"]: one for one in page["quality"]}["draw_mw"]
        if quality["used_is"] not in {"last_good", "expected"}:
            faults.append(f"the value of a site that is {kind} is used as {quality['used_is']}")
        if abs(page["draw_mw"] - good) > 0.25 * good + 0.1:
            faults.append(f"the value in its place is {page['draw_mw']} after {good}")
        trial.field.faults.clear()
        if not trial.well_within():
            faults.append("the site is not believed again")
        return [*faults, *_told(f"site {kind}", told)]

    return site


FAULTS: tuple[Callable[[Trial], list[str]], ...] = (
    site_of("stuck", "meter lies", "site_lies"),
    site_of("impossible", "meter lies", "site_lies"),
    site_of("silent", "silent", "site_stale"),
    store_out,
    disk_nearly_full,
    disk_full,
    ledger_out,
    slow_disk,
    stalled,
    broker_down,
    clock_jump,
)


def _update(trial: Trial, number: int) -> Update:
    """A value from somewhere else."""
    name = trial.steps.inputs.layout.sites[0]
    size = float(trial.steps.inputs.fleet.it_mw[0])
    return Update(part="sites", name=name, field="it_mw_max", value=size, at_s=trial.room.clock.now_s(),
                  source="probe", number=number)  # fmt: skip


def _late(told: tuple[float, float]) -> list[str]:
    """What took too long."""
    return (
        [] if max(told) <= WITHIN_S else [f"told after {told[0]:.1f} s in the frame, {told[1]:.1f} s among the alarms"]
    )


def _told(what: str, told: tuple[float, float], **more: Any) -> list[str]:
    """For the record; no fault."""
    print(json.dumps({"fault": what, "frame_s": round(told[0], 2), "alarm_s": round(told[1], 2), **more}))
    return []


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    """Every fault in a room of its own beat; a last line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sites", type=int, default=1_000)
    parser.add_argument("--tick-s", type=float, default=1.0)
    parser.add_argument("--only", nargs="*", help="names of faults, all otherwise")
    asked = parser.parse_args(arguments)
    faults: list[str] = []
    with tempfile.TemporaryDirectory() as folder, _open(Path(folder), asked.sites, asked.tick_s) as trial:
        for fault in FAULTS:
            if not asked.only or fault.__name__ in asked.only:
                faults += fault(trial)
    told = {"sites": asked.sites, "faults": faults}
    print(json.dumps(told))
    return told


@contextmanager
def _open(folder: Path, sites: int, tick_s: float, **more: Any) -> Iterator[Trial]:
    """A room, stopped at the end."""
    trial = Trial(folder, sites, tick_s, **more)
    try:
        yield trial
    finally:
        trial.room.stop()


if __name__ == "__main__":
    sys.exit(1 if main()["faults"] else 0)
