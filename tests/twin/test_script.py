"""Is a schedule kept as it stands, dead times, moves and all?"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.twin.conftest import a_class, jobs, question, rows, segments

from wattloom.domain.jobs import Verb
from wattloom.twin.replay import replay
from wattloom.twin.script import script_of
from wattloom.twin.tables import VERBS


def told(script: np.ndarray) -> list[tuple[float, Verb, int, float]]:
    """A script in words."""
    return [(float(one["at_s"]), VERBS[one["verb"]], int(one["site"]), float(one["level"])) for one in script]


def test_a_schedule_with_every_dead_time_comes_out_as_it_went_in(world: SimpleNamespace) -> None:
    """Work, saving, rest, restart, work at half power after a change, saving, flight on both sides, restart, work."""
    about = world.a_class(
        pause_s=60.0, restart_s=120.0, recap_s=30.0, least_power=0.5, power_work=((0.5, 0.6), (1.0, 1.0))
    )
    jobs = world.jobs(run_s=600 + 780 + 342 + 1000.0, move_gb=75.0, classes=[about])
    rows = [
        (0, 0, 0, 600, 1.0, 0),
        (0, 0, 600, 660, 1.0, 60),
        (0, 0, 1800, 1920, 1.0, 120),
        (0, 0, 1920, 2700, 1.0, 0),
        (0, 0, 2700, 3300, 0.5, 30),
        (0, 0, 3300, 3360, 1.0, 60),
        (0, 0, 3360, 3420, 1.0, 60),
        (0, 1, 3360, 3540, 1.0, 180),
        (0, 1, 3540, 4540, 1.0, 0),
    ]

    result = replay(world.question(jobs), world.segments(*rows))

    merged = [*rows[:5], (0, 0, 3300, 3420, 1.0, 120), *rows[7:]]
    assert [pytest.approx(row) for row in merged] == world.rows(result.segments)
    assert (result.finish_s.tolist(), result.migrations, result.pauses) == ([4540.0], 1, 1)


def test_a_pause_is_told_early_where_the_stretch_counts_the_saving(world: SimpleNamespace) -> None:
    """900 s with 180 s dead after a resume: 120 s restart it, so 60 s are for saving at the end."""
    jobs = world.jobs(classes=[world.a_class(pause_s=60.0, restart_s=120.0)])
    plan = world.segments((0, 0, 0, 900, 1, 60), (0, 0, 1800, 2700, 1, 180), (0, 0, 3600, 6000, 1, 120))

    script = told(script_of(plan, jobs))

    assert script == [
        (0.0, Verb.START, 0, 1.0),
        (840.0, Verb.PAUSE, 0, 0.0),
        (1800.0, Verb.RESUME, 0, 1.0),
        (2640.0, Verb.PAUSE, 0, 0.0),
        (3600.0, Verb.RESUME, 0, 1.0),
    ]


def test_data_go_ahead_of_a_job_that_begins_away_from_home(world: SimpleNamespace) -> None:
    jobs = world.jobs(2, arrive_s=[0.0, 1000.0], move_gb=75.0)
    plan = world.segments((0, 1, 900, 4500, 1, 0), (1, 1, 1030, 4630, 1, 0))

    result = replay(world.question(jobs), plan)

    assert told(script_of(plan, jobs))[:2] == [(840.0, Verb.MOVE, 1, 0.0), (900.0, Verb.START, 1, 1.0)]
    assert result.started_s.tolist() == [900.0, 1060.0]


def test_room_is_made_before_it_is_taken_at_one_instant(world: SimpleNamespace) -> None:
    jobs = world.jobs(2, run_s=[1800.0, 900.0], sites=("a",))
    plan = world.segments((0, 0, 0, 900, 1, 0), (0, 0, 1800, 2700, 1, 0), (1, 0, 900, 1800, 1, 0))

    result = replay(world.question(jobs, sites={"gpus": 8}), plan)

    assert result.finish_s.tolist() == [2700.0, 1800.0]


@given(
    st.lists(st.tuples(st.integers(1, 40), st.integers(1, 60), st.sampled_from([0.5, 0.75, 1.0])), min_size=1),
    st.booleans(),
)
@settings(deadline=None)
def test_without_dead_times_any_schedule_is_kept_to_the_second(
    plan: list[tuple[int, int, float]],
    first_waits: bool,  # noqa: FBT001
) -> None:
    """Gaps of whole minutes, or none, between stretches of one job at changing levels."""
    about = a_class(least_power=0.5, power_work=((0.5, 0.6), (1.0, 1.0)))
    at, stretches = 60.0 * first_waits, []
    for gap, minutes, level in plan:
        if (stretches and gap <= 20 and stretches[-1][4] == level) or (stretches and gap > 20):
            at += 60.0 * gap
        stretches.append((0, 0, at, at + 60.0 * minutes, level, 0))
        at += 60.0 * minutes
    schedule = segments(*stretches)
    unbounded = jobs(run_s=1e9, due_s=2e9, classes=[about], sites=("a",))
    work = float(schedule.work_s(unbounded).sum())

    result = replay(question(jobs(run_s=work, due_s=1e9, classes=[about], sites=("a",)), periods=4000), schedule)

    kept = rows(result.segments)
    assert [row[:2] + row[4:] for row in kept] == [row[:2] + row[4:] for row in rows(schedule)]
    assert np.array(kept) == pytest.approx(np.array(rows(schedule)), abs=1e-6)
