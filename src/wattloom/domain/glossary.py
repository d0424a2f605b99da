"""Which word does the field use for this? English, 中文, unit and source of every key that a reader may meet."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from wattloom.domain.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A word of the field.

    Example:
        >>> glossary()["pue"].zh
        'PUE（电能利用效率）'
    """

    key: str
    en: str
    zh: str
    source: str
    """Document or standard that uses the word so."""
    unit: str = ""
    """Such as MW or CNY/MWh; "1" for a share; empty for what is no quantity."""
    definition_en: str = ""
    """What is over what, where the word alone does not say it."""
    definition_zh: str = ""
    source_zh: str = ""
    """The document in Chinese, where it has a name or a number of its own there."""
    inside_en: str = ""
    """The word inside an English sentence, such as "hourly green share of load"; empty: the word, not capitalised."""

    @property
    def text(self) -> Text:
        """The word in both languages."""
        return Text(self.en, self.zh)


@cache
def glossary() -> Mapping[str, Term]:
    """Every term by its key, as the package's `glossary.toml` lists them."""
    text = files("wattloom").joinpath("glossary.toml").read_text(encoding="utf-8")
    return MappingProxyType({key: Term(key=key, **entry) for key, entry in tomllib.loads(text).items()})


OF_DOCUMENT = re.compile(r"doc(\d+)_(\w+)")
"""Rules and facts of one document: `doc650_voltage` reads as "voltage (Doc 650)"."""
RENAMED = {"in_force": "in_force_already"}
"""Rules whose key, without its document, is the word of something else."""


def known(key: str) -> Text | None:
    """The word of a key: a term, or the rule of a document; None where the glossary has none.

    Example:
        >>> known("doc650_voltage").zh
        '接入电压等级（650 号文）'
    """
    if key in glossary():
        return glossary()[key].text
    return _of_document(key, known)


def named(key: str) -> Text:
    """The word of a key; the key with spaces where the glossary has none, so that a reader sees something."""
    return known(key) or Text.same(humanised(key))


def inside(key: str) -> Text:
    """The word of a key as it stands inside a sentence.

    Example:
        >>> inside("green_share_hourly_min").en
        'hourly green share of load'
    """
    term = glossary().get(key)
    if term is not None:
        return Text(term.inside_en or _not_capitalised(term.en), term.zh.removesuffix("下限").removesuffix("上限"))
    return _of_document(key, inside) or Text.same(humanised(key))


def unit_of_size(field: str) -> str:
    """The unit that ends the name of a size.

    Example:
        >>> unit_of_size("store_mwh")
        'MWh'
    """
    term = glossary().get(field)
    return term.unit if term else field.rsplit("_", 1)[-1].upper().replace("MWH", "MWh")


def humanised(key: str) -> str:
    """A key as words, for keys that no glossary knows."""
    return key.replace("_", " ").replace(".", ": ")


def _of_document(key: str, word: Callable[[str], Text | None]) -> Text | None:
    """The word of a rule of a document."""
    match = OF_DOCUMENT.fullmatch(key)
    rule = word(RENAMED.get(match[2], match[2])) if match else None
    return rule + Text(f" (Doc {match[1]})", f"（{match[1]} 号文）") if match and rule else None


def _not_capitalised(word: str) -> str:
    """A word inside a sentence; an abbreviation such as PUE keeps its capitals."""
    return word if word[1:2].isupper() else word[:1].lower() + word[1:]
