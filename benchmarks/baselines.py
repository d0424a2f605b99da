"""How wrong is each baseline where nothing happened, and does it pay to raise a load before an event?

    python benchmarks/baselines.py [--quick]         WATTLOOM_DATA names the folder that holds energy/… and compute/…

Pseudo-events of two hours on real loads (see baselines_data.py) at nine times of day, notice two hours before, on days
without an event: what a baseline says less what was drawn is its error. Bias is the sum of errors over the sum drawn,
relative RMSE the root of the mean square over the mean drawn, both by quarter of an hour (or hour). Intervals: 95 %,
blocks of seven event days drawn anew 2,000 times; n counts events. The same terms for every meter: ten like days, the
five highest, four hours before notice, a fifth as cap, one standard deviation as unusual.

The gaming table: see baselines_gaming.py. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from baselines_data import CLOCK, Meter, meters
from baselines_gaming import gaming
from wattloom.domain.errors import InputError, MissingData
from wattloom.domain.time import Interval, TimeAxis
from wattloom.market.response.contract import BaselineTerms, counted
from wattloom.market.response.plans import LoggedPlan
from wattloom.market.response.view import EventView
from wattloom.market.response.watch import rise_before_notice

HOURS = (6, 8, 10, 12, 14, 16, 18, 20, 22)
EVENT_H, NOTICE_H = 2, 2
WARM_UP_DAYS = 15
DAYS_MAX = 180
BLOCK_DAYS = 7
DRAWS = 2000
NONE = BaselineTerms(refuse_unusual_rise=False)
WAYS: dict[str, tuple[str, BaselineTerms]] = {
    "mean of 10 like days": ("like_days", NONE),
    "5 highest of 10": ("high_of_like_days", NONE),
    "5 of 10, raised days refused": ("high_of_like_days", replace(NONE, refuse_raised_days=True)),
    "adjusted ×, no cap": ("adjusted", replace(NONE, adjustment_cap=None)),
    "adjusted ×, cap 20 %": ("adjusted", NONE),
    "adjusted +, cap 20 %": ("adjusted", replace(NONE, adjustment="additive")),
    "adjusted ×, cap 20 %, watched": ("adjusted", BaselineTerms()),
    "weather regression": ("weather_regression", NONE),
    "plan logged before notice": ("plan_before_notice", NONE),
}


@dataclass(frozen=True, slots=True)
class Errors:
    """One meter by one way: sums by event."""

    days: list[date]
    hours: list[int]
    error: NDArray[np.float64]
    square: NDArray[np.float64]
    drawn: NDArray[np.float64]
    periods: int

    def figures(self, chosen: NDArray[np.bool_] | None = None) -> dict[str, float]:
        """Bias and relative RMSE in percent, with the ends of their intervals."""
        pick = np.ones(self.error.size, dtype=bool) if chosen is None else chosen
        order = np.unique(np.array(self.days)[pick])
        place = np.searchsorted(order, np.array(self.days)[pick])
        sums = np.stack([np.bincount(place, of[pick], minlength=order.size)
                         for of in (self.error, self.square, self.drawn, np.ones(self.error.size))])  # fmt: skip
        rng = np.random.default_rng(20260701)
        blocks = -(-order.size // BLOCK_DAYS)
        starts = rng.integers(0, order.size, size=(DRAWS, blocks))
        days = (starts[:, :, None] + np.arange(BLOCK_DAYS)).reshape(DRAWS, -1)[:, : order.size] % order.size
        bias, rmse = self._of(sums.sum(axis=1)), self._of(sums[:, days].sum(axis=2))
        ends = np.percentile(rmse, [2.5, 97.5], axis=1)
        return {"n": int(pick.sum()), "days": int(order.size), "bias_pct": bias[0], "bias_low": ends[0, 0],
                "bias_high": ends[1, 0], "rrmse_pct": bias[1], "rrmse_low": ends[0, 1],
                "rrmse_high": ends[1, 1]}  # fmt: skip

    def _of(self, sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """Bias and relative RMSE in percent of sums of error, square, drawn and events."""
        error, square, drawn, events = sums
        periods = events * self.periods
        return 100 * np.array([error / drawn, np.sqrt(square / periods) / (drawn / periods)])


def views(meter: Meter, days_max: int) -> list[EventView]:
    """Every pseudo-event of a meter."""
    axis = meter.load.axis
    first, last = (axis.start + timedelta(days=WARM_UP_DAYS)).date(), (axis.end - timedelta(days=1)).date()
    every = [first + timedelta(days=number) for number in range((last - first).days)]
    days = [day for day in every if day not in meter.holidays]
    days = [days[place] for place in np.linspace(0, len(days) - 1, min(len(days), days_max)).astype(int)]
    found = []
    for day in days:
        for hour in HOURS:
            start = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
            found.append(
                EventView(meter=meter.load, zone=CLOCK, event=Interval(start, start + timedelta(hours=EVENT_H)),
                          notice=start - timedelta(hours=NOTICE_H), is_rest_day=meter.is_rest_day,
                          event_days=meter.holidays, temperature=meter.temperature)
            )  # fmt: skip
    return found


def plans(meter: Meter) -> dict[date, LoggedPlan]:
    """What was published the day before, by day."""
    if meter.plan_kw is None:
        return {}
    axis, per_day = meter.load.axis, 24 * 60 // meter.load.axis.step_minutes
    found = {}
    for number in range(axis.count // per_day):
        start = axis.start + timedelta(days=number)
        day = slice(number * per_day, (number + 1) * per_day)
        found[start.date()] = LoggedPlan(
            axis=TimeAxis(start, axis.step_minutes, per_day), kw=meter.plan_kw[day], sequence=number + 1,
            sha256="published by the market", mark="", logged_at=start - timedelta(hours=6),
            witnessed_at=start - timedelta(hours=6),
        )  # fmt: skip
    return found


def judged(meter: Meter, days_max: int) -> dict[str, Errors]:
    """Errors of every way that a meter has the inputs for, on events that all of these can answer."""
    known = plans(meter)
    record = tuple(known.values())
    rows: dict[str, list[tuple[date, int, float, float, float]]] = defaultdict(list)
    periods = 0
    for bare in views(meter, days_max):
        view = replace(bare, plan=known.get(bare.day), record=record)
        first = round((view.event.start - meter.load.axis.start) / timedelta(minutes=meter.load.axis.step_minutes))
        drawn = meter.load.values[first : first + view.periods]
        answers = {name: answer(view, *way) for name, way in WAYS.items() if has_inputs(meter, way[0])}
        if not np.isfinite(drawn).all() or any(kw is None for kw in answers.values()):
            continue
        periods = view.periods
        for name, kw in answers.items():
            error = kw - drawn
            rows[name].append((view.day, view.event.start.hour, error.sum(), (error**2).sum(), drawn.sum()))
    return {
        name: Errors([r[0] for r in kept], [r[1] for r in kept],
                     *(np.array([r[place] for r in kept]) for place in (2, 3, 4)), periods)
        for name, kept in rows.items()
    }  # fmt: skip


def has_inputs(meter: Meter, method: str) -> bool:
    """Whether a meter has weather, or a plan, where a method asks for it."""
    return {"weather_regression": meter.temperature is not None, "plan_before_notice": meter.plan_kw is not None}.get(
        method, True
    )


def answer(view: EventView, method: str, terms: BaselineTerms) -> NDArray[np.float64] | None:
    """A baseline; None where there is none."""
    try:
        return counted(method, view, terms).kw
    except (MissingData, InputError):
        return None


def alarms(meter: Meter, days_max: int) -> tuple[int, int]:
    """How many honest events the watch on the hours before notice calls unusual, of how many."""
    called = total = 0
    for view in views(meter, days_max):
        try:
            called += rise_before_notice(view, BaselineTerms()).unusual
            total += 1
        except MissingData:
            continue
    return called, total


def main() -> None:
    """Print the tables and the line of JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="20 days a meter")
    days_max = 20 if parser.parse_args().quick else DAYS_MAX
    begun, out = time.process_time(), dict[str, object]()
    accuracy: dict[str, dict[str, dict[str, float]]] = {}
    for meter in meters():
        found = judged(meter, days_max)
        called, total = alarms(meter, days_max)
        print(
            f"\n{meter.load.source}: the watch calls {called} of {total} honest events unusual ({called / total:.1%})"
        )
        print(f"{'baseline':31}{'n':>6}{'days':>6}{'bias %':>26}{'relative RMSE %':>26}")
        accuracy[meter.name] = {}
        for name, errors in found.items():
            one = errors.figures()
            accuracy[meter.name][name] = {key: round(float(value), 2) for key, value in one.items()}
            print(f"{name:31}{one['n']:6}{one['days']:6}"
                  f"{one['bias_pct']:9.2f} [{one['bias_low']:6.2f}, {one['bias_high']:6.2f}]"
                  f"{one['rrmse_pct']:9.2f} [{one['rrmse_low']:6.2f}, {one['rrmse_high']:6.2f}]")  # fmt: skip
        out[f"watch_{meter.name}"] = round(called / total, 4)
        by_hour(found)
    out["accuracy"] = accuracy
    out["gaming"] = gaming(days_max=days_max)
    out["cpu_s"] = round(time.process_time() - begun, 1)
    print(json.dumps(out, ensure_ascii=False))


def by_hour(found: dict[str, Errors]) -> None:
    """Relative RMSE by the hour at which the event begins."""
    print(f"{'  relative RMSE % from':31}" + "".join(f"{hour:>7}h" for hour in HOURS))
    for name, errors in found.items():
        hours = np.array(errors.hours)
        told = [f"{errors.figures(hours == hour)['rrmse_pct']:8.1f}" if (hours == hour).any() else f"{'-':>8}"
                for hour in HOURS]  # fmt: skip
        print(f"  {name:29}" + "".join(told))


if __name__ == "__main__":
    sys.exit(main())
