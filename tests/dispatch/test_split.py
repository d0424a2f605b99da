"""Does every single job get its work in its window, whatever its class, and every site keep its limits?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from tests.dispatch.days import FLUID, HOME, HOUR_S, RIGID, SLOW, WHOLE, question, site, table

from wattloom.dispatch import accounts
from wattloom.dispatch.network import edges_s
from wattloom.dispatch.question import DispatchQuestion
from wattloom.dispatch.split import Offer, Roads, split, worthwhile
from wattloom.domain.jobs import Jobs, JobsState, Segments

PERIODS = 24
CLASSES = (FLUID, WHOLE, RIGID, SLOW, HOME)


def offer(asked: DispatchQuestion, *, gpus: float = np.inf, nodes: float = np.inf) -> Offer:
    """Sites offered at their import prices, with nothing planned."""
    price = np.array([one.import_price_cny_per_mwh for one in asked.sites])
    room = np.array([one.it_mw_max for one in asked.sites])
    return Offer(
        edge_s=edges_s(asked),
        worth_cny_per_mwh=price,
        low_cny_per_mwh=price,
        high_cny_per_mwh=price,
        planned_mw=np.zeros_like(room),
        room_mw=room,
        soft_room_mw=room,
        gpus=np.full(len(asked.sites), gpus),
        nodes=np.full(len(asked.sites), nodes),
    )


def roads(asked: DispatchQuestion) -> Roads:
    return Roads(latency_ms=asked.latency_ms, cost_cny_per_mwh=asked.migration_cost_cny_per_mwh)


def divided(asked: DispatchQuestion, *, state: JobsState | None = None, **machines: float) -> Segments:
    """The split at the import prices."""
    return split(asked.jobs, offer(asked, **machines), roads(asked), state=state)


def row_of(segments: Segments, job: int) -> list[tuple[int, float, float, float, float]]:
    """Site, hours, level and dead seconds of a job's stretches."""
    mine = segments.job == job
    columns = (segments.site, segments.start_s / HOUR_S, segments.end_s / HOUR_S, segments.level, segments.dead_s)
    return [tuple(row) for row in zip(*(column[mine].tolist() for column in columns), strict=True)]


