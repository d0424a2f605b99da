"""Which jobs are these, once it is said what was promised for them? Rows of a trace and a promise become `Jobs`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from wattloom.domain.errors import InputError
from wattloom.domain.jobs import SECONDS_PER_HOUR, Jobs
from wattloom.domain.text import Text
from wattloom.intake.traces.columns import EPOCH, MICROSECONDS, microseconds
from wattloom.intake.traces.contract import JobRows, Trace, TraceFormat
from wattloom.intake.traces.ordering import leave_out_of_period
from wattloom.intake.traces.promise import ANY, AT_ONCE, Clock, Machines, Promise

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

ID_LENGTH_MAX = 320
"""A Kubernetes namespace and name together have at most 63 + 1 + 253 characters."""
RUN_S_MAX = 3.2e8
"""Ten years. Assumed: what claims to run longer is told in another unit."""
GPUS_MAX = 1e6
"""Assumed: more than any cluster has."""
TOO_SHORT = Text("runs less than the least run time asked for", "时长短于设定的最短时长")


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Rows to keep, in the order of their arrival, with what was decided for them."""

    at: NDArray[np.int64]
    class_index: NDArray[np.int64]
    home: NDArray[np.int64]
    start: datetime


def zone_of(form: TraceFormat, clock: Clock) -> tuple[ZoneInfo, tuple[Text, ...]]:
    """The zone of times without one, and a note where it is the format's; refused where nobody says."""
    if clock.zone is not None:
        return clock.zone, ()
    if form.zone is None:
        raise InputError.one(
            f"promise, clock.zone of {form.key}",
            found="no zone",
            expected="the zone on whose clock the file is written",
            remedy="name it, such as Asia/Shanghai",
        )
    return form.zone, (Text(f"zone {form.zone.key}: ", f"时区 {form.zone.key}：") + form.zone_why,)


def epoch_of(form: TraceFormat, clock: Clock) -> tuple[int, tuple[Text, ...]]:
    """Microseconds since 1970 of a trace's second 0, and a note where it is the format's."""
    epoch = clock.epoch or form.epoch
    if epoch is None:
        raise InputError.one(
            f"promise, clock.epoch of {form.key}",
            found="no instant",
            expected="the instant of the trace's second 0",
            remedy="name it",
        )
    notes = (
        () if clock.epoch else (Text(f"second 0 = {epoch:%F %T}Z: ", f"第 0 秒 = {epoch:%F %T}Z：") + form.epoch_why,)
    )
    return microseconds(epoch), notes


def twice_note(twice: NDArray[np.bool_], zone: ZoneInfo) -> tuple[Text, ...]:
    """A note on local times that stand for two instants."""
    count = int(twice.sum())
    if not count:
        return ()
    return (
        Text(
            f"{count:,} times stand in the hour that {zone.key} has twice; the earlier is taken",
            f"{count:,} 个时刻处于 {zone.key} 重复的一小时内，取较早者",
        ),
    )


def trace_of_jobs(form: TraceFormat, rows: JobRows, promise: Promise, *, lenient: bool) -> Trace:
    """The jobs of a trace under a promise; strictly, every fault at once, leniently, without the faulty rows."""
    _need_classes(promise)
    _check(rows)
    class_index, class_notes = _classes(rows, promise)
    _check_tenants(rows, promise)
    _leave_out(rows, promise)
    dropped = rows.faults.dropped(lenient=lenient)
    at = np.flatnonzero(rows.faults.kept)
    if not at.size:
        raise InputError.one(
            rows.faults.name,
            found="; ".join(text.en for text in dropped.words()),
            expected="at least one job",
            remedy="widen the period, or correct the file",
        )
    at = at[np.argsort(rows.arrive_us[at], kind="stable")]
    home, home_notes = _homes(rows, promise, at)
    chosen = _Chosen(at, class_index[at], home, _start(rows.arrive_us[at[0]], promise.clock))
    due_s, limit_notes = _due(rows, promise, chosen)
    return Trace(
        format=form.key,
        title=form.title,
        dropped=dropped,
        jobs=_jobs(rows, promise, chosen, due_s),
        notes=(*rows.notes, *class_notes, *home_notes, *limit_notes, *promise.stated()),
    )


