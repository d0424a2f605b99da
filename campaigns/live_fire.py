"""Does the live loop lose or double anything under kills, overload and nonsense?

    python campaigns/live_fire.py                                                         all trials, some ten minutes
    python campaigns/live_fire.py --ticks 2000 --kills 5 --overload-s 2 --malformed 2000  what the tests do

Kills: a process of its own hosts the loop over a journal; this one feeds it numbered updates through a pipe, receives
its commands, answers most of them, and ends it with SIGKILL at random moments: while it works, while it begins again,
while it writes, while it archives. At the end the journal is read from its first record, archived segments and all, and
what it tells is compared with what was fed and what was received here. Overload: updates come three times as fast as
they can be decided one at a time. Malformed: no update of many kinds of nonsense may change the state.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

from lives import Life
from matching_instances import Drawn
from wattloom.app.live_records import Decision, Readings, Record, Refusal, Snapshot, record_of
from wattloom.app.live_state import LiveState
from wattloom.app.run_live import Look, Room, entries, opened, rebuilt
from wattloom.dispatch.matching import CLASSES
from wattloom.domain.errors import InputError
from wattloom.domain.live import Actuation, SiteCommand, Update, updates_of
from wattloom.edge.store.journal import Keep, SqliteJournal
from wattloom.edge.workers.live import LiveHost, Pace, stopping_on_signals

SEED = 7
SITES = 50
"""Of the trials of kills and overload: ten kilobytes a decision, a gigabyte in all."""
DEADBAND_MW = 0.05
"""A site is told anew when a set-point moves by more: assumed, so that a tick tells a few sites, not all."""
ANSWERED = 0.95
"""Share of the commands that are answered at once; the others wait until they are sent again."""
BEGUN_S = 1_000.0
"""How long before the trial the first numbers were known."""
WINDOW = 12
"""Updates on their way at a time in the trial of kills."""
FRESH_EACH = 20
"""Each so many lives is a process started from nothing; the others are forked from a warm one."""
PAUSE_MAX_S = 0.004
"""Up to so long after a life's last tick the process is killed: some rounds."""
HOT_SITES = 8
"""The overload falls on their demands."""
REPEATED = 10
"""Each so many decisions is taken once more as the journal is judged: the same bytes must come out."""
KEEP, SNAPSHOT_TICKS = Keep(kind=Snapshot.KIND, newest=2, at_once=2), 50
"""Of the trials of kills and overload: the archive is written all the time, and killed as often as the rest."""
LOST_HASTE = 0.05
"""Share of lives killed while they begin."""


def first_tick(sites: int) -> Any:
    """The numbers a trial begins with."""
    return Drawn(sites, SEED).tick


def room_of(sites: int) -> Room:
    """The layout of a trial."""
    return Room(first_tick(sites).layout, deadband_mw=DEADBAND_MW)


class Lines:
    """An outlet that writes a line of JSON for each thing it tells."""

    def __init__(self, file: IO[str]) -> None:
        """Name the file."""
        self.file, self.host, self._lock = file, None, threading.Lock()  # type: ignore[var-annotated]

    def say(self, **told: Any) -> None:
        """One line."""
        with self._lock:
            self.file.write(json.dumps(told) + "\n")
            self.file.flush()

    def commands(self, commands: Sequence[SiteCommand]) -> None:
        """To the sites."""
        self.say(commands=[asdict(command) for command in commands])

    def kept(self, numbers: Mapping[str, int]) -> None:
        """To the senders."""
        self.say(kept=dict(numbers), tick=self.host.state.tick if self.host else 0)


def hosted(path: Path, sites: int, inlet: IO[str], file: IO[str]) -> None:
    """The process under fire."""
    begun_s, room, out = time.perf_counter(), room_of(sites), Lines(file)
    with SqliteJournal(path, keep=KEEP) as journal:
        first = room.begin(first_tick(sites), at_s=time.time() - BEGUN_S, series="fire")
        state = opened(room, journal, first=first)
        pace = Pace(again_s=2.0, snapshot_ticks=SNAPSHOT_TICKS)
        host = out.host = LiveHost(room, journal, out, state=state, pace=pace)
        out.say(opened=state.tick, seconds=time.perf_counter() - begun_s)

        def read() -> None:
            for line in inlet:
                told = json.loads(line)
                for update in updates_of(told.get("updates", [])):
                    host.offer(update)
                for name, at_s in told.get("done", []):
                    host.answered(Actuation(id=name, at_s=at_s, simulated=True))
            host.stop()

        threading.Thread(target=read, daemon=True).start()
        with stopping_on_signals(host):
            host.run()
        out.say(end=host.state.tick, latencies=[asdict(figures) for figures in host.latencies.figures()])


