"""Every fault of a trace is told with its row and column, all of them at once, and no row goes in silence."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from wattloom.domain.errors import InputError
from wattloom.intake.traces import Clock, Promise, Trace, read_trace
from wattloom.intake.traces.faults import ROWS_SHOWN_MAX

HEADER = "job_id,submit_time,duration_s,num_gpus,vc\n"
GOOD = (
    "a,2026-03-01T00:30:00Z,3600,1,blue\n"
    "b,2026-03-01T01:00:00Z,7200,16,red\n"
    "c,2026-03-01T01:00:00Z,600,2,blue\n"
    "d,2026-03-01T03:00:00Z,60,8,red\n"
)
LATER = "e,2026-03-01T04:00:00Z,60,8,red\n"
UTC_CLOCK = Clock(zone=ZoneInfo("UTC"))

Write = Callable[..., Path]
Told = Callable[[InputError], list[str]]


def read(path: Path, promise: Promise, *, lenient: bool = False) -> Trace:
    return read_trace(path, format="philly", promise=replace(promise, clock=UTC_CLOCK), lenient=lenient)


def refusal(path: Path, promise: Promise) -> InputError:
    with pytest.raises(InputError) as caught:
        read(path, promise)
    return caught.value


def balanced(trace: Trace) -> bool:
    dropped = trace.dropped
    assert trace.jobs is not None
    return (
        dropped.rows_read == dropped.rows_kept + dropped.rows_faulty + sum(one.count for one in dropped.left_out)
        and len(trace.jobs) == dropped.rows_kept
    )


def test_a_right_list_becomes_jobs_with_all_that_was_promised(write: Write, promise: Promise) -> None:
    jobs = read(write(HEADER + GOOD), promise).jobs

    assert jobs is not None
    assert jobs.start.isoformat() == "2026-03-01T00:00:00+00:00"
    assert jobs.id.tolist() == ["a", "b", "c", "d"]
    assert jobs.arrive_s.tolist() == [1800.0, 3600.0, 3600.0, 10800.0]
    # Batch: two hours after it could be done at once. Training: one and a half times its run time.
    assert jobs.due_s.tolist() == [1800 + 3600 + 7200, 3600 + 10800, 3600 + 600 + 7200, 10800 + 90]
    # One GPU and an eighth of a node's rest; 16 GPUs and two nodes; two GPUs and a quarter; a whole node.
    assert jobs.power_mw == pytest.approx([0.000625, 0.010, 0.00125, 0.005], abs=1e-12)
    assert jobs.nodes.tolist() == [0, 2, 0, 1]
    assert [jobs.sites[i] for i in jobs.home] == ["Hami", "Wuhu", "Hami", "Wuhu"]
    assert [jobs.classes[i].name for i in jobs.class_index] == ["batch", "training", "batch", "training"]
    assert jobs.move_gb.tolist() == [80.0, 1280.0, 160.0, 640.0]


@pytest.mark.parametrize(
    ("row", "column", "found"),
    [
        ("x,2026-03-01T02:00:00Z,-5,1,blue", "duration_s", "a duration that is not above zero (-5)"),
        ("x,2026-03-01T02:00:00Z,0,1,blue", "duration_s", "a duration that is not above zero (0)"),
        ("x,2026-03-01T02:00:00Z,60,0,blue", "num_gpus", "GPUs that are not above zero (0)"),
        ("x,2026-03-01T02:00:00Z,60,-1,blue", "num_gpus", "GPUs that are not above zero (-1)"),
        ("a,2026-03-01T02:00:00Z,60,1,blue", "job_id", "an id that stands before (a)"),
        (",2026-03-01T02:00:00Z,60,1,blue", "job_id", "no usable id (empty)"),
        ("x,2026-03-01T02:00:00Z,60,1,green", "vc", "a label that is given no class (green)"),
        ("x,2026-03-01T02:00:00Z,60,1,", "vc", "no value (empty)"),
        (
            "x,2026-02-28T02:00:00Z,60,1,blue",
            "submit_time",
            "time goes backwards in a file that is in order of time (2026-02-28T02:00:00Z)",
        ),
        (
            "x,2027-02-28T02:00:00Z,60,1,blue",
            "submit_time",
            "time goes backwards in a file that is in order of time (2027-02-28T02:00:00Z)",
        ),
        ("x,soon,60,1,blue", "submit_time", "no readable time (soon)"),
        ("x,2026-02-30T02:00:00Z,60,1,blue", "submit_time", "no readable time (2026-02-30T02:00:00Z)"),
        ("x,,60,1,blue", "submit_time", "no value (empty)"),
        ("x,2026-03-01T02:00:00Z,1e,1,blue", "duration_s", "no number (1e)"),
        ("x,2026-03-01T02:00:00Z,nan,1,blue", "duration_s", "no number (nan)"),
        ("x,2026-03-01T02:00:00Z,1e999,1,blue", "duration_s", "no number (1e999)"),
        ("x,2026-03-01T02:00:00Z,60,,blue", "num_gpus", "no value (empty)"),
        ("x,2026-03-01T02:00:00Z,60,1", "", "not as many cells as the header has (x,2026-03-01T02:00:00Z,60,1)"),
    ],
)
def test_one_broken_row_is_named_with_its_line_and_column(
    write: Write, told: Told, promise: Promise, row: str, column: str, found: str
) -> None:
    lines = GOOD.splitlines(keepends=True)
    path = write(HEADER + "".join([*lines[:3], row + "\n", lines[3], LATER]))

    error = refusal(path, promise)
    spared = read(path, promise, lenient=True)

    first = error.problems[0]
    assert first.where == f"trace.csv: line 5 {column}".rstrip()
    assert (first.found, first.line) == (found, 5)
    assert first.expected
    assert first.remedy
    # An empty tenant is an unknown label as well.
    assert set(told(error)) == {first.where}
    assert spared.jobs is not None
    assert spared.jobs.id.tolist() == ["a", "b", "c", "d", "e"]
    assert (spared.dropped.rows_read, spared.dropped.rows_faulty) == (6, 1)
    assert spared.dropped.faults[0].rows == (5,)
    assert spared.dropped.faults[0].column == column
    assert balanced(spared)


def test_all_faults_are_told_at_once(write: Write, told: Told, promise: Promise) -> None:
    path = write(
        HEADER
        + "a,2026-03-01T00:30:00Z,-3600,1,blue\n"
        + "b,2026-03-01T01:00:00Z,7200,0,red\n"
        + "b,2026-03-01T01:00:00Z,600,2,blue\n"
        + "d,2026-03-01T00:59:00Z,60,8,green\n"
        + "e;2026-03-01T00:59:00Z\n"
        + "f,2026-03-01T01:30:00Z,much,many,blue\n"
        + "g,2026-03-01T01:30:00Z,60,8,red\n"
    )

    error = refusal(path, promise)
    spared = read(path, promise, lenient=True)

    assert told(error) == [
        "trace.csv: line 2 duration_s",
        "trace.csv: line 3 num_gpus",
        "trace.csv: line 4 job_id",
        "trace.csv: line 5 submit_time",
        "trace.csv: line 5 vc",
        "trace.csv: line 6",
        "trace.csv: line 7 duration_s",
        "trace.csv: line 7 num_gpus",
    ]
    assert spared.jobs is not None
    assert spared.jobs.id.tolist() == ["g"]
    assert (spared.dropped.rows_read, spared.dropped.rows_faulty) == (7, 6)
    assert balanced(spared)


def test_what_was_dropped_is_told_in_both_languages(write: Write, promise: Promise) -> None:
    path = write(HEADER + GOOD + "e,2026-03-01T04:00:00Z,-60,8,red\n\nf,2026-03-01T04:00:00Z,-61,8,red\n")

    words = read(path, promise, lenient=True).dropped.words()

    assert [text.en for text in words] == [
        "trace.csv: 7 rows read, 4 kept, 3 not",
        "dropped: 2 × a duration that is not above zero; first at line 6, column duration_s: -60",
        "left out: 1 × an empty line; first at line 7",
    ]
    assert words[1].zh == "剔除：2 条，时长不大于零；首见于行号 6，列 duration_s：-60"


def test_many_faults_of_a_kind_are_shown_in_part_and_counted_in_full(write: Write, promise: Promise) -> None:
    rows = "".join(f"x{i},2026-03-01T02:00:00Z,-1,1,blue\n" for i in range(1000))

    error = refusal(write(HEADER + rows), promise)

    assert len(error.problems) == ROWS_SHOWN_MAX + 1
    assert error.problems[-1].found == "980 more × a duration that is not above zero"
    assert error.problems[-1].where == "trace.csv: after line 21 duration_s"


def test_a_row_that_jumps_ahead_is_blamed_alone_and_not_all_that_follow(write: Write, promise: Promise) -> None:
    rows = [f"x{i},2026-03-{1 + i // 24:02d}T{i % 24:02d}:00:00Z,60,1,blue\n" for i in range(400)]
    rows[7] = "x7,2026-03-16T00:00:00Z,60,1,blue\n"

    error = refusal(write(HEADER + "".join(rows)), promise)

    assert [problem.where for problem in error.problems] == ["trace.csv: line 9 submit_time"]


def test_every_column_that_lacks_is_told(write: Write, told: Told, promise: Promise) -> None:
    error = refusal(write("job_id,submit_time,vc\na,2026-03-01T00:30:00Z,blue\n"), promise)

    assert [problem.expected for problem in error.problems] == ["a column duration_s", "a column num_gpus"]
    assert told(error) == ["trace.csv: header"] * 2


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "nothing"),
        (b"\x00\x01\x02", "\x00\x01\x02"),
        (HEADER.replace("vc", "vc,vc").encode(), "2 columns vc"),
        (HEADER.encode(), "0 rows read"),
    ],
    ids=["empty", "bytes", "a column twice", "no rows"],
)
def test_what_is_no_list_is_refused(write: Write, promise: Promise, content: bytes, found: str) -> None:
    assert found in refusal(write(content), promise).problems[0].found


def test_a_file_that_is_not_there_and_a_broken_parquet_are_refused(
    tmp_path: Path, write: Write, promise: Promise
) -> None:
    assert refusal(tmp_path / "none.csv", promise).problems[0].found == "no such file"
    assert "no readable Parquet" in refusal(write(b"PAR1 no", "jobs.parquet"), promise).problems[0].found


def test_marks_of_editors_and_other_systems_do_no_harm(write: Write, promise: Promise) -> None:
    text = (HEADER.upper() + GOOD).replace("\n", "\r\n")
    plain = read(write(HEADER + GOOD), promise).jobs

    for raw in (text.encode("utf-8-sig"), text.encode("utf-16")):
        jobs = read(write(raw), promise).jobs
        assert jobs is not None
        assert plain is not None
        assert jobs.id.tolist() == plain.id.tolist()
        assert jobs.due_s.tolist() == plain.due_s.tolist()


def test_bytes_that_are_no_text_are_told_with_their_row(write: Write, promise: Promise) -> None:
    raw = (HEADER + GOOD).encode() + b"caf\xe9,2026-03-01T04:00:00Z,60,8,red\n"

    error = refusal(write(raw), promise)
    spared = read(write(raw), promise, lenient=True)

    assert [problem.where for problem in error.problems] == ["trace.csv: line 6 job_id"]
    assert "not UTF-8" in error.problems[0].found
    assert spared.dropped.rows_kept == 4


def test_an_hour_that_the_clock_skips_is_a_fault_and_one_it_has_twice_is_told(write: Write, promise: Promise) -> None:
    berlin = replace(promise, clock=Clock(zone=ZoneInfo("Europe/Berlin")))
    skipped = write(HEADER + "a,2026-03-29 02:30:00,60,1,blue\nb,2026-03-29 03:30:00,60,1,blue\n", "spring.csv")
    twice = write(HEADER + "a,2026-10-25 02:30:00,60,1,blue\nb,2026-10-25 03:30:00,60,1,blue\n", "autumn.csv")

    with pytest.raises(InputError) as caught:
        read_trace(skipped, format="philly", promise=berlin)
    trace = read_trace(twice, format="philly", promise=berlin)

    assert caught.value.problems[0].where == "spring.csv: line 2 submit_time"
    assert "skips" in caught.value.problems[0].found
    assert trace.jobs is not None
    # 02:30 is 00:30 UTC the first time; 03:30 is 02:30 UTC in winter.
    assert trace.jobs.arrive_s.tolist() == [1800.0, 9000.0]
    assert any("1 times stand in the hour" in note.en for note in trace.notes)


@pytest.mark.parametrize(
    ("change", "column"),
    [
        (lambda cells: [*cells[:2], "-7", *cells[3:]], "duration_s"),
        (lambda cells: [*cells[:3], "none", cells[4]], "num_gpus"),
        (lambda cells: [cells[0], "2025-01-01 00:00:00", *cells[2:]], "submit_time"),
        (lambda cells: ["3", *cells[1:]], "job_id"),
    ],
    ids=["negative", "unreadable", "backwards", "twice"],
)
def test_one_broken_row_in_a_hundred_thousand_is_found_quickly(
    write: Write, promise: Promise, change: Callable[[list[str]], list[str]], column: str
) -> None:
    """A million rows are read in campaigns/broken_rows.py."""
    count, broken = 100_000, 61_803
    seconds = np.datetime64("2026-01-01T00:00:00") + np.arange(count) * 30
    rows = [f"{i},{str(at).replace('T', ' ')},{i % 999 + 1},1,blue" for i, at in enumerate(seconds)]
    rows[broken] = ",".join(change(rows[broken].split(",")))
    path = write(HEADER + "\n".join(rows) + "\n")

    begin = time.process_time()
    error = refusal(path, promise)
    cpu_s = time.process_time() - begin

    assert [problem.where for problem in error.problems] == [f"trace.csv: line {broken + 2} {column}"]
    assert cpu_s < 3.0  # Measured 0.3 to 0.5.
