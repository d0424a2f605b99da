"""Does the wind farm give what windpowerlib says, and does the plan use no more than that?"""

from __future__ import annotations

import warnings
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
import windpowerlib
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wattloom.assets.contract import Choice, Series, Surroundings
from wattloom.assets.kinds.wind import ASSET
from wattloom.assets.kinds.wind.farm import Wind
from wattloom.assets.kinds.wind.resource import turbine_of, turbine_types, wind_capacity_factor
from wattloom.domain.errors import InputError
from wattloom.domain.flows import WIND_AND_SUN
from wattloom.domain.time import TimeAxis
from wattloom.domain.weather import Place, Weather, WeatherKind
from wattloom.solve.program import Program

START = datetime(2027, 1, 1, tzinfo=UTC)
PLACE = Place(latitude_deg=38.0, longitude_deg=106.0, altitude_m=1200.0, time_zone="UTC")
COSTS = {"capital_cost_cny_per_kw": 5000.0, "fixed_cny_per_kw_year": 60.0}


def weather_of_wind(speed: Any, *, height_m: float = 10.0, air_c: Any = 8.0, pressure_pa: Any = 88_000.0) -> Weather:
    """Weather in which only the wind, its height and the air matter."""
    speed = np.asarray(speed, dtype=np.float64)
    dark = np.zeros(speed.size)
    return Weather(
        axis=TimeAxis(START, 60, speed.size),
        place=PLACE,
        kind=WeatherKind.MEASURED,
        source="written here",
        ghi_w_per_m2=dark,
        dni_w_per_m2=dark,
        dhi_w_per_m2=dark,
        air_temperature_c=np.broadcast_to(air_c, speed.shape),
        wind_speed_m_per_s=speed,
        wind_height_m=height_m,
        pressure_pa=np.broadcast_to(pressure_pa, speed.shape),
    )


def surroundings(axis: TimeAxis, weather: Weather | None = None, *, operating_year: int = 1) -> Surroundings:
    return Surroundings(axis=axis, place=PLACE, weather=weather, charges=None, parts={}, operating_year=operating_year)


@pytest.fixture(scope="module")
def windy() -> Weather:
    """A thousand hours of gusty wind in thin and changing air."""
    random = np.random.default_rng(7)
    return weather_of_wind(
        random.weibull(2.0, 1000) * 7.0,
        air_c=random.uniform(-25.0, 35.0, 1000),
        pressure_pa=random.uniform(84_000.0, 90_000.0, 1000),
    )


