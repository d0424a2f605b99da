"""What can each run of a job give at each instant at which an event might begin, and what does that cost?

Each run that is there from the ramp to the end does one thing throughout: the lowest level that floor and deadline let
pass, or a pause where no floor forbids it. Its MW are priced in equal steps, made convex, so that the cheapest steps of
all runs together are the cheapest way to give a number of MW.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from wattloom.dispatch.grid_events.course import SERVING, Stretches, speeds
from wattloom.dispatch.grid_events.ways import floor_kept
from wattloom.domain.jobs import ROUNDING_S, SECONDS_PER_HOUR, Jobs

if TYPE_CHECKING:
    from numpy.typing import NDArray

Limit = Literal["presence", "rigid", "floor", "deadline", "notice", "waiting_work", "room"]
"""Why no more is offered: runs that begin or end in between; classes that can do nothing; service floors; deadlines; no
time to save; too little work that waits; no room on the machines."""

DEPTHS = 4
"""Steps between a run's planned level and its lowest in which its MW are priced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One event as it might be asked for, in seconds."""

    notice_s: float
    ramp_s: float
    hold_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """What runs can give; IT power, one row a run."""

    runs: Stretches
    mw: NDArray[np.float64]
    """At its lowest level."""
    lost_s: NDArray[np.float64]
    """Work not done in time, seconds at full power, in each of equal steps of its MW, shape (run, step)."""
    begin_s: NDArray[np.float64]
    """From when on an event may begin that it can hold."""
    end_s: NDArray[np.float64]
    """Until when."""
    kept: NDArray[np.float64]
    """Share of its work that it keeps from ramp to release, at its lowest level."""
    missing_mw: Mapping[Limit, float]
    """Mean power over the period that is not given, by reason."""


def lowered(jobs: Jobs, runs: Stretches, ask: Ask, period_s: tuple[float, float]) -> Supply:
    """What can be given by running lower over the whole of an event, or not at all."""
    low_s = ask.hold_s + ask.ramp_s
    job, base = runs.job, runs.level
    pause_s, restart_s, least = (jobs.of_class(name)[job] for name in ("pause_s", "restart_s", "least_power"))
    may_stop = jobs.of_class("interruptible")[job] & (jobs.of_class("service_floor")[job] <= 0)
    may_stop &= ~np.isin(jobs.of_class("kind")[job], SERVING)
    stops_by_deadline = may_stop & (low_s + pause_s + restart_s <= runs.slack_s)
    stops = stops_by_deadline & (pause_s <= ask.notice_s)
    by_floor = np.where(may_stop, 0.0, np.minimum(_lowest(jobs, runs, low_s, slack=False), base))
    by_both = np.where(stops_by_deadline, 0.0, np.minimum(_lowest(jobs, runs, low_s, slack=True), base))
    level = np.where(stops, 0.0, np.minimum(_lowest(jobs, runs, low_s, slack=True), base))
    ideal = np.where(may_stop, 0.0, np.minimum(least, base))
    power = jobs.power_mw[job]
    begin, end = runs.from_s + ask.ramp_s, runs.to_s - ask.hold_s
    there, whole = _seconds(begin, end, period_s), _seconds(runs.from_s, runs.to_s, period_s)
    length = period_s[1] - period_s[0]

    def mean(share: NDArray[np.float64], seconds: NDArray[np.float64]) -> float:
        return float(power @ (np.maximum(share, 0.0) * seconds) / length)

    lost = _lost(jobs, runs, level, low_s)
    lost[stops] = ((low_s + pause_s + restart_s) * runs.speed)[stops, None] / DEPTHS
    return Supply(
        runs=runs,
        mw=power * (base - level),
        lost_s=lost,
        begin_s=begin,
        end_s=end,
        kept=np.maximum(1.0 - lost.sum(axis=1) / (runs.speed * (low_s + ask.ramp_s)), 0.0),
        missing_mw={
            "presence": mean(base, whole - there),
            "rigid": mean(ideal, there),
            "floor": mean(by_floor - ideal, there),
            "deadline": mean(by_both - by_floor, there),
            "notice": mean(level - by_both, there),
        },
    )


