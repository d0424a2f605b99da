"""Are the shipped datasets what their provenance says?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pvlib
import pytest

from wattloom.domain.errors import InputError
from wattloom.domain.weather import Place, WeatherKind
from wattloom.intake import datasets

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", datasets.names())
def test_every_dataset_says_whose_it_is_and_loads_complete(name: str) -> None:
    facts = datasets.provenance(name)

    assert all([facts.title, facts.source, facts.source_url, facts.licence, facts.attribution, facts.transformation])
    assert len(facts.sha256) == 64
    loaded = datasets.dataset(name)
    assert loaded.axis.hours == 8760
    if facts.kind == "series":
        assert not np.isnan(datasets.series(name).values).any()


def test_the_german_price_is_that_of_2018() -> None:
    price = datasets.series("germany-2018-price")

    # Mean, least, most and negative hours of the joined zone columns, counted in the source file by hand.
    assert price.values.mean() == pytest.approx(44.47, abs=0.005)
    assert price.values.min() == pytest.approx(-76.01)
    assert price.values.max() == pytest.approx(128.26)
    assert (price.values < 0).sum() == 134
    assert price.unit == "EUR/MWh"
    assert price.axis.start.isoformat() == "2017-12-31T23:00:00+00:00"
    assert price.values[0] == pytest.approx(-5.27)


@pytest.mark.parametrize(
    ("name", "kwh_per_m2"), [("typical-greensboro", 1566), ("sand-point", 829), ("typical-miami", 1793)]
)
def test_the_typical_years_sum_up_to_the_known_irradiation(name: str, kwh_per_m2: float) -> None:
    weather = datasets.weather(name)

    assert weather.ghi_w_per_m2.sum() / 1000 == pytest.approx(kwh_per_m2, abs=0.5)
    assert weather.kind is WeatherKind.TYPICAL
    assert weather.wind_height_m == 10


def test_a_typical_year_far_from_the_site_is_marked(hami: Place) -> None:
    assert not datasets.weather("typical-greensboro", hami).of_site
    near = replace(hami, latitude_deg=36.0, longitude_deg=-80.0)
    assert datasets.weather("typical-greensboro", near).of_site


def test_an_unknown_name_lists_those_that_are_there() -> None:
    with pytest.raises(InputError, match="typical-greensboro"):
        datasets.weather("typical-hami")


def test_a_series_is_no_weather() -> None:
    with pytest.raises(InputError, match="choose one of sand-point"):
        datasets.weather("germany-2018-price")


def test_a_changed_file_is_not_the_dataset(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = replace(datasets.provenance("sand-point"), sha256="0" * 64)
    monkeypatch.setattr(datasets, "provenance", lambda _: facts)
    datasets.weather.cache_clear()

    with pytest.raises(InputError, match="install the locked version of pvlib"):
        datasets.weather("sand-point")


def test_a_file_gone_from_its_package_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = replace(datasets.provenance("sand-point"), file="data/gone.csv")
    monkeypatch.setattr(datasets, "provenance", lambda _: facts)
    datasets.weather.cache_clear()

    with pytest.raises(InputError, match=r"no data/gone\.csv in pvlib"):
        datasets.weather("sand-point")


def test_the_tmy_files_are_read_in_place() -> None:
    path: Path = datasets.provenance("typical-miami").path()

    assert path.is_relative_to(pvlib.__path__[0])
