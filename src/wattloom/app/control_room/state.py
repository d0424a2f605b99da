"""What does a control room know between two steps, and which records change it?

The state is what its records make of it: a restart, which reads the last snapshot and applies the records behind it,
goes on from where the last durable step ended.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from wattloom.app.control_room.account import Account, Period
from wattloom.app.control_room.intraday import Intraday
from wattloom.app.control_room.mixing import Hours
from wattloom.app.control_room.quality import Measurements
from wattloom.app.control_room.rows import Tables, no_rows, row_of
from wattloom.app.live_state import SITE_BITS, LiveState, packed, unpacked

if TYPE_CHECKING:
    from numpy.typing import NDArray

MANUAL, WITHIN, AUTOMATIC = range(3)
POLICY_WORDS = ("manual", "within_limits", "automatic")
"""How a site's set-points are approved: each by a person; by policy inside limits; by policy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """Who may send a site its set-points; shape (site,)."""

    kind: NDArray[np.int8]
    """`MANUAL`, `WITHIN` or `AUTOMATIC`."""
    limit: NDArray[np.float64]
    """Of `WITHIN`: how far IT power may leave the day's plan, of the site's size."""
    granted_s: NDArray[np.float64]
    """Until when a person let the site follow; minus infinity where nobody did."""
    granted_by: tuple[str, ...] = ()
    """Names of persons, for `approver`."""
    approver: NDArray[np.int16]
    """Who let it: place in `granted_by`; -1: nobody."""
    held: NDArray[np.bool_]
    """Kept out of the match's commands for now, by an event that runs there."""

    @classmethod
    def automatic(cls, sites: int) -> Policies:
        """All by policy."""
        return cls(
            kind=np.full(sites, AUTOMATIC, dtype=np.int8),
            limit=np.zeros(sites),
            granted_s=np.full(sites, -np.inf),
            approver=np.full(sites, -1, dtype=np.int16),
            held=np.zeros(sites, dtype=bool),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What was told to sites so far."""

    sent: int = 0
    answered: int = 0
    late: int = 0
    """Not answered in time, now."""
    by_person: int = 0
    by_policy: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomState:
    """All that the next step depends on, beside its events."""

    live: LiveState
    measured: Measurements
    policies: Policies
    account: Account
    unposted: tuple[Period, ...] = ()
    """Closed periods that the ledger has not confirmed."""
    tables: Tables = field(default_factory=no_rows)
    numbers: int = 0
    """Ids given to rows so far."""
    heard: Mapping[str, int] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)
    prices: NDArray[np.float64]
    """Of energy in the answer in force, CNY/MWh, shape (region,)."""
    around: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    """Supply, flows and corridors of the answer in force."""
    hours: Hours
    """What was drawn, hour by hour."""
    begun_s: float
    """Since when the room counts."""
    told_by: NDArray[np.int16]
    """Who approved each site's last command: place in `approvers`; -1: nothing was told. Shape (site,)."""
    approvers: tuple[tuple[str, str], ...] = ()
    """Name, and `person` or `policy`."""
    intraday: Intraday | None = None
    """The newest plan of the next hours."""

    @property
    def tick(self) -> int:
        """Ticks so far."""
        return self.live.tick

    @property
    def at_s(self) -> float:
        """Instant of the last tick."""
        return self.live.at_s


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomSnapshot:
    """The whole state; a record of the journal, from which a restart goes on."""

    KIND: ClassVar[str] = "room"
    state: RoomState

    def packed(self) -> bytes:
        """As bytes: the live state's, then the rest."""
        live, s = self.state.live.packed(), self.state
        plain: dict[str, Any] = {
            "live_bytes": len(live),
            "late": s.measured.late,
            "granted_by": list(s.policies.granted_by),
            "account": {name: getattr(s.account, name) for name in ("start_s", "until_s", "missing_s")},
            "tables": {table: [asdict(row) for row in rows.values()] for table, rows in s.tables.items()},
            "numbers": s.numbers,
            "begun_s": s.begun_s,
            "heard": dict(s.heard),
            "counts": asdict(s.counts),
            "approvers": [list(one) for one in s.approvers],
            "unposted": [[one.start_s, one.end_s, one.missing_s] for one in s.unposted],
        }
        arrays: dict[str, NDArray[Any]] = {"prices": s.prices, "told_by": s.told_by}
        for name, part in (
            ("measured", s.measured),
            ("policies", s.policies),
            ("account", s.account),
            ("hours", s.hours),
        ):
            arrays |= {f"{name}.{key}": value for key, value in _arrays(part).items()}
        arrays |= {f"around.{name}": value for name, value in s.around.items()}
        if s.intraday is not None:
            arrays["intraday."] = np.frombuffer(s.intraday.packed(), dtype=np.uint8)
        for n, period in enumerate(s.unposted):
            arrays |= {f"unposted.{n}.{key}": value for key, value in _arrays(period).items()}
        return live + packed(plain, arrays) + len(live).to_bytes(8, "big")

    @classmethod
    def unpacked(cls, content: bytes) -> Self:
        """From bytes."""
        cut = int.from_bytes(content[-8:], "big")
        plain, arrays = unpacked(content[cut:-8])
        of: dict[str, dict[str, Any]] = {}
        for name, array in arrays.items():
            part, _, key = name.rpartition(".")
            of.setdefault(part, {})[key] = array
        unposted = tuple(
            Period(start_s=start_s, end_s=end_s, missing_s=missing_s, **of[f"unposted.{n}"])
            for n, (start_s, end_s, missing_s) in enumerate(plain["unposted"])
        )
        return cls(
            state=RoomState(
                live=LiveState.unpacked(content[:cut]),
                measured=Measurements(**of["measured"], late=plain["late"]),
                policies=Policies(**of["policies"], granted_by=tuple(plain["granted_by"])),
                account=Account(**of["account"], **plain["account"]),
                unposted=unposted,
                tables={
                    table: {told["id"]: row_of(table, told) for told in rows} for table, rows in plain["tables"].items()
                },
                numbers=plain["numbers"],
                heard=plain["heard"],
                counts=Counts(**plain["counts"]),
                prices=of[""]["prices"],
                told_by=of[""]["told_by"],
                around=of.get("around", {}),
                hours=Hours(**of["hours"]),
                begun_s=plain["begun_s"],
                approvers=tuple((name, via) for name, via in plain["approvers"]),
                intraday=Intraday.unpacked(of["intraday"][""].tobytes()) if "intraday" in of else None,
            )
        )


def _arrays(part: Any) -> dict[str, NDArray[Any]]:
    """The arrays of a value."""
    return {one.name: value for one in fields(part) if isinstance(value := getattr(part, one.name), np.ndarray)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Which sites are sent a tick's set-points, and on whose word; a record of the journal."""

    KIND: ClassVar[str] = "told"
    tick: int
    sites: NDArray[np.int64]
    by: NDArray[np.int16]
    """Of each: place in `approvers`."""
    approvers: tuple[tuple[str, str], ...]
    late: int
    """Commands that wait for an answer too long, as of this tick."""

    def packed(self) -> bytes:
        """As bytes."""
        plain = {"tick": self.tick, "approvers": [list(one) for one in self.approvers], "late": self.late}
        return packed(plain, {"sites": self.sites, "by": self.by})

    @classmethod
    def unpacked(cls, content: bytes) -> Self:
        """From bytes."""
        plain, arrays = unpacked(content)
        approvers = tuple((name, via) for name, via in plain.pop("approvers"))
        return cls(**plain, **dict[str, Any](arrays), approvers=approvers)

    def applied(self, state: RoomState) -> RoomState:
        """Counted, and remembered for when a command must be sent again."""
        told_by = state.told_by.copy()
        told_by[self.sites] = self.by
        persons = np.array([via == "person" for _, via in self.approvers], dtype=bool)
        by_person = int(persons[self.by].sum()) if self.sites.size else 0
        counts = replace(
            state.counts,
            sent=state.counts.sent + int(self.sites.size),
            by_person=state.counts.by_person + by_person,
            by_policy=state.counts.by_policy + int(self.sites.size) - by_person,
            late=self.late,
        )
        return replace(state, told_by=told_by, approvers=self.approvers, counts=counts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Sites told that commands are carried out; a record of the journal. Arrays of shape (answer,)."""

    KIND: ClassVar[str] = "answers"
    tick: NDArray[np.int64]
    site: NDArray[np.int64]
    at_s: NDArray[np.float64]
    """When each was, by the site's clock."""
    simulated: bool

    def packed(self) -> bytes:
        """As bytes."""
        return packed({"simulated": self.simulated}, {"tick": self.tick, "site": self.site, "at_s": self.at_s})

    @classmethod
    def unpacked(cls, content: bytes) -> Self:
        """From bytes."""
        plain, arrays = unpacked(content)
        return cls(**plain, **dict[str, Any](arrays))

    def applied(self, state: RoomState) -> RoomState:
        """These commands wait no longer, nor do older ones of the same site: it holds the newer set-points."""
        waiting = state.live.outstanding
        newest = np.zeros(state.told_by.size, dtype=np.int64)
        np.maximum.at(newest, self.site, self.tick)
        known = int(np.isin(self.tick << SITE_BITS | self.site, waiting.tick << SITE_BITS | waiting.site).sum())
        live = replace(state.live, outstanding=waiting.where(waiting.tick > newest[waiting.site]))
        return replace(state, live=live, counts=replace(state.counts, answered=state.counts.answered + known))


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySet:
    """Sites whose policy changes, or that a person lets follow; a record of the journal."""

    KIND: ClassVar[str] = "policy"
    sites: tuple[int, ...]
    kind: int | None = None
    limit: float | None = None
    granted_s: float | None = None
    by: str = ""
    held: bool | None = None

    def packed(self) -> bytes:
        """As bytes."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def unpacked(cls, content: bytes) -> Self:
        """From bytes."""
        told = json.loads(content)
        return cls(**{**told, "sites": tuple(told["sites"])})

    def applied(self, state: RoomState) -> RoomState:
        """In force."""
        before, rows = state.policies, list(self.sites)
        changed: dict[str, Any] = {}
        for name in ("kind", "limit", "granted_s", "held"):
            value = getattr(self, name)
            if value is not None:
                changed[name] = getattr(before, name).copy()
                changed[name][rows] = value
        if self.granted_s is not None:
            names = before.granted_by if self.by in before.granted_by else (*before.granted_by, self.by)
            approver = before.approver.copy()
            approver[rows] = names.index(self.by)
            changed |= {"granted_by": names, "approver": approver}
        return replace(state, policies=replace(before, **changed))
