"""What are better forecasts worth in yuan, and where are they worth nothing?

    python benchmarks/forecast_value.py [--part spot|sun|generated|closed_loop]   WATTLOOM_DATA names the source tables

A site with 100 MW of machines, used to 65 % in the mean; 30 % of that work are jobs that may wait 6, 12 or 24 hours,
but not past midnight: drawn by chance, another draw each day, the same for every forecaster. Each day is planned once
with each forecast and billed at what came true: perfect foresight (the same planner, told), ours (the median, and the
mean of the quantiles: a bill is linear in the price, so that a planner should take the true mean), seasonal naive
(yesterday, taken as known in whole), climatology (the mean of the same quarter of an hour on all days before, of the
last 30 for the sun). Gap closed: (naive − forecast) ÷ (naive − perfect). Intervals: 95 %, blocks of three days drawn
anew.

spot: an unnamed province, 22 May to 15 June 2025 (the form of the model was chosen on the days before; 25 days say
nothing of seasons). `real time`: planned at midnight, billed at real-time prices; the day-ahead price is known and is a
forecast by itself. `declared`: the load is declared at 09:00 of the day before, ahead of the clearing, and billed at
the day-ahead price. Where a site may decide after the clearing, a forecast of the day-ahead price is worth nothing:
the price is known.

sun: the same jobs with a solar field of the site's own that must not feed into the grid, at the day-ahead price, known.
The sun is that of station 5 of the State Grid set on the same days of 2020 (no province has both on record): once three
times the load (220 MW), once small (50 MW). Below the firm load the sun's forecast cannot matter: every MWh saves the
price of its hour whatever the jobs do; the row shows that it comes out so. `doubt` plans on all quantiles: a MW of sun
counts as surely as it is there (assets/doubtful.py); the same with quantiles of the last 30 days tells how much of that
is the planning and how much the forecast.

generated: a price and a field that are drawn (no real ones), for those without the data.

closed_loop: the tick-by-tick day of campaigns/closed_loop.py (everything drawn and assumed) with green output that
comes from generated stations and is foreseen, hour by hour anew, by our models, seasonal naive or climatology in place
of a martingale of errors. Cost above the program that is told everything.

The last line is one JSON object: CNY a day, [value, low, high].
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from forecast_data_price import spot_feeds
from forecast_data_solar import data_folder, state_grid
from forecast_value_loop import closed_loops
from wattloom.app.forecast_value import PERFECT, ForecastDay, ForecastValue, forecast_value
from wattloom.assets.doubtful import Doubtful
from wattloom.assets.kinds.solar.plant import Solar
from wattloom.dispatch.question import DispatchQuestion, DispatchSite
from wattloom.domain.forecasts import MEDIAN, TargetKind
from wattloom.domain.jobs import JobClass, Jobs
from wattloom.domain.series import Series
from wattloom.domain.time import TimeAxis
from wattloom.domain.weather import Place
from wattloom.domain.workloads import WorkloadKind
from wattloom.forecast.backtest import Answers, Period, backtest
from wattloom.forecast.compare import Interval, block_mean_interval
from wattloom.forecast.feed import Feed
from wattloom.forecast.generated import Facts, generated
from wattloom.forecast.metrics import level_widths
from wattloom.forecast.models import boosted, clear_sky, climatology, lear
from wattloom.forecast.models.spot_price import SpotPrice
from wattloom.forecast.serving.issuing import Terms
from wattloom.forecast.serving.reissuing import reissued
from wattloom.forecast.task import Task
from wattloom.twin.drawn import Arrivals, Drawing, Machines, drawn_jobs

BEIJING = ZoneInfo("Asia/Shanghai")
DAY_S, STEPS, STEP_MINUTES = 86_400, 96, 15
PLACE = Place(latitude_deg=38.5, longitude_deg=106.2, altitude_m=1110, time_zone=BEIJING.key)
MACHINES_MW, USED_SHARE, WAITING_SHARE = 100.0, 0.65, 0.30
OVERHEAD_FIXED, OVERHEAD_SLOPE = 0.06, 0.12
"""Of the dispatch file: its defaults."""
CHARGES_CNY_PER_MWH = 150.0
"""Assumed: network and levies on a MWh drawn; the same at all hours, so that shifting does not change them."""
WINDOWS_HOURS = (6.0, 12.0, 24.0)
JOBS_PER_DAY = 300
BY_HOUR = (6.0, *(1.0,) * 15, *(0.0,) * 8)
"""Assumed: what waits at midnight, then evenly until 16:00; who comes later belongs to the next day."""
NAIVE, OURS, OUR_MEAN, CLIMATOLOGY = "seasonal naive", "wattloom, median", "wattloom, mean", "climatology"
OUR_DOUBT, PLAIN_DOUBT = "wattloom, doubt", "climatology, doubt"
PUBLISHED = "day-ahead price"
BLOCK_DAYS = 3
SPOT_FROM, SPOT_TO = datetime(2025, 5, 22, tzinfo=BEIJING), datetime(2025, 6, 16, tzinfo=BEIJING)
SUN_STATION, SUN_YEAR, SUN_DAYS = 5, 2020, 30
SUN_MW = {"large": 220.0, "small": 50.0}
GENERATED_DAYS, GENERATED_LEARNT_DAYS = 30, 150
Lines = dict[str, NDArray[np.float64]]
"""By forecaster, shape (days, 96)."""


def site(price: NDArray[np.float64], sun: NDArray[np.float64] | None = None, sun_mw: float = 0.0) -> DispatchSite:
    """The site of one day; with a field of its own where there is a sun, as a share of its capacity."""
    flat = np.ones(STEPS)
    axis = TimeAxis(datetime(2025, 1, 1, tzinfo=BEIJING), STEP_MINUTES, STEPS)
    assets = {}
    if sun is not None:
        factor = Series(axis=axis, values=np.clip(sun, 0.0, 1.0), unit="1", source="sun")
        assets["sun"] = Solar(
            power_mw=sun_mw, capital_cost_cny_per_kw=0.0, fixed_cny_per_kw_year=0.0, capacity_factor=factor
        )
    return DispatchSite(
        name="site",
        place=PLACE,
        import_price_cny_per_mwh=price + CHARGES_CNY_PER_MWH,
        carbon_kg_per_mwh=0.0 * flat,
        it_mw_max=MACHINES_MW * flat,
        firm_it_mw=MACHINES_MW * USED_SHARE * (1 - WAITING_SHARE) * flat,
        overhead_fixed_mw=MACHINES_MW * OVERHEAD_FIXED * flat,
        overhead_slope=OVERHEAD_SLOPE * flat,
        import_mw_max=np.full(STEPS, np.inf),
        assets=assets,
    )


def doubtful_site(
    price: NDArray[np.float64], quantiles: NDArray[np.float64], levels: tuple[float, ...], sun_mw: float
) -> DispatchSite:
    """The site of one day whose field is known by quantiles of its share, shape (96, levels)."""
    known = site(price)
    sun = Doubtful(
        quantiles_mw=np.clip(quantiles, 0.0, 1.0) * sun_mw,
        levels=levels,
        price_cny_per_mwh=known.import_price_cny_per_mwh,
        most_mw=sun_mw,
    )
    return replace(known, assets={"sun": sun})


def jobs_of(day: int) -> Jobs:
    """The day's jobs, scaled to the energy that may wait."""
    axis = TimeAxis(datetime(2025, 1, 1, tzinfo=BEIJING), STEP_MINUTES, STEPS)
    kinds = [
        (
            JobClass(name=f"within {hours:g} h", kind=WorkloadKind.BATCH, latency_ms_max=0.0),
            Drawing(share=1 / len(WINDOWS_HOURS), run_hours_median=1.5, run_hours_spread=0.7, run_hours_max=6.0,
                    gpus=(64.0, 128.0, 256.0), window_hours=hours),
        )
        for hours in WINDOWS_HOURS
    ]  # fmt: skip
    arrivals = Arrivals(per_day=JOBS_PER_DAY, seed=1000 + day, zone=BEIJING, site_weights=(1.0,), by_hour=BY_HOUR)
    drawn = drawn_jobs(
        axis, sites=("site",), classes=kinds, arrivals=arrivals, machines=Machines(kw_per_gpu=0.63, gpus_per_node=8)
    )
    wanted_mwh = MACHINES_MW * USED_SHARE * WAITING_SHARE * 24
    return replace(drawn, power_mw=drawn.power_mw * wanted_mwh / float(drawn.energy_mwh.sum()))


