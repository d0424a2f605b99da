"""Does a journal stop growing, forget nothing, and come through a kill at every step of its archive?"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from wattloom.domain.errors import InputError
from wattloom.edge.store import archive
from wattloom.edge.store.journal import MARK_BEFORE_ALL, Keep, SqliteJournal

KEEP = Keep(kind="snapshot", newest=1, at_once=1)


def grown(journal: SqliteJournal, rounds: int, body: bytes = b"reading") -> None:
    """Rounds of two readings and a snapshot; the archive is waited for after each."""
    for _ in range(rounds):
        journal.append([("reading", body), ("reading", body), ("snapshot", b"state")])
        settled(journal)


def settled(journal: SqliteJournal) -> None:
    """Wait for the archive's thread."""
    if journal._archivist is not None:
        journal._archivist.join()


def in_file(journal: SqliteJournal) -> list[int]:
    """Sequences that the file itself holds."""
    return [row[0] for row in journal._base.execute("SELECT sequence FROM records ORDER BY sequence")]


def test_what_lies_before_the_newest_snapshots_leaves_the_file_and_is_still_told(tmp_path: Path) -> None:
    """Snapshots are 3, 6 and 9. As 6 comes, 1 to 5 may go, and as 9 comes, 6 to 8; a reading behind them names that."""
    with SqliteJournal(tmp_path / "j", keep=KEEP) as journal:
        grown(journal, 3)
        journal.append([("reading", b"last")])

        assert [(s.first, s.last) for s in journal.segments()] == [(1, 5), (6, 8)]
        assert in_file(journal) == [9, 10]
        told = list(journal.read())
        assert [entry.sequence for entry in told] == list(range(1, 11))
        assert [entry.sequence for entry in journal.read(after=4)] == list(range(5, 11))
        assert [entry.sequence for entry in journal.read(after=8)] == [9, 10]
        newest = journal.last("snapshot")
        assert newest is not None
        assert newest.sequence == 9
        mark = MARK_BEFORE_ALL
        for entry in told:
            mark = hashlib.sha256(
                mark + f"{entry.sequence} {entry.kind} {len(entry.body)}\n".encode() + entry.body
            ).digest()
        assert mark == journal.head[1]


def test_a_segment_is_read_with_gunzip_and_its_name_is_its_hash(tmp_path: Path) -> None:
    with SqliteJournal(tmp_path / "j", keep=KEEP) as journal:
        grown(journal, 2, b"xyz")
        journal.append([("reading", b"last")])
        (segment,) = journal.segments()
        content = (journal.folder / segment.name).read_bytes()

    lines = gzip.decompress(content).split(b"\n")

    assert segment.name == f"000000000001-000000000005-{hashlib.sha256(content).hexdigest()}.records.gz"
    first = json.loads(lines[0])
    by_hand = hashlib.sha256(bytes(32) + b"1 reading 3\nxyz").hexdigest()
    assert first == {"sequence": 1, "kind": "reading", "bytes": 3, "mark": by_hand}
    assert lines[1] == b"xyz"


def test_a_journal_without_a_setting_is_kept_whole(tmp_path: Path) -> None:
    with SqliteJournal(tmp_path / "j") as journal:
        grown(journal, 5)

        assert in_file(journal) == list(range(1, 16))
        assert journal.segments() == []
        assert not journal.folder.exists()


def test_the_file_stops_growing(tmp_path: Path) -> None:
    """A round is 200 kB; four rounds may lie in the file at a time, and what left it is used again."""
    path = tmp_path / "j"
    with SqliteJournal(path, keep=KEEP) as journal:
        grown(journal, 60, os.urandom(100_000))

    assert path.stat().st_size < 2_000_000
    with SqliteJournal(path) as journal:
        assert sum(1 for _ in journal.read()) == 180


@pytest.mark.parametrize("fault", ["byte", "short", "gone"])
def test_a_segment_that_was_touched_is_named_and_the_rest_goes_on(tmp_path: Path, fault: str) -> None:
    path = tmp_path / "j"
    with SqliteJournal(path, keep=KEEP) as journal:
        grown(journal, 3)
        journal.append([("reading", b"last")])
        segment = journal.segments()[1]
        file = journal.folder / segment.name
    content = file.read_bytes()
    if fault == "gone":
        file.unlink()
    else:
        file.write_bytes(content[:-9] if fault == "short" else content[:30] + bytes([content[30] ^ 1]) + content[31:])

    with SqliteJournal(path) as journal:
        with pytest.raises(InputError, match=rf"segment {segment.name}: .*backup"):
            list(journal.read())

        newest = journal.last("snapshot")
        assert newest is not None
        assert [entry.sequence for entry in journal.read(after=newest.sequence)] == [10]


def test_a_segment_of_another_journal_under_a_right_name_is_off_the_chain(tmp_path: Path) -> None:
    with SqliteJournal(tmp_path / "one", keep=KEEP) as one, SqliteJournal(tmp_path / "other", keep=KEEP) as other:
        grown(one, 2, b"one")
        grown(other, 2, b"other")
        one.append([("reading", b"")])
        other.append([("reading", b"")])
        stranger = other.folder / other.segments()[0].name

    with pytest.raises(InputError, match="record 1 off the chain"):
        list(archive.read(stranger, mark_before=hashlib.sha256(b"another beginning").digest()))


