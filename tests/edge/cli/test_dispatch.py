"""`wattloom dispatch …` and `wattloom flexibility …` as a person types them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

Run = Callable[..., Result]
FILE = """
name: A hall in two places
window: {start: 2027-03-01T00:00+08:00, days: 1, step_minutes: 60}
sites:
  east:
    place: {latitude_deg: 31, longitude_deg: 120, altitude_m: 5, time_zone: Asia/Shanghai}
    it_mw: 4
    import_price_cny_per_mwh: {by_hour: [6,6,6,6,6,6,6,6, 9,9,9,9,9,9,9,9, 9,9,9,9,6,6,6,6]}
    carbon_kg_per_mwh: 500
  west:
    place: {latitude_deg: 37, longitude_deg: 105, altitude_m: 1200, time_zone: Asia/Shanghai}
    it_mw: 4
    import_price_cny_per_mwh: 5
    carbon_kg_per_mwh: 600
links: {latency_ms: {east: {west: 30}}, migration_cost_cny_per_mwh: 0.5}
classes:
  batch: {kind: batch, share: 1, window_hours: 6, run_hours_spread: 0.3, latency_ms_max: , restart_minutes: 5}
jobs: {per_day: 40, seed: 3}
"""
"""Prices in CNY/MWh, chosen small so that a mistake of a thousand shows."""


@pytest.fixture(name="file")
def _file(tmp_path: Path) -> Path:
    path = tmp_path / "halls.yaml"
    path.write_text(FILE, encoding="utf-8")
    return path


def test_a_day_is_dispatched_and_the_answer_says_what_is_saved(wattloom: Run, file: Path, tmp_path: Path) -> None:
    done = wattloom("dispatch", "day", str(file), "--out", str(tmp_path / "day"))

    assert done.exit_code == 0, done.output
    assert "Every job is done by its deadline" in " ".join(done.output.split())
    assert (tmp_path / "day" / "report.html").exists()
    assert (tmp_path / "day" / "segments.parquet").exists()


def test_a_replay_leaves_its_table_and_no_unfinished_state(wattloom: Run, file: Path, tmp_path: Path) -> None:
    target = tmp_path / "replay"

    done = wattloom("dispatch", "replay", str(file), "--policies", "lowest_window,plan", "--out", str(target), "--json")

    assert done.exit_code == 0, done.output
    assert json.loads((target / "summary.json").read_text("utf-8"))
    assert not (tmp_path / "replay-unfinished").exists()


def test_the_sheet_of_flexibility_is_written_in_chinese(wattloom: Run, file: Path, tmp_path: Path) -> None:
    done = wattloom("flexibility", "assess", str(file), "--out", str(tmp_path / "offer"), "--lang", "zh")

    assert done.exit_code == 0, done.output
    assert "概率" in done.output
    assert 'lang="zh-CN"' in (tmp_path / "offer" / "report.html").read_text("utf-8")


def test_a_wrong_dispatch_file_is_told_in_sentences(wattloom: Run, file: Path) -> None:
    file.write_text(FILE.replace("it_mw: 4", "it_mw: four", 1).replace("batch: {kind: batch", "batch: {kind: bach"))

    done = wattloom("dispatch", "day", str(file))

    assert done.exit_code == 2
    assert "halls.yaml:7" in done.output
    assert "halls.yaml:17" in done.output


def test_an_unknown_policy_is_refused_before_anything_is_written(wattloom: Run, file: Path, tmp_path: Path) -> None:
    done = wattloom("dispatch", "replay", str(file), "--policies", "best", "--out", str(tmp_path / "replay"))

    assert done.exit_code == 2
    assert "wait_awhile" in done.output
    assert not (tmp_path / "replay").exists()
