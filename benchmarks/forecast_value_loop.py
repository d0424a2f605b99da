"""What does a day decided tick by tick cost above perfect information, when its forecasts are a model's?

Part of forecast_value.py. The days are those of campaigns/closed_loop.py (provinces, sites, jobs, stores and lines all
drawn and assumed); only what comes and what is foreseen of green output and price is replaced: each region has a
generated wind or solar station, all share one generated price. Every hour the rest of the day is foreseen anew by our
models, by seasonal naive or by climatology, each fitted on what was known before the first day. Inference load is
foreseen as it comes, so that all that differs is weather and price.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[1] / "campaigns"))

from closed_loop import draw_day
from wattloom.app.closed_loop import closed_loop, known_from_the_start
from wattloom.app.closed_loop_day import Conditions, Day
from wattloom.domain.forecasts import MEDIAN, TargetKind
from wattloom.domain.time import TimeAxis
from wattloom.domain.weather import Place
from wattloom.forecast.compare import Interval, block_interval, block_mean_interval
from wattloom.forecast.contract import Model
from wattloom.forecast.feed import Channel, Feed
from wattloom.forecast.generated import Facts, generated
from wattloom.forecast.models import boosted, clear_sky, climatology, power_curve, seasonal_naive
from wattloom.forecast.sight import Sight, Training
from wattloom.forecast.task import Task

SITES, MINUTES, HOURS, DAYS = 24, 15, 24, 6
PER_HOUR = 60 // MINUTES
SEED = 3000
"""Of the days; none was looked at while the dispatcher was made."""
LEARNT_DAYS = 120
PLACE = Place(latitude_deg=38.0, longitude_deg=0.0, altitude_m=500, time_zone="UTC")
TASK = Task.intraday(step_minutes=60, leads=HOURS, every_minutes=60)
OURS = {TargetKind.SOLAR: clear_sky.MODEL, TargetKind.WIND: power_curve.MODEL, TargetKind.PRICE: boosted.MODEL}
NAIVE, CLIMATOLOGY, OUR_NAME, PERFECT = "seasonal naive", "climatology", "wattloom", "perfect"
CAPACITY_MW = 100.0
WEATHER_EARLIER_S = 6 * 3600
"""A day's weather forecast is out as the day before begins, not at its 06:00: so that 24 hours ahead are told."""
DEAR_STEPS = slice(1, 4)
"""Of a region's supply: the steps whose price the market sets; the first is green."""


@dataclass(frozen=True, slots=True)
class Course:
    """One station: what comes in each tick of each day, and what each forecaster foresees of each hour at each hour."""

    ticks: NDArray[np.float64]
    """Over its mean, shape (days, ticks)."""
    foreseen: Mapping[str, NDArray[np.float64]]
    """Shape (days, issued at hour, about hour); NaN before the issue."""


