"""Does a spreadsheet engine that we did not write come to the statement's figures from the workbook's formulas?"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from tests.app.settle_months import PLAIN, book_of, settled, steady

from wattloom.app.settle_month import SettledMonth, settle_month
from wattloom.domain.money import FEN_PER_CNY
from wattloom.edge.projects import read_settle
from wattloom.edge.reports.settle_workbook import statement_workbook
from wattloom.rules import territory_keys

ironcalc = pytest.importorskip("ironcalc")
EXAMPLE = Path(__file__).parents[4] / "examples" / "settle_month.yaml"
AMOUNT, BILLED, DIFFERS = 10, 11, 12


def recomputed(content: bytes, folder: Path) -> Iterator[tuple[str, float, float]]:
    """What the engine gives for each amount, beside what was posted."""
    path = folder / "workbook.xlsx"
    path.write_bytes(content)
    engine = ironcalc.load_from_xlsx(str(path), "en", "UTC", "en")
    engine.evaluate()
    written = openpyxl.load_workbook(io.BytesIO(content))
    for number, name in enumerate(written.sheetnames):
        sheet = written[name]
        for row in range(9, sheet.max_row + 1) if "periods" not in name and number else ():
            if sheet.cell(row, BILLED).value is not None:
                assert str(sheet.cell(row, AMOUNT).value).startswith("="), (name, row)
                told = f"{name}, {sheet.cell(row, 1).value}"
                yield told, engine.get_cell_value(number, row, AMOUNT), float(str(sheet.cell(row, BILLED).value))


def example(folder: Path) -> SettledMonth:
    """The example in hours."""
    path = folder / "settle.yaml"
    path.write_text(EXAMPLE.read_text("utf-8").replace("step_minutes: 15", "step_minutes: 60"), encoding="utf-8")
    project = read_settle(path, territories=territory_keys())
    with book_of(folder) as book:
        return settle_month(project, book=book, month="2026-08", folder=folder)


def test_every_amount_of_every_sort_of_point_is_recomputed_to_the_fen(tmp_path: Path) -> None:
    found = example(tmp_path)

    told = {name: (engine, billed) for name, engine, billed in recomputed(statement_workbook(found), tmp_path)}

    assert len(told) == sum(len(one.bill.lines) + 3 for one in found.points)
    assert {name: pair for name, pair in told.items() if round(pair[0] * 100) != round(pair[1] * 100)} == {}
    total = sum(billed for name, (_, billed) in told.items() if "To be" in name)
    assert round(total * FEN_PER_CNY) == found.total_fen


@pytest.mark.parametrize(
    "keys", ["price_basis: without_vat", "rounding: down", "rounding: half_even", "rounding: floor"]
)
def test_tax_on_top_and_every_way_of_rounding(tmp_path: Path, keys: str) -> None:
    steady(tmp_path, "hall", 5000.123, other={3: 4321.7})
    found = settled(tmp_path, f"  hall:\n{PLAIN}    {keys}\n    market_basis: without_vat\n")

    told = list(recomputed(statement_workbook(found), tmp_path))

    assert [(name, round(engine * 100)) for name, engine, _ in told] == [(name, round(b * 100)) for name, _, b in told]


def test_a_changed_period_changes_the_formulas_and_is_seen(tmp_path: Path) -> None:
    """The formulas live: a meter's cell that is changed shows as a difference from what was posted."""
    steady(tmp_path, "hall", 5000)
    content = statement_workbook(settled(tmp_path, f"  hall:\n{PLAIN}"))
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book["1 periods"]
    drawn = next(cell.column for cell in sheet[1] if cell.value == "drawn_wh")
    sheet.cell(2, drawn, 6_000_000)  # In place of 5 MWh.
    changed = io.BytesIO()
    book.save(changed)

    off = {name: round(engine - billed, 2) for name, engine, billed in recomputed(changed.getvalue(), tmp_path)}

    assert off["1 hall, Energy purchased"] == 259.5
    assert off["1 hall, Transmission and distribution, capacity part"] == 0.0
