"""Do the files for machines hold the plan's numbers, every one readable by something else?"""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import openpyxl
import pyarrow.parquet as pq
import pytest

from wattloom.domain.series import Series
from wattloom.edge import reports
from wattloom.edge.reports import numbers
from wattloom.edge.reports.plain import plain
from wattloom.plan.result import SitePlan

ASKED = {
    "load_mean_mw",
    "solar_mw",
    "wind_mw",
    "battery_mw",
    "battery_mwh",
    "grid_mva",
    "energy_cost_cny_per_mwh",
    "baseline_cost_cny_per_mwh",
    "cost_reduction",
    "break_even_grid_price",
    "max_load_at_green_080",
    "green_share_hourly",
    "green_share_annual",
    "self_use_of_generation",
    "self_use_of_load",
    "export_of_generation",
    "lcoc_cny_per_kwh_it",
    "npv_cny",
    "irr",
    "carbon_location_t",
    "carbon_market_t",
    "compliance",
    "solver",
}


@pytest.fixture(scope="module")
def files(plan: SitePlan) -> dict[str, bytes]:
    return reports.plan_files(plan)


def test_the_summary_holds_every_figure_that_is_asked_for(plan: SitePlan) -> None:
    summary = reports.summary(plan)

    assert set(summary) >= ASKED
    assert (summary["solar_mw"], summary["battery_mwh"], summary["grid_mva"]) == (92.0, 152.0, 26.0)
    assert summary["break_even_grid_price"] == 402.0
    assert summary["compliance"][2]["status"] == "fail"
    assert summary["compliance"][2]["limit"] == 0.01
    assert set(summary["solver"]) >= {"method", "cpu_s", "gap", "max_violation"}


def test_the_cost_reduction_is_one_less_the_ratio_of_costs(plan: SitePlan) -> None:
    summary = reports.summary(plan)

    ratio = plan.outcome.yearly_cost_cny / plan.baseline.yearly_cost_cny
    assert summary["cost_reduction"] == pytest.approx(1.0 - ratio)


def test_a_run_holds_its_files_and_their_checksums(files: dict[str, bytes]) -> None:
    import hashlib  # noqa: PLC0415 - beside its use

    provenance = json.loads(files["provenance.json"])

    assert set(provenance["sha256"]) == set(files) - {"provenance.json"}
    assert provenance["sha256"]["report.html"] == hashlib.sha256(files["report.html"]).hexdigest()
    assert provenance["computed_with"]["solver"] == "HiGHS 1.15"
    assert provenance["facts"]["loss_rate"]["confidence"] == "verified-primary"


def test_all_json_is_strict(files: dict[str, bytes]) -> None:
    def refuse(sign: str) -> None:
        raise AssertionError(sign)

    for name, content in files.items():
        if name.endswith(".json"):
            json.loads(content, parse_constant=refuse)


def test_flows_are_read_back_with_utc_and_local_time(plan: SitePlan, files: dict[str, bytes]) -> None:
    table = pq.read_table(io.BytesIO(files["flows.parquet"]))

    frame = table.to_pydict()

    assert table.num_rows == 8760
    assert frame["start_utc"][0] == datetime(2026, 12, 31, 16, tzinfo=UTC)
    assert frame["start_local"][0].isoformat() == "2027-01-01T00:00:00+08:00"
    assert sum(frame["imported_mw"]) == pytest.approx(plan.outcome.measures["import_mwh"])
    assert sum(frame["pv.delivered_mw"]) + sum(frame["wind.delivered_mw"]) == pytest.approx(
        plan.outcome.measures["delivered_mwh"]
    )
    assert all(name.startswith("start_") or name.endswith(("_mw", "_mwh")) for name in frame)


def test_energy_in_the_file_balances_in_every_period(files: dict[str, bytes]) -> None:
    columns = {
        name: np.array(values, dtype=float)
        for name, values in pq.read_table(io.BytesIO(files["flows.parquet"])).to_pydict().items()
        if not name.startswith("start_")
    }

    gained = columns["pv.delivered_mw"] + columns["wind.delivered_mw"] + columns["battery.discharged_mw"]
    drawn = columns["cluster.it_mw"] + columns["cluster.overhead_mw"] + columns["battery.charged_mw"]

    assert np.allclose(gained + columns["imported_mw"], drawn + columns["exported_mw"], atol=1e-6)


