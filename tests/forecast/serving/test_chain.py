"""Does somebody always answer, and is it always said who and why?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from wattloom.domain.errors import MissingData
from wattloom.domain.forecasts import TargetKind
from wattloom.domain.text import Text
from wattloom.domain.time import TimeAxis
from wattloom.forecast.feed import Channel, Feed
from wattloom.forecast.models.seasonal_naive import SeasonalNaive
from wattloom.forecast.serving.chain import Chain, Fallback, plain_prior
from wattloom.forecast.serving.issuing import Terms, issue
from wattloom.forecast.sight import Sight, Training
from wattloom.forecast.task import Task

SHANGHAI = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 1, 1, tzinfo=SHANGHAI)
TASK = Task.day_ahead(step_minutes=60, issue_minute=9 * 60, levels=(0.1, 0.5, 0.9))
TERMS = Terms(stale_minutes=360, look_back_days=30, refit_days=30)
NAIVE = SeasonalNaive()


def feed(days: int = 60, *, values: Any = None, kind: TargetKind = TargetKind.LOAD, **other: Any) -> Feed:
    """A load of 10 MW plus the hour of the day, wandering a little."""
    axis = TimeAxis(START, 60, days * 24)
    chance = np.random.default_rng(1)
    drawn = 10.0 + np.arange(axis.count) % 24 + chance.normal(0, 0.5, axis.count)
    told = {"lowest": 0.0, "highest": 50.0, **other}
    target = Channel.measured(axis, drawn if values is None else values, unit="MW", source="made up")
    return Feed(name="town", kind=kind, axis=axis, zone=SHANGHAI, target=target, **told)


def at(day: int) -> datetime:
    return START + timedelta(days=day, hours=9)


@dataclass(frozen=True)
class Odd:
    """A model that does what a test asks of it."""

    name: str = "odd"
    does: str = "breaks"
    title: Text = field(default=Text("Odd", "怪"))
    kinds: frozenset[TargetKind] = frozenset(TargetKind)
    needs: tuple[str, ...] = ()

    def fit(self, _trainings: Sequence[Training], **_: int) -> Odd:
        return self

    def facts(self) -> Mapping[str, float | str]:
        return {}

    def predict(self, sight: Sight) -> Any:
        shape = (*sight.starts_s.shape, len(sight.task.levels))
        if self.does == "breaks":
            raise ZeroDivisionError("by nothing")
        if self.does == "peeks":
            sight.ahead("target")
        if self.does == "lacks" and (sight.origins_s % (2 * 86400) < 86400).any():
            raise MissingData("every second day is missing")
        if self.does == "holes":
            return np.full(shape, np.nan)
        return np.full(shape, 99.0) - np.arange(shape[2])


def test_the_model_asked_answers_and_nothing_is_said() -> None:
    found = issue((NAIVE,), feed(), TASK, at(59), TERMS)

    assert found.used == found.asked == "seasonal_naive"
    assert found.forecast.fallbacks == ()
    assert found.forecast.model.endswith("calibrated")
    assert found.forecast.axis.start == START + timedelta(days=60)


@pytest.mark.parametrize(
    ("does", "told"),
    [("breaks", "ZeroDivisionError: by nothing"), ("holes", "no number"), ("peeks", "not out yet at the issue")],
)
def test_a_model_that_cannot_is_replaced_by_the_next_and_the_reason_is_told(does: str, told: str) -> None:
    found = issue((Odd(does=does), NAIVE), feed(), TASK, at(58), TERMS)

    assert found.used == "seasonal_naive"
    assert told in found.forecast.fallbacks[0].en
    assert found.forecast.fallbacks[0].zh.startswith("由季节性朴素预测代替怪")
    assert len(found.fallbacks) == 30


def test_a_missing_input_is_named() -> None:
    needy = Odd(does="answers", needs=("nwp_ghi_w_per_m2",))

    found = issue((needy, NAIVE), feed(), TASK, at(59), TERMS)

    assert "needs nwp_ghi_w_per_m2" in found.forecast.fallbacks[0].en


def test_only_the_origins_that_a_model_cannot_answer_go_to_the_next() -> None:
    told: list[Fallback] = []
    chain = Chain(models=(Odd(does="lacks"), NAIVE), stale_minutes=360, told=told.append)
    record = feed()
    origins = TASK.origins(at(40), at(50), SHANGHAI)

    quantiles = chain.fit([Training.until(record, TASK, at(40))]).predict(Sight(record, TASK, origins))

    assert [one.used for one in told] == ["seasonal_naive"] * 5
    own = [origin not in {one.origin_s for one in told} for origin in origins.tolist()]
    # What lies above the highest value and falls is put in order inside the limits.
    assert quantiles[np.array(own)].min() == 50.0


def test_stopped_data_are_never_forecast_from_in_silence() -> None:
    """The record ends at midnight of day 50; nine hours later that is older than six."""
    values = feed().target.values[0].copy()
    values[50 * 24 :] = np.nan

    found = issue((NAIVE,), feed(values=values), TASK, at(50), TERMS)

    assert found.used == "prior"
    assert "data have stopped: the newest value is 9.0 h old, 6 h are allowed" in found.forecast.fallbacks[0].en
    assert "calibrated" not in found.forecast.model


def test_a_meter_that_does_not_move_counts_as_stopped() -> None:
    values = feed().target.values[0].copy()
    values[50 * 24 - 20 : 50 * 24 + 9] = 17.0
    terms = replace(TERMS, stale_minutes=600)

    found = issue((NAIVE,), feed(values=values), TASK, at(50), terms)

    assert "one and the same value for 10 h" in found.forecast.fallbacks[0].en


def test_a_plant_at_rest_or_at_its_limit_is_no_broken_meter() -> None:
    for value in (0.0, 50.0):
        values = feed().target.values[0].copy()
        values[50 * 24 - 20 : 50 * 24 + 9] = value

        assert issue((NAIVE,), feed(values=values), TASK, at(50), TERMS).forecast.fallbacks == ()


def test_a_new_station_gets_the_prior_between_its_limits() -> None:
    """Between 0 and 50 MW, all equally likely: a tenth of the way is 5 MW."""
    found = issue((NAIVE,), feed(days=3), TASK, at(2), TERMS)

    assert found.used == "prior"
    assert "needs 14" in found.forecast.fallbacks[0].en
    assert found.forecast.quantiles[0].tolist() == [5.0, 25.0, 45.0]


def test_no_record_at_all_is_told_as_such() -> None:
    found = issue((NAIVE,), feed(values=np.full(60 * 24, np.nan)), TASK, at(59), TERMS)

    assert "no record yet" in found.forecast.fallbacks[0].en


def test_without_limits_stopped_data_are_used_and_that_is_told() -> None:
    values = feed().target.values[0].copy()
    values[50 * 24 :] = np.nan
    price = feed(values=values, kind=TargetKind.PRICE, lowest=-np.inf, highest=np.inf)

    found = issue((NAIVE,), price, TASK, at(50), TERMS)

    assert found.used == "seasonal_naive"
    assert "answers although data have stopped" in found.forecast.fallbacks[0].en


def test_without_limits_and_without_a_record_nothing_is_made_up() -> None:
    price = feed(values=np.full(60 * 24, np.nan), kind=TargetKind.PRICE, lowest=-np.inf, highest=np.inf)

    with pytest.raises(MissingData, match="no prior"):
        issue((NAIVE,), price, TASK, at(59), TERMS)


def test_the_prior_of_a_solar_station_is_dark_at_night() -> None:
    sun = feed(kind=TargetKind.SOLAR, capacity=50.0)
    sight = Sight(sun, TASK, np.array([int(at(10).timestamp())]))

    prior = plain_prior(sight)[0]

    assert (prior[[0, 1, 22, 23]] == 0).all()
    assert prior[12, 2] > prior[12, 0] > 0


def test_the_newest_fit_is_of_the_issue_itself_and_calibration_knows_only_what_was_known() -> None:
    """Values after the issue do not move the forecast."""
    values = feed().target.values[0].copy()
    changed = values.copy()
    changed[58 * 24 + 9 :] *= 3

    one, other = (issue((NAIVE,), feed(values=one), TASK, at(58), TERMS) for one in (values, changed))

    assert one.replayed.fits_s[-1] == int(at(58).astimezone(UTC).timestamp())
    np.testing.assert_array_equal(one.forecast.quantiles, other.forecast.quantiles)
