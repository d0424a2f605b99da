"""Does the power model tell what a real cluster drew in a grid event, and does the controller meet such a request?

    python benchmarks/emerald.py --data FOLDER     the folder that holds compute/emerald_field_demo; or WATTLOOM_DATA

Two events of the Phoenix field demonstration of May 2025 (Colangelo et al., arXiv:2507.00909; data Apache-2.0).

1 May (APS), prediction. From the columns of the jobs come how many GPUs each holds, when it leaves a level and when it
stands at the next one, and which of the sweep's caps that level is nearest to. All watts come from the sweep. One rule
for what lies between two levels: a job that changes draws what the sweep measured at its lowest cap, for it holds its
GPUs and does no work.

3 May (SRP), control. The controller is given the jobs, their tiers and the request alone; its commands are played in
steps of a minute by a simulation of its own, with the sweep's curves and the dead times learned on 1 May. The last line
is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from wattloom.dispatch.grid_events import EventPlan, FrozenBaseline, GridEvent, answer
from wattloom.domain.jobs import JobClass, Jobs, Segments, Verb
from wattloom.domain.time import TimeAxis
from wattloom.domain.workloads import WorkloadKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

PHOENIX = ZoneInfo("America/Phoenix")
STANDS_MINUTES = 15
"""A job stands at a level once it is nearest to it for so long."""
NEAR_SHARE = 0.1
"""Then it stands there as long as it is no farther from it than this share of its full power."""
DIP_MINUTES = 2
"""Dips of checkpoints, up to so long, are no change of level."""
SERVER_GPUS = 8
"""Jobs hold whole servers: their GPUs are the nearest multiple to their first hour's power over the sweep's."""
FIRST_HOUR = 60
EVENT_1_MAY = ("2025-05-01 17:40", "2025-05-01 21:20")
SRP_NOTICE, SRP_START, SRP_END = (datetime(2025, 5, 3, *at, tzinfo=PHOENIX) for at in ((16, 0), (16, 10), (19, 33)))
"""First drop and first rise of the measured total, as the request itself is not in the data; the notice is assumed."""
SRP_SHARE, SRP_RAMP_MINUTES = 0.25, 10.0
DEAD = ("pause_s", "recap_s", "restart_s")
FAMILIES = {"ft": "fine-tune", "infer": "inference", "pt": "pretrain"}
JOB_DAYS_S = 86_400.0
"""Work left in each job of 3 May, at full power: more than the experiment lasts; assumed, the data do not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """A workload measured under each cap."""

    watts_per_gpu: NDArray[np.float64]
    """By rising cap; the last is uncapped."""
    speed: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """A job at a level from one minute to another, the last excluded."""

    start: int
    end: int
    level: int
    """0: off; else the place of the cap among the sweep's, from 1."""


def sweeps(folder: Path) -> dict[str, Sweep]:
    """The measured workloads by name."""
    table = pd.read_csv(folder / "dvfs_sweep.csv").sort_values(["workload", "gpu_power_cap_w"])
    return {
        str(name): Sweep(watts_per_gpu=rows["power_per_gpu_w"].to_numpy(), speed=rows["throughput_rel"].to_numpy())
        for name, rows in table.groupby("workload")
    }


def timeline(drawn_w: NDArray[np.float64], levels_w: NDArray[np.float64]) -> list[Stand]:
    """When a job stood at which level, from its measured power."""
    nearest = np.abs(drawn_w[:, None] - levels_w).argmin(axis=1)
    edges = np.flatnonzero(np.concatenate([[True], nearest[1:] != nearest[:-1], [True]]))
    stands: list[Stand] = []
    for start, end in pairwise(edges):
        if end - start < STANDS_MINUTES:
            continue
        level = int(nearest[start])
        near = np.abs(drawn_w - levels_w[level]) <= NEAR_SHARE * levels_w[-1]
        one = Stand(start=_reach(near, int(start), -1), end=_reach(near, int(end) - 1, 1) + 1, level=level)
        if stands and stands[-1].level == level:
            stands[-1] = Stand(start=stands[-1].start, end=max(one.end, stands[-1].end), level=level)
        else:
            stands.append(one)
    return stands


