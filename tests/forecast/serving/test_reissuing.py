"""Is every issue of a stretch what would have been issued then, by whom, and why?"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from wattloom.domain.errors import InputError
from wattloom.domain.forecasts import TargetKind
from wattloom.domain.time import TimeAxis
from wattloom.forecast.feed import Channel, Feed
from wattloom.forecast.models import climatology, seasonal_naive, temperature_load
from wattloom.forecast.serving.issuing import Terms, issue
from wattloom.forecast.serving.reissuing import reissued
from wattloom.forecast.task import Task

BEIJING = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 3, 1, tzinfo=BEIJING)
DAYS = 40
TASK = Task.day_ahead(step_minutes=60)
TERMS = Terms(stale_minutes=24 * 60, look_back_days=14, refit_days=14)


def price_feed() -> Feed:
    """The hour's number plus the day's: a week repeats itself but for its level."""
    axis = TimeAxis(START, 60, DAYS * 24)
    hours = np.arange(DAYS * 24)
    values = 300.0 + hours % 24 + 2.0 * (hours // 24) + 10.0 * np.sin(hours)
    return Feed(
        name="spot",
        kind=TargetKind.PRICE,
        axis=axis,
        zone=BEIJING,
        target=Channel.measured(axis, values, unit="CNY/MWh", source="made for the test"),
        lowest=0.0,
        highest=1000.0,
    )


def test_each_issue_is_that_which_was_issued_alone() -> None:
    feed, models = price_feed(), (seasonal_naive.MODEL, climatology.MODEL)
    first = START + timedelta(days=30)

    several = reissued(models, feed, TASK, TERMS, first=first, end=first + timedelta(days=1))
    alone = issue(models, feed, TASK, first, TERMS)

    assert several.answers.origins_s.tolist() == [int(first.timestamp())]
    np.testing.assert_allclose(several.answers.quantiles[0], alone.forecast.quantiles)


def test_a_later_outcome_changes_no_earlier_issue() -> None:
    """The last five days come out otherwise: what was issued before them stays as it was."""
    feed, first = price_feed(), START + timedelta(days=30)
    values = feed.target.values[0].copy()
    values[35 * 24 :] += 500.0
    axis = feed.axis
    other = Feed(
        name=feed.name, kind=feed.kind, axis=axis, zone=BEIJING, lowest=0.0, highest=1000.0,
        target=Channel.measured(axis, values, unit="CNY/MWh", source="made for the test"),
    )  # fmt: skip

    one, two = (
        reissued((seasonal_naive.MODEL,), each, TASK, TERMS, first=first, end=START + timedelta(days=40)).answers
        for each in (feed, other)
    )

    np.testing.assert_array_equal(one.quantiles[:6], two.quantiles[:6])
    assert not np.array_equal(one.quantiles[6:], two.quantiles[6:])


def test_it_says_who_answered_and_why_once() -> None:
    """The load model does not forecast prices: the next one answers all ten issues, for one reason."""
    models = (temperature_load.MODEL, seasonal_naive.MODEL)
    first = START + timedelta(days=30)

    found = reissued(models, price_feed(), TASK, TERMS, first=first, end=START + timedelta(days=40))

    assert found.asked == "temperature_load"
    assert found.used.tolist() == ["seasonal_naive"] * 10
    assert len(found.why) == 1


def test_a_young_record_is_not_calibrated_and_says_so() -> None:
    first = START + timedelta(days=16)

    found = reissued((seasonal_naive.MODEL,), price_feed(), TASK, TERMS, first=first, end=first + timedelta(days=1))

    assert "not calibrated yet" in found.notes[0].en


def test_a_stretch_without_an_issue_time_is_refused() -> None:
    first = START + timedelta(days=30, hours=1)

    with pytest.raises(InputError, match="no issue of day_ahead"):
        reissued((seasonal_naive.MODEL,), price_feed(), TASK, TERMS, first=first, end=first + timedelta(hours=2))
