"""Is the typical year laid onto the year that is asked for?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from wattloom.domain.errors import InputError
from wattloom.domain.weather import Place, WeatherKind
from wattloom.edge.feeds.pvgis_typical import PvgisTypical

if TYPE_CHECKING:
    from collections.abc import Callable


def test_the_typical_year_stands_on_the_places_own_hours(
    answering: Callable[..., Any], pvgis_tmy: Callable[..., Any], golmud: Place
) -> None:
    service = answering(pvgis_tmy(golmud))

    weather = PvgisTypical(transport=service.transport).year(golmud, 2028)

    assert weather.axis.count == 8784
    assert weather.kind is WeatherKind.TYPICAL
    assert weather.of_site
    assert weather.place == golmud
    assert weather.ghi_w_per_m2[19:21].max() > 300  # 11:00 UTC, as the answer has it
    # The instants at 16:00 and 17:00 UTC stand at the ends of the first local hour.
    assert weather.air_temperature_c[0] == pytest.approx(16.5)
    assert "months of 2006 to 2017" in weather.source.en
    assert "28 February stands for the 29th too" in weather.source.en


def test_the_irradiance_is_taken_at_its_own_offset(
    answering: Callable[..., Any], pvgis_tmy: Callable[..., Any], greenwich: Place
) -> None:
    answer = pvgis_tmy(greenwich, offset_hours=0.1761)

    weather = PvgisTypical(transport=answering(answer).transport).year(greenwich, 2025)

    ghi = [row["G(h)"] for row in answer["outputs"]["tmy_hourly"][9:12]]
    before, after = 0.1761**2 / 2, (1 - 0.1761) ** 2 / 2
    assert weather.ghi_w_per_m2[10] == pytest.approx(before * ghi[0] + (1 - before - after) * ghi[1] + after * ghi[2])
    assert "11 min past the hour" in weather.source.en


def test_a_short_or_shuffled_typical_year_is_refused(
    answering: Callable[..., Any], pvgis_tmy: Callable[..., Any], greenwich: Place, changed: Callable[..., Any]
) -> None:
    short = changed(pvgis_tmy(greenwich), lambda answer: answer["outputs"]["tmy_hourly"].pop())
    with pytest.raises(InputError, match="found 8759 hours"):
        PvgisTypical(transport=answering(short).transport).year(greenwich, 2025)

    shuffled = changed(pvgis_tmy(greenwich), lambda answer: answer["outputs"]["tmy_hourly"].reverse())
    with pytest.raises(InputError, match="hour 1: found 1231:2300; expected 0101:0000"):
        PvgisTypical(transport=answering(shuffled).transport).year(greenwich, 2025)
