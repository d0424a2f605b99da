"""Who keeps the book? One writer: judges entries in order, writes what it accepts, and only then says so.

Many entries travel in one call, so that they share one wait for the disk. Each is judged by itself, unless `together`:
then all are made or none. An entry whose id is known is answered as it was the first time; another entry under a known
id is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from wattloom.domain.errors import Problem
from wattloom.domain.time import utc
from wattloom.ledger.books import Account, Balance, Books
from wattloom.ledger.chain import body_of, entry_of, mark_of, request_of
from wattloom.ledger.entries import Entry, Kind


@dataclass(frozen=True, slots=True)
class Record:
    """An accepted entry, as it is kept."""

    sequence: int
    """From 1, without a gap."""
    id: str
    kind: str
    of: str
    """Of an ending; empty otherwise."""
    body: bytes
    mark: bytes


class Store(Protocol):
    """Where records are kept, in their order, each id and each ending once."""

    def head(self) -> tuple[int, bytes]:
        """Sequence and mark of the last record; (0, MARK_BEFORE_ALL) where there is none."""

    def append(self, records: Sequence[Record], accounts: Sequence[Account], balances: Mapping[str, Balance]) -> None:
        """Keep records, newly opened accounts and changed balances, all or none, safe from a power cut on return."""

    def find(self, ids: Sequence[str]) -> Mapping[str, Record]:
        """Records by their ids, those there are."""

    def endings(self, ids: Sequence[str]) -> Mapping[str, Record]:
        """Records that ended or reversed entries, by the ids of the ended."""

    def state(self) -> Books:
        """Accounts, balances and open provisional entries as of the head."""


class Outcome(StrEnum):
    """What became of an entry."""

    ACCEPTED = "accepted"
    KNOWN = "known"
    """Accepted before; nothing was changed now."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The answer to one entry."""

    id: str
    outcome: Outcome
    sequence: int = 0
    """0 where refused."""
    mark: bytes = b""
    problems: tuple[Problem, ...] = ()


class Ledger:
    """The book behind one store."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        """Take up the book where the store has it."""
        self._store = store
        self._clock = clock
        self._books = store.state()
        self._sequence, self._mark = store.head()

    @property
    def head(self) -> tuple[int, bytes]:
        """Sequence and mark of the last record: note it elsewhere, and the whole book is fixed."""
        return self._sequence, self._mark

    @property
    def books(self) -> Books:
        """Accounts and balances; not to be changed."""
        return self._books

    def balance(self, account: str) -> Balance:
        """Sums of an account; KeyError where it is not open."""
        return self._books.balances[account]

    def post(self, entries: Sequence[Entry], *, together: bool = False) -> list[Receipt]:
        """Judge entries in order and keep what is accepted; on the disk when it returns.

        Raises:
            InputError: the store could not keep them; nothing of this call was kept.
        """
        batch = _Batch(self._store, self._books, entries)
        at = utc(self._clock()).isoformat(timespec="microseconds")
        receipts, records = [], []
        changed: dict[str, Balance] = {}
        sequence, mark = self._sequence, self._mark
        for entry in entries:
            receipt = batch.known(entry)
            problems = () if receipt else tuple(batch.refusal(entry))
            if receipt is None and not problems:
                sequence += 1
                body = body_of(entry, sequence=sequence, at=at)
                mark = mark_of(mark, body)
                record = Record(sequence, entry.id, entry.kind, entry.of, body, mark)
                records.append(record)
                changed |= batch.take(entry, record)
                receipt = Receipt(id=entry.id, outcome=Outcome.ACCEPTED, sequence=sequence, mark=mark)
            receipts.append(receipt or Receipt(id=entry.id, outcome=Outcome.REFUSED, problems=problems))
        if together and any(receipt.outcome is Outcome.REFUSED for receipt in receipts):
            batch.undo()
            return [_with_the_others(receipt) for receipt in receipts]
        if records:
            # An opening may be sent twice in one call.
            new = dict.fromkeys(entry.account for entry in entries if entry.id in batch.opened)
            opened = [self._books.accounts[name] for name in new]
            try:
                self._store.append(records, opened, changed)
            except BaseException:
                batch.undo()
                raise
            self._sequence, self._mark = sequence, mark
        return receipts


class _Batch:
    """What is known while one call is judged: the store, and what the call has accepted so far."""

    def __init__(self, store: Store, books: Books, entries: Sequence[Entry]) -> None:
        """Look up in one go everything that the entries name."""
        self.books = books
        self.opened: set[str] = set()
        self._before: dict[str, Balance | None] = {}
        self._was_pending: dict[str, Entry | None] = {}
        named = [entry.id for entry in entries] + [entry.of for entry in entries if entry.of]
        self._found = dict(store.find(named))
        self._ended = set(store.endings([entry.of for entry in entries if entry.of]))
        self._entries: dict[str, Entry] = {}

    def known(self, entry: Entry) -> Receipt | None:
        """The receipt of an entry that was accepted before; a refusal where another has its id."""
        record = self._found.get(entry.id)
        if record is None:
            return None
        if request_of(entry_of(record.body)[0]) == request_of(entry):
            return Receipt(id=entry.id, outcome=Outcome.KNOWN, sequence=record.sequence, mark=record.mark)
        problem = Problem(
            where=f"entry {entry.id}",
            found="another entry under this id",
            expected=f"the one accepted as number {record.sequence}, or a new id",
            remedy="never use an id twice; reverse what was wrong",
        )
        return Receipt(id=entry.id, outcome=Outcome.REFUSED, problems=(problem,))

    def refusal(self, entry: Entry) -> list[Problem]:
        """Why it may not be made."""
        return self.books.refusal(entry, self._entry, lambda name: name in self._ended)

    def take(self, entry: Entry, record: Record) -> dict[str, Balance]:
        """Make it; the balances that it changed."""
        changes = self.books.changes(entry, self._entry)
        for name in changes if entry.kind is not Kind.OPEN else (entry.account,):
            self._before.setdefault(name, self.books.balances.get(name))
        for name in filter(None, (entry.id, entry.of)):
            self._was_pending.setdefault(name, self.books.pending.get(name))
        self.books.take(entry, changes)
        self._found[entry.id] = record
        self._entries[entry.id] = entry
        if entry.kind is Kind.OPEN:
            self.opened.add(entry.id)
            return {entry.account: self.books.balances[entry.account]}
        if entry.of:
            self._ended.add(entry.of)
        return changes

    def undo(self) -> None:
        """The books as they were before this call."""
        for name, balance in self._before.items():
            if balance is None:
                del self.books.balances[name], self.books.accounts[name]
            else:
                self.books.balances[name] = balance
        for name, entry in self._was_pending.items():
            self.books.pending.pop(name, None)
            if entry is not None:
                self.books.pending[name] = entry

    def _entry(self, name: str) -> Entry | None:
        """An earlier entry, of this call or kept."""
        if name not in self._entries and name in self._found:
            self._entries[name] = entry_of(self._found[name].body)[0]
        return self._entries.get(name)


def _with_the_others(receipt: Receipt) -> Receipt:
    """Refused because an entry beside it was."""
    if receipt.outcome is not Outcome.ACCEPTED:
        return receipt
    problem = Problem(
        where=f"entry {receipt.id}",
        found="an entry beside it that was refused",
        expected="all entries of the call to be admissible",
        remedy="correct the other one and send all again",
    )
    return Receipt(id=receipt.id, outcome=Outcome.REFUSED, problems=(problem,))
