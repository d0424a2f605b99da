"""Is solar power foretold a day ahead better than by rules of thumb, without and with a weather forecast?

    python benchmarks/forecast_solar.py [--part state-grid|hebei]   WATTLOOM_DATA names the folder of source tables

Issued at midnight for the 96 quarter-hours of the day that begins. Accuracy is 1 − RMSE ÷ capacity over all hours
(rmse form of the grid codes), always beside daytime alone (a clear sky would give more than 1 % of capacity) and the
skill over persistence (the newest day's value at the same time), because the night makes any forecast look good. The
line that is scored is the mean of the quantiles: squares ask for it. Intervals: 95 %, blocks of seven days.

state-grid: three stations without any weather forecast; a model sees the station's own power and sensors up to the
issue time. Cut-off 1 January 2020. Models roll from 11 April 2019 on, fitted anew every 30 days on all that was known;
weights of the mixture and the calibrator learn as outcomes become known. Which forecast is issued (clear sky, trees,
their mixture) and whether its line is taken before or after calibration is chosen by the accuracy on 11 April to 31
December 2019; its quantiles are the calibrated ones, in groups by how much light there could be: chosen among five
groupings (clock hours, light, light and half of the day, day and night, all as one) by the pinball on those same months
of 2019, where light is best or equal in eight of nine rows of stations and models. Looks at 2020: moving averages; one
with clock hours; one with all five groupings beside their figures of 2019. Targets: 0.890, 0.897 and 0.878, the best
rows of an earlier measurement on the same protocol, and 0.78 to 0.82 of daytime outcomes inside the 80 % interval.

Station 3 is no test in 2020: its record of January to June 2020 repeats the same calendar days of 2019, multiplied by a
factor (found here day by day: correlation above 0.9999). Any model that has a calendar scores there by memory; "the
same date a year before" is printed to show it. It is judged instead on September to December 2019, chosen on April to
August, and both are printed.

hebei: eight stations with the weather forecast delivered to them (run time not in the record; known at 20:00 of the day
before is assumed). Test 1 April to 13 June 2019, fitted once on what was known by 1 April. The rival is the physical
model driven by the same weather, its scale and errors learnt from the same records. "Left out": fitted on the seven
other stations only; of its own past the station shows the last weeks, as any running station does. All settings are
the models' defaults.

The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from forecast_data_solar import BEIJING, HEBEI, STATE_GRID_MW, STEP_MINUTES, data_folder, hebei, state_grid
from wattloom.forecast.backtest import Answers, Period, backtest
from wattloom.forecast.compare import (
    Interval,
    block_interval,
    block_mean_interval,
    by_day,
    coverage_interval,
    root_skill,
    skill_interval,
)
from wattloom.forecast.doubt.calibration import calibrated
from wattloom.forecast.doubt.stacking import stacked
from wattloom.forecast.feed import Feed, starts_of
from wattloom.forecast.metrics import level_widths, pinball_by_point
from wattloom.forecast.models import boosted, clear_sky, climatology
from wattloom.forecast.sight import Sight
from wattloom.forecast.solar.daylight import by_light
from wattloom.forecast.solar.sun import learnt_curve
from wattloom.forecast.task import Task

TASK = Task.day_ahead(step_minutes=STEP_MINUTES)
DAY = 96
DAYTIME_SHARE = 0.01
TARGETS = {1: 0.890, 3: 0.897, 5: 0.878}
COVERAGE = (0.78, 0.82)
REFIT_DAYS = 30.0
ROLL_START = datetime(2019, 4, 11, tzinfo=BEIJING)
CUTOFF = datetime(2020, 1, 1, tzinfo=BEIJING)
STATION_3_CUTOFF = datetime(2019, 9, 1, tzinfo=BEIJING)
ENDS = {1: datetime(2021, 1, 1, tzinfo=BEIJING), 3: datetime(2020, 7, 1, tzinfo=BEIJING),
        5: datetime(2021, 1, 1, tzinfo=BEIJING)}  # fmt: skip
HEBEI_TEST = Period(
    start=datetime(2019, 4, 1, tzinfo=BEIJING), end=datetime(2019, 6, 14, tzinfo=BEIJING), refit_days=80.0
)
PERSISTENCE_DAYS = 7
COPY_CORRELATION = 0.9999
LEAP_DAY = datetime(2020, 3, 1, tzinfo=BEIJING)
ISSUABLE = ("clear_sky", "boosted", "stack")
MODELS = {"climatology": climatology.MODEL, "clear_sky": clear_sky.MODEL, "boosted": boosted.MODEL}
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """What all forecasts of one feed are held against."""

    feed: Feed
    day: NDArray[np.bool_]
    """Whether a clear sky would give more than 1 % of capacity; shape (origins, leads)."""
    persistence: Array
    """Shape (origins, leads)."""

    @property
    def capacity(self) -> float:
        """Of the station."""
        return self.feed.capacity or 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One forecast's figures."""

    name: str
    accuracy: Interval
    accuracy_day: Interval
    skill: Interval
    """Over persistence, in RMSE."""
    pinball_pct: Interval
    """Of capacity."""
    coverage: Interval | None
    width_pct: float | None

    def text(self) -> str:
        """A line of the table."""
        cover = (
            "—"
            if self.coverage is None
            else f"{self.coverage.value:.3f} [{self.coverage.low:.3f}, {self.coverage.high:.3f}]"
        )
        width = "—" if self.width_pct is None else f"{self.width_pct:.1f}"
        return (
            f"  {self.name:34s}{told(self.accuracy):>23s}{told(self.accuracy_day):>23s}{told(self.skill):>25s}"
            f"{told(self.pinball_pct, 3):>22s}{cover:>23s}{width:>7s}"
        )


