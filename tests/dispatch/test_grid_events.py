from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.dispatch.events import HOUR_S, at, baseline, batch, event, table, uncapped

from wattloom.dispatch.grid_events import Elsewhere, EventPlan, EventRefusal, FrozenBaseline, answer, running
from wattloom.domain.errors import InputError
from wattloom.domain.jobs import Jobs, JobsState, Segments, Verb
from wattloom.domain.time import TimeAxis
from wattloom.domain.workloads import WorkloadKind

CURVE = ((0.5, 0.7), (0.75, 0.9), (1.0, 1.0))


def plan_for(jobs: Jobs, planned: Segments | None = None, **said: object) -> EventPlan:
    """The plan that meets an event; a refusal fails the test."""
    planned = uncapped(jobs) if planned is None else planned
    elsewhere = said.pop("elsewhere", None)
    found = answer(event(baseline(jobs, planned), **said), jobs, planned, elsewhere)  # type: ignore[arg-type]
    assert isinstance(found, EventPlan), found.why
    return found


def work_between(segments: Segments, jobs: Jobs, job: int, from_s: float, to_s: float) -> float:
    """Work of a job between two instants, from its segments alone: counted second by second of each stretch."""
    total = 0.0
    for place in np.flatnonzero(segments.job == job):
        speed = float(jobs.classes[jobs.class_index[job]].speed_at(segments.level[place]))
        begin = segments.start_s[place] + segments.dead_s[place]
        total += max(min(segments.end_s[place], to_s) - max(begin, from_s), 0.0) * speed
    return total


def minute_power(segments: Segments, jobs: Jobs, plan: EventPlan) -> np.ndarray:
    """Power at the first site in each minute, from the segments alone."""
    edges = (plan.event.notice - jobs.start).total_seconds() + 60.0 * np.arange(plan.axis.count + 1)
    drawn = np.zeros(edges.size)
    for place in np.flatnonzero(segments.site == 0):
        share = segments.level[place] * jobs.power_mw[segments.job[place]]
        drawn += share * np.clip(np.minimum(edges, segments.end_s[place]) - segments.start_s[place], 0.0, None)
    return np.diff(drawn) / 60.0


def test_the_cheapest_of_three_jobs_is_capped_just_as_far_as_it_must() -> None:
    # 3 MW less a quarter is 2.25 MW. A MW of the second job costs a tenth of a MW of the others: it goes to a quarter.
    linear = {"least_power": 0.1, "interruptible": False}
    classes = (batch("dear", **linear), batch("cheap", deferral_cost_cny_per_gpu_hour=0.1, **linear))
    jobs = table(classes, [(0, 20, 1.0, 100), (1, 20, 1.0, 100), (0, 20, 1.0, 100)])

    plan = plan_for(jobs)

    assert [(c.job, c.verb) for c in plan.commands] == [(1, Verb.CAP), (1, Verb.CAP)]
    assert [c.level for c in plan.commands] == pytest.approx([0.25, 1.0])
    assert plan.expected_mw[60] == pytest.approx(2.25)
    assert plan.delivered_mwh == pytest.approx(0.75 * 3.0)


def test_deferred_work_costs_what_it_waits_for() -> None:
    # One job of 2 MW and 200 GPUs at three quarters from 2:00 to 5:10: 0.25 × 3.1667 h × 200 = 158.33 GPU-hours are put
    # off. From the middle of the hold at 3.6667 h to the planned end at 20 h they wait 16.3333 h, at 1 yuan each.
    jobs = table((batch(least_power=0.1, interruptible=False),), [(0, 20, 2.0, 200)])

    plan = plan_for(jobs)

    assert plan.deferred_gpu_hours == pytest.approx(158.3333, rel=1e-5)
    assert plan.cost_cny == pytest.approx(158.3333 * 16.33333, rel=1e-5)
    assert plan.hold_bound_cny == pytest.approx(plan.hold_cost_cny)


def test_work_that_serves_is_lost_and_ends_when_it_was_planned_to() -> None:
    kind = WorkloadKind.FIRM_SERVING
    jobs = table((batch(kind=kind, least_power=0.5, loss_cost_cny_per_gpu_hour=3.0),), [(0, 6, 2.0, 200)])

    plan = plan_for(jobs)

    assert plan.lost_gpu_hours == pytest.approx(158.3333, rel=1e-5)
    assert plan.deferred_gpu_hours == 0
    assert plan.cost_cny == pytest.approx(475.0, rel=1e-5)
    assert plan.segments.end_s.max() == pytest.approx(6 * HOUR_S)


