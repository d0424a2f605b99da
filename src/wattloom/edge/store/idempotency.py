"""Was this request answered before? What was answered under a key is kept, and told again to the same request.

A key belongs to who used it. While its first request is being answered, a second one waits its turn outside.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wattloom.edge.store.tables import Steps, tables

STEPS: Steps = {
    1: (
        """CREATE TABLE answers (
          owner TEXT NOT NULL, key TEXT NOT NULL, request TEXT NOT NULL, begun_by TEXT NOT NULL, at_s {real} NOT NULL,
          status {integer}, media TEXT, location TEXT, body {bytes}, PRIMARY KEY (owner, key)
        )""",
        "CREATE INDEX answers_by_age ON answers (at_s)",
    )
}
KEPT_S = 24 * 3600.0
"""After a day a key may be used anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was told under a key."""

    request: str
    """Hash of the request."""
    status: int | None
    """None: it is being answered now."""
    media: str = ""
    location: str = ""
    body: bytes = b""


class AnswerStore:
    """Answers by owner and key."""

    def __init__(self, place: Path | str, *, begun_by: str) -> None:
        """In a file or a PostgreSQL; what another process began and never ended is as if it had not been asked."""
        self._tables, self._begun_by = tables(place, "answers", STEPS), begun_by

    def close(self) -> None:
        """Let go of the store."""
        self._tables.close()

    def backup(self, path: Path) -> None:
        """A copy as of one instant."""
        self._tables.backup(path)

    def answer(self, **told: Any) -> Answer:
        """An answer of this store, from its parts."""
        return Answer(**told)

    def begin(self, owner: str, key: str, request: str, *, at_s: float) -> Answer | None:
        """Take a key for a request; what is there already where the key was taken before."""
        with self._tables.whole():
            self._tables.run("DELETE FROM answers WHERE at_s < ?", (at_s - KEPT_S,))
            self._tables.run(
                "DELETE FROM answers WHERE owner = ? AND key = ? AND status IS NULL AND begun_by <> ?",
                (owner, key, self._begun_by),
            )
            found = self._found(owner, key)
            if found is None:
                self._tables.run(
                    "INSERT INTO answers (owner, key, request, begun_by, at_s) VALUES (?, ?, ?, ?, ?)",
                    (owner, key, request, self._begun_by, at_s),
                )
            return found

    def end(self, owner: str, key: str, answer: Answer) -> None:
        """Keep what was told."""
        self._tables.run(
            "UPDATE answers SET status = ?, media = ?, location = ?, body = ? WHERE owner = ? AND key = ?",
            (answer.status, answer.media, answer.location, answer.body, owner, key),
        )

    def forget(self, owner: str, key: str) -> None:
        """Give a key back: nothing lasting was told."""
        self._tables.run("DELETE FROM answers WHERE owner = ? AND key = ? AND status IS NULL", (owner, key))

    def _found(self, owner: str, key: str) -> Answer | None:
        """What stands under a key."""
        rows = self._tables.run(
            "SELECT request, status, media, location, body FROM answers WHERE owner = ? AND key = ?", (owner, key)
        )
        if not rows:
            return None
        request, status, media, location, body = rows[0]
        return Answer(request=request, status=None if status is None else int(status), media=media or "",
                      location=location or "", body=bytes(body or b""))  # fmt: skip
