"""Where does the book lie for many machines? In PostgreSQL; the same keeper. Needs the extra `wattloom[postgres]`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from wattloom.domain.errors import InputError
from wattloom.edge.store.addresses import unsaid
from wattloom.edge.store.ledger import READ_AT_ONCE, SqlBook, SqliteBook, batched, made_whole

KEEPER_LOCK = 0x77_61_74_74
"""Advisory lock of the one keeper of a schema: "watt"."""


class PostgresBook(SqlBook):
    """A book in one schema of a database; one keeper at a time, held by an advisory lock."""

    place = "%s"
    types: Mapping[str, str] = {"integer": "BIGINT", "bytes": "BYTEA"}

    def __init__(self, url: str, *, schema: str = "wattloom_ledger") -> None:
        """Connect, take the keeper's lock, make the tables or bring them forward."""
        self.name = f"ledger in PostgreSQL, schema {schema}"
        self.schema, self._url = schema, url
        with self._told():
            self._base = psycopg.connect(url, autocommit=True)
        try:
            with self._told():
                self._base.execute("SET synchronous_commit = on")
                self._base.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema)))
                self._base.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(schema)))
            self._be_the_only_keeper()
            self.bring_forward()
        except BaseException:
            self._base.close()
            raise

    def close(self) -> None:
        """Give the lock and the connection back."""
        self._base.close()

    def backup(self, path: Path) -> None:
        """A whole copy as of one instant, as a book in a file; refused where one is already there."""
        with made_whole(path) as making, SqliteBook(making) as copy:
            for records in batched(self.records(), READ_AT_ONCE):
                copy.append(records, [], {})
            state = self.state()
            copy.append([], list(state.accounts.values()), state.balances)

    def _be_the_only_keeper(self) -> None:
        """Take the lock, which the server gives back when this connection ends."""
        locked = self.run("SELECT pg_try_advisory_lock(%s, hashtext(%s))", (KEEPER_LOCK, self.schema))
        if not locked[0][0]:
            raise InputError.one(
                self.name,
                found="another keeper with the book open",
                expected="this process to be the only one",
                remedy="stop the other one, then start again",
            )

    def run(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Do one statement."""
        with self._told():
            cursor = self._base.execute(statement, values or None)
            return list(cursor) if cursor.description else []

    def many(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        """Do one statement for each row, sent together."""
        with self._told(), self._base.cursor() as cursor:
            cursor.executemany(statement, rows)

    @contextmanager
    def whole(self) -> Iterator[None]:
        """One transaction; durable on return: `synchronous_commit` is on."""
        with self._told(), self._base.transaction():
            yield

    def tables(self) -> int:
        """Version noted in the schema's comment."""
        rows = self.run("SELECT obj_description(oid) FROM pg_namespace WHERE nspname = %s", (self.schema,))
        told = str(rows[0][0] or "") if rows else ""
        return int(told.rpartition(" ")[2]) if told.startswith("wattloom ledger ") else 0

    def set_version(self, version: int) -> None:
        """Note the version in the schema's comment."""
        with self._told():
            text = sql.Literal(f"wattloom ledger {version}")
            self._base.execute(sql.SQL("COMMENT ON SCHEMA {} IS {}").format(sql.Identifier(self.schema), text))

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Faults of the server as an error with a remedy."""
        try:
            yield
        except psycopg.Error as error:
            raise InputError.one(
                self.name,
                found=unsaid(str(error).strip(), self._url),
                expected="a database that can be reached and written",
                remedy="start it, make room on its disk, or correct the address; what was acknowledged is kept",
            ) from None
