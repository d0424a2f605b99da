"""Does the physical solar model follow the sun, the index and the weather forecast?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pvlib
import pytest
from numpy.typing import NDArray
from tests.forecast.stations import PLACE, START, station

from wattloom.domain.errors import MissingData
from wattloom.domain.forecasts import TargetKind
from wattloom.forecast.feed import Channel, Feed, starts_of
from wattloom.forecast.models.clear_sky import (
    HEAT_SHARE_PER_C,
    IRRADIANCE,
    ClearSky,
    FittedPhysics,
    FittedSky,
    physical_power,
    quantiles_known,
)
from wattloom.forecast.sight import Sight, Training
from wattloom.forecast.solar.sun import LOSSES_SHARE, plain_field, sun_at
from wattloom.forecast.task import Task

TASK = Task.day_ahead(step_minutes=60)
DAYS = 120


def clouded(index: NDArray[np.float64], *, capacity: float | None = 50.0) -> Feed:
    """A station that gives so much of a plain field's clear-sky power on each day; without a weather forecast."""
    plain = replace(station(TargetKind.SOLAR, days=index.size), channels={}, capacity=capacity)
    power = plain_field(plain).power(starts_of(plain.axis), 60) * np.repeat(index, 24)
    return replace(plain, target=Channel.measured(plain.axis, power, unit="MW", source="by hand"))


def said(feed: Feed, day: int) -> NDArray[np.float64]:
    cutoff = START + timedelta(days=day)
    fitted = ClearSky().fit([Training.until(feed, TASK, cutoff)])
    return fitted.predict(Sight(feed, TASK, np.array([int(cutoff.timestamp())])))[0]


def test_a_sky_that_never_changes_is_foretold_as_it_is() -> None:
    feed = clouded(np.full(DAYS, 0.6))

    quantiles = said(feed, 100)

    came = feed.target.values[0][100 * 24 : 101 * 24]
    assert came.max() > 20
    np.testing.assert_allclose(quantiles[:, 4], came, atol=2.0)
    assert (quantiles[:, -1] - quantiles[:, 0]).max() < 4.0


def test_an_index_that_lasts_is_carried_on_and_one_that_does_not_is_averaged() -> None:
    """After a dark day: where weather lasts, dark is foretold; where it is dice, the usual."""
    random = np.random.default_rng(0)
    lasting = np.where(np.arange(DAYS) // 10 % 2 == 0, 0.3, 0.9)
    dice = np.where(random.random(DAYS) < 0.5, 0.3, 0.9)
    dice[99] = 0.3

    after_dark = said(clouded(lasting), 105 if lasting[104] < 0.5 else 108)
    usual = said(clouded(dice), 100)

    middle = np.array([12])
    clear = plain_field(clouded(dice)).power(starts_of(clouded(dice).axis)[100 * 24 + middle], 60)[0]
    assert after_dark[12].mean() < 0.55 * clear
    assert 0.45 * clear < usual[12].mean() < 0.75 * clear


def test_a_station_without_a_record_has_the_sun_and_an_assumed_sky() -> None:
    feed = clouded(np.full(DAYS, np.nan))
    fitted = ClearSky().fit([Training.until(feed, TASK, START + timedelta(days=5))])

    assert isinstance(fitted, FittedSky)
    assert fitted.facts()["examples"] == 0
    quantiles = fitted.predict(Sight(feed, TASK, np.array([int(START.timestamp())])))[0]
    assert quantiles[12, 4] > 10
    assert quantiles[0].max() == 0


def test_without_record_and_capacity_it_refuses() -> None:
    feed = clouded(np.full(DAYS, np.nan), capacity=None)

    with pytest.raises(MissingData):
        ClearSky().fit([Training.until(feed, TASK, START + timedelta(days=5))])


def test_the_physical_chain_is_pvlibs() -> None:
    """Erbs' split, isotropic sky onto 38°, Faiman's heat at 1 m/s, PVWatts: at noon within a percent of pvlib's own."""
    feed = station(TargetKind.SOLAR, days=30)
    sight = Sight(feed, TASK, TASK.origins(START + timedelta(days=20), START + timedelta(days=22), feed.zone))
    starts, noon = sight.starts_s, np.s_[:, 10:15]
    sun = sun_at(starts, 60, PLACE.latitude_deg, PLACE.longitude_deg)
    zenith = np.degrees(np.arccos(sun.up))
    azimuth = np.degrees(np.arctan2(sun.east, sun.north)) % 360
    ghi = sight.ahead(IRRADIANCE)
    parts = pvlib.irradiance.erbs(ghi, zenith, sun.day)
    on_modules = pvlib.irradiance.get_total_irradiance(
        38.0, 180.0, zenith, azimuth, parts["dni"], ghi, parts["dhi"], albedo=0.2
    )["poa_global"]
    used = np.asarray(on_modules) * (1 - LOSSES_SHARE)
    cells = pvlib.temperature.faiman(used, sight.ahead("nwp_temperature_c"), 1.0)
    judge = pvlib.pvsystem.pvwatts_dc(used, cells, 50.0, HEAT_SHARE_PER_C)

    np.testing.assert_allclose(physical_power(sight)[noon], np.minimum(judge, 50.0)[noon], rtol=0.01)


def test_a_weather_forecast_leads_where_there_is_one_and_a_gap_in_it_is_told() -> None:
    feed = station(TargetKind.SOLAR, days=60)
    fitted = ClearSky().fit([Training.until(feed, TASK, START + timedelta(days=50))])
    origin = np.array([int((START + timedelta(days=50)).timestamp())])

    assert isinstance(fitted, FittedPhysics)
    assert fitted.facts()["driven_by"] == IRRADIANCE
    channel = feed.channels[IRRADIANCE]
    torn = replace(feed, channels={**feed.channels, IRRADIANCE: replace(channel, values=channel.values * np.nan)})
    with pytest.raises(MissingData, match="gaps"):
        fitted.predict(Sight(torn, TASK, origin))


def test_quantiles_of_what_is_there_are_numpys() -> None:
    values = np.array([[3.0, np.nan, 1.0, 2.0], [np.nan] * 4])

    found = quantiles_known(values, (0.25, 0.5))

    assert found[0].tolist() == [np.quantile([1.0, 2.0, 3.0], 0.25), 2.0]
    assert found[1].tolist() == [0.0, 0.0]
