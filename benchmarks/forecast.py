"""How long do boosted trees take to learn one station-year, and to forecast a thousand stations?

    python benchmarks/forecast.py [--stations 1000] [--rounds 3]

All stations are made up by the product's own generator (seeded, solar, 15 minutes, with a weather forecast): no record
is read. Trees learn a year of one station, nine levels, a day ahead; then they forecast 96 quarter-hours at nine
levels for each of a thousand stations that they have not seen, from forty days of each. The rival is mlforecast with
the same learner and settings (LightGBM, quantile loss, nine models, as many trees and leaves), fed with the same
station-year and the same lags by day; it has neither sun nor weather to work with, which spares it work.

CPU seconds, best of some rounds, each of which times both; compiled loops are warmed up. Stations are forecast by two
processes, half of them each: the slower one's seconds are what two cores need. The last line is JSON; ratios are ours
over theirs in CPU seconds of all cores: below one is quicker.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from multiprocessing import get_context
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from lightgbm import LGBMRegressor
from mlforecast import MLForecast
from mlforecast.lag_transforms import RollingMean

from wattloom.domain.forecasts import LEVELS, TargetKind
from wattloom.domain.time import TimeAxis
from wattloom.domain.weather import Place
from wattloom.forecast.feed import Feed
from wattloom.forecast.generated import Facts, generated
from wattloom.forecast.models.boosted import MODEL, FittedBoosted
from wattloom.forecast.sight import Sight, Training
from wattloom.forecast.task import Task

ZONE = ZoneInfo("Asia/Shanghai")
STEP_MINUTES, DAY = 15, 96
START = datetime(2023, 1, 1, tzinfo=ZONE)
LEARNT_DAYS, SEEN_DAYS = 365, 40
CAPACITY_MW = 50.0
TASK = Task.day_ahead(step_minutes=STEP_MINUTES)
LAGS = [DAY * back for back in range(1, 8)]
TRAIN_S_MAX, PREDICT_S_MAX = 30.0, 2.0
THREADS = 1
"""Of the rival's learner, as of ours: more threads spend more CPU on the same work."""
CORES = 2


def station(number: int, days: int, start: datetime) -> Feed:
    """A made-up solar station somewhere in the middle latitudes."""
    place = Place(
        latitude_deg=30.0 + number % 13, longitude_deg=95.0 + number % 23, altitude_m=100.0, time_zone=ZONE.key
    )
    facts = Facts(
        name=f"station-{number}", kind=TargetKind.SOLAR, axis=TimeAxis(start, STEP_MINUTES, days * DAY), zone=ZONE,
        unit="MW", capacity=CAPACITY_MW, limits=(0.0, CAPACITY_MW), place=place, delay_minutes=0, seed=number,
    )  # fmt: skip
    return generated(facts)


def cpu_of(work: Callable[[], Any]) -> tuple[Any, float]:
    """What the work gives, and CPU seconds of this process over all threads."""
    before = time.process_time()
    found = work()
    return found, time.process_time() - before


def ours(year: Feed, sights: list[Sight]) -> tuple[float, float, float]:
    """CPU seconds to learn, and to forecast: of the slower of two cores, and of both."""
    until = START + timedelta(days=LEARNT_DAYS)
    fitted, train_s = cpu_of(lambda: MODEL.fit([Training.until(year, TASK, until)], seed=1))
    if not isinstance(fitted, FittedBoosted):
        raise TypeError(fitted)
    fitted.predict_many(sights[:2])
    with ProcessPoolExecutor(CORES, mp_context=get_context("fork")) as pool:
        shares = list(pool.map(half, [(fitted, sights[place::CORES]) for place in range(CORES)]))
    return train_s, max(shares), sum(shares)


def half(work: tuple[FittedBoosted, list[Sight]]) -> float:
    """CPU seconds of one core's share of the stations."""
    fitted, sights = work
    fitted.predict_many(sights[:2])
    answers, spent_s = cpu_of(lambda: fitted.predict_many(sights))
    if np.stack(answers).shape != (len(sights), 1, DAY, len(LEVELS)):
        raise ValueError(len(answers))
    return spent_s


