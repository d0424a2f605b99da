"""May this entry be made, and what does it change? The whole state of the ledger that later entries turn on.

`Books` is pure: no clock, no disk. The same entries in the same order give the same state, in this process or the next.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from wattloom.domain.errors import Problem
from wattloom.ledger.entries import AMOUNT_MAX, DEBIT, Entry, Kind, Line, sums_by_book


class Keeps(StrEnum):
    """On which side an account's balance must stay."""

    ANY = "any"
    DEBIT = "debit"
    """Credits, pending ones too, may never exceed debits: a store of energy, certificates in hand."""
    CREDIT = "credit"


@dataclass(frozen=True, slots=True)
class Account:
    """A place where amounts of one book stand."""

    name: str
    book: str
    unit: str
    keeps: Keeps


@dataclass(frozen=True, slots=True)
class Balance:
    """Sums of everything that was ever moved; never negative."""

    debit: int = 0
    credit: int = 0
    debit_pending: int = 0
    credit_pending: int = 0

    def moved(self, line: Line, *, pending: int = 0, posted: int = 0) -> Balance:
        """With a line's amount times the factors added."""
        if line.side == DEBIT:
            return replace(
                self,
                debit=self.debit + posted * line.amount,
                debit_pending=self.debit_pending + pending * line.amount,
            )
        return replace(
            self,
            credit=self.credit + posted * line.amount,
            credit_pending=self.credit_pending + pending * line.amount,
        )

    @property
    def net(self) -> int:
        """Debits less credits, final ones only."""
        return self.debit - self.credit


NOTHING = Balance()
Found = Callable[[str], Entry | None]
"""An earlier entry by its id."""


