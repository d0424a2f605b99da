"""What may stand behind a key that holds more than one value, or one of several? Lists, mappings by name, choices."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, ClassVar

from wattloom.edge.projects import remedies
from wattloom.edge.projects.lines import Listing, Node, Section, Word
from wattloom.edge.projects.sections import SectionOf
from wattloom.edge.projects.shapes import Flag, Number, Shape, Text
from wattloom.edge.projects.spots import WRONG, Spot

NAME = re.compile(r"[^\W\d]\w*")
"""A letter, then letters, digits and underscores: names become parts of variable names."""


@dataclass(frozen=True, slots=True)
class ListOf:
    """Values one after the other."""

    EMPTY_IS_ABSENT: ClassVar[bool] = True

    each: Shape
    count: int | None = None

    def takes(self, node: Node) -> bool:
        """Any list."""
        return isinstance(node, Listing)

    def read(self, node: Node, spot: Spot) -> Any:
        """A tuple; an empty value is an empty list."""
        if isinstance(node, Word) and node.empty and self.count is None:
            return ()
        if not isinstance(node, Listing):
            remedy = f"write [{node}]" if isinstance(node, Word) and not node.empty else "write [first, second]"
            return spot.problem(found=str(node), expected=self.expected(), remedy=remedy)
        if self.count is not None and len(node.items) != self.count:
            more = self.count - len(node.items)
            remedy = f"add {more}" if more > 0 else f"take {-more} away"
            return spot.problem(found=str(node), expected=self.expected(), remedy=remedy)
        values = [self.each.read(item, spot.item(n, item.line)) for n, item in enumerate(node.items, 1)]
        return WRONG if any(value is WRONG for value in values) else tuple(values)

    def expected(self) -> str:
        """In words."""
        return f"a list of {self.count} values" if self.count else f"a list, each item {self.each.expected()}"

    def limits(self) -> str:
        """In signs."""
        words = f"list of {self.count}" if self.count else "list"
        return f"{words}: {self.each.limits()}" if self.each.limits() else words

    def schema(self) -> dict[str, Any]:
        """An array."""
        ends = {"minItems": self.count, "maxItems": self.count} if self.count else {}
        return {"type": "array" if self.count else ["array", "null"], "items": self.each.schema()} | ends

    def sample(self) -> list[Any]:
        """As many samples as there must be."""
        return [self.each.sample()] * (self.count or 1)


@dataclass(frozen=True, slots=True)
class MapOf:
    """Values by names that the user gives."""

    EMPTY_IS_ABSENT: ClassVar[bool] = True

    each: Shape
    noun: str = "value"
    names: str = ""
    """What the names name, where they must name something that exists."""

    def takes(self, node: Node) -> bool:
        """Any section."""
        return isinstance(node, Section)

    def read(self, node: Node, spot: Spot) -> Any:
        """A dict in the order of the file; an empty value is an empty mapping."""
        if isinstance(node, Word) and node.empty:
            return {}
        if not isinstance(node, Section):
            remedy = f"write each {self.noun} under a name of its own, such as `first:`"
            return spot.problem(found=str(node), expected=self.expected(), remedy=remedy)
        values: dict[str, Any] = {}
        for key, below in node.pairs:
            here = spot.below(key.text, key.line)
            if not NAME.fullmatch(key.text):
                here.problem(
                    found=f"the name {key}",
                    expected="a letter, then letters, digits and underscores",
                    remedy=f"write {re.sub(r'[^0-9A-Za-z_]', '_', key.text).lstrip('_0123456789') or 'a name'}",
                )
            named = Text(names=self.names).read(key, here) if self.names else key.text
            values[key.text] = named if named is WRONG else self.each.read(below, here)
        return WRONG if any(value is WRONG for value in values.values()) else values

    def expected(self) -> str:
        """In words."""
        return f"names, each with {self.each.expected()}"

    def limits(self) -> str:
        """In signs."""
        return f"by name: {self.each.limits()}" if self.each.limits() else "by name"

    def schema(self) -> dict[str, Any]:
        """An object with free keys."""
        return {
            "type": ["object", "null"],
            "propertyNames": {"pattern": "^[^\\W\\d]\\w*$"},
            "additionalProperties": self.each.schema(),
        }

    def sample(self) -> dict[str, Any]:
        """One of them."""
        return {"first": self.each.sample()}


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of several shapes, or nothing where that is allowed."""

    EMPTY_IS_ABSENT: ClassVar[bool] = False

    shapes: tuple[Shape, ...]
    optional: bool = False

    def takes(self, node: Node) -> bool:
        """Whatever one of them takes."""
        return any(shape.takes(node) for shape in self.shapes)

    def read(self, node: Node, spot: Spot) -> Any:
        """What the fitting shape reads; None for an empty value where that is allowed."""
        if isinstance(node, Word) and node.empty and self.optional:
            return None
        shape = self._fitting(node)
        if shape is not None:
            return shape.read(node, spot)
        return spot.problem(found=str(node), expected=self.expected(), remedy=self._remedy(node))

    def _fitting(self, node: Node) -> Shape | None:
        """The shape that the writer seems to have meant; None where nothing tells."""
        if len(self.shapes) == 1:
            return self.shapes[0]
        if isinstance(node, Section):
            sections = [shape for shape in self.shapes if isinstance(shape, SectionOf)]
            shared = [sum(node.key(name) is not None for name in shape.names()) for shape in sections]
            best = max(shared, default=0)
            if best or len(sections) == 1:
                return sections[shared.index(best)]
            return next((shape for shape in self.shapes if isinstance(shape, MapOf)), None)
        ranked = sorted(self.shapes, key=lambda shape: isinstance(shape, Text))
        words = [shape for shape in ranked if isinstance(shape, Number | Flag | Text)]
        only = words[0] if isinstance(node, Word) and len(words) == 1 and not node.empty else None
        return next((shape for shape in ranked if shape.takes(node)), None) or only

    def _remedy(self, node: Node) -> str:
        """Under which key a bare list belongs, where its length tells."""
        if isinstance(node, Listing):
            for shape in self.shapes:
                for field in shape.fields if isinstance(shape, SectionOf) else ():
                    if isinstance(field.shape, ListOf) and field.shape.count == len(node.items):
                        return f"write {{{field.name}: […]}} around the list"
        return "write one of these"

    def expected(self) -> str:
        """In words: the values, then the sections by their keys."""
        sections = [shape for shape in self.shapes if isinstance(shape, SectionOf)]
        words = [shape.expected() for shape in self.shapes if not isinstance(shape, SectionOf)]
        words += [_braced(shape.names()) for shape in sections]
        return remedies.listed(words)

    def limits(self) -> str:
        """In signs."""
        words = [shape.limits() for shape in self.shapes if not isinstance(shape, SectionOf)]
        words += [_braced(shape.names()) for shape in self.shapes if isinstance(shape, SectionOf)]
        return " | ".join(dict.fromkeys(filter(None, words)))

    def schema(self) -> dict[str, Any]:
        """Any of the schemas."""
        drawn = [shape.schema() for shape in self.shapes] + ([{"type": "null"}] if self.optional else [])
        return drawn[0] if len(drawn) == 1 else {"anyOf": drawn}

    def sample(self) -> Any:
        """Of the first shape."""
        return self.shapes[0].sample()


def single(shape: Shape) -> Shape:
    """The shape itself, without the leave to be empty."""
    return shape.shapes[0] if isinstance(shape, AnyOf) and len(shape.shapes) == 1 else shape


def below(shape: Shape) -> SectionOf | None:
    """The section whose keys stand below a key: its own, or that of each of its items."""
    shape = single(shape)
    if isinstance(shape, ListOf | MapOf):
        shape = single(shape.each)
    return shape if isinstance(shape, SectionOf) else None


def _braced(names: Collection[str]) -> str:
    """The first keys of a section, as it is written in one line."""
    shown = [*names][:NAMES_SHOWN]
    return "{" + ", ".join([*shown, *(["…"] if len(names) > NAMES_SHOWN else [])]) + "}"


NAMES_SHOWN = 4
