"""What weather does a file hold?"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pvlib
import pytest

from wattloom.domain.errors import InputError
from wattloom.domain.time import TimeAxis
from wattloom.domain.weather import Place, Weather, WeatherKind
from wattloom.intake.parquet import weather_bytes
from wattloom.intake.weather import read_weather

if TYPE_CHECKING:
    from collections.abc import Callable

PVLIB = Path(pvlib.__file__).parent / "data"
GREENSBORO = PVLIB / "723170TYA.CSV"


def test_epw_hour_1_is_the_first_hour_of_the_local_day(epw: Callable[..., Path], hami: Place) -> None:
    weather = read_weather(epw(), hami)

    assert weather.axis == TimeAxis(datetime(2024, 12, 31, 16, tzinfo=UTC), 60, 8760)  # 2025 in UTC+8
    assert weather.ghi_w_per_m2[7:19].tolist() == [0] + [400] * 10 + [0]
    assert weather.air_temperature_c[:3].tolist() == [0, 1, 2]
    assert weather.pressure_pa[0] == 92_000
    assert weather.kind is WeatherKind.TYPICAL
    assert weather.place.time_zone == "Asia/Shanghai"
    assert weather.of_site


def test_epw_of_one_year_is_that_year(epw: Callable[..., Path]) -> None:
    weather = read_weather(epw(years=(2019,)))

    assert weather.kind is WeatherKind.MEASURED
    assert weather.axis.start.isoformat() == "2018-12-31T16:00:00+00:00"
    assert "the year 2019" in weather.source.en


def test_epw_of_a_leap_year_without_its_29th_is_refused(epw: Callable[..., Path]) -> None:
    with pytest.raises(InputError, match=r"found 8760 rows; expected 8,784"):
        read_weather(epw(years=(2020,)))


def test_epw_from_elsewhere_is_not_of_the_site(epw: Callable[..., Path], berlin: Place) -> None:
    weather = read_weather(epw(), berlin)

    assert not weather.of_site
    assert weather.place.latitude_deg == 42.8
    assert weather.place.time_zone == "Etc/GMT-8"


def test_epw_on_an_odd_clock_needs_the_zone_of_its_site(epw: Callable[..., Path]) -> None:
    pune = Place(latitude_deg=42.8, longitude_deg=93.5, altitude_m=560, time_zone="Asia/Kolkata")

    assert read_weather(epw(offset_hours=5.5), pune).axis.start == datetime(2024, 12, 31, 18, 30, tzinfo=UTC)
    with pytest.raises(InputError, match=r"a clock \+5.5 hours from UTC"):
        read_weather(epw(offset_hours=5.5))


def test_epw_missing_and_impossible_values_are_all_named(epw: Callable[..., Path]) -> None:
    def spoil(lines: list[str]) -> None:
        for line in (108, 109):
            cells = lines[line].split(",")
            cells[6] = "99.9"
            lines[line] = ",".join(cells)
        cells = lines[208].split(",")
        cells[6], cells[13] = "-3270", "9999"
        lines[208] = ",".join(cells)

    with pytest.raises(InputError) as caught:
        read_weather(epw(change=spoil))

    wheres = [problem.where for problem in caught.value.problems]
    assert wheres[0] == "hami.epw:109-110 air_temperature_c"
    assert {wheres[1], wheres[2]} == {"hami.epw:209 air_temperature_c", "hami.epw:209 ghi_w_per_m2"}


def test_epw_in_the_wrong_unit_is_noticed(epw: Callable[..., Path]) -> None:
    def to_kw(lines: list[str]) -> None:
        for line in range(8, len(lines)):
            cells = lines[line].split(",")
            cells[13] = str(float(cells[13]) / 1000)
            lines[line] = ",".join(cells)

    with pytest.raises(InputError, match="may be in kW/m² or MJ/m²"):
        read_weather(epw(change=to_kw))


def test_epw_cut_off_is_refused(epw: Callable[..., Path]) -> None:
    with pytest.raises(InputError, match="found 8000 rows"):
        read_weather(epw(rows=8000))


def test_epw_with_a_row_moved_is_refused(epw: Callable[..., Path]) -> None:
    def swap(lines: list[str]) -> None:
        lines[1000], lines[1005] = lines[1005], lines[1000]

    with pytest.raises(InputError, match="one hour later"):
        read_weather(epw(change=swap))


def test_epw_that_is_a_page_is_refused(tmp_path: Path) -> None:
    (tmp_path / "w.epw").write_text("<html>not found</html>", encoding="utf-8")

    with pytest.raises(InputError, match="a file that cannot be read"):
        read_weather(tmp_path / "w.epw")


def test_tmy3_labels_are_ends_on_local_standard_time() -> None:
    weather = read_weather(GREENSBORO)
    frame, _ = pvlib.iotools.read_tmy3(str(GREENSBORO), map_variables=True)

    assert weather.axis == TimeAxis(datetime(2025, 1, 1, 5, tzinfo=UTC), 60, 8760)
    # The row labelled 01/01/1988 08:00 speaks of 07:00 to 08:00: the eighth hour of the year.
    assert str(frame["Time (HH:MM)"].iloc[7]) == "08:00"
    assert weather.ghi_w_per_m2[7] == frame["ghi"].iloc[7]
    assert weather.ghi_w_per_m2.sum() / 1000 == pytest.approx(
        1566.2, abs=0.05
    )  # kWh/m², as dependencies' own reader sums
    assert weather.source.en.endswith("typical year of months measured in 1980 to 2003")


def test_tmy2_tenths_become_whole_units() -> None:
    weather = read_weather(PVLIB / "12839.tm2")

    assert weather.air_temperature_c[:2].tolist() == pytest.approx([20.0, 20.6])
    assert weather.wind_speed_m_per_s[0] == pytest.approx(6.7)
    assert weather.pressure_pa[0] == 101_700
    assert weather.place.latitude_deg == pytest.approx(25.8)
    assert weather.place.longitude_deg == pytest.approx(-80.267, abs=1e-3)


def test_tmy3_with_a_missing_code_is_refused(tmp_path: Path) -> None:
    lines = GREENSBORO.read_text(encoding="latin-1").splitlines()
    cells = lines[500].split(",")
    cells[4] = "-9900"
    lines[500] = ",".join(cells)
    (tmp_path / "g.csv").write_text("\n".join(lines), encoding="latin-1")

    with pytest.raises(InputError) as caught:
        read_weather(tmp_path / "g.csv")

    assert caught.value.problems[0].where == "g.csv:501 ghi_w_per_m2"


def test_our_own_file_comes_back_as_it_was(tmp_path: Path) -> None:
    weather = read_weather(GREENSBORO)
    (tmp_path / "w.parquet").write_bytes(weather_bytes(weather))

    again = read_weather(tmp_path / "w.parquet")

    assert (again.axis, again.place, again.kind, again.source) == (
        weather.axis,
        weather.place,
        weather.kind,
        weather.source,
    )
    np.testing.assert_allclose(again.dni_w_per_m2, weather.dni_w_per_m2)
    np.testing.assert_allclose(again.pressure_pa, weather.pressure_pa, rtol=1e-6)


@pytest.mark.parametrize("name", ["w.csv", "w.nc", "w"])
def test_a_file_that_is_no_weather_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("time,ghi\n2026-01-01,3\n", encoding="utf-8")

    with pytest.raises(InputError, match="no weather we know"):
        read_weather(tmp_path / name)


def test_a_file_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match="no such file"):
        read_weather("nowhere.epw")


def test_weather_of_a_far_site_reads_as_its_own_place(hami: Place) -> None:
    weather: Weather = read_weather(GREENSBORO, hami)

    assert weather.place.name == "Greensboro Piedmont Triad Int, NC"
    assert not weather.of_site
