"""Is this book whole? Every record, mark and balance worked out anew, and the head noted elsewhere passed through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from wattloom.domain.errors import InputError
from wattloom.ledger import Books, Verified, verify

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wattloom.ledger.keeping import Record


class Readable(Protocol):
    """A book that can be read."""

    def records(self) -> Iterator[Record]:
        """Every record, in order."""

    def state(self) -> Books:
        """Balances as they are kept beside the records."""


def ledger_verify(book: Readable, *, head: str = "") -> Verified:
    """The book, found whole.

    Args:
        book: the store.
        head: as `wattloom ledger verify` printed it before, NUMBER:MARK; empty: none was noted.

    Raises:
        InputError: the first thing that is wrong.
    """
    return verify(book.records(), kept=book.state(), head=noted(head))


def noted(head: str) -> tuple[int, bytes] | None:
    """A head as people keep it, NUMBER:MARK.

    Example:
        >>> noted("12:" + "00" * 32)[0]
        12
    """
    if not head:
        return None
    number, _, mark = head.partition(":")
    try:
        told = int(number), bytes.fromhex(mark)
    except ValueError:
        told = 0, b""
    if not told[0] or len(told[1]) != len(bytes(32)):
        raise InputError.one(
            "--head", found=repr(head), expected="NUMBER:MARK, the mark in 64 hexadecimal digits",
            remedy="copy it from an earlier `wattloom ledger verify`",
        )  # fmt: skip
    return told
