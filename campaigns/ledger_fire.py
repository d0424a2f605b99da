"""Does the ledger lose or double anything under kills, torn writes, flipped bytes and a full disk?

    python campaigns/ledger_fire.py                                                    a million operations a store
    python campaigns/ledger_fire.py --operations 4000 --kills 4 --flips 100 --trace 30  what the tests do

Kills: a process of its own keeps the book and says what it acknowledged; it is ended with SIGKILL at random moments and
begun again, sends everything unanswered once more and some of the answered two to five times. Every write: the writes
of a short trace are recorded by a file layer of our own, and the book is taken up from what was on the disk after each
of them, whole, torn, or with what was not yet synchronised lost. Flips: one bit in the bytes of one record. Full: the
file may not grow.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import apsw
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from postgres_server import programs, running
from wattloom.domain.errors import InputError
from wattloom.edge.store.ledger import SqliteBook
from wattloom.edge.store.ledger_postgres import PostgresBook
from wattloom.ledger import Entry, Kind, Ledger, Line, Outcome, verify

ACCOUNTS = 40
BATCH_MAX = 400
AGAIN_SHARE = 0.5
"""Of the batches, some answered entries are sent again, two to five times."""
SEED = 20261123


def now() -> datetime:
    """The keeper's clock."""
    return datetime.now(UTC)


def operation(number: int) -> Entry:
    """The entry of a number: the same one each time it is asked for."""
    chance = np.random.default_rng([SEED, number])
    if number < ACCOUNTS:
        return Entry(id=f"e{number}", kind=Kind.OPEN, account=f"a{number}", book="money", unit="CNY/10000")
    a, b = chance.choice(ACCOUNTS, 2, replace=False)
    amount = int(chance.integers(1, 10**9))
    lines = (Line(f"a{a}", "debit", amount), Line(f"a{b}", "credit", amount))
    kind = str(chance.choice(["final", "provisional", "finalise", "void", "reverse"], p=[0.6, 0.15, 0.08, 0.05, 0.12]))
    if kind in {"final", "provisional"}:
        return Entry(id=f"e{number}", kind=Kind(kind), lines=lines, why={"number": str(number)})
    # What it ends may not exist, be ended, or be of another kind: refusals are part of the trial.
    of = f"e{int(chance.integers(max(ACCOUNTS, number - 60), number + 1))}"
    return Entry(id=f"e{number}", kind=Kind(kind), of=of, lines=lines if kind == "finalise" else ())


def opened(where: str) -> Any:
    """The book at an address: a path, or a server's."""
    return PostgresBook(where) if where.startswith("host=") else SqliteBook(Path(where))


def keep(where: str, first: int, last: int, seed: int) -> None:
    """The process that is killed: post entries from a number on, and say what was acknowledged."""
    chance = np.random.default_rng(seed)
    ledger = Ledger(opened(where), now)
    print("begun", flush=True)
    number = first
    while number < last:
        count = int(min(chance.integers(1, BATCH_MAX), last - number))
        entries = [operation(one) for one in range(number, number + count)]
        if chance.random() < AGAIN_SHARE and number > ACCOUNTS:
            again = operation(int(chance.integers(0, number)))
            entries += [again] * int(chance.integers(2, 6))
        receipts = ledger.post(entries)
        told = [[r.id, r.outcome.value[0], r.sequence] for r in receipts]
        print(json.dumps([number + count, told]), flush=True)
        number += count
    print("done", flush=True)


