"""Which jobs are capped, paused or moved, and when, so that a grid event is met and every promise kept?

Ramp: jobs go down in stages a minute apart, spread over the ramp. Hold: levels and pauses at least cost, jobs taking
turns where their floors ask for it. Release: in stages again, and later where the power would else rebound.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from wattloom.dispatch.grid_events.choose import Choice, Chooser, Offered
from wattloom.dispatch.grid_events.course import Course, Kind, Stretches, Ways, course
from wattloom.dispatch.grid_events.event import GridEvent
from wattloom.dispatch.grid_events.plan import (
    MINUTE_S,
    ClassKept,
    EventPlan,
    EventRefusal,
    minute_edges,
    runs,
    told,
)
from wattloom.dispatch.grid_events.release import released
from wattloom.dispatch.grid_events.ways import Clock, Elsewhere, Menu, judged, menu
from wattloom.domain.errors import InputError
from wattloom.domain.jobs import Jobs, Segments
from wattloom.domain.text import Text
from wattloom.domain.time import TimeAxis

if TYPE_CHECKING:
    from numpy.typing import NDArray

PARTS_MAX = 18
"""Parts of the hold with a row each: ten minutes each where it lasts three hours."""
STRETCHES_FEW = 12
"""Up to here each start and end of a run inside the hold begins a part of its own."""
TIGHTEN_ROUNDS = 6
KEPT_MW = 1e-6
"""A target missed by less is rounding."""
BACK_OFF = 1e-6
"""Share by which what is reachable is told lower than where nothing more can be given."""


@dataclass(frozen=True, slots=True)
class _Question:
    """All that an answer is made from."""

    event: GridEvent
    jobs: Jobs
    stretches: Stretches
    clock: Clock
    site: int
    elsewhere: Elsewhere
    edges_s: NDArray[np.float64]
    baseline_mw: NDArray[np.float64]

    @property
    def held(self) -> NDArray[np.bool_]:
        """Minutes of the hold."""
        at = self.edges_s[:-1]
        return np.asarray((at >= self.clock.hold_s - ROUNDING_S) & (at < self.clock.end_s - ROUNDING_S))

    def meter_mw(self, done: Course, of: NDArray[np.int64]) -> NDArray[np.float64]:
        """Mean power of each minute at the meter, all stretches on some courses."""
        power = self.jobs.power_mw[self.stretches.job[of]]
        it_mw = power @ done.means(self.edges_s) if of.size else np.zeros(self.edges_s.size - 1)
        return np.asarray(self.elsewhere.firm_mw + self.elsewhere.draw_mw_per_it_mw * it_mw)


def answer(
    event: GridEvent, jobs: Jobs, planned: Segments, elsewhere: Elsewhere | None = None
) -> EventPlan | EventRefusal:
    """The cheapest plan found that holds an event with every floor and deadline kept, or a refusal with what can be.

    `planned` is what would run without the event; `course.running` makes it from the state of the jobs alone.
    """
    question = _question(event, jobs, planned, elsewhere or Elsewhere())
    offers = menu(jobs, question.stretches, question.clock, question.site, question.elsewhere)
    parts = _parts(question)
    chooser = Chooser(_offered(question, offers, parts), question.elsewhere.room_mw)
    target = event.target_mw(question.baseline_mw)
    held = _hold(question, chooser, parts, target)
    return held.plan if held.above_mw <= KEPT_MW else _refused(question, chooser, parts, held, target)


@dataclass(frozen=True, slots=True)
class _Held:
    """A plan, and how far it is from what was asked."""

    plan: EventPlan
    above_mw: float
    """Most power above the target, in the worst minute of the hold."""
    lack_mw: float
    """By how much the targets would have to rise for the program to have a choice."""


def _question(event: GridEvent, jobs: Jobs, planned: Segments, elsewhere: Elsewhere) -> _Question:
    """Gather; refuse a site that is none, and instants that are no whole minutes from the notice."""
    if event.site not in jobs.sites:
        raise InputError.one(
            "grid event, site", found=event.site, expected=f"one of {', '.join(jobs.sites)}", remedy="name a site"
        )
    seconds = [
        (one - jobs.start).total_seconds()
        for one in (event.notice, event.start, event.hold_from, event.end, event.watched_until)
    ]
    if any((second - seconds[0]) % MINUTE_S for second in seconds):
        raise InputError.one(
            f"grid event at {event.site}",
            found=f"{', '.join(f'{second - seconds[0]:g}' for second in seconds)} s after the notice",
            expected="whole minutes",
            remedy="start, ramp, end and watch whole minutes after the notice",
        )
    clock = Clock(notice_s=seconds[0], start_s=seconds[1], hold_s=seconds[2], end_s=seconds[3], watched_s=seconds[4])
    site = jobs.sites.index(event.site)
    edges = minute_edges(clock.notice_s, max(clock.watched_s, clock.end_s + MINUTE_S))
    return _Question(
        event,
        jobs,
        Stretches.of(jobs, planned, site, now_s=clock.notice_s, until_s=float(edges[-1])),
        clock,
        site,
        elsewhere,
        edges,
        event.baseline.on(edges[:-1], jobs.start),
    )


def _parts(question: _Question) -> NDArray[np.float64]:
    """Edges of the parts of the hold, whole minutes."""
    clock = question.clock
    minutes = round((clock.end_s - clock.hold_s) / MINUTE_S)
    edges = np.unique(np.round(np.linspace(0, minutes, min(minutes, PARTS_MAX) + 1)))
    inside = clock.hold_s + MINUTE_S * edges
    if len(question.stretches) > STRETCHES_FEW:
        return np.asarray(inside)
    turns = np.concatenate([question.stretches.from_s, question.stretches.to_s])
    whole = clock.notice_s + MINUTE_S * np.round((turns - clock.notice_s) / MINUTE_S)
    return np.unique(np.concatenate([inside, whole[(whole > clock.hold_s) & (whole < clock.end_s)]]))


def _offered(question: _Question, offers: Menu, parts: NDArray[np.float64]) -> Offered:
    """The ways as the program sees them."""
    power = question.jobs.power_mw[question.stretches.job[offers.ways.of]]
    drawn = offers.course.peaks(parts) * power[:, None] * question.elsewhere.draw_mw_per_it_mw
    away = offers.course.away.max(axis=0) * power
    return Offered(ways=offers.ways, cost_cny=offers.cost_cny, power_mw=drawn, away_mw=away)


def _hold(question: _Question, chooser: Chooser, parts: NDArray[np.float64], target_mw: NDArray[np.float64]) -> _Held:
    """The plan that comes nearest to its target.

    Levels in between may end a job at another instant than the levels they were mixed from: where a minute is above its
    target, the target of its part is lowered by as much and the choice made again.
    """
    minutes, held = question.edges_s[:-1], question.held
    part_of = np.clip(np.searchsorted(parts, minutes + ROUNDING_S) - 1, 0, parts.size - 2)
    right = np.full(parts.size - 1, np.inf)
    aim_mw = target_mw[held] * (1.0 - question.event.margin_share)
    np.minimum.at(right, part_of[held], aim_mw - question.elsewhere.firm_mw)
    choice = chooser.choose(right)
    bound = choice.bound_cny
    results: list[tuple[float, int, Choice]] = []
    for _ in range(TIGHTEN_ROUNDS):
        power = question.meter_mw(course(question.jobs, question.stretches, choice.ways), choice.ways.of)
        above = np.where(held, power - target_mw, -np.inf)
        results.append((float(np.max(above)), len(results), choice))
        if choice.short_mw or results[-1][0] <= KEPT_MW:
            break
        lower = np.zeros(parts.size - 1)
        np.maximum.at(lower, part_of[held], above[held])
        right = right - lower * (1.0 + BACK_OFF)
        choice = chooser.again(right)
    above_mw, _, best = min(results)
    return _Held(_plan(question, best.ways, bound, target_mw), above_mw, best.short_mw)


def _plan(question: _Question, ways: Ways, bound_cny: float, target_mw: NDArray[np.float64]) -> EventPlan:
    """All figures of a choice, its release staged."""
    event, jobs, stretches, clock = question.event, question.jobs, question.stretches, question.clock
    limit = event.rebound_share_max * question.baseline_mw
    hold_cost = float(judged(jobs, stretches, ways, clock, question.elsewhere).cost_cny.sum())
    ways, notes = released(jobs, stretches, ways, clock, (question.edges_s, limit, question.elsewhere))
    done = judged(jobs, stretches, ways, clock, question.elsewhere)
    alone = course(jobs, stretches, replace(ways, kind=np.zeros(len(ways), dtype=np.int64)))
    expected = question.meter_mw(done.course, ways.of)
    held, base = question.held, question.baseline_mw
    after = question.edges_s[:-1] >= clock.end_s - ROUNDING_S
    share = np.divide(expected, base, out=np.ones(base.size), where=base > 0)
    active = question.edges_s[:-1] >= clock.start_s - ROUNDING_S
    return EventPlan(
        event=event,
        axis=TimeAxis(event.notice, 1, base.size),
        baseline_mw=base,
        untold_mw=question.meter_mw(alone, ways.of),
        expected_mw=expected,
        target_mw=np.where(held, target_mw, np.inf),
        commands=told(stretches, ways, done.course, question.site),
        segments=runs(stretches, ways, done.course, question.site),
        classes=_kept(jobs, stretches, done),
        cost_cny=float(done.cost_cny.sum()),
        hold_cost_cny=hold_cost,
        hold_bound_cny=bound_cny,
        deferred_gpu_hours=float(done.deferred_gpu_hours.sum()),
        lost_gpu_hours=float(done.lost_gpu_hours.sum()),
        delivered_mwh=float((base - expected)[held].sum() * MINUTE_S / SECONDS_PER_HOUR),
        reduction_share_least=float(np.min(1.0 - share[held])),
        ramp_minutes=_ramp_minutes(question, expected, target_mw),
        deepest_share=float(np.min(share[active])),
        rebound_share=float(np.max(share[after], initial=0.0)),
        notes=notes,
    )


def _ramp_minutes(question: _Question, expected: NDArray[np.float64], target_mw: NDArray[np.float64]) -> float:
    """Minutes from the start until the power stays below its target."""
    at = question.edges_s[:-1]
    before_end = (at >= question.clock.start_s - ROUNDING_S) & (at < question.clock.end_s - ROUNDING_S)
    above = np.flatnonzero(before_end & (expected > target_mw + KEPT_MW))
    return float((at[above[-1]] + MINUTE_S - question.clock.start_s) / MINUTE_S) if above.size else 0.0


def _kept(jobs: Jobs, stretches: Stretches, done: Menu) -> tuple[ClassKept, ...]:
    """Work kept, class by class."""
    result = []
    job = stretches.job[done.ways.of]
    of_class = jobs.class_index[job]
    weight = jobs.gpus[job] * stretches.work_s[done.ways.of]
    changed = done.ways.kind != Kind.LEAVE
    for index in np.unique(of_class):
        at, one = of_class == index, jobs.classes[index]
        heavy = weight[at] if weight[at].sum() > 0 else np.ones(int(at.sum()))
        result.append(
            ClassKept(
                name=one.name,
                jobs=int(np.unique(job[at]).size),
                touched=int(np.unique(job[at & changed]).size),
                floor=one.service_floor,
                kept_mean=float(np.average(done.kept[at], weights=heavy)),
                kept_least=float(done.kept[at].min()),
            )
        )
    return tuple(result)


def _refused(
    question: _Question, chooser: Chooser, parts: NDArray[np.float64], first: _Held, target_mw: NDArray[np.float64]
) -> EventRefusal:
    """How much can be held: the targets raised by what lacks until a plan keeps them."""
    held, base = question.held, question.baseline_mw
    instead, lack = None, max(first.lack_mw, KEPT_MW)
    for _ in range(RAISES_MAX):
        tried = _hold(question, chooser, parts, target_mw + lack * (1.0 + BACK_OFF))
        if tried.above_mw <= KEPT_MW:
            instead = tried.plan
            break
        lack += max(tried.above_mw, tried.lack_mw)
    if instead is not None and instead.reduction_share_least <= 0:
        instead = None
    share = instead.reduction_share_least if instead else 0.0
    names = ", ".join(
        sorted({question.jobs.classes[i].name for i in question.jobs.class_index[question.stretches.job]})
    )
    asked_share = float(np.max(1.0 - target_mw[held] / np.maximum(base[held], KEPT_MW)))
    return EventRefusal(
        event=question.event,
        why=Text(
            f"{asked_share:.1%} below the baseline cannot be held in every minute with the floors and deadlines of "
            f"{names or 'no job'} kept; {share:.1%} can.",
            f"在保证{names or '（无作业）'}的服务下限与截止时间的前提下，无法在每一分钟保持较基线低{asked_share:.1%}；"
            f"可保持{share:.1%}。",
        ),
        reachable_share=share,
        reachable_mw=float(np.max((instead.expected_mw if instead else base)[held])),
        instead=instead,
    )


RAISES_MAX = 6
"""How often the targets are raised before nothing is said to be reachable."""
ROUNDING_S = 1e-6
SECONDS_PER_HOUR = 3600.0
