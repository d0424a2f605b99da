"""What happens when the grid asks a region's sites for less power? Asked, approved, run, measured, told.

An event is approved by a person. As it begins, the sites that can wait are capped so that together they draw so much
less than at that moment; the match does the rest under these caps. What came of it is measured against the draw at its
beginning, and told with that baseline.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from wattloom.app.control_room.quality import GOOD
from wattloom.app.control_room.rows import GridEvent, Proposal, Row
from wattloom.app.control_room.state import MANUAL
from wattloom.domain.errors import InputError, Problem
from wattloom.domain.live import shown
from wattloom.domain.text import Text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.app.control_room.state import RoomState
    from wattloom.app.control_room.steps import Seen, Steps
    from wattloom.app.match_inputs import MatchInputs

HOURS_MAX = 12.0
COURSE_MAX = 240
"""Points of a course that are kept: enough for a chart."""
WH_PER_MWH = 1_000_000


def asked(state: RoomState, told: Mapping[str, Any], steps: Steps, *, by: str, at_s: float) -> list[Row]:
    """An event and the proposal that asks for a person's word; `InputError` names all that is wrong."""
    regions = steps.inputs.layout.regions
    problems, event = _judged(told, regions, at_s)
    if problems:
        raise InputError(problems)
    number = state.numbers + 1
    name, ask = f"e{number}", f"p{number + 1}"
    region, down_mw, start_s, end_s = event
    hours = (end_s - start_s) / 3600.0
    what = Text(f"{region}: {down_mw:g} MW less for {hours:g} h", f"{region}：{hours:g} 小时内减少 {down_mw:g} 兆瓦")
    price = told.get("price_cny_per_mwh")
    return [
        GridEvent(id=name, region=region, state="waiting", down_mw=down_mw, start_s=start_s, end_s=end_s, by=by,
                  proposal=ask, price_cny_per_mwh=None if price is None else float(price),
                  terms={key: value for key, value in told.items() if isinstance(value, str | int | float)}),
        Proposal(id=ask, kind="event", subject=region, at_s=at_s, expires_s=max(start_s, at_s + steps.patience.asked_s),
                 text=(what.en, what.zh), figures={"down_mw": down_mw, "hours": hours}, asked={"event": name}),
    ]  # fmt: skip


def decided(state: RoomState, proposal: Proposal) -> list[Row]:
    """The event of a proposal that a person decided."""
    event, ready = state.tables["events"][str(proposal.asked["event"])], proposal.state == "approved"
    if not isinstance(event, GridEvent):
        return []
    return [replace(event, state="ready" if ready else "refused", by=proposal.by)]


def caps(state: RoomState, inputs: MatchInputs, at_s: float) -> NDArray[np.float64]:
    """IT power that events leave each site, shape (site,)."""
    found = inputs.fleet.it_mw.copy()
    for event in state.tables["events"].values():
        if isinstance(event, GridEvent) and event.state == "running" and at_s < event.end_s:
            rows = list(event.sites)
            found[rows] = np.minimum(found[rows], np.array(event.terms["caps_it_mw"]))
    return found


def moved_on(
    state: RoomState, seen: Seen, steps: Steps, *, at_s: float, number: int
) -> tuple[list[Row], list[Any], int]:
    """Events that begin, go on and end at a tick."""
    found: list[Row] = []
    draw = steps.points.window(seen.used.values, "sites", "draw_mw")
    for event in state.tables["events"].values():
        if not isinstance(event, GridEvent):
            continue
        asked = state.tables["proposals"].get(event.proposal)
        if event.state == "waiting" and isinstance(asked, Proposal) and asked.state == "expired":
            found.append(replace(event, state="refused"))
        elif event.state == "ready" and at_s >= event.start_s:
            found.append(_begun(event, state, seen, steps, at_s))
        elif event.state == "running":
            found.append(_measured(event, draw, state.at_s, at_s))
    return found, [], number


