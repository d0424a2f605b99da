"""Is a model better than the seasonal naïve ones, by more than luck, and do its quantiles come true?

Model and rivals stand behind the same calibrator, which learns in step with time from the first origin on; what is
scored begins later. Rivals count raw as well, so the strictest of all is the one to beat.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from wattloom.forecast.backtest import Answers, Period, backtest
from wattloom.forecast.compare import (
    Interval,
    by_day,
    coverage_interval,
    diebold_mariano,
    overlapping_origins,
    skill_interval,
)
from wattloom.forecast.doubt.calibration import PACES, calibrated
from wattloom.forecast.metrics import pinball, pinball_by_point
from wattloom.forecast.models.seasonal_naive import SeasonalNaive

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wattloom.forecast.contract import Model
    from wattloom.forecast.feed import Feed
    from wattloom.forecast.task import Task

DAY_MINUTES = 24 * 60
DAY, WEEK = SeasonalNaive(), SeasonalNaive(season_minutes=7 * DAY_MINUTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """How a feed is judged."""

    period: Period
    """Forecast from its start on, with new fits on its schedule."""
    scored_from: datetime
    rivals: Mapping[str, Model]
    paces: tuple[float, ...] = PACES
    block_days: int = 7
    alike: bool = False
    """Whether all leads share what the calibrator learns, as is best where days are few."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What was found for one feed and task."""

    feed: str
    task: str
    pinball_pct: float
    """Of the mean outcome, as the next three."""
    rival: str
    rival_pinball_pct: float
    mae_pct: float
    rival_mae_pct: float
    skill: Interval
    """1 − pinball loss over the best rival's."""
    p_better: float
    coverage: Interval
    """Of the 80 % interval, days counting as witnesses."""
    raw_coverage: float
    losses_by_day: np.ndarray
    """Pinball loss over the mean outcome; shape (days,)."""
    rival_losses_by_day: np.ndarray

    def told(self) -> dict[str, object]:
        """For the line of JSON."""
        return {
            "feed": self.feed,
            "task": self.task,
            "pinball_pct": round(self.pinball_pct, 3),
            "rival": self.rival,
            "rival_pinball_pct": round(self.rival_pinball_pct, 3),
            "mae_pct": round(self.mae_pct, 2),
            "rival_mae_pct": round(self.rival_mae_pct, 2),
            "skill": _three(self.skill),
            "p_better": round(self.p_better, 4),
            "coverage_80": _three(self.coverage),
            "coverage_80_uncalibrated": round(self.raw_coverage, 3),
        }


def judged(model: Model, feed: Feed, task: Task, trial: Trial) -> Row:
    """Back-test, calibrate and compare."""
    raw = backtest(model, feed, task, trial.period)
    ours = _scored(_calibrated(raw, feed, trial), trial)
    rivals = {}
    for name, rival in trial.rivals.items():
        plain = backtest(rival, feed, task, trial.period)
        rivals[name] = _scored(plain, trial)
        rivals[f"{name}, calibrated"] = _scored(_calibrated(plain, feed, trial), trial)
    best = min(rivals, key=lambda name: pinball(rivals[name].quantiles, rivals[name].outcomes, task.levels))
    theirs, mean = rivals[best], float(np.nanmean(ours.outcomes))
    loss, other = (pinball_by_point(one.quantiles, one.outcomes, task.levels) / mean for one in (ours, theirs))
    daily, other_daily = by_day(loss, ours.origins_s, feed.zone), by_day(other, ours.origins_s, feed.zone)
    test = diebold_mariano(np.nanmean(loss, axis=1), np.nanmean(other, axis=1), horizon=overlapping_origins(task))
    return Row(
        feed=feed.name,
        task=task.name,
        pinball_pct=100 * float(np.nanmean(loss)),
        rival=best,
        rival_pinball_pct=100 * float(np.nanmean(other)),
        mae_pct=100 * _mae(ours) / mean,
        rival_mae_pct=100 * _mae(theirs) / mean,
        skill=skill_interval(daily, other_daily, block_days=trial.block_days),
        p_better=test.p_better,
        coverage=coverage_interval(by_day(_inside(ours), ours.origins_s, feed.zone)),
        raw_coverage=float(np.nanmean(_inside(_scored(raw, trial)))),
        losses_by_day=np.nanmean(daily, axis=1),
        rival_losses_by_day=np.nanmean(other_daily, axis=1),
    )


def head() -> str:
    """The table's first line."""
    return (
        f"{'feed':22}{'task':11}{'pinball':>8}{'rival':>8}  {'MAE':>6}{'rival':>7}  {'skill [95 %]':22}"
        f"{'p better':>9}  {'80 % covers [95 %]':24}{'raw':>5}  best rival"
    )


def line(row: Row) -> str:
    """One line of the table; losses in % of the mean outcome."""
    skill, covers = row.skill, row.coverage
    return (
        f"{row.feed:22}{row.task:11}{row.pinball_pct:8.2f}{row.rival_pinball_pct:8.2f}  {row.mae_pct:6.1f}"
        f"{row.rival_mae_pct:7.1f}  {f'{skill.value:.3f} [{skill.low:.3f}, {skill.high:.3f}]':22}{row.p_better:9.4f}  "
        f"{f'{covers.value:.3f} [{covers.low:.3f}, {covers.high:.3f}]':24}{row.raw_coverage:5.2f}  {row.rival}"
    )


def _calibrated(answers: Answers, feed: Feed, trial: Trial) -> Answers:
    """Behind a calibrator."""
    groups = np.zeros(answers.task.leads, dtype=np.int64) if trial.alike else None
    return calibrated(answers, limits=(feed.lowest, feed.highest), paces=trial.paces, groups=groups)


def _scored(answers: Answers, trial: Trial) -> Answers:
    """The origins that count."""
    kept = answers.origins_s >= trial.scored_from.timestamp()
    return replace(
        answers,
        origins_s=answers.origins_s[kept],
        quantiles=answers.quantiles[kept],
        outcomes=answers.outcomes[kept],
        known_s=answers.known_s[kept],
    )


def _inside(answers: Answers) -> np.ndarray:
    """1 inside the outermost levels, 0 outside, NaN where nothing is known."""
    low, high = answers.quantiles[..., 0], answers.quantiles[..., -1]
    inside = (answers.outcomes >= low) & (answers.outcomes <= high)
    return np.where(np.isnan(answers.outcomes), np.nan, inside)


def _mae(answers: Answers) -> float:
    """Mean absolute error of the median."""
    middle = answers.quantiles[..., answers.task.levels.index(0.5)]
    return float(np.nanmean(np.abs(middle - answers.outcomes)))


def _three(interval: Interval) -> list[float]:
    """Value and ends."""
    return [round(one, 4) for one in (interval.value, interval.low, interval.high)]