def test_jobs_take_turns_where_no_floor_lets_one_wait_throughout() -> None:
    # Whoever waits, a third of 3 MW is gone. Floors of 0.6 let no job wait for the whole hold of three hours.
    jobs = table((batch(service_floor=0.6),), [(0, 20, 1.0, 100)] * 3)

    plan = plan_for(jobs, reduction_share=1 / 3)

    paused = {c.job for c in plan.commands if c.verb is Verb.PAUSE}
    assert paused == {0, 1, 2}
    assert plan.expected_mw[10:190] == pytest.approx(np.full(180, 2.0))
    assert plan.classes[0].kept_least >= 0.61
    assert plan.cost_cny >= plan.hold_bound_cny - 1e-9


def test_a_pause_begins_with_saving_so_that_the_power_is_gone_in_time() -> None:
    jobs = table((batch(pause_s=300.0, restart_s=120.0),), [(0, 20, 1.0, 100)] * 2)

    plan = plan_for(jobs, reduction_share=0.5)

    pause, resume = plan.commands
    assert (pause.verb, resume.verb) == (Verb.PAUSE, Verb.RESUME)
    assert pause.at_s + 300 <= 2 * HOUR_S + 600
    assert plan.expected_mw[10] == pytest.approx(1.0)
    restart = plan.segments.dead_s[(plan.segments.job == pause.job) & (plan.segments.start_s == resume.at_s)]
    assert restart.tolist() == [120.0]


def test_a_job_moves_where_there_is_room_and_its_power_goes_with_it() -> None:
    # 45 GB at 10 Gbit/s take 36 s. Neither job may wait or be capped, and only one finds room.
    jobs = table((batch(service_floor=0.9, pause_s=60.0, restart_s=60.0),), [(0, 20, 1.0, 100)] * 2)
    jobs = replace(jobs, move_gb=np.full(2, 45.0))

    plan = plan_for(jobs, reduction_share=0.5, elsewhere=Elsewhere(room_mw=np.array([0.0, 1.5])))

    (move,) = plan.commands
    assert (move.verb, move.site) == (Verb.MOVE, 1)
    assert plan.expected_mw[10:190] == pytest.approx(np.full(180, 1.0))
    away = plan.segments.site == 1
    assert plan.segments.start_s[away].tolist() == [move.at_s + 96.0]
    assert plan.segments.end_s[away].tolist() == pytest.approx([20 * HOUR_S + 156.0])


def test_nobody_moves_past_a_latency_ring() -> None:
    classes = (batch(service_floor=0.9, latency_ms_max=5.0),)
    jobs = table(classes, [(0, 20, 1.0, 100)] * 2)
    elsewhere = Elsewhere(room_mw=np.array([0.0, 9.0]), latency_ms=np.array([[0.0, 8.0], [8.0, 0.0]]))

    found = answer(event(baseline(jobs, uncapped(jobs))), jobs, uncapped(jobs), elsewhere)

    assert isinstance(found, EventRefusal)
    assert (found.reachable_share, found.instead) == (0.0, None)


def test_what_cannot_be_held_is_refused_with_what_can() -> None:
    # A floor of 0.69 and a hundredth of margin: at half power a job keeps 0.7, so 0.5 of 2 MW can be given; not 0.6.
    jobs = table(
        (batch(least_power=0.5, service_floor=0.69, power_work=CURVE, interruptible=False),), [(0, 20, 1.0, 8)] * 2
    )
    planned = uncapped(jobs)

    found = answer(event(baseline(jobs, planned), reduction_share=0.6), jobs, planned)

    assert isinstance(found, EventRefusal)
    assert found.reachable_share == pytest.approx(0.5, abs=1e-4)
    assert found.instead is not None
    assert found.instead.classes[0].kept_least >= 0.69
    assert "60.0%" in found.why.en
    assert "50.0%" in found.why.zh


