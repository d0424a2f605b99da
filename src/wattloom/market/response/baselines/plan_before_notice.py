"""What did the scheduler mean to draw, as it was logged before notice?

A plan may promise more than it ever draws. So it counts only as far as plans came true, never more: those of earlier
days without an event at these hours, and today's own up to the notice. Whoever promises more on days picked blindly
loses on the others what is gained on these; who foresees the event does not, and must be kept from foreseeing it.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import FutureRefused, InputError, MissingData
from wattloom.domain.text import Text
from wattloom.domain.time import TimeAxis, utc
from wattloom.market.response.contract import LEAST_DAYS, Baseline, BaselineTerms, Counted

if TYPE_CHECKING:
    from wattloom.market.response.view import EventView

KEPT = Text(
    "plans of {days} earlier days without an event, and today's up to notice, came true to {share} at least",
    "此前 {days} 个无事件日及当日通知前的计划兑现率不低于 {share}",
)


def planned(view: EventView, terms: BaselineTerms) -> Counted:
    """The plan on the event's periods, by its record."""
    if view.plan is None:
        raise InputError.one("baseline plan_before_notice", found="no plan", expected="a plan logged before notice",
                             remedy="give it, as `plans.plan_of` reads it from the journal")  # fmt: skip
    view.plan.before(view.notice)
    days, share = kept(view, terms)
    share = min(share, kept_today(view), 1.0)
    note = KEPT.filled(days=len(days), share=f"{share:.1%}")
    return Counted(kw=view.plan.on(view.axis) * share, days=days, factor=share, note=note)


def kept(view: EventView, terms: BaselineTerms) -> tuple[tuple[date, ...], float]:
    """Days without an event of which a plan was logged the same way, and what was drawn of what they planned."""
    drawn, meant, days = 0.0, 0.0, list[date]()
    step, ahead = view.meter.axis.step_minutes, view.event.start - view.notice
    for day in view.like_days(terms.days_back, gap=terms.days_gap, look_back=terms.look_back_days):
        axis = TimeAxis(view.same_clock(day), step, view.periods)
        for plan in view.record:
            try:
                plan.before(axis.start - ahead)
                wanted = plan.on(axis)
            except (FutureRefused, InputError):
                continue
            drawn, meant = drawn + float(np.sum(view.window(day))), meant + float(np.sum(wanted))
            days.append(day)
            break
    if len(days) < LEAST_DAYS or meant <= 0:
        raise MissingData(f"plans of {view.meter.source}: {len(days)} like days with a plan logged as early as this, "
                          f"at least {LEAST_DAYS} are wanted; log plans on days without an event, too")  # fmt: skip
    return tuple(days), drawn / meant


def kept_today(view: EventView) -> float:
    """What was drawn of today's plan from midnight, or its first period, to the notice; 1 before that."""
    if view.plan is None:
        return 1.0
    step = timedelta(minutes=view.plan.axis.step_minutes)
    start = max(utc(_midnight(view)), view.plan.axis.start)
    periods = int((view.notice - timedelta(minutes=view.delay_minutes) - start) / step)
    if periods < 1:
        return 1.0
    meant = view.plan.on(TimeAxis(start, view.plan.axis.step_minutes, periods))
    read = np.isfinite(drawn := view.kw(start, periods))
    return float(drawn[read].sum() / meant[read].sum()) if meant[read].sum() > 0 else 1.0


def _midnight(view: EventView) -> datetime:
    """At which the event's local day begins."""
    return datetime.combine(view.day, datetime.min.time(), tzinfo=view.zone)


BASELINE = Baseline(name=Text("plan logged before notice", "通知前登记的调度计划"), of=planned)
