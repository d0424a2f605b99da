"""Does the report show what was wrong with a record, where, and what was done about it?"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from wattloom.app.forecast_answer import ForecastRun
from wattloom.app.forecast_day import forecast_day
from wattloom.edge.projects import read_forecast
from wattloom.edge.reports.forecast_page import forecast_page
from wattloom.edge.reports.forecast_record import columns_of, edits, usable

FILE = """
name: Sun
step_minutes: 60
models: {asked: climatology}
stations:
  sun:
    kind: solar
    unit: MW
    capacity: 80
    zone: Asia/Shanghai
    table: {file: sun.csv, labels: start}
    column: mw
    channels:
      air_temperature_c: {column: air, unit: "°C", known: measured}
day_ahead: {issue_clock: "00:00"}
"""
NOON_3 = 2 * 24 + 12


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> ForecastRun:
    """Forty days of sun; a code on the third day's noon, and a thermometer at its register's end there."""
    folder = tmp_path_factory.mktemp("record")
    hours = np.arange(40 * 24)
    power = np.clip(40 * np.sin((hours % 24 - 6) * np.pi / 12), 0, None) * (1 + 0.001 * hours)
    air = 10 + 8 * np.sin(hours / 24 * 2 * np.pi) + hours * 0.01
    power[NOON_3], air[NOON_3] = -99.0, -3276.7
    times = pd.date_range("2026-03-01", periods=len(hours), freq="h")
    pd.DataFrame({"time": times, "mw": power, "air": air}).to_csv(folder / "sun.csv", index=False)
    (folder / "file.yaml").write_text(FILE, encoding="utf-8")
    return forecast_day(read_forecast(folder / "file.yaml"), folder=folder)


def test_each_measured_column_is_summed_up(run: ForecastRun) -> None:
    rows = {row[1]: row[2:] for row in columns_of(run).rows}
    assert rows["mw"][0] == pytest.approx(959 / 960)
    assert rows["air"] == pytest.approx((959 / 960, 0, 1 / 960, 0, 1, 1))


def test_the_log_says_what_was_found_where_and_what_was_done(run: ForecastRun) -> None:
    told = {(row[1], str(row[2])): row[3:] for row in edits(run).rows}
    assert str(told["air", "a code for no reading"][0]) == "set to missing"
    assert told["air", "a code for no reading"][1:] == (1, "2026-03-03 12:00", "2026-03-03 12:00")
    assert ("mw", "a code for no reading") in told


def test_the_map_shows_the_hole(run: ForecastRun) -> None:
    grid = usable(run.stations[0])
    assert len(grid) == 24
    assert grid[12][2] == 0.0
    assert grid[12][3] == grid[0][2] == 1.0


@pytest.mark.parametrize(("lang", "word"), [("en", "The log of cleaning"), ("zh", "清洗日志")])
def test_the_page_holds_the_record_in_both_languages(run: ForecastRun, lang: str, word: str) -> None:
    assert word in forecast_page(run, lang=lang)  # type: ignore[arg-type]
