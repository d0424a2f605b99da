"""Is the coming warmth foretold as a Gaussian process would, and do its courses come from past weather?"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, DotProduct, Matern

from wattloom.forecast.loads.warmth import Habit, day_means, outlook, past_years, paths

PLAIN = replace(Habit(), slow_c=0.0, summer_calm=0.0, summer_calm_spread=1e-6)


def year(days: int, *, mean: float = 15.0, wave: float = 10.0) -> tuple[np.ndarray, np.ndarray]:
    day = np.arange(days, dtype=np.float64) + 274.0
    return day, mean + wave * np.cos(2 * np.pi * (day - 204.0) / 365.25)


def test_a_year_of_plain_seasons_goes_on() -> None:
    day, warm = year(365)

    ahead = outlook(Habit(), warm[:300], day[:300], day[300:330])

    np.testing.assert_allclose(ahead.mean_c, warm[300:330], atol=0.3)


def test_without_a_record_to_speak_of_the_belief_stands() -> None:
    ahead = outlook(Habit(), np.array([14.0]), np.array([112.7]), np.array([204.0, 204.0 + 365.25 / 2]))

    assert ahead.mean_c.tolist() == pytest.approx([25.0, 3.0], abs=0.1)
    # Believed: departures are smaller on the warmest day by e^-0.3, and larger on the coldest by as much.
    assert ahead.slow_c[0] / ahead.slow_c[1] == pytest.approx(np.exp(-0.6), abs=0.02)
    # The wave's 3 °C and what stays for weeks, 2.25 °C, make √14.06, before the mean's own doubt.
    assert ahead.slow_c[0] > np.exp(-0.3) * 14.06**0.5


def test_the_middle_is_that_of_an_independent_gaussian_process() -> None:
    """The wave's three numbers as a dot product and the weather as an exponential (Matérn 1/2) kernel."""
    random = np.random.default_rng(4)
    day, warm = year(120)
    told = warm + random.normal(0, 3, 120)
    coming = np.arange(120.0, 140.0) + 274.0

    def traits(days: np.ndarray) -> np.ndarray:
        turn = 2 * np.pi * (days - 204.0) / 365.25
        spread = np.array([PLAIN.mean_spread_c, PLAIN.wave_spread_c, PLAIN.lag_spread_c])
        return np.c_[np.stack([np.ones(len(days)), np.cos(turn), np.sin(turn)], 1) * spread, days]

    memory = -1.0 / np.log(PLAIN.weather_kept)
    wave = _Columns(DotProduct(sigma_0=0.0, sigma_0_bounds="fixed"), [0, 1, 2])
    weather = _Columns(ConstantKernel(PLAIN.weather_c**2, "fixed") * Matern(memory, "fixed", nu=0.5), [3])
    judge = GaussianProcessRegressor(wave + weather, alpha=1e-10, optimizer=None)
    believed = PLAIN.mean_c + PLAIN.wave_c * np.cos(2 * np.pi * (day - 204.0) / 365.25)
    judge.fit(traits(day), told - believed)

    ours = outlook(PLAIN, told, day, coming)

    ahead = PLAIN.mean_c + PLAIN.wave_c * np.cos(2 * np.pi * (coming - 204.0) / 365.25)
    np.testing.assert_allclose(ours.mean_c, ahead + judge.predict(traits(coming)), atol=1e-4)


class _Columns(RBF):
    """A kernel on some columns: scikit-learn has none."""

    def __init__(self, inner: object, columns: list[int]) -> None:
        super().__init__(1.0, "fixed")
        self.inner, self.columns = inner, columns

    def __call__(self, one, other=None, eval_gradient=False):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN204, FBT002
        cut = None if other is None else other[:, self.columns]
        values = self.inner(one[:, self.columns], cut)
        return (values, np.empty((*values.shape, 0))) if eval_gradient else values

    def diag(self, one):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        return self.inner.diag(one[:, self.columns])


