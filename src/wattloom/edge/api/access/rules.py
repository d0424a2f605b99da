"""Which operation has which rule, and is there one for each? Without, the server does not start."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from fastapi.routing import iter_route_contexts
from starlette.routing import compile_path

from wattloom.app.access.deciding import Role, Rule, Scope, Zone
from wattloom.app.access.entering import roles_of
from wattloom.domain.errors import InputError, Problem

if TYPE_CHECKING:
    from fastapi import FastAPI

FILE = Path(__file__).with_name("rules.toml")
READING = frozenset({"GET", "HEAD", "OPTIONS"})
Recorded = Literal["each", "counted", "no"]
"""Of the audit log: every call, a count a minute, or refusals alone."""
KEYS = frozenset({"roles", "scope", "zone", "public", "audit", "page", "room", "stream"})


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationRule:
    """A rule, and what else the guard must know of the operation."""

    rule: Rule
    audit: Recorded | None = None
    """None: each call that writes, no call that reads."""
    report: bool = False
    """Whether it answers a page made elsewhere, with scripts of its own: shown in a sandbox."""
    room: bool = False
    """Whether it is about the live operation, which belongs to one tenant."""
    stream: bool = False
    """Whether its answer goes on for as long as somebody listens."""

    def recorded(self, method: str) -> Recorded:
        """How calls of a method are written down."""
        return self.audit or ("no" if method in READING else "each")


@dataclass(frozen=True, slots=True)
class Operation:
    """One door of the application."""

    name: str
    path: str
    methods: frozenset[str]
    pattern: re.Pattern[str]


def operation_rules(path: Path = FILE) -> Mapping[str, OperationRule]:
    """The rules of a file, by operation; `InputError` tells all that is wrong with it."""
    told = tomllib.loads(path.read_text("utf-8"))
    groups: Mapping[str, list[str]] = told.get("groups", {})
    rules, problems = {}, list[Problem]()
    for name, one in told["operations"].items():
        try:
            rules[name] = _rule(name, one, groups)
        except (InputError, ValueError, KeyError) as error:
            found = str(error)
            problems.append(Problem(where=f"{path.name}, {name}", found=found, expected="a rule", remedy="correct it"))
    if problems:
        raise InputError(problems)
    return rules


def _rule(name: str, told: Mapping[str, Any], groups: Mapping[str, list[str]]) -> OperationRule:
    """One rule out of its line."""
    if set(told) - KEYS:
        raise ValueError(f"unknown keys {sorted(set(told) - KEYS)}")
    roles = told.get("roles", [])
    rule = Rule(
        operation=name,
        roles=roles_of(groups[roles] if isinstance(roles, str) else roles),
        scope=Scope(told.get("scope", "read")),
        zone=Zone(told.get("zone", "management")),
        public=told.get("public", False),
    )
    if told.get("audit") not in {None, "each", "counted", "no"} or told.get("page") not in {None, "report"}:
        raise ValueError("audit must be each, counted or no; page, if any, report")
    return OperationRule(
        rule=rule,
        audit=told.get("audit"),
        report=told.get("page") == "report",
        room=told.get("room", False),
        stream=told.get("stream", False),
    )


def operations(app: FastAPI) -> Iterator[Operation]:
    """Every door of an application, in the order in which it looks at them; `InputError` for one without a name."""
    for route in iter_route_contexts(app.router.routes):
        name = getattr(route, "operation_id", None) or route.name
        if not name or not route.path or not route.methods:
            raise InputError.one(f"route {route.path}", found=type(route.original_route).__name__,
                                 expected="a route with methods and an operation_id",
                                 remedy="declare it as a route: what is mounted cannot be guarded")  # fmt: skip
        yield Operation(name, route.path, frozenset(route.methods), compile_path(route.path)[0])


class Doors:
    """All operations of an application with their rules, and which of them a request means."""

    def __init__(self, found: Iterable[Operation], rules: Mapping[str, OperationRule]) -> None:
        """Refuse an operation without a rule, a rule without an operation, and one name for two doors."""
        self._all, self.rules = tuple(found), rules
        names = [one.name for one in self._all]
        problems = [
            Problem(where=f"operation {one.name} ({one.path})", found="no rule", expected="one",
                    remedy="write its line into edge/api/access/rules.toml: nobody may call it without")
            for one in self._all if one.name not in rules
        ]  # fmt: skip
        problems += [
            Problem(where=f"rule {name}", found="no such operation", expected="one of the application",
                    remedy="take its line out of edge/api/access/rules.toml, or correct the name")
            for name in rules if name not in names
        ]  # fmt: skip
        problems += [
            Problem(where=f"operation {name}", found=f"{names.count(name)} doors of this name", expected="one",
                    remedy="give each an operation_id of its own")
            for name in sorted({name for name in names if names.count(name) > 1})
        ]  # fmt: skip
        if problems:
            raise InputError(problems)

    def __iter__(self) -> Iterator[Operation]:
        """Each operation."""
        return iter(self._all)

    def of(self, method: str, path: str) -> Operation | None:
        """The operation of a request, as the application itself would choose it; None: it has no such door."""
        return next((one for one in self._all if method in one.methods and one.pattern.match(path)), None)


def zones_crossed(rules: Mapping[str, OperationRule]) -> dict[Role, set[str]]:
    """Operations of the control zone by the roles that may call them: for the page that explains the zones."""
    crossing = [one.rule for one in rules.values() if one.rule.zone is Zone.CONTROL]
    return {role: {rule.operation for rule in crossing if role in rule.roles} for role in Role}
