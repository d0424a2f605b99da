"""A battery: what it moves, what it keeps, what it costs, and what a second judge says of it."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pypsa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wattloom.assets.contract import Choice
from wattloom.assets.kinds.battery import ASSET
from wattloom.assets.kinds.battery.ageing import Ageing
from wattloom.domain.errors import Infeasible, InputError
from wattloom.solve.program import Program

FREE: dict[str, Any] = {
    "capital_cost_cny_per_kw": 0.0,
    "capital_cost_cny_per_kwh": 0.0,
    "fixed_cny_per_kw_year": 0.0,
    "life_years": 10.0,
}


def battery(power_mw: Any = 2.0, energy_mwh: Any = 10.0, **fields: Any) -> Any:
    """A battery that costs nothing, with 0.8 in and 0.9 out, unless said otherwise."""
    efficiency = {} if "round_trip_efficiency" in fields else {"charge_efficiency": 0.8, "discharge_efficiency": 0.9}
    return ASSET.fields(power_mw=power_mw, energy_mwh=energy_mwh, **{**FREE, **efficiency, **fields})


def test_load_moves_to_the_cheap_hour_and_its_losses_are_paid_there(bus: Any) -> None:
    planned = bus(import_price=[100.0, 1000.0]).plan(battery())

    # 1 MWh at the bus takes 1 / 0.9 out of the cells and 1 / 0.72 from the bus an hour before.
    storage = planned.part().storage
    assert planned.cost_cny == pytest.approx(100.0 * (1 + 1 / 0.72))
    assert storage.charged_mw.values == pytest.approx([1 / 0.72, 0.0])
    assert storage.discharged_mw.values == pytest.approx([0.0, 1.0])
    assert storage.stored_mwh.values == pytest.approx([1 / 0.9, 0.0])


def test_power_and_energy_are_chosen_apart_and_each_paid_for(bus: Any) -> None:
    # 0.01 CNY/kW over 10 years without interest is 1 CNY/MW a year; cells twice that.
    asset = battery(Choice(), Choice(), capital_cost_cny_per_kw=0.01, capital_cost_cny_per_kwh=0.02)

    planned = bus(import_price=[100.0, 1000.0]).plan(asset)

    part = planned.part()
    assert part.sizes == pytest.approx({"power_mw": 1 / 0.72, "energy_mwh": 1 / 0.9})
    assert planned.cost_cny == pytest.approx(100.0 * (1 + 1 / 0.72) + 1.0 / 0.72 + 2.0 / 0.9)
    assert {item.item: item.capital_cny for item in part.costs} == pytest.approx(
        {"power_conversion": 10.0 / 0.72, "cells": 20.0 / 0.9}
    )


def test_a_size_is_chosen_within_its_ends(bus: Any) -> None:
    asset = battery(Choice(max=0.5), Choice(min=3.0), capital_cost_cny_per_kw=0.01, capital_cost_cny_per_kwh=0.02)

    sizes = bus(import_price=[100.0, 1000.0]).plan(asset).part().sizes

    assert sizes == pytest.approx({"power_mw": 0.5, "energy_mwh": 3.0})


def test_the_year_is_a_ring_so_the_last_hour_may_charge_for_the_first(bus: Any) -> None:
    planned = bus(import_price=[1000.0, 1000.0, 100.0], it_mw=[1.0, 0.0, 0.0]).plan(battery())

    assert planned.cost_cny == pytest.approx(100.0 / 0.72)
    assert planned.part().storage.stored_mwh.values == pytest.approx([0.0, 0.0, 1 / 0.9])


def test_content_shrinks_by_self_discharge_in_half_hours(bus: Any) -> None:
    # Two half hours wait between charge and use: the content shrinks by (1 − 0.19)^0.5 = 0.9 in each.
    year = bus(import_price=[100.0, 1000.0, 1000.0], it_mw=[0.0, 0.0, 2.0], step_minutes=30)

    stored = year.plan(battery(power_mw=4.0, self_discharge_per_hour=0.19)).part().storage.stored_mwh.values

    assert stored == pytest.approx([1 / 0.9 / 0.81, 1 / 0.9 / 0.9, 0.0])


def test_only_the_permitted_depth_is_used(bus: Any) -> None:
    planned = bus(import_price=[100.0, 1000.0]).plan(battery(energy_mwh=1.0, depth_of_discharge=0.9))

    # 0.9 MWh of content gives 0.81 MWh; the rest of the second hour is bought.
    assert planned.part().storage.discharged_mw.values == pytest.approx([0.0, 0.81])
    assert planned.cost_cny == pytest.approx(100.0 * (1 + 0.81 / 0.72) + 1000.0 * 0.19)


def test_without_an_efficiency_the_round_trip_is_85_percent() -> None:
    asset = ASSET.fields(power_mw=1.0, energy_mwh=1.0, **FREE)

    assert asset.keeping.charge_efficiency * asset.keeping.discharge_efficiency == pytest.approx(0.85)


@pytest.mark.parametrize(
    "fields",
    [
        {"charge_efficiency": 0.9},
        {"charge_efficiency": 0.9, "discharge_efficiency": 0.9, "round_trip_efficiency": 0.8},
    ],
    ids=["half a pair", "told twice"],
)
def test_efficiencies_told_by_half_or_twice_are_refused(fields: dict[str, float]) -> None:
    with pytest.raises(InputError, match="both one-way efficiencies, or the round trip alone"):
        ASSET.fields(power_mw=1.0, energy_mwh=1.0, **FREE, **fields)


@pytest.mark.parametrize(
    ("limits", "sizes"),
    [
        ({"duration_h_min": 4.0}, {"power_mw": 1 / 0.72, "energy_mwh": 4 / 0.72}),
        ({"duration_h_max": 0.5}, {"power_mw": 2 / 0.9, "energy_mwh": 1 / 0.9}),
    ],
    ids=["at least 4 h", "at most half an hour"],
)
def test_duration_ties_energy_to_power(bus: Any, limits: dict[str, float], sizes: dict[str, float]) -> None:
    asset = battery(Choice(), Choice(), capital_cost_cny_per_kw=0.01, capital_cost_cny_per_kwh=0.02, **limits)

    assert bus(import_price=[100.0, 1000.0]).plan(asset).part().sizes == pytest.approx(sizes)


# What is held for an outage.


def test_charge_for_the_firm_load_is_never_sold(bus: Any) -> None:
    # 30 minutes of 0.9 MW take 0.5 MWh of content: of 1 MWh, half is left for the price, which gives 0.45 MWh.
    planned = bus(import_price=[100.0, 1000.0], firm_mw=0.9).plan(battery(energy_mwh=1.0, firm_minutes=30.0))

    storage = planned.part().storage
    assert storage.stored_mwh.values == pytest.approx([1.0, 0.5])
    assert storage.discharged_mw.values == pytest.approx([0.0, 0.45])


def test_power_and_energy_are_sized_for_the_firm_load_even_where_prices_never_pay(bus: Any) -> None:
    asset = battery(Choice(), Choice(), capital_cost_cny_per_kw=0.01, capital_cost_cny_per_kwh=0.02, firm_minutes=30.0)

    planned = bus(import_price=[100.0, 100.0, 100.0], firm_mw=[0.9, 1.8, 0.9], it_mw=2.0).plan(asset)

    assert planned.part().sizes == pytest.approx({"power_mw": 1.8, "energy_mwh": 1.0})
    assert planned.solution.dual("store.firm_power") == pytest.approx(1.0)


def test_a_short_outage_looks_at_the_period_before_and_after_its_beginning(bus: Any) -> None:
    # 60 minutes of 0.9 MW are 1 MWh. Each end of a period holds enough for the periods that it touches.
    year = bus(import_price=[100.0, 100.0, 1000.0, 1000.0], firm_mw=[0.9, 0.9, 1.8, 0.9], it_mw=2.0)

    floor = battery(firm_minutes=60.0).reserve.floor_mwh(np.array([0.9, 0.9, 1.8, 0.9]), 1.0)

    stored = year.plan(battery(firm_minutes=60.0, energy_mwh=2.5)).part().storage.stored_mwh.values
    assert floor == pytest.approx([1.0, 2.0, 2.0, 1.0])
    assert np.all(stored >= floor - 1e-9)


def test_a_long_outage_looks_further_ahead() -> None:
    floor = battery(firm_minutes=120.0).reserve.floor_mwh(np.array([0.9, 0.9, 0.9, 1.8, 0.9]), 1.0)

    assert floor == pytest.approx([2.0, 4.0, 4.0, 4.0, 2.0])


def test_a_firm_load_that_the_program_decides_is_held_for_as_well(bus: Any) -> None:
    asset = battery(Choice(), Choice(), capital_cost_cny_per_kw=0.01, capital_cost_cny_per_kwh=0.02, firm_minutes=60.0)
    year = bus(import_price=[100.0, 700.0, 300.0, 900.0], firm_mw=[0.9, 0.2, 1.8, 0.9], it_mw=2.0)

    known = year.plan(asset)
    decided = replace(year, firm_is_expression=True).plan(asset)

    assert decided.cost_cny == pytest.approx(known.cost_cny)
    assert decided.part().sizes == pytest.approx(known.part().sizes)


def test_a_fixed_battery_too_small_for_the_firm_load_has_no_plan(bus: Any) -> None:
    with pytest.raises(Infeasible):
        bus(import_price=[100.0, 100.0], firm_mw=0.9).plan(battery(energy_mwh=0.4, firm_minutes=30.0))


def test_sizes_as_a_solver_found_them_hold_the_reserve_they_were_found_for(bus: Any) -> None:
    found = battery(power_mw=0.9 - 1e-8, energy_mwh=0.5 - 1e-8, firm_minutes=30.0)

    planned = bus(import_price=[100.0, 1000.0], firm_mw=0.9).plan(found)

    assert planned.cost_cny == pytest.approx(1100.0, rel=1e-6)


def test_the_reserve_is_sized_for_the_last_year_where_cells_are_not_added(bus: Any) -> None:
    # A tenth of the energy is lost by the tenth year, in nine steps; 0.5 MWh must be left then.
    asset = battery(
        Choice(),
        Choice(),
        capital_cost_cny_per_kw=0.01,
        capital_cost_cny_per_kwh=0.02,
        firm_minutes=30.0,
        augmentation=False,
        calendar_fade_per_year=0.1 / 9,
    )

    sizes = bus(import_price=[100.0, 100.0], firm_mw=0.9).plan(asset).part().sizes

    assert sizes["energy_mwh"] == pytest.approx(0.5 / 0.9)


# Grid forming.


def test_grid_forming_costs_its_premium_on_the_converter_and_counts_as_such(bus: Any) -> None:
    asset = battery(capital_cost_cny_per_kw=300.0, grid_forming=True, grid_forming_premium=0.1)

    part = bus(import_price=[100.0, 1000.0]).plan(asset).part()

    assert part.grid_forming_mva == 2.0
    assert {item.item: item.capital_cny for item in part.costs} == pytest.approx(
        {"power_conversion": 600_000.0, "cells": 0.0, "grid_forming": 60_000.0}
    )


def test_a_grid_following_battery_forms_no_grid(bus: Any) -> None:
    assert bus(import_price=[100.0, 1000.0]).plan(battery()).part().grid_forming_mva == 0.0


def test_grid_forming_without_its_price_is_refused() -> None:
    with pytest.raises(InputError, match="grid_forming_premium: found nothing"):
        battery(grid_forming=True)


# Ageing.


def test_augmentation_pays_for_the_energy_lost_by_age_and_by_use(bus: Any) -> None:
    asset = battery(
        capital_cost_cny_per_kwh=1000.0,
        augmentation_cost_cny_per_kwh=500.0,
        calendar_fade_per_year=0.01,
        cycle_life=5000.0,
    )

    planned = bus(import_price=[100.0, 1000.0]).plan(asset)

    # By age 1 % of 10 MWh at 500 CNY/kWh; by use 0.2 / 5000 of the 1 / 0.9 MWh that left the cells.
    (added,) = [item for item in planned.part().costs if item.item == "augmentation"]
    assert added.fixed_cny_per_year == pytest.approx(50_000.0)
    assert added.variable_cny_per_year == pytest.approx(500_000.0 * 0.2 / 5000.0 / 0.9)
    assert planned.cost_cny == pytest.approx(
        100.0 * (1 + 1 / 0.72) + 1_000_000.0 + 50_000.0 + 500_000.0 * 0.2 / 5000.0 / 0.9
    )


def test_wear_keeps_a_battery_from_cycling_for_a_small_spread(bus: Any) -> None:
    # 1 MWh moved gains 300 − 100 / 0.72 = 161 and wears 1000 · 1000 · 0.2 / 1000 / 0.9 = 222 CNY.
    worn = battery(augmentation_cost_cny_per_kwh=1000.0, cycle_life=1000.0)

    assert bus(import_price=[100.0, 300.0]).plan(worn).part().storage.discharged_mw.values == pytest.approx([0, 0])
    assert bus(import_price=[100.0, 300.0]).plan(battery()).cost_cny == pytest.approx(100.0 * (1 + 1 / 0.72))


def test_energy_fades_over_the_years_where_cells_are_not_added(bus: Any) -> None:
    # 1 % by age and 0.2 / 6000 · 300 = 1 % by use: a fifth is gone when the eleventh year begins.
    asset = battery(
        energy_mwh=1.0, augmentation=False, calendar_fade_per_year=0.01, cycle_life=6000.0, cycles_per_year_max=300.0
    )

    first = bus(import_price=[100.0, 1000.0]).plan(asset).part()
    eleventh = bus(import_price=[100.0, 1000.0], around={"operating_year": 11}).plan(asset).part()

    assert first.storage.stored_mwh.values == pytest.approx([1.0, 0.0])
    assert eleventh.storage.stored_mwh.values == pytest.approx([0.8, 0.0])


def test_energy_stays_as_built_where_cells_are_added(bus: Any) -> None:
    asset = battery(energy_mwh=1.0, calendar_fade_per_year=0.01, cycle_life=6000.0)

    part = bus(import_price=[100.0, 1e6], around={"operating_year": 11}).plan(asset).part()

    assert part.storage.stored_mwh.values == pytest.approx([1.0, 0.0])


def test_nothing_is_left_once_the_fade_reaches_the_whole() -> None:
    ageing = Ageing(calendar_fade_per_year=0.1, cycle_life=None, cycles_per_year_max=None, augmentation=False)

    assert [ageing.left(year) for year in (1, 6, 11, 20)] == pytest.approx([1.0, 0.5, 0.0, 0.0])


def test_warranted_cycles_bound_the_year(bus: Any) -> None:
    # The axis stands for half a year here, so 1.5 cycles a year let 0.75 MWh leave cells of 1 MWh.
    year = bus(import_price=[100.0, 1000.0] * 3, around={"years": 0.5})

    discharged = year.plan(battery(energy_mwh=1.0, cycles_per_year_max=1.5)).part().storage.discharged_mw

    assert float(discharged.sum()) == pytest.approx(0.75 * 0.9)


def test_wear_without_augmentation_needs_a_bound_on_cycles() -> None:
    with pytest.raises(InputError, match="cycles_per_year_max: found nothing"):
        battery(cycle_life=6000.0, augmentation=False)


def test_a_battery_that_never_ages_says_so(bus: Any) -> None:
    assert "No ageing" in bus(import_price=[1.0]).plan(battery()).part().notes[0].en
    assert bus(import_price=[1.0]).plan(battery(cycle_life=6000.0)).part().notes == ()


# Charging and discharging in one period.


def test_at_negative_prices_energy_is_burnt_within_the_power_of_the_converter(bus: Any) -> None:
    # The content is level when d = 0.5 · 0.5 · c; c + d = 2 then burns 1.6 − 0.4 = 1.2 MW at 100 CNY/MWh.
    asset = battery(charge_efficiency=0.5, discharge_efficiency=0.5)

    planned = bus(import_price=[-100.0, -100.0], it_mw=0.0, export_price=-100.0).plan(asset)

    assert planned.cost_cny == pytest.approx(-240.0)
    assert float(planned.part().storage.charged_mw.sum()) == pytest.approx(3.2)
    assert float(planned.part().storage.discharged_mw.sum()) == pytest.approx(0.8)


def test_at_positive_prices_a_period_has_one_direction(bus: Any) -> None:
    prices = np.random.default_rng(3).uniform(10.0, 900.0, 48)

    storage = bus(import_price=prices, it_mw=3.0).plan(battery(self_discharge_per_hour=0.001)).part().storage

    assert float((storage.charged_mw * storage.discharged_mw).max()) == pytest.approx(0.0, abs=1e-9)
    assert float(storage.discharged_mw.sum()) > 1.0


# Laws.


@given(
    prices=st.lists(st.floats(1.0, 1000.0), min_size=3, max_size=12),
    sizes=st.tuples(st.floats(0.0, 3.0), st.floats(0.5, 8.0)),
    firm_mw=st.floats(0.0, 0.25),
    loss=st.floats(0.0, 0.1),
    efficiency=st.floats(0.5, 1.0),
)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_energy_in_is_energy_out_and_losses_and_every_limit_holds(
    bus: Any, prices: list[float], sizes: tuple[float, float], firm_mw: float, loss: float, efficiency: float
) -> None:
    power_mw, energy_mwh = sizes[0] + firm_mw, sizes[1]
    asset = battery(
        power_mw, energy_mwh, round_trip_efficiency=efficiency, self_discharge_per_hour=loss, firm_minutes=30.0
    )

    storage = bus(import_price=prices, firm_mw=firm_mw, export_price=0.0).plan(asset).part().storage

    flows = (storage.charged_mw, storage.discharged_mw, storage.stored_mwh)
    charged, discharged, stored = (np.asarray(flow) for flow in flows)
    one_way = efficiency**0.5
    lost_mwh = charged.sum() * (1 - one_way) + discharged.sum() * (1 / one_way - 1) + loss * stored.sum()
    assert charged.sum() == pytest.approx(discharged.sum() + lost_mwh, abs=1e-6)
    assert np.all(charged + discharged <= power_mw + 1e-7)
    assert np.all(stored <= energy_mwh + 1e-7)
    assert np.all(stored >= 0.5 * firm_mw / one_way - 1e-7)


@given(prices=st.lists(st.floats(1.0, 1000.0), min_size=2, max_size=12))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_battery_of_the_chosen_sizes_does_as_the_choice_did(bus: Any, prices: list[float]) -> None:
    costs = {"capital_cost_cny_per_kw": 0.5, "capital_cost_cny_per_kwh": 1.0}

    chosen = bus(import_price=prices).plan(battery(Choice(), Choice(), **costs))

    sizes = chosen.part().sizes
    fixed = bus(import_price=prices).plan(battery(sizes["power_mw"], sizes["energy_mwh"], **costs))
    assert fixed.cost_cny == pytest.approx(chosen.cost_cny, rel=1e-6)


# The second judge.


def pypsa_cost(prices: np.ndarray[Any, Any], *, power_mw: float | None, energy_mwh: float | None) -> dict[str, float]:
    """The same problem told to PyPSA: links in and out, their powers tied, and a store; None leaves a size free."""
    n = pypsa.Network()
    n.set_snapshots(pd.RangeIndex(len(prices)))
    n.add("Carrier", ["AC"])
    n.add("Bus", ["bus", "cells"], carrier="AC")
    n.add("Load", "hall", bus="bus", p_set=3.0)
    n.add("Generator", "grid", bus="bus", p_nom=1e4, marginal_cost=prices)
    free = power_mw is None
    # p_nom of a link counts what it draws: out of the cells that is more than the power at the bus.
    n.add(
        "Link",
        "in",
        bus0="bus",
        bus1="cells",
        efficiency=0.8,
        p_nom_extendable=free,
        p_nom=power_mw or 0.0,
        capital_cost=50.0,
    )
    n.add("Link", "out", bus0="cells", bus1="bus", efficiency=0.9, p_nom_extendable=free, p_nom=(power_mw or 0.0) / 0.9)
    n.add(
        "Store",
        "store",
        bus="cells",
        e_cyclic=True,
        standing_loss=0.002,
        e_nom_extendable=energy_mwh is None,
        e_nom=energy_mwh or 0.0,
        capital_cost=80.0,
    )
    n.optimize.create_model()
    if free:
        p_nom: Any = n.model["Link-p_nom"]
        n.model.add_constraints(0.9 * p_nom.loc["out"] - 1.0 * p_nom.loc["in"] == 0, name="one converter")
    n.optimize.solve_model(solver_name="highs", log_to_console=False)
    return {
        "cost": float(n.objective or 0.0),
        "power_mw": n.links.p_nom_opt["in"],
        "energy_mwh": n.stores.e_nom_opt["store"],
    }


@pytest.mark.parametrize(("power_mw", "energy_mwh"), [(2.0, 5.0), (None, None)], ids=["fixed", "chosen"])
def test_pypsa_finds_the_same_cost_and_sizes(bus: Any, power_mw: float | None, energy_mwh: float | None) -> None:
    hours = np.arange(72)
    prices = 400.0 + 250.0 * np.sin(2 * np.pi * hours / 24) + np.random.default_rng(11).uniform(-100.0, 100.0, 72)
    # 0.5 CNY/kW over 10 years is the 50 CNY/MW of the judge, and 0.8 CNY/kWh its 80 CNY/MWh.
    asset = battery(
        Choice() if power_mw is None else power_mw,
        Choice() if energy_mwh is None else energy_mwh,
        capital_cost_cny_per_kw=0.5,
        capital_cost_cny_per_kwh=0.8,
        self_discharge_per_hour=0.002,
    )

    ours = bus(import_price=prices, it_mw=3.0).plan(asset)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = pypsa_cost(prices, power_mw=power_mw, energy_mwh=energy_mwh)
    standing = 0.0 if power_mw is None else 50.0 * power_mw + 80.0 * (energy_mwh or 0.0)
    assert ours.cost_cny - standing == pytest.approx(theirs["cost"], rel=1e-7)
    assert ours.part().sizes["power_mw"] == pytest.approx(theirs["power_mw"], rel=1e-5)
    assert ours.part().sizes["energy_mwh"] == pytest.approx(theirs["energy_mwh"], rel=1e-5)
    assert ours.part().sizes["energy_mwh"] > 1.0


def test_the_written_program_of_a_battery(bus: Any, golden: Any) -> None:
    asset = battery(
        Choice(max=8.0),
        Choice(),
        capital_cost_cny_per_kw=400.0,
        capital_cost_cny_per_kwh=320.0,
        fixed_cny_per_kw_year=10.0,
        self_discharge_per_hour=0.01,
        depth_of_discharge=0.95,
        duration_h_min=1.0,
        duration_h_max=4.0,
        firm_minutes=15.0,
        grid_forming=True,
        grid_forming_premium=0.1,
        calendar_fade_per_year=0.01,
        cycle_life=6000.0,
        cycles_per_year_max=300.0,
    )
    program = Program(bus(import_price=[0.0] * 3).axis())
    hall = bus(import_price=[0.0] * 3, firm_mw=[1.8, 3.6, 0.9], it_mw=4.0)

    golden("battery", asset, {"hall": hall.hall().add_to(program, "hall", hall.surroundings())}, program)
