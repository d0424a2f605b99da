"""Is this settle file right, and what does it ask? Every problem at once, or a `SettleProject`."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from wattloom.app.settle_month_project import SettleProject
from wattloom.edge.projects.sorts import settle_shape
from wattloom.edge.projects.whole import read_whole
from wattloom.rules.vocabulary import BY_NAME

START = "begin from the file in docs/how-to/settle-a-month.md"


def read_settle(path: Path | str, *, territories: Collection[str]) -> SettleProject:
    """The settle project of a file; `InputError` with every problem, in the order of lines."""
    names = {"territory": territories, "fact": tuple(BY_NAME)}
    return read_whole(path, settle_shape(), SettleProject, names=names, start=START)
