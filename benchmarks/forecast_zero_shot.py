"""Does the pre-trained solar network earn its place on stations that it never saw?

    python benchmarks/forecast_zero_shot.py

Eleven recorded stations, day-ahead at midnight, no weather forecast, nobody calibrated. The network learnt from
generated stations only; clear sky and climatology learn from each station's own past. It stays in the product if its
mean pinball loss over the stations is below both. State Grid station 3 is judged on September to December 2019, for its
2020 repeats 2019 (forecast_solar.py shows it).

Looks: State Grid 1, 3 and 5 (2020) and all of Hebei were each scored once before, with these weights; nothing about the
network was chosen by them. Its shape was fixed and its first weights scored on station 1 after 21 steps of training.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from forecast_data_solar import BEIJING, HEBEI, STATE_GRID_MW, data_folder, hebei, state_grid
from wattloom.forecast.backtest import Period, backtest
from wattloom.forecast.compare import block_mean_interval, skill_interval
from wattloom.forecast.judged import WhereItCan
from wattloom.forecast.metrics import pinball_by_point
from wattloom.forecast.models.clear_sky import ClearSky
from wattloom.forecast.models.climatology import Climatology
from wattloom.forecast.models.solar_network import SolarNetwork
from wattloom.forecast.task import Task

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.forecast.contract import Model
    from wattloom.forecast.feed import Feed

TASK = Task.day_ahead(step_minutes=15)
LEARN_DAYS = 40
"""Before the first Hebei day judged: what the others learn from at first; they go on learning."""
MODELS: dict[str, Model] = {
    "network": WhereItCan(SolarNetwork()),
    "clear sky": WhereItCan(ClearSky(weather=False)),
    "climatology": WhereItCan(Climatology()),
}


def periods() -> dict[str, tuple[Feed, Period]]:
    """Each station and what is judged of it."""
    folder, found = data_folder(), {}
    for number in STATE_GRID_MW:
        period = Period(start=datetime(2020, 1, 1, tzinfo=BEIJING), end=datetime(2020, 12, 30, tzinfo=BEIJING))
        if number == 3:
            period = Period(start=datetime(2019, 9, 1, tzinfo=BEIJING), end=datetime(2019, 12, 31, tzinfo=BEIJING))
        found[f"State Grid {number}"] = (state_grid(folder, number, weather=False), period)
    for number in HEBEI:
        feed = hebei(folder, number)
        start = feed.axis.start + timedelta(days=LEARN_DAYS)
        found[f"Hebei {number}"] = (feed, Period(start=start, end=feed.axis.end - timedelta(days=1)))
    return found


def losses(feed: Feed, period: Period) -> dict[str, NDArray[np.float64]]:
    """Pinball loss of each day by model, % of capacity; the days that all could answer."""
    by_day = {}
    for name, model in MODELS.items():
        answers = backtest(model, feed, TASK, period)
        point = pinball_by_point(answers.quantiles, answers.outcomes, TASK.levels)
        whole = np.isfinite(answers.outcomes).all(axis=1)
        by_day[name] = np.where(whole, point.mean(axis=1), np.nan) / (feed.capacity or np.nan) * 100
    common = np.isfinite(np.stack(list(by_day.values()))).all(axis=0)
    return {name: loss[common] for name, loss in by_day.items()}


def main() -> None:
    """Score every station; the last line is JSON."""
    print(
        f"{'station':<14}{'days':>6}"
        + "".join(f"{name:>13}" for name in MODELS)
        + "   skill over clear sky, climatology"
    )
    rows, means = {}, []
    for name, (feed, period) in periods().items():
        found = losses(feed, period)
        skill = {rival: skill_interval(found["network"], found[rival]) for rival in ("clear sky", "climatology")}
        mean = {model: block_mean_interval(loss).value for model, loss in found.items()}
        means.append([mean[model] for model in MODELS])
        told = "  ".join(f"{one.value:+.3f} [{one.low:+.3f}, {one.high:+.3f}]" for one in skill.values())
        days = len(found["network"])
        print(f"{name:<14}{days:>6}" + "".join(f"{mean[model]:>12.3f}%" for model in MODELS) + f"   {told}", flush=True)
        rows[name] = {"days": days, **{model: round(mean[model], 3) for model in MODELS},
                      **{f"skill_over_{rival.replace(' ', '_')}": [round(x, 3) for x in (one.value, one.low, one.high)]
                         for rival, one in skill.items()}}  # fmt: skip
    mean_of = dict(zip(MODELS, np.mean(means, axis=0).round(3).tolist(), strict=True))
    better = {rival: int(sum(row[0] < row[i] for row in means)) for i, rival in ((1, "clear_sky"), (2, "climatology"))}
    stays = mean_of["network"] < min(mean_of["clear sky"], mean_of["climatology"])
    print(f"mean over stations: {mean_of}; better than clear sky on {better['clear_sky']}, than climatology on "
          f"{better['climatology']} of {len(means)}: it {'stays' if stays else 'goes'}")  # fmt: skip
    print(json.dumps({"mean_pinball_percent": mean_of, "better_on": better, "stations": len(means), "stays": stays,
                      "rows": rows}))  # fmt: skip


if __name__ == "__main__":
    main()
