"""Does the solar plant give what pvlib says, and does the plan use no more than that?"""

from __future__ import annotations

import warnings
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pvlib
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wattloom.assets.contract import Choice, Series, Surroundings
from wattloom.assets.kinds.solar import ASSET
from wattloom.assets.kinds.solar.plant import Solar
from wattloom.assets.kinds.solar.resource import solar_capacity_factor
from wattloom.domain.errors import InputError
from wattloom.domain.flows import TIME
from wattloom.domain.time import TimeAxis
from wattloom.domain.weather import Place, Weather, WeatherKind
from wattloom.solve.path import Path as Road
from wattloom.solve.program import Program

GREENSBORO = Path(pvlib.__file__).parent / "data" / "723170TYA.CSV"
DAWN = datetime(2027, 1, 1, 5, tzinfo=UTC)
FACTORS = [0.0, 0.5, 1.0, 0.25]
COSTS = {"capital_cost_cny_per_kw": 3000.0, "fixed_cny_per_kw_year": 30.0}


def surroundings(axis: TimeAxis, weather: Weather | None = None, *, operating_year: int = 1) -> Surroundings:
    place = (
        weather.place if weather else Place(latitude_deg=40, longitude_deg=90, altitude_m=1000, time_zone="Etc/GMT+5")
    )
    return Surroundings(axis=axis, place=place, weather=weather, charges=None, parts={}, operating_year=operating_year)


def four_hours() -> TimeAxis:
    return TimeAxis(DAWN, 60, 4)


def given_factors(axis: TimeAxis, values: list[float]) -> Series:
    return Series(axis=axis, values=np.asarray(values), unit="1", source="written here")


@pytest.fixture(scope="module")
def tmy() -> tuple[pd.DataFrame, dict[str, Any]]:
    """Typical year of Greensboro that ships with pvlib; each row is labelled with the end of its hour."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        return pvlib.iotools.read_tmy3(GREENSBORO, coerce_year=1990, map_variables=True)


@pytest.fixture(scope="module")
def greensboro(tmy: tuple[pd.DataFrame, dict[str, Any]]) -> Weather:
    rows, station = tmy
    return Weather(
        axis=TimeAxis(datetime(1990, 1, 1, 5, tzinfo=UTC), 60, 8760),
        place=Place(
            latitude_deg=station["latitude"],
            longitude_deg=station["longitude"],
            altitude_m=station["altitude"],
            time_zone="Etc/GMT+5",
            name="Greensboro",
        ),
        kind=WeatherKind.TYPICAL,
        source="TMY3 723170",
        ghi_w_per_m2=rows["ghi"].to_numpy(),
        dni_w_per_m2=rows["dni"].to_numpy(),
        dhi_w_per_m2=rows["dhi"].to_numpy(),
        air_temperature_c=rows["temp_air"].to_numpy(),
        wind_speed_m_per_s=rows["wind_speed"].to_numpy(),
        wind_height_m=10.0,
        pressure_pa=rows["pressure"].to_numpy() * 100.0,
    )


def by_model_chain(
    tmy: tuple[pd.DataFrame, dict[str, Any]], mount: Any, *, dc_ac_ratio: float, **models: str
) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The chain of pvlib itself with a kW of modules, run on the middles of the hours."""
    rows, station = tmy
    families = {
        "sapm": pvlib.temperature.TEMPERATURE_MODEL_PARAMETERS["sapm"]["open_rack_glass_glass"],
        "pvsyst": pvlib.temperature.TEMPERATURE_MODEL_PARAMETERS["pvsyst"]["freestanding"],
        "faiman": {"u0": 25.0, "u1": 6.84},  # Faiman (2008), pvlib's default
    }
    system = pvlib.pvsystem.PVSystem(
        arrays=[
            pvlib.pvsystem.Array(
                mount=mount,
                albedo=0.25,
                module_parameters={"pdc0": 1000.0, "gamma_pdc": -0.0035},
                temperature_model_parameters=families[models["temperature_model"]],
            )
        ],
        inverter_parameters={"pdc0": 1000.0 / dc_ac_ratio / 0.96, "eta_inv_nom": 0.96},
        losses_parameters=dict.fromkeys(
            ("shading", "snow", "mismatch", "wiring", "connections", "lid", "nameplate_rating", "age", "availability"),
            0,
        )
        | {"soiling": 14},
    )
    place = pvlib.location.Location(station["latitude"], station["longitude"], "Etc/GMT+5", station["altitude"])
    chain = pvlib.modelchain.ModelChain.with_pvwatts(system, place, **models)
    weather = rows[["ghi", "dni", "dhi", "temp_air", "wind_speed"]].assign(pressure=rows["pressure"] * 100.0)
    weather.index = weather.index - pd.Timedelta(minutes=30)
    chain.run_model(weather)
    return np.asarray(chain.results.ac.fillna(0.0) / 1000.0, dtype=np.float64)


