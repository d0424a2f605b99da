"""What a trace does not say is stated, or told as somebody's assumption; no deadline is ever out of reach."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattloom.domain.errors import InputError
from wattloom.domain.jobs import JobClass
from wattloom.domain.time import Interval
from wattloom.domain.workloads import WorkloadKind
from wattloom.intake.traces import Clock, Deadline, Machines, Promise, read_trace, trace_format
from wattloom.intake.traces.contract import JobRows
from wattloom.intake.traces.faults import Faults
from wattloom.intake.traces.promise import DEFAULTS
from wattloom.intake.traces.to_jobs import trace_of_jobs

HEADER = "job_id,submit_time,duration_s,num_gpus,vc\n"
ROWS = (
    "a,2026-03-01T00:30:00Z,3600,1,blue\n"
    "b,2026-03-01T01:00:00Z,7200,2,red\n"
    "c,2026-03-01T02:00:00Z,36000,3,blue\n"
    "d,2026-03-01T03:00:00Z,60,4,grey\n"
)
UTC_CLOCK = Clock(zone=ZoneInfo("UTC"))
ONE = Promise(
    classes=(JobClass(name="batch", kind=WorkloadKind.BATCH),), sites=("Hami", "Wuhu", "Yulin"), clock=UTC_CLOCK
)

Write = Callable[..., Path]


def test_one_class_takes_all_jobs_and_without_a_rule_they_have_no_slack(write: Write) -> None:
    trace = read_trace(write(HEADER + ROWS), format="philly", promise=ONE)

    assert trace.jobs is not None
    assert trace.jobs.class_index.tolist() == [0, 0, 0, 0]
    assert np.abs(trace.jobs.slack_s).max() < 1e-9
    assert any("deadlines of batch: assumed" in note.en for note in trace.notes)


def test_a_star_maps_all_other_labels(write: Write, promise: Promise) -> None:
    asked = replace(promise, class_of={"blue": "batch", "*": "training"}, clock=UTC_CLOCK)

    jobs = read_trace(write(HEADER + ROWS), format="philly", promise=asked).jobs

    assert jobs is not None
    assert [jobs.classes[i].name for i in jobs.class_index] == ["batch", "training", "batch", "training"]


def test_classes_may_go_by_run_time_and_the_note_says_that_nobody_knows_it_ahead(
    write: Write, promise: Promise
) -> None:
    asked = replace(promise, length_bands=((1.0, "batch"), (24.0, "training")), clock=UTC_CLOCK)

    trace = read_trace(write(HEADER + ROWS), format="philly", promise=asked)

    assert trace.jobs is not None
    assert [trace.jobs.classes[i].name for i in trace.jobs.class_index] == ["batch", "training", "training", "batch"]
    assert any("nobody knows it when a job arrives" in note.en for note in trace.notes)


def test_a_job_longer_than_the_longest_band_has_no_class(write: Write, promise: Promise) -> None:
    asked = replace(promise, length_bands=((1.0, "batch"), (2.0, "training")), clock=UTC_CLOCK)

    with pytest.raises(InputError) as caught:
        read_trace(write(HEADER + ROWS), format="philly", promise=asked)

    assert [problem.where for problem in caught.value.problems] == ["trace.csv: line 4 duration_s"]


@pytest.mark.parametrize(
    ("changes", "homes"),
    [
        ({}, ["Hami", "Yulin", "Hami", "Wuhu"]),  # By name: blue, grey, red.
        ({"home_rule": "round_robin"}, ["Hami", "Wuhu", "Yulin", "Hami"]),
        ({"homes": {"blue": "Yulin"}}, ["Yulin", "Wuhu", "Yulin", "Hami"]),  # grey and red are dealt.
        ({"homes": {"red": "Wuhu", "*": "Yulin"}, "home_rule": "stated"}, ["Yulin", "Wuhu", "Yulin", "Yulin"]),
    ],
    ids=["tenants in turn", "jobs in turn", "one stated", "all stated"],
)
def test_homes_are_as_the_promise_says(write: Write, changes: dict[str, object], homes: list[str]) -> None:
    jobs = read_trace(write(HEADER + ROWS), format="philly", promise=replace(ONE, **changes)).jobs  # type: ignore[arg-type]

    assert jobs is not None
    assert [jobs.sites[i] for i in jobs.home] == homes


def test_where_only_stated_homes_count_a_tenant_without_one_is_a_fault(write: Write) -> None:
    asked = replace(ONE, homes={"blue": "Yulin", "red": "Hami"}, home_rule="stated")

    with pytest.raises(InputError) as caught:
        read_trace(write(HEADER + ROWS), format="philly", promise=asked)

    assert [problem.where for problem in caught.value.problems] == ["trace.csv: line 5 vc"]
    assert caught.value.problems[0].found == "a tenant that is given no home (grey)"


def test_jobs_outside_the_period_and_short_ones_are_left_out_and_told(write: Write) -> None:
    period = Interval(datetime(2026, 3, 1, 1, tzinfo=UTC), datetime(2026, 3, 1, 4, tzinfo=UTC))
    asked = replace(ONE, clock=replace(UTC_CLOCK, period=period), run_s_min=100.0)

    trace = read_trace(write(HEADER + ROWS), format="philly", promise=asked)

    assert trace.jobs is not None
    assert (trace.jobs.id.tolist(), trace.jobs.start) == (["b", "c"], period.start)
    assert trace.jobs.arrive_s.tolist() == [0.0, 3600.0]
    assert [(one.count, one.why.en, one.rows) for one in trace.dropped.left_out] == [
        (1, "outside the period that was asked for", (2,)),
        (1, "runs less than the least run time asked for", (5,)),
    ]


def test_a_promise_of_names_that_are_none_is_refused_all_at_once() -> None:
    with pytest.raises(InputError) as caught:
        Promise(
            classes=ONE.classes,
            sites=("Hami", "Hami"),
            class_of={"blue": "bach"},
            length_bands=((2.0, "batch"), (1.0, "long")),
            deadlines={"training": Deadline()},
            homes={"red": "Wuhu"},
            machines=Machines(gpu_mw=0.0, gpus_per_node=0),
            run_s_min=-1.0,
        )

    assert [problem.where for problem in caught.value.problems] == [
        "promise, class_of['blue']",
        "promise, length_bands, up to 1 h",
        "promise, deadlines['training']",
        "promise, homes['red']",
        "promise, two sites",
        "promise, length_bands",
        "promise, gpu_mw",
        "promise, gpus_per_node",
        "promise, run_s_min",
    ]


def test_without_a_class_or_a_site_no_trace_becomes_jobs(write: Write) -> None:
    with pytest.raises(InputError, match="0 classes and 0 sites"):
        read_trace(write(HEADER + ROWS), format="philly")


def test_a_deadline_before_the_work_could_be_done_cannot_be_promised() -> None:
    with pytest.raises(InputError, match="both at or above 0"):
        Deadline(window_hours=-1.0)


def test_every_default_names_its_source_and_every_other_value_its_owner() -> None:
    default = {text.en for text in Promise(classes=ONE.classes, sites=ONE.sites).stated()}
    own = {text.en for text in replace(ONE, machines=Machines(gpu_mw=0.0007)).stated()}

    machines = {one.name for one in fields(Machines)}
    assert machines <= set(DEFAULTS)
    assert {text.partition(" = ")[0] for text in default if " = " in text} == machines - {"gpus_per_unit"} | {
        "home_rule",
        "run_s_min",
    }
    assert "gpu_mw = 0.0007: as stated" in own
    assert any(text.startswith("gpu_mw = 0.000408: assumed: 408 W") for text in default)


@given(
    st.lists(
        st.tuples(st.floats(0.001, 5e6), st.floats(0, 4e7), st.floats(0, 1e6) | st.none(), st.floats(0.01, 64)),
        min_size=1,
        max_size=30,
    ),
    st.floats(0, 3),
    st.floats(0, 200),
    st.booleans(),
)
def test_any_rule_gives_jobs_in_order_of_arrival_whose_deadlines_can_be_kept(
    jobs: list[tuple[float, float, float | None, float]],
    slack: float,
    window: float,
    by_limit: bool,  # noqa: FBT001
) -> None:
    run_s, arrive_s, limit_s, gpus = (np.array(column, dtype=float) for column in zip(*jobs, strict=True))
    rule = Deadline(slack_share=slack, window_hours=window, from_time_limit=by_limit)
    rows = JobRows(
        faults=Faults(name="made", numbers=np.arange(1, run_s.size + 1), place="row"),
        id=np.arange(run_s.size).astype(str).astype(object),
        arrive_us=np.round(arrive_s * 1e6).astype(np.int64),
        run_s=run_s,
        gpus=gpus,
        limit_s=limit_s,
    )

    trace = trace_of_jobs(trace_format("sacct"), rows, replace(ONE, deadlines={"batch": rule}), lenient=False)

    made = trace.jobs
    assert made is not None
    assert np.all(np.diff(made.arrive_s) >= 0)
    at = made.id.astype(int)
    basis = np.fmax(run_s, limit_s) if by_limit else run_s
    assert made.due_s - made.arrive_s == pytest.approx((basis * (1 + slack) + window * 3600)[at], rel=1e-9, abs=1e-6)
    assert made.slack_s.min() >= -1e-6
    assert sorted(made.run_s) == sorted(run_s)
