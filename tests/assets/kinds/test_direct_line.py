"""What arrives over a direct line, what is lost, and when does the line limit its sources?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wattloom.assets.contract import Asset, Choice, Part, Series, Surroundings
from wattloom.assets.kinds.direct_line.line import DirectLine
from wattloom.assets.kinds.nuclear.plant import Nuclear
from wattloom.assets.kinds.solar.plant import Solar
from wattloom.assets.kinds.wind.farm import Wind
from wattloom.domain.errors import InputError
from wattloom.domain.flows import SourceFlows, Trait
from wattloom.domain.measures import curtailment_of_generation
from wattloom.domain.time import TimeAxis
from wattloom.domain.weather import Place
from wattloom.solve.program import Program

FREE = {"capital_cost_cny_per_kw": 0.0, "fixed_cny_per_kw_year": 0.0}


def line(**changes: Any) -> DirectLine:
    """50 km at 4 % in 100 km: 2 % of the power sent is lost."""
    terms: dict[str, Any] = {
        "sources": ("pv",),
        "length_km": 50.0,
        "voltage_kv": 220.0,
        "capacity_mw": 60.0,
        "loss_share_per_100km": 0.04,
        "capital_cost_cny_per_km": 0.0,
    }
    return DirectLine(**(terms | changes))


def solar(axis: TimeAxis, factors: list[float], **changes: Any) -> Solar:
    series = Series(axis=axis, values=np.asarray(factors), unit="1", source="written here")
    return Solar(**({"power_mw": 100.0, "capacity_factor": series} | FREE | changes))


def wind(axis: TimeAxis, factors: list[float], **changes: Any) -> Wind:
    series = Series(axis=axis, values=np.asarray(factors), unit="1", source="written here")
    return Wind(**({"power_mw": 50.0, "capacity_factor": series} | FREE | changes))


def test_two_of_a_hundred_mw_are_lost_and_the_line_takes_sixty(bus: Any) -> None:
    here = bus(import_price=np.full(3, 500.0), it_mw=np.full(3, 70.0))

    plan = here.plan({"pv": solar(here.axis(), [0.0, 0.5, 1.0]), "line": line()})

    # Hour 2: 50 MW sent, 1 MW lost. Hour 3: 100 MW ready, 60 MW sent, 1.2 MW lost, 40 MW curtailed.
    source = plan.part("pv").source
    assert source.available_mw.values == pytest.approx([0.0, 50.0, 100.0])
    assert source.delivered_mw.values == pytest.approx([0.0, 49.0, 58.8])
    assert source.line_loss_mw.values == pytest.approx([0.0, 1.0, 1.2])
    assert plan.values("grid", "import_mw") == pytest.approx([70.0, 21.0, 11.2])


def test_curtailment_counts_neither_what_is_used_nor_what_is_lost_on_the_way(bus: Any) -> None:
    here = bus(import_price=np.full(3, 500.0), it_mw=np.full(3, 70.0))

    plan = here.plan({"pv": solar(here.axis(), [0.0, 0.5, 1.0]), "line": line()})

    # 40 of the 150 MWh that were available.
    share = curtailment_of_generation(plan.built.flows.map(plan.solution.value))
    assert share.value == pytest.approx(40.0 / 150.0)


def test_sources_share_the_line(bus: Any) -> None:
    here = bus(import_price=np.full(2, 500.0), it_mw=np.full(2, 200.0))
    axis = here.axis()

    plan = here.plan(
        {
            "pv": solar(axis, [0.2, 0.8]),
            "farm": wind(axis, [0.6, 0.6]),
            "line": line(sources=("pv", "farm")),
            "near": solar(axis, [0.1, 0.1]),
        }
    )

    # Hour 1: 20 + 30 MW fit. Hour 2: 80 + 30 MW do not. The plant that is near pays no loss and has no limit.
    sent = plan.part("pv").source.delivered_mw.values + plan.part("farm").source.delivered_mw.values
    assert sent == pytest.approx([0.98 * 50.0, 0.98 * 60.0])
    assert plan.part("near").source.delivered_mw.values == pytest.approx([10.0, 10.0])


def test_a_chosen_capacity_is_what_its_cost_is_worth(bus: Any) -> None:
    # A kW costs 0.6 CNY: 600 CNY a MW, each hour of use saves 490 CNY. The MW above 50 are used in one hour only.
    here = bus(import_price=np.full(3, 500.0), it_mw=np.full(3, 200.0))
    chosen = line(capacity_mw=Choice(max=200.0), capital_cost_cny_per_kw=0.6, life_years=1.0)

    plan = here.plan({"pv": solar(here.axis(), [0.5, 0.5, 1.0]), "line": chosen})

    assert plan.part("line").sizes["capacity_mw"] == pytest.approx(50.0)


def test_its_cost_is_the_route_and_the_ends(bus: Any) -> None:
    here = bus(import_price=np.full(2, 500.0), it_mw=np.full(2, 70.0))
    priced = line(capital_cost_cny_per_km=2e6, capital_cost_cny_per_kw=300.0, fixed_share_per_year=0.01)

    plan = here.plan({"pv": solar(here.axis(), [0.5, 0.5]), "line": priced})

    # 50 km · 2 million + 60,000 kW · 300 = 118 million CNY; 1 % of it a year.
    (cost,) = plan.part("line").costs
    assert (cost.item, cost.capital_cny, cost.fixed_cny_per_year) == ("direct_line", 118e6, pytest.approx(1.18e6))


def test_lines_one_behind_the_other_lose_one_after_the_other(bus: Any) -> None:
    here = bus(import_price=np.full(1, 500.0), it_mw=np.full(1, 70.0))

    plan = here.plan({"pv": solar(here.axis(), [0.5]), "first": line(), "second": line()})

    # 50 MW · 0.98 · 0.98 = 48.02 MW.
    source = plan.part("pv").source
    assert source.delivered_mw.values == pytest.approx([48.02])
    assert source.line_loss_mw.values == pytest.approx([1.98])


def test_nuclear_that_always_runs_arrives_over_a_line_of_fixed_size(bus: Any) -> None:
    here = bus(import_price=np.full(2, 500.0), it_mw=np.full(2, 70.0))
    plant = Nuclear(power_mw=50.0, fuel_cny_per_mwh=0.0, least_stable_share=1.0, ramp_share_per_hour=0.0, **FREE)

    plan = here.plan({"smr": plant, "line": line(sources=("smr",))})

    assert plan.part("smr").source.delivered_mw.values == pytest.approx([49.0, 49.0])
    assert plan.part("smr").source.traits == {Trait.CARBON_FREE}


def test_names_that_are_no_sources_are_all_refused_at_once(bus: Any) -> None:
    here = bus(import_price=np.full(1, 500.0))

    with pytest.raises(InputError) as refused:
        here.plan({"pv": solar(here.axis(), [0.5]), "line": line(sources=("pv", "hall", "windy"))})

    assert [problem.found for problem in refused.value.problems] == ["hall", "windy"]
    assert "the name of a source of this project: pv" in str(refused.value)


def test_a_loss_in_percent_is_refused(bus: Any) -> None:
    here = bus(import_price=np.full(1, 500.0))

    with pytest.raises(InputError, match=r"found 200% lost over 50 km"):
        here.plan({"pv": solar(here.axis(), [0.5]), "line": line(loss_share_per_100km=4.0)})


def test_a_line_that_can_carry_all_needs_no_rows() -> None:
    rows = []
    for capacity in (100.0, 60.0):
        axis = TimeAxis(datetime(2027, 1, 1, tzinfo=UTC), 60, 3)
        program = Program(axis)
        parts = {"pv": carried(program, [0.0, 50.0, 100.0])}
        line(capacity_mw=capacity).add_to(program, "line", surroundings_of(axis, parts))
        rows.append(program.as_linear_program().matrix.shape[0])

    # 60 MW is passed in the third hour only.
    assert rows == [0, 1]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    factors=st.lists(st.floats(0.0, 1.0), min_size=3, max_size=3),
    load_mw=st.lists(st.floats(0.0, 80.0), min_size=3, max_size=3),
    capacity=st.one_of(st.floats(0.0, 120.0), st.just(Choice(max=90.0))),
    size=st.one_of(st.floats(0.0, 120.0), st.just(Choice(max=120.0))),
    length_km=st.floats(0.0, 400.0),
)
def test_what_is_sent_arrives_or_is_lost(
    bus: Any,
    factors: list[float],
    load_mw: list[float],
    capacity: float | Choice,
    size: float | Choice,
    length_km: float,
) -> None:
    here = bus(import_price=np.full(3, 500.0), it_mw=np.asarray(load_mw))
    assets: dict[str, Asset] = {
        "pv": solar(here.axis(), factors, power_mw=size, capital_cost_cny_per_kw=1.0),
        "line": line(capacity_mw=capacity, length_km=length_km, capital_cost_cny_per_kw=0.5),
    }

    plan = here.plan(assets)

    source = plan.part("pv").source
    sent = plan.values("pv", "delivered_mw")
    np.testing.assert_allclose(sent, source.delivered_mw.values + source.line_loss_mw.values, atol=1e-6)
    np.testing.assert_allclose(source.line_loss_mw.values, sent * 0.04 * length_km / 100.0, atol=1e-6)
    assert (sent <= source.available_mw.values + 1e-6).all()
    assert (sent <= plan.part("line").sizes["capacity_mw"] + 1e-6).all()
    arrived = source.delivered_mw.values + plan.values("grid", "import_mw")
    np.testing.assert_allclose(arrived, load_mw, atol=1e-6)


@pytest.mark.parametrize(("name", "capacity"), [("direct_line_chosen", Choice(max=200.0)), ("direct_line_fixed", 60.0)])
def test_program_reads_as_the_golden_file(golden: Any, name: str, capacity: float | Choice) -> None:
    program = Program(TimeAxis(datetime(2027, 1, 1, tzinfo=UTC), 60, 3))
    priced = line(capacity_mw=capacity, capital_cost_cny_per_km=2e6, capital_cost_cny_per_kw=300.0)

    golden(name, priced, {"pv": carried(program, [0.0, 50.0, 100.0])}, program)


def test_it_has_no_work_to_shift() -> None:
    assert line().envelope(TimeAxis(datetime(2027, 1, 1, tzinfo=UTC), 60, 1)) is None


def carried(program: Program, available_mw: list[float]) -> Part:
    """The part of a source of fixed size."""
    delivered = 1.0 * program.flow("pv.delivered_mw", upper=available_mw)
    flows = SourceFlows(available_mw=program.series(available_mw), delivered_mw=delivered)
    return Part(name="pv", kind="solar", inject_mw=delivered, source=flows)


def surroundings_of(axis: TimeAxis, parts: dict[str, Part]) -> Surroundings:
    place = Place(latitude_deg=31.0, longitude_deg=121.0, altitude_m=5.0, time_zone="Asia/Shanghai")
    return Surroundings(axis=axis, place=place, weather=None, charges=None, parts=parts)
