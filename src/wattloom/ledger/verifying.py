"""Is the book whole, and does every balance follow from its entries? Read from the first record, trusting nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from wattloom.domain.errors import InputError
from wattloom.ledger.books import Books
from wattloom.ledger.chain import MARK_BEFORE_ALL, body_of, entry_of, mark_of
from wattloom.ledger.entries import Entry
from wattloom.ledger.keeping import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A book that was found whole."""

    records: int
    mark: bytes
    books: Books
    """As they follow from the records alone."""


def verify(records: Iterable[Record], *, kept: Books | None = None, head: tuple[int, bytes] | None = None) -> Verified:
    """Work the whole book out anew.

    Args:
        records: from the first, in the order in which the store has them.
        kept: the store's balances, compared at the end.
        head: sequence and mark noted elsewhere before; the book must pass through it.

    Raises:
        InputError: the first record that is missing, changed, out of order or inadmissible; or a balance that differs.
    """
    books, entries, ended = Books(), dict[str, Entry](), set[str]()
    mark, count, seen = MARK_BEFORE_ALL, 0, head is None or head[0] == 0
    for record in records:
        count += 1
        entry = _checked(record, mark, count)
        if entry.id in entries:
            raise _broken(count, f"id {entry.id} a second time", "each id once")
        problems = books.refusal(entry, entries.get, ended.__contains__)
        if problems:
            raise _broken(count, problems[0].found, problems[0].expected)
        books.take(entry, books.changes(entry, entries.get))
        entries[entry.id] = entry
        if entry.of:
            ended.add(entry.of)
        mark = record.mark
        seen = seen or (count, mark) == head
    if not seen:
        raise InputError.one(
            "ledger",
            found=f"a chain of {count} records that does not pass through the mark noted as number {head and head[0]}",
            expected="the book that the mark was taken from",
            remedy="take the book from its backup: records were cut off or written anew",
        )
    _compare(books, kept)
    return Verified(records=count, mark=mark, books=books)


def _checked(record: Record, before: bytes, number: int) -> Entry:
    """The entry of a record whose mark continues the chain and whose keys say what its body says."""
    if record.mark != mark_of(before, record.body):
        raise _broken(number, f"{len(record.body)} bytes that were changed after they were written", "its own mark")
    try:
        entry, sequence, at = entry_of(record.body)
    except (ValueError, TypeError, KeyError) as error:
        raise _broken(number, f"bytes that are no entry ({error})", "an entry") from error
    keys, told = (record.sequence, record.id, record.kind, record.of), (sequence, entry.id, entry.kind, entry.of)
    if keys != told or sequence != number:
        raise _broken(number, f"keys {keys} over the body of {told}",
                      f"number {number} under the id of its body")  # fmt: skip
    if body_of(entry, sequence=sequence, at=at) != record.body:
        raise _broken(number, "an entry written in another way", "canonical JSON")
    return entry


def _compare(books: Books, kept: Books | None) -> None:
    """The store's balances against those worked out."""
    if kept is None:
        return
    if kept.accounts != books.accounts or set(kept.pending) != set(books.pending):
        raise InputError.one(
            "ledger",
            found="other accounts or open entries than follow from the records",
            expected="those that follow",
            remedy="let the store be rebuilt from its records",
        )
    for name, balance in books.balances.items():
        if kept.balances.get(name) != balance:
            raise InputError.one(
                f"ledger, balance of {name}",
                found=str(kept.balances.get(name)),
                expected=str(balance),
                remedy="let the store be rebuilt from its records",
            )


def _broken(number: int, found: str, expected: str) -> InputError:
    """A record that cannot be trusted."""
    return InputError.one(
        f"ledger, record {number}",
        found=found,
        expected=expected,
        remedy="take the book from its backup; records before this one are whole",
    )
