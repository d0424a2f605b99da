"""The wind model: curve from forecast wind, mean reversion without it, neighbours upwind, farms it never saw."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import lfilter

from wattloom.domain.errors import InputError, MissingData
from wattloom.domain.forecasts import TargetKind
from wattloom.domain.time import TimeAxis
from wattloom.forecast.backtest import Answers, Period, backtest
from wattloom.forecast.feed import Channel, Feed, starts_of
from wattloom.forecast.learning.wind_traits import NEIGHBOURS, SPEEDS, Curve, Curves, traits_of
from wattloom.forecast.models.power_curve import MODEL
from wattloom.forecast.sight import Sight, Training
from wattloom.forecast.task import Task

SHANGHAI = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 1, 1, tzinfo=SHANGHAI)
DAYS, CUT_DAY = 100, 75
CUT, END = START + timedelta(days=CUT_DAY), START + timedelta(days=DAYS)
HOURS = Task.intraday(step_minutes=60, leads=6)
DAY = Task.day_ahead(step_minutes=60)
CAPACITY_MW = 50.0
AXIS = TimeAxis(START, 60, DAYS * 24)


def reverting(*, keep: float = 0.9, seed: int = 1) -> NDArray[np.float64]:
    """Share of capacity: 0.4 and what is left of earlier shocks, a tenth less each hour."""
    noise = np.random.default_rng(seed).normal(0, 0.05, AXIS.count)
    return np.clip(0.4 + lfilter([1.0], [1.0, -keep], noise), 0, 1)


def measured(values: NDArray[np.float64]) -> Channel:
    return Channel.measured(AXIS, values, unit="1", source="made")


def farm(shares: NDArray[np.float64], channels: dict[str, Channel] | None = None, *, name: str = "farm") -> Feed:
    """A farm of 50 MW with this course."""
    return Feed(
        name=name, kind=TargetKind.WIND, axis=AXIS, zone=SHANGHAI, target=measured(shares * CAPACITY_MW),
        channels=channels or {}, capacity=CAPACITY_MW, lowest=0.0, highest=CAPACITY_MW,
    )  # fmt: skip


def rmse_by_lead(answers: Answers) -> NDArray[np.float64]:
    """Of the mean of quantiles, as a share of capacity; shape (leads,)."""
    misses = answers.quantiles.mean(axis=-1) - answers.outcomes
    return np.sqrt(np.nanmean(misses**2, axis=0)) / CAPACITY_MW


def rolled(feed: Feed, task: Task) -> Answers:
    return backtest(MODEL, feed, task, Period(start=CUT, end=END, refit_days=25))


def wind_forecast(seed: int = 3) -> tuple[NDArray[np.float64], Channel]:
    """Wind of a mean of 8 m/s that lasts for half a day, and its forecast of 36 hours before, off by half a metre."""
    random = np.random.default_rng(seed)
    speeds = np.abs(8 + lfilter([1.0], [1.0, -0.92], random.normal(0, 1.2, AXIS.count)))
    known = starts_of(AXIS) - 36 * 3600
    return speeds, Channel.issued(speeds + random.normal(0, 0.5, AXIS.count), known, unit="m/s", source="made")


def true_curve(speeds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Nothing below 3 m/s, all from 12 m/s on, a square between."""
    return np.clip((speeds - 3) / 9, 0, 1) ** 2


def test_errors_grow_as_those_of_the_law_that_made_the_record() -> None:
    answers = rolled(farm(reverting()), HOURS)

    # Hour k ahead misses the shocks of k hours: 0.05 · √(1 + 0.81 + … + 0.81^(k − 1)).
    law = 0.05 * np.sqrt(np.cumsum(0.81 ** np.arange(6)))
    np.testing.assert_allclose(rmse_by_lead(answers), law, rtol=0.08)


def test_the_eighty_percent_interval_holds_eight_outcomes_of_ten() -> None:
    answers = rolled(farm(reverting()), HOURS)

    inside = (answers.outcomes >= answers.quantiles[..., 0]) & (answers.outcomes <= answers.quantiles[..., -1])
    assert inside.mean() == pytest.approx(0.8, abs=0.04)


def test_a_neighbour_upwind_tells_what_comes_in_three_hours() -> None:
    upwind = reverting(keep=0.95, seed=5)
    here = np.roll(upwind, 3)
    here[:3] = upwind[0]

    alone, warned = rolled(farm(here), HOURS), rolled(farm(here, {"neighbour_upwind_share": measured(upwind)}), HOURS)

    # Of the second and third hour ahead nothing is left to doubt; of the fourth one hour's shock is.
    assert rmse_by_lead(warned)[1:3].max() < 0.01 * rmse_by_lead(alone)[2]
    assert rmse_by_lead(warned)[3] == pytest.approx(0.05, rel=0.15)


def test_with_a_forecast_of_the_wind_the_next_day_is_nearly_known() -> None:
    speeds, forecast = wind_forecast()
    shares = true_curve(speeds)

    blind, seeing = (
        rolled(farm(shares, channels), DAY) for channels in ({}, {"nwp_wind_speed_100m_m_per_s": forecast})
    )

    # Half a metre at a slope of 2/9 · 5/9 a metre is 0.06; without it, the spread of the wind's own law remains.
    assert rmse_by_lead(seeing).mean() < 0.08
    assert rmse_by_lead(blind).mean() > 0.2


