"""What is it worth to plan the next hours while a control room ticks? Days with the plan against days without it.

    python benchmarks/live_plan.py [--days 3] [--seeds 2] [--sites 1000] [--seconds 60]

The twelve provinces of the examples and their twin, tick by tick, by the very steps of the live loop; the same chance
with and without the plan. Without it a MWh that waits has the price of the cheapest hours that it still has. The first
day is left out: work that stands there at its end differs. Then each day serves the same work but for what is told.
Every size, price and chance of it is drawn or assumed; nothing here describes a real province.

Told for each: cost of energy with carbon, lines and moves a day, in CNY and for each MWh of IT; MW that sites had to
call for because their time was over; how far a region's draw was off what was foreseen of it, a quarter of an hour,
one and six hours ahead, as mean error by mean draw: by the plan of the next hours and by the match of the plan's day,
both with what is drawn as they are made; CPU seconds of a plan.

A CPU minute a day. Sites report in turns, each every fifth tick: longer ticks are told late what waits. A table for
people, then one line of JSON.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wattloom.app.control_room.account import PERIOD_S
from wattloom.app.control_room.forecasting import corrected
from wattloom.app.control_room.intraday import intraday
from wattloom.app.control_room.outlook import outlook
from wattloom.app.control_room.planning import Day
from wattloom.app.control_room.state import RoomState
from wattloom.app.control_room.steps import Seen, Steps
from wattloom.app.match_inputs import MatchInputs, match_inputs
from wattloom.dispatch.matching.problem import step_prices
from wattloom.edge.field.opening import PLAN
from wattloom.edge.field.simulated import SimulatedField
from wattloom.wiring import find

START_S = 1_805_040_000.0
"""2027-03-15 00:00 in Shanghai, where the plan's day begins."""
DAY_S = 86_400.0
LEADS_S = {"quarter_h": 900.0, "one_h": 3_600.0, "six_h": 21_600.0}


@dataclass(slots=True)
class Told:
    """What a run tells."""

    cost_cny: list[float] = field(default_factory=list)
    it_mwh: list[float] = field(default_factory=list)
    called_mw: list[float] = field(default_factory=list)
    at_s: list[float] = field(default_factory=list)
    draw_mw: list[NDArray[np.float64]] = field(default_factory=list)
    """Of each region, by tick."""
    foreseen: dict[str, list[tuple[float, NDArray[np.float64]]]] = field(default_factory=dict)
    """By lead: the instant, and what was foreseen of it."""
    plan_cpu_s: list[float] = field(default_factory=list)

    def by_day(self, values: list[float], tick_s: float) -> NDArray[np.float64]:
        """Sums of the days after the first."""
        whole = np.array(values).reshape(-1, round(DAY_S / tick_s))
        return np.asarray(whole.sum(axis=1)[1:])

    def error(self, lead: str) -> float:
        """Mean error by mean draw, over regions and instants after the first day."""
        at_s, draw = np.array(self.at_s), np.array(self.draw_mw)
        off, size = [], []
        for then_s, mw in self.foreseen[lead]:
            k = int(np.searchsorted(at_s, then_s))
            if then_s >= START_S + DAY_S and k < at_s.size:
                off.append(np.abs(draw[k] - mw).sum())
                size.append(draw[k].sum())
        return float(np.sum(off) / np.sum(size))


def run(inputs: MatchInputs, *, seed: int, days: int, tick_s: float, plans: bool) -> Told:
    """Days of ticks, each followed by what it tells."""
    steps, told = Steps(inputs), Told(foreseen={lead: [] for lead in LEADS_S})
    twin, day = SimulatedField(steps, seed=seed, lively=False), Day(steps)
    at_s, plan_s = START_S, -np.inf
    state = steps.begin(at_s=at_s, series="benchmark")
    while at_s < START_S + days * DAY_S:
        at_s += tick_s
        batch, answers = twin.advance(at_s)
        state = steps.heard(state, batch).state
        if answers is not None:
            state = steps.said(state, answers).state
        stepped = steps.ticked(state, at_s=at_s)
        state, seen = stepped.state, stepped.seen
        if stepped.orders is not None:
            twin.take(stepped.orders)
        if seen is None:
            continue
        note(told, state, seen, steps, twin, tick_s / 3600.0)
        if at_s >= plan_s:
            plan_s = at_s - at_s % PERIOD_S + PERIOD_S
            course: Any = day.course_mw
            if plans:
                plan = intraday(outlook(state, seen, steps))
                told.plan_cpu_s.append(plan.seconds)
                state, course = steps.said(state, plan).state, plan.course_mw
            foresee(told, at_s, course, planned=plans)
    return told


