"""Why is there no plan, and what is the least change that lets one exist?

Each goal, rule and size limit is given up in turn while all others stand: those whose giving up lets a plan exist are
named with the least change that does. Where none alone is enough, all are given up together by the least sum. Steps
of several hours are enough to tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from wattloom.assets.contract import Asset, Choice, Size, Stage
from wattloom.domain.errors import Infeasible, SolveError
from wattloom.plan.coarse import coarser
from wattloom.plan.sizing import Question, requirements_of, site_of
from wattloom.solve.path import Path
from wattloom.solve.program import Program

if TYPE_CHECKING:
    from wattloom.domain.charges import Charges
    from wattloom.domain.verdicts import Requirement

STEP_HOURS = 4
RELEVANT = 1e-4
"""Part of a limit below which a change is rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing given up: what it is now, and how far it must move."""

    what: str
    now: float
    needed: float
    share: bool
    """Whether the numbers are shares."""

    def sentence(self) -> str:
        """As a planner says it."""
        if self.share:
            verb = "lower" if self.needed < self.now else "raise"
            return f"{verb} {self.what} from {self.now:.1%} to {self.needed:.1%}"
        return f"raise {self.what} from {self.now:,.4g} to {self.needed:,.4g}"


def explain(question: Question, charges: Charges | None) -> Infeasible:
    """The refusal in the planner's words: what conflicts, and which single change is enough."""
    coarse = coarser(question, STEP_HOURS)
    asked, limited = _candidates(coarse, charges)
    names = [*asked, *limited]
    ways = [found for name in names if (found := _relaxed(coarse, charges, [name]))]
    if ways and not any(change.share for way in ways for change in way) and len(asked) > 1:
        ways.append(_relaxed(coarse, charges, asked))
    if any(ways):
        conflict = ", ".join(dict.fromkeys(change.what for way in ways for change in way))
        said = "\n".join("  - " + ", and ".join(change.sentence() for change in way) for way in ways if way)
        return Infeasible(f"no plan: {conflict} cannot all be kept. Any one of these lets a plan exist:\n{said}")
    together = _relaxed(coarse, charges, names)
    if together:
        said = "\n".join(f"  - {change.sentence()}" for change in together)
        return Infeasible(f"no plan, and no single change is enough. Together these are:\n{said}")
    return Infeasible(
        "no plan, and neither goals nor sizes are the reason: "
        "the load cannot be served in some period; look at limits given as series and at least powers"
    )


def _candidates(question: Question, charges: Charges | None) -> tuple[list[str], list[str]]:
    """Names of the goals and rules, and of the size limits, that may be given up."""
    built = site_of(question, charges).add_to(Program(question.axis), costs=False)
    asked = [r.rule for r in requirements_of(question, built.flows) if r.binds]
    limited = [f"{name}.{field}" for name, asset in question.assets.items() for field in _limited(asset)]
    return asked, limited


def _limited(asset: Asset) -> list[str]:
    """Fields of an asset that limit a size from above; a load's own size is what is asked, not a limit."""
    if asset.STAGE is Stage.LOAD:
        return []
    found = []
    for item in fields(asset):  # type: ignore[arg-type]
        value, is_size = getattr(asset, item.name), item.name in _SIZE_FIELDS
        limited = np.isfinite(value.max) if isinstance(value, Choice) else is_size and isinstance(value, float | int)
        if limited:
            found.append(item.name)
    return found


_SIZE_FIELDS = frozenset({"power_mw", "energy_mwh", "capacity_mva", "capacity_mw", "store_mwh", "quantity_mw"})


def _relaxed(question: Question, charges: Charges | None, names: list[str]) -> list[Change]:
    """The least changes of some things while all else stands; empty where they are not enough."""
    limits: dict[str, float] = {}
    assets = {name: _freed(name, asset, names, limits) for name, asset in question.assets.items()}
    program = Program(question.axis)
    built = site_of(replace(question, assets=assets), charges).add_to(program, costs=False)
    excess: dict[str, Any] = {}
    for name, limit in limits.items():
        asset, field = name.split(".")
        excess[name] = program.size(f"{name} beyond")
        program.require(f"{name} within", built.parts[asset].sizes[field] - excess[name] <= limit)
        program.cost(name, excess[name] * (1.0 / max(limit, 1.0)))
    asked = [r for r in requirements_of(question, built.flows) if r.binds]
    for requirement in asked:
        _require(program, requirement, question.axis.hours, excess if requirement.rule in names else None)
    try:
        solution = program.solve(Path())
    except SolveError:
        return []
    changes = [
        Change(what=name, now=limit, needed=limit + float(solution.value(excess[name])), share=False)
        for name, limit in limits.items()
    ]
    for requirement in asked:
        if requirement.rule in names:
            reached = replace(
                requirement.ratio,
                numerator=solution.value(requirement.ratio.numerator),
                denominator=solution.value(requirement.ratio.denominator),
            ).value
            changes.append(Change(what=requirement.rule, now=requirement.limit, needed=reached or 0.0, share=True))
    return [c for c in changes if _moved(c, {r.rule: r.sense for r in asked})]


def _moved(change: Change, senses: Mapping[str, str]) -> bool:
    """Whether a change gives something up, and more than rounding."""
    step = change.needed - change.now
    given_up = -step if senses.get(change.what) == ">=" else step
    return given_up > RELEVANT * max(abs(change.now), RELEVANT)


def _require(program: Program, requirement: Requirement, hours: float, excess: dict[str, Any] | None) -> None:
    """A ratio as it stands, or with a shortfall in average MW that costs."""
    slack = requirement.slack() * (1.0 / hours)
    if excess is None:
        program.require(requirement.rule, slack >= 0)
        return
    short = program.size(f"{requirement.rule} short")
    excess[requirement.rule] = short
    program.require(requirement.rule, slack + short >= 0)
    program.cost(requirement.rule, short)


def _freed(name: str, asset: Asset, names: list[str], limits: dict[str, float]) -> Asset:
    """An asset whose named sizes may grow past their limits, which are noted."""
    changes: dict[str, Size] = {}
    for field in _limited(asset):
        if f"{name}.{field}" in names:
            size = getattr(asset, field)
            least, limit = (size.min, size.max) if isinstance(size, Choice) else (float(size), float(size))
            limits[f"{name}.{field}"] = limit
            changes[field] = Choice(min=least)
    return replace(asset, **changes) if changes else asset  # type: ignore[type-var]
