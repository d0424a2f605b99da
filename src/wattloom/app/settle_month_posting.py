"""How does a settled month enter the book once, and how is it put right? Provisional, final, reversed, posted again.

A point's month is a chain of entries. As long as the same figures come again nothing is posted. A provisional entry is
ended by the final one, which may differ; a final one that turned out wrong is reversed, and the new one posted behind
it. Each entry moves money and, beside it, the energy that the money is owed for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from wattloom.app.settle_posting import BOOK, UNIT, VAT, billed_for, on_its_side, owed_by
from wattloom.domain.charges import PriceBasis
from wattloom.domain.errors import InputError
from wattloom.ledger import Entry, Kind, Line, Outcome
from wattloom.ledger.chain import entry_of

if TYPE_CHECKING:
    from wattloom.app.settle_month_users import UserShare
    from wattloom.ledger import Ledger
    from wattloom.ledger.keeping import Record, Store
    from wattloom.market import Bill, MeterMonth

ENERGY, WATT_HOUR = "energy", "Wh"
State = Literal["provisional", "final", "none"]
Deed = Literal["posted", "unchanged", "finalised", "corrected", "replaced", "ended"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """Where a point's month stands in the book after this run."""

    state: State
    """none: it owes nothing and nothing moved."""
    deed: Deed
    """What this run did: posted it first, left it unchanged, made final, corrected by reversal, replaced while
    provisional, or ended because nothing is owed any more."""
    entry: str
    """Id of the entry that stands; empty where none does."""
    record: int
    """Its number in the book; 0 where none stands."""
    revision: int
    """How many entries stood before it."""
    before_fen: int | None
    """What stood before this run, where it was another amount."""


@dataclass(frozen=True, slots=True)
class SettleBook:
    """A ledger, and the store in which earlier entries are looked up."""

    ledger: Ledger
    store: Store


@dataclass(frozen=True, slots=True)
class _Standing:
    """The last entry of a chain that still stands, and how long the chain is."""

    entry: Entry | None
    record: Record | None
    length: int


def post(
    book: SettleBook,
    bill: Bill,
    meter: MeterMonth,
    *,
    shares: Sequence[UserShare],
    final: bool,
    why: Mapping[str, str],
) -> Posted:
    """Bring a point's month into the book; sent again with the same figures it changes nothing.

    Args:
        book: the ledger.
        bill: what the point owes.
        meter: the energy behind it.
        shares: of the users of a shared connection, who owe in place of the point.
        final: whether the meters have said their last word.
        why: where the figures are from.
    """
    chain = f"bill {bill.point} {bill.first_day.isoformat()}"
    lines = (*_money(bill, shares), *_energy(meter))
    standing = _standing(book.store, chain)
    entries, deed = _steps(chain, standing, lines, final=final, why=why)
    before = _owed(standing.entry, bill.point) if standing.entry is not None and entries else None
    if entries:
        _sent(book.ledger, [*_openings(lines), *entries])
    now = _standing(book.store, chain)
    kind = now.entry.kind if now.entry is not None else None
    return Posted(
        state="none" if kind is None else "provisional" if kind is Kind.PROVISIONAL else "final",
        deed=deed,
        entry=now.entry.id if now.entry is not None else "",
        record=now.record.sequence if now.record is not None else 0,
        revision=max(now.length - 1, 0),
        before_fen=before,
    )


def revision_id(chain: str, number: int) -> str:
    """Id of an entry of a chain.

    Example:
        >>> revision_id("bill hall 2026-08-01", 2)
        'bill hall 2026-08-01, revision 2'
    """
    return chain if number == 0 else f"{chain}, revision {number}"


def _standing(store: Store, chain: str) -> _Standing:
    """Follow a chain to its end."""
    length, last = 0, None
    while (record := store.find([revision_id(chain, length)]).get(revision_id(chain, length))) is not None:
        last, length = record, length + 1
    if last is None:
        return _Standing(None, None, 0)
    # What was voided or reversed without a successor stands no more.
    gone = store.endings([last.id]).get(last.id)
    return _Standing(None, None, length) if gone is not None else _Standing(entry_of(last.body)[0], last, length)


