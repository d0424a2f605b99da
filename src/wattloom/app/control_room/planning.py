"""What does the room mean to draw in each region, written down before anybody asks for less?

Once a settlement period the next hours are planned anew, and the journal gets what each region's pool is to draw by
that plan, corrected by how far it is off it now. Where no such plan was certified it is the match of the plan's day.
Its mark stands on the page of the pool from then on. An event is counted against the newest plan that was there before
its notice; one that is asked before there is any has no such baseline and says so.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from wattloom.app.control_room.account import PERIOD_S, period_of
from wattloom.app.control_room.forecasting import corrected
from wattloom.app.control_room.state import MANUAL
from wattloom.app.live_state import it_power, setpoints_of
from wattloom.app.match_inputs import start_work
from wattloom.dispatch.matching import Matcher
from wattloom.domain.errors import FutureRefused
from wattloom.domain.time import TimeAxis
from wattloom.market.response.plans import PLAN, LoggedPlan, plan_body, plan_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.app.control_room.state import RoomState
    from wattloom.app.control_room.steps import Seen, Steps
    from wattloom.domain.live import Entry

QUARTERS = 96
"""A plan reaches over a day."""
STEP_MINUTES = 15
KW_PER_MW = 1_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A region's plan as it is logged; a record of the journal that changes nothing of the state."""

    KIND: ClassVar[str] = PLAN
    region: str
    axis: TimeAxis
    kw: NDArray[np.float64]
    """Draw of the region's pool, shape (quarter,)."""
    logged_at: datetime

    def packed(self) -> bytes:
        """As bytes: the plan's own record, with the region."""
        told = json.loads(plan_body(self.axis, self.kw, logged_at=self.logged_at))
        return json.dumps({**told, "region": self.region}, sort_keys=True, separators=(",", ":")).encode("ascii")

    @classmethod
    def unpacked(cls, content: bytes) -> Self:
        """From bytes."""
        told = json.loads(content)
        start, step, count = told["axis"]
        return cls(
            region=told["region"],
            axis=TimeAxis(datetime.fromisoformat(start), step, count),
            kw=np.asarray(told["watts"], dtype=np.float64) / KW_PER_MW,
            logged_at=datetime.fromisoformat(told["logged_at"]),
        )

    def applied(self, state: RoomState) -> RoomState:
        """As it was."""
        return state


def pool(state: RoomState, steps: Steps) -> NDArray[np.bool_]:
    """Sites that answer an event without a person of their own, shape (site,)."""
    del steps
    return np.asarray(state.policies.kind != MANUAL)


class Day:
    """What each region draws over the plan's day if it goes as planned: matched hour by hour, once for all."""

    def __init__(self, steps: Steps) -> None:
        """Match 24 hours: some 150 ms of a processor for a thousand sites."""
        inputs, region = steps.inputs, steps.inputs.layout.site_region
        matcher = Matcher(inputs.layout)
        cold, hours = matcher.state(), []
        for hour in range(24):
            second = steps.second(steps.start_s + 3600.0 * (hour + 0.5))
            tick = inputs.tick(second, start_work(inputs, second, hours=1.0))
            matcher.restore(cold)
            draw = it_power(setpoints_of(matcher.match(tick))) * inputs.facility_at(second)
            hours.append(np.bincount(region, weights=draw, minlength=len(inputs.layout.regions)))
        self._hours, self._start_s = np.array(hours), steps.start_s

    def course_mw(self, at_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Between the hours' middles in a straight line, shape (instant, region)."""
        place = ((at_s - self._start_s) / 3600.0 - 0.5) % 24.0
        before = place.astype(int)
        part = (place - before)[:, None]
        return np.asarray(self._hours[before % 24] * (1.0 - part) + self._hours[(before + 1) % 24] * part)


Course = Callable[["NDArray[np.float64]"], "NDArray[np.float64]"]
"""Draw of all sites of each region at some instants, shape (instant, region), MW."""


def planned(state: RoomState, seen: Seen, steps: Steps, course_mw: Course, *, followed: bool) -> list[Planned]:
    """A plan of every region from the period that an instant lies in: its course, with what it draws now.

    `followed`: the course is that of the plan which the ticks follow.
    """
    at_s, layout = state.at_s, steps.inputs.layout
    starts = period_of(at_s) + PERIOD_S * np.arange(QUARTERS, dtype=np.float64)
    middles = starts + 0.5 * PERIOD_S
    every = steps.points.window(seen.used.values, "sites", "draw_mw")
    draw = np.where(pool(state, steps), every, 0.0)
    now_mw = np.asarray(np.bincount(layout.site_region, weights=draw, minlength=len(layout.regions)), dtype=np.float64)
    # Of the whole region's course the pool has the part that it draws now.
    share = now_mw / np.maximum(np.bincount(layout.site_region, weights=every, minlength=len(layout.regions)), 1e-9)
    course = course_mw(np.array([at_s, *middles])) * share
    mw = corrected(course, now_mw, middles - at_s, planned=followed)
    axis = TimeAxis(datetime.fromtimestamp(starts[0], tz=UTC), STEP_MINUTES, QUARTERS)
    logged_at = datetime.fromtimestamp(at_s, tz=UTC)
    return [
        Planned(region=key, axis=axis, kw=KW_PER_MW * mw[:, r], logged_at=logged_at)
        for r, key in enumerate(layout.regions)
    ]


def logged(entries: Iterable[Entry]) -> dict[str, LoggedPlan]:
    """The plans among records of a journal, by region, as whoever reads the page of the pool can note them.

    The mark is told as the plan is logged; that somebody outside noted it then is for them to say.
    """
    found = {}
    for entry in entries:
        if entry.kind == PLAN:
            own = Planned.unpacked(entry.body)
            found[own.region] = plan_of(entry, noted_mark=entry.mark.hex(), witnessed_at=own.logged_at)
    return found


def told(plan: LoggedPlan | None, *, notice_s: float) -> dict[str, Any]:
    """A plan as an event keeps it; nothing where there was none before the notice."""
    if plan is None:
        return {}
    try:
        plan.before(datetime.fromtimestamp(notice_s, tz=UTC))
    except FutureRefused:
        return {}
    return {
        "sequence": plan.sequence,
        "sha256": plan.sha256,
        "mark": plan.mark,
        "logged_at": plan.logged_at.isoformat(),
        "start_s": plan.axis.start.timestamp(),
        "kw": np.rint(plan.kw).astype(int).tolist(),
    }


def course_mw(plan: Mapping[str, Any], at_s: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    """What a kept plan has at some instants, MW; its last quarter beyond its end."""
    place = (np.asarray(at_s, dtype=np.float64) - float(plan["start_s"])) // PERIOD_S
    kw = np.asarray(plan["kw"], dtype=np.float64)
    return np.asarray(kw[np.clip(place, 0, kw.size - 1).astype(int)] / KW_PER_MW)