def test_the_workbook_shows_the_numbers_of_the_json(files: dict[str, bytes]) -> None:
    book = openpyxl.load_workbook(io.BytesIO(files["workbook.xlsx"]))
    summary = json.loads(files["summary.json"])

    rows = {row[0]: row[1] for row in book["answer"].iter_rows(values_only=True) if row[0]}

    assert book.sheetnames[:4] == ["answer", "sizes & costs", "compliance", "months"]
    assert rows["Cost of energy"] == pytest.approx(summary["energy_cost_cny_per_mwh"], rel=1e-12)
    assert rows["Green share, hour by hour"] == pytest.approx(summary["green_share_hourly"], rel=1e-12)
    assert rows["Net present value, project"] == summary["npv_cny"]
    assert rows["Carbon by location"] == pytest.approx(summary["carbon_location_t"], rel=1e-12)


def test_the_workbook_holds_cost_lines_in_full(plan: SitePlan, files: dict[str, bytes]) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(files["workbook.xlsx"]))["sizes & costs"]
    rows = list(sheet.iter_rows(values_only=True))

    heads = next(row for row in rows if row[0] == "Asset" and "Capital (CNY)" in row)
    solar = next(row for row in rows if row[1] == "Solar plant")

    line = next(line for line in plan.outcome.costs if line.item == "solar_plant")
    assert solar[heads.index("Capital (CNY)")] == pytest.approx(line.capital_cny)
    assert solar[heads.index("Plan (CNY)")] == pytest.approx(line.yearly_cny)


def test_the_chinese_workbook_has_chinese_sheets(plan: SitePlan) -> None:
    book = openpyxl.load_workbook(io.BytesIO(reports.workbook(plan, lang="zh")))

    assert book.sheetnames == ["结论", "配置与成本", "合规", "月度电量", "比例与电量", "经济性", "敏感性", "数据来源"]


def test_no_text_in_the_workbook_is_a_formula(plan: SitePlan) -> None:
    hostile = replace(plan, project=replace(plan.project, name='=HYPERLINK("http://x")'))

    book = openpyxl.load_workbook(io.BytesIO(reports.workbook(hostile)))

    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert [cell.coordinate for cell in cells if cell.data_type == "f"] == []
    assert book["answer"]["A1"].value == '\'=HYPERLINK("http://x")'


def test_a_series_of_the_inputs_goes_into_its_own_table(plan: SitePlan) -> None:
    axis = plan.outcome.axis
    price = Series(axis=axis, values=np.full(axis.count, 262.0), unit="CNY/MWh", source="made up")
    found: dict[str, Series] = {}

    value = plain({"assets": {"grid": {"price": price}}}, series=found)

    assert value["assets"]["grid"]["price"]["column"] == "assets.grid.price"
    table = pq.read_table(io.BytesIO(numbers.series_parquet(found, time_zone="Asia/Shanghai") or b""))
    assert table.column("assets.grid.price")[8759].as_py() == 262.0
    assert table.schema.field("assets.grid.price").metadata == {b"unit": b"CNY/MWh"}


def test_infinity_missing_and_dates_become_json() -> None:
    value = {"max": float("inf"), "gap": float("nan"), "day": date(2026, 8, 1), "n": np.float64(2.5)}

    assert plain(value) == {"max": "inf", "gap": None, "day": "2026-08-01", "n": 2.5}


def test_a_scan_leaves_rows_with_names(plan: SitePlan) -> None:
    files = reports.scan_files(plan.scans, title="Load", notes={"en": [], "zh": []})

    rows = json.loads(files["results.json"])["load_sweep"]
    assert rows[0]["load_mean_mw"] == 15.0
    assert set(files) == {"report.html", "results.json", "workbook.xlsx"}