@st.composite
def days(draw: st.DrawFn) -> DispatchQuestion:
    """Up to twenty jobs of all sorts at two sites, with twice the power that they need on the mean."""
    chance = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rows: list[dict[str, Any]] = []
    for _ in range(draw(st.integers(1, 20))):
        arrive_h, run_h = float(chance.uniform(0, 14)), float(np.clip(chance.lognormal(0.0, 1.0), 0.05, 6.0))
        wait_h = float(chance.choice([0.0, 0.5, 3.0, 8.0]))
        rows.append(
            {
                "of": CLASSES[draw(st.integers(0, len(CLASSES) - 1))],
                "home": int(chance.integers(2)),
                "arrive_h": arrive_h,
                "run_h": run_h,
                "due_h": min(arrive_h + run_h + wait_h, float(PERIODS)),
                "mw": float(chance.uniform(0.1, 1.0)),
                "gpus": float(chance.choice([0.5, 1.0, 8.0, 16.0])),
                "nodes": int(chance.integers(2)),
                "move_gb": float(chance.choice([0.0, 300.0, 5000.0])),
            }
        )
    prices = [list(chance.uniform(-20, 500, PERIODS)) for _ in range(2)]
    step = draw(st.sampled_from([30, 60]))
    prices = [list(np.repeat(price, 60 // step)) for price in prices]
    return question(
        table(rows), [site(name, price) for name, price in zip("ab", prices, strict=True)], step_minutes=step
    )


@settings(max_examples=150, deadline=None)
@given(days())
def test_every_job_gets_its_work_inside_its_window(asked: DispatchQuestion) -> None:
    jobs, segments = asked.jobs, divided(asked)

    worked = np.zeros(len(jobs))
    for k in range(len(segments)):
        of = jobs.classes[jobs.class_index[segments.job[k]]]
        lasts = segments.end_s[k] - segments.start_s[k] - segments.dead_s[k]
        assert lasts >= -1e-6
        worked[segments.job[k]] += lasts * np.interp(segments.level[k], *zip((0.0, 0.0), *of.power_work, strict=True))
        assert of.least_power - 1e-9 <= segments.level[k] <= 1.0
        inside = asked.latency_ms[jobs.home[segments.job[k]], segments.site[k]]
        assert of.latency_ms_max is None or inside <= of.latency_ms_max

    assert worked == pytest.approx(jobs.run_s, rel=1e-9, abs=1e-6)
    assert np.all(segments.start_s >= jobs.arrive_s[segments.job] - 1e-6)
    assert np.all(segments.end_s <= jobs.due_s[segments.job] + 1e-6)
    assert accounts.deadline_misses(segments, jobs) == 0
    rigid = ~jobs.of_class("interruptible")[segments.job]
    assert np.unique(segments.job[rigid]).size == rigid.sum()


@settings(max_examples=100, deadline=None)
@given(days())
def test_energy_is_that_of_the_stretches_period_by_period(asked: DispatchQuestion) -> None:
    segments, edge_s = divided(asked), edges_s(asked)

    drawn = accounts.it_mw_of(segments, asked.jobs, edge_s)

    total = float(np.sum(segments.energy_mwh(asked.jobs)))
    assert float(drawn.sum()) * asked.axis.step_hours == pytest.approx(total, rel=1e-9)
    assert accounts.moved_mwh(segments, asked.jobs).sum() == pytest.approx(total, rel=1e-9)


def feasible(jobs: Jobs, mw_max: float) -> bool:
    """Whether fluid jobs at one site can all be done in time, by SciPy."""
    periods = PERIODS
    each = len(jobs) * periods
    work = np.zeros((len(jobs), each))
    limit = np.zeros((periods, each))
    upper = np.zeros(each)
    for j in range(len(jobs)):
        for t in range(periods):
            work[j, j * periods + t] = limit[t, j * periods + t] = 1.0
            lasts = min(jobs.due_s[j], (t + 1) * HOUR_S) - max(jobs.arrive_s[j], t * HOUR_S)
            upper[j * periods + t] = jobs.power_mw[j] * max(lasts, 0.0) / HOUR_S
    answer = linprog(
        np.zeros(each),
        A_ub=limit,
        b_ub=np.full(periods, mw_max),
        A_eq=work,
        b_eq=jobs.energy_mwh,
        bounds=np.column_stack([np.zeros(each), upper]),
    )
    return bool(answer.status == 0)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(1.25, 2.0))
def test_a_site_keeps_its_limit_where_the_fluid_program_says_it_can(seed: int, spare: float) -> None:
    # A quarter more than the least that the program needs: the re-fit moves jobs, and is no solver.
    chance = np.random.default_rng(seed)
    rows = []
    for _ in range(15):
        arrive_h, run_h = float(chance.uniform(0, 14)), float(chance.uniform(0.3, 4.0))
        due_h = min(arrive_h + run_h + float(chance.choice([1.0, 3.0, 8.0])), float(PERIODS))
        rows.append({"arrive_h": arrive_h, "run_h": run_h, "due_h": due_h, "mw": float(chance.uniform(0.1, 1.0))})
    jobs = table(rows, sites=("a",))
    low, high = 0.0, float(jobs.power_mw.sum())
    while high - low > 0.02 * high:
        middle = 0.5 * (low + high)
        low, high = (low, middle) if feasible(jobs, middle) else (middle, high)
    mw_max = high * spare
    asked = question(jobs, [site("a", list(chance.uniform(100, 500, PERIODS)), it_mw_max=mw_max)])

    segments = divided(asked)

    assert accounts.deadline_misses(segments, jobs) == 0
    assert np.max(accounts.it_mw_of(segments, jobs, edges_s(asked))) <= mw_max + 1e-6


def test_who_can_wait_leaves_room_to_who_cannot() -> None:
    # Both want hour 1; there is room for one. The one that must end by hour 2 stays, the other takes hour 2 at 20.
    jobs = table([{"arrive_h": 1.0, "due_h": 2.0}, {"due_h": 3.0, "of": WHOLE}], sites=("a",))
    asked = question(jobs, [site("a", [50.0, 10.0, 20.0], it_mw_max=1.0)])

    segments = divided(asked)

    assert row_of(segments, 1) == [(0, 1.0, 2.0, 1.0, 0.0)]
    assert row_of(segments, 0) == [(0, 2.0, 3.0, 1.0, 0.0)]


def test_a_job_that_may_slow_down_takes_what_room_there_is() -> None:
    jobs = table([{"due_h": 3.0, "mw": 2.0}], sites=("a",))
    asked = question(jobs, [site("a", [10.0, 20.0, 90.0], it_mw_max=1.0)])

    assert row_of(divided(asked), 0) == [(0, 0.0, 2.0, 0.5, 0.0)]


def test_a_job_that_runs_through_takes_the_cheapest_stretch_even_between_edges() -> None:
    # Hour 1 costs 10; the job lasts 90 minutes and must end by 3.0: hours 1.0 to 2.5.
    jobs = table([{"of": RIGID, "run_h": 1.5, "due_h": 3.0}], sites=("a",))

    assert row_of(divided(question(jobs, [site("a", [90.0, 10.0, 20.0])])), 0) == [(0, 1.0, 2.5, 1.0, 0.0)]


def test_a_pause_is_made_only_where_it_saves_more_than_saving_and_restarting_cost() -> None:
    # A minute of saving and two of restarting at 1 MW. Between two cheap hours lies one at 10.3 or at 900.
    jobs = table([{"of": replace(SLOW, least_power=1.0), "run_h": 1.9, "due_h": 3.0}], sites=("a",))

    dear = divided(question(jobs, [site("a", [10.0, 900.0, 10.0])]))
    even = divided(question(jobs, [site("a", [10.0, 10.3, 10.0])]))

    assert np.sum(dear.dead_s) == pytest.approx(180.0)
    assert accounts.it_mw_of(dear, jobs, np.arange(4) * HOUR_S)[0, 1] == pytest.approx(0.0)
    assert np.sum(even.dead_s) == 0.0


def test_a_move_draws_power_on_both_sides_while_data_fly() -> None:
    # 2,250 GB at 10 Gbit/s take half an hour; a minute of saving, two of restarting. From hour 3 on b is cheap. Without
    # power the data would take a whole period, and the job would end too late.
    prices = [[50.0] * 3 + [5000.0] * 9, [9000.0] * 3 + [1.0] * 9]
    jobs = table([{"of": SLOW, "run_h": 8.5, "due_h": 9.5, "move_gb": 2250.0}, {"due_h": 12.0}])
    asked = question(jobs, [site(name, price) for name, price in zip("ab", prices, strict=True)])
    running = JobsState(
        now_s=0.0,
        arrived=np.array([True, False]),
        done=np.array([False, False]),
        left_s=jobs.run_s,
        site=jobs.home,
        level=np.array([1.0, 0.0]),
        started=np.array([True, False]),
        ready_s=np.zeros(2),
    )

    segments = divided(asked, state=running)

    work, saving, flight, landing = row_of(segments, 0)[:4]
    assert work == (0, 0.0, pytest.approx(3.0 - 1 / 60), 1.0, 0.0)
    assert saving == (0, pytest.approx(3.0 - 1 / 60), 3.0, 1.0, pytest.approx(60.0))
    assert flight == (0, 3.0, 3.5, 1.0, 1800.0)
    assert (landing[0], landing[1], landing[4]) == (1, 3.0, 1800.0 + 120.0)
    assert accounts.it_mw_of(segments, jobs, edges_s(asked))[:, 3] == pytest.approx([0.5, 1.0])


def test_gang_jobs_keep_whole_nodes() -> None:
    # Two nodes of 8 GPUs. The gang of two nodes leaves nothing to the small job, though 1 GPU would be 16 of 16.
    gang = {"of": replace(RIGID, name="gang"), "gpus": 15.0, "nodes": 2, "due_h": 1.0}
    small = {"of": replace(FLUID, name="small"), "gpus": 1.0, "due_h": 2.0, "arrive_h": 0.0}
    jobs = table([gang, small], sites=("a",))

    segments = divided(question(jobs, [site("a", [10.0, 90.0])]), gpus=16.0, nodes=2.0)

    assert row_of(segments, 0) == [(0, 0.0, 1.0, 1.0, 0.0)]
    assert row_of(segments, 1) == [(0, 1.0, 2.0, 1.0, 0.0)]


def test_levels_worth_running_at_are_the_hull_of_what_the_class_allows() -> None:
    assert worthwhile(SLOW) == ((0.5, 0.65), (0.75, 0.85), (1.0, 1.0))
    assert worthwhile(replace(SLOW, least_power=0.75)) == ((0.75, 0.85), (1.0, 1.0))
    assert worthwhile(WHOLE) == ((1.0, 1.0),)
    assert worthwhile(replace(SLOW, power_work=((0.5, 0.3), (1.0, 1.0)))) == ((1.0, 1.0),)
