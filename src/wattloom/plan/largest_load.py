"""How much computing can a site's generation carry at a given green share, whatever storage costs?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wattloom.assets.contract import Choice, Stage
from wattloom.domain.errors import Infeasible
from wattloom.domain.flows import number
from wattloom.plan.sizing import requirements_of, site_of
from wattloom.solve.path import Path
from wattloom.solve.program import Program

if TYPE_CHECKING:
    from wattloom.domain.charges import Charges
    from wattloom.plan.sizing import Question


def largest_load_mw(question: Question, charges: Charges | None, *, green_share: float) -> float | None:
    """Largest mean load, MW, for which some storage within its limits keeps the hourly green share and the rules.

    Cost plays no part: it is the bound that the generation sets. None where even a vanishing load does not reach the
    share.
    """
    freed = {
        name: replace(asset, it_mw=Choice()) if asset.STAGE is Stage.LOAD else asset  # type: ignore[type-var]
        for name, asset in question.assets.items()
    }
    goals = replace(question.goals, green_share_hourly_min=green_share)
    asked = replace(question, assets=freed, goals=goals)
    program = Program(asked.axis)
    built = site_of(asked, charges).add_to(program, costs=False)
    for requirement in requirements_of(asked, built.flows):
        if requirement.binds:
            program.require(requirement.rule, requirement.slack() * (1.0 / asked.axis.hours) >= 0)
    load = built.flows.energy_mwh(built.flows.load_mw()) * (1.0 / asked.axis.hours)
    program.cost("less load", -1.0 * load)
    try:
        solution = program.solve(Path())
    except Infeasible:
        return None
    found = number(solution.value(load))
    return found if found > SMALLEST_MW else None


SMALLEST_MW = 1e-3