def _begun(event: GridEvent, state: RoomState, seen: Seen, steps: Steps, at_s: float) -> GridEvent:
    """Who gives how much: sites with work that may wait, in proportion to it."""
    inputs, sites = steps.inputs, seen.tick.sites
    draw = steps.points.window(seen.used.values, "sites", "draw_mw")
    here = inputs.layout.site_region == inputs.layout.regions.index(event.region)
    it_mw = np.clip(steps.points.window(seen.used.values, "sites", "it_mw"), 0.0, inputs.fleet.it_mw)
    able = here & (seen.verdict == GOOD) & (state.policies.kind != MANUAL)
    cut = np.where(
        able, np.clip(np.minimum(it_mw - sites.it_mw_min, sites.demand_mw[:, 2:].sum(axis=1)), 0.0, None), 0.0
    )
    can_mw = float(cut @ sites.facility_mw_per_it_mw)
    share = min(1.0, event.down_mw / can_mw) if can_mw else 0.0
    chosen = np.flatnonzero(cut > 0.0)
    limits = (it_mw - share * cut)[chosen]
    baseline = float(draw[chosen].sum())
    return replace(
        event,
        state="running",
        start_s=max(event.start_s, at_s),
        end_s=event.end_s + max(at_s - event.start_s, 0.0),
        baseline_mw=baseline,
        sites=tuple(chosen.tolist()),
        terms={**event.terms, "caps_it_mw": limits.tolist(), "can_mw": can_mw, "sites": int(chosen.size)},
        course=((at_s, baseline, baseline),),
    )


def _measured(event: GridEvent, draw: NDArray[np.float64], before_s: float, at_s: float) -> GridEvent:
    """With what was given up to now, and ended where its time is over."""
    baseline, actual = event.baseline_mw or 0.0, float(draw[list(event.sites)].sum())
    last_s = event.course[-1][0] if event.course else before_s
    every_s = (event.end_s - event.start_s) / COURSE_MAX
    course = (*event.course, (at_s, actual, baseline)) if at_s - last_s >= every_s else event.course
    counted_s = float(event.terms.get("counted_s", event.start_s))
    seconds = max(min(at_s, event.end_s) - counted_s, 0.0)
    given = max(baseline - actual, 0.0) * seconds / 3600.0 * WH_PER_MWH
    return replace(
        event,
        state="done" if at_s >= event.end_s else "running",
        delivered_wh=event.delivered_wh + round(given),
        asked_wh=event.asked_wh + round(event.down_mw * seconds / 3600.0 * WH_PER_MWH),
        terms={**event.terms, "counted_s": min(at_s, event.end_s)},
        course=course,
    )


def _judged(
    told: Mapping[str, Any], regions: tuple[str, ...], at_s: float
) -> tuple[list[Problem], tuple[str, float, float, float]]:
    """Region, power, start and end; or all that is wrong."""
    problems = []

    def wrong(key: str, expected: str, remedy: str) -> None:
        found = shown(told[key]) if key in told else "nothing"
        problems.append(Problem(where=f"event: {key}", found=found, expected=expected, remedy=remedy))

    region, down_mw, hours = told.get("territory"), told.get("down_mw"), told.get("hours")
    if region not in regions:
        wrong("territory", f"one of {', '.join(regions)}", "name the region that is asked")
    if not _positive(down_mw):
        wrong("down_mw", "a power above 0, MW", "say by how much less")
    if not _positive(hours) or float(hours) > HOURS_MAX:  # type: ignore[arg-type]
        wrong("hours", f"above 0, at most {HOURS_MAX:g}", "say for how long")
    start_s = _instant(told.get("start"), at_s)
    if start_s is None or start_s < at_s - 60.0:
        wrong("start", "an instant with its zone, not past; or nothing for now", "write it as 2027-03-15T14:00+08:00")
    if problems:
        return problems, ("", 0.0, 0.0, 0.0)
    start = max(float(start_s or at_s), at_s)
    return [], (str(region), float(down_mw), start, start + 3600.0 * float(hours))  # type: ignore[arg-type]


def _positive(value: object) -> bool:
    """A number above 0."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0.0 < value < float("inf")


def _instant(value: object, at_s: float) -> float | None:
    """Seconds of an instant; nothing means now; None where it is none."""
    if value is None or value == "":
        return at_s
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return at.timestamp() if at.tzinfo else None
