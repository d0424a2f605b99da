"""Is it a good forecast? First whether the test leaks, then what the model says, then its scores: in this order.

A trial whose leakage report refuses is not run. What is scored stands beside the same scores of the baseline, its
daytime alone, and an interval from blocks of days.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import InputError, MissingData
from wattloom.domain.forecasts import MEDIAN, TargetKind
from wattloom.forecast.backtest import Answers, Period, backtest
from wattloom.forecast.compare import (
    BLOCK_DAYS,
    DieboldMariano,
    Interval,
    block_interval,
    block_mean_interval,
    by_day,
    coverage_interval,
    diebold_mariano,
    overlapping_origins,
    root_skill,
    skill_interval,
    win_rate,
)
from wattloom.forecast.leakage import LeakageReport, leakage_report
from wattloom.forecast.metrics import inside_by_point, pinball_by_point, width_by_point
from wattloom.forecast.models.seasonal_naive import MODEL as SEASONAL_NAIVE
from wattloom.forecast.solar.daylight import of_daytime

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.domain.forecasts import TargetKind as Kind
    from wattloom.domain.text import Text
    from wattloom.forecast.contract import Fitted, Model
    from wattloom.forecast.feed import Feed
    from wattloom.forecast.sight import Sight, Training
    from wattloom.forecast.task import Task

SHORT_TEST_BLOCKS = 4
"""A test too short for weeks is drawn in quarters of itself."""
SHARES = (0.8, 0.9, 0.5)
"""Middle intervals whose coverage is told, the first that the levels hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One question to one model: everything that decides its scores."""

    model: Model
    feed: Feed
    task: Task
    period: Period
    teachers: tuple[Feed, ...] | None = None
    """Feeds learnt from; None: the feed's own past. Without the feed, the station is one never seen."""
    groups: Mapping[str, str] = field(default_factory=dict)
    """By feed name, what belongs together though it has several names."""
    baseline: Model = SEASONAL_NAIVE
    """Learns from the feed's own past, whatever the teachers are."""
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What came of a trial."""

    report: LeakageReport
    answers: Answers | None = None
    """None where the report refuses."""
    baseline: Answers | None = None
    scores: Mapping[str, Interval] = field(default_factory=dict)
    """By name, such as pinball, accuracy, skill_rmse; with `daytime_` before it for the light hours of a solar station,
    with `baseline_` for the baseline's own. Empty where the report refuses."""
    comparison: DieboldMariano | None = None
    """Pinball loss of each origin against the baseline's."""
    days_won: float | None = None
    """Share of days with a lower pinball loss than the baseline's."""
    answered: float | None = None
    """Share of origins for which the model had what it needs."""


def judged(trial: Trial) -> Judged:
    """Report leaks, then back-test, then score.

    Raises:
        MissingData: too little is on record to learn from or to judge by.
    """
    report = leakage_report(
        trial.model, trial.feed, trial.task, trial.period, teachers=trial.teachers, groups=trial.groups
    )
    if report.refuses:
        return Judged(report=report)
    answers = backtest(
        WhereItCan(trial.model), trial.feed, trial.task, trial.period, teachers=trial.teachers, seed=trial.seed
    )
    baseline = backtest(WhereItCan(trial.baseline), trial.feed, trial.task, trial.period, seed=trial.seed)
    return weighed(trial, report, answers, baseline)


def weighed(trial: Trial, report: LeakageReport, answers: Answers, baseline: Answers) -> Judged:
    """Scores of answers that were made elsewhere, such as by a chain of models as it is served.

    Args:
        trial: what was asked.
        report: made before the answers; where it refuses, nothing is scored.
        answers: of the model.
        baseline: of the baseline, for the same origins.
    """
    if report.refuses:
        return Judged(report=report)
    losses, others = _pinball(answers), _pinball(baseline)
    zone, origins = trial.feed.zone, answers.origins_s
    return Judged(
        report=report,
        answers=answers,
        baseline=baseline,
        scores=intervals_of(answers, baseline, trial.feed, seed=trial.seed),
        comparison=diebold_mariano(_by_origin(losses), _by_origin(others), horizon=overlapping_origins(trial.task)),
        days_won=win_rate(by_day(losses, origins, zone), by_day(others, origins, zone)),
        answered=float((~np.isnan(answers.quantiles).any(axis=(1, 2))).mean()),
    )


def intervals_of(answers: Answers, baseline: Answers, feed: Feed, *, seed: int = 0) -> dict[str, Interval]:
    """Every score of a back-test with its interval, the baseline's and the daytime's beside it.

    Args:
        answers: of the model.
        baseline: of the baseline, for the same origins.
        feed: what was forecast: capacity, place and clock.
        seed: of the draws of the intervals.
    """
    scores = {
        **_scores(answers, feed, seed),
        **_skills(answers, baseline, feed, seed),
        **_named("baseline_", _scores(baseline, feed, seed)),
    }
    if feed.kind is TargetKind.SOLAR:
        light, light_baseline = of_daytime(answers, feed), of_daytime(baseline, feed)
        scores |= _named("daytime_", _scores(light, feed, seed) | _skills(light, light_baseline, feed, seed))
    return scores


