"""Is this dispatch file right, and what does it ask? Every problem at once, or a `DispatchProject`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from wattloom.assets.contract import AssetKind
from wattloom.dispatch.project import DispatchProject
from wattloom.edge.projects.table import dispatch_shape, kinds_found
from wattloom.edge.projects.whole import read_whole

START = "begin from the file in docs/how-to/dispatch-a-day.md"


def read_dispatch(
    path: Path | str,
    *,
    territories: Collection[str],
    datasets: Collection[str] | None = None,
    kinds: Mapping[str, AssetKind] | None = None,
) -> DispatchProject:
    """The dispatch project of a file; `InputError` with every problem, in the order of lines."""
    names: dict[str, Collection[str]] = {"territory": tuple(territories)}
    if datasets is not None:
        names["dataset"] = tuple(datasets)
    shape = dispatch_shape(kinds_found() if kinds is None else kinds)
    return read_whole(path, shape, DispatchProject, names=names, start=START)
