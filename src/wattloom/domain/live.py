"""What reaches the live loop, what leaves it, and how long did each part of the way take?

Updates come in, commands to sites go out. A command carries an id: whoever receives it twice applies it once. Four
latencies are kept apart, since four different parties are slow: reckoning, the record, the site, the settlement.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from wattloom.domain.errors import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

SHOWN_MAX = 60
"""Characters of a wrong value that an error repeats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """One new value as somebody sent it; nothing in it is believed yet, so any field may hold anything."""

    part: object
    """`sites`, `regions`, `lines` or `corridors`."""
    name: object
    """Of the site, region, line or corridor."""
    field: object
    """As the tick calls it, unit last."""
    of: object = ""
    """Workload class or supply step, where the field has one value for each."""
    value: object
    at_s: object
    """When it was measured or published, seconds since 1970-01-01 UTC."""
    source: object
    """Who sends."""
    number: object
    """The sender's own count, rising: what comes again under a number already kept is kept once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteCommand:
    """Set-points for a site, in force from their arrival until the next."""

    id: str
    """The same whenever the same command is sent again, never that of another."""
    tick: int
    """A site that holds set-points of a later tick leaves these aside."""
    site: str
    at_s: float
    """The instant for which they were decided, seconds since 1970-01-01 UTC."""
    served_it_mw: tuple[float, ...]
    """By class."""
    moved_out_it_mw: tuple[float, ...]
    """Movable inference, batch."""
    moved_in_it_mw: float
    idle_it_mw: float
    charge_mw: float
    discharge_mw: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Actuation:
    """A site tells that a command is carried out."""

    id: str
    at_s: float
    """When it was, by the site's clock, seconds since 1970-01-01 UTC."""
    simulated: bool = False
    """True where a twin answered in place of a site."""
    after_s: float | None = None
    """From its sending to `at_s`, two clocks apart; the host's business. None: nobody knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A record of a journal."""

    sequence: int
    """From 1, without a gap."""
    kind: str
    body: bytes
    mark: bytes
    """Over this record and the mark before it: SHA-256, 32 bytes."""


def updates_of(message: object) -> list[Update]:
    """One update, or each of a list; `InputError` names every key that is missing or unknown."""
    told: list[Any] = message if isinstance(message, list) else [message]
    problems = [problem for k, one in enumerate(told) for problem in _keys_of(one, k)]
    if problems:
        raise InputError(problems)
    return [Update(**one) for one in told]


KEYS = tuple(field.name for field in fields(Update))


def _keys_of(one: object, k: int) -> list[Problem]:
    """Keys of an update that are missing or unknown."""
    where, remedy = f"update {k + 1} of the message", f"send the keys {', '.join(KEYS)}"
    if not isinstance(one, Mapping):
        return [Problem(where=where, found=shown(one), expected="keys and values", remedy=remedy)]
    missing = [key for key in KEYS if key not in one and key != "of"]
    unknown = [str(key) for key in one if key not in KEYS]
    return [
        *(Problem(where=f"{where}, {key}", found="nothing", expected="a value", remedy=remedy) for key in missing),
        *(Problem(where=f"{where}, {shown(key)}", found="an unknown key", expected="none", remedy=remedy)
          for key in unknown),
    ]  # fmt: skip


def shown(value: object) -> str:
    """A value as an error repeats it, cut where it is long."""
    text = repr(value[: SHOWN_MAX + 1] if isinstance(value, str | bytes) else value)
    return text if len(text) <= SHOWN_MAX else text[: SHOWN_MAX - 1] + "…"


LATENCIES = ("update_to_decision", "decision_to_command", "command_to_actuation", "meter_to_settled")
KEPT = 10_000
"""Readings of each latency that quantiles are taken of: the last ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencyFigures:
    """One latency in figures; all None where nothing was measured."""

    name: str
    readings: int
    simulated: int
    """How many of the readings a twin gave."""
    p50_s: float | None
    p99_s: float | None
    max_s: float | None
    """Quantiles of the last readings, the largest of all."""


class Latencies:
    """A count of how long each part of the way takes."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._last: dict[str, deque[float]] = {name: deque(maxlen=KEPT) for name in LATENCIES}
        self._count = dict.fromkeys(LATENCIES, 0)
        self._simulated = dict.fromkeys(LATENCIES, 0)
        self._max = dict.fromkeys(LATENCIES, 0.0)

    def add(self, name: str, seconds: float, *, simulated: bool = False) -> None:
        """Count a reading."""
        self._last[name].append(seconds)
        self._count[name] += 1
        self._simulated[name] += simulated
        self._max[name] = max(self._max[name], seconds)

    def figures(self) -> Sequence[LatencyFigures]:
        """The four latencies, those that nobody measured too."""
        return [self._figures(name) for name in LATENCIES]

    def _figures(self, name: str) -> LatencyFigures:
        """One of them."""
        last = np.array(self._last[name])
        quantile: dict[str, Any] = {"p50_s": None, "p99_s": None, "max_s": None}
        if last.size:
            quantile = {"p50_s": float(np.median(last)), "p99_s": float(np.quantile(last, 0.99))}
            quantile["max_s"] = self._max[name]
        return LatencyFigures(name=name, readings=self._count[name], simulated=self._simulated[name], **quantile)
