"""Does a number or a series of a project reach its key in the key's unit, on its clock, inside its bounds?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from wattloom.assets.contract import Bounds, ByHour, ByMonth, FromFile, Level, Unit
from wattloom.domain.errors import InputError
from wattloom.domain.time import TimeAxis
from wattloom.intake.datasets import series
from wattloom.intake.levels import Levels

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
HOURS = TimeAxis(datetime(2026, 12, 31, 16, tzinfo=UTC), 60, 4)
"""The first four hours of 2027 in Shanghai."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    price_cny_per_mwh: Annotated[Level, Unit("CNY/MWh")] = 0.0
    share: Annotated[Level, Unit("1"), Bounds(0, 1)] = 0.0
    height_m: Annotated[Level, Unit("MW"), Bounds(0, open_below=True)] = 1.0


def levels(folder: Path, axis: TimeAxis = HOURS, **rates: float) -> Levels:
    return Levels(folder=folder, axis=axis, zone=SHANGHAI, cny_per=rates)


def priced(folder: Path, unit: str, values: str = "1,2,3,4", **keys: Any) -> FromFile:
    hours = "\n".join(f"2027-01-01 0{i}:00,{value}" for i, value in enumerate(values.split(",")))
    (folder / "p.csv").write_text(f"time,price\n{hours}\n", encoding="utf-8")
    return FromFile(file="p.csv", column="price", unit=unit, **keys)


@pytest.mark.parametrize(
    ("unit", "first"),
    [
        ("元/MWh", 1.0),
        ("CNY/kWh", 1000.0),
        ("fen/kWh", 10.0),
        ("分/千瓦时", 10.0),
        ("€/MWh", 8.0),
        ("ct/kWh", 80.0),
        ("USD/kWh", 7000.0),
    ],
)
def test_a_price_in_any_unit_and_currency_becomes_cny_per_mwh(tmp_path: Path, unit: str, first: float) -> None:
    grid = Grid(price_cny_per_mwh=priced(tmp_path, unit))

    found = levels(tmp_path, EUR=8.0, USD=7.0).resolved(grid).price_cny_per_mwh

    assert found.unit == "CNY/MWh"
    assert found.values.tolist() == pytest.approx([first * i for i in (1, 2, 3, 4)])


def test_a_foreign_price_without_its_rate_names_the_key_to_give(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        levels(tmp_path, USD=7.0).resolved(Grid(price_cny_per_mwh=priced(tmp_path, "€/MWh")), where="assets.grid")

    problem = refused.value.problems[0]
    assert problem.where == "assets.grid.price_cny_per_mwh"
    assert "money.cny_per_eur" in problem.expected


def test_a_table_is_read_as_its_layout_says(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        "measured,stamp,price\n" + "\n".join(f"2020-01-01 00:0{i},2027-01-01 0{i + 1}:00,{i}" for i in range(4)),
        encoding="utf-8",
    )
    level = FromFile(file="t.csv", column="price", time="stamp", labels="end")

    found = levels(tmp_path).resolved(Grid(price_cny_per_mwh=level)).price_cny_per_mwh

    assert found.values.tolist() == [0.0, 1.0, 2.0, 3.0]


def test_a_year_profile_is_the_years_hours_in_order(tmp_path: Path) -> None:
    (tmp_path / "y.csv").write_text("price\n" + "\n".join(map(str, range(8760))), encoding="utf-8")
    year = TimeAxis.of_year(2027, SHANGHAI)
    level = FromFile(file="y.csv", column="price", year_profile=True)

    found = levels(tmp_path, year).resolved(Grid(price_cny_per_mwh=level)).price_cny_per_mwh

    assert found.values[[0, 1, 8759]].tolist() == [0.0, 1.0, 8759.0]


def test_another_year_stands_for_the_design_year_only_where_the_project_says_so(tmp_path: Path) -> None:
    stamps = np.datetime64("2026-01-01T00", "h") + np.arange(8760)
    rows = "\n".join(f"{str(stamp).replace('T', ' ')}:00,{i}" for i, stamp in enumerate(stamps))
    (tmp_path / "old.csv").write_text(f"time,price\n{rows}\n", encoding="utf-8")
    year = TimeAxis.of_year(2027, SHANGHAI)
    level = FromFile(file="old.csv", column="price")

    with pytest.raises(InputError, match="any_year: true"):
        levels(tmp_path, year).resolved(Grid(price_cny_per_mwh=level))
    told = FromFile(file="old.csv", column="price", any_year=True)
    found = levels(tmp_path, year).resolved(Grid(price_cny_per_mwh=told)).price_cny_per_mwh

    assert found.values[[0, 8759]].tolist() == [0.0, 8759.0]


def test_a_series_of_the_package_keeps_the_hours_of_its_own_clock(tmp_path: Path) -> None:
    german = series("germany-2018-price")
    noon = int(np.flatnonzero(german.axis.local(BERLIN).strftime("%m-%d %H") == "01-15 12")[0])
    year = TimeAxis.of_year(2027, SHANGHAI)
    level = FromFile(dataset="germany-2018-price")

    found = levels(tmp_path, year, EUR=8.0).resolved(Grid(price_cny_per_mwh=level)).price_cny_per_mwh

    here = int(np.flatnonzero(year.local(SHANGHAI).strftime("%m-%d %H") == "01-15 12")[0])
    assert found.values[here] == pytest.approx(8.0 * german.values[noon])


def test_a_value_outside_the_bounds_of_its_key_is_refused_with_the_first_bad_row(tmp_path: Path) -> None:
    level = priced(tmp_path, "1", values="0.2,1.1,0.4,1.3")

    with pytest.raises(InputError) as refused:
        levels(tmp_path).resolved(Grid(share=level), where="assets.pv")

    assert str(refused.value) == (
        "assets.pv.share: found 1.1 at 2027-01-01 01:00 (period 2 of 4), the first of 2 such values, "
        "from p.csv, price; expected values of at least 0 and at most 1; "
        "correct the values, or name the unit in which they are written"
    )


def test_values_written_by_hour_or_month_are_held_to_the_bounds_too(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="found -1 at 2027-01-01 03:00"):
        levels(tmp_path).resolved(Grid(share=ByHour(by_hour=(0.5, 0.5, 0.5, -1.0, *[0.5] * 20))))
    with pytest.raises(InputError, match="values above 0 in MW"):
        levels(tmp_path).resolved(Grid(height_m=ByMonth(by_month=(0.0,) * 12)))


def test_a_value_on_a_closed_end_is_right(tmp_path: Path) -> None:
    found = levels(tmp_path).resolved(Grid(share=priced(tmp_path, "1", values="0,1,0,1")))

    assert found.share.values.tolist() == [0.0, 1.0, 0.0, 1.0]
