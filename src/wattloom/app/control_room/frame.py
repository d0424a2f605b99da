"""What does everybody who looks on see each tick? One small value, made once and sent to all.

Draw and IT power are what was measured, or what stands in for it; flows, moves, shortfall and prices are the match's.
A region's green share and carbon are those of the mix it draws: its own supply and what arrives, mixed in proportion
all along the lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import numpy as np

from wattloom.app.control_room.mixing import mixed
from wattloom.app.control_room.rows import Alarm, Proposal
from wattloom.app.live_records import Decision
from wattloom.dispatch.matching import GAP_MAX

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.app.control_room.state import RoomState
    from wattloom.app.control_room.steps import Seen, Steps
    from wattloom.domain.text import Text

FLOW_MW_MIN, MOVE_MW_MIN = 0.5, 0.2
"""Smaller ones are not drawn."""
MOVES_MAX = 40
"""The largest moves between regions that a frame tells, so that it stays small."""
SEVERITIES = ("info", "minor", "major", "critical")
"""By the severity of an alarm, 0 to 3."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """How the host stands as a frame is made."""

    speed: float
    simulated: bool
    degraded: Sequence[Text]
    decision_ms: float | None
    record_ms: float | None
    actuation_ms: float | None
    settled_ms: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Regions:
    """The regions at a tick, shape (region,)."""

    draw_mw: NDArray[np.float64]
    it_mw: NDArray[np.float64]
    green_share: NDArray[np.float64]
    carbon_t_per_mwh: NDArray[np.float64]
    price_cny_per_mwh: NDArray[np.float64]
    shortfall_mw: NDArray[np.float64]
    sites: NDArray[np.int64]


def instant(at_s: float, steps: Steps) -> str:
    """An instant in the room's zone, ISO 8601 with offset, whole seconds."""
    zone = steps.inputs.project.zone
    offset = datetime.fromtimestamp(at_s, tz=zone).utcoffset() or timedelta(0)
    return datetime.fromtimestamp(at_s, tz=timezone(offset)).isoformat(timespec="seconds")


def regions(state: RoomState, seen: Seen, steps: Steps) -> Regions:
    """All regions at a tick."""
    count, region = len(steps.inputs.layout.regions), steps.inputs.layout.site_region
    values = {name: steps.points.window(seen.used.values, "sites", name) for name in ("draw_mw", "it_mw")}
    green, carbon = mixed(state.around, steps.inputs) if state.around else (np.zeros(count), np.zeros(count))
    return Regions(
        draw_mw=np.bincount(region, weights=values["draw_mw"], minlength=count).astype(np.float64),
        it_mw=np.bincount(region, weights=values["it_mw"], minlength=count).astype(np.float64),
        green_share=green,
        carbon_t_per_mwh=carbon,
        price_cny_per_mwh=state.prices,
        shortfall_mw=state.around["shortfall_mw"] if state.around else np.zeros(count),
        sites=np.bincount(region, minlength=count),
    )


