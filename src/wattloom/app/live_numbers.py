"""Where does an update belong among the numbers of a tick, and can it be believed?

All numbers of a tick lie in one row. A place in it is found from the words of an update; a row becomes a tick without
a copy.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattloom.dispatch.matching import CLASSES, CorridorNumbers, Layout, LineNumbers, RegionNumbers, SiteNumbers, Tick
from wattloom.dispatch.matching.checks import COST, LIMITS, PRICE_LEAST, PRICE_MOST_CNY_PER_MWH
from wattloom.domain.errors import InputError, Problem
from wattloom.domain.live import Update, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

ALL = "all"
"""The name under which the two prices of all regions are updated."""
SINGLE_PRICES = {
    "carbon_price_cny_per_t": COST,
    "shortfall_price_cny_per_mwh": (PRICE_LEAST, PRICE_MOST_CNY_PER_MWH),
}
BY_CLASS = ("demand_mw", "unserved_price_cny_per_mwh")
SOURCE_LONGEST = 64
"""Characters of a sender's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """When is a value too old, or too early, to be believed? Both assumed: agree them with who measures."""

    stale_s: float = 60.0
    ahead_s: float = 5.0
    """How far a sender's clock may be ahead."""


@dataclass(frozen=True, slots=True)
class _Field:
    """Where a field lies in the row."""

    start: int
    columns: tuple[str, ...]
    limits: tuple[float, float]