def test_a_deadline_is_a_promise_too() -> None:
    # Twenty minutes of slack: of 3 h 10 min at lower speed no more than 20 min of work may be lost.
    jobs = table(
        (batch(least_power=0.1, interruptible=False),), [(0, 20, 1.0, 100)], due_s=np.array([20.0 * HOUR_S + 1200])
    )
    planned = uncapped(jobs)

    found = answer(event(baseline(jobs, planned), reduction_share=0.5), jobs, planned)

    assert isinstance(found, EventRefusal)
    assert found.reachable_share == pytest.approx(20 / 190, rel=1e-3)
    assert found.instead is not None
    assert found.instead.segments.end_s.max() <= jobs.due_s[0] + 1e-6


def test_the_power_does_not_rebound_while_the_baseline_falls() -> None:
    # Two of four jobs end at 5:30 as planned. Put off, they would run on past that, at twice the baseline.
    jobs = table((batch(),), [(0, 5.5, 1.0, 100)] * 2 + [(0, 20, 1.0, 100)] * 2)

    plan = plan_for(jobs, reduction_share=0.5)

    assert plan.rebound_share <= 1.02
    assert any("go on only once" in note.en for note in plan.notes)
    assert plan.cost_cny >= plan.hold_cost_cny


def test_a_rebound_that_nothing_can_prevent_is_told() -> None:
    jobs = table(
        (batch(),), [(0, 5.5, 1.0, 100)] * 2 + [(0, 20, 1.0, 100)] * 2, due_s=np.full(4, 9.2 * HOUR_S + 15 * HOUR_S)
    )
    jobs = replace(jobs, due_s=np.array([8.9, 8.9, 24.0, 24.0]) * HOUR_S)

    plan = plan_for(jobs, reduction_share=0.5)

    assert all(plan.segments.end_s[plan.segments.job == job].max() <= jobs.due_s[job] + 1e-6 for job in range(4))
    assert plan.rebound_share <= 1.02 or any("above its limit" in note.en for note in plan.notes)


def test_a_baseline_known_after_the_notice_is_refused() -> None:
    jobs = table((batch(),), [(0, 20, 1.0, 100)])
    late = baseline(jobs, uncapped(jobs), known_at=at(2) + timedelta(seconds=1))

    with pytest.raises(InputError, match="known at 2026-07-01T02:00:01"):
        event(late)


def test_a_baseline_is_frozen_to_the_byte() -> None:
    logged = FrozenBaseline(
        axis=TimeAxis(at(0), 15, 3), power_mw=np.array([1.0, 2.0, 3.0]), known_at=at(0), source="log"
    )

    again = replace(logged)
    with pytest.raises(InputError, match="sha256"):
        replace(logged, power_mw=np.array([1.0, 2.0, 3.0000001]))
    with pytest.raises(ValueError, match="read-only"):
        logged.power_mw[0] = 9.0

    assert again.sha256 == logged.sha256
    assert len(logged.sha256) == 64


def test_everything_that_is_wrong_with_an_event_is_said_at_once() -> None:
    jobs = table((batch(),), [(0, 20, 1.0, 100)])
    frozen = baseline(jobs, uncapped(jobs), hours=4)

    with pytest.raises(InputError) as refused:
        event(frozen, start=at(1), reduction_share=1.5, ramp_minutes=600.0)

    assert len(refused.value.problems) == 4  # Baseline too short, start before notice, ramp past the end, share over 1.


def test_an_event_where_nothing_runs_is_met_by_doing_nothing() -> None:
    jobs = table((batch(),), [(0, 1, 1.0, 100)])

    plan = plan_for(jobs, mw_max=0.5)

    assert plan.commands == ()
    assert plan.cost_cny == 0


def test_what_runs_now_is_planned_to_its_end() -> None:
    jobs = table((batch(least_power=0.5, power_work=CURVE),), [(0, 10, 1.0, 8), (0, 10, 1.0, 8), (0, 10, 1.0, 8)])
    state = JobsState(
        now_s=HOUR_S,
        arrived=np.ones(3, dtype=bool),
        done=np.array([False, False, True]),
        left_s=np.array([7.0, 3.5, 0.0]) * HOUR_S,
        site=np.zeros(3, dtype=np.int64),
        level=np.array([1.0, 0.5, 0.0]),
        started=np.ones(3, dtype=bool),
        ready_s=np.array([0.0, HOUR_S + 60, 0.0]),
    )

    planned = running(jobs, state)

    assert planned.end_s == pytest.approx([8 * HOUR_S, 6 * HOUR_S + 60])
    assert planned.work_s(jobs) == pytest.approx([7 * HOUR_S, 3.5 * HOUR_S])