HEAD = (
    f"  {'':34s}{'accuracy, all hours':>23s}{'accuracy, daytime':>23s}{'skill over persistence':>25s}"
    f"{'pinball, % of cap.':>22s}{'80 % coverage, day':>23s}{'width':>7s}"
)


def told(one: Interval, digits: int = 4) -> str:
    """A figure with its interval."""
    return f"{one.value:.{digits}f} [{one.low:.{digits}f}, {one.high:.{digits}f}]"


def mean_of(answers: Answers) -> Array:
    """The mean that the quantiles tell of; shape (origins, leads)."""
    return np.asarray(answers.quantiles @ level_widths(answers.task.levels))


def between(answers: Answers, start: datetime, end: datetime) -> Answers:
    """The answers of a stretch of origins."""
    rows = (answers.origins_s >= start.timestamp()) & (answers.origins_s < end.timestamp())
    return replace(
        answers, origins_s=answers.origins_s[rows], quantiles=answers.quantiles[rows], outcomes=answers.outcomes[rows],
        known_s=answers.known_s[rows],
    )  # fmt: skip


def judge_of(feed: Feed, origins_s: NDArray[np.int64], known_by: datetime) -> Judge:
    """Daytime by the envelope of what was known at the cut-off; persistence as known at each origin."""
    sight = Sight(feed, TASK, origins_s)
    past = starts_of(feed.axis) < known_by.timestamp()
    curve = learnt_curve(sight.about, starts_of(feed.axis)[past], feed.target.values[-1][past])
    newest = np.full(sight.starts_s.shape, np.nan)
    for back in range(1, PERSISTENCE_DAYS + 1):
        newest = np.where(np.isnan(newest), sight.lagged("target", back * DAY), newest)
    clear = curve.power(sight.starts_s, TASK.step_minutes)
    return Judge(feed=feed, day=clear > DAYTIME_SHARE * (feed.capacity or 1.0), persistence=newest)


def row_of(name: str, answers: Answers, judge: Judge, *, line: Array | None = None, mere: bool = False) -> Row:
    """All figures of one forecast; its line is the mean unless told, and a mere line has no quantiles."""
    used = mean_of(answers) if line is None else line
    y, origins = answers.outcomes, answers.origins_s
    known = np.isfinite(judge.persistence) & np.isfinite(used) & np.isfinite(y)
    missed = np.where(known, (used - y) / judge.capacity, np.nan) ** 2
    rival = np.where(known, (judge.persistence - y) / judge.capacity, np.nan) ** 2
    quantiles = np.repeat(used[:, :, None], len(answers.task.levels), axis=2) if mere else answers.quantiles
    inside = (y >= quantiles[:, :, 0]) & (y <= quantiles[:, :, -1])
    shown = judge.day & known
    width = np.where(shown, quantiles[:, :, -1] - quantiles[:, :, 0], np.nan)
    return Row(
        name=name,
        accuracy=accuracy(by_day(missed, origins, BEIJING)),
        accuracy_day=accuracy(by_day(np.where(judge.day, missed, np.nan), origins, BEIJING)),
        skill=block_interval(root_skill, by_day(missed, origins, BEIJING), by_day(rival, origins, BEIJING)),
        pinball_pct=block_mean_interval(
            by_day(100 * pinball_by_point(quantiles, y, answers.task.levels) / judge.capacity, origins, BEIJING)
        ),
        coverage=None if mere else coverage_interval(by_day(np.where(shown, inside, np.nan), origins, BEIJING)),
        width_pct=None if mere else float(100 * np.nanmean(width) / judge.capacity),
    )


