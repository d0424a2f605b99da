"""`wattloom forecast …` as a person types it."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import Result

Run = Callable[..., Result]
FILE = """
name: A field and a queue
step_minutes: 60
stations:
  field:
    kind: solar
    unit: MW
    capacity: 50
    place: {latitude_deg: 38.5, longitude_deg: 106.2, altitude_m: 1110, time_zone: Asia/Shanghai, name: Sunny Field}
    generated: {days: 90, seed: 1}
    models: {asked: clear_sky}
  queue: {kind: arrivals, unit: jobs, capacity: 400, zone: Asia/Shanghai, generated: {days: 90, seed: 2}}
models: {asked: seasonal_naive}
backtest: {start: 2026-03-01, end: 2026-03-25}
"""


@pytest.fixture(name="file")
def _file(tmp_path: Path) -> Path:
    path = tmp_path / "two.yaml"
    path.write_text(FILE, encoding="utf-8")
    return path


def test_a_day_is_forecast_into_table_parquet_and_report(wattloom: Run, file: Path, tmp_path: Path) -> None:
    out = tmp_path / "day"

    done = wattloom("forecast", "day", file, "--out", out)

    assert done.exit_code == 0, done.output
    assert "Sunny Field" in done.output
    frame = pd.read_parquet(out / "forecast.parquet")
    rows = list(csv.DictReader((out / "forecast.csv").read_text("utf-8").splitlines()))
    assert len(frame) == len(rows) == 48
    assert (frame["q0.9"] >= frame["q0.1"]).all()
    assert float(rows[12]["q0.5"]) == pytest.approx(frame["q0.5"][12])
    assert set(frame["fallback"]) == {""}


def test_a_fall_back_stands_in_screen_json_and_files(wattloom: Run, file: Path, tmp_path: Path) -> None:
    out = tmp_path / "late"

    done = wattloom("forecast", "day", file, "--day", "2026-06-01", "--out", out)

    assert done.exit_code == 0, done.output
    assert "data have stopped" in " ".join(done.output.split())
    summary = json.loads((out / "summary.json").read_text("utf-8"))
    assert "数据中断" in summary["stations"]["field"]["fallbacks"][0]["zh"]
    assert pd.read_parquet(out / "forecast.parquet")["fallback"].str.contains("data have stopped").all()
    assert "data have stopped" in (out / "report.html").read_text("utf-8")


def test_the_next_hours_are_told_in_chinese(wattloom: Run, file: Path, tmp_path: Path) -> None:
    done = wattloom("forecast", "intraday", file, "--out", tmp_path / "next", "--lang", "zh")

    assert done.exit_code == 0, done.output
    assert "场站" in done.output


def test_a_back_test_fills_the_board_that_the_next_command_shows(wattloom: Run, file: Path, tmp_path: Path) -> None:
    kept = tmp_path / "board.jsonl"

    tested = wattloom("forecast", "backtest", file, "--out", tmp_path / "test", "--board", kept)
    shown = wattloom("forecast", "board", file, "--out", tmp_path / "board", "--board", kept, "--json")

    assert tested.exit_code == 0, tested.output
    assert shown.exit_code == 0, shown.output
    board = json.loads(shown.output)
    assert [len(test["ranked"]) for test in board["tests"]] == [2, 1]
    # A look, then its score, for each of three runs.
    assert len(kept.read_text("utf-8").splitlines()) == 6


def test_an_empty_board_says_what_to_do(wattloom: Run, file: Path, tmp_path: Path) -> None:
    done = wattloom("forecast", "board", file, "--out", tmp_path / "board", "--board", tmp_path / "none.jsonl")

    assert done.exit_code == 0, done.output
    assert "run a back-test first" in done.output


def test_a_wrong_file_is_told_in_sentences_and_nothing_is_written(wattloom: Run, file: Path, tmp_path: Path) -> None:
    file.write_text(FILE.replace("kind: solar", "kind: moon").replace("seasonal_naive", "crystal_ball"), "utf-8")

    done = wattloom("forecast", "day", file, "--out", tmp_path / "day")

    assert done.exit_code == 2
    assert "two.yaml:6" in done.output
    assert "two.yaml:13" in done.output
    assert not (tmp_path / "day").exists()


def test_a_day_that_is_none_is_refused(wattloom: Run, file: Path) -> None:
    done = wattloom("forecast", "day", file, "--day", "tomorrow")

    assert done.exit_code == 2
    assert "such as 2026-10-01" in done.output
