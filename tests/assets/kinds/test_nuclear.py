"""Does a nuclear plant keep its least power, its ramps and its outage?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wattloom.assets.contract import Choice, Series, Surroundings
from wattloom.assets.kinds.nuclear.plant import Nuclear
from wattloom.domain.errors import Infeasible, InputError
from wattloom.domain.flows import NUCLEAR
from wattloom.domain.time import TimeAxis
from wattloom.domain.weather import Place
from wattloom.solve.program import Program

SHANGHAI = Place(latitude_deg=31.0, longitude_deg=121.0, altitude_m=5.0, time_zone="Asia/Shanghai")
NEW_YEAR = datetime(2026, 12, 31, 16, tzinfo=UTC)
"""Midnight of 1 January 2027 in Shanghai."""


def plant(**changes: Any) -> Nuclear:
    """A plant whose purchase costs nothing, so that only its running is decided."""
    terms: dict[str, Any] = {
        "power_mw": 100.0,
        "capital_cost_cny_per_kw": 0.0,
        "fixed_cny_per_kw_year": 0.0,
        "fuel_cny_per_mwh": 50.0,
        "least_stable_share": 0.5,
        "ramp_share_per_hour": 0.2,
    }
    return Nuclear(**(terms | changes))


def surroundings(axis: TimeAxis) -> Surroundings:
    return Surroundings(axis=axis, place=SHANGHAI, weather=None, charges=None, parts={})


def given_share(axis: TimeAxis, values: list[float]) -> Series:
    return Series(axis=axis, values=np.asarray(values), unit="1", source="written here")


def test_it_climbs_ahead_of_a_peak_no_faster_than_its_ramp(bus: Any) -> None:
    # Import costs 1,000 CNY/MWh, export brings nothing. 20 MW an hour from 50 MW: to give 100 MW in hour 4
    # it would have to give 60 MW or more in hour 2 and 80 MW in hour 3, above a load of 50 MW.
    # 10 MW more in hour 3 costs 500 CNY for fuel and saves 10 MW · 950 CNY in hour 4, and so on.
    here = bus(import_price=np.full(4, 1000.0), it_mw=np.asarray([50.0, 50.0, 50.0, 100.0]), export_price=0.0)

    plan = here.plan(plant())

    assert plan.part().inject_mw.values == pytest.approx([50.0, 60.0, 80.0, 100.0])


def test_it_falls_no_faster_than_its_ramp(bus: Any) -> None:
    here = bus(import_price=np.full(4, 1000.0), it_mw=np.asarray([100.0, 50.0, 50.0, 50.0]), export_price=0.0)

    plan = here.plan(plant())

    # After 100 MW at least 80 and 60 MW: fuel for nobody, 40 MWh · 50 CNY, against 1,000 CNY/MWh in hour 1.
    assert plan.part().inject_mw.values == pytest.approx([100.0, 80.0, 60.0, 50.0])
    assert plan.cost_cny == pytest.approx(290.0 * 50.0)


def test_it_never_gives_less_than_its_least_power_while_it_runs(bus: Any) -> None:
    here = bus(import_price=np.full(3, 10.0), it_mw=np.asarray([80.0, 80.0, 80.0]))

    plan = here.plan(plant())

    # Import is cheaper than fuel: 50 MW, half of 100 MW, and not a MW more.
    assert plan.part().inject_mw.values == pytest.approx([50.0, 50.0, 50.0])
    assert plan.values("grid", "import_mw") == pytest.approx([30.0, 30.0, 30.0])


def test_a_load_below_its_least_power_without_a_grid_has_no_plan(bus: Any) -> None:
    here = bus(import_price=np.zeros(3), it_mw=np.asarray([60.0, 40.0, 60.0]))

    with pytest.raises(Infeasible):
        here.plan(plant(), grid=False)


def test_stop_and_start_around_an_outage_are_no_ramps(bus: Any) -> None:
    here = bus(import_price=np.full(4, 1000.0), it_mw=np.full(4, 100.0))
    share = given_share(here.axis(), [1.0, 0.0, 0.0, 1.0])

    plan = here.plan(plant(availability=share))

    assert plan.part().inject_mw.values == pytest.approx([100.0, 0.0, 0.0, 100.0])


def test_one_unit_of_four_away_takes_a_quarter_of_the_least_power_too(bus: Any) -> None:
    here = bus(import_price=np.full(2, 10.0), it_mw=np.full(2, 80.0))

    plan = here.plan(plant(availability=given_share(here.axis(), [1.0, 0.75])))

    assert plan.part().inject_mw.values == pytest.approx([50.0, 37.5])


def test_the_planned_outage_follows_the_calendar_of_the_site() -> None:
    axis = TimeAxis(NEW_YEAR, 60, 8760)

    ready = plant(outage_start_day=60, outage_days=30).ready(Program(axis), "smr", surroundings(axis))

    # Day 60 is 1 March: hours 59 · 24 to 89 · 24 of the local year.
    away = np.flatnonzero(ready.values == 0.0)
    assert (away[0], away[-1], away.size) == (1416, 2135, 720)


@pytest.mark.parametrize(("year", "days"), [(2027, 365), (2028, 366)])
def test_an_outage_over_new_year_lies_at_both_ends(year: int, days: int) -> None:
    axis = TimeAxis(datetime(year - 1, 12, 31, 16, tzinfo=UTC), 1440, days)

    ready = plant(outage_start_day=361, outage_days=10).ready(Program(axis), "smr", surroundings(axis))

    last = days - 360  # days from day 361 to the end of the year
    assert np.flatnonzero(ready.values == 0.0).tolist() == [*range(10 - last), *range(360, days)]


def test_an_availability_above_one_is_refused() -> None:
    axis = TimeAxis(NEW_YEAR, 60, 2)

    with pytest.raises(InputError, match=r"assets\.smr\.availability: found values from 1 to 95"):
        plant(availability=given_share(axis, [1.0, 95.0])).add_to(Program(axis), "smr", surroundings(axis))


def test_a_plant_that_always_runs_at_full_power_needs_no_variables() -> None:
    axis = TimeAxis(NEW_YEAR, 60, 3)
    program = Program(axis)

    part = plant(least_stable_share=1.0).add_to(program, "smr", surroundings(axis))

    assert part.inject_mw.values == pytest.approx([100.0, 100.0, 100.0])
    assert float(part.costs[1].variable_cny_per_year) == pytest.approx(3 * 100.0 * 50.0)
    assert len(program.model.variables) == 0


def test_a_plant_that_can_ramp_its_whole_range_in_a_period_needs_no_ramp_rows() -> None:
    axis = TimeAxis(NEW_YEAR, 180, 3)  # 3 h · 20 % an hour is more than the 50 % between least and full
    program = Program(axis)

    plant().add_to(program, "smr", surroundings(axis))

    assert program.as_linear_program().matrix.shape[0] == 0


def test_costs_are_plant_and_fuel_and_it_counts_as_carbon_free_only(bus: Any) -> None:
    here = bus(import_price=np.full(2, 1000.0), it_mw=np.full(2, 80.0))

    part = here.plan(plant(capital_cost_cny_per_kw=20_000.0, fixed_cny_per_kw_year=500.0)).part()

    bought, fuel = part.costs
    assert (bought.item, bought.capital_cny, bought.fixed_cny_per_year) == ("nuclear_plant", 2e9, 5e7)
    assert bought.life_years == 60.0
    assert (fuel.item, float(fuel.variable_cny_per_year)) == ("nuclear_fuel", pytest.approx(160.0 * 50.0))
    assert part.source is not None
    assert part.source.traits == NUCLEAR


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    load_mw=st.lists(st.floats(10.0, 100.0), min_size=5, max_size=5),
    least=st.floats(0.0, 1.0),
    ramp=st.floats(0.01, 0.6),
    ready=st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=5, max_size=5),
)
def test_a_chosen_plant_and_the_same_plant_fixed_are_run_at_the_same_cost(
    bus: Any, load_mw: list[float], least: float, ramp: float, ready: list[float]
) -> None:
    here = bus(import_price=np.full(5, 300.0), it_mw=np.asarray(load_mw), export_price=0.0)
    terms = {
        "capital_cost_cny_per_kw": 5.0,
        "least_stable_share": least,
        "ramp_share_per_hour": ramp,
        "availability": given_share(here.axis(), ready),
    }

    chosen = here.plan(plant(power_mw=Choice(max=90.0), **terms))
    size = chosen.part().sizes["power_mw"]
    fixed = here.plan(plant(power_mw=size, **terms))

    assert fixed.cost_cny == pytest.approx(chosen.cost_cny, rel=1e-6, abs=1e-3)
    for plan in (chosen, fixed):
        given_mw = np.asarray(plan.part().source.delivered_mw)
        available = size * np.asarray(ready)
        assert (given_mw <= available + 1e-6).all()
        assert (given_mw >= least * available - 1e-6).all()
        moved = np.abs(np.diff(given_mw))
        assert (moved <= ramp * size + np.abs(np.diff(available)) + 1e-6).all()
        balance = given_mw + plan.values("grid", "import_mw") - plan.values("grid", "export_mw")
        np.testing.assert_allclose(balance, load_mw, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "size"), [("nuclear_chosen", Choice(max=500.0, unit_size=125.0)), ("nuclear_fixed", 125.0)]
)
def test_program_reads_as_the_golden_file(golden: Any, name: str, size: float | Choice) -> None:
    axis = TimeAxis(NEW_YEAR, 60, 4)
    terms = {"capital_cost_cny_per_kw": 30_000.0, "availability": given_share(axis, [1.0, 0.0, 1.0, 1.0])}

    golden(name, plant(power_mw=size, **terms), {}, Program(axis))


def test_it_has_no_work_to_shift() -> None:
    assert plant().envelope(TimeAxis(NEW_YEAR, 60, 1)) is None