def _reach(near: NDArray[np.bool_], at: int, step: int) -> int:
    """The last minute, going one way, that is still near its level; short dips are passed over."""
    while True:
        ahead = [at + step * k for k in range(1, DIP_MINUTES + 2) if 0 <= at + step * k < near.size]
        found = [minute for minute in ahead if near[minute]]
        if not found:
            return at
        at = found[0]


def levels_of(sweep: Sweep, drawn_w: NDArray[np.float64]) -> NDArray[np.float64]:
    """Watts of a job when off and at each cap, from the sweep; its count of GPUs from its first hour."""
    count = SERVER_GPUS * round(float(np.median(drawn_w[:FIRST_HOUR])) / sweep.watts_per_gpu[-1] / SERVER_GPUS)
    return np.concatenate([[0.0], count * sweep.watts_per_gpu])


def predicted_w(stands: list[Stand], levels_w: NDArray[np.float64], minutes: int) -> NDArray[np.float64]:
    """Power from a timeline and the sweep: at a level its watts, between two the lowest cap's."""
    power = np.full(minutes, levels_w[1])
    last = len(stands) - 1
    for place, one in enumerate(stands):
        power[one.start if place else 0 : one.end if place < last else minutes] = levels_w[one.level]
    return power


def errors(predicted: NDArray[np.float64], measured: NDArray[np.float64]) -> dict[str, float]:
    """Mean absolute percentage error, root mean square error and error of the energy."""
    miss = predicted - measured
    return {
        "mape_percent": float(100 * np.mean(np.abs(miss) / measured)),
        "rmse_w": float(np.sqrt(np.mean(miss**2))),
        "energy_error_percent": float(100 * miss.sum() / measured.sum()),
    }


def first_of_may(folder: Path) -> tuple[dict[str, dict[str, float]], dict[str, dict[str, float]]]:
    """Errors of prediction and of the authors' simulator over run and event, and dead seconds learned by family."""
    table = pd.read_csv(folder / "aps_event_job_power_1min.csv", parse_dates=["t"]).set_index("t")
    known = sweeps(folder)
    total, dead = np.zeros(len(table)), _no_dead()
    for column in table.columns.drop("total_w"):
        name, drawn = column.split("-")[0], table[column].to_numpy()
        levels = levels_of(known[name], drawn)
        stands = timeline(drawn, levels)
        total += predicted_w(stands, levels, len(table))
        for before, after in pairwise(stands):
            verb = "recap_s" if before.level and after.level else "pause_s" if before.level else "restart_s"
            dead[FAMILIES[name.split("_")[0]]][verb].append(60.0 * (after.start - before.end))
    theirs = pd.read_csv(folder / "aps_event_simulator_projection.csv", parse_dates=["t"]).set_index("t").iloc[:, 0]
    held = theirs.reindex(theirs.index.union(table.index)).ffill().reindex(table.index).to_numpy()
    measured = table["total_w"].to_numpy()
    inside = np.asarray((table.index >= EVENT_1_MAY[0]) & (table.index < EVENT_1_MAY[1]))
    result = {
        f"{who}_{window}": errors(series[at], measured[at])
        for who, series in (("wattloom", total), ("their_simulator", held))
        for window, at in (("run", np.ones(len(table), dtype=bool)), ("event", inside))
    }
    return result, _medians(dead)


def _no_dead() -> dict[str, dict[str, list[float]]]:
    """Nothing learned yet."""
    return {family: {verb: [] for verb in DEAD} for family in FAMILIES.values()}


def _medians(dead: dict[str, dict[str, list[float]]]) -> dict[str, dict[str, float]]:
    """The median of what was seen in a family; what was not seen there, of all families together."""
    every = {verb: [s for family in dead.values() for s in family[verb]] for verb in DEAD}
    return {
        family: {verb: float(np.median(seen or every[verb])) for verb, seen in verbs.items()}
        for family, verbs in dead.items()
    }


