"""Recorded dirt, where `WATTLOOM_DATA` names it: counts that the records' own notes give, found by the rules."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from wattloom.intake.cleaning import Cleaned, Column, Quantity, Record, clean

SUN = {
    "total_irradiance_wm2": (Quantity.IRRADIANCE, "W/m²"),
    "air_temp_c": (Quantity.TEMPERATURE, "°C"),
    "humidity_pct": (Quantity.HUMIDITY, "%"),
    "power_mw": (Quantity.POWER, "MW"),
}
WIND = {
    "dagang_power_mw": (Quantity.POWER, "MW"),
    "dagang_ws_40m": (Quantity.WIND_SPEED, "m/s"),
    "dagang_temp_10m_c": (Quantity.TEMPERATURE, "°C"),
}
BEIJING_MINUTES = 480


def cleaned(name: str, columns: dict[str, tuple[Quantity, str]], capacity: float, *, solar: bool) -> Cleaned:
    """A recorded station, cleaned."""
    folder = os.environ.get("WATTLOOM_DATA")
    if not folder:
        pytest.skip("WATTLOOM_DATA names no folder of recorded stations")
    table = pd.read_parquet(Path(folder) / "energy" / name)
    stamps_s = table["time"].astype("datetime64[s]").astype("int64").to_numpy() - BEIJING_MINUTES * 60
    return clean(
        Record(
            name=name,
            stamps_s=stamps_s,
            step_minutes=15,
            columns={
                key: Column(quantity=quantity, unit=unit, values=table[key].to_numpy(dtype=float))
                for key, (quantity, unit) in columns.items()
            },
            utc_offset_minutes=BEIJING_MINUTES,
            capacity=capacity,
            solar=solar,
        )
    )


def counts(found: Cleaned) -> dict[tuple[str, str], int]:
    """Values concerned, by kind and column."""
    return {(edit.kind, edit.column): edit.count for edit in found.edits}


def test_sixty_rows_of_a_code_for_no_reading() -> None:
    found = counts(cleaned("cn-stategrid-pv/site1_50mw_original.parquet", SUN, 50, solar=True))
    assert found["sentinel", "total_irradiance_wm2"] == found["sentinel", "air_temp_c"] == 60


def test_a_thermometer_at_the_end_of_its_register_and_a_station_that_draws_at_night() -> None:
    station = cleaned("cn-stategrid-pv/site3_30mw_original.parquet", SUN, 30, solar=True)
    assert counts(station)["negative power", "power_mw"] == 25_652
    assert np.nanmin(station.values["air_temp_c"]) > -30
    assert np.nanmax(station.values["air_temp_c"]) < 60
    assert counts(station)["sentinel", "air_temp_c"] + counts(station)["limits", "air_temp_c"] > 5_000


def test_own_use_at_night_and_no_shift_of_a_clock_that_never_moved() -> None:
    found = counts(cleaned("cn-stategrid-pv/site5_110mw_original.parquet", SUN, 110, solar=True))
    assert found["negative power", "power_mw"] == 18_055
    assert not [kind for kind, _ in found if kind in {"time shift", "off clock"}]


def test_a_mast_that_measured_327_metres_a_second() -> None:
    farm = cleaned("cn-jilin-wind-2012/wind_15min.parquet", WIND, 222, solar=False)
    assert np.nanmax(farm.values["dagang_ws_40m"]) <= 75
    assert np.nanmin(farm.values["dagang_temp_10m_c"]) > -90
