"""Is this match file right, and what does it ask? Every problem at once, or a `MatchProject`."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from wattloom.dispatch.match_project import MatchProject
from wattloom.edge.projects.table import match_shape
from wattloom.edge.projects.whole import read_whole

START = "begin from the file in docs/how-to/match-twelve-provinces.md"


def read_match(
    path: Path | str, *, territories: Collection[str], datasets: Collection[str] | None = None
) -> MatchProject:
    """The match project of a file; `InputError` with every problem, in the order of lines."""
    names: dict[str, Collection[str]] = {"territory": tuple(territories)}
    if datasets is not None:
        names["dataset"] = tuple(datasets)
    return read_whole(path, match_shape(), MatchProject, names=names, start=START)
