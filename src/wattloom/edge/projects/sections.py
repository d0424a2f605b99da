"""What may stand behind a key that has keys of its own? The fields of a dataclass, as a section of the file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, ClassVar, Final

from wattloom.assets.contract import Choice, FromFile
from wattloom.domain.errors import WattloomError
from wattloom.domain.fields import NO_HELP, Help
from wattloom.edge.projects import remedies
from wattloom.edge.projects.lines import Node, Section, Word, line_of
from wattloom.edge.projects.shapes import Number, Shape
from wattloom.edge.projects.spots import WRONG, Spot


class Absent:
    """Stands for a default or an example that a field does not have; None may be one."""


ABSENT: Final = Absent()


@dataclass(frozen=True, slots=True)
class Field:
    """One key of a section."""

    name: str
    shape: Shape
    help: Help = NO_HELP
    default: Any = ABSENT
    """As the dataclass has it; ABSENT where the key is required."""
    example: Any = ABSENT

    @property
    def required(self) -> bool:
        """Whether the file must have it."""
        return self.default is ABSENT

    def left_away(self, node: Node) -> bool:
        """Whether a key that is written says nothing, so that its default holds."""
        empty = isinstance(node, Word) and node.empty
        return empty and self.shape.EMPTY_IS_ABSENT and not self.required

    def sample(self) -> Any:
        """The example, or a value of the right shape."""
        return self.shape.sample() if self.example is ABSENT else self.example

    def schema(self) -> dict[str, Any]:
        """The shape with its sentence and default."""
        drawn = dict(self.shape.schema())
        words = " · ".join(filter(None, [self.help.en, self.help.zh, self.shape.limits()]))
        drawn = ({"description": words} if words else {}) | drawn
        plain = plain_of(self.default)
        told = isinstance(plain, bool | int | str) or (isinstance(plain, float) and isfinite(plain))
        if not self.required and told and plain != "":
            drawn["default"] = plain
        return drawn


def plain_of(value: Any) -> Any:
    """A default as plain data: enums as their values, tuples as lists, small dataclasses as mappings."""
    if hasattr(value, "__dataclass_fields__"):
        return {name: plain_of(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, Mapping):
        return {key: plain_of(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [plain_of(item) for item in value]
    return getattr(value, "value", value)


@dataclass(frozen=True, slots=True)
class SectionOf:
    """The fields of a dataclass, as keys."""

    EMPTY_IS_ABSENT: ClassVar[bool] = True

    build: Callable[..., Any]
    fields: tuple[Field, ...]
    title: str
    """What a message calls it, such as site or solar asset."""
    ignored: tuple[str, ...] = ()
    """Keys that are read by somebody else."""

    def names(self) -> tuple[str, ...]:
        """Its keys, in the order of the dataclass."""
        return tuple(field.name for field in self.fields)

    def takes(self, node: Node) -> bool:
        """A section."""
        return isinstance(node, Section)

    def read(self, node: Node, spot: Spot) -> Any:
        """The dataclass, once every field is right; an empty value is a section without keys."""
        if isinstance(node, Word) and node.empty:
            node = Section((), node.line)
        if not isinstance(node, Section):
            keys = remedies.listed(self.names(), most=6)
            return spot.problem(
                found=str(node), expected=f"a section with keys such as {keys}", remedy="write `key: value` lines below"
            )
        before = len(spot.reading.problems)
        meant = self._unknown(node, spot)
        values = {}
        for field in self.fields:
            key, below = node.key(field.name), node.get(field.name)
            if key is not None and below is not None:
                if field.left_away(below):
                    continue
                values[field.name] = self._field(field, below, spot.below(field.name, key.line))
            elif field.required and field.name not in meant:
                self._missing(field, spot)
        if len(spot.reading.problems) > before or any(value is WRONG for value in values.values()):
            return WRONG
        return self._built(values, node, spot)

    def _field(self, field: Field, node: Node, spot: Spot) -> Any:
        """One value; a required text must not be empty."""
        value = field.shape.read(node, spot)
        if field.required and value == "":
            return spot.problem(found='""', expected=field.shape.expected(), remedy="write it")
        if value is not WRONG:
            spot.hold(value)
        return value

    def _missing(self, field: Field, spot: Spot) -> None:
        sentence = f" ({field.help.en.rstrip('.').lower()})" if field.help.en else ""
        spot.problem(
            found=f"no {field.name}",
            expected=f"{field.name}, {field.shape.expected()}{sentence}",
            remedy=f"add `{field.name}:` to {spot.label or 'the file'}",
        )

    def _unknown(self, node: Section, spot: Spot) -> set[str]:
        """Note every key that is none of ours; give those that were meant, so that they are not missed as well."""
        free = [name for name in self.names() if node.key(name) is None]
        meant = set()
        for key, below in node.pairs:
            if key.text in self.names() or key.text in self.ignored:
                continue
            twin = remedies.unit_twin(key.text, free) if key.text else None
            close = twin[0] if twin else remedies.alike(key.text, free)
            if close:
                meant.add(close)
            remedy = _in_unit(*twin, below) if twin else self._elsewhere(key.text, close, spot)
            here = spot.below(key.text, key.line)
            here.problem(found=f"the key {key}", expected=f"a key of {self.title}", remedy=remedy)
        return meant

    def _elsewhere(self, key: str, close: str, spot: Spot) -> str:
        """Where the key belongs, which one was meant, or which there are."""
        home = spot.reading.homes.get(key)
        if home and home != spot.label:
            return f"it belongs {home}"
        return f"did you mean {close}?" if close else f"delete it, or use {remedies.listed(self.names(), most=40)}"

    def _built(self, values: dict[str, Any], node: Section, spot: Spot) -> Any:
        """The dataclass, after its own checks across its fields."""
        try:
            value = self.build(**values)
        except (WattloomError, ValueError, TypeError, ArithmeticError) as error:
            for problem in getattr(error, "problems", ()):
                spot.problem(found=problem.found, expected=problem.expected, remedy=problem.remedy)
            if not getattr(error, "problems", ()):
                spot.problem(found=str(error), expected=f"a consistent {self.title}", remedy="correct its keys")
            return WRONG
        told = [*_ends_in_order(value), *_one_origin(value), *_own_problems(value)]
        for key_path, found, expected, remedy in told:
            here, line = spot, spot.line
            for step in filter(None, str(key_path).split(".")):
                here = here.below(step, line)
            keys = here.keys[len(spot.keys) :]
            Spot(spot.reading, line_of(node, keys, spot.line), here.keys, here.label).problem(
                found=str(found), expected=str(expected), remedy=str(remedy)
            )
        return WRONG if told else value

    def expected(self) -> str:
        """In words."""
        return f"{self.title} with {remedies.listed(self.names(), last='and', most=6)}"

    def limits(self) -> str:
        """In signs."""
        return ""

    def schema(self) -> dict[str, Any]:
        """An object that knows all its keys."""
        required = [field.name for field in self.fields if field.required]
        drawn: dict[str, Any] = {
            "type": "object" if required else ["object", "null"],
            "properties": {field.name: field.schema() for field in self.fields},
            "additionalProperties": False,
        }
        return drawn | ({"required": required} if required else {})

    def sample(self) -> dict[str, Any]:
        """What must be written; where nothing must, the first field."""
        needed = [field for field in self.fields if field.required] or list(self.fields[:1])
        return {field.name: field.sample() for field in needed}


Told = tuple[str, str, str, str]
"""Key path from the section, found, expected, remedy."""


def _own_problems(value: Any) -> list[Told]:
    """What a dataclass says of itself, where it has `problems()`."""
    own = getattr(value, "problems", None)
    return list(own()) if callable(own) else []


def _ends_in_order(value: Any) -> list[Told]:
    """A choice needs its ends in order."""
    if not isinstance(value, Choice) or value.min <= value.max:
        return []
    least, most = remedies.tidy(value.min), remedies.tidy(value.max)
    return [("min", f"min {least} above max {most}", "min at most max", "swap or correct the two")]


def _one_origin(value: Any) -> list[Told]:
    """A series comes from a file with its column, or from a dataset of the package."""
    if not isinstance(value, FromFile):
        return []
    if bool(value.file) == bool(value.dataset):
        found = "both file and dataset" if value.file else "neither file nor dataset"
        return [("", found, "one of the two", "keep `file:` with `column:`, or `dataset:`")]
    if value.year_profile and (value.time or value.any_year):
        what = "time" if value.time else "any_year"
        return [(what, f"{what} beside year_profile", "rows without times, or rows with them", "keep one of the two")]
    if value.file and not value.column and not value.file.lower().endswith(PARQUET):
        return [("", "a file without its column", "column, as the head of the table names it", "add `column:`")]
    return []


PARQUET = (".parquet", ".pq")
"""A series of our own layout has one column; every other table must say which."""


def _in_unit(twin: str, factor: float, node: Node) -> str:
    """The key to write in place of one in another unit, with the number turned into its unit."""
    if Number().takes(node) and isinstance(node, Word):
        return f"write {twin}: {remedies.tidy(float(node.text) * factor)}"
    return f"write {twin}, with the values times {remedies.tidy(factor)}"
