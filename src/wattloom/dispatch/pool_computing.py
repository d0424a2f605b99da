"""What can a computing member of a pool give by its single jobs, and how is it told to?

The offer is the sound bound of `dispatch/offer` at the instant of the event; the answer is that of
`dispatch/grid_events`, which keeps every floor and deadline and holds each minute.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from wattloom.assets.kinds.pool.reach import Giver
from wattloom.dispatch.grid_events import Elsewhere, EventPlan, FrozenBaseline, GridEvent, answer
from wattloom.dispatch.offer import OfferSite, OfferTerms, assess
from wattloom.domain.jobs import SECONDS_PER_HOUR, Jobs, Segments
from wattloom.domain.time import TimeAxis

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray

    from wattloom.dispatch.offer import OfferLine

TOLD_MINUTES = 10.0
"""Before the ramp: when the site's controller is told."""
MARGIN_OF_OFFER = 1.005
"""Of what is offered: the answer aims lower than its target by half a per cent, where it can."""
SURELY = 0.5
"""At a single instant there is nothing to be sure of: any probability gives what is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComputingPlant:
    """A site with its jobs, and what it would run."""

    name: str
    jobs: Jobs
    planned: Segments
    baseline: FrozenBaseline
    """At the meter, logged before the notice."""
    site: OfferSite
    ramp_minutes: float

    def line(self, window: TimeAxis) -> OfferLine:
        """What can be given from the first to the last period of an event, with the ramp before it."""
        terms = OfferTerms(
            probability=SURELY,
            notices_minutes=(self.ramp_minutes + TOLD_MINUTES,),
            durations_hours=(window.hours,),
            ramp_minutes=self.ramp_minutes,
        )
        at = TimeAxis(window.start, window.step_minutes, 1)
        offer = assess(self.jobs, self.planned, at, terms=terms, sites=(self.site,))
        return next(one for one in offer.lines if one.direction == "down")

    def giver(self, window: TimeAxis, *, cost_cny_per_mwh: float) -> Giver:
        """The offer, for each period; at the jobs' own cost, or at the member's where that is higher."""
        line = self.line(window)
        return Giver(
            name=self.name,
            rate_mw=np.full(window.count, line.mw / MARGIN_OF_OFFER),
            energy_mwh=np.inf,
            even=True,
            cost_cny_per_mwh=max(line.cost_cny_per_mwh or 0.0, cost_cny_per_mwh),
        )

    def baseline_mw(self, window: TimeAxis) -> NDArray[np.float64]:
        """What it would draw in each period of the event."""
        return mean_by_period(self.baseline.axis, self.baseline.power_mw, window)

    def held(self, window: TimeAxis, given_mw: NDArray[np.float64]) -> EventPlan | None:
        """The answer that gives at least so much in every minute; None where nothing is asked for.

        One target holds for the whole event: the deepest that any period asks for, of the baseline.
        """
        base = self.baseline_mw(window)
        share = float(np.max(np.divide(given_mw, base, out=np.zeros_like(base), where=base > 0)))
        if share <= 0:
            return None
        start = window.start - timedelta(minutes=self.ramp_minutes)
        event = GridEvent(
            site=self.site.name,
            notice=start - timedelta(minutes=TOLD_MINUTES),
            start=start,
            end=window.end,
            ramp_minutes=self.ramp_minutes,
            baseline=self.baseline,
            reduction_share=min(share, 1.0),
        )
        around = Elsewhere(firm_mw=self.site.firm_mw, draw_mw_per_it_mw=self.site.draw_mw_per_it_mw)
        found = answer(event, self.jobs, self.planned, around)
        return found if isinstance(found, EventPlan) else found.instead

    def schedule(self, plan: EventPlan | None) -> Segments:
        """What was planned up to the notice, and the answer from there on."""
        if plan is None:
            return self.planned
        now_s = (plan.event.notice - self.jobs.start).total_seconds()
        until_s = now_s + SECONDS_PER_HOUR / 60 * plan.axis.count
        kept = self.planned
        before = _cut(kept, kept.start_s < now_s, end_s=now_s)
        # Runs that only begin behind the watched minutes are none of the answer's.
        after = _cut(kept, kept.start_s >= until_s)
        return Segments(
            **{one.name: np.concatenate([getattr(part, one.name) for part in (before, plan.segments, after)])
               for one in fields(Segments)}
        )  # fmt: skip


def _cut(of: Segments, keep: NDArray[np.bool_], *, end_s: float = np.inf) -> Segments:
    """Some stretches, cut off at an instant."""
    chosen = Segments(**{one.name: getattr(of, one.name)[keep] for one in fields(Segments)})
    return replace(chosen, end_s=np.minimum(chosen.end_s, end_s))


def frozen(axis: TimeAxis, power_mw: NDArray[np.float64], *, known_at: datetime, source: str) -> FrozenBaseline:
    """A plan as it is logged: with its hash."""
    return FrozenBaseline(axis=axis, power_mw=power_mw, known_at=known_at, source=source)


def mean_by_period(axis: TimeAxis, power_mw: NDArray[np.float64], window: TimeAxis) -> NDArray[np.float64]:
    """Means over the periods of a window of a power that is told on another axis, finer or not."""
    edges = np.arange(axis.count + 1) * axis.step_minutes * 60.0
    energy = np.concatenate([[0.0], np.cumsum(power_mw) * axis.step_minutes * 60.0])
    offset = (window.start - axis.start).total_seconds()
    wanted = offset + np.arange(window.count + 1) * window.step_minutes * 60.0
    return np.asarray(np.diff(np.interp(wanted, edges, energy)) / (60.0 * window.step_minutes), dtype=np.float64)
