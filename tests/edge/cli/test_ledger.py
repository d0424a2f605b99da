"""`wattloom ledger …` as a person types it: verify, back up, restore, export, and what it says of a broken book."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.ledger.conftest import moving, opening
from typer.testing import CliRunner

from wattloom.edge.cli.commands import commands
from wattloom.edge.cli.doors import Doors
from wattloom.edge.store.ledger import SqliteBook
from wattloom.ledger import Ledger
from wattloom.wiring import find

RUN = CliRunner()
APP = commands(Doors(find=find))


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A small book."""
    path = tmp_path / "book.sqlite"
    with SqliteBook(path) as store:
        ledger = Ledger(store, lambda: datetime(2026, 11, 1, tzinfo=UTC))
        ledger.post([opening("cash"), opening("energy"), moving("a", "energy", "cash", 42_000)])
    return path


def said(*words: object, code: int = 0) -> str:
    """What a command says."""
    done = RUN.invoke(APP, ["ledger", *map(str, words)])
    assert done.exit_code == code, done.output
    return done.output


def test_a_whole_book_is_verified_and_its_head_told(book: Path) -> None:
    told = said("verify", book)
    assert "3 records, 2 accounts, all whole" in told
    head = json.loads(said("verify", book, "--json"))["head"]
    assert head in told
    assert "all whole" in said("verify", book, "--head", head)


def test_a_head_that_was_noted_finds_a_book_written_anew(book: Path, tmp_path: Path) -> None:
    head = json.loads(said("verify", book, "--json"))["head"]
    with SqliteBook(tmp_path / "other.sqlite") as store:
        Ledger(store, lambda: datetime(2026, 11, 2, tzinfo=UTC)).post(
            [opening("x"), opening("y"), moving("a", "x", "y", 1)]
        )
    assert "does not pass through the mark noted as number 3" in said(
        "verify", tmp_path / "other.sqlite", "--head", head, code=2
    )
    assert "expected NUMBER:MARK" in said("verify", book, "--head", "third", code=2)


def test_a_changed_record_is_named(book: Path) -> None:
    raw = bytearray(book.read_bytes())
    at = raw.index(b"42000")
    raw[at : at + 5] = b"43000"
    book.write_bytes(bytes(raw))
    assert "ledger, record 3: found" in said("verify", book, code=2)


def test_a_copy_is_made_verified_and_gone_back_to(book: Path, tmp_path: Path) -> None:
    copy, again = tmp_path / "copy.sqlite", tmp_path / "again.sqlite"
    assert "3 records, all whole, head 3:" in said("backup", book, copy)
    assert "found a file of this name" in said("backup", book, copy, code=2)
    assert "all whole" in said("restore", copy, again)
    assert said("verify", again, "--json") == said("verify", book, "--json")
    assert "found a file of this name" in said("restore", copy, book, code=2)


def test_an_export_is_read_with_a_hash_and_nothing_of_ours(book: Path, tmp_path: Path) -> None:
    out = tmp_path / "book.txt"
    assert "3 records" in said("export", book, out)
    mark = bytes(32)
    for line in out.read_text("ascii").splitlines():
        told, _, body = line.partition(" ")
        mark = hashlib.sha256(mark + body.encode()).digest()
        assert mark.hex() == told
        json.loads(body)
    assert "found a file of this name" in said("export", book, out, code=2)


def test_a_book_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    missing = tmp_path / "none.sqlite"
    assert "found no file; expected a book" in said("verify", missing, code=2)
    assert not missing.exists()
