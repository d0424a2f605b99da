"""Which jobs, plans and baselines do the tests of grid events share?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from wattloom.dispatch.grid_events import FrozenBaseline, GridEvent
from wattloom.domain.jobs import JobClass, Jobs, Segments
from wattloom.domain.time import TimeAxis
from wattloom.domain.workloads import WorkloadKind

START = datetime(2026, 7, 1, tzinfo=UTC)
HOUR_S = 3600.0


def at(hour: float) -> datetime:
    """An instant, hours after the start."""
    return START + timedelta(hours=hour)


def batch(name: str = "batch", **said: Any) -> JobClass:
    """A class of batch work that costs a yuan for each GPU-hour put off by an hour."""
    plain = {"kind": WorkloadKind.BATCH, "deferral_cost_cny_per_gpu_hour": 1.0}
    return JobClass(**({"name": name} | plain | said))


def table(classes: tuple[JobClass, ...], rows: list[tuple[int, float, float, float]], **columns: Any) -> Jobs:
    """Jobs of (class, hours of work, MW, GPUs), there from the start, due five days on, homes at the first site."""
    count = len(rows)
    plain = {
        "home": np.zeros(count, dtype=np.int64),
        "arrive_s": np.zeros(count),
        "due_s": np.full(count, 120 * HOUR_S),
        "nodes": np.zeros(count, dtype=np.int64),
        "move_gb": np.zeros(count),
        "sites": ("a", "b"),
    }
    return Jobs(
        start=START,
        classes=classes,
        id=np.array([f"job {place}" for place in range(count)], dtype=str),
        class_index=np.array([row[0] for row in rows], dtype=np.int64),
        run_s=np.array([row[1] * HOUR_S for row in rows]),
        power_mw=np.array([row[2] for row in rows]),
        gpus=np.array([row[3] for row in rows]),
        **(plain | columns),
    )


def uncapped(jobs: Jobs, start_s: np.ndarray[Any, Any] | None = None) -> Segments:
    """Each job at full power from its arrival, or from given instants, to its end."""
    start = jobs.arrive_s if start_s is None else start_s
    count = len(jobs)
    return Segments(
        job=np.arange(count),
        site=jobs.home,
        start_s=start,
        end_s=start + jobs.run_s,
        level=np.ones(count),
        dead_s=np.zeros(count),
    )


def baseline(jobs: Jobs, planned: Segments, *, hours: int = 24, known_at: datetime = START) -> FrozenBaseline:
    """What a plan draws at the first site, minute by minute."""
    edges = 60.0 * np.arange(60 * hours + 1)
    drawn = np.zeros(edges.size)
    for job, start, end, level in zip(planned.job, planned.start_s, planned.end_s, planned.level, strict=True):
        drawn += jobs.power_mw[job] * level * np.clip(np.minimum(edges, end) - start, 0.0, None)
    return FrozenBaseline(
        axis=TimeAxis(START, 1, 60 * hours), power_mw=np.diff(drawn) / 60.0, known_at=known_at, source="plan of the day"
    )


def event(frozen: FrozenBaseline, **said: Any) -> GridEvent:
    """A notice at 2:00, ten minutes of ramp from then, held from 2:10 to 5:10; a quarter less, without a margin."""
    plain = {
        "site": "a",
        "notice": at(2),
        "start": at(2),
        "end": at(5) + timedelta(minutes=10),
        "ramp_minutes": 10.0,
        "margin_share": 0.0,
        "baseline": frozen,
    }
    asked = {} if "mw_max" in said else {"reduction_share": 0.25}
    return GridEvent(**(plain | asked | said))
