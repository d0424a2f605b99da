"""What may a single value be: a number, a switch, a text, one of a few words?

Each shape reads a node, says in words what it expects, and draws itself as JSON schema.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol
from zoneinfo import available_timezones

from wattloom.domain.fields import UNBOUNDED, Bounds
from wattloom.edge.projects import remedies
from wattloom.edge.projects.lines import Node, Word
from wattloom.edge.projects.within import may_be_named
from wattloom.intake.units import UNITS

if TYPE_CHECKING:
    from pathlib import Path

    from wattloom.edge.projects.spots import Spot
    from wattloom.intake.units import Unit


class Shape(Protocol):
    """What may stand behind a key."""

    EMPTY_IS_ABSENT: ClassVar[bool]
    """Whether a key without a value counts as left away, where it has a default."""

    def takes(self, node: Node) -> bool:
        """Whether the node looks meant for this shape, right or wrong in detail."""

    def read(self, node: Node, spot: Spot) -> Any:
        """The value, or `WRONG` after its problems were noted."""

    def expected(self) -> str:
        """What would be right, in words."""

    def limits(self) -> str:
        """The same in signs, for tables and comments."""

    def schema(self) -> dict[str, Any]:
        """As JSON schema."""

    def sample(self) -> Any:
        """A value that is right, for a starting file."""


SPOKEN_UNITS = {
    "1": "",
    "°": "in degrees",
    "deg": "in degrees",
    "day": "in days",
    "year": "in years",
    "years": "in years",
    "h": "in hours",
    "min": "in minutes",
    "°C": "in degrees Celsius",
}
"""How a sentence says a unit whose sign alone would read badly."""


@dataclass(frozen=True, slots=True)
class Number:
    """A finite number between bounds."""

    EMPTY_IS_ABSENT: ClassVar[bool] = False

    unit: str = ""
    bounds: Bounds = UNBOUNDED
    whole: bool = False

    def takes(self, node: Node) -> bool:
        """A word that reads as a number."""
        return isinstance(node, Word) and not node.quoted and bool(remedies.PLAIN_NUMBER.fullmatch(node.text))

    def read(self, node: Node, spot: Spot) -> Any:
        """A float, or an int where the number must be whole."""
        value = float(node.text) if isinstance(node, Word) and self.takes(node) else math.nan
        remedy = self._misread(node) if math.isnan(value) else self._misfit(value)
        if remedy:
            return spot.problem(found=str(node), expected=self.expected(), remedy=remedy)
        return int(value) if self.whole else value

    def _misread(self, node: Node) -> str:
        """What to write in place of something that is no number."""
        if not isinstance(node, Word) or node.empty:
            return "write one number"
        remedy = remedies.number_meant(node.text, self.unit)
        return f"{remedy} without the quotes" if remedy == f"write {node.text}" else remedy

    def _misfit(self, value: float) -> str:
        """What to write in place of a number that may not stand here; empty where it may."""
        if not math.isfinite(value):
            return "write a number with fewer digits"
        if self.whole and not value.is_integer():
            return f"write {math.floor(value)} or {math.ceil(value)}"
        return "" if self._within(value) else self._nearby(value)

    def _within(self, value: float) -> bool:
        lowest, highest = self.bounds.lowest, self.bounds.highest
        if lowest is not None and (value < lowest or (self.bounds.open_below and value == lowest)):
            return False
        return highest is None or value <= highest

    def _nearby(self, value: float) -> str:
        """What was perhaps meant: a per cent as a share, or the same without its sign."""
        if self.unit == "1" and abs(value) > 1 and self._within(value / 100):
            return f"write {remedies.tidy(value / 100)} if {remedies.tidy(value)} % is meant"
        if value < 0 and self._within(-value):
            return f"write {remedies.tidy(-value)} if that is meant"
        return "correct the number"

    def expected(self) -> str:
        """Such as: a number above 0 and at most 1000, in kV."""
        lowest, highest = self.bounds.lowest, self.bounds.highest
        words = "a whole number" if self.whole else "a number"
        if lowest is not None and highest is not None and not self.bounds.open_below:
            words += f" from {remedies.tidy(lowest)} to {remedies.tidy(highest)}"
        else:
            above = "above" if self.bounds.open_below else "of at least"
            ends = [] if lowest is None else [f"{above} {remedies.tidy(lowest)}"]
            ends += [] if highest is None else [f"at most {remedies.tidy(highest)}"]
            words = " ".join([words, *filter(None, [" and ".join(ends)])])
        spoken = SPOKEN_UNITS.get(self.unit, f"in {self.unit}" if self.unit else "")
        if self.unit == "1" and highest is not None and highest <= 1:
            spoken = "where 0.1 means 10 %"
        return f"{words}, {spoken}" if spoken else words

    def limits(self) -> str:
        """Such as: kV, > 0, ≤ 1000."""
        lowest, highest = self.bounds.lowest, self.bounds.highest
        parts = [self.unit] if self.unit not in {"", "1"} else []
        if lowest is not None:
            parts.append(f"{'>' if self.bounds.open_below else '≥'} {remedies.tidy(lowest)}")
        if highest is not None:
            parts.append(f"≤ {remedies.tidy(highest)}")
        return ", ".join(parts) or ("whole number" if self.whole else "number")

    def schema(self) -> dict[str, Any]:
        """A number with its ends and unit."""
        drawn: dict[str, Any] = {"type": "integer" if self.whole else "number"}
        if self.bounds.lowest is not None:
            drawn["exclusiveMinimum" if self.bounds.open_below else "minimum"] = self.bounds.lowest
        if self.bounds.highest is not None:
            drawn["maximum"] = self.bounds.highest
        return drawn | ({"x-unit": self.unit} if self.unit else {})

    def sample(self) -> float:
        """The middle of two ends; one hundred where there is room; the end itself where there is not."""
        lowest, highest = self.bounds.lowest, self.bounds.highest
        if highest is None:
            return max(100.0, (lowest or 0.0) * 2)
        if lowest is None:
            return highest
        middle = (lowest + highest) / 2
        return float(math.floor(middle)) if self.whole or middle > 1 else middle


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    EMPTY_IS_ABSENT: ClassVar[bool] = False

    def takes(self, node: Node) -> bool:
        """Just these two words: yes and on are texts in YAML 1.2."""
        return isinstance(node, Word) and not node.quoted and node.text.casefold() in {"true", "false"}

    def read(self, node: Node, spot: Spot) -> Any:
        """A bool."""
        if isinstance(node, Word) and self.takes(node):
            return node.text.casefold() == "true"
        remedy = remedies.flag_meant(node.text) if isinstance(node, Word) else "write true or false"
        return spot.problem(found=str(node), expected=self.expected(), remedy=remedy)

    def expected(self) -> str:
        """In words."""
        return "true or false"

    def limits(self) -> str:
        """In signs."""
        return "true | false"

    def schema(self) -> dict[str, Any]:
        """A boolean."""
        return {"type": "boolean"}

    def sample(self) -> bool:
        """One of them."""
        return True


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of a few words or numbers."""

    EMPTY_IS_ABSENT: ClassVar[bool] = False

    choices: tuple[Any, ...]
    """Values as the dataclass wants them; an enum's members are written as their values."""

    def _written(self) -> dict[str, Any]:
        return {str(getattr(choice, "value", choice)): choice for choice in self.choices}

    def takes(self, node: Node) -> bool:
        """Any word."""
        return isinstance(node, Word)

    def read(self, node: Node, spot: Spot) -> Any:
        """The choice."""
        known = self._written()
        if not isinstance(node, Word):
            return spot.problem(found=str(node), expected=self.expected(), remedy="write one of these words")
        text = node.text.strip()
        if text not in known:
            remedy = remedies.did_you_mean(text, known, "write one of these")
            return spot.problem(found=str(node), expected=self.expected(), remedy=remedy)
        return known[text]

    def expected(self) -> str:
        """In words."""
        return remedies.listed(self._written())

    def limits(self) -> str:
        """In signs."""
        return " | ".join(self._written())

    def schema(self) -> dict[str, Any]:
        """An enumeration."""
        return {"enum": [getattr(choice, "value", choice) for choice in self.choices]}

    def sample(self) -> Any:
        """The first."""
        return getattr(self.choices[0], "value", self.choices[0])


