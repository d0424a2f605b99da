"""What tests of a room need beside it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from wattloom.edge.store.ledger import SqliteBook
from wattloom.ledger import Ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """An empty book."""
    with SqliteBook(tmp_path / "book.sqlite") as store:
        yield Ledger(store, lambda: datetime(2027, 3, 15, tzinfo=UTC))