def test_a_kill_while_a_segment_is_written_leaves_nothing_that_counts(tmp_path: Path) -> None:
    path = tmp_path / "j"
    with SqliteJournal(path, keep=KEEP) as journal:
        grown(journal, 1)
        journal.folder.mkdir()
        (journal.folder / "segment.making").write_bytes(b"half of it")

        grown(journal, 2)

        assert [entry.sequence for entry in journal.read()] == list(range(1, 10))
        assert all(file.name.endswith(".records.gz") for file in journal.folder.iterdir())


def test_a_kill_after_a_segment_was_written_and_before_it_was_named_writes_it_again(tmp_path: Path) -> None:
    """The stray one of records 1 to 5 goes, since the file still holds them; a segment that is named stays."""
    path = tmp_path / "j"
    with SqliteJournal(path, keep=KEEP) as journal:
        grown(journal, 2)
        journal._made.clear()  # As if it had died here.
        stray = [file.name for file in journal.folder.iterdir()]
    assert [name[:25] for name in stray] == ["000000000001-000000000005"]

    with SqliteJournal(path, keep=KEEP) as journal:
        assert in_file(journal) == [1, 2, 3, 4, 5, 6]
        grown(journal, 1)
        journal.append([("reading", b"last")])

        assert [(s.first, s.last) for s in journal.segments()] == [(1, 8)]
        assert [file.name for file in journal.folder.iterdir()] == [s.name for s in journal.segments()]
        assert [entry.sequence for entry in journal.read()] == list(range(1, 11))


def test_a_kill_after_a_segment_was_named_and_before_its_records_left_tells_each_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wattloom.edge.store.journal.AT_A_TIME", 1)
    with SqliteJournal(tmp_path / "j", keep=KEEP) as journal:
        grown(journal, 2)
        journal.append([("reading", b"last")])

        assert in_file(journal) == [2, 3, 4, 5, 6, 7]
        assert [entry.sequence for entry in journal.read()] == list(range(1, 8))
        assert [entry.sequence for entry in journal.read(after=1)] == list(range(2, 8))


def test_a_full_disk_under_the_archive_does_not_stop_the_decisions(tmp_path: Path) -> None:
    with SqliteJournal(tmp_path / "j", keep=KEEP) as journal:
        journal.folder.write_bytes(b"no folder")
        grown(journal, 3)

        assert isinstance(journal.archive_fault, OSError)
        assert journal.head[0] == 9
        journal.folder.unlink()
        grown(journal, 1)
        journal.append([("reading", b"")])
        assert journal.archive_fault is None
        assert in_file(journal)[0] == 12


def test_a_writer_that_slept_while_another_archived_is_refused(tmp_path: Path) -> None:
    """Its next record, 4, has left the file: its number is free there, and must not be given twice."""
    path = tmp_path / "j"
    with SqliteJournal(path, keep=KEEP) as awake:
        grown(awake, 1)
        with SqliteJournal(path) as asleep:
            grown(awake, 3)
            awake.append([("reading", b"")])
            assert in_file(awake)[0] > 4

            with pytest.raises(InputError, match="only writer"):
                asleep.append([("reading", b"doubled")])


def test_a_record_changed_before_it_was_archived_is_not_put_away_as_good(tmp_path: Path) -> None:
    path = tmp_path / "j"
    with SqliteJournal(path, keep=KEEP) as journal:
        grown(journal, 1)
    base = sqlite3.connect(path)
    base.execute("UPDATE records SET body = X'00' WHERE sequence = 2")
    base.commit()
    base.close()

    with SqliteJournal(path, keep=KEEP) as journal:
        grown(journal, 1)

        assert isinstance(journal.archive_fault, InputError)
        assert journal.segments() == []
        with pytest.raises(InputError, match="record 2: "):
            list(journal.read())


def test_a_writer_killed_at_any_moment_loses_and_doubles_nothing(tmp_path: Path) -> None:
    path, chance, told = tmp_path / "j", random.Random(4), 0  # noqa: S311  Nothing here is secret.
    writer = textwrap.dedent(
        """
        import os, sys
        from pathlib import Path
        from wattloom.edge.store.journal import Keep, SqliteJournal
        with SqliteJournal(Path(sys.argv[1]), keep=Keep(kind="snapshot", newest=2, at_once=1)) as journal:
            while True:
                print(journal.append([("reading", os.urandom(3000))] * 4 + [("snapshot", b"state")]), flush=True)
        """
    )
    for _ in range(6):
        command = [sys.executable, "-c", writer, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(chance.uniform(0.0, 0.25))
            process.send_signal(signal.SIGKILL)
            told = int(([line for line in process.stdout.read().split("\n")[:-1] if line] or [told])[-1])

    with SqliteJournal(path) as journal:
        sequences = [entry.sequence for entry in journal.read()]
        assert sequences == list(range(1, journal.head[0] + 1))
        assert journal.head[0] >= told
        assert journal.segments()
        assert in_file(journal)[0] > 1
