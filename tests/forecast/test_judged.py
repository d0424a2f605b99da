"""Is the leakage report made before any score, and are the scores those of the formulas?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import pytest
from tests.forecast.stations import HOUR_S, START, station, torn

from wattloom.domain.errors import MissingData
from wattloom.domain.forecasts import TargetKind
from wattloom.forecast.backtest import Period, backtest
from wattloom.forecast.feed import Channel, starts_of
from wattloom.forecast.judged import Trial, judged
from wattloom.forecast.metrics import mae, pinball
from wattloom.forecast.models.seasonal_naive import MODEL, SeasonalNaive
from wattloom.forecast.sight import Training
from wattloom.forecast.task import Task
from wattloom.rules.grid_codes import Powers, accuracy

MIDNIGHT = Task.day_ahead(step_minutes=60)
PERIOD = Period(start=START + timedelta(days=60), end=START + timedelta(days=90))
WEEKLY = SeasonalNaive(season_minutes=7 * 24 * 60, name="weekly_naive")


@dataclass(frozen=True, slots=True, kw_only=True)
class NeverRun(SeasonalNaive):
    """Fails the test as soon as it is fitted."""

    def fit(self, trainings: object, *, seed: int = 0) -> object:  # type: ignore[override] # noqa: ARG002
        raise AssertionError("the model was run before the report was read")


def trial(kind: TargetKind = TargetKind.SOLAR, **more: object) -> Trial:
    usual = {"model": WEEKLY, "feed": station(kind), "task": MIDNIGHT, "period": PERIOD}
    return Trial(**{**usual, **more})  # type: ignore[arg-type]


def test_a_trial_that_leaks_is_never_run() -> None:
    feed = station(TargetKind.WIND)
    planted = Channel.issued(feed.target.values[-1], starts_of(feed.axis) - 48 * HOUR_S, unit="MW", source="planted")
    leaking = replace(feed, channels={**feed.channels, "planted": planted})

    found = judged(trial(model=NeverRun(), feed=leaking))

    assert found.report.refuses
    assert found.answers is None
    assert found.scores == {}


def test_scores_are_those_of_the_formulas() -> None:
    question = trial()
    found = judged(question)
    answers = backtest(WEEKLY, question.feed, MIDNIGHT, PERIOD)
    median = answers.quantiles[..., 4]

    assert found.scores["pinball"].value == pytest.approx(pinball(answers.quantiles, answers.outcomes, MIDNIGHT.levels))
    assert found.scores["mae"].value == pytest.approx(mae(median, answers.outcomes))
    assert found.scores["accuracy"].value == pytest.approx(
        float(accuracy("rmse_v1", Powers.of(median.ravel(), answers.outcomes.ravel(), 50.0)))
    )


def test_skill_and_daytime_stand_beside_every_score_of_a_solar_station() -> None:
    scores = judged(trial()).scores
    plain = {name for name in scores if not name.startswith(("daytime_", "baseline_"))}

    assert plain == {
        "pinball", "mae", "bias", "rmse", "accuracy", "coverage_80", "width_80",
        "skill_pinball", "skill_mae", "skill_rmse",
    }  # fmt: skip
    assert {f"daytime_{name}" for name in plain} <= set(scores)
    assert scores["daytime_accuracy"].value < scores["accuracy"].value


def test_prices_have_no_accuracy_and_no_daytime() -> None:
    scores = judged(trial(TargetKind.PRICE)).scores

    assert "accuracy" not in scores
    assert not any(name.startswith("daytime_") for name in scores)


def test_the_baseline_has_no_skill_over_itself() -> None:
    found = judged(trial(model=MODEL))

    assert found.scores["skill_pinball"].value == 0.0
    assert found.days_won == 0.5
    assert found.comparison is not None
    assert found.comparison.p_value == 1.0


def test_skill_is_the_share_of_the_baselines_loss_that_is_saved() -> None:
    scores = judged(trial(TargetKind.LOAD)).scores

    assert scores["skill_pinball"].value == pytest.approx(
        1 - scores["pinball"].value / scores["baseline_pinball"].value
    )
    assert scores["skill_pinball"].low < scores["skill_pinball"].value < scores["skill_pinball"].high


def test_origins_without_their_data_are_counted_not_hidden() -> None:
    """A lost day leaves the naive forecasts of one and two seasons later without a value, and only those."""
    question = trial(TargetKind.LOAD, feed=torn(station(TargetKind.LOAD), share=0.0), model=MODEL)
    target = question.feed.target
    values = target.values.copy()
    values[:, 70 * 24 : 72 * 24] = np.nan
    question = replace(question, feed=replace(question.feed, target=replace(target, values=values)))

    found = judged(question)

    assert found.answered == pytest.approx(29 / 30)
    assert found.answers is not None
    gaps = np.isnan(found.answers.quantiles).any(axis=(1, 2))
    assert np.flatnonzero(gaps).tolist() == [12]


def test_nothing_to_learn_from_is_told() -> None:
    feed = station(TargetKind.LOAD)
    nothing = replace(feed, target=replace(feed.target, values=np.full_like(feed.target.values, np.nan)))

    with pytest.raises(MissingData):
        judged(trial(feed=nothing))


def test_the_same_trial_gives_the_same_scores() -> None:
    assert judged(trial()).scores == judged(trial()).scores


def test_a_station_never_seen_is_forecast_from_its_teachers() -> None:
    teachers = tuple(replace(station(TargetKind.WIND, seed=seed), place=None) for seed in (1, 2))
    seen: list[str] = []

    class Noting(SeasonalNaive):
        def fit(self, trainings: list[Training], *, seed: int = 0) -> object:  # type: ignore[override] # noqa: ARG002
            seen.extend(one.sight.about.name for one in trainings)
            return MODEL.fit(trainings)

    found = judged(trial(TargetKind.WIND, model=Noting(name="noting"), teachers=teachers))

    assert set(seen) == {"wind-1", "wind-2"}
    assert found.report.ranked
