"""What brings a file of the user's in? Readers of project files, joined with what they must know.

Each function is a door: called, it loads what it joins.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def read_project() -> Callable[..., Any]:
    """Reader of a site's project file."""
    from dataclasses import replace

    from wattloom.app.project_check import project_read
    from wattloom.edge import projects
    from wattloom.intake import datasets

    def read(path: Path, *, step_minutes: int | None = None) -> Any:
        project = project_read(path, read=projects.read, datasets=datasets.names())
        if step_minutes is None:
            return project
        return replace(project, study=replace(project.study, step_minutes=step_minutes))  # type: ignore[arg-type]

    return read


def project_check() -> Callable[..., Any]:
    """What is wrong with a project file, or one of another sort."""
    from wattloom.app.project_check import file_check, project_check
    from wattloom.edge import projects
    from wattloom.intake import datasets

    readers: dict[str, Callable[[Path], Any]] = {
        "dispatch": read_dispatch(), "match": read_match(), "forecast": projects.read_forecast,
        "bids": lambda path: read_bids()(path)[0], "settle": read_settle(), "certificates": read_certificates(),
        "pool": read_pool(), "value": read_value(),
    }  # fmt: skip

    def check(path: Path, sort: str = projects.PLAN) -> Any:
        if sort == projects.PLAN:
            return project_check(path, read=projects.read, datasets=datasets.names())
        return file_check(path, read=readers[projects.sort_of(sort).key])

    return check


def project_schema() -> Callable[..., Any]:
    """JSON schema of project files, or of another sort."""
    from wattloom.app.project_schema import project_schema
    from wattloom.edge import projects

    def draw(sort: str = projects.PLAN) -> Any:
        return project_schema(schema=projects.schema) if sort == projects.PLAN else projects.schema_of(sort)

    return draw


def project_new() -> Callable[..., Any]:
    """Writer of a starting file."""
    from functools import partial

    from wattloom.app.project_new import project_new
    from wattloom.edge import projects

    return partial(project_new, template=projects.template, write=projects.write_new)


def territory_keys() -> Callable[[], tuple[str, ...]]:
    """Keys of the territories."""
    from wattloom import rules

    return rules.territory_keys


def read_dispatch() -> Callable[[Path], Any]:
    """Reader of a dispatch file."""
    from wattloom.edge import projects
    from wattloom.intake import datasets
    from wattloom.rules import territory_keys

    return lambda path: projects.read_dispatch(path, territories=territory_keys(), datasets=datasets.names())


def read_bids() -> Callable[[Path], Any]:
    """Reader of a bid file."""
    from wattloom.edge import projects
    from wattloom.rules import territory_keys

    def read(path: Path) -> Any:
        project = projects.read_bids(path, territories=territory_keys())
        return project, *projects.read_prices_of(project, path.parent)

    return read


def read_match() -> Callable[[Path], Any]:
    """Reader of a match file."""
    from wattloom.edge import projects
    from wattloom.intake import datasets
    from wattloom.rules import territory_keys

    return lambda path: projects.read_match(path, territories=territory_keys(), datasets=datasets.names())


def read_value() -> Callable[[Path], Any]:
    """Reader of a flexibility file."""
    from wattloom.edge import projects
    from wattloom.rules import territory_keys

    return lambda path: projects.read_value(path, territories=territory_keys())


def read_certificates() -> Callable[[Path], Any]:
    """Reader of a certificates file."""
    from wattloom.edge import projects
    from wattloom.rules import territory_keys

    return lambda path: projects.read_certificates(path, territories=territory_keys())


def read_pool() -> Callable[[Path], Any]:
    """Reader of a pool file."""
    from wattloom.edge import projects
    from wattloom.intake import datasets
    from wattloom.rules import territory_keys

    return lambda path: projects.read_pool(path, territories=territory_keys(), datasets=datasets.names())


def read_settle() -> Callable[[Path], Any]:
    """Reader of a settle file."""
    from wattloom.edge import projects
    from wattloom.rules import territory_keys

    return lambda path: projects.read_settle(path, territories=territory_keys())


def weather_get() -> Callable[..., Any]:
    """Weather of a past year from a public service."""
    from wattloom.app.weather_get import weather_get
    from wattloom.domain.members import member
    from wattloom.domain.weather import Place
    from wattloom.edge import feeds, store

    def get(place: Place, year: int, *, feed: str, out: Path) -> Any:
        return weather_get(place, year, feed=member(feeds, feed, "FEED"), write=store.write_file, out=out)

    return get


DOORS: dict[str, Callable[[], Any]] = {
    "read_project": read_project,
    "project_check": project_check,
    "project_schema": project_schema,
    "project_new": project_new,
    "territory_keys": territory_keys,
    "weather_get": weather_get,
    "read_dispatch": read_dispatch,
    "read_match": read_match,
    "read_value": read_value,
    "read_bids": read_bids,
    "read_certificates": read_certificates,
    "read_pool": read_pool,
    "read_settle": read_settle,
}
