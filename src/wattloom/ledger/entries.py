"""What is written down? An entry moves whole numbers between accounts, and what it moves adds up to nothing.

Amounts are whole numbers of the smallest unit of their book (a ten-thousandth of a yuan, a watt-hour, a gram of CO₂):
nothing is ever rounded here. An entry has an id that its maker chose and kept before sending it: sent twice, it
counts once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, NamedTuple

from wattloom.domain.errors import Problem

DEBIT, CREDIT = "debit", "credit"
Side = Literal["debit", "credit"]
AMOUNT_MAX = 2**63 - 1
ID_CHARACTERS_MAX = 120
LINES_MAX = 10_000


class Kind(StrEnum):
    """What an entry does."""

    OPEN = "open"
    """Opens an account."""
    FINAL = "final"
    """Moves, for good."""
    PROVISIONAL = "provisional"
    """Reserves what is likely to move: a bill before the meter's final reading."""
    FINALISE = "finalise"
    """Ends a provisional entry with what really moves, which may differ."""
    VOID = "void"
    """Ends a provisional entry with nothing moved."""
    REVERSE = "reverse"
    """Moves back what a final entry moved, once."""


ENDINGS = frozenset({Kind.FINALISE, Kind.VOID, Kind.REVERSE})
MOVING = frozenset({Kind.FINAL, Kind.PROVISIONAL, Kind.FINALISE})
"""Kinds that carry lines of their own."""


class Line(NamedTuple):
    """One side of an entry."""

    account: str
    side: Side
    amount: int
    """Above zero, in the smallest unit of the account's book."""

    def opposite(self) -> Line:
        """The line that takes this one back."""
        return Line(self.account, "credit" if self.side == DEBIT else "debit", self.amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One request to the ledger, as its maker states it."""

    id: str
    """Chosen and kept by the maker before it is sent."""
    kind: Kind
    lines: tuple[Line, ...] = ()
    of: str = ""
    """Id of the entry that is ended or reversed."""
    account: str = ""
    """Of an opening."""
    book: str = ""
    """Of an opening: money, energy, certificates, carbon."""
    unit: str = ""
    """Of an opening: of the book's smallest unit, such as CNY/10000 or Wh."""
    keeps: str = "any"
    """Of an opening: "debit" where credits may never exceed debits, "credit" the other way round, or "any"."""
    why: Mapping[str, str] = field(default_factory=dict)
    """Where each figure is from: meter, period, rule, clause, run. Kept word for word."""

    def faults(self) -> list[Problem]:
        """What is wrong with it by itself; everything at once."""
        found: list[tuple[str, str, str]] = []
        if not self.id or len(self.id) > ID_CHARACTERS_MAX or not self.id.isprintable():
            found.append(
                (f"id {self.id!r}", f"1 to {ID_CHARACTERS_MAX} printable characters", "give each entry its id")
            )
        if (self.kind in ENDINGS) != bool(self.of):
            expected = "the id of the entry that it ends" if self.kind in ENDINGS else "no `of`"
            found.append((f"of {self.of!r}", expected, "correct `of`"))
        if (self.kind is Kind.OPEN) != bool(self.account and self.book and self.unit):
            found.append((f"account {self.account!r}, book {self.book!r}, unit {self.unit!r}",
                          "all three of an opening, none otherwise", "correct the three"))  # fmt: skip
        if self.kind in MOVING:
            found += self._lines_faults()
        elif self.lines:
            found.append((f"{len(self.lines)} lines", f"none of a {self.kind} entry", "leave them out"))
        where = f"entry {self.id}"
        return [Problem(where=where, found=what, expected=expected, remedy=remedy) for what, expected, remedy in found]

    def _lines_faults(self) -> list[tuple[str, str, str]]:
        """Lines that are none."""
        if not 2 <= len(self.lines) <= LINES_MAX:  # noqa: PLR2004 - a double entry
            return [(f"{len(self.lines)} lines", f"2 to {LINES_MAX:,}", "debit one account and credit another")]
        wrong = [line for line in self.lines if not _sound(line)]
        return [(f"{line.side} of {line.amount!r} on {line.account!r}", f"a whole amount from 1 to {AMOUNT_MAX}",
                 "correct the line") for line in wrong]  # fmt: skip


def sums_by_book(lines: tuple[Line, ...], book_of: Mapping[str, str]) -> dict[str, int]:
    """Debits less credits in each book; zero everywhere in an entry that balances."""
    sums: dict[str, int] = defaultdict(int)
    for line in lines:
        sums[book_of[line.account]] += line.amount if line.side == DEBIT else -line.amount
    return dict(sums)


def _sound(line: Line) -> bool:
    """Whether a line can be one."""
    whole = isinstance(line.amount, int) and not isinstance(line.amount, bool)
    return bool(line.account) and line.side in {DEBIT, CREDIT} and whole and 0 < line.amount <= AMOUNT_MAX