def test_tomorrow_is_surer_than_next_month() -> None:
    random = np.random.default_rng(3)
    day, warm = year(330)
    told = warm + random.normal(0, 3, 330)

    ahead = outlook(Habit(), told[:300], day[:300], day[300:330])

    assert ahead.weather_c[0] < 0.8 * ahead.weather_c[-1]
    assert ahead.slow_c[0] < ahead.slow_c[-1]


def test_days_without_a_reading_are_passed_over() -> None:
    day, warm = year(200)
    torn = warm.copy()
    torn[50:80] = np.nan

    ahead = outlook(Habit(), torn, day, day[-1] + np.arange(1.0, 4.0))

    assert np.isfinite(ahead.mean_c).all()
    assert len(ahead.known) == 170
    assert paths(ahead, np.zeros((200, 24))).shape == (60, 72)


def test_courses_keep_the_days_shape_and_centre_on_the_mean() -> None:
    random = np.random.default_rng(3)
    day, warm = year(300)
    ahead = outlook(Habit(), warm + random.normal(0, 3, 300), day, day[-1] + np.arange(1.0, 31.0))
    shape = np.tile(np.r_[np.full(12, -2.0), np.full(12, 2.0)], (300, 1))

    courses = paths(ahead, shape)

    assert courses.shape == (60, 720)
    assert (courses.reshape(60, 30, 24)[..., 12] - courses.reshape(60, 30, 24)[..., 0]).round(9).min() == 4.0
    assert abs(courses.mean() - ahead.mean_c.mean()) < 0.5


def test_half_a_day_of_readings_makes_a_mean_and_less_makes_none() -> None:
    values = np.r_[np.full(12, 10.0), np.full(12, np.nan), np.full(11, 7.0), np.full(13, np.nan)]

    mean, shape = day_means(values, 24)

    assert mean[0] == 10.0
    assert np.isnan(mean[1])
    assert not shape.any()


def test_month_ahead_intervals_hold_at_other_places_thermometers() -> None:
    """Two PV stations of cn-stategrid-pv, from each third month on: about four fifths lie inside 80 % intervals."""
    folder = os.environ.get("WATTLOOM_DATA")
    if not folder:
        pytest.skip("WATTLOOM_DATA names no folder of source tables")
    inside = []
    for name in ("site1_50mw_original", "site5_110mw_original"):
        table = pd.read_parquet(Path(folder) / f"energy/cn-stategrid-pv/{name}.parquet").set_index("time")
        warm = table.air_temp_c.where((table.air_temp_c > -40) & (table.air_temp_c < 50)).resample("h").mean()
        warm = warm[warm.index[0].normalize() + pd.Timedelta(days=1) :]
        first = warm.index[0].dayofyear
        for days in range(90, 330, 30):
            mean, shape = day_means(warm.to_numpy(np.float64)[: days * 24], 24)
            ahead = outlook(Habit(), mean, np.arange(days) + float(first), np.arange(days, days + 30) + float(first))
            low, high = np.quantile(paths(ahead, shape), [0.1, 0.9], axis=0)
            came = warm.to_numpy(np.float64)[days * 24 : (days + 30) * 24]
            inside.append(np.mean((came >= low) & (came <= high)))

    assert 0.70 <= np.mean(inside) <= 0.92


def test_past_years_are_the_same_weeks_a_few_days_earlier_and_later() -> None:
    """Four years of days numbered from 0, one value a day, ten days asked for: starts lie whole years back, ±6 days."""
    past = np.arange(4 * 366, dtype=float)

    courses = past_years(past, 10, 1)

    assert courses.shape[1] == 11  # The day before it begins, then ten days.
    assert (np.diff(courses, axis=1) == 1).all()
    starts = courses[:, 1].tolist()
    a_year_ago = 4 * 366 - 365
    assert {a_year_ago + shift for shift in range(-6, 7, 2)} <= set(starts)
    assert min(starts) >= 1
    assert max(starts) + 10 <= len(past)


def test_a_record_shorter_than_a_year_has_no_past_years() -> None:
    assert past_years(np.zeros(200), 10, 1).shape == (0, 11)