def raised(jobs: Jobs, runs: Stretches, ask: Ask, period_s: tuple[float, float]) -> Supply:
    """What can be taken by starting runs that wait: they must last the event, and not be planned within it."""
    waits = ~runs.begun & (runs.to_s - runs.from_s >= ask.hold_s)
    power = jobs.power_mw[runs.job] * runs.level
    begin = np.where(waits, jobs.arrive_s[runs.job], np.inf)
    end = np.where(waits, runs.from_s - ask.hold_s, -np.inf)
    length = period_s[1] - period_s[0]
    idle = _seconds(jobs.arrive_s[runs.job], np.where(runs.begun, -np.inf, runs.from_s), period_s)
    return Supply(
        runs=runs,
        mw=power,
        lost_s=np.zeros((len(runs), DEPTHS)),
        begin_s=begin,
        end_s=end,
        kept=np.ones(len(runs)),
        missing_mw={"waiting_work": float(power @ (idle - _seconds(begin, end, period_s)) / length)},
    )


def _seconds(
    begin: NDArray[np.float64], end: NDArray[np.float64], period_s: tuple[float, float]
) -> NDArray[np.float64]:
    """Seconds of the period between two instants."""
    inside = np.minimum(end, period_s[1]) - np.maximum(begin, period_s[0])
    return np.asarray(np.maximum(inside, 0.0), dtype=np.float64)


def _lowest(jobs: Jobs, runs: Stretches, low_s: float, *, slack: bool) -> NDArray[np.float64]:
    """The lowest level at which each run keeps its floor, and its deadline if `slack`; dead times count."""
    level = np.ones(len(runs))
    of_class = jobs.class_index[runs.job]
    for index in np.unique(of_class):
        one, at = jobs.classes[index], of_class == index
        full = runs.speed[at]
        may_lose = (1.0 - float(floor_kept(one.service_floor))) * low_s * full
        if slack and one.kind not in SERVING:
            may_lose = np.minimum(may_lose, runs.slack_s[at] * full)
        works_s = max(low_s - one.recap_s, ROUNDING_S)
        needs = full - (may_lose - 2.0 * one.recap_s * full) / works_s
        powers, shares = zip((0.0, 0.0), *one.power_work, strict=True)
        lowest = np.interp(np.clip(needs, 0.0, 1.0), shares, powers)
        level[at] = np.where(needs > 1.0, 1.0, np.maximum(lowest, one.least_power))
    return level


def _lost(jobs: Jobs, runs: Stretches, level: NDArray[np.float64], low_s: float) -> NDArray[np.float64]:
    """Work lost in each of equal steps down to a level, made convex: no step is cheaper than the one before."""
    depth = np.arange(1, DEPTHS + 1) / DEPTHS
    recap_s = jobs.of_class("recap_s")[runs.job]
    total = np.zeros((len(runs), DEPTHS))
    for step, share in enumerate(depth):
        speed = speeds(jobs, runs.job, runs.level * (1.0 - share) + level * share)
        total[:, step] = (low_s + recap_s) * runs.speed - np.maximum(low_s - recap_s, 0.0) * speed
    total[level >= runs.level] = 0.0
    return _convex(np.diff(total, axis=1, prepend=0.0))


def _convex(steps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Steps of the greatest convex curve below a curve: the largest, over where to begin, of the least mean step."""
    count = steps.shape[1]
    summed = np.concatenate([np.zeros((steps.shape[0], 1)), np.cumsum(steps, axis=1)], axis=1)
    result = np.empty_like(steps)
    for at in range(count):
        begun = [
            np.min([(summed[:, to] - summed[:, start]) / (to - start) for to in range(at + 1, count + 1)], axis=0)
            for start in range(at + 1)
        ]
        result[:, at] = np.max(begun, axis=0)
    return result


def cost_cny(jobs: Jobs, supply: Supply, ask: Ask) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Cost of each step of an event that begins at 0 s, and by how much it falls for each second later; (run, step).

    Deferred work waits until the planned end of its job, so an event nearer to that end costs less; work that serves is
    lost.
    """
    runs = supply.runs
    job = runs.job
    hours = supply.lost_s * jobs.gpus[job][:, None] / SECONDS_PER_HOUR
    serves = np.isin(jobs.of_class("kind")[job], SERVING)
    put_off = np.where(serves, 0.0, jobs.of_class("deferral_cost_cny_per_gpu_hour")[job])[:, None] * hours
    lost = np.where(serves, jobs.of_class("loss_cost_cny_per_gpu_hour")[job], 0.0)[:, None] * hours
    waits_h = (runs.to_s - 0.5 * ask.hold_s)[:, None] / SECONDS_PER_HOUR
    return lost + put_off * waits_h, put_off / SECONDS_PER_HOUR
