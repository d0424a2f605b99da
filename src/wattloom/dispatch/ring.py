"""How does one program in the solver's hands serve every quarter of an hour, though time goes on?

Its periods are a ring: the period that has just passed takes the numbers of the one that comes into sight, and all
others keep their place, so that the last basis still fits. Between the end of the horizon and its beginning lies one
period more, called later: there work that may wait beyond the horizon is done without limits, at the mean price of the
horizon's last day, and batteries come back to the content they have now. Since nothing waits after it, and its content
is the present one, it is at once the terminal value and what lets the ring begin where the plant stands.

The numbers of sites are taken from the same site written over the whole axis once: every bound, side, cost and factor
by name and period. So an asset kind is written in one place and can be in a ring as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from wattloom.dispatch.network import Margins, Network, Work, build, margins_of
from wattloom.dispatch.sites import GRID, add_site
from wattloom.domain.errors import InputError
from wattloom.domain.series import Series
from wattloom.domain.time import TimeAxis
from wattloom.solve.program import Program

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.dispatch.question import DispatchQuestion, DispatchSite
    from wattloom.solve.live import Live
    from wattloom.solve.solution import Solution

LATER_TIMES = 200.0
"""Later, machines and connections carry so many times all machines: two days' work in a quarter of an hour."""
HOURS_PER_DAY = 24.0
STORED, CHARGED, DISCHARGED = ".stored_mwh", ".charged_mw", ".discharged_mw"
SECONDS_MAX = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """All numbers of a site's program by name, a value for each period of the whole axis."""

    bounds: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]]
    costs: Mapping[str, NDArray[np.float64]]
    sides: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]]
    factors: Mapping[tuple[str, str], NDArray[np.float64]]
    """By requirement and flow, where they differ from period to period."""

    @classmethod
    def of_site(cls, site: DispatchSite, axis: TimeAxis, carbon_price_cny_per_t: float) -> Numbers:
        """The site written over the whole axis, with its IT power left open."""
        program = Program(axis)
        it = program.flow(f"{site.name}.it_mw", upper=site.it_mw_max)
        program.require(f"{site.name}.computing", 1.0 * it == site.firm_it_mw)
        added = add_site(program, site, 1.0 * it, carbon_price_cny_per_t=carbon_price_cny_per_t)
        for item, amount in added.costs.items():
            program.cost(item, amount)
        live = program.open()
        flows = [name for name in live.flows if live.cost(name).size == axis.count]
        rows = [name for name in live.requirements if live.sides(name)[0].size == axis.count]
        factors = {(row, flow): live.factors(row, flow) for row in rows for flow in flows}
        return cls(
            bounds={name: live.bounds(name) for name in flows},
            costs={name: live.cost(name) for name in flows},
            sides={name: live.sides(name) for name in rows},
            factors={pair: found for pair, found in factors.items() if found.size and np.ptp(found) > 0},
        )


