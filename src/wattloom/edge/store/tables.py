"""How do a few small tables lie in SQLite or in PostgreSQL alike? One class of statements, two ways to run them.

Statements are written with `?`. Every change is on the disk on return. Any thread may ask; one at a time is answered.
A store that cannot be reached is `Unavailable`: nothing was changed, ask again later.
"""

from __future__ import annotations

import sqlite3
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wattloom.domain.errors import InputError, Unavailable
from wattloom.edge.store.addresses import unsaid

if TYPE_CHECKING:
    from psycopg import Connection

Steps = Mapping[int, tuple[str, ...]]
"""Statements that bring tables from the version before to this one; `{integer}`, `{serial}`, `{bytes}` are types."""
WAIT_FOR_OTHERS_S = 5.0
REACHED_WITHIN_S = 3
REMEDY = "start it, make room on its disk, or correct the address; what was acknowledged is kept"


class Tables(ABC):
    """A few tables, brought to the version of `steps` when they are first opened."""

    types: Mapping[str, str]

    def __init__(self, name: str, steps: Steps) -> None:
        """Name them; nothing is opened yet."""
        self.name, self._steps = name, steps
        self._one_at_a_time = threading.RLock()

    @abstractmethod
    def run(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Do one statement; the rows that it gives."""

    @abstractmethod
    def whole(self) -> Any:
        """All or none of what is done inside, and nobody else's statement between."""

    @abstractmethod
    def close(self) -> None:
        """Let go."""

    @abstractmethod
    def backup(self, path: Path) -> None:
        """A copy as of one instant into a new file, where the store is a file."""

    def bring_forward(self) -> None:
        """Make the tables or bring older ones forward; those of a newer program are refused."""
        newest = max(self._steps)
        with self.whole():
            self.run(f"CREATE TABLE IF NOT EXISTS version_of_{self.name} (version {self.types['integer']} NOT NULL)")
            rows = self.run(f"SELECT version FROM version_of_{self.name}")  # noqa: S608 - own words
            version = int(rows[0][0]) if rows else 0
            if version > newest:
                raise InputError.one(self.name, found=f"tables of version {version}", expected=f"{newest} or older",
                                     remedy="start the newer wattloom that wrote them")  # fmt: skip
            for step in range(version + 1, newest + 1):
                for statement in self._steps[step]:
                    self.run(statement.format(**self.types))
            self.run(f"DELETE FROM version_of_{self.name}")  # noqa: S608 - own words
            self.run(f"INSERT INTO version_of_{self.name} VALUES (?)", (newest,))  # noqa: S608 - own words

    def _down(self, error: Exception) -> Unavailable:
        """The store does not answer."""
        return Unavailable(f"{self.name}: {str(error).strip()}; {REMEDY}")


class SqliteTables(Tables):
    """Tables in one file."""

    types: Mapping[str, str] = {
        "integer": "INTEGER",
        "bytes": "BLOB",
        "serial": "INTEGER PRIMARY KEY AUTOINCREMENT",
        "real": "REAL",
    }

    def __init__(self, path: Path, name: str, steps: Steps) -> None:
        """Open the file, or begin it."""
        super().__init__(name, steps)
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._told():
            self._base = sqlite3.connect(path, isolation_level=None, timeout=WAIT_FOR_OTHERS_S, check_same_thread=False)
        try:
            with self._told():
                self._base.execute("PRAGMA journal_mode=WAL")
                self._base.execute("PRAGMA synchronous=FULL")
            self.bring_forward()
        except BaseException:
            self._base.close()
            raise

    def run(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Do one statement."""
        with self._one_at_a_time, self._told():
            return list(self._base.execute(statement, values))

    @contextmanager
    def whole(self) -> Iterator[None]:
        """One transaction; one inside another is part of it."""
        with self._one_at_a_time:
            if self._base.in_transaction:
                yield
                return
            self.run("BEGIN IMMEDIATE")
            try:
                yield
                self.run("COMMIT")
            except BaseException:
                if self._base.in_transaction:
                    self._base.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Close the file."""
        with self._one_at_a_time:
            self._base.close()

    def backup(self, path: Path) -> None:
        """A copy as of one instant, while the tables are in use."""
        with self._told():
            copy = sqlite3.connect(path)
            try:
                with self._one_at_a_time:
                    self._base.backup(copy)
            finally:
                copy.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Faults of the file; a row that is there already stays what it is, for the caller to understand."""
        try:
            yield
        except sqlite3.IntegrityError:
            raise
        except sqlite3.Error as error:
            raise self._down(error) from error


class PostgresTables(Tables):
    """Tables in a schema of a database; a lost connection is made anew at the next question."""

    types: Mapping[str, str] = {
        "integer": "BIGINT",
        "bytes": "BYTEA",
        "serial": "BIGSERIAL PRIMARY KEY",
        "real": "DOUBLE PRECISION",
    }

    def __init__(self, url: str, name: str, steps: Steps, *, schema: str = "wattloom_server") -> None:
        """Connect, and make the tables or bring them forward."""
        super().__init__(name, steps)
        self._url, self._schema, self._in_whole = url, schema, False
        self._base: Connection[Any] | None = None
        try:
            self.bring_forward()
        except BaseException:
            self.close()
            raise

    def run(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Do one statement."""
        with self._one_at_a_time, self._told():
            cursor = self._connected().execute(statement.replace("?", "%s"), [*map(_without_nul, values)] or None)
            return list(cursor) if cursor.description else []

    @contextmanager
    def whole(self) -> Iterator[None]:
        """One transaction; one inside another is part of it."""
        with self._one_at_a_time:
            if self._in_whole:
                yield
                return
            self._in_whole = True
            try:
                with self._told(), self._connected().transaction():
                    yield
            finally:
                self._in_whole = False

    def close(self) -> None:
        """Give the connection back."""
        with self._one_at_a_time:
            if self._base is not None:
                self._base.close()
                self._base = None

    def backup(self, path: Path) -> None:
        """Not ours: the database has its own way."""
        raise InputError.one(self.name, found=f"a backup into {path.name}", expected="tables in a file",
                             remedy="take a backup of the database with pg_dump")  # fmt: skip

    def _connected(self) -> Connection[Any]:
        """The connection, made where there is none; synchronous, so that what is acknowledged is on the disk."""
        import psycopg  # noqa: PLC0415 - the extra `postgres`; a store in a file needs none
        from psycopg import sql  # noqa: PLC0415

        if self._base is None or self._base.closed:
            self._base = psycopg.connect(self._url, autocommit=True, connect_timeout=REACHED_WITHIN_S)
            self._base.execute("SET synchronous_commit = on")
            self._base.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(self._schema)))
            self._base.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(self._schema)))
        return self._base

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Faults of the server; a row that is there already is what SQLite calls it."""
        import psycopg  # noqa: PLC0415 - as above

        try:
            yield
        except psycopg.errors.IntegrityError as error:
            raise sqlite3.IntegrityError(str(error)) from error
        except psycopg.Error as error:
            raise self._down(psycopg.Error(unsaid(str(error), self._url))) from None


def _without_nul(value: Any) -> Any:
    """A value as it is; of text, what PostgreSQL has no place for is written as what cannot be read."""
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value


def tables(place: Path | str, name: str, steps: Steps) -> Tables:
    """Tables in a file (a path), or in a PostgreSQL (its address)."""
    return SqliteTables(place, name, steps) if isinstance(place, Path) else PostgresTables(place, name, steps)
