"""Books on both stores, each test its own."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.postgres_server import MISSING, Server, programs, running

from wattloom.edge.store.ledger import SqliteBook
from wattloom.edge.store.ledger_postgres import PostgresBook
from wattloom.ledger import Entry, Kind, Ledger, Line

NUMBERS = itertools.count()
AT = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A PostgreSQL for all tests of this process."""
    if programs() is None:
        pytest.skip(MISSING)
    with running() as started:
        yield started


@pytest.fixture(params=["sqlite", "postgres"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Any]]:
    """Opens the test's book; again and again the same one."""
    books: list[Any] = []
    schema = f"book_{next(NUMBERS)}"
    url = request.getfixturevalue("server").url if request.param == "postgres" else ""

    def open_it() -> Any:
        while books:
            books.pop().close()
        if url:
            books.append(PostgresBook(url, schema=schema))
        else:
            books.append(SqliteBook(tmp_path / "book.sqlite"))
        return books[-1]

    yield open_it
    while books:
        books.pop().close()


@pytest.fixture
def keeper() -> Callable[[Any], Ledger]:
    """A ledger on a store, at a fixed instant."""
    return lambda store: Ledger(store, lambda: AT)


def opening(name: str, *, book: str = "money", unit: str = "CNY/10000", keeps: str = "any") -> Entry:
    """An account to be opened."""
    return Entry(id=f"open {name}", kind=Kind.OPEN, account=name, book=book, unit=unit, keeps=keeps)


def moving(name: str, debit: str, credit: str, amount: int, *, kind: Kind = Kind.FINAL, of: str = "") -> Entry:
    """An amount from one account to another."""
    lines = (Line(debit, "debit", amount), Line(credit, "credit", amount))
    return Entry(id=name, kind=kind, of=of, lines=lines)
