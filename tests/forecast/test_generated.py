"""Are made-up stations the same every time, plausible, and told as made up?"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from wattloom.domain.forecasts import TargetKind
from wattloom.domain.time import TimeAxis
from wattloom.domain.weather import Place
from wattloom.forecast.feed import Feed, starts_of
from wattloom.forecast.generated import Facts, generated
from wattloom.forecast.solar.daylight import daytime

SHANGHAI = ZoneInfo("Asia/Shanghai")
PLACE = Place(latitude_deg=38.5, longitude_deg=106.2, altitude_m=1110, time_zone="Asia/Shanghai")


def made(kind: TargetKind, seed: int = 1) -> Feed:
    return generated(
        Facts(name="here", kind=kind, axis=TimeAxis(datetime(2026, 1, 1, tzinfo=SHANGHAI), 60, 365 * 24), zone=SHANGHAI,
              unit="MW", capacity=50.0, limits=(-100.0 if kind is TargetKind.PRICE else 0.0, 5000.0), place=PLACE,
              delay_minutes=0, seed=seed)
    )  # fmt: skip


@pytest.mark.parametrize("kind", list(TargetKind))
def test_one_seed_gives_one_record_with_gaps_that_says_what_it_is(kind: TargetKind) -> None:
    one, again, other = made(kind), made(kind), made(kind, seed=2)

    np.testing.assert_array_equal(one.target.values, again.target.values)
    assert not np.array_equal(one.target.values, other.target.values, equal_nan=True)
    assert 0 < np.isnan(one.target.values).mean() < 0.05
    assert "no real station" in one.target.source


def test_the_sun_gives_nothing_at_night_and_a_plausible_share_of_the_year() -> None:
    """Fixed fields of the north of China give 12 % to 20 % of their capacity."""
    sun = made(TargetKind.SOLAR)
    dark = ~daytime(sun, starts_of(sun.axis))

    assert np.nanmax(sun.target.values[0, dark]) < 0.5
    assert 0.12 < np.nanmean(sun.target.values) / 50 < 0.22


def test_weather_is_told_before_the_day_and_is_no_oracle() -> None:
    wind = made(TargetKind.WIND)
    told = wind.channels["nwp_wind_speed_m_per_s"]

    assert (told.known_s < starts_of(wind.axis)).all()
    assert not told.oracle
    assert 0.5 < np.corrcoef(told.values[0, ~np.isnan(wind.target.values[0])],
                             wind.target.values[0, ~np.isnan(wind.target.values[0])])[0, 1] < 0.95  # fmt: skip