def begun(path: Path, *, fresh: bool) -> Life:
    """A process under fire: from nothing, or as a copy of this one."""
    command = [sys.executable, str(Path(__file__).resolve()), "--child", str(path)]
    return Life(lambda inlet, outlet: hosted(path, SITES, inlet, outlet), command=command if fresh else None)


class Field:
    """Senders and sites in one: feeds updates, applies commands, and remembers both."""

    def __init__(self, rng: random.Random, sites: Sequence[int]) -> None:
        """Feed the demands of these sites."""
        self.rng, self.tick = rng, first_tick(SITES)
        self.targets = [(site, k) for site in sites for k in range(len(CLASSES))]
        self.fed: dict[tuple[int, int], float] = {}
        self.number = self.kept = self.host_tick = self.again = 0
        self.on_the_way: dict[int, dict[str, Any]] = {}
        self.applied: dict[str, dict[str, Any]] = {}
        self.late: list[str] = []
        self.at_site: dict[str, int] = {}
        self.opened_s: list[float] = []
        self.end: dict[str, Any] = {}
        self.faults: list[str] = []

    def update(self) -> dict[str, Any]:
        """The next one."""
        self.number += 1
        site, k = self.rng.choice(self.targets)
        value = float(self.tick.sites.demand_mw[site, k]) * self.rng.lognormvariate(0.0, 0.05)
        self.fed[site, k] = value
        words = {"part": "sites", "name": f"dc{site}", "field": "demand_mw", "of": CLASSES[k]}
        told = {**words, "value": value, "at_s": time.time(), "source": "feed", "number": self.number}
        self.on_the_way[self.number] = told
        return told

    def hear(self, line: dict[str, Any]) -> list[tuple[str, float]]:
        """What the host said; answers to its commands."""
        if "kept" in line:
            self.host_tick, kept = line["tick"], line["kept"].get("feed", 0)
            for number in range(self.kept + 1, kept + 1):
                self.on_the_way.pop(number, None)
            self.kept = max(self.kept, kept)
        if "opened" in line:
            self.opened_s.append(line["seconds"])
        if "end" in line:
            self.end = line
        return [told for command in line.get("commands", []) if (told := self._apply(command))]

    def _apply(self, command: dict[str, Any]) -> tuple[str, float] | None:
        """Apply a command once; the answer to it, mostly."""
        name, site = command["id"], command["site"]
        if name in self.applied:
            self.again += 1
            if self.applied[name] != command:
                self.faults.append(f"{name} came again with other set-points")
        else:
            if command["tick"] < self.at_site.get(site, 0):
                self.late.append(name)
            self.at_site[site] = max(command["tick"], self.at_site.get(site, 0))
            self.applied[name] = command
        return (name, time.time()) if self.rng.random() < ANSWERED else None


def live(life: Life, far: Field, *, ticks: int) -> bool:
    """Feed a process until it has looked so often; False where it died by itself."""
    begun = True
    while far.host_tick < ticks or begun:
        lines = life.lines(5.0)
        if lines is None:
            return False
        done = [answer for line in lines for answer in far.hear(line)]
        if any("opened" in line for line in lines):
            begun = False
            life.send(updates=list(far.on_the_way.values()))
        if not begun and far.host_tick < ticks:
            room = far.rng.randint(1, WINDOW) - len(far.on_the_way)
            life.send(done=done, updates=[far.update() for _ in range(room)])
    return True


def under_kills(folder: Path, *, ticks: int, kills: int, rng: random.Random) -> dict[str, Any]:
    """The trial of kills; `faults` is empty where all is well."""
    path, far, hit, hasty = folder / "kills.sqlite", Field(rng, range(SITES)), 0, 0
    begun_s = time.perf_counter()
    while hit < kills:
        life = begun(path, fresh=hit % FRESH_EACH == 0)
        if rng.random() < LOST_HASTE:
            hasty += 1
            time.sleep(rng.uniform(0.0, 0.05))
        else:
            left = (ticks - far.host_tick) / (kills - hit)
            if not live(life, far, ticks=far.host_tick + max(1, int(rng.uniform(0.0, 2.0) * left))):
                far.faults.append("a process died by itself")
            time.sleep(rng.uniform(0.0, PAUSE_MAX_S))
        life.kill()
        life.hear_out(far.hear, 5.0)
        hit += 1
    life = begun(path, fresh=False)
    live(life, far, ticks=ticks)
    finish(life, far)
    told = {"kills": hit, "kills_while_beginning": hasty, "wall_s": time.perf_counter() - begun_s}
    return told | judged(path, far)


