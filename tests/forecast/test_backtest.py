"""Does a rolling back-test learn only what was known, on its stated schedule?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.forecast.stations import HOUR_S, SHANGHAI, START, station

from wattloom.domain.errors import FutureRefused
from wattloom.domain.forecasts import TargetKind
from wattloom.domain.text import Text
from wattloom.domain.time import TimeAxis
from wattloom.forecast.backtest import Period, backtest
from wattloom.forecast.feed import Channel, Feed
from wattloom.forecast.models.seasonal_naive import MODEL
from wattloom.forecast.sight import Sight, Training, known_of
from wattloom.forecast.task import Task

MIDNIGHT = Task.day_ahead(step_minutes=60, levels=(0.1, 0.5, 0.9))
PERIOD = Period(start=START + timedelta(days=60), end=START + timedelta(days=90), refit_days=10)
BERLIN = ZoneInfo("Europe/Berlin")
TITLE = Text("Noting", "记录")


@dataclass(frozen=True, slots=True)
class Fitted:
    """Answers with the instant of its fit, so that each forecast tells which fit made it."""

    known_by_s: float
    peeks: bool

    def predict(self, sight: Sight) -> NDArray[np.float64]:
        """The same number everywhere."""
        if self.peeks:
            sight.ahead("target")
        return np.full((len(sight.origins_s), sight.task.leads, len(sight.task.levels)), self.known_by_s)

    def facts(self) -> Mapping[str, float | str]:
        """Nothing to say."""
        return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Noting:
    """A model that notes what it was given to learn from."""

    name: str = "noting"
    title: Text = TITLE
    kinds: frozenset[TargetKind] = frozenset(TargetKind)
    needs: tuple[str, ...] = ()
    peeks: bool = False
    learnt: list[Sequence[Training]] = field(default_factory=list)
    seeds: list[int] = field(default_factory=list)

    def fit(self, trainings: Sequence[Training], *, seed: int = 0) -> Fitted:
        """Note and answer."""
        self.learnt.append(trainings)
        self.seeds.append(seed)
        return Fitted(trainings[0].known_by.timestamp(), self.peeks)


def test_a_model_that_reaches_past_its_issue_time_stops_the_test() -> None:
    with pytest.raises(FutureRefused, match="target of 2024-02-29T16:00:00"):
        backtest(Noting(peeks=True), station(), MIDNIGHT, PERIOD)


def test_each_origin_is_answered_by_the_newest_fit_before_it() -> None:
    model = Noting()

    found = backtest(model, station(), MIDNIGHT, PERIOD, seed=7)

    fits = [int((PERIOD.start + timedelta(days=days)).timestamp()) for days in (0, 10, 20)]
    assert list(found.fits_s) == fits
    assert found.quantiles[:, 0, 0].tolist() == [float(fits[i // 10]) for i in range(30)]
    assert model.seeds == [7, 7, 7]


def test_every_fit_learns_only_what_was_known_by_then() -> None:
    model, feed = Noting(), station(delay_minutes=120)

    found = backtest(model, feed, MIDNIGHT, PERIOD)

    for (training,), fit_s in zip(model.learnt, found.fits_s, strict=True):
        assert known_of(feed, MIDNIGHT, training.sight.origins_s).max() <= fit_s
    counts = [len(training.sight.origins_s) for (training,) in model.learnt]
    assert counts == [59, 69, 79], "the last day is two hours short of known"


def test_a_rolling_window_forgets() -> None:
    model = Noting()

    backtest(model, station(), MIDNIGHT, replace(PERIOD, train_days=14))

    assert [len(training.sight.origins_s) for (training,) in model.learnt] == [14, 14, 14]


def test_teachers_are_learnt_from_in_place_of_the_feed() -> None:
    model = Noting()
    teachers = [station(seed=1), station(seed=2)]

    backtest(model, station(seed=0), MIDNIGHT, PERIOD, teachers=teachers)

    assert [one.sight.about.name for one in model.learnt[0]] == ["load-1", "load-2"]
    assert all(one.known_by == PERIOD.start for one in model.learnt[0])


def test_outcomes_and_their_known_times_stand_beside_the_forecasts() -> None:
    feed = station(delay_minutes=30)

    found = backtest(Noting(), feed, MIDNIGHT, PERIOD)

    first = 60 * 24
    np.testing.assert_array_equal(found.outcomes[0], feed.target.values[0, first : first + 24])
    assert found.known_s[0, 0] - found.origins_s[0] == HOUR_S + 1800
    assert found.quantiles.shape == (30, 24, 3)


def test_oracles_are_carried_into_the_answers() -> None:
    feed = station()
    oracle = Channel.of_oracle(feed.target.values, unit="MW", source="what happened")

    found = backtest(Noting(), replace(feed, channels={"truth": oracle}), MIDNIGHT, PERIOD)

    assert found.oracles == ("truth",)


def test_days_of_23_and_25_hours_are_forecast_from_their_own_midnight() -> None:
    """Berlin, October 2024: the forecast of the long day begins at its midnight and speaks of 24 hours."""
    zone, start = BERLIN, datetime(2024, 9, 1, tzinfo=BERLIN)
    axis = TimeAxis(start, 60, 70 * 24)
    feed = Feed(
        name="berlin",
        kind=TargetKind.LOAD,
        axis=axis,
        zone=zone,
        target=Channel.measured(axis, np.arange(axis.count, dtype=float), unit="MW", source="made up"),
    )
    period = Period(start=datetime(2024, 10, 25, tzinfo=BERLIN), end=datetime(2024, 10, 30, tzinfo=BERLIN))

    found = backtest(MODEL, feed, MIDNIGHT, period)

    assert (np.diff(found.origins_s) / HOUR_S).tolist() == [24, 24, 25, 24]
    assert np.isfinite(found.quantiles).all()


def test_a_calendar_channel_is_the_same_in_training_and_test() -> None:
    feed = station()
    weekday = (np.arange(feed.axis.count) // 24) % 7
    feed = replace(feed, channels={"weekday": Channel.always(weekday, unit="1", source="calendar")})
    model = Noting()

    found = backtest(model, feed, MIDNIGHT, PERIOD)

    ((training,), *_) = model.learnt
    assert training.sight.ahead("weekday")[:8, 0].tolist() == [0, 1, 2, 3, 4, 5, 6, 0]
    assert Sight(feed, MIDNIGHT, found.origins_s).ahead("weekday")[0, 0] == 60 % 7


def test_a_period_without_origins_has_no_answers() -> None:
    start = datetime(2024, 3, 5, 1, tzinfo=SHANGHAI)

    found = backtest(Noting(), station(), MIDNIGHT, Period(start=start, end=start + timedelta(hours=3)))

    assert found.quantiles.shape == (0, 24, 3)
    assert found.fits_s == ()
