"""Does the plan of the next hours do the work in time, is it followed, and is it worth having?"""

from dataclasses import replace

import numpy as np
import pytest
from tests.app.control_room.rooms import Run, inputs, steps

from wattloom.app.control_room.account import PERIOD_S
from wattloom.app.control_room.intraday import FRESH_S, Intraday, followed, intraday
from wattloom.app.control_room.outlook import CALLED_HOURS, _due_shares, edges, outlook, pooled
from wattloom.app.control_room.replanning import Planner
from wattloom.app.control_room.state import RoomSnapshot
from wattloom.app.control_room.steps import Seen, record_of
from wattloom.domain.errors import SolveError
from wattloom.domain.live import Entry
from wattloom.edge.field.simulated import SimulatedField

HOUR_S = 3_600.0
BOTH = (True, True)


def seen_of(run: Run) -> Seen:
    assert run.last.seen is not None
    return run.last.seen


@pytest.fixture(scope="module")
def run() -> Run:
    """A room after an hour of ticks of a minute."""
    found = Run(speed=60.0)
    found.tick(60)
    return found


@pytest.fixture(scope="module")
def plan(run: Run) -> Intraday:
    return intraday(outlook(run.state, seen_of(run), run.steps))


def test_steps_end_with_the_hour_and_then_each_hour_until_all_of_today_is_due() -> None:
    noon_s = 1_805_083_200.0
    found = edges(noon_s + 400.0, (8.0, 6.0), begun_s=noon_s)
    assert found[:3].tolist() == [noon_s + 400.0, noon_s + 3_600.0, noon_s + 7_200.0]
    assert found.size == 1 + 32
    # What is left of an hour may be too little for a step of its own.
    assert edges(noon_s + 3_570.0, (8.0, 6.0), begun_s=noon_s)[1] == noon_s + 7_200.0
    # A day that begins at half past an hour of UTC, as in India, has its hours there.
    assert edges(noon_s, (8.0, 6.0), begun_s=noon_s - 1_800.0)[1] == noon_s + 1_800.0


def test_a_region_has_what_its_sites_have(run: Run) -> None:
    tick = seen_of(run).tick
    one = pooled(tick)
    region = tick.layout.site_region
    for r in range(len(tick.layout.regions)):
        here = region == r
        assert one.sites.it_mw_max[r] == pytest.approx(tick.sites.it_mw_max[here].sum())
        assert one.sites.demand_mw[r] == pytest.approx(tick.sites.demand_mw[here].sum(axis=0))
        facility = tick.sites.facility_mw_per_it_mw[here]
        assert facility.min() - 1e-9 <= one.sites.facility_mw_per_it_mw[r] <= facility.max() + 1e-9


def test_all_work_is_done_and_none_before_it_is_there(run: Run, plan: Intraday) -> None:
    """Summed by hand over the plan's own arrays: never more than what was there, at the end all that is due."""
    ahead = outlook(run.state, seen_of(run), run.steps)
    hours = np.diff(plan.edge_s) / HOUR_S
    ends = (plan.edge_s[1:] - plan.edge_s[0]) / HOUR_S
    for k, movable in enumerate((False, True)):
        for r in range(len(run.steps.inputs.layout.regions)):
            mine = (ahead.work.site == r) & (ahead.work.movable == movable)
            done = np.cumsum(plan.waiting_mw[k, r] * hours)
            there = [ahead.work.energy_mwh[mine & (ahead.work.from_hours < end - 1e-9)].sum() for end in ends]
            due = [ahead.work.energy_mwh[mine & (ahead.work.due_hours <= end + 1e-9)].sum() for end in ends]
            assert np.all(done <= np.array(there) + 1e-6)
            assert np.all(done >= np.array(due) - 1e-6)


