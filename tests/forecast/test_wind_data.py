"""The wind record's door: sentinels, hung meters and frozen cups are put aside, and nothing else."""

from __future__ import annotations

import os
import sys
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import forecast_data_wind as door

CUT = datetime(2012, 9, 1, tzinfo=door.SHANGHAI)


def test_a_meter_that_hangs_for_three_hours_is_missing_and_rest_at_zero_is_not() -> None:
    counts: dict[str, int] = {}
    values = np.array([-0.4] + [21.0] * 12 + [5.0] * 11 + [0.0] * 40)

    power = door._power(values, "farm", counts)

    assert power[0] == 0.0
    assert np.isnan(power[1:13]).all()
    assert power[13:24].tolist() == [5.0] * 11
    assert (power[24:] == 0.0).all()
    assert counts == {"farm: power below zero, read as zero": 1, "farm: power that hangs": 12}


def test_wind_of_a_sentinel_or_a_frozen_cup_is_missing() -> None:
    counts: dict[str, int] = {}
    values = np.array([-154.0, 327.7, 100.0, 40.0, 6.5] + [4.1] * 24)

    speed = door._speed(values, "cup", counts)

    assert np.isnan(speed).tolist() == [True, True, True, False, False] + [True] * 24
    assert counts == {"cup: impossible": 3, "cup: frozen": 24}


@pytest.fixture(scope="module")
def record() -> door.Record:
    if not os.environ.get("WATTLOOM_DATA"):
        pytest.skip("WATTLOOM_DATA names no folder of data")
    return door.farms(CUT)


def test_what_the_record_is_known_to_hide_is_found(record: door.Record) -> None:
    found = record.put_aside

    # The record's own page tells of 100 m/s at mali; its cups stood still for most of the year.
    assert found["mali_ws_70m: impossible"] == 140
    assert found["mali_ws_70m: frozen"] > 20_000
    assert found["dagang: power that hangs"] == 237 + 55 + 19


def test_persistence_errs_as_the_record_page_says(record: door.Record) -> None:
    power = record.feeds["mali"].target.values[0]

    # Its page: mali 15 min MAE 2.51 and RMSE 5.01 MW, 4 h 11.46 and 17.14 MW, 24 h 14.78 and 21.05 MW.
    for steps, mae, rmse in ((1, 2.51, 5.01), (16, 11.46, 17.14), (96, 14.78, 21.05)):
        misses = power[steps:] - power[:-steps]
        assert np.nanmean(np.abs(misses)) == pytest.approx(mae, abs=0.01)
        assert np.sqrt(np.nanmean(misses**2)) == pytest.approx(rmse, abs=0.01)


def test_a_farm_left_out_is_no_neighbour_of_its_teachers(record: door.Record) -> None:
    teacher = door.without(record.feeds["taonan"], "mali")

    assert "neighbour_mali_share" in record.feeds["taonan"].channels
    assert "neighbour_mali_share" not in teacher.channels
    assert teacher.capacity == record.feeds["taonan"].capacity