def by_model_chain(weather: Weather, turbine_type: str, hub_height_m: float, **models: Any) -> Any:
    """The chain of windpowerlib itself, in W for each W of rated power."""
    data = {
        ("wind_speed", 10): weather.wind_speed_m_per_s,
        ("temperature", 2): weather.air_temperature_c + 273.15,
        ("pressure", 0): weather.pressure_pa,
        ("roughness_length", 0): np.full(weather.axis.count, 0.05),
    }
    frame = pd.DataFrame(data, index=weather.axis.instants())
    frame.columns = pd.MultiIndex.from_tuples(data, names=["variable_name", "height"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        turbine = windpowerlib.WindTurbine(turbine_type=turbine_type, hub_height=hub_height_m)
        chain = windpowerlib.ModelChain(turbine, **models).run_model(frame)
    return chain.power_output.to_numpy() / turbine.nominal_power


@pytest.mark.parametrize(("turbine_type", "hub_height_m"), [("V126/3450", 137.0), ("E-141/4200", 159.0)])
@pytest.mark.parametrize("corrected", [True, False], ids=["air as it is", "standard air"])
@pytest.mark.parametrize("shear_exponent", [None, 0.2], ids=["logarithmic", "power law"])
def test_a_turbine_gives_what_the_windpowerlib_chain_gives(
    windy: Weather, turbine_type: str, hub_height_m: float, *, corrected: bool, shear_exponent: float | None
) -> None:
    farm = Wind(
        power_mw=1.0,
        turbine_type=turbine_type,
        hub_height_m=hub_height_m,
        roughness_length_m=0.05,
        shear_exponent=shear_exponent,
        density_correction=corrected,
        wake_loss_share=0.0,
        availability_share=1.0,
        **COSTS,
    )

    ours = wind_capacity_factor(farm, turbine_of(turbine_type, hub_height_m, where="here"), windy)

    profile = (
        {"wind_speed_model": "logarithmic"}
        if shear_exponent is None
        else {
            "wind_speed_model": "hellman",
            "hellman_exp": shear_exponent,
        }
    )
    judge = by_model_chain(windy, turbine_type, hub_height_m, density_correction=corrected, **profile)
    np.testing.assert_allclose(ours, judge, rtol=1e-12, atol=1e-12)
    assert 0.2 < judge.mean() < 0.7  # the chain itself ran


def test_wind_at_the_hub_needs_no_profile() -> None:
    # V126/3450: 3,450 kW at 14 m/s in standard air, nothing below 3 and above 22.5 m/s.
    farm = Wind(
        power_mw=1.0,
        turbine_type="V126/3450",
        hub_height_m=117.0,
        density_correction=False,
        wake_loss_share=0.1,
        availability_share=0.9,
        **COSTS,
    )

    ours = wind_capacity_factor(
        farm, turbine_of("V126/3450", 117.0, where="here"), weather_of_wind([0.0, 2.0, 14.0, 30.0], height_m=117.0)
    )

    # What wakes leave, 0.9, times the time that turbines are ready, 0.9.
    assert ours == pytest.approx([0.0, 0.0, 0.81, 0.0])


def test_every_type_with_a_curve_peaks_near_its_rated_power() -> None:
    best = {}
    for name in turbine_types():
        turbine = turbine_of(name, 200.0, where="here")
        best[name] = turbine.power_w.max() / turbine.rated_w

    # From S152/6330 (6,150 of 6,330 kW) to V112/3000 (3,075 of 3,000 kW), as the library has them.
    assert len(best) == 67
    assert min(best.values()) == pytest.approx(6150 / 6330)
    assert max(best.values()) == pytest.approx(3075 / 3000)


def test_an_unknown_turbine_is_refused_with_its_neighbours() -> None:
    with pytest.raises(InputError, match=r"assets\.farm\.turbine_type: found 'V126/3400'.*V126/3450"):
        turbine_of("V126/3400", 120.0, where="assets.farm.turbine_type")


def test_a_hub_lower_than_the_blades_are_long_is_refused() -> None:
    with pytest.raises(InputError, match="raise hub_height_m"):
        turbine_of("V126/3450", 60.0, where="assets.farm.turbine_type")


def test_a_farm_with_weather_and_no_turbine_is_refused(windy: Weather) -> None:
    axis = windy.axis

    with pytest.raises(InputError, match=r"assets\.farm\.turbine_type: found ''"):
        Wind(power_mw=1.0, **COSTS).add_to(Program(axis), "farm", surroundings(axis, windy))


def test_a_farm_in_weather_offers_size_times_yield(windy: Weather) -> None:
    farm = Wind(power_mw=50.0, turbine_type="V126/3450", degradation_per_year=0.002, **COSTS)

    part = farm.add_to(Program(windy.axis), "farm", surroundings(windy.axis, windy, operating_year=2))

    assert part.source is not None
    first_year = wind_capacity_factor(farm, turbine_of("V126/3450", 120.0, where="here"), windy)
    np.testing.assert_allclose(part.source.available_mw.values, 50.0 * first_year * 0.998)
    assert part.source.traits == WIND_AND_SUN


def test_longer_periods_take_the_mean_power_and_not_the_power_of_the_mean_wind() -> None:
    # Power grows with more than the wind: two hours at 4 and 12 m/s give more than two at 8.
    weather = weather_of_wind([4.0, 12.0], height_m=120.0)
    farm = Wind(power_mw=10.0, turbine_type="V126/3450", **COSTS)
    hourly = wind_capacity_factor(farm, turbine_of("V126/3450", 120.0, where="here"), weather)
    axis = TimeAxis(START, 120, 1)

    part = farm.add_to(Program(axis), "farm", surroundings(axis, weather))

    assert part.source is not None
    assert part.source.available_mw.values == pytest.approx([10.0 * (hourly[0] + hourly[1]) / 2])


def test_cost_is_that_of_the_rated_power() -> None:
    axis = TimeAxis(START, 60, 2)
    series = Series(axis=axis, values=np.asarray([0.3, 0.4]), unit="1", source="written here")

    part = Wind(power_mw=2.0, capacity_factor=series, **COSTS).add_to(Program(axis), "farm", surroundings(axis))

    # 2 MW · 5,000 CNY/kW = 10 million CNY; 2 MW · 60 CNY/kW = 120,000 CNY a year.
    (cost,) = part.costs
    assert (cost.item, cost.capital_cny, cost.fixed_cny_per_year) == ("wind_farm", 10_000_000.0, 120_000.0)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    factors=st.lists(st.floats(0.0, 1.0), min_size=4, max_size=4),
    load_mw=st.lists(st.floats(0.0, 30.0), min_size=4, max_size=4),
    price=st.floats(50.0, 500.0),
)
def test_a_chosen_farm_and_the_same_farm_fixed_give_the_same_energy(
    bus: Any, factors: list[float], load_mw: list[float], price: float
) -> None:
    here = bus(import_price=np.full(4, price), it_mw=np.asarray(load_mw))
    series = Series(axis=here.axis(), values=np.asarray(factors), unit="1", source="written here")
    terms = {"capital_cost_cny_per_kw": 10.0, "fixed_cny_per_kw_year": 0.0, "capacity_factor": series}

    chosen = here.plan(Wind(power_mw=Choice(max=80.0), **terms))
    size = chosen.part().sizes["power_mw"]
    fixed = here.plan(Wind(power_mw=size, **terms))

    assert fixed.cost_cny == pytest.approx(chosen.cost_cny, rel=1e-6, abs=1e-3)
    for plan in (chosen, fixed):
        source = plan.part().source
        np.testing.assert_allclose(source.available_mw.values, size * np.asarray(factors), atol=1e-6)
        assert (source.delivered_mw.values <= source.available_mw.values + 1e-6).all()
        drawn = plan.values("grid", "import_mw")
        np.testing.assert_allclose(source.delivered_mw.values + drawn, load_mw, atol=1e-6)


@pytest.mark.parametrize(("name", "size"), [("wind_chosen", Choice(min=5.0, max=100.0)), ("wind_fixed", 40.0)])
def test_program_reads_as_the_golden_file(golden: Any, name: str, size: float | Choice) -> None:
    axis = TimeAxis(START, 60, 3)
    series = Series(axis=axis, values=np.asarray([0.3, 0.0, 0.9]), unit="1", source="written here")

    golden(name, Wind(power_mw=size, capacity_factor=series, **COSTS), {}, Program(axis))


def test_it_has_no_work_to_shift_and_needs_weather() -> None:
    assert Wind(power_mw=1.0, **COSTS).envelope(TimeAxis(START, 60, 1)) is None
    assert ASSET.needs_weather
