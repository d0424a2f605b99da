"""Who serves, moves, waits and stores how much, at one instant? One tick of a match file, certified."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from wattloom import __version__
from wattloom.app.match_answer import MatchNow, Money
from wattloom.app.match_inputs import SECONDS_PER_HOUR, MatchInputs, match_inputs, start_work
from wattloom.dispatch.matching import Matcher, repaired
from wattloom.domain.errors import InputError
from wattloom.domain.ports import Silent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.dispatch.match_project import MatchProject
    from wattloom.dispatch.matching import Match, Repaired, Tick
    from wattloom.domain.ports import Progress

NOTHING_MW = 1e-9
"""Rounding of the set-points."""
SHED = (0, 1)
"""Classes whose unserved work is lost: inference."""


def match_now(
    project: MatchProject,
    *,
    folder: Path,
    at: str = "",
    progress: Progress | None = None,
    source: bytes = b"",
) -> MatchNow:
    """The answer to one tick, beside serving all at home; `at` is an instant or HH:MM, empty: the start."""
    told = progress or Silent()
    told.step("supply, prices and sites", done=0.1)
    inputs = match_inputs(project, folder=folder)
    second = second_of(at, project)
    told.step("match", done=0.7)
    tick = tick_at(inputs, second)
    match = Matcher(inputs.layout).match(tick, at_s=second)
    home = repaired(tick, None)
    return MatchNow(
        project=project,
        at=project.window.instant + timedelta(seconds=second),
        tick=tick,
        match=match,
        money=money_of_match(tick, match),
        home_supply_mw=home.supply_mw,
        home_money=money_of_home(tick, home),
        home_draw_mw=draw_of(tick, home.setpoints_mw),
        facts=inputs.facts,
        notes=inputs.notes,
        provenance=provenance(source),
    )


def tick_at(inputs: MatchInputs, second: float) -> Tick:
    """The tick of an instant as if it were the first: nothing waits yet, batteries are half full.

    What was recorded by then is in it.
    """
    from_record = Recorded(inputs)
    from_record.until(second)
    work = start_work(inputs, second, hours=inputs.project.window.tick_seconds / SECONDS_PER_HOUR)
    work = replace(work, demand_mw=from_record.coming_mw(work.demand_mw))
    return from_record.on(inputs.tick(second, work))


class Recorded:
    """Recorded values that hold at an instant; without a record, nothing."""

    def __init__(self, inputs: MatchInputs) -> None:
        """Before the first."""
        self._inputs = inputs
        self._next = 0
        self._held: dict[str, dict[tuple[int, ...], float]] = {}

    def until(self, second: float) -> None:
        """Take up every value recorded by an instant."""
        record = self._inputs.record
        while self._next < len(record) and record[self._next].second <= second:
            change = record[self._next]
            self._held.setdefault(change.field, {})[change.place] = change.value
            self._next += 1

    def coming_mw(self, coming_mw: NDArray[np.float64]) -> NDArray[np.float64]:
        """Work that comes, with what was recorded of it."""
        return self._put(coming_mw, "demand_mw")

    def on(self, tick: Tick) -> Tick:
        """The tick with what was recorded of supply, prices, lines and caps."""
        if not self._held:
            return tick
        charge = [fact.grid_charge_cny_per_mwh for fact in self._inputs.facts.values()]
        energy = tick.regions.supply_price_cny_per_mwh - np.array(charge)[:, None]
        price = self._put(energy, "supply_price_cny_per_mwh") + np.array(charge)[:, None]
        supply = self._put(tick.regions.supply_mw_max, "supply_mw_max")
        limit = self._put(tick.lines.forward_mw_max, "line_mw_max")
        return replace(
            tick,
            regions=replace(tick.regions, supply_mw_max=supply, supply_price_cny_per_mwh=price),
            lines=replace(tick.lines, forward_mw_max=limit),
            sites=replace(tick.sites, it_mw_max=self._put(tick.sites.it_mw_max, "it_mw_max")),
        )

    def _put(self, values: NDArray[np.float64], field: str) -> NDArray[np.float64]:
        """The values with the recorded ones in place."""
        held = self._held.get(field)
        if not held:
            return values
        found = values.copy()
        for place, value in held.items():
            found[place] = value
        return found


def second_of(at: str, project: MatchProject) -> float:
    """Seconds after the window's start of an instant, or of HH:MM on the report's clocks."""
    start = project.window.instant
    if not at:
        return 0.0
    try:
        if "T" in at:
            instant = datetime.fromisoformat(at)
        else:
            local = start.astimezone(project.zone)
            hour, minute = (int(part) for part in at.split(":"))
            instant = local.replace(hour=hour, minute=minute)
            instant += timedelta(days=1) if instant < local else timedelta()
        second = (instant - start).total_seconds()
    except (ValueError, TypeError):
        second = -1.0
    if not 0.0 <= second < project.window.hours * SECONDS_PER_HOUR:
        raise InputError.one(
            "--at",
            found=at,
            expected=f"an instant with its zone or HH:MM, inside the {project.window.hours} h from {start.isoformat()}",
            remedy="write it as 13:00",
        )
    return second


def money_of_match(tick: Tick, match: Match) -> Money:
    """What an hour of the matcher's set-points costs, item by item."""
    left = tick.sites.demand_mw.T - match.served_it_mw
    left[[1, 3]] -= match.moved_out_it_mw
    lines, sites = tick.lines, tick.sites
    moves = tick.corridors.cost_cny_per_mwh @ match.corridor_it_mw
    moves += sites.move_out_inference_cny_per_mwh @ match.moved_out_it_mw[0]
    moves += sites.move_out_batch_cny_per_mwh @ match.moved_out_it_mw[1]
    moves += sites.move_in_cny_per_mwh @ match.moved_in_it_mw
    stored = sites.discharge_value_cny_per_mwh @ match.discharge_mw - sites.charge_value_cny_per_mwh @ match.charge_mw
    return _money(
        tick,
        np.hstack([match.supply_mw, match.shortfall_mw[:, None]]),
        left=left,
        fees=float(lines.fee_cny_per_mwh @ (match.forward_mw + match.backward_mw)),
        moves=float(moves),
        stored=float(stored),
    )


