"""What is told of a day's dispatch and of a replay, and how sure is the saving?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattloom.dispatch.project import DispatchProject
from wattloom.dispatch.question import DayPlan, DispatchQuestion
from wattloom.domain.jobs import SECONDS_PER_HOUR, Segments
from wattloom.domain.stepwise import Stepwise
from wattloom.domain.text import Text

if TYPE_CHECKING:
    from numpy.typing import NDArray

DRAWS = 2000
CONFIDENCE = 0.9
KG_PER_T = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """A difference in cost between two ways of doing the same work, with its interval."""

    saved_cny: float
    """Cost of the first less cost of the second; negative where the second costs more."""
    low_cny: float
    high_cny: float
    """Ends of the interval."""
    share: float
    """Of the first one's cost."""
    confidence: float
    blocks: int
    """How many jobs or days the interval rests on."""
    of: Text
    """What was drawn anew for the interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchDay:
    """The answer to a dispatch project for one window."""

    project: DispatchProject
    question: DispatchQuestion
    arrivals_end: int
    """Period at which the window ends; what follows is the tail in which the last jobs are done."""
    plan: DayPlan
    at_once: DayPlan
    """The same jobs, each at home as soon as it comes and machines are free: what the plan is compared with."""
    saving: Saving
    notes: tuple[Text, ...]
    provenance: Mapping[str, str]


def saving_of_blocks(
    before_cny: NDArray[np.float64], after_cny: NDArray[np.float64], *, of: Text, seed: int = 0
) -> Saving:
    """The saving summed over blocks (jobs, days), and how it would vary with other blocks of the same sort.

    `before_cny` and `after_cny` hold the cost of each block under the two ways, paired. Blocks are drawn with
    replacement; the interval holds 90 % of the sums.
    """
    difference = before_cny - after_cny
    chance = np.random.default_rng(seed)
    counts = chance.multinomial(difference.size, np.full(difference.size, 1.0 / difference.size), size=DRAWS)
    low, high = np.quantile(counts @ difference, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    total = float(before_cny.sum())
    return Saving(
        saved_cny=float(difference.sum()),
        low_cny=float(low),
        high_cny=float(high),
        share=float(difference.sum()) / total if total else 0.0,
        confidence=CONFIDENCE,
        blocks=int(difference.size),
        of=of,
    )


def cost_by_job_cny(question: DispatchQuestion, segments: Segments) -> NDArray[np.float64]:
    """What each job's energy, carbon and migration cost, at the prices of drawing and with its part of the overhead.

    Stores and own generation are left out: they serve all jobs together.
    """
    jobs = question.jobs
    drawn_mw = segments.level * jobs.power_mw[segments.job]
    cost = np.zeros(len(segments))
    for place, site in enumerate(question.sites):
        per_it_mwh = (1.0 + site.overhead_slope) * (
            site.import_price_cny_per_mwh + site.carbon_kg_per_mwh * question.carbon_price_cny_per_t / KG_PER_T
        )
        paid = Stepwise(values=per_it_mwh, step_s=question.axis.step_hours * SECONDS_PER_HOUR)
        here = segments.site == place
        cost[here] = drawn_mw[here] * paid.between(segments.start_s[here], segments.end_s[here]) / SECONDS_PER_HOUR
    away = question.migration_cost_cny_per_mwh[jobs.home[segments.job], segments.site]
    cost += away * segments.energy_mwh(jobs)
    return np.asarray(np.bincount(segments.job, weights=cost, minlength=len(jobs)), dtype=np.float64)
