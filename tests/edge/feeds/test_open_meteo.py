"""Are Open-Meteo's labels, some ends and some instants, put where they belong?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from wattloom.domain.errors import InputError
from wattloom.domain.weather import Place, WeatherKind
from wattloom.edge.feeds.open_meteo import OpenMeteo

if TYPE_CHECKING:
    from collections.abc import Callable


def test_irradiance_is_of_the_hour_before_and_the_rest_between_two_labels(
    answering: Callable[..., Any], open_meteo_days: Callable[..., Any], greenwich: Place
) -> None:
    answer = open_meteo_days("2019-01-01", "2020-01-01", greenwich)
    service = answering(answer)

    weather = OpenMeteo(transport=service.transport).year(greenwich, 2019)

    assert (service.params["start_date"], service.params["end_date"]) == ("2019-01-01", "2020-01-01")
    assert (service.params["wind_speed_unit"], service.params["timezone"]) == ("ms", "GMT")
    assert weather.axis.count == 8760
    assert weather.ghi_w_per_m2[10] == answer["hourly"]["shortwave_radiation"][11]
    assert weather.air_temperature_c[10] == 10.5  # between 10 and 11
    assert weather.pressure_pa[0] == 72_400
    assert weather.wind_height_m == 100
    assert weather.kind is WeatherKind.REANALYSIS


def test_a_year_on_another_clock_needs_only_its_own_days(
    answering: Callable[..., Any], open_meteo_days: Callable[..., Any], golmud: Place
) -> None:
    service = answering(open_meteo_days("2018-12-31", "2019-12-31", golmud))

    weather = OpenMeteo(transport=service.transport).year(golmud, 2019)

    assert (service.params["start_date"], service.params["end_date"]) == ("2018-12-31", "2019-12-31")
    assert weather.axis.start.isoformat() == "2018-12-31T16:00:00+00:00"
    assert weather.axis.count == 8760


def test_wind_in_km_per_hour_is_turned(
    answering: Callable[..., Any], open_meteo_days: Callable[..., Any], greenwich: Place, changed: Callable[..., Any]
) -> None:
    def to_kmh(answer: Any) -> None:
        answer["hourly_units"]["wind_speed_100m"] = "km/h"
        answer["hourly"]["wind_speed_100m"] = [36.0] * len(answer["hourly"]["time"])

    answer = changed(open_meteo_days("2020-01-01", "2021-01-01", greenwich), to_kmh)

    weather = OpenMeteo(transport=answering(answer).transport).year(greenwich, 2020)

    assert weather.axis.count == 8784
    assert weather.wind_speed_m_per_s[0] == pytest.approx(10.0)


def _null(answer: Any) -> None:
    answer["hourly"]["surface_pressure"][50] = None


def _offset(answer: Any) -> None:
    answer["utc_offset_seconds"] = 28_800


def _fahrenheit(answer: Any) -> None:
    answer["hourly_units"]["temperature_2m"] = "°F"


def _no_beam(answer: Any) -> None:
    del answer["hourly"]["direct_normal_irradiance"]


def _short_column(answer: Any) -> None:
    answer["hourly"]["temperature_2m"].pop()


def _cut(answer: Any) -> None:
    for name in answer["hourly"]:
        answer["hourly"][name] = answer["hourly"][name][:4000]


def _hole(answer: Any) -> None:
    for column in answer["hourly"].values():
        del column[77]


def _negative(answer: Any) -> None:
    answer["hourly"]["shortwave_radiation"][12] = -30.0


def _times(answer: Any) -> None:
    answer["hourly"]["time"] = [1546300800 + 3600 * i for i in range(len(answer["hourly"]["time"]))]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_null, "Open-Meteo:51 pressure_pa: found no value"),
        (_offset, "a clock 28800 s from UTC"),
        (_fahrenheit, "the unit '°F'"),
        (_no_beam, "a part 'direct_normal_irradiance'"),
        (_short_column, "found 8783 values; expected 8784"),
        (_cut, "ask again, or for a year that the service holds in full"),
        (_hole, "one hour later"),
        (_negative, "found -30 W/m²"),
        (_times, "times that cannot be read"),
    ],
)
def test_each_fault_of_an_answer_is_named(
    answering: Callable[..., Any],
    open_meteo_days: Callable[..., Any],
    greenwich: Place,
    changed: Callable[..., Any],
    change: Any,
    said: str,
) -> None:
    answer = changed(open_meteo_days("2019-01-01", "2020-01-01", greenwich), change)

    with pytest.raises(InputError, match=said):
        OpenMeteo(transport=answering(answer).transport).year(greenwich, 2019)
