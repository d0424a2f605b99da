"""Do the envelopes of jobs keep their laws, and how much is short when a plan inside one is split back to jobs?

Random job sets, whose windows begin and end inside periods, are put to:

1. any schedule that keeps windows and full power lies inside the envelope;
2. a plan inside is split back by a fluid least-laxity rule, and by a maximum flow (the best that any split can do):
   what is short is measured; jobs of one common window stay below the bound that is stated for them, jobs that are
   copies of one another are never short, and a plan that was a schedule of the jobs is never short by the flow;
3. the groups' envelopes add up to the envelope of all jobs;
4. jobs that come a period later have the envelope of a period later;
5. twice the power is twice the envelope.

    python campaigns/envelope_laws.py [--sets 10000] [--seed 0]

A table for people, then one line of JSON. Neither the split nor the flow knows the code under trial.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import scipy.sparse
from scipy.sparse.csgraph import maximum_flow

from wattloom.assets.kinds.cluster.envelopes import JobGroup, envelopes_of_jobs, split_shortfall_mwh_max
from wattloom.domain.jobs import JobClass, Jobs
from wattloom.domain.time import TimeAxis
from wattloom.domain.workloads import Envelope, WorkloadKind

START = datetime(2026, 1, 1, tzinfo=UTC)
BANDS_S = (1800.0, 7200.0)
CLASSES = tuple(JobClass(name=name, kind=WorkloadKind.BATCH) for name in ("short", "long"))
FLOW_UNITS = 1e8
"""Units of flow into which all work of a job set is cut: whole numbers of 32 bits."""
ROUNDING = 1e-9


def job_set(chance: np.random.Generator, axis: TimeAxis, *, windows: str = "any", inside: bool = True) -> Jobs:
    """Up to twelve jobs. Windows: "any", "one" for all, or "copies" of one window and share; `inside`: due in time."""
    count, span_s = int(chance.integers(1, 13)), axis.count * axis.step_minutes * 60.0
    one = windows != "any"
    arrive = np.sort(chance.uniform(0.0, 0.9 * span_s, 1 if one else count))
    end = span_s if inside else 1.5 * span_s
    window = chance.uniform(0.01, 1.0, arrive.size) * (end - arrive)
    if chance.random() < 0.5:  # whole periods too: edges are where rounding hides
        step = axis.step_minutes * 60.0
        arrive = np.floor(arrive / step) * step
        window = np.minimum(np.ceil(window / step) * step, end - arrive)
    share = chance.uniform(0.05, 1.0, 1 if windows == "copies" else count)
    zero = np.zeros(count)
    return Jobs(
        start=START,
        classes=CLASSES,
        sites=("a", "b"),
        id=np.arange(count).astype(str),
        class_index=chance.integers(0, 2, count),
        home=chance.integers(0, 2, count),
        arrive_s=arrive + zero,
        due_s=arrive + window + zero,
        run_s=window * share + zero,
        power_mw=chance.lognormal(0.0, 1.0, count),
        gpus=zero + 8.0,
        nodes=zero.astype(np.int64),
        move_gb=zero,
    )


def room_mwh(jobs: Jobs, axis: TimeAxis) -> Any:
    """Most that each job can do in each period: its power times the time that the period has in its window."""
    step = axis.step_minutes * 60.0
    starts = (axis.start - jobs.start).total_seconds() + np.arange(axis.count) * step
    overlap = np.minimum(jobs.due_s[:, None], starts + step) - np.maximum(jobs.arrive_s[:, None], starts)
    return np.maximum(overlap, 0.0) * jobs.power_mw[:, None] / 3600.0


def some_schedule_mwh(chance: np.random.Generator, jobs: Jobs, axis: TimeAxis) -> Any:
    """Work of each job in each period: at random, but in its window, at its power, and in time."""
    room = room_mwh(jobs, axis)
    # What is due after the axis may wait for it.
    after = np.minimum(jobs.energy_mwh, jobs.power_mw * _beyond_s(jobs, axis) / 3600.0)
    left, done = jobs.energy_mwh.copy(), np.zeros_like(room)
    for period in range(axis.count):
        later = room[:, period + 1 :].sum(axis=1) + after
        least = np.maximum(left - later, 0.0)
        most = np.maximum(np.minimum(room[:, period], left), least)
        done[:, period] = least + chance.choice([0.0, 1.0, chance.random()], left.size) * (most - least)
        left = left - done[:, period]
    return done


def _beyond_s(jobs: Jobs, axis: TimeAxis) -> Any:
    """Seconds of each window that lie after the axis."""
    return np.maximum(jobs.due_s - np.maximum((axis.end - jobs.start).total_seconds(), jobs.arrive_s), 0.0)


def some_plan_mw(chance: np.random.Generator, envelope: Envelope) -> Any:
    """A plan inside an envelope: now as early, now as late as may be, now in between."""
    tight, hours, done, plan = envelope.reachable(), envelope.axis.step_hours, 0.0, []
    for period in range(envelope.axis.count):
        least = max(tight.latest_mwh[period], done + hours * tight.rate_mw_min[period])
        most = max(min(tight.earliest_mwh[period], done + hours * tight.rate_mw_max[period]), least)
        here = least + chance.choice([0.0, 1.0, chance.random()]) * (most - least)
        plan.append((here - done) / hours)
        done = here
    return np.array(plan)


def split_shortfall_mwh(jobs: Jobs, axis: TimeAxis, plan_mw: Any) -> float:
    """What a fluid least-laxity split leaves undone of the jobs: in each period those with least room are filled up.

    The room of a job is the time that it could still wait after the period; what it gets raises it. Work is poured in
    until all that are not at a limit of their own stand at one level, read off the level's breakpoints.
    """
    room, left, power = room_mwh(jobs, axis), jobs.energy_mwh.copy(), jobs.power_mw
    for period, asked in enumerate(np.asarray(plan_mw) * axis.step_hours):
        later = room[:, period + 1 :].sum(axis=1)
        most = np.minimum(room[:, period], left)
        least = np.minimum(np.maximum(left - later, 0.0), most)
        levels = np.sort(np.concatenate([(later - left + least) / power, (later - left + most) / power]))
        poured = np.clip(levels[:, None] * power - (later - left), least, most)
        level = np.interp(asked, poured.sum(axis=1), levels)
        given = np.clip(level * power - (later - left), least, most)
        left = left - given * min(1.0, asked / max(given.sum(), 1e-300))
    return float(left.sum())


def flow_shortfall_mwh(jobs: Jobs, axis: TimeAxis, plan_mw: Any) -> float:
    """What the best of all splits leaves undone of the plan: a maximum flow from jobs to periods."""
    plan = np.asarray(plan_mw) * axis.step_hours
    unit = max(jobs.energy_mwh.sum(), plan.sum()) / FLOW_UNITS
    count, last = len(jobs), len(jobs) + axis.count + 1
    graph = np.zeros((last + 1, last + 1), dtype=np.int64)
    graph[0, 1 : count + 1] = np.rint(jobs.energy_mwh / unit)
    room = np.minimum(room_mwh(jobs, axis), np.minimum(jobs.energy_mwh[:, None], plan))
    graph[1 : count + 1, count + 1 : last] = np.rint(room / unit)
    graph[count + 1 : last, last] = np.rint(plan / unit)
    served = maximum_flow(scipy.sparse.csr_array(graph.astype(np.int32)), 0, last).flow_value
    return float(plan.sum() - served * unit)


def together(groups: tuple[JobGroup, ...]) -> Envelope:
    """The sum of the groups."""
    return Envelope.together(group.envelope for group in groups)


def differs(first: Envelope, second: Envelope) -> float:
    """Farthest that two envelopes differ, as a share of the work and of the highest ceiling."""
    work, power = max(first.earliest_mwh[-1], 1e-12), max(first.rate_mw_max.max(), 1e-12)
    names = {"earliest_mwh": work, "latest_mwh": work, "rate_mw_max": power, "rate_mw_min": power}
    return max(
        float(np.abs(getattr(first, name) - getattr(second, name)).max()) / scale for name, scale in names.items()
    )


def outside(envelope: Envelope, served_mwh: Any) -> float:
    """How far a schedule lies outside, as a share of the work and of the ceiling; 0 or less: inside."""
    hours, done = envelope.axis.step_hours, np.cumsum(served_mwh)
    work = max(envelope.earliest_mwh[-1], 1e-12)
    beyond = max(float((done - envelope.earliest_mwh).max()), float((envelope.latest_mwh - done).max())) / work
    rate = float((served_mwh / hours - envelope.rate_mw_max).max()) / max(envelope.rate_mw_max.max(), 1e-12)
    return max(beyond, rate)


def laws_of(chance: np.random.Generator) -> dict[str, float]:
    """The findings of one draw of job sets; the names say what must be next to nothing."""
    axis = TimeAxis(START, int(chance.choice([15, 30, 60])), int(chance.integers(2, 25)))
    jobs = job_set(chance, axis, inside=bool(chance.random() < 0.7))
    found: dict[str, float] = {}
    schedule = some_schedule_mwh(chance, jobs, axis)
    groups = envelopes_of_jobs(jobs, axis, bands_s=BANDS_S)
    found["zero: schedule outside"] = max(outside(g.envelope, schedule[g.jobs].sum(axis=0)) for g in groups)
    (whole,) = envelopes_of_jobs(_alike(jobs), axis)
    found["zero: groups do not add up"] = differs(whole.envelope, together(groups))
    found["zero: shift"] = differs(whole.envelope, _shifted(jobs, axis))
    (doubled,) = envelopes_of_jobs(replace(_alike(jobs), power_mw=2.0 * jobs.power_mw), axis)
    found["zero: scale"] = differs(whole.envelope.scaled(2.0), doubled.envelope)
    jobs = job_set(chance, axis)
    own = some_schedule_mwh(chance, jobs, axis).sum(axis=0) / axis.step_hours
    found["zero: own schedule short by flow"] = flow_shortfall_mwh(jobs, axis, own) / jobs.energy_mwh.sum()
    for windows in ("any", "one", "copies"):
        found |= _split(chance, axis, windows)
    return found


def _split(chance: np.random.Generator, axis: TimeAxis, windows: str) -> dict[str, float]:
    """What is short of a plan inside the envelope of all jobs, as a share of their work."""
    jobs = _alike(job_set(chance, axis, windows=windows))
    (whole,) = envelopes_of_jobs(jobs, axis)
    plan, work = some_plan_mw(chance, whole.envelope), float(jobs.energy_mwh.sum())
    best, split = flow_shortfall_mwh(jobs, axis, plan) / work, split_shortfall_mwh(jobs, axis, plan) / work
    found = {f"short: {windows}, best split": best, f"short: {windows}, least laxity": split}
    found["zero: split better than the best"] = best - split
    if windows == "any":
        parts = envelopes_of_jobs(jobs, axis, bands_s=BANDS_S)
        undone = sum(split_shortfall_mwh(jobs.select(p.jobs), axis, some_plan_mw(chance, p.envelope)) for p in parts)
        found["short: any in slack bands, least laxity"] = undone / work
    else:
        bound = split_shortfall_mwh_max(jobs) / work
        found["zero: one window, above the bound"] = best - bound
        if windows == "copies":
            found["zero: copies short"] = best
    return found


def _alike(jobs: Jobs) -> Jobs:
    """The same jobs, all of one home and class."""
    return replace(jobs, home=0 * jobs.home, class_index=0 * jobs.class_index)


def _shifted(jobs: Jobs, axis: TimeAxis) -> Envelope:
    """The envelope of jobs and axis that both come one period later, told on the axis as it was."""
    step = axis.step_minutes * 60.0
    later = replace(_alike(jobs), arrive_s=jobs.arrive_s + step, due_s=jobs.due_s + step)
    (group,) = envelopes_of_jobs(later, TimeAxis(START + timedelta(seconds=step), axis.step_minutes, axis.count))
    return replace(group.envelope, axis=axis)


def trial(sets: int, seed: int) -> dict[str, Any]:
    """All findings of so many draws, each from a seed of its own."""
    found: dict[str, list[float]] = defaultdict(list)
    for number in range(sets):
        for name, value in laws_of(np.random.default_rng([seed, number])).items():
            found[name].append(value)
    return {name: np.array(values) for name, values in found.items()}


def main() -> None:
    """Try the laws and tell what was found."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--sets", type=int, default=10_000)
    arguments.add_argument("--seed", type=int, default=0)
    chosen = arguments.parse_args()
    begun = time.process_time()
    found = trial(chosen.sets, chosen.seed)
    result: dict[str, Any] = {"sets": chosen.sets}
    for name, values in sorted(found.items()):
        high = np.quantile(values, [0.5, 0.9, 0.99, 1.0])
        print(f"{name:45} median {high[0]:9.2e}  90% {high[1]:9.2e}  99% {high[2]:9.2e}  most {high[3]:9.2e}")
        result[name] = [float(f"{value:.4g}") for value in (values.mean(), *high)]
    broken = [name for name, values in found.items() if name.startswith("zero") and values.max() > _allowed(name)]
    print(json.dumps(result | {"cpu_s": round(time.process_time() - begun, 1), "broken": broken}))
    if broken:
        raise SystemExit(f"broken: {', '.join(broken)}")


def _allowed(name: str) -> float:
    """Rounding: of floating sums, or of flows cut into whole units."""
    exact = name in {"zero: schedule outside", "zero: groups do not add up", "zero: shift", "zero: scale"}
    return ROUNDING if exact else 1e-6


if __name__ == "__main__":
    main()
