"""How does a pool's event stand in the ledger? What a market owes, against what each party is owed; an entry each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from wattloom.ledger import Entry, Kind, Line

if TYPE_CHECKING:
    from wattloom.ledger.entries import Side
    from wattloom.market.shares import ShareLine

BOOK, UNIT = "money", "CNY/100"
EVENT_SHOWN_MAX = 100
"""Characters of an event's name in the id of its entry, which may have 120."""
RESPONSE, FREQUENCY = "response", "frequency"


def owed_to(member: str, party: str) -> str:
    """The account of a party."""
    return f"owed to {party}" if member == party else f"owed to {party} of {member}"


def owed_by(market: str) -> str:
    """The account of a market."""
    return f"owed by the {market} market"


def openings(lines: Sequence[ShareLine], *, market: str = RESPONSE) -> tuple[Entry, ...]:
    """Entries that open the accounts; sent again they change nothing."""
    names = dict.fromkeys([owed_by(market), *(owed_to(line.member, line.party) for line in lines)])
    return tuple(Entry(id=f"open {name}", kind=Kind.OPEN, account=name, book=BOOK, unit=UNIT) for name in names)


def posting(
    event: str, lines: Sequence[ShareLine], *, clause: str, market: str = RESPONSE, kind: Kind = Kind.PROVISIONAL
) -> Entry | None:
    """The event as an entry in whole fen; None where nobody is owed anything.

    Args:
        event: names it, so that the entry is posted once however often it is sent.
        lines: every party's part.
        clause: by which rule.
        market: who owes it.
        kind: final once the market's own statement is there.
    """
    sums: dict[str, int] = {}
    for line in lines:
        account = owed_to(line.member, line.party)
        sums[account] = sums.get(account, 0) + line.amount_fen
    moved = {account: fen for account, fen in sums.items() if fen}
    if not moved:
        return None
    total = sum(moved.values())
    made = [_line(owed_by(market), total, "debit")] if total else []
    made += [_line(account, fen, "credit") for account, fen in moved.items()]
    return Entry(
        id=f"{market} {event[-EVENT_SHOWN_MAX:]}", kind=kind, lines=tuple(made), why={"event": event, "clause": clause}
    )


def _line(account: str, amount_fen: int, side: Side) -> Line:
    """A line on its side; below zero it stands on the other."""
    other: Side = "credit" if side == "debit" else "debit"
    return Line(account, side if amount_fen > 0 else other, abs(amount_fen))
