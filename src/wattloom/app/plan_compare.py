"""Plan a comparison: where would the same facility be cheapest and greenest?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from wattloom.app.plan_inputs import question_of
from wattloom.domain.errors import Infeasible
from wattloom.domain.ports import OneByOne, Progress, Silent, Workers
from wattloom.domain.text import SILENT, Text
from wattloom.plan.break_even import cost_reduction
from wattloom.plan.coarse import coarser
from wattloom.plan.design import baseline_question, best_design
from wattloom.plan.result import Scan

if TYPE_CHECKING:
    from wattloom.plan.project import Project

STEP_HOURS = 3

COLUMNS = (
    "territory",
    "energy_cost_cny_per_mwh",
    "baseline_cost_cny_per_mwh",
    "cost_reduction",
    "green_share_hourly",
    "carbon_location_t",
    "mode",
    "market_price_cny_per_mwh",
    "site",
    "note",
)


def plan_compare(
    project: Project,
    *,
    territories: Sequence[str] = (),
    folder: Path,
    others: Sequence[tuple[Project, Path]] = (),
    workers: Workers | None = None,
    progress: Progress | None = None,
) -> Scan:
    """Sites and territories, cheapest first; those without a plan come last, with the reason. Steps of three hours.

    Without territories each project, those of `others` with their folders included, is planned where it stands. With
    them each is planned in every one: rules, tariffs and factors change with the territory, and the market price where
    the project leaves it to the territory; assets and weather are the project's.
    """
    hands, tell = workers or OneByOne(), progress or Silent()
    tasks = [
        _Task(project=one, territory=key, folder=place)
        for one, place in ((project, folder), *others)
        for key in (territories or (one.connection.territory,))
    ]
    tell.step(f"{len(tasks)} plans", done=0.05)
    rows: list[tuple[float | str | None, ...]] = []
    said: dict[str, Text] = {}
    for i, (row, reason) in enumerate(hands.map(_planned, tasks)):
        rows.append((*row, reason.en))
        said[reason.en] = reason
        tell.step(f"{row[0]} planned", done=0.05 + 0.9 * (i + 1) / len(tasks))
    rows.sort(key=lambda row: (row[1] is None, row[1]))
    return Scan(key="compare", columns=COLUMNS, rows=tuple(rows), said=said)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """One territory to plan in."""

    project: Project
    territory: str
    folder: Path


def _planned(task: _Task) -> tuple[tuple[float | str | None, ...], Text]:
    """A row of the ranking, and why there is no plan."""
    moved = replace(task.project, connection=replace(task.project.connection, territory=task.territory))
    inputs = question_of(moved, folder=task.folder)
    question = coarser(inputs.question, STEP_HOURS)
    alone = replace(baseline_question(question), pack=inputs.baseline_pack)
    base, _ = best_design(alone, OneByOne())
    price, name = question.mean_market_price(), task.project.site.name or task.project.name
    try:
        found, _ = best_design(question, OneByOne())
    except Infeasible as refusal:
        reason = Text(_in_one_line(refusal.text.en, "; "), _in_one_line(refusal.zh, "；"))
        return (task.territory, None, base.energy_cost_cny_per_mwh, None, None, None, None, price, name), reason
    row = (
        task.territory,
        found.energy_cost_cny_per_mwh,
        base.energy_cost_cny_per_mwh,
        cost_reduction(found, base),
        found.measures["green_share_hourly"],
        found.measures["carbon_location_t"],
        found.mode,
        price,
        name,
    )
    return row, SILENT


def _in_one_line(refusal: str, between: str) -> str:
    """A refusal with its ways out, one behind the other."""
    first, *ways = refusal.split("\n  - ")
    return " ".join(filter(None, (first, between.join(ways))))
