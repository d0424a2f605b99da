"""The ledger on both stores: what is accepted stays, once; what is refused leaves no trace."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.ledger.conftest import AT, moving, opening

from wattloom.domain.errors import InputError
from wattloom.edge.store.ledger import SqliteBook
from wattloom.edge.store.ledger_postgres import PostgresBook
from wattloom.ledger import Balance, Entry, Kind, Ledger, Line, Outcome, verify

Opened = Callable[[], Any]
Keeper = Callable[[Any], Ledger]
CASH, ENERGY, BILL = opening("cash"), opening("energy bought"), opening("owed to the retailer")


def outcomes(ledger: Ledger, *entries: Entry, together: bool = False) -> list[str]:
    """What became of each."""
    return [receipt.outcome.value for receipt in ledger.post(entries, together=together)]


def whole(store: Any) -> int:
    """Records of a book that is found whole, balances compared."""
    return verify(store.records(), kept=store.state(), head=store.head()).records


def test_amounts_move_and_are_there_after_a_new_start(opened: Opened, keeper: Keeper) -> None:
    ledger = keeper(opened())
    assert outcomes(ledger, CASH, ENERGY, moving("a", "energy bought", "cash", 42_000)) == ["accepted"] * 3
    again = keeper(opened())
    assert again.balance("energy bought") == Balance(debit=42_000)
    assert again.balance("cash").net == -42_000
    assert again.head == ledger.head
    assert whole(opened()) == 3


def test_an_entry_sent_again_counts_once_and_is_answered_alike(opened: Opened, keeper: Keeper) -> None:
    ledger = keeper(opened())
    entry = moving("a", "energy bought", "cash", 7)
    first = ledger.post([CASH, ENERGY, entry])[-1]
    for begun_anew in (False, True):
        ledger = keeper(opened()) if begun_anew else ledger
        again = ledger.post([entry, entry])
        assert [(one.outcome, one.sequence, one.mark) for one in again] == [(Outcome.KNOWN, 3, first.mark)] * 2
    assert ledger.balance("cash") == Balance(credit=7)


def test_the_mark_of_any_record_can_be_looked_up(opened: Opened, keeper: Keeper) -> None:
    store = opened()
    receipts = keeper(store).post([CASH, ENERGY])
    assert [store.mark_at(number) for number in (0, 1, 2)] == [bytes(32), *(one.mark for one in receipts)]


def test_an_account_opened_twice_in_one_call_is_opened_once(opened: Opened, keeper: Keeper) -> None:
    assert outcomes(keeper(opened()), CASH, CASH, ENERGY) == ["accepted", "known", "accepted"]
    assert whole(opened()) == 2


def test_another_entry_under_a_known_id_is_refused(opened: Opened, keeper: Keeper) -> None:
    ledger = keeper(opened())
    receipts = ledger.post(
        [CASH, ENERGY, moving("a", "energy bought", "cash", 7), moving("a", "energy bought", "cash", 8)]
    )
    assert [one.outcome.value for one in receipts] == ["accepted", "accepted", "accepted", "refused"]
    assert str(receipts[-1].problems[0]) == (
        "entry a: found another entry under this id; expected the one accepted as number 3, or a new id; "
        "never use an id twice; reverse what was wrong"
    )


def test_a_provisional_bill_becomes_final_at_what_the_meter_said(opened: Opened, keeper: Keeper) -> None:
    ledger = keeper(opened())
    owed = moving("march, provisional", "energy bought", "owed to the retailer", 900, kind=Kind.PROVISIONAL)
    assert outcomes(ledger, ENERGY, BILL, owed) == ["accepted"] * 3
    assert ledger.balance("energy bought") == Balance(debit_pending=900)
    ledger = keeper(opened())  # What is open is known after a new start.
    final = moving("march", "energy bought", "owed to the retailer", 880, kind=Kind.FINALISE, of=owed.id)
    assert outcomes(ledger, final, replace(final, id="march again")) == ["accepted", "refused"]
    assert ledger.balance("energy bought") == Balance(debit=880)
    assert outcomes(ledger, Entry(id="void", kind=Kind.VOID, of=owed.id)) == ["refused"]
    assert whole(opened()) == 4


def test_a_void_releases_what_was_reserved(opened: Opened, keeper: Keeper) -> None:
    ledger = keeper(opened())
    owed = moving("p", "energy bought", "cash", 900, kind=Kind.PROVISIONAL)
    assert outcomes(ledger, CASH, ENERGY, owed, Entry(id="v", kind=Kind.VOID, of="p")) == ["accepted"] * 4
    assert ledger.balance("cash") == Balance()


def test_a_final_entry_is_corrected_by_reversal_once(opened: Opened, keeper: Keeper) -> None:
    ledger = keeper(opened())
    ledger.post([CASH, ENERGY, moving("a", "energy bought", "cash", 7)])
    back = Entry(id="back", kind=Kind.REVERSE, of="a")
    assert outcomes(ledger, back, replace(back, id="twice")) == ["accepted", "refused"]
    assert keeper(opened()).balance("cash") == Balance(debit=7, credit=7)
    assert outcomes(keeper(opened()), replace(back, id="later")) == ["refused"]
    assert whole(opened()) == 4


def test_an_account_that_keeps_its_side_cannot_be_overdrawn(opened: Opened, keeper: Keeper) -> None:
    store = opening("green held", book="energy", unit="Wh", keeps="debit")
    made, used = opening("green made", book="energy", unit="Wh"), opening("green used", book="energy", unit="Wh")
    ledger = keeper(opened())
    ledger.post([store, made, used, moving("in", "green held", "green made", 1_000)])
    reserve = moving("r", "green used", "green held", 600, kind=Kind.PROVISIONAL)
    assert outcomes(ledger, reserve, moving("out", "green used", "green held", 500)) == ["accepted", "refused"]
    assert outcomes(ledger, moving("out", "green used", "green held", 400)) == ["accepted"]
    refused = ledger.post([moving("more", "green used", "green held", 1)])[0]
    assert "green held short by 1" in str(refused.problems[0])


@pytest.mark.parametrize(
    ("wrong", "found"),
    [
        (Entry(id="x", kind=Kind.FINAL, lines=(Line("cash", "debit", 5), Line("energy bought", "credit", 4))),
         "debits that exceed credits by 1 in book money"),
        (moving("x", "cash", "nowhere", 5), "account nowhere, which is not open"),
        (moving("x", "cash", "energy bought", 0), "debit of 0 on 'cash'"),
        (Entry(id="x", kind=Kind.FINAL, lines=(Line("cash", "debit", 5),)), "1 lines"),
        (Entry(id="", kind=Kind.VOID, of="a"), "id ''"),
        (Entry(id="x", kind=Kind.VOID), "of ''"),
        (Entry(id="x", kind=Kind.VOID, of="a"), "a, which is not known"),
        (Entry(id="x", kind=Kind.REVERSE, of="a"), "a, which is not known"),
        (Entry(id="x", kind=Kind.OPEN, account="cash", book="money", unit="CNY/10000"), "account cash, which is open"),
        (Entry(id="x", kind=Kind.OPEN, account="b", book="money", unit="fen"), "unit fen in book money"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_leaves_no_trace(
    opened: Opened, keeper: Keeper, wrong: Entry, found: str
) -> None:
    store = opened()
    ledger = keeper(store)
    ledger.post([CASH, ENERGY])
    head = ledger.head
    receipt = ledger.post([wrong])[0]
    assert receipt.outcome is Outcome.REFUSED
    assert found in str(receipt.problems[0])
    assert ledger.head == head == store.head()


def test_entries_together_are_made_all_or_none(opened: Opened, keeper: Keeper) -> None:
    ledger = keeper(opened())
    ledger.post([CASH, ENERGY])
    good, bad = moving("good", "cash", "energy bought", 5), moving("bad", "cash", "nowhere", 5)
    new = opening("new")
    assert outcomes(ledger, new, good, bad, together=True) == ["refused"] * 3
    assert "beside it" in str(ledger.post([good, bad], together=True)[0].problems[0])
    assert ledger.balance("cash") == Balance()
    assert "new" not in ledger.books.accounts
    assert outcomes(ledger, good, bad) == ["accepted", "refused"]
    assert whole(opened()) == 3


def test_a_store_that_fails_leaves_the_books_as_they_were(opened: Opened, keeper: Keeper) -> None:
    store = opened()
    ledger = keeper(store)
    ledger.post([CASH, ENERGY, moving("a", "cash", "energy bought", 5)])

    def fail(*_: object) -> None:
        raise InputError.one("ledger", found="no space", expected="some", remedy="free some")

    kept, store.append = store.append, fail
    with pytest.raises(InputError, match="no space"):
        ledger.post([opening("new"), moving("b", "cash", "energy bought", 9)])
    store.append = kept
    assert ledger.balance("cash") == Balance(debit=5)
    assert outcomes(ledger, moving("b", "cash", "energy bought", 9)) == ["accepted"]
    assert whole(opened()) == 4


def test_every_book_adds_up_to_nothing(opened: Opened, keeper: Keeper) -> None:
    ledger = keeper(opened())
    ledger.post([CASH, ENERGY, BILL, moving("a", "cash", "energy bought", 5)])
    ledger.post([moving("p", "energy bought", "owed to the retailer", 3, kind=Kind.PROVISIONAL)])
    assert ledger.books.sums() == {"money": (0, 0)}


def test_a_book_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    with SqliteBook(tmp_path / "book.sqlite") as store:
        store.set_version(99)
    with pytest.raises(InputError, match=r"found a book of version 99; expected version 1 or older"):
        SqliteBook(tmp_path / "book.sqlite")


def test_a_second_keeper_is_found_out(opened: Opened, keeper: Keeper, request: pytest.FixtureRequest) -> None:
    store = opened()
    keeper(store).post([CASH, ENERGY])
    if isinstance(store, SqliteBook):
        with SqliteBook(store.path) as other:
            rival = keeper(other)
            keeper(store).post([moving("a", "cash", "energy bought", 5)])
            with pytest.raises(InputError, match="only keeper"):
                rival.post([moving("b", "cash", "energy bought", 5)])
        return
    with pytest.raises(InputError, match="another keeper"):
        PostgresBook(request.getfixturevalue("server").url, schema=store.schema)


def test_a_backup_is_a_whole_book_and_never_overwrites(tmp_path: Path, keeper: Keeper) -> None:
    with SqliteBook(tmp_path / "book.sqlite") as store:
        ledger = keeper(store)
        ledger.post([CASH, ENERGY, moving("a", "cash", "energy bought", 5)])
        store.backup(tmp_path / "copy.sqlite")
        ledger.post([moving("b", "cash", "energy bought", 6)])
        with pytest.raises(InputError, match="a file of this name"):
            store.backup(tmp_path / "copy.sqlite")
    with SqliteBook(tmp_path / "copy.sqlite") as copy:
        assert whole(copy) == 3
        assert Ledger(copy, lambda: AT).balance("cash") == Balance(debit=5)


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"ledger book\.sqlite: found unable to open"):
        SqliteBook(tmp_path / "nowhere" / "book.sqlite")


def test_a_book_of_either_store_is_copied_into_a_file(opened: Opened, keeper: Keeper, tmp_path: Path) -> None:
    store = opened()
    ledger = keeper(store)
    ledger.post([CASH, ENERGY, moving("a", "cash", "energy bought", 5)])
    ledger.post([moving("p", "energy bought", "cash", 3, kind=Kind.PROVISIONAL)])
    store.backup(tmp_path / "copy.sqlite")
    with SqliteBook(tmp_path / "copy.sqlite") as copy:
        assert copy.head() == ledger.head
        assert whole(copy) == 4
        assert copy.state() == store.state()


class Full(sqlite3.Connection):
    """A disk that fills while a copy is made."""

    def backup(self, target: sqlite3.Connection, **_: object) -> None:  # type: ignore[override]
        """Write a part, then fail."""
        target.execute("CREATE TABLE half (a)")
        target.commit()
        message = "database or disk is full"
        raise sqlite3.OperationalError(message)


def test_a_backup_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    with SqliteBook(tmp_path / "book.sqlite", connect=partial(sqlite3.connect, factory=Full)) as store:
        Ledger(store, lambda: AT).post([CASH, ENERGY])
        with pytest.raises(InputError, match="disk is full"):
            store.backup(tmp_path / "copy.sqlite")
        assert not list(tmp_path.glob("copy*"))
        assert whole(store) == 2
