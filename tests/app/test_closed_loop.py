"""Is a day decided tick by tick nearly as cheap as one known from the start, with every promise kept?

The reduced form of campaigns/closed_loop.py.
"""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from tests.dispatch.matching import small

import wattloom.app.closed_loop as closed_loop_module
from wattloom.app.closed_loop import Outcome, closed_loop, known_from_the_start
from wattloom.app.closed_loop_again import Again
from wattloom.app.closed_loop_day import Conditions, Day, Stores
from wattloom.app.closed_loop_plan import Plan, Standing, plan_from
from wattloom.dispatch.matching import program
from wattloom.domain.errors import InputError, SolveError
from wattloom.domain.jobs import JobClass, Jobs
from wattloom.domain.time import TimeAxis
from wattloom.domain.workloads import WorkloadKind

PRICES = (500.0, 200.0, 300.0, 400.0, 450.0)
START = datetime(2026, 7, 1, tzinfo=UTC)
CLASSES = (
    JobClass(name="training", kind=WorkloadKind.TRAINING),
    JobClass(name="batch", kind=WorkloadKind.BATCH),
)


def campaign() -> ModuleType:
    path = Path(__file__).parents[2] / "campaigns" / "closed_loop.py"
    spec = importlib.util.spec_from_file_location("closed_loop_campaign", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def drawn() -> Day:
    day: Day = campaign().draw_day(16, 0, minutes=15)
    return day


@pytest.fixture(scope="module")
def run(drawn: Day) -> Outcome:
    return closed_loop(drawn)


def test_a_drawn_day_costs_at_most_3_pct_more_than_known_from_the_start(drawn: Day, run: Outcome) -> None:
    known = known_from_the_start(drawn)

    assert known.undone_mwh == pytest.approx(0.0, abs=1e-6)
    assert known.cost_cny <= run.cost_cny <= 1.03 * known.cost_cny


def test_the_program_of_means_is_a_bound_below_that_of_ticks(drawn: Day, run: Outcome) -> None:
    """Every tick a period of its own: dearer than the means allow, and still below what was reached."""
    finer = known_from_the_start(replace(drawn, ticks_per_period=1, foreseen=(drawn.truth,) * drawn.axis.count))

    assert known_from_the_start(drawn).cost_cny <= finer.cost_cny * (1 + 1e-5)
    assert finer.cost_cny <= run.cost_cny


def test_running_at_once_at_home_costs_more(drawn: Day, run: Outcome) -> None:
    """What the flexibility is worth: waiting, moving and storing save a tenth of the bill on this day."""
    assert closed_loop(drawn, at_once=True).cost_cny > 1.1 * run.cost_cny


def test_every_job_is_done_inside_its_own_window_below_its_own_power(drawn: Day, run: Outcome) -> None:
    """Held against the jobs' table alone, tick by tick."""
    jobs, step_s = drawn.jobs, drawn.tick_hours * 3600
    start = np.arange(drawn.axis.count)[:, None] * step_s
    outside = (start < jobs.arrive_s) | (start + step_s > jobs.due_s + 1e-6)

    assert run.missed == 0
    assert not run.served_mw[outside].any()
    assert (run.served_mw <= jobs.power_mw * (1 + 1e-9)).all()
    np.testing.assert_allclose(run.served_mw.sum(axis=0) * drawn.tick_hours, jobs.energy_mwh, rtol=2e-6)


def test_stores_stay_inside_their_limits_and_end_as_full_as_they_began(drawn: Day, run: Outcome) -> None:
    assert (run.stored_mwh >= 0).all()
    assert (run.stored_mwh <= drawn.stores.energy_mwh).all()
    assert run.costs_cny["store"] <= 1e-3 * run.cost_cny


def test_nothing_is_known_before_its_time(drawn: Day, run: Outcome) -> None:
    """Another afternoon, with the same forecasts until noon and the same arrivals: the morning is decided alike."""
    noon, periods = drawn.axis.count // 2, drawn.periods // 2
    truth = drawn.truth
    later = {
        name: np.concatenate([getattr(truth, name)[:noon], factor * getattr(truth, name)[noon:]])
        for name, factor in (("supply_mw_max", 0.7), ("supply_price_cny_per_mwh", 1.5), ("inference_mw", 0.8))
    }
    jobs = drawn.jobs.select(drawn.jobs.arrive_s < noon * drawn.tick_hours * 3600)
    other = replace(
        drawn,
        truth=Conditions(**later),
        foreseen=drawn.foreseen[:periods] + (drawn.foreseen[0],) * (drawn.periods - periods),
        jobs=jobs,
    )

    morning = closed_loop(other).served_mw[:noon]

    np.testing.assert_array_equal(morning, run.served_mw[:noon, : len(jobs)])


def one_job(*, price: tuple[float, ...], stored_mwh: float = 0.0) -> Day:
    """A site in each of two regions; 8 MWh of training in the east, 4 MW, due after 4 h; hourly ticks and prices."""
    count = len(price)
    still = small.tick()
    supply = np.tile(still.regions.supply_mw_max, (count, 1, 1))
    cost = np.tile(still.regions.supply_price_cny_per_mwh, (count, 1, 1))
    cost[:, small.EAST, 1] = price
    truth = Conditions(supply_mw_max=supply, supply_price_cny_per_mwh=cost, inference_mw=np.zeros((count, 2, 2)))
    lines = replace(still.lines, forward_mw_max=np.zeros(1), backward_mw_max=np.zeros(1))
    store = np.array([stored_mwh, 0.0])
    jobs = table(home=[0], class_index=[0], arrive_s=[0.0], due_s=[3600.0 * count], run_s=[7200.0], power_mw=[4.0])
    return Day(
        axis=TimeAxis(START, 60, count),
        ticks_per_period=1,
        still=replace(still, lines=lines),
        truth=truth,
        foreseen=(truth,) * count,
        jobs=jobs,
        expected=jobs.select(np.zeros(1, dtype=bool)),
        stores=Stores(energy_mwh=2 * store, power_mw=store, first_mwh=store, one_way=1.0),
    )


def planned(day: Day, k: int, *, left_mwh: float, stored_mwh: float = 0.0, again: Again | None = None) -> Plan:
    """The plan as a tick of a day of one job begins, nothing running."""
    stored = np.array([stored_mwh, 0.0])
    standing = Standing(left_mwh=np.array([left_mwh]), stored_mwh=stored, it_mw=np.zeros(2))
    return plan_from(day, k, standing, again)


def table(**columns: Any) -> Jobs:
    """Jobs of the two small sites."""
    count = len(columns["home"])
    zero = np.zeros(count)
    plain = {"id": np.arange(count).astype(str), "gpus": zero, "nodes": zero.astype(np.int64), "move_gb": zero}
    arrays = {name: np.asarray(value) for name, value in columns.items()}
    return Jobs(start=START, classes=CLASSES, sites=small.layout().sites, **(plain | arrays))


def test_a_job_waits_for_the_two_cheapest_hours_that_leave_time_to_spare() -> None:
    """At 500, 200, 300, 400, 450: 4 MW at 200 and 4 MW at 300 come to 2,000 CNY, known from the start or not."""
    day = one_job(price=PRICES)

    outcome = closed_loop(day)

    assert known_from_the_start(day).cost_cny == pytest.approx(2_000.0, rel=1e-6)
    assert outcome.cost_cny == pytest.approx(2_000.0, rel=2e-3)
    np.testing.assert_allclose(outcome.served_mw[:, 0], [0, 4, 4, 0, 0], atol=1e-2)


def test_a_store_is_worth_what_it_can_save_and_is_filled_again() -> None:
    """1 MWh given back in the second hour of work at 300 and bought at 200: known from the start, 1,900 CNY."""
    day = one_job(price=PRICES, stored_mwh=1.0)

    assert known_from_the_start(day).cost_cny == pytest.approx(1_900.0, rel=1e-6)
    assert closed_loop(day).cost_cny == pytest.approx(1_900.0, rel=0.03)


def test_a_plan_says_how_much_of_the_job_is_done_now_and_what_a_mwh_of_it_is_worth() -> None:
    """Of 500, 200, 300, 400 (the last hour is spare), 8 MWh take the second and third hour; one more would take 400."""
    day = one_job(price=PRICES)

    first, second, third = (planned(day, k, left_mwh=left) for k, left in ((0, 8.0), (1, 8.0), (2, 4.0)))

    assert [plan.job_mw[0] for plan in (first, second, third)] == pytest.approx([0.0, 4.0, 4.0], abs=1e-9)
    assert 300.0 - 1e-6 <= first.worth_cny_per_mwh[0, small.EAST, 0] <= 400.0 + 1e-6
    np.testing.assert_allclose(first.edge_hours, [0, 1, 2, 3, 4, 5])


def test_a_plan_keeps_the_job_out_of_its_spare_tick_even_where_that_is_the_cheapest() -> None:
    """100 in the last hour is left alone; 4 MW each go to 200 and 300."""
    day = one_job(price=(500.0, 200.0, 300.0, 400.0, 100.0))

    last = planned(day, 3, left_mwh=0.0)

    assert planned(day, 2, left_mwh=4.0).job_mw[0] == pytest.approx(4.0)
    assert last.job_mw[0] == 0.0


def test_a_plan_says_how_much_goes_into_a_store_and_what_is_in_it_is_worth() -> None:
    """1 MW at 200 goes in, at 300 it comes out; one MWh more before saves buying at 200, one less costs 300."""
    day = one_job(price=PRICES, stored_mwh=1.0)

    before, fill, draw = (
        planned(day, k, left_mwh=left, stored_mwh=stored) for k, left, stored in ((0, 8, 1), (1, 8, 1), (2, 4, 2))
    )

    assert 200.0 - 1e-6 <= before.stored_value_cny_per_mwh[0] <= 300.0 + 1e-6
    assert (fill.charged_mw[0], draw.charged_mw[0]) == pytest.approx((1.0, -1.0))


def test_a_site_that_cannot_ramp_further_is_planned_no_further_in_the_first_step() -> None:
    """From 0 MW with a ramp of 1.5 MW, 1.5 MW at 200 although 4 MW are wanted."""
    day = one_job(price=PRICES)
    slow = replace(day, still=replace(day.still, sites=replace(day.still.sites, ramp_mw=np.full(2, 1.5))))

    assert planned(slow, 1, left_mwh=8.0).job_mw[0] == pytest.approx(1.5)


def test_room_is_kept_for_work_that_is_only_expected() -> None:
    """4 MWh are expected in the hour at 200, at a site of 4 MW: what is here takes the present one at 250, not 300."""
    day = one_job(price=(250.0, 200.0, 300.0, 400.0, 450.0))
    sites = replace(day.still.sites, it_mw_max=np.array([4.0, 100.0]))
    alone = replace(day, still=replace(day.still, sites=sites))
    soon = table(home=[0], class_index=[0], arrive_s=[3000.0], due_s=[7200.0], run_s=[3600.0], power_mw=[4.0])

    assert planned(alone, 0, left_mwh=4.0).job_mw[0] == pytest.approx(0.0, abs=1e-9)
    assert planned(replace(alone, expected=soon), 0, left_mwh=4.0).job_mw[0] == pytest.approx(4.0)


def test_a_plan_made_again_from_the_last_basis_is_the_plan_made_afresh(drawn: Day) -> None:
    """Three ticks across the end of an hour: jobs, stores and periods change, the optimum is that of a cold solve."""
    again = Again(seconds_max=60.0)
    left, stored, sites = drawn.jobs.energy_mwh, drawn.stores.first_mwh, drawn.still.sites
    standing = Standing(left_mwh=left, stored_mwh=stored, it_mw=0.5 * sites.it_mw_max)
    costs = [
        (plan_from(drawn, k, standing, again).cost_cny, plan_from(drawn, k, standing).cost_cny) for k in (30, 31, 32)
    ]

    for warm, cold in costs:
        assert warm == pytest.approx(cold, rel=3e-6)


def test_the_same_program_solved_again_takes_no_step_and_a_basis_of_strangers_does_no_harm() -> None:
    """East draws 4 MW of batch: moved west for 100 + 20 rather than fed at 500, whatever the solver begins with."""
    demand = np.zeros((2, 4))
    demand[small.EAST, 3] = 4.0
    lp = program(small.tick(demand_mw=demand))
    rows, columns = (np.arange(count) for count in lp.matrix.shape)
    again = Again(seconds_max=60.0)

    first, second = (again.solve(lp, columns, rows) for _ in range(2))
    strange = again.solve(lp, columns[::-1], rows + 5)

    assert first.report.steps != ("0 iterations",)
    assert second.report.steps == ("0 iterations",)
    assert [answer.objective for answer in (first, second, strange)] == pytest.approx([480.0] * 3)


def test_where_no_plan_is_found_in_time_the_last_one_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of five plans the second fails, which would have run the job: it runs at 300 and 400, and is done in time."""
    made = closed_loop_module.plan_from

    def failing(day: Day, k: int, *rest: Any) -> Plan:
        if k == 1:
            raise SolveError("no time")
        return made(day, k, *rest)

    monkeypatch.setattr(closed_loop_module, "plan_from", failing)
    outcome = closed_loop(one_job(price=PRICES))

    assert (outcome.plans_kept, outcome.missed) == (1, 0)
    np.testing.assert_allclose(outcome.served_mw[:, 0], [0, 0, 4, 4, 0], atol=1e-2)


def test_jobs_due_after_the_day_are_refused() -> None:
    day = one_job(price=PRICES)

    with pytest.raises(InputError, match="jobs due after the day"):
        replace(day, axis=TimeAxis(START, 60, 4))
