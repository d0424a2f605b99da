"""Is the weather that was got the weather that is read again?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wattloom.app.weather_get import weather_get
from wattloom.domain.errors import FeedError
from wattloom.domain.weather import Place, Weather
from wattloom.intake import datasets
from wattloom.intake.weather import read_weather

if TYPE_CHECKING:
    from pathlib import Path

SITE = Place(latitude_deg=36.1, longitude_deg=-79.95, altitude_m=273, time_zone="America/New_York")


class Shipped:
    """A feed that has one year, whatever is asked."""

    def year(self, place: Place, year: int) -> Weather:  # noqa: ARG002
        """That year."""
        return datasets.weather("typical-greensboro")


class Silent:
    """A feed that never answers."""

    def year(self, place: Place, year: int) -> Weather:  # noqa: ARG002
        """An error."""
        message = "no answer"
        raise FeedError(message)


def test_the_file_that_is_written_is_weather_a_project_can_point_to(tmp_path: Path) -> None:
    out = tmp_path / "site.parquet"

    got = weather_get(SITE, 2025, feed=Shipped(), write=lambda path, raw: path.write_bytes(raw) and None, out=out)

    again = read_weather(out, SITE)
    assert again.source == got.source
    assert again.of_site
    assert again.ghi_w_per_m2.sum() == pytest.approx(got.ghi_w_per_m2.sum())


def test_nothing_is_written_when_the_service_fails(tmp_path: Path) -> None:
    written: list[Path] = []

    with pytest.raises(FeedError):
        weather_get(SITE, 2025, feed=Silent(), write=lambda path, _: written.append(path), out=tmp_path / "w.parquet")

    assert written == []