def finish(life: Life, far: Field) -> None:
    """Let it end in order, once all is kept; the pipe's end tells it to stop."""
    # Its receipt shows that the host runs, and has told again what was left to be told.
    life.send(updates=[far.update()])
    while far.on_the_way:
        for line in life.lines(5.0) or []:
            far.hear(line)
    os.kill(life.pid, signal.SIGTERM)
    life.hear_out(far.hear, 5.0)


def judged(path: Path, far: Field) -> dict[str, Any]:
    """The journal against what was fed and received, from its first record on."""
    room = room_of(SITES)
    ids, ticks, refused, faults = set(), 0, 0, list(far.faults)
    with SqliteJournal(path) as journal:
        entries = journal.read()
        state = LiveState.unpacked(next(entries).body)
        for entry in entries:
            record = record_of(entry)
            if isinstance(record, Decision | Refusal):
                faults += _repeated(room, state, record) if ticks % REPEATED == 0 else []
                ticks, refused = ticks + 1, refused + isinstance(record, Refusal)
                if record.tick != ticks:
                    faults.append(f"tick {record.tick} in the place of {ticks}")
            if isinstance(record, Decision):
                ids |= {f"fire-{record.tick}-{site}" for site in record.sites.tolist()}
            state = record.applied(state)
        short = rebuilt(room, journal)
        records, segments = journal.head[0], journal.segments()
        archive_mb = sum((journal.folder / one.name).stat().st_size for one in segments) / 1e6
    if ticks > 10 * SNAPSHOT_TICKS and not segments:
        faults.append("nothing went to the archive")
    if short is None or short.sha256 != state.sha256:
        faults.append("the state from the last snapshot is not that from the first record")
    faults += _against(state, far)
    lost, invented = ids - set(far.applied), set(far.applied) - ids
    if lost or invented:
        faults.append(f"{len(lost)} commands decided and never received, {len(invented)} received and never decided")
    told = {"ticks": state.tick, "updates": far.number, "applied": state.applied, "coalesced": state.coalesced}
    told |= {"commands": len(ids), "sent_again": far.again, "superseded": state.superseded, "records": records}
    told |= {"refused_ticks": refused, "journal_mb": path.stat().st_size / 1e6}
    told |= {"segments": len(segments), "archived_records": segments[-1].last if segments else 0}
    told |= {"archive_mb": archive_mb}
    return told | {"faults": faults}


def _repeated(room: Room, state: LiveState, record: Decision | Refusal) -> list[str]:
    """Decide once more from the same state: the record must come out."""
    (again,) = room.step(state, [Look(at_s=record.at_s)]).records
    same: Record = again
    if isinstance(record, Decision) and isinstance(same, Decision):
        alike = np.array_equal(record.setpoints_mw, same.setpoints_mw) and record.memory == same.memory
        return [] if alike and record.input_sha256 == same.input_sha256 else [f"tick {record.tick} decides otherwise"]
    return [] if type(record) is type(same) else [f"tick {record.tick} is refused once, and once not"]


def _against(state: LiveState, far: Field) -> list[str]:
    """The last state against what was fed."""
    faults = []
    demand = room_of(SITES).numbers.tick(state.row).sites.demand_mw
    wrong = [place for place, value in far.fed.items() if demand[place] != value]
    if wrong:
        faults.append(f"{len(wrong)} numbers are not the last fed")
    if state.heard.get("feed") != far.number or state.applied + state.coalesced != far.number or state.late:
        faults.append(f"{far.number} updates fed, {state.applied} + {state.coalesced} kept")
    return faults


def under_overload(folder: Path, *, seconds: float, rng: random.Random) -> dict[str, Any]:
    """First one update at a time, then three times as many as that for so long."""
    path, far = folder / "overload.sqlite", Field(rng, range(HOT_SITES))
    life = begun(path, fresh=False)
    while not far.opened_s:
        for line in life.lines(5.0) or []:
            far.hear(line)
    until_s, begun_s, alone = time.perf_counter() + max(1.0, seconds / 20), time.perf_counter(), 0
    while time.perf_counter() < until_s:
        life.send(updates=[far.update()])
        alone += 1
        while far.on_the_way:
            life.send(done=[answer for line in life.lines(5.0) or [] for answer in far.hear(line)])
    rate = alone / (time.perf_counter() - begun_s)
    ticks, begun_s = far.host_tick, time.perf_counter()
    while (passed_s := time.perf_counter() - begun_s) < seconds:
        due = int(3 * rate * passed_s) - (far.number - alone)
        updates = [far.update() for _ in range(due)]
        done = [answer for line in life.lines(0.0005) or [] for answer in far.hear(line)]
        if updates or done:
            life.send(updates=updates, done=done)
    fed = far.number - alone
    finish(life, far)
    told = {"one_at_a_time_per_s": rate, "fed_per_s": fed / seconds, "fed": fed, "seconds": seconds}
    told |= {"decisions": far.host_tick - ticks, "latencies": far.end.get("latencies")}
    return told | judged(path, far)