def frame(state: RoomState, seen: Seen, steps: Steps, running: Running, *, at_regions: Regions) -> dict[str, Any]:
    """The frame of a tick, ready for JSON."""
    r = at_regions
    draw = float(r.draw_mw.sum())
    weights = r.draw_mw / max(draw, 1e-9)
    certificate = seen.decision.certificate if isinstance(seen.decision, Decision) else {}
    gap = certificate.get("gap")
    return {
        "tick": state.tick,
        "at": instant(state.at_s, steps),
        "speed": running.speed,
        "simulated": running.simulated,
        "stale_s": 0.0,
        "state": "degraded" if running.degraded else "live",
        "degraded": [{"en": one.en, "zh": one.zh} for one in running.degraded],
        "provinces": {
            "keys": list(steps.inputs.layout.regions),
            "draw_mw": rounded(r.draw_mw, 1),
            "it_mw": rounded(r.it_mw, 1),
            "green_share": rounded(r.green_share, 4),
            "price_cny_per_mwh": rounded(r.price_cny_per_mwh, 2),
            "shortfall_mw": rounded(r.shortfall_mw, 1),
            "sites": r.sites.tolist(),
            "carbon_t_per_mwh": rounded(r.carbon_t_per_mwh, 4),
        },
        "flows_mw": _flows(state, steps),
        "moves_it_mw": _moves(state, steps),
        "certificate": {
            "gap_share": None if gap is None else round(gap, 8),
            "took_ms": running.decision_ms,
            "certified": gap is not None and gap <= GAP_MAX,
        },
        "latencies_ms": {
            "decision": running.decision_ms,
            "record": running.record_ms,
            "actuation": running.actuation_ms,
            "settled": running.settled_ms,
        },
        "totals": {
            "draw_mw": round(draw, 1),
            "it_mw": round(float(r.it_mw.sum()), 1),
            "green_share": round(float(weights @ r.green_share), 4),
            "cost_cny_per_h": round(float(r.draw_mw @ r.price_cny_per_mwh), 0),
            "carbon_t_per_h": round(float(r.draw_mw @ r.carbon_t_per_mwh), 2),
        },
        "alarms": _alarms(state),
        "proposals": _proposals(state),
        "commands": {
            name: getattr(state.counts, name) for name in ("sent", "answered", "late", "by_person", "by_policy")
        },
    }


def rounded(values: NDArray[Any], digits: int) -> list[float | None]:
    """Numbers as JSON has them; none where there is no number."""
    return [None if value != value else value for value in np.round(values, digits).tolist()]  # noqa: PLR0124  NaN.


def _flows(state: RoomState, steps: Steps) -> dict[str, Any]:
    """What lines carry, from region to region."""
    if not state.around:
        return {"pairs": [], "mw": []}
    layout = steps.inputs.layout
    net: dict[tuple[int, int], float] = {}
    for a, b, there, back in zip(layout.line_from.tolist(), layout.line_to.tolist(),
                                 state.around["forward_mw"].tolist(), state.around["backward_mw"].tolist(),
                                 strict=True):  # fmt: skip
        net[a, b] = net.get((a, b), 0.0) + there
        net[b, a] = net.get((b, a), 0.0) + back
    shown = {pair: mw for pair, mw in net.items() if mw > FLOW_MW_MIN}
    return {"pairs": [list(pair) for pair in shown], "mw": [round(mw, 1) for mw in shown.values()]}


def _moves(state: RoomState, steps: Steps) -> dict[str, Any]:
    """Work that runs away from home, the largest."""
    if not state.around:
        return {"pairs": [], "mw": []}
    layout, count = steps.inputs.layout, len(steps.inputs.layout.regions)
    sums = np.bincount(layout.corridor_from * count + layout.corridor_to, weights=state.around["corridor_it_mw"],
                       minlength=count * count)  # fmt: skip
    order = np.argsort(-sums)[:MOVES_MAX]
    order = order[sums[order] > MOVE_MW_MIN]
    pairs = [[int(k) // count, int(k) % count] for k in order]
    return {"pairs": pairs, "mw": rounded(sums[order], 1)}


def _alarms(state: RoomState) -> dict[str, Any]:
    """How many, and how bad."""
    open_ones = [row for row in state.tables["alarms"].values() if isinstance(row, Alarm) and not row.ended]
    worst = max((row.severity for row in open_ones), default=None)
    return {
        "open": len(open_ones),
        "unacknowledged": sum(row.acknowledged_s is None for row in open_ones),
        "worst": None if worst is None else SEVERITIES[worst],
    }


def _proposals(state: RoomState) -> dict[str, Any]:
    """How many wait."""
    rows = state.tables["proposals"].values()
    waiting = [row.id for row in rows if isinstance(row, Proposal) and row.state == "waiting"]
    return {"waiting": len(waiting), "first": waiting[0] if waiting else None}
