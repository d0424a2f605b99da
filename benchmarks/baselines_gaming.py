"""Does it pay to raise a load, or a plan, so as to be paid for lowering it?

A participant of 100 MW mean load who will lower nothing, the worst case, is called for 10 MW for two hours. Before, it

    hours    raises its load in the four hours before notice: only who foresees the event can
    longer   in the twelve hours before notice: also only who foresees it
    days     raises it at the event's hours on each of the ten working days before
    plan     logs a plan above what it means to draw for the event's hours, on that day alone: only who foresees it
    plans    the same on every day

by the share that pays best, out of 0 to 40 %. What it is paid, less the energy raised, is set against staying away; the
energy costs its whole price (work without use), or nothing: work that is only brought forward, which a computing
cluster can do. Two rules: `free` pays from 80 % to 120 % of what was called and charges nothing for a shortfall (the
validity rule of a deployed platform); `charged` pays and charges as Sichuan's rule is described (see sichuan_shave in
rules/response.toml). Assumed: 2.70 CNY/kWh for the response (Guangdong's yearly trade of 2026 by one unverified
source), energy at 0.60 CNY/kWh. Intervals draw blocks of seven event days anew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from baselines_data import CLOCK, Meter, philly, shift_works, uneven_works
from wattloom.domain.errors import InputError, MissingData
from wattloom.domain.series import Series
from wattloom.domain.time import Interval, TimeAxis
from wattloom.market.response import ResponseRule, paid, plain_rule, response_rule, verified
from wattloom.market.response.contract import BaselineTerms, counted
from wattloom.market.response.plans import LoggedPlan
from wattloom.market.response.view import EventView

MEAN_KW = 100_000.0
CALLED_KW = 10_000.0
RESPONSE_CNY_PER_KWH, ENERGY_CNY_PER_KWH = 2.70, 0.60
EVENT_HOUR, EVENT_H, NOTICE_H, BEFORE_H = 14, 2, 2, 4
RAISES = (0.0, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4)
LIKE_DAYS = 10
DRAWS, BLOCK_DAYS = 2000, 7
RULES = {
    "free": plain_rule(str(RESPONSE_CNY_PER_KWH), paid_from_share="0.8", paid_to_share="1.2"),
    "charged": response_rule("sichuan_shave", date(2026, 8, 3), price_cny_per_mwh=1000 * RESPONSE_CNY_PER_KWH),
}
OPEN = BaselineTerms(refuse_unusual_rise=False)
WAYS: dict[str, tuple[str, str, BaselineTerms]] = {
    "adjusted ×, no cap": ("hours", "adjusted", replace(OPEN, adjustment_cap=None)),
    "adjusted ×, cap 20 %": ("hours", "adjusted", OPEN),
    "adjusted ×, cap 10 %": ("hours", "adjusted", replace(OPEN, adjustment_cap=0.1)),
    "adjusted ×, cap 5 %": ("hours", "adjusted", replace(OPEN, adjustment_cap=0.05)),
    "adjusted ×, cap 20 %, watched": ("hours", "adjusted", BaselineTerms()),
    "adjusted ×, cap 20 %, watched ": ("longer", "adjusted", BaselineTerms()),
    "5 highest of 10": ("hours", "high_of_like_days", OPEN),
    "5 highest of 10 ": ("days", "high_of_like_days", OPEN),
    "5 of 10, raised days refused": ("days", "high_of_like_days", replace(OPEN, refuse_raised_days=True)),
    "mean of 10": ("days", "like_days", OPEN),
    "mean of 10, raised days refused": ("days", "like_days", replace(OPEN, refuse_raised_days=True)),
    "adjusted ×, all defences": ("days", "adjusted", BaselineTerms(refuse_raised_days=True)),
    "plan with its record": ("plan", "plan_before_notice", OPEN),
    "plan with its record ": ("plans", "plan_before_notice", OPEN),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a raise brings."""

    raise_share: float
    paid_cny: NDArray[np.float64]
    """By event day."""
    raised_kwh: float

    def net(self, energy_cny_per_kwh: float) -> NDArray[np.float64]:
        """Pay less energy, against staying away."""
        return self.paid_cny - self.raised_kwh * energy_cny_per_kwh


