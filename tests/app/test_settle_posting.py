"""Does a month's bill stand in the ledger once, balanced, and with its way back?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from tests.market.months import month_axis, plain_case

from wattloom.app.settle_posting import VAT, billed_for, openings, owed_by, postings
from wattloom.domain.charges import PriceBasis
from wattloom.domain.money import on_grid
from wattloom.edge.store.ledger import SqliteBook
from wattloom.ledger import Kind, Ledger
from wattloom.market import Billed, MonthRules, Price, Readings, Terms, bills, month_rules


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with SqliteBook(tmp_path / "book.sqlite") as store:
        yield Ledger(store, clock=lambda: datetime(2026, 10, 1, tzinfo=UTC))


def billed(basis: PriceBasis, *, price: str = "0.2595") -> tuple[Billed, MonthRules]:
    """Two points in Ningxia: 5 MW steady behind 10 MVA, and one that draws nothing and has no capacity."""
    axis = month_axis(2026, 9)
    terms = Terms(territory="ningxia", case=plain_case(price_basis=basis), mode="two_part_capacity")
    rules = month_rules(terms, axis, {"market": Price(steps=on_grid(price), basis=PriceBasis.WITH_VAT)})
    drawn = np.stack([np.full(axis.count, 5_000_000), np.zeros(axis.count, dtype=np.int64)])
    readings = Readings(points=("a", "idle"), capacity_va=np.array([10_000_000, 0]), drawn_wh=drawn)
    return bills(readings, rules), rules


@pytest.mark.parametrize("basis", PriceBasis)
def test_a_bill_moves_what_it_says_between_point_and_items(ledger: Ledger, basis: PriceBasis) -> None:
    found, rules = billed(basis)

    receipts = ledger.post([*openings(found.points, found.items), *postings(found, rules)])

    assert {receipt.outcome for receipt in receipts} == {"accepted"}
    assert ledger.balance(owed_by("a")).net == found.total_fen[0]
    for item, amount in zip(found.items, found.amount_fen[0].tolist(), strict=True):
        assert ledger.balance(billed_for(item)).net == -amount
    on_top = found.vat_fen[0] if basis is PriceBasis.WITHOUT_VAT else 0
    assert ledger.balance(billed_for(VAT)).net == -on_top
    assert ledger.books.sums() == {"money": (0, 0)}


def test_the_whole_bill_of_september_is_1579192_36_cny(ledger: Ledger) -> None:
    found, rules = billed(PriceBasis.WITH_VAT)

    ledger.post([*openings(found.points, found.items), *postings(found, rules)])

    assert ledger.balance(owed_by("a")).debit == 157_919_236


def test_the_same_month_posted_again_changes_nothing(ledger: Ledger) -> None:
    found, rules = billed(PriceBasis.WITH_VAT)
    entries = [*openings(found.points, found.items), *postings(found, rules)]
    ledger.post(entries)
    before = ledger.head

    again = ledger.post(entries)

    assert {receipt.outcome for receipt in again} == {"known"}
    assert ledger.head == before


def test_income_below_zero_stands_on_the_other_side(ledger: Ledger) -> None:
    found, rules = billed(PriceBasis.WITH_VAT, price="-0.5")

    ledger.post([*openings(found.points, found.items), *postings(found, rules)])

    assert found.total_fen[0] < 0
    assert ledger.balance(owed_by("a")).credit == -found.total_fen[0]
    assert ledger.balance(billed_for("market_energy")).debit == 180_000_000


def test_a_bill_of_nothing_makes_no_entry_and_says_where_others_are_from() -> None:
    found, rules = billed(PriceBasis.WITH_VAT)

    entries = list(postings(found, rules, kind=Kind.PROVISIONAL))

    assert [entry.id for entry in entries] == ["bill a 2026-09-01"]
    assert entries[0].kind is Kind.PROVISIONAL
    assert entries[0].why["mode"] == "two_part_capacity"
    assert (entries[0].why["first_day"], entries[0].why["last_day"]) == ("2026-09-01", "2026-09-30")
