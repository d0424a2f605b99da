"""Can a spot market with six weeks on record be foretold better than by its lags, and than by its day-ahead price?

Part of forecast_price.py; three questions, each rolling, the model fitted anew every day on what was known by then:

- day ahead: the day-ahead price of the next day, issued at 09:00; only forecasts (`*_fc_mw`) are known of that day.
- real time, whole day: issued at midnight, when the day-ahead price of the day is known.
- real time, four hours: issued every hour, real-time prices known up to an hour before.

When things are known is assumed (forecast_data_price.py). Baselines: the same quarter of an hour yesterday, a week ago
and the mean of both, all taken as known in whole (which the market would not give for real-time prices); the day-ahead
price; for four hours also the newest real-time price, and the day-ahead price with the newest difference from it. The
form of the model was chosen on 9 to 21 May, what follows was forecast once: 25 days say nothing of
seasons. Intervals: 95 %, blocks of three days drawn anew.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from forecast_data_price import SPOT_ZONE, spot_feeds
from wattloom.forecast.backtest import Answers, Period, backtest
from wattloom.forecast.compare import block_mean_interval, by_day, difference_interval
from wattloom.forecast.feed import Feed
from wattloom.forecast.metrics import pinball
from wattloom.forecast.models.spot_price import SpotPrice
from wattloom.forecast.sight import Sight
from wattloom.forecast.task import Task

TESTED_FROM, TESTED_TO = datetime(2025, 5, 22, tzinfo=SPOT_ZONE), datetime(2025, 6, 16, tzinfo=SPOT_ZONE)
"""Days forecast."""
DAY_AHEAD_PRICE = "da_price_cny_mwh"
DAY_S = 24 * 3600
BLOCK_DAYS = 3
"""Drawn together: 25 days make no more than eight such blocks."""
Lines = dict[str, NDArray[np.float64]]


def spot_scores() -> dict[str, object]:
    """Print the three tables; figures for the last line."""
    begun = time.process_time()
    ahead, real = spot_feeds()
    questions = (
        ("spot_da", ahead, Task.day_ahead(step_minutes=15, issue_minute=9 * 60), None),
        ("spot_rt_day", real, Task.day_ahead(step_minutes=15), DAY_AHEAD_PRICE),
        ("spot_rt_4h", real, Task.intraday(step_minutes=15, leads=16, every_minutes=60), DAY_AHEAD_PRICE),
    )
    line: dict[str, object] = {}
    for key, feed, task, held in questions:
        wait = timedelta(days=1) if task.first_lead else timedelta(0)
        period = Period(start=TESTED_FROM - wait, end=TESTED_TO - wait - timedelta(hours=3), refit_days=1.0)
        line |= _told(key, backtest(SpotPrice(line=held), feed, task, period), feed)
    line["spot_cpu_s"] = round(time.process_time() - begun, 1)
    return line


def _told(key: str, answers: Answers, feed: Feed) -> dict[str, object]:
    """One question's table and figures."""

    def daily(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return by_day(np.abs(values - answers.outcomes), answers.origins_s, SPOT_ZONE)

    levels = answers.task.levels
    median = answers.quantiles[..., levels.index(0.5)]
    inside = (answers.outcomes >= answers.quantiles[..., 0]) & (answers.outcomes <= answers.quantiles[..., -1])
    loss = pinball(answers.quantiles, answers.outcomes, levels)
    ours = daily(median)
    mean = block_mean_interval(ours, block_days=BLOCK_DAYS)
    print(f"\n{key}: {len(ours)} days, mean absolute error, CNY/MWh; ours less the line's")
    print(f"  wattloom spot_price     {mean}   pinball {loss:.3f}, 80 % interval holds {inside.mean():.3f}")
    part: dict[str, object] = {f"mae_{key}": round(mean.value, 3), f"pinball_{key}": round(loss, 3),
                               f"coverage80_{key}": round(float(inside.mean()), 3)}  # fmt: skip
    for name, values in _lines(answers, feed).items():
        theirs = daily(values)
        apart = difference_interval(ours, theirs, block_days=BLOCK_DAYS)
        print(f"  {name:22s}  {block_mean_interval(theirs, block_days=BLOCK_DAYS)}   {apart}")
        part[f"mae_{key}_{name.replace(' ', '_')}"] = round(float(np.nanmean(theirs)), 3)
        part[f"difference_{key}_{name.replace(' ', '_')}"] = [
            round(one, 3) for one in (apart.value, apart.low, apart.high)
        ]
    return part


def _lines(answers: Answers, feed: Feed) -> Lines:
    """Plain forecasts of the same periods; days that are not on record take the day before."""
    later = Sight(feed, answers.task, np.full_like(answers.origins_s, answers.known_s.max() + DAY_S))
    starts_s = answers.task.starts(answers.origins_s)

    def back(days: int) -> NDArray[np.float64]:
        found = later.at("target", starts_s - days * DAY_S)
        return np.where(np.isnan(found), later.at("target", starts_s - (days + 1) * DAY_S), found)

    lines = {"yesterday": back(1), "week ago": back(7), "mean of both": (back(1) + back(7)) / 2}
    if DAY_AHEAD_PRICE in feed.channels:
        price = later.at(DAY_AHEAD_PRICE, starts_s)
        lines["day-ahead price"] = price
        if answers.task.first_lead == 0 and answers.task.name == "intraday":
            sight = Sight(feed, answers.task, answers.origins_s)
            newest = sight.past("target", 1)
            apart = newest - sight.at(DAY_AHEAD_PRICE, sight.newest_s()[:, None])
            lines |= {"newest price": np.broadcast_to(newest, price.shape), "day-ahead and newest": price + apart}
    return lines