def cluster(folder: Path, dead: dict[str, dict[str, float]]) -> tuple[Jobs, dict[str, Sweep]]:
    """The jobs of 3 May: full power and curve from the sweep, floor and weight as published, dead times of 1 May."""
    table = pd.read_csv(folder / "srp_event_job_performance.csv")
    known = sweeps(folder)
    counts = pd.read_csv(folder / "dvfs_sweep.csv").groupby("workload")["n_gpus"].first()
    classes, power, gpus = [], [], []
    for row in table.itertuples():
        workload = str(row.job).split("-")[0]
        sweep, count, family = known[workload], int(counts[workload]), FAMILIES[workload.split("_")[0]]
        shares = sweep.watts_per_gpu / sweep.watts_per_gpu[-1]
        power.append(count * sweep.watts_per_gpu[-1] / 1e6)
        gpus.append(float(count))
        classes.append(
            JobClass(
                name=str(row.job),
                kind=WorkloadKind.BATCH if family == "inference" else WorkloadKind.TRAINING,
                least_power=float(shares[0]),
                service_floor=float(row.flexibility_floor),
                power_work=tuple((float(p), float(w)) for p, w in zip(shares, sweep.speed, strict=True)),
                # The published weight stands for what a GPU-hour is worth; only its proportions matter here.
                deferral_cost_cny_per_gpu_hour=float(row.weight),
                pause_s=dead[family]["pause_s"],
                recap_s=dead[family]["recap_s"],
                restart_s=dead[family]["restart_s"],
            )
        )
    count = len(table)
    columns = {"home": 0, "arrive_s": 0.0, "nodes": 0, "move_gb": 0.0, "run_s": JOB_DAYS_S, "due_s": 2 * JOB_DAYS_S}
    jobs = Jobs(
        start=datetime(2025, 5, 3, 14, 40, tzinfo=PHOENIX),
        classes=tuple(classes),
        sites=("phoenix",),
        id=table["job"].to_numpy(dtype=str),
        class_index=np.arange(count),
        power_mw=np.array(power),
        gpus=np.array(gpus),
        **{name: np.full(count, value) for name, value in columns.items()},
    )
    return jobs, {str(row.job): known[str(row.job).split("-")[0]] for row in table.itertuples()}


def request(jobs: Jobs) -> tuple[GridEvent, Segments]:
    """The event of 3 May against the plan of that day: every job at full power throughout."""
    count = len(jobs)
    planned = Segments(
        job=np.arange(count),
        site=np.zeros(count, dtype=np.int64),
        start_s=np.zeros(count),
        end_s=np.full(count, JOB_DAYS_S),
        level=np.ones(count),
        dead_s=np.zeros(count),
    )
    axis = TimeAxis(jobs.start, 1, 400)
    baseline = FrozenBaseline(
        axis=axis,
        power_mw=np.full(axis.count, jobs.power_mw.sum()),
        known_at=jobs.start,
        source="plan of the day: all jobs uncapped, watts of the sweep",
    )
    event = GridEvent(
        site="phoenix",
        notice=SRP_NOTICE,
        start=SRP_START,
        end=SRP_END,
        ramp_minutes=SRP_RAMP_MINUTES,
        reduction_share=SRP_SHARE,
        baseline=baseline,
        rebound_minutes=90.0,
    )
    return event, planned


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What a minute-by-minute simulation says of the commands."""

    power_w: NDArray[np.float64]
    work: NDArray[np.float64]
    """Share of full speed, shape (minute, job)."""


def play(jobs: Jobs, plan: EventPlan, sweep_of: dict[str, Sweep], minutes: int) -> Played:
    """The commands obeyed in steps of a minute; a job that is dead draws its lowest cap's power and does no work."""
    count = len(jobs)
    level, dead_until, off_at = np.ones(count), np.full(count, -1.0), np.full(count, np.inf)
    curves = [sweep_of[str(name)] for name in jobs.id]
    dead = {verb: jobs.of_class(verb) for verb in DEAD}
    power, work = np.zeros(minutes), np.zeros((minutes, count))
    commands = list(plan.commands)
    for minute in range(minutes):
        second = 60.0 * minute
        while commands and commands[0].at_s <= second:
            told = commands.pop(0)
            verb = {Verb.CAP: "recap_s", Verb.PAUSE: "pause_s", Verb.RESUME: "restart_s"}[told.verb]
            dead_until[told.job] = second + dead[verb][told.job]
            if told.verb is Verb.PAUSE:
                off_at[told.job] = dead_until[told.job]
            else:
                level[told.job], off_at[told.job] = told.level, np.inf
        for job, curve in enumerate(curves):
            shares = curve.watts_per_gpu / curve.watts_per_gpu[-1]
            is_dead, is_off = second < dead_until[job], second >= off_at[job]
            share = 0.0 if is_off else float(shares[0]) if is_dead else float(level[job])
            power[minute] += 1e6 * jobs.power_mw[job] * share
            work[minute, job] = 0.0 if is_dead or is_off else np.interp(level[job], shares, curve.speed)
    return Played(power_w=power, work=work)


