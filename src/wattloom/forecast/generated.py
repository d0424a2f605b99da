"""What would a made-up station have recorded? Seeded records for trying things out; no real place behaves so.

Shapes are plain: the sun's path dimmed by clouds that remember their yesterday, wind that wanders through a Weibull
distribution, load and prices with their days and weeks, jobs that come by chance. Parameters are assumed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import lfilter
from scipy.special import ndtr

from wattloom.domain.forecasts import TargetKind
from wattloom.domain.weather import Place
from wattloom.forecast.feed import SECONDS_PER_MINUTE, Channel, Feed, starts_of
from wattloom.forecast.solar.sun import sun_at

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from wattloom.domain.time import TimeAxis

SOURCE = "generated (seed {seed}): no real station"
MEMORY_DAY_H, MEMORY_HOUR_H = 30.0, 1.0
"""How long a day's weather and a passing cloud last."""
WEATHER_ISSUE_H = 18.0
"""A day's weather forecast is out so long before the day begins: at 06:00 of the day before."""
WEIBULL_SCALE_M_PER_S, WEIBULL_SHAPE = 7.5, 2.0
RATED_M_PER_S = 11.5
GAPS_PER_YEAR, GAP_HOURS_MAX = 12, 20
STANDARD_PRICE = 320.0
"""Level of a made-up price, in whatever unit it is told to be in."""
SPIKE_CHANCE = 0.002
"""Of a made-up price to spike in a period."""
STANDARD_ARRIVALS = 40.0
"""Mean of made-up arrivals a period, where no capacity is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a made-up station is said to be."""

    name: str
    kind: TargetKind
    axis: TimeAxis
    zone: ZoneInfo
    unit: str
    capacity: float | None
    limits: tuple[float, float]
    place: Place | None
    delay_minutes: int
    seed: int


@dataclass(frozen=True, slots=True)
class _Clock:
    """Local time of each period, as arrays of shape (axis.count,)."""

    hour: NDArray[np.float64]
    day_of_year: NDArray[np.float64]
    working: NDArray[np.bool_]


def generated(facts: Facts) -> Feed:
    """The record of a made-up station with a weather forecast where its kind has one, and some gaps."""
    chance = np.random.default_rng([facts.seed, *facts.name.encode()])
    draw = {
        TargetKind.SOLAR: _solar,
        TargetKind.WIND: _wind,
        TargetKind.LOAD: _load,
        TargetKind.PRICE: _price,
        TargetKind.ARRIVALS: _arrivals,
    }[facts.kind]
    values, channels = draw(facts, _clock(facts), chance)
    low, high = facts.limits
    source = SOURCE.format(seed=facts.seed)
    with_gaps = np.where(_gaps(facts, chance), np.nan, np.clip(values, low, high))
    return Feed(
        name=facts.name,
        kind=facts.kind,
        axis=facts.axis,
        zone=facts.zone,
        target=Channel.measured(facts.axis, with_gaps, unit=facts.unit, source=source,
                                delay_minutes=facts.delay_minutes),
        channels={
            name: Channel.issued(series, _weather_known_s(facts), unit=unit, source=source)
            for name, (series, unit) in channels.items()
        },
        capacity=facts.capacity,
        lowest=low,
        highest=high,
        place=facts.place,
    )  # fmt: skip


Drawn = tuple["NDArray[np.float64]", dict[str, tuple["NDArray[np.float64]", str]]]
"""Values, and the channels beside them with their units."""


def _solar(facts: Facts, clock: _Clock, chance: np.random.Generator) -> Drawn:
    """The sun's path, dimmed by a day's clouds and by those that pass; forecast are the day's only."""
    place = facts.place or Place(latitude_deg=38.0, longitude_deg=106.0, altitude_m=1200, time_zone=facts.zone.key)
    sun = sun_at(starts_of(facts.axis), facts.axis.step_minutes, place.latitude_deg, place.longitude_deg)
    height = np.clip(sun.up, 0.0, None)
    clear = 1098.0 * height * np.exp(-0.057 / np.maximum(height, 1e-3))  # Haurwitz, J. Meteorology 2 (1945), W/m².
    day, passing = _wander(facts, chance, MEMORY_DAY_H), _wander(facts, chance, MEMORY_HOUR_H)
    air = _air(facts, clock, chance)
    ghi = clear * _share(1.3 + 1.3 * day + 0.8 * passing)
    told = clear * _share(1.3 + 1.3 * day + 0.5 * _wander(facts, chance, MEMORY_DAY_H))
    power = (facts.capacity or 1.0) * ghi / 950.0 * (1 - 0.004 * (air - 15.0))
    return power, {"nwp_ghi_w_per_m2": (told, "W/m2"), "nwp_air_temperature_c": (air, "°C")}