def theirs(year: pd.DataFrame, seen: pd.DataFrame, stations: int) -> tuple[float, float]:
    """The same of mlforecast."""
    settings = {
        "objective": "quantile", "n_estimators": MODEL.trees, "num_leaves": MODEL.leaves, "learning_rate": MODEL.rate,
        "colsample_bytree": MODEL.trait_share, "subsample": 0.7, "subsample_freq": 1, "max_bin": 127,
        "min_child_samples": int(MODEL.leaf_share * len(year)), "n_jobs": THREADS, "verbose": -1, "random_state": 1,
        "force_row_wise": True,
    }  # fmt: skip
    rival = MLForecast(
        models={f"q{level:g}": LGBMRegressor(alpha=level, **settings) for level in LEVELS},
        freq=1,
        lags=LAGS,
        lag_transforms={DAY: [RollingMean(DAY), RollingMean(7 * DAY)]},
        num_threads=THREADS,
    )
    _, train_s = cpu_of(lambda: rival.fit(year, static_features=[]))
    answers, predict_s = cpu_of(lambda: rival.predict(DAY, new_df=seen))
    if len(answers) != stations * DAY:
        raise ValueError(len(answers))
    return train_s, predict_s


def table(feeds: list[Feed]) -> pd.DataFrame:
    """Records one below the other, as mlforecast wants them; gaps are zeros, which it cannot do without."""
    return pd.concat(
        [
            pd.DataFrame(
                {"unique_id": one.name, "ds": np.arange(one.axis.count), "y": np.nan_to_num(one.target.values[-1])}
            )
            for one in feeds
        ],
        ignore_index=True,
    )


def main() -> None:
    """Time both, print a table and a line of JSON."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--stations", type=int, default=1000)
    asked.add_argument("--rounds", type=int, default=3)
    wanted = asked.parse_args()
    later = START + timedelta(days=LEARNT_DAYS)
    year = station(0, LEARNT_DAYS, START)
    feeds = [station(number, SEEN_DAYS + 1, later) for number in range(1, wanted.stations + 1)]
    origin = np.array([int((later + timedelta(days=SEEN_DAYS)).timestamp())])
    sights = [Sight(one, TASK, origin) for one in feeds]
    past = table(feeds)
    past = past[past.ds < SEEN_DAYS * DAY]
    rounds = [(*ours(year, sights), *theirs(table([year]), past, wanted.stations)) for _ in range(wanted.rounds)]
    train_s, core_s, predict_s, their_train_s, their_predict_s = (float(one) for one in np.min(rounds, axis=0))
    print(f"{'CPU seconds':34s}{'wattloom':>10s}{'mlforecast':>12s}{'ratio':>8s}")
    print(f"{'learn one station-year, 9 levels':34s}{train_s:10.2f}{their_train_s:12.2f}{train_s / their_train_s:8.2f}")
    print(f"{f'forecast {wanted.stations} stations':34s}{predict_s:10.2f}{their_predict_s:12.2f}"
          f"{predict_s / their_predict_s:8.2f}")  # fmt: skip
    print(f"on {CORES} cores, half the stations each: {core_s:.2f} s")
    print(json.dumps({
        "benchmark": "forecast", "stations": wanted.stations, "steps": DAY, "levels": len(LEVELS), "cores": CORES,
        "train_s": round(train_s, 3), "predict_1000_s": round(core_s * 1000 / wanted.stations, 3),
        "ratio_vs_mlforecast": round((train_s + predict_s) / (their_train_s + their_predict_s), 3),
        "ratio_train": round(train_s / their_train_s, 3), "ratio_predict": round(predict_s / their_predict_s, 3),
        "met": bool(train_s <= TRAIN_S_MAX and core_s * 1000 / wanted.stations <= PREDICT_S_MAX),
    }))  # fmt: skip


if __name__ == "__main__":
    main()
