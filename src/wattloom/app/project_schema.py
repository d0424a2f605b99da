"""Which keys may a project file hold? The JSON schema that editors use to complete and check it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Protocol

from wattloom import rules
from wattloom.plan.project import NO_TERRITORY


class DrawsSchema(Protocol):
    """Whoever can draw the keys of a project file."""

    def __call__(self, *, territories: Collection[str] | None) -> dict[str, Any]:
        """A JSON schema (2020-12)."""


def project_schema(*, schema: DrawsSchema) -> dict[str, Any]:
    """The schema of a project file, with the territories that the rules know."""
    return schema(territories=(*rules.territory_keys(), NO_TERRITORY))