def _wind(facts: Facts, clock: _Clock, chance: np.random.Generator) -> Drawn:
    """Speeds of a Weibull distribution that wander, through a plain power curve."""
    slow, quick = _wander(facts, chance, MEMORY_DAY_H), _wander(facts, chance, MEMORY_HOUR_H * 2)
    winter = 0.25 * np.cos(2 * np.pi * (clock.day_of_year - 20) / 365.0)

    def speed(wander: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(WEIBULL_SCALE_M_PER_S * (-np.log(1 - ndtr(wander))) ** (1 / WEIBULL_SHAPE))

    blown = speed(0.93 * slow + 0.3 * quick + winter)
    told = speed(0.85 * slow + 0.4 * _wander(facts, chance, MEMORY_DAY_H) + winter)
    power = (facts.capacity or 1.0) * np.clip(blown / RATED_M_PER_S, 0.0, 1.0) ** 3
    return power, {"nwp_wind_speed_m_per_s": (told, "m/s"), "nwp_air_temperature_c": (_air(facts, clock, chance), "°C")}


def _load(facts: Facts, clock: _Clock, chance: np.random.Generator) -> Drawn:
    """Two humps a day, less at weekends, more in heat and cold."""
    top = facts.capacity or 100.0
    air = _air(facts, clock, chance)
    day = 0.5 + 0.1 * np.exp(-(((clock.hour - 10.5) / 3) ** 2)) + 0.14 * np.exp(-(((clock.hour - 19.5) / 2.5) ** 2))
    weather = 0.008 * np.maximum(air - 22, 0) + 0.004 * np.maximum(8 - air, 0)
    level = day * np.where(clock.working, 1.0, 0.88) + weather + 0.012 * _wander(facts, chance, 6.0)
    return top * level, {"nwp_air_temperature_c": (air + 0.8 * _wander(facts, chance, 12.0), "°C")}


def _price(facts: Facts, clock: _Clock, chance: np.random.Generator) -> Drawn:
    """Dear in the evening, cheap at noon, spikes now and then."""
    evening = 0.35 * np.exp(-(((clock.hour - 19.5) / 2.5) ** 2))
    noon = 0.45 * np.exp(-(((clock.hour - 13.0) / 2.5) ** 2))
    level = 1.0 + evening - noon - np.where(clock.working, 0.0, 0.1) + 0.18 * _wander(facts, chance, 20.0)
    spikes = np.where(chance.random(facts.axis.count) < SPIKE_CHANCE, chance.exponential(0.8, facts.axis.count), 0.0)
    return STANDARD_PRICE * (level + spikes), {}


def _arrivals(facts: Facts, clock: _Clock, chance: np.random.Generator) -> Drawn:
    """Jobs that come by chance, more in working hours."""
    mean = (facts.capacity or 4 * STANDARD_ARRIVALS) / 4
    daily = 0.45 + np.exp(-(((clock.hour - 15.0) / 4.0) ** 2))
    rate = mean * daily * np.where(clock.working, 1.0, 0.55) * np.exp(0.2 * _wander(facts, chance, 8.0))
    return chance.poisson(rate).astype(np.float64), {}


def _air(facts: Facts, clock: _Clock, chance: np.random.Generator) -> NDArray[np.float64]:
    """Air temperature, °C: a year, a day, and weather."""
    year = -np.cos(2 * np.pi * (clock.day_of_year - 20) / 365.0)
    day = -np.cos(2 * np.pi * (clock.hour - 3.0) / 24.0)
    return np.asarray(11.0 + 14.0 * year + 5.0 * day + 3.0 * _wander(facts, chance, 72.0))


def _wander(facts: Facts, chance: np.random.Generator, memory_h: float) -> NDArray[np.float64]:
    """A standard normal value that forgets itself over so many hours: a first-order autoregression."""
    kept = np.exp(-facts.axis.step_hours / memory_h)
    pushes = chance.standard_normal(facts.axis.count) * np.sqrt(1 - kept**2)
    pushes[0] = chance.standard_normal()
    return np.asarray(lfilter([1.0], [1.0, -kept], pushes))


def _share(value: NDArray[np.float64]) -> NDArray[np.float64]:
    """Any number as a share between 0 and 1."""
    return np.asarray(1 / (1 + np.exp(-value)))


def _gaps(facts: Facts, chance: np.random.Generator) -> NDArray[np.bool_]:
    """Stretches without a reading: about one a month, some hours each."""
    missing = np.zeros(facts.axis.count, dtype=bool)
    for _ in range(round(GAPS_PER_YEAR * facts.axis.hours / 8766)):
        # The newest week stays whole, so that the first forecast a reader makes needs no fall-back.
        newest = max(1, facts.axis.count - round(168 / facts.axis.step_hours))
        first = int(chance.integers(0, newest))
        missing[first : min(newest, first + round(chance.uniform(1, GAP_HOURS_MAX) / facts.axis.step_hours))] = True
    return missing


def _weather_known_s(facts: Facts) -> NDArray[np.int64]:
    """When the weather forecast of each period came out: some hours before its local day began."""
    midnight = facts.axis.local(facts.zone).normalize().tz_convert("UTC").as_unit("s").asi8
    return np.asarray(midnight - round(WEATHER_ISSUE_H * 60) * SECONDS_PER_MINUTE, dtype=np.int64)


def _clock(facts: Facts) -> _Clock:
    """Local hours, days and working days."""
    local = facts.axis.local(facts.zone)
    return _Clock(
        hour=np.asarray(local.hour + local.minute / 60, dtype=np.float64),
        day_of_year=np.asarray(local.dayofyear, dtype=np.float64),
        working=np.asarray(local.dayofweek < 5),  # noqa: PLR2004 - Monday to Friday
    )
