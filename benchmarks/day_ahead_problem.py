"""The problem of the day-ahead benchmark: a week of drawn jobs, five sites, prices with a midday valley.

Fifteen-minute periods. Arrivals crowd around 14:00; lengths and powers are lognormal; a job may wait 2, 6, 12 or 24
hours; every site may draw twice the mean load of a fifth of all jobs. All numbers are drawn: they say how hard the
problem is, not what anybody saves. A job is work that can be paused, slowed down and moved at no loss of time, and
costs 8 CNY for each MWh away from home.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from wattloom.dispatch.question import DispatchQuestion, DispatchSite
from wattloom.domain.jobs import JobClass, Jobs
from wattloom.domain.time import TimeAxis
from wattloom.domain.weather import Place
from wattloom.domain.workloads import WorkloadKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

SITES = ("A", "B", "C", "D", "E")
PERIODS = 7 * 96
STEP_S = 900.0
MOVING_CNY_PER_MWH = 8.0
CAPACITY_OVER_MEAN = 2.0
PRICE_SEED = 1
VALLEY_AND_LEVEL = ((1.5, -60.0), (1.3, -40.0), (0.6, 20.0), (0.4, 60.0), (0.8, 0.0))
"""Of each site: depth of the midday valley over 180 CNY/MWh, and its price level above or below the others."""


def question(count: int, seed: int) -> DispatchQuestion:
    """The problem with about as many jobs as asked for: those that cannot end within the week are left out."""
    axis = TimeAxis(datetime(2026, 1, 5, tzinfo=UTC), 15, PERIODS)
    jobs = _jobs(count, seed, axis.start)
    mw_max = CAPACITY_OVER_MEAN * float(jobs.energy_mwh.sum()) / axis.hours / len(SITES)
    place = Place(latitude_deg=0.0, longitude_deg=0.0, altitude_m=0.0, time_zone="UTC")
    none = np.zeros(axis.count)
    sites = tuple(
        DispatchSite(
            name=name,
            place=place,
            import_price_cny_per_mwh=price,
            carbon_kg_per_mwh=none,
            it_mw_max=none + mw_max,
            firm_it_mw=none,
            overhead_fixed_mw=none,
            overhead_slope=none,
            import_mw_max=none + np.inf,
        )
        for name, price in zip(SITES, prices(), strict=True)
    )
    away = 1.0 - np.eye(len(SITES))
    return DispatchQuestion(
        axis=axis,
        sites=sites,
        jobs=jobs,
        latency_ms=np.zeros_like(away),
        migration_cost_cny_per_mwh=MOVING_CNY_PER_MWH * away,
    )


def prices() -> NDArray[np.float64]:
    """CNY/MWh, shape (site, period)."""
    chance = np.random.default_rng(PRICE_SEED)
    hour = np.arange(PERIODS) % 96 / 4
    sun = np.maximum(np.sin((hour - 6) / 12 * np.pi), 0.0)
    evening = 90.0 * np.exp(-(((hour - 19.5) / 2) ** 2))
    mean = np.array([380.0 - 180.0 * valley * sun + evening + level for valley, level in VALLEY_AND_LEVEL])
    return np.maximum(mean + chance.normal(0.0, 12.0, mean.shape), 20.0)


def _jobs(count: int, seed: int, start: datetime) -> Jobs:
    """The jobs; the order of the draws is part of the problem."""
    chance = np.random.default_rng(seed)
    day = chance.integers(0, 7, count)
    hour = np.clip(chance.normal(14, 5, count), 0, 23.99)
    arrives = np.floor(day * 96 + hour * 4)
    lasts = np.clip(np.ceil(chance.lognormal(np.log(6), 1.0, count)), 1, 96)
    power_mw = np.round(np.clip(chance.lognormal(np.log(0.02), 1.0, count), 0.002, 1.0), 4)
    waits = chance.choice([8, 24, 48, 96], count, p=[0.3, 0.3, 0.25, 0.15])
    home = chance.integers(0, len(SITES), count)
    chosen = np.flatnonzero(arrives + lasts <= PERIODS)
    chosen = chosen[np.argsort(arrives[chosen], kind="stable")]
    arrives, lasts, waits, power_mw, home = (column[chosen] for column in (arrives, lasts, waits, power_mw, home))
    fluid = JobClass(name="fluid", kind=WorkloadKind.BATCH, least_power=0.0)
    none = np.zeros(chosen.size)
    return Jobs(
        start=start,
        classes=(fluid,),
        sites=SITES,
        id=chosen.astype(str),
        class_index=none.astype(np.int64),
        home=home,
        arrive_s=arrives * STEP_S,
        due_s=np.minimum(arrives + lasts + waits, PERIODS) * STEP_S,
        run_s=lasts * STEP_S,
        power_mw=power_mw,
        gpus=none,
        nodes=none.astype(np.int64),
        move_gb=none,
    )
