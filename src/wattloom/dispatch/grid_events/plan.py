"""What does an answer to a grid event come to, minute by minute and class by class?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattloom.dispatch.grid_events.course import Course, Kind, Stretches, Ways
from wattloom.dispatch.grid_events.event import GridEvent
from wattloom.domain.jobs import Command, Segments, Verb
from wattloom.domain.text import Text
from wattloom.domain.time import TimeAxis

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassKept:
    """Work that a class keeps, from the start of the ramp to the last release, as a share of the plan's."""

    name: str
    jobs: int
    touched: int
    """Jobs that are told anything."""
    floor: float
    kept_mean: float
    """Weighted by GPU-hours."""
    kept_least: float
    """Of the job that keeps least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPlan:
    """What to tell which job, and what the site then draws; arrays hold one value a minute."""

    event: GridEvent
    axis: TimeAxis
    """Minutes from the notice until the baseline no longer limits the power."""
    baseline_mw: NDArray[np.float64]
    untold_mw: NDArray[np.float64]
    """What the site would draw if nobody were told anything."""
    expected_mw: NDArray[np.float64]
    target_mw: NDArray[np.float64]
    """Most power; infinite outside the hold."""
    commands: tuple[Command, ...]
    """By their instant, then job."""
    segments: Segments
    """All runs of jobs at the site from the notice on, those left alone included, and those moved away."""
    classes: tuple[ClassKept, ...]
    cost_cny: float
    """Of deferred and lost work and of moves; what the release puts off for the baseline's sake is in it."""
    hold_cost_cny: float
    """Of the same choices if all went on in the stages after the end."""
    hold_bound_cny: float
    """What every choice among the ways considered costs at least, before the release is staged."""
    deferred_gpu_hours: float
    lost_gpu_hours: float
    delivered_mwh: float
    """Baseline less expected power, over the hold."""
    reduction_share_least: float
    """In the minute of the hold with the least reduction."""
    ramp_minutes: float
    """From the start until the power is below its target for good."""
    deepest_share: float
    """Least power of any minute, as a share of the baseline."""
    rebound_share: float
    """Most power of any minute between the end and the last watched one, as a share of the baseline."""
    notes: tuple[Text, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRefusal:
    """The request cannot be held with every floor and deadline kept; and how much of it can."""

    event: GridEvent
    why: Text
    reachable_share: float
    """Reduction that can be held in every minute, as a share of the baseline."""
    reachable_mw: float
    """Power below which every minute of the hold can be kept."""
    instead: EventPlan | None
    """The plan that holds what can be held; None where nothing can."""


def minute_edges(now_s: float, until_s: float) -> NDArray[np.float64]:
    """Edges of the minutes from now until an instant, whole minutes counted from now."""
    count = int(np.ceil((until_s - now_s) / MINUTE_S - ROUNDING))
    return np.asarray(now_s + MINUTE_S * np.arange(count + 1), dtype=np.float64)


def told(stretches: Stretches, ways: Ways, done: Course, site: int) -> tuple[Command, ...]:
    """The commands that make stretches go their ways."""
    commands: list[Command] = []
    for at in np.flatnonzero(done.stop_s[1:4].max(axis=0) > done.start_s[1]):
        of = ways.of[at]
        job, begin, base = int(stretches.job[of]), stretches.from_s[of], float(stretches.level[of])
        down, up = float(done.start_s[1, at]), float(done.start_s[3, at])
        fresh = down <= begin and not stretches.begun[of]
        kind, goes_on = Kind(int(ways.kind[at])), up < done.finish_s[at]
        if kind is Kind.MOVE:
            commands.append(Command(down, job, Verb.MOVE, int(ways.site[at]), base))
        elif kind is Kind.CAP:
            commands.append(Command(down, job, Verb.START if fresh else Verb.CAP, site, float(ways.level[at])))
            if goes_on:
                commands.append(Command(up, job, Verb.CAP, site, base))
        elif fresh:
            commands.append(Command(up, job, Verb.START, site, base))
        else:
            commands += [Command(down, job, Verb.PAUSE, site, 0.0), Command(up, job, Verb.RESUME, site, base)]
    return tuple(sorted(commands, key=lambda one: (one.at_s, one.job)))


def runs(stretches: Stretches, ways: Ways, done: Course, site: int) -> Segments:
    """The courses as stretches of equal level; what is in flight counts where it comes from."""
    capped, paused, moved = (ways.kind == kind for kind in (Kind.CAP, Kind.PAUSE, Kind.MOVE))
    base, (start, stop) = stretches.level[ways.of], (done.start_s, done.stop_s)
    lowered_to = np.where(paused, stop[1], np.maximum(stop[1], stop[2]))
    columns = (
        (start[0], stop[0], base, np.zeros(len(ways))),
        (start[1], lowered_to, np.where(capped, ways.level, base), np.where(capped, stop[1], lowered_to) - start[1]),
        (start[3], np.maximum(stop[3], stop[4]), base, stop[3] - start[3]),
    )
    begin, end, level, dead = (np.concatenate(column) for column in zip(*columns, strict=True))
    here = np.full(len(ways), site)
    where = np.concatenate([here, here, np.where(moved, ways.site, site)])
    there = end > begin
    return Segments(
        job=np.tile(stretches.job[ways.of], len(columns))[there],
        site=where[there],
        start_s=begin[there],
        end_s=end[there],
        level=level[there],
        dead_s=dead[there],
    )


MINUTE_S = 60.0
ROUNDING = 1e-9
