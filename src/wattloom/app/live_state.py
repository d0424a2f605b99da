"""What does the live loop know between two steps, and how is that kept as bytes?"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from wattloom.domain.errors import InputError
from wattloom.domain.live import SiteCommand

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.app.live_numbers import Numbers
    from wattloom.dispatch.matching import Match, Tick

SETPOINTS = 10
"""Of a site: four of work served, two of work moved out, moved in, idle, charge, discharge."""
SITE_BITS = 24
"""Tick and site as one number: sixteen million sites, and ticks of a second for thirty thousand years."""
OUTSTANDING_MAX = 100
"""Commands of a site that may wait for an answer: the oldest gives way, since a later one replaces it anyway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The set-points in force."""

    tick: int
    at_s: float
    setpoints_mw: NDArray[np.float64]
    """Shape (SETPOINTS, site)."""
    certificate: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outstanding:
    """Commands that no site has answered yet, oldest first; shapes (command,) and (command, SETPOINTS)."""

    tick: NDArray[np.int64]
    site: NDArray[np.int64]
    at_s: NDArray[np.float64]
    setpoints_mw: NDArray[np.float64]

    def less(self, ids: set[tuple[int, int]]) -> Outstanding:
        """Without those of these ticks and sites."""
        gone = np.array([tick << SITE_BITS | site for tick, site in ids], dtype=np.int64)
        return self.where(~np.isin(self.tick << SITE_BITS | self.site, gone))

    def where(self, chosen: NDArray[np.bool_]) -> Outstanding:
        """Some of them."""
        return Outstanding(
            tick=self.tick[chosen],
            site=self.site[chosen],
            at_s=self.at_s[chosen],
            setpoints_mw=self.setpoints_mw[chosen],
        )

    def more(self, answer: Answer, sites: NDArray[np.int64]) -> Outstanding:
        """With those of a new answer."""
        return Outstanding(
            tick=np.concatenate([self.tick, np.full(sites.size, answer.tick)]),
            site=np.concatenate([self.site, sites]),
            at_s=np.concatenate([self.at_s, np.full(sites.size, answer.at_s)]),
            setpoints_mw=np.concatenate([self.setpoints_mw, answer.setpoints_mw[:, sites].T]),
        )

    def newest(self) -> Outstanding:
        """At most `OUTSTANDING_MAX` of each site."""
        crowded = np.flatnonzero(np.bincount(self.site) > OUTSTANDING_MAX) if self.site.size else self.site
        stays = np.ones(self.site.size, dtype=bool)
        for site in crowded:
            stays[np.flatnonzero(self.site == site)[:-OUTSTANDING_MAX]] = False
        return self.where(stays) if crowded.size else self


NOTHING = Outstanding(
    tick=np.zeros(0, dtype=np.int64),
    site=np.zeros(0, dtype=np.int64),
    at_s=np.zeros(0),
    setpoints_mw=np.zeros((0, SETPOINTS)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveState:
    """All that the next step depends on, beside its events."""

    series: str
    """Begins the id of every command: a journal begun anew gives no id twice."""
    layout_sha256: str
    """Of the layout whose numbers these are."""
    tick: int
    """Ticks looked at so far; refused ones count."""
    at_s: float
    """Of the last of them."""
    row: NDArray[np.float64]
    """Shape (number,): the numbers of the tick, as they stand now."""
    known_s: NDArray[np.float64]
    """Shape (number,): the instant of each."""
    heard: Mapping[str, int]
    """The last number kept of each sender."""
    applied: int = 0
    """Updates that entered the row."""
    late: int = 0
    """Updates that were older than the value there, and changed nothing."""
    coalesced: int = 0
    """Updates that a later one of the same number replaced before a step saw them."""
    memory: bytes = b""
    """What the matcher goes on from; empty: nothing."""
    answer: Answer | None = None
    told_mw: NDArray[np.float64]
    """Shape (SETPOINTS, site): the last command of each site; not-a-number where there was none."""
    outstanding: Outstanding = field(default=NOTHING)
    refused_since: int = 0
    """Ticks refused after the answer in force."""
    superseded: int = 0
    """Commands given up unanswered, since more than `OUTSTANDING_MAX` newer ones of the site waited."""

    def age_s(self, *, at_s: float) -> float | None:
        """How old the set-points in force are; None where there are none."""
        return None if self.answer is None else at_s - self.answer.at_s

    @property
    def sha256(self) -> str:
        """The same for two states of which every step goes on alike."""
        return hashlib.sha256(self.packed()).hexdigest()

    def packed(self) -> bytes:
        """As bytes."""
        plain = {name: getattr(self, name) for name in PLAIN} | {"heard": dict(sorted(self.heard.items()))}
        arrays = {"row": self.row, "known_s": self.known_s, "told_mw": self.told_mw}
        arrays["memory"] = np.frombuffer(self.memory, dtype=np.uint8)
        arrays |= {f"outstanding.{name}": getattr(self.outstanding, name) for name in Outstanding.__slots__}
        if self.answer is not None:
            plain["answer"] = {"tick": self.answer.tick, "at_s": self.answer.at_s}
            plain["certificate"] = dict(self.answer.certificate)
            arrays["answer"] = self.answer.setpoints_mw
        return packed(plain, arrays)

    @classmethod
    def unpacked(cls, content: bytes) -> LiveState:
        """From bytes."""
        plain, arrays = unpacked(content)
        answer = None
        if "answer" in plain:
            answer = Answer(**plain["answer"], setpoints_mw=arrays["answer"], certificate=plain["certificate"])
        return cls(
            **{name: plain[name] for name in (*PLAIN, "heard")},
            row=arrays["row"],
            known_s=arrays["known_s"],
            told_mw=arrays["told_mw"],
            memory=arrays["memory"].tobytes(),
            outstanding=Outstanding(**{name: arrays[f"outstanding.{name}"] for name in Outstanding.__slots__}),
            answer=answer,
        )


PLAIN = ("series", "layout_sha256", "tick", "at_s", "applied", "late", "coalesced", "refused_since", "superseded")


def beginning(numbers: Numbers, tick: Tick, *, at_s: float, series: str) -> LiveState:
    """The state before the first step: a whole tick, nothing decided."""
    return LiveState(
        series=series,
        layout_sha256=hashlib.sha256(numbers.layout.mark).hexdigest(),
        tick=0,
        at_s=at_s,
        row=numbers.row(tick),
        known_s=np.full(numbers.count, at_s),
        heard={},
        told_mw=np.full((SETPOINTS, len(numbers.layout.sites)), np.nan),
    )


def setpoints_of(match: Match) -> NDArray[np.float64]:
    """The sites' part of an answer, shape (SETPOINTS, site)."""
    single = (match.moved_in_it_mw, match.idle_it_mw, match.charge_mw, match.discharge_mw)
    return np.concatenate([match.served_it_mw, match.moved_out_it_mw, np.stack(single)])