@st.composite
def clusters(draw: st.DrawFn) -> tuple[Jobs, Segments]:
    """Up to fourteen jobs of three classes, with dead times, floors and deadlines, begun at any time of the day."""
    classes = (
        batch("caps", least_power=0.5, power_work=CURVE, service_floor=draw(st.sampled_from([0.0, 0.6, 0.8])),
              recap_s=draw(st.sampled_from([0.0, 60.0, 300.0])), interruptible=False),
        batch("stops", pause_s=draw(st.sampled_from([0.0, 120.0])), restart_s=draw(st.sampled_from([0.0, 240.0]))),
        batch("serves", kind=WorkloadKind.FIRM_SERVING, least_power=0.5, power_work=CURVE, service_floor=0.9,
              loss_cost_cny_per_gpu_hour=5.0),
    )  # fmt: skip
    count = draw(st.integers(2, 14))
    number = np.random.default_rng(draw(st.integers(0, 10**6)))
    rows = [
        (int(number.integers(3)), float(number.uniform(0.5, 12)), float(number.uniform(0.1, 2)), 8.0)
        for _ in range(count)
    ]
    start = np.sort(number.uniform(0, 5 * HOUR_S, count))
    jobs = table(classes, rows, arrive_s=start)
    due = start + jobs.run_s * number.uniform(1.0, 2.0, count)
    return replace(jobs, due_s=due), uncapped(jobs)


@settings(max_examples=60, deadline=None)
@given(clusters(), st.floats(0.02, 0.6))
def test_floors_deadlines_and_the_target_hold_whatever_is_asked(work: tuple[Jobs, Segments], share: float) -> None:
    jobs, planned = work
    # 0.3 MW of other load keep the baseline above 0.
    bare = baseline(jobs, planned)
    frozen = replace(bare, power_mw=bare.power_mw + 0.3, sha256="")
    asked = event(frozen, reduction_share=share)

    found = answer(asked, jobs, planned, Elsewhere(firm_mw=0.3))

    plan = found if isinstance(found, EventPlan) else found.instead
    if plan is None:
        return
    power = minute_power(plan.segments, jobs, plan) + 0.3
    base = frozen.power_mw[120 : 120 + plan.axis.count]
    kept_share = share if isinstance(found, EventPlan) else found.reachable_share
    assert np.all(power[10:190] <= base[10:190] * (1 - kept_share) + 2e-6)
    assert power == pytest.approx(plan.expected_mw, abs=1e-9)
    for job in np.unique(plan.segments.job):
        one = jobs.classes[jobs.class_index[job]]
        meant = work_between(planned, jobs, int(job), 2 * HOUR_S, 5 * HOUR_S + 1200)
        done = work_between(plan.segments, jobs, int(job), 2 * HOUR_S, 5 * HOUR_S + 1200)
        assert done >= one.service_floor * meant - 1e-3
        assert plan.segments.end_s[plan.segments.job == job].max() <= jobs.due_s[job] + 1e-3
        if one.kind is WorkloadKind.BATCH:
            whole = work_between(plan.segments, jobs, int(job), 2 * HOUR_S, 1e9)
            assert whole == pytest.approx(work_between(planned, jobs, int(job), 2 * HOUR_S, 1e9), rel=1e-9, abs=1e-3)


def test_a_thousand_running_jobs_are_answered_within_a_second() -> None:
    classes = (
        batch("caps", least_power=0.5, power_work=CURVE, service_floor=0.6, recap_s=60.0, interruptible=False),
        batch("stops", pause_s=120.0, restart_s=240.0),
    )
    number = np.random.default_rng(7)
    rows = [(int(number.integers(2)), float(number.uniform(3, 30)), 0.01, 8.0) for _ in range(1000)]
    jobs = table(classes, rows)
    planned = uncapped(jobs)
    asked = event(baseline(jobs, planned))
    answer(asked, jobs, planned)

    before = time.process_time()
    plan = answer(asked, jobs, planned)
    spent = time.process_time() - before

    assert isinstance(plan, EventPlan)
    assert spent <= 1.0
    assert plan.hold_cost_cny <= 1.02 * plan.hold_bound_cny
    assert plan.reduction_share_least >= 0.25
