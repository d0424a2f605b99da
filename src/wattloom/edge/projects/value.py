"""Is this file of a facility's flexibility right, and what does it ask? Every problem at once, or a `ValueProject`."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from wattloom.app.flexibility_value_project import ValueProject
from wattloom.edge.projects.sorts import value_shape
from wattloom.edge.projects.whole import read_whole

START = "begin from the file in docs/how-to/value-flexibility.md"


def read_value(path: Path | str, *, territories: Collection[str]) -> ValueProject:
    """The study of a file; `InputError` with every problem, in the order of lines."""
    return read_whole(path, value_shape(), ValueProject, names={"territory": territories}, start=START)