def gaming(*, days_max: int) -> dict[str, dict[str, dict[str, float]]]:
    """Print a table for each meter and rule; the same figures for the line of JSON."""
    out: dict[str, dict[str, dict[str, float]]] = {}
    for make in (philly, uneven_works, shift_works):
        meter = scaled(make())
        days = event_days(meter, min(days_max, 60))
        for rule_name, rule in RULES.items():
            print(f"\ngaming, {meter.load.source} at a mean of 100 MW, {len(days)} events, rule `{rule_name}`; "
                  "thousand CNY an event against staying away")  # fmt: skip
            print(f"{'raised':8}{'baseline':32}{'nothing raised':>26}{'best raise, work of no use':>34}"
                  f"{'best raise, brought forward':>34}")  # fmt: skip
            cells = out[f"{meter.name}, {rule_name}"] = {}
            for name, (what, method, terms) in WAYS.items():
                tried = [outcome(meter, days, (what, method, terms), rule, share) for share in RAISES]
                cells[f"{what}: {name.strip()}"] = row = told(tried)
                print(f"{what:8}{name:32}{row['nothing_kcny']:8.1f} {ends(row, 'nothing'):17}"
                      + "".join(f"{row[f'{of}_raise']:8.1%}{row[f'{of}_kcny']:9.1f} {ends(row, of):17}"
                                for of in ("useless", "forward")))  # fmt: skip
    return out


def told(tried: list[Outcome]) -> dict[str, float]:
    """The row of a way: nothing raised, and the raise that pays best, at two costs of energy."""
    row: dict[str, float] = {}
    for label, price in (("nothing", 0.0), ("useless", ENERGY_CNY_PER_KWH), ("forward", 0.0)):
        chosen = tried[:1] if label == "nothing" else tried[1:]
        best = max(chosen, key=lambda one, price=price: float(one.net(price).mean()))
        low, high = interval(best.net(price))
        row |= {f"{label}_raise": best.raise_share, f"{label}_kcny": best.net(price).mean() / 1000,
                f"{label}_low": low / 1000, f"{label}_high": high / 1000, "n": best.paid_cny.size}  # fmt: skip
    return {key: round(float(value), 3) for key, value in row.items()}


def ends(row: dict[str, float], of: str) -> str:
    """The interval of a cell."""
    return f"[{row[f'{of}_low']:6.1f}, {row[f'{of}_high']:6.1f}]"


def scaled(meter: Meter) -> Meter:
    """To a mean of 100 MW."""
    factor = MEAN_KW / float(np.nanmean(meter.load.values))
    return replace(meter, load=meter.load.scaled(factor, "kW"))


def event_days(meter: Meter, days_max: int) -> list[date]:
    """Working days with enough days before them."""
    axis = meter.load.axis
    first, last = axis.start.date() + timedelta(days=16), (axis.end - timedelta(days=1)).date()
    every = [first + timedelta(days=number) for number in range((last - first).days)]
    days = [day for day in every if not meter.is_rest_day(day)]
    return [days[place] for place in np.linspace(0, len(days) - 1, min(len(days), days_max)).astype(int)]


