"""Are the shared records read as they are: which hours, whose holidays, what was known when? Runs where they lie."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from wattloom.forecast.backtest import Period, backtest
from wattloom.forecast.feed import starts_of
from wattloom.forecast.metrics import pinball
from wattloom.forecast.models.temperature_load import MODEL
from wattloom.forecast.task import Task

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from forecast_data_arrivals import _run_gpu_hours, philly, serving
from forecast_data_load import BEIJING, gefcom_leaderboard, gefcom_load, provinces


@pytest.fixture(scope="module")
def folder() -> Path:
    name = os.environ.get("WATTLOOM_DATA")
    if not name:
        pytest.skip("WATTLOOM_DATA names no folder of source tables")
    return Path(name)


def test_the_competition_s_load_begins_with_its_first_hour(folder: Path) -> None:
    feed = gefcom_load(folder)

    assert feed.axis.count == 8760
    assert datetime.fromtimestamp(int(starts_of(feed.axis)[0]), UTC) == datetime(2010, 10, 1, tzinfo=UTC)
    assert feed.target.values[0, 0] == pytest.approx(115.9)
    # Thanksgiving 2010, the 25th of November; the Sunday after it is no holiday of its own.
    off = feed.channels["day_off"].values[0].reshape(365, 24)[:, 0]
    assert off[55] == 1.0
    assert off[58] == 0.0


def test_december_2010_is_the_leaderboard_s_third_task(folder: Path) -> None:
    """The file's own column counts one higher: it tells in which task's folder the outcome was handed out."""
    feed, board = gefcom_load(folder), gefcom_leaderboard(folder)
    by_month = (
        pd.DataFrame(
            {"load": feed.target.values[0], "warm": feed.channels["air_temperature_c"].values[0]},
            index=feed.axis.local(UTC),
        )
        .resample("MS")
        .mean()
    )

    # The month that nobody foretold well is the coldest, with the highest load.
    assert board.loc[1:12, 1].idxmax() == 3
    assert by_month.warm.idxmin().month == by_month.load.idxmax().month == 12


def test_a_month_of_the_competition_is_foretold_better_than_its_tenth_place(folder: Path) -> None:
    feed, board = gefcom_load(folder), gefcom_leaderboard(folder)
    start = datetime(2011, 5, 1, tzinfo=UTC)
    task = Task(name="month_ahead", step_minutes=60, leads=744, levels=tuple(level / 100 for level in range(1, 100)))

    answers = backtest(MODEL, feed, task, Period(start=start, end=start + timedelta(days=1)))

    assert pinball(answers.quantiles, answers.outcomes, task.levels) < board.loc[8, 10]


def test_the_provinces_year_is_2018(folder: Path) -> None:
    feeds = {feed.name: feed for feed in provinces(folder)}
    south = feeds["cn-GD"].target.values[0].reshape(365, 24).mean(axis=1)
    off = feeds["cn-GD"].channels["day_off"].values[0].reshape(365, 24)[:, 0]

    assert len(feeds) == 31
    assert sum(feed.target.values.sum() for feed in feeds.values()) / 1e6 == pytest.approx(6900, rel=0.01)
    # The deepest day lies in Spring Festival (16 February 2018 and after), and Sundays stand below Wednesdays.
    deepest = datetime(2018, 1, 1, tzinfo=BEIJING) + timedelta(days=int(south.argmin()))
    assert datetime(2018, 2, 15, tzinfo=BEIJING) <= deepest <= datetime(2018, 2, 21, tzinfo=BEIJING)
    working = off == 0
    weekday = np.array([(datetime(2018, 1, 1, tzinfo=BEIJING) + timedelta(days=i)).weekday() for i in range(365)])
    assert south[working & (weekday == 6)].mean() < 0.95 * south[working & (weekday == 2)].mean()
    assert off[datetime(2018, 10, 1, tzinfo=BEIJING).timetuple().tm_yday - 1] == 1.0
    assert off[datetime(2018, 9, 30, tzinfo=BEIJING).timetuple().tm_yday - 1] == -1.0


def test_serving_rates_are_the_sums_of_their_clients(folder: Path) -> None:
    feeds = {feed.name: feed for feed in serving(folder)}
    rates = pd.read_parquet(folder / "compute/servegen_llm_serving/client_rates_10min.parquet")
    tenth = rates[(rates.model == "m-mid") & (rates.t_s == 6000)].rate_rps.sum()

    assert feeds["m-mid requests/s"].target.values[0, 10] == pytest.approx(tenth)
    assert feeds["m-large requests/s"].target.values[0].mean() == pytest.approx(195.8, abs=0.1)
    # A token size is a mean of six hours: nobody knows it sooner.
    tokens = feeds["m-mid tokens/s"]
    assert (tokens.target.known_s[0] - starts_of(tokens.axis) == 600 + 21_600).all()


def test_every_job_of_the_weeks_is_counted_once(folder: Path) -> None:
    jobs, asked, run = philly(folder)
    table = pd.read_parquet(folder / "compute/philly_jobs/jobs.parquet")
    inside = table[table.submit_time >= pd.Timestamp("2017-09-25")]

    assert jobs.target.values.sum() == len(inside)
    assert asked.target.values.sum() == inside.num_gpus.sum()
    assert run.target.values.min() >= 0.0


def test_gpu_hours_run_are_cut_at_the_hours() -> None:
    """Two GPUs from 0:30 to 2:15, one from 1:00 to 1:30, and one that ran before the first hour and ends in it."""
    run = _run_gpu_hours(np.array([0.5, 1.0, -3.0]), np.array([2.25, 1.5, 0.25]), np.array([2.0, 1.0, 4.0]), 3)

    assert run.tolist() == pytest.approx([1.0 + 1.0, 2.0 + 0.5, 0.5])
