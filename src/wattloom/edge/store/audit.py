"""Where does the audit log lie? In one table of a file, or of a PostgreSQL by its address; rows are only ever added.

Several processes may write: the head is taken for as long as a record is added behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Self

from wattloom.app.access.audit import Kept
from wattloom.edge.store.tables import Steps, tables
from wattloom.ledger.chain import MARK_BEFORE_ALL

STEPS: Steps = {
    1: (
        """CREATE TABLE audit (
          sequence {integer} PRIMARY KEY, tenant TEXT NOT NULL, body {bytes} NOT NULL, mark {bytes} NOT NULL
        )""",
        "CREATE INDEX audit_of_a_tenant ON audit (tenant, sequence)",
        "CREATE TABLE audit_head (one {integer} PRIMARY KEY)",
        "INSERT INTO audit_head VALUES (1)",
    )
}
READ_AT_ONCE = 5_000


class AuditLog:
    """The log: an `AuditStore`."""

    def __init__(self, place: Path | str) -> None:
        """In a file (a path) or a PostgreSQL (its address)."""
        self._tables = tables(place, "audit", STEPS)

    def __enter__(self) -> Self:
        """Use it in a block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Let go of the store."""
        self._tables.close()

    def backup(self, path: Path) -> None:
        """A copy as of one instant."""
        self._tables.backup(path)

    def append(self, lines: Callable[[int, bytes], Sequence[Kept]], tenants: Sequence[str]) -> Kept:
        """Keep the records that are made of the head's sequence and mark; the last of them."""
        with self._tables.whole():
            self._tables.run("UPDATE audit_head SET one = one")  # Others wait here until these are on the disk.
            records = lines(*self.head())
            for record, tenant in zip(records, tenants, strict=True):
                self._tables.run(
                    "INSERT INTO audit VALUES (?, ?, ?, ?)", (record.sequence, tenant, record.body, record.mark)
                )
        return records[-1]

    def head(self) -> tuple[int, bytes]:
        """Sequence and mark of the last record."""
        rows = self._tables.run("SELECT sequence, mark FROM audit ORDER BY sequence DESC LIMIT 1")
        return (int(rows[0][0]), bytes(rows[0][1])) if rows else (0, MARK_BEFORE_ALL)

    def records(self, *, after: int = 0) -> Iterator[Kept]:
        """All behind a sequence, in order, some thousand at a time."""
        some = "SELECT sequence, body, mark FROM audit WHERE sequence > ? ORDER BY sequence LIMIT ?"
        while rows := self._tables.run(some, (after, READ_AT_ONCE)):
            yield from (_kept(*row) for row in rows)
            after = int(rows[-1][0])

    def page(self, tenant: str, *, before: int | None, limit: int) -> Sequence[Kept]:
        """Those of a tenant, newest first, from below a sequence."""
        rows = self._tables.run(
            "SELECT sequence, body, mark FROM audit WHERE tenant = ? AND sequence < ? ORDER BY sequence DESC LIMIT ?",
            (tenant, 2**62 if before is None else before, limit),
        )
        return [_kept(*row) for row in rows]

    def mark_at(self, sequence: int) -> bytes | None:
        """The mark of one record; None: there is none."""
        rows = self._tables.run("SELECT mark FROM audit WHERE sequence = ?", (sequence,))
        return bytes(rows[0][0]) if rows else None


def _kept(sequence: int, body: bytes | str, mark: bytes | str) -> Kept:
    """A record out of its row; somebody who changed it may have left a text where bytes were."""
    raw = [one.encode("utf-8", "replace") if isinstance(one, str) else bytes(one) for one in (body, mark)]
    return Kept(int(sequence), raw[0], raw[1])
