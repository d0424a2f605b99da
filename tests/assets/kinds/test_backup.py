"""A generator on bought fuel: when it pays, how long it may run, what it counts as, and what it covers."""

from __future__ import annotations

from typing import Any

import pytest

from wattloom.assets.contract import Choice
from wattloom.assets.kinds.backup import ASSET
from wattloom.domain.errors import Infeasible
from wattloom.domain.flows import Trait
from wattloom.domain.measures import carbon_location_t, green_share_hourly_of_load, self_use_of_load
from wattloom.solve.program import Program


def generator(power_mw: Any = 1.0, **fields: Any) -> Any:
    """A gas engine whose MWh costs 300 / 0.4 + 50 = 800 CNY and emits 0.2 / 0.4 = 0.5 t, unless said otherwise."""
    plain: dict[str, Any] = {
        "fuel": "gas",
        "fuel_price_cny_per_mwh_fuel": 300.0,
        "efficiency": 0.4,
        "emission_factor_t_per_mwh_fuel": 0.2,
        "renewable": False,
        "capital_cost_cny_per_kw": 0.0,
        "fixed_cny_per_kw_year": 0.0,
        "life_years": 20.0,
        "variable_cny_per_mwh": 50.0,
    }
    return ASSET.fields(power_mw=power_mw, **{**plain, **fields})


def test_it_runs_where_the_grid_is_dearer_than_its_fuel(bus: Any) -> None:
    planned = bus(import_price=[700.0, 900.0], it_mw=1.5).plan(generator())

    assert planned.part().source.delivered_mw.values == pytest.approx([0.0, 1.0])
    assert planned.cost_cny == pytest.approx(1.5 * 700.0 + 0.5 * 900.0 + 800.0)


def test_its_size_is_worth_what_it_saves(bus: Any) -> None:
    # 1 + 0.2 CNY/kW over 20 years and a year are 50 + 200 CNY/MW; it saves 100 in one hour, 300 in two more.
    asset = generator(Choice(), capital_cost_cny_per_kw=1.0, fixed_cny_per_kw_year=0.2)

    planned = bus(import_price=[900.0, 1000.0, 1000.0], it_mw=[3.0, 2.0, 1.0]).plan(asset)

    # The second MW saves 100 + 200 = 300 > 250; the third saves 100 only.
    assert planned.part().sizes == pytest.approx({"power_mw": 2.0})


@pytest.mark.parametrize(
    "limit",
    [{"hours_per_year_max": 3.0}, {"energy_mwh_max": 1.5}],
    ids=["1.5 h of half a year", "0.75 MWh of half a year"],
)
def test_its_hours_and_its_energy_are_limited_in_a_year(bus: Any, limit: dict[str, float]) -> None:
    # The axis stands for half a year: 3 h · 0.5 MW and 1.5 MWh come to 0.75 MWh, spent where the grid is dearest.
    year = bus(import_price=[900.0, 2000.0, 1500.0], around={"years": 0.5})

    delivered = year.plan(generator(0.5, **limit)).part().source.delivered_mw.values

    assert delivered == pytest.approx([0.0, 0.5, 0.25])


def test_gas_is_neither_green_nor_carbon_free_and_emits_by_the_megawatt_hour(bus: Any) -> None:
    planned = bus(import_price=[900.0, 900.0]).plan(generator())

    flows = planned.built.flows.map(planned.solution.value)
    assert green_share_hourly_of_load(flows).value == pytest.approx(0.0)
    assert carbon_location_t(flows, grid_t_per_mwh=0.6) == pytest.approx(2 * 0.5)


def test_a_renewable_fuel_is_green_but_not_new_energy(bus: Any) -> None:
    asset = generator(fuel="biodiesel", renewable=True, emission_factor_t_per_mwh_fuel=0.0)

    planned = bus(import_price=[900.0, 700.0]).plan(asset)

    flows = planned.built.flows.map(planned.solution.value)
    assert flows.sources["store"].traits == {Trait.GREEN, Trait.CARBON_FREE}
    assert green_share_hourly_of_load(flows).value == pytest.approx(0.5)
    assert self_use_of_load(flows).value == pytest.approx(0.0)


def test_fuel_not_burnt_is_not_curtailed(bus: Any) -> None:
    planned = bus(import_price=[700.0, 900.0]).plan(generator(5.0, renewable=True))

    flows = planned.built.flows.map(planned.solution.value)
    assert flows.curtailed_mw(Trait.GREEN).values == pytest.approx([0.0, 0.0])


@pytest.mark.parametrize("is_expression", [False, True], ids=["known", "decided by the program"])
def test_it_covers_its_share_of_the_largest_firm_load_even_where_it_never_runs(bus: Any, is_expression: bool) -> None:  # noqa: FBT001
    asset = generator(Choice(), capital_cost_cny_per_kw=100.0, covers_firm_load=True, firm_load_share=0.75)

    year = bus(import_price=[1.0, 1.0], firm_mw=[0.8, 0.4], firm_is_expression=is_expression)

    planned = year.plan(asset)
    assert planned.part().sizes == pytest.approx({"power_mw": 0.6})
    assert planned.part().source.delivered_mw.values == pytest.approx([0.0, 0.0])


def test_a_fixed_generator_below_the_firm_load_has_no_plan(bus: Any) -> None:
    with pytest.raises(Infeasible):
        bus(import_price=[1.0], firm_mw=0.8).plan(generator(0.7, covers_firm_load=True))


def test_off_the_grid_it_carries_the_load_alone(bus: Any) -> None:
    planned = bus(import_price=[0.0, 0.0], it_mw=[0.5, 0.9]).plan(generator(), grid=False)

    assert planned.cost_cny == pytest.approx(1.4 * 800.0)


def test_the_written_program_of_a_backup_generator(bus: Any, golden: Any) -> None:
    asset = generator(
        Choice(max=30.0),
        capital_cost_cny_per_kw=4000.0,
        fixed_cny_per_kw_year=60.0,
        hours_per_year_max=200.0,
        energy_mwh_max=5000.0,
        covers_firm_load=True,
    )
    year = bus(import_price=[0.0] * 3, firm_mw=[1.8, 3.6, 0.9], it_mw=4.0)
    program = Program(year.axis())

    golden("backup", asset, {"hall": year.hall().add_to(program, "hall", year.surroundings())}, program)
