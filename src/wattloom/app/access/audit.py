"""Who did what, when, and was it allowed? Events in a chain like the ledger's, so that none is changed or lost unseen.

A record is one line of JSON (keys sorted, no spaces, ASCII only) and a mark: SHA-256 over the mark before it and the
line, as in the ledger (`ledger/chain`). Whoever holds the last mark holds a fingerprint of the whole log. A line holds
no body and no header of a request: what is not written cannot leak.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from itertools import takewhile
from typing import Any, Protocol

from wattloom.app.access.accounts import HOME
from wattloom.app.access.deciding import Principal
from wattloom.domain.errors import InputError
from wattloom.ledger.chain import MARK_BEFORE_ALL, mark_of

Outcome = str
DONE, REFUSED, FAILED = "done", "refused", "failed"
SUBJECT_CHARACTERS_MAX = 200
GATHERED_S = 60.0
GATHERED_KEYS_MAX = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that somebody did, or was refused."""

    who: str
    """Name of the account, or maker and name of the token; empty: nobody had signed in."""
    tenant: str
    """Empty where nobody had signed in: seen by the tenant that runs the server."""
    via: str
    """`cookie`, `token`, `oidc`, `command` (on the machine itself) or empty."""
    zone: str
    operation: str
    subject: str
    """Path, or id of the thing."""
    outcome: Outcome
    why: str = ""
    """Of a refusal or a failure."""
    status: int = 0
    """Of HTTP; 0: it was no request."""
    address: str = ""
    approval: str = ""
    """Who or which policy approved it, where it is a command."""
    times: int = 1
    """How often, since the record before of the same kind."""

    @classmethod
    def by(cls, principal: Principal | None, operation: str, subject: str, outcome: Outcome) -> Event:
        """An event of a principal; the rest by `replace`."""
        event = cls(who="", tenant="", via="", zone="", operation=operation, outcome=outcome,
                    subject=subject[:SUBJECT_CHARACTERS_MAX])  # fmt: skip
        if principal is None:
            return event
        who = {"who": principal.name, "tenant": principal.tenant, "via": principal.via, "zone": principal.zone.value}
        return replace(event, **who)  # type: ignore[arg-type]


def by_command(who: str, operation: str, subject: str, tenant: str) -> Event:
    """What somebody did on the machine itself."""
    return Event(who=who, tenant=tenant, via="command", zone="", operation=operation, subject=subject, outcome=DONE)


@dataclass(frozen=True, slots=True)
class Kept:
    """A record as it lies in the store."""

    sequence: int
    body: bytes
    mark: bytes


class AuditStore(Protocol):
    """Where the log lies: records are added, and never changed."""

    def append(self, lines: Callable[[int, bytes], Sequence[Kept]], tenants: Sequence[str]) -> Kept:
        """Keep the records that are made of the head's sequence and mark; on the disk on return; the last of them."""

    def head(self) -> tuple[int, bytes]:
        """Sequence and mark of the last record."""

    def records(self, *, after: int = 0) -> Iterator[Kept]:
        """All behind a sequence, in order."""

    def page(self, tenant: str, *, before: int | None, limit: int) -> Sequence[Kept]:
        """Those of a tenant, newest first, from below a sequence."""

    def mark_at(self, sequence: int) -> bytes | None:
        """The mark of one record; None: there is none."""

    def close(self) -> None:
        """Let go of it."""


def line_of(event: Event, *, sequence: int, at: datetime) -> bytes:
    """The line of an event that is number `sequence`; what it does not say is left out."""
    told = {name: value for name, value in asdict(event).items() if value not in {"", 0}}
    told |= {"sequence": sequence, "at": at.isoformat(timespec="milliseconds")}
    return json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def told(record: Kept) -> Mapping[str, Any]:
    """What a record says, with its mark; no more than its number where somebody left it unreadable."""
    try:
        said = json.loads(record.body)
    except ValueError:
        said = {"damaged": True}
    return {**(said if isinstance(said, dict) else {}), "sequence": record.sequence, "mark": record.mark.hex()}