def accuracy(squares_by_day: Array) -> Interval:
    """1 − RMSE, of squares in shares of capacity."""
    return block_interval(lambda means: 1 - np.sqrt(means[:, 0]), squares_by_day)


def copied_share(feed: Feed, start: datetime, end: datetime) -> float:
    """Share of lit days that repeat the same calendar day of the year before, times a factor."""
    first = int(feed.axis.start.timestamp())
    values, copied, days = feed.target.values[-1], 0, 0
    for origin in TASK.origins(start, end, BEIJING):
        place = (int(origin) - first) // (STEP_MINUTES * 60)
        back = 366 if origin >= LEAP_DAY.timestamp() else 365
        if place < back * DAY:
            continue
        day, older = values[place : place + DAY], values[place - back * DAY : place - back * DAY + DAY]
        lit = np.isfinite(day) & np.isfinite(older) & ((day > 0) | (older > 0))
        if lit.sum() > 4 and day[lit].std() > 0 and older[lit].std() > 0:
            days += 1
            copied += int(np.corrcoef(day[lit], older[lit])[0, 1] > COPY_CORRELATION)
    return copied / max(days, 1)


def year_before(feed: Feed, answers: Answers) -> Array:
    """The same calendar date a year before; shape (origins, leads)."""
    sight = Sight(feed, TASK, answers.origins_s)
    leap = (answers.origins_s >= LEAP_DAY.timestamp())[:, None]
    return np.where(leap, sight.lagged("target", 366 * DAY), sight.lagged("target", 365 * DAY))


def rolled(feed: Feed, end: datetime) -> tuple[dict[str, Answers], dict[str, Answers]]:
    """Every model rolled through, raw; and what may be issued: calibrated."""
    period = Period(start=ROLL_START, end=end, refit_days=REFIT_DAYS)
    raw = {name: backtest(model, feed, TASK, period) for name, model in MODELS.items()}
    raw["stack"] = stacked([raw["clear_sky"], raw["boosted"], raw["climatology"]])
    limits = (feed.lowest, feed.highest)
    light = by_light(raw["clear_sky"], feed)
    return raw, {name: calibrated(raw[name], groups=light, limits=limits) for name in ISSUABLE}


def chosen_of(
    raw: dict[str, Answers], issued: dict[str, Answers], cutoff: datetime, capacity: float
) -> tuple[tuple[str, bool], dict[str, float]]:
    """The forecast with the best accuracy before the cut-off, and whether its line is the calibrated one."""
    found = {}
    for after, answers in ((False, raw), (True, issued)):
        for name in ISSUABLE:
            part = between(answers[name], ROLL_START, cutoff)
            found[name, after] = 1 - float(np.sqrt(np.nanmean((mean_of(part) - part.outcomes) ** 2))) / capacity
    best = max(found, key=lambda key: found[key])
    return best, {name + (" calibrated" if after else ""): value for (name, after), value in found.items()}


def station(number: int) -> dict[str, object]:
    """One State Grid station: choice before the cut-off, figures after it."""
    feed = state_grid(data_folder(), number)
    raw, issued = rolled(feed, ENDS[number])
    print(f"\nState Grid station {number}, {feed.capacity:g} MW")
    found: dict[str, object] = {}
    spans = {"2020": (CUTOFF, ENDS[number])}
    if number == 3:
        spans = {"autumn_2019": (STATION_3_CUTOFF, CUTOFF), "2020_copied": (CUTOFF, ENDS[number])}
    for span, (cutoff, end) in spans.items():
        (best, after), before = chosen_of(raw, issued, cutoff, feed.capacity or 1.0)
        said = ", ".join(f"{name} {value:.4f}" for name, value in before.items())
        print(f" {span}: chosen before {cutoff.date()} by accuracy: {best} ({said})")
        tested = {name: between(answers, cutoff, end) for name, answers in raw.items()}
        final = between(issued[best], cutoff, end)
        judge = judge_of(feed, final.origins_s, cutoff)
        rows = [row_of("persistence", final, judge, line=judge.persistence, mere=True)]
        if number == 3 and cutoff == CUTOFF:
            rows.append(
                row_of("same date a year before (memory)", final, judge, line=year_before(feed, final), mere=True)
            )
        rows += [row_of(f"{name}, raw", answers, judge) for name, answers in tested.items()]
        line = mean_of(final if after else tested[best])
        rows.append(row_of(f"ISSUED: {best}, calibrated", final, judge, line=line))
        print("\n".join([HEAD, *(row.text() for row in rows)]))
        copied = copied_share(feed, cutoff, end)
        if copied:
            print(f"  {copied:.0%} of these days repeat the same date of the year before: no test")
        found[span] = verdict(rows[-1], rows[0], TARGETS[number], copied)
    return found


