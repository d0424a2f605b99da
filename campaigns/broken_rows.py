"""Is one broken row among a million found, named and told in seconds, whatever is broken in it?

The long form of tests/intake/traces/test_broken_traces.py: lists of a million jobs in two formats, each broken in one
row in every way that the format knows, read strictly and leniently. Strictly, the answer must name that row and column
and no other; leniently, all rows but that one must become jobs.

    python campaigns/broken_rows.py [--rows 1000000] [--seed 0]
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from wattloom.domain.errors import InputError
from wattloom.domain.jobs import JobClass
from wattloom.domain.workloads import WorkloadKind
from wattloom.intake.traces import Clock, Deadline, Promise, read_trace

CPU_S_MAX = 20.0
"""To read a million rows once."""
PHILLY = ("job_id", "submit_time", "duration_s", "num_gpus", "vc")
SACCT = (
    "JobID",
    "Submit",
    "Start",
    "End",
    "Elapsed",
    "State",
    "AllocTRES",
    "NNodes",
    "Timelimit",
    "Partition",
    "Account",
)
PROMISE = Promise(
    classes=(JobClass(name="blue", kind=WorkloadKind.BATCH), JobClass(name="red", kind=WorkloadKind.TRAINING)),
    sites=("Hami", "Wuhu"),
    deadlines={"blue": Deadline(window_hours=24.0)},
    clock=Clock(zone=ZoneInfo("Asia/Shanghai")),
)
BREAKS: dict[str, dict[str, tuple[str, str]]] = {
    "philly": {
        "negative duration": ("duration_s", "-1"),
        "zero GPUs": ("num_gpus", "0"),
        "id twice": ("job_id", "5"),
        "unknown class": ("vc", "green"),
        "time backwards": ("submit_time", "2019-01-01 00:00:00"),
        "unreadable number": ("duration_s", "1O0"),
        "no time": ("submit_time", ""),
        "too few cells": ("", ""),
    },
    "sacct": {
        "negative duration": ("Elapsed", "-00:00:01"),
        "zero GPUs": ("AllocTRES", "gres/gpu=0"),
        "overlapping id": ("JobID", "5"),
        "unknown class": ("Partition", "green"),
        "ends before it starts": ("End", "2019-01-01T00:00:00"),
        "starts before submission": ("Start", "2019-01-01T00:00:00"),
        "unknown state": ("State", "DREAMING"),
        "too few cells": ("", ""),
    },
}


def clock(seconds: np.ndarray, sep: str) -> list[str]:
    """Times as they are written."""
    return [str(at).replace("T", sep) for at in np.datetime64("2025-01-01T00:00:00") + seconds]


def philly(count: int) -> list[str]:
    """Jobs half a minute apart, one a line."""
    times = clock(np.arange(count) * 30, " ")
    return [f"{i},{at},{i % 9000 + 1},{1 << i % 4},{'blue' if i % 3 else 'red'}" for i, at in enumerate(times)]


def sacct(count: int) -> list[str]:
    """Jobs half a minute apart that all run for an hour and overlap; no id stands twice."""
    begin = np.arange(count) * 30
    columns = zip(clock(begin, "T"), clock(begin + 10, "T"), clock(begin + 3610, "T"), strict=True)
    rest = "01:00:00|COMPLETED|cpu=8,gres/gpu=8,node=1|1|02:00:00|red|lab"
    return [f"{i}|{submit}|{start}|{end}|{rest}" for i, (submit, start, end) in enumerate(columns)]


def broken(line: str, header: tuple[str, ...], mark: str, *, column: str, cell: str) -> str:
    """A line with another cell in a column; without a column, a line that lacks its last cell."""
    cells = line.split(mark)
    if not column:
        return mark.join(cells[:-1])
    return mark.join(cell if name == column else old for name, old in zip(header, cells, strict=True))


def trial(form: str, what: str, path: Path, expected: str, count: int) -> dict[str, object]:
    """Read a broken list strictly and leniently; say what was told and how long it took."""
    begin = time.process_time()
    try:
        read_trace(path, format=form, promise=PROMISE)
        told: tuple[str, ...] = ()
    except InputError as error:
        told = tuple(problem.where for problem in error.problems)
    strict_s = time.process_time() - begin
    begin = time.process_time()
    trace = read_trace(path, format=form, promise=PROMISE, lenient=True)
    lenient_s = time.process_time() - begin
    right = set(told) == {expected} and trace.dropped.rows_kept == count - 1 and trace.dropped.rows_faulty == 1
    quick = max(strict_s, lenient_s) <= CPU_S_MAX * max(count / 1e6, 0.1)
    print(f"{form:8}{what:28}{told[0] if told else 'nothing told':44}{strict_s:7.2f}{lenient_s:7.2f}", flush=True)
    return {"right": right, "quick": quick, "cpu_s": max(strict_s, lenient_s)}


def main() -> int:
    """Break a row in every way, at a place that the seed chooses."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--seed", type=int, default=0)
    chosen = options.parse_args()
    chance = random.Random(chosen.seed)  # noqa: S311 - no secret
    made: dict[str, tuple[Callable[[int], list[str]], tuple[str, ...], str]] = {
        "philly": (philly, PHILLY, ","),
        "sacct": (sacct, SACCT, "|"),
    }
    results = []
    print(f"{'format':8}{'broken':28}{'told':44}{'strict':>7}{'lenient':>7}  CPU s of {chosen.rows:,} rows")
    with tempfile.TemporaryDirectory() as folder:
        for form, (rows_of, header, mark) in made.items():
            rows = rows_of(chosen.rows)
            for what, (column, cell) in BREAKS[form].items():
                # Late enough that job 5 stands before it, and within the hour where ids must overlap.
                at = 77 if what == "overlapping id" else chance.randrange(100, chosen.rows - 100)
                whole = rows[at]
                rows[at] = broken(whole, header, mark, column=column, cell=cell)
                path = Path(folder) / f"{form}.csv"
                path.write_text("\n".join([mark.join(header), *rows, ""]), encoding="utf-8")
                rows[at] = whole
                expected = f"{path.name}: line {at + 2} {column}".rstrip()
                results.append(trial(form, what, path, expected, chosen.rows))
    answer = {
        "rows": chosen.rows,
        "trials": len(results),
        "right": sum(bool(one["right"]) for one in results),
        "quick": sum(bool(one["quick"]) for one in results),
        "cpu_s_max": round(max(float(str(one["cpu_s"])) for one in results), 2),
        "memory_mb_max": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
    print(json.dumps(answer))
    return 0 if answer["right"] == answer["quick"] == len(results) else 1


if __name__ == "__main__":
    sys.exit(main())
