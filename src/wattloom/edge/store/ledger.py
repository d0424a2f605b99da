"""Where does the ledger's book lie? In one SQLite file by default, in PostgreSQL by one setting; alike to its keeper.

Records are only ever inserted. Balances stand beside them, changed in the same transaction, so that a start is quick;
they follow from the records, and `wattloom ledger verify` works them out anew. Only one keeper writes at a time.
"""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from wattloom.domain.errors import InputError
from wattloom.ledger.books import Account, Balance, Books, Keeps
from wattloom.ledger.chain import MARK_BEFORE_ALL, entry_of
from wattloom.ledger.keeping import Record

if TYPE_CHECKING:
    from collections.abc import Callable

VERSION = 1
"""Of the tables; a newer book is refused, an older one is brought forward by the steps below."""
RECORDS = """
CREATE TABLE records (
  sequence {integer} PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, ended TEXT UNIQUE,
  body {bytes} NOT NULL, mark {bytes} NOT NULL
)
"""
PROVISIONAL = "CREATE INDEX records_provisional ON records (sequence) WHERE kind = 'provisional'"
ACCOUNTS = """
CREATE TABLE accounts (
  name TEXT PRIMARY KEY, book TEXT NOT NULL, unit TEXT NOT NULL, keeps TEXT NOT NULL, debit {integer} NOT NULL,
  credit {integer} NOT NULL, debit_pending {integer} NOT NULL, credit_pending {integer} NOT NULL
)
"""
STEPS = {1: (RECORDS, PROVISIONAL, ACCOUNTS)}
RECORD = "sequence, id, kind, ended, body, mark"
OPEN_PROVISIONAL = (
    "SELECT body FROM records WHERE kind = 'provisional'"
    " AND id NOT IN (SELECT ended FROM records WHERE ended IS NOT NULL) ORDER BY sequence"
)
LOOKED_UP_AT_ONCE = 500
"""Ids a query asks for: SQLite reads up to 32,766 parameters, short statements are quicker."""
READ_AT_ONCE = 5_000
WAIT_FOR_OTHERS_S = 5.0
PAGES_IN_LOG = 4000


