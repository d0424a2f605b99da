"""What does one tick come to between the regions? Draw, green share, moves and flows, by region, side and pair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattloom.dispatch.match_project import CLEAN
from wattloom.domain.text import Text
from wattloom.edge.reports.dispatch_words import of_site
from wattloom.edge.reports.words import LANGUAGES, Words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from wattloom.app.match_answer import MatchNow
    from wattloom.dispatch.match_project import MatchProject

SHOWN_MW = 0.05
"""Flows and moves below it are not told."""
NOTHING_MW = 1e-6
"""A watt: rounding."""
SIDES = ("west", "east")


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Power or computing that goes from one region to another."""

    start: int
    end: int
    mw: float
    limit_mw: float
    cost_cny_per_mwh: float
    loss_share: float = 0.0
    kind: str = ""
    """Of computing: movable_inference or movable_batch."""


def names(project: MatchProject) -> list[Text]:
    """What each region is called."""
    return [name_of(key) for key in project.regions]


def name_of(key: str) -> Text:
    """A region in both languages."""
    return Text(*(Words(lang).cell(of_site(key)).replace("_", " ") for lang in LANGUAGES))


def on_side(project: MatchProject, side: str) -> NDArray[np.bool_]:
    """Which regions are on a side."""
    return np.array([entry.side == side for entry in project.regions.values()])


def lines(now: MatchNow) -> list[Flow]:
    """Power over lines, the largest first."""
    tick, layout = now.tick, now.tick.layout
    found = [
        Flow(
            start=int(layout.line_from[k]),
            end=int(layout.line_to[k]),
            mw=float(now.match.forward_mw[k]),
            limit_mw=float(tick.lines.forward_mw_max[k]),
            cost_cny_per_mwh=float(tick.lines.fee_cny_per_mwh[k]),
            loss_share=float(tick.lines.loss_share[k]),
        )
        for k in np.argsort(-now.match.forward_mw, kind="stable")
    ]
    return [flow for flow in found if flow.mw >= SHOWN_MW]


KINDS = ("movable_inference", "movable_batch")


def moves(now: MatchNow) -> list[Flow]:
    """Computing over corridors, the largest first."""
    layout, corridors = now.tick.layout, now.tick.corridors
    found = [
        Flow(
            start=int(layout.corridor_from[k]),
            end=int(layout.corridor_to[k]),
            mw=float(now.match.corridor_it_mw[k]),
            limit_mw=float(corridors.it_mw_max[k]),
            cost_cny_per_mwh=float(corridors.cost_cny_per_mwh[k]),
            kind=KINDS[int(layout.corridor_class[k])],
        )
        for k in np.argsort(-now.match.corridor_it_mw, kind="stable")
    ]
    return [flow for flow in found if flow.mw >= SHOWN_MW]


def by_region(now: MatchNow, amount: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sums of sites by region."""
    layout = now.tick.layout
    return np.asarray(np.bincount(layout.site_region, amount, len(layout.regions)), dtype=np.float64)


def draw_mw(now: MatchNow) -> NDArray[np.float64]:
    """What the sites of each region draw."""
    match = now.match
    it_mw = match.served_it_mw.sum(axis=0) + match.moved_in_it_mw + match.idle_it_mw
    facility = now.tick.sites.facility_mw_per_it_mw * it_mw + match.charge_mw - match.discharge_mw
    return by_region(now, facility)


def waiting_mw(now: MatchNow) -> NDArray[np.float64]:
    """IT MW of training and batch that wait, by region."""
    found = by_region(now, np.maximum(_left(now)[2:], 0.0).sum(axis=0))
    return np.where(found < NOTHING_MW, 0.0, found)


def shed_mw(now: MatchNow) -> NDArray[np.float64]:
    """IT MW of inference that is not served, and energy that nobody has, by region."""
    found = by_region(now, np.maximum(_left(now)[:2], 0.0).sum(axis=0)) + now.match.shortfall_mw
    return np.where(found < NOTHING_MW, 0.0, found)


def _left(now: MatchNow) -> NDArray[np.float64]:
    """Work left, shape (class, site)."""
    left = now.tick.sites.demand_mw.T - now.match.served_it_mw
    left[[1, 3]] -= now.match.moved_out_it_mw
    return left


def green_share(supply_mw: NDArray[np.float64]) -> float:
    """Surplus green and firm clean energy, of all supply."""
    return float(supply_mw[:, list(CLEAN)].sum() / max(supply_mw.sum(), 1e-9))


def supply_mw(now: MatchNow) -> NDArray[np.float64]:
    """Shape (region, step + 1): the last is what nobody has."""
    return np.hstack([now.match.supply_mw, now.match.shortfall_mw[:, None]])


def tonnes(now: MatchNow, supply: NDArray[np.float64]) -> float:
    """CO2 of an hour of a supply."""
    return float(np.sum(now.tick.regions.supply_carbon_t_per_mwh * supply[:, :-1]))


def net_mw(flows: list[Flow], count: int) -> NDArray[np.float64]:
    """What comes in less what goes out, by region; losses apart."""
    found = np.zeros(count)
    for flow in flows:
        found[flow.start] -= flow.mw
        found[flow.end] += flow.mw
    return np.where(np.abs(found) < NOTHING_MW, 0.0, found)


def pairs(flows: list[Flow]) -> Iterator[tuple[tuple[int, int], float]]:
    """Sums by pair of regions, the largest first."""
    found: dict[tuple[int, int], float] = {}
    for flow in flows:
        found[flow.start, flow.end] = found.get((flow.start, flow.end), 0.0) + flow.mw
    yield from sorted(found.items(), key=lambda item: -item[1])
