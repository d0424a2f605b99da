"""Does a match cost what a hand sheet says, and is every field of a tick felt?"""

from __future__ import annotations

import importlib
from dataclasses import replace

import numpy as np
import pytest
from tests.dispatch.matching.small import EAST, WEST, campaign, tick, with_batch, with_regions

from wattloom.dispatch.matching import GAP_MAX, Match, Matcher, Tick, solve_cold


def matched(of: Tick) -> Match:
    match = Matcher(of.layout).match(of)
    assert match.certificate.gap <= GAP_MAX
    assert match.certificate.residual < 1e-7
    return match


def test_work_goes_where_it_is_cheapest_and_what_is_too_dear_waits() -> None:
    """4 MW move (120 each), 3 MW come by line (109 each, 2.7 arrive), 3.3 MW wait at 300: 480 + 327 + 990."""
    at = with_batch(10.0)

    exact, match = solve_cold(at), matched(at)

    assert exact.cost_cny_per_h == pytest.approx(1797.0)
    assert match.certificate.cost_cny_per_h == pytest.approx(1797.0, rel=GAP_MAX)
    assert match.certificate.bound_cny_per_h <= 1797.0 + 1e-6
    assert match.moved_out_it_mw[1] == pytest.approx([4.0, 0.0], abs=0.01)
    assert match.moved_in_it_mw == pytest.approx([0.0, 4.0], abs=0.01)
    assert match.served_it_mw[3, EAST] == pytest.approx(2.7, abs=0.02)
    assert match.forward_mw == pytest.approx([3.0], abs=0.02)
    assert match.supply_mw[WEST, 1] == pytest.approx(7.0, abs=0.05)


def test_the_price_of_energy_is_what_the_next_megawatt_costs() -> None:
    """The east's next MW would be taken from work that is worth 300."""
    match = matched(with_batch(10.0))

    assert match.prices_cny_per_mwh[0, WEST] == pytest.approx(100.0, abs=6.0)
    assert match.prices_cny_per_mwh[0, EAST] == pytest.approx(300.0, abs=6.0)


def test_carbon_at_its_price_turns_the_order_of_supply() -> None:
    """Green costs 150, thermal 100 plus 0.8 t at 100: 180."""
    at = with_regions(
        tick(demand_mw=[[0, 0, 0, 0], [10, 0, 0, 0]]),
        supply_mw_max=np.array([[0.0, 1000.0], [8.0, 1000.0]]),
        supply_price_cny_per_mwh=np.array([[0.0, 500.0], [150.0, 100.0]]),
        supply_carbon_t_per_mwh=np.array([[0.0, 0.0], [0.0, 0.8]]),
    )

    free = matched(at)
    priced = matched(with_regions(at, carbon_price_cny_per_t=100.0))

    assert free.supply_mw[WEST] == pytest.approx([0.0, 10.0], abs=0.02)
    assert priced.supply_mw[WEST] == pytest.approx([8.0, 2.0], abs=0.02)
    assert priced.certificate.cost_cny_per_h == pytest.approx(8 * 150 + 2 * 180, rel=GAP_MAX)


def test_power_that_cannot_fall_is_burnt_idle() -> None:
    """From 10 MW down by at most 4: 6 MW run, 1 MW of them with work."""
    match = matched(tick(demand_mw=[[0, 0, 0, 0], [1, 0, 0, 0]], previous_it_mw=[0, 10], ramp_mw=[1000, 4]))

    assert match.idle_it_mw[WEST] == pytest.approx(5.0, abs=1e-6)
    assert match.certificate.cost_cny_per_h == pytest.approx(600.0)


def test_reserve_and_landing_moves_take_room_below_the_cap() -> None:
    """Of 10 MW, 2 are held to rise and 1 lands: 7 are left for 9 MW of training; 2 wait at 10,000."""
    at = tick(
        demand_mw=[[0, 0, 0, 0], [0, 0, 9, 0]],
        it_mw_max=[100, 10],
        reserve_raise_mw=[0, 2],
        landing_mw=[0, 1],
    )

    match = matched(at)

    assert match.served_it_mw[2, WEST] == pytest.approx(7.0, abs=1e-6)
    assert match.supply_mw[WEST].sum() == pytest.approx(8.0, abs=1e-6)
    assert match.certificate.cost_cny_per_h == pytest.approx(8 * 100 + 2 * 10_000)