class Ring:
    """A program over a horizon that moves with the clock."""

    def __init__(self, question: DispatchQuestion, groups: Work, *, horizon: int) -> None:
        """Build it once and hand it to the solver; `groups` says which there are, its numbers come with each turn."""
        self.horizon = horizon
        self.count = horizon + 1
        self._question = question
        self.later_mw = LATER_TIMES * sum(float(site.it_mw_max.max()) for site in question.sites)
        """Most that is done later: as good as no limit."""
        self._day = round(HOURS_PER_DAY / question.axis.step_hours)
        self._numbers = [
            Numbers.of_site(site, question.axis, question.carbon_price_cny_per_t) for site in question.sites
        ]
        axis = TimeAxis(question.axis.start, question.axis.step_minutes, self.count)
        self._network = build(_cut(question, axis), _no_work(groups, self.count, self.later_mw), late=True)
        self._live: Live = self._network.program.open()
        points = [name for name in self._live.flows if name.startswith("running_mw")]
        self._used = [self._live.bounds(name)[1] > 0 for name in points]
        """Which groups have a point of their curve so high."""
        self._shown = np.full(self.count, -1)
        """Period of the axis whose factors each place of the ring holds."""

    @property
    def network(self) -> Network:
        """The program and its parts."""
        return self._network

    def places(self, now: int) -> NDArray[np.int64]:
        """Places of the horizon's periods in the ring, in the order of time; the last is later."""
        return np.asarray((now + np.arange(self.count)) % self.count, dtype=np.int64)

    def shown(self, now: int) -> NDArray[np.int64]:
        """Period of the axis that each period of the horizon takes its numbers from; beyond its end, the day before."""
        period = now + np.arange(self.count)
        period[-1] = period[-2]
        last = self._question.axis.count - 1
        beyond = np.maximum(period - last, 0)
        return np.asarray(np.clip(period - -(-beyond // self._day) * self._day, 0, last), dtype=np.int64)

    def renew_site(self, place: int, site: DispatchSite) -> None:
        """Take a site's numbers anew, since a forecast of it has changed."""
        if site is self._question.sites[place]:
            return
        sites = (*self._question.sites[:place], site, *self._question.sites[place + 1 :])
        self._question = replace(self._question, sites=sites)
        self._numbers[place] = Numbers.of_site(site, self._question.axis, self._question.carbon_price_cny_per_t)
        self._shown[:] = -1

    def turn(self, now: int, work: Work, *, contents_mwh: Mapping[str, float], peaks_mw: NDArray[np.float64]) -> None:
        """Bring the ring to a period: its sites' numbers, the work that is there and expected, contents and peaks."""
        places, shown = self.places(now), self.shown(now)
        self._set_work(places, work)
        for numbers, site, peak in zip(self._numbers, self._question.sites, peaks_mw, strict=True):
            self._set_site(numbers, places, shown, contents_mwh)
            if site.demand_charge_cny_per_mw:
                self._live.set_bounds(f"{site.name}.peak_mw", lower=max(peak, site.peak_mw_so_far), upper=np.inf)
        changed = np.flatnonzero(self._shown[places] != shown)
        for numbers in self._numbers:
            for (row, flow), found in numbers.factors.items():
                self._live.set_factors(row, flow, places[changed], found[shown[changed]])
        self._shown[places] = shown

    def solve(self) -> Solution:
        """The cheapest plan from here."""
        return self._live.solve(seconds_max=SECONDS_MAX)

    def margins(self, now: int, solution: Solution) -> Margins:
        """Prices and powers in the order of time; the last period is later."""
        return margins_of(self._network, solution).at(self.places(now))

    def contents_mwh(self, now: int, solution: Solution) -> dict[str, float]:
        """What each store holds at the end of the first period."""
        first = int(self.places(now)[0])
        found = {}
        for name in self._live.flows:
            if name.endswith(STORED):
                found[name.removesuffix(STORED)] = float(
                    solution.value(self._network.program.model.variables[name])[first]
                )
        return found

    def imports_mw(self, now: int, solution: Solution) -> NDArray[np.float64]:
        """What each site draws in the first period."""
        return self.margins(now, solution).import_mw[:, 0]

    def _set_work(self, places: NDArray[np.int64], work: Work) -> None:
        """What arrives, may wait and may run, on the ring; later, anything may run and nothing waits."""

        def around(values: NDArray[np.float64], later: float) -> NDArray[np.float64]:
            ring = np.empty((values.shape[0], self.count))
            ring[:, places[:-1]] = values
            ring[:, places[-1]] = later
            return ring.ravel()

        self._live.set_right("work", around(work.arriving_mwh, 0.0))
        self._live.set_bounds("waiting_mwh", lower=0.0, upper=around(work.waiting_mwh_max, 0.0))
        most, least = around(work.running_mw_max, self.later_mw), around(work.running_mw_min, 0.0)
        points = [name for name in self._live.flows if name.startswith("running_mw")]
        if len(points) == 1:
            self._live.set_bounds(points[0], lower=least, upper=most)
        else:
            for name, used in zip(points, self._used, strict=True):
                self._live.set_bounds(name, lower=0.0, upper=np.where(used, most, 0.0))
            self._live.set_right("running_mw_max", most)

    def _set_site(
        self,
        numbers: Numbers,
        places: NDArray[np.int64],
        shown: NDArray[np.int64],
        contents_mwh: Mapping[str, float],
    ) -> None:
        """All numbers of a site; later without limits, and with the content of now."""
        later, day = places[-1], shown[:-1][-self._day :]

        def around(values: NDArray[np.float64]) -> NDArray[np.float64]:
            ring = np.empty(self.count)
            ring[places] = values[shown]
            return ring

        for name, (lower, upper) in numbers.bounds.items():
            low, high = around(lower), around(upper)
            low[later], high[later] = _later_bounds(name, (low[later], high[later]), contents_mwh, self.later_mw)
            self._live.set_bounds(name, lower=low, upper=high)
        for name, cost in numbers.costs.items():
            ring = around(cost)
            if name.endswith(f".{GRID}.import_mw"):
                ring[later] = float(np.mean(cost[day]))
            self._live.set_cost(name, ring)
        for name, (lower, upper) in numbers.sides.items():
            low, high = around(lower), around(upper)
            if name.endswith(".computing"):
                low[later] = high[later] = 0.0
            elif low[later] != high[later]:
                low[later], high[later] = -np.inf, np.inf
            self._live.set_sides(name, lower=low, upper=high)


def _later_bounds(
    name: str, usual: tuple[float, float], contents_mwh: Mapping[str, float], later_mw: float
) -> tuple[float, float]:
    """Bounds of a flow in the period called later."""
    if name.endswith(STORED):
        content = contents_mwh.get(name.removesuffix(STORED), 0.0)
        return content, content
    if name.endswith((".it_mw", f".{GRID}.import_mw", CHARGED, DISCHARGED)):
        return 0.0, later_mw
    return (0.0, 0.0) if name.endswith(f".{GRID}.export_mw") else usual


def _cut(question: DispatchQuestion, axis: TimeAxis) -> DispatchQuestion:
    """The question on the ring's axis: its numbers are set before each solve, its shape is what counts."""
    if axis.count > question.axis.count:
        raise InputError.one(
            "horizon",
            found=f"{axis.count - 1} periods, and a window of {question.axis.count}",
            expected="a horizon shorter than the window",
            remedy="shorten the horizon, or look farther ahead with the forecasts",
        )
    return replace(question, axis=axis, sites=tuple(_cut_to(site, axis) for site in question.sites))


def _cut_to(value: Any, axis: TimeAxis) -> Any:
    """A dataclass with every series cut to an axis' length."""
    if isinstance(value, Series):
        return replace(value, axis=axis, values=value.values[: axis.count])
    if isinstance(value, np.ndarray):
        return value[: axis.count]
    if isinstance(value, Mapping):
        return {key: _cut_to(part, axis) for key, part in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        changed = {field.name: _cut_to(getattr(value, field.name), axis) for field in fields(value) if field.init}
        same = all(changed[name] is getattr(value, name) for name in changed)
        return value if same else replace(value, **changed)
    return value


def _no_work(groups: Work, count: int, running_mw_max: float) -> Work:
    """The groups with nothing to do yet; every number is set before each solve."""
    none = np.zeros((len(groups.keys), count))
    return Work(
        keys=groups.keys,
        arriving_mwh=none,
        waiting_mwh_max=none,
        running_mw_max=none + running_mw_max,
        running_mw_min=none,
        gpus_per_mw=groups.gpus_per_mw,
    )
