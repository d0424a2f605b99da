"""What would a thousand sites answer? A twin behind the field's door: measures, obeys late, and has faults.

Every site has work that comes by the plan and by chance, machines that follow set-points after a dead time and within
their ramp, a battery, meters with noise, and now and then a fault: a meter that repeats itself or tells nonsense, or
silence. All of it is drawn from one seed, and all that it sends is called simulated.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from wattloom.app.control_room.points import Batch
from wattloom.app.control_room.state import AUTOMATIC, MANUAL, WITHIN, Answers, Policies

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.app.control_room.state import RoomState
    from wattloom.app.control_room.steps import Orders, Steps

SOURCE = "simulated field"
FORGETTING_S = 3600.0
"""Seconds after which a chance deviation has faded to a third, as in a match replay."""
GREEN_WANDERS = 2.0
"""How much more the surplus of wind and sun wanders than a demand, as in a match replay."""
DUE_GRID_S = 900.0
CALLED_S = 1800.0
"""Work is called so long before it is due, as in a match replay."""
DEAD_TIME_S = (0.3, 3.0)
"""From a command to its effect, drawn for each site: assumed."""
NOISE = 0.002
"""Standard deviation of a power meter's reading: class 0.5."""
SLOW_TICKS = 5
"""What is not power is reported every so many ticks, by a fifth of the sites at a time."""
FAULTS = ("stuck", "impossible", "silent")
FAULT_TICKS = (25, 70)
"""How long a fault lasts."""
FAULT_EACH_TICKS = 45
"""Between two faults of a lively fleet, on average."""
CALL_EACH_TICKS, CALL_FIRST_TICK = 240, 8
"""How often a lively grid asks for less power."""
CALL_SHARE = 0.06
"""Of a region's IT power: how much less. Assumed."""
CALL_CNY_PER_MWH = 3_000.0
"""What it offers for it: assumed, of the order of provincial demand-response prices."""
SHARES = (0.01, 0.03)
"""Of the sites: with manual approval, with limits; the rest automatic. Assumed."""
WITHIN_LIMIT = 0.12
"""Of a site's size: how far one with limits may leave the day's plan without a person. Assumed."""


@dataclass(slots=True)
class Fault:
    """What is wrong with a site, until when."""

    kind: str
    until_tick: int
    held: tuple[float, float] = (0.0, 0.0)


def drawn_policies(sites: int, seed: int) -> Policies:
    """Approval policies of a drawn fleet."""
    found, chance = Policies.automatic(sites), np.random.default_rng([seed, 2])
    order = chance.permutation(sites)
    manual, within = max(1, round(SHARES[0] * sites)), max(1, round(SHARES[1] * sites))
    found.kind[:] = AUTOMATIC
    found.kind[order[:manual]], found.kind[order[manual : manual + within]] = MANUAL, WITHIN
    found.limit[found.kind == WITHIN] = WITHIN_LIMIT
    return found


