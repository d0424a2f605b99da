"""Is what was written there, in its order, and is a record that was touched found by name?"""

from __future__ import annotations

import hashlib
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from wattloom.domain.errors import InputError
from wattloom.edge.store.journal import SqliteJournal


def written(path: Path, count: int = 5) -> Path:
    with SqliteJournal(path) as journal:
        journal.append([("reading", f"body {n}".encode()) for n in range(1, count + 1)])
    return path


def touch(path: Path, statement: str) -> None:
    """By another hand than the journal's."""
    base = sqlite3.connect(path)
    base.execute(statement)
    base.commit()
    base.close()


def test_records_come_back_in_their_order_from_any_sequence(tmp_path: Path) -> None:
    with SqliteJournal(written(tmp_path / "j")) as journal:
        told = [(entry.sequence, entry.kind, entry.body) for entry in journal.read(after=3)]

    assert told == [(4, "reading", b"body 4"), (5, "reading", b"body 5")]


def test_the_mark_is_that_of_the_chain_reckoned_by_hand(tmp_path: Path) -> None:
    first = hashlib.sha256(bytes(32) + b"1 a 3\nxyz").digest()
    second = hashlib.sha256(first + b"2 bb 0\n").digest()

    with SqliteJournal(tmp_path / "j") as journal:
        assert journal.append([("a", b"xyz"), ("bb", b"")]) == 2
        assert journal.head == (2, second)
        assert [entry.mark for entry in journal.read()] == [first, second]


def test_a_journal_opened_again_goes_on_where_it_ended(tmp_path: Path) -> None:
    with SqliteJournal(written(tmp_path / "j")) as journal:
        assert journal.append([("reading", b"body 6")]) == 6

        assert len(list(journal.read())) == 6


@pytest.mark.parametrize(
    ("statement", "named", "found"),
    [
        ("UPDATE records SET body = X'00' WHERE sequence = 3", 3, "was changed"),
        ("UPDATE records SET kind = 'other' WHERE sequence = 4", 4, "was changed"),
        ("UPDATE records SET mark = zeroblob(32) WHERE sequence = 2", 2, "was changed"),
        ("DELETE FROM records WHERE sequence = 2", 2, "nothing, and record 3 behind it"),
    ],
)
def test_a_record_that_was_touched_is_named(tmp_path: Path, statement: str, named: int, found: str) -> None:
    path = written(tmp_path / "j")
    touch(path, statement)

    with SqliteJournal(path) as journal, pytest.raises(InputError) as refused:
        list(journal.read())

    (problem,) = refused.value.problems
    assert problem.where == f"journal j, record {named}"
    assert found in problem.found


def test_records_before_a_broken_one_are_still_read(tmp_path: Path) -> None:
    path = written(tmp_path / "j")
    touch(path, "UPDATE records SET body = X'00' WHERE sequence = 3")
    with SqliteJournal(path) as journal:
        entries = journal.read()

        assert [next(entries).body, next(entries).body] == [b"body 1", b"body 2"]
        with pytest.raises(InputError, match="record 3"):
            next(entries)


def test_the_newest_of_a_kind_is_found_and_checked(tmp_path: Path) -> None:
    path = tmp_path / "j"
    with SqliteJournal(path) as journal:
        journal.append([("snapshot", b"one"), ("reading", b""), ("snapshot", b"two"), ("reading", b"")])
        newest = journal.last("snapshot")

        assert newest is not None
        assert (newest.sequence, newest.body) == (3, b"two")
        assert journal.last("decision") is None

    touch(path, "UPDATE records SET body = X'00' WHERE sequence = 3")
    with SqliteJournal(path) as journal, pytest.raises(InputError, match="record 3"):
        journal.last("snapshot")


def test_all_records_of_a_call_are_kept_or_none(tmp_path: Path) -> None:
    path = written(tmp_path / "j")
    full = "BEFORE INSERT ON records WHEN NEW.body = X'FF' BEGIN SELECT RAISE(ABORT, 'disk full'); END"
    touch(path, f"CREATE TRIGGER full {full}")

    with SqliteJournal(path) as journal:
        with pytest.raises(InputError, match="disk full"):
            journal.append([("reading", b"good"), ("reading", b"\xff")])

        assert len(list(journal.read())) == 5
        assert journal.append([("reading", b"next")]) == 6


def test_a_second_writer_is_refused_before_it_doubles_anything(tmp_path: Path) -> None:
    path = written(tmp_path / "j")
    with SqliteJournal(path) as one, SqliteJournal(path) as other:
        one.append([("reading", b"from one")])

        with pytest.raises(InputError, match="only writer"):
            other.append([("reading", b"from the other")])

        assert [entry.body for entry in one.read(after=5)] == [b"from one"]


def test_a_file_that_is_no_journal_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "j"
    path.write_bytes(b"this is no base" * 100)

    with pytest.raises(InputError, match="not a database"):
        SqliteJournal(path)


def test_a_journal_whose_pages_were_torn_is_refused_not_believed(tmp_path: Path) -> None:
    path = written(tmp_path / "j", count=400)
    content = bytearray(path.read_bytes())
    place = content.index(b"body 200")
    content[place : place + 8] = b"body 999"
    path.write_bytes(content)

    with SqliteJournal(path) as journal, pytest.raises(InputError, match="record 200: "):
        list(journal.read())


def test_the_disk_is_waited_for(tmp_path: Path) -> None:
    with SqliteJournal(tmp_path / "j") as journal:
        told = [journal._base.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]

    assert told == ["wal", 2]  # 2 is FULL: https://sqlite.org/pragma.html#pragma_synchronous


def test_what_a_killed_writer_was_told_is_kept_is_there(tmp_path: Path) -> None:
    path = tmp_path / "j"
    writer = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        from wattloom.edge.store.journal import SqliteJournal
        journal = SqliteJournal(Path(sys.argv[1]))
        while True:
            print(journal.append([("reading", bytes(100))] * 3), flush=True)
        """
    )
    with subprocess.Popen([sys.executable, "-c", writer, str(path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for _ in range(20):
            process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)
        last = [int(line) for line in process.stdout.read().split("\n")[:-1]][-1:] or [60]

    with SqliteJournal(path) as journal:
        count = len(list(journal.read()))

    assert count >= last[0]
    assert count % 3 == 0
