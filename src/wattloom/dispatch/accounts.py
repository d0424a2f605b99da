"""What does a schedule of single jobs come to: power of each site, deadlines, migration, waiting?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from wattloom.domain.jobs import ROUNDING_S, SECONDS_PER_HOUR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.domain.jobs import Jobs, Segments

WORK_ROUNDING = 1e-9
"""Share of a job's work that may be missing by rounding."""


def it_mw_of(segments: Segments, jobs: Jobs, edge_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean IT power of the jobs, dead time included, shape (site, period)."""
    drawn_mw = segments.level * jobs.power_mw[segments.job]
    out = np.zeros((len(jobs.sites), edge_s.size - 1))
    spread(segments.site, segments.start_s, segments.end_s, drawn_mw, edge_s, out)
    return out / np.diff(edge_s)


def deadline_misses(segments: Segments, jobs: Jobs, *, until_s: float = np.inf) -> int:
    """Jobs due by an instant whose work is not done by their deadline, and those that run past it."""
    worked = np.bincount(segments.job, weights=segments.work_s(jobs), minlength=len(jobs))
    ends = np.full(len(jobs), -np.inf)
    np.maximum.at(ends, segments.job, segments.end_s)
    short = worked < jobs.run_s * (1.0 - WORK_ROUNDING) - ROUNDING_S
    late = ends > jobs.due_s + ROUNDING_S
    return int(np.sum((short | late) & (jobs.due_s <= until_s + ROUNDING_S)))


def moved_mwh(segments: Segments, jobs: Jobs) -> NDArray[np.float64]:
    """IT energy by home and site."""
    count = len(jobs.sites)
    where = jobs.home[segments.job] * count + segments.site
    energy = np.bincount(where, weights=segments.energy_mwh(jobs), minlength=count * count)
    return np.asarray(energy, dtype=np.float64).reshape(count, count)


def deferral_cny(segments: Segments, jobs: Jobs, edge_s: NDArray[np.float64]) -> float:
    """For each period's end, the GPU-hours that could have been done and are not, at their class's price.

    A job could have done all that it does when it starts on arrival and runs at full power.
    """
    price = jobs.of_class("deferral_cost_cny_per_gpu_hour") * jobs.gpus / SECONDS_PER_HOUR
    if not price.any():
        return 0.0
    hours = np.diff(edge_s) / SECONDS_PER_HOUR
    could = np.zeros((1, edge_s.size - 1))
    site = np.zeros(len(jobs), dtype=np.int64)
    spread(site, jobs.arrive_s, jobs.arrive_s + jobs.run_s, price, edge_s, could)
    did = np.zeros_like(could)
    begins = segments.start_s + segments.dead_s
    lasts = segments.end_s - begins
    rate = price[segments.job] * np.divide(segments.work_s(jobs), lasts, out=np.zeros_like(lasts), where=lasts > 0)
    spread(np.zeros_like(segments.job), begins, segments.end_s, rate, edge_s, did)
    return float(np.cumsum(could - did, axis=1)[0] @ hours)


@njit(cache=True)
def spread(
    site: NDArray[np.int64],
    start_s: NDArray[np.float64],
    end_s: NDArray[np.float64],
    rate: NDArray[np.float64],
    edge_s: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Add rate times seconds of each stretch to the periods in which it lies."""
    for n in range(site.size):
        k = max(np.searchsorted(edge_s, start_s[n], side="right") - 1, 0)
        while k < out.shape[1] and edge_s[k] < end_s[n]:
            out[site[n], k] += rate[n] * max(min(end_s[n], edge_s[k + 1]) - max(start_s[n], edge_s[k]), 0.0)
            k += 1