def test_without_any_wind_the_next_day_falls_back_to_what_is_usual() -> None:
    shares = reverting()

    late = rmse_by_lead(rolled(farm(shares), DAY))[12:].mean()

    # Beyond half a day 0.9^12 = 28 % of today's deviation is left: at best the law's own spread of 0.115.
    assert late == pytest.approx(0.05 / np.sqrt(1 - 0.81), rel=0.15)


def test_a_curve_is_found_from_speeds_and_power_and_never_falls() -> None:
    speeds = np.random.default_rng(2).uniform(0, 20, 5000)
    noisy = true_curve(speeds) + np.random.default_rng(3).normal(0, 0.05, 5000)

    curve = Curve.fitted(speeds, noisy)

    assert curve is not None
    assert (np.diff(curve.shares) >= 0).all()
    assert curve.at(np.array([2.0, 7.5, 15.0])) == pytest.approx([0.0, 0.25, 1.0], abs=0.03)


def test_a_curve_of_nothing_is_none() -> None:
    assert Curve.fitted(np.array([np.nan, 5.0]), np.array([0.2, np.nan])) is None


def test_a_farm_never_seen_is_foretold_by_what_others_of_its_kind_taught() -> None:
    teachers = [farm(reverting(seed=seed), name=f"farm {seed}") for seed in (11, 12, 13)]
    period = Period(start=CUT, end=END, refit_days=25)

    unseen = backtest(MODEL, farm(reverting(seed=20)), HOURS, period, teachers=teachers)

    law = 0.05 * np.sqrt(np.cumsum(0.81 ** np.arange(6)))
    np.testing.assert_allclose(rmse_by_lead(unseen), law, rtol=0.08)


def test_farms_together_look_at_their_neighbours_as_a_whole_so_that_any_number_will_do() -> None:
    two = {"neighbour_a_share": measured(reverting(seed=2)), "neighbour_b_share": measured(reverting(seed=3))}
    three = {**two, "neighbour_c_share": measured(reverting(seed=4))}
    trainings = [Training.until(farm(reverting(seed=s), two), HOURS, CUT) for s in (5, 6)]

    fitted = MODEL.fit(trainings)
    said = fitted.predict(Sight(farm(reverting(seed=7), three), HOURS, HOURS.origins(CUT, END, SHANGHAI)))

    assert np.isfinite(said).all()


def test_a_neighbour_that_was_learnt_from_and_is_gone_is_told() -> None:
    channels = {"neighbour_a_share": measured(reverting(seed=2))}
    fitted = MODEL.fit([Training.until(farm(reverting(), channels), HOURS, CUT)])

    with pytest.raises(MissingData, match="neighbour_a_share"):
        fitted.predict(Sight(farm(reverting()), HOURS, HOURS.origins(CUT, END, SHANGHAI)))


def test_a_silent_day_is_told_and_a_silent_hour_is_bridged() -> None:
    feed = farm(reverting())
    fitted = MODEL.fit([Training.until(feed, HOURS, CUT)])
    values = feed.target.values[0].copy()
    place = CUT_DAY * 24
    values[place - 2 : place] = np.nan
    hour = replace(feed, target=measured(values))
    values[place - 24 : place] = np.nan
    day = replace(feed, target=measured(values))
    here = np.array([int(CUT.astimezone(UTC).timestamp())])

    assert np.isfinite(fitted.predict(Sight(hour, HOURS, here))).all()
    with pytest.raises(MissingData, match="nothing on record in the day before"):
        fitted.predict(Sight(day, HOURS, here))


def test_traits_that_do_not_help_are_not_chosen() -> None:
    noise = measured(np.random.default_rng(9).uniform(0, 1, AXIS.count))
    speeds, forecast = wind_forecast()

    plain = MODEL.fit([Training.until(farm(reverting(), {"neighbour_noise_share": noise}), HOURS, CUT)])
    windy = MODEL.fit([Training.until(farm(true_curve(speeds), {"nwp_wind_speed_m_per_s": forecast}), DAY, CUT)])

    assert NEIGHBOURS not in str(plain.facts()["traits"])
    assert SPEEDS in str(windy.facts()["traits"])


def test_measured_wind_is_read_through_its_own_curve() -> None:
    speeds, _ = wind_forecast()
    feed = farm(true_curve(speeds), {"wind_speed_70m_m_per_s": measured(speeds)})
    training = Training.until(feed, HOURS, CUT, start=START + timedelta(days=2))

    curves = Curves.of([training])
    traits = traits_of(training.sight, curves)

    assert curves.measured is not None
    assert curves.measured.at(np.array([7.5]))[0] == pytest.approx(0.25, abs=0.03)
    # Mean of an hour of one period: the curve at its wind is the power itself, but for the half metre of a bin.
    column = traits.groups.index(SPEEDS)
    assert np.abs(traits.common[:, column] - traits.now).max() < 0.05


def test_a_farm_without_capacity_is_refused_in_words() -> None:
    with pytest.raises(InputError, match="name the capacity"):
        MODEL.fit([Training.until(replace(farm(reverting()), capacity=None), HOURS, CUT)])