@dataclass(frozen=True, slots=True)
class Text:
    """Words, which may have to name something that exists."""

    EMPTY_IS_ABSENT: ClassVar[bool] = False

    names: str = ""
    """What it names: asset, territory, time zone, file, dataset, unit; empty for free text."""
    unit: str = ""
    """For a text that names a unit: the unit of the key it speaks about."""

    def takes(self, node: Node) -> bool:
        """Any word."""
        return isinstance(node, Word)

    def read(self, node: Node, spot: Spot) -> Any:
        """The text, a file's name as its whole path."""
        if not isinstance(node, Word) or node.empty:
            return spot.problem(found=str(node), expected=self.expected(), remedy='write one text, or "" for none')
        if not node.quoted and (remedies.PLAIN_NUMBER.fullmatch(node.text) or Flag().takes(node)):
            return spot.problem(found=str(node), expected=self.expected(), remedy=f'write "{node.text}" in quotes')
        if not node.text.strip():
            return ""
        if self.names == "file":
            return _existing(node, spot)
        return self._unit(node, spot) if self.names == "unit" else self._named(node, spot)

    def _named(self, node: Word, spot: Spot) -> Any:
        """The text, if it names something known."""
        known = available_timezones() if self.names == "time zone" else spot.reading.names.get(self.names)
        if not self.names or known is None or node.text in known:
            return node.text
        if not known:
            expected, otherwise = f"the name of {_a(self.names)}; there is none yet", f"add the {self.names} first"
        elif self.names == "time zone":
            expected, otherwise = "a time zone, such as Asia/Shanghai", "write a name of the IANA time zone list"
        else:
            expected = f"the name of {_a(self.names)}: {remedies.listed(sorted(known), most=40)}"
            otherwise = "write one of these"
        return spot.problem(
            found=str(node), expected=expected, remedy=remedies.did_you_mean(node.text, known, otherwise)
        )

    def _unit(self, node: Word, spot: Spot) -> Any:
        """The unit, if it can be turned into the key's, with an exchange rate where the currency is another."""
        given, wanted = UNITS.get(node.text.strip()), UNITS.get(self.unit)
        if not self.unit or node.text.strip() == self.unit or (given and wanted and _becomes(given, wanted)):
            return node.text.strip()
        priced = given and wanted and given.family.startswith(PRICE) and wanted.family.startswith(PRICE)
        if given and priced:
            return self._exchanged(node, given.family.removeprefix(PRICE)[:3], spot)
        alike = [name for name, unit in UNITS.items() if wanted and _becomes(unit, wanted)]
        cased = [name for name in alike if name.casefold() == node.text.strip().casefold()]
        otherwise = f"name the unit that the file's values are in, or give them in {self.unit}"
        return spot.problem(
            found=str(node),
            expected=f"a unit that becomes {self.unit}: {remedies.listed(alike or [self.unit])}",
            remedy=f"did you mean {cased[0]}?" if cased else otherwise,
        )

    def _exchanged(self, node: Word, currency: str, spot: Spot) -> Any:
        """The unit, where the file gives a rate for its currency."""
        if currency in spot.reading.names.get("currency", ()):
            return node.text.strip()
        key = f"cny_per_{currency.casefold()}"
        return spot.problem(
            found=f"{node} without an exchange rate",
            expected=f"money.{key}, since this key is in {self.unit}",
            remedy=f"write {key}: under money",
        )

    def expected(self) -> str:
        """In words."""
        return f"the name of {_a(self.names)}" if self.names else "a text"

    def limits(self) -> str:
        """In signs."""
        return self.names or "text"

    def schema(self) -> dict[str, Any]:
        """A string."""
        return {"type": "string"}

    def sample(self) -> str:
        """A text that says what to write."""
        return self.names.replace(" ", "_") or "text"


