"""What happens when the grid asks a region's sites for less power? Asked, approved, run, measured, told.

An event is approved by a person. While it runs, the sites that can wait are capped anew at each tick, so that the
region's pool draws so much less than its plan has; the match does the rest under these caps. The plan is the one that
the journal had before the notice; where there was none, the pool's draw as the event begins stands in, and it is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from wattloom.app.control_room import planning, responding
from wattloom.app.control_room.quality import GOOD
from wattloom.app.control_room.rows import GridEvent, Proposal, Row
from wattloom.app.match_inputs import region_name
from wattloom.domain.errors import InputError, Problem
from wattloom.domain.live import shown
from wattloom.domain.text import Text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.app.control_room.state import RoomState
    from wattloom.app.control_room.steps import Seen, Steps
    from wattloom.app.match_inputs import MatchInputs
    from wattloom.market.response.plans import LoggedPlan

HOURS_MAX = 12.0
GAP_S = 900.0
"""After a longer silence of the room nothing is counted as delivered in between."""
COURSE_MAX = 240
"""Points of a course that are kept: enough for a chart."""
WH_PER_MWH = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the room can say of a region as an event is asked."""

    plan: LoggedPlan | None = None
    """The newest that the journal has."""
    can_mw: float | None = None
    """How much less the pool could draw at once."""


def asked(state: RoomState, told: Mapping[str, Any], steps: Steps, *, by: str, at_s: float,
          known: Known | None = None) -> list[Row]:  # fmt: skip
    """An event and the proposal that asks for a person's word; `InputError` names all that is wrong.

    Args:
        state: of the room.
        told: territory, down_mw, hours, and what else the asker says.
        steps: of the room.
        by: who asks.
        at_s: when: the notice.
        known: of the region.
    """
    here = known or Known()
    regions = steps.inputs.layout.regions
    problems, event = _judged(told, regions, at_s)
    if problems:
        raise InputError(problems)
    number = state.numbers + 1
    name, ask = f"e{number}", f"p{number + 1}"
    region, down_mw, start_s, end_s = event
    hours = (end_s - start_s) / 3600.0
    place = region_name(region)
    what = Text(
        f"{place.en}: {down_mw:g} MW less for {hours:g} h", f"{place.zh}：{hours:g} 小时内减少 {down_mw:g} 兆瓦"
    )
    if here.can_mw is not None:
        mw = f"{here.can_mw:.0f}"
        more = Text(f"; the pool can give {mw} MW now", f"；资源池当前可减 {mw} 兆瓦")
        what = Text(what.en + more.en, what.zh + more.zh)
    price = told.get("price_cny_per_mwh")
    own = {key: value for key, value in told.items() if isinstance(value, str | int | float)}
    terms = {**own, "notice_s": at_s, "plan": planning.told(here.plan, notice_s=at_s)}
    return [
        GridEvent(id=name, region=region, state="waiting", down_mw=down_mw, start_s=start_s, end_s=end_s, by=by,
                  proposal=ask, price_cny_per_mwh=None if price is None else float(price),
                  terms=terms),
        Proposal(id=ask, kind="event", subject=region, at_s=at_s, expires_s=max(start_s, at_s + steps.patience.asked_s),
                 text=(what.en, what.zh), figures={"down_mw": down_mw, "hours": hours}, asked={"event": name}),
    ]  # fmt: skip


def decided(state: RoomState, proposal: Proposal) -> list[Row]:
    """The event of a proposal that a person decided."""
    event, ready = state.tables["events"][str(proposal.asked["event"])], proposal.state == "approved"
    if not isinstance(event, GridEvent):
        return []
    return [replace(event, state="ready" if ready else "refused", by=proposal.by)]


def known(state: RoomState, seen: Seen | None, steps: Steps, plans: Mapping[str, LoggedPlan], *,
          region: str) -> Known | None:  # fmt: skip
    """What the room can say of a region; None of one that it has not, or before its first tick."""
    regions = steps.inputs.layout.regions
    if seen is None or region not in regions:
        return None
    return Known(plan=plans.get(region), can_mw=float(can_mw(state, seen, steps)[regions.index(region)]))


def unpaid(state: RoomState) -> list[GridEvent]:
    """Events that are over, of which somebody is owed something, and that the ledger has not confirmed."""
    of = state.tables["events"].values()
    return [
        row
        for row in of
        if isinstance(row, GridEvent)
        and row.state == "done"
        and (row.terms.get("statement") or {}).get("shares_fen")
        and not row.terms.get("ledger")
    ]


