"""What would an assumption have to be, so that a claim about cost holds? The design is chosen anew at every trial."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

from scipy.optimize import brentq

from wattloom.assets.contract import Asset, Choice, Stage
from wattloom.domain.errors import Infeasible
from wattloom.plan.design import baseline_question, modes_of
from wattloom.plan.sizing import Question, answer

if TYPE_CHECKING:
    from wattloom.domain.charges import Charges
    from wattloom.plan.result import Outcome
    from wattloom.rules.contract import RulePack

TOLERANCE = 2e-3
"""Relative distance of the lever's value at which the search stops."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lever:
    """An assumption that may be turned: its value now, how to set it, and between which values it is sensible."""

    name: str
    now: float
    lowest: float
    highest: float
    turned: Callable[[Question, float], Question]


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakEven:
    """Where a claim begins to hold."""

    lever: str
    now: float
    value: float | None
    """None where the claim holds nowhere, or everywhere, between the two ends."""
    at_lowest: float
    """Cost reduction at the lever's lowest value."""
    at_highest: float


def cost_reduction(design: Outcome, baseline: Outcome) -> float:
    """Part of the baseline's yearly energy cost that the design saves."""
    return 1.0 - design.yearly_cost_cny / baseline.yearly_cost_cny


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What is asked of one lever: at which value does the cost reduction reach a target, billing modes held?"""

    question: Question
    lever: Lever
    target: float
    mode: str
    baseline_mode: str
    baseline_pack: RulePack | None

    def miss(self, value: float) -> float:
        """Cost reduction at a value of the lever, less the target."""
        turned = self.lever.turned(self.question, value)
        try:
            design = answer(turned, charges_of(turned, self.mode))
        except Infeasible:
            return -1.0 - self.target
        alone = replace(baseline_question(turned), pack=self.baseline_pack)
        return cost_reduction(design, answer(alone, charges_of(alone, self.baseline_mode))) - self.target


def break_even(search: Search) -> BreakEven:
    """The value of a lever at which the cost reduction reaches the target; the design is chosen anew at each trial."""
    lever, target, miss = search.lever, search.target, search.miss

    low, high = miss(lever.lowest), miss(lever.highest)
    found = None
    if low * high <= 0:
        found = brentq(miss, lever.lowest, lever.highest, xtol=TOLERANCE * (lever.highest - lever.lowest), maxiter=12)
    return BreakEven(
        lever=lever.name,
        now=lever.now,
        value=None if found is None else float(found),
        at_lowest=low + target,
        at_highest=high + target,
    )


def levers_of(question: Question) -> tuple[Lever, ...]:
    """Grid price, storage cost and discount rate, each around its value now."""
    price = question.mean_market_price()
    levers = [
        Lever(name="discount_rate", now=question.finance.discount_rate, lowest=0.01, highest=0.12, turned=_with_rate)
    ]
    if any(_storage_costs(asset) for asset in question.assets.values()):
        levers.append(Lever(name="storage_cost_factor", now=1.0, lowest=0.1, highest=1.5, turned=_with_storage_cost))
    if price:
        levers.append(
            Lever(name="grid_price_cny_per_mwh", now=price, lowest=0.5 * price, highest=3.0 * price, turned=_with_price)
        )
    return tuple(levers)


def charges_of(question: Question, mode: str) -> Charges | None:
    """The charges of one mode."""
    return next((charges for charges in modes_of(question) if charges is not None and charges.mode == mode), None)


def _with_rate(question: Question, rate: float) -> Question:
    """The question at another discount rate."""
    return replace(question, finance=replace(question.finance, discount_rate=rate))


def _with_price(question: Question, price: float) -> Question:
    """The question at another mean market price, its shape kept."""
    factor = price / (question.mean_market_price() or 1.0)
    assets = {}
    for name, asset in question.assets.items():
        level = getattr(asset, "energy_price_cny_per_mwh", None)
        if level is None:
            assets[name] = asset
            continue
        scaled = level * factor if isinstance(level, float | int) else level.scaled(factor, level.unit)
        assets[name] = replace(asset, energy_price_cny_per_mwh=scaled)  # type: ignore[type-var]
    return replace(question, assets=assets)


def _with_storage_cost(question: Question, factor: float) -> Question:
    """The question with the capital cost of every store times a factor."""
    assets = {
        name: replace(asset, **{key: cost * factor for key, cost in _storage_costs(asset).items()})  # type: ignore[type-var]
        for name, asset in question.assets.items()
    }
    return replace(question, assets=assets)


def _storage_costs(asset: Asset) -> dict[str, float]:
    """Capital cost fields of a store."""
    if asset.STAGE is not Stage.STORAGE:
        return {}
    names = [item.name for item in fields(asset) if item.name.startswith("capital_cost_")]  # type: ignore[arg-type]
    return {name: getattr(asset, name) for name in names}


def with_mean_load(question: Question, load_mw: float, *, now_mw: float) -> Question:
    """The question with its computing scaled so that its mean load, cooling included, goes from `now_mw` to another."""
    loads = {name: asset for name, asset in question.assets.items() if asset.STAGE is Stage.LOAD}
    scaled = {}
    for name, asset in loads.items():
        it_mw = getattr(asset, "it_mw", None)
        if it_mw is None or isinstance(it_mw, Choice):
            continue
        scaled[name] = replace(asset, it_mw=it_mw * load_mw / now_mw)  # type: ignore[type-var]
    return replace(question, assets={**question.assets, **scaled})
