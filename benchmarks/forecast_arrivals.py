"""Is arriving work foretold better than by the same time yesterday or last week, with quantiles that come true?

    WATTLOOM_DATA=FOLDER python benchmarks/forecast_arrivals.py

Serving load (ServeGen: two models, 10 minutes, 14 days) and GPU jobs (Philly, hours, eight weeks), for the next day and
for the next four hours. Model: models/arrivals.py. Rivals: the seasonal naïve rule of a day, for Philly of a week too,
raw and behind the same calibrator; the best of them on the scored days is the one compared with.

How things were chosen: settings of model and calibrator on ServeGen's days 5 to 8 and Philly's weeks 3 and 4; scored
are ServeGen's days 9 to 14 and Philly's weeks 5 to 8. Six days are few: an interval of coverage that counts days is
wide there, and each day of ServeGen stands alone in the bootstrap; Philly's are drawn in weeks. The last line is one
JSON object.
"""

from __future__ import annotations

import json
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from forecast_against_naive import DAY, WEEK, Row, Trial, head, judged, line
from forecast_data_arrivals import PHILLY_START, SERVEGEN_START, philly, serving
from forecast_data_load import data_folder
from wattloom.forecast.backtest import Period
from wattloom.forecast.doubt.calibration import PACES
from wattloom.forecast.models.arrivals import MODEL
from wattloom.forecast.task import Task

if TYPE_CHECKING:
    from wattloom.forecast.feed import Feed

AHEAD_H = 4
QUICK_PACES = (0.1, 0.3, 1.0)
"""Hour by hour the calibrator may learn within hours to days."""
COVERED = (0.75, 0.85)


def tasks(feed: Feed) -> list[tuple[Task, tuple[float, ...]]]:
    """The next day, told at midnight; the next hours, told every hour."""
    step = feed.axis.step_minutes
    hours = Task.intraday(step_minutes=step, leads=AHEAD_H * 60 // step, every_minutes=60)
    return [(Task.day_ahead(step_minutes=step), PACES), (hours, QUICK_PACES)]


def serving_trial(paces: tuple[float, ...]) -> Trial:
    """Forecasts from the fifth day, scores from the ninth; a new fit every day."""
    start = SERVEGEN_START
    period = Period(start=start + timedelta(days=4), end=start + timedelta(days=14), refit_days=1.0)
    return Trial(period=period, scored_from=start + timedelta(days=8), rivals={"a day ago": DAY}, paces=paces,
                 block_days=1, alike=True)  # fmt: skip


def philly_trial(paces: tuple[float, ...]) -> Trial:
    """Forecasts from the third week, scores from the fifth; a new fit every week."""
    start = PHILLY_START
    period = Period(start=start + timedelta(days=14), end=start + timedelta(days=56), refit_days=7.0)
    return Trial(period=period, scored_from=start + timedelta(days=28), rivals={"a day ago": DAY, "a week ago": WEEK},
                 paces=paces, alike=True)  # fmt: skip


def main() -> None:
    """Print the table and the line."""
    folder, clock = data_folder(), time.process_time()
    print("Losses in % of the mean outcome; skill is 1 - pinball / best rival's pinball.\n")
    print(head())
    rows: list[Row] = []
    for feed, trial in [
        *((one, serving_trial) for one in serving(folder)),
        *((one, philly_trial) for one in philly(folder)),
    ]:
        for task, paces in tasks(feed):
            rows.append(judged(MODEL, feed, task, trial(paces)))
            print(line(rows[-1]), flush=True)
    better = sum(row.skill.low > 0 for row in rows)
    covered = sum(COVERED[0] <= row.coverage.value <= COVERED[1] for row in rows)
    print(f"\n{better} of {len(rows)} are better with 95 % certainty; {covered} cover between 75 and 85 %.")
    seconds = round(time.process_time() - clock, 1)
    told = {"benchmark": "forecast_arrivals", "rows": [row.told() for row in rows], "cpu_s": seconds}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
