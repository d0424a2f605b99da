"""Does a month enter the book once, and is what was wrong reversed and posted again, in money and in energy?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.app.settle_months import PLAIN, book_of, one_point, steady

from wattloom.app.ledger_verify import ledger_verify
from wattloom.ledger import Balance

OWED = "owed by hall"
DRAWN = "drawn by hall"
CHAIN = "bill hall 2026-08-01"


def balances(folder: Path) -> tuple[int, int, int]:
    """What hall owes for good, what it is likely to owe, and what it drew, watt-hours."""
    with book_of(folder) as book:
        ledger_verify(book.store)  # type: ignore[arg-type]
        owed = book.ledger.balance(OWED)
        drawn = book.ledger.books.balances.get(DRAWN, Balance())
        assert set(book.ledger.books.sums().values()) == {(0, 0)}
        return owed.net, owed.debit_pending - owed.credit_pending, drawn.net


def test_the_same_meters_again_change_nothing(tmp_path: Path) -> None:
    steady(tmp_path, "hall", 5000)
    first = one_point(tmp_path, PLAIN)

    again = one_point(tmp_path, PLAIN)

    assert (first.posted.deed, again.posted.deed) == ("posted", "unchanged")
    assert (again.posted.entry, again.posted.record) == (CHAIN, first.posted.record)
    assert balances(tmp_path) == (162_649_877, 0, 3_720_000_000)


def test_a_corrected_reading_reverses_and_posts_again(tmp_path: Path) -> None:
    """One hour of 4 MWh in place of 5: 259.50 + 56.70 + 50.00 less, losses 24,899.0769 and funds 79,307.675."""
    steady(tmp_path, "hall", 5000)
    one_point(tmp_path, PLAIN)
    steady(tmp_path, "hall", 5000, other={7: 4000})

    found = one_point(tmp_path, PLAIN)

    assert found.posted.deed == "corrected"
    assert found.posted.entry == f"{CHAIN}, revision 1"
    assert found.posted.before_fen == 162_649_877
    assert found.bill.total_fen == 162_649_877 - 39_421  # losses −6.69, funds −21.32: each is rounded by itself
    assert balances(tmp_path) == (162_610_456, 0, 3_719_000_000)


def test_a_gap_holds_the_bill_provisional_until_the_reading_comes(tmp_path: Path) -> None:
    steady(tmp_path, "hall", 5000, gaps=(10,))
    held = one_point(tmp_path, PLAIN)
    pending = balances(tmp_path)
    steady(tmp_path, "hall", 5000)

    found = one_point(tmp_path, PLAIN)

    assert held.posted.state == "provisional"
    assert pending[0] == 0
    assert pending[1] == held.bill.total_fen < 162_649_877
    assert (found.posted.state, found.posted.deed) == ("final", "finalised")
    assert balances(tmp_path) == (162_649_877, 0, 3_720_000_000)


def test_a_provisional_bill_is_replaced_by_another_and_made_final_unchanged(tmp_path: Path) -> None:
    steady(tmp_path, "hall", 4000)
    one_point(tmp_path, PLAIN, provisional=True)
    steady(tmp_path, "hall", 5000)

    replaced = one_point(tmp_path, PLAIN, provisional=True)
    final = one_point(tmp_path, PLAIN)

    assert (replaced.posted.deed, replaced.posted.state) == ("replaced", "provisional")
    assert (final.posted.deed, final.posted.entry) == ("finalised", f"{CHAIN}, revision 2")
    assert balances(tmp_path) == (162_649_877, 0, 3_720_000_000)


def test_a_final_bill_stays_final_when_a_provisional_run_finds_the_same(tmp_path: Path) -> None:
    steady(tmp_path, "hall", 5000)
    one_point(tmp_path, PLAIN)

    found = one_point(tmp_path, PLAIN, provisional=True)

    assert (found.posted.deed, found.posted.state) == ("unchanged", "final")


def test_gaps_can_be_billed_by_agreement_and_the_page_says_so(tmp_path: Path) -> None:
    steady(tmp_path, "hall", 5000, gaps=(10,))

    found = one_point(tmp_path, PLAIN + "    incomplete: bill\n")

    assert found.posted.state == "final"
    assert any("billed for good although meters have gaps" in note.en for note in found.notes)
    assert balances(tmp_path)[2] == 3_715_000_000


def test_what_turns_out_to_be_nothing_is_taken_back_and_may_come_again(tmp_path: Path) -> None:
    point = PLAIN.replace("capacity_kva: 10000", "capacity_kva: 0")
    steady(tmp_path, "hall", 5000)
    one_point(tmp_path, point)
    steady(tmp_path, "hall", 0)

    nothing = one_point(tmp_path, point)
    between = balances(tmp_path)
    steady(tmp_path, "hall", 5000)
    again = one_point(tmp_path, point)

    assert (nothing.posted.state, nothing.posted.deed) == ("none", "ended")
    assert between == (0, 0, 0)
    assert (again.posted.deed, again.posted.entry) == ("posted", f"{CHAIN}, revision 1")
    assert balances(tmp_path) == (146_649_877, 0, 3_720_000_000)


@pytest.mark.parametrize("seed", range(5))
def test_whatever_is_read_in_whatever_order_the_book_stands_at_the_last_reading(tmp_path: Path, seed: int) -> None:
    chance = np.random.default_rng(seed)
    for _ in range(5):
        gap = (int(chance.integers(0, 744)),) if chance.integers(0, 2) else ()
        steady(tmp_path, "hall", float(chance.choice([0, 3000, 5000])), gaps=gap)
        final = not chance.integers(0, 3)
        found = one_point(tmp_path, PLAIN, provisional=not final)

        owed, likely, drawn = balances(tmp_path)
        assert owed + likely == found.bill.total_fen
        assert drawn + pending_wh(tmp_path) == int(found.meter.drawn_wh.sum())


def pending_wh(folder: Path) -> int:
    """What hall is likely to have drawn, watt-hours."""
    with book_of(folder) as book:
        balance = book.ledger.books.balances.get(DRAWN, Balance())
        return balance.debit_pending - balance.credit_pending