def _need_classes(promise: Promise) -> None:
    """Refuse a promise that has no class or no site."""
    if not promise.classes or not promise.sites:
        raise InputError.one(
            "promise",
            found=f"{len(promise.classes)} classes and {len(promise.sites)} sites",
            expected="at least one of each",
            remedy="say what may be done to the jobs, and where they arrive",
        )


def _check(rows: JobRows) -> None:
    """Note what no job can have."""
    faults = rows.faults
    faults.note(rows.run_s <= 0, "duration", column=rows.column("run_s"), cells=rows.run_s)
    faults.note(rows.run_s > RUN_S_MAX, "range", column=rows.column("run_s"), cells=rows.run_s)
    faults.note(rows.gpus <= 0, "gpus", column=rows.column("gpus"), cells=rows.gpus)
    faults.note(rows.gpus > GPUS_MAX, "range", column=rows.column("gpus"), cells=rows.gpus)
    if rows.limit_s is not None:
        faults.note(rows.limit_s < 0, "negative", column=rows.column("limit_s"), cells=rows.limit_s)
    length = pd.Series(rows.id).str.len().to_numpy()
    faults.note((length == 0) | (length > ID_LENGTH_MAX), "id", column=rows.column("id"), cells=rows.id)
    candidates = np.flatnonzero(~faults.left & (length > 0))
    twice = np.zeros(length.size, dtype=np.bool_)
    twice[candidates] = pd.Series(rows.id[candidates]).duplicated().to_numpy()
    faults.note(twice, "duplicate", column=rows.column("id"), cells=rows.id)


def _classes(rows: JobRows, promise: Promise) -> tuple[NDArray[np.int64], tuple[Text, ...]]:
    """Place of each row's class among the promise's; labels that say none are noted."""
    names = [one.name for one in promise.classes]
    if promise.length_bands:
        uppers = np.array([hours for hours, _ in promise.length_bands]) * SECONDS_PER_HOUR
        band = np.searchsorted(uppers, rows.run_s)
        longer = (band == uppers.size) & np.isfinite(rows.run_s)
        rows.faults.note(longer, "class", column=rows.column("run_s"), cells=rows.run_s)
        index = np.array([names.index(name) for _, name in promise.length_bands] + [0])
        return index[band], (BY_LENGTH,)
    if len(names) == 1 and not promise.class_of:
        return np.zeros(rows.run_s.size, dtype=np.int64), ()
    if rows.label is None:
        raise InputError.one(
            "promise, class_of",
            found="classes by label for a trace that tells no labels",
            expected="one class, or length_bands",
            remedy="leave class_of away",
        )
    class_of = promise.class_of or {name: name for name in names}
    codes, labels = pd.factorize(rows.label)
    known = [class_of.get(label, class_of.get(ANY, "")) for label in labels]
    index = np.array([names.index(name) if name else -1 for name in known], dtype=np.int64)[codes]
    rows.faults.note(index < 0, "class", column=rows.column("label"), cells=rows.label)
    return index, ()


BY_LENGTH = Text(
    "classes are told by the run time that the trace records; nobody knows it when a job arrives",
    "类别按记录的运行时长划分；作业到达时其时长尚不可知",
)


def _check_tenants(rows: JobRows, promise: Promise) -> None:
    """Where only stated homes count, note tenants without one."""
    if promise.home_rule == "stated":
        tenants = rows.tenant if rows.tenant is not None else np.full(rows.run_s.size, "", dtype=object)
        stated = np.zeros(tenants.size, dtype=np.bool_)
        codes, names = pd.factorize(tenants)
        stated = np.array([name in promise.homes or ANY in promise.homes for name in names], dtype=np.bool_)[codes]
        rows.faults.note(~stated, "tenant", column=rows.column("tenant"), cells=tenants)


def _leave_out(rows: JobRows, promise: Promise) -> None:
    """Leave out what the promise does not want."""
    leave_out_of_period(rows.faults, rows.arrive_us, promise.clock.period)
    rows.faults.leave_out(rows.run_s < promise.run_s_min, TOO_SHORT, column=rows.column("run_s"), cells=rows.run_s)


