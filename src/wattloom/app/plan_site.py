"""Plan a site: from a project to sizes, costs, verdicts and what would change them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wattloom import __version__
from wattloom.app.plan_inputs import question_of
from wattloom.domain.errors import Infeasible
from wattloom.domain.ports import OneByOne, Progress, Silent, Workers
from wattloom.domain.text import Text
from wattloom.plan.break_even import BreakEven, Search, break_even, charges_of, levers_of, with_mean_load
from wattloom.plan.coarse import coarser
from wattloom.plan.design import (
    Task,
    baseline_question,
    best_design,
    other_years,
    solve_task,
    year_figures,
)
from wattloom.plan.economics import economics
from wattloom.plan.largest_load import largest_load_mw
from wattloom.plan.result import Outcome, Scan, SitePlan
from wattloom.plan.sizing import Question, sizes_of

if TYPE_CHECKING:
    from wattloom.domain.workloads import Classification
    from wattloom.plan.project import Project

GREEN_BAR = 0.80
"""The share that hub nodes ask of new data centres; the summary says how much load reaches it."""
SWEEP_STEP_HOURS = 3
"""Sweeps and searches run on steps of three hours: cost within 0.2 % of hourly steps, a fifth of the time."""


def plan_site(
    project: Project,
    *,
    folder: Path,
    workers: Workers | None = None,
    progress: Progress | None = None,
) -> SitePlan:
    """The answer to a project; raises `Infeasible` with the goals that conflict, `InputError` with what is wrong.

    `folder` is where the files that the project names lie.
    """
    hands, tell = workers or OneByOne(), progress or Silent()
    tell.step("weather and series", done=0.02)
    inputs = question_of(project, folder=folder)
    question = inputs.question
    tell.step("sizes, one program for each way of being billed", done=0.08)
    outcome, modes = best_design(question, hands)
    tell.step("the same facility on the grid alone", done=0.3)
    alone, baseline = _baseline(question, inputs.baseline_pack, hands)
    tell.step("other project years", done=0.4)
    plan = _Plan(question=question, alone=alone, outcome=outcome, baseline=baseline)
    years = _years(plan, project, hands, inputs.other_weather)
    tell.step("economics", done=0.55)
    finances = economics(
        outcome,
        [year_figures(*pair[1:], pair[0]) for pair in years.dispatched],
        finance=project.finance,
        baseline=baseline,
        generator_market_cny=_market_income(question, outcome),
        gpu_hours_per_mwh_it=_gpu_hours_per_mwh(question),
    )
    tell.step("sweeps and break-even", done=0.6)
    scans, even = _what_if(plan, project, hands, tell)
    tell.step("done", done=1.0)
    return SitePlan(
        project=project,
        outcome=outcome,
        baseline=baseline,
        modes=modes,
        economics=finances,
        years=years.scan,
        break_even=even,
        scans=scans,
        facts=question.pack.facts if question.pack else {},
        weather_source=inputs.weather_source,
        weather_of_site=project.weather.of_site,
        weather_kind=question.weather.kind.value if question.weather else "",
        notes=(*map(Text.same, project.notes), *_notes(outcome)),
        classifications=_classifications(question),
        provenance=_provenance(inputs.checksums),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """A design and its baseline, with the questions they answer."""

    question: Question
    alone: Question
    outcome: Outcome
    baseline: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class _Years:
    """The dispatched years, and their table."""

    dispatched: list[tuple[int, Outcome, Outcome]]
    scan: Scan


def _baseline(question: Question, pack: Any, hands: Workers) -> tuple[Question, Outcome]:
    """The cheapest way of running the same facility on the grid alone."""
    alone = replace(baseline_question(question), pack=pack)
    found, _ = best_design(alone, hands)
    return alone, found


def _years(plan: _Plan, project: Project, hands: Workers, weather: Mapping[str, Any]) -> _Years:
    """Fixed sizes dispatched in other years of operation and in other weather years."""
    design = plan.question.with_sizes(sizes_of(plan.outcome))
    alone = plan.alone.with_sizes(sizes_of(plan.baseline))
    years = sorted({y for y in project.study.project_years if y <= project.finance.life_years} | {1})
    pairs = other_years(design, alone, years)
    tasks = [task for pair in pairs for task in _tasks(pair, plan)]
    labels = list(weather)
    tasks += [
        Task(question=replace(design, weather=weather[label]), charges=charges_of(design, plan.outcome.mode))
        for label in labels
    ]
    solved = list(hands.map(solve_task, tasks))
    pairs_solved = [(year, solved[2 * i], solved[2 * i + 1]) for i, year in enumerate(years)]
    rows = [_year_row(f"operating_year {year}", found, base) for year, found, base in pairs_solved]
    rows += [_year_row(label, found, None) for label, found in zip(labels, solved[2 * len(years) :], strict=True)]
    dispatched = [
        (year, found, base)
        for year, found, base in pairs_solved
        if isinstance(found, Outcome) and isinstance(base, Outcome)
    ]
    columns = (
        "case",
        "energy_cost_cny_per_mwh",
        "baseline_cost_cny_per_mwh",
        "green_share_hourly",
        "import_mwh",
        "load_mwh",
        "grid_mva",
    )
    return _Years(dispatched=dispatched, scan=Scan(key="years", columns=columns, rows=tuple(rows)))


def _tasks(pair: tuple[Question, Question], plan: _Plan) -> tuple[Task, Task]:
    """A year's design and baseline, each in its chosen mode; with sizes held, goals no longer bind after year 1."""
    design, alone = pair
    loose = replace(design, goals=type(design.goals)(rules_bind=False)) if design.operating_year > 1 else design
    return (
        Task(question=loose, charges=charges_of(design, plan.outcome.mode)),
        Task(question=alone, charges=charges_of(alone, plan.baseline.mode)),
    )


