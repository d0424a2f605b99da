"""What jobs might arrive, where nobody has a trace? Drawn by chance from what each class says of its jobs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.jobs import SECONDS_PER_HOUR, JobClass, Jobs
from wattloom.domain.time import TimeAxis

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

HOURS_PER_DAY = 24
RUN_HOURS_LEAST = 1 / 60
"""A minute: what is shorter holds no energy that is worth shifting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """What the jobs of one class are like."""

    share: float
    """Part of the jobs that are of this class."""
    run_hours_median: float
    run_hours_spread: float
    """Standard deviation of the logarithm of the length."""
    run_hours_max: float
    gpus: tuple[float, ...]
    """Each as likely."""
    window_hours: float
    """How long a job may wait in all."""
    move_gb: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Machines:
    """What a job's GPUs draw and how they are grouped."""

    kw_per_gpu: float
    gpus_per_node: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """How many jobs arrive, where and when."""

    per_day: int
    seed: int
    zone: ZoneInfo
    site_weights: tuple[float, ...]
    """How likely each site is a job's home."""
    by_hour: tuple[float, ...] | None = None
    """Relative number in each hour of the local day; None: even."""


def drawn_jobs(
    axis: TimeAxis,
    *,
    sites: tuple[str, ...],
    classes: Sequence[tuple[JobClass, Drawing]],
    arrivals: Arrivals,
    machines: Machines,
) -> Jobs:
    """Jobs that arrive in the periods of an axis; the same seed draws the same jobs."""
    chance = np.random.default_rng(arrivals.seed)
    count = round(arrivals.per_day * axis.hours / HOURS_PER_DAY)
    arrive_s = np.sort(_instants(axis, count, arrivals, chance))
    which = chance.choice(len(classes), size=count, p=_shares([drawing.share for _, drawing in classes]))
    home = chance.choice(len(sites), size=count, p=_shares(arrivals.site_weights))
    run_s, gpus, window_s, move_gb = (np.empty(count) for _ in range(4))
    for index, (_, drawing) in enumerate(classes):
        mine = which == index
        hours = drawing.run_hours_median * np.exp(drawing.run_hours_spread * chance.standard_normal(int(mine.sum())))
        run_s[mine] = np.clip(hours, RUN_HOURS_LEAST, drawing.run_hours_max) * SECONDS_PER_HOUR
        gpus[mine] = chance.choice(drawing.gpus, size=int(mine.sum()))
        window_s[mine], move_gb[mine] = drawing.window_hours * SECONDS_PER_HOUR, drawing.move_gb
    run_s = np.round(run_s)
    whole = gpus % machines.gpus_per_node == 0
    return Jobs(
        start=axis.start,
        classes=tuple(one for one, _ in classes),
        sites=sites,
        id=np.array([f"drawn-{number}" for number in range(1, count + 1)]),
        class_index=which.astype(np.int64),
        home=home.astype(np.int64),
        arrive_s=arrive_s,
        due_s=arrive_s + run_s + window_s,
        run_s=run_s,
        power_mw=gpus * machines.kw_per_gpu / 1000.0,
        gpus=gpus,
        nodes=np.where(whole, gpus // machines.gpus_per_node, 0).astype(np.int64),
        move_gb=move_gb,
    )


def _instants(axis: TimeAxis, count: int, arrivals: Arrivals, chance: np.random.Generator) -> NDArray[np.float64]:
    """Whole seconds from the start, as likely as the hour of the day says."""
    step_s = axis.step_hours * SECONDS_PER_HOUR
    weights = np.ones(axis.count)
    if arrivals.by_hour is not None:
        weights = np.asarray(arrivals.by_hour)[np.asarray(axis.local(arrivals.zone).hour)]
    periods = chance.choice(axis.count, size=count, p=_shares(weights))
    return np.asarray(np.floor((periods + chance.random(count)) * step_s), dtype=np.float64)


def _shares(weights: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights that add up to 1."""
    array = np.asarray(weights, dtype=np.float64)
    return np.asarray(array / array.sum(), dtype=np.float64)