class SimulatedField:
    """Twelve provinces' sites, or whatever the plan has, on the clock it is given."""

    simulated = True

    def __init__(self, steps: Steps, *, seed: int = 12, lively: bool = True, call_hours: float = 0.5) -> None:
        """Machines as the plan needs them, batteries half full."""
        self._call_hours = call_hours
        self.steps, self.inputs, self.points = steps, steps.inputs, steps.points
        self._chance, self._lively = np.random.default_rng([seed, 3]), lively
        fleet = self.inputs.fleet
        sites = fleet.it_mw.size
        self.dead_s = self._chance.uniform(*DEAD_TIME_S, sites)
        self.it_mw, self.stored_mwh = np.zeros(sites), 0.5 * fleet.battery_mwh
        self.waiting_mwh, self.came_mwh = np.zeros((sites, 2)), np.zeros((sites, 2))
        self.done_mwh = np.zeros((sites, 2))
        self._past: deque[tuple[float, NDArray[np.float64]]] = deque()
        self._off, self._green_off = np.zeros((sites, 4)), np.zeros(len(self.inputs.layout.regions))
        self.setpoints_mw = np.full((10, sites), np.nan)
        self._coming: deque[tuple[NDArray[np.float64], Orders]] = deque()
        self._held_tick = np.zeros(sites, dtype=np.int64)
        self.net_mw = np.zeros(sites)
        self.faults: dict[int, Fault] = {}
        self.ticks, self._at_s, self.applied = 0, -np.inf, 0
        self._must = np.zeros((sites, 2))

    def resume(self, state: RoomState) -> None:
        """Take up what was last measured, after a restart."""
        good = self.points.window(state.measured.good, "sites", "it_mw")
        self.ticks = int(state.heard.get(SOURCE, 0))
        if np.isnan(good).all():
            return
        self.it_mw = np.where(np.isnan(good), self.it_mw, good)
        for name in ("stored_mwh", "waiting_mwh"):
            kept = self.points.window(state.measured.good, "sites", name)
            setattr(self, name, np.where(np.isnan(kept), getattr(self, name), kept))
        self.came_mwh, self.setpoints_mw = self.waiting_mwh.copy(), state.live.told_mw.copy()
        self._held_tick[:] = 0
        self._at_s = state.at_s

    def fault(self, site: str, kind: str, *, ticks: int = 60) -> None:
        """Let a site lie or fall silent for a while."""
        self.faults[self.points.site(site)] = Fault(kind=kind, until_tick=self.ticks + ticks)

    def asked(self) -> Mapping[str, Any] | None:
        """Now and then the grid asks a region for less."""
        if not self._lively or self.ticks % CALL_EACH_TICKS != CALL_FIRST_TICK:
            return None
        regions = self.inputs.layout.regions
        r = int(self._chance.integers(len(regions)))
        here = self.inputs.layout.site_region == r
        down_mw = max(1.0, round(CALL_SHARE * float(self.it_mw[here].sum()), 0))
        return {"territory": regions[r], "down_mw": down_mw, "hours": self._call_hours,
                "price_cny_per_mwh": CALL_CNY_PER_MWH, "source": SOURCE}  # fmt: skip

    def take(self, orders: Orders) -> None:
        """Commands arrive; each site acts after its dead time."""
        self._coming.append((orders.at_s + self.dead_s[orders.site], orders))

    @property
    def called_mw(self) -> float:
        """What sites call for now because it can wait no longer, MW in sum."""
        return float(self._must.sum())

    def advance(self, at_s: float) -> tuple[Batch, Answers | None]:
        """The plant up to an instant: what its meters tell, and which commands were carried out."""
        first = not np.isfinite(self._at_s)
        seconds = 1.0 if first else max(at_s - self._at_s, 0.0)
        self.ticks, self._at_s = self.ticks + 1, at_s
        second = self.steps.second(at_s)
        self._wander(seconds)
        coming = self.inputs.coming_mw(second) * np.exp(self._off)
        if first:
            self.it_mw = np.minimum(coming.sum(axis=1), self.inputs.fleet.it_mw)
        answers = self._obeyed(at_s)
        demand = self._demand(at_s, seconds, coming)
        self._run(seconds, coming, demand)
        return self._told(at_s, second, demand), answers

    def _wander(self, seconds: float) -> None:
        """Chance moves on."""
        fade = np.exp(-seconds / FORGETTING_S)
        size = self.inputs.project.fleet.wander * np.sqrt(seconds / 60.0)
        self._off = fade * self._off + self._chance.normal(0.0, size, self._off.shape)
        self._green_off = fade * self._green_off + self._chance.normal(0.0, GREEN_WANDERS * size, self._green_off.shape)

    def _obeyed(self, at_s: float) -> Answers | None:
        """Commands whose dead time is over take effect; the sites say so, unless they are silent."""
        ticks, sites, when, left = [], [], [], deque[tuple["NDArray[np.float64]", "Orders"]]()
        silent = [n for n, fault in self.faults.items() if fault.kind == "silent"]
        for due_s, orders in self._coming:
            due = due_s <= at_s
            if not due.all():
                left.append((due_s[~due], _some(orders, ~due)))
            newer = due & (orders.tick > self._held_tick[orders.site])
            self.setpoints_mw[:, orders.site[newer]] = orders.setpoints_mw[newer].T
            self._held_tick[orders.site[newer]] = orders.tick[newer]
            self.applied += int(newer.sum())
            heard = due & ~np.isin(orders.site, silent)
            ticks.append(orders.tick[heard])
            sites.append(orders.site[heard])
            when.append(due_s[heard])
        self._coming = left
        if not sites or not sum(part.size for part in sites):
            return None
        return Answers(
            tick=np.concatenate(ticks), site=np.concatenate(sites), at_s=np.concatenate(when), simulated=True
        )

    def _demand(self, at_s: float, seconds: float, coming: NDArray[np.float64]) -> NDArray[np.float64]:
        """Work that stands there now, IT MW: what waited and is called stands among the fixed, shape (site, class)."""
        hours = max(seconds, 1.0) / 3600.0
        self.came_mwh = self.came_mwh + coming[:, 2:] * (seconds / 3600.0)
        if not self._past or at_s - self._past[-1][0] >= DUE_GRID_S:
            self._past.append((at_s, self.came_mwh.copy()))
        waits = [wait * 3600.0 for wait in self.inputs.project.fleet.wait_hours]
        while len(self._past) > 1 and self._past[1][0] < at_s - max(waits):
            self._past.popleft()
        due = np.zeros_like(self.came_mwh)
        for k, wait in enumerate(waits):
            before = [came for when, came in self._past if when <= at_s + CALLED_S - wait]
            due[:, k] = before[-1][:, k] if before else 0.0
        # What is called is spread over the time until it is due: no site is asked to do all of it in a second.
        spread = max(CALLED_S / 3600.0, hours)
        self._must = np.maximum(due - self.done_mwh, 0.0) / spread
        self.waiting_mwh = np.maximum(self.came_mwh - self.done_mwh, 0.0)
        room = np.maximum(self.inputs.fleet.it_mw - coming[:, :2].sum(axis=1), 0.0)
        demand = coming.copy()
        demand[:, 0] += self._must.sum(axis=1)
        able = np.maximum(room, coming[:, 2:].T).T
        demand[:, 2:] = np.clip(self.waiting_mwh / hours - self._must, 0.0, able)
        return np.minimum(demand, 4.0 * self.inputs.fleet.it_mw[:, None])

    def _run(self, seconds: float, coming: NDArray[np.float64], demand: NDArray[np.float64]) -> None:
        """Machines and batteries follow their set-points; a site that was told nothing serves what comes."""
        fleet, project = self.inputs.fleet, self.inputs.project.fleet
        told = ~np.isnan(self.setpoints_mw[0])
        own = np.minimum(coming.sum(axis=1), fleet.it_mw)
        s = np.where(told, self.setpoints_mw, 0.0)
        wanted = np.where(told, s[:4].sum(axis=0) + s[6] + s[7], own)
        reach = project.ramp_per_minute * fleet.it_mw * seconds / 60.0
        least = project.least_power * fleet.it_mw
        self.it_mw = np.clip(np.clip(wanted, self.it_mw - reach, self.it_mw + reach), least, fleet.it_mw)
        shares = np.where(told, s[2:4] / np.maximum(wanted, 1e-9), coming[:, 2:].T / np.maximum(own, 1e-9))
        fixed = np.where(told, np.minimum(s[0] / np.maximum(wanted, 1e-9), 1.0), 0.0)
        called = self._must.sum(axis=1) / np.maximum(demand[:, 0], 1e-9)
        split = self._must / np.maximum(self._must.sum(axis=1), 1e-9)[:, None]
        done = (self.it_mw * shares).T + split * (self.it_mw * fixed * called)[:, None]
        done[:, 1] += s[5]
        self.done_mwh = np.minimum(self.done_mwh + done * (seconds / 3600.0), self.came_mwh)
        way = float(np.sqrt(project.battery_efficiency))
        hours = max(seconds, 1e-9) / 3600.0
        charge = np.minimum(s[8], np.maximum(fleet.battery_mwh - self.stored_mwh, 0.0) / way / hours)
        discharge = np.minimum(s[9], self.stored_mwh * way / hours)
        self.stored_mwh = np.clip(self.stored_mwh + (charge * way - discharge / way) * hours, 0.0, fleet.battery_mwh)
        self.net_mw = charge - discharge

    def _told(self, at_s: float, second: float, demand: NDArray[np.float64]) -> Batch:
        """What the meters say: power each tick, the rest in turns."""
        sites, points = self.it_mw.size, self.points
        row = np.full(points.count, np.nan)
        noise = 1.0 + self._chance.normal(0.0, NOISE, (2, sites))
        it_mw = np.minimum(self.it_mw * noise[0], 1.04 * self.inputs.fleet.it_mw)
        draw = np.maximum(self.it_mw * self.inputs.facility_at(second) * noise[1] + self.net_mw, 0.0)
        points.window(row, "sites", "it_mw")[:] = it_mw
        points.window(row, "sites", "draw_mw")[:] = draw
        turn = slice(None) if self.ticks <= 1 else slice(self.ticks % SLOW_TICKS, None, SLOW_TICKS)
        slow = {"demand_mw": demand, "waiting_mwh": self.waiting_mwh, "stored_mwh": self.stored_mwh}
        for name, values in (slow | {"it_mw_max": self.inputs.fleet.it_mw}).items():
            points.window(row, "sites", name)[turn] = values[turn]
        regions = self.inputs.regions_at(second)
        supply = regions.supply_mw_max.copy()
        supply[:, 0] *= np.exp(self._green_off)
        points.window(row, "regions", "supply_mw_max")[:] = supply
        points.window(row, "regions", "supply_price_cny_per_mwh")[:] = regions.supply_price_cny_per_mwh
        self._at_fault(row)
        slots = np.flatnonzero(~np.isnan(row)).astype(np.int32)
        heard: Mapping[str, int] = {SOURCE: self.ticks}
        return Batch(slots=slots, values=row[slots], at_s=np.array([at_s]), taken_s=at_s, heard=heard)

    def _at_fault(self, row: NDArray[np.float64]) -> None:
        """Faults begin, bend what is told, and end."""
        if self._lively and self._chance.random() < 1.0 / FAULT_EACH_TICKS:
            n, kind = int(self._chance.integers(self.it_mw.size)), FAULTS[int(self._chance.integers(len(FAULTS)))]
            self.faults.setdefault(
                n, Fault(kind=kind, until_tick=self.ticks + int(self._chance.integers(*FAULT_TICKS)))
            )
        self.faults = {n: fault for n, fault in self.faults.items() if fault.until_tick > self.ticks}
        it_mw, draw = (self.points.window(row, "sites", name) for name in ("it_mw", "draw_mw"))
        for n, fault in self.faults.items():
            if fault.held == (0.0, 0.0):
                fault.held = (float(it_mw[n]), float(draw[n]))
            if fault.kind == "stuck":
                it_mw[n], draw[n] = fault.held
            elif fault.kind == "impossible":
                draw[n] = -draw[n] - 1.0
            else:
                for name in ("it_mw", "draw_mw", "demand_mw", "waiting_mwh", "stored_mwh", "it_mw_max"):
                    self.points.window(row, "sites", name)[n] = np.nan


def _some(orders: Orders, chosen: NDArray[np.bool_]) -> Orders:
    """Some of the orders."""
    names = ("tick", "site", "at_s", "setpoints_mw", "by")
    return replace(orders, **{name: getattr(orders, name)[chosen] for name in names})