class Numbers:
    """The row of a layout: places by words, words by places."""

    def __init__(self, layout: Layout, freshness: Freshness | None = None) -> None:
        """Lay the fields out one after the other."""
        self.layout, self.freshness = layout, freshness or Freshness()
        regions = layout.regions
        ends = zip(layout.line_from, layout.line_to, strict=True)
        ways = zip(layout.corridor_class, layout.corridor_from, layout.corridor_to, strict=True)
        names = {
            "regions": regions,
            "lines": tuple(f"{regions[a]} to {regions[b]}" for a, b in ends),
            "corridors": tuple(f"{regions[a]} to {regions[b]} ({('inference', 'batch')[c]})" for c, a, b in ways),
            "sites": layout.sites,
        }
        self.names = {part: tuple(_apart(of_part)) for part, of_part in names.items()}
        self._rows = {part: {name: n for n, name in enumerate(of_part)} for part, of_part in self.names.items()}
        self._fields: dict[str, dict[str, _Field]] = {}
        self.count = 0
        for part, of_part in LIMITS.items():
            self._fields[part] = {field: self._placed(part, field, limits) for field, limits in of_part.items()}
        self._single = {field: self.count + k for k, field in enumerate(SINGLE_PRICES)}
        self.count += len(SINGLE_PRICES)

    def _placed(self, part: str, field: str, limits: tuple[float, float]) -> _Field:
        """A field behind those before it."""
        columns: tuple[str, ...] = ("",)
        if part == "sites" and field in BY_CLASS:
            columns = CLASSES
        elif field.startswith("supply"):
            columns = self.layout.steps
        start, self.count = self.count, self.count + len(self.names[part]) * len(columns)
        return _Field(start, columns, limits)

    def place(self, part: str, field: str) -> int:
        """Where a field begins in the row; its values follow, those of a site or region side by side."""
        return self._fields[part][field].start

    def row(self, tick: Tick) -> NDArray[np.float64]:
        """The numbers of a tick, shape (number,)."""
        parts = [np.ravel(getattr(getattr(tick, part), field)) for part, of in self._fields.items() for field in of]
        return np.concatenate([*parts, [getattr(tick.regions, field) for field in SINGLE_PRICES]]).astype(np.float64)

    def tick(self, row: NDArray[np.float64]) -> Tick:
        """The tick of a row; its arrays are windows on it."""
        told = {part: {name: self._window(row, part, name) for name in of} for part, of in self._fields.items()}
        single = {field: float(row[place]) for field, place in self._single.items()}
        return Tick(
            layout=self.layout,
            regions=RegionNumbers(**told["regions"], **single),  # type: ignore[arg-type]
            lines=LineNumbers(**told["lines"]),
            corridors=CorridorNumbers(**told["corridors"]),
            sites=SiteNumbers(**told["sites"]),
        )

    def _window(self, row: NDArray[np.float64], part: str, name: str) -> NDArray[np.float64]:
        """One field of the row."""
        field, rows = self._fields[part][name], len(self.names[part])
        values = row[field.start : field.start + rows * len(field.columns)]
        return values.reshape(rows, -1) if len(field.columns) > 1 else values

    def judged(self, update: Update, *, now_s: float) -> tuple[int, float, float]:
        """Place, value and instant of an update that can be believed; `InputError` names all that is wrong with it."""
        try:
            place, (low, high) = self._place(update)
        except (KeyError, TypeError):
            raise InputError([*self._unknown(update), *self._unfit(update, (-math.inf, math.inf), now_s)]) from None
        value, at_s = update.value, update.at_s
        oldest_s, newest_s = now_s - self.freshness.stale_s, now_s + self.freshness.ahead_s
        good = (
            _is_number(value)
            and _is_number(at_s)
            and low <= value <= high  # type: ignore[operator]
            and oldest_s <= at_s <= newest_s  # type: ignore[operator]
            and _is_sender(update.source)
            and _is_count(update.number)
        )
        if not good:
            raise InputError(self._unfit(update, (low, high), now_s))
        return place, float(value), float(at_s)  # type: ignore[arg-type]

    def slot(self, update: Update) -> int | None:
        """Where an update belongs; None where its words name nothing."""
        try:
            return self._place(update)[0]
        except (KeyError, TypeError):
            return None

    def _place(self, update: Update) -> tuple[int, tuple[float, float]]:
        """Place and limits; `KeyError` where the words name nothing."""
        if update.name == ALL and update.part == "regions" and update.field in SINGLE_PRICES and update.of == "":
            return self._single[update.field], SINGLE_PRICES[update.field]
        row = self._rows[update.part][update.name]  # type: ignore[index]
        field = self._fields[update.part][update.field]  # type: ignore[index]
        if update.of not in field.columns:
            raise KeyError(update.of)
        column = field.columns.index(update.of) if update.of else 0
        return field.start + row * len(field.columns) + column, field.limits

    def _unknown(self, update: Update) -> Iterator[Problem]:
        """Which of the words name nothing."""
        where, part = _where(update), update.part
        if not isinstance(part, str) or part not in self._fields:
            yield _problem(f"{where}: part", part, f"one of {', '.join(self._fields)}", "name the part")
            return
        name, field = update.name, update.field
        if not (isinstance(name, str) and (name in self._rows[part] or (name == ALL and field in SINGLE_PRICES))):
            expected = f"one of the {len(self.names[part])} {part} of the layout"
            yield _problem(
                f"{where}: name", name, expected, "correct the name, or begin anew with a layout that has it"
            )
        fields = self._fields[part]
        if not (isinstance(field, str) and (field in fields or (name == ALL and field in SINGLE_PRICES))):
            yield _problem(f"{where}: field", field, f"one of {', '.join(fields)}", "correct the field")
            return
        columns = fields[field].columns if field in fields else ("",)
        if update.of not in columns:
            expected = "nothing" if columns == ("",) else f"one of {', '.join(columns)}"
            yield _problem(f"{where}: of", update.of, expected, "name the class or supply step that the value is of")

    def _unfit(self, update: Update, limits: tuple[float, float], now_s: float) -> list[Problem]:
        """What of value, instant and sender cannot be."""
        where, value, at_s, found = _where(update), update.value, update.at_s, []
        low, high = limits
        if not (_is_number(value) and low <= value <= high):  # type: ignore[operator]
            expected = f"a number from {low:g} to {high:g}"
            found.append(_problem(f"{where}: value", value, expected, "mend the reading, or its unit"))
        if not _is_number(at_s):
            found.append(_problem(f"{where}: at_s", at_s, "seconds since 1970-01-01 UTC", "send the instant"))
        elif at_s < now_s - self.freshness.stale_s:  # type: ignore[operator]
            expected = f"at most {self.freshness.stale_s:g} s old"
            old = f"a value {now_s - at_s:.1f} s old"  # type: ignore[operator]
            found.append(Problem(where=f"{where}: at_s", found=old, expected=expected, remedy="send what is now"))
        elif at_s > now_s + self.freshness.ahead_s:  # type: ignore[operator]
            early = f"an instant {at_s - now_s:.1f} s ahead"  # type: ignore[operator]
            expected = f"at most {self.freshness.ahead_s:g} s ahead"
            found.append(Problem(where=f"{where}: at_s", found=early, expected=expected, remedy="set the clock right"))
        if not _is_sender(update.source):
            found.append(
                _problem(f"{where}: source", update.source, f"1 to {SOURCE_LONGEST} letters", "name the sender")
            )
        if not _is_count(update.number):
            found.append(_problem(f"{where}: number", update.number, "a whole number from 1", "count the updates"))
        return found

    def recounted(self, update: Update, *, heard: int) -> InputError:
        """The refusal of a new value under an old number, which would otherwise be taken for an old one."""
        return InputError.one(
            f"{_where(update)}: number",
            found=f"{shown(update.number)} for a value newer than the one there",
            expected=f"a number above {heard}, the last one kept",
            remedy="go on counting where you ended, or send under another name",
        )

    def backwards(self, update: Update, *, known_s: float) -> InputError:
        """The refusal of a value that is older than the one that is there."""
        return InputError.one(
            f"{_where(update)}: at_s",
            found=f"an instant {known_s - float(update.at_s):g} s before that of the value there",  # type: ignore[arg-type]
            expected="time that goes forward",
            remedy="send values in their order",
        )


def _apart(names: Iterable[str]) -> Iterator[str]:
    """Names that occur once; a second line between the same two regions is told by its count."""
    seen: dict[str, int] = {}
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        yield name if seen[name] == 1 else f"{name} #{seen[name]}"


def _is_number(value: object) -> bool:
    """A finite number; a truth value is none."""
    if isinstance(value, int):
        return not isinstance(value, bool) and abs(value) < 1 << 62
    return isinstance(value, float) and math.isfinite(value)


def _is_count(value: object) -> bool:
    """A whole number from 1 that fits a record."""
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value < 1 << 62


def _is_sender(value: object) -> bool:
    """A name that is not empty, and short."""
    return isinstance(value, str) and 1 <= len(value) <= SOURCE_LONGEST


def _where(update: Update) -> str:
    """Which update."""
    name, field = (value if isinstance(value, str) else shown(value) for value in (update.name, update.field))
    of = f" {update.of}" if isinstance(update.of, str) and update.of else ""
    return f"update {shown(update.number)} of {shown(update.source)}, {name[:SOURCE_LONGEST]}{of[:64]}.{field[:64]}"


def _problem(where: str, found: object, expected: str, remedy: str) -> Problem:
    """Four parts."""
    return Problem(where=where, found=shown(found), expected=expected, remedy=remedy)