@pytest.mark.parametrize("temperature", ["sapm", "pvsyst", "faiman"])
@pytest.mark.parametrize("sky", ["perez", "haydavies"])
def test_fixed_modules_give_what_the_pvlib_chain_gives(
    tmy: tuple[pd.DataFrame, dict[str, Any]], greensboro: Weather, temperature: Any, sky: Any
) -> None:
    plant = Solar(power_mw=1.0, tilt_deg=30.0, cell_temperature=temperature, sky_model=sky, **COSTS)

    ours = solar_capacity_factor(plant, greensboro)

    mount = pvlib.pvsystem.FixedMount(30.0, 180.0)
    judge = by_model_chain(tmy, mount, dc_ac_ratio=1.2, temperature_model=temperature, transposition_model=sky)
    np.testing.assert_allclose(ours, judge, atol=1e-12)
    assert 1300 < judge.sum() < 1600  # kWh a kW and year: the chain itself ran


def test_trackers_give_what_the_pvlib_chain_gives(
    tmy: tuple[pd.DataFrame, dict[str, Any]], greensboro: Weather
) -> None:
    plant = Solar(power_mw=1.0, mounting="single_axis", ground_cover=0.35, dc_ac_ratio=1.5, **COSTS)

    ours = solar_capacity_factor(plant, greensboro)

    mount = pvlib.pvsystem.SingleAxisTrackerMount(axis_azimuth=180.0, max_angle=60.0, backtrack=True, gcr=0.35)
    judge = by_model_chain(tmy, mount, dc_ac_ratio=1.5, temperature_model="sapm", transposition_model="perez")
    np.testing.assert_allclose(ours, judge, atol=1e-12)
    assert ours.max() == pytest.approx(1 / 1.5)  # the inverters clip


def test_modules_without_a_tilt_lean_by_the_latitude(greensboro: Weather) -> None:
    leaning = Solar(power_mw=1.0, tilt_deg=greensboro.place.latitude_deg, **COSTS)

    ours = solar_capacity_factor(Solar(power_mw=1.0, **COSTS), greensboro)

    np.testing.assert_array_equal(ours, solar_capacity_factor(leaning, greensboro))


def test_aged_modules_lose_nothing_while_the_inverters_clip(greensboro: Weather) -> None:
    plant = Solar(power_mw=1.0, dc_ac_ratio=2.0, **COSTS)

    new, old = solar_capacity_factor(plant, greensboro), solar_capacity_factor(plant, greensboro, health=0.9)

    clipped = old >= 0.5 - 1e-9
    assert clipped.any()
    np.testing.assert_allclose(old[clipped], new[clipped])
    assert old.sum() < new.sum()


def test_sapm_takes_wind_at_ten_metres(greensboro: Weather) -> None:
    # The one-seventh law: (10/2)^(1/7) = 1.2585.
    low = replace(greensboro, wind_height_m=2.0)
    lifted = replace(greensboro, wind_speed_m_per_s=greensboro.wind_speed_m_per_s * 1.258498950642)
    plant = Solar(power_mw=1.0, **COSTS)

    ours = solar_capacity_factor(plant, low)

    np.testing.assert_allclose(ours, solar_capacity_factor(plant, lifted), atol=1e-9)


@pytest.mark.parametrize(("step_minutes", "count"), [(15, 35040), (180, 2920)])
def test_energy_stays_when_the_plan_has_other_periods(greensboro: Weather, step_minutes: int, count: int) -> None:
    axis = TimeAxis(DAWN, step_minutes, count)
    plant = Solar(power_mw=10.0, **COSTS)

    part = plant.add_to(Program(axis), "pv", surroundings(axis, greensboro))

    assert part.source is not None
    energy_mwh = float(part.source.available_mw.sum()) * axis.step_hours
    assert energy_mwh == pytest.approx(10.0 * solar_capacity_factor(plant, greensboro).sum())


@pytest.mark.parametrize(
    "axis",
    [TimeAxis(DAWN, 60, 8784), TimeAxis(DAWN + timedelta(hours=3), 60, 8760), TimeAxis(DAWN, 45, 11680)],
    ids=["leap year", "other hour", "step that does not fit"],
)
def test_weather_of_another_stretch_is_refused(greensboro: Weather, axis: TimeAxis) -> None:
    with pytest.raises(InputError, match="cut the weather"):
        Solar(power_mw=10.0, **COSTS).add_to(Program(axis), "pv", surroundings(axis, greensboro))


def test_a_plant_with_neither_weather_nor_factor_is_refused() -> None:
    with pytest.raises(InputError, match=r"assets\.pv: found neither weather nor capacity_factor"):
        Solar(power_mw=10.0, **COSTS).add_to(Program(four_hours()), "pv", surroundings(four_hours()))


@pytest.mark.parametrize("bad", [-0.1, 35.0, float("nan")])
def test_a_factor_in_another_unit_or_with_gaps_is_refused(bad: float) -> None:
    axis = four_hours()
    plant = Solar(power_mw=10.0, capacity_factor=given_factors(axis, [0.0, bad, 0.5, 0.2]), **COSTS)

    with pytest.raises(InputError, match=r"assets\.pv\.capacity_factor"):
        plant.add_to(Program(axis), "pv", surroundings(axis))


