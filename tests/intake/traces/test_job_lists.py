"""PAI's sample and openb's pods: what their own columns mean, and how they break."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from wattloom.domain.errors import InputError
from wattloom.intake.traces import Clock, Machines, Promise, read_trace

Write = Callable[..., Path]
PODS = "pod,cpu_milli,num_gpu,gpu_milli,qos,pod_phase,creation_s,deletion_s,scheduled_s\n"
GOOD_PODS = (
    "p0,4000,1,460,blue,Running,0,7210,10\n"
    "p1,4000,4,1000,red,Failed,60,3660,60\n"
    "p2,4000,0,0,blue,Running,70,80,75\n"
    "p3,4000,1,1000,blue,Pending,90,95,\n"
)


@pytest.fixture
def one(promise: Promise) -> Promise:
    """A promise for traces without labels, whose second 0 is stated."""
    return replace(
        promise,
        classes=promise.classes[:1],
        class_of={},
        deadlines={},
        clock=Clock(epoch=datetime(2026, 1, 1, tzinfo=UTC)),
    )


def faults_of(path: Path, form: str, promise: Promise) -> list[tuple[str, str]]:
    with pytest.raises(InputError) as caught:
        read_trace(path, format=form, promise=promise)
    return [(problem.where, problem.found) for problem in caught.value.problems]


def test_pai_counts_hours_and_units(write: Write, one: Promise) -> None:
    path = write("arrival_h,length_h,units\n0.5,2.0,1\n1.25,0.5,10\n")
    asked = replace(one, machines=Machines(gpus_per_unit=0.5))

    trace = read_trace(path, format="pai", promise=asked)

    assert trace.jobs is not None
    assert trace.jobs.start == datetime(2026, 1, 1, tzinfo=UTC)
    assert trace.jobs.arrive_s.tolist() == [1800.0, 4500.0]
    assert trace.jobs.run_s.tolist() == [7200.0, 1800.0]
    assert trace.jobs.gpus.tolist() == [0.5, 5.0]
    assert any(note.en == "gpus_per_unit = 0.5: as stated" for note in trace.notes)
    assert any("the trace tells no tenants" in note.en for note in trace.notes)


def test_pai_faults_are_told(write: Write, one: Promise) -> None:
    path = write("arrival_h,length_h,units\n-1,2.0,1\n2,-0.5,0\n1,1,1\n3,1,1\nx,1,1\n")

    assert faults_of(path, "pai", one) == [
        ("trace.csv: line 2 arrival_h", "a number below zero (-1)"),
        ("trace.csv: line 3 length_h", "a duration that is not above zero (-1800)"),
        ("trace.csv: line 3 units", "GPUs that are not above zero (0)"),
        ("trace.csv: line 4 arrival_h", "time goes backwards in a file that is in order of time (1)"),
        ("trace.csv: line 6 arrival_h", "no number (x)"),
    ]


def test_pods_run_from_scheduling_to_deletion_on_shares_of_gpus(write: Write, promise: Promise) -> None:
    trace = read_trace(write(PODS + GOOD_PODS), format="openb", promise=promise)

    assert trace.jobs is not None
    assert trace.jobs.id.tolist() == ["p0", "p1"]
    assert trace.jobs.gpus.tolist() == [0.46, 4.0]
    assert trace.jobs.run_s.tolist() == [7200.0, 3600.0]
    assert trace.jobs.arrive_s.tolist() == [0.0, 60.0]
    assert [(one.count, one.why.en) for one in trace.dropped.left_out] == [
        (1, "was never scheduled"),
        (1, "asks for no GPU"),
    ]


@pytest.mark.parametrize(
    ("row", "where", "found"),
    [
        (
            "p9,4000,1,460,blue,Running,100,90,100",
            "deletion_s - scheduled_s",
            "a duration that is not above zero (-10)",
        ),
        ("p9,4000,1,460,blue,Running,100,200,99", "scheduled_s", "starts before it was submitted (99)"),
        ("p9,4000,1,0,blue,Running,100,200,100", "gpu_milli", "GPUs that are not above zero (0)"),
        ("p9,4000,1,1500,blue,Running,100,200,100", "gpu_milli", "GPUs that are not above zero (1500)"),
        ("p9,4000,-1,0,blue,Running,100,200,100", "num_gpu", "a number below zero (-1)"),
        ("p9,4000,1,460,green,Running,100,200,100", "qos", "a label that is given no class (green)"),
        ("p9,4000,1,460,blue,Running,100,200,noon", "scheduled_s", "no number (noon)"),
        ("p0,4000,1,460,blue,Running,100,200,100", "pod", "an id that stands before (p0)"),
        ("p9,4000,1,460,blue,Running,80,200,80", "creation_s", "time goes backwards in a file that is in order of"),
    ],
)
def test_pods_that_cannot_be_are_told(write: Write, promise: Promise, row: str, where: str, found: str) -> None:
    path = write(PODS + GOOD_PODS + row + "\n")

    told = faults_of(path, "openb", promise)
    spared = read_trace(path, format="openb", promise=promise, lenient=True)

    assert [place for place, _ in told] == [f"trace.csv: line 6 {where}"]
    assert told[0][1].startswith(found)
    assert spared.dropped.rows_kept == 2