def _year_row(
    case: str, found: Outcome | Infeasible, base: Outcome | Infeasible | None
) -> tuple[float | str | None, ...]:
    """One line of the table of years; without figures where the fixed sizes cannot serve it."""
    cost = base.energy_cost_cny_per_mwh if isinstance(base, Outcome) else None
    if isinstance(found, Infeasible):
        return (case, None, cost, None, None, None, None)
    figures = found.measures
    return (
        case,
        found.energy_cost_cny_per_mwh,
        cost,
        figures["green_share_hourly"],
        figures["import_mwh"],
        figures["load_mwh"],
        found.sizes_of_kind("grid").get("capacity_mva"),
    )


def _what_if(
    plan: _Plan, project: Project, hands: Workers, tell: Progress
) -> tuple[tuple[Scan, ...], dict[str, float | None]]:
    """The load sweep, the largest load at a green share, and where a claim holds."""
    coarse = coarser(plan.question, SWEEP_STEP_HOURS)
    scans: list[Scan] = []
    even: dict[str, float | None] = {}
    mode = plan.outcome.mode
    if project.study.load_sweep_mw:
        scans.append(_load_sweep(plan, coarse, project.study.load_sweep_mw, hands))
    tell.step("the largest load at a green share of 80 %", done=0.78)
    even["max_load_at_green_080"] = largest_load_mw(coarse, charges_of(coarse, mode), green_share=GREEN_BAR)
    if project.claim:
        tell.step("where the claim holds", done=0.8)
        searches = [
            Search(
                question=coarse,
                lever=lever,
                target=project.claim.cost_reduction,
                mode=mode,
                baseline_mode=plan.baseline.mode,
                baseline_pack=plan.alone.pack,
            )
            for lever in levers_of(coarse)
        ]
        found = list(hands.map(break_even, searches))
        even |= {f"break_even_{item.lever}": item.value for item in found}
        scans.append(_break_even_scan(found))
    return tuple(scans), even


