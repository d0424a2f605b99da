"""A case as a workbook of IronCalc, a spreadsheet engine that we did not write.

Sheet 1 holds a row for each period: day, period of the day, the series, the band. Sheet 2 holds values and formulas, a
row each; a name in braces is the cell of that name, or the column of a series.
"""

from __future__ import annotations

import re
from typing import Any

from tests.market.case_files import BillCase

HALF_HOURS = 48
VALUE_COLUMN = 2
TEXT_COLUMN = 4
LETTERS_COLUMN, MULTIPLIERS_COLUMN = 6, 7
FIRST_SERIES_COLUMN, BAND_COLUMN = 3, 9


def evaluated(engine: Any, case: BillCase) -> tuple[dict[str, float], dict[str, list[float]]]:
    """What the engine gives for every formula of the case, and for every series by period."""
    book = engine.create("bill")
    book.new_sheet()
    rows = case.said["days"] * case.periods_of_day
    cells = _values(book, case) | _periods(book, case, rows)
    for number, (name, formula) in enumerate(case.said["formulas"].items(), start=len(cells) + 1):
        book.set_user_input(1, number, VALUE_COLUMN, _with_cells(formula, cells))
        cells[name] = f"Sheet2!$B${number}"
    book.evaluate()
    amounts = {name: _cell(book, 1, _row(cells[name]), VALUE_COLUMN) for name in case.said["formulas"]}
    columns = {
        name: [_cell(book, 0, row, column) for row in range(1, rows + 1)]
        for column, name in enumerate(case.series(), start=FIRST_SERIES_COLUMN)
    }
    return amounts, columns


def _values(book: Any, case: BillCase) -> dict[str, str]:
    """Write the values of the case; the cell of each."""
    meter = {name: case.said[name] for name in ("capacity_va", "drawn_varh") if name in case.said}
    known = {**case.said["values"], **meter}
    for number, value in enumerate(known.values(), start=1):
        book.set_user_input(1, number, VALUE_COLUMN, f"{value}")
    if "bands" in case.said:
        _bands(book, case)
    return {name: f"Sheet2!$B${number}" for number, name in enumerate(known, start=1)}


def _bands(book: Any, case: BillCase) -> None:
    """The letters of the half hours, and the multiplier of each by nested conditions."""
    bands = case.said["bands"]
    book.set_user_input(1, 1, TEXT_COLUMN, bands["half_hours"])
    for row in range(1, HALF_HOURS + 1):
        book.set_user_input(1, row, LETTERS_COLUMN, f"=MID($D$1,{row},1)")
        choice = "NA()"
        for letter, factor in bands["multipliers"].items():
            choice = f'IF(F{row}="{letter}",{factor},{choice})'
        book.set_user_input(1, row, MULTIPLIERS_COLUMN, f"={choice}")


def _periods(book: Any, case: BillCase, rows: int) -> dict[str, str]:
    """Write a row for each period; the range of each column."""
    periods, series = case.periods_of_day, case.series()
    columns = {"day": "A", "period": "B", **dict(zip(series, "CDEFGH", strict=False))}
    if "bands" in case.said:
        columns["band"] = "I"
    for row in range(1, rows + 1):
        book.set_user_input(0, row, 1, f"=INT((ROW()-1)/{periods})+1")
        book.set_user_input(0, row, 2, f"=MOD(ROW()-1,{periods})")
        for column, pattern in enumerate(series.values(), start=FIRST_SERIES_COLUMN):
            book.set_user_input(0, row, column, pattern.formula(f"A{row}", f"B{row}"))
        if "bands" in case.said:
            book.set_user_input(0, row, BAND_COLUMN, _band(row, periods))
    return {name: f"Sheet1!${letter}$1:${letter}${rows}" for name, letter in columns.items()}


def _band(row: int, periods: int) -> str:
    """The multiplier of a period: that of its half hour, or the mean of its two."""
    table = f"Sheet2!$G$1:$G${HALF_HOURS}"
    if periods >= HALF_HOURS:
        return f"=INDEX({table},INT(B{row}/{periods // HALF_HOURS})+1)"
    return f"=(INDEX({table},2*B{row}+1)+INDEX({table},2*B{row}+2))/2"


def _with_cells(formula: str, cells: dict[str, str]) -> str:
    """A formula with every name in braces replaced by its cell or column."""
    return re.sub(r"\{(\w+)\}", lambda found: cells[found[1]], formula)


def _row(cell: str) -> int:
    """The row of a cell."""
    return int(cell.rpartition("$")[2])


def _cell(book: Any, sheet: int, row: int, column: int) -> float:
    """A cell that must hold a number."""
    value = book.get_cell_value(sheet, row, column)
    if not isinstance(value, float | int):
        raise TypeError(f"{book.get_cell_content(sheet, row, column)} gives {value!r}")
    return float(value)
