"""What did it all come to, and was nothing won or lost on the way?

Energy is counted twice: by each site's meter as power changes, and from the stretches that were logged. Work is what
was asked for, less what is left, and again the sum over the stretches. Where two counts disagree, no result is given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from wattloom.domain.errors import WattloomError
from wattloom.domain.jobs import ROUNDING_S, SECONDS_PER_HOUR, Jobs, Segments
from wattloom.domain.stepwise import Stepwise
from wattloom.twin.result import ClassResult, ReplayResult
from wattloom.twin.sites import ReplayQuestion
from wattloom.twin.tables import Plant, Refusal

if TYPE_CHECKING:
    from numpy.typing import NDArray

CONSERVED = 1e-9
"""How far, of the whole, two counts of the same may differ."""
CLOCK_ULPS = 16
"""How far a job's work may miss by the clock's own resolution, for each of its stretches."""
KG_PER_T = 1000.0
P95 = 95.0


class NotConserved(WattloomError):
    """Two counts of the same energy or work disagree: the replay is wrong and gives no result."""


def settled(question: ReplayQuestion, plant: Plant, *, policy: str) -> ReplayResult:
    """The result of a replay whose books are closed; raises `NotConserved` where they do not balance."""
    jobs, axis = question.jobs, question.axis
    log = plant.log[: int(plant.tally[0]["stretches"])]
    segments = Segments(**{name: log[name] for name in log.dtype.names or ()})
    jobs_mw = np.zeros((len(question.sites), axis.count))
    step_s = axis.step_hours * SECONDS_PER_HOUR
    _mean_power(log, jobs.power_mw, jobs_mw, step_s)
    _conserved(question, plant, segments, jobs_mw)
    it_mw = jobs_mw + question.per_period("firm_it_mw")
    draw_mw = it_mw + question.per_period("overhead_fixed_mw") + question.per_period("overhead_slope") * it_mw
    price, carbon = question.per_period("price_cny_per_mwh"), question.per_period("carbon_kg_per_mwh")
    grows = 1.0 + question.per_period("overhead_slope")
    missed = _missed(question, plant)
    tally = plant.tally[0]
    excess = np.maximum(it_mw - question.per_period("it_mw_max"), 0.0)
    return ReplayResult(
        policy=policy,
        axis=axis,
        site_names=jobs.sites,
        it_mw=it_mw,
        draw_mw=draw_mw,
        energy_mwh=float(draw_mw.sum() * axis.step_hours),
        cost_cny=float((draw_mw * price).sum() * axis.step_hours),
        carbon_t=float((draw_mw * carbon).sum() * axis.step_hours / KG_PER_T),
        deadline_misses=int(missed.sum()),
        jobs=len(jobs),
        done=int(plant.live["done"].sum()),
        still_open=int((~plant.live["done"] & ~missed).sum()),
        migrations=int(tally["migrations"]),
        moves_failed=int(tally["moves_failed"]),
        restarts_failed=int(tally["restarts_failed"]),
        pauses=int(tally["pauses"]),
        refused={reason.name.lower(): int(plant.refused[reason]) for reason in Refusal if plant.refused[reason]},
        cap_excess_mwh=float(excess.sum() * axis.step_hours),
        events=int(tally["events"]),
        started_s=plant.live["started_s"].copy(),
        finish_s=plant.live["finish_s"].copy(),
        left_s=plant.live["left_s"].copy(),
        job_cost_cny=_by_job(jobs, segments, price * grows, step_s),
        job_carbon_kg=_by_job(jobs, segments, carbon * grows, step_s),
        classes=_classes(question, plant, segments, missed),
        segments=segments,
        notes={},
    )


def _missed(question: ReplayQuestion, plant: Plant) -> NDArray[np.bool_]:
    """Which jobs, due before the end, were not done in time."""
    jobs = question.jobs
    in_time = plant.live["done"] & (plant.live["finish_s"] <= jobs.due_s + ROUNDING_S)
    return np.asarray(~in_time & (plant.live["done"] | (jobs.due_s <= question.end_s)))


def _conserved(question: ReplayQuestion, plant: Plant, segments: Segments, jobs_mw: NDArray[np.float64]) -> None:
    """Raise where energy or work was won or lost."""
    jobs = question.jobs
    metered = plant.sites["metered_mws"] / SECONDS_PER_HOUR
    stretches = _sums(segments.site, segments.energy_mwh(jobs), len(question.sites))
    _agree("energy of a site: meter and stretches", metered, stretches)
    _agree("energy of a site: stretches and periods", stretches, jobs_mw.sum(axis=1) * question.axis.step_hours)
    done_s = _sums(segments.job, segments.work_s(jobs), len(jobs))
    asked_s = jobs.run_s - plant.live["left_s"]
    _agree("work of all jobs", done_s.sum(), asked_s.sum())
    ticks = CLOCK_ULPS * np.spacing(question.end_s) * (1 + np.bincount(segments.job, minlength=len(jobs)))
    wrong = np.abs(done_s - asked_s) > CONSERVED * jobs.run_s + ticks
    if wrong.any():
        j = int(np.argmax(wrong))
        raise NotConserved(
            f"work of job {jobs.id[j]}: {asked_s[j]!r} s by its account, {done_s[j]!r} s in its stretches"
        )


def _agree(what: str, one: NDArray[np.float64] | float, other: NDArray[np.float64] | float) -> None:
    """Raise where two counts differ by more than `CONSERVED` of the larger whole."""
    ours, theirs = np.atleast_1d(one), np.atleast_1d(other)
    whole = max(float(np.abs(ours).sum()), float(np.abs(theirs).sum()))
    worst = float(np.abs(ours - theirs).max(initial=0.0))
    if not worst <= CONSERVED * whole:
        raise NotConserved(f"{what}: {ours.sum()!r} against {theirs.sum()!r}, {worst:g} apart at worst")


def _by_job(jobs: Jobs, segments: Segments, rate: NDArray[np.float64], step_s: float) -> NDArray[np.float64]:
    """A rate for each MWh, shape (site, period), times the power of each job over its stretches, shape (job,)."""
    total = np.zeros(len(jobs))
    for site, values in enumerate(rate):
        here = segments.site == site
        mw = segments.level[here] * jobs.power_mw[segments.job[here]]
        each = mw * Stepwise(values=values, step_s=step_s).between(segments.start_s[here], segments.end_s[here])
        total += _sums(segments.job[here], each / SECONDS_PER_HOUR, len(jobs))
    return total


def _classes(
    question: ReplayQuestion, plant: Plant, segments: Segments, missed: NDArray[np.bool_]
) -> tuple[ClassResult, ...]:
    """How each class fared."""
    jobs, live = question.jobs, plant.live
    energy = _sums(segments.job, segments.energy_mwh(jobs), len(jobs))
    held_hours = _sums(segments.job, segments.end_s - segments.start_s, len(jobs)) / SECONDS_PER_HOUR
    kept_s = _work_in_time_s(jobs, segments)
    waited = (live["started_s"] - jobs.arrive_s) / SECONDS_PER_HOUR
    results = []
    for index, one in enumerate(jobs.classes):
        mine = jobs.class_index == index
        due = mine & (jobs.due_s <= question.end_s)
        began = waited[mine & np.isfinite(waited)]
        results.append(
            ClassResult(
                name=one.name,
                jobs=int(mine.sum()),
                done=int(live["done"][mine].sum()),
                deadline_misses=int(missed[mine].sum()),
                waited_hours_mean=float(began.mean()) if began.size else np.nan,
                waited_hours_p95=float(np.percentile(began, P95)) if began.size else np.nan,
                gpu_hours=float((held_hours * jobs.gpus)[mine].sum()),
                energy_mwh=float(energy[mine].sum()),
                work_kept=float(kept_s[due].sum() / jobs.run_s[due].sum()) if due.any() else np.nan,
            )
        )
    return tuple(results)


def _work_in_time_s(jobs: Jobs, segments: Segments) -> NDArray[np.float64]:
    """Work that each job had done by its deadline, in seconds at full power."""
    whole_s = segments.work_s(jobs)
    begin_s = segments.start_s + segments.dead_s
    length_s = np.maximum(segments.end_s - begin_s, ROUNDING_S)
    share = np.clip((jobs.due_s[segments.job] + ROUNDING_S - begin_s) / length_s, 0.0, 1.0)
    return _sums(segments.job, whole_s * share, len(jobs))


def _sums(of: NDArray[np.int64], values: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Sums of values for each of so many rows."""
    return np.bincount(of, values, minlength=count).astype(np.float64)


@njit(cache=True)
def _mean_power(
    log: NDArray[np.void], power_mw: NDArray[np.float64], mean_mw: NDArray[np.float64], step_s: float
) -> None:
    """Add each stretch's energy to the periods it lies in, as mean power; `mean_mw` has shape (site, period)."""
    for k in range(log.shape[0]):
        row = log[k]
        mw = row.level * power_mw[row.job]
        period = int(row.start_s // step_s)
        start_s = row.start_s
        while start_s < row.end_s and period < mean_mw.shape[1]:
            until_s = min(row.end_s, (period + 1) * step_s)
            mean_mw[row.site, period] += mw * (until_s - start_s) / step_s
            start_s = until_s
            period += 1