def _homes(rows: JobRows, promise: Promise, at: NDArray[np.int64]) -> tuple[NDArray[np.int64], tuple[Text, ...]]:
    """Place of each kept row's site."""
    in_turn = np.arange(at.size) % len(promise.sites)
    if rows.tenant is None or promise.home_rule == "round_robin":
        note = () if promise.home_rule == "round_robin" or len(promise.sites) == 1 else (NO_TENANTS,)
        return in_turn, note
    codes, names = pd.factorize(rows.tenant[at])
    dealt = {name: i % len(promise.sites) for i, name in enumerate(sorted(set(names) - set(promise.homes)))}
    stated = {tenant: promise.sites.index(site) for tenant, site in promise.homes.items()}
    if ANY in stated:
        dealt = dict.fromkeys(dealt, stated[ANY])
    of = dealt | stated
    return np.array([of[name] for name in names], dtype=np.int64)[codes], ()


NO_TENANTS = Text(
    "the trace tells no tenants: its jobs are dealt to the sites in turn, by arrival",
    "记录中没有租户信息：作业按到达先后依次分配到各站点",
)


def _start(first_us: np.int64, clock: Clock) -> datetime:
    """From when seconds count: the period's start, or the hour in which the first job arrives."""
    if clock.period is not None:
        return clock.period.start
    first = EPOCH + timedelta(microseconds=int(first_us))
    return first.replace(minute=0, second=0, microsecond=0)


def _due(rows: JobRows, promise: Promise, chosen: _Chosen) -> tuple[NDArray[np.float64], tuple[Text, ...]]:
    """By when each kept job must be done; a job without a time limit is promised by its run time."""
    run_s = rows.run_s[chosen.at]
    rules = [promise.deadlines.get(one.name, AT_ONCE) for one in promise.classes]
    slack, window_s, by_limit = (
        np.array(values)[chosen.class_index]
        for values in zip(
            *((one.slack_share, one.window_hours * SECONDS_PER_HOUR, one.from_time_limit) for one in rules), strict=True
        )
    )
    limit_s = np.full(run_s.size, np.nan) if rows.limit_s is None else rows.limit_s[chosen.at]
    without = by_limit.astype(np.bool_) & np.isnan(limit_s)
    basis = np.where(by_limit & ~without, np.fmax(limit_s, run_s), run_s)
    arrive_s = _arrive_s(rows, chosen)
    notes = (
        (
            Text(
                f"{int(without.sum()):,} jobs have no time limit; their deadline counts from the run time instead",
                f"{int(without.sum()):,} 个作业没有时限，其期限改按运行时长计算",
            ),
        )
        if without.any()
        else ()
    )
    return arrive_s + basis * (1.0 + slack) + window_s, notes


def _arrive_s(rows: JobRows, chosen: _Chosen) -> NDArray[np.float64]:
    """Seconds from the start of the table to each arrival."""
    return np.asarray((rows.arrive_us[chosen.at] - microseconds(chosen.start)) / MICROSECONDS, dtype=np.float64)


def _jobs(rows: JobRows, promise: Promise, chosen: _Chosen, due_s: NDArray[np.float64]) -> Jobs:
    """The table of jobs."""
    gpus = rows.gpus[chosen.at]
    nodes = _nodes(rows, promise.machines, chosen.at)
    machines = promise.machines
    # A gang bears its nodes whole, any other job its part of one.
    node_share = np.where(nodes > 0, nodes, gpus / machines.gpus_per_node)
    return Jobs(
        start=chosen.start,
        classes=promise.classes,
        sites=promise.sites,
        id=rows.id[chosen.at].astype(np.str_),
        class_index=chosen.class_index,
        home=chosen.home,
        arrive_s=_arrive_s(rows, chosen),
        due_s=due_s,
        run_s=rows.run_s[chosen.at],
        power_mw=gpus * machines.gpu_mw + node_share * machines.node_mw,
        gpus=gpus,
        nodes=nodes,
        move_gb=gpus * machines.move_gb_per_gpu,
    )


def _nodes(rows: JobRows, machines: Machines, at: NDArray[np.int64]) -> NDArray[np.int64]:
    """Whole nodes of each kept job; 0 where it shares one."""
    gpus = rows.gpus[at]
    from_gpus = machines.gpus_per_node if machines.gang_from_gpus is None else machines.gang_from_gpus
    gang = gpus >= from_gpus
    whole = np.ceil(gpus / machines.gpus_per_node).astype(np.int64)
    if rows.nodes is None:
        return np.where(gang, whole, 0)
    told = rows.nodes[at]
    return np.where((told > 1) | gang, np.maximum(told, 1), 0)