class Audit:
    """The log, as those who write it and read it see it."""

    def __init__(self, store: AuditStore, clock: Callable[[], datetime]) -> None:
        """Begin; nothing is verified yet."""
        self.store, self.clock = store, clock
        self._verified: tuple[int, bytes] = (0, MARK_BEFORE_ALL)

    def keep(self, events: Sequence[Event]) -> int:
        """Write some events, all or none; safe from a power cut on return; the sequence of the last."""

        def lines(sequence: int, mark: bytes) -> list[Kept]:
            kept, at = [], self.clock()
            for number, event in enumerate(events, sequence + 1):
                body = line_of(event, sequence=number, at=at)
                mark = mark_of(mark, body)
                kept.append(Kept(number, body, mark))
            return kept

        return self.store.append(lines, [event.tenant or HOME for event in events]).sequence

    def page(self, tenant: str, *, before: int | None = None, limit: int = 50) -> Sequence[Mapping[str, Any]]:
        """Records of a tenant, newest first."""
        return [told(record) for record in self.store.page(tenant, before=before, limit=limit)]

    def lines(self, tenant: str) -> Iterator[Kept]:
        """All records of a tenant, oldest first."""
        return (record for record in self.store.records() if (told(record).get("tenant") or HOME) == tenant)

    def verified(self) -> tuple[int, bytes]:
        """The head, after every record that was not looked at before was worked out anew.

        Raises:
            InputError: a record was changed, or is missing; the first is named.
        """
        sequence, mark = self._verified
        if sequence and self.store.mark_at(sequence) != mark:
            raise broken(sequence, "another mark than when it was last read, or nothing")
        self._verified = chain_of(self.store.records(after=sequence), sequence, mark)
        return self._verified


def chain_of(records: Iterable[Kept], sequence: int = 0, mark: bytes = MARK_BEFORE_ALL) -> tuple[int, bytes]:
    """Sequence and mark of the last of some records; `InputError` names the first that does not follow."""
    for record in records:
        sequence += 1
        mark = mark_of(mark, record.body)
        if (record.sequence, record.mark) != (sequence, mark) or _number(record.body) != sequence:
            raise broken(sequence, "a record that was changed, or nothing")
    return sequence, mark


def audit_verify(store: AuditStore, *, head: str = "") -> tuple[int, bytes]:
    """Work the whole log out anew, and see that it passes through a head noted earlier as NUMBER:MARK."""
    noted, _, mark = head.partition(":")
    if head and (not noted.isdigit() or store.mark_at(int(noted)) != _from_hex(mark)):
        raise broken(int(noted) if noted.isdigit() else 0, "a log that does not pass through the head that was noted")
    return chain_of(store.records())


def _number(body: bytes) -> int:
    """The number that a line gives itself; 0 where it is no such line."""
    try:
        return int(json.loads(body)["sequence"])
    except (ValueError, KeyError, TypeError):
        return 0


def _from_hex(text: str) -> bytes:
    """Bytes, or none where it is no hexadecimal."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def broken(sequence: int, found: str) -> InputError:
    """A record that cannot be trusted."""
    return InputError.one(
        f"audit log, record {sequence}",
        found=found,
        expected="the record whose mark continues the chain",
        remedy="take the log from its backup, and find out who could write to it",
    )


class Gathered:
    """Events that may come a thousand times a second: the first of a kind at once, the rest counted for a minute."""

    def __init__(self, *, seconds: float = GATHERED_S, keys_max: int = GATHERED_KEYS_MAX) -> None:
        """Begin with nothing."""
        self._seconds, self._keys_max = seconds, keys_max
        self._since: dict[tuple[str, ...], tuple[float, Event, int]] = {}  # in the order of their beginning

    def add(self, event: Event, *, now_s: float) -> list[Event]:
        """What to write now: the event if it is the first of its kind, and the counts of kinds whose minute ended."""
        ended, key = self.ended(now_s=now_s), _kind_of(event)
        if key not in self._since and len(self._since) >= self._keys_max:
            event = replace(event, who="", tenant="", via="", zone="", subject="", address="", why="too many kinds")
            key = _kind_of(event)
        if key in self._since:
            since_s, first, more = self._since[key]
            self._since[key] = (since_s, first, more + 1)
            return ended
        self._since[key] = (now_s, event, 0)
        return [*ended, event]

    def ended(self, *, now_s: float) -> list[Event]:
        """Counts of the kinds whose minute is over; each begins anew with its next."""
        over = list(takewhile(lambda key: now_s - self._since[key][0] >= self._seconds, self._since))
        told = [self._since.pop(key) for key in over]
        return [replace(first, times=more) for _, first, more in told if more]


def _kind_of(event: Event) -> tuple[str, ...]:
    """Events alike in this are counted together."""
    return (event.who, event.tenant, event.operation, event.outcome, event.why, event.address)
