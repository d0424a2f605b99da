"""Slurm's accounting list: fields as sacct(1) documents them, written by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from wattloom.domain.errors import InputError
from wattloom.intake.traces import Clock, Deadline, Promise, Trace, read_trace
from wattloom.intake.traces.formats.sacct import seconds_of

HEADER = "JobID|Submit|Start|End|Elapsed|State|AllocTRES|NNodes|Timelimit|Partition|QOS|Account"
EIGHT = "billing=64,cpu=64,gres/gpu=8,mem=500G,node=1"
KIND = "cpu=128,gres/gpu:a100=16,mem=1T,node=2"
BOTH = "cpu=4,gres/gpu=1,gres/gpu:a100=1,mem=8G,node=1"
LINES = (
    f"101|2026-03-01T08:00:00|2026-03-01T08:10:00|2026-03-01T10:10:00|02:00:00|COMPLETED|{EIGHT}|1|04:00:00|red|normal|lab1",
    f"101.batch||2026-03-01T08:10:00|2026-03-01T10:10:00|02:00:00|COMPLETED|{EIGHT}|1||||lab1",
    f"102|2026-03-01T08:30:00|2026-03-01T08:30:05|2026-03-02T09:30:05|1-01:00:00|TIMEOUT|{KIND}|2|1-00:00:00|red|n|lab2",
    f"103|2026-03-01T08:40:00|2026-03-01T08:41:00|2026-03-01T08:42:30|01:30|CANCELLED+|{BOTH}|1|UNLIMITED|blue|n|lab1",
)
NOT_WANTED = (
    "104|2026-03-01T09:00:00|None|2026-03-01T09:05:00|00:00:00|CANCELLED by 1000||1|01:00:00|blue|normal|lab1",
    "105|2026-03-01T09:00:00|Unknown|Unknown|00:00:00|PENDING||1|01:00:00|blue|normal|lab1",
    f"106|2026-03-01T09:00:00|2026-03-01T09:00:10|Unknown|03:00:00|RUNNING|{EIGHT}|1|08:00:00|red|normal|lab1",
    "107|2026-03-01T09:00:00|2026-03-01T09:00:10|2026-03-01T09:30:10|00:30:00|COMPLETED|cpu=4,mem=8G|1|01:00:00|blue|n|lab1",
    f"108|2026-03-01T09:00:00|2026-03-01T09:00:10|2026-03-01T09:00:10|00:00:00|FAILED|{EIGHT}|1|01:00:00|red|normal|lab1",
)
SHANGHAI = Clock(zone=ZoneInfo("Asia/Shanghai"))

Write = Callable[..., Path]


def text(*lines: str, header: str = HEADER) -> str:
    return "\n".join((header, *lines)) + "\n"


def read(path: Path, promise: Promise, *, lenient: bool = False) -> Trace:
    return read_trace(path, format="sacct", promise=replace(promise, clock=SHANGHAI), lenient=lenient)


def faults_of(path: Path, promise: Promise) -> list[tuple[str, str]]:
    with pytest.raises(InputError) as caught:
        read(path, promise)
    return [(problem.where, problem.found) for problem in caught.value.problems]


def test_jobs_are_as_the_list_has_them(write: Write, promise: Promise) -> None:
    limits = {"training": Deadline(from_time_limit=True), "batch": Deadline(from_time_limit=True, slack_share=1.0)}

    trace = read(write(text(*LINES), "jobs.txt"), replace(promise, deadlines=limits))

    jobs = trace.jobs
    assert jobs is not None
    assert jobs.start.isoformat() == "2026-03-01T00:00:00+00:00"  # 08:00 in Shanghai.
    assert jobs.id.tolist() == ["101", "102", "103"]
    assert jobs.arrive_s.tolist() == [0.0, 1800.0, 2400.0]
    assert jobs.run_s.tolist() == [7200.0, 90000.0, 90.0]
    assert jobs.gpus.tolist() == [8.0, 16.0, 1.0]
    assert jobs.nodes.tolist() == [1, 2, 0]
    # 101: its limit of four hours. 102 ran past its limit of a day. 103 has none: twice its 90 seconds.
    assert (jobs.due_s - jobs.arrive_s).tolist() == [14400.0, 90000.0, 180.0]
    assert [jobs.classes[i].name for i in jobs.class_index] == ["training", "training", "batch"]
    assert [jobs.sites[i] for i in jobs.home] == ["Hami", "Wuhu", "Hami"]
    assert any(note.en.startswith("1 jobs have no time limit") for note in trace.notes)
    assert [(one.count, one.why.en) for one in trace.dropped.left_out] == [
        (1, "a step of a job, whose own line counts")
    ]


def test_jobs_that_are_not_wanted_are_left_out_each_with_its_reason(write: Write, promise: Promise) -> None:
    dropped = read(write(text(*LINES, *NOT_WANTED), "jobs.txt"), promise).dropped

    assert (dropped.rows_read, dropped.rows_kept, dropped.rows_faulty) == (9, 3, 0)
    assert [(one.count, one.why.en, one.rows) for one in dropped.left_out] == [
        (1, "a step of a job, whose own line counts", (3,)),
        (2, "never started", (6, 7)),
        (1, "had not ended when the list was made", (8,)),
        (1, "ended in the second in which it started", (10,)),
        (1, "held no GPU", (9,)),
    ]


@pytest.mark.parametrize(
    ("line", "column", "found"),
    [
        ("2026-03-01T07:00:00|2026-03-01T08:00:00|01:00:00|COMPLETED|gres/gpu=1|", "Start", "starts before it was"),
        ("2026-03-01T10:00:00|2026-03-01T09:00:00|01:00:00|COMPLETED|gres/gpu=1|", "End", "ends before it starts"),
        ("2026-03-01T10:00:00|2026-03-01T11:00:00|-01:00:00|COMPLETED|gres/gpu=1|", "Elapsed", "not above zero"),
        ("2026-03-01T10:00:00|2026-03-01T11:00:00|an hour|COMPLETED|gres/gpu=1|", "Elapsed", "no readable length"),
        ("2026-03-01T10:00:00|2026-03-01T11:00:00|01:00:00|COMPLETED|gres/gpu=0|", "AllocTRES", "GPUs that are not"),
        ("2026-03-01T10:00:00|2026-03-01T11:00:00|01:00:00|COMPLETED|gres/gpu=x|", "AllocTRES", "no number"),
        ("2026-03-01T10:00:00|2026-03-01T11:00:00|01:00:00|SLEEPING|gres/gpu=1|", "State", "not documented"),
        ("2026-03-01T10:00:00||01:00:00|COMPLETED|gres/gpu=1|", "End", "no value"),
        ("yesterday|2026-03-01T11:00:00|01:00:00|COMPLETED|gres/gpu=1|", "Start", "no readable time"),
    ],
)
def test_what_no_job_can_be_is_told_with_its_line_and_column(
    write: Write, promise: Promise, line: str, column: str, found: str
) -> None:
    path = write(text(*LINES, f"109|2026-03-01T08:50:00|{line}1|01:00:00|blue|normal|lab1"), "jobs.txt")

    told = faults_of(path, promise)
    spared = read(path, promise, lenient=True)

    assert [where for where, _ in told] == [f"jobs.txt: line 6 {column}"]
    assert found in told[0][1]
    assert spared.dropped.rows_kept == 3


def test_an_unreadable_limit_and_a_job_name_with_a_bar_are_told(write: Write, promise: Promise) -> None:
    limit = "109|2026-03-01T08:50:00|2026-03-01T09:00:00|2026-03-01T09:10:00|10:00|COMPLETED|gres/gpu=1|1|soon|blue|n|l"
    path = write(text(*LINES, limit, "110|a|b" + LINES[0][3:]), "jobs.txt")

    told = faults_of(path, promise)

    assert [where for where, _ in told] == ["jobs.txt: line 6 Timelimit", "jobs.txt: line 7"]
    assert told[1][1].startswith("not as many cells as the header has (110|a|b|2026")


def run(job: str, start: str, end: str) -> str:
    return (
        f"{job}|2026-03-01T08:00:00|2026-03-01T{start}|2026-03-01T{end}|00:30:00|COMPLETED|{EIGHT}|1|04:00:00|red|n|l"
    )


def test_runs_of_a_requeued_job_are_jobs_of_their_own_and_runs_that_overlap_are_faults(
    write: Write, promise: Promise
) -> None:
    again = write(text(run("7", "09:00:00", "09:30:00"), run("7", "08:00:00", "08:30:00")), "again.txt")
    overlap = write(
        text(run("7", "08:00:00", "08:30:00"), run("8", "08:00:00", "08:30:00"), run("7", "08:20:00", "08:50:00")),
        "overlap.txt",
    )

    trace = read(again, promise)
    told = faults_of(overlap, promise)
    spared = read(overlap, promise, lenient=True)

    assert trace.jobs is not None
    assert sorted(trace.jobs.id.tolist()) == ["7", "7#2"]
    assert any(note.en.startswith("1 lines are later runs") for note in trace.notes)
    assert told == [("overlap.txt: line 4 JobID", "an id whose earlier job still ran (7)")]
    assert spared.jobs is not None
    assert spared.jobs.id.tolist() == ["7", "8"]


def test_raw_fields_unix_seconds_and_a_closing_bar_are_read_as_well(write: Write, promise: Promise) -> None:
    header = "JobIDRaw|Submit|Start|End|ElapsedRaw|State|ReqTRES|TimelimitRaw|QOS|"
    line = "101|1772323200|1772323800|1772331000|7200|COMPLETED|billing=8,gres/gpu:h100=4,gres/gpu:a100=4|240|blue|"
    asked = replace(promise, label_column="QOS", deadlines={"batch": Deadline(from_time_limit=True)})

    jobs = read(write(text(line, header=header), "raw.txt"), asked).jobs

    assert jobs is not None
    assert jobs.start.isoformat() == "2026-03-01T00:00:00+00:00"
    assert (jobs.run_s.tolist(), jobs.gpus.tolist(), jobs.due_s.tolist()) == ([7200.0], [8.0], [14400.0])


def test_a_list_without_a_zone_is_refused_for_slurm_writes_local_times(write: Write, promise: Promise) -> None:
    with pytest.raises(InputError, match="name it, such as Asia/Shanghai"):
        read_trace(write(text(*LINES)), format="sacct", promise=promise)


def test_a_job_across_the_hour_that_the_clock_has_twice_is_no_fault(write: Write, promise: Promise) -> None:
    line = (
        "9|2026-10-25T02:40:00|2026-10-25T02:50:00|2026-10-25T02:10:00|00:20:00|COMPLETED|gres/gpu=1|1|1:0:0|blue|n|l"
    )
    asked = replace(promise, clock=Clock(zone=ZoneInfo("Europe/Berlin")))

    trace = read_trace(write(text(line)), format="sacct", promise=asked)

    assert trace.jobs is not None
    assert trace.jobs.run_s.tolist() == [1200.0]
    assert any("has twice" in note.en for note in trace.notes)


def test_lengths_of_time_are_read_as_documented() -> None:
    said = np.array(["00:00", "01:30", "02:00:00", "10-00:00:01", "00:01:30.250", "1:2:3:4", "90", ""], dtype=object)

    assert seconds_of(said)[:5].tolist() == [0.0, 90.0, 7200.0, 864001.0, 90.0]
    assert np.isnan(seconds_of(said)[5:]).all()
