"""Which sheets does a spreadsheet reader get? The tables of the report, numbers in full, one sheet a question."""

from __future__ import annotations

import io
from datetime import date
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from wattloom.edge.reports import answer, figures, tables
from wattloom.edge.reports.cells import harmless
from wattloom.edge.reports.table import Table
from wattloom.edge.reports.words import Amount, Cell, Lang, Words

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from wattloom.plan.result import Scan, SitePlan

WIDTH_MIN, WIDTH_MAX, WIDTH_UNIT = 12, 60, 14
SHEET_NAME_MAX = 31
"""Characters that a spreadsheet allows in a sheet's name."""
HEAD = PatternFill("solid", fgColor="E3ECEE")
"""Text that begins so may be taken for a formula by a spreadsheet."""


def workbook(plan: SitePlan, *, lang: Lang = "en") -> bytes:
    """The plan as an XLSX file."""
    words = Words(lang)
    sheets: dict[str, list[Table]] = {
        "sheet_answer": [tables.key_figures(plan), tables.project(plan)],
        "sheet_sizes_costs": [
            tables.sizes(plan.outcome),
            tables.costs(plan),
            tables.modes(plan),
            tables.bindings(plan),
        ],
        "sheet_compliance": [tables.compliance(plan)],
        "sheet_months": [tables.months(plan)],
        "sheet_measures": [
            tables.measures(plan, keys, key=key)
            for keys, key in (
                (tables.MEASURES_OF_SHARE, "shares"),
                (tables.BALANCE, "balance"),
                (tables.MEASURES_OF_SITE, "site_measures"),
            )
        ],
        "sheet_economics": [tables.economics(plan), tables.finance(plan), tables.of_scan(plan.economics.cash)],
        "sheet_what_if": [tables.needed(plan), *(tables.of_scan(scan) for scan in (*plan.scans, plan.years))],
        "sheet_sources": [tables.facts(plan), tables.solver(plan), tables.provenance(plan)],
    }
    return sheets_workbook(
        {words.say(key): made for key, made in sheets.items()},
        title=plan.project.name,
        paragraph=answer.paragraph(plan, words),
        words=words,
    )


def sheets_workbook(sheets: dict[str, list[Table]], *, title: str, paragraph: str, words: Words) -> bytes:
    """Sheets of tables by their names; the first opens with the answer in words."""
    book = _book(sheets, words)
    front = book.worksheets[0]
    front.insert_rows(1, amount=3)
    front["A1"] = harmless(title)
    front["A1"].font = Font(bold=True, size=14)
    front["A2"] = harmless(paragraph)
    front["A2"].alignment = Alignment(wrap_text=True, vertical="top")
    front.merge_cells("A2:C2")
    front.row_dimensions[2].height = 120
    return _saved(book)


def scan_workbook(scans: list[Scan], *, lang: Lang = "en") -> bytes:
    """Some scans as an XLSX file, a sheet each."""
    words = Words(lang)
    return _saved(_book({words.word(scan.key): [tables.of_scan(scan)] for scan in scans}, words))


def _book(sheets: dict[str, list[Table]], words: Words) -> Workbook:
    """Sheets of tables, one under the other."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, made in sheets.items():
        sheet = book.create_sheet(_sheet_name(name))
        for table in made:
            if table.rows:
                _write(sheet, table, words)
    return book


def _write(sheet: Worksheet, table: Table, words: Words) -> None:
    """A table below what is there: heads with units, then rows; a figure with its own unit takes a second column."""
    wide = [any(isinstance(row[i], Amount) for row in table.rows) for i in range(len(table.columns))]
    row_number = 1 if sheet.max_row == 1 and sheet["A1"].value is None else sheet.max_row + 2
    column = 1
    for index, head in enumerate(table.columns):
        _head(sheet, row_number, column, _plain_head(head.shown_unit, head.head(words), words))
        if wide[index]:
            _head(sheet, row_number, column + 1, words.term("unit"))
        for offset, row in enumerate(table.rows, start=1):
            _put(sheet, row_number + offset, column, row[index], words=words)
        _widen(sheet, column, WIDTH_MIN)
        column += 2 if wide[index] else 1


def _plain_head(unit: str, head: str, words: Words) -> str:
    """A head whose unit is that of the full number: money in CNY, shares as parts of one."""
    if unit != figures.CNY:
        return head
    return head.replace(figures.head_unit(unit, words.lang), figures.unit(unit, words.lang))


def _head(sheet: Worksheet, row: int, column: int, text: str) -> None:
    """A head cell."""
    cell = sheet.cell(row=row, column=column, value=harmless(text))
    cell.font = Font(bold=True)
    cell.fill = HEAD
    cell.alignment = Alignment(wrap_text=True, vertical="top")


def _put(sheet: Worksheet, row: int, column: int, cell: Cell, *, words: Words) -> None:
    """One cell; an amount puts its unit beside it."""
    if isinstance(cell, Amount):
        place = sheet.cell(row=row, column=column, value=cell.value)
        place.number_format = _format(cell.unit, cell.value)
        sheet.cell(row=row, column=column + 1, value=_unit_beside(cell.unit, words))
        return
    number = isinstance(cell, int | float) and not isinstance(cell, bool)
    value: Any = cell if number or isinstance(cell, date) or cell is None else harmless(words.cell(cell))
    place = sheet.cell(row=row, column=column, value=value)
    if number:
        place.number_format = _format("", float(cell))  # type: ignore[arg-type]
    elif isinstance(value, str):
        place.alignment = Alignment(wrap_text=True, vertical="top")
        _widen(sheet, column, min(WIDTH_MAX, len(value) + 2))


def _unit_beside(unit: str, words: Words) -> str:
    """The unit as written behind a full number; shares are shown in per cent by their format."""
    return "" if unit in {figures.SHARE, figures.TINY} else words.unit(unit)


def _format(unit: str, value: float | None) -> str:
    """How a spreadsheet shows a number; the number itself stays whole."""
    if unit == figures.SHARE:
        return "0.0%"
    if unit == figures.TINY:
        return "0.0E+00"
    size = abs(value or 0.0)
    return "#,##0" if size >= 1000 else "#,##0.00" if size >= 1 or size == 0 else "0.0000"  # noqa: PLR2004


def _widen(sheet: Worksheet, column: int, width: int) -> None:
    """Make a column at least so wide."""
    dimension = sheet.column_dimensions[get_column_letter(column)]
    dimension.width = max(dimension.width if dimension.width != 13 else 0, width)  # noqa: PLR2004 - openpyxl's default


def _sheet_name(name: str) -> str:
    """A name that a spreadsheet allows."""
    return "".join("-" if sign in "[]:*?/\\" else sign for sign in name)[:SHEET_NAME_MAX]


def _saved(book: Workbook) -> bytes:
    """The file."""
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()