PRICE = "price in "
"""How the families of prices begin; the currency follows."""


def _becomes(given: Unit, wanted: Unit) -> bool:
    """Whether values in a unit can be turned into another: of its family, or energy of a period as mean power."""
    return given.family == wanted.family or (given.family, wanted.family) == (UNITS["MWh"].family, UNITS["MW"].family)


def _a(noun: str) -> str:
    return f"an {noun}" if noun[:1] in "aeio" else f"a {noun}"


def _existing(node: Word, spot: Spot) -> Any:
    """The whole path of a file that lies beside the project file."""
    folder = spot.reading.file.parent
    try:
        path = (folder / node.text).resolve()
        if not may_be_named(path):
            remedy = "send the file along, and name it as it was sent"
            return spot.problem(found=str(node), expected="a file beside the project", remedy=remedy)
        there, elsewhere = path.is_file(), path.exists()
    except (OSError, ValueError, RuntimeError):
        return spot.problem(found=str(node), expected="the path of a file", remedy="correct the path")
    if there:
        return str(path)
    found = f"{node}, which is a folder" if elsewhere else f"{node}, which is not there"
    otherwise = "put it beside the project file, or correct the path"
    return spot.problem(
        found=found,
        expected="a file, by its path from the project file",
        remedy=remedies.did_you_mean(path.name, _neighbours(path), otherwise),
    )


def _neighbours(path: Path) -> list[str]:
    """Names of the files in the folder where one was sought."""
    try:
        return sorted(other.name for other in path.parent.iterdir() if other.is_file())
    except OSError:
        return []
