"""Is this project file right, and what does it ask? Every problem at once, or a `Project`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import fields
from pathlib import Path

from wattloom.assets.contract import AssetKind
from wattloom.domain.errors import InputError, Problem
from wattloom.edge.projects.across import Written, check_across
from wattloom.edge.projects.lines import Section, Word, read_nodes, read_text
from wattloom.edge.projects.spots import Reading, Spot
from wattloom.edge.projects.table import homes, kinds_found, project_shape
from wattloom.plan.project import Money, Project

RATE_PREFIX = "cny_per_"
"""Keys of `Money` that are exchange rates begin so."""


def read(
    path: Path | str,
    *,
    territories: Collection[str],
    datasets: Collection[str] | None = None,
    facts: Collection[str] | None = None,
    kinds: Mapping[str, AssetKind] | None = None,
) -> Project:
    """The project of a file; `InputError` with every problem, in the order of lines.

    Files that it names become whole paths; series stay unread. `datasets` are the names of weather years and series
    that ship with the package, `facts` those that a project may replace; without them such names are not checked.
    `kinds` are those of the package by default.
    """
    known = {"territory": territories, "dataset": datasets, "fact": facts}
    names = {what: tuple(words) for what, words in known.items() if words is not None}
    project, problems = _read(Path(path), names, kinds_found() if kinds is None else kinds)
    if problems or project is None:
        raise InputError(problems)
    return project


def check(
    path: Path | str,
    *,
    territories: Collection[str],
    datasets: Collection[str] | None = None,
    facts: Collection[str] | None = None,
    kinds: Mapping[str, AssetKind] | None = None,
) -> list[Problem]:
    """What is wrong with a project file, in the order of lines; empty where nothing is."""
    try:
        read(path, territories=territories, datasets=datasets, facts=facts, kinds=kinds)
    except InputError as error:
        return list(error.problems)
    return []


def _read(
    path: Path, known: Mapping[str, Collection[str]], kinds: Mapping[str, AssetKind]
) -> tuple[Project | None, list[Problem]]:
    root, problems = read_nodes(read_text(path), path)
    shape = project_shape(kinds)
    names = {**known, "asset": _keys(root, "assets"), "currency": _currencies(root)}
    reading = Reading(file=path, names=names, homes=homes(shape), problems=problems)
    value = shape.read(root, Spot(reading, 1))
    check_across(Written(root, reading, kinds))
    return (value if isinstance(value, Project) else None), reading.problems


def _keys(root: Section, name: str) -> tuple[str, ...]:
    """The keys that a section of the file has."""
    section = root.get(name)
    return tuple(key.text for key, _ in section.pairs) if isinstance(section, Section) else ()


def _currencies(root: Section) -> tuple[str, ...]:
    """CNY, and the currencies to which the file gives a rate."""
    money = root.get("money")
    known = {field.name for field in fields(Money) if field.name.startswith(RATE_PREFIX)}
    given = [
        key.text.removeprefix(RATE_PREFIX).upper()
        for key, value in (money.pairs if isinstance(money, Section) else ())
        if key.text in known and not (isinstance(value, Word) and value.empty)
    ]
    return ("CNY", *given)
