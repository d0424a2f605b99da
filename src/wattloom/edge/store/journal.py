"""What happened, in which order, and is the record of it whole? An append-only journal on SQLite.

Each record carries a mark: SHA-256 over the mark before it and itself. A record that was changed, or one that is
missing in the middle, is found and named when it is read. The chain does not stop somebody who writes it anew from
there on: note the last mark elsewhere, and compare.

What `append` was given is on the disk when it returns: write-ahead log, `synchronous=FULL`, one transaction and so one
wait for the disk for all records of a call.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from wattloom.domain.errors import InputError
from wattloom.domain.live import Entry

MARK_BEFORE_ALL = bytes(32)
"""What stands before the first record."""
TABLE = """
CREATE TABLE IF NOT EXISTS records (
  sequence INTEGER PRIMARY KEY, kind TEXT NOT NULL, body BLOB NOT NULL, mark BLOB NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS records_by_kind ON records (kind, sequence);
"""
WAIT_FOR_OTHERS_S = 5.0
"""A reader of another process may hold the file for a moment."""
PAGES_IN_LOG = 4000
"""Pages after which the log is put into the file: 16 MB, so that few appends pay for it."""


class SqliteJournal:
    """A journal in one file, with its log beside it."""

    def __init__(self, path: Path) -> None:
        """Open it, or begin an empty one; what a killed process had not finished is gone, what it had is there."""
        self.path = path
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
        """Put the log into the file and let go of it."""
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
            mark = _mark(mark, sequence, kind, body)
            rows.append((sequence, kind, body, mark))
        with self._told():
            self._base.execute("BEGIN IMMEDIATE")
            try:
                self._base.executemany("INSERT INTO records VALUES (?, ?, ?, ?)", rows)
                self._base.execute("COMMIT")
            except BaseException:
                if self._base.in_transaction:
                    self._base.execute("ROLLBACK")
                raise
        self._sequence, self._mark = sequence, mark
        return sequence

    def read(self, *, after: int = 0) -> Iterator[Entry]:
        """Records in their order, each checked; `InputError` names the first that is missing or was changed."""
        with self._told():
            before = self._base.execute("SELECT mark FROM records WHERE sequence = ?", (after,)).fetchone()
            rows = self._base.execute("SELECT * FROM records WHERE sequence > ? ORDER BY sequence", (after,))
        mark, expected = before[0] if before else MARK_BEFORE_ALL, after
        if after and not before:
            raise self._broken(after, "nothing")
        while True:
            with self._told():
                row = rows.fetchone()
            if row is None:
                return
            expected += 1
            sequence, kind, body, told = row
            if sequence != expected:
                raise self._broken(expected, f"nothing, and record {sequence} behind it")
            mark = _mark(mark, sequence, kind, body)
            if mark != told:
                raise self._broken(sequence, f"a {kind} of {len(body)} bytes that was changed after it was written")
            yield Entry(sequence=sequence, kind=kind, body=body, mark=mark)

    def last(self, kind: str) -> Entry | None:
        """The newest record of a kind, checked against the one before it."""
        with self._told():
            found = self._base.execute("SELECT max(sequence) FROM records WHERE kind = ?", (kind,)).fetchone()[0]
        return None if found is None else next(self.read(after=found - 1))

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


def _mark(before: bytes, sequence: int, kind: str, body: bytes) -> bytes:
    """The mark of a record."""
    digest = hashlib.sha256(before)
    digest.update(f"{sequence} {kind} {len(body)}\n".encode())
    digest.update(body)
    return digest.digest()