def posted(state: RoomState, name: str) -> tuple[Row, ...]:
    """An event with the ledger's word."""
    row = state.tables["events"].get(name)
    return (replace(row, terms={**row.terms, "ledger": "provisional"}),) if isinstance(row, GridEvent) else ()


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
            found.append(_measured(event, seen, steps, draw, before_s=state.at_s, at_s=at_s))
    return found, [], number


def able(state: RoomState, seen: Seen, steps: Steps) -> NDArray[np.float64]:
    """IT power that each site of a pool could do without at once: work that may wait, MW, shape (site,)."""
    sites = seen.tick.sites
    it_mw = np.clip(steps.points.window(seen.used.values, "sites", "it_mw"), 0.0, steps.inputs.fleet.it_mw)
    most = np.clip(np.minimum(it_mw - sites.it_mw_min, sites.demand_mw[:, 2:].sum(axis=1)), 0.0, None)
    return np.asarray(np.where((seen.verdict == GOOD) & planning.pool(state, steps), most, 0.0))


def can_mw(state: RoomState, seen: Seen, steps: Steps) -> NDArray[np.float64]:
    """The same as draw by region, MW, shape (region,)."""
    layout, draw = steps.inputs.layout, able(state, seen, steps) * seen.tick.sites.facility_mw_per_it_mw
    by_region = np.bincount(layout.site_region, weights=draw, minlength=len(layout.regions))
    return np.asarray(by_region, dtype=np.float64)


def _begun(event: GridEvent, state: RoomState, seen: Seen, steps: Steps, at_s: float) -> GridEvent:
    """Who gives how much: sites with work that may wait, in proportion to it; who counts: all of the region's pool."""
    inputs, facility = steps.inputs, seen.tick.sites.facility_mw_per_it_mw
    here = inputs.layout.site_region == inputs.layout.regions.index(event.region)
    draw = steps.points.window(seen.used.values, "sites", "draw_mw")
    it_mw = np.clip(steps.points.window(seen.used.values, "sites", "it_mw"), 0.0, inputs.fleet.it_mw)
    members = np.flatnonzero(here & planning.pool(state, steps))
    cut = np.where(here, able(state, seen, steps), 0.0)
    chosen = np.flatnonzero(cut > 0.0)
    end_s = event.end_s + max(at_s - event.start_s, 0.0)
    start_s = max(event.start_s, at_s)
    step = responding.step_minutes(start_s, end_s)
    periods = round((end_s - start_s) / 60.0 / step)
    given = (cut * facility)[members]
    whole, pool_mw = float(given.sum()), float(draw[members].sum())
    terms = {
        **event.terms,
        "sites": int(chosen.size),
        "can_mw": whole,
        "it_mw": np.round(it_mw[chosen], 4).tolist(),
        "cut_mw": np.round(cut[chosen], 4).tolist(),
        "members": members.tolist(),
        "own_share": np.round(draw[members] / max(pool_mw, 1e-9), 9).tolist(),
        "told_share": np.round(given / max(whole, 1e-9), 9).tolist(),
        "drawn_wh": [0.0] * members.size,
        "step_minutes": step,
        "metered_wh": [0.0] * periods,
        "pool_mw": pool_mw,
    }
    begun = replace(event, state="running", start_s=start_s, end_s=end_s, sites=tuple(chosen.tolist()), terms=terms)
    base = float(baseline(begun, [start_s])[0])
    begun = replace(begun, baseline_mw=base, course=((at_s, pool_mw, base),))
    caps_mw = _caps(begun, seen, draw, at_s=at_s, size_mw=inputs.fleet.it_mw)
    return replace(begun, terms={**terms, "caps_it_mw": caps_mw})