def verdict(row: Row, persistence: Row, target: float, copied: float) -> dict[str, object]:
    """Figures for the last line."""
    cover = row.coverage.value if row.coverage else float("nan")
    return {
        "issued": row.name, "accuracy": rounded(row.accuracy), "target": target, "daytime": rounded(row.accuracy_day),
        "skill_over_persistence": rounded(row.skill), "persistence": round(persistence.accuracy.value, 4),
        "pinball_pct": rounded(row.pinball_pct), "coverage_day": round(cover, 4), "copied_days": round(copied, 3),
        "met": bool(row.accuracy.value > target), "coverage_met": bool(COVERAGE[0] <= cover <= COVERAGE[1]),
    }  # fmt: skip


def rounded(one: Interval) -> list[float]:
    """Value, low and high end."""
    return [round(one.value, 4), round(one.low, 4), round(one.high, 4)]


def hebei_station(number: str, feeds: dict[str, Feed]) -> dict[str, object]:
    """Trees against physics, learnt from the station's own past, and from the other stations alone."""
    feed = feeds[number]
    found: dict[str, object] = {}
    print(f"\nHebei station {number}, {feed.capacity:g} MW\n{HEAD}")
    judge: Judge | None = None
    for sort, teachers in (("own past", [feed]), ("left out", [one for key, one in feeds.items() if key != number])):
        physics = backtest(clear_sky.MODEL, feed, TASK, HEBEI_TEST, teachers=teachers)
        trees = backtest(boosted.MODEL, feed, TASK, HEBEI_TEST, teachers=teachers)
        if judge is None:
            judge = judge_of(feed, trees.origins_s, HEBEI_TEST.start)
            print(row_of("persistence", trees, judge, line=judge.persistence, mere=True).text())
        print(row_of(f"physics, {sort}", physics, judge).text())
        print(row_of(f"trees, {sort}", trees, judge).text())
        print(
            row_of(
                f"trees, {sort}, calibrated",
                calibrated(trees, groups=by_light(trees, feed), limits=(0.0, feed.highest)),
                judge,
            ).text()
        )
        squares = [by_day((mean_of(one) - one.outcomes) ** 2, one.origins_s, BEIJING) for one in (trees, physics)]
        losses = [
            by_day(pinball_by_point(one.quantiles, one.outcomes, TASK.levels), one.origins_s, BEIJING)
            for one in (trees, physics)
        ]
        skill = block_interval(root_skill, *squares)
        pinball_skill = skill_interval(*losses)
        print(f"  {'skill of trees over physics, ' + sort:42s}RMSE {told(skill, 3)}   pinball {told(pinball_skill, 3)}")
        found[sort.replace(" ", "_")] = {
            "rmse_skill": rounded(skill), "pinball_skill": rounded(pinball_skill),
            "accuracy": rounded(row_of("", trees, judge).accuracy),
        }  # fmt: skip
    return found


def main() -> None:
    """Run the parts asked for, print tables and a line of JSON."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--part", choices=("state-grid", "hebei"))
    part = asked.parse_args().part
    began = time.process_time()
    found: dict[str, object] = {"benchmark": "forecast_solar"}
    if part != "hebei":
        found["state_grid"] = {str(number): station(number) for number in STATE_GRID_MW}
    if part != "state-grid":
        feeds = {number: hebei(data_folder(), number) for number in HEBEI}
        stations = {number: hebei_station(number, feeds) for number in HEBEI}
        found["hebei"] = stations
        found["hebei_all_positive"] = {
            sort: all(one[sort]["rmse_skill"][0] > 0 and one[sort]["pinball_skill"][0] > 0 for one in stations.values())  # type: ignore[index]
            for sort in ("own_past", "left_out")
        }
    print(json.dumps(found | {"cpu_s": round(time.process_time() - began, 1)}))


if __name__ == "__main__":
    main()
