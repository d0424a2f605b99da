"""Does a control room lose or double anything when it is killed, again and again, in the middle of its work?

    python campaigns/room_fire.py                                  50 kills, some four minutes
    python campaigns/room_fire.py --kills 3 --life-s 1.0 --warm    what the tests do: forked from a warm process

A process of its own hosts a room over a journal and a book; this one sends numbered telemetry and notes through a pipe,
receives the commands, answers most of them, and ends it with SIGKILL at a random moment. At the end the journal is read
from its first record, the book is worked out anew, and both are compared with what was said and received here:

- what was acknowledged is there, value by value;
- a command that came twice came with the same set-points under the same id, and every one that came was written first;
- each closed settlement period stands in the book once, to the watt-hour;
- from the start of a process to its first tick it took at most five seconds, on a machine that does nothing else; its
  CPU seconds are told beside, as a busy machine says nothing about the room.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from lives import Life
from wattloom.app.control_room.account import Period
from wattloom.app.control_room.quality import Trust
from wattloom.app.control_room.rows import Note, Written
from wattloom.app.control_room.state import Answers, RoomSnapshot, RoomState, Told
from wattloom.app.control_room.steps import Orders, Steps, commands, record_of
from wattloom.app.match_inputs import MatchInputs, match_inputs
from wattloom.domain.errors import InputError, WattloomError
from wattloom.domain.live import updates_of
from wattloom.edge.field.opening import PLAN
from wattloom.edge.store.journal import Keep, SqliteJournal
from wattloom.edge.store.ledger import SqliteBook
from wattloom.edge.workers.control_room import ControlRoom, RoomSettings, rebuilt
from wattloom.ledger import Ledger, verify
from wattloom.wiring import find

SITES = 60
"""Of the trial: the loop is the same as of a thousand, its records smaller."""
SPEED, TICK_S = 900.0, 0.2
"""A settlement period closes each second of the wall, five ticks."""
ANSWERED = 0.95
"""Share of the commands that are answered at once; the others wait until they are sent again."""
RESTART_S_MAX = 5.0
KEEP = Keep(kind=RoomSnapshot.KIND, newest=2, at_once=2)
SNAPSHOT_TICKS = 15
TRUST = Trust(stale_s=1e6, ahead_s=5.0 * SPEED, hold_s=1e6)
"""Telemetry comes for a few sites at a time here: none counts as silent."""
BATCH = 40
"""Updates in a batch."""
FIELDS = ("it_mw", "draw_mw")


def plan() -> MatchInputs:
    """The twelve provinces with fewer sites."""
    project = find("read_match")(PLAN)
    return match_inputs(replace(project, fleet=replace(project.fleet, count=SITES)), folder=PLAN.parent)


class Wire:
    """The field of the process under fire: commands go out as lines, answers come in as lines."""

    simulated = True

    def __init__(self, file: IO[str], sites: tuple[str, ...]) -> None:
        """Name the pipe."""
        self._file, self._sites, self._lock = file, sites, threading.Lock()
        self._answers: list[tuple[int, int, float]] = []

    def say(self, **told: Any) -> None:
        """One line."""
        with self._lock:
            self._file.write(json.dumps(told) + "\n")
            self._file.flush()

    def resume(self, state: RoomState) -> None:
        """Say where the journal ended."""
        notes = [row.text[0] for row in state.tables["log"].values() if isinstance(row, Note) and row.by == "fire"]
        self.say(opened=state.tick, heard=state.heard.get("feed", 0), notes=notes)

    def answer(self, told: Sequence[Sequence[Any]]) -> None:
        """Sites' answers, from the other thread."""
        with self._lock:
            self._answers += [(int(tick), int(site), float(at_s)) for tick, site, at_s in told]

    def advance(self, at_s: float) -> tuple[None, Answers | None]:  # noqa: ARG002  As a field is asked.
        """What was answered since."""
        with self._lock:
            told, self._answers = self._answers, []
        if not told:
            return None, None
        tick, site, when = zip(*told, strict=True)
        return None, Answers(tick=np.array(tick), site=np.array(site), at_s=np.array(when), simulated=True)

    def asked(self) -> Mapping[str, Any] | None:
        """Nothing."""
        return None

    def take(self, orders: Orders) -> None:
        """Commands, each with who approved it."""
        told = [
            [
                command.id,
                command.tick,
                self._sites.index(command.site),
                [*command.served_it_mw, command.moved_in_it_mw],
                by,
                via,
            ]
            for command, by, via in commands(orders, self._sites)
        ]
        self.say(commands=told)


