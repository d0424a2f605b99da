"""Which keys does a project file have? The one table behind checks, schema, docs and starting files.

It is read from the dataclasses: a field's type says its shape, the marks in its `Annotated` say unit, bounds, sentence.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from dataclasses import Field as DataclassField
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import wattloom.assets.kinds
from wattloom.assets.contract import Asset, AssetKind, FromForecast
from wattloom.dispatch.match_project import MatchProject
from wattloom.dispatch.pool_project import PoolProject
from wattloom.dispatch.project import DispatchProject
from wattloom.domain.fields import NO_HELP, UNBOUNDED, Bounds, Example, Help, Length, Names, Unit
from wattloom.domain.members import members_of
from wattloom.domain.series import Series
from wattloom.edge.projects.kinds import KindOf
from wattloom.edge.projects.sections import ABSENT, Field, SectionOf
from wattloom.edge.projects.several import AnyOf, ListOf, MapOf
from wattloom.edge.projects.shapes import Flag, Number, OneOf, Shape, Text
from wattloom.forecast.project import ForecastProject
from wattloom.ledger.certificates.project import CertificatesProject
from wattloom.plan.project import Project

SCHEMA_KEYS = ("$schema",)
"""Keys of the top level that speak to editors, not to us."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What a field's annotation says of it."""

    unit: str = ""
    bounds: Bounds = UNBOUNDED
    help: Help = NO_HELP
    count: int | None = None
    names: str = ""
    example: Any = ABSENT

    def marked(self, metadata: tuple[Any, ...]) -> Marks:
        """These marks with those of an annotation put over them."""
        marks = self
        for mark in metadata:
            if isinstance(mark, Unit):
                marks = replace(marks, unit=mark.name)
            elif isinstance(mark, Bounds):
                marks = replace(marks, bounds=mark)
            elif isinstance(mark, Help):
                marks = replace(marks, help=mark)
            elif isinstance(mark, Length):
                marks = replace(marks, count=mark.count)
            elif isinstance(mark, Names):
                marks = replace(marks, names=mark.what)
            elif isinstance(mark, Example):
                marks = replace(marks, example=mark.value)
        return marks

    def inside(self) -> Marks:
        """What the parts of a value inherit: its unit and bounds. An end of a choice may be the excluded bound."""
        return Marks(unit=self.unit, bounds=replace(self.bounds, open_below=False))


def kinds_found() -> dict[str, AssetKind]:
    """The asset kinds of the package, by the word that a project file writes."""
    return {kind.key: kind for kind in members_of(wattloom.assets.kinds, "ASSET").values()}


def project_shape(kinds: Mapping[str, AssetKind]) -> SectionOf:
    """The shape of a whole project file: a design year is not forecast."""
    return _Shaper(kinds, unwritten=frozenset({FromForecast})).section(
        Project, Marks(), "the project", ignored=SCHEMA_KEYS
    )


def dispatch_shape(kinds: Mapping[str, AssetKind]) -> SectionOf:
    """The shape of a whole dispatch file."""
    return _Shaper(kinds).section(DispatchProject, Marks(), "the dispatch file", ignored=SCHEMA_KEYS)


def match_shape() -> SectionOf:
    """The shape of a whole match file."""
    return _Shaper({}).section(MatchProject, Marks(), "the match file", ignored=SCHEMA_KEYS)


def forecast_shape() -> SectionOf:
    """The shape of a whole forecast file."""
    return _Shaper({}).section(ForecastProject, Marks(), "the forecast file", ignored=SCHEMA_KEYS)


def certificates_shape() -> SectionOf:
    """The shape of a whole certificates file."""
    return _Shaper({}).section(CertificatesProject, Marks(), "the certificates file", ignored=SCHEMA_KEYS)


def pool_shape(kinds: Mapping[str, AssetKind]) -> SectionOf:
    """The shape of a whole file of a virtual power plant."""
    return _Shaper(kinds).section(PoolProject, Marks(), "the pool file", ignored=SCHEMA_KEYS)


def plain_section(cls: type[Any]) -> SectionOf:
    """A dataclass by itself, without the marks of a key that may hold it."""
    return _Shaper({}).section(cls, Marks(), cls.__name__)


