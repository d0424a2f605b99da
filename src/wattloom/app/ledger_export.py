"""What stands in this book? One line of JSON a record, with its mark, for anybody to read and check."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wattloom.app.ledger_verify import Readable


def ledger_export(book: Readable) -> Iterator[str]:
    """Lines of the open format: mark in hexadecimal, a space, and the record exactly as it was hashed.

    SHA-256 over the mark of the line before (32 zero bytes before the first) and the record gives the mark.
    """
    for record in book.records():
        yield f"{record.mark.hex()} {record.body.decode('ascii')}"
