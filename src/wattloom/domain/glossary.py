"""Which word does the field use for this? English, 中文, unit and source of every key that a reader may meet."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType


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


@cache
def glossary() -> Mapping[str, Term]:
    """Every term by its key, as the package's `glossary.toml` lists them."""
    text = files("wattloom").joinpath("glossary.toml").read_text(encoding="utf-8")
    return MappingProxyType({key: Term(key=key, **entry) for key, entry in tomllib.loads(text).items()})
