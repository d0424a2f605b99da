"""Which weather and series come with the package, and whose are they? Each has a TOML that vouches for its file."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from wattloom.domain.errors import InputError
from wattloom.intake.parquet import read_series_file
from wattloom.intake.places import is_near
from wattloom.intake.weather import read_tmy2_file, read_tmy3_file

if TYPE_CHECKING:
    from wattloom.domain.series import Series
    from wattloom.domain.weather import Place, Weather

READERS = {"tmy3": read_tmy3_file, "tmy2": read_tmy2_file}


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where a dataset is from and what was done to it."""

    name: str
    title: str
    kind: Literal["weather", "series"]
    package: str
    """Package whose folder holds the file: ours, or a dependency's."""
    file: str
    """Path inside the package."""
    format: str
    """tmy3, tmy2, or parquet in our own layout."""
    sha256: str
    """Of the file, checked on every load."""
    source: str
    source_url: str
    licence: str
    attribution: str
    transformation: str
    missing: str
    """How many values the source lacks, and what was done."""
    zone: str
    """Zone on whose clock the source is written."""

    def path(self) -> Path:
        """The file, in its package's folder."""
        return Path(str(files(self.package))) / self.file


def names() -> tuple[str, ...]:
    """Every dataset, sorted.

    Example:
        >>> "typical-greensboro" in names()
        True
    """
    return tuple(sorted(path.stem for path in _folder().glob("*.toml")))


@lru_cache(maxsize=32)
def provenance(name: str) -> Provenance:
    """Where a dataset is from; an unknown name is refused with those that are there."""
    if name not in names():
        raise InputError.one(
            "dataset", found=repr(name), expected=f"one of {', '.join(names())}", remedy="choose one of them"
        )
    facts = tomllib.loads((_folder() / f"{name}.toml").read_text(encoding="utf-8"))
    return Provenance(name=name, **facts)


@lru_cache(maxsize=8)
def weather(name: str, site: Place | None = None) -> Weather:
    """A weather year, on its own place's clock; far from `site` it is marked as not of the site."""
    facts = _of_kind(name, "weather")
    year = READERS[facts.format](_checked(facts))
    return year if site is None or is_near(site, year.place) else replace(year, of_site=False)


@lru_cache(maxsize=8)
def series(name: str) -> Series:
    """A series on its own year, in the unit that it says."""
    facts = _of_kind(name, "series")
    return read_series_file(_checked(facts))


def dataset(name: str) -> Weather | Series:
    """A dataset of either kind."""
    return weather(name) if provenance(name).kind == "weather" else series(name)


def _of_kind(name: str, kind: str) -> Provenance:
    """The provenance of a dataset that must be of a kind."""
    facts = provenance(name)
    if facts.kind != kind:
        fitting = [other for other in names() if provenance(other).kind == kind]
        raise InputError.one(
            f"dataset {name}",
            found=f"a {facts.kind}",
            expected=f"a {kind}",
            remedy=f"choose one of {', '.join(fitting)}",
        )
    return facts


def _checked(facts: Provenance) -> Path:
    """The dataset's file, once it is the one that the provenance speaks of."""
    path = facts.path()
    if not path.is_file():
        raise InputError.one(
            f"dataset {facts.name}",
            found=f"no {facts.file} in {facts.package}",
            expected="the file that ships with it",
            remedy=f"install {facts.package} again",
        )
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != facts.sha256:
        raise InputError.one(
            f"dataset {facts.name}",
            found=f"{facts.file} with SHA-256 {digest}",
            expected=facts.sha256,
            remedy=f"install the locked version of {facts.package}; a changed file has another provenance",
        )
    return path


def _folder() -> Path:
    """Where the provenance files are."""
    return Path(str(files(__name__)))
