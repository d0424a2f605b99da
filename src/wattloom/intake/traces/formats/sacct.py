r"""Which jobs did a Slurm cluster run? What `sacct --parsable2` prints, one line a job.

Fields as documented in sacct(1), Slurm 25.11. Written well by:

    sacct -a -X -P -S 2026-01-01 -E 2026-02-01 \
      -o JobID,Submit,Start,End,ElapsedRaw,State,AllocTRES,NNodes,TimelimitRaw,Partition,QOS,Account
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from wattloom.domain.text import Text
from wattloom.intake.traces.columns import NO_TIME, Columns, is_one_of, open_columns
from wattloom.intake.traces.contract import JobRows, Trace, TraceFormat
from wattloom.intake.traces.promise import Promise
from wattloom.intake.traces.to_jobs import trace_of_jobs, twice_note, zone_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

NO_INSTANT = ("Unknown", "None", "INVALID")
NO_LIMIT = ("", "UNLIMITED", "Partition_Limit")
WAITING = ("PENDING", "PD", "BOOT_FAIL", "BF", "REVOKED", "RV")
"""States of jobs that never ran."""
UNFINISHED = ("RUNNING", "R", "SUSPENDED", "S", "RESIZING", "RS")
ENDED = (
    *("COMPLETED", "CD", "FAILED", "F", "CANCELLED", "CA", "TIMEOUT", "TO", "NODE_FAIL", "NF", "PREEMPTED", "PR"),
    *("OUT_OF_MEMORY", "OOM", "DEADLINE", "DL", "REQUEUED", "RQ"),
)
"""However a job ended, it drew power until then."""
NODES_MAX = 1e6
"""Assumed: more than any cluster has."""
LENGTH = r"^(?P<sign>-)?(?:(?P<d>\d+)-)?(?:(?P<h>\d+):)?(?P<m>\d+):(?P<s>\d+)(?:\.\d+)?$"
SECONDS_OF = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
A_STEP = Text("a step of a job, whose own line counts", "作业步；以作业本身的记录为准")
NEVER_STARTED = Text("never started", "从未开始")
NOT_ENDED = Text("had not ended when the list was made", "导出时尚未结束")
IN_A_SECOND = Text("ended in the second in which it started", "在开始的同一秒内结束")
NO_GPU = Text("held no GPU", "未占用 GPU")
AGAIN = Text(
    "{count:,} lines are later runs of a job that was requeued; they are jobs of their own, numbered #2 and on",
    "{count:,} 行为重新排队作业的后续运行，各计为一个作业，编号加 #2 等后缀",
)
FULL_SPEED = Text(
    "run times are as recorded; the list does not tell whether a job ran capped",
    "时长照记录采用；列表不含是否限功率运行的信息",
)


def _read(path: Path, promise: Promise, *, lenient: bool) -> Trace:
    """The jobs that held GPUs and ended, however they ended."""
    zone, notes = zone_of(TRACE, promise.clock)
    columns = _open(path, promise)
    own_id = "JobID" if "JobID" in columns else "JobIDRaw"
    ids = columns.text(own_id)
    columns.faults.leave_out(np.array(["." in name for name in ids], dtype=np.bool_), A_STEP, column=own_id, cells=ids)
    _leave_out_by_state(columns)
    submit_us, twice_submit = columns.time("Submit", zone=zone)
    start_us, twice_start = columns.time("Start", zone=zone, absent=NO_INSTANT)
    end_us, twice_end = columns.time("End", zone=zone, absent=NO_INSTANT)
    twice = twice_submit | twice_start | twice_end  # There a clock set back cannot be told from an error.
    _note_spans(columns, submit_us, start_us, end_us, twice=twice)
    run_s = _run_s(columns)
    columns.faults.leave_out(run_s == 0, IN_A_SECOND)
    gpus = _gpus(columns)
    ids, again = _ids(columns, ids, start_us, end_us, twice=twice, column=own_id)
    label, tenant = (
        _either(columns, promise.label_column, ("Partition",)),
        _either(columns, promise.tenant_column, ("Account", "User")),
    )
    rows = JobRows(
        faults=columns.faults,
        id=ids,
        arrive_us=submit_us,
        run_s=run_s,
        gpus=gpus,
        label=columns.text(label) if label else None,
        tenant=columns.text(tenant) if tenant else None,
        limit_s=_limit_s(columns),
        nodes=_nodes(columns),
        columns={
            "id": own_id,
            "run_s": _elapsed(columns),
            "gpus": _tres(columns),
            "limit_s": _limit(columns),
            "label": label,
            "tenant": tenant,
        },
        notes=(*notes, *twice_note(twice, zone), *again, FULL_SPEED),
    )
    return trace_of_jobs(TRACE, rows, promise, lenient=lenient)


def _open(path: Path, promise: Promise) -> Columns:
    """The columns that are documented, and those that the promise asks for."""
    asked = [name for name in (promise.label_column, promise.tenant_column) if name]
    needed: tuple[str | tuple[str, ...], ...] = (
        *(("JobID", "JobIDRaw"), "Submit", "Start", "End", "State"),
        *(("ElapsedRaw", "Elapsed"), ("AllocTRES", "ReqTRES")),
        *asked,
    )
    optional = [
        one for one in ("NNodes", "TimelimitRaw", "Timelimit", "Partition", "Account", "User") if one not in asked
    ]
    return open_columns(path, needed=needed, optional=optional, delimiter="|", quoted=False)


def _leave_out_by_state(columns: Columns) -> None:
    """Leave out jobs that never ran or still do; note states that are not documented."""
    said = columns.text("State")
    # "CANCELLED by 1000" and, cut to a width, "CANCELLED+".
    codes, texts = pd.factorize(said)
    first = np.array([text.partition(" ")[0].rstrip("+") for text in texts], dtype=object)
    waiting, unfinished, ended = (is_one_of(first, words)[codes] for words in (WAITING, UNFINISHED, ENDED))
    no_start, no_end = (is_one_of(columns.text(name), NO_INSTANT) for name in ("Start", "End"))
    columns.faults.note(~(waiting | unfinished | ended), "state", column="State", cells=said)
    columns.faults.leave_out(waiting | (ended & no_start), NEVER_STARTED, column="State", cells=said)
    columns.faults.leave_out(unfinished | no_end, NOT_ENDED, column="State", cells=said)


def _note_spans(
    columns: Columns,
    submit_us: NDArray[np.int64],
    start_us: NDArray[np.int64],
    end_us: NDArray[np.int64],
    *,
    twice: NDArray[np.bool_],
) -> None:
    """Note jobs that start before they were submitted or end before they start."""
    faults = columns.faults
    for column, times in (("Start", start_us), ("End", end_us)):
        empty = (times == NO_TIME) & (columns.text(column) == "")
        faults.note(empty, "missing", column=column, cells=columns.cells(column))
    early = (start_us < submit_us) & (start_us != NO_TIME) & ~twice
    faults.note(early, "early", column="Start", cells=columns.cells("Start"))
    backwards = (end_us < start_us) & (end_us != NO_TIME) & ~twice
    faults.note(backwards, "span", column="End", cells=columns.cells("End"))


def _elapsed(columns: Columns) -> str:
    """Which column tells the run time."""
    return "ElapsedRaw" if "ElapsedRaw" in columns else "Elapsed"


def _tres(columns: Columns) -> str:
    """Which column tells the GPUs."""
    return "AllocTRES" if "AllocTRES" in columns else "ReqTRES"


def _limit(columns: Columns) -> str:
    """Which column tells the time limit; empty where none does."""
    return next((one for one in ("TimelimitRaw", "Timelimit") if one in columns), "")


def _run_s(columns: Columns) -> NDArray[np.float64]:
    """Run times in seconds."""
    if "ElapsedRaw" in columns:
        return columns.number("ElapsedRaw")
    said = columns.text("Elapsed")
    seconds = seconds_of(said)
    columns.faults.note(np.isnan(seconds), "length", column="Elapsed", cells=said)
    return seconds


def _nodes(columns: Columns) -> NDArray[np.int64] | None:
    """Nodes of each job."""
    if "NNodes" not in columns:
        return None
    nodes = columns.number("NNodes")
    wrong = (nodes < 0) | (nodes > NODES_MAX)
    columns.faults.note(wrong, "range", column="NNodes", cells=columns.cells("NNodes"))
    return np.where(wrong, 0.0, np.nan_to_num(nodes)).astype(np.int64)


def _limit_s(columns: Columns) -> NDArray[np.float64] | None:
    """Time limits in seconds; NaN where a job had none."""
    name = _limit(columns)
    if not name:
        return None
    said = columns.text(name)
    none = is_one_of(said, NO_LIMIT)
    if name == "Timelimit":
        limit = seconds_of(said)
    else:
        limit = pd.to_numeric(pd.Series(said, dtype=object).mask(none), errors="coerce").to_numpy(dtype=float)
        limit *= SECONDS_OF["m"]
    columns.faults.note(np.isnan(limit) & ~none, "length", column=name, cells=said)
    return np.asarray(np.where(none, np.nan, limit), dtype=np.float64)


def seconds_of(said: NDArray[np.object_]) -> NDArray[np.float64]:
    """Seconds of "[days-][hours:]minutes:seconds"; NaN where it is something else.

    Example:
        >>> seconds_of(np.array(["1-02:03:04", "01:30", "soon"], dtype=object)).tolist()
        [93784.0, 90.0, nan]
    """
    codes, texts = pd.factorize(said)
    parts = pd.Series(texts, dtype=object).str.extract(LENGTH)
    # Written d-h:m:s, h:m:s or m:s.
    total: Any = sum(pd.to_numeric(parts[name]).fillna(0.0) * each for name, each in SECONDS_OF.items())
    total = total.where(parts["s"].notna()) * np.where(parts["sign"].notna(), -1.0, 1.0)
    return np.asarray(total.to_numpy(dtype=np.float64)[codes], dtype=np.float64)


def _gpus(columns: Columns) -> NDArray[np.float64]:
    """GPUs of each job: those allocated; where nothing is told of that, those asked for."""
    told = columns.text(_tres(columns))
    if "AllocTRES" in columns and "ReqTRES" in columns:
        told = np.where(told == "", columns.text("ReqTRES"), told)
    codes, texts = pd.factorize(told)
    resources = pd.Series(texts, dtype=object)
    # Kinds of GPU may be counted beside their sum; the sum then stands under the plain name (slurm.conf,
    # AccountingStorageTRES).
    plain = pd.to_numeric(resources.str.extract(r"(?:^|,)gres/gpu=(-?\d+)(?:,|$)")[0])
    kinds = resources.str.findall(r"(?:^|,)gres/gpu:[^=,]+=(\d+)").map(lambda found: sum(map(int, found)) or np.nan)
    gpus = plain.fillna(kinds).to_numpy(dtype=float)[codes]
    named = resources.str.contains("gres/gpu", regex=False).to_numpy(dtype=bool)[codes]
    columns.faults.leave_out(~named, NO_GPU, column=_tres(columns), cells=told)
    columns.faults.note(named & np.isnan(gpus), "number", column=_tres(columns), cells=told)
    return np.asarray(gpus, dtype=np.float64)


def _ids(
    columns: Columns,
    ids: NDArray[np.object_],
    start_us: NDArray[np.int64],
    end_us: NDArray[np.int64],
    *,
    twice: NDArray[np.bool_],
    column: str,
) -> tuple[NDArray[np.object_], tuple[Text, ...]]:
    """Ids that are unique: later runs of a requeued job get a number; runs that overlap are noted."""
    usable = np.flatnonzero(~columns.faults.left & (start_us != NO_TIME) & (end_us != NO_TIME))
    repeated = usable[pd.Series(ids[usable]).duplicated(keep=False).to_numpy()]
    if not repeated.size:
        return ids, ()
    runs = pd.DataFrame({"id": ids[repeated], "start": start_us[repeated], "end": end_us[repeated], "row": repeated})
    runs = runs.sort_values(["start", "row"], kind="stable")
    until = runs.groupby("id").end.cummax().groupby(runs.id).shift()
    same_start = runs.duplicated(["id", "start"])
    clash = (((runs.start < until) | same_start) & ~twice[runs.row]).to_numpy()
    overlap = np.zeros(ids.size, dtype=np.bool_)
    overlap[runs.row[clash]] = True
    columns.faults.note(overlap, "overlap", column=column, cells=ids)
    good = runs[~clash]
    number = good.groupby("id").cumcount()
    later = good[number > 0]
    unique = ids.copy()
    unique[later.row] = later.id + "#" + (number[number > 0] + 1).astype(str)
    # What overlaps is dropped for that, not for standing twice as well.
    unique[runs.row[clash]] = runs.id[clash] + "#" + runs.row[clash].astype(str)
    return unique, (AGAIN.filled(count=len(later)),) if len(later) else ()


def _either(columns: Columns, asked: str, usual: tuple[str, ...]) -> str:
    """The column that was asked for, or the first usual one that is there."""
    return asked or next((one for one in usual if one in columns), "")


TRACE = TraceFormat(
    key="sacct",
    title=Text("Slurm accounting (sacct)", "Slurm 记账（sacct）"),
    read=_read,
    source=Text("sacct(1), Slurm 25.11", "sacct(1)，Slurm 25.11"),
)
