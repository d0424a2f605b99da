"""Does the replay do with single jobs what a pencil does?"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from wattloom.domain.errors import InputError
from wattloom.domain.jobs import Verb
from wattloom.domain.workloads import WorkloadKind
from wattloom.twin.replay import replay
from wattloom.twin.sites import Mishaps

START, PAUSE, RESUME, CAP, MOVE = Verb.START, Verb.PAUSE, Verb.RESUME, Verb.CAP, Verb.MOVE


def test_a_pause_costs_saving_and_restarting(world: SimpleNamespace) -> None:
    """1200 s of work, 60 s of saving, a rest, 120 s of restarting, and the other 2400 s of work."""
    jobs = world.jobs(power_mw=2.0, classes=[world.a_class(pause_s=60.0, restart_s=120.0)])
    told = world.Told((0, 0, START, 0), (1200, 0, PAUSE, 0, 0.0), (3000, 0, RESUME, 0))

    result = replay(world.question(jobs), told)

    assert result.finish_s.tolist() == [5520.0]
    assert world.rows(result.segments) == [
        (0, 0, 0.0, 1200.0, 1.0, 0.0),
        (0, 0, 1200.0, 1260.0, 1.0, 60.0),
        (0, 0, 3000.0, 3120.0, 1.0, 120.0),
        (0, 0, 3120.0, 5520.0, 1.0, 0.0),
    ]
    assert result.energy_mwh == pytest.approx(2.1)
    assert result.it_mw[0, :7] == pytest.approx([2.0, 0.8, 0.0, 4 / 3, 2.0, 2.0, 0.8 / 3])
    assert (result.pauses, result.deadline_misses, result.refused) == (1, 0, {})
    assert result.classes[0].gpu_hours == pytest.approx(8 * 3780 / 3600)


def test_overhead_price_and_carbon_are_those_of_the_period(world: SimpleNamespace) -> None:
    """Half an hour from 00:07:30 at 2 MW: 1, 2 and 1 MW in three quarters of an hour; overhead 0.1 MW + 0.2 x IT."""
    jobs = world.jobs(power_mw=2.0, run_s=1800.0, sites=("a",))
    truth = {
        "price_cny_per_mwh": [100.0, 200.0, 300.0, 400.0],
        "carbon_kg_per_mwh": [500.0, 600.0, 700.0, 800.0],
        "overhead_fixed_mw": [0.1],
        "overhead_slope": [0.2],
    }

    result = replay(world.question(jobs, sites=truth, periods=4), world.segments((0, 0, 450, 2250, 1, 0)))

    assert result.it_mw[0] == pytest.approx([1.0, 2.0, 1.0, 0.0])
    assert result.draw_mw[0] == pytest.approx([1.3, 2.5, 1.3, 0.1])
    assert result.cost_cny == pytest.approx((1.3 * 100 + 2.5 * 200 + 1.3 * 300 + 0.1 * 400) / 4)
    assert result.carbon_t == pytest.approx((1.3 * 500 + 2.5 * 600 + 1.3 * 700 + 0.1 * 800) / 4000)
    assert result.job_cost_cny == pytest.approx([1.2 * (1 * 100 + 2 * 200 + 1 * 300) / 4])


def test_in_flight_both_sides_draw(world: SimpleNamespace) -> None:
    """75 GB at 10 Gbit/s fly for 60 s: the source draws for 720 s in all, the target from 660 s on."""
    jobs = world.jobs(move_gb=75.0, classes=[world.a_class(pause_s=60.0, restart_s=120.0)])

    result = replay(world.question(jobs), world.Told((0, 0, START, 0), (600, 0, MOVE, 1)))

    assert result.finish_s.tolist() == [3840.0]
    assert result.it_mw.sum(axis=1) / 4 == pytest.approx([720 / 3600, (3840 - 660) / 3600])
    assert (result.migrations, result.moves_failed, result.pauses) == (1, 0, 0)


def test_a_move_that_fails_goes_on_where_it_came_from(world: SimpleNamespace) -> None:
    jobs = world.jobs(move_gb=75.0, classes=[world.a_class(pause_s=60.0, restart_s=120.0)])
    always = Mishaps(move_fails=1 - 1e-12)

    result = replay(world.question(jobs, mishaps=always), world.Told((0, 0, START, 0), (600, 0, MOVE, 1)))

    assert result.finish_s.tolist() == [3840.0]
    assert result.it_mw.sum(axis=1) / 4 == pytest.approx([3840 / 3600, 60 / 3600])
    assert (result.migrations, result.moves_failed) == (0, 1)


def test_restarts_fail_as_often_as_they_are_said_to(world: SimpleNamespace) -> None:
    """Failures before a success follow the geometric law: 0.3 / 0.7 = 0.43 of them for each restart."""
    count = 3000
    jobs = world.jobs(count, classes=[world.a_class(restart_s=120.0)])
    told = [(when, job, verb, 0) for job in range(count) for when, verb in ((0, START), (600, PAUSE), (900, RESUME))]
    question = world.question(jobs, mishaps=Mishaps(restart_fails=0.3, seed=7))

    result = replay(question, world.Told(*[(*one, 0.0) if one[2] is PAUSE else one for one in told]))

    assert result.restarts_failed / count == pytest.approx(0.3 / 0.7, abs=4 * np.sqrt(0.3 / 0.7**2 / count))
    failures = (result.finish_s - 3600.0 - 300.0 - 120.0) / 120.0
    assert failures == pytest.approx(np.round(failures), abs=1e-9)
    assert failures.sum() == pytest.approx(result.restarts_failed)


def test_a_capped_job_works_by_its_curve(world: SimpleNamespace) -> None:
    """Half the power is 0.6 of the speed: 1800 s of work left take 30 s of change and 3000 s."""
    jobs = world.jobs(classes=[world.a_class(least_power=0.5, recap_s=30.0, power_work=((0.5, 0.6), (1.0, 1.0)))])

    result = replay(world.question(jobs), world.Told((0, 0, START, 0), (1800, 0, CAP, 0, 0.5)))

    assert result.finish_s.tolist() == pytest.approx([4830.0])
    assert result.energy_mwh == pytest.approx(0.5 + 0.5 * 3030 / 3600)
    assert result.segments.work_s(jobs) == pytest.approx([1800.0, 1800.0])


def test_nobody_overtakes_in_a_queue(world: SimpleNamespace) -> None:
    """The second needs all machines; the third would fit beside the first, and waits all the same."""
    jobs = world.jobs(3, gpus=[4, 8, 4], arrive_s=[0, 60, 120], run_s=[3600, 600, 600], sites=("a",))

    result = replay(world.question(jobs, sites={"gpus": 8}), world.AtOnce(jobs))

    assert result.started_s.tolist() == [0.0, 3600.0, 4200.0]
    assert result.classes[0].waited_hours_mean == pytest.approx((0 + 3540 + 4080) / 3 / 3600)


def test_gangs_hold_whole_nodes(world: SimpleNamespace) -> None:
    jobs = world.jobs(2, gpus=16, nodes=2, sites=("a",))

    result = replay(world.question(jobs, sites={"gpus": 64, "nodes": 3}), world.AtOnce(jobs))

    assert result.started_s.tolist() == [0.0, 3600.0]


def test_data_of_a_waiting_job_are_sent_without_machines(world: SimpleNamespace) -> None:
    jobs = world.jobs(move_gb=75.0)

    result = replay(world.question(jobs), world.Told((0, 0, START, 1)))

    assert result.started_s.tolist() == [60.0]
    assert result.it_mw.sum(axis=1) / 4 == pytest.approx([0.0, 1.0])
    assert result.migrations == 1


def test_what_breaks_a_promise_is_refused_and_counted(world: SimpleNamespace) -> None:
    rigid = world.a_class(name="rigid", interruptible=False, latency_ms_max=5.0)
    jobs = world.jobs(classes=[rigid], sites=("a", "b", "c"))
    told = world.Told(
        (0, 0, START, 0),
        (60, 0, PAUSE, 0, 0.0),  # not interruptible
        (60, 0, CAP, 0, 0.5),  # below its least power, which is all
        (60, 0, MOVE, 2),  # too far
        (60, 0, MOVE, 1),  # would have to pause
        (4000, 0, PAUSE, 0, 0.0),  # done
    )
    latency = np.array([[0.0, 3.0, 9.0], [3.0, 0.0, 9.0], [9.0, 9.0, 0.0]])

    result = replay(world.question(jobs, latency_ms=latency), told)

    assert result.finish_s.tolist() == [3600.0]
    assert result.refused == {"not_interruptible": 2, "level": 1, "ring": 1, "done": 1}


def test_a_service_moves_though_it_never_pauses(world: SimpleNamespace) -> None:
    serving = world.a_class(kind=WorkloadKind.MOVABLE_SERVING, interruptible=False)
    jobs = world.jobs(classes=[serving])

    result = replay(world.question(jobs), world.Told((0, 0, START, 0), (600, 0, MOVE, 1)))

    assert (result.migrations, result.finish_s.tolist()) == (1, [3600.0])


def test_no_move_to_machines_that_are_not_free_and_none_that_are_too_few(world: SimpleNamespace) -> None:
    jobs = world.jobs(3, gpus=[8, 8, 9], home=[0, 1, 0])
    told = world.Told((0, 0, START, 0), (0, 1, START, 1), (0, 2, START, 0), (60, 0, MOVE, 1))

    result = replay(world.question(jobs, sites={"gpus": 8}), told)

    assert result.refused == {"size": 1, "no_room": 1}
    assert np.isnan(result.finish_s).tolist() == [False, False, True]


def test_a_command_in_dead_time_is_heard_when_it_ends(world: SimpleNamespace) -> None:
    """Told to resume while it saves, the job restarts when it has saved."""
    jobs = world.jobs(classes=[world.a_class(pause_s=60.0, restart_s=120.0)])

    result = replay(world.question(jobs), world.Told((0, 0, START, 0), (600, 0, PAUSE, 0, 0.0), (630, 0, RESUME, 0)))

    assert result.finish_s.tolist() == [600.0 + 60.0 + 120.0 + 3000.0]


def test_a_job_that_ends_with_the_axis_is_done_and_one_beyond_is_cut(world: SimpleNamespace) -> None:
    jobs = world.jobs(2, run_s=[3600.0, 7200.0], due_s=[3600.0, 7200.0])

    result = replay(world.question(jobs, periods=4), world.AtOnce(jobs))

    assert result.finish_s[0] == 3600.0
    assert np.isnan(result.finish_s[1])
    assert result.left_s.tolist() == [0.0, 3600.0]
    assert (result.deadline_misses, result.still_open, result.energy_mwh) == (0, 1, pytest.approx(2.0))


def test_late_work_counts_as_kept_only_up_to_the_deadline(world: SimpleNamespace) -> None:
    """It begins half an hour late and may not wait: half its work is done in time."""
    jobs = world.jobs(due_s=3600.0)

    result = replay(world.question(jobs), world.segments((0, 0, 1800, 5400, 1, 0)))

    assert result.deadline_misses == 1
    assert result.classes[0].work_kept == pytest.approx(0.5)


def test_a_controller_is_shown_the_work_left_at_each_look(world: SimpleNamespace) -> None:
    told = world.Told((0, 0, START, 0), (1200, 0, PAUSE, 0, 0.0))

    replay(world.question(world.jobs(), periods=3), told)

    assert told.seen == [(0.0, [3600.0], [1.0]), (900.0, [2700.0], [1.0]), (1800.0, [2400.0], [0.0])]


def test_what_is_above_the_machines_power_is_counted(world: SimpleNamespace) -> None:
    jobs = world.jobs(2, sites=("a",))

    result = replay(world.question(jobs, sites={"it_mw_max": [1.5], "firm_it_mw": [0.25]}), world.AtOnce(jobs))

    assert result.cap_excess_mwh == pytest.approx(0.75)


def test_all_faults_of_a_question_are_told_at_once(world: SimpleNamespace) -> None:
    with pytest.raises(InputError) as caught:
        world.question(
            world.jobs(), sites={"price_cny_per_mwh": [1.0, np.nan]}, mishaps=Mishaps(move_fails=1.0, restart_fails=-1)
        )

    assert [problem.where for problem in caught.value.problems] == [
        "replay, site a, price_cny_per_mwh",
        "replay, site b, price_cny_per_mwh",
        "replay, mishaps, move_fails",
        "replay, mishaps, restart_fails",
    ]


def test_a_command_for_nobody_is_refused_with_the_instant(world: SimpleNamespace) -> None:
    with pytest.raises(InputError, match=r"command at 0 s: found .*job=5.*one of 1 jobs"):
        replay(world.question(world.jobs()), world.Told((0, 5, START, 0)))


def test_progress_is_told_on_the_way(world: SimpleNamespace) -> None:
    class Heard:
        def __init__(self) -> None:
            self.shares: list[float | None] = []

        def step(self, message: str, *, done: float | None = None) -> None:  # noqa: ARG002 - the port's words
            self.shares.append(done)

    count, heard = 40_000, Heard()
    jobs = world.jobs(count, arrive_s=np.linspace(0, 80_000, count), due_s=200_000.0, run_s=60.0)

    replay(world.question(jobs), world.AtOnce(jobs), progress=heard)

    assert len(heard.shares) == 1
    # Three events a job: 100,000 of them are played when 100,000 / 3 jobs of two seconds each have come.
    assert heard.shares[0] == pytest.approx(100_000 / 3 * 2 / 86_400, abs=0.001)
