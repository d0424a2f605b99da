"""How does a month's bill stand in the ledger? One entry a point: what it owes, against each item it owes it for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from wattloom.domain.charges import PriceBasis
from wattloom.ledger import Entry, Kind, Line

if TYPE_CHECKING:
    from wattloom.ledger.entries import Side
    from wattloom.market import Billed, MonthRules

BOOK, UNIT = "money", "CNY/100"
VAT = "value_added_tax"


def owed_by(point: str) -> str:
    """The account of what a point owes."""
    return f"owed by {point}"


def billed_for(item: str) -> str:
    """The account of an item of all bills."""
    return f"billed for {item}"


def openings(points: Sequence[str], items: Sequence[str]) -> list[Entry]:
    """Entries that open the accounts of points and items; sent again they change nothing."""
    names = [*map(owed_by, points), *map(billed_for, (*items, VAT))]
    return [Entry(id=f"open {name}", kind=Kind.OPEN, account=name, book=BOOK, unit=UNIT) for name in names]


def postings(billed: Billed, rules: MonthRules, *, kind: Kind = Kind.FINAL) -> Iterator[Entry]:
    """The bills as entries: whole fen, an id that names point and stretch; a bill of nothing moves nothing.

    Args:
        billed: what each point owes.
        rules: what it follows from.
        kind: `PROVISIONAL` while the meter's last word is still out.
    """
    first, last = rules.first_day.isoformat(), rules.days_of(len(rules.tariffs) - 1)[1].isoformat()
    why = {"first_day": first, "last_day": last, "mode": rules.tariffs[-1].mode, "rounding": str(rules.rounding)}
    on_top = billed.price_basis is PriceBasis.WITHOUT_VAT
    accounts = [billed_for(item) for item in billed.items]
    rows = zip(
        billed.points, billed.amount_fen.tolist(), billed.vat_fen.tolist(), billed.total_fen.tolist(), strict=True
    )
    for point, amounts, vat, total in rows:
        lines = [on_its_side(owed_by(point), total, "debit")] if total else []
        lines += [on_its_side(account, fen, "credit") for account, fen in zip(accounts, amounts, strict=True) if fen]
        lines += [on_its_side(billed_for(VAT), vat, "credit")] if on_top and vat else []
        if lines:
            yield Entry(id=f"bill {point} {first}", kind=kind, lines=tuple(lines), why={"point": point, **why})


def on_its_side(account: str, amount_fen: int, side: Side) -> Line:
    """A line on its side; below zero it stands on the other."""
    other: Side = "credit" if side == "debit" else "debit"
    return Line(account, side if amount_fen > 0 else other, abs(amount_fen))
