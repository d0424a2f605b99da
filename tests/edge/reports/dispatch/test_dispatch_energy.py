"""Do a schedule's stretches, folded onto the axis, come to the powers and energies that they hold?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattloom.dispatch.answer import DispatchDay
from wattloom.domain.jobs import JobClass, Jobs, Segments
from wattloom.domain.time import TimeAxis
from wattloom.domain.workloads import WorkloadKind
from wattloom.edge.reports import dispatch_energy as energy

CHINA = ZoneInfo("Asia/Shanghai")


def stretches(rows: list[tuple[int, int, float, float, float]]) -> Segments:
    """From (job, site, start in seconds, end in seconds, level)."""
    job, site, start, end, level = (np.array(column) for column in zip(*rows, strict=True))
    none = np.zeros(len(rows))
    return Segments(job=job, site=site, start_s=start, end_s=end, level=level.astype(float), dead_s=none)


def test_powers_by_class_are_those_counted_half_hour_by_half_hour(day: DispatchDay) -> None:
    powers = energy.by_class(day.plan.segments, day.question.jobs, day.plan.axis)

    counted = np.array([site.flexible_it_mw for site in day.plan.sites]).sum(axis=0)
    assert powers.sum(axis=0) == pytest.approx(counted, abs=1e-9)
    assert (powers.sum(axis=1) / 2).tolist() == pytest.approx([32.0, 120.0, 4.0])
    assert powers[1, 20] == 20.0


def test_a_stretch_that_begins_inside_a_period_counts_for_the_rest_of_it(day: DispatchDay) -> None:
    """1 MW from 0:10 to 1:00 in half-hours: 20 of 30 minutes, then all of it."""
    segments = stretches([(0, 1, 600.0, 3600.0, 1.0)])

    powers = energy.by_class(segments, day.question.jobs, day.plan.axis)

    assert powers[2, :3].tolist() == pytest.approx([2 / 3, 1.0, 0.0])


@given(st.lists(st.tuples(st.floats(0, 100_000), st.floats(1, 15_000), st.floats(0.1, 1.0)), min_size=1, max_size=30))
def test_energy_is_kept_whatever_the_stretches(drawn: list[tuple[float, float, float]]) -> None:
    jobs, axis = _one_job_each(len(drawn)), TimeAxis(_START, 15, 480)
    segments = stretches([(n, n % 2, start, start + long, level) for n, (start, long, level) in enumerate(drawn)])

    powers = energy.by_home_and_site(segments, jobs, axis)

    assert powers.sum() * axis.step_hours == pytest.approx(segments.energy_mwh(jobs).sum(), rel=1e-9)
    assert powers.min() >= -1e-9


_START = TimeAxis.of_year(2027, CHINA).start


def _one_job_each(count: int) -> Jobs:
    ones = np.ones(count)
    return Jobs(
        start=_START,
        classes=tuple(JobClass(name=name, kind=WorkloadKind.BATCH, least_power=0.1) for name in "abc"),
        sites=("a", "b"),
        id=np.array([f"j{n}" for n in range(count)]),
        class_index=np.arange(count) % 3,
        home=np.zeros(count, dtype=np.int64),
        arrive_s=0.0 * ones,
        due_s=1e9 * ones,
        run_s=1e4 * ones,
        power_mw=2.0 * ones,
        gpus=8.0 * ones,
        nodes=np.zeros(count, dtype=np.int64),
        move_gb=0.0 * ones,
    )


def test_jobs_that_start_later_than_the_axis_are_put_where_they_belong(day: DispatchDay) -> None:
    """Seconds count from the start of the jobs, which is a day before the axis here."""
    jobs = replace(day.question.jobs, start=day.question.jobs.start - timedelta(days=1))
    segments = stretches([(0, 1, 86_400.0, 88_200.0, 1.0)])

    powers = energy.by_class(segments, jobs, day.plan.axis)

    assert powers[2, :2].tolist() == pytest.approx([1.0, 0.0])


def test_waits_caps_moves_and_deadlines_are_those_of_the_schedule(day: DispatchDay) -> None:
    found = energy.fared(day.plan.segments, day.question.jobs)

    assert found.waited_hours.tolist() == [0, 0, 0, 0, 4, 4, 4, 4, 6, 6]
    assert found.capped_s.tolist() == [0.0] * 9 + [8 * 3600.0]
    assert found.away_mwh.tolist() == [0] * 4 + [30] * 4 + [0] * 2
    assert not found.late.any()


def test_work_left_undone_and_work_done_late_miss_the_deadline(day: DispatchDay) -> None:
    """The first evaluation gets half of its hour; the second runs from 8 to 9 and is due at 7."""
    segments = stretches([(0, 1, 3600.0, 5400.0, 1.0), (1, 1, 8 * 3600.0, 9 * 3600.0, 1.0)])

    late = energy.fared(segments, day.question.jobs).late

    assert late[:3].tolist() == [True, True, True]  # The third never starts.


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        (range(10, 16), (10, 16, 0.9)),
        ((22, 23, 0, 1), (22, 2, 0.9)),
        ((*range(10, 22), *range(3)), (10, 19, 0.6)),
        (range(24), None),
        ((), None),
    ],
)
def test_the_time_of_day_is_the_shortest_stretch_that_holds_most(
    hours: tuple[int, ...], expected: tuple[int, int, float] | None
) -> None:
    axis = TimeAxis(_START, 60, 48)
    weights = np.isin(np.arange(48) % 24, list(hours)).astype(float)

    assert energy.time_of_day(weights, axis, CHINA) == expected


def test_classes_share_the_rows_and_the_largest_jobs_fill_them(day: DispatchDay) -> None:
    """Five rows for classes of 2, 4 and 4: 1, 2 and 2 of them."""
    chosen = energy.largest_jobs(day.question.jobs, day.plan.segments, 5)

    assert [len(found) for found in chosen] == [1, 2, 2]
    assert sum(len(found) for found in energy.largest_jobs(day.question.jobs, day.plan.segments, 60)) == 10


def test_stretches_that_follow_each_other_are_drawn_as_one(day: DispatchDay) -> None:
    """A fine-tuning job is told in two stretches, 10 to 13 and 13 to 16."""
    bars = energy.bars_of(4, day.plan.segments)

    assert [(bar.site, bar.start_s, bar.end_s, bar.level) for bar in bars] == [(1, 36_000.0, 57_600.0, 1.0)]


@pytest.mark.parametrize(("count", "step", "block"), [(96, 15, 1), (672, 15, 1), (2880, 15, 4), (35_040, 15, 96)])
def test_a_point_of_a_picture_is_a_period_an_hour_or_a_day(count: int, step: int, block: int) -> None:
    assert energy.block_for(count, step) == block


def test_means_over_blocks_keep_what_the_last_one_holds() -> None:
    assert energy.thinned(np.array([1.0, 3.0, 5.0, 7.0, 9.0]), 2).tolist() == [2.0, 6.0, 9.0]
