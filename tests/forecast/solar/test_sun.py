"""Is a station's clear-sky curve the sun's, and is it found again in a record?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pvlib
import pytest
from numpy.typing import NDArray
from tests.forecast.stations import PLACE, START, station

from wattloom.domain.forecasts import TargetKind
from wattloom.forecast.feed import Feed, starts_of
from wattloom.forecast.sight import Sight
from wattloom.forecast.solar.sun import (
    LOSSES_SHARE,
    TURBIDITY,
    clear_light,
    learnt_curve,
    lights_of,
    plain_field,
    sun_at,
)
from wattloom.forecast.task import Task

TASK = Task.day_ahead(step_minutes=60)
HOUR_S = 3600


def facts(days: int = 90) -> Feed:
    """A solar station of 50 MW at 38° N, without its values."""
    feed = station(TargetKind.SOLAR, days=days)
    return Sight(feed, TASK, np.array([int(START.timestamp())])).about


def year_of_hours() -> NDArray[np.int64]:
    return int(START.timestamp()) + HOUR_S * np.arange(0, 8760, 7, dtype=np.int64)


def test_the_sun_stands_where_pvlib_sees_it_within_half_a_degree() -> None:
    starts = year_of_hours()
    judge = pvlib.solarposition.get_solarposition(
        pd.to_datetime(starts + HOUR_S // 2, unit="s", utc=True), PLACE.latitude_deg, PLACE.longitude_deg
    )

    sun = sun_at(starts, 60, PLACE.latitude_deg, PLACE.longitude_deg)

    zenith, azimuth = np.radians(judge.zenith.to_numpy()), np.radians(judge.azimuth.to_numpy())
    cosine = (
        sun.up * np.cos(zenith)
        + sun.east * np.sin(zenith) * np.sin(azimuth)
        + sun.north * np.sin(zenith) * np.cos(azimuth)
    )
    assert np.degrees(np.arccos(np.clip(cosine, -1, 1))).max() < 0.6


def test_a_plain_field_gives_what_pvlib_carries_onto_its_modules() -> None:
    """Isotropic sky, tilt 38°, albedo 0.2, PVWatts' losses: each step by pvlib from its own sun."""
    starts = year_of_hours()
    middles = pd.to_datetime(starts + HOUR_S // 2, unit="s", utc=True)
    sun = pvlib.solarposition.get_solarposition(middles, PLACE.latitude_deg, PLACE.longitude_deg)
    zenith = sun.zenith.clip(upper=89.9)
    airmass = pvlib.atmosphere.get_relative_airmass(zenith)
    light = pvlib.clearsky.ineichen(zenith, airmass, TURBIDITY, 0.0, pvlib.irradiance.get_extra_radiation(middles))
    light = light.where(sun.zenith < 90, 0.0)
    on_modules = pvlib.irradiance.get_total_irradiance(
        38.0, 180.0, sun.zenith, sun.azimuth, light["dni"], light["ghi"], light["dhi"], albedo=0.2, model="isotropic"
    )["poa_global"]

    power = plain_field(facts()).power(starts, 60)

    judge = np.minimum(50.0 * (1 - LOSSES_SHARE) * on_modules.fillna(0.0).to_numpy() / 1000.0, 50.0)
    assert power.sum() == pytest.approx(judge.sum(), rel=0.01)
    assert np.abs(power - judge).max() < 1.5  # MW of 50, at dusk behind the field


def test_at_night_there_is_no_light() -> None:
    starts = np.array([int((START + timedelta(hours=0)).timestamp())])  # midnight in Shanghai

    assert plain_field(facts()).power(starts, 60).tolist() == [0.0]


def test_the_envelope_of_a_clear_record_is_the_record_itself_to_four_percent() -> None:
    about = facts()
    truth = replace(plain_field(about), weights=np.array([20.0, 5.0, 30.0, 40.0]))
    starts = starts_of(about.axis)

    curve = learnt_curve(about, starts, truth.power(starts, 60))

    assert curve.examples > 500
    np.testing.assert_allclose(curve.power(starts, 60), truth.power(starts, 60), atol=2.0)  # MW of 50


def test_clouds_below_the_envelope_hardly_move_it() -> None:
    """Half of all hours at half the light: the envelope stays within a tenth of the clear sky at its noon."""
    about = facts()
    truth, starts = plain_field(about), starts_of(about.axis)
    clear = truth.power(starts, 60)
    clouded = clear * np.where(np.random.default_rng(1).random(clear.size) < 0.5, 0.5, 1.0)

    curve = learnt_curve(about, starts, clouded)

    assert curve.power(starts, 60).max() == pytest.approx(clear.max(), rel=0.1)


def test_a_place_not_told_is_learnt_from_waking_and_sleeping() -> None:
    about = facts()
    starts = starts_of(about.axis)
    powers = plain_field(about).power(starts, 60)

    curve = learnt_curve(replace(about, place=None), starts, powers)

    assert curve.latitude_deg == pytest.approx(PLACE.latitude_deg, abs=8)
    assert curve.longitude_deg == pytest.approx(PLACE.longitude_deg, abs=7.5)  # half an hour of the sun: the step


def test_a_week_is_too_short_for_an_envelope() -> None:
    about = facts(days=7)
    starts = starts_of(about.axis)

    assert learnt_curve(about, starts, np.full(starts.shape, 10.0)).examples == 0


def test_beams_from_the_south_are_told_from_the_suns_height_by_hand() -> None:
    """900 W/m² of beam at 45° in the south, 100 diffuse: 0.636 from above, none from the east, 0.636 from south."""
    sun = replace(
        sun_at(np.array([0]), 60, 0.0, 0.0),
        up=np.array([0.5**0.5]),
        east=np.array([0.0]),
        north=np.array([-(0.5**0.5)]),
    )

    assert lights_of(sun, np.array([900.0]), np.array([100.0])).round(3).tolist() == [[0.636, 0.0, 0.636, 0.1]]


def test_clear_light_is_split_as_on_a_fine_day() -> None:
    """With the sun at 60° direct light is some 900 W/m² and diffuse a tenth of it."""
    sun = replace(sun_at(np.array([0]), 60, 0.0, 0.0), up=np.array([np.sin(np.radians(60))]), day=np.array([80]))

    direct, diffuse = clear_light(sun)

    assert 800 < direct[0] < 950
    assert 60 < diffuse[0] < 150
