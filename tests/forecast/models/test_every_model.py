"""Does every forecasting model keep the promises of its contract, whatever its kind?"""

from __future__ import annotations

import ast
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.forecast.stations import SHANGHAI, START, station, torn, unknown_replaced

import wattloom.forecast
from wattloom.domain.errors import InputError, MissingData
from wattloom.domain.forecasts import TargetKind
from wattloom.domain.members import member, names_of
from wattloom.forecast import models
from wattloom.forecast.contract import Fitted, Model
from wattloom.forecast.feed import Feed
from wattloom.forecast.sight import Sight, Training
from wattloom.forecast.task import Task

NAMES = names_of(models)
DAYS = 66
CUTOFF = START + timedelta(days=60)
"""What is known here is learnt from; the days after are forecast."""
MIDNIGHT = Task.day_ahead(step_minutes=60)
MORNING = Task.day_ahead(step_minutes=60, issue_minute=9 * 60, levels=(0.05, 0.25, 0.5, 0.75, 0.95))
HOURLY = Task.intraday(step_minutes=60, leads=4, every_minutes=720)
KINDS = [(name, kind) for name in NAMES for kind in sorted(member(models, name, "MODEL").kinds)]
MAY_JUDGE = {"sight.py", "backtest.py", "leakage/timing.py"}


def model_of(name: str) -> Model:
    found: Model = member(models, name, "MODEL")
    return found


def first_kind(name: str) -> TargetKind:
    return min(model_of(name).kinds)


@cache
def feed_of(name: str, kind: TargetKind, delay_minutes: int = 0) -> Feed:
    """A station with every channel that the model needs."""
    common = station(kind, days=DAYS, delay_minutes=delay_minutes)
    missing = tuple(one for one in model_of(name).needs if one not in common.channels)
    return station(kind, days=DAYS, delay_minutes=delay_minutes, also=missing) if missing else common


def origins_of(feed: Feed, task: Task, days: int = 3) -> NDArray[np.int64]:
    return task.origins(CUTOFF, CUTOFF + timedelta(days=days), feed.zone)


def fitted_on(name: str, feed: Feed, task: Task = MIDNIGHT, known_by: datetime = CUTOFF) -> Fitted:
    return model_of(name).fit([Training.until(feed, task, known_by)], seed=1)


@cache
def usual(name: str) -> tuple[Feed, Fitted]:
    """One fit that several tests share."""
    feed = feed_of(name, first_kind(name))
    return feed, fitted_on(name, feed)


@cache
def usual_forecast(name: str) -> NDArray[np.float64]:
    """Three midnights of the shared fit, told together."""
    feed, fitted = usual(name)
    return fitted.predict(Sight(feed, MIDNIGHT, origins_of(feed, MIDNIGHT)))


def assert_sound(quantiles: NDArray[np.float64], feed: Feed, task: Task, origins: NDArray[np.int64]) -> None:
    assert quantiles.shape == (len(origins), task.leads, len(task.levels))
    assert np.isfinite(quantiles).all()
    assert (np.diff(quantiles, axis=-1) >= 0).all(), "quantiles cross"
    assert quantiles.min() >= feed.lowest
    assert quantiles.max() <= feed.highest


@pytest.mark.parametrize("name", NAMES)
def test_it_is_a_model_named_as_its_file_and_titled_in_both_languages(name: str) -> None:
    model = model_of(name)

    assert isinstance(model, Model)
    assert model.name == name
    assert model.kinds
    assert model.title.en
    assert any("\u4e00" <= letter <= "\u9fff" for letter in model.title.zh)


@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_quantiles_rise_inside_the_limits_for_every_kind(name: str, kind: TargetKind) -> None:
    if kind is first_kind(name):
        feed, found = usual(name)[0], usual_forecast(name)
    else:
        feed = feed_of(name, kind)
        found = fitted_on(name, feed).predict(Sight(feed, MIDNIGHT, origins_of(feed, MIDNIGHT)))

    assert_sound(found, feed, MIDNIGHT, origins_of(feed, MIDNIGHT))


@pytest.mark.parametrize("task", [MORNING, HOURLY], ids=["nine_in_the_morning", "intraday"])
@pytest.mark.parametrize("name", NAMES)
def test_another_clock_and_other_levels_are_answered_or_refused_in_words(name: str, task: Task) -> None:
    feed = feed_of(name, first_kind(name))
    origins = origins_of(feed, task, days=2)[:1]
    try:
        fitted = fitted_on(name, feed, task)
    except InputError as refusal:
        pytest.skip(f"{name} does not speak of {task.name}: {refusal}")

    assert_sound(fitted.predict(Sight(feed, task, origins)), feed, task, origins)