GOOD: dict[str, Any] = {
    "part": "sites",
    "name": "dc3",
    "field": "demand_mw",
    "of": CLASSES[1],
    "value": 1.0,
    "source": "meter",
    "number": 1,
}
NONSENSE: dict[str, dict[str, Any]] = {
    "unknown site": {"name": "dc9999"},
    "site that is a number": {"name": 3},
    "site that is a list": {"name": ["dc3"]},
    "unknown field": {"field": "demand_kw"},
    "field of another part": {"field": "loss_share"},
    "unknown part": {"part": "planets"},
    "unknown class": {"of": "coffee"},
    "class left away": {"of": ""},
    "not a number": {"value": float("nan")},
    "infinite": {"value": float("inf")},
    "words for a value": {"value": "12 MW"},
    "nothing for a value": {"value": None},
    "truth for a value": {"value": True},
    "negative MW": {"value": -4.2},
    "kW for MW": {"value": 5e8},
    "value without end": {"value": 10**400},
    "stale": {"at_s": -3_600.0},
    "of the future": {"at_s": 3_600.0},
    "time backwards": {"at_s": -30.0},
    "no instant": {"at_s": "noon"},
    "number zero": {"number": 0},
    "number in words": {"number": "7"},
    "no sender": {"source": ""},
    "price below nothing": {"part": "regions", "name": "all", "field": "carbon_price_cny_per_t", "of": "", "value": -1},
    "key missing": {"value": ...},
    "key unknown": {"colour": "green"},
    "all at once": {"name": "x" * 10_000, "field": None, "value": [], "at_s": {}, "source": 7, "number": -1},
}
"""What differs from a good update; `at_s` is from now."""


def under_nonsense(folder: Path, *, count: int, rng: random.Random) -> dict[str, Any]:
    """So many malformed updates, all kinds of them; the state before and after."""
    room, out = room_of(SITES), Lines(io.StringIO())
    with SqliteJournal(folder / "nonsense.sqlite") as journal:
        now_s = time.time()
        state = opened(room, journal, first=room.begin(first_tick(SITES), at_s=now_s - BEGUN_S, series="fire"))
        host = out.host = LiveHost(room, journal, out, state=state)
        host.offer(Update(**GOOD | {"at_s": now_s}))
        host.stop()
        before, head = host.run().sha256, journal.head
        kinds, begun_s, faults = sorted(NONSENSE), time.process_time(), []
        for n in range(count):
            kind = kinds[n % len(kinds)] if n < len(kinds) else rng.choice(kinds)
            at_s = {"at_s": now_s + NONSENSE[kind]["at_s"]} if isinstance(NONSENSE[kind].get("at_s"), float) else {}
            told = GOOD | {"at_s": now_s, "number": n + 2} | NONSENSE[kind] | at_s
            faults += _not_refused(host, kind, {key: value for key, value in told.items() if value is not ...})
        cpu_s = time.process_time() - begun_s
        after, same_head = host.run().sha256, journal.head[0] == head[0] + 1
        host.offer(Update(**GOOD | {"at_s": now_s + 1.0, "number": 2, "value": 1.5}))
        if host.run().applied != state.applied + 2:
            faults.append("a good update after them is not taken")
    if after != before or not same_head:
        faults.append("the state is another")
    return {"malformed": count, "kinds": len(kinds), "cpu_us_each": cpu_s / count * 1e6, "faults": faults}


def _not_refused(host: LiveHost, kind: str, told: dict[str, Any]) -> list[str]:
    """What is wrong with the refusal of an update."""
    try:
        for update in updates_of(told):
            host.offer(update)
    except InputError as error:
        parts = [part for p in error.problems for part in (p.where, p.found, p.expected, p.remedy)]
        clear = error.problems and all(parts) and len(str(error)) < 5_000
        return [] if clear else [f"{kind}: the refusal does not tell its four parts"]
    return [f"{kind}: taken"]


