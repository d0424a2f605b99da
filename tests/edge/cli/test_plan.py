"""`wattloom plan …`: does a run leave what was promised, or else nothing?"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from typer.testing import Result

from wattloom.edge import store

Run = Callable[..., Result]

MUST_SHOW = (
    "load_mean_mw, solar_mw, wind_mw, battery_mw, battery_mwh, grid_mva, energy_cost_cny_per_mwh, "
    "baseline_cost_cny_per_mwh, cost_reduction, break_even_grid_price, max_load_at_green_080, green_share_hourly, "
    "green_share_annual, self_use_of_generation, self_use_of_load, export_of_generation, lcoc_cny_per_kwh_it, "
    "npv_cny, irr, carbon_location_t, carbon_market_t, compliance, solver"
)
SOLVER = {"method", "cpu_s", "gap", "max_violation"}
FILES = {
    "report.html",
    "summary.json",
    "results.json",
    "workbook.xlsx",
    "flows.parquet",
    "baseline_flows.parquet",
    "project.yaml",
    "project.json",
    "provenance.json",
}


@pytest.fixture(scope="module")
def planned(wattloom: Run, tiny_text: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Path]:
    """The tiny site, planned once on steps of four hours."""
    folder = tmp_path_factory.mktemp("planned")
    path = folder / "tiny.yaml"
    path.write_text(tiny_text, encoding="utf-8")
    out = folder / "runs" / "tiny"
    return wattloom("plan", "site", path, "--step-minutes", 240, "--workers", 1, "--out", out), out


@pytest.fixture(scope="module")
def summary(planned: tuple[Result, Path]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((planned[1] / "summary.json").read_text(encoding="utf-8"))
    return found


def test_a_plan_ends_with_the_answer_and_the_path_of_its_report(planned: tuple[Result, Path]) -> None:
    told, out = planned

    assert told.exit_code == 0, told.stderr
    assert "Cost of energy" in told.stdout
    assert told.stdout.splitlines()[-1] == f"report: {out / 'report.html'}"
    assert {path.name for path in out.iterdir() if not path.name.startswith(".")} >= FILES
    assert (out / "project.yaml").read_bytes() == (out.parents[1] / "tiny.yaml").read_bytes()


def test_where_nobody_looks_progress_is_a_line_each_on_the_error_stream(planned: tuple[Result, Path]) -> None:
    told, _ = planned

    lines = told.stderr.splitlines()
    assert lines[0] == "… weather and series"
    assert lines[-1] == "… writing the report"
    assert all(line.startswith("… ") for line in lines)
    assert "…" not in told.stdout.splitlines()[0]


def test_the_summary_holds_every_figure_that_is_asked_for(summary: dict[str, Any]) -> None:
    assert [key for key in MUST_SHOW.split(", ") if key not in summary] == []
    assert set(summary["solver"]) >= SOLVER
    assert {verdict["status"] for verdict in summary["compliance"]} <= {
        "pass",
        "to_be_confirmed",
        "exempt",
        "not_applicable",
    }


def test_figures_of_the_summary_fit_together(summary: dict[str, Any]) -> None:
    """Mean load is 5 × (0.7 × 1.12 + 0.08) = 4.32 MW; what is saved is what the cost lacks of the baseline."""
    assert summary["load_mean_mw"] == pytest.approx(4.32)
    assert summary["pue"] == pytest.approx(4.32 / 3.5)
    saved = 1 - summary["energy_cost_cny_per_mwh"] / summary["baseline_cost_cny_per_mwh"]
    assert summary["cost_reduction"] == pytest.approx(saved)
    assert 0.3 - 1e-6 <= summary["self_use_of_load"] <= 1.0
    assert summary["wind_mw"] == 0.0
    assert summary["solver"]["max_violation"] < 1e-6
    assert summary["solver"]["gap"] <= 1e-5


def test_flows_of_the_run_give_the_shares_of_its_summary(planned: tuple[Result, Path], summary: dict[str, Any]) -> None:
    """Green in the hour of use: load less import, of the load; the figures are reckoned here from the file alone."""
    flows = pq.read_table(planned[1] / "flows.parquet").to_pandas()
    load = flows["computing.it_mw"] + flows["computing.overhead_mw"]

    assert len(flows) == 8760 / 4
    assert summary["green_share_hourly"] == pytest.approx(1 - flows["imported_mw"].sum() / load.sum())
    assert summary["self_use_of_generation"] == pytest.approx(
        (flows["sun.delivered_mw"] - flows["exported_mw"]).sum() / flows["sun.available_mw"].sum()
    )
    assert (flows["sun.delivered_mw"] + flows["imported_mw"] + flows["storage.discharged_mw"]).to_numpy() == (
        pytest.approx((load + flows["storage.charged_mw"] + flows["exported_mw"]).to_numpy(), abs=1e-5)
    )


def without_storage(path: Path) -> str:
    """The text of the file, quicker to plan."""
    text = path.read_text(encoding="utf-8")
    return text[: text.index("  storage:")] + text[text.index("  grid:") :]


def test_a_site_whose_sizes_are_settled_is_planned_too(wattloom: Run, tiny: Path, tmp_path: Path) -> None:
    """With sun and grid fixed and no export, a ratio of the rules is one between numbers, which has no price."""
    fixed = (
        without_storage(tiny).replace("power_mw: {min: 0, max: 60}", "power_mw: 7").replace("{min: 0, max: 20}", "20")
    )
    tiny.write_text(fixed, encoding="utf-8")

    told = wattloom("plan", "site", tiny, "--step-minutes", 240, "--workers", 1, "--json", "--out", tmp_path / "run")

    assert told.exit_code == 0, told.stderr
    assert told.stderr == ""
    assert json.loads(told.stdout)["solar_mw"] == 7.0


def test_a_site_without_a_plan_is_refused_with_what_would_help_and_leaves_nothing(
    wattloom: Run, tmp_path: Path
) -> None:
    """4.32 MW at a power factor of 0.95 need 4.547 MVA; 2 are there."""
    path = tmp_path / "small.yaml"
    path.write_text(
        """\
