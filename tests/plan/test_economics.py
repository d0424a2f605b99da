"""Do cash, NPV, IRR, payback and price range agree with sums done by hand and with another library's formulas?"""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import numpy_financial as npf
import pytest
import xarray as xr

from wattloom.assets.contract import CostItem, Part
from wattloom.assets.site import annuity
from wattloom.domain.flows import WIND_AND_SUN, Flows, LoadFlows, SourceFlows
from wattloom.domain.time import TimeAxis
from wattloom.plan.economics import YearFigures, between, economics, payback_years, ppa_range, purchases
from wattloom.plan.project import Finance
from wattloom.plan.result import CostLine, Outcome
from wattloom.solve.lp import SolveReport

REPORT = SolveReport(method="by hand", cpu_s=0, wall_s=0, gap=0, max_violation=0, rows=0, columns=0, nonzeros=0)
AXIS = TimeAxis(datetime(2027, 1, 1, tzinfo=UTC), 60, 10)
PLAIN = Finance(
    discount_rate=0.05, life_years=10, debt_share=0.0, income_tax=0.0, tax_holiday=False, generator_discount_rate=0.05
)


def _power(value: float) -> xr.DataArray:
    return xr.DataArray(np.full(10, value), dims="time")


def _outcome(*parts: Part, cost: float, imported: float = 0.0) -> Outcome:
    sources = {part.name: part.source for part in parts if part.source}
    return Outcome(
        mode="m",
        axis=AXIS,
        parts={part.name: part for part in parts},
        flows=Flows(
            step_hours=1.0,
            sources=sources,
            loads={"hall": LoadFlows(it_mw=_power(10.0), overhead_mw=_power(0.0))},
            imported_mw=_power(imported),
            exported_mw=_power(0.0),
        ),
        costs=(CostLine(asset="grid", item="market_energy", capital_cny=0.0, yearly_cny=cost),),
        measures={"it_mwh": 100.0, "delivered_mwh": 100.0, "load_mwh": 100.0},
        verdicts=(),
        bindings=(),
        yearly_cost_cny=cost,
        report=REPORT,
    )


def _sun(capital: float, life: float = 10.0, kept: float = 0.0) -> Part:
    return Part(
        name="sun",
        kind="solar",
        costs=(CostItem(item="modules", capital_cny=capital, life_years=life, fixed_cny_per_year=kept),),
        source=SourceFlows(available_mw=_power(10.0), delivered_mw=_power(10.0), traits=WIND_AND_SUN),
    )


def _years(*, running: float, baseline: float) -> list[YearFigures]:
    return [YearFigures(year=1, running_cny=running, baseline_cny=baseline, it_mwh=100.0, generated_mwh=100.0)]


def test_npv_and_irr_of_1000_spent_and_150_saved_for_ten_years() -> None:
    design, base = _outcome(_sun(1000.0), cost=0.0), _outcome(cost=150.0, imported=10.0)

    found = economics(design, _years(running=0.0, baseline=150.0), finance=PLAIN, baseline=base)

    assert found.npv_cny == pytest.approx(150.0 / annuity(0.05, 10) - 1000.0)  # 158.26
    assert found.irr == pytest.approx(0.0814, abs=1e-4)  # NPV of 150 a year over ten years is 1000 at 8.14 %.
    assert found.payback_years == pytest.approx(1000 / 150)
    assert found.lcoe_cny_per_kwh == pytest.approx(1000.0 * annuity(0.05, 10) / 100.0 / 1000.0)


def test_debt_dearer_than_the_project_lowers_the_return_on_equity() -> None:
    design, base = _outcome(_sun(1000.0), cost=0.0), _outcome(cost=150.0)
    years = _years(running=0.0, baseline=150.0)

    cheap = economics(
        design, years, finance=replace(PLAIN, debt_share=0.7, debt_rate=0.03, debt_years=10), baseline=base
    )
    dear = economics(
        design, years, finance=replace(PLAIN, debt_share=0.7, debt_rate=0.12, debt_years=10), baseline=base
    )

    assert cheap.equity_irr is not None
    assert dear.equity_irr is not None
    assert cheap.equity_irr > 0.0814 > dear.equity_irr
    cash = np.array([-300.0] + [150.0 - 700.0 * annuity(0.03, 10)] * 10)
    assert cheap.equity_irr == pytest.approx(npf.irr(cash), abs=1e-9)


def test_tax_holiday_frees_three_years_and_halves_three() -> None:
    design, base = _outcome(_sun(1000.0), cost=0.0), _outcome(cost=300.0)
    finance = replace(PLAIN, income_tax=0.25, tax_holiday=True)

    found = economics(design, _years(running=0.0, baseline=300.0), finance=finance, baseline=base)

    tax = [row[found.cash.columns.index("tax_cny")] for row in found.cash.rows]
    profit = 300.0 - 100.0  # Straight-line depreciation of 1000 over ten years.
    assert tax == pytest.approx([0, 0, 0, 0, *[profit * 0.125] * 3, *[profit * 0.25] * 4])


def test_a_battery_of_four_years_is_bought_three_times_in_ten_and_half_of_the_last_is_given_back() -> None:
    spent = purchases({"sun": _sun(100.0, life=4.0)}, 10)

    assert spent.tolist() == [100.0, 0, 0, 0, 100.0, 0, 0, 0, 100.0, 0, -50.0]


def test_years_between_lie_on_a_straight_line_and_the_last_is_held() -> None:
    known = [
        YearFigures(year=1, running_cny=10.0, baseline_cny=50.0, it_mwh=1.0, generated_mwh=9.0),
        YearFigures(year=3, running_cny=20.0, baseline_cny=50.0, it_mwh=3.0, generated_mwh=7.0),
    ]

    years = between(known, 5)

    assert [y.running_cny for y in years] == [10.0, 15.0, 20.0, 20.0, 20.0]
    assert [y.generated_mwh for y in years] == [9.0, 8.0, 7.0, 7.0, 7.0]


def test_payback_never_comes_when_nothing_is_gained() -> None:
    assert payback_years(np.array([-100.0, 10.0, 10.0])) is None


def test_price_range_is_between_what_the_sun_costs_and_what_the_grid_would_have_cost() -> None:
    """100 MWh used; the sun costs 500 × annuity + 20; the grid alone 150; a market would have paid 90."""
    sun = _sun(500.0, kept=20.0)
    yearly = 500.0 * annuity(0.05, 10) + 20.0
    design, base = _outcome(sun, cost=yearly), _outcome(cost=150.0)

    lowest, highest = ppa_range(design, baseline=base, finance=PLAIN, market_cny=None)
    against_market, _ = ppa_range(design, baseline=base, finance=PLAIN, market_cny=90.0)

    assert lowest == pytest.approx(yearly / 100.0)
    assert against_market == pytest.approx(0.90)
    assert highest == pytest.approx(1.50)
