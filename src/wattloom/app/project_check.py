"""Is this project file right? What it asks in one glance, or everything that is wrong with it at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from wattloom import rules
from wattloom.domain.errors import InputError, Problem
from wattloom.plan.project import NO_TERRITORY, Project
from wattloom.rules.vocabulary import BY_NAME


class ReadsProjects(Protocol):
    """The door through which a project file enters; it raises `InputError` with every problem."""

    def __call__(
        self,
        path: Path,
        *,
        territories: Collection[str],
        datasets: Collection[str] | None,
        facts: Collection[str] | None,
    ) -> Project:
        """The project of a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a check found."""

    problems: tuple[Problem, ...]
    """In the order of their lines; empty where the file is right."""
    name: str = ""
    territory: str = ""
    assets: Mapping[str, int] = field(default_factory=dict)
    """How many assets of each class, where the file is right."""

    @property
    def right(self) -> bool:
        """Whether nothing was found wrong."""
        return not self.problems


def project_check(path: Path, *, read: ReadsProjects, datasets: Collection[str] | None = None) -> Checked:
    """Everything that is wrong with a project file, or what it holds."""
    try:
        project = project_read(path, read=read, datasets=datasets)
    except InputError as error:
        return Checked(problems=error.problems)
    return Checked(
        problems=(),
        name=project.name,
        territory=project.connection.territory,
        assets=Counter(type(asset).__name__ for asset in project.assets.values()),
    )


def file_check(path: Path, *, read: Callable[[Path], Any]) -> Checked:
    """The same of a file of another sort, by its reader: its name where it is right."""
    try:
        return Checked(problems=(), name=str(read(path).name))
    except InputError as error:
        return Checked(problems=error.problems)


def project_read(path: Path, *, read: ReadsProjects, datasets: Collection[str] | None = None) -> Project:
    """The project of a file, checked against the territories and facts that the rules know."""
    return read(path, territories=(*rules.territory_keys(), NO_TERRITORY), datasets=datasets, facts=tuple(BY_NAME))
