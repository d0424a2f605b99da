"""What are better forecasts worth in yuan? The same days and jobs, decided with each, billed at what came true.

Nothing but the forecast differs between two rows: the same jobs with the same promises, the same program, one bill.
Perfect foresight is the same planner told everything; the naive forecast is what anybody has for nothing. Between the
two lies what forecasting can earn, and a forecast's share of it is what it closed of that gap. Whole jobs do not fill a
plan to the last kilowatt, so a lucky day may come out below perfect foresight: what nothing can come below is the
program that it split, told as the bound.

Stores of a site are dispatched around the jobs with what came true, so that only the jobs' part of the worth is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from wattloom.dispatch.day_ahead import Planned, counted, plan_day
from wattloom.dispatch.policies import Known, RunAtOnce, schedule
from wattloom.domain.errors import InputError
from wattloom.domain.jobs import SECONDS_PER_HOUR
from wattloom.forecast.compare import BLOCK_DAYS, Interval, block_interval, block_mean_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.dispatch.question import DayPlan, DispatchQuestion, DispatchSite

PERFECT, AT_ONCE = "perfect", "at_once"
NOTHING_SHARE = 1e-4
"""Of the bill: what naive loses against perfect below this is nothing, and has no parts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastDay:
    """A day as it came true, and as each forecaster foresaw its sites."""

    name: str
    happened: DispatchQuestion
    foreseen: Mapping[str, tuple[DispatchSite, ...]]
    """By forecaster; perfect foresight needs no entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What deciding with one forecast came to; CNY a day, with intervals from blocks of days drawn anew."""

    forecaster: str
    cost: Interval
    above_perfect: Interval
    below_naive: Interval
    """What it saves against the naive forecast, on the same days."""
    closed: Interval | None
    """Its share of what lies between naive and perfect; None where nothing does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastValue:
    """All forecasters over the same days."""

    days: tuple[str, ...]
    cost_cny: Mapping[str, NDArray[np.float64]]
    """By forecaster, with perfect foresight and running at once; shape (days,)."""
    rows: tuple[Worth, ...]
    bound_cny: NDArray[np.float64]
    """Of the program told everything, before it is split to whole jobs; shape (days,)."""
    naive: str
    deadline_misses: Mapping[str, int]

    @property
    def worth_nothing(self) -> bool:
        """Whether even perfect foresight saves nothing to speak of against the naive forecast."""
        return next(one for one in self.rows if one.forecaster == PERFECT).closed is None


def forecast_value(
    days: Sequence[ForecastDay], *, naive: str, block_days: int = BLOCK_DAYS, level: float = 0.95
) -> ForecastValue:
    """Decide every day with every forecast.

    Args:
        days: in their order; each with the same forecasters.
        naive: the forecaster that the others are held against.
        block_days: days drawn together for the intervals.
        level: of the intervals.
    """
    names = _names(days, naive)
    plans = {
        name: [_decided(day.happened, day.foreseen.get(name, day.happened.sites)) for day in days] for name in names
    }
    plans[AT_ONCE] = [_at_once(day.happened, plan) for day, plan in zip(days, plans[PERFECT], strict=True)]
    cost = {name: np.array([plan.cost_cny for plan in made]) for name, made in plans.items()}
    return ForecastValue(
        days=tuple(day.name for day in days),
        cost_cny=cost,
        rows=tuple(worth(cost, name, naive=naive, block_days=block_days, level=level) for name in cost),
        bound_cny=np.array([plan.plan_cost_cny for plan in plans[PERFECT]]),
        naive=naive,
        deadline_misses={name: sum(plan.deadline_misses for plan in made) for name, made in plans.items()},
    )


def worth(
    cost_cny: Mapping[str, NDArray[np.float64]], name: str, *, naive: str, block_days: int, level: float = 0.95
) -> Worth:
    """One row, from what each day cost with each forecaster: shape (days,) each.

    Example:
        >>> costs = {"perfect": np.array([10.0, 10.0]), "naive": np.array([20.0, 30.0]), "ours": np.array([15.0, 15.0])}
        >>> worth(costs, "ours", naive="naive", block_days=1).closed.value  # (25 − 15)/(25 − 10)
        0.6666666666666666
    """
    mine, plain, best = cost_cny[name], cost_cny[naive], cost_cny[PERFECT]

    def mean(values: NDArray[np.float64]) -> Interval:
        return block_mean_interval(values, block_days=block_days, level=level)

    lost = float((plain - best).sum())
    nothing = abs(lost) <= NOTHING_SHARE * float(np.abs(best).sum())
    closed = None if nothing else block_interval(_closed, plain, mine, best, block_days=block_days, level=level)
    return Worth(
        forecaster=name,
        cost=mean(mine),
        above_perfect=mean(mine - best),
        below_naive=mean(plain - mine),
        closed=closed,
    )


def _closed(means: NDArray[np.float64]) -> NDArray[np.float64]:
    """(naive − mine)/(naive − perfect) of means, shape (draws, 3) to (draws,)."""
    plain, mine, best = means.T
    return np.asarray((plain - mine) / (plain - best))


def _decided(happened: DispatchQuestion, sites: tuple[DispatchSite, ...]) -> DayPlan:
    """The jobs as planned on what was foreseen, billed as it came true."""
    plan = plan_day(replace(happened, sites=sites))
    told = Planned(
        cost_cny=plan.plan_cost_cny,
        served_mw=plan.served_mw,
        report=plan.report,
        split_cpu_s=plan.split_cpu_s,
    )
    return counted(happened, plan.segments, plan=told)


def _at_once(happened: DispatchQuestion, like: DayPlan) -> DayPlan:
    """The same jobs, each at home as it comes: what shifting earns at all."""
    prices = np.array([site.import_price_cny_per_mwh for site in happened.sites])
    step_s = happened.axis.step_hours * SECONDS_PER_HOUR
    segments = schedule(happened.jobs, RunAtOnce(), Known(values=prices, step_s=step_s))
    nothing = Planned(
        cost_cny=float("nan"), served_mw=np.zeros_like(like.served_mw), report=like.report, split_cpu_s=0.0
    )
    return counted(happened, segments, plan=nothing)


def _names(days: Sequence[ForecastDay], naive: str) -> tuple[str, ...]:
    """Forecasters of all days, perfect foresight first."""
    names = tuple(days[0].foreseen) if days else ()
    if naive not in names or any(tuple(day.foreseen) != names for day in days):
        raise InputError.one(
            "value of forecasts",
            found=f"forecasters {', '.join(names) or 'none'}",
            expected=f"the same on every day, {naive} among them",
            remedy="leave out the days that one of them does not cover, for all of them",
        )
    return (PERFECT, *(name for name in names if name != PERFECT))
