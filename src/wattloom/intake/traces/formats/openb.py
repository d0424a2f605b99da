"""Which pods ran in Alibaba's production cluster "openb" in 2023, and under which quality of service?"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from wattloom.domain.text import Text
from wattloom.intake.traces.columns import MICROSECONDS, NO_TIME, open_columns
from wattloom.intake.traces.contract import JobRows, Trace, TraceFormat
from wattloom.intake.traces.ordering import note_backwards
from wattloom.intake.traces.promise import Promise
from wattloom.intake.traces.to_jobs import epoch_of, trace_of_jobs

NAMES = {"id": "pod", "arrive_us": "creation_s", "run_s": "deletion_s - scheduled_s", "label": "qos"}
MILLI = 1000.0
NEVER_SCHEDULED = Text("was never scheduled", "从未被调度")
NO_GPU = Text("asks for no GPU", "未申请 GPU")
SAMPLE = Text(
    "a sample of tasks, not the cluster's whole load; a pod runs from its scheduling to its deletion",
    "任务抽样，并非集群全部负荷；运行时长自调度起至删除止",
)


def _read(path: Path, promise: Promise, *, lenient: bool) -> Trace:
    """The pods that ran on GPUs, in order of creation."""
    epoch_us, notes = epoch_of(TRACE, promise.clock)
    needed = ("pod", "num_gpu", "gpu_milli", "qos", "creation_s", "deletion_s", "scheduled_s")
    columns = open_columns(path, needed=needed)
    faults = columns.faults
    arrive_us = columns.seconds("creation_s", epoch_us=epoch_us)
    created = np.where(arrive_us == NO_TIME, np.nan, (arrive_us - epoch_us) / MICROSECONDS)
    deleted = columns.number("deletion_s")
    scheduled = columns.number("scheduled_s", needed=False)
    count, milli = columns.number("num_gpu"), columns.number("gpu_milli")
    faults.note(count < 0, "negative", column="num_gpu", cells=columns.cells("num_gpu"))
    # gpu_milli speaks of pods on one GPU; those on several hold them whole.
    wrong_share = (count == 1) & ((milli <= 0) | (milli > MILLI))
    faults.note(wrong_share, "gpus", column="gpu_milli", cells=columns.cells("gpu_milli"))
    faults.note(scheduled < created, "early", column="scheduled_s", cells=columns.cells("scheduled_s"))
    note_backwards(columns, arrive_us, column="creation_s")
    faults.leave_out(np.isnan(scheduled), NEVER_SCHEDULED, column="scheduled_s")
    faults.leave_out(count == 0, NO_GPU, column="num_gpu")
    rows = JobRows(
        faults=faults,
        id=columns.text("pod"),
        arrive_us=arrive_us,
        run_s=deleted - scheduled,
        gpus=np.where(count == 1, np.where(wrong_share, np.nan, milli / MILLI), np.where(count > 0, count, np.nan)),
        label=columns.text("qos"),
        columns=NAMES,
        notes=(*notes, SAMPLE),
    )
    return trace_of_jobs(TRACE, rows, promise, lenient=lenient)


TRACE = TraceFormat(
    key="openb",
    title=Text("Alibaba openb pods, 2023", "阿里巴巴 openb 2023 Pod 列表"),
    read=_read,
    source=Text("Weng et al., USENIX ATC 2023; Apache-2.0", "Weng 等，USENIX ATC 2023；Apache-2.0"),
    epoch=datetime(2023, 1, 1, tzinfo=UTC),
    epoch_why=Text("assumed: the trace counts seconds from an instant it does not name", "假定：起点时刻未公布"),
)