name: Too small a connection
site: {latitude_deg: 45.58, longitude_deg: 84.89, altitude_m: 400, time_zone: Asia/Shanghai}
connection: {territory: none, voltage_kv: 110}
assets:
  computing: {kind: cluster, it_mw: 5, utilisation: 0.7, overhead_fixed: 0.08, overhead_slope: 0.12}
  grid: {kind: grid, capacity_mva: 2, energy_price_cny_per_mwh: 300}
""",
        encoding="utf-8",
    )

    told = wattloom("plan", "site", path, "--step-minutes", 240, "--workers", 1, "--out", tmp_path / "run")

    said = [line for line in told.stderr.splitlines() if not line.startswith("…")]
    assert told.exit_code == 3
    assert said[0].startswith("no plan")
    assert "grid" in said[1]
    assert "from 2 to 4.547" in said[1]
    assert told.stdout == ""
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_holds_something_else_is_left_alone(wattloom: Run, tiny: Path, tmp_path: Path) -> None:
    letters = tmp_path / "letters"
    letters.mkdir()
    (letters / "to_mother.txt").write_text("dear mother")

    def write(_: None, target: Path, **__: Any) -> None:
        store.write_run(target, {"summary.json": b"{}"})

    told = wattloom("plan", "site", tiny, "--out", letters, plan_site=lambda *_, **__: None, write_plan=write)

    assert told.exit_code == 2
    assert "choose another place with --out" in told.stderr
    assert [path.name for path in letters.iterdir()] == ["to_mother.txt"]


def test_the_frontier_begins_where_green_costs_nothing_and_rises(wattloom: Run, tiny: Path, tmp_path: Path) -> None:
    told = wattloom("plan", "frontier", tiny, "--points", 2, "--workers", 1, "--json", "--out", tmp_path / "run")

    first, last = json.loads(told.stdout)
    assert told.exit_code == 0
    assert first["green_share_goal"] < last["green_share_goal"] == 0.99
    assert first["energy_cost_cny_per_mwh"] < last["energy_cost_cny_per_mwh"]
    assert last["green_share_hourly"] >= 0.99 - 1e-6
    assert (tmp_path / "run" / "report.html").exists()


def test_territories_are_ranked_cheapest_first(wattloom: Run, tiny: Path, tmp_path: Path) -> None:
    tiny.write_text(without_storage(tiny) + "goals: {rules_bind: false}\n", encoding="utf-8")

    told = wattloom(
        "plan", "compare", tiny, "--territories", "jiangsu,ningxia", "--workers", 1, "--json", "--out", tmp_path / "run"
    )

    rows = json.loads(told.stdout)
    costs = [row["energy_cost_cny_per_mwh"] for row in rows]
    assert told.exit_code == 0
    assert {row["territory"] for row in rows} == {"jiangsu", "ningxia"}
    assert costs == sorted(costs)
    assert all(row["baseline_cost_cny_per_mwh"] >= row["energy_cost_cny_per_mwh"] for row in rows)
