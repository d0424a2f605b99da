"""How warm may the coming days be, where nobody has forecast it?

A year's wave, slow departures from it that last about a month, and weather that lasts days: a Gaussian process over
daily means. Its prior says what is true of most inhabited places between the tropics and the polar circles, so that
three months of record already speak of the fourth; the record outweighs it as it grows. Paths for the coming days take
the weather of past days in the record's own order (shifted dates: Xie and Hong, "Temperature scenario generation for
probabilistic load forecasting", IEEE Trans. Smart Grid 9 (2018) 1680-1687), laid on the process' mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.special import ndtri

if TYPE_CHECKING:
    from numpy.typing import NDArray

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
YEAR_DAYS = 365.25
WARMEST_DAY = 204.0
"""Day of the year, 23 July: about a month after the longest day, as on northern continents; assumed."""
DAYS_MAX = 800
"""Older days are left out: two years tell the wave."""
SHIFTS_DAYS = range(-6, 7, 2)
SCENARIOS = 60
ABS_LOG_MEAN = -0.635
"""Mean of the logarithm of a standard normal's size: −(γ + ln 2)/2."""
ABS_LOG_SPREAD = 1.11
"""Its standard deviation: π/(2√2)."""
SMALLEST_C = 0.1
GOLDEN = 0.618_033_988_75


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """What is believed of a place's warmth before it is seen; all in °C and days; northern, unless told."""

    warmest_day: float = WARMEST_DAY

    mean_c: float = 14.0
    mean_spread_c: float = 5.0
    wave_c: float = 11.0
    """Half of what lies between the warmest and the coldest day of a year."""
    wave_spread_c: float = 3.0
    lag_spread_c: float = 1.5
    """Of the wave's other half, by which its warmest day comes earlier or later."""
    slow_c: float = 2.25
    slow_days: float = 30.0
    weather_c: float = 3.0
    weather_kept: float = 0.75
    """Share of a day's weather still there on the next."""
    summer_calm: float = -0.3
    """Logarithm of how much smaller departures are on the warmest day than at the year's middle."""
    summer_calm_spread: float = 0.3
    calm_days: float = 4.0
    """So many days in a row count as one witness of it."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """Daily means to come: the process given the days before; shape (days,) each."""

    mean_c: Array
    slow_c: Array
    """Standard deviation of what stays for weeks: the wave's own doubt and slow departures."""
    weather_c: Array
    """Standard deviation of the days' weather."""
    past_weather: Array
    """Known days' departures from the wave, in standard deviations of their season; shape (known days,)."""
    known: NDArray[np.int64]
    """Which of the past days are known."""


def outlook(habit: Habit, past_c: Array, past_day: Array, coming_day: Array) -> Outlook:
    """What is to be expected of coming days.

    Args:
        habit: what is believed beforehand.
        past_c: daily means; shape (days,), NaN where there is none.
        past_day: their days, counted so that the day of the year is its remainder by a year; shape (days,).
        coming_day: the same for the days asked for.
    """
    known = np.flatnonzero(np.isfinite(past_c))[-DAYS_MAX:]
    values, days = past_c[known], past_day[known]
    prior = np.diag([habit.mean_spread_c, habit.wave_spread_c, habit.lag_spread_c]) ** 2
    start = np.array([habit.mean_c, habit.wave_c, 0.0])
    wave, wave_ahead = _wave(habit, days), _wave(habit, coming_day)
    held = cho_factor(_weather(habit, days, days) + _slow(habit, days, days) + wave @ prior @ wave.T)
    pull = cho_solve(held, values - wave @ start)
    lasting = _slow(habit, coming_day, days) + wave_ahead @ prior @ wave.T
    passing = _weather(habit, coming_day, days)
    ahead = _slow(habit, coming_day, coming_day) + wave_ahead @ prior @ wave_ahead.T
    slow = np.diag(ahead - lasting @ cho_solve(held, lasting.T))
    fast = habit.weather_c**2 - np.diag(passing @ cho_solve(held, passing.T))
    departures = values - wave @ (start + prior @ wave.T @ pull)
    slope = _calm(habit, departures, days)
    standard = departures / np.exp(slope * _season(habit, days))
    season = np.exp(slope * _season(habit, coming_day))
    return Outlook(
        mean_c=wave_ahead @ start + (lasting + passing) @ pull,
        slow_c=np.sqrt(np.maximum(slow, 0.0)) * season,
        weather_c=np.sqrt(np.maximum(fast, 0.0)) * season * standard.std() / habit.weather_c,
        past_weather=(standard - standard.mean()) / max(float(standard.std()), SMALLEST_C),
        known=known,
    )


