"""What would a day of ticks have brought? Load, green output and prices move on; work that waited comes back.

Training and batch wait in the order in which they came. Half an hour before it is due, work may wait no longer and is
asked for as work that is never left; the rest may be left at the price of waiting. Beside it, the same work is
served at home as it comes.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from wattloom.app.match_answer import HourSums, MatchReplay
from wattloom.app.match_inputs import (
    SECONDS_PER_HOUR,
    SECONDS_PER_MINUTE,
    Courses,
    MatchInputs,
    Work,
    match_inputs,
    start_work,
)
from wattloom.app.match_now import Recorded, draw_of, drawn_by, money_of_home, money_of_match, provenance
from wattloom.dispatch.match_project import STEPS
from wattloom.dispatch.matching import GAP_MAX, Matcher, repaired
from wattloom.domain.ports import Silent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.dispatch.match_project import MatchProject
    from wattloom.dispatch.matching import Match, Repaired, Tick
    from wattloom.domain.ports import Progress

SALT = 1
"""The wandering is drawn apart from the fleet."""
FORGETTING_H = 1.0
"""Hours after which a chance deviation has faded to a third."""
GREEN_WANDERS = 2.0
"""How much more the surplus of wind and sun wanders than a demand."""
DUE_GRID_S = 900.0
"""Grid on which work that came is remembered until it is due."""
CALLED_S = 1800.0
"""So long before it is due, waiting work is called: ramps and full machines leave it time."""
WARM_UP_TICKS = 1
"""Left out of the times: the first answer climbs from nowhere."""


def match_replay(
    project: MatchProject, *, folder: Path, progress: Progress | None = None, source: bytes = b""
) -> MatchReplay:
    """Every tick of the window, faster than real time."""
    told = progress or Silent()
    told.step("supply, prices and sites", done=0.02)
    inputs = match_inputs(project, folder=folder)
    begun, cpu = time.perf_counter(), time.process_time()
    day = _Day(inputs)
    for number in range(day.count):
        if number % day.count_of_progress == 0:
            told.step(f"tick {number:,} of {day.count:,}", done=0.05 + 0.9 * number / day.count)
        day.step(number)
    return _answer(day, wall_s=time.perf_counter() - begun, cpu_s=time.process_time() - cpu, source=source)


def without_chance(inputs: MatchInputs) -> NDArray[np.float64]:
    """What the match would draw hour by hour if work and green output came as the file has them, MW, shape (hour,).

    The window is played twice and the second time counts: what waits over its end stands at its beginning, as in a
    room that has run for days.
    """
    project, hours = inputs.project, inputs.project.window.hours
    window = replace(project.window, hours=2 * hours, tick_seconds=900)
    arrays = {field.name: getattr(inputs.courses, field.name) for field in fields(inputs.courses)}
    day = _Day(
        replace(
            inputs,
            project=replace(project, fleet=replace(project.fleet, wander=0.0), window=window),
            courses=Courses(**{name: np.concatenate([values, values]) for name, values in arrays.items()}),
            reference_cny_per_mwh=np.concatenate([inputs.reference_cny_per_mwh, inputs.reference_cny_per_mwh]),
            record=(),
        )
    )
    for number in range(day.count):
        day.step(number)
    return np.asarray(day.sums.draw_mwh[hours:].sum(axis=1))


@dataclass(slots=True)
class _Queue:
    """Work that waits, in the order in which it came, MWh of IT; shape (site, 2)."""

    came_mwh: NDArray[np.float64]
    """By the end of the tick that is being decided."""
    done_mwh: NDArray[np.float64]
    past_mwh: NDArray[np.float64]
    """Shape (point, site, 2): what had come by each point of the grid."""
    wait_s: tuple[float, float]

    def due_mwh(self, second: float) -> NDArray[np.float64]:
        """What must be done by an instant; never less than what had come a whole wait before it."""
        due = np.zeros_like(self.came_mwh)
        for k, wait in enumerate(self.wait_s):
            if wait <= 0:
                due[:, k] = self.came_mwh[:, k]
                continue
            place = (second - wait) / DUE_GRID_S
            if place <= 0:
                continue
            first = min(int(place), self.past_mwh.shape[0] - 2)
            part = place - first
            due[:, k] = (1 - part) * self.past_mwh[first, :, k] + part * self.past_mwh[first + 1, :, k]
        return due


class _Day:
    """The state of a replay and what it has counted."""

    def __init__(self, inputs: MatchInputs) -> None:
        """Before the first tick: nothing waits, batteries are half full."""
        self.inputs, self.project = inputs, inputs.project
        window, sites = inputs.project.window, inputs.fleet.it_mw.size
        self.hours = window.tick_seconds / SECONDS_PER_HOUR
        self.count = round(window.hours / self.hours)
        self.count_of_progress = max(1, self.count // 50)
        self.matcher, self.record = Matcher(inputs.layout), Recorded(inputs)
        self._chance = np.random.default_rng([inputs.project.fleet.seed, SALT])
        self._off, self._green_off = np.zeros((sites, 4)), np.zeros(len(inputs.layout.regions))
        points = round(window.hours * SECONDS_PER_HOUR / DUE_GRID_S) + 2
        wait_s = tuple(hours * SECONDS_PER_HOUR for hours in self.project.fleet.wait_hours)
        self.queue = _Queue(
            came_mwh=np.zeros((sites, 2)),
            done_mwh=np.zeros((sites, 2)),
            past_mwh=np.zeros((points, sites, 2)),
            wait_s=(wait_s[0], wait_s[1]),
        )
        start = start_work(inputs, 0.0, hours=self.hours)
        self.power_mw, self.stored_mwh = start.previous_it_mw, start.stored_mwh
        self.stored_first_mwh = self.stored_mwh.copy()
        self.overdue_mwh, self.exact = 0.0, 0
        self.cpu_ms, self.gap, self.residual = (np.zeros(self.count) for _ in range(3))
        self.sums = _empty(inputs)
        self._moved_before: NDArray[np.float64] | None = None

    def step(self, number: int) -> None:
        """Decide a tick and count it."""
        second, hour = number * self.project.window.tick_seconds, int(number * self.hours)
        coming = self._coming(second)
        work, must = self._work(second, coming)
        tick = self._wandered(self.record.on(self.inputs.tick(second, work)))
        match = self.matcher.match(tick, at_s=second)
        self._done(second, tick, match, must)
        self.cpu_ms[number] = 1000.0 * match.cpu_s
        self.gap[number], self.residual[number] = match.certificate.gap, match.certificate.residual
        self.exact += match.certificate.method == "exact"
        self._count(hour, tick, match, coming=coming, must=must.sum(axis=1))

    def _coming(self, second: float) -> NDArray[np.float64]:
        """Work that comes now, with its chance."""
        entry, seconds = self.project.fleet, self.hours * SECONDS_PER_HOUR
        self.record.until(second)
        fade, size = np.exp(-self.hours / FORGETTING_H), entry.wander * np.sqrt(seconds / SECONDS_PER_MINUTE)
        self._off = fade * self._off + self._chance.normal(0.0, size, self._off.shape)
        self._green_off = fade * self._green_off + self._chance.normal(0.0, GREEN_WANDERS * size, self._green_off.shape)
        return self.record.coming_mw(self.inputs.coming_mw(second) * np.exp(self._off))

    def _work(self, second: float, coming: NDArray[np.float64]) -> tuple[Work, NDArray[np.float64]]:
        """What stands before the tick, and how much of what may wait may wait no longer, IT MW, shape (site, 2)."""
        queue, place = self.queue, int(second // DUE_GRID_S)
        if second % DUE_GRID_S == 0.0:
            queue.past_mwh[place] = queue.came_mwh
        queue.came_mwh = queue.came_mwh + coming[:, 2:] * self.hours
        queue.past_mwh[place + 1] = queue.came_mwh  # The point ahead: what lies between is on the line to it.
        pending = np.maximum(queue.came_mwh - queue.done_mwh, 0.0)
        due = np.minimum(queue.due_mwh(second + self.hours * SECONDS_PER_HOUR + CALLED_S), queue.came_mwh)
        must = np.maximum(due - queue.done_mwh, 0.0) / self.hours
        room = np.maximum(self.inputs.fleet.it_mw - coming[:, :2].sum(axis=1), 0.0)
        demand = coming.copy()
        demand[:, 0] += must.sum(axis=1)
        # More than a site could run in this tick changes nothing: it is not put before the matcher.
        demand[:, 2:] = np.minimum(pending / self.hours - must, np.maximum(room, coming[:, 2:].T).T)
        price = np.empty_like(demand)
        price[:, :2] = self.project.fleet.shed_price_cny_per_mwh
        price[:, 2:] = self.inputs.waiting_price(second, pending)
        work = Work(
            demand_mw=np.maximum(demand, 0.0),
            unserved_cny_per_mwh=price,
            previous_it_mw=self.power_mw,
            stored_mwh=self.stored_mwh,
            hours=self.hours,
        )
        return work, must

    def _wandered(self, tick: Tick) -> Tick:
        """The tick with its surplus green off by chance."""
        supply = tick.regions.supply_mw_max.copy()
        supply[:, 0] *= np.exp(self._green_off)
        return replace(tick, regions=replace(tick.regions, supply_mw_max=supply))

    def _done(self, second: float, tick: Tick, match: Match, must: NDArray[np.float64]) -> None:
        """Take off the queue what was done, and move the batteries."""
        queue, due = self.queue, must.sum(axis=1)
        own = tick.sites.demand_mw[:, 0] - due
        kept = np.maximum(match.served_it_mw[0] - own, 0.0)
        share = np.divide(kept, due, out=np.zeros_like(due), where=due > 0)
        done = match.served_it_mw[2:].T + must * share[:, None]
        done[:, 1] += match.moved_out_it_mw[1]
        queue.done_mwh = queue.done_mwh + done * self.hours
        late = queue.due_mwh(second + self.hours * SECONDS_PER_HOUR) - queue.done_mwh
        self.overdue_mwh = max(self.overdue_mwh, float(np.maximum(late, 0.0).sum()))
        self.power_mw = match.served_it_mw.sum(axis=0) + match.moved_in_it_mw + match.idle_it_mw
        way = float(np.sqrt(self.project.fleet.battery_efficiency))
        change = (match.charge_mw * way - match.discharge_mw / way) * self.hours
        self.stored_mwh = np.clip(self.stored_mwh + change, 0.0, self.inputs.fleet.battery_mwh)

    def _count(
        self, hour: int, tick: Tick, match: Match, *, coming: NDArray[np.float64], must: NDArray[np.float64]
    ) -> None:
        """Add a tick to its hour, beside serving at home what comes as it comes."""
        s, h = self.sums, self.hours
        home_tick, home = _at_home(tick, coming)
        s.draw_mwh[hour] += h * drawn_by(tick, match)
        s.home_draw_mwh[hour] += h * draw_of(tick, home.setpoints_mw)
        s.step_mwh[hour, :, :-1] += h * match.supply_mw
        s.step_mwh[hour, :, -1] += h * match.shortfall_mw
        s.home_step_mwh[hour] += h * home.supply_mw
        s.price_cny_per_mwh[hour] += h * match.prices_cny_per_mwh[0]
        s.green_available_mwh[hour] += h * tick.regions.supply_mw_max[:, :2].sum(axis=1)
        s.line_mwh[hour] += h * match.forward_mw
        s.corridor_mwh[hour] += h * match.corridor_it_mw
        if self._moved_before is not None:
            s.started_mw[hour] += np.maximum(match.corridor_it_mw - self._moved_before, 0.0).sum()
        self._moved_before = match.corridor_it_mw
        s.served_it_mwh[hour] += h * match.served_it_mw.sum(axis=1)
        s.asked_it_mwh[hour] += h * coming.sum(axis=0)
        s.waiting_it_mwh[hour] = np.maximum(self.queue.came_mwh - self.queue.done_mwh, 0.0).sum(axis=0)
        money, at_home = money_of_match(tick, match), money_of_home(home_tick, home)
        # Called work that found no room is still there in the next tick: nothing was shed.
        kept = self.project.fleet.shed_price_cny_per_mwh[0] * float(
            np.minimum(tick.sites.demand_mw[:, 0] - match.served_it_mw[0], must).clip(min=0.0).sum()
        )
        s.money[hour] += h * np.array([money.energy, money.carbon, money.fees, money.moves, money.shed - kept])
        # At home nothing waits: what is not served is lost.
        lost = at_home.shed + at_home.waiting
        s.home_money[hour] += h * np.array([at_home.energy, at_home.carbon, 0.0, 0.0, lost])


def _at_home(tick: Tick, coming: NDArray[np.float64]) -> tuple[Tick, Repaired]:
    """The same instant with all work served at home as it comes, no ramp in the way."""
    sites = replace(tick.sites, demand_mw=coming, previous_it_mw=tick.sites.it_mw_max, ramp_mw=tick.sites.it_mw_max)
    found = replace(tick, sites=sites)
    return found, repaired(found, None)


def _empty(inputs: MatchInputs) -> HourSums:
    """Sums of nothing."""
    hours, regions = inputs.courses.shape.shape
    sizes = {
        "draw_mwh": (regions,),
        "home_draw_mwh": (regions,),
        "step_mwh": (regions, len(STEPS) + 1),
        "home_step_mwh": (regions, len(STEPS) + 1),
        "price_cny_per_mwh": (regions,),
        "green_available_mwh": (regions,),
        "line_mwh": (inputs.layout.line_from.size,),
        "corridor_mwh": (inputs.layout.corridor_from.size,),
        "started_mw": (),
        "served_it_mwh": (4,),
        "asked_it_mwh": (4,),
        "waiting_it_mwh": (2,),
        "money": (5,),
        "home_money": (5,),
    }
    return HourSums(**{name: np.zeros((hours, *shape)) for name, shape in sizes.items()})


def _answer(day: _Day, *, wall_s: float, cpu_s: float, source: bytes) -> MatchReplay:
    """Everything counted."""
    inputs, worth = day.inputs, np.median(day.inputs.reference_cny_per_mwh, axis=0)[day.inputs.fleet.region]
    left = np.maximum(day.queue.came_mwh - day.queue.done_mwh, 0.0)
    facility = inputs.facility_at(0.0)
    mean = inputs.reference_cny_per_mwh.mean(axis=0)[inputs.fleet.region]
    return MatchReplay(
        project=day.project,
        layout=inputs.layout,
        fleet_it_mw=float(inputs.fleet.it_mw.sum()),
        ticks=day.count,
        hours=day.sums,
        cpu_ms=day.cpu_ms[WARM_UP_TICKS:] if day.count > WARM_UP_TICKS else day.cpu_ms,
        gap=day.gap,
        residual=day.residual,
        exact=day.exact,
        certified_share=float(np.mean(day.gap <= GAP_MAX)),
        overdue_mwh=day.overdue_mwh,
        left_mwh=float(left.sum()),
        left_cost_cny=float(np.sum(left.sum(axis=1) * facility * mean)),
        stored_cny=float(np.sum((day.stored_mwh - day.stored_first_mwh) * worth)),
        wall_s=wall_s,
        cpu_s=cpu_s,
        facts=inputs.facts,
        notes=inputs.notes,
        provenance=provenance(source),
    )