def test_what_waits_now_and_what_comes_is_all_in_the_plan(run: Run) -> None:
    """By hand: what stands there, and the mean rate of each class until what comes is due after the last step."""
    seen = seen_of(run)
    ahead = outlook(run.state, seen, run.steps)
    waiting = run.steps.points.window(seen.used.values, "sites", "waiting_mwh")
    hours = (ahead.edge_s[-1] - ahead.edge_s[0]) / HOUR_S
    for k, (place, wait) in enumerate(zip((2, 3), run.steps.inputs.project.fleet.wait_hours, strict=True)):
        comes = run.steps.inputs.fleet.mean_mw[:, place].sum() * (hours - wait + CALLED_HOURS)
        mine = ahead.work.movable == bool(k)
        assert ahead.work.energy_mwh[mine].sum() == pytest.approx(waiting[:, k].sum() + comes)


def test_work_is_due_in_the_step_in_which_sites_would_call_for_it() -> None:
    """By hand: of what came in the last hour and may wait three, a half is called for from 1.5 h to 2 h from now."""
    work = _due_shares(2.0, 3.0, np.array([0.0, 1.0, 2.0, 3.0]))

    assert work == pytest.approx([0.0, 0.5, 0.5])
    assert _due_shares(-2.0, -1.0, np.array([0.0, 1.0, 2.0])) == pytest.approx([1.0, 0.0])
    assert _due_shares(2.0, 3.0, np.array([0.0, 1.0, 2.0])) == pytest.approx([0.0, 0.5])


def test_a_tick_asks_for_what_the_plan_says_and_who_has_more_waiting_does_more(run: Run, plan: Intraday) -> None:
    tick, region = seen_of(run).tick, seen_of(run).tick.layout.site_region
    full = replace(tick.sites, demand_mw=np.full_like(tick.sites.demand_mw, 1e3))
    waiting = np.abs(np.random.default_rng(5).normal(3.0, 1.0, (region.size, 2)))
    found = followed(replace(tick, sites=full), plan, at_s=plan.at_s, one_way=0.94, waiting_mwh=waiting, waits=BOTH)
    for k, place in enumerate((2, 3)):
        asked = found.sites.demand_mw[:, place]
        assert np.bincount(region, asked, plan.waiting_mw.shape[1]) == pytest.approx(plan.waiting_mw[k, :, 0], abs=1e-6)
        for r in range(plan.waiting_mw.shape[1]):
            share = asked[region == r] / waiting[region == r, k]
            assert share == pytest.approx(share.mean(), rel=1e-6, abs=1e-9)
    assert np.all(found.sites.discharge_value_cny_per_mwh >= found.sites.charge_value_cny_per_mwh - 1e-9)


def test_no_site_is_asked_for_more_than_it_can_and_others_take_its_part(run: Run, plan: Intraday) -> None:
    tick, region = seen_of(run).tick, seen_of(run).tick.layout.site_region
    most = np.abs(np.random.default_rng(6).normal(0.3, 0.3, tick.sites.demand_mw.shape))
    sites = replace(tick.sites, demand_mw=most)
    found = followed(
        replace(tick, sites=sites),
        plan,
        at_s=plan.at_s,
        one_way=0.94,
        waiting_mwh=np.ones((region.size, 2)),
        waits=BOTH,
    )
    for k, place in enumerate((2, 3)):
        asked = found.sites.demand_mw[:, place]
        assert np.all(asked <= most[:, place] + 1e-12)
        able = np.bincount(region, most[:, place], plan.waiting_mw.shape[1])
        wanted = np.minimum(able, plan.waiting_mw[k, :, 0])
        assert np.bincount(region, asked, able.size) == pytest.approx(wanted, abs=1e-6)


def test_a_class_that_does_not_wait_is_served_as_it_comes(run: Run, plan: Intraday) -> None:
    tick = seen_of(run).tick
    waiting = np.ones((tick.layout.site_region.size, 2))
    found = followed(tick, plan, at_s=plan.at_s, one_way=0.94, waiting_mwh=waiting, waits=(False, True)).sites
    assert np.array_equal(found.demand_mw[:, 2], tick.sites.demand_mw[:, 2])
    assert np.array_equal(found.unserved_price_cny_per_mwh[:, 2], tick.sites.unserved_price_cny_per_mwh[:, 2])
    assert not np.array_equal(found.unserved_price_cny_per_mwh[:, 3], tick.sites.unserved_price_cny_per_mwh[:, 3])


