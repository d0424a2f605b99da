"""Does it pay, for whom, and over which years? Cash year by year, and the figures that come of it.

All money is real (without inflation) and on the project's price basis. The gain of a year is what the same facility
would have paid on the grid, less what the design pays to run. Definitions stand with each function.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy_financial as npf

from wattloom.assets.contract import CostItem, Part
from wattloom.assets.site import annuity
from wattloom.domain.flows import number
from wattloom.plan.result import Economics, Outcome, Scan

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.plan.project import Finance

FREE_YEARS = 3  # Enterprise Income Tax Law implementing rules, art. 87: public infrastructure, years 1-3 exempt,
HALF_YEARS = 3  # years 4-6 at half the rate, from the first year of income.
IRR_LOWEST = -0.99
KWH_PER_MWH = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class YearFigures:
    """What one project year comes to, fixed sizes dispatched."""

    year: int
    """Of operation, from 1."""
    running_cny: float
    """What the design pays to run: fixed and variable cost, income subtracted, capital apart."""
    baseline_cny: float
    """What the same facility would pay on the grid."""
    it_mwh: float
    generated_mwh: float
    """Given by the site's own sources."""


def running_cny(parts: Mapping[str, Part]) -> float:
    """Fixed and variable cost of a year, without capital."""
    return sum(number(item.fixed_cny_per_year) + number(item.variable_cny_per_year) for item in _items(parts))


def capital_cny(parts: Mapping[str, Part]) -> float:
    """What is bought at the start."""
    return sum(number(item.capital_cny) for item in _items(parts))


def between(known: Sequence[YearFigures], life_years: int) -> list[YearFigures]:
    """Every year of a project: those dispatched as they are, those between on a straight line, the last one held."""
    years = np.arange(1, life_years + 1)
    at = np.array([k.year for k in known], dtype=float)

    def line(name: str) -> NDArray[np.float64]:
        return np.asarray(np.interp(years, at, [getattr(k, name) for k in known]), dtype=np.float64)

    columns = {name: line(name) for name in ("running_cny", "baseline_cny", "it_mwh", "generated_mwh")}
    return [
        YearFigures(year=int(year), **{name: float(column[i]) for name, column in columns.items()})
        for i, year in enumerate(years)
    ]


def purchases(parts: Mapping[str, Part], life_years: int) -> NDArray[np.float64]:
    """Capital by year 0..life: bought at the start and again at each end of life.

    The last entry subtracts the straight-line value of what has not yet lived out its life.
    """
    spent = np.zeros(life_years + 1)
    for item in _items(parts):
        capital, life = number(item.capital_cny), item.life_years
        bought = 0.0
        while bought < life_years:
            spent[round(bought)] += capital
            bought += life
        spent[-1] -= capital * max(0.0, bought - life_years) / life
    return spent


def economics(
    outcome: Outcome,
    known_years: Sequence[YearFigures],
    *,
    finance: Finance,
    baseline: Outcome,
    generator_market_cny: float | None = None,
    gpu_hours_per_mwh_it: float | None = None,
) -> Economics:
    """The owner's gain against the baseline, and the cost of a kWh and of computing."""
    years = between(known_years, finance.life_years)
    spent = purchases(outcome.parts, finance.life_years) - purchases(baseline.parts, finance.life_years)
    gains = np.array([0.0, *(y.baseline_cny - y.running_cny for y in years)])
    taxes = _tax(gains, spent, finance)
    project = gains - taxes - spent
    debt = _debt(spent[0], finance)
    interest_shield = _tax(gains - debt.interest, spent, finance)
    equity = gains - interest_shield - spent + debt.drawn - debt.interest - debt.repaid
    rate = finance.discount_rate
    lowest, highest = ppa_range(outcome, baseline=baseline, finance=finance, market_cny=generator_market_cny)
    lcoc = _levelised(outcome, years, finance)
    return Economics(
        capital_cny=capital_cny(outcome.parts),
        npv_cny=float(npf.npv(rate, project)),
        irr=_irr(project),
        equity_npv_cny=float(npf.npv(rate, equity)),
        equity_irr=_irr(equity),
        payback_years=payback_years(project),
        lcoe_cny_per_kwh=_lcoe(outcome, years, finance),
        lcoc_cny_per_kwh_it=lcoc,
        lcoc_cny_per_gpu_hour=lcoc * KWH_PER_MWH / gpu_hours_per_mwh_it if lcoc and gpu_hours_per_mwh_it else None,
        ppa_lowest_cny_per_mwh=lowest,
        ppa_highest_cny_per_mwh=highest,
        cash=_cash(years, spent, gains, taxes, debt, project, equity),
    )


def payback_years(cash: NDArray[np.float64]) -> float | None:
    """Years until the cash since the start is no longer negative, undiscounted; None where that never comes.

    Example:
        >>> payback_years(np.array([-100.0, 40.0, 40.0, 40.0]))
        2.5
    """
    held = np.cumsum(cash)
    after = np.flatnonzero(held >= 0)
    if after.size == 0:
        return None
    year = int(after[0])
    return 0.0 if year == 0 else year - float(held[year]) / float(cash[year])


