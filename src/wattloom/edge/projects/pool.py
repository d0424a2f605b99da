"""Is this file of a virtual power plant right, and what does it ask? Every problem at once, or a `PoolProject`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from wattloom.assets.contract import AssetKind
from wattloom.dispatch.pool_project import PoolProject
from wattloom.edge.projects.table import kinds_found, pool_shape
from wattloom.edge.projects.whole import read_whole

START = "begin from the file in docs/how-to/run-a-vpp-event.md"


def read_pool(
    path: Path | str,
    *,
    territories: Collection[str],
    datasets: Collection[str] | None = None,
    kinds: Mapping[str, AssetKind] | None = None,
) -> PoolProject:
    """The pool of a file and its event; `InputError` with every problem, in the order of lines."""
    names: dict[str, Collection[str]] = {"territory": tuple(territories)}
    if datasets is not None:
        names["dataset"] = tuple(datasets)
    shape = pool_shape(kinds_found() if kinds is None else kinds)
    return read_whole(path, shape, PoolProject, names=names, start=START)