def kills(where: str, operations: int, wanted: int) -> dict[str, Any]:
    """Kill the keeper again and again; what it acknowledged must be there, once, and nothing else."""
    chance = np.random.default_rng(SEED)
    known: dict[str, tuple[str, int]] = {}
    faults: list[str] = []
    killed = number = doubled = 0
    begun = time.perf_counter()
    while number < operations:
        command = [sys.executable, __file__, "--keep", where, str(number), str(operations), str(killed)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None  # noqa: S101 - asked for a line above
        lines = iter(process.stdout.readline, "")
        last = number + int(chance.integers(1, 2 * operations // (wanted + 1))) if killed < wanted else operations
        for line in lines:
            number, repeats = heard(known, line, number, faults)
            doubled += repeats
            if number >= last and last < operations:
                time.sleep(chance.uniform(0, 0.02))  # While it judges, writes, or has written and not yet said so.
                process.send_signal(signal.SIGKILL)
                killed += 1
                break
        for line in lines:  # What it said before it died was acknowledged too.
            number, repeats = heard(known, line, number, faults)
            doubled += repeats
        process.wait()
    seconds = time.perf_counter() - begun
    faults += compared(where, known)
    accepted = sum(outcome == "a" for outcome, _ in known.values())
    return {"operations": len(known), "accepted": accepted, "sent_again": doubled, "kills": killed,
            "operations_per_s": round(len(known) / seconds), "faults": faults}  # fmt: skip


def heard(known: dict[str, tuple[str, int]], line: str, number: int, faults: list[str]) -> tuple[int, int]:
    """Note the answers of a line: how far the keeper is, and how many were answers to repeats.

    An answer that differs from an earlier one is a fault.
    """
    if not (line.startswith("[") and line.endswith("\n")):
        return number, 0
    number, told = json.loads(line)
    repeats = 0
    for name, outcome, sequence in told:
        if name not in known:
            # Accepted before a kill that ate the answer, it is known now: either way it stands in the book once.
            known[name] = ("a" if outcome == "k" else outcome, sequence)
            continue
        repeats += 1
        before, stood = known[name]
        if before == "a" and (outcome, sequence) != ("k", stood):
            faults.append(f"{name} was number {stood}, then {outcome} {sequence}")
    return number, repeats


def compared(where: str, known: dict[str, tuple[str, int]]) -> list[str]:
    """The book against what was acknowledged."""
    store = opened(where)
    found = verify(store.records(), kept=store.state(), head=store.head())
    faults = [f"book {book} is off by {sums}" for book, sums in found.books.sums().items() if sums != (0, 0)]
    kept = {record.id: record.sequence for record in store.records()}
    wanted = {name: sequence for name, (outcome, sequence) in known.items() if outcome == "a"}
    faults += [f"{name} lost" for name in wanted if kept.get(name) != wanted[name]][:5]
    faults += [f"{name} never acknowledged" for name in kept if name not in wanted][:5]
    store.close()
    return faults


class Recorded(apsw.VFS):
    """A file layer that notes every write, cut, synchronisation and removal, in order."""

    def __init__(self) -> None:
        """Over the usual layer."""
        self.steps: list[tuple[str, str, int, bytes]] = []
        super().__init__("recorded", "")

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 - SQLite's word
        """Open a file whose steps are noted."""
        return RecordedFile(self, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802, FBT001 - SQLite's words
        """Note a removal."""
        self.steps.append(("delete", Path(filename).name, 0, b""))
        super().xDelete(filename, syncdir)


class RecordedFile(apsw.VFSFile):
    """One file of it."""

    def __init__(self, layer: Recorded, name: Any, flags: list[int]) -> None:
        """Open it underneath."""
        self.layer = layer
        self.name = Path(name.filename() if hasattr(name, "filename") else name or "temporary").name
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - SQLite's word
        """Note and write."""
        self.layer.steps.append(("write", self.name, offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, size: int) -> None:  # noqa: N802 - SQLite's word
        """Note and cut."""
        self.layer.steps.append(("cut", self.name, size, b""))
        super().xTruncate(size)

    def xSync(self, flags: int) -> None:  # noqa: N802 - SQLite's word
        """Note and synchronise."""
        self.layer.steps.append(("sync", self.name, 0, b""))
        super().xSync(flags)


class Layered:
    """A connection over the noting layer, as the store uses one."""

    def __init__(self, path: Path, **_: Any) -> None:
        """Open; the log's index is kept in memory, for the layer has none to share."""
        self._base = apsw.Connection(str(path), vfs="recorded")
        self._base.execute("PRAGMA locking_mode=EXCLUSIVE")

    def execute(self, statement: str, values: Any = ()) -> Any:
        """Do a statement."""
        return self._base.execute(statement, tuple(values))

    def executemany(self, statement: str, rows: Any) -> None:
        """Do a statement for each row."""
        self._base.executemany(statement, rows)

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return bool(self._base.in_transaction)

    def close(self) -> None:
        """Close it."""
        self._base.close()


def every_write(folder: Path, operations: int) -> dict[str, Any]:
    """Take the book up from the disk as it was after each write of a trace."""
    layer = Recorded()
    store = SqliteBook(folder / "trace.sqlite", connect=Layered)
    store._base.execute("PRAGMA wal_autocheckpoint=20")  # noqa: SLF001 - so that the short trace meets checkpoints too
    ledger = Ledger(store, now)
    acknowledged: list[tuple[int, str, int]] = []
    for number in range(operations + ACCOUNTS):
        receipt = ledger.post([operation(number)])[0]
        if receipt.outcome is Outcome.ACCEPTED:
            acknowledged.append((len(layer.steps), receipt.id, receipt.sequence))
    steps = list(layer.steps)
    store.close()
    faults, tried = [], 0
    chance = np.random.default_rng(SEED)
    for cut in range(len(steps) + 1):
        for how in ("whole", "torn", "unsynchronised"):
            files = disk(steps[:cut], how, chance)
            tried += 1
            fault = taken_up(folder / "again", files, [(name, seq) for at, name, seq in acknowledged if at <= cut])
            if fault:
                faults.append(f"after step {cut} {steps[cut - 1][:3]}, {how}: {fault}")
    return {"writes": sum(step[0] == "write" for step in steps), "disks_tried": tried, "faults": faults[:10]}


def disk(steps: list[tuple[str, str, int, bytes]], how: str, chance: np.random.Generator) -> dict[str, bytes]:
    """Files after some steps: all of them done, the last write torn, or some of the unsynchronised ones lost."""
    done = list(steps)
    if how == "torn" and done and done[-1][0] == "write":
        kind, name, offset, data = done[-1]
        done[-1] = (kind, name, offset, data[: int(chance.integers(0, len(data)))])
    if how == "unsynchronised":
        last = {name: at for at, (kind, name, _, _) in enumerate(done) if kind == "sync"}
        done = [step for at, step in enumerate(done)
                if step[0] != "write" or at <= last.get(step[1], -1) or chance.random() < 0.5]  # fmt: skip
    files: dict[str, bytearray] = {}
    for kind, name, offset, data in done:
        if kind == "delete":
            files.pop(name, None)
        elif kind == "cut":
            del files.setdefault(name, bytearray())[offset:]
        elif kind == "write":
            file = files.setdefault(name, bytearray())
            file.extend(bytes(max(0, offset + len(data) - len(file))))
            file[offset : offset + len(data)] = data
    return {name: bytes(file) for name, file in files.items()}


def taken_up(folder: Path, files: dict[str, bytes], acknowledged: list[tuple[str, int]]) -> str:
    """What is wrong with the book on such a disk; nothing where all is well."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    try:
        with SqliteBook(folder / "trace.sqlite") as store:
            verify(store.records(), kept=store.state(), head=store.head())
            kept = {record.id: record.sequence for record in store.records()}
    except InputError as error:
        return str(error)
    lost = [name for name, sequence in acknowledged if kept.get(name) != sequence]
    return f"lost {lost[:3]}" if lost else ""


def flips(folder: Path, count: int) -> dict[str, Any]:
    """Turn one bit of one record in the file; the book must be found broken."""
    path = folder / "flips.sqlite"
    with SqliteBook(path) as store:
        Ledger(store, now).post([operation(number) for number in range(ACCOUNTS + 30)])
        records = list(store.records())
        store.run("PRAGMA wal_checkpoint(TRUNCATE)")
        store.run("PRAGMA journal_mode=DELETE")
    raw = path.read_bytes()
    chance = np.random.default_rng(SEED)
    missed = 0
    for _ in range(count):
        record = records[int(chance.integers(len(records)))]
        at = raw.index(record.body) + int(chance.integers(len(record.body)))
        spoilt = bytearray(raw)
        spoilt[at] ^= 1 << int(chance.integers(8))
        path.write_bytes(spoilt)
        base = sqlite3.connect(path)
        try:
            rows = base.execute(
                "SELECT sequence, id, kind, ended, body, mark FROM records ORDER BY sequence"
            ).fetchall()
        finally:
            base.close()
        missed += whole([type(record)(s, i, k, e or "", bytes(b), bytes(m)) for s, i, k, e, b, m in rows])
    return {"flips": count, "missed": missed, "faults": [f"{missed} flips missed"] if missed else []}


def whole(records: list[Any]) -> bool:
    """Whether a book is found whole."""
    try:
        verify(records)
    except InputError:
        return False
    return True


def full(folder: Path) -> dict[str, Any]:
    """Let the file grow no further: a clear error, and a good book of all that was acknowledged."""
    faults: list[str] = []
    store = SqliteBook(folder / "full.sqlite")
    ledger = Ledger(store, now)
    ledger.post([operation(number) for number in range(ACCOUNTS)])
    store.run("PRAGMA max_page_count = 60")
    said, number = "", ACCOUNTS
    while not said and number < 100_000:
        try:
            ledger.post([operation(number)])
        except InputError as error:
            said = str(error)
        number += 1
    head = ledger.head
    store.run("PRAGMA max_page_count = 1000000")
    if verify(store.records(), kept=store.state(), head=head).records != head[0] or store.head() != head:
        faults.append("the book differs from what was acknowledged")
    ledger.post([operation(number)])
    store.close()
    if "full" not in said:
        faults.append(f"a full disk said: {said!r}")
    return {"said": said, "faults": faults}


def throughput(where: str, count: int) -> dict[str, Any]:
    """Entries a second in batches, and the same rows inserted without judging, chain or balances."""
    store = opened(where)
    ledger = Ledger(store, now)
    start = store.head()[0]
    ledger.post([operation(number) for number in range(ACCOUNTS)])
    entries = [Entry(id=f"t{i}", kind=Kind.FINAL, lines=(Line("a1", "debit", i + 1), Line("a2", "credit", i + 1)))
               for i in range(count)]  # fmt: skip
    begun = time.perf_counter()
    for first in range(0, count, BATCH_MAX):
        ledger.post(entries[first : first + BATCH_MAX])
    ours = time.perf_counter() - begun
    rows = [
        (r.sequence, r.id, str(r.kind), None, r.body, r.mark) for r in store.records() if r.sequence > start + ACCOUNTS
    ]
    types, places = store.types, ", ".join([store.place] * 6)
    store.run("CREATE TABLE plain (sequence {integer} PRIMARY KEY, id TEXT UNIQUE, kind TEXT, ended TEXT UNIQUE,"
              " body {bytes}, mark {bytes})".format(**types))  # fmt: skip
    begun = time.perf_counter()
    for first in range(0, len(rows), BATCH_MAX):
        with store.whole():
            store.many(f"INSERT INTO plain VALUES ({places})", rows[first : first + BATCH_MAX])  # noqa: S608
    plain = time.perf_counter() - begun
    store.close()
    return {"entries_per_s": round(count / ours), "plain_inserts_per_s": round(len(rows) / plain),
            "ratio": round(ours / plain * len(rows) / count, 2), "faults": []}  # fmt: skip


@contextmanager
def stores(folder: Path) -> Iterator[dict[str, str]]:
    """Addresses of an embedded book and, where its programs are, of a server's."""
    with ExitStack() as stack:
        found = {"sqlite": str(folder / "book.sqlite")}
        if programs() is not None:
            found["postgres"] = stack.enter_context(running()).url
        yield found


def main() -> None:
    """Run the trials asked for; the last line is JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--operations", type=int, default=1_000_000)
    parser.add_argument("--kills", type=int, default=120)
    parser.add_argument("--flips", type=int, default=10_000)
    parser.add_argument("--trace", type=int, default=200)
    parser.add_argument("--keep", nargs=4, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.keep:
        where, first, last, seed = asked.keep
        keep(where, int(first), int(last), int(seed))
        return
    folder = Path(tempfile.mkdtemp(prefix="ledger-fire-"))
    found: dict[str, Any] = {}
    try:
        with stores(folder) as places:
            for name, where in places.items():
                found[f"kills_{name}"] = kills(where, asked.operations, asked.kills)
                print(f"kills, {name}: {found[f'kills_{name}']}", flush=True)
                other = f"{folder}/speed.sqlite" if name == "sqlite" else where
                if name == "sqlite" or asked.operations:
                    found[f"speed_{name}"] = throughput(other, min(asked.operations, 40_000))
                    print(f"speed, {name}: {found[f'speed_{name}']}", flush=True)
        for name, trial in (("every_write", lambda: every_write(folder, asked.trace)),
                            ("flips", lambda: flips(folder, asked.flips)), ("full", lambda: full(folder))):  # fmt: skip
            found[name] = trial()
            print(f"{name}: {found[name]}", flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    faults = [f"{name}: {fault}" for name, trial in found.items() for fault in trial["faults"]]
    print(json.dumps({"faults": len(faults), **found}), flush=True)
    if faults:
        sys.exit("\n".join(faults))


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    main()
