"""How is it said, in English or 中文? Terms of the glossary, sentences of `sentences.toml`, and cells of either."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Literal

from wattloom.domain.glossary import glossary, humanised, known
from wattloom.domain.text import Text
from wattloom.edge.reports import figures
from wattloom.rules import territory, territory_keys
from wattloom.rules.vocabulary import BY_NAME

Lang = Literal["en", "zh"]
LANGUAGES: tuple[Lang, Lang] = ("en", "zh")
ABSENT = "—"


@dataclass(frozen=True, slots=True)
class Word:
    """A cell that is a term of the glossary."""

    key: str


@dataclass(frozen=True, slots=True)
class Said:
    """A cell that is a sentence of `sentences.toml`."""

    key: str


@dataclass(frozen=True, slots=True)
class Named:
    """A cell that is an asset: the name the user gave it, and its kind."""

    name: str
    kind: str
    alone: bool = False
    """Whether it is the only one of its kind, so that the kind names it."""


@dataclass(frozen=True, slots=True)
class Amount:
    """A number that knows its unit, for columns that mix units."""

    value: float | None
    unit: str


Cell = Word | Said | Text | Named | Amount | str | float | int | bool | date | None
"""What a table holds: language-free until it is shown."""


@cache
def sentences() -> Mapping[str, Mapping[str, str]]:
    """Every sentence by its key, in both languages."""
    text = files("wattloom.edge.reports").joinpath("sentences.toml").read_text(encoding="utf-8")
    return MappingProxyType(tomllib.loads(text))


@cache
def said_of(key: str) -> Text | None:
    """A key in both languages: a glossary term, a fact, a rule of a document, or a territory; None if unknown."""
    if key not in glossary() and key in BY_NAME:
        return Text(BY_NAME[key].en, BY_NAME[key].zh)
    if (found := known(key)) is not None:
        return found
    if key in territory_keys():
        return Text(territory(key).name_en, territory(key).name_zh)
    return None


@dataclass(frozen=True, slots=True)
class Words:
    """One language's words and number forms."""

    lang: Lang

    def term(self, key: str) -> str:
        """The glossary's word for a key."""
        found = said_of(key)
        return humanised(key) if found is None else found.of(self.lang)

    def word(self, key: str) -> str:
        """A term, or the sentence of that key: what a picture's label is called."""
        return self.say(key) if key not in glossary() and key in sentences() else self.term(key)

    def definition(self, key: str) -> str:
        """What is over what; empty where the word says it."""
        term = glossary().get(key)
        if term is None:
            return ""
        return term.definition_en if self.lang == "en" else term.definition_zh

    def say(self, key: str, **values: object) -> str:
        """A sentence with its blanks filled in."""
        return sentences()[key][self.lang].format(**values)

    def unit(self, unit: str) -> str:
        """A unit as it stands behind numbers or in a column's head."""
        return figures.unit(unit, self.lang)

    def figure(self, value: object, unit: str) -> str:
        """A value with its unit."""
        return figures.figure(value, unit, self.lang)

    def cell(self, cell: Cell, unit: str = "") -> str:  # noqa: PLR0911 - one line a kind of cell
        """A cell as text."""
        match cell:
            case None:
                return ABSENT
            case Word(key):
                return self.term(key)
            case Said(key):
                return self.say(key)
            case Text():
                return cell.of(self.lang)
            case Named():
                return self.named(cell)
            case Amount(value, own_unit):
                return ABSENT if value is None else self.figure(value, own_unit)
            case bool():
                return self.say("yes" if cell else "no")
            case date():
                return cell.isoformat()
            case str():
                return cell
            case _:
                return figures.bare(cell, unit, self.lang)

    def named(self, asset: Named) -> str:
        """The kind where it names the asset, else the user's name with the kind behind it."""
        kind = self.term(asset.kind)
        if asset.alone or asset.name == asset.kind:
            return kind
        return f"{asset.name} ({kind})" if self.lang == "en" else f"{asset.name}（{kind}）"
