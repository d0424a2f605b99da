"""What does a whole file ask, whatever its sort? Every problem at once, or the value of its shape."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import TypeVar

from wattloom.domain.errors import InputError
from wattloom.edge.projects.lines import Section, read_nodes, read_text
from wattloom.edge.projects.sections import SectionOf
from wattloom.edge.projects.spots import Reading, Spot
from wattloom.edge.projects.table import homes

Asked = TypeVar("Asked")


def read_whole(
    path: Path | str,
    shape: SectionOf,
    of: type[Asked],
    *,
    names: dict[str, Collection[str]],
    start: str,
    across: Callable[[Section, Reading], None] | None = None,
) -> Asked:
    """The value of a file; `InputError` with every problem, in the order of lines.

    `names` are the words that are known, by what they name; `start` says how such a file is begun; `across` notes what
    only shows when several keys, or other files, are looked at.
    """
    file = Path(path)
    root, problems = read_nodes(read_text(file, start=start), file, start=start)
    reading = Reading(file=file, names={"currency": ("CNY",), **names}, homes=homes(shape), problems=problems)
    value = shape.read(root, Spot(reading, 1))
    if across is not None:
        across(root, reading)
    if reading.problems or not isinstance(value, of):
        raise InputError(sorted(reading.problems, key=lambda problem: problem.line or 0))
    return value
