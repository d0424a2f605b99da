"""Which small days do the tests of day-ahead, split and intraday share?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from wattloom.dispatch.question import DispatchQuestion, DispatchSite
from wattloom.domain.jobs import JobClass, Jobs
from wattloom.domain.time import TimeAxis
from wattloom.domain.weather import Place
from wattloom.domain.workloads import WorkloadKind

START = datetime(2026, 1, 5, tzinfo=UTC)
PLACE = Place(latitude_deg=30.0, longitude_deg=110.0, altitude_m=0.0, time_zone="UTC")
FLUID = JobClass(name="fluid", kind=WorkloadKind.BATCH, least_power=0.0)
WHOLE = JobClass(name="whole", kind=WorkloadKind.BATCH)
RIGID = JobClass(name="rigid", kind=WorkloadKind.BATCH, interruptible=False)
SLOW = JobClass(
    name="slow",
    kind=WorkloadKind.TRAINING,
    least_power=0.5,
    power_work=((0.5, 0.65), (0.75, 0.85), (1.0, 1.0)),
    pause_s=60.0,
    restart_s=120.0,
    recap_s=10.0,
)
HOME = JobClass(name="home", kind=WorkloadKind.BATCH, latency_ms_max=0.0)
HOUR_S = 3600.0


def table(rows: Sequence[dict[str, Any]], *, sites: tuple[str, ...] = ("a", "b")) -> Jobs:
    """Jobs of 1 MW and an hour, unless a row says otherwise; hours count from the start."""
    rows = sorted(rows, key=lambda row: row.get("arrive_h", 0.0))
    classes = tuple({id(row.get("of", FLUID)): row.get("of", FLUID) for row in rows}.values())

    def column(key: str, usual: float) -> list[float]:
        return [row.get(key, usual) for row in rows]

    arrive_s, run_s = np.array(column("arrive_h", 0.0)) * HOUR_S, np.array(column("run_h", 1.0)) * HOUR_S
    return Jobs(
        start=START,
        classes=classes,
        sites=sites,
        id=np.array([str(number) for number in range(len(rows))]),
        class_index=np.array([classes.index(row.get("of", FLUID)) for row in rows]),
        home=np.array(column("home", 0), dtype=np.int64),
        arrive_s=arrive_s,
        due_s=np.maximum(np.array(column("due_h", 1.0)) * HOUR_S, arrive_s + run_s),
        run_s=run_s,
        power_mw=np.array(column("mw", 1.0)),
        gpus=np.array(column("gpus", 0.0)),
        nodes=np.array(column("nodes", 0), dtype=np.int64),
        move_gb=np.array(column("move_gb", 0.0)),
    )


def site(name: str, price: Sequence[float], **said: Any) -> DispatchSite:
    """A site without overhead, carbon and limits, unless said otherwise; numbers stand for every period."""
    full = (len(price),)
    usual = {
        "carbon_kg_per_mwh": 0.0,
        "it_mw_max": 100.0,
        "firm_it_mw": 0.0,
        "overhead_fixed_mw": 0.0,
        "overhead_slope": 0.0,
        "import_mw_max": np.inf,
    }
    arrays = {
        key: np.array(np.broadcast_to(np.asarray(said.pop(key, value), dtype=np.float64), full))
        for key, value in usual.items()
    }
    return DispatchSite(
        name=name, place=PLACE, import_price_cny_per_mwh=np.array(price, dtype=np.float64), **arrays, **said
    )


def question(jobs: Jobs, sites: Sequence[DispatchSite], *, step_minutes: int = 60, **said: Any) -> DispatchQuestion:
    """Sites 10 ms apart, between which a MWh moves for 8 CNY."""
    count = len(sites)
    usual = {"latency_ms": 10.0 * (1 - np.eye(count)), "migration_cost_cny_per_mwh": 8.0 * (1 - np.eye(count))}
    periods = sites[0].import_price_cny_per_mwh.size
    return DispatchQuestion(
        axis=TimeAxis(START, step_minutes, periods), sites=tuple(sites), jobs=jobs, **{**usual, **said}
    )
