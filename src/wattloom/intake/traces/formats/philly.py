"""Which jobs ran in Microsoft's Philly cluster in 2017? A flat list: submission, run time, GPUs and tenant."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from wattloom.domain.text import Text
from wattloom.intake.traces.columns import open_columns
from wattloom.intake.traces.contract import JobRows, Trace, TraceFormat
from wattloom.intake.traces.ordering import note_backwards
from wattloom.intake.traces.promise import Promise
from wattloom.intake.traces.to_jobs import trace_of_jobs, twice_note, zone_of

NAMES = {
    "id": "job_id",
    "arrive_us": "submit_time",
    "run_s": "duration_s",
    "gpus": "num_gpus",
    "label": "vc",
    "tenant": "vc",
}


def _read(path: Path, promise: Promise, *, lenient: bool) -> Trace:
    """The jobs of a flat Philly list, in order of submission."""
    zone, notes = zone_of(TRACE, promise.clock)
    columns = open_columns(path, needed=("submit_time", "duration_s", "num_gpus", "vc"), optional=("job_id",))
    arrive_us, twice = columns.time("submit_time", zone=zone)
    note_backwards(columns, arrive_us, column="submit_time")
    row = columns.faults.numbers.astype(str).astype(object)
    tenant = columns.text("vc")
    rows = JobRows(
        faults=columns.faults,
        id=columns.text("job_id") if "job_id" in columns else row,
        arrive_us=arrive_us,
        run_s=columns.number("duration_s"),
        gpus=columns.number("num_gpus"),
        label=tenant,
        tenant=tenant,
        columns=NAMES,
        notes=(*notes, *twice_note(twice, zone), NO_QUEUE),
    )
    columns.faults.note(np.asarray(tenant == ""), "missing", column="vc", cells=tenant)
    return trace_of_jobs(TRACE, rows, promise, lenient=lenient)


NO_QUEUE = Text("the flat extract tells neither waiting nor how a job ended", "该平面摘录不含排队时间与结束状态")
TRACE = TraceFormat(
    key="philly",
    title=Text("Microsoft Philly job list", "微软 Philly 作业列表"),
    read=_read,
    source=Text("Jeon et al., USENIX ATC 2019; CC BY 4.0", "Jeon 等，USENIX ATC 2019；CC BY 4.0"),
    zone=ZoneInfo("America/Los_Angeles"),
    zone_why=Text(
        "assumed: the list names none, the trace's utilisation logs are in US Pacific time",
        "假定：列表未注明时区，该数据集的利用率日志采用美国太平洋时间",
    ),
)
