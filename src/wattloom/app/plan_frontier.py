"""Plan a frontier: what does each step towards more green energy in the hour of use cost?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from wattloom.app.plan_inputs import question_of
from wattloom.domain.errors import Infeasible
from wattloom.domain.ports import OneByOne, Progress, Silent, Workers
from wattloom.plan.coarse import coarser
from wattloom.plan.design import Task, best_design, modes_of, solve_task
from wattloom.plan.result import Outcome, Scan

if TYPE_CHECKING:
    from wattloom.plan.project import Project

STEP_HOURS = 3
HIGHEST_SHARE = 0.99


def plan_frontier(
    project: Project,
    *,
    points: int,
    folder: Path,
    workers: Workers | None = None,
    progress: Progress | None = None,
) -> Scan:
    """Least cost for each of some green shares, from the one that costs nothing extra up to nearly all.

    Steps of three hours; the billing mode is the one that is cheapest without a green goal. A share that no design
    reaches has a row without figures.
    """
    hands, tell = workers or OneByOne(), progress or Silent()
    tell.step("weather and series", done=0.05)
    question = coarser(question_of(project, folder=folder).question, STEP_HOURS)
    free = replace(question, goals=replace(question.goals, green_share_hourly_min=None))
    tell.step("least cost without a green goal", done=0.1)
    cheapest, _ = best_design(free, hands)
    lowest = cheapest.measures["green_share_hourly"] or 0.0
    charges = next((c for c in modes_of(free) if c is not None and c.mode == cheapest.mode), None)
    shares = np.linspace(max(0.0, lowest), HIGHEST_SHARE, points)[1:]
    asked = [replace(free, goals=replace(free.goals, green_share_hourly_min=float(share))) for share in shares]
    rows = [_row(lowest, cheapest)]
    solved = hands.map(solve_task, [Task(question=one, charges=charges) for one in asked])
    for i, (share, found) in enumerate(zip(shares, solved, strict=True)):
        tell.step(f"green share {share:.0%}", done=0.2 + 0.75 * (i + 1) / points)
        rows.append(_row(float(share), found))
    return Scan(key="frontier", columns=COLUMNS, rows=tuple(rows))


COLUMNS = (
    "green_share_goal",
    "energy_cost_cny_per_mwh",
    "green_share_hourly",
    "curtailment_of_generation",
    "solar_mw",
    "wind_mw",
    "battery_mw",
    "battery_mwh",
)


def _row(share: float, found: Outcome | Infeasible) -> tuple[float | None, ...]:
    """One point of the frontier."""
    if isinstance(found, Infeasible):
        return (share, *(None,) * (len(COLUMNS) - 1))
    sizes = {kind: found.sizes_of_kind(kind) for kind in ("solar", "wind", "battery")}
    return (
        share,
        found.energy_cost_cny_per_mwh,
        found.measures["green_share_hourly"],
        found.measures["curtailment_of_generation"],
        sizes["solar"].get("power_mw", 0.0),
        sizes["wind"].get("power_mw", 0.0),
        sizes["battery"].get("power_mw", 0.0),
        sizes["battery"].get("energy_mwh", 0.0),
    )
