"""Is every value refused before its time, through every door that a model has?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.forecast.stations import HOUR_S, SHANGHAI, START, station, unknown_replaced

from wattloom.domain.errors import FutureRefused, InputError
from wattloom.domain.forecasts import TargetKind
from wattloom.domain.time import TimeAxis
from wattloom.forecast.feed import ALWAYS, NEVER, Channel, Feed, starts_of
from wattloom.forecast.sight import Sight, Training, known_of, outcomes_of
from wattloom.forecast.task import Task

HOURLY = Task.intraday(step_minutes=60, leads=4, every_minutes=360)
MIDNIGHT = Task.day_ahead(step_minutes=60)
MONDAY_S = int(datetime(2024, 1, 8, tzinfo=SHANGHAI).timestamp())
ORIGINS = np.array([MONDAY_S, MONDAY_S + 24 * HOUR_S])


def counted(days: int = 30, *, delay_minutes: int = 0, **channels: Channel) -> Feed:
    """A target that counts its hours: 0, 1, 2 …, so that a value tells its place."""
    axis = TimeAxis(START, 60, days * 24)
    return Feed(
        name="counted",
        kind=TargetKind.LOAD,
        axis=axis,
        zone=SHANGHAI,
        target=Channel.measured(
            axis, np.arange(axis.count, dtype=float), unit="MW", source="made up", delay_minutes=delay_minutes
        ),
        channels=channels,
    )


def place(second: int) -> int:
    """The hour that starts at an instant."""
    return (second - int(START.timestamp())) // HOUR_S


# Planted leaks: each door refuses.


DOORS: dict[str, Callable[[Sight], NDArray[np.float64]]] = {
    "at": lambda sight: sight.at("target", sight.starts_s[:, :1]),
    "ahead": lambda sight: sight.ahead("target"),
    "lagged": lambda sight: sight.lagged("target", 3),
    "past": lambda sight: sight.at("target", sight.newest_s()[:, None] + sight.task.step_s),
    "earlier": lambda sight: sight.earlier(sight.origins_s[:1]).ahead("target"),
    "only": lambda sight: sight.only(np.array([True, False])).ahead("target"),
}


@pytest.mark.parametrize("door", DOORS)
def test_reaching_past_the_issue_time_is_refused(door: str) -> None:
    with pytest.raises(FutureRefused, match=r"counted: target of 2024-01-0\dT.* is known from .*, asked at "):
        DOORS[door](Sight(counted(), MIDNIGHT, ORIGINS))


def test_one_value_too_early_among_thousands_is_refused() -> None:
    """The last origin alone reaches one hour too far."""
    sight = Sight(counted(), HOURLY, ORIGINS)
    asked = np.array([[MONDAY_S - HOUR_S] * 500, [MONDAY_S - HOUR_S] * 499 + [MONDAY_S + 24 * HOUR_S]])

    with pytest.raises(FutureRefused, match="of 2024-01-08T16:00:00"):
        sight.at("target", asked)


def test_later_origins_are_not_looked_from() -> None:
    with pytest.raises(FutureRefused, match="after its last origin"):
        Sight(counted(), MIDNIGHT, ORIGINS).earlier(ORIGINS + 24 * HOUR_S)


def test_what_is_never_known_is_refused_at_any_time() -> None:
    feed = counted()
    never = replace(feed, target=replace(feed.target, known_s=np.full((1, feed.axis.count), NEVER)))

    with pytest.raises(FutureRefused, match="is never known"):
        Sight(never, MIDNIGHT, ORIGINS).at("target", ORIGINS[:, None] - 24 * HOUR_S)


def test_the_facts_of_a_feed_show_no_values() -> None:
    about = Sight(counted(), MIDNIGHT, ORIGINS).about

    assert np.isnan(about.target.values).all()
    assert about.channels == {}


# What may be seen, worked by hand.


def test_the_newest_reading_is_that_of_the_hour_before() -> None:
    sight = Sight(counted(), MIDNIGHT, ORIGINS)

    assert sight.newest_s().tolist() == [MONDAY_S - HOUR_S, MONDAY_S + 23 * HOUR_S]
    assert sight.past("target", 3).tolist() == [[165.0, 166.0, 167.0], [189.0, 190.0, 191.0]]


def test_a_late_meter_is_seen_later() -> None:
    """Ninety minutes late: at midnight the newest whole hour known is that from 21:00."""
    sight = Sight(counted(delay_minutes=90), MIDNIGHT, ORIGINS[:1])

    assert sight.newest_s().tolist() == [MONDAY_S - 3 * HOUR_S]
    assert sight.past("target", 1).tolist() == [[165.0]]


def test_a_reading_is_seen_at_the_very_second_it_is_known() -> None:
    feed = counted()
    asked = np.array([[MONDAY_S - HOUR_S]])

    assert Sight(feed, MIDNIGHT, np.array([MONDAY_S])).at("target", asked).tolist() == [[167.0]]
    with pytest.raises(FutureRefused):
        Sight(feed, MIDNIGHT, np.array([MONDAY_S - 1])).at("target", asked)


def test_yesterday_is_24_steps_back_at_midnight_and_48_from_nine_in_the_morning() -> None:
    """Issued at 09:00 for the whole next day: its evening lies 38 hours ahead."""
    morning = Task.day_ahead(step_minutes=60, issue_minute=9 * 60)

    assert Sight(counted(), MIDNIGHT, ORIGINS).season_steps() == 24
    assert Sight(counted(), morning, ORIGINS + 9 * HOUR_S).season_steps() == 48
    assert Sight(counted(delay_minutes=60), MIDNIGHT, ORIGINS).season_steps() == 48


def test_lags_count_from_each_period_forecast() -> None:
    found = Sight(counted(), MIDNIGHT, ORIGINS[:1]).lagged("target", 24)

    assert found.tolist() == [list(map(float, range(144, 168)))]


def test_outside_the_record_is_missing_not_refused() -> None:
    sight = Sight(counted(days=8), MIDNIGHT, ORIGINS)

    found = sight.at("target", np.array([[int(START.timestamp()) - HOUR_S], [MONDAY_S + 24 * HOUR_S]]))

    assert np.isnan(found).all()


def test_an_unknown_channel_is_told() -> None:
    with pytest.raises(InputError, match="no channel wind; expected one of target"):
        Sight(counted(), MIDNIGHT, ORIGINS).ahead("wind")


# Versions.


def versions(feed: Feed) -> Channel:
    """For every hour a first guess (100 + its place) two days ahead, a second (200 + place) six hours ahead."""
    hours = np.arange(feed.axis.count, dtype=float)
    known = np.stack([starts_of(feed.axis) - 48 * HOUR_S, starts_of(feed.axis) - 6 * HOUR_S])
    return Channel.issued(np.stack([1000 + hours, 2000 + hours]), known, unit="MW", source="made-up run")


def test_each_origin_sees_the_version_of_its_time() -> None:
    """At midnight: the hours until 06:00 have their second guess, those after the first."""
    feed = counted()
    feed = replace(feed, channels={"run": versions(feed)})

    found = Sight(feed, MIDNIGHT, ORIGINS[:1]).ahead("run")[0]

    first = place(MONDAY_S)
    assert found[:7].tolist() == [2000.0 + first + i for i in range(7)]
    assert found[7:].tolist() == [1000.0 + first + i for i in range(7, 24)]


def test_versions_may_stand_in_any_order() -> None:
    feed = counted()
    run = versions(feed)
    turned = replace(run, values=run.values[::-1], known_s=run.known_s[::-1])
    sights = [Sight(replace(feed, channels={"run": one}), MIDNIGHT, ORIGINS) for one in (run, turned)]

    np.testing.assert_array_equal(sights[0].ahead("run"), sights[1].ahead("run"))


def test_a_forecast_run_that_is_not_out_yet_is_refused() -> None:
    feed = counted()
    run = Channel.issued(np.zeros(feed.axis.count), starts_of(feed.axis) - 12 * HOUR_S, unit="1", source="run")

    with pytest.raises(FutureRefused, match="run of 2024-01-08T05:00:00"):
        Sight(replace(feed, channels={"run": run}), MIDNIGHT, ORIGINS[:1]).ahead("run")


def test_what_is_always_known_is_seen_ahead() -> None:
    feed = counted()
    sun = Channel.always(np.arange(feed.axis.count), unit="1", source="calendar")

    assert sun.known_s.min() == ALWAYS
    assert Sight(replace(feed, channels={"sun": sun}), MIDNIGHT, ORIGINS[:1]).ahead("sun")[0, 0] == place(MONDAY_S)


def test_an_oracle_is_seen_and_named() -> None:
    feed = counted()
    oracle = Channel.of_oracle(feed.target.values, unit="MW", source="what happened")
    sight = Sight(replace(feed, channels={"truth": oracle}), MIDNIGHT, ORIGINS[:1])

    np.testing.assert_array_equal(sight.ahead("truth"), outcomes_of(feed, MIDNIGHT, ORIGINS[:1]))
    assert sight.oracles == ("truth",)


# Training.


@pytest.mark.parametrize("delay_minutes", [0, 15, 600])
@pytest.mark.parametrize("task", [MIDNIGHT, HOURLY, Task.day_ahead(step_minutes=60, issue_minute=540)], ids=str)
def test_training_outcomes_stop_at_the_cut_off(task: Task, delay_minutes: int) -> None:
    feed = counted(delay_minutes=delay_minutes)
    cutoff = datetime(2024, 1, 20, 5, tzinfo=SHANGHAI)

    training = Training.until(feed, task, cutoff)

    known = known_of(feed, task, training.sight.origins_s)
    assert known.max() <= int(cutoff.timestamp())
    following = training.sight.origins_s[-1] + task.every_minutes * 60
    assert known_of(feed, task, np.array([following])).max() > int(cutoff.timestamp()), "and none is left out"


def test_training_may_begin_later_and_look_from_another_clock() -> None:
    training = Training.until(
        counted(), MIDNIGHT, START + timedelta(days=20), start=START + timedelta(days=10), every_minutes=360
    )

    assert len(training.sight.origins_s) == 4 * 9 + 1
    assert training.outcomes.shape == (37, 24)


def test_gaps_stay_gaps_in_outcomes() -> None:
    feed = counted()
    values = feed.target.values.copy()
    values[0, place(MONDAY_S) + 3] = np.nan

    found = outcomes_of(replace(feed, target=replace(feed.target, values=values)), MIDNIGHT, ORIGINS[:1])[0]

    assert np.isnan(found[3])
    assert np.isnan(found).sum() == 1


@given(seed=st.integers(0, 50), hours=st.integers(24 * 10, 24 * 80), lag=st.integers(24, 400))
@settings(max_examples=25, deadline=None)
def test_nothing_seen_changes_when_the_unknown_is_replaced_by_noise(seed: int, hours: int, lag: int) -> None:
    """The stand-in property of the sight itself, for every door at any hour."""
    feed = station(TargetKind.WIND, seed=seed % 3)
    origin = int(START.timestamp()) + hours * HOUR_S
    noised = unknown_replaced(feed, origin, seed=seed)
    honest, other = (Sight(one, HOURLY, np.array([origin])) for one in (feed, noised))

    np.testing.assert_array_equal(honest.past("target", 48), other.past("target", 48))
    np.testing.assert_array_equal(honest.lagged("target", lag), other.lagged("target", lag))
    for name in feed.channels:
        np.testing.assert_array_equal(honest.ahead(name), other.ahead(name))


def test_the_counted_feed_begins_at_midnight_in_shanghai() -> None:
    assert datetime.fromtimestamp(MONDAY_S, UTC).isoformat() == "2024-01-07T16:00:00+00:00"
    assert place(MONDAY_S) == 168
