"""How much dearer is a day decided tick by tick than the same day known from the start? Over several drawn days.

Twelve provinces and their sites as `benchmarks/matching_instances.py` draws them; jobs with deadlines, batteries,
and forecasts of green output, price and inference load that are corrected hour by hour (a martingale of forecasts:
Heath and Jackson, IIE Transactions 26(3), 1994, 17-30). All sizes, prices and errors are drawn
and assumed, not measured: nothing here describes a real province. What the tick-by-tick day is compared with is the
linear program over the whole day, told everything: a bound below every dispatcher.

    python campaigns/closed_loop.py [--days 6] [--sites 60] [--minutes 5] [--seed 3000] [--split 1]

Seeds 0 to 9 were looked at while the dispatcher was made, those from 1000 and from 2000 on were measured before it was
changed; those from 3000 on were drawn once it stood. A day takes about a CPU minute, three with its loss taken apart.
On the first `--split` days the loss is taken apart: the same day is run again with the weather, prices and inference of
each period known, and again with the jobs known too; and the bound is told again with jobs that begin and end with
ticks. What is left then is deciding tick by tick. A table for people, then one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

from matching_instances import GREEN, draw
from wattloom.app.closed_loop import closed_loop, known_from_the_start
from wattloom.app.closed_loop_day import Conditions, Day, Stores
from wattloom.dispatch.matching import Tick
from wattloom.domain.jobs import JobClass, Jobs
from wattloom.domain.time import TimeAxis
from wattloom.domain.workloads import WorkloadKind

HOURS = 24
ERROR_PER_HOUR = {"green": 0.05, "price": 0.02, "inference": 0.01}
"""Assumed: standard deviation of the logarithm of each hour's correction; 24 h ahead it is about five times that."""
COMMON_SHARE = 0.7
"""Of a correction's variance, what all hours to come share."""
FLICKER = {"green": 0.06, "inference": 0.02}
"""Assumed: of ticks about the mean of their hour."""
JOBS_PER_POOL = 7.0
"""Of each class at each site in a day, in the mean."""
RUN_HOURS, RUN_SPREAD = 2.0, 0.6
SLACK_HOURS, SLACK_SPREAD, SLACK_HOURS_MIN = 4.0, 0.8, 1.0
POWER_SHARE_MAX = 0.35
"""Of a site, what one job takes at most."""
BUSY_MOST = 1.4
"""Of the mean inference load, what is kept free for it beside the reservations."""
RESERVED_HOURS, SPARE_HOURS = 0.25, 0.5
"""Steps in which machines are reserved, and what a reservation holds above the run time."""
PAST_DAYS = 4
"""Earlier days whose jobs are the experience of what comes."""
USED_MOST = 0.65
"""Of a site's power, what the mean of its work takes."""
STORE_HOURS, ONE_WAY = 2.0, 0.95
CLASSES = (
    JobClass(name="training", kind=WorkloadKind.TRAINING, least_power=0.0, latency_ms_max=0.0),
    JobClass(name="batch", kind=WorkloadKind.BATCH, least_power=0.0),
)
GAP_MAX = 0.03
TICK_ROUNDING = 1e-6
"""Of a tick, by which an instant may miss a tick's edge."""