def _steps(
    chain: str, standing: _Standing, lines: tuple[Line, ...], *, final: bool, why: Mapping[str, str]
) -> tuple[list[Entry], Deed]:
    """The entries that bring a chain to where it should stand, and what they do."""
    last, told = standing.entry, dict(why)
    name = revision_id(chain, standing.length)
    fresh = Entry(id=name, kind=Kind.FINAL if final else Kind.PROVISIONAL, lines=lines, why=told)
    if last is None:
        return ([fresh], "posted") if lines else ([], "unchanged")
    provisional = last.kind is Kind.PROVISIONAL
    if _same(last.lines, lines) and not (provisional and final):
        return [], "unchanged"
    if provisional and final and lines:
        return [Entry(id=name, kind=Kind.FINALISE, of=last.id, lines=lines, why=told)], "finalised"
    ending = Kind.VOID if provisional else Kind.REVERSE
    end = Entry(id=f"{ending} {last.id}", kind=ending, of=last.id, why=told)
    if not lines:
        return [end], "ended"
    return [end, fresh], "replaced" if provisional else "corrected"


def _same(one: Sequence[Line], other: Sequence[Line]) -> bool:
    """Whether two entries move the same."""
    return sorted(one) == sorted(other)


def _money(bill: Bill, shares: Sequence[UserShare]) -> list[Line]:
    """What point or users owe, against the items that they owe it for."""
    owed = {f"{one.user} of {bill.point}": one.total_fen for one in shares} or {bill.point: bill.total_fen}
    lines = [on_its_side(owed_by(name), amount, "debit") for name, amount in owed.items() if amount]
    amounts: dict[str, int] = {}
    for line in bill.lines:
        amounts[line.item] = amounts.get(line.item, 0) + line.amount_fen
    lines += [on_its_side(billed_for(item), amount, "credit") for item, amount in amounts.items() if amount]
    if bill.price_basis is PriceBasis.WITHOUT_VAT and bill.vat_fen:
        lines.append(on_its_side(billed_for(VAT), bill.vat_fen, "credit"))
    return lines


def _energy(meter: MeterMonth) -> list[Line]:
    """What was drawn from and given to the public grid, in watt-hours."""
    lines = []
    drawn, fed = int(meter.drawn_wh.sum()), 0 if meter.fed_wh is None else int(meter.fed_wh.sum())
    if drawn:
        lines += [Line(f"drawn by {meter.point}", "debit", drawn), Line("public grid, settled", "credit", drawn)]
    if fed:
        lines += [Line("public grid, settled", "debit", fed), Line(f"fed by {meter.point}", "credit", fed)]
    return lines


def _openings(lines: Sequence[Line]) -> list[Entry]:
    """Accounts that the lines need; sent again they change nothing."""
    money = ("owed by ", "billed for ")
    names = dict.fromkeys(line.account for line in lines)
    return [
        Entry(id=f"open {name}", kind=Kind.OPEN, account=name, book=BOOK, unit=UNIT)
        if name.startswith(money)
        else Entry(id=f"open {name}", kind=Kind.OPEN, account=name, book=ENERGY, unit=WATT_HOUR)
        for name in names
    ]


def _sent(ledger: Ledger, entries: Sequence[Entry]) -> None:
    """All or none."""
    receipts = ledger.post(entries, together=True)
    problems = [problem for receipt in receipts if receipt.outcome is Outcome.REFUSED for problem in receipt.problems]
    if problems:
        raise InputError([one for one in problems if "beside it" not in one.found] or problems)


def _owed(entry: Entry, point: str) -> int:
    """What an entry had the point or its users owe."""
    of_point = f" of {point}"
    return sum(
        line.amount if line.side == "debit" else -line.amount
        for line in entry.lines
        if line.account == owed_by(point) or (line.account.startswith(owed_by("")) and line.account.endswith(of_point))
    )