def of_restart(folder: Path, *, sites: int) -> dict[str, Any]:
    """How long a process that was killed as late as can be behind a snapshot takes to decide again."""
    path, room, chance = folder / "restart.sqlite", room_of(sites), np.random.default_rng(SEED)
    ticks, now_s, cpu_s = Pace().snapshot_ticks - 1, time.time(), 0.0
    start = room.numbers.place("sites", "demand_mw")
    with SqliteJournal(path) as journal:
        state = opened(room, journal, first=room.begin(first_tick(sites), at_s=now_s - BEGUN_S, series="fire"))
        for tick in range(ticks):
            slots = chance.choice(sites * len(CLASSES), sites, replace=False)
            values = state.row[start + slots] * chance.uniform(0.98, 1.02, sites)
            at_s = np.full(sites, now_s - BEGUN_S + 1 + tick)
            heard = {"feed": (tick + 1) * sites}
            begun_s = time.process_time()
            events = [Readings(slots=start + slots, values=values, at_s=at_s, heard=heard), Look(at_s=at_s[0])]
            stepped = room.step(state, events)
            journal.append(entries(stepped.records))
            cpu_s, state = cpu_s + time.process_time() - begun_s, stepped.state
    begun_s, before = time.perf_counter(), sum(os.times()[2:4])
    command = [sys.executable, str(Path(__file__).resolve()), "--restart", str(path), "--sites", str(sites)]
    said = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    wall_s, child_cpu_s = time.perf_counter() - begun_s, sum(os.times()[2:4]) - before
    faults = [] if said["sha256"] == state.sha256 else ["the state after the restart is another"]
    told = {"sites": sites, "ticks_read_back": ticks, "step_and_record_cpu_ms": cpu_s / ticks * 1e3}
    told |= {"bytes_a_decision": len(stepped.records[-1].packed()), "restart_wall_s": wall_s}
    return told | {"restart_cpu_s": child_cpu_s, "faults": faults}


def restarted(path: Path, sites: int) -> None:
    """The process that begins again: the state, then a decision."""
    room = room_of(sites)
    with SqliteJournal(path) as journal:
        state = rebuilt(room, journal)
        if state is None:
            raise SystemExit("an empty journal")
        room.step(state, [Look(at_s=state.at_s + 1.0)])
    print(json.dumps({"sha256": state.sha256}))


def of_commits(folder: Path) -> dict[str, float]:
    """Waits for the disk a second, and records a second by how many share one."""
    told = {}
    with (folder / "plain").open("wb") as file:
        until_s, count = time.perf_counter() + 1.0, 0
        while time.perf_counter() < until_s:
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())
            count += 1
    told["plain_fsyncs_per_s"] = float(count)
    for group in (1, 16, 256):
        with SqliteJournal(folder / f"group{group}.sqlite") as journal:
            begun_s, count = time.perf_counter(), 0
            while time.perf_counter() < begun_s + 1.0:
                journal.append([("reading", bytes(200))] * group)
                count += group
            told[f"records_per_s_by_{group}"] = count / (time.perf_counter() - begun_s)
    return told


def shown(trial: str, figures: dict[str, Any]) -> dict[str, Any]:
    """The figures of a trial, as a table for people."""
    print(trial)
    for key, value in figures.items():
        print(f"  {key:28} {value:,.6g}" if isinstance(value, int | float) else f"  {key:28} {value}", flush=True)
    return figures


def main() -> None:
    """Run the trials; the last line is JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ticks", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--overload-s", type=float, default=60.0)
    parser.add_argument("--malformed", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="on the disk to be tried; a temporary one elsewhere")
    parser.add_argument("--sites", type=int, default=1000, help="of the restart")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--restart", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child is not None:
        hosted(asked.child, SITES, sys.stdin, sys.stdout)
        return
    if asked.restart is not None:
        restarted(asked.restart, asked.sites)
        return
    rng = random.Random(asked.seed)  # noqa: S311  Nothing here is secret.
    with tempfile.TemporaryDirectory(dir=asked.folder) as name:
        folder = Path(name)
        told = {
            "commits": shown("commits", of_commits(folder)),
            "restart": shown("restart", of_restart(folder, sites=asked.sites)),
            "nonsense": shown("nonsense", under_nonsense(folder, count=asked.malformed, rng=rng)),
            "overload": shown("overload", under_overload(folder, seconds=asked.overload_s, rng=rng)),
            "kills": shown("kills", under_kills(folder, ticks=asked.ticks, kills=asked.kills, rng=rng)),
        }
    faults = [fault for figures in told.values() for fault in figures.get("faults", ())]
    print(json.dumps({"sites": SITES, "faults": len(faults)} | told))
    raise SystemExit(1 if faults else 0)


if __name__ == "__main__":
    main()
