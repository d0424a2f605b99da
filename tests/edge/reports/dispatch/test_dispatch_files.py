"""Does a run of dispatch, replay or offer leave files that say what was found and can be checked?"""

from __future__ import annotations

import hashlib
import io
import json

import openpyxl
import pyarrow.parquet as pq
import pytest

from wattloom.app.flexibility_assess import FlexibilityAssessment
from wattloom.app.replay_answer import DispatchReplay
from wattloom.dispatch.answer import DispatchDay
from wattloom.edge import reports


@pytest.fixture(scope="module")
def files(day: DispatchDay) -> dict[str, bytes]:
    return reports.dispatch_files(day)


def test_every_file_is_there_and_its_checksum_told(files: dict[str, bytes]) -> None:
    told = json.loads(files["provenance.json"])

    assert set(files) == {
        "report.html", "summary.json", "results.json", "workbook.xlsx", "segments.parquet",
        "at_once_segments.parquet", "site_periods.parquet", "project.json", "provenance.json",
    }  # fmt: skip
    assert told["sha256"] == {
        name: hashlib.sha256(content).hexdigest() for name, content in files.items() if name != "provenance.json"
    }
    assert told["computed_with"]["wattloom"] == "0.1"


def test_segments_hold_the_schedule_in_utc(files: dict[str, bytes]) -> None:
    """The first stretch of tune-0 runs in Ningxia from 10:00 to 13:00 in China: from 2:00 to 5:00 UTC."""
    table = pq.read_table(io.BytesIO(files["segments.parquet"])).to_pylist()
    first = next(row for row in table if row["job"] == "tune-0")

    assert (first["class"], first["home"], first["site"]) == ("fine_tuning", "jiangsu", "ningxia")
    assert first["start_utc"].isoformat() == "2027-03-01T02:00:00+00:00"
    assert first["end_utc"].isoformat() == "2027-03-01T05:00:00+00:00"
    assert (first["level"], first["power_mw"], first["it_mwh"]) == (1.0, 5.0, 15.0)
    assert sum(row["it_mwh"] for row in table) == pytest.approx(156.0)


def test_periods_of_sites_add_up_to_the_results(files: dict[str, bytes]) -> None:
    periods = pq.read_table(io.BytesIO(files["site_periods.parquet"])).to_pydict()
    results = json.loads(files["results.json"])

    told = results["plan"]["sites"]["ningxia"]
    assert sum(periods["ningxia.import_mw"]) / 2 == pytest.approx(told["import_mwh"])
    assert max(periods["ningxia.import_mw"]) == pytest.approx(told["peak_import_mw"])
    assert periods["jiangsu.import_price_cny_per_mwh"][16] == 480.0
    assert sum(periods["jiangsu.at_once_draw_mw"]) / 2 == pytest.approx(3.2 * 32 + 22 * 6 + 8.8 * 4)


def test_the_summary_is_flat_and_names_units(files: dict[str, bytes], day: DispatchDay) -> None:
    summary = json.loads(files["summary.json"])

    # Fine-tuning, pretraining, battery; then demand, moving and carbon.
    assert summary["saved_cny"] == pytest.approx(27_720 + 6_336 + 560 - 75 - 960 + 1_056)
    assert summary["plan_cny"] == day.plan.cost_cny
    assert summary["moved_share"] == pytest.approx(120 / 156)
    assert (summary["deadline_misses"], summary["cap_excess_mwh"], summary["jobs"]) == (0, 0.0, 10)


def test_why_is_told_to_machines_too(files: dict[str, bytes]) -> None:
    assert json.loads(files["results.json"])["why"]["ningxia"].startswith("Ningxia took 120")


def test_the_workbook_holds_the_tables_with_full_numbers(files: dict[str, bytes]) -> None:
    book = openpyxl.load_workbook(io.BytesIO(files["workbook.xlsx"]))
    cells = [cell.value for sheet in book for row in sheet.iter_rows() for cell in row]

    assert book.sheetnames == ["answer", "sites", "costs", "jobs", "sources"]
    assert 960.0 in cells
    assert any(isinstance(cell, str) and cell.startswith("Ningxia took") for cell in cells)


def test_the_same_day_gives_the_same_bytes(files: dict[str, bytes], day: DispatchDay) -> None:
    again = reports.dispatch_files(day)

    same = [name for name in files if files[name] == again[name]]
    assert set(files) - set(same) <= {"workbook.xlsx", "provenance.json"}  # A workbook tells when it was written.


def test_a_replay_leaves_a_schedule_for_each_policy(replay: DispatchReplay) -> None:
    files = reports.replay_files(replay)
    summary = json.loads(files["summary.json"])

    assert [name for name in files if name.startswith("segments")] == [
        "segments_0_run_at_once.parquet",
        "segments_1_day_ahead.parquet",
        "segments_2_my_own_rule.parquet",
    ]
    assert "saving" not in summary["policies"][0]
    assert summary["policies"][2]["saving"]["low_cny"] == -2500.0
    assert summary["policies"][1]["waited_hours_mean"] == pytest.approx(2.8)
    assert json.loads(files["results.json"])["policies"]["run at once"]["refused"] == {"too late": 1}


def test_an_offer_leaves_its_lines_and_its_baseline(offer: FlexibilityAssessment) -> None:
    files = reports.offer_files(offer)
    baseline = pq.read_table(io.BytesIO(files["baseline.parquet"])).to_pydict()

    assert json.loads(files["summary.json"])["sites"]["ningxia"]["mw"] == 6.0
    assert len(json.loads(files["results.json"])["lines"]) == 18
    assert baseline["jiangsu.baseline_mw"][0] == pytest.approx(3.2)