def test_yield_falls_with_the_year_of_operation() -> None:
    axis = four_hours()
    plant = Solar(power_mw=100.0, capacity_factor=given_factors(axis, FACTORS), degradation_per_year=0.01, **COSTS)

    part = plant.add_to(Program(axis), "pv", surroundings(axis, operating_year=3))

    # 100 MW · 0.5 · 0.99² = 49.005 MW.
    assert part.source is not None
    assert part.source.available_mw.values == pytest.approx([0.0, 49.005, 98.01, 24.5025])


def test_cost_is_that_of_the_direct_current_power() -> None:
    axis = four_hours()
    plant = Solar(power_mw=2.0, capacity_factor=given_factors(axis, FACTORS), **COSTS)

    (cost,) = plant.add_to(Program(axis), "pv", surroundings(axis)).costs

    # 2 MW · 3,000 CNY/kW = 6.0 million CNY; 2 MW · 30 CNY/kW = 60,000 CNY a year.
    assert (cost.item, cost.capital_cny, cost.fixed_cny_per_year) == ("solar_plant", 6_000_000.0, 60_000.0)


def planned(size: float | Choice, load_mw: list[float], factors: list[float]) -> dict[str, Any]:
    """The cheapest supply of a load by the plant and, at 1,000 CNY/MWh, by something else."""
    axis = TimeAxis(DAWN, 60, len(factors))
    program = Program(axis)
    plant = Solar(power_mw=size, capacity_factor=given_factors(axis, factors), **COSTS)
    part = plant.add_to(program, "pv", surroundings(axis))
    assert part.source is not None
    rest = program.flow("rest")
    program.require("balance", part.inject_mw + rest == program.series(load_mw))
    program.cost("rest", rest.sum(TIME) * 1000.0)
    program.cost("plant", part.costs[0].capital_cny * 1e-4)
    solution = program.solve(Road(method="simplex"))
    return {
        "power_mw": solution.value(part.sizes["power_mw"]),
        "available_mw": solution.value(part.source.available_mw).values,
        "delivered_mw": solution.value(part.inject_mw).values,
        "rest_mw": solution.value(1.0 * rest).values,
    }


def test_a_chosen_size_is_as_large_as_it_pays() -> None:
    # A MW costs 300 CNY here and saves up to 500 + 1,000 + 250: the load of 20 MW in hour 2 and 3 is met
    # from 40 MW; hour 4 would need 80 MW and saves only 250 CNY for each MW more.
    plan = planned(Choice(max=100.0), [20.0] * 4, FACTORS)

    assert plan["power_mw"] == pytest.approx(40.0)
    assert plan["delivered_mw"] == pytest.approx([0.0, 20.0, 20.0, 10.0])


def test_a_chosen_size_and_the_same_size_fixed_are_dispatched_alike() -> None:
    chosen = planned(Choice(max=100.0), [20.0] * 4, FACTORS)

    fixed = planned(chosen["power_mw"], [20.0] * 4, FACTORS)

    assert fixed["delivered_mw"] == pytest.approx(chosen["delivered_mw"])
    assert fixed["available_mw"] == pytest.approx(chosen["available_mw"])


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    size=st.one_of(st.floats(0.0, 50.0), st.builds(Choice, min=st.floats(0.0, 10.0), max=st.floats(10.0, 60.0))),
    load_mw=st.lists(st.floats(0.0, 40.0), min_size=3, max_size=3),
    factors=st.lists(st.floats(0.0, 1.0), min_size=3, max_size=3),
)
def test_energy_in_is_energy_out_and_never_more_than_the_light_gives(
    size: float | Choice, load_mw: list[float], factors: list[float]
) -> None:
    plan = planned(size, load_mw, factors)

    assert plan["delivered_mw"] + plan["rest_mw"] == pytest.approx(load_mw, abs=1e-6)
    assert plan["available_mw"] == pytest.approx(plan["power_mw"] * np.asarray(factors), abs=1e-6)
    assert (plan["delivered_mw"] <= plan["available_mw"] + 1e-6).all()
    assert (plan["delivered_mw"] >= -1e-6).all()


@pytest.mark.parametrize(("name", "size"), [("solar_chosen", Choice(max=100.0)), ("solar_fixed", 40.0)])
def test_program_reads_as_the_golden_file(golden: Any, name: str, size: float | Choice) -> None:
    axis = four_hours()
    plant = Solar(power_mw=size, capacity_factor=given_factors(axis, FACTORS), **COSTS)

    golden(name, plant, {}, Program(axis))


def test_a_fixed_size_needs_no_rows_and_a_chosen_one_none_at_night() -> None:
    axis = four_hours()
    rows = []
    for size in (40.0, Choice(max=100.0)):
        program = Program(axis)
        plant = Solar(power_mw=size, capacity_factor=given_factors(axis, FACTORS), **COSTS)
        plant.add_to(program, "pv", surroundings(axis))
        rows.append(program.as_linear_program().matrix.shape[0])

    assert rows == [0, 3]


def test_it_has_no_work_to_shift_and_needs_weather() -> None:
    assert Solar(power_mw=1.0, **COSTS).envelope(four_hours()) is None
    assert ASSET.needs_weather
