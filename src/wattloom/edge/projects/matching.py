"""Is this match file right, and what does it ask? Every problem at once, or a `MatchProject`."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from wattloom.dispatch.match_project import MatchProject
from wattloom.domain.errors import InputError
from wattloom.edge.projects.lines import read_nodes, read_text
from wattloom.edge.projects.spots import Reading, Spot
from wattloom.edge.projects.table import homes, match_shape


def read_match(
    path: Path | str, *, territories: Collection[str], datasets: Collection[str] | None = None
) -> MatchProject:
    """The match project of a file; `InputError` with every problem, in the order of lines."""
    file = Path(path)
    root, problems = read_nodes(read_text(file), file)
    shape = match_shape()
    names: dict[str, Collection[str]] = {"territory": tuple(territories), "currency": ("CNY",)}
    if datasets is not None:
        names["dataset"] = tuple(datasets)
    reading = Reading(file=file, names=names, homes=homes(shape), problems=problems)
    value: Any = shape.read(root, Spot(reading, 1))
    if reading.problems or not isinstance(value, MatchProject):
        raise InputError(sorted(reading.problems, key=lambda problem: problem.line or 0))
    return value
