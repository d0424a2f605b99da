"""Which jobs do the language-model clusters of Shanghai AI Lab see? Shares and run-time curves by class of job.

The list of single jobs is not in the published tables; jobs can be made from them, and are then marked as generated.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from wattloom.domain.errors import InputError
from wattloom.domain.text import Text
from wattloom.intake.traces.class_tables import HOW_MADE, ClassTable, ClassTables, ClusterTable, make_jobs, mean_seconds
from wattloom.intake.traces.columns import MICROSECONDS, Columns, microseconds, open_columns
from wattloom.intake.traces.contract import JobRows, Trace, TraceFormat
from wattloom.intake.traces.faults import Dropped, Faults
from wattloom.intake.traces.promise import Promise
from wattloom.intake.traces.to_jobs import trace_of_jobs

SHARES_FILE = "jobtype_share.csv"
CURVES_FILE = "jobtype_duration_queue_cdf.parquet"
SUMMARY_FILE = "cluster_summary.csv"
SHARES_OFF_MAX_PCT = 0.1
"""Shares are published to two decimals: up to ten of them may miss 100 % by rounding, not by more."""
PERCENT = 100.0
GPU_TIMES = ("complete_gpu_time", "cancel_gpu_time", "fail_gpu_time")
IMPLIED = Text(
    "{cluster}: shares and curves imply a mean run of {run:,.0f} s and {gpus:.1f} GPUs a job; published are "
    "{run_told:,.0f} s and {gpus_told:.1f}",
    "{cluster}：由占比与分布推得平均时长 {run:,.0f} 秒、平均 {gpus:.1f} 个 GPU；公布值为 {run_told:,.0f} 秒、"
    "{gpus_told:.1f} 个",
)


def _read(path: Path, promise: Promise, *, lenient: bool) -> Trace:
    """The tables of each cluster; where the promise asks for it, jobs made from one of them."""
    shares = open_columns(path / SHARES_FILE, needed=("cluster", "share_of", "job_type", "share_pct"))
    curves = open_columns(path / CURVES_FILE, needed=("cluster", "job_type", "quantity", "x_seconds", "cdf_pct"))
    summary = open_columns(
        path / SUMMARY_FILE, needed=("cluster", "gpu_job_num", "avg_run_time_gpu", "avg_gpu_num", *GPU_TIMES)
    )
    share_table, curve_table, totals = _shares(shares), _curves(curves), _totals(summary)
    accounts = _accounts([shares.faults, curves.faults, summary.faults], lenient=lenient)
    tables = _tables(share_table, curve_table, totals)
    notes = tuple(_implied(one) for one in tables.values())
    notes += tuple(text for one in accounts for text in one.words())
    if promise.generate is not None:
        return _generated(tables, promise, lenient=lenient).noting(*notes)
    return Trace(
        format=TRACE.key,
        title=TRACE.title,
        dropped=accounts[0],
        tables=tables,
        notes=notes,
    )


def _accounts(files: list[Faults], *, lenient: bool) -> list[Dropped]:
    """The account of each file; strictly, the faults of all of them at once."""
    problems = [problem for faults in files for problem in faults.problems()]
    if problems and not lenient:
        raise InputError(problems)
    return [faults.dropped(lenient=True) for faults in files]


def _shares(columns: Columns) -> pd.DataFrame:
    """Shares of jobs and of GPU time; those of a cluster must make the whole."""
    table = pd.DataFrame({name: columns.text(name) for name in ("cluster", "share_of", "job_type")})
    table["share"] = columns.number("share_pct")
    faults, cells = columns.faults, columns.cells("share_pct")
    faults.note(((table.share < 0) | (table.share > PERCENT)).to_numpy(), "range", column="share_pct", cells=cells)
    key = ["cluster", "share_of", "job_type"]
    faults.note(table.duplicated(key).to_numpy(), "duplicate", column="job_type", cells=columns.cells("job_type"))
    whole = table[faults.kept].groupby(["cluster", "share_of"]).share.sum()
    off = whole[(whole - PERCENT).abs() > SHARES_OFF_MAX_PCT]
    if len(off):
        raise InputError.one(
            f"{faults.name}, share_pct",
            found="; ".join(f"{total:g} % of {' '.join(of)}" for of, total in off.items()),
            expected="shares that add up to 100 %",
            remedy="complete the table",
        )
    return table[faults.kept]


def _curves(columns: Columns) -> pd.DataFrame:
    """Points of the run times' distributions, rising in time and share."""
    table = pd.DataFrame({name: columns.text(name) for name in ("cluster", "job_type", "quantity")})
    table["seconds"], table["done"] = columns.number("x_seconds"), columns.number("cdf_pct")
    faults = columns.faults
    faults.note((table.seconds <= 0).to_numpy(), "duration", column="x_seconds", cells=columns.cells("x_seconds"))
    out = ((table.done < 0) | (table.done > PERCENT)).to_numpy()
    faults.note(out, "range", column="cdf_pct", cells=columns.cells("cdf_pct"))
    same = table.groupby(["cluster", "job_type", "quantity"])
    faults.note((same.seconds.diff() <= 0).to_numpy(), "falling", column="x_seconds", cells=columns.cells("x_seconds"))
    faults.note((same.done.diff() < 0).to_numpy(), "falling", column="cdf_pct", cells=columns.cells("cdf_pct"))
    return table[faults.kept & (table.quantity == "duration_s").to_numpy()]


