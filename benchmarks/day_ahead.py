"""How much CPU does a week's plan take down to the single job, and how far is it from the best there can be?

    python benchmarks/day_ahead.py               50,000 and 2,000 jobs, five sites, 672 periods; a day of re-plans
    python benchmarks/day_ahead.py --intraday    re-plans of the whole week
    python benchmarks/day_ahead.py --seed 7      other jobs

CPU seconds of all threads count; imports and compiled code are warm, and a first compilation is told apart. What is
realised is counted from the stretches by `day_ahead_bounds`, which knows nothing of the product. At 2,000 jobs the
linear program over single jobs is the lower bound; at 50,000, where it has eleven million columns, Lagrange's bound of
that program at the plan's own prices. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import day_ahead_bounds as bounds
import day_ahead_problem as problem
from wattloom.dispatch.day_ahead import plan_day
from wattloom.dispatch.intraday import RollingDispatch
from wattloom.twin.replay import replay
from wattloom.twin.sites import ReplayQuestion, SiteTruth

if TYPE_CHECKING:
    from wattloom.dispatch.question import DayPlan, DispatchQuestion
    from wattloom.domain.jobs import Command, JobsState

JOBS_MANY, JOBS_FEW, JOBS_TINY = 50_000, 2_000, 50
EXPECTED_SEED = 1000
"""Jobs that a rolling plan expects are drawn from another seed: as likely, and not the ones that come."""
REPLANS = 96
REPLANS_WEEK = problem.PERIODS


def main() -> None:
    """Run all parts and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0, help="of the jobs")
    parser.add_argument("--jobs", type=int, default=JOBS_MANY, help="of the large problem")
    parser.add_argument("--few", type=int, default=JOBS_FEW, help="of the one with a per-job program; 0: leave it out")
    parser.add_argument("--intraday", action="store_true", help="re-plans of a whole week")
    parser.add_argument("--replans", type=int, default=REPLANS, help="re-plans to measure; 0: none")
    parser.add_argument("--no-cold", action="store_true", help="leave out the measurement of a first compilation")
    parser.add_argument("--tiny", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.tiny:
        print(json.dumps({"cpu_s": _planned(problem.question(JOBS_TINY, asked.seed))[1]}))
        return
    figures: dict[str, Any] = {"seed": asked.seed}
    if not asked.no_cold:
        figures["first_compilation_cpu_s"] = round(_cold(asked.seed), 2)
    _planned(problem.question(JOBS_TINY, asked.seed))  # Loads what is compiled.
    heads = {"jobs": 8, "CPU s": 8, "solve": 8, "split": 8, "cost": 14, "over plan": 11, "over bound": 11, "late": 6}
    print("".join(f"{name:>{width}}" for name, width in (heads | {"excess": 9}).items()))
    if asked.few:
        figures |= _few(asked.few, asked.seed)
    figures |= _many(asked.jobs, asked.seed)
    replans = REPLANS_WEEK if asked.intraday else asked.replans
    if replans:
        figures |= _intraday(asked.jobs, asked.seed, replans)
    print(json.dumps(figures))


def _planned(question: DispatchQuestion) -> tuple[DayPlan, float]:
    """The plan and its CPU seconds."""
    cpu = time.process_time()
    plan = plan_day(question)
    return plan, time.process_time() - cpu


def _few(count: int, seed: int) -> dict[str, Any]:
    """Against the linear program over single jobs."""
    question = problem.question(count, seed)
    plan, cpu_s = _planned(question)
    counted, bound = _counted(question, plan), bounds.per_job_program(question)
    _print_row(question, plan, cpu_s, counted, bound)
    return {
        "realised_over_bound_2000": round(counted["cost_cny"] / bound - 1, 6),
        "realised_over_plan_2000": round(counted["cost_cny"] / plan.plan_cost_cny - 1, 6),
        "deadline_misses_2000": counted["deadline_misses"],
        "cap_excess_mwh_2000": counted["cap_excess_mwh"],
        "cap_excess_unavoidable_mwh_2000": bounds.unavoidable_excess_mwh(question),
    }


def _many(count: int, seed: int) -> dict[str, Any]:
    """The large problem, against the bound of its prices."""
    question = problem.question(count, seed)
    plan, cpu_s = _planned(question)
    counted = _counted(question, plan)
    if plan.worth_cny_per_mwh is None:
        raise SystemExit("the plan tells no prices")
    bound = bounds.by_prices(question, np.maximum(plan.worth_cny_per_mwh - problem.prices(), 0.0))
    _print_row(question, plan, cpu_s, counted, bound)
    return {
        "jobs": len(question.jobs),
        "cpu_s": round(cpu_s, 3),
        "solve_cpu_s": round(plan.report.cpu_s, 3),
        "split_cpu_s": round(plan.split_cpu_s, 3),
        "realised_over_plan": round(counted["cost_cny"] / plan.plan_cost_cny - 1, 6),
        "realised_over_bound": round(counted["cost_cny"] / bound - 1, 6),
        "deadline_misses": counted["deadline_misses"],
        "cap_excess_mwh": counted["cap_excess_mwh"],
        "work_rel_error": counted["work_rel_error"],
        "stretches": len(plan.segments),
        "saved_over_at_once": round(1 - counted["cost_cny"] / _at_once(question), 4),
    }


def _counted(question: DispatchQuestion, plan: DayPlan) -> dict[str, float]:
    """What the schedule comes to by the second count; the product's own must agree."""
    counted = bounds.evaluated(question, plan.segments)
    if abs(counted["cost_cny"] / plan.cost_cny - 1) > 1e-9:
        raise SystemExit(f"the product counts {plan.cost_cny} CNY, the benchmark {counted['cost_cny']}")
    return counted


def _at_once(question: DispatchQuestion) -> float:
    """Cost when each job runs at home as it comes, limits or not."""
    jobs, hours = question.jobs, problem.STEP_S / 3600.0
    until = np.concatenate([np.zeros((len(problem.SITES), 1)), np.cumsum(problem.prices(), axis=1)], axis=1)
    first = np.rint(jobs.arrive_s / problem.STEP_S).astype(np.int64)
    last = first + np.rint(jobs.run_s / problem.STEP_S).astype(np.int64)
    return float(np.sum(jobs.power_mw * (until[jobs.home, last] - until[jobs.home, first])) * hours)


def _intraday(count: int, seed: int, replans: int) -> dict[str, Any]:
    """CPU of a re-plan over the first so many periods, the jobs played by the replay, against building anew."""
    question = problem.question(count, seed)
    expected = problem.question(count, seed + EXPECTED_SEED).jobs
    cpu = time.process_time()
    first = _Watched(RollingDispatch(question, expected=expected), 1)
    _play(question, first)
    rebuilt_s = time.process_time() - cpu
    watched = _Watched(RollingDispatch(question, expected=expected), replans)
    _play(question, watched)
    seen = watched.rolling.replans[1:] or watched.rolling.replans
    cpu_s = np.array([one.cpu_s for one in seen])
    warm = sum(one.method == "simplex, warm" for one in seen)
    print(f"{len(seen)} re-plans: {cpu_s.mean():.3f} CPU s each, {cpu_s.max():.3f} at most, {warm} from a warm basis")
    return {
        "replans": len(seen),
        "replan_cpu_s_mean": round(float(cpu_s.mean()), 4),
        "replan_cpu_s_max": round(float(cpu_s.max()), 4),
        "replan_over_rebuild": round(float(cpu_s.mean()) / rebuilt_s, 4),
        "replan_jobs_max": max(one.jobs for one in seen),
    }


class _Enough(Exception):
    """As many re-plans as were asked for are seen."""


class _Watched:
    """A controller that stops the replay after so many looks."""

    def __init__(self, rolling: RollingDispatch, looks: int) -> None:
        """Watch it."""
        self.rolling, self.looks = rolling, looks

    def arrived(self, job: int, state: JobsState) -> Sequence[Command]:
        """As the rolling dispatcher says."""
        return self.rolling.arrived(job, state)

    def tick(self, state: JobsState) -> Sequence[Command]:
        """As the rolling dispatcher says, so many times."""
        if len(self.rolling.replans) >= self.looks:
            raise _Enough
        return self.rolling.tick(state)


def _play(question: DispatchQuestion, watched: _Watched) -> None:
    """Replay until enough is seen."""
    sites = tuple(
        SiteTruth(
            name=site.name,
            price_cny_per_mwh=site.import_price_cny_per_mwh,
            carbon_kg_per_mwh=site.carbon_kg_per_mwh,
            firm_it_mw=site.firm_it_mw,
            overhead_fixed_mw=site.overhead_fixed_mw,
            overhead_slope=site.overhead_slope,
            it_mw_max=site.it_mw_max,
            gpus=np.inf,
        )
        for site in question.sites
    )
    try:
        replay(
            ReplayQuestion(axis=question.axis, sites=sites, jobs=question.jobs, latency_ms=question.latency_ms), watched
        )
    except _Enough:
        return


def _cold(seed: int) -> float:
    """CPU seconds that a first plan takes more than a second one, where nothing is compiled yet."""
    with tempfile.TemporaryDirectory() as folder:
        times = [
            json.loads(
                subprocess.run(
                    [sys.executable, str(Path(__file__).resolve()), "--tiny", "--seed", str(seed)],
                    capture_output=True,
                    text=True,
                    check=True,
                    env=os.environ | {"NUMBA_CACHE_DIR": folder},
                ).stdout.splitlines()[-1]
            )["cpu_s"]
            for _ in range(2)
        ]
    return float(times[0] - times[1])


def _print_row(
    question: DispatchQuestion, plan: DayPlan, cpu_s: float, counted: dict[str, float], bound: float
) -> None:
    """One line of the table."""
    cost = counted["cost_cny"]
    times = f"{cpu_s:>8.2f}{plan.report.cpu_s:>8.2f}{plan.split_cpu_s:>8.2f}"
    over = f"{cost / plan.plan_cost_cny - 1:>11.3%}{cost / bound - 1:>11.3%}"
    kept = f"{counted['deadline_misses']:>6}{counted['cap_excess_mwh']:>9.4f}"
    print(f"{len(question.jobs):>8}{times}{cost:>14.1f}{over}{kept}", flush=True)


if __name__ == "__main__":
    main()