def baseline(event: GridEvent, at_s: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    """What the pool would have drawn, MW: its plan from before the notice, else its draw as the event began."""
    plan = event.terms.get("plan")
    return planning.course_mw(plan, at_s) if plan else np.full(len(at_s), float(event.terms["pool_mw"]))


def _caps(event: GridEvent, seen: Seen, draw: NDArray[np.float64], *, at_s: float,
          size_mw: NDArray[np.float64]) -> list[float]:  # fmt: skip
    """IT power that is left to each of those who give, so that the pool comes to its baseline less what is asked."""
    terms, chosen, members = event.terms, list(event.sites), list(event.terms["members"])
    it_mw, cut_mw = np.array(terms["it_mw"]), np.array(terms["cut_mw"])
    facility = seen.tick.sites.facility_mw_per_it_mw[chosen]
    others = float(draw[members].sum() - draw[chosen].sum())
    left = float(baseline(event, [at_s])[0]) - event.down_mw - others
    share = (float(it_mw @ facility) - left) / max(float(cut_mw @ facility), 1e-9)
    # Below 0 the pool draws less than it promised by itself, and what it gives may rise by as much.
    left_mw = np.clip(it_mw - np.clip(share, -1.0, 1.0) * cut_mw, 0.0, size_mw[chosen])
    found: list[float] = np.round(left_mw, 4).tolist()
    return found


def _measured(event: GridEvent, seen: Seen, steps: Steps, draw: NDArray[np.float64], *, before_s: float,
              at_s: float) -> GridEvent:  # fmt: skip
    """With what was given up to now and caps for the next tick; ended, verified and paid where its time is over."""
    terms, members = event.terms, list(event.terms["members"])
    actual, until_s = float(draw[members].sum()), min(at_s, event.end_s)
    counted_s = float(terms.get("counted_s", event.start_s))
    seconds = max(until_s - counted_s, 0.0)
    silent = seconds > GAP_S
    base_wh = _over(event, counted_s, until_s)
    metered = base_wh if silent else np.diff(_edges(event).clip(counted_s, until_s)) * (actual / 3600.0 * WH_PER_MWH)
    part_wh = base_wh.sum() * np.array(terms["own_share"])
    drawn = part_wh if silent else draw[members] * (seconds / 3600.0 * WH_PER_MWH)
    last_s = event.course[-1][0] if event.course else before_s
    base_mw = float(baseline(event, [at_s])[0])
    again = at_s - last_s >= (event.end_s - event.start_s) / COURSE_MAX
    found = replace(
        event,
        delivered_wh=event.delivered_wh + round(float(base_wh.sum() - metered.sum())),
        asked_wh=event.asked_wh + round(event.down_mw * seconds / 3600.0 * WH_PER_MWH),
        terms={
            **terms,
            "counted_s": until_s,
            "metered_wh": np.round(np.array(terms["metered_wh"]) + metered, 1).tolist(),
            "drawn_wh": np.round(np.array(terms["drawn_wh"]) + drawn, 1).tolist(),
            "caps_it_mw": _caps(event, seen, draw, at_s=at_s, size_mw=steps.inputs.fleet.it_mw),
        },
        course=(*event.course, (at_s, actual, base_mw)) if again else event.course,
    )
    if at_s < event.end_s:
        return found
    over = _over(event, event.start_s, event.end_s)
    ended = replace(found, state="done", terms={**found.terms, "baseline_wh": np.round(over, 1).tolist()})
    return responding.settled(ended, steps)


def _edges(event: GridEvent) -> NDArray[np.float64]:
    """Beginnings of an event's periods and its end, shape (period + 1,)."""
    step_s = 60.0 * int(event.terms["step_minutes"])
    return np.asarray(event.start_s + step_s * np.arange(len(event.terms["metered_wh"]) + 1, dtype=np.float64))


def _over(event: GridEvent, start_s: float, end_s: float) -> NDArray[np.float64]:
    """The baseline's energy between two instants in each period, Wh, shape (period,): minute by minute."""
    edges = _edges(event)
    minutes = np.arange(edges[0], edges[-1], 60.0)
    mw = baseline(event, minutes + 30.0)
    seconds = np.clip(np.minimum(minutes + 60.0, end_s) - np.maximum(minutes, start_s), 0.0, None)
    place = np.clip(np.searchsorted(edges, minutes, side="right") - 1, 0, edges.size - 2)
    weights = mw * seconds / 3600.0 * WH_PER_MWH
    return np.asarray(np.bincount(place, weights=weights, minlength=edges.size - 1), dtype=np.float64)


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
    minutes = max(round(60.0 * float(hours)), 1)  # type: ignore[arg-type]
    return [], (str(region), float(down_mw), start, start + 60.0 * minutes)  # type: ignore[arg-type]


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
