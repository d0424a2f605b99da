"""Which jobs does a plain table of ours hold? Arrival, run time, GPUs, class, and the site or tenant they belong to."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from wattloom.domain.text import Text
from wattloom.intake.traces.columns import open_columns
from wattloom.intake.traces.contract import JobRows, Trace, TraceFormat
from wattloom.intake.traces.promise import Promise
from wattloom.intake.traces.to_jobs import trace_of_jobs, twice_note, zone_of

SECONDS_PER_HOUR = 3600.0
NAMES = {
    "id": "id",
    "arrive_us": "arrive",
    "run_s": "run_hours",
    "gpus": "gpus",
    "label": "class",
    "tenant": "home",
}


def _read(path: Path, promise: Promise, *, lenient: bool) -> Trace:
    """The jobs of a table, in any order."""
    zone, notes = zone_of(TRACE, promise.clock)
    needed = ("id", "arrive", "run_hours", "gpus", "class")
    columns = open_columns(path, needed=needed, optional=("home",))
    arrive_us, twice = columns.time("arrive", zone=zone)
    rows = JobRows(
        faults=columns.faults,
        id=columns.text("id"),
        arrive_us=arrive_us,
        run_s=columns.number("run_hours") * SECONDS_PER_HOUR,
        gpus=columns.number("gpus"),
        label=columns.text("class"),
        tenant=columns.text("home") if "home" in columns else None,
        columns=NAMES,
        notes=(*notes, *twice_note(twice, zone)),
    )
    columns.faults.note(np.asarray(rows.label == ""), "missing", column="class", cells=rows.label)
    return trace_of_jobs(TRACE, rows, promise, lenient=lenient)


TRACE = TraceFormat(
    key="table",
    title=Text("Plain table of jobs", "作业清单"),
    read=_read,
    source=Text(
        "columns id, arrive, run_hours, gpus, class and, if wanted, home; times with their zone",
        "列：id、arrive、run_hours、gpus、class，可选 home；时间须含时区",
    ),
)
