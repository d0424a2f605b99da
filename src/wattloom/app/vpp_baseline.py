"""Against what is a pool's response counted: its members' plans, or the meter of like days as a document says?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from wattloom.dispatch.pool_project import PLANS
from wattloom.domain.errors import InputError
from wattloom.domain.series import Series
from wattloom.domain.text import Text
from wattloom.domain.time import Interval, TimeAxis
from wattloom.intake.levels import Levels
from wattloom.market.response.contract import counted, terms_of
from wattloom.market.response.view import EventView
from wattloom.rules.holidays import official_calendar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from wattloom.dispatch.pool_project import PoolProject

KW_PER_MW = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolBaseline:
    """What the pool would have drawn, MW of each period, and how that is known."""

    mw: NDArray[np.float64]
    said: Text


def pool_baseline(project: PoolProject, plans_mw: Mapping[str, NDArray[np.float64]], *, folder: Path) -> PoolBaseline:
    """By the key that the file names: the members' plans, or a documented way on the pool's own meter."""
    if project.rule.baseline == PLANS:
        return PoolBaseline(mw=np.asarray(np.sum(list(plans_mw.values()), axis=0), dtype=np.float64), said=BY_PLANS)
    method, terms = terms_of(project.rule.baseline)
    found = counted(method, _view(project, folder), terms)
    days = ", ".join(day.isoformat() for day in found.days)
    return PoolBaseline(
        mw=found.kw / KW_PER_MW,
        said=BY_METER.filled(key=project.rule.baseline, days=days, factor=f"{found.factor:.4g}") + found.note,
    )


def _view(project: PoolProject, folder: Path) -> EventView:
    """The pool's meter up to the notice."""
    if project.rule.history is None:
        raise InputError.one(
            "rule.history",
            found="no meter of the days before",
            expected=f"the pool's net draw, as {project.rule.baseline} is counted on it",
            remedy="give `history:` with file and column, or write `baseline: plans`",
        )
    window, zone = project.event.window, project.zone
    notice = window.start - timedelta(minutes=project.event.notice_minutes)
    first = datetime.combine(window.start.astimezone(zone).date(), time(), tzinfo=zone)
    start = first - timedelta(days=project.rule.history_days)
    periods = (notice - start) // timedelta(minutes=window.step_minutes)
    axis = TimeAxis(start, window.step_minutes, max(periods, 1))
    levels = Levels(folder=folder, axis=axis, zone=zone, cny_per={})
    meter = levels.resolved(project.rule.history, unit="MW", where="rule.history")
    if not isinstance(meter, Series):
        meter = Series(axis=axis, values=np.full(axis.count, float(meter)), unit="MW", source="a number of the file")
    return EventView(
        meter=meter.scaled(KW_PER_MW, "kW"),
        zone=zone,
        event=Interval(window.start, window.end),
        notice=notice,
        is_rest_day=official_calendar().is_rest_day,
    )


BY_PLANS = Text("sum of members' plans, fixed before the notice", "各成员通知前计划之和")
BY_METER = Text(
    "{key} on the pool's meter: {days}; adjusted by {factor}. ", "{key}（资源池表计）：{days}；调整系数 {factor}。"
)
