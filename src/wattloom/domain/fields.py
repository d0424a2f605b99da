"""What does a key of a project file mean? Its unit, its bounds, one sentence, and what its words name.

These marks stand in `Annotated[...]` beside a dataclass field; checks, schema, forms and docs read them from there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Unit:
    """Unit of a field, such as MW or CNY/kW."""

    name: str


@dataclass(frozen=True, slots=True)
class Help:
    """One sentence on a field, English and Chinese."""

    en: str
    zh: str = ""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a number may be: both ends belong to it unless `open_below`."""

    lowest: float | None = None
    highest: float | None = None
    open_below: bool = False


NO_HELP = Help("")
UNBOUNDED = Bounds()


@dataclass(frozen=True, slots=True)
class Length:
    """How many values a list must hold."""

    count: int


@dataclass(frozen=True, slots=True)
class Names:
    """What a text names, so that a name of nothing is found when the file is read."""

    what: Literal["asset", "territory", "time zone", "file", "dataset", "fact", "unit", "model"]


@dataclass(frozen=True, slots=True)
class Example:
    """What a starting file writes for a field that has no default."""

    value: Any
