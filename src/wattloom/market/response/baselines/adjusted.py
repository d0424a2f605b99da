"""What do the hours before notice say of the event's day, against those of its like days?

The stretch ends with the notice, not with the event: whoever knows of an event could raise it. It is taken of the
event's own day, and what it changes is bounded. After a rise that no like day knows, the hours before it count instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import InputError
from wattloom.domain.text import SILENT, Text
from wattloom.market.response.baselines.high_of_like_days import high_days
from wattloom.market.response.choosing import mean_window
from wattloom.market.response.contract import Baseline, BaselineTerms, Counted
from wattloom.market.response.watch import anchor, before_notice, rise_before_notice

if TYPE_CHECKING:
    from datetime import date, datetime

    from wattloom.market.response.view import EventView

EARLIER = Text(
    "load before notice was {share} above what its day and its like days tell: the {hours} h before it adjust instead",
    "通知前负荷较当日及同类日水平高 {share}：改按此前 {hours} 小时调整",
)


def adjusted_mean(view: EventView, terms: BaselineTerms) -> Counted:
    """The mean of the highest like days, moved by how the day ran before notice."""
    days = high_days(view, terms)
    stretch = before_notice(view, terms)
    if stretch[0].astimezone(view.zone).date() != view.day:
        raise InputError.one(
            "baseline adjusted",
            found=f"notice at {view.notice.isoformat()}, {terms.adjustment_hours:g} h before it not on {view.day}",
            expected="a notice within the event's day",
            remedy="choose high_of_like_days for an event with notice the day before, or a plan logged before it",
        )
    base, note = mean_window(view, days), SILENT
    change = _change(view, terms, days, stretch)
    if terms.refuse_unusual_rise and (rise := rise_before_notice(view, terms)).unusual:
        earlier = _change(view, terms, days, anchor(view, terms))
        if earlier < change:
            change = earlier
            note = EARLIER.filled(share=f"{rise.share:.1%}", hours=f"{terms.anchor_hours:g}")
    moved = base + change * float(base.mean()) if terms.adjustment == "additive" else base * (1.0 + change)
    return Counted(kw=moved, days=days, factor=1.0 + change, note=note)


def _change(view: EventView, terms: BaselineTerms, days: tuple[date, ...], stretch: tuple[datetime, int]) -> float:
    """By which share of the baseline a stretch of the day moves it, within the cap."""
    start, periods = stretch
    today = float(view.kw(start, periods).mean())
    then = float(np.mean([view.kw(view.same_clock(day, start), periods) for day in days]))
    below = float(mean_window(view, days).mean()) if terms.adjustment == "additive" else then
    change = (today - then) / below if below > 0 else 0.0
    cap = np.inf if terms.adjustment_cap is None else terms.adjustment_cap
    return float(np.clip(change, -cap, cap))


BASELINE = Baseline(
    name=Text("highest like days, adjusted before notice", "最高同类日均值，按通知前时段调整"), of=adjusted_mean
)
