"""How accurate must a forecast be in a territory, on a delivery day, and does it keep that?"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from wattloom.domain.errors import InputError, Problem
from wattloom.domain.forecasts import TargetKind
from wattloom.domain.text import Text
from wattloom.domain.verdicts import Clause, Status, Verdict
from wattloom.rules.grid_codes.formulas import FORMULAS
from wattloom.rules.reading import cited

WHERE = "grid_codes/accuracies.toml"


class Term(StrEnum):
    """How far ahead a rule judges."""

    DAY_AHEAD = "day_ahead"
    ULTRA_SHORT = "ultra_short"
    """The next four hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccuracyRequirement:
    """What one rule asks of a forecast."""

    region: str
    territories: tuple[str, ...]
    """Keys of the territories that the region holds."""
    kind: TargetKind
    term: Term
    leads_h: tuple[int, ...]
    """Hours ahead that are judged; empty: all that the term holds."""
    formula: str
    """Key of `FORMULAS`."""
    least: float
    over: Literal["day", "month"]
    """What one figure is taken over; a month's is the mean of its days'."""
    clause: Clause
    note: Text

    @property
    def key(self) -> str:
        """Such as north_china_wind_day_ahead_error_weighted_v1."""
        leads = "".join(f"_{lead}h" for lead in self.leads_h)
        return f"{self.region}_{self.kind}_{self.term}{leads}_{self.formula}"

    def verdict(self, figure: float) -> Verdict:
        """Whether a figure keeps it; the clause says how sure the rule itself is."""
        return Verdict(
            rule=self.key,
            status=Status.PASS if figure >= self.least else Status.FAIL,
            figure=figure,
            limit=self.least,
            sense=">=",
            clause=self.clause,
            note=self.note,
        )


def requirements_in_force(
    territory: str, *, kind: TargetKind, term: Term, delivery_day: date
) -> tuple[AccuracyRequirement, ...]:
    """What a territory's rule asks on a delivery day: that of the newest document in force; else nothing."""
    dated = [
        one
        for one in every_requirement()
        if territory in one.territories and (one.kind, one.term) == (kind, term)
        if (one.clause.in_force or date.min) <= delivery_day
    ]
    newest = max((one.clause.in_force or date.min for one in dated), default=date.min)
    return tuple(one for one in dated if (one.clause.in_force or date.min) == newest)


def region_of(territory: str) -> str | None:
    """The dispatch region whose rule binds a territory; None where no rule is on file."""
    found = {one.region for one in every_requirement() if territory in one.territories}
    return min(found, default=None)


@cache
def every_requirement() -> tuple[AccuracyRequirement, ...]:
    """All that is on file, in its order."""
    return parse_requirements(files("wattloom.rules.grid_codes").joinpath("accuracies.toml").read_text("utf-8"))


def parse_requirements(text: str) -> tuple[AccuracyRequirement, ...]:
    """Requirements from the text of a file; raises `InputError` with every fault."""
    table = tomllib.loads(text)
    entries: Sequence[Mapping[str, Any]] = table["requirements"]
    regions: Mapping[str, Sequence[str]] = table["regions"]
    problems = [problem for place, entry in enumerate(entries, 1) for problem in _problems(place, entry, regions)]
    if problems:
        raise InputError(problems)
    citations = cited(entries, where=WHERE, own=table.get("documents", {}))
    return tuple(
        AccuracyRequirement(
            region=entry["region"],
            territories=tuple(regions[entry["region"]]),
            kind=TargetKind(entry["kind"]),
            term=Term(entry["term"]),
            leads_h=tuple(entry.get("leads_h", ())),
            formula=entry["formula"],
            least=float(entry["least"]),
            over=entry["over"],
            clause=clause,
            note=note,
        )
        for entry, (clause, note) in zip(entries, citations, strict=True)
    )


def _problems(place: int, entry: Mapping[str, Any], regions: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with an entry."""
    known = {
        "region": list(regions),
        "kind": [TargetKind.SOLAR.value, TargetKind.WIND.value],
        "term": [term.value for term in Term],
        "formula": list(FORMULAS),
        "over": ["day", "month"],
    }
    problems = [
        Problem(
            where=f"{WHERE} requirement {place} {name}",
            found=repr(entry.get(name)),
            expected=f"one of {', '.join(words)}",
            remedy="use a known word",
        )
        for name, words in known.items()
        if entry.get(name) not in words
    ]
    least = entry.get("least")
    if not isinstance(least, float) or not 0 < least < 1:
        problems.append(
            Problem(
                where=f"{WHERE} requirement {place} least",
                found=repr(least),
                expected="a share between 0 and 1",
                remedy="write 0.85 for 85 %",
            )
        )
    return problems
