"""Is every watt-hour of a meter counted once, and is what nobody knows left out and told?"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattloom.domain.errors import InputError
from wattloom.domain.time import TimeAxis
from wattloom.intake.meters import MeterReadings, MeterRules, Replacement, month_axis, read_meter
from wattloom.intake.tables import Layout

SHANGHAI = ZoneInfo("Asia/Shanghai")
HOUR = TimeAxis(datetime(2026, 3, 1, tzinfo=SHANGHAI), 15, 4)
CLOCKS = ("00:00", "00:15", "00:30", "00:45", "01:00")


def read(folder: Path, values: list[object], *, axis: TimeAxis = HOUR, text: str = "", **how: Any) -> MeterReadings:
    """A meter of quarter-hours from midnight, or the text of its table."""
    path = folder / "meter.csv"
    rows = "\n".join(f"2026-03-01 {clock},{value}" for clock, value in zip(CLOCKS, values, strict=False))
    path.write_text(text or f"time,reading\n{rows}\n", encoding="utf-8")
    rules: dict[str, Any] = {"sort": "interval", "unit": "kWh", "zone": SHANGHAI, **how}
    return read_meter(path, column="reading", how=MeterRules(**rules), axis=axis, layout=Layout(labels="start"))


def said(found: MeterReadings) -> str:
    """All notes in English."""
    return " ".join(note.en for note in found.notes)


def test_a_reading_is_turned_into_whole_watt_hours_without_a_float_in_between(tmp_path: Path) -> None:
    # 1.001 kWh is 1,000.9999999999999 Wh in floating point, and would be cut to 1,000.
    found = read(tmp_path, ["1.001", "0.29", "0", "2"])

    assert found.wh.tolist() == [1001, 290, 0, 2000]
    assert found.remainder_wh == 0
    assert found.notes == ()


def test_what_is_left_of_a_watt_hour_goes_into_the_next_interval_and_the_last_rest_stays_on_the_meter(
    tmp_path: Path,
) -> None:
    found = read(tmp_path, ["0.0006", "0.0006", "0.0006", "0.0006"])

    assert found.wh.tolist() == [0, 1, 0, 1]  # 0.6, 1.2, 1.8, 2.4 Wh so far.
    assert found.remainder_wh == Decimal("0.4")


def test_mean_power_and_a_transformer_ratio(tmp_path: Path) -> None:
    found = read(tmp_path, [4, 8, 0, 1], sort="power", unit="kW", ratio=Decimal(100))

    assert found.wh.tolist() == [100_000, 200_000, 0, 25_000]


def test_finer_readings_need_all_their_parts_and_coarser_ones_are_refused(tmp_path: Path) -> None:
    coarse = TimeAxis(HOUR.start, 30, 2)
    found = read(tmp_path, [1, 2, "", 4], axis=coarse)

    assert found.wh.tolist() == [3000, 0]
    assert found.known.tolist() == [True, False]
    assert "1 periods have no reading (2026-02-28T16:30Z)" in said(found)
    with pytest.raises(InputError, match="an hour is never cut into quarters"):
        read(tmp_path, [1, 2, 3, 4], axis=TimeAxis(HOUR.start, 5, 12))


def test_a_gap_holds_nothing_and_a_negative_reading_is_nothing_generated(tmp_path: Path) -> None:
    found = read(tmp_path, [1, "--", -3, 4])

    assert (found.wh.tolist(), found.missing) == ([1000, 0, 0, 4000], 1)
    assert "1 readings are below zero" in said(found)


def test_a_row_told_twice_alike_counts_once_and_otherwise_counts_as_no_reading(tmp_path: Path) -> None:
    text = "time,reading\n" + "".join(
        f"2026-03-01 {clock},{value}\n"
        for clock, value in [("00:00", 1), ("00:15", 2), ("00:15", 2), ("00:30", 3), ("00:30", 4), ("00:45", 5)]
    )

    found = read(tmp_path, [], text=text)

    assert found.wh.tolist() == [1000, 2000, 0, 5000]
    assert "1 rows repeat a value" in said(found)
    assert "told twice with different values (2026-02-28T16:30Z)" in said(found)
    assert "later row stands" not in said(found)


def test_a_correction_published_later_stands_and_is_told(tmp_path: Path) -> None:
    text = "time,reading,published\n" + "".join(
        f"2026-03-01 {clock},{value},{when}\n"
        for clock, value, when in [
            ("00:00", 1, "2026-03-02 08:00"),
            ("00:15", 2, "2026-03-02 08:00"),
            ("00:30", 3, "2026-03-02 08:00"),
            ("00:45", 4, "2026-03-02 08:00"),
            ("00:15", 7, "2026-04-09 08:00"),
        ]
    )

    found = read(tmp_path, [], text=text, issue_column="published")

    assert found.wh.tolist() == [1000, 7000, 3000, 4000]
    assert "published again with another value (2026-02-28T16:15Z)" in said(found)


def test_a_register_is_read_by_its_differences(tmp_path: Path) -> None:
    found = read(tmp_path, ["100.0", "100.5", "101.25", "101.25", "103"], sort="register")

    assert found.wh.tolist() == [500, 750, 0, 1750]


def test_a_register_that_rolls_over_goes_on_where_the_device_allows_it(tmp_path: Path) -> None:
    roll: dict[str, Any] = {"sort": "register", "rolls_over_at": Decimal(1000), "most_w": 10_000}

    found = read(tmp_path, ["998", "999.5", "0.5", "1", "2"], **roll)
    fell = read(tmp_path, ["500", "501", "0.5", "1", "2"], **roll)

    assert found.wh.tolist() == [1500, 1000, 500, 1000]
    assert "rolled over 1 times (2026-02-28T16:30Z)" in said(found)
    # 499.5 kWh in a quarter of an hour is not what 10 kW can give.
    assert fell.wh.tolist() == [1000, 0, 500, 1000]
    assert "neither a roll-over that the device allows nor a replacement" in said(fell)


def test_a_replaced_register_is_read_on_both_sides_of_its_replacement(tmp_path: Path) -> None:
    change = Replacement(at=datetime(2026, 3, 1, 0, 20, tzinfo=SHANGHAI), last=Decimal("501.2"), first=Decimal(7))

    found = read(tmp_path, ["500", "501", "7.3", "8", "9"], sort="register", replaced=(change,))

    assert found.wh.tolist() == [1000, 500, 700, 1000]  # 501 to 501.2, then 7 to 7.3.
    assert "replaced 1 times, as told" in said(found)


def test_a_registers_gap_is_issued_to_nobody_unless_it_is_asked_to_be_spread(tmp_path: Path) -> None:
    readings: list[object] = ["100", "101", "", "", "104"]

    left = read(tmp_path, readings, sort="register")
    spread = read(tmp_path, readings, sort="register", spread=True)

    assert (left.wh.tolist(), left.known.tolist()) == ([1000, 0, 0, 0], [True, False, False, False])
    assert "energy that belongs to no period" in said(left)
    assert (spread.wh.tolist(), spread.estimated.tolist()) == ([1000] * 4, [False, True, True, True])


def test_more_than_the_device_can_give_is_not_believed(tmp_path: Path) -> None:
    found = read(tmp_path, [1, 2.6, 2.7, 2.5], most_w=10_000)

    assert found.wh.tolist() == [1000, 2600, 0, 2500]  # 10 kW give 2.5 kWh, and 5 % are allowed.


def test_a_table_with_a_day_a_row_and_96_columns_keeps_its_gaps(tmp_path: Path) -> None:
    head = ",".join(f"{(n // 4):02d}:{n % 4 * 15:02d}" for n in range(1, 97))
    cells = ["1"] * 96
    cells[5] = ""
    text = f"date,meter,{head}\n2026-03-01,reading,{','.join(cells)}\n2026-03-02,reading,{','.join(['2'] * 96)}\n"
    path = tmp_path / "wide.csv"
    path.write_text(text, encoding="utf-8")
    how = MeterRules(sort="interval", unit="kWh", zone=SHANGHAI)

    found = read_meter(path, column="reading", how=how, axis=TimeAxis(HOUR.start, 15, 192), layout=Layout())

    assert found.total_wh == (95 + 192) * 1000
    assert np.flatnonzero(~found.known).tolist() == [5]


def test_parquet_and_csv_of_the_same_readings_are_the_same_watt_hours(tmp_path: Path) -> None:
    values = [0.1, 1.001, 2.3, 4.007]
    frame = pd.DataFrame({"time": [f"2026-03-01 {clock}" for clock in CLOCKS[:4]], "reading": values})
    frame.to_parquet(tmp_path / "meter.parquet")
    how = MeterRules(sort="interval", unit="kWh", zone=SHANGHAI)

    columnar = read_meter(
        tmp_path / "meter.parquet", column="reading", how=how, axis=HOUR, layout=Layout(labels="start")
    )

    assert columnar.wh.tolist() == read(tmp_path, list(values)).wh.tolist() == [100, 1001, 2300, 4007]


def test_a_unit_that_is_no_energy_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected one of Wh, kWh"):
        read(tmp_path, [1, 2, 3, 4], unit="kW")


@given(st.lists(st.decimals(min_value=0, max_value=5000, places=6), min_size=4, max_size=4))
def test_no_watt_hour_is_gained_or_lost_by_rounding(values: list[Decimal]) -> None:
    import tempfile  # noqa: PLC0415 - hypothesis and fixtures of a function do not mix

    with tempfile.TemporaryDirectory() as folder:
        found = read(Path(folder), list(values))

    assert found.total_wh + found.remainder_wh == sum(values) * 1000
    assert 0 <= found.remainder_wh < 1


def test_a_month_begins_at_midnight_of_its_zone() -> None:
    assert month_axis("2026-12", SHANGHAI, 15) == TimeAxis(datetime(2026, 12, 1, tzinfo=SHANGHAI), 15, 2976)