def ppa_range(
    outcome: Outcome, *, baseline: Outcome, finance: Finance, market_cny: float | None
) -> tuple[float | None, float | None]:
    """The prices of the site's own energy, CNY/MWh used on site, between which generator and facility both gain.

    Lowest: the generator earns what its cost asks, or what the market would have paid where that is more. Highest: the
    facility pays, with its storage and its rest from the grid, what it would have paid on the grid alone.
    """
    sources = {name: part for name, part in outcome.parts.items() if part.source}
    used = sum(number(outcome.flows.energy_mwh(part.source.delivered_mw)) for part in sources.values() if part.source)
    used -= number(outcome.flows.energy_mwh(outcome.flows.exported_mw))
    if used <= 0:
        return None, None
    cost = _yearly(sources, finance.generator_discount_rate)
    income = -sum(line.yearly_cny for line in outcome.costs if line.item == "export_income")
    rest = outcome.yearly_cost_cny - _yearly(sources, finance.discount_rate) + income
    lowest = (max(cost, market_cny or 0.0) - income) / used
    return lowest, (baseline.yearly_cost_cny - rest) / used


@dataclass(frozen=True, slots=True, kw_only=True)
class _Debt:
    """What is borrowed, year by year, all non-negative."""

    drawn: NDArray[np.float64]
    interest: NDArray[np.float64]
    repaid: NDArray[np.float64]


def _debt(capital: float, finance: Finance) -> _Debt:
    """A loan over a share of the first capital, paid back in equal instalments of principal and interest."""
    count = finance.life_years + 1
    drawn, interest, repaid = np.zeros(count), np.zeros(count), np.zeros(count)
    owed = drawn[0] = max(0.0, capital) * finance.debt_share
    term = min(finance.debt_years, finance.life_years)
    instalment = owed * annuity(finance.debt_rate, term)
    for year in range(1, term + 1):
        interest[year] = owed * finance.debt_rate
        repaid[year] = instalment - interest[year]
        owed -= repaid[year]
    return _Debt(drawn=drawn, interest=interest, repaid=repaid)


def _tax(gains: NDArray[np.float64], spent: NDArray[np.float64], finance: Finance) -> NDArray[np.float64]:
    """Income tax on gains less straight-line depreciation; losses are carried forward; the holiday starts in year 1."""
    depreciation = max(0.0, float(spent.sum())) / finance.life_years
    tax, loss = np.zeros_like(gains), 0.0
    for year in range(1, len(gains)):
        profit = gains[year] - depreciation - loss
        loss = max(0.0, -profit)
        tax[year] = max(0.0, profit) * finance.income_tax * _tax_part(year, finance)
    return tax


def _tax_part(year: int, finance: Finance) -> float:
    """Part of the full rate that is due in a year of operation."""
    if not finance.tax_holiday or year > FREE_YEARS + HALF_YEARS:
        return 1.0
    return 0.0 if year <= FREE_YEARS else 0.5


def _irr(cash: NDArray[np.float64]) -> float | None:
    """Internal rate of return; None where there is none, such as without an outlay."""
    if not (cash.min() < 0 < cash.max()):
        return None
    rate = float(npf.irr(cash))
    return rate if np.isfinite(rate) and rate > IRR_LOWEST else None


def _levelised(outcome: Outcome, years: Sequence[YearFigures], finance: Finance) -> float | None:
    """All discounted cost of energy over all discounted IT energy, CNY/kWh."""
    spent = purchases(outcome.parts, finance.life_years)
    cost = spent + np.array([0.0, *(y.running_cny for y in years)])
    energy = npf.npv(finance.discount_rate, np.array([0.0, *(y.it_mwh for y in years)]))
    return float(npf.npv(finance.discount_rate, cost) / energy) / KWH_PER_MWH if energy > 0 else None


def _lcoe(outcome: Outcome, years: Sequence[YearFigures], finance: Finance) -> float | None:
    """Discounted cost of the sources over their discounted energy delivered, CNY/kWh."""
    sources = {name: part for name, part in outcome.parts.items() if part.source}
    energy = npf.npv(finance.discount_rate, np.array([0.0, *(y.generated_mwh for y in years)]))
    if energy <= 0:
        return None
    cost = purchases(sources, finance.life_years)
    cost[1:] += running_cny(sources)
    return float(npf.npv(finance.discount_rate, cost) / energy) / KWH_PER_MWH


def _yearly(parts: Mapping[str, Part], rate: float) -> float:
    """Capital as an annuity at a rate, plus running cost."""
    capital = sum(number(item.capital_cny) * annuity(rate, item.life_years) for item in _items(parts))
    return capital + running_cny(parts)


def _items(parts: Mapping[str, Part]) -> list[CostItem]:
    """Every cost item of some parts."""
    return [item for part in parts.values() for item in part.costs]


def _cash(  # noqa: PLR0913, PLR0917 - one column each
    years: Sequence[YearFigures],
    spent: NDArray[np.float64],
    gains: NDArray[np.float64],
    taxes: NDArray[np.float64],
    debt: _Debt,
    project: NDArray[np.float64],
    equity: NDArray[np.float64],
) -> Scan:
    """The table behind NPV and IRR."""
    running = [None, *(y.running_cny for y in years)]
    baseline = [None, *(y.baseline_cny for y in years)]
    rows = [
        (
            year,
            float(spent[year]),
            running[year],
            baseline[year],
            float(gains[year]),
            float(taxes[year]),
            float(debt.drawn[year]),
            float(debt.interest[year]),
            float(debt.repaid[year]),
            float(project[year]),
            float(equity[year]),
        )
        for year in range(len(years) + 1)
    ]
    columns = (
        "operating_year",
        "capital_cny",
        "running_cny",
        "baseline_cny",
        "gain_cny",
        "tax_cny",
        "debt_drawn_cny",
        "debt_interest_cny",
        "debt_repaid_cny",
        "project_cash_cny",
        "equity_cash_cny",
    )
    return Scan(key="cash", columns=columns, rows=tuple(rows))