def test_reserve_to_fall_keeps_machines_running() -> None:
    """The least power is 2 and 3 more must be there to fall: 5 run."""
    match = matched(tick(it_mw_min=[0, 2], reserve_cut_mw=[0, 3]))

    assert match.idle_it_mw[WEST] == pytest.approx(5.0, abs=1e-6)


def test_moves_in_flight_take_room_of_their_corridor() -> None:
    at = with_batch(10.0)
    busy = replace(at, corridors=replace(at.corridors, in_flight_mw=np.array([3.0])))

    match = matched(busy)

    assert match.corridor_it_mw == pytest.approx([1.0], abs=0.01)


def test_a_store_gives_when_energy_is_dearer_than_what_is_in_it() -> None:
    at = tick(
        demand_mw=[[10, 0, 0, 0], [0, 0, 0, 0]],
        discharge_mw_max=[2, 2],
        charge_mw_max=[2, 2],
        charge_value_cny_per_mwh=[300, 300],
        discharge_value_cny_per_mwh=[320, 320],
    )

    match = matched(at)

    assert match.discharge_mw == pytest.approx([2.0, 0.0], abs=1e-6)
    assert match.charge_mw == pytest.approx([0.0, 2.0], abs=1e-6)


def test_what_nobody_has_is_told() -> None:
    """10 MW of what cannot fall, 7 MW of supply, 2.7 by line."""
    at = with_regions(tick(it_mw_min=[10, 0]), supply_mw_max=np.array([[0.0, 7.0], [0.0, 1000.0]]))

    match = matched(at)

    assert match.shortfall_mw == pytest.approx([0.3, 0.0], abs=1e-6)


def test_an_answer_that_stays_too_far_off_is_solved_exactly_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wattloom.dispatch.matching.matcher.WARM", ())
    at = with_batch(10.0)

    match = Matcher(at.layout).match(at)

    assert match.certificate.method == "exact"
    assert match.certificate.cost_cny_per_h == pytest.approx(1797.0)
    assert match.certificate.gap < 1e-6
    assert match.served_it_mw[3, EAST] == pytest.approx(2.7)


def test_after_an_exact_answer_the_climb_starts_from_its_prices(monkeypatch: pytest.MonkeyPatch) -> None:
    at = campaign().Drawn(300, 6).tick
    cold = Matcher(at.layout).match(at)
    matcher = Matcher(at.layout)
    with monkeypatch.context() as forced:
        forced.setattr("wattloom.dispatch.matching.matcher.WARM", ())
        exact = matcher.match(at)

    after = matcher.match(at)

    assert (cold.certificate.method, exact.certificate.method, after.certificate.method) == (
        "prices",
        "exact",
        "prices",
    )
    assert after.certificate.passes < 0.6 * cold.certificate.passes


def test_answers_are_their_own_and_read_only() -> None:
    at = with_batch(10.0)
    matcher = Matcher(at.layout)
    first = matcher.match(at)
    kept = [array.copy() for array in first.arrays]

    matcher.match(with_batch(2.0))

    assert all(np.array_equal(a, b) for a, b in zip(first.arrays, kept, strict=True))
    with pytest.raises(ValueError, match="read-only"):
        first.served_it_mw[0, 0] = 1.0


def test_the_tick_that_compiles_the_matcher_is_one_that_it_answers(capsys: pytest.CaptureFixture[str]) -> None:
    compiling = importlib.import_module("wattloom.dispatch.matching.__main__")
    small = compiling.small_tick()
    match = Matcher(small.layout).match(small)
    assert match.certificate.method == "prices"
    assert match.served_it_mw.sum() + match.moved_out_it_mw.sum() == pytest.approx(8.0)
    compiling.main()
    assert capsys.readouterr().out.startswith("The matcher is compiled")