def hosted(folder: Path, inlet: IO[str], file: IO[str], inputs: MatchInputs | None = None) -> None:
    """The process under fire."""
    steps = Steps(inputs or plan(), trust=TRUST, late_s=10.0 * SPEED)
    wire = Wire(file, steps.inputs.layout.sites)

    @contextmanager
    def book() -> Any:
        with SqliteBook(folder / "book.sqlite") as store:
            yield Ledger(store, lambda: datetime.now(tz=UTC))

    journal = SqliteJournal(folder / "room.sqlite", keep=KEEP)
    settings = RoomSettings(folder=folder, speed=SPEED, tick_s=TICK_S, snapshot_ticks=SNAPSHOT_TICKS, again_s=0.5)
    room = ControlRoom(steps, journal, field=wire, settings=settings, book=book, ended=journal.close)
    room.start()
    room.wait(-1, 30.0)
    wire.say(ticking=room.frame()["tick"], cpu_s=time.process_time())
    for line in inlet:
        told = json.loads(line)
        wire.answer(told.get("done", []))
        try:
            if "updates" in told:
                stamped = [{**one, "at_s": room.clock.now_s()} for one in told["updates"]]
                receipt = room.offer(updates_of(stamped), 10.0)
                wire.say(kept=receipt["kept_up_to"].get("feed", 0))
            if "note" in told:
                room.note("fire", told["note"])
                wire.say(noted=told["note"])
        except WattloomError as error:
            wire.say(refused=str(error))
    room.stop()
    wire.say(end=room.state.tick)


def begun(folder: Path, inputs: MatchInputs | None) -> Life:
    """A process under fire: from nothing, or as a copy of this one with its plan read."""
    command = [sys.executable, str(Path(__file__).resolve()), "--child", str(folder)]
    return Life(lambda read, write: hosted(folder, read, write, inputs), command=command if inputs is None else None)


class Far:
    """Senders, people and sites in one: remembers all that was said to it and by it."""

    def __init__(self, rng: random.Random, inputs: MatchInputs) -> None:
        """Nothing said yet."""
        self.rng, self.inputs = rng, inputs
        self.number = self.kept = self.notes = self.again = 0
        self.on_the_way: list[dict[str, Any]] = []
        self.fed: dict[tuple[str, str], tuple[int, float]] = {}
        self.noted: list[str] = []
        self.applied: dict[str, Any] = {}
        self.at_site: dict[int, int] = {}
        self.unapproved = 0
        self.restart_s: list[float] = []
        self.restart_cpu_s: list[float] = []
        self.faults: list[str] = []

    def updates(self) -> list[dict[str, Any]]:
        """The next batch; what was not acknowledged comes again as it was."""
        if not self.on_the_way:
            for _ in range(BATCH):
                self.number += 1
                site = self.rng.randrange(SITES)
                size, field = float(self.inputs.fleet.it_mw[site]), self.rng.choice(FIELDS)
                value = size * self.rng.uniform(0.5, 0.8) * (1.0 if field == "it_mw" else 1.25)
                words = {"part": "sites", "name": self.inputs.layout.sites[site], "field": field, "at_s": 0.0}
                self.on_the_way.append({**words, "value": value, "source": "feed", "number": self.number})
        return self.on_the_way

    def hear(self, line: dict[str, Any]) -> list[tuple[int, int, float]]:
        """What the room said; answers to its commands."""
        if line.get("kept"):
            self.kept = max(self.kept, line["kept"])
            for one in self.on_the_way:
                if one["number"] <= self.kept:
                    self.fed[one["name"], one["field"]] = (one["number"], one["value"])
            self.on_the_way = [one for one in self.on_the_way if one["number"] > self.kept]
        if "opened" in line and line["heard"] < self.kept:
            self.faults.append(f"opened with telemetry up to {line['heard']} of {self.kept} acknowledged")
        if "opened" in line and (lost := set(self.noted[-100:]) - set(line["notes"])):
            self.faults.append(f"opened without {len(lost)} notes that were acknowledged")
        if "noted" in line:
            self.noted.append(line["noted"])
        return [told for command in line.get("commands", []) if (told := self._apply(command))]

    def _apply(self, command: list[Any]) -> tuple[int, int, float] | None:
        """Apply a command once; the answer to it, mostly."""
        name, tick, site, setpoints, by, _ = command
        self.unapproved += not by
        if name in self.applied:
            self.again += 1
            if self.applied[name] != setpoints:
                self.faults.append(f"{name} came again with other set-points")
        else:
            if tick <= self.at_site.get(site, 0):
                self.faults.append(f"{name}: a new command of a tick that the site has gone past")
            self.at_site[site] = tick
            self.applied[name] = setpoints
        return (tick, site, time.time()) if self.rng.random() < ANSWERED else None


