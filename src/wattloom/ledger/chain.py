"""How is an entry written so that anybody can check it, without us and in any language?

A record is one line of JSON (keys sorted, no spaces, ASCII only) and a mark: SHA-256 over the mark before it and the
line. Whoever holds the last mark holds a fingerprint of the whole book.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from wattloom.ledger.entries import Entry, Kind, Line

MARK_BEFORE_ALL = bytes(32)
"""What stands before the first record."""


def body_of(entry: Entry, *, sequence: int, at: str) -> bytes:
    """The line of an entry that was accepted as number `sequence` at an instant told in UTC."""
    return _line({**_plain(entry), "sequence": sequence, "at": at})


def request_of(entry: Entry) -> bytes:
    """The entry alone: two requests with one id must be the same in it."""
    return _line(_plain(entry))


def entry_of(body: bytes) -> tuple[Entry, int, str]:
    """Entry, sequence and instant out of a line.

    Raises:
        ValueError: it is no such line.
    """
    known: dict[str, Any] = json.loads(body)
    sequence, at = known.pop("sequence"), known.pop("at")
    lines = tuple(Line(*line) for line in known.pop("lines", ()))
    return Entry(kind=Kind(known.pop("kind")), lines=lines, **known), sequence, at


def mark_of(before: bytes, body: bytes) -> bytes:
    """The mark of a record behind another."""
    return hashlib.sha256(before + body).digest()


def _plain(entry: Entry) -> dict[str, Any]:
    """An entry as JSON knows it, without what it does not say."""
    told: dict[str, Any] = {"id": entry.id, "kind": entry.kind.value}
    if entry.lines:
        told["lines"] = [list(line) for line in entry.lines]
    for name in ("of", "account", "book", "unit"):
        if getattr(entry, name):
            told[name] = getattr(entry, name)
    if entry.kind is Kind.OPEN:
        told["keeps"] = str(entry.keeps)
    if entry.why:
        told["why"] = dict(entry.why)
    return told


def _line(told: dict[str, Any]) -> bytes:
    """Canonical JSON."""
    return json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode("ascii")
