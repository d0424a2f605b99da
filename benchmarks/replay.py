"""How long does it take to replay a year of 100,000 jobs on 5 sites, against the same events in plain SimPy?

    python benchmarks/replay.py            the year: half a minute of CPU
    python benchmarks/replay.py --quick    5,000 jobs over 18 days

Jobs are drawn by chance: lognormal lengths, gangs of up to 16 GPUs, machines that are full at peaks. Three replays:
a fixed schedule; jobs that run at once, asked one by one with 15-minute looks; and threshold suspend-resume, the same
way. SimPy plays the fixed schedule's events (arrival, start, end, first come first served) and nothing else: it counts
no energy, cost, carbon or dead time. Both must let every job end at the same instant. CPU seconds of this process
count, imports and the compiler's first run do not. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Generator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

import numpy as np
import simpy
from numpy.typing import NDArray

from wattloom.dispatch.policies import PUBLISHED, Deciding, Known
from wattloom.domain.jobs import JobClass, Jobs, Segments
from wattloom.domain.time import TimeAxis
from wattloom.domain.workloads import WorkloadKind
from wattloom.twin.replay import replay
from wattloom.twin.result import ReplayResult
from wattloom.twin.sites import ReplayQuestion, SiteTruth

START = datetime(2026, 1, 1, tzinfo=UTC)
SITES = ("a", "b", "c", "d", "e")
DAY_S, PERIODS_PER_DAY = 86_400.0, 96
YEAR_DAYS, YEAR_JOBS = 365, 100_000
QUICK_DAYS, QUICK_JOBS = 18, 5_000
KW_PER_GPU = 0.7
BUSY_AT_MEAN = 0.5
"""Part of the machines that is held on average when every job runs at once."""

Answer = TypeVar("Answer")


def drawn_jobs(count: int, days: int) -> Jobs:
    """Jobs that arrive by day and night, with windows of up to two days."""
    rng = np.random.default_rng(20)
    arrive = np.sort(rng.uniform(0, (days - 4) * DAY_S, count))
    run = rng.lognormal(np.log(2 * 3600.0), 1.2, count).clip(60, 1.5 * DAY_S)
    gpus = rng.choice([1.0, 2.0, 4.0, 8.0, 16.0], count, p=[0.4, 0.15, 0.15, 0.2, 0.1])
    about = JobClass(name="batch", kind=WorkloadKind.BATCH, pause_s=60.0, restart_s=120.0)
    return Jobs(
        start=START,
        classes=(about,),
        sites=SITES,
        id=np.arange(count).astype(str),
        class_index=np.zeros(count, dtype=np.int64),
        home=rng.integers(0, len(SITES), count),
        arrive_s=arrive,
        due_s=arrive + run + rng.uniform(0, 2 * DAY_S, count),
        run_s=run,
        power_mw=gpus * KW_PER_GPU / 1000,
        gpus=gpus,
        nodes=np.zeros(count, dtype=np.int64),
        move_gb=np.zeros(count),
    )


def the_year(count: int, days: int) -> ReplayQuestion:
    """The jobs, and five sites with machines for them."""
    rng = np.random.default_rng(21)
    jobs, axis = drawn_jobs(count, days), TimeAxis(START, 15, days * PERIODS_PER_DAY)
    gpus = float(np.ceil(np.sum(jobs.gpus * jobs.run_s) / ((days - 4) * DAY_S) / len(SITES) / BUSY_AT_MEAN))
    hour = np.arange(axis.count) / 4 % 24
    sites = tuple(
        SiteTruth(
            name=name,
            price_cny_per_mwh=400 + 200 * np.sin(hour / 24 * 2 * np.pi + k) + rng.normal(0, 50, axis.count),
            carbon_kg_per_mwh=600 + 150 * np.cos(hour / 24 * 2 * np.pi + k) + rng.normal(0, 30, axis.count),
            overhead_fixed_mw=np.array([0.05]),
            overhead_slope=np.array([0.15]),
            gpus=gpus,
        )
        for k, name in enumerate(SITES)
    )
    return ReplayQuestion(axis=axis, sites=sites, jobs=jobs)


def at_once(jobs: Jobs) -> Segments:
    """The schedule that asks for every job to run as it arrives."""
    count = len(jobs)
    return Segments(
        job=np.arange(count),
        site=jobs.home,
        start_s=jobs.arrive_s,
        end_s=jobs.arrive_s + jobs.run_s,
        level=np.ones(count),
        dead_s=np.zeros(count),
    )


def in_simpy(asked: ReplayQuestion) -> NDArray[np.float64]:
    """When each job ends in SimPy."""
    jobs, env = asked.jobs, simpy.Environment()
    pools = [simpy.Container(env, capacity=site.gpus, init=site.gpus) for site in asked.sites]
    finish = np.full(len(jobs), np.nan)

    def job(j: int, *, run_s: float, gpus: float, pool: simpy.Container) -> Generator[Any, Any, None]:
        yield pool.get(gpus)
        yield env.timeout(run_s)
        finish[j] = env.now
        yield pool.put(gpus)

    def arrivals() -> Generator[Any, Any, None]:
        columns = (jobs.arrive_s.tolist(), jobs.run_s.tolist(), jobs.gpus.tolist(), jobs.home.tolist())
        for j, (arrive_s, run_s, gpus, home) in enumerate(zip(*columns, strict=True)):
            yield env.timeout(max(arrive_s - env.now, 0.0))
            env.process(job(j, run_s=run_s, gpus=gpus, pool=pools[home]))

    env.process(arrivals())
    env.run()
    return finish


def timed(work: Callable[[], Answer]) -> tuple[Answer, float]:
    """An answer and the CPU seconds it took."""
    began_s = time.process_time()
    answer = work()
    return answer, time.process_time() - began_s


def main() -> None:
    """Time all, print a table, then one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a few days in place of the year")
    quick = parser.parse_args().quick
    count, days = (QUICK_JOBS, QUICK_DAYS) if quick else (YEAR_JOBS, YEAR_DAYS)
    asked = the_year(count, days)
    signal = Known(values=asked.per_period("carbon_kg_per_mwh"), step_s=900.0)
    _compile(signal)
    ways: dict[str, Callable[[], Any]] = {
        "fixed schedule": lambda: at_once(asked.jobs),
        "run at once": lambda: Deciding(jobs=asked.jobs, policy=PUBLISHED["run_at_once"], signal=signal),
        "threshold": lambda: Deciding(jobs=asked.jobs, policy=PUBLISHED["threshold"], signal=signal),
    }
    figures: dict[str, Any] = {"jobs": count, "days": days, "sites": len(SITES)}
    print(f"{'replay':<18}{'CPU s':>8}{'events':>10}{'events/s':>12}{'missed':>8}{'GWh':>8}{'t CO2':>9}")
    finish = np.zeros(0)
    for name, way in ways.items():
        result, cpu_s = timed(partial(_replayed, asked, way))
        finish = result.finish_s if name == "fixed schedule" else finish
        figures[f"cpu_s_{name.replace(' ', '_')}"] = round(cpu_s, 3)
        rate, gwh = result.events / cpu_s, result.energy_mwh / 1000
        print(
            f"{name:<18}{cpu_s:>8.2f}{result.events:>10,}{rate:>12,.0f}{result.deadline_misses:>8,}"
            f"{gwh:>8.2f}{result.carbon_t:>9,.0f}"
        )
    theirs, cpu_s = timed(lambda: in_simpy(asked))
    print(f"{'SimPy, plain':<18}{cpu_s:>8.2f}{3 * count:>10,}{3 * count / cpu_s:>12,.0f}")
    done = np.isfinite(finish)
    figures["cpu_s_simpy"] = round(cpu_s, 3)
    figures["simpy_over_fixed_schedule"] = round(cpu_s / figures["cpu_s_fixed_schedule"], 2)
    figures["simpy_over_run_at_once"] = round(cpu_s / figures["cpu_s_run_at_once"], 2)
    figures["finish_apart_s_max"] = float(np.max(np.abs(theirs - finish)[done]))
    figures["not_done_by_the_end"] = int((~done).sum())
    print(json.dumps(figures))


def _replayed(asked: ReplayQuestion, way: Callable[[], Any]) -> ReplayResult:
    """One replay, the making of its controller or schedule included."""
    return replay(asked, way())


def _compile(signal: Known) -> None:
    """Let the compiler run once, on a little year of its own."""
    little = the_year(20, 6)
    cut = replace(signal, values=little.per_period("carbon_kg_per_mwh"))
    for policy in ("run_at_once", "threshold"):
        replay(little, Deciding(jobs=little.jobs, policy=PUBLISHED[policy], signal=cut))


if __name__ == "__main__":
    main()