def draw_day(sites: int, seed: int, *, minutes: int = 5) -> Day:
    """A day of ticks."""
    chance = np.random.default_rng(seed)
    still = _still(draw(sites, chance), minutes)
    axis = TimeAxis(datetime(2026, 7, 1, tzinfo=UTC), minutes, HOURS * 60 // minutes)
    per_hour = 60 // minutes
    truth, foreseen = _conditions(still, chance, per_hour)
    energy = still.sites.demand_mw[:, 2:] * HOURS
    past = [_jobs(still, energy, axis, np.random.default_rng([seed, n])) for n in range(PAST_DAYS)]
    return Day(
        axis=axis,
        ticks_per_period=per_hour,
        still=still,
        truth=truth,
        foreseen=foreseen,
        jobs=_jobs(still, energy, axis, chance),
        expected=_mean_of(past),
        stores=_stores(still, chance),
    )


def _still(tick: Tick, minutes: int) -> Tick:
    """The drawn tick without moves in flight, its sites with room for a day's peaks; its ramps are of a minute."""
    sites, none = tick.sites, np.zeros_like(tick.sites.landing_mw)
    most = np.maximum(sites.it_mw_max, sites.demand_mw.sum(axis=1) / USED_MOST)
    return replace(
        tick,
        sites=replace(sites, landing_mw=none, it_mw_max=most, ramp_mw=minutes * sites.ramp_mw),
        corridors=replace(tick.corridors, in_flight_mw=np.zeros_like(tick.corridors.in_flight_mw)),
    )


def _stores(still: Tick, chance: np.random.Generator) -> Stores:
    """A third of the sites each with no store, a tenth and a quarter of its power for two hours; half full."""
    power = still.sites.it_mw_max * chance.choice([0.0, 0.1, 0.25], still.sites.it_mw_max.size)
    energy = STORE_HOURS * power
    return Stores(energy_mwh=energy, power_mw=power, first_mwh=0.5 * energy, one_way=ONE_WAY)


def _conditions(still: Tick, chance: np.random.Generator, per_hour: int) -> tuple[Conditions, tuple[Conditions, ...]]:
    """What comes in each tick, and what is foreseen of each hour at the start of each."""
    hour, regions = np.arange(HOURS) + 0.5, len(still.layout.regions)
    sun = np.clip(np.sin(np.pi * (hour - 6) / 12), 0, None) * np.pi / 2 * 2 * 0.9
    wind = 1.0 + 0.4 * np.sin(2 * np.pi * (hour[:, None] / 24 + chance.random(regions)))
    solar = chance.random(regions) < 0.5
    supply, price = still.regions.supply_mw_max, still.regions.supply_price_cny_per_mwh
    dear = 1.0 + 0.22 * np.exp(-(((hour - 19.5) / 2.5) ** 2)) - 0.15 * np.exp(-(((hour - 13) / 2.5) ** 2))
    busy = 1.0 + 0.2 * np.sin(2 * np.pi * (hour - 9) / 24)
    inference = still.sites.demand_mw[:, :2]
    green = np.where(solar & GREEN, 0.15 + 0.85 * sun[:, None], wind)
    errors = {
        "green": _corrections(chance, (regions,), ERROR_PER_HOUR["green"]),
        "price": _corrections(chance, (regions, 1), ERROR_PER_HOUR["price"]),
        "inference": _corrections(chance, (still.sites.it_mw_max.size, 1), ERROR_PER_HOUR["inference"]),
    }

    def issued(at: int) -> Conditions:
        """With all corrections made before an hour; with all of them it is the truth."""
        known = {name: np.exp(error[:at].sum(axis=0)) for name, error in errors.items()}
        mw = np.repeat(supply[None], HOURS, axis=0)
        mw[:, :, 0] *= green * known["green"]
        cost = np.repeat(price[None], HOURS, axis=0)
        cost[:, :, 1:4] *= dear[:, None, None] * known["price"]
        return Conditions(
            supply_mw_max=mw,
            supply_price_cny_per_mwh=cost,
            inference_mw=busy[:, None, None] * inference * known["inference"],
        )

    truth = issued(HOURS)
    ticks = Conditions(
        supply_mw_max=_flickering(truth.supply_mw_max, chance, per_hour, FLICKER["green"], only=0),
        supply_price_cny_per_mwh=np.repeat(truth.supply_price_cny_per_mwh, per_hour, axis=0),
        inference_mw=_flickering(truth.inference_mw, chance, per_hour, FLICKER["inference"]),
    )
    return ticks, tuple(issued(at) for at in range(HOURS))


def _corrections(chance: np.random.Generator, of: tuple[int, ...], spread: float) -> NDArray[np.float64]:
    """What each hour corrects in each hour from itself on, shape (made in, about, ...)."""
    made = chance.normal(0, spread, (HOURS, 1, *of)) * COMMON_SHARE**0.5
    own = chance.normal(0, spread, (HOURS, HOURS, *of)) * (1 - COMMON_SHARE) ** 0.5
    later = np.triu(np.ones((HOURS, HOURS))).reshape(HOURS, HOURS, *(1 for _ in of))
    return np.asarray((made + own) * later)


def _flickering(
    means: NDArray[np.float64], chance: np.random.Generator, per_hour: int, spread: float, *, only: int | None = None
) -> NDArray[np.float64]:
    """Ticks about the means of their hours: a walk that returns, with each hour's mean kept."""
    size = (HOURS, per_hour, *means.shape[1:])
    walk = np.cumsum(chance.normal(0, spread / per_hour**0.5, size), axis=1)
    factor = np.exp(walk - walk.mean(axis=1, keepdims=True))
    if only is not None:
        factor[..., [k for k in range(means.shape[-1]) if k != only]] = 1.0
    factor /= factor.mean(axis=1, keepdims=True)
    return np.asarray((means[:, None] * factor).reshape(HOURS * per_hour, *means.shape[1:]))


def _jobs(still: Tick, energy_mwh: NDArray[np.float64], axis: TimeAxis, chance: np.random.Generator) -> Jobs:
    """Jobs of both classes at each site, whose energy is that of the drawn demand in the mean."""
    rows, most = [], still.sites.it_mw_max
    for site, kind in np.ndindex(energy_mwh.shape):
        count = chance.poisson(JOBS_PER_POOL)
        run = np.clip(chance.lognormal(np.log(RUN_HOURS), RUN_SPREAD, count), 0.25, 8.0)
        slack = np.clip(chance.lognormal(np.log(SLACK_HOURS), SLACK_SPREAD, count), SLACK_HOURS_MIN, 14.0)
        arrive = chance.uniform(0.0, HOURS - run - slack)
        share = chance.lognormal(0.0, 0.5, count) / np.exp(0.125)
        power = np.minimum(energy_mwh[site, kind] / JOBS_PER_POOL * share / run, POWER_SHARE_MAX * most[site])
        rows += [(a, a + r + s, r, p, site, kind) for a, r, s, p in zip(arrive, run, slack, power, strict=True)]
    rows.sort()
    free = most - BUSY_MOST * still.sites.demand_mw[:, :2].sum(axis=1)
    return _table(_admitted(np.array(rows), free), still, axis)


def _admitted(rows: NDArray[np.float64], free_mw: NDArray[np.float64]) -> NDArray[np.float64]:
    """Jobs in the order of their arrival, each with the earliest due time that the site's machines can back.

    A due time is backed by a reservation of the job's power for the stretch in which it must run at the latest; so it
    can be kept whatever the others do, and whoever comes later. Who finds no room before the end of the day is turned
    away.
    """
    steps = int(HOURS / RESERVED_HOURS)
    reserved, kept = np.zeros((free_mw.size, steps)), []
    for arrive, due, run, power, site, kind in rows:
        place, end = int(site), int(due / RESERVED_HOURS)
        while end <= steps:
            first = int(end - np.ceil((run + SPARE_HOURS) / RESERVED_HOURS))
            if first >= 0 and (reserved[place, first:end] + power <= free_mw[place]).all():
                reserved[place, first:end] += power
                kept.append((arrive, end * RESERVED_HOURS, run, power, site, kind))
                break
            end += 1
    return np.array(kept)


def _table(rows: NDArray[np.float64], still: Tick, axis: TimeAxis) -> Jobs:
    """Rows of arrival, due time, run time, power, site and class as a table."""
    arrive, due, run, power, site, kind = rows.T
    zero = np.zeros(arrive.size)
    return Jobs(
        start=axis.start,
        classes=CLASSES,
        sites=still.layout.sites,
        id=np.array([f"job{n}" for n in range(arrive.size)]),
        class_index=kind.astype(np.int64),
        home=site.astype(np.int64),
        arrive_s=arrive * 3600,
        due_s=due * 3600,
        run_s=run * 3600,
        power_mw=power,
        gpus=zero,
        nodes=zero.astype(np.int64),
        move_gb=zero,
    )


def _mean_of(days: list[Jobs]) -> Jobs:
    """The jobs of several days, each at its share of the power."""
    order = np.argsort(np.concatenate([day.arrive_s for day in days]), kind="stable")
    names = ("id", "class_index", "home", "arrive_s", "due_s", "run_s", "power_mw", "gpus", "nodes", "move_gb")
    columns = {name: np.concatenate([getattr(day, name) for day in days])[order] for name in names}
    return replace(days[0], **(columns | {"power_mw": columns["power_mw"] / len(days)}))


def split_of(day: Day, known_cny: float, cost_cny: float) -> dict[str, float]:
    """What of a day's loss comes from what, as shares of the cost known from the start; they add up to the loss."""
    foreseen = replace(day, foreseen=(day.truth.means(day.ticks_per_period),) * day.periods)
    told = replace(foreseen, expected=day.jobs)
    step_s, jobs = day.tick_hours * 3600, day.jobs
    in_ticks = replace(
        jobs,
        arrive_s=np.ceil(jobs.arrive_s / step_s - TICK_ROUNDING) * step_s,
        due_s=np.floor(jobs.due_s / step_s + TICK_ROUNDING) * step_s,
    )
    whole = known_from_the_start(replace(day, jobs=in_ticks)).cost_cny
    without_errors, without_surprise = closed_loop(foreseen).cost_cny, closed_loop(told).cost_cny
    return {
        "forecasts": (cost_cny - without_errors) / known_cny,
        "arrivals": (without_errors - without_surprise) / known_cny,
        "tick by tick": (without_surprise - whole) / known_cny,
        "whole ticks": whole / known_cny - 1.0,
    }


def run_day(sites: int, seed: int, *, minutes: int, split: bool = False) -> dict[str, Any]:
    """One day, three ways; with `split`, what its loss comes from."""
    day = draw_day(sites, seed, minutes=minutes)
    begun = time.process_time()
    outcome = closed_loop(day)
    told_s = time.process_time() - begun
    known = known_from_the_start(day)
    plain = closed_loop(day, at_once=True)
    return {
        "seed": seed,
        "jobs": len(day.jobs),
        "jobs_mwh": float(day.jobs.energy_mwh.sum()),
        "inference_mwh": float(day.truth.inference_mw.sum() * day.tick_hours),
        "known_cny": known.cost_cny,
        "cost_cny": outcome.cost_cny,
        "at_once_cny": plain.cost_cny,
        "above": outcome.cost_cny / known.cost_cny - 1.0,
        "won": (plain.cost_cny - outcome.cost_cny) / (plain.cost_cny - known.cost_cny),
        "missed": outcome.missed,
        "known_undone_mwh": known.undone_mwh,
        "moved_mw_per_hour": outcome.moved_mw_per_hour,
        "away_mw": outcome.away_mw,
        "gap_max": outcome.gap_max,
        "gap_mean": outcome.gap_mean,
        "plans_kept": outcome.plans_kept,
        "exact_ticks": outcome.exact_ticks,
        "cpu_s": told_s,
        "known_cpu_s": known.report.cpu_s,
        "costs": {name: round(value) for name, value in outcome.costs_cny.items()},
        "split": split_of(day, known.cost_cny, outcome.cost_cny) if split else None,
    }


def main() -> None:
    """Run the days and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=6)
    parser.add_argument("--sites", type=int, default=60)
    parser.add_argument("--minutes", type=int, default=5)
    parser.add_argument("--seed", type=int, default=3000)
    parser.add_argument("--split", type=int, default=1)
    told = parser.parse_args()
    days = []
    print("seed  jobs  known from the start    tick by tick  above  of flexibility  missed  MW moved/h  MW away  CPU s")
    for n in range(told.days):
        one = run_day(told.sites, told.seed + n, minutes=told.minutes, split=n < told.split)
        days.append(one)
        print(
            f"{one['seed']:4d} {one['jobs']:5d} {one['known_cny']:17,.0f} CNY {one['cost_cny']:11,.0f} CNY "
            f"{one['above']:6.2%} {one['won']:14.1%}  {one['missed']:6d} {one['moved_mw_per_hour']:11.1f} "
            f"{one['away_mw']:8.1f} {one['cpu_s']:6.1f}",
            flush=True,
        )
        if one["split"]:
            print(
                "      of which", ", ".join(f"{name} {share:.2%}" for name, share in one["split"].items()), flush=True
            )
    print(json.dumps(_summary(days)))


def _summary(days: list[dict[str, Any]]) -> dict[str, Any]:
    """Means over days, and the 95 % interval of what matters."""
    above = np.array([one["above"] for one in days])
    half = t.ppf(0.975, above.size - 1) * above.std(ddof=1) / above.size**0.5 if above.size > 1 else float("nan")
    splits = [one["split"] for one in days if one["split"]]
    cost, known = (sum(one[name] for one in days) for name in ("cost_cny", "known_cny"))
    return {
        "days": len(days),
        "above_mean": float(above.mean()),
        "above_low": float(above.mean() - half),
        "above_high": float(above.mean() + half),
        "above_worst": float(above.max()),
        "share_within_3_pct": float(np.mean(above <= GAP_MAX)),
        "split": {name: float(np.mean([one[name] for one in splits])) for name in splits[0]} if splits else None,
        "above_of_all": cost / known - 1.0,
        "flexibility_won": float(np.mean([one["won"] for one in days])),
        "missed": sum(one["missed"] for one in days),
        "jobs": sum(one["jobs"] for one in days),
        "moved_mw_per_hour": float(np.mean([one["moved_mw_per_hour"] for one in days])),
        "away_mw": float(np.mean([one["away_mw"] for one in days])),
        "gap_max": max(one["gap_max"] for one in days),
        "gap_mean": float(np.mean([one["gap_mean"] for one in days])),
        "plans_kept": sum(one["plans_kept"] for one in days),
        "cpu_s": float(np.mean([one["cpu_s"] for one in days])),
        "within_3_pct": bool(above.max() <= GAP_MAX),
    }


if __name__ == "__main__":
    main()