def station(name: str, kind: TargetKind, seed: int, start: datetime) -> tuple[Feed, NDArray[np.float64]]:
    """A generated station by the hour, and its ticks; the newest week of a generated record has no gaps."""
    axis = TimeAxis(start - timedelta(days=LEARNT_DAYS), MINUTES, (LEARNT_DAYS + DAYS + 1) * HOURS * PER_HOUR)
    capacity = None if kind is TargetKind.PRICE else CAPACITY_MW
    fine = generated(
        Facts(name=name, kind=kind, axis=axis, zone=ZoneInfo("UTC"), unit="MW" if capacity else "CNY/MWh",
              capacity=capacity, limits=(0.0, capacity or np.inf), place=PLACE, delay_minutes=0, seed=seed)
    )  # fmt: skip
    hourly = axis.coarser(PER_HOUR)

    def means(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(values.reshape(-1, PER_HOUR).mean(axis=1))

    feed = replace(
        fine,
        axis=hourly,
        target=Channel.measured(hourly, means(fine.target.values[-1]), unit=fine.target.unit, source=name),
        channels={
            key: Channel.issued(
                means(one.values[-1]), one.known_s[-1, ::PER_HOUR] - WEATHER_EARLIER_S, unit=one.unit, source=name
            )
            for key, one in fine.channels.items()
        },
    )
    return feed, fine.target.values[-1][LEARNT_DAYS * HOURS * PER_HOUR :].reshape(DAYS + 1, -1)[:DAYS]


def course(name: str, kind: TargetKind, seed: int, start: datetime) -> Course:
    """A station with its forecasts, over its mean of the days before."""
    feed, ticks = station(name, kind, seed, start)
    mean = float(np.nanmean(feed.target.values[-1][: LEARNT_DAYS * HOURS]))
    models: dict[str, Model] = {
        OUR_NAME: OURS[kind], NAIVE: seasonal_naive.MODEL, CLIMATOLOGY: climatology.MODEL,
    }  # fmt: skip
    told = {who: _foreseen(model, feed, start) / mean for who, model in models.items()}
    return Course(ticks / mean, told)


def _foreseen(model: Model, feed: Feed, start: datetime) -> NDArray[np.float64]:
    """Medians of the rest of each day, issued every hour; shape (days, issued at, about)."""
    fitted = model.fit([Training.until(feed, TASK, start)])
    origins = int(start.timestamp()) + np.arange(DAYS * HOURS, dtype=np.int64) * 3600
    median = fitted.predict(Sight(feed, TASK, origins))[..., TASK.levels.index(MEDIAN)]
    laid = np.full((DAYS, HOURS, HOURS), np.nan)
    for n, row in enumerate(median):
        day, hour = divmod(n, HOURS)
        laid[day, hour, hour:] = row[: HOURS - hour]
    return laid


def with_courses(day: Day, n: int, green: list[Course], price: Course) -> tuple[Day, dict[str, Day]]:
    """The drawn day with what comes at the stations, told everything; and as each forecaster foresees it."""
    ticks = _conditions(day, np.stack([one.ticks[n] for one in green], axis=1), price.ticks[n])
    # Prices hold for a period.
    flat = price.ticks[n].reshape(HOURS, PER_HOUR).mean(axis=1)
    ticks = replace(ticks, supply_price_cny_per_mwh=_priced(day, np.repeat(flat, PER_HOUR)))
    known = ticks.means(PER_HOUR)
    perfect = replace(day, truth=ticks, foreseen=(known,) * HOURS)
    seen = {}
    for who in price.foreseen:
        issued = []
        for hour in range(HOURS):
            rows = np.stack([one.foreseen[who][n, hour] for one in green], axis=1)
            mw = np.where(np.isnan(rows), known.supply_mw_max[:, :, 0], _green(day, np.nan_to_num(rows)))
            dear = np.where(np.isnan(price.foreseen[who][n, hour]), flat, price.foreseen[who][n, hour])
            supply = known.supply_mw_max.copy()
            supply[:, :, 0] = mw
            issued.append(replace(known, supply_mw_max=supply, supply_price_cny_per_mwh=_priced(day, dear)))
        seen[who] = replace(perfect, foreseen=tuple(issued))
    return perfect, seen


def _conditions(day: Day, green: NDArray[np.float64], price: NDArray[np.float64]) -> Conditions:
    """The drawn inference load, with green output and price of the stations; shape (tick, region) and (tick,)."""
    supply = np.repeat(day.still.regions.supply_mw_max[None], len(green), axis=0)
    supply[:, :, 0] = _green(day, green)
    return Conditions(
        supply_mw_max=supply, supply_price_cny_per_mwh=_priced(day, price), inference_mw=day.truth.inference_mw
    )


def _green(day: Day, factor: NDArray[np.float64]) -> NDArray[np.float64]:
    """Green output at a factor of its mean, shape (time, region)."""
    return np.asarray(day.still.regions.supply_mw_max[None, :, 0] * np.clip(factor, 0.0, None))


def _priced(day: Day, factor: NDArray[np.float64]) -> NDArray[np.float64]:
    """Prices of supply at a factor of the market's mean, shape (time, region, step); steps stay in their order."""
    price = np.repeat(day.still.regions.supply_price_cny_per_mwh[None], len(factor), axis=0)
    price[:, :, DEAR_STEPS] *= np.clip(factor, 0.1, 3.0)[:, None, None]
    return np.maximum.accumulate(price, axis=2)


def closed_loops() -> dict[str, object]:
    """Run the days with each forecaster; print, and give the figures."""
    start = datetime(2026, 7, 1, tzinfo=UTC)
    days = [draw_day(SITES, SEED + n, minutes=MINUTES) for n in range(DAYS)]
    regions = len(days[0].still.layout.regions)
    kinds = [TargetKind.WIND if place % 2 else TargetKind.SOLAR for place in range(regions)]
    green = [course(f"{kind} {place}", kind, SEED + place, start) for place, kind in enumerate(kinds)]
    price = course("price", TargetKind.PRICE, SEED, start)
    bound, missed = [], {}
    cost: dict[str, list[float]] = {}
    for n, day in enumerate(days):
        perfect, seen = with_courses(day, n, green, price)
        bound.append(known_from_the_start(perfect).cost_cny)
        for who, one in {PERFECT: perfect, **seen}.items():
            outcome = closed_loop(one)
            cost.setdefault(who, []).append(outcome.cost_cny)
            missed[who] = missed.get(who, 0) + outcome.missed
    return _told(np.array(bound), {who: np.array(each) for who, each in cost.items()}, missed)


def _told(
    bound: NDArray[np.float64], cost: Mapping[str, NDArray[np.float64]], missed: Mapping[str, int]
) -> dict[str, object]:
    """Print the table; figures for the last line."""
    print(f"\nclosed loop, {SITES} sites, generated stations: {bound.size} days, above the program told everything")
    print(f"  {'':16s} {'share':24s}  {'CNY a day':34s}  {'above perfect forecasts, CNY a day':36s} missed")
    line: dict[str, object] = {"loop_days": int(bound.size), "loop_bound_cny": round(float(bound.mean()))}
    for who, each in cost.items():
        share = block_interval(lambda m: m[:, 0] / m[:, 1] - 1.0, each, bound, block_days=1)
        above = block_mean_interval(each - bound, block_days=1)
        apart = block_mean_interval(each - cost[PERFECT], block_days=1)
        print(f"  {who:16s} {_percent(share):24s}  {_cny(above):34s}  {_cny(apart):36s} {missed[who]}")
        key = f"loop_{who.replace(' ', '_')}"
        line |= {
            f"{key}_above": [round(x, 5) for x in (share.value, share.low, share.high)],
            f"{key}_above_cny": [round(x) for x in (above.value, above.low, above.high)],
            f"{key}_lost_to_forecasts_cny": [round(x) for x in (apart.value, apart.low, apart.high)],
            f"{key}_missed": missed[who],
        }
    lost = cost[NAIVE] - cost[PERFECT]
    if lost.sum() > 0:
        closed = block_interval(
            lambda m: (m[:, 0] - m[:, 1]) / (m[:, 0] - m[:, 2]),
            cost[NAIVE],
            cost[OUR_NAME],
            cost[PERFECT],
            block_days=1,
        )
        print(f"  gap between naive and perfect forecasts closed by ours: {_percent(closed)}")
        line["loop_gap_closed"] = [round(x, 4) for x in (closed.value, closed.low, closed.high)]
    return line


def _percent(one: Interval) -> str:
    """With its interval."""
    return f"{one.value:.2%} [{one.low:.2%}, {one.high:.2%}]"


def _cny(one: Interval) -> str:
    """With its interval."""
    return f"{one.value:,.0f} [{one.low:,.0f}, {one.high:,.0f}]"
