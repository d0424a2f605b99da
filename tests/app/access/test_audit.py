"""The audit log: every record continues the chain, and a stranger works it out with nothing of ours."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from wattloom.app.access.audit import Audit, Event, Gathered, Kept, audit_verify
from wattloom.app.access.deciding import Principal, Role
from wattloom.domain.errors import InputError
from wattloom.ledger.chain import MARK_BEFORE_ALL

AT = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
WU = Principal(name="wu", tenant="home", roles=frozenset({Role.OPERATOR}))


class InMemory:
    """A log for as long as the test."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.kept: list[Kept] = []

    def append(self, lines: Callable[[int, bytes], Sequence[Kept]], tenants: Sequence[str]) -> Kept:  # noqa: ARG002 - of the port
        self.kept.extend(lines(*self.head()))
        return self.kept[-1]

    def head(self) -> tuple[int, bytes]:
        return (self.kept[-1].sequence, self.kept[-1].mark) if self.kept else (0, MARK_BEFORE_ALL)

    def records(self, *, after: int = 0) -> Iterator[Kept]:
        return (one for one in self.kept if one.sequence > after)

    def page(self, tenant: str, *, before: int | None, limit: int) -> Sequence[Kept]:  # noqa: ARG002 - of the port
        return self.kept[::-1][:limit]

    def mark_at(self, sequence: int) -> bytes | None:
        return next((one.mark for one in self.kept if one.sequence == sequence), None)

    def close(self) -> None: ...


def event(subject: str, *, outcome: str = "done") -> Event:
    """Something that Wu did."""
    return Event.by(WU, "alarms_acknowledge", subject, outcome)


@pytest.fixture
def store() -> InMemory:
    """A log with three records, written in two goes."""
    store = InMemory()
    audit = Audit(store, lambda: AT)
    audit.keep([event("alarm 1"), event("alarm 2", outcome="refused")])
    audit.keep([event("alarm 3")])
    return store


def test_a_stranger_works_the_chain_out_by_sha256_alone(store: InMemory) -> None:
    mark = bytes(32)
    for record in store.kept:
        mark = hashlib.sha256(mark + record.body).digest()

    assert mark == store.head()[1]
    assert json.loads(store.kept[0].body) == {
        "at": "2026-11-01T08:00:00.000+00:00", "operation": "alarms_acknowledge", "outcome": "done", "sequence": 1,
        "subject": "alarm 1", "tenant": "home", "times": 1, "via": "cookie", "who": "wu", "zone": "management",
    }  # fmt: skip


def test_a_whole_log_verifies_and_passes_through_a_head_noted_earlier(store: InMemory) -> None:
    noted = f"2:{store.kept[1].mark.hex()}"

    assert audit_verify(store, head=noted) == store.head()
    assert Audit(store, lambda: AT).verified() == store.head()


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_record_that_was_changed_is_named(store: InMemory, place: int) -> None:
    store.kept[place] = replace(store.kept[place], body=store.kept[place].body.replace(b"wu", b"li"))

    with pytest.raises(InputError, match=f"record {place + 1}: "):
        audit_verify(store)


def test_a_record_that_is_missing_is_named(store: InMemory) -> None:
    del store.kept[1]

    with pytest.raises(InputError, match="record 2: "):
        audit_verify(store)


def test_an_end_that_was_cut_off_is_found_by_the_head_noted_before(store: InMemory) -> None:
    noted = f"3:{store.kept[2].mark.hex()}"
    del store.kept[2]

    assert audit_verify(store)[0] == 2
    with pytest.raises(InputError, match="record 3: "):
        audit_verify(store, head=noted)


def test_a_log_written_anew_is_found_by_who_read_it_before(store: InMemory) -> None:
    reader = Audit(store, lambda: AT)
    reader.verified()
    store.kept.clear()
    Audit(store, lambda: AT).keep([event("alarm 1"), event("alarm 2"), event("alarm 3")])

    with pytest.raises(InputError, match="another mark than when it was last read"):
        reader.verified()


@pytest.mark.parametrize("head", ["x", "3", "3:zz", "9:00", ":"])
def test_a_head_that_is_none_verifies_nothing(store: InMemory, head: str) -> None:
    with pytest.raises(InputError):
        audit_verify(store, head=head)


def test_the_first_refusal_is_written_at_once_and_the_others_are_counted() -> None:
    gathered, refusal = Gathered(), event("x", outcome="refused")

    now = [gathered.add(refusal, now_s=t) for t in (0.0, 0.1, 30.0)]
    later = gathered.ended(now_s=60.0)

    assert now == [[refusal], [], []]
    assert later == [replace(refusal, times=2)]
    assert gathered.ended(now_s=999.0) == []


def test_a_flood_of_many_kinds_is_bounded_and_counted_as_one() -> None:
    gathered = Gathered(keys_max=10)
    written = [one for k in range(1_000) for one in gathered.add(replace(event("x"), address=str(k)), now_s=0.0)]

    assert len(written) == 11  # ten kinds, and "too many kinds" once
    assert [one.times for one in gathered.ended(now_s=60.0)] == [989]