def question(day: int, of: DispatchSite) -> DispatchQuestion:
    """One day's question."""
    jobs, none = jobs_of(day), np.zeros((1, 1))
    axis = TimeAxis(jobs.start, STEP_MINUTES, STEPS)
    return DispatchQuestion(axis=axis, sites=(of,), jobs=jobs, latency_ms=none, migration_cost_cny_per_mwh=none)


def valued(names: list[str], happened: list[DispatchSite], foreseen: Mapping[str, list[DispatchSite]]) -> ForecastValue:
    """The days decided with each forecast."""
    days = [
        ForecastDay(
            name=name,
            happened=question(n, happened[n]),
            foreseen={who: (sites[n],) for who, sites in foreseen.items()},
        )
        for n, name in enumerate(names)
    ]
    return forecast_value(days, naive=NAIVE, block_days=BLOCK_DAYS)


def by_time(feed: Feed, starts_s: NDArray[np.int64], back_days: int | None = None) -> Lines:
    """Seasonal naive and climatology of days that begin at some instants: all of the day before taken as known."""
    first = int(feed.axis.start.timestamp())
    values = feed.target.values[-1]
    table = values[: len(values) // STEPS * STEPS].reshape(-1, STEPS)
    lines: Lines = {NAIVE: np.empty((len(starts_s), STEPS)), CLIMATOLOGY: np.empty((len(starts_s), STEPS))}
    for n, start in enumerate(starts_s):
        day = (int(start) - first) // DAY_S
        past = table[max(day - (back_days or day), 0) : day]
        lines[CLIMATOLOGY][n] = np.nanmean(past, axis=0)
        newest = past[-1]
        for earlier in past[-2:-8:-1]:
            newest = np.where(np.isnan(newest), earlier, newest)
        lines[NAIVE][n] = newest
    return lines


def past_quantiles(feed: Feed, starts_s: NDArray[np.int64], levels: tuple[float, ...]) -> NDArray[np.float64]:
    """Of the same quarter of an hour on the last days before each instant; shape (days, 96, levels)."""
    first, values = int(feed.axis.start.timestamp()), feed.target.values[-1]
    table = values[: len(values) // STEPS * STEPS].reshape(-1, STEPS)
    days = (starts_s - first) // DAY_S
    return np.stack([np.nanquantile(table[day - SUN_DAYS : day], levels, axis=0).T for day in days])


def said(answers: Answers) -> Lines:
    """Our median and our mean, shape (days, 96) each."""
    levels = answers.task.levels
    return {OURS: answers.quantiles[..., levels.index(MEDIAN)], OUR_MEAN: answers.quantiles @ level_widths(levels)}


def shown(title: str, found: ForecastValue, key: str) -> dict[str, object]:
    """Print a table; figures for the last line."""
    print(f"\n{title}: {len(found.days)} days, CNY a day")
    print(f"  {'':18s} {'cost':>10s}   {'above perfect':24s}  {'saved against naive':26s}  gap closed")
    line: dict[str, object] = {}
    for row in found.rows:
        closed = "—" if row.closed is None else _in_percent(row.closed)
        print(f"  {row.forecaster:18s} {row.cost.value:10,.0f}   {_money(row.above_perfect):24s}  "
              f"{_money(row.below_naive):26s}  {closed}")  # fmt: skip
        name = row.forecaster.replace(", ", "_").replace(" ", "_").replace("-", "_")
        line[f"{key}_{name}_cny"] = _three(row.cost, 0)
        line[f"{key}_{name}_saved_cny"] = _three(row.below_naive, 1)
        line[f"{key}_{name}_gap_closed"] = None if row.closed is None else _three(row.closed, 4)
    if found.worth_nothing:
        print("  Even perfect foresight saves nothing against naive: better forecasts are worth nothing here.")
    split = float((found.cost_cny[PERFECT] - found.bound_cny).mean())
    print(
        f"  the program told everything lies {split:,.0f} CNY below perfect: whole jobs do not fill it to the kilowatt"
    )
    line[f"{key}_perfect_above_bound_cny"] = round(split, 1)
    if PUBLISHED in found.cost_cny:
        apart = block_mean_interval(found.cost_cny[PUBLISHED] - found.cost_cny[OURS], block_days=BLOCK_DAYS)
        print(f"  our median saves against the {PUBLISHED}: {_money(apart)}")
        line[f"{key}_saved_against_{PUBLISHED.replace(' ', '_').replace('-', '_')}_cny"] = _three(apart, 1)
    misses = {name: count for name, count in found.deadline_misses.items() if count}
    print(f"  deadlines missed: {misses or 'none'}")
    return line | {f"{key}_days": len(found.days), f"{key}_worth_nothing": found.worth_nothing}


def _money(one: Interval) -> str:
    """With its interval."""
    return f"{one.value:,.0f} [{one.low:,.0f}, {one.high:,.0f}]"


def _in_percent(one: Interval) -> str:
    """With its interval."""
    return f"{one.value:.1%} [{one.low:.1%}, {one.high:.1%}]"


def _three(one: Interval, digits: int) -> list[float]:
    """Value and ends."""
    return [round(each, digits) for each in (one.value, one.low, one.high)]


def spot_lines(feed: Feed, task: Task, held: str | None) -> tuple[NDArray[np.float64], Lines]:
    """What came true, and each forecaster's lines; shape (days, 96)."""
    wait = timedelta(days=1) if task.first_lead else timedelta(0)
    period = Period(start=SPOT_FROM - wait, end=SPOT_TO - wait - timedelta(hours=3), refit_days=1.0)
    answers = backtest(SpotPrice(line=held), feed, task, period)
    starts_s = task.starts(answers.origins_s)[:, 0]
    lines = by_time(feed, starts_s) | said(answers)
    if held:
        place = (starts_s - int(feed.axis.start.timestamp())) // (DAY_S // STEPS)
        lines[PUBLISHED] = feed.channels[held].values[-1][place[:, None] + np.arange(STEPS)]
    return answers.outcomes, lines


def spot() -> dict[str, object]:
    """Real-time and day-ahead prices of a young market."""
    ahead, real = spot_feeds()
    cases = (
        ("real_time", "real time, planned at midnight", real, Task.day_ahead(step_minutes=15), "da_price_cny_mwh"),
        (
            "declared",
            "day ahead, declared at 09:00 before",
            ahead,
            Task.day_ahead(step_minutes=15, issue_minute=540),
            None,
        ),
    )
    line: dict[str, object] = {}
    for key, title, feed, task, held in cases:
        happened, lines = spot_lines(feed, task, held)
        whole = np.isfinite(happened).all(axis=1) & np.isfinite(np.stack([*lines.values()])).all(axis=(0, 2))
        names = [f"{SPOT_FROM + timedelta(days=int(n)):%Y-%m-%d}" for n in np.flatnonzero(whole)]
        found = valued(
            names,
            [site(one) for one in happened[whole]],
            {who: [site(one) for one in rows[whole]] for who, rows in lines.items()},
        )
        line |= shown(title, found, key)
    return line


def sun() -> dict[str, object]:
    """A field of the site's own, beside a price that is known."""
    feed = state_grid(data_folder(), SUN_STATION)
    first, end = SPOT_FROM.replace(year=SUN_YEAR), SPOT_TO.replace(year=SUN_YEAR)
    models = (boosted.MODEL, clear_sky.MODEL, climatology.MODEL)
    terms = Terms(stale_minutes=360, look_back_days=60, refit_days=30, calibrate=True)
    issues = reissued(models, feed, Task.day_ahead(step_minutes=15), terms, first=first, end=end)
    lines = by_time(feed, issues.answers.origins_s, SUN_DAYS) | said(issues.answers)
    price_feed, happened = spot_feeds()[0], issues.answers.outcomes
    begin = (int(SPOT_FROM.timestamp()) - int(price_feed.axis.start.timestamp())) // (DAY_S // STEPS)
    prices = price_feed.target.values[-1][begin : begin + happened.size].reshape(happened.shape)
    whole = np.isfinite(happened).all(axis=1) & np.isfinite(prices).all(axis=1)
    whole &= np.isfinite(np.stack([*lines.values()])).all(axis=(0, 2))
    names = [f"{first + timedelta(days=int(n)):%m-%d}" for n in np.flatnonzero(whole)]
    line: dict[str, object] = {"sun_models": sorted({str(name) for name in issues.used})}
    share = 1.0 / (feed.capacity or 1.0)
    shares = {who: rows[whole] * share for who, rows in lines.items()}
    for key, size in SUN_MW.items():
        seen = {
            who: [site(price, one, size) for price, one in zip(prices[whole], rows, strict=True)]
            for who, rows in shares.items()
        }
        levels = issues.answers.task.levels
        plain = past_quantiles(feed, issues.answers.origins_s, levels)
        for who, quantiles in ((OUR_DOUBT, issues.answers.quantiles), (PLAIN_DOUBT, plain)):
            seen[who] = [
                doubtful_site(price, one * share, levels, size)
                for price, one in zip(prices[whole], quantiles[whole], strict=True)
            ]
        came = [site(price, one * share, size) for price, one in zip(prices[whole], happened[whole], strict=True)]
        found = valued(names, came, seen)
        line |= shown(f"own sun, {size:g} MW, no feed-in, price known", found, f"sun_{key}")
    return line


def made_up() -> dict[str, object]:
    """A drawn price and a drawn field: no real ones."""
    days = GENERATED_LEARNT_DAYS + GENERATED_DAYS
    axis = TimeAxis(datetime(2026, 3, 1, tzinfo=BEIJING), STEP_MINUTES, (days + 1) * STEPS)
    task = Task.day_ahead(step_minutes=15)
    first = axis.start + timedelta(days=GENERATED_LEARNT_DAYS)
    terms = Terms(stale_minutes=1440, look_back_days=30, refit_days=30, calibrate=True)
    lines, truth = {}, {}
    for kind, models in ((TargetKind.PRICE, (lear.MODEL, climatology.MODEL)),
                         (TargetKind.SOLAR, (clear_sky.MODEL, climatology.MODEL))):  # fmt: skip
        low, high = (-np.inf, np.inf) if kind is TargetKind.PRICE else (0.0, 1.0)
        feed = generated(
            Facts(name=f"drawn {kind}", kind=kind, axis=axis, zone=BEIJING, unit="CNY/MWh" if kind is TargetKind.PRICE
                  else "MW", capacity=None if kind is TargetKind.PRICE else 1.0, limits=(low, high), place=PLACE,
                  delay_minutes=0, seed=11)
        )  # fmt: skip
        issues = reissued(models, feed, task, terms, first=first, end=first + timedelta(days=GENERATED_DAYS))
        truth[kind] = issues.answers.outcomes
        lines[kind] = by_time(feed, issues.answers.origins_s, SUN_DAYS) | said(issues.answers)
    whole = np.isfinite(truth[TargetKind.PRICE]).all(axis=1) & np.isfinite(truth[TargetKind.SOLAR]).all(axis=1)
    for rows in lines.values():
        whole &= np.isfinite(np.stack([*rows.values()])).all(axis=(0, 2))
    prices, shares = truth[TargetKind.PRICE][whole], truth[TargetKind.SOLAR][whole]
    size = SUN_MW["large"]
    found = valued(
        [f"{n}" for n in np.flatnonzero(whole)],
        [site(price, one, size) for price, one in zip(prices, shares, strict=True)],
        {
            who: [
                site(price, one, size)
                for price, one in zip(
                    lines[TargetKind.PRICE][who][whole], lines[TargetKind.SOLAR][who][whole], strict=True
                )
            ]
            for who in lines[TargetKind.PRICE]
        },
    )
    return shown("generated price and sun, 220 MW", found, "generated")


def main() -> None:
    """Run the parts and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=("spot", "sun", "generated", "closed_loop"))
    part = parser.parse_args().part
    begun = time.process_time()
    has_data = bool(os.environ.get("WATTLOOM_DATA"))

    parts: dict[str, Callable[[], dict[str, object]]] = {
        **({"spot": spot, "sun": sun} if has_data or part in {"spot", "sun"} else {}),
        **({} if has_data and part != "generated" else {"generated": made_up}),
        "closed_loop": closed_loops,
    }
    line: dict[str, object] = {}
    for name, run in parts.items():
        if part in {None, name}:
            line |= run()
    print(json.dumps(line | {"cpu_s": round(time.process_time() - begun, 1)}))


if __name__ == "__main__":
    main()