class SqlBook(ABC):
    """What both stores share: the statements."""

    name: str
    """As errors tell it."""
    place = "?"
    """How a parameter is written."""
    types: Mapping[str, str]

    def __enter__(self) -> Self:
        """Use it in a block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    @abstractmethod
    def close(self) -> None:
        """Let go of it."""

    @abstractmethod
    def run(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Do one statement; the rows that it gives."""

    @abstractmethod
    def many(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        """Do one statement for each of some rows."""

    @abstractmethod
    def whole(self) -> Any:
        """All or none of what is done inside; faults of the store told as `InputError`."""

    @abstractmethod
    def tables(self) -> int:
        """Version of the tables; 0 where there are none."""

    @abstractmethod
    def set_version(self, version: int) -> None:
        """Note the version of the tables."""

    def bring_forward(self) -> None:
        """Make the tables, or bring older ones forward, step by step; a newer book is refused."""
        with self.whole():
            version = self.tables()
            if version > VERSION:
                raise InputError.one(
                    self.name,
                    found=f"a book of version {version}",
                    expected=f"version {VERSION} or older",
                    remedy="open it with the newer wattloom that wrote it",
                )
            for step in range(version + 1, VERSION + 1):
                for statement in STEPS[step]:
                    self.run(statement.format(**self.types))
            if version != VERSION:
                self.set_version(VERSION)

    def head(self) -> tuple[int, bytes]:
        """Sequence and mark of the last record."""
        rows = self.run("SELECT sequence, mark FROM records ORDER BY sequence DESC LIMIT 1")
        return (int(rows[0][0]), bytes(rows[0][1])) if rows else (0, MARK_BEFORE_ALL)

    def mark_at(self, sequence: int) -> bytes:
        """Mark of a record by its number; what stands before the first by 0."""
        if not sequence:
            return MARK_BEFORE_ALL
        rows = self.run(f"SELECT mark FROM records WHERE sequence = {self.place}", (sequence,))  # noqa: S608 - own words
        return bytes(rows[0][0])

    def append(self, records: Sequence[Record], accounts: Sequence[Account], balances: Mapping[str, Balance]) -> None:
        """Keep records, new accounts and changed balances in one transaction."""
        p = self.place
        with self.whole():
            self.many(
                f"INSERT INTO records ({RECORD}) VALUES ({p}, {p}, {p}, {p}, {p}, {p})",  # noqa: S608 - own words
                [(one.sequence, one.id, str(one.kind), one.of or None, one.body, one.mark) for one in records],
            )
            if accounts:
                self.many(
                    f"INSERT INTO accounts VALUES ({p}, {p}, {p}, {p}, 0, 0, 0, 0)",  # noqa: S608 - own words
                    [(one.name, one.book, one.unit, str(one.keeps)) for one in accounts],
                )
            self.many(
                f"UPDATE accounts SET debit = {p}, credit = {p}, debit_pending = {p}, credit_pending = {p}"  # noqa: S608
                f" WHERE name = {p}",
                [(b.debit, b.credit, b.debit_pending, b.credit_pending, name) for name, b in balances.items()],
            )

    def find(self, ids: Sequence[str]) -> dict[str, Record]:
        """Records by their ids."""
        return {record.id: record for record in self._where("id", ids)}

    def endings(self, ids: Sequence[str]) -> dict[str, Record]:
        """Records that ended others, by the ids of those."""
        return {record.of: record for record in self._where("ended", ids)}

    def records(self) -> Iterator[Record]:
        """Every record, in order, some thousand at a time."""
        after = 0
        some = f"SELECT {RECORD} FROM records WHERE sequence > {self.place} ORDER BY sequence LIMIT {READ_AT_ONCE}"  # noqa: S608
        while rows := self.run(some, (after,)):
            yield from map(_record, rows)
            after = int(rows[-1][0])

    def state(self) -> Books:
        """Accounts, balances and open provisional entries."""
        books = Books()
        for name, book, unit, keeps, *sums in self.run("SELECT * FROM accounts"):
            books.accounts[name] = Account(name, book, unit, Keeps(keeps))
            books.balances[name] = Balance(*sums)
        for (body,) in self.run(OPEN_PROVISIONAL):
            entry = entry_of(bytes(body))[0]
            books.pending[entry.id] = entry
        return books

    def _where(self, column: str, values: Sequence[str]) -> Iterator[Record]:
        """Records with any of the values in a column."""
        wanted = list(dict.fromkeys(values))
        for first in range(0, len(wanted), LOOKED_UP_AT_ONCE):
            some = wanted[first : first + LOOKED_UP_AT_ONCE]
            places = ", ".join([self.place] * len(some))
            for row in self.run(f"SELECT {RECORD} FROM records WHERE {column} IN ({places})", some):  # noqa: S608
                yield _record(row)


class SqliteBook(SqlBook):
    """A book in one file, with its log beside it."""

    types: Mapping[str, str] = {"integer": "INTEGER", "bytes": "BLOB"}

    def __init__(self, path: Path, connect: Callable[..., Any] = sqlite3.connect) -> None:
        """Open it, or begin an empty one; refuse where another keeper has it."""
        self.path = path
        self.name = f"ledger {path.name}"
        with self._told():
            self._base = connect(path, isolation_level=None, timeout=WAIT_FOR_OTHERS_S, check_same_thread=False)
        try:
            with self._told():
                self._base.execute("PRAGMA journal_mode=WAL")
                self._base.execute("PRAGMA synchronous=FULL")
                self._base.execute(f"PRAGMA wal_autocheckpoint={PAGES_IN_LOG}")
            self.bring_forward()
        except BaseException:
            self._base.close()
            raise

    def close(self) -> None:
        """Let go of the file."""
        self._base.close()

    def run(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Do one statement."""
        with self._told():
            return list(self._base.execute(statement, values))

    def many(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        """Do one statement for each row."""
        with self._told():
            self._base.executemany(statement, rows)

    @contextmanager
    def whole(self) -> Iterator[None]:
        """One transaction."""
        with self._told():
            self._base.execute("BEGIN IMMEDIATE")
        try:
            yield
            with self._told():
                self._base.execute("COMMIT")
        except BaseException:
            if self._base.in_transaction:
                self._base.execute("ROLLBACK")
            raise

    def tables(self) -> int:
        """Version in the file's head."""
        return int(self.run("PRAGMA user_version")[0][0])

    def set_version(self, version: int) -> None:
        """Write the version into the file's head."""
        self.run(f"PRAGMA user_version = {version:d}")

    def backup(self, path: Path) -> None:
        """A whole copy as of one instant, while the book is in use; refused where a file is already there."""
        with made_whole(path) as making, self._told():
            copy = sqlite3.connect(making)
            try:
                self._base.backup(copy)
            finally:
                copy.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Faults of the file as an error with a remedy."""
        try:
            yield
        except sqlite3.IntegrityError as error:
            raise self._fault(
                error, "this process to be the only keeper", "stop the other one, then start again"
            ) from error
        except sqlite3.Error as error:
            remedy = "free some space, make the file writable, or take the book from its backup; nothing was lost"
            raise self._fault(error, "a whole book on a disk that can be written", remedy) from error

    def _fault(self, error: sqlite3.Error, expected: str, remedy: str) -> InputError:
        """What SQLite said, and what to do."""
        return InputError.one(self.name, found=str(error), expected=expected, remedy=remedy)


@contextmanager
def made_whole(path: Path) -> Iterator[Path]:
    """Where to write a copy for a path: it lies there when the block ends well, nowhere otherwise; never over another.

    Raises:
        InputError: a file of this name is there.
    """
    if path.exists():
        raise InputError.one(
            f"ledger backup {path.name}", found="a file of this name", expected="none", remedy="name a new file"
        )
    making = path.with_name(f"{path.name}.making")
    try:
        making.unlink(missing_ok=True)
        yield making
        making.replace(path)
    finally:
        for name in (making.name, f"{making.name}-wal", f"{making.name}-shm", f"{making.name}-journal"):
            making.with_name(name).unlink(missing_ok=True)


def batched(records: Iterator[Record], size: int) -> Iterator[list[Record]]:
    """Records some at a time."""
    while some := list(islice(records, size)):
        yield some


def _record(row: Sequence[Any]) -> Record:
    """A record out of its row."""
    sequence, name, kind, ended, body, mark = row
    return Record(int(sequence), name, kind, ended or "", bytes(body), bytes(mark))
