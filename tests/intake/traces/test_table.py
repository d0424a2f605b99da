"""The plain table of jobs: every fault of a file at once, each with its line and column."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from wattloom.domain.errors import InputError
from wattloom.intake.traces import Clock, Promise, read_trace

TEXT = """id,arrive,run_hours,gpus,class,home
a,2027-03-01T00:00:00+08:00,1.5,8,blue,Hami
b,2027-03-01T01:00:00+08:00,-1,8,blue,Hami
c,2027-03-01T02:00:00+08:00,1,0,blue,Hami
c,2027-03-01T03:00:00+08:00,1,8,blue,Hami
e,2027-03-01T04:00:00+08:00,1,8,green,Hami
f,noon,1,8,blue,Hami
"""


def test_every_fault_of_a_table_is_told_with_line_and_column(write: Callable[..., Path], promise: Promise) -> None:
    asked = replace(promise, clock=Clock(zone=ZoneInfo("Asia/Shanghai")))

    with pytest.raises(InputError) as told:
        read_trace(write(TEXT), format="table", promise=asked)

    said = "\n".join(str(problem) for problem in told.value.problems)
    for line, column in ((3, "run_hours"), (4, "gpus"), (5, "id"), (6, "class"), (7, "arrive")):
        assert f"line {line}" in said, said
        assert column in said


def test_leniently_the_rows_are_dropped_and_told(write: Callable[..., Path], promise: Promise) -> None:
    asked = replace(promise, clock=Clock(zone=ZoneInfo("Asia/Shanghai")))

    trace = read_trace(write(TEXT), format="table", promise=asked, lenient=True)

    assert trace.jobs is not None
    assert trace.jobs.id.tolist() == ["a"]  # Of two jobs with one id the first is faulty itself.
    assert trace.dropped.rows_read == 6
    assert trace.dropped.rows_kept == len(trace.jobs)