def test_an_old_plan_is_not_followed(run: Run, plan: Intraday) -> None:
    tick = seen_of(run).tick
    waiting = np.ones((tick.layout.site_region.size, 2))
    assert followed(tick, plan, at_s=plan.edge_s[0] + FRESH_S, one_way=0.94, waiting_mwh=waiting, waits=BOTH) is tick
    assert followed(tick, None, at_s=plan.at_s, one_way=0.94, waiting_mwh=waiting, waits=BOTH) is tick


def test_a_plan_is_kept_and_read_back_alone_and_with_the_state(run: Run, plan: Intraday) -> None:
    alone = record_of(Entry(sequence=1, kind=plan.KIND, body=plan.packed(), mark=b""))
    state = run.steps.said(run.state, plan).state
    kept = RoomSnapshot.unpacked(RoomSnapshot(state=state).packed()).state.intraday
    for found in (alone, kept):
        assert isinstance(found, Intraday)
        assert found.packed() == plan.packed()
        assert np.array_equal(found.draw_mw, plan.draw_mw)


def test_plans_come_with_the_first_tick_and_then_each_period(run: Run) -> None:
    planner = Planner(run.steps)
    assert planner.due(run.state)
    assert not planner.due(run.state)
    later = replace(run.state, live=replace(run.state.live, at_s=run.state.at_s + PERIOD_S))
    assert planner.due(later)
    made = planner.made(run.state, seen_of(run))
    assert isinstance(made.records[0], Intraday)
    assert len(made.records) == 1 + len(run.steps.inputs.layout.regions)
    assert made.fault is None


def test_where_no_plan_is_certified_the_pools_are_still_planned_and_it_is_said(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise SolveError("gap 3e-2 is above 1e-5")

    monkeypatch.setattr("wattloom.app.control_room.intraday.cheapest_way", fails)
    made = Planner(run.steps).made(run.state, seen_of(run))
    assert not any(isinstance(record, Intraday) for record in made.records)
    assert len(made.records) == len(run.steps.inputs.layout.regions)
    assert made.fault is not None
    assert "gap 3e-2" in made.fault.en


def test_where_the_day_has_no_answer_either_nothing_is_logged_and_it_is_said(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise SolveError("gap 3e-2 is above 1e-5")

    monkeypatch.setattr("wattloom.app.control_room.intraday.cheapest_way", fails)
    monkeypatch.setattr("wattloom.app.control_room.replanning.Day", fails)
    made = Planner(run.steps).made(run.state, seen_of(run))
    assert not made.records
    assert made.fault is not None


def called_mw(*, plans: bool) -> float:
    """A short form of benchmarks/live_plan.py: MW that sites call for in the ninth and tenth hour of a day.

    With so few sites energy costs the same all day: supply is cut until it does not.
    """
    of = steps()
    of.inputs = replace(inputs(), courses=replace(inputs().courses, supply_mw=0.1 * inputs().courses.supply_mw))
    twin, planner = SimulatedField(of, seed=3, lively=False), Planner(of)
    at_s, called = 1_805_040_000.0, list[float]()
    state = of.begin(at_s=at_s, series="test")
    for _ in range(10 * 60):
        at_s += 60.0
        batch, answers = twin.advance(at_s)
        state = of.heard(state, batch).state
        if answers is not None:
            state = of.said(state, answers).state
        stepped = of.ticked(state, at_s=at_s)
        state = stepped.state
        assert stepped.seen is not None
        if stepped.orders is not None:
            twin.take(stepped.orders)
        if plans and state.tick % 30 == 1:  # Half as often as the room does.
            for record in planner.made(state, stepped.seen).records:
                state = of.said(state, record).state
        called.append(twin.called_mw)
    return float(np.mean(called[-120:]))


def test_with_the_plan_hardly_any_work_must_be_called_for() -> None:
    assert called_mw(plans=False) > 50.0
    assert called_mw(plans=True) < 1.0
