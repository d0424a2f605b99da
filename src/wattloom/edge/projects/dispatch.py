"""Is this dispatch file right, and what does it ask? Every problem at once, or a `DispatchProject`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from wattloom.assets.contract import AssetKind
from wattloom.dispatch.project import DispatchProject
from wattloom.domain.errors import InputError
from wattloom.edge.projects.lines import read_nodes, read_text
from wattloom.edge.projects.spots import Reading, Spot
from wattloom.edge.projects.table import dispatch_shape, homes, kinds_found


def read_dispatch(
    path: Path | str,
    *,
    territories: Collection[str],
    datasets: Collection[str] | None = None,
    kinds: Mapping[str, AssetKind] | None = None,
) -> DispatchProject:
    """The dispatch project of a file; `InputError` with every problem, in the order of lines."""
    file = Path(path)
    root, problems = read_nodes(read_text(file), file)
    shape = dispatch_shape(kinds_found() if kinds is None else kinds)
    names: dict[str, Collection[str]] = {"territory": tuple(territories), "currency": ("CNY",)}
    if datasets is not None:
        names["dataset"] = tuple(datasets)
    reading = Reading(file=file, names=names, homes=homes(shape), problems=problems)
    value: Any = shape.read(root, Spot(reading, 1))
    if reading.problems or not isinstance(value, DispatchProject):
        raise InputError(sorted(reading.problems, key=lambda problem: problem.line or 0))
    return value
