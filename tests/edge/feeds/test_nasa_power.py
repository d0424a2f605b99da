"""Are NASA POWER's hours, fills and units taken for what they are?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from wattloom.domain.errors import InputError
from wattloom.domain.weather import Place, WeatherKind
from wattloom.edge.feeds.nasa_power import NasaPower

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_local_year_is_cut_out_of_its_utc_days(
    answering: Callable[..., Any], nasa_days: Callable[..., Any], golmud: Place
) -> None:
    service = answering(nasa_days("2018-12-31", "2019-12-31", golmud))

    weather = NasaPower(transport=service.transport).year(golmud, 2019)

    assert (service.params["start"], service.params["end"]) == ("20181231", "20191231")
    assert service.params["time-standard"] == "UTC"
    assert weather.axis.count == 8760
    assert weather.air_temperature_c[:3].tolist() == [16, 17, 18]  # the first local hour is 16:00 UTC
    assert weather.pressure_pa[0] == pytest.approx(72_400)
    assert weather.wind_height_m == 50
    assert weather.kind is WeatherKind.REANALYSIS


def test_a_summer_time_year_is_a_year_of_its_own_clock(
    answering: Callable[..., Any], nasa_days: Callable[..., Any]
) -> None:
    berlin = Place(latitude_deg=52.5, longitude_deg=13.4, altitude_m=34.0, time_zone="Europe/Berlin")
    service = answering(nasa_days("2019-12-31", "2020-12-31", berlin))

    weather = NasaPower(transport=service.transport).year(berlin, 2020)

    assert (service.params["start"], service.params["end"]) == ("20191231", "20201231")
    assert weather.axis.count == 8784
    assert weather.axis.start.isoformat() == "2019-12-31T23:00:00+00:00"


def test_irradiance_that_is_not_there_is_estimated_and_said_so(
    answering: Callable[..., Any], nasa_days: Callable[..., Any], greenwich: Place, changed: Callable[..., Any]
) -> None:
    def drop(answer: Any) -> None:
        del answer["properties"]["parameter"]["ALLSKY_SFC_SW_DNI"]
        fills = answer["properties"]["parameter"]["ALLSKY_SFC_SW_DIFF"]
        fills.update(dict.fromkeys(fills, -999.0))

    answer = changed(nasa_days("2019-01-01", "2019-12-31", greenwich), drop)

    weather = NasaPower(transport=answering(answer).transport).year(greenwich, 2019)

    assert weather.source.en.endswith("direct and diffuse estimated from global by Erbs 1982")
    assert np.all(weather.dhi_w_per_m2 <= weather.ghi_w_per_m2 + 1e-9)
    assert weather.dni_w_per_m2.max() > 100


def _fill(answer: Any) -> None:
    answer["properties"]["parameter"]["T2M"]["2019070112"] = -999.0


def _null(answer: Any) -> None:
    answer["properties"]["parameter"]["ALLSKY_SFC_SW_DWN"]["2019070112"] = None


def _lst(answer: Any) -> None:
    answer["header"]["time_standard"] = "LST"


def _megajoule(answer: Any) -> None:
    answer["parameters"]["ALLSKY_SFC_SW_DWN"]["units"] = "MJ/hr"


def _no_wind(answer: Any) -> None:
    del answer["properties"]["parameter"]["WS50M"]


def _short_column(answer: Any) -> None:
    del answer["properties"]["parameter"]["PS"]["2019070112"]


def _hole(answer: Any) -> None:
    for column in answer["properties"]["parameter"].values():
        del column["2019070112"]


def _daily(answer: Any) -> None:
    for name, column in answer["properties"]["parameter"].items():
        answer["properties"]["parameter"][name] = {key[:8]: value for key, value in column.items()}


def _elsewhere(answer: Any) -> None:
    answer["geometry"]["coordinates"] = [100.0, 51.48, 0.0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_fill, "no value; expected a value in °C"),
        (_null, "no value; expected a value in W/m²"),
        (_lst, "hours in LST"),
        (_megajoule, "the unit 'MJ/hr'"),
        (_no_wind, "a part 'WS50M'"),
        (_short_column, "found 8759 hours; expected the 8760"),
        (_hole, "one hour later"),
        (_daily, "times that cannot be read"),
        (_elsewhere, "values for 51.48, 100.0"),
    ],
)
def test_each_fault_of_an_answer_is_named(
    answering: Callable[..., Any],
    nasa_days: Callable[..., Any],
    greenwich: Place,
    changed: Callable[..., Any],
    change: Any,
    said: str,
) -> None:
    answer = changed(nasa_days("2019-01-01", "2019-12-31", greenwich), change)

    with pytest.raises(InputError, match=said):
        NasaPower(transport=answering(answer).transport).year(greenwich, 2019)


def test_another_year_than_asked_is_refused(
    answering: Callable[..., Any], nasa_days: Callable[..., Any], greenwich: Place
) -> None:
    answer = nasa_days("2018-01-01", "2018-12-31", greenwich)

    with pytest.raises(InputError, match="a year that the service holds in full"):
        NasaPower(transport=answering(answer).transport).year(greenwich, 2019)