def third_of_may(folder: Path, dead: dict[str, dict[str, float]]) -> dict[str, object]:
    """How the controller meets the request, as the simulation sees it, and how far from what was measured that is."""
    jobs, curves = cluster(folder, dead)
    event, planned = request(jobs)
    cpu = time.process_time()
    plan = answer(event, jobs, planned)
    cpu = time.process_time() - cpu
    if not isinstance(plan, EventPlan):
        return {"refused": str(plan.why)}
    measured = pd.read_csv(folder / "srp_event_power_1min.csv")["total_power_w"].to_numpy()
    played = play(jobs, plan, curves, measured.size)
    baseline = 1e6 * jobs.power_mw.sum()
    at = jobs.start + np.arange(measured.size) * timedelta(minutes=1)
    held, after = (at >= event.hold_from) & (at < event.end), at >= event.end
    down = np.flatnonzero((at >= event.start) & (at < event.end) & (played.power_w > (1 - SRP_SHARE) * baseline))
    window = (at >= event.start) & (at < event.end + timedelta(minutes=event.ramp_minutes))
    tiers = pd.read_csv(folder / "srp_event_job_performance.csv")
    return {
        "reduction_least": float(1.0 - played.power_w[held].max() / baseline),
        "ramp_minutes": float(down[-1] + 1 - np.flatnonzero(at >= event.start)[0]) if down.size else 0.0,
        "rebound": float(played.power_w[after].max() / baseline),
        "deepest": float(played.power_w.min() / baseline),
        "held_hours": float(held.sum() / 60),
        "controller_cpu_s": cpu,
        "kept": {
            str(row.job): {
                "tier": row.flex_bucket,
                "floor": row.flexibility_floor,
                "event": float(played.work[window, place].mean()),
                "experiment": float(played.work[:, place].mean()),
                "measured_experiment": row.avg_performance_rel,
            }
            for place, row in enumerate(tiers.itertuples())
        },
        "against_measured_run": errors(played.power_w, measured),
        "against_measured_event": errors(played.power_w[window], measured[window]),
        "commands": [
            f"{jobs.instant(one.at_s).astimezone(PHOENIX):%H:%M} {jobs.id[one.job]} {one.verb} {one.level:.3f}"
            for one in plan.commands
        ],
    }


def main() -> None:
    """Print both events for people, then one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("WATTLOOM_DATA"))
    asked = parser.parse_args()
    if asked.data is None:
        parser.error("name the folder of the data with --data or WATTLOOM_DATA")
    folder = Path(asked.data) / "compute" / "emerald_field_demo"
    prediction, dead = first_of_may(folder)
    print(f"{'1 May, total power':<24}{'MAPE %':>9}{'RMSE kW':>9}{'energy %':>10}")
    for name, figures in prediction.items():
        print(
            f"{name:<24}{figures['mape_percent']:>9.2f}{figures['rmse_w'] / 1e3:>9.2f}"
            f"{figures['energy_error_percent']:>10.2f}"
        )
    print("dead seconds learned:", json.dumps(dead))
    control = third_of_may(folder, dead)
    print("3 May, the controller on the request alone:")
    for name, figure in control.items():
        print(f"  {name}: {json.dumps(figure)}")
    print(json.dumps({"aps": prediction, "srp": {k: v for k, v in control.items() if k != "commands"}}))


if __name__ == "__main__":
    main()
