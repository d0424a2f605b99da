"""Where in the file are we, what was found wrong so far, and which names are known?"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from wattloom.domain.errors import Problem


class Wrong:
    """What reading gives in place of a value where a problem was noted."""


WRONG: Final = Wrong()


@dataclass(slots=True)
class Reading:
    """One pass over one file."""

    file: Path
    names: Mapping[str, Collection[str]]
    """Known names by what they name (asset, territory, …); a sort that is absent is not checked."""
    homes: Mapping[str, str] = field(default_factory=dict)
    """By key: where in a project it belongs, in words."""
    problems: list[Problem] = field(default_factory=list)
    values: dict[tuple[str, ...], Any] = field(default_factory=dict)
    """What was read and found right, by its keys from the top."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in the file."""

    reading: Reading
    line: int
    keys: tuple[str, ...] = ()
    label: str = ""
    """The keys as a message shows them, such as assets.pv.power_mw."""

    def below(self, key: str, line: int) -> Spot:
        """The place of a key in the section here."""
        label = f"{self.label}.{key}" if self.label else key
        return replace(self, line=line, keys=(*self.keys, key), label=label)

    def item(self, number: int, line: int) -> Spot:
        """The place of an item in the list here, counted from 1."""
        return replace(self, line=line, keys=(*self.keys, str(number)), label=f"{self.label} item {number}")

    def problem(self, *, found: str, expected: str, remedy: str) -> Wrong:
        """Note what is wrong here."""
        where = f"{self.reading.file}:{self.line} {self.label}".rstrip()
        self.reading.problems.append(
            Problem(where=where, found=found, expected=expected, remedy=remedy, line=self.line)
        )
        return WRONG

    def hold(self, value: Any) -> None:
        """Keep what was read here for the checks across keys."""
        self.reading.values[self.keys] = value
