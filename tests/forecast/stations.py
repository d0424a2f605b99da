"""Which made-up stations do the tests of forecasting share? Plain laws plus noise, on an hourly clock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from wattloom.domain.forecasts import TargetKind
from wattloom.domain.time import TimeAxis
from wattloom.domain.weather import Place
from wattloom.forecast.feed import Channel, Feed, starts_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
START = datetime(2023, 12, 31, 16, tzinfo=UTC)
"""Midnight of 2024-01-01 in Shanghai."""
HOUR_S = 3600
PLACE = Place(latitude_deg=38.0, longitude_deg=114.5, altitude_m=80.0, time_zone="Asia/Shanghai")
Values = NDArray[np.float64]


def station(
    kind: TargetKind = TargetKind.LOAD,
    *,
    days: int = 90,
    also: Sequence[str] = (),
    delay_minutes: int = 0,
    seed: int = 0,
) -> Feed:
    """A station of a kind with what explains it; `also` names more channels, issued like the weather's forecasts."""
    axis = TimeAxis(START, 60, days * 24)
    random = np.random.default_rng(seed)
    weather = _weather(axis, random)
    truth, capacity, lowest, highest = LAWS[kind](weather, random)
    explained = {**weather, **{name: truth + random.normal(0, 0.1 * truth.std(), axis.count) for name in also}}
    return Feed(
        name=f"{kind}-{seed}",
        kind=kind,
        axis=axis,
        zone=SHANGHAI,
        target=Channel.measured(axis, truth, unit="MW", source="made up", delay_minutes=delay_minutes),
        channels={name: issued(axis, values, random) for name, values in explained.items() if name != "clock"},
        capacity=capacity,
        lowest=lowest,
        highest=highest,
        place=PLACE,
    )


def issued(axis: TimeAxis, truth: Values, random: np.random.Generator) -> Channel:
    """Two versions, two days and three hours ahead, the later one nearer the truth."""
    known = np.stack([starts_of(axis) - 48 * HOUR_S, starts_of(axis) - 3 * HOUR_S])
    doubt = np.array([[0.2], [0.05]]) * truth.std()
    return Channel.issued(truth + doubt * random.normal(size=known.shape), known, unit="1", source="made-up forecast")


def unknown_replaced(feed: Feed, origin_s: int, *, seed: int = 99) -> Feed:
    """The same feed with noise wherever a value was not known at an origin: the stand-in for the future."""

    def replaced(channel: Channel) -> Channel:
        noise = np.random.default_rng(seed).normal(37.0, 1e3, channel.values.shape)
        return replace(channel, values=np.where(channel.known_s > origin_s, noise, channel.values))

    return replace(
        feed,
        target=replaced(feed.target),
        channels={name: replaced(channel) for name, channel in feed.channels.items()},
    )


def torn(feed: Feed, *, share: float = 0.03, seed: int = 5) -> Feed:
    """The same feed with single values missing everywhere, and one whole day of the target."""
    random = np.random.default_rng(seed)

    def holed(channel: Channel) -> Channel:
        return replace(channel, values=np.where(random.random(channel.values.shape) < share, np.nan, channel.values))

    target = holed(feed.target)
    values = target.values.copy()
    values[:, feed.axis.count // 2 : feed.axis.count // 2 + 24] = np.nan
    return replace(
        feed,
        target=replace(target, values=values),
        channels={name: holed(channel) for name, channel in feed.channels.items()},
    )


def _weather(axis: TimeAxis, random: np.random.Generator) -> dict[str, Values]:
    """Sun, wind and warmth with a day's course, and weather that lasts for days."""
    clock = np.arange(axis.count) % 24
    day = np.arange(axis.count) // 24
    cloud = np.clip(0.75 + 0.25 * _lasting(axis.count, 20, random), 0.1, 1.0)
    return {
        "clock": clock.astype(float) + 100.0 * (day % 7),
        "nwp_ghi_w_per_m2": 800 * np.clip(np.sin((clock - 5.5) / 13 * np.pi), 0, None) * cloud,
        "nwp_temperature_c": 10 + 6 * np.sin((clock - 9) / 12 * np.pi) + 4 * _lasting(axis.count, 60, random),
        "nwp_wind_speed_m_per_s": np.abs(7 + 3 * _lasting(axis.count, 12, random)),
        "nwp_wind_direction_deg": (200 + 60 * _lasting(axis.count, 12, random)) % 360,
    }


def _lasting(count: int, hours: float, random: np.random.Generator) -> Values:
    """Noise of unit variance that remembers so many hours."""
    keep, noise = np.exp(-1 / hours), random.normal(size=count)
    values = np.empty(count)
    values[0] = noise[0]
    for i in range(1, count):
        values[i] = keep * values[i - 1] + np.sqrt(1 - keep**2) * noise[i]
    return values


Law = Callable[[dict[str, Values], np.random.Generator], tuple[Values, float | None, float, float]]


def _solar(weather: dict[str, Values], random: np.random.Generator) -> tuple[Values, float | None, float, float]:
    """50 MW that follow the sun."""
    sun = weather["nwp_ghi_w_per_m2"]
    return np.clip(50 * sun / 1000 * (1 + 0.05 * random.normal(size=sun.size)), 0, 50), 50.0, 0.0, 50.0


def _wind(weather: dict[str, Values], random: np.random.Generator) -> tuple[Values, float | None, float, float]:
    """100 MW of turbines, full from 12 m/s."""
    speed = weather["nwp_wind_speed_m_per_s"] + 0.5 * random.normal(size=len(weather["clock"]))
    return 100 * np.clip((speed - 3) / 9, 0, 1) ** 2, 100.0, 0.0, 100.0


def _load(weather: dict[str, Values], random: np.random.Generator) -> tuple[Values, float | None, float, float]:
    """A town: working days, evenings, cold."""
    hour, weekday = weather["clock"] % 100, weather["clock"] // 100
    shape = 80 + 15 * np.sin((hour - 8) / 12 * np.pi) - 10 * (weekday > 4) + 0.8 * (15 - weather["nwp_temperature_c"])
    return np.clip(shape + random.normal(0, 1.5, hour.size), 0, None), None, 0.0, np.inf


def _price(weather: dict[str, Values], random: np.random.Generator) -> tuple[Values, float | None, float, float]:
    """High in the evening, low when the sun shines, sometimes below zero."""
    hour = weather["clock"] % 100
    shape = 60 + 25 * np.sin((hour - 12) / 12 * np.pi) - 0.08 * weather["nwp_ghi_w_per_m2"]
    return shape + 10 * random.normal(size=hour.size), None, -np.inf, np.inf


def _arrivals(weather: dict[str, Values], random: np.random.Generator) -> tuple[Values, float | None, float, float]:
    """Jobs an hour: busy days, quiet weekends, counted."""
    hour, weekday = weather["clock"] % 100, weather["clock"] // 100
    rate = (20 + 15 * np.sin((hour - 8) / 12 * np.pi)) * np.where(weekday > 4, 0.6, 1.0)
    return random.poisson(rate).astype(float), None, 0.0, np.inf


LAWS: dict[TargetKind, Law] = {
    TargetKind.SOLAR: _solar,
    TargetKind.WIND: _wind,
    TargetKind.LOAD: _load,
    TargetKind.PRICE: _price,
    TargetKind.ARRIVALS: _arrivals,
}