def homes(root: SectionOf) -> dict[str, str]:
    """Where each key belongs, in words, for those who wrote it elsewhere."""
    found: dict[str, list[str]] = {}
    for field in root.fields:
        found.setdefault(field.name, []).append("at the top level")
        below = field.shape
        if isinstance(below, SectionOf):
            for name in below.names():
                found.setdefault(name, []).append(f"under {field.name}")
        elif isinstance(below, MapOf) and isinstance(below.each, KindOf):
            for key, section in below.each.sections.items():
                for name in section.names():
                    found.setdefault(name, []).append(f"to an asset of the kind {key}")
    return {name: places[0] for name, places in found.items() if len(places) == 1}


@dataclass(frozen=True, slots=True)
class _Shaper:
    """Turns types into shapes."""

    kinds: Mapping[str, AssetKind]
    unwritten: frozenset[type[Any]] = frozenset()
    """Forms of a level that this file does not take."""

    def section(self, cls: type[Any], marks: Marks, title: str, ignored: tuple[str, ...] = ()) -> SectionOf:
        """A dataclass as a section."""
        hints = get_type_hints(cls, include_extras=True)
        return SectionOf(
            build=cls,
            fields=tuple(self._field(item, hints[item.name], marks) for item in fields(cls) if item.init),
            title=title,
            ignored=ignored,
        )

    def _field(self, item: DataclassField[Any], hint: Any, outer: Marks) -> Field:
        marks = outer
        while get_origin(hint) is Annotated:
            hint, *metadata = get_args(hint)
            marks = marks.marked(tuple(metadata))
        default = ABSENT if item.default is MISSING else item.default
        if item.default_factory is not MISSING:
            default = item.default_factory()
        return Field(
            name=item.name,
            shape=self.shape(hint, marks, item.name),
            help=marks.help,
            default=default,
            example=marks.example,
        )

    def shape(self, hint: Any, marks: Marks, title: str) -> Shape:
        """The shape of a type."""
        origin, inside = get_origin(hint), get_args(hint)
        if origin is Annotated:
            return self.shape(inside[0], marks.marked(inside[1:]), title)
        if origin in {Union, types.UnionType}:
            return self._union(inside, marks, title)
        if origin is Literal:
            return OneOf(inside)
        if origin in {tuple, list}:
            return self._list(inside, marks, title)
        if isinstance(origin, type) and issubclass(origin, Mapping):
            each = self.shape(inside[1], replace(marks, count=None, names=""), title)
            return MapOf(each, noun=title.removesuffix("s"), names=marks.names)
        return self._plain(hint, marks, title)

    def _union(self, inside: tuple[Any, ...], marks: Marks, title: str) -> Shape:
        """One of several; a `Series` has no form in a file."""
        written = [hint for hint in inside if hint not in {type(None), Series, *self.unwritten}]
        # A float takes every number that an int takes.
        written = [hint for hint in written if not (hint is int and float in written)]
        return AnyOf(tuple(self.shape(hint, marks, title) for hint in written), optional=type(None) in inside)

    def _list(self, inside: tuple[Any, ...], marks: Marks, title: str) -> Shape:
        each = self.shape(inside[0], replace(marks, count=None), title)
        endless = len(inside) == 1 or inside[1] is Ellipsis
        return ListOf(each, count=marks.count if endless else len(inside))

    def _plain(self, hint: Any, marks: Marks, title: str) -> Shape:
        if hint is Asset:
            sections = {
                key: self.section(kind.fields, Marks(), f"a {key} asset", ignored=("kind",))
                for key, kind in sorted(self.kinds.items())
            }
            return KindOf(self.kinds, sections)
        if is_dataclass(hint) and isinstance(hint, type):
            return self.section(hint, marks.inside(), title)
        if hint is bool:
            return Flag()
        if hint in {int, float}:
            return Number(unit=marks.unit, bounds=marks.bounds, whole=hint is int)
        if hint is str:
            return Text(names=marks.names, unit=marks.unit)
        if isinstance(hint, type) and issubclass(hint, Enum):
            return OneOf(tuple(hint))
        raise TypeError(f"{title}: a project file has no form for {hint!r}; use a number, text, list or dataclass")
