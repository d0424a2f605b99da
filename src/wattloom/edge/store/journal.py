"""What happened, in which order, and is the record of it whole? An append-only journal on SQLite.

Each record carries a mark: SHA-256 over the mark before it and itself. A record that was changed, or one that is
missing in the middle, is found and named when it is read. The chain does not stop somebody who writes it anew from
there on: note the last mark elsewhere, and compare.

What `append` was given is on the disk when it returns: write-ahead log, `synchronous=FULL`, one transaction and so one
wait for the disk for all records of a call.

A journal is kept whole, unless `Keep` says how many of the newest snapshots it shall hold: what lies before them is
written to a segment of the archive beside it (`archive`), by a thread of its own, and leaves the file once the segment
is on the disk, a few records with each append. `read` tells the whole chain, wherever its records lie.

    SqliteJournal(path)                                    # whole
    SqliteJournal(path, keep=Keep(kind="snapshot"))        # the newest 18 to 24 snapshots, the rest in segments
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Self

from wattloom.domain.errors import InputError
from wattloom.domain.live import Entry
from wattloom.edge.store import archive
from wattloom.edge.store.archive import Segment, chained

MARK_BEFORE_ALL = bytes(32)
"""What stands before the first record."""
TABLE = """
CREATE TABLE IF NOT EXISTS records (
  sequence INTEGER PRIMARY KEY, kind TEXT NOT NULL, body BLOB NOT NULL, mark BLOB NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS records_by_kind ON records (kind, sequence);
CREATE TABLE IF NOT EXISTS segments (
  first INTEGER PRIMARY KEY, last INTEGER NOT NULL, mark BLOB NOT NULL, name TEXT NOT NULL
) STRICT;
"""
WAIT_FOR_OTHERS_S = 5.0
"""A reader of another process may hold the file for a moment."""
PAGES_IN_LOG = 4000
"""Pages after which the log is put into the file: 16 MB, so that few appends pay for it."""


AT_A_TIME = 32
"""Records that leave the file with an append, or are read at once for a segment: more than a tick writes, and quick."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """How much of itself a journal holds in its file."""

    kind: str
    """Of the records that the next start goes on from."""
    newest: int = 18
    """So many of these, and all behind the oldest of them, stay: an hour of a live loop's ticks of a second."""
    at_once: int = 6
    """So many more come together before a segment is written."""


class SqliteJournal:
    """A journal in one file, with its log beside it and its archive in a folder."""

    def __init__(self, path: Path, *, keep: Keep | None = None) -> None:
        """Open it, or begin an empty one; what a killed process had not finished is gone, what it had is there."""
        self.path, self.keep, self.folder = path, keep, path.with_name(f"{path.name}.archive")
        self.archive_fault: Exception | None = None
        """Why the last segment could not be written; it is tried again with the next snapshot. None: all is well."""
        self._archivist: threading.Thread | None = None
        self._stop, self._made = threading.Event(), list[Segment]()
        with self._told():
            self._base = sqlite3.connect(
                path, isolation_level=None, timeout=WAIT_FOR_OTHERS_S, check_same_thread=False
            )  # fmt: skip
        try:
            with self._told():
                self._base.execute("PRAGMA journal_mode=WAL")
                self._base.execute("PRAGMA synchronous=FULL")
                self._base.execute(f"PRAGMA wal_autocheckpoint={PAGES_IN_LOG}")
                self._base.executescript(TABLE)
                self._archived = self._last_archived()
                last = self._base.execute("SELECT sequence, mark FROM records ORDER BY sequence DESC LIMIT 1")
                head: tuple[int, bytes] = last.fetchone() or (0, MARK_BEFORE_ALL)
        except InputError:
            self._base.close()
            raise
        self._sequence, self._mark = head

    def __enter__(self) -> Self:
        """Use it in a block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Put the log into the file and let go of it; a segment still in the making is left to the next start."""
        self._stop.set()
        if self._archivist is not None:
            self._archivist.join()
        try:
            if self._made:
                self.append([])
        finally:
            self._base.close()

    @property
    def head(self) -> tuple[int, bytes]:
        """Sequence and mark of the last record."""
        return self._sequence, self._mark

    def append(self, records: Sequence[tuple[str, bytes]]) -> int:
        """Keep kind and body of each, all or none; on the disk when it returns. The sequence of the last."""
        rows, sequence, mark = [], self._sequence, self._mark
        for kind, body in records:
            sequence += 1
            mark = chained(mark, sequence, kind, body)
            rows.append((sequence, kind, body, mark))
        with self._told():
            self._base.execute("BEGIN IMMEDIATE")
            try:
                self._base.executemany("INSERT INTO records VALUES (?, ?, ?, ?)", rows)
                archived = self._put_away()
                self._base.execute("COMMIT")
            except BaseException:
                if self._base.in_transaction:
                    self._base.execute("ROLLBACK")
                raise
        self._sequence, self._mark, self._archived = sequence, mark, archived
        if self.keep is not None and any(kind == self.keep.kind for kind, _ in records):
            self._archive(self.keep)
        return sequence

    def read(self, *, after: int = 0) -> Iterator[Entry]:
        """Records in their order, each checked; `InputError` names the first that is missing or was changed."""
        with self._told():
            rows = self._base.execute("SELECT * FROM records WHERE sequence > ? ORDER BY sequence", (after,))
            first = rows.fetchone()
        mark, expected = self._mark_at(after), after
        if mark is None or first is None or first[0] > after + 1:
            # Asked after the first row is held: what left the file before that is in a segment by now.
            for entry in self._from_segments(after, before=first[0] if first else None):
                mark, expected = entry.mark, entry.sequence
                if entry.sequence > after:
                    yield entry
        if mark is None:
            raise self._broken(after, "nothing")
        for row in chain([first] if first else [], self._rest(rows)):
            expected += 1
            sequence, kind, body, told = row
            if sequence != expected:
                raise self._broken(expected, f"nothing, and record {sequence} behind it")
            mark = chained(mark, sequence, kind, body)
            if mark != told:
                raise self._broken(sequence, f"a {kind} of {len(body)} bytes that was changed after it was written")
            yield Entry(sequence=sequence, kind=kind, body=body, mark=mark)

    def last(self, kind: str) -> Entry | None:
        """The newest record of a kind, checked against the one before it."""
        with self._told():
            found = self._base.execute("SELECT max(sequence) FROM records WHERE kind = ?", (kind,)).fetchone()[0]
        return None if found is None else next(self.read(after=found - 1))

    def segments(self) -> list[Segment]:
        """The archive's segments, oldest first."""
        with self._told():
            rows = self._base.execute("SELECT first, last, mark, name FROM segments ORDER BY first").fetchall()
        return [Segment(first=first, last=last, mark=mark, name=name) for first, last, mark, name in rows]

    def _rest(self, rows: sqlite3.Cursor) -> Iterator[Any]:
        """The rows that are left."""
        while True:
            with self._told():
                row = rows.fetchone()
            if row is None:
                return
            yield row

    def _from_segments(self, after: int, *, before: int | None) -> Iterator[Entry]:
        """Archived records up to the file's own, from the first of the segment that holds the one behind `after`."""
        mark = MARK_BEFORE_ALL
        for segment in self.segments():
            if segment.last > after:
                for entry in archive.read(self.folder / segment.name, mark_before=mark):
                    if before is not None and entry.sequence >= before:
                        return
                    yield entry
            mark = segment.mark

    def _mark_at(self, sequence: int) -> bytes | None:
        """The mark of a record that is in the file, or the last of a segment; None: of any other."""
        if not sequence:
            return MARK_BEFORE_ALL
        with self._told():
            row = self._base.execute(
                "SELECT mark FROM records WHERE sequence = ? UNION SELECT mark FROM segments WHERE last = ?",
                (sequence, sequence),
            ).fetchone()
        return row[0] if row else None

    def _last_archived(self) -> int:
        """The last record that left the file."""
        found: int | None = self._base.execute("SELECT max(last) FROM segments").fetchone()[0]
        return found or 0

    def _put_away(self) -> int:
        """Name a segment that is on the disk, and let some of the records that are in one go; inside a transaction."""
        archived = self._last_archived()
        if archived != self._archived:
            raise sqlite3.IntegrityError("another process archived records")
        if self._made:
            made = self._made.pop()
            self._base.execute(
                "INSERT INTO segments VALUES (?, ?, ?, ?)", (made.first, made.last, made.mark, made.name)
            )
            archived = made.last
        if archived:
            self._base.execute(
                "DELETE FROM records WHERE sequence IN "
                "(SELECT sequence FROM records WHERE sequence <= ? ORDER BY sequence LIMIT ?)",
                (archived, AT_A_TIME),
            )
        return archived

    def _archive(self, keep: Keep) -> None:
        """Begin a segment of what lies before the newest snapshots, where they are enough and none is in the making."""
        if self._made or (self._archivist is not None and self._archivist.is_alive()):
            return
        with self._told():
            of_kind = (keep.kind, self._archived, keep.newest + keep.at_once)
            found = self._base.execute(
                "SELECT sequence FROM records WHERE kind = ? AND sequence > ? ORDER BY sequence DESC LIMIT ?", of_kind
            ).fetchall()
        if len(found) == keep.newest + keep.at_once:
            before, self._stop = found[keep.newest - 1][0], threading.Event()
            named, mark = {segment.name for segment in self.segments()}, self._mark_at(self._archived)
            task = (self._archived, before, mark or MARK_BEFORE_ALL, named)
            self._archivist = threading.Thread(target=self._write_segment, args=task, daemon=True)
            self._archivist.start()

    def _write_segment(self, after: int, before: int, mark: bytes, named: set[str]) -> None:
        """In a thread of its own: the records of a range to a segment, which the next append names."""
        try:
            archive.forget_strays(self.folder, named=named, after=after)
            with closing(sqlite3.connect(self.path, timeout=WAIT_FOR_OTHERS_S)) as base:
                entries = self._ranged(base, after, before, mark)
                made = archive.written(self.folder, entries, goes_on=lambda: not self._stop.is_set())
            if made is not None:
                self._made.append(made)
            self.archive_fault = None
        except (OSError, sqlite3.Error, InputError) as error:
            self.archive_fault = error  # Decisions go on; the journal grows until the archive can be written again.

    def _ranged(self, base: sqlite3.Connection, after: int, before: int, mark: bytes) -> Iterator[Entry]:
        """Records between two, checked, a few at a time so that the log can be put into the file meanwhile."""
        while after + 1 < before:
            asked = (after, before, AT_A_TIME)
            rows = base.execute(
                "SELECT * FROM records WHERE sequence > ? AND sequence < ? ORDER BY sequence LIMIT ?", asked
            ).fetchall()
            for sequence, kind, body, told in rows:
                mark = chained(mark, sequence, kind, body)
                if sequence != after + 1 or mark != told:
                    raise self._broken(after + 1, "nothing, or a record that was changed")
                after = sequence
                yield Entry(sequence=sequence, kind=kind, body=body, mark=mark)
            if not rows:
                raise self._broken(after + 1, "nothing")

    def _broken(self, sequence: int, found: str) -> InputError:
        """A record that cannot be trusted."""
        return InputError.one(
            f"journal {self.path.name}, record {sequence}",
            found=found,
            expected="the record whose mark continues the chain",
            remedy="take the file from its backup; records before this one are whole",
        )

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Faults of the file as an error with a remedy."""
        try:
            yield
        except sqlite3.IntegrityError as error:
            expected, remedy = "this process to be the only writer", "stop the other one, then start again"
            raise self._fault(error, expected, remedy) from error
        except sqlite3.Error as error:
            expected, remedy = "a journal on a disk with space", "free some space, or take the file from its backup"
            raise self._fault(error, expected, remedy) from error

    def _fault(self, error: sqlite3.Error, expected: str, remedy: str) -> InputError:
        """What SQLite said, and what to do."""
        return InputError.one(f"journal {self.path.name}", found=str(error), expected=expected, remedy=remedy)
