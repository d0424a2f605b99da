"""Does the rolling plan see what it may see, keep its program, and keep promises?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.dispatch.days import FLUID, HOUR_S, SLOW, question, site, table
from tests.dispatch.test_day_ahead import battery

from wattloom.dispatch.intraday import RollingDispatch
from wattloom.dispatch.question import DispatchQuestion
from wattloom.domain.jobs import Command, Jobs, JobsState, Verb
from wattloom.twin.replay import replay
from wattloom.twin.result import ReplayResult
from wattloom.twin.sites import ReplayQuestion, SiteTruth

PERIODS = 26 * 4


def drawn(seed: int, *, count: int = 60, hours: float = 16.0) -> Jobs:
    """Jobs that arrive on whole quarters over some hours, half of them with dead times."""
    chance = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    for k in range(count):
        arrive_h, run_h = float(np.floor(chance.uniform(0, hours) * 4) / 4), float(chance.uniform(0.25, 3.0))
        wait_h = float(chance.choice([1.0, 3.0, 6.0]))
        mw = float(chance.uniform(0.1, 0.5))
        of = (FLUID, SLOW)[k % 2]
        rows.append(
            {
                "of": of,
                "home": k % 2,
                "arrive_h": arrive_h,
                "run_h": run_h,
                "due_h": arrive_h + run_h + wait_h,
                "mw": mw,
            }
        )
    return table(rows)


def asked_of(jobs: Jobs, seed: int = 1, **first: Any) -> DispatchQuestion:
    """A day and a bit at two sites in quarters of an hour."""
    chance = np.random.default_rng(seed)
    prices = [list(chance.uniform(200, 500, PERIODS)) for _ in range(2)]
    sites = [site("a", prices[0], it_mw_max=6.0, overhead_slope=chance.uniform(0.1, 0.3, PERIODS), **first)]
    return question(jobs, [*sites, site("b", prices[1], it_mw_max=6.0)], step_minutes=15)


def played(asked: DispatchQuestion, rolling: RollingDispatch) -> ReplayResult:
    """What the replay makes of it."""
    sites = tuple(
        SiteTruth(
            name=one.name,
            price_cny_per_mwh=one.import_price_cny_per_mwh,
            carbon_kg_per_mwh=one.carbon_kg_per_mwh,
            it_mw_max=one.it_mw_max,
        )
        for one in asked.sites
    )
    truth = ReplayQuestion(axis=asked.axis, sites=sites, jobs=asked.jobs, latency_ms=asked.latency_ms)
    return replay(truth, rolling, policy="rolling")


def at_start(jobs: Jobs, now_s: float) -> JobsState:
    """Nothing has begun, and what has arrived by now waits."""
    count = len(jobs)
    return JobsState(
        now_s=now_s,
        arrived=jobs.arrive_s <= now_s,
        done=np.zeros(count, dtype=bool),
        left_s=jobs.run_s,
        site=jobs.home,
        level=np.zeros(count),
        started=np.zeros(count, dtype=bool),
        ready_s=np.zeros(count),
    )


def test_promises_and_limits_are_kept_for_less_than_running_at_once() -> None:
    asked = asked_of(drawn(3))

    result = played(asked, RollingDispatch(asked, expected=drawn(4), horizon_hours=12.0))

    class AtOnce:
        def arrived(self, job: int, state: JobsState) -> Sequence[Command]:
            return (Command(state.now_s, job, Verb.START, int(asked.jobs.home[job])),)

        def tick(self, _: JobsState) -> Sequence[Command]:
            return ()

    at_once = played(asked, AtOnce())  # type: ignore[arg-type]
    assert result.deadline_misses == 0
    assert result.done == len(asked.jobs)
    assert np.max(result.it_mw) <= 6.0 + 1e-6
    assert result.cost_cny < 0.9 * at_once.cost_cny


def test_jobs_that_have_not_arrived_are_not_looked_at() -> None:
    jobs = drawn(3)
    late = jobs.arrive_s > 4 * HOUR_S
    other = replace(jobs, run_s=np.where(late, 0.5 * jobs.run_s, jobs.run_s))
    told = []
    for table_of in (jobs, other):
        asked = asked_of(table_of)
        told.append(RollingDispatch(asked).tick(at_start(table_of, 4 * HOUR_S)))

    assert told[0]
    assert told[0] == told[1]


def test_a_program_that_is_turned_finds_what_one_built_anew_finds() -> None:
    store = {"store": battery(power_mw=2.0, energy_mwh=4.0)}
    jobs = drawn(3)
    asked = asked_of(jobs, assets=store, demand_charge_cny_per_mw=100.0)
    turned = RollingDispatch(asked, expected=drawn(4))
    for quarter in range(0, 24, 2):
        turned.tick(at_start(jobs, quarter * 900.0))
    contents, peaks = dict(turned._contents), turned._peaks.copy()
    turned.tick(at_start(jobs, 24 * 900.0))

    anew = RollingDispatch(asked, expected=drawn(4), contents_mwh=contents)
    anew._peaks = peaks
    anew.tick(at_start(jobs, 24 * 900.0))

    assert turned.replans[-1].method == "simplex, warm"
    assert turned.replans[-1].plan_cny == pytest.approx(anew.replans[-1].plan_cny, rel=1e-6)


def test_a_forecast_that_changes_changes_what_is_told() -> None:
    # Now costs 300; foreseen later are 100 at first, and then 500.
    jobs = table([{"due_h": 6.0, "run_h": 2.0}], sites=("a",))
    known = question(jobs, [site("a", [300.0] + [100.0] * 47)], step_minutes=30)
    dear = site("a", [300.0] * 4 + [500.0] * 44)

    waits = RollingDispatch(known, horizon_hours=6.0).tick(at_start(jobs, 0.0))
    runs = RollingDispatch(known, foreseen=lambda _: (dear,), horizon_hours=6.0).tick(at_start(jobs, 0.0))

    assert waits == []
    assert runs == [Command(0.0, 0, Verb.START, 0, 1.0)]


def test_a_job_without_time_to_wait_for_the_next_look_starts_at_once() -> None:
    jobs = table([{"arrive_h": 0.1, "run_h": 1.0, "due_h": 1.2}, {"arrive_h": 0.1, "run_h": 1.0, "due_h": 3.0}])
    rolling = RollingDispatch(question(jobs, [site("a", [9.0] * 48), site("b", [9.0] * 48)], step_minutes=15))
    state = at_start(jobs, 360.0)

    assert rolling.arrived(0, state) == (Command(360.0, 0, Verb.START, 0),)
    assert rolling.arrived(1, state) == ()