@dataclass(slots=True)
class Books:
    """Accounts, balances, and which entries are still open."""

    accounts: dict[str, Account] = field(default_factory=dict)
    balances: dict[str, Balance] = field(default_factory=dict)
    pending: dict[str, Entry] = field(default_factory=dict)
    """Provisional entries that were not ended yet, by id."""

    def refusal(self, entry: Entry, found: Found, ended: Callable[[str], bool]) -> list[Problem]:
        """Why an entry may not be made; nothing where it may.

        Args:
            entry: what is asked.
            found: looks up an earlier entry.
            ended: whether an entry was ended or reversed before.
        """
        faults = entry.faults()
        if faults:
            return faults
        if entry.kind is Kind.OPEN:
            return self._opening_faults(entry)
        if entry.kind is Kind.REVERSE:
            return self._reversal_faults(entry, found(entry.of), ended=ended(entry.of))
        if entry.of and entry.of not in self.pending:
            was = "was ended before" if found(entry.of) else "is not known"
            return [_fault(entry, f"{entry.of}, which {was}", "a provisional entry that is open", "look up its id")]
        return self._lines_faults(entry) or self._balance_faults(entry, self.changes(entry, found))

    def changes(self, entry: Entry, found: Found) -> dict[str, Balance]:
        """The balances that an admissible entry changes, as they will be."""
        after: dict[str, Balance] = {}

        def move(line: Line, *, pending: int = 0, posted: int = 0) -> None:
            known = after.get(line.account) or self.balances.get(line.account, NOTHING)
            after[line.account] = known.moved(line, pending=pending, posted=posted)

        if entry.kind in {Kind.FINALISE, Kind.VOID}:
            for line in self.pending[entry.of].lines:
                move(line, pending=-1)
        if entry.kind is Kind.REVERSE:
            for line in _of(found(entry.of)).lines:
                move(line.opposite(), posted=1)
        for line in entry.lines:
            move(line, pending=int(entry.kind is Kind.PROVISIONAL), posted=int(entry.kind is not Kind.PROVISIONAL))
        return after

    def take(self, entry: Entry, changes: Mapping[str, Balance]) -> None:
        """Make an admissible entry with the changes worked out for it."""
        if entry.kind is Kind.OPEN:
            self.accounts[entry.account] = Account(entry.account, entry.book, entry.unit, Keeps(entry.keeps))
            self.balances[entry.account] = NOTHING
        self.balances.update(changes)
        if entry.kind is Kind.PROVISIONAL:
            self.pending[entry.id] = entry
        elif entry.of:
            self.pending.pop(entry.of, None)

    def sums(self) -> dict[str, tuple[int, int]]:
        """Final and pending debits less credits of each book: zero, always."""
        totals: dict[str, tuple[int, int]] = {}
        for name, balance in self.balances.items():
            book = self.accounts[name].book
            final, pending = totals.get(book, (0, 0))
            held = balance.debit_pending - balance.credit_pending
            totals[book] = (final + balance.net, pending + held)
        return totals

    def _opening_faults(self, entry: Entry) -> list[Problem]:
        """An account that exists, a unit that differs from its book's, a word that is none."""
        if entry.account in self.accounts:
            return [_fault(entry, f"account {entry.account}, which is open", "a new account", "use the one there is")]
        if entry.keeps not in set(Keeps):
            return [_fault(entry, f"keeps {entry.keeps!r}", f"one of {', '.join(Keeps)}", "correct `keeps`")]
        units = {account.unit for account in self.accounts.values() if account.book == entry.book}
        if units and units != {entry.unit}:
            return [_fault(entry, f"unit {entry.unit} in book {entry.book}", f"{units.pop()}, as its other accounts",
                           "take another book for another unit")]  # fmt: skip
        return []

    def _reversal_faults(self, entry: Entry, original: Entry | None, *, ended: bool) -> list[Problem]:
        """Only final entries can be taken back, and once."""
        if original is None or original.kind not in {Kind.FINAL, Kind.FINALISE}:
            what = "is not known" if original is None else f"is {original.kind}"
            return [_fault(entry, f"{entry.of}, which {what}", "a final entry", "void what is provisional")]
        if ended:
            return [
                _fault(entry, f"{entry.of}, which was reversed", "a final entry not yet reversed", "make a new one")
            ]
        opposite = {line.account: NOTHING for line in original.lines}
        changes = {name: self.balances[name] for name in opposite}
        for line in original.lines:
            changes[line.account] = changes[line.account].moved(line.opposite(), posted=1)
        return self._balance_faults(entry, changes)

    def _lines_faults(self, entry: Entry) -> list[Problem]:
        """Accounts that are not open, sides that do not add up."""
        unknown = sorted({line.account for line in entry.lines} - set(self.accounts))
        if unknown:
            return [_fault(entry, f"account {name}, which is not open", "an open account", "open it first")
                    for name in unknown]  # fmt: skip
        sums = sums_by_book(entry.lines, {line.account: self.accounts[line.account].book for line in entry.lines})
        return [_fault(entry, f"debits that exceed credits by {off} in book {book}", "equal sums", "correct a line")
                for book, off in sums.items() if off]  # fmt: skip

    def _balance_faults(self, entry: Entry, changes: Mapping[str, Balance]) -> list[Problem]:
        """Accounts that would stand on the wrong side, or hold more than can be written."""
        faults = []
        for name, after in changes.items():
            keeps = self.accounts[name].keeps
            short = after.credit + after.credit_pending - after.debit
            if keeps is Keeps.CREDIT:
                short = after.debit + after.debit_pending - after.credit
            if keeps is not Keeps.ANY and short > 0 and short > self._short(name, keeps):
                faults.append(_fault(entry, f"{name} short by {short}", f"a balance that stays on its {keeps} side",
                                     "move no more than there is"))  # fmt: skip
            if max(after.debit, after.credit, after.debit_pending, after.credit_pending) > AMOUNT_MAX:
                faults.append(_fault(entry, f"a sum on {name} above {AMOUNT_MAX}", "less", "open a new account"))
        return faults

    def _short(self, name: str, keeps: Keeps) -> int:
        """How short an account is already: a reversal may have left it so, and what helps is not refused."""
        now = self.balances[name]
        if keeps is Keeps.CREDIT:
            return now.debit + now.debit_pending - now.credit
        return now.credit + now.credit_pending - now.debit


def _of(entry: Entry | None) -> Entry:
    """The entry that must be there."""
    if entry is None:
        raise KeyError
    return entry


def _fault(entry: Entry, found: str, expected: str, remedy: str) -> Problem:
    """A refusal in four parts."""
    return Problem(where=f"entry {entry.id}", found=found, expected=expected, remedy=remedy)
