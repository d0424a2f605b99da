"""Which billing mode and which whole machines make the best design, and how does it fare in other years?"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

from wattloom.assets.contract import Choice, Stage
from wattloom.domain.charges import Basis, Charge, Charges, PriceBasis
from wattloom.domain.errors import Infeasible, InputError
from wattloom.plan.economics import YearFigures, running_cny
from wattloom.plan.infeasible import explain
from wattloom.plan.result import Mode, Outcome
from wattloom.plan.sizing import Question, answer, sizes_of

if TYPE_CHECKING:
    from wattloom.domain.ports import Workers


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One program to be solved, as a worker gets it."""

    question: Question
    charges: Charges | None


def solve_task(task: Task) -> Outcome | Infeasible:
    """The design of one task; a refusal is returned, so that the other tasks go on."""
    try:
        return answer(task.question, task.charges)
    except Infeasible as refusal:
        return refusal


def modes_of(question: Question) -> tuple[Charges | None, ...]:
    """Every admissible way of being billed; `None` alone where nothing is bought from the public grid."""
    price = question.market_price()
    if price is None:
        return (None,)
    level = price if isinstance(price, float | int) else price.values
    if question.pack is not None:
        return question.pack.charges(level) or (None,)
    bought = Charge(item="market_energy", basis=Basis.IMPORTED_ENERGY, price=level)
    return (Charges(mode="own_price", items=(bought,), price_basis=PriceBasis.WITHOUT_VAT),)


def best_design(question: Question, workers: Workers) -> tuple[Outcome, tuple[Mode, ...]]:
    """The cheapest design over all billing modes; each is solved, the best kept, machines whole."""
    tasks = [Task(question=question, charges=charges) for charges in modes_of(question)]
    solved = list(workers.map(solve_task, tasks))
    outcomes = [(task, found) for task, found in zip(tasks, solved, strict=True) if isinstance(found, Outcome)]
    if not outcomes:
        raise explain(question, tasks[0].charges)
    task, best = min(outcomes, key=lambda pair: pair[1].yearly_cost_cny)
    modes = tuple(
        Mode(mode=found.mode, yearly_cost_cny=found.yearly_cost_cny, chosen=found is best) for _, found in outcomes
    )
    return whole_machines(task, best), modes


def whole_machines(task: Task, found: Outcome) -> Outcome:
    """The design with every size that comes in machines rounded up to whole ones, and solved again around them."""
    rounded: dict[str, dict[str, float]] = {}
    sizes = sizes_of(found)
    for name, asset in task.question.assets.items():
        for item in fields(asset):  # type: ignore[arg-type]
            choice = getattr(asset, item.name)
            if isinstance(choice, Choice) and choice.unit_size:
                machines = math.ceil(sizes[name][item.name] / choice.unit_size - ROUNDING)
                rounded.setdefault(name, {})[item.name] = machines * choice.unit_size
    if not rounded:
        return found
    return answer(task.question.with_sizes(rounded), task.charges)


ROUNDING = 1e-3
"""Part of a machine below which a size counts as a whole number of machines."""


def baseline_question(question: Question) -> Question:
    """The same facility with nothing but the public grid, whose connection may be as large as it needs."""
    assets = {name: asset for name, asset in question.assets.items() if asset.STAGE is Stage.LOAD}
    grids = {name: asset for name, asset in question.assets.items() if hasattr(asset, "capacity_mva")}
    grids = grids or dict(question.grid_instead)
    if not grids:
        raise InputError.one(
            "baseline", found="no grid asset", expected="a price of the public grid to compare with", remedy="add one"
        )
    freed = {
        name: replace(
            grid, capacity_mva=Choice(), export_price_cny_per_mwh=None, import_mw_max=None, declared_exchange_mw=None
        )  # type: ignore[type-var]
        for name, grid in grids.items()
    }
    return replace(question, assets={**assets, **freed}, goals=type(question.goals)(rules_bind=False))


def other_years(design: Question, baseline: Question, years: Iterable[int]) -> list[tuple[Question, Question]]:
    """Both questions in other years of operation: assets aged, load grown, market price on its path."""
    growth = 1.0 + design.finance.price_growth
    return [(_in_year(design, year, growth), _in_year(baseline, year, growth)) for year in years]


def year_figures(design: Outcome, baseline: Outcome, year: int) -> YearFigures:
    """What a dispatched year comes to in the accounts."""
    return YearFigures(
        year=year,
        running_cny=running_cny(design.parts),
        baseline_cny=running_cny(baseline.parts),
        it_mwh=design.measures["it_mwh"] or 0.0,
        generated_mwh=design.measures["delivered_mwh"] or 0.0,
    )


def _in_year(question: Question, year: int, growth: float) -> Question:
    """The question in a year of operation; past the first the grid connection may be enlarged."""
    factor = growth ** (year - 1)
    assets = dict(question.assets)
    for name, asset in assets.items() if year > 1 else ():
        capacity = getattr(asset, "capacity_mva", None)
        if isinstance(capacity, float | int):
            assets[name] = replace(asset, capacity_mva=Choice(min=float(capacity)))  # type: ignore[type-var]
    if factor != 1.0:
        for name, asset in assets.items():
            price = getattr(asset, "energy_price_cny_per_mwh", None)
            if price is not None:
                dearer = price * factor if isinstance(price, float | int) else price.scaled(factor, price.unit)
                assets[name] = replace(asset, energy_price_cny_per_mwh=dearer)  # type: ignore[type-var]
    return replace(question, assets=assets, operating_year=year)