def _totals(columns: Columns) -> pd.DataFrame:
    """Jobs, means and GPU time of each cluster; a cluster that tells no GPU time is not used."""
    table = pd.DataFrame({"cluster": columns.text("cluster"), "jobs": columns.number("gpu_job_num")})
    table["run_s"], table["gpus"] = columns.number("avg_run_time_gpu"), columns.number("avg_gpu_num")
    table["gpu_s"] = sum(columns.number(name, needed=False) for name in GPU_TIMES)
    columns.faults.note((table.jobs <= 0).to_numpy(), "range", column="gpu_job_num", cells=columns.cells("gpu_job_num"))
    return table[columns.faults.kept].dropna().set_index("cluster")


def _tables(shares: pd.DataFrame, curves: pd.DataFrame, totals: pd.DataFrame) -> ClassTables:
    """The tables of every cluster that has all three."""
    share = shares.pivot_table(index=["cluster", "job_type"], columns="share_of", values="share", sort=False) / PERCENT
    tables: dict[str, ClusterTable] = {}
    for cluster in dict.fromkeys(shares.cluster):
        if cluster not in totals.index:
            raise InputError.one(
                SUMMARY_FILE,
                found=f"no totals of {cluster}",
                expected="its jobs and GPU time",
                remedy="complete the table",
            )
        total = totals.loc[cluster]
        classes = {}
        for name, row in share.loc[cluster].iterrows():
            curve = curves[(curves.cluster == cluster) & (curves.job_type == name)]
            if len(curve) < 2 or curve.done.iloc[-1] < PERCENT:  # noqa: PLR2004 - a curve has two points
                raise InputError.one(
                    f"{CURVES_FILE}, {cluster} {name}",
                    found=f"{len(curve)} points",
                    expected="a curve of duration_s that ends at 100 %",
                    remedy="complete the table",
                )
            seconds, done = curve.seconds.to_numpy(), curve.done.to_numpy() / PERCENT
            jobs = total.jobs * row["job_count"]
            gpus_mean = row["gpu_time"] * total.gpu_s / (jobs * mean_seconds(seconds, done))
            classes[str(name)] = ClassTable(
                name=str(name),
                share_of_jobs=float(row["job_count"]),
                share_of_gpu_time=float(row["gpu_time"]),
                seconds=seconds,
                done_by=done,
                gpus_mean=float(gpus_mean),
            )
        tables[cluster] = ClusterTable(
            name=cluster,
            classes=classes,
            gpu_jobs=int(total.jobs),
            run_s_mean=float(total.run_s),
            gpus_mean=float(total.gpus),
        )
    return tables


def _implied(table: ClusterTable) -> Text:
    """How near the tables come to the published means."""
    return IMPLIED.filled(
        cluster=table.name,
        run=table.implied_run_s_mean(),
        gpus=table.implied_gpus_mean(),
        run_told=table.run_s_mean,
        gpus_told=table.gpus_mean,
    )


def _generated(tables: ClassTables, promise: Promise, *, lenient: bool) -> Trace:
    """Jobs made from the tables of one cluster, over the promise's period."""
    asked, period = promise.generate, promise.clock.period
    if asked is None or period is None or asked.cluster not in tables or asked.jobs < 1:
        raise InputError.one(
            "promise, generate and clock.period",
            found=f"{asked} over {period}",
            expected=f"jobs of {' or '.join(tables)} over a period",
            remedy="name the cluster, the number of jobs and the period",
        )
    seconds = (period.end - period.start).total_seconds()
    made = make_jobs(tables[asked.cluster], jobs=asked.jobs, seconds=seconds, seed=asked.seed)
    number = np.arange(1, asked.jobs + 1)
    rows = JobRows(
        faults=Faults(name=f"generated from {TRACE.key}", numbers=number, place="row"),
        id=np.char.add(f"{asked.cluster}-{asked.seed}-", number.astype(str)).astype(object),
        arrive_us=microseconds(period.start) + np.floor(made.arrive_s * MICROSECONDS).astype(np.int64),
        run_s=made.run_s,
        gpus=made.gpus,
        label=made.kind,
        columns={"label": "job_type"},
        notes=(HOW_MADE.filled(jobs=asked.jobs, cluster=asked.cluster, seed=asked.seed),),
    )
    return replace(trace_of_jobs(TRACE, rows, promise, lenient=lenient), generated=True, tables=tables)


TRACE = TraceFormat(
    key="acme",
    title=Text("Acme class tables (Seren, Kalos)", "Acme 作业类别统计（Seren、Kalos）"),
    read=_read,
    source=Text("Hu et al., NSDI 2024; CC BY 4.0", "Hu 等，NSDI 2024；CC BY 4.0"),
)
