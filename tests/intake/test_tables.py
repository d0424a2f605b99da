"""What does a column say, period by period?"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from wattloom.domain.errors import InputError
from wattloom.domain.series import Series
from wattloom.domain.time import TimeAxis
from wattloom.intake.parquet import series_bytes
from wattloom.intake.tables import Layout, read_series

if TYPE_CHECKING:
    from pathlib import Path

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
DAY = TimeAxis(datetime(2026, 1, 1, tzinfo=SHANGHAI), 60, 24)


def hours(count: int = 24, start: datetime = datetime(2026, 1, 1), step_minutes: int = 60) -> list[str]:  # noqa: DTZ001 - a local clock
    return [f"{start + i * timedelta(minutes=step_minutes):%Y-%m-%d %H:%M}" for i in range(count)]


def csv(path: Path, header: str, rows: list[str], encoding: str = "utf-8") -> Path:
    path.write_bytes("\n".join([header, *rows]).encode(encoding))
    return path


def read(
    path: Path,
    column: str = "load",
    unit: str = "MW",
    wanted: str = "MW",
    axis: TimeAxis = DAY,
    zone: ZoneInfo = SHANGHAI,
    **layout: Any,
) -> Series:
    return read_series(
        path, column=column, unit=unit, wanted_unit=wanted, axis=axis, zone=zone, layout=Layout(**layout)
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_load_in_kw_is_read_whatever_the_encoding(tmp_path: Path, encoding: str) -> None:
    path = csv(tmp_path / "load.csv", "时间,负荷", [f"{t},{1000 + i}" for i, t in enumerate(hours())], encoding)

    load = read(path, column="负荷", unit="kW")

    assert load.values[:2].tolist() == pytest.approx([1.0, 1.001])
    assert load.unit == "MW"
    assert load.source == "load.csv, 负荷 in kW"
    assert load.axis == DAY


def test_quarter_hours_become_hourly_means(tmp_path: Path) -> None:
    rows = [f"{t},{i}" for i, t in enumerate(hours(96, step_minutes=15))]

    load = read(csv(tmp_path / "load.csv", "time,load", rows))

    assert load.values[:2].tolist() == [1.5, 5.5]  # (0+1+2+3)/4, (4+5+6+7)/4
    assert load.source.endswith("15 min mean over 60 min")


def test_hours_are_held_over_quarters_and_it_is_said(tmp_path: Path) -> None:
    quarters = TimeAxis(DAY.start, 15, 96)

    load = read(csv(tmp_path / "load.csv", "time,load", [f"{t},{i}" for i, t in enumerate(hours())]), axis=quarters)

    assert load.values[:5].tolist() == [0, 0, 0, 0, 1]
    assert "held over 15 min" in load.source


def test_energy_per_quarter_becomes_mean_power(tmp_path: Path) -> None:
    rows = [f"{t},250" for t in hours(96, step_minutes=15)]

    load = read(csv(tmp_path / "meter.csv", "time,load", rows), unit="kWh")

    assert load.values[0] == pytest.approx(1.0)  # 0.25 MWh in 0.25 h


def test_german_numbers_and_dates(tmp_path: Path) -> None:
    axis = TimeAxis(datetime(2026, 1, 1, tzinfo=BERLIN), 60, 24)
    rows = [f"01.01.2026 {hour:02d}:00;1.{hour:03d},5" for hour in range(24)]

    price = read(
        csv(tmp_path / "p.csv", "time;price", rows),
        column="price",
        unit="€/MWh",
        wanted="EUR/MWh",
        axis=axis,
        zone=BERLIN,
    )

    assert price.values[3] == 1003.5


def test_a_number_that_reads_two_ways_is_refused(tmp_path: Path) -> None:
    path = csv(tmp_path / "p.csv", "time;load", [f"{t};1,234" for t in hours()])

    with pytest.raises(InputError, match="read in one way only"):
        read(path)


def workbook(path: Path, rows: list[object], *, title: str = "Sheet1") -> Path:
    book = openpyxl.Workbook()
    page = book.active
    page.title = title
    for row in rows:
        page.append(row)
    book.save(path)
    return path


LABELS_96 = [f"{m // 60:02d}:{m % 60:02d}" for m in range(15, 1441, 15)]


def test_96_points_a_day_are_interval_ends(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "price.xlsx", [["某省日前出清价格"], ["日期", *LABELS_96], [date(2026, 1, 1), *range(96)]]
    )
    quarters = TimeAxis(DAY.start, 15, 96)

    price = read(path, column="price", unit="元/兆瓦时", wanted="CNY/MWh", axis=quarters)

    assert price.values.tolist() == list(range(96))
    assert price.axis.start.isoformat() == "2025-12-31T16:00:00+00:00"


def test_96_points_with_excel_times_and_several_rows_a_day(tmp_path: Path) -> None:
    header = ["日期", "项目", *[time(m // 60, m % 60) for m in range(15, 1440, 15)], time(0, 0)]
    path = workbook(
        tmp_path / "price.xlsx",
        [header, ["2026-01-01", "日前", *range(96)], ["2026-01-01", "实时", *range(100, 196)]],
    )

    price = read(path, column="实时", unit="CNY/MWh", wanted="CNY/MWh")

    assert price.values[0] == 101.5  # (100+101+102+103)/4

    with pytest.raises(InputError, match="rows for 实时, 日前"):
        read(path, column="月度", unit="CNY/MWh", wanted="CNY/MWh")


def test_24_points_a_day(tmp_path: Path) -> None:
    path = workbook(tmp_path / "p.xlsx", [["日期", *range(1, 25)], ["2026/1/1", *range(24)]])

    assert read(path, unit="MW").values.tolist() == list(range(24))


def test_a_hole_in_96_points_is_named_by_its_row_and_column(tmp_path: Path) -> None:
    day: list[object] = list(range(96))
    day[5] = None
    path = workbook(tmp_path / "p.xlsx", [["日期", *LABELS_96], ["2026-01-01", *day]])

    with pytest.raises(InputError) as caught:
        read(path)

    assert caught.value.problems[0].where == "p.xlsx[Sheet1]:2 01:30"


def test_irregular_clock_columns_are_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "p.xlsx", [["日期", *LABELS_96[:-1], "23:59"], ["2026-01-01", *range(96)]])

    with pytest.raises(InputError, match="one every 15 minutes"):
        read(path)


def test_date_and_hour_in_two_columns(tmp_path: Path) -> None:
    path = csv(tmp_path / "l.csv", "日期,时段,load", [f"2026-01-01,{hour},{hour}" for hour in range(1, 25)])

    assert read(path).values.tolist() == list(range(1, 25))


def test_a_sheet_must_be_named_where_there_are_several(tmp_path: Path) -> None:
    path = workbook(tmp_path / "l.xlsx", [["time", "load"], *[[t, 1.0] for t in hours()]])
    book = openpyxl.load_workbook(path)
    book.create_sheet("notes")
    book.save(path)

    with pytest.raises(InputError, match="name the sheet"):
        read(path)

    assert read(path, sheet="Sheet1").values.sum() == 24


@pytest.mark.parametrize("zone_of_file", ["Asia/Shanghai", None])
def test_parquet_with_and_without_a_zone(tmp_path: Path, zone_of_file: str | None) -> None:
    local = np.datetime64("2026-01-01T00:00", "ms") + np.arange(24) * np.timedelta64(1, "h")
    times = pa.array(
        local if zone_of_file is None else local - np.timedelta64(8, "h"), pa.timestamp("ms", tz=zone_of_file)
    )
    pq.write_table(pa.table({"time": times, "load": np.arange(24.0)}), tmp_path / "l.parquet")

    assert read(tmp_path / "l.parquet").values.tolist() == list(range(24))


def test_our_own_series_file_comes_back(tmp_path: Path) -> None:
    series = Series(axis=DAY, values=np.arange(24.0), unit="kW", source="a meter")
    (tmp_path / "l.parquet").write_bytes(series_bytes(series))

    again = read(tmp_path / "l.parquet")

    assert again.values[5] == 0.005
    assert again.source == "a meter"


def test_a_year_profile_has_no_times_and_must_say_so(tmp_path: Path) -> None:
    year = TimeAxis.of_year(2027, SHANGHAI)
    path = csv(tmp_path / "shape.csv", "load", [f"{i % 24}" for i in range(8760)])

    with pytest.raises(InputError, match="year profile"):
        read(path, axis=year)

    assert read(path, axis=year, year_profile=True).values[30] == 6


def test_365_days_do_not_fill_a_leap_year(tmp_path: Path) -> None:
    path = csv(tmp_path / "shape.csv", "load", ["1"] * 8760)

    with pytest.raises(InputError, match="29 February: add its rows") as caught:
        read(path, axis=TimeAxis.of_year(2028, SHANGHAI), year_profile=True)

    assert caught.value.problems[0].found == "8760 rows"


def test_another_year_is_refused_unless_it_may_stand_for_the_one_planned(tmp_path: Path) -> None:
    path = csv(tmp_path / "l.csv", "time,load", [f"{t},{i}" for i, t in enumerate(hours(8760, datetime(2025, 1, 1)))])  # noqa: DTZ001
    planned = TimeAxis.of_year(2027, SHANGHAI)

    with pytest.raises(InputError, match="any_year: true"):
        read(path, axis=planned)

    load = read(path, axis=planned, any_year=True)
    assert load.values[100] == 100
    assert "laid onto 2027" in load.source


def test_every_fault_of_a_file_is_raised_at_once(tmp_path: Path) -> None:
    rows = [f"{t},{i}" for i, t in enumerate(hours())]
    rows[3] = rows[3].replace(",3", ",")
    rows[4] = rows[4].replace(",4", ",--")
    rows[7] = rows[7].replace(",7", ",seven")
    rows[9] = "yesterday,9"
    rows[12] = rows[11]
    del rows[16:18]

    with pytest.raises(InputError) as caught:
        read(csv(tmp_path / "bad.csv", "time,load", rows))

    wheres = [problem.where for problem in caught.value.problems]
    assert "bad.csv:5-6 load" in wheres
    assert "bad.csv:9 load" in wheres
    assert "bad.csv:11 time" in wheres
    assert "bad.csv:14 time" in wheres
    text = str(caught.value)
    assert "2 intervals missing from 2026-01-01T08:00Z" in text
    assert "2025-12-31T03:00" not in text


def test_faults_outside_the_planned_stretch_do_no_harm(tmp_path: Path) -> None:
    rows = [f"{t},{i}" for i, t in enumerate(hours(48))]
    rows[40] = rows[40].replace(",40", ",")

    assert read(csv(tmp_path / "l.csv", "time,load", rows)).values[23] == 23


def test_a_stretch_that_ends_early_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="at least 2025-12-31T16:00Z to 2026-01-01T16:00Z"):
        read(csv(tmp_path / "l.csv", "time,load", [f"{t},1" for t in hours(20)]))


def test_a_share_in_percent_under_the_wrong_unit_is_noticed(tmp_path: Path) -> None:
    path = csv(tmp_path / "cf.csv", "time,load", [f"{t},{i}" for i, t in enumerate(hours())])

    with pytest.raises(InputError, match="name the unit %"):
        read(path, unit="1", wanted="1")


@pytest.mark.parametrize(
    ("unit", "value", "said"),
    [
        ("MW", "-999", "-999, a code for missing"),
        ("°C", "-3270", "-3270 °C; expected -90 to 150"),
        ("MW", "nan", "empty"),
    ],
)
def test_codes_for_missing_and_impossible_readings_are_seen(tmp_path: Path, unit: str, value: str, said: str) -> None:
    rows = [f"{t},{i}" for i, t in enumerate(hours())]
    rows[5] = rows[5].replace(",5", f",{value}")

    with pytest.raises(InputError, match=said) as caught:
        read(csv(tmp_path / "l.csv", "time,load", rows), unit=unit, wanted=unit)

    assert caught.value.problems[0].where == "l.csv:7 load"


def test_the_only_column_of_times_is_the_time_column(tmp_path: Path) -> None:
    assert read(csv(tmp_path / "l.csv", "Beginn,load", [f"{t},2" for t in hours()])).values.sum() == 48


def test_an_unknown_column_names_those_that_are_there(tmp_path: Path) -> None:
    path = csv(tmp_path / "l.csv", "time,Load MW", [f"{t},1" for t in hours()])

    with pytest.raises(InputError, match="'Load MW'"):
        read(path)


def test_a_comma_inside_an_unquoted_number_is_seen_by_the_width(tmp_path: Path) -> None:
    rows = [f"{t},{i}" for i, t in enumerate(hours())]
    rows[2] = rows[2].replace(",2", ",1,234")

    with pytest.raises(InputError, match="3 cells; expected 2, as in the header"):
        read(csv(tmp_path / "l.csv", "time,load", rows))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("l.xls", b"\xd0\xcf\x11\xe0", "an old .xls as .xlsx"),
        ("l.xlsx", b"<html>login</html>", "no readable workbook"),
        ("l.parquet", b"PAR1", "no readable Parquet"),
        ("l.csv", b"", "no rows"),
        ("l.csv", b"\xff\xff\x00\x81", "no known encoding"),
    ],
)
def test_files_that_are_not_what_they_say(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(InputError, match=said):
        read(tmp_path / name)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read(tmp_path / "l.csv")


def test_a_summer_time_year_of_smard_labels_is_read_whole(tmp_path: Path) -> None:
    year = TimeAxis.of_year(2026, BERLIN)
    labels = year.local(BERLIN).strftime("%Y-%m-%d %H:%M")
    path = csv(tmp_path / "p.csv", "time,load", [f"{t},{i}" for i, t in enumerate(labels)])

    assert read(path, axis=year, zone=BERLIN).values.tolist() == list(range(8760))