def live(life: Life, far: Far, *, seconds: float) -> bool:
    """Feed a room for a while after it ticks; False where it died by itself."""
    ticking = until_s = 0.0
    waiting = False
    while not ticking or time.perf_counter() < until_s:
        lines = life.lines(0.05)
        if lines is None:
            return False
        done = [answer for line in lines for answer in far.hear(line)]
        if any("ticking" in line for line in lines) and not ticking:
            ticking = time.perf_counter()
            far.restart_s.append(ticking - life.begun_s)
            far.restart_cpu_s.append(next(line["cpu_s"] for line in lines if "ticking" in line))
            until_s = ticking + seconds
        waiting = waiting and not any("kept" in line or "refused" in line for line in lines)
        if done:
            life.send(done=done)
        if ticking and not waiting:
            life.send(updates=far.updates())
            waiting = True
            if far.rng.random() < 0.3:
                far.notes += 1
                life.send(note=f"note {far.notes}")
    return True


def fire(folder: Path, *, kills: int, life_s: float, warm: bool, rng: random.Random) -> dict[str, Any]:
    """The trial; `faults` is empty where all is well."""
    inputs = plan()
    far, begun_s = Far(rng, inputs), time.perf_counter()
    for _ in range(kills):
        life = begun(folder, inputs if warm else None)
        if not live(life, far, seconds=rng.uniform(0.0, 2.0 * life_s)):
            far.faults.append("a process died by itself")
        life.kill()
        life.hear_out(far.hear, 20.0)
    life = begun(folder, inputs if warm else None)
    live(life, far, seconds=life_s + 2.0)
    end_s = time.perf_counter() + 10.0
    while (far.on_the_way or not far.applied) and time.perf_counter() < end_s:
        for line in life.lines(0.5) or []:
            far.hear(line)
    life.hang_up()
    life.hear_out(far.hear, 20.0)
    told = {"kills": kills, "wall_s": round(time.perf_counter() - begun_s, 1), "acknowledged": far.kept}
    told |= {"notes": len(far.noted), "commands": len(far.applied), "sent_again": far.again}
    told |= {
        "restart_s_max": round(max(far.restart_s), 2),
        "restart_s_median": round(sorted(far.restart_s)[len(far.restart_s) // 2], 2),
    }
    told["restart_cpu_s_max"] = round(max(far.restart_cpu_s), 2)
    if max(far.restart_s) > RESTART_S_MAX:
        far.faults.append(f"a restart took {max(far.restart_s):.1f} s")
    if far.unapproved:
        far.faults.append(f"{far.unapproved} commands name nobody who approved them")
    return told | judged(folder, far, Steps(inputs, trust=TRUST))


def judged(folder: Path, far: Far, steps: Steps) -> dict[str, Any]:
    """Journal and book against what was said and received, from their first records on."""
    ids, notes, faults = set[str](), list[str](), list(far.faults)
    periods: list[Period] = []
    with SqliteJournal(folder / "room.sqlite") as journal:
        told = journal.read()
        state = RoomSnapshot.unpacked(next(told).body).state
        for entry in told:
            record = record_of(entry)
            if isinstance(record, Told):
                ids |= {f"{state.live.series}-{record.tick}-{site}" for site in record.sites.tolist()}
            elif isinstance(record, Period):
                periods.append(record)
            elif isinstance(record, Written):
                notes += [row.text[0] for row in record.rows if isinstance(row, Note) and row.by == "fire"]
            state = steps.applied(state, record)
        short, records, segments = rebuilt(steps, journal), journal.head[0], len(journal.segments())
    if short is None or RoomSnapshot(state=short).packed() != RoomSnapshot(state=state).packed():
        faults.append("the state from the last snapshot is not that from the first record")
    if lost := set(far.noted) - set(notes):
        faults.append(f"{len(lost)} notes that were acknowledged are not in the journal")
    if len(notes) != len(set(notes)):
        faults.append("a note is in the journal twice")
    wrong = [place for place, (_, value) in far.fed.items() if state.measured.raw[_slot(steps, *place)] != value]
    if wrong:
        faults.append(f"{len(wrong)} points do not hold the last value that was acknowledged")
    if invented := set(far.applied) - ids:
        faults.append(f"{len(invented)} commands were received and are not in the journal")
    return {"ticks": state.tick, "records": records, "segments": segments, **_book(folder, state, periods, faults)}


def _slot(steps: Steps, name: str, field: str) -> int:
    """Where a site's point lies."""
    return steps.points.place("sites", field).start + steps.points.site(name)


def _book(folder: Path, state: RoomState, periods: Sequence[Period], faults: list[str]) -> dict[str, Any]:
    """The book worked out anew, and its energy against that of the periods."""
    with SqliteBook(folder / "book.sqlite") as store:
        try:
            verify(store.records(), kept=store.state(), head=store.head())
        except InputError as error:
            faults.append(f"the book does not verify: {error}")
        waiting = {period.start_s for period in state.unposted}
        posted = [period for period in periods if period.start_s not in waiting]
        closed_wh = sum(int(period.draw_wh.sum()) for period in posted)
        books = store.state()
        energy = [entry for entry in books.pending.values() if " energy " in entry.id]
        starts = {datetime.fromtimestamp(period.start_s, tz=UTC).isoformat() for period in posted}
        booked_wh = sum(line.amount for entry in energy for line in entry.lines
                        if line.side == "debit" and entry.why["from"] in starts)  # fmt: skip
    if len({period.start_s for period in periods}) != len(periods):
        faults.append("a settlement period was closed twice")
    if booked_wh != closed_wh:
        faults.append(f"the book has {booked_wh} Wh, the closed periods {closed_wh} Wh")
    return {"periods": len(periods), "booked_wh": booked_wh, "faults": faults}


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    """Run it, print a line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--life-s", type=float, default=1.5)
    parser.add_argument("--warm", action="store_true", help="fork from this process in place of starting from nothing")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--child", type=Path)
    asked = parser.parse_args(arguments)
    if asked.child:
        hosted(asked.child, sys.stdin, sys.stdout)
        return {}
    with tempfile.TemporaryDirectory() as folder:
        rng = random.Random(asked.seed)  # noqa: S311  A trial, no secret.
        told = fire(Path(folder), kills=asked.kills, life_s=asked.life_s, warm=asked.warm, rng=rng)
    print(json.dumps(told))
    return told


if __name__ == "__main__":
    sys.exit(1 if main().get("faults") else 0)
