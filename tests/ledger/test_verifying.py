"""Whatever is changed in a book is found: any byte, any record, any balance, the end cut off, the chain made anew."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.ledger.conftest import AT, moving, opening

from wattloom.domain.errors import InputError
from wattloom.edge.store.ledger import SqliteBook
from wattloom.ledger import MARK_BEFORE_ALL, Balance, Entry, Kind, Ledger, body_of, entry_of, mark_of, verify
from wattloom.ledger.keeping import Record


@pytest.fixture
def records(tmp_path: Path) -> list[Record]:
    """A book of a hundred entries."""
    with SqliteBook(tmp_path / "book.sqlite") as store:
        ledger = Ledger(store, lambda: AT)
        ledger.post([opening("a"), opening("b"), moving("p", "a", "b", 9, kind=Kind.PROVISIONAL)])
        ledger.post([moving(f"m{i}", "a", "b", i + 1) for i in range(95)])
        ledger.post([Entry(id="v", kind=Kind.VOID, of="p"), Entry(id="r", kind=Kind.REVERSE, of="m3")])
        return list(store.records())


def test_a_whole_book_is_whole(records: list[Record]) -> None:
    found = verify(records, head=(50, records[49].mark))
    assert found.records == 100
    assert found.mark == records[-1].mark
    assert found.books.balances["a"] == Balance(debit=sum(range(1, 96)), credit=4)


@pytest.mark.parametrize("part", ["body", "mark", "id", "kind", "of", "sequence"])
def test_one_flipped_bit_anywhere_is_found(records: list[Record], part: str) -> None:
    chance = np.random.default_rng(len(part))
    for _ in range(150):
        spoilt = list(records)
        at = int(chance.integers(len(spoilt)))
        spoilt[at] = replace(spoilt[at], **{part: flipped(getattr(spoilt[at], part), chance)})
        with pytest.raises(InputError, match=rf"record {at + 1}:"):
            verify(spoilt)


def flipped(value: bytes | str | int, chance: np.random.Generator) -> bytes | str | int:
    """The value with one bit turned."""
    if isinstance(value, int):
        return value ^ (1 << int(chance.integers(16)))
    raw = bytearray(value if isinstance(value, bytes) else str(value).encode() or b"x")
    if value == "":
        return "x"
    raw[int(chance.integers(len(raw)))] ^= 1 << int(chance.integers(7))
    return bytes(raw) if isinstance(value, bytes) else raw.decode("latin-1")


def test_a_record_left_out_or_two_changed_round_are_found(records: list[Record]) -> None:
    for spoilt in (records[:40] + records[41:], [*records[:40], records[41], records[40], *records[42:]]):
        with pytest.raises(InputError, match="record 41:"):
            verify(spoilt)


def test_an_end_that_was_cut_off_is_found_by_a_mark_noted_elsewhere(records: list[Record]) -> None:
    assert verify(records[:90]).records == 90
    with pytest.raises(InputError, match="does not pass through the mark noted as number 100"):
        verify(records[:90], head=(100, records[-1].mark))


def test_a_chain_written_anew_is_found_by_a_mark_noted_elsewhere(records: list[Record]) -> None:
    forged, mark = [], MARK_BEFORE_ALL
    for record in records:
        entry, sequence, at = entry_of(record.body)
        if record.id == "m9":
            entry = moving("m9", "a", "b", 1)
        body = body_of(entry, sequence=sequence, at=at)
        mark = mark_of(mark, body)
        forged.append(replace(record, body=body, mark=mark))
    assert verify(forged).records == 100
    with pytest.raises(InputError, match="noted as number 100"):
        verify(forged, head=(100, records[-1].mark))


def test_a_forged_entry_that_breaks_the_rules_is_found_even_with_a_right_mark(records: list[Record]) -> None:
    entry = replace(moving("m99", "a", "b", 5), lines=moving("m99", "a", "b", 5).lines[:1])
    body = body_of(entry, sequence=101, at="2026-11-01T00:00:00+00:00")
    forged = Record(101, "m99", "final", "", body, mark_of(records[-1].mark, body))
    with pytest.raises(InputError, match="record 101: found 1 lines"):
        verify([*records, forged])


def test_a_balance_that_does_not_follow_is_found(tmp_path: Path, records: list[Record]) -> None:
    with SqliteBook(tmp_path / "book.sqlite") as store:
        kept = store.state()
        kept.balances["a"] = replace(kept.balances["a"], debit=1)
        with pytest.raises(InputError, match="balance of a: found"):
            verify(store.records(), kept=kept)
    assert len(records) == 100


def test_the_marks_can_be_checked_with_a_hash_and_nothing_of_ours(records: list[Record]) -> None:
    mark = bytes(32)
    for record in records:
        mark = hashlib.sha256(mark + record.body).digest()
        assert mark == record.mark
    assert records[2].body == (
        b'{"at":"2026-11-01T00:00:00.000000+00:00","id":"p","kind":"provisional",'
        b'"lines":[["a","debit",9],["b","credit",9]],"sequence":3}'
    )
