"""Does every answer keep the rows of the exact program, and no answer cost more than certified?

The short form of campaigns/matching_rows.py.
"""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from tests.dispatch.matching.small import campaign, with_batch

from wattloom.dispatch.matching import GAP_MAX, ExactTick, Matcher, columns, program, repaired, solve_cold
from wattloom.dispatch.matching.certificate import Flows, judge

CAMPAIGN = campaign()


def test_streams_of_ticks_keep_every_row() -> None:
    faults, matcher = [], None
    for k, (name, begins, tick) in enumerate(islice(CAMPAIGN.ticks(11), 100)):
        if begins or matcher is None:
            matcher = Matcher(tick.layout)
        weigh = k % 20 == 0 and len(tick.layout.sites) < 200
        faults += [f"{name}: {fault}" for fault in CAMPAIGN.faults_of(tick, matcher.match(tick), weigh=weigh)]

    assert faults == []


@pytest.mark.parametrize("name", list(CAMPAIGN.HARD))
def test_hard_ticks_are_answered_and_judged_by_the_optimum(name: str) -> None:
    stream = CAMPAIGN.Drawn(60, 21)
    matcher = Matcher(stream.tick.layout)
    matcher.match(stream.tick)
    tick = CAMPAIGN.HARD[name](stream.move(0.01))

    match = matcher.match(tick)

    assert CAMPAIGN.faults_of(tick, match, weigh=True) == []


def test_a_warm_exact_program_finds_the_cold_ones_optimum() -> None:
    stream, warm = CAMPAIGN.Drawn(60, 4), ExactTick()

    for _ in range(3):
        tick = stream.move(0.01)
        assert warm.solve(tick).cost_cny_per_h == pytest.approx(solve_cold(tick).cost_cny_per_h, rel=1e-7)


def test_the_judge_sees_a_broken_row_and_a_wrong_cost() -> None:
    """1 MW more served than there is power for in the window, and than supply gives."""
    tick = with_batch(10.0)
    matcher = Matcher(tick.layout)
    match = matcher.match(tick)
    setpoints = np.vstack(
        [
            match.served_it_mw,
            match.moved_out_it_mw,
            match.moved_in_it_mw[None],
            match.idle_it_mw[None],
            match.charge_mw[None],
            match.discharge_mw[None],
        ]
    )
    supply = np.column_stack([match.supply_mw, match.shortfall_mw])
    flows = Flows(supply, np.concatenate([match.forward_mw, match.backward_mw]), match.corridor_it_mw.copy())
    net, matrix = matcher._net, matcher._matrix

    right = judge(matrix, setpoints, net, flows, match.prices_cny_per_mwh.copy())
    setpoints[3, 0] += 1.0
    wrong = judge(matrix, setpoints, net, flows, match.prices_cny_per_mwh.copy())

    assert right[2] < 1e-9
    assert wrong[2] > 0.1
    assert wrong[0] == pytest.approx(right[0] - 300.0)
    assert wrong[1] == right[1], "the bound knows nothing of the plan"


def test_no_prices_make_a_bound_above_the_optimum() -> None:
    tick = CAMPAIGN.Drawn(40, 8).tick
    matcher = Matcher(tick.layout)
    match = matcher.match(tick)
    optimum = solve_cold(tick).cost_cny_per_h
    supply = np.column_stack([match.supply_mw, match.shortfall_mw])
    flows = Flows(supply, np.concatenate([match.forward_mw, match.backward_mw]), match.corridor_it_mw.copy())
    chance = np.random.default_rng(0)

    bounds = [
        judge(matcher._matrix, np.zeros((10, 40)), matcher._net, flows, prices)[1]
        for prices in map(np.copy, chance.uniform(-200, 900, (200, 4, 12)))
    ]

    assert max(bounds) <= optimum * (1 + 1e-9)
    assert match.certificate.bound_cny_per_h > max(bounds)


@pytest.mark.parametrize("name", ["plain", *CAMPAIGN.HARD])
def test_last_set_points_repaired_keep_the_rows_and_cost_more(name: str) -> None:
    stream = CAMPAIGN.Drawn(60, 5)
    match = Matcher(stream.tick.layout).match(stream.tick)
    tick = CAMPAIGN.HARD.get(name, lambda t: t)(stream.move(0.01))

    mended, nothing_moved = repaired(tick, match), repaired(tick, None)

    optimum = solve_cold(tick).cost_cny_per_h
    lp = program(tick)
    for plan in (mended, nothing_moved):
        supply, short = plan.supply_mw[:, :-1].ravel(), plan.supply_mw[:, -1]
        x = np.concatenate([plan.setpoints_mw.ravel(), supply, short, plan.line_mw, plan.corridor_mw])
        assert CAMPAIGN.missed(lp, x) < 1e-9
        assert float(lp.cost @ x) + lp.offset == pytest.approx(plan.cost_cny_per_h, rel=1e-9)
        assert plan.cost_cny_per_h >= optimum - 1e-6 * abs(optimum)


def test_the_common_benchmark_judges_by_its_own_program() -> None:
    folder = os.environ.get("WATTLOOM_BENCH")
    if not folder:
        pytest.skip("WATTLOOM_BENCH names no folder with the common benchmark's instance.py and lp.py")

    assert CAMPAIGN.shared_faults(Path(folder), 50, 2) == []


def test_a_match_costs_what_its_columns_cost() -> None:
    tick = CAMPAIGN.Drawn(100, 2).tick
    match, lp = Matcher(tick.layout).match(tick), program(tick)

    cost = float(lp.cost @ columns(match)) + lp.offset

    assert cost == pytest.approx(match.certificate.cost_cny_per_h, rel=1e-12)
    assert match.certificate.gap <= GAP_MAX