def _scores(answers: Answers, feed: Feed, seed: int) -> dict[str, Interval]:
    """Of one model alone."""
    errors = _median(answers) - answers.outcomes
    days = _days_of(answers, feed)
    block = _block(days(errors))
    scores = {
        "pinball": block_mean_interval(days(_pinball(answers)), block_days=block, seed=seed),
        "mae": block_mean_interval(days(np.abs(errors)), block_days=block, seed=seed),
        "bias": block_mean_interval(days(errors), block_days=block, seed=seed),
        "rmse": block_interval(_root, days(errors**2), block_days=block, seed=seed),
    }
    if feed.capacity:
        squares = days((errors / feed.capacity) ** 2)
        scores["accuracy"] = block_interval(_one_less_root, squares, block_days=block, seed=seed)
    share = _told_share(answers.task.levels)
    if share is not None:
        told = (answers.quantiles, answers.outcomes, answers.task.levels)
        widths = days(width_by_point(*told, share=share))
        scores[f"coverage_{share:.0%}"[:-1]] = coverage_interval(days(inside_by_point(*told, share=share)))
        scores[f"width_{share:.0%}"[:-1]] = block_mean_interval(widths, block_days=block, seed=seed)
    return scores


def _skills(answers: Answers, baseline: Answers, feed: Feed, seed: int) -> dict[str, Interval]:
    """Of the model over the baseline, over what both answered."""
    days = _days_of(answers, feed)
    errors, others = _median(answers) - answers.outcomes, _median(baseline) - baseline.outcomes
    block = _block(days(errors))
    pairs = days(_pinball(answers)), days(_pinball(baseline))
    missing = np.isnan(errors) | np.isnan(others)
    squares = [days(np.where(missing, np.nan, one**2)) for one in (errors, others)]
    return {
        "skill_pinball": skill_interval(*pairs, block_days=block, seed=seed),
        "skill_mae": skill_interval(days(np.abs(errors)), days(np.abs(others)), block_days=block, seed=seed),
        "skill_rmse": block_interval(root_skill, *squares, block_days=block, seed=seed),
    }


def _named(before: str, scores: Mapping[str, Interval]) -> dict[str, Interval]:
    """The scores under longer names."""
    return {before + name: score for name, score in scores.items()}


def _days_of(answers: Answers, feed: Feed) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """How points of the answers are gathered by local day of issue."""
    return lambda points: by_day(points, answers.origins_s, feed.zone)


def _block(days: NDArray[np.float64]) -> int:
    """Weeks, or quarters of a short test."""
    return int(min(BLOCK_DAYS, max(1, len(days) // SHORT_TEST_BLOCKS)))


def _median(answers: Answers) -> NDArray[np.float64]:
    """The middle line; shape (origins, leads)."""
    return answers.quantiles[..., answers.task.levels.index(MEDIAN)]


def _pinball(answers: Answers) -> NDArray[np.float64]:
    """Loss of each point; shape (origins, leads)."""
    return pinball_by_point(answers.quantiles, answers.outcomes, answers.task.levels)


def _by_origin(losses: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean loss of each origin; NaN where nothing is known."""
    counts = (~np.isnan(losses)).sum(axis=1)
    sums = np.nansum(losses, axis=1)
    return np.asarray(np.divide(sums, counts, out=np.full(len(losses), np.nan), where=counts > 0))


def _root(means: NDArray[np.float64]) -> NDArray[np.float64]:
    """RMSE from a mean square."""
    return np.asarray(np.sqrt(means[:, 0]))


def _one_less_root(means: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 − RMSE ÷ capacity: rules.grid_codes' rmse_v1 over the whole period, from mean squares of shares."""
    return np.asarray(1 - np.sqrt(means[:, 0]))


def _told_share(levels: Sequence[float]) -> float | None:
    """The middle interval that is told; None where no two levels make one."""
    nothing = np.zeros((1, len(levels))), np.zeros(1)
    for share in SHARES:
        try:
            inside_by_point(*nothing, levels, share=share)
        except InputError:
            continue
        return share
    return None


@dataclass(frozen=True, slots=True)
class WhereItCan:
    """A model that leaves NaN for the origins where it says that data is missing, instead of stopping the test."""

    model: Model

    @property
    def name(self) -> str:
        """The model's own."""
        return self.model.name

    @property
    def title(self) -> Text:
        """The model's own."""
        return self.model.title

    @property
    def kinds(self) -> frozenset[Kind]:
        """The model's own."""
        return self.model.kinds

    @property
    def needs(self) -> tuple[str, ...]:
        """The model's own."""
        return self.model.needs

    def fit(self, trainings: Sequence[Training], *, seed: int = 0) -> FittedWhereItCan:
        """Fit the model."""
        return FittedWhereItCan(self.model.fit(trainings, seed=seed))


@dataclass(frozen=True, slots=True)
class FittedWhereItCan:
    """The fitted model, asked again for half of the origins where it had to refuse all."""

    fitted: Fitted

    def predict(self, sight: Sight) -> NDArray[np.float64]:
        """Quantiles, NaN for origins that lack data."""
        try:
            return self.fitted.predict(sight)
        except MissingData:
            count = len(sight.origins_s)
            if count <= 1:
                return np.full((count, sight.task.leads, len(sight.task.levels)), np.nan)
            first = np.arange(count) < count // 2
            return np.concatenate([self.predict(sight.only(first)), self.predict(sight.only(~first))])

    def facts(self) -> Mapping[str, float | str]:
        """The model's own."""
        return self.fitted.facts()
