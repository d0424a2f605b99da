"""How does an editor know the keys of a project file? A JSON schema (2020-12), from the same table as the checks."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from wattloom.assets.contract import AssetKind
from wattloom.edge.projects.kinds import KindOf
from wattloom.edge.projects.sections import SectionOf
from wattloom.edge.projects.several import MapOf, below
from wattloom.edge.projects.sorts import sort_of
from wattloom.edge.projects.table import SCHEMA_KEYS, kinds_found, project_shape


def schema(
    *, territories: Collection[str] | None = None, kinds: Mapping[str, AssetKind] | None = None
) -> dict[str, Any]:
    """The schema of a project file; with `territories`, only those are right."""
    drawn = _drawn(
        project_shape(kinds_found() if kinds is None else kinds),
        title="Wattloom project",
        description="A planning question: place, territory, assets, money and goals.",
    )
    if territories:
        drawn["properties"]["connection"]["properties"]["territory"]["enum"] = sorted(territories)
    return drawn


def schema_of(sort: str) -> dict[str, Any]:
    """The schema of a file of another sort, such as `bids`."""
    found = sort_of(sort)
    return _drawn(found.shape(), title=found.title.en, description=found.title.zh)


def _drawn(root: SectionOf, *, title: str, description: str) -> dict[str, Any]:
    """The schema of a whole file."""
    drawn = root.schema()
    drawn["properties"] = {key: {"type": "string"} for key in SCHEMA_KEYS} | drawn["properties"]
    about = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, "description": description}
    return {**about, **drawn, "$defs": _definitions(root)}


def _definitions(root: SectionOf) -> dict[str, Any]:
    """The schema of each asset kind, wherever assets may stand."""
    for field in root.fields:
        if isinstance(field.shape, MapOf) and isinstance(field.shape.each, KindOf):
            return field.shape.each.definitions()
        section = below(field.shape)
        if section is not None and (found := _definitions(section)):
            return found
    return {}
