"""What is written down of a step, and what does each record change? The state is what its records make of it.

A step writes records, and the state after it is the state before with these applied: a restart, which applies the same
records, ends in the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self

import numpy as np

from wattloom.app.live_state import Answer, LiveState, packed, place_of, unpacked, with_row
from wattloom.domain.errors import InputError
from wattloom.domain.live import Actuation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.domain.live import Entry


class Record(Protocol):
    """A line of the journal."""

    KIND: ClassVar[str]
    """What the journal calls it."""

    def applied(self, state: LiveState) -> LiveState:
        """The state after it."""

    def packed(self) -> bytes:
        """As bytes."""

    @classmethod
    def unpacked(cls, content: bytes) -> Self:
        """From bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """Updates that were believed, one for each number; shape (reading,)."""

    KIND: ClassVar[str] = "readings"
    slots: NDArray[np.int64]
    values: NDArray[np.float64]
    at_s: NDArray[np.float64]
    heard: Mapping[str, int]
    """The last number of each sender among them."""
    coalesced: int = 0
    """How many more there were, replaced by these."""
    waiting_s: float = 0.0
    """How long the oldest had waited as they were taken."""

    def applied(self, state: LiveState) -> LiveState:
        """Their values enter the row."""
        return replace(
            with_row(state, self.slots, self.values, self.at_s),
            heard={**state.heard, **{s: max(n, state.heard.get(s, 0)) for s, n in self.heard.items()}},
            coalesced=state.coalesced + self.coalesced,
        )

    def packed(self) -> bytes:
        """As bytes."""
        plain = {"heard": dict(self.heard), "coalesced": self.coalesced, "waiting_s": self.waiting_s}
        return packed(plain, {"slots": self.slots, "values": self.values, "at_s": self.at_s})

    @classmethod
    def unpacked(cls, content: bytes) -> Self:
        """From bytes."""
        plain, arrays = unpacked(content)
        return cls(**plain, slots=arrays["slots"], values=arrays["values"], at_s=arrays["at_s"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """An answer, with all that is needed to judge it and to go on from it."""

    KIND: ClassVar[str] = "decision"
    tick: int
    at_s: float
    input_sha256: str
    """Of the tick's numbers and of what the matcher went on from."""
    certificate: Mapping[str, Any]
    setpoints_mw: NDArray[np.float64]
    around: Mapping[str, NDArray[np.float64]]
    """Supply, shortfall, flows, corridors and prices of the answer."""
    memory: bytes
    sites: NDArray[np.int64]
    """Which are told new set-points."""
    latencies_s: Mapping[str, float] = field(default_factory=dict)
    """Those known as it is written."""

    def applied(self, state: LiveState) -> LiveState:
        """It is in force; its commands wait for an answer."""
        answer = Answer(
            tick=self.tick, at_s=self.at_s, setpoints_mw=self.setpoints_mw, certificate=self.certificate
        )  # fmt: skip
        told = state.told_mw.copy()
        told[:, self.sites] = self.setpoints_mw[:, self.sites]
        all_waiting = state.outstanding.more(answer, self.sites)
        waiting = all_waiting.newest()
        return replace(
            state,
            tick=self.tick,
            at_s=self.at_s,
            answer=answer,
            memory=self.memory,
            told_mw=told,
            outstanding=waiting,
            refused_since=0,
            superseded=state.superseded + all_waiting.tick.size - waiting.tick.size,
        )

    def packed(self) -> bytes:
        """As bytes."""
        plain = {name: getattr(self, name) for name in ("tick", "at_s", "input_sha256")}
        plain |= {"certificate": dict(self.certificate), "latencies_s": dict(self.latencies_s)}
        arrays: dict[str, NDArray[Any]] = {"setpoints_mw": self.setpoints_mw, "sites": self.sites}
        arrays["memory"] = np.frombuffer(self.memory, dtype=np.uint8)
        return packed(plain, arrays | {f"around.{name}": array for name, array in self.around.items()})

    @classmethod
    def unpacked(cls, content: bytes) -> Self:
        """From bytes."""
        plain, arrays = unpacked(content)
        around = {name.removeprefix("around."): array for name, array in arrays.items() if name.startswith("around.")}
        return cls(
            **plain,
            setpoints_mw=arrays["setpoints_mw"],
            sites=arrays["sites"],
            memory=arrays["memory"].tobytes(),
            around=around,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A tick that had no answer: the set-points before it stay in force."""

    KIND: ClassVar[str] = "refusal"
    tick: int
    at_s: float
    input_sha256: str
    problems: Sequence[str]
    """What was wrong, each in four parts."""

    def applied(self, state: LiveState) -> LiveState:
        """The tick counts; nothing else changes."""
        return replace(state, tick=self.tick, at_s=self.at_s, refused_since=state.refused_since + 1)

    def packed(self) -> bytes:
        """As bytes."""
        return packed({name: getattr(self, name) for name in self.__slots__}, {})

    @classmethod
    def unpacked(cls, content: bytes) -> Self:
        """From bytes."""
        return cls(**unpacked(content)[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Actuations:
    """Sites told that commands are carried out."""

    KIND: ClassVar[str] = "actuations"
    told: Sequence[Actuation]

    def applied(self, state: LiveState) -> LiveState:
        """These commands wait no longer; one that was answered before changes nothing."""
        places = {place_of(one.id, state) for one in self.told}
        return replace(state, outstanding=state.outstanding.less(places))

    def packed(self) -> bytes:
        """As bytes."""
        return packed({"told": [[one.id, one.at_s, one.simulated, one.after_s] for one in self.told]}, {})

    @classmethod
    def unpacked(cls, content: bytes) -> Self:
        """From bytes."""
        fields = ("id", "at_s", "simulated", "after_s")
        told = [dict(zip(fields, one, strict=True)) for one in unpacked(content)[0]["told"]]
        return cls(told=[Actuation(**one) for one in told])


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Latencies that could only be told after the decision was written."""

    KIND: ClassVar[str] = "measured"
    tick: int
    name: str
    seconds: float
    simulated: bool = False

    def applied(self, state: LiveState) -> LiveState:
        """Nothing changes."""
        return state

    def packed(self) -> bytes:
        """As bytes."""
        return packed({name: getattr(self, name) for name in self.__slots__}, {})

    @classmethod
    def unpacked(cls, content: bytes) -> Self:
        """From bytes."""
        return cls(**unpacked(content)[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The whole state, so that a restart reads no further back."""

    KIND: ClassVar[str] = "snapshot"
    state: LiveState

    def applied(self, state: LiveState) -> LiveState:  # noqa: ARG002  What was before is in it.
        """The state itself."""
        return self.state

    def packed(self) -> bytes:
        """As bytes."""
        return self.state.packed()

    @classmethod
    def unpacked(cls, content: bytes) -> Self:
        """From bytes."""
        return cls(state=LiveState.unpacked(content))


KINDS: dict[str, type[Record]] = {
    kind.KIND: kind for kind in (Readings, Decision, Refusal, Actuations, Measured, Snapshot)
}


def record_of(entry: Entry) -> Record:
    """The record of a journal's entry; `InputError` where it is of another release."""
    try:
        return KINDS[entry.kind].unpacked(entry.body)
    except (KeyError, ValueError, TypeError) as error:
        raise InputError.one(
            f"journal, record {entry.sequence}",
            found=f"kind {entry.kind!r} that reads as {type(error).__name__}",
            expected=f"one of {', '.join(KINDS)} as this release writes it",
            remedy="go on with the release that wrote it, or begin a new journal",
        ) from error
