"""Which values does a control room hear, where does each lie, and within which limits can it be?

All measured points lie in one row: those of the sites field by field, then those of the regions. An update names part,
name and field, and for some fields a class or step; what names nothing is refused, what is only wrong is shown.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from wattloom.app.live_state import packed, unpacked
from wattloom.dispatch.match_project import STEPS
from wattloom.dispatch.matching import CLASSES
from wattloom.domain.errors import Problem
from wattloom.domain.live import Update, shown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.app.match_inputs import MatchInputs

WAITING = CLASSES[2:]
"""Classes of which work may wait."""
FIELDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "sites": {
        "it_mw": ("",),
        "draw_mw": ("",),
        "demand_mw": CLASSES,
        "waiting_mwh": WAITING,
        "stored_mwh": ("",),
        "it_mw_max": ("",),
    },
    "regions": {"supply_mw_max": STEPS, "supply_price_cny_per_mwh": STEPS},
}
"""Part, field, and what the field has a value for each of."""
POWERS = ("it_mw", "draw_mw")
"""Meters whose last digits never rest while a site runs."""
ABOVE_SIZE = 1.05
"""A site's IT power may be read so much above its size: assumed, of a meter's class and a rating's rounding."""
FACILITY_MOST = 3.0
"""Facility power for each MW of IT at most: a PUE above it is a fault of a meter, not of a hall."""
SUPPLY_MOST_MW = 200_000.0
"""No province has more free for its sites."""
PRICE_LIMITS_CNY_PER_MWH = (-1_500.0, 50_000.0)
AGES_H = 48.0
"""Work of so many hours at full power is more than any queue holds."""
SOURCE_LONGEST = 64
UPDATES_MAX = 10_000
"""Of a batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Values of points as somebody sent them, one for each point; a record of the journal."""

    KIND: ClassVar[str] = "telemetry"
    slots: NDArray[np.int32]
    values: NDArray[np.float64]
    at_s: NDArray[np.float64]
    """Shape as the slots, or (1,) where all are of one instant."""
    taken_s: float
    """When it was taken."""
    heard: Mapping[str, int] = field(default_factory=dict)
    """The last number of each sender among them."""

    def packed(self) -> bytes:
        """As bytes."""
        plain = {"taken_s": self.taken_s, "heard": dict(self.heard)}
        return packed(plain, {"slots": self.slots, "values": self.values, "at_s": self.at_s})

    @classmethod
    def unpacked(cls, content: bytes) -> Self:
        """From bytes."""
        plain, arrays = unpacked(content)
        return cls(**plain, slots=arrays["slots"], values=arrays["values"], at_s=arrays["at_s"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A batch of updates, looked at one by one."""

    batch: Batch | None
    """None: nothing new in it."""
    taken: int
    """Updates that are in it, and those kept before."""
    kept_up_to: Mapping[str, int]
    refused: Sequence[Problem]


class Points:
    """The row of all points: places by words, windows by field."""

    def __init__(self, inputs: MatchInputs) -> None:
        """Lay the fields out one after the other, each with its limits."""
        self.names = {"sites": inputs.layout.sites, "regions": inputs.layout.regions}
        self._rows = {part: {name: n for n, name in enumerate(names)} for part, names in self.names.items()}
        self._starts: dict[tuple[str, str], int] = {}
        self._columns = {
            (part, name): {column: k for k, column in enumerate(columns)}
            for part, of in FIELDS.items()
            for name, columns in of.items()
        }
        self.count = 0
        for part, of in FIELDS.items():
            for name, columns in of.items():
                self._starts[part, name] = self.count
                self.count += len(columns) * len(self.names[part])
        self.low, self.high = self._limits(inputs)

    def _limits(self, inputs: MatchInputs) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Least and most of each point; of sites by their size."""
        low, high = np.zeros(self.count), np.full(self.count, SUPPLY_MOST_MW)
        size, battery = inputs.fleet.it_mw, inputs.fleet.battery_mw
        self.window(high, "sites", "it_mw")[:] = ABOVE_SIZE * size
        self.window(high, "sites", "draw_mw")[:] = FACILITY_MOST * size + battery
        self.window(high, "sites", "demand_mw")[:] = (4.0 * ABOVE_SIZE * size)[:, None]
        self.window(high, "sites", "waiting_mwh")[:] = (AGES_H * size)[:, None]
        self.window(high, "sites", "stored_mwh")[:] = ABOVE_SIZE * inputs.fleet.battery_mwh
        self.window(high, "sites", "it_mw_max")[:] = ABOVE_SIZE * size
        prices = "supply_price_cny_per_mwh"
        self.window(low, "regions", prices)[:], self.window(high, "regions", prices)[:] = PRICE_LIMITS_CNY_PER_MWH
        return low, high

    def place(self, part: str, name: str) -> slice:
        """Where a field lies in the row."""
        start = self._starts[part, name]
        return slice(start, start + len(self.names[part]) * len(FIELDS[part][name]))

    def window(self, row: NDArray[Any], part: str, name: str) -> NDArray[Any]:
        """One field of a row, shape (row of the part,) or (row of the part, column)."""
        columns = len(FIELDS[part][name])
        values = row[self.place(part, name)]
        return values.reshape(-1, columns) if columns > 1 else values

    def site(self, name: str) -> int:
        """The position of a site; `KeyError` where there is none."""
        return self._rows["sites"][name]

    def slot(self, update: Update) -> int:
        """Where an update belongs; `KeyError` or `TypeError` where its words name nothing."""
        row = self._rows[update.part][update.name]  # type: ignore[index]
        columns = self._columns[update.part, update.field]  # type: ignore[index]
        return self._starts[update.part, update.field] + row * len(columns) + columns[update.of]  # type: ignore[index]

    def judged(self, updates: Sequence[Update], heard: Mapping[str, int], *, now_s: float) -> Taken:
        """What of a batch is new, what was kept before, what names or says nothing; the later of a point wins."""
        waiting: dict[int, tuple[float, float]] = {}
        senders: dict[str, int] = {}
        refused: list[Problem] = []
        taken = 0
        for update in updates:
            problem = _unfit(update)
            if problem is None:
                try:
                    slot = self.slot(update)
                except (KeyError, TypeError):
                    problem = self._unknown(update)
            if problem is not None:
                refused.append(problem)
                continue
            taken += 1
            source, number = str(update.source), int(update.number)  # type: ignore[call-overload]
            if number <= senders.get(source, heard.get(source, 0)):
                continue
            senders[source] = number
            waiting[slot] = (float(update.value), float(update.at_s))  # type: ignore[arg-type]
        return Taken(
            batch=_batch(waiting, senders, now_s),
            taken=taken,
            kept_up_to={**{s: heard[s] for s in _sources(updates) if s in heard}, **senders},
            refused=refused,
        )

    def _unknown(self, update: Update) -> Problem:
        """Which of the words name nothing."""
        where, part = _where(update), update.part
        if not isinstance(part, str) or part not in FIELDS:
            return _problem(f"{where}: part", part, f"one of {', '.join(FIELDS)}", "name the part")
        if not isinstance(update.field, str) or update.field not in FIELDS[part]:
            return _problem(f"{where}: field", update.field, f"one of {', '.join(FIELDS[part])}", "correct the field")
        if not isinstance(update.name, str) or update.name not in self._rows[part]:
            expected = f"one of the {len(self.names[part])} {part} of the room"
            return _problem(f"{where}: name", update.name, expected, "correct the name")
        columns = FIELDS[part][update.field]
        expected = "nothing" if columns == ("",) else f"one of {', '.join(columns)}"
        return _problem(f"{where}: of", update.of, expected, "name the class or supply step that the value is of")


def _batch(waiting: Mapping[int, tuple[float, float]], senders: Mapping[str, int], now_s: float) -> Batch | None:
    """What waits as arrays."""
    if not waiting:
        return None
    told = np.array(list(waiting.values()), dtype=np.float64)
    slots = np.fromiter(waiting, dtype=np.int32, count=len(waiting))
    return Batch(slots=slots, values=told[:, 0], at_s=told[:, 1], taken_s=now_s, heard=dict(senders))


def _sources(updates: Sequence[Update]) -> set[str]:
    """Who sent."""
    return {update.source for update in updates if isinstance(update.source, str)}


def _unfit(update: Update) -> Problem | None:
    """What of value, instant, sender or number is none."""
    if not _is_number(update.value):
        return _problem(f"{_where(update)}: value", update.value, "a finite number", "send a number, or nothing")
    if not _is_number(update.at_s):
        return _problem(f"{_where(update)}: at_s", update.at_s, "seconds since 1970-01-01 UTC", "send the instant")
    source, number = update.source, update.number
    if not (isinstance(source, str) and 1 <= len(source) <= SOURCE_LONGEST):
        return _problem(f"{_where(update)}: source", source, f"1 to {SOURCE_LONGEST} letters", "name the sender")
    if not (isinstance(number, int) and not isinstance(number, bool) and 1 <= number < 1 << 62):
        return _problem(f"{_where(update)}: number", number, "a whole number from 1", "count the updates")
    return None


def _is_number(value: object) -> bool:
    """A finite number; a truth value is none."""
    if isinstance(value, int):
        return not isinstance(value, bool) and abs(value) < 1 << 62
    return isinstance(value, float) and math.isfinite(value)


def _where(update: Update) -> str:
    """Which update."""
    return f"update {shown(update.number)} of {shown(update.source)}, {shown(update.name)}.{shown(update.field)}"


def _problem(where: str, found: object, expected: str, remedy: str) -> Problem:
    """Four parts."""
    return Problem(where=where, found=shown(found), expected=expected, remedy=remedy)
