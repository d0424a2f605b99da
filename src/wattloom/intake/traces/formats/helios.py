"""How many GPUs were in use and queued for, tenant by tenant? SenseTime's Helios clusters, minute by minute."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from wattloom.domain.errors import InputError
from wattloom.domain.series import Series
from wattloom.domain.text import Text
from wattloom.domain.time import TimeAxis
from wattloom.intake.traces.columns import EPOCH, NO_TIME, Columns, open_columns
from wattloom.intake.traces.contract import Trace, TraceFormat
from wattloom.intake.traces.ordering import note_backwards
from wattloom.intake.traces.promise import Promise
from wattloom.intake.traces.rates import MINUTE_US, grouped_series, on_steps
from wattloom.intake.traces.to_jobs import twice_note, zone_of

QUANTITIES = {
    "running_gpus": "running_gpu_num",
    "pending_gpus": "pending_gpu_num",
    "idle_gpus": "idle_gpu_num",
    "capacity_gpus": "total_gpu_num",
}
OUTAGE = Text(
    "no GPU of any tenant runs in {count:,} periods, first {first}: an outage, kept as it is",
    "有 {count:,} 个时段全部租户均无运行中的 GPU，首见于 {first}：属停机，照实保留",
)
GAPS = Text("{count:,} values of a tenant and period are missing", "缺少 {count:,} 个“租户—时段”数值")


def _read(path: Path, promise: Promise, *, lenient: bool) -> Trace:
    """GPUs running, queued for, idle and there: of each tenant, and of all together."""
    zone, notes = zone_of(TRACE, promise.clock)
    columns = open_columns(path, needed=("time", "vc", *QUANTITIES.values()))
    times, twice = columns.time("time", zone=zone)
    tenant = columns.text("vc")
    values = {quantity: columns.number(column) for quantity, column in QUANTITIES.items()}
    _check(columns, times, tenant, values)
    dropped = columns.faults.dropped(lenient=lenient)
    kept = columns.faults.kept
    if not kept.any():
        raise InputError.one(path.name, found="no usable row", expected="at least one", remedy="correct the file")
    first, last = int(times[kept].min()) // MINUTE_US, int(times[kept].max()) // MINUTE_US
    axis = TimeAxis(EPOCH + timedelta(minutes=first), 1, last - first + 1)
    at = np.where(kept, times // MINUTE_US - first, 0)
    empty = Series(axis=axis, values=np.full(axis.count, np.nan), unit="GPU", source=path.name)
    series: dict[str, Series] = {}
    for quantity, value in values.items():
        of = grouped_series(group=tenant, at=at, values=value, kept=kept, like=empty)
        total = Series(
            axis=axis, values=np.sum([one.values for one in of.values()], axis=0), unit="GPU", source=path.name
        )
        series |= {quantity: total} | {f"{quantity}/{name}": one for name, one in of.items()}
    notes = (*notes, *twice_note(twice, zone), *_seen(series))
    chosen = {name: on_steps(one, promise) for name, one in series.items()}
    return Trace(format=TRACE.key, title=TRACE.title, dropped=dropped, series=chosen, notes=notes)


def _check(columns: Columns, times: np.ndarray, tenant: np.ndarray, values: dict[str, np.ndarray]) -> None:
    """Note what no occupancy can be: below zero, more in use than there, two rows for a minute, time going back."""
    faults = columns.faults
    faults.note(tenant == "", "missing", column="vc", cells=tenant)
    for quantity, column in QUANTITIES.items():
        faults.note(values[quantity] < 0, "negative", column=column, cells=columns.cells(column))
    running, idle, capacity = values["running_gpus"], values["idle_gpus"], values["capacity_gpus"]
    faults.note(running > capacity, "range", column="running_gpu_num", cells=columns.cells("running_gpu_num"))
    unequal = (running <= capacity) & (running + idle != capacity) & np.isfinite(idle)
    faults.note(unequal, "range", column="idle_gpu_num", cells=columns.cells("idle_gpu_num"))
    faults.note((times != NO_TIME) & (times % MINUTE_US != 0), "grid", column="time", cells=columns.cells("time"))
    codes, _ = pd.factorize(tenant)
    note_backwards(columns, times, column="time", groups=codes)
    twice = pd.DataFrame({"of": codes, "at": times}).duplicated().to_numpy() & (times != NO_TIME)
    faults.note(twice, "repeated", column="time", cells=columns.cells("time"))


def _seen(series: dict[str, Series]) -> tuple[Text, ...]:
    """What a reader must know: outages and gaps."""
    total = series["running_gpus"]
    dark = np.flatnonzero(total.values == 0)
    gaps = sum(int(np.isnan(one.values).sum()) for name, one in series.items() if name.startswith("running_gpus/"))
    notes = []
    if dark.size:
        notes.append(OUTAGE.filled(count=dark.size, first=f"{total.axis.instants()[dark[0]]:%F %H:%M}Z"))
    if gaps:
        notes.append(GAPS.filled(count=gaps))
    return tuple(notes)


TRACE = TraceFormat(
    key="helios",
    title=Text("SenseTime Helios GPU occupancy by tenant", "商汤 Helios 集群租户 GPU 占用"),
    read=_read,
    source=Text("Hu et al., SC 2021; CC BY 4.0", "Hu 等，SC 2021；CC BY 4.0"),
    zone=ZoneInfo("Asia/Shanghai"),
    zone_why=Text("assumed: the series names none, the clusters are in China", "假定：数据未注明时区，集群位于中国"),
)