def paths(outlook: Outlook, past_shape_c: Array, *, count: int = SCENARIOS) -> Array:
    """Equally likely courses of temperature through the coming days; shape (count, days × periods of a day), °C.

    Args:
        outlook: daily means.
        past_shape_c: within past days, departures from each day's mean; shape (past days, periods of a day).
        count: how many.
    """
    days, known = len(outlook.mean_c), len(outlook.known)
    first = np.linspace(0, known, count, endpoint=False).astype(np.int64)
    # As many departures that stay as there are paths, each used once, in an order that has nothing to do with theirs.
    lasting = ndtri((np.argsort(np.argsort((np.arange(count) * GOLDEN) % 1.0)) + 0.5) / count)
    taken = (first[:, None] + np.arange(days)[None, :]) % known
    daily = outlook.mean_c + lasting[:, None] * outlook.slow_c + outlook.past_weather[taken] * outlook.weather_c
    return np.asarray((daily[:, :, None] + past_shape_c[outlook.known][taken]).reshape(count, -1))


def past_years(past_c: Array, ahead: int, slots: int) -> Array:
    """The same weeks of years on record, each also a few days earlier and later; shape (courses, slots + ahead), °C.

    The first day of each course is the one before it begins.

    Args:
        past_c: the record, whole days up to the first that is not known; shape (days × slots,).
        ahead: periods asked for.
        slots: periods of a day.
    """
    days, whole = len(past_c) // slots, -(-ahead // slots)
    starts = [days - round(year * YEAR_DAYS) + shift for year in range(1, days) for shift in SHIFTS_DAYS]
    kept = [one for one in starts if one >= 1 and one + whole <= days]
    found = [past_c[(one - 1) * slots : one * slots + ahead] for one in kept]
    return np.array(found) if found else np.empty((0, slots + ahead))


def _wave(habit: Habit, days: Array) -> Array:
    """One, and the year's wave in two halves."""
    turn = 2 * np.pi * (days - habit.warmest_day) / YEAR_DAYS
    return np.stack([np.ones(len(days)), np.cos(turn), np.sin(turn)], axis=1)


def _season(habit: Habit, days: Array) -> Array:
    """From −1 on the coldest day to 1 on the warmest."""
    return np.asarray(np.cos(2 * np.pi * (days - habit.warmest_day) / YEAR_DAYS))


def _slow(habit: Habit, one: Array, other: Array) -> Array:
    """Covariance of slow departures."""
    return np.asarray(habit.slow_c**2 * np.exp(-np.abs(np.subtract.outer(one, other)) / habit.slow_days))


def _weather(habit: Habit, one: Array, other: Array) -> Array:
    """Covariance of the days' weather."""
    return np.asarray(habit.weather_c**2 * habit.weather_kept ** np.abs(np.subtract.outer(one, other)))


def _calm(habit: Habit, departures: Array, days: Array) -> float:
    """Slope of the logarithm of departures' size over the season, drawn towards what is believed."""
    size = np.log(np.maximum(np.abs(departures), SMALLEST_C)) - ABS_LOG_MEAN
    season = _season(habit, days) - _season(habit, days).mean()
    weight = 1.0 / (habit.calm_days * ABS_LOG_SPREAD**2)
    certain = 1.0 / habit.summer_calm_spread**2
    told = weight * float(season @ (size - size.mean()))
    return (habit.summer_calm * certain + told) / (certain + weight * float(season @ season))


def day_means(values_c: NDArray[np.float64], slots: int) -> tuple[Array, Array]:
    """Daily means and departures from them of a record that begins at midnight; NaN days where half is missing."""
    whole = values_c[: len(values_c) // slots * slots].reshape(-1, slots)
    enough = np.isfinite(whole).sum(axis=1) * 2 >= slots
    mean = np.full(len(whole), np.nan)
    mean[enough] = np.nanmean(whole[enough], axis=1)
    shape = np.where(np.isnan(whole), 0.0, whole - np.nan_to_num(mean)[:, None])
    return mean, np.where(enough[:, None], shape, 0.0)
