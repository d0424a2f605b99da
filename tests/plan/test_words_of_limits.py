"""Are limits and refusals told in words that a planner may read aloud?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from wattloom.assets.contract import Choice
from wattloom.assets.kinds.cluster import ASSET as CLUSTER
from wattloom.assets.kinds.cluster.workload import WorkloadClass
from wattloom.assets.kinds.grid import ASSET as GRID
from wattloom.assets.kinds.solar import ASSET as SOLAR
from wattloom.domain.charges import Basis, Charge, Charges, PriceBasis
from wattloom.domain.series import Series
from wattloom.domain.text import Text
from wattloom.domain.time import TimeAxis
from wattloom.domain.weather import Place
from wattloom.domain.workloads import WorkloadKind
from wattloom.plan.infeasible import Change, explain
from wattloom.plan.project import Finance, Goals
from wattloom.plan.sizing import Question, answer

AXIS = TimeAxis(datetime(2026, 12, 31, 16, tzinfo=UTC), 60, 48)
BOUGHT = Charges(
    mode="own_price",
    items=(Charge(item="market_energy", basis=Basis.IMPORTED_ENERGY, price=400.0),),
    price_basis=PriceBasis.WITHOUT_VAT,
)


def question(*, sun: Any, goal: float, grid_mva: Any = 20.0) -> Question:
    """10 MW at all hours; a sun that gives half its power in every hour."""
    half = Series(axis=AXIS, values=np.full(AXIS.count, 0.5), unit="1", source="made for a test")
    load = CLUSTER.fields(
        it_mw=10.0,
        utilisation=1.0,
        overhead_fixed=0.0,
        overhead_slope=0.0,
        classes={"chat": WorkloadClass(kind=WorkloadKind.FIRM_SERVING, share=1.0)},
    )
    plant = SOLAR.fields(power_mw=sun, capacity_factor=half, capital_cost_cny_per_kw=3000.0, fixed_cny_per_kw_year=0.0)
    return Question(
        assets={
            "hall": load,
            "sun": plant,
            "grid": GRID.fields(capacity_mva=grid_mva, energy_price_cny_per_mwh=400.0),
        },
        place=Place(latitude_deg=40.0, longitude_deg=115.0, altitude_m=0.0, time_zone="Asia/Shanghai"),
        axis=AXIS,
        weather=None,
        goals=Goals(green_share_hourly_min=goal),
        finance=Finance(),
        pack=None,
        exact=True,
    )


def test_a_share_at_its_limit_is_told_with_its_price() -> None:
    # Each point more asks for 0.2 MW of sun; dear beside two days of energy at 400 CNY/MWh.
    (binding,) = answer(question(sun=Choice(max=100.0), goal=0.5), BOUGHT).bindings

    assert binding.sentence.en.startswith(
        "Hourly green share of load stands at its limit of 50 %: one percentage point more costs "
    )
    assert binding.sentence.en.endswith(" million CNY a year")
    assert binding.sentence.zh.startswith("逐时绿电占比达到限值 50%：再提高一个百分点，每年成本增加 ")


def test_a_size_at_its_largest_is_told_with_its_price() -> None:
    cheap = question(sun=Choice(max=12.0), goal=0.0)
    free = replace(cheap.assets["sun"], capital_cost_cny_per_kw=0.0)  # type: ignore[type-var]

    (binding,) = answer(replace(cheap, assets={**cheap.assets, "sun": free}), BOUGHT).bindings

    # Half a MW more for 48 hours at 400 CNY/MWh.
    assert binding.price == pytest.approx(-9600.0, rel=1e-6)
    assert binding.sentence.en == "The power of sun is at its largest, 12 MW: one MW more would save 9,600 CNY a year"
    assert binding.sentence.zh == "“sun”的功率达到上限 12 MW：每增加 1 MW，每年可节省 9,600 元"


def test_a_refusal_names_the_size_and_the_goal_that_conflict_and_each_way_out() -> None:
    # 8 MW of sun give 4 MW of the 10 MW asked for; 80 % of it would be 8 MW, from 16 MW of sun.
    refusal = explain(question(sun=8.0, goal=0.8), BOUGHT)

    assert str(refusal) == (
        "no plan: the floor on hourly green share of load and the power of sun cannot all be kept. "
        "Any one of these lets a plan exist:\n"
        "  - lower the floor on hourly green share of load from 80.0 % to 40.0 %\n"
        "  - raise the power of sun from 8 to 16 MW"
    )
    assert refusal.zh == (
        "没有可行方案：逐时绿电占比的下限、“sun”的功率无法同时满足。以下任一调整即可使方案成立：\n"
        "  - 将逐时绿电占比的下限由 80.0% 降至 40.0%\n"
        "  - 将“sun”的功率由 8 提高到 16 MW"
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            Change(what="doc650_export_of_generation", now=0.2, needed=0.316, sense="<="),
            Text(
                "raise the ceiling on export of available generation (Doc 650) from 20.0 % to 31.6 %",
                "将上网占可用发电量比例（650 号文）的上限由 20.0% 提高到 31.6%",
            ),
        ),
        (
            Change(what="grid.capacity_mva", now=3.0, needed=5.25),
            Text("raise the connection capacity of grid from 3 to 5.25 MVA", "将“grid”的接入容量由 3 提高到 5.25 MVA"),
        ),
    ],
)
def test_a_change_is_a_sentence(change: Change, said: Text) -> None:
    assert change.sentence() == said