def it_power(setpoints_mw: NDArray[np.float64]) -> NDArray[np.float64]:
    """IT power that set-points make, shape (site,): work served and moved in, and idle burn."""
    return np.asarray(setpoints_mw[:4].sum(axis=0) + setpoints_mw[6] + setpoints_mw[7])


def commands_of(waiting: Outstanding, *, series: str, sites: tuple[str, ...]) -> list[SiteCommand]:
    """As they are sent to sites; the same command has the same id whenever it is sent."""
    rows = zip(
        waiting.tick.tolist(), waiting.site.tolist(), waiting.at_s.tolist(), waiting.setpoints_mw.tolist(), strict=True
    )
    return [
        SiteCommand(
            id=f"{series}-{tick}-{site}",
            tick=tick,
            site=sites[site],
            at_s=at_s,
            served_it_mw=tuple(mw[:4]),
            moved_out_it_mw=tuple(mw[4:6]),
            moved_in_it_mw=mw[6],
            idle_it_mw=mw[7],
            charge_mw=mw[8],
            discharge_mw=mw[9],
        )
        for tick, site, at_s, mw in rows
    ]


def place_of(command_id: str, state: LiveState) -> tuple[int, int]:
    """Tick and site of a command; `InputError` where no such command was given."""
    series, _, rest = command_id.partition("-")
    tick, _, site = rest.partition("-")
    known = tick.isdecimal() and site.isdecimal() and int(site) < state.told_mw.shape[1]
    if series != state.series or not known or not 1 <= int(tick) <= state.tick:
        raise InputError.one(
            "answer of a site",
            found=f"command {command_id[:60]!r}",
            expected=f"the id of a command of series {state.series}, up to tick {state.tick}",
            remedy="answer with the id as it was sent",
        )
    return int(tick), int(site)


def packed(plain: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """A line of JSON, then the arrays one after the other."""
    shapes = {name: [array.dtype.str, array.shape] for name, array in arrays.items()}
    head = json.dumps({"plain": plain, "arrays": shapes}, separators=(",", ":")).encode()
    return b"".join([head, b"\n", *(np.ascontiguousarray(array).tobytes() for array in arrays.values())])


def unpacked(content: bytes) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """What `packed` was given."""
    place = content.index(b"\n") + 1
    head, arrays = json.loads(content[: place - 1]), {}
    for name, (kind, shape) in head["arrays"].items():
        dtype, size = np.dtype(kind), int(np.prod(shape))
        arrays[name] = np.frombuffer(content, dtype, size, place).reshape(shape)
        place += size * dtype.itemsize
    return head["plain"], arrays


def with_row(
    state: LiveState, slots: NDArray[np.int64], values: NDArray[np.float64], at_s: NDArray[np.float64]
) -> LiveState:
    """New values at some places of the row; one that is older than what is there changes nothing."""
    fresh = at_s >= state.known_s[slots]
    row, known_s = state.row.copy(), state.known_s.copy()
    row[slots[fresh]], known_s[slots[fresh]] = values[fresh], at_s[fresh]
    applied = int(np.count_nonzero(fresh))
    return replace(
        state, row=row, known_s=known_s, applied=state.applied + applied, late=state.late + slots.size - applied
    )