def at(day: date, hour: int) -> datetime:
    """On the meter's clock."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def view_of(meter: Meter, day: date, load: Series, *, plan_share: float = 0.0, record_share: float = 0.0) -> EventView:
    """The event of a day; plans say what was drawn by the honest meter, times what was put on."""
    start = at(day, EVENT_HOUR)
    bare = EventView(meter=load, zone=CLOCK, event=Interval(start, start + timedelta(hours=EVENT_H)),
                     notice=start - timedelta(hours=NOTICE_H), is_rest_day=meter.is_rest_day,
                     event_days=meter.holidays)  # fmt: skip
    days = bare.like_days(LIKE_DAYS, gap=1, look_back=45)
    return replace(bare, plan=plan(meter, day, plan_share),
                   record=tuple(plan(meter, one, record_share) for one in days))  # fmt: skip


def plan(meter: Meter, day: date, share: float) -> LoggedPlan:
    """What was drawn that day, with a share put on over the event's hours, logged on its eve."""
    axis = meter.load.axis
    per_day = 24 * 60 // axis.step_minutes
    first = (day - axis.start.date()).days * per_day
    values = np.nan_to_num(meter.load.values[first : first + per_day])
    values[EVENT_HOUR * per_day // 24 : (EVENT_HOUR + EVENT_H) * per_day // 24] += share * MEAN_KW
    eve = at(day, 0) - timedelta(hours=6)
    return LoggedPlan(axis=TimeAxis(at(day, 0), axis.step_minutes, per_day), kw=values, sequence=1, sha256="", mark="",
                      logged_at=eve, witnessed_at=eve)  # fmt: skip


def raised(meter: Meter, stretches: list[tuple[datetime, int]], share: float) -> tuple[Series, float]:
    """The load with a share put on over stretches of hours, and the energy of it in kWh."""
    axis, values, put_on = meter.load.axis, meter.load.values.copy(), 0.0
    for start, hours in stretches:
        first = round((start - axis.start) / timedelta(minutes=axis.step_minutes))
        place = slice(first, first + hours * 60 // axis.step_minutes)
        put_on += share * MEAN_KW * hours
        values[place] += share * MEAN_KW
    return replace(meter.load, values=values), put_on


def stretches_of(meter: Meter, day: date, what: str) -> list[tuple[datetime, int]]:
    """Where a strategy raises."""
    if what == "hours":
        return [(at(day, EVENT_HOUR - NOTICE_H - BEFORE_H), BEFORE_H)]
    if what == "longer":
        return [(at(day, EVENT_HOUR - NOTICE_H - 3 * BEFORE_H), 3 * BEFORE_H)]
    if what == "days":
        days = view_of(meter, day, meter.load).like_days(LIKE_DAYS, gap=1, look_back=45)
        return [(at(one, EVENT_HOUR), EVENT_H) for one in days]
    return []


def outcome(
    meter: Meter, days: list[date], way: tuple[str, str, BaselineTerms], rule: ResponseRule, share: float
) -> Outcome:
    """Every event day with a raise."""
    what, method, terms = way
    pays, energy = [], []
    for day in days:
        load, put_on = raised(meter, stretches_of(meter, day, what), share)
        on_plan = share if what in {"plan", "plans"} else 0.0
        seen = view_of(meter, day, load, plan_share=on_plan, record_share=share if what == "plans" else 0.0)
        amount = pay(meter, seen, method, terms, rule)
        if amount is not None:
            pays.append(amount)
            energy.append(put_on)
    return Outcome(raise_share=share, paid_cny=np.array(pays), raised_kwh=float(np.mean(energy)))


def pay(meter: Meter, view: EventView, method: str, terms: BaselineTerms, rule: ResponseRule) -> float | None:
    """CNY for an event in which the load does what it would have done."""
    first = round((view.event.start - meter.load.axis.start) / timedelta(minutes=meter.load.axis.step_minutes))
    drawn = meter.load.values[first : first + view.periods]
    try:
        kw = counted(method, view, terms).kw
    except (MissingData, InputError):
        return None
    if not np.isfinite(drawn).all():
        return None
    event = verified(kw, drawn, called_kw=CALLED_KW, step_minutes=meter.load.axis.step_minutes, rule=rule)
    return sum(line.amount_fen for line in paid(event, rule)) / 100


def interval(values: NDArray[np.float64]) -> tuple[float, float]:
    """95 % of the mean, by blocks of event days."""
    rng = np.random.default_rng(20260702)
    starts = rng.integers(0, values.size, size=(DRAWS, -(-values.size // BLOCK_DAYS)))
    drawn = (starts[:, :, None] + np.arange(BLOCK_DAYS)).reshape(DRAWS, -1)[:, : values.size] % values.size
    low, high = np.percentile(values[drawn].mean(axis=1), [2.5, 97.5])
    return float(low), float(high)
