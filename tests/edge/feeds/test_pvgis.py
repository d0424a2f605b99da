"""Are PVGIS' stamps, beams and databases taken for what they are?"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pvlib
import pytest

from wattloom.domain.errors import InputError
from wattloom.domain.weather import Place, WeatherKind
from wattloom.edge.feeds.pvgis import Pvgis
from wattloom.intake.answers import hour_means

if TYPE_CHECKING:
    from collections.abc import Callable


def test_the_utc_years_that_a_local_year_touches_are_asked_for(
    answering: Callable[..., Any], pvgis_years: Callable[..., Any], golmud: Place
) -> None:
    service = answering(pvgis_years(2018, 2019, place=golmud))

    weather = Pvgis(transport=service.transport).year(golmud, 2019)

    assert (service.params["startyear"], service.params["endyear"]) == ("2018", "2019")
    assert (service.params["angle"], service.params["components"]) == ("0", "1")
    assert weather.axis.count == 8760
    assert weather.axis.start.isoformat() == "2018-12-31T16:00:00+00:00"
    assert weather.of_site
    assert weather.kind is WeatherKind.SATELLITE
    assert weather.pressure_pa[0] == pytest.approx(pvlib.atmosphere.alt2pres(2809.0))


def test_instants_at_ten_past_become_hour_means_along_the_line_between_them(
    answering: Callable[..., Any], pvgis_years: Callable[..., Any], greenwich: Place
) -> None:
    answer = pvgis_years(2019, 2019, place=greenwich)

    weather = Pvgis(transport=answering(answer).transport).year(greenwich, 2019)

    ghi = [row["Gb(i)"] + row["Gd(i)"] for row in answer["outputs"]["hourly"][9:12]]
    # Weights of the instants at 9:10, 10:10 and 11:10 in the mean from 10:00 to 11:00: 1/72, 46/72, 25/72.
    assert weather.ghi_w_per_m2[10] == pytest.approx((ghi[0] + 46 * ghi[1] + 25 * ghi[2]) / 72)
    assert "10 min past the hour made hour means" in weather.source.en
    assert weather.ghi_w_per_m2.sum() == pytest.approx(
        sum(row["Gb(i)"] + row["Gd(i)"] for row in answer["outputs"]["hourly"]), rel=1e-9
    )


def test_hour_means_agree_with_a_fine_sum_of_the_straight_line() -> None:
    samples = np.array([0.0, 6.0, 3.0, 9.0])
    offset = 11 / 60
    fine = np.interp((np.arange(4 * 6000) + 0.5) / 6000, np.arange(4) + offset, samples).reshape(4, -1).mean(axis=1)

    assert hour_means(samples, offset)[1:3] == pytest.approx(fine[1:3], abs=1e-6)


def test_era5_stamps_at_half_past_are_means_already(
    answering: Callable[..., Any], pvgis_years: Callable[..., Any], greenwich: Place
) -> None:
    answer = pvgis_years(2019, 2019, minute=30, place=greenwich, database="PVGIS-ERA5")

    weather = Pvgis(transport=answering(answer).transport).year(greenwich, 2019)

    row = answer["outputs"]["hourly"][10]
    assert weather.ghi_w_per_m2[10] == pytest.approx(row["Gb(i)"] + row["Gd(i)"])
    # The beam over the sine of 30 degrees: twice the beam.
    assert weather.dni_w_per_m2[10] == pytest.approx(row["Gb(i)"] / math.sin(math.radians(30)))
    assert weather.kind is WeatherKind.REANALYSIS
    assert "hour means" in weather.source.en


def test_a_leap_year_has_its_29th(
    answering: Callable[..., Any], pvgis_years: Callable[..., Any], greenwich: Place
) -> None:
    weather = Pvgis(transport=answering(pvgis_years(2020, 2020, place=greenwich)).transport).year(greenwich, 2020)

    assert weather.axis.count == 8784


def test_half_hour_clocks_take_half_of_each_hour(
    answering: Callable[..., Any], pvgis_years: Callable[..., Any]
) -> None:
    pune = Place(latitude_deg=18.5, longitude_deg=73.9, altitude_m=560, time_zone="Asia/Kolkata")
    answer = pvgis_years(2018, 2019, minute=30, place=pune, database="PVGIS-ERA5")

    weather = Pvgis(transport=answering(answer).transport).year(pune, 2019)

    rows = answer["outputs"]["hourly"]
    first = 8760 - 6  # 18:00 UTC on 31 December 2018
    halves = [sum(rows[first + 13 + i][key] for key in ("Gb(i)", "Gd(i)")) for i in (0, 1)]
    assert weather.axis.start.isoformat() == "2018-12-31T18:30:00+00:00"
    assert weather.ghi_w_per_m2[13] == pytest.approx(sum(halves) / 2)


def _tilt(answer: Any) -> None:
    answer["inputs"]["mounting_system"]["fixed"]["slope"]["value"] = 35


def _elsewhere(answer: Any) -> None:
    answer["inputs"]["location"]["latitude"] = 0.0


def _drop_an_hour(answer: Any) -> None:
    del answer["outputs"]["hourly"][100]


def _cut_the_year(answer: Any) -> None:
    del answer["outputs"]["hourly"][5000:]


def _drop_the_beam(answer: Any) -> None:
    del answer["outputs"]["hourly"][7]["Gb(i)"]


def _null(answer: Any) -> None:
    answer["outputs"]["hourly"][300]["T2m"] = None


def _text(answer: Any) -> None:
    answer["outputs"]["hourly"][300]["T2m"] = "warm"


def _two_minutes(answer: Any) -> None:
    answer["outputs"]["hourly"][5]["time"] = "20190101:0511"


def _bad_time(answer: Any) -> None:
    answer["outputs"]["hourly"][5]["time"] = "2019-01-01"


def _hot(answer: Any) -> None:
    answer["outputs"]["hourly"][300]["T2m"] = 300.0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_tilt, "ask with angle=0"),
        (_elsewhere, "for 51.48, 0"),
        (_drop_an_hour, "hours are never filled in"),
        (_cut_the_year, "found 5000 hours from 2019-01-01T00:00Z to 2019-07-28T08:00Z"),
        (_drop_the_beam, r"hour 8: found .* expected a value Gb\(i\)"),
        (_null, "no value"),
        (_text, "'warm'"),
        (_two_minutes, "stamps at 10, 11 minutes past the hour"),
        (_bad_time, "times that cannot be read"),
        (_hot, "seriescalc:301 air_temperature_c: found 300 °C"),
    ],
)
def test_each_fault_of_an_answer_is_named(
    answering: Callable[..., Any],
    pvgis_years: Callable[..., Any],
    greenwich: Place,
    changed: Callable[..., Any],
    change: Any,
    said: str,
) -> None:
    answer = changed(pvgis_years(2019, 2019, place=greenwich), change)

    with pytest.raises(InputError, match=said):
        Pvgis(transport=answering(answer).transport).year(greenwich, 2019)


def test_another_year_than_asked_is_refused(
    answering: Callable[..., Any], pvgis_years: Callable[..., Any], greenwich: Place
) -> None:
    with pytest.raises(InputError, match="from 2018-01-01T00:00Z to 2019-01-01T00:00Z; expected 8760 hours from 2019"):
        Pvgis(transport=answering(pvgis_years(2018, 2018, place=greenwich)).transport).year(greenwich, 2019)


def test_reconstructed_hours_are_counted_in_the_source(
    answering: Callable[..., Any], pvgis_years: Callable[..., Any], greenwich: Place, changed: Callable[..., Any]
) -> None:
    def mark(answer: Any) -> None:
        for row in answer["outputs"]["hourly"][40:43]:
            row["Int"] = 1.0

    answer = changed(pvgis_years(2019, 2019, place=greenwich), mark)

    weather = Pvgis(transport=answering(answer).transport).year(greenwich, 2019)

    assert weather.source.en.endswith("3 hours reconstructed by PVGIS")


def test_a_sun_on_the_horizon_gives_no_more_than_the_sun_itself(
    answering: Callable[..., Any], pvgis_years: Callable[..., Any], greenwich: Place, changed: Callable[..., Any]
) -> None:
    def lower(answer: Any) -> None:
        for row in answer["outputs"]["hourly"]:
            row["H_sun"] = 0.1 if row["H_sun"] else 0.0

    answer = changed(pvgis_years(2019, 2019, place=greenwich), lower)

    weather = Pvgis(transport=answering(answer).transport).year(greenwich, 2019)

    assert 1300 < weather.dni_w_per_m2.max() < 1420
