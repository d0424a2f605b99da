"""Which jobs ran in Alibaba's PAI in 2020? The 100,000-job sample whose arrivals its authors stretched to a year."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from wattloom.domain.jobs import SECONDS_PER_HOUR
from wattloom.domain.text import Text
from wattloom.intake.traces.columns import open_columns
from wattloom.intake.traces.contract import JobRows, Trace, TraceFormat
from wattloom.intake.traces.ordering import note_backwards
from wattloom.intake.traces.promise import Promise
from wattloom.intake.traces.to_jobs import epoch_of, trace_of_jobs

NAMES = {"id": "row", "arrive_us": "arrival_h", "run_s": "length_h", "gpus": "units"}
RETIMED = Text(
    "lengths and sizes are real; arrivals were stretched from about two months to a year by the sample's authors: no "
    "season and no hour of the day can be read from them, and jobs under five minutes are absent",
    "时长与规模为实录；到达时间由样本作者从约两个月拉伸至一年，不含季节与日内规律；不足五分钟的作业未收录",
)


def _read(path: Path, promise: Promise, *, lenient: bool) -> Trace:
    """The jobs of the sample, in order of arrival."""
    epoch_us, notes = epoch_of(TRACE, promise.clock)
    columns = open_columns(path, needed=("arrival_h", "length_h", "units"))
    arrive_us = columns.seconds("arrival_h", epoch_us=epoch_us, unit_s=SECONDS_PER_HOUR)
    note_backwards(columns, arrive_us, column="arrival_h")
    rows = JobRows(
        faults=columns.faults,
        id=columns.faults.numbers.astype(str).astype(object),
        arrive_us=arrive_us,
        run_s=columns.number("length_h") * SECONDS_PER_HOUR,
        gpus=columns.number("units") * promise.machines.gpus_per_unit,
        columns=NAMES,
        notes=(*notes, RETIMED, *promise.stated_of_unit()),
    )
    return trace_of_jobs(TRACE, rows, promise, lenient=lenient)


TRACE = TraceFormat(
    key="pai",
    title=Text("Alibaba PAI 2020, year-long sample", "阿里巴巴 PAI 2020 全年样本"),
    read=_read,
    source=Text(
        "Weng et al., NSDI 2022 (CC BY 4.0); re-timed by Hanafy et al., ASPLOS 2024 (MIT)",
        "Weng 等，NSDI 2022（CC BY 4.0）；由 Hanafy 等重排到达时间，ASPLOS 2024（MIT）",
    ),
    epoch=datetime(2020, 1, 1, tzinfo=UTC),
    epoch_why=Text("assumed: the sample counts hours from the start of some year", "假定：样本以某年年初起的小时计"),
)
