"""How do values stand on another axis?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pvlib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattloom.domain.errors import InputError
from wattloom.domain.series import Series
from wattloom.domain.time import TimeAxis
from wattloom.domain.weather import Place, Weather, WeatherKind
from wattloom.intake import datasets
from wattloom.intake.axis import bring_onto, onto_year, standard_offset_minutes

if TYPE_CHECKING:
    from collections.abc import Callable

SHANGHAI, BERLIN, KOLKATA = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kolkata")
UTC_ZONE = ZoneInfo("UTC")
START = datetime(2026, 1, 1, tzinfo=UTC)


def series(values: object, step_minutes: int = 60, start: datetime = START) -> Series:
    """A series from a plain list."""
    array = np.asarray(values, dtype=float)
    return Series(axis=TimeAxis(start, step_minutes, len(array)), values=array, unit="MW", source="a list")


def test_coarser_periods_take_the_mean() -> None:
    coarse = bring_onto(series([1, 3, 5, 7], 30), TimeAxis(START, 60, 2))

    assert coarse.values.tolist() == [2, 6]
    assert coarse.source == "a list; 30 min mean over 60 min"


def test_finer_periods_hold_the_value() -> None:
    fine = bring_onto(series([1, 3]), TimeAxis(START, 15, 8))

    assert fine.values.tolist() == [1, 1, 1, 1, 3, 3, 3, 3]


def test_periods_half_an_hour_off_take_half_of_each() -> None:
    shifted = bring_onto(series([0, 10, 20]), TimeAxis(START + timedelta(minutes=30), 60, 2))

    assert shifted.values.tolist() == [5, 15]


def test_a_part_of_the_stretch_is_cut_out() -> None:
    assert bring_onto(series(range(10)), TimeAxis(START + timedelta(hours=4), 60, 3)).values.tolist() == [4, 5, 6]


def test_missing_values_stay_missing() -> None:
    coarse = bring_onto(series([1, np.nan, 5, 7], 30), TimeAxis(START, 60, 2))

    assert np.isnan(coarse.values[0])
    assert coarse.values[1] == 6


def test_missing_values_on_periods_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InputError, match="a complete series"):
        bring_onto(series([0, np.nan, 20]), TimeAxis(START + timedelta(minutes=30), 60, 2))


def test_a_gap_at_the_ends_is_refused() -> None:
    with pytest.raises(InputError, match="a gap at its ends is never filled"):
        bring_onto(series([1, 2]), TimeAxis(START, 60, 3))


@given(
    st.lists(st.floats(0, 1e4), min_size=24, max_size=24),
    st.sampled_from([10, 15, 20, 30, 60, 120, 180, 360]),
    st.sampled_from([15, 30, 60]),
)
def test_energy_is_kept_on_every_axis(values: list[float], step: int, own_step: int) -> None:
    given_mw = series(values, own_step)
    minutes = 24 * own_step
    if minutes % step:
        return

    other = bring_onto(given_mw, TimeAxis(START, step, minutes // step))

    assert other.values.sum() * step == pytest.approx(sum(values) * own_step, rel=1e-9, abs=1e-6)


def test_a_typical_year_keeps_its_noon_on_another_clock(weather_of: Callable[..., Weather]) -> None:
    greensboro = Place(latitude_deg=36.1, longitude_deg=-79.95, altitude_m=273, time_zone="Etc/GMT+5")
    typical = weather_of(TimeAxis.of_year(2025, ZoneInfo("Etc/GMT+5")), greensboro)

    laid = onto_year(typical, TimeAxis.of_year(2027, SHANGHAI), SHANGHAI)

    assert laid.ghi_w_per_m2.tolist() == list(range(8760))
    assert laid.place.longitude_deg == pytest.approx(-79.95 + 13 * 15)  # 13 hours from UTC-5 to UTC+8
    assert "laid onto 2027 by month, day and hour of UTC+8" in laid.source.en
    assert laid.of_site


def test_a_typical_year_keeps_its_sun_at_another_place(weather_of: Callable[..., Weather], hami: Place) -> None:
    greensboro = Place(latitude_deg=36.1, longitude_deg=-79.95, altitude_m=273, time_zone="Etc/GMT+5")
    typical = weather_of(TimeAxis.of_year(2025, ZoneInfo("Etc/GMT+5")), greensboro)

    laid = onto_year(typical, TimeAxis.of_year(2027, SHANGHAI), SHANGHAI, place=hami)

    # 173.45 degrees east are 11.56 h of sun; on whole hours 12, so the place stands 180 degrees farther east.
    assert laid.place.longitude_deg == pytest.approx(-79.95 + 180)
    assert laid.ghi_w_per_m2[1] == 0  # 01:00 in Shanghai reads what midnight read in Greensboro
    assert not laid.of_site


@pytest.mark.parametrize("name", ["typical-greensboro", "typical-miami", "sand-point"])
def test_the_sun_still_fits_the_irradiance_after_a_move(name: str, hami: Place) -> None:
    axis = TimeAxis.of_year(2028, SHANGHAI)

    laid = onto_year(datasets.weather(name), axis, SHANGHAI, place=hami)

    middles = axis.instants() + pd.Timedelta("30min")
    sun = pvlib.solarposition.get_solarposition(middles, laid.place.latitude_deg, laid.place.longitude_deg)
    cosine = np.cos(np.radians(sun["zenith"].to_numpy()))
    rebuilt = laid.dni_w_per_m2 * np.clip(cosine, 0, None) + laid.dhi_w_per_m2
    assert np.abs(rebuilt - laid.ghi_w_per_m2)[cosine > 0.1].mean() < 5.0  # W/m²; the wrong hour gives over 60
    assert laid.ghi_w_per_m2[cosine < -0.1].max() < 5.0


def test_29_february_repeats_the_28th_and_says_so(weather_of: Callable[..., Weather], hami: Place) -> None:
    typical = weather_of(TimeAxis.of_year(2025, SHANGHAI), hami)

    laid = onto_year(typical, TimeAxis.of_year(2028, SHANGHAI), SHANGHAI)

    day_59, day_60, day_61 = (laid.ghi_w_per_m2[day * 24 : day * 24 + 24] for day in (58, 59, 60))
    assert day_59.tolist() == day_60.tolist() == list(range(58 * 24, 59 * 24))
    assert day_61[0] == 59 * 24
    assert "28 February stands for the 29th too" in laid.source.en


def test_a_leap_year_leaves_its_29th_out_of_a_common_one() -> None:
    leap = series(np.arange(8784.0), start=datetime(2024, 1, 1, tzinfo=SHANGHAI))

    laid = onto_year(leap, TimeAxis.of_year(2027, SHANGHAI), SHANGHAI)

    assert laid.values[59 * 24] == 60 * 24  # 1 March
    assert "29 February left out" in laid.source


def test_the_very_year_is_only_cut(weather_of: Callable[..., Weather], hami: Place) -> None:
    real = weather_of(TimeAxis.of_year(2019, SHANGHAI), hami, WeatherKind.REANALYSIS)

    assert onto_year(real, TimeAxis.of_year(2019, SHANGHAI), SHANGHAI) is real


def test_prices_of_another_year_follow_standard_time() -> None:
    price = datasets.series("germany-2018-price")

    laid = onto_year(price, TimeAxis.of_year(2027, BERLIN), BERLIN)

    assert laid.values.sum() == pytest.approx(price.values.sum())
    assert laid.values[5000] == price.values[5000]


def test_a_series_of_another_zone_keeps_its_clock() -> None:
    price = datasets.series("germany-2018-price")

    laid = onto_year(price, TimeAxis.of_year(2027, SHANGHAI), SHANGHAI, own_zone=BERLIN)

    assert laid.values[:3].tolist() == price.values[:3].tolist()


def test_half_hour_zones_are_met_by_whole_steps(weather_of: Callable[..., Weather]) -> None:
    place = Place(latitude_deg=0, longitude_deg=0, altitude_m=0, time_zone="UTC")
    typical = weather_of(TimeAxis.of_year(2025, UTC_ZONE), place)

    laid = onto_year(typical, TimeAxis.of_year(2027, KOLKATA), KOLKATA)

    assert laid.ghi_w_per_m2.tolist() == list(range(8760))
    assert laid.place.longitude_deg == pytest.approx(82.5)  # 5.5 h


def test_half_a_year_cannot_stand_for_a_year() -> None:
    with pytest.raises(InputError, match="a whole year of 8,760 or 8,784 hours"):
        onto_year(series(np.zeros(4380)), TimeAxis.of_year(2027, SHANGHAI), SHANGHAI)


def test_weather_from_afar_says_so_even_in_its_own_year(
    weather_of: Callable[..., Weather], hami: Place, berlin: Place
) -> None:
    real = weather_of(TimeAxis.of_year(2019, BERLIN), berlin, WeatherKind.REANALYSIS)

    assert not onto_year(real, TimeAxis.of_year(2019, BERLIN), BERLIN, place=hami).of_site
    near = replace(berlin, latitude_deg=52.6)
    assert onto_year(real, TimeAxis.of_year(2019, BERLIN), BERLIN, place=near).of_site


@pytest.mark.parametrize(
    ("zone", "minutes"),
    [("Europe/Berlin", 60), ("America/New_York", -300), ("Asia/Kolkata", 330), ("Australia/Sydney", 600)],
)
def test_standard_time_is_the_same_in_summer_and_winter(zone: str, minutes: int) -> None:
    for month in (1, 7):
        assert standard_offset_minutes(ZoneInfo(zone), datetime(2026, month, 1, tzinfo=UTC)) == minutes