def _load_sweep(plan: _Plan, coarse: Question, loads: tuple[float, ...], hands: Workers) -> Scan:
    """Designs chosen anew for each mean load. On the grid alone a MWh costs the same at every load."""
    now = plan.outcome.measures["load_mean_mw"] or 1.0
    on_grid = plan.baseline.energy_cost_cny_per_mwh or 0.0
    questions = [with_mean_load(coarse, load, now_mw=now) for load in loads]
    tasks = [Task(question=question, charges=charges_of(question, plan.outcome.mode)) for question in questions]
    solved = hands.map(solve_task, tasks)
    rows = tuple(_sweep_row(load, found, on_grid) for load, found in zip(loads, solved, strict=True))
    return Scan(key="load_sweep", columns=SWEEP_COLUMNS, rows=rows)


SWEEP_COLUMNS = (
    "load_mean_mw",
    "energy_cost_cny_per_mwh",
    "baseline_cost_cny_per_mwh",
    "cost_reduction",
    "green_share_hourly",
    "self_use_of_generation",
    "battery_mw",
    "battery_mwh",
)


def _sweep_row(load: float, found: Outcome | Infeasible, on_grid: float) -> tuple[float | str | None, ...]:
    """One load of the sweep; without figures where no design keeps the rules."""
    if isinstance(found, Infeasible):
        return (load, None, on_grid, None, None, None, None, None)
    cost = found.energy_cost_cny_per_mwh or 0.0
    battery = found.sizes_of_kind("battery")
    return (
        load,
        cost,
        on_grid,
        1.0 - cost / on_grid if on_grid else None,
        found.measures["green_share_hourly"],
        found.measures["self_use_of_generation"],
        battery.get("power_mw", 0.0),
        battery.get("energy_mwh", 0.0),
    )


def _break_even_scan(found: list[BreakEven]) -> Scan:
    """Where the claim holds, lever by lever."""
    columns = ("lever", "value_now", "value_needed", "cost_reduction_at_lowest", "cost_reduction_at_highest")
    rows = tuple((item.lever, item.now, item.value, item.at_lowest, item.at_highest) for item in found)
    return Scan(key="break_even", columns=columns, rows=rows)


def _market_income(question: Question, outcome: Outcome) -> float | None:
    """What the generator would earn by selling all it can give on the market; None where its price is not known."""
    price = question.finance.generator_market_price
    if price is None:
        return None
    level = np.asarray(price if isinstance(price, float | int) else price.values)  # type: ignore[union-attr]
    available = sum(np.asarray(part.source.available_mw) for part in outcome.parts.values() if part.source is not None)
    return float(np.sum(level * available) * question.axis.step_hours)


def _gpu_hours_per_mwh(question: Question) -> float | None:
    """GPU-hours that a MWh of IT energy runs, where the cluster names its accelerators."""
    found = [getattr(asset, "gpu_hours_per_mwh_it", None) for asset in question.assets.values()]
    known = [value() if callable(value) else value for value in found if value is not None]
    return known[0] if known else None


def _notes(outcome: Outcome) -> tuple[Text, ...]:
    """What the assets want a reader to know."""
    return tuple(
        Text(f"{part.name}: ", f"{part.name}：") + note for part in outcome.parts.values() for note in part.notes
    )


def _classifications(question: Question) -> dict[str, Classification]:
    """How flexible each facility is, for assets that can tell."""
    asked = {name: getattr(asset, "classification", None) for name, asset in question.assets.items()}
    return {name: tell() for name, tell in asked.items() if tell is not None}


def _provenance(checksums: Mapping[str, str]) -> dict[str, str]:
    """Versions of what computed the answer, and checksums of what it was computed from."""
    libraries = ("linopy", "highspy", "pvlib", "windpowerlib", "numpy", "pandas")
    return {"wattloom": __version__, **{name: version(name) for name in libraries}, **checksums}
