"""Settle a month from the command line, on the example as it comes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.edge.cli.conftest import Run
from typer.testing import Result

EXAMPLE = Path(__file__).parents[3] / "examples" / "settle_month.yaml"


@pytest.fixture(scope="module")
def place(wattloom: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the example's August was settled, in hours."""
    folder = tmp_path_factory.mktemp("settle")
    text = EXAMPLE.read_text("utf-8").replace("step_minutes: 15", "step_minutes: 60")
    (folder / "six.yaml").write_text(text, encoding="utf-8")
    found = settled(wattloom, folder, "--out", folder / "run", "--pdf")
    assert found.exit_code == 0, found.output
    assert "Total of all points: " in found.stdout
    return folder


def settled(wattloom: Run, folder: Path, *more: object) -> Result:
    """August of the example."""
    return wattloom("settle", "month", folder / "six.yaml", "--month", "2026-08", "--book", folder / "b.sqlite", *more)


def test_the_run_folder_holds_statement_workbook_trace_periods_and_pdf(place: Path) -> None:
    names = {path.name for path in (place / "run").iterdir()}

    assert {"report.html", "workbook.xlsx", "trace.json", "periods.csv", "statement.pdf", "summary.json"} <= names
    assert "no figure here says anything about a real place" in (place / "run" / "report.html").read_text("utf-8")


def test_a_second_run_changes_nothing(wattloom: Run, place: Path) -> None:
    found = settled(wattloom, place, "--out", place / "again", "--json")

    told = json.loads(found.stdout)
    assert told["new_entries"] == 0
    assert {one["deed"] for one in told["points"].values()} == {"unchanged"}
    first = json.loads((place / "run" / "summary.json").read_text("utf-8"))
    assert (told["head"], told["total_fen"]) == (first["head"], first["total_fen"])


def test_every_item_of_the_trace_adds_up_to_its_points_total(place: Path) -> None:
    told = json.loads((place / "run" / "trace.json").read_text("utf-8"))["points"]

    assert len(told) == 6
    for one in told.values():
        assert sum(item["amount_fen"] for item in one["items"]) == one["total_fen"]
        for user in ("hall_a", "hall_b") if one["users"] else ():
            assert sum(one["users"][user]["amount_fen"].values()) == one["users"][user]["total_fen"]


def test_an_item_is_explained_on_screen(wattloom: Run, place: Path) -> None:
    found = settled(wattloom, place, "--out", place / "again", "--explain", "ningxia_hall:td_demand", "--lang", "zh")

    assert "输配需量电费" in found.stdout
    assert "发改价格〔2026〕1077号" in found.stdout


def test_a_wrong_month_or_a_lost_meter_is_told_and_the_book_stays_as_it_was(wattloom: Run, place: Path) -> None:
    before = (place / "b.sqlite").read_bytes()
    (place / "lost.yaml").write_text(
        (place / "six.yaml").read_text("utf-8").replace("{generated: {shape: load, peak_mw: 5, seed: 12}}",
                                                        "{file: nowhere.csv, column: kwh}"),
        encoding="utf-8",
    )  # fmt: skip

    month = wattloom("settle", "month", place / "six.yaml", "--month", "August", "--book", place / "b.sqlite")
    meter = wattloom("settle", "month", place / "lost.yaml", "--month", "2026-08", "--book", place / "b.sqlite")

    assert (month.exit_code, meter.exit_code) == (2, 2)
    assert "a month such as" in month.output
    assert "nowhere.csv" in meter.output
    assert (place / "b.sqlite").read_bytes() == before


def test_without_the_extra_pdf_nothing_is_posted(
    wattloom: Run, place: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "weasyprint", None)
    book = tmp_path / "b.sqlite"

    found = wattloom("settle", "month", place / "six.yaml", "--month", "2026-08", "--book", book, "--pdf")

    assert found.exit_code == 2
    assert "wattloom[pdf]" in found.output
    assert not book.exists()