@pytest.mark.parametrize("name", NAMES)
def test_a_fit_does_not_change_when_all_that_was_unknown_is_replaced_by_noise(name: str) -> None:
    """The stand-in property of learning, and with it that the same seed gives the same forecast to the last digit."""
    feed, _ = usual(name)
    origins = origins_of(feed, MIDNIGHT)
    noised = unknown_replaced(feed, int(origins[0]))
    assert not np.array_equal(noised.target.values, feed.target.values)

    found = fitted_on(name, noised).predict(Sight(noised, MIDNIGHT, origins[:1]))

    np.testing.assert_allclose(found, usual_forecast(name)[:1], rtol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_a_forecast_does_not_change_when_all_that_was_unknown_is_replaced_by_noise(name: str) -> None:
    """The stand-in property of forecasting, and with it that one origin alone is answered as among three."""
    feed, fitted = usual(name)
    origins = origins_of(feed, MIDNIGHT)
    noised = unknown_replaced(feed, int(origins[1]))

    found = fitted.predict(Sight(noised, MIDNIGHT, origins[1:2]))

    np.testing.assert_allclose(found, usual_forecast(name)[1:2], rtol=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_a_meter_that_tells_late_is_not_read_early(name: str) -> None:
    """Readings come six hours late: `FutureRefused` would mean that the model counts on a clock it was not given."""
    late = feed_of(name, first_kind(name), delay_minutes=6 * 60)
    origins = origins_of(late, MIDNIGHT)[:1]

    assert_sound(fitted_on(name, late).predict(Sight(late, MIDNIGHT, origins)), late, MIDNIGHT, origins)


@pytest.mark.parametrize("name", NAMES)
def test_gaps_in_the_record_are_learnt_around(name: str) -> None:
    feed = torn(feed_of(name, first_kind(name)))
    origins = origins_of(feed, MIDNIGHT)

    fitted = fitted_on(name, feed)

    for origin in origins:
        sight = Sight(feed, MIDNIGHT, np.array([origin]))
        try:
            quantiles = fitted.predict(sight)
        except MissingData:  # Said, not hidden: the server falls back and tells why.
            continue
        assert_sound(quantiles, feed, MIDNIGHT, sight.origins_s)


@pytest.mark.parametrize("name", NAMES)
def test_a_needed_channel_that_is_empty_is_told(name: str) -> None:
    feed, fitted = usual(name)
    origins = origins_of(feed, MIDNIGHT)[:1]
    blank = {
        one: replace(channel, values=np.full_like(channel.values, np.nan)) if one in model_of(name).needs else channel
        for one, channel in feed.channels.items()
    }
    empty = replace(feed, channels=blank)
    try:
        quantiles = fitted.predict(Sight(empty, MIDNIGHT, origins))
    except MissingData:
        return

    assert_sound(quantiles, empty, MIDNIGHT, origins)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_on_record_is_told(name: str) -> None:
    feed, _ = usual(name)
    nothing = replace(feed, target=replace(feed.target, values=np.full_like(feed.target.values, np.nan)))
    try:
        fitted = fitted_on(name, nothing)
    except MissingData:
        return

    assert fitted.facts(), "a model that learns nothing from outcomes still says what it stands on"


@pytest.mark.parametrize("name", NAMES)
def test_facts_of_a_fit_are_numbers_and_words(name: str) -> None:
    _, fitted = usual(name)

    assert isinstance(fitted, Fitted)
    assert fitted.facts()
    assert all(isinstance(fact, int | float | str) for fact in fitted.facts().values())


def test_the_days_after_the_cut_off_are_the_next_ones() -> None:
    """The suite's own footing: three midnights of Shanghai from the cut-off on."""
    origins = origins_of(station(TargetKind.LOAD, days=DAYS), MIDNIGHT)

    assert len(origins) == 3
    assert datetime.fromtimestamp(int(origins[0]), SHANGHAI).isoformat() == "2024-03-01T00:00:00+08:00"


def test_no_model_reaches_behind_its_sight() -> None:
    """A feed's values are seen through `Sight` only: nobody else names its hidden field, or the judge's outcomes."""
    hidden = {"_feed", "outcomes_of", "known_of"}
    root = Path(wattloom.forecast.__path__[0])
    reaching = [
        f"{path.relative_to(root)}:{node.lineno}"
        for path in sorted(root.rglob("*.py"))
        if str(path.relative_to(root)) not in MAY_JUDGE
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if (isinstance(node, ast.Attribute) and node.attr in hidden)
        or (isinstance(node, ast.Name) and node.id in hidden)
    ]

    assert reaching == []