def note(told: Told, state: RoomState, seen: Seen, steps: Steps, twin: SimulatedField, hours: float) -> None:
    """A tick's cost, work and draw."""
    tick, around = seen.tick, state.around
    fee, move = tick.lines.fee_cny_per_mwh, tick.corridors.cost_cny_per_mwh
    energy = np.sum(step_prices(tick.regions) * around["supply_mw"])
    lacking = np.sum(tick.regions.shortfall_price_cny_per_mwh * around["shortfall_mw"])
    carried = fee @ (around["forward_mw"] + around["backward_mw"]) + move @ around["corridor_it_mw"]
    told.cost_cny.append(float(energy + lacking + carried) * hours)
    told.it_mwh.append(float(twin.it_mw.sum()) * hours)
    told.called_mw.append(float(twin.called_mw))
    told.at_s.append(state.at_s)
    draw = steps.points.window(seen.used.values, "sites", "draw_mw")
    layout = steps.inputs.layout
    of = np.bincount(layout.site_region, weights=draw, minlength=len(layout.regions))
    told.draw_mw.append(np.asarray(of, dtype=np.float64))


def foresee(told: Told, at_s: float, course: Any, *, planned: bool) -> None:
    """What a course has of the instants ahead, with what is drawn now in it."""
    leads_s = np.array(list(LEADS_S.values()))
    ahead = corrected(course(np.concatenate([[at_s], at_s + leads_s])), told.draw_mw[-1], leads_s, planned=planned)
    for lead, ahead_s, mw in zip(LEADS_S, leads_s.tolist(), ahead, strict=True):
        told.foreseen[lead].append((at_s + ahead_s, mw))


def main() -> None:
    """Run, compare, tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--sites", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=60.0)
    given = parser.parse_args()
    project = find("read_match")(PLAN)
    project = replace(project, fleet=replace(project.fleet, count=given.sites))
    inputs, tick_s = match_inputs(project, folder=PLAN.parent), given.seconds
    runs = {
        (seed, plans): run(inputs, seed=seed, days=given.days, tick_s=tick_s, plans=plans)
        for seed in range(given.seeds)
        for plans in (False, True)
    }
    told: dict[str, Any] = {"sites": given.sites, "days": given.days - 1, "seeds": given.seeds}
    saved = []
    for seed in range(given.seeds):
        without, with_plan = runs[seed, False], runs[seed, True]
        cost = [one.by_day(one.cost_cny, tick_s) for one in (without, with_plan)]
        done = [one.by_day(one.it_mwh, tick_s) for one in (without, with_plan)]
        saved += list(1.0 - (cost[1] / done[1]) / (cost[0] / done[0]))
        money, work = [np.round(one / 1e6, 3) for one in cost], [np.round(one / 1e3, 2) for one in done]
        print(f"seed {seed}: MCNY a day {money[0]} without, {money[1]} with; GWh of IT {work[0]} and {work[1]}")
    told["saved_share_mean"], told["saved_share_least"] = float(np.mean(saved)), float(np.min(saved))
    for plans, name in ((False, "without"), (True, "with")):
        these = [one for (_, has), one in runs.items() if has is plans]
        told[f"called_mw_mean_{name}"] = float(np.mean([np.mean(one.called_mw) for one in these]))
        told |= {f"error_{lead}_{name}": float(np.mean([one.error(lead) for one in these])) for lead in LEADS_S}
    told["plan_cpu_s_mean"] = float(np.mean([s for one in runs.values() for s in one.plan_cpu_s]))
    for name, value in told.items():
        print(f"{name:28} {value:.4g}")
    print(json.dumps(told))


if __name__ == "__main__":
    main()