def money_of_home(tick: Tick, home: Repaired) -> Money:
    """What an hour of serving everything at home costs."""
    return _money(tick, home.supply_mw, left=tick.sites.demand_mw.T - home.setpoints_mw[:4])


def _money(
    tick: Tick,
    supply_mw: NDArray[np.float64],
    *,
    left: NDArray[np.float64],
    fees: float = 0.0,
    moves: float = 0.0,
    stored: float = 0.0,
) -> Money:
    """Items of an hour; `supply_mw` has shape (region, step + 1), `left` (class, site)."""
    regions, price = tick.regions, tick.sites.unserved_price_cny_per_mwh.T
    undone = price * np.where(left > NOTHING_MW, left, 0.0)
    tonnes = float(np.sum(regions.supply_carbon_t_per_mwh * supply_mw[:, :-1]))
    return Money(
        energy=float(np.sum(regions.supply_price_cny_per_mwh * supply_mw[:, :-1])),
        carbon=regions.carbon_price_cny_per_t * tonnes,
        fees=fees,
        moves=moves,
        shed=float(undone[list(SHED)].sum()) + regions.shortfall_price_cny_per_mwh * float(supply_mw[:, -1].sum()),
        waiting=float(undone[2:].sum()),
        stored=stored,
    )


def draw_of(tick: Tick, setpoints_mw: NDArray[np.float64]) -> NDArray[np.float64]:
    """What the sites of each region draw, batteries included; `setpoints_mw` has shape (10, site)."""
    it_mw = setpoints_mw[:4].sum(axis=0) + setpoints_mw[6] + setpoints_mw[7]
    facility = tick.sites.facility_mw_per_it_mw * it_mw + setpoints_mw[8] - setpoints_mw[9]
    return by_region(tick.layout.site_region, facility, len(tick.layout.regions))


def drawn_by(tick: Tick, match: Match) -> NDArray[np.float64]:
    """What the sites of each region draw in an answer, batteries included."""
    it_mw = match.served_it_mw.sum(axis=0) + match.moved_in_it_mw + match.idle_it_mw
    facility = tick.sites.facility_mw_per_it_mw * it_mw + match.charge_mw - match.discharge_mw
    return by_region(tick.layout.site_region, facility, len(tick.layout.regions))


def by_region(region: NDArray[np.int64], amount: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Sums by region."""
    return np.asarray(np.bincount(region, weights=amount, minlength=count), dtype=np.float64)


def provenance(source: bytes) -> dict[str, str]:
    """Release and file."""
    return {"wattloom": __version__, "sha256 project": hashlib.sha256(source).hexdigest()}
