"""Which keys does an asset have? Those of the kind that it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from wattloom.assets.contract import AssetKind
from wattloom.edge.projects import remedies
from wattloom.edge.projects.lines import Node, Section, Word
from wattloom.edge.projects.sections import SectionOf
from wattloom.edge.projects.spots import WRONG, Spot


@dataclass(frozen=True, slots=True)
class KindOf:
    """An asset: a section whose `kind` says which keys it has."""

    EMPTY_IS_ABSENT: ClassVar[bool] = False

    kinds: Mapping[str, AssetKind]
    sections: Mapping[str, SectionOf]

    def takes(self, node: Node) -> bool:
        """A section."""
        return isinstance(node, Section)

    def read(self, node: Node, spot: Spot) -> Any:
        """The asset."""
        known = remedies.listed(self.sections, most=40)
        if not isinstance(node, Section):
            return spot.problem(
                found=str(node), expected=self.expected(), remedy=f"write `kind:` below; kinds are {known}"
            )
        key, kind = node.key("kind"), node.get("kind")
        if key is None or kind is None:
            return spot.problem(found="no kind", expected=f"kind: {known}", remedy=f"add `kind:` to {spot.label}")
        if not isinstance(kind, Word) or kind.text not in self.sections:
            text = kind.text if isinstance(kind, Word) else ""
            return spot.below("kind", key.line).problem(
                found=str(kind), expected=known, remedy=remedies.did_you_mean(text, self.sections, "write one of these")
            )
        value = self.sections[kind.text].read(node, spot)
        if value is not WRONG:
            spot.hold(value)
        return value

    def expected(self) -> str:
        """In words."""
        return "an asset with its kind and the keys of that kind"

    def limits(self) -> str:
        """In signs."""
        return ""

    def schema(self) -> dict[str, Any]:
        """The kind decides which definition applies."""
        return {
            "type": "object",
            "required": ["kind"],
            "properties": {"kind": {"enum": list(self.sections)}},
            "allOf": [
                {
                    "if": {"properties": {"kind": {"const": key}}, "required": ["kind"]},
                    "then": {"$ref": f"#/$defs/{key}"},
                }
                for key in self.sections
            ],
        }

    def definitions(self) -> dict[str, Any]:
        """The schema of each kind."""
        drawn = {}
        for key, section in self.sections.items():
            schema = section.schema()
            schema["type"] = "object"
            schema["title"] = " · ".join(filter(None, [self.kinds[key].title.en, self.kinds[key].title.zh]))
            schema["properties"] = {"kind": {"const": key}} | schema["properties"]
            drawn[key] = schema
        return drawn

    def sample(self) -> dict[str, Any]:
        """The first kind."""
        key = next(iter(self.sections))
        return {"kind": key} | self.sections[key].sample()
