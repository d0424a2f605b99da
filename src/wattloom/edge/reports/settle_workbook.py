"""How does a spreadsheet reader check a statement? Every amount is a live formula over the periods it is counted from.

A sheet of periods a point, and a sheet with its bill: quantities are sums over periods, amounts quantity times price,
items rounded once. Beside each stands what was posted; the difference must be nought. What a formula cannot say in a
cell (the share of a power factor, a mechanism's settled energy) stands as a value.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from wattloom.domain.charges import Basis, PriceBasis
from wattloom.domain.money import FEN_PER_CNY, WH_PER_KWH, Rounding
from wattloom.edge.reports.cells import harmless
from wattloom.edge.reports.settle_periods import period_columns, starts
from wattloom.edge.reports.settle_statement import SHOWN_UNITS
from wattloom.edge.reports.settle_trace import charged_by
from wattloom.edge.reports.settle_words import FORMULA_ZH, said
from wattloom.edge.reports.words import Lang, Words
from wattloom.market.further import tax_between
from wattloom.market.tariffs import MARKET

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from wattloom.app.settle_month import SettledMonth, SettledPoint
    from wattloom.market import Line, Part
    from wattloom.market.month import Entry

HEAD = PatternFill("solid", fgColor="E3ECEE")
SHEET_NAME_MAX = 31
ROWS_MAX = 200_000
"""Rows of periods in one workbook; a file with more points has them in periods.csv alone, and values here."""
FIRST_ROW = 8
ROUND = {
    Rounding.HALF_UP: "ROUND({x},2)",
    Rounding.DOWN: "ROUNDDOWN({x},2)",
    Rounding.UP: "ROUNDUP({x},2)",
    Rounding.FLOOR: "IF({x}>=0,ROUNDDOWN({x},2),ROUNDUP({x},2))",
    Rounding.CEILING: "IF({x}>=0,ROUNDUP({x},2),ROUNDDOWN({x},2))",
    Rounding.HALF_EVEN: "IF(ABS(ABS({x})*100-INT(ABS({x})*100)-0.5)<0.000001,2*ROUND({x}*50,0)/100,ROUND({x},2))",
}
"""How a spreadsheet rounds to the fen, by the way that a rule names."""
VALUES = {
    "market_value": ("drawn_wh", "market_cny_per_kwh"),
    "export_value": ("fed_wh", "export_cny_per_kwh"),
    "contract_value": ("contract_wh", "contract_cny_per_kwh"),
}
"""Columns of CNY that a period has: energy times its price."""
ENERGY_OF = {
    Basis.IMPORTED_ENERGY: "drawn_wh",
    Basis.EXPORTED_ENERGY: "fed_wh",
    Basis.SELF_USED_ENERGY: "self_used_wh",
}
HEADS = ("item", "stretch", "band", "share", "quantity", "unit", "price", "tax", "exact", "amount", "billed", "differs",
         "formula")  # fmt: skip
HEAD_WORDS = {
    "share": ("Share of month", "当月占比"),
    "unit": ("Unit", "单位"),
    "tax": ("Tax factor", "税率折算"),
    "exact": ("Exact (CNY)", "未取整（元）"),
    "billed": ("As posted (CNY)", "入账金额（元）"),
    "differs": ("Difference", "差异"),
}


@dataclass(slots=True)
class _Point:
    """A point's sheets while they are written."""

    one: SettledPoint
    bill: Worksheet
    periods: str
    """Name of its sheet of periods, quoted; empty where it has none."""
    columns: dict[str, str]
    """Letter of each column of periods."""
    rows: int
    words: Words
    row: int = FIRST_ROW + 1
    exact_of: dict[str, str] = field(default_factory=dict)
    """Cell of each item's exact amount."""
    amounts: list[str] = field(default_factory=list)

    def span(self, name: str) -> str:
        """A column of periods as a range."""
        letter = self.columns[name]
        return f"{self.periods}!${letter}$2:${letter}${self.rows + 1}"

    def within(self, name: str, column: str, place: int) -> str:
        """The sum of a column where another has a number."""
        return f"SUMIFS({self.span(name)},{self.span(column)},{place})"


def statement_workbook(found: SettledMonth, *, lang: Lang = "en") -> bytes:
    """The statement as an XLSX file with live formulas."""
    words = Words(lang)
    book = Workbook()
    front = book.worksheets[0]
    front.title = said("title", lang)[:SHEET_NAME_MAX]
    live = found.axis.count * len(found.points) <= ROWS_MAX
    cells = []
    for number, one in enumerate(found.points, start=1):
        bill = book.create_sheet(_sheet_name(f"{number} {one.name}"))
        point = _Point(one=one, bill=bill, periods="", columns={}, rows=one.rules.axis.count, words=words)
        if live:
            _write_periods(book.create_sheet(_sheet_name(f"{number} periods")), point)
        cells.append(_write_bill(point))
    _write_front(front, found, cells, words)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _write_front(sheet: Worksheet, found: SettledMonth, cells: list[str], words: Words) -> None:
    """A row a point, its total taken from its own sheet."""
    lang = words.lang
    sheet["A1"] = harmless(f"{said('title', lang)} · {found.project.name} · {found.month}")
    sheet["A1"].font = Font(bold=True, size=14)
    for column, key in enumerate(("point", "territory", "mode", "state", "amount"), start=1):
        _head(sheet, 3, column, said(key, lang))
    for row, (one, cell) in enumerate(zip(found.points, cells, strict=True), start=4):
        sheet.cell(row, 1, harmless(one.name))
        sheet.cell(row, 2, words.term(one.entry.territory))
        sheet.cell(row, 3, words.term(one.entry.mode))
        sheet.cell(row, 4, said(one.posted.state, lang))
        sheet.cell(row, 5, f"={cell}").number_format = MONEY
    last = 3 + len(cells)
    sheet.cell(last + 1, 1, said("total", lang)).font = Font(bold=True)
    total = sheet.cell(last + 1, 5, f"=SUM(E4:E{last})")
    total.number_format, total.font = MONEY, Font(bold=True)
    notes = [*([said("generated", lang)] if found.generated else []), *found.project.notes]
    for row, note in enumerate((*notes, *(one.of(lang) for one in found.notes)), start=last + 3):
        sheet.cell(row, 1, harmless(note))
    for letter, width in zip("ABCDE", (28, 16, 34, 14, 18), strict=True):
        sheet.column_dimensions[letter].width = width


def _write_periods(sheet: Worksheet, point: _Point) -> None:
    """A row a period, and what its energy came to at its own price."""
    made: dict[str, list[Any]] = {"start": starts(point.one), **period_columns(point.one)}
    point.periods = f"'{sheet.title}'"
    names = [*made, *(name for name, (energy, price) in VALUES.items() if {energy, price} <= set(made))]
    if point.one.spot is not None:
        names += ["day_ahead_value", "real_time_value"]
    point.columns = {name: get_column_letter(place) for place, name in enumerate(names, start=1)}
    sheet.append(names)
    for row, values in enumerate(zip(*made.values(), strict=True), start=2):
        sheet.append([*values, *(f"={_value(name, row, point)}" for name in names[len(made) :])])
    sheet.freeze_panes = "B2"
    sheet.column_dimensions["A"].width = 17
    for letter in list(point.columns.values())[1:]:
        sheet.column_dimensions[letter].width = 15


def _value(name: str, row: int, point: _Point) -> str:
    """What a period's energy came to, CNY."""
    at = {column: f"{letter}{row}" for column, letter in point.columns.items()}
    if name == "day_ahead_value":
        return f"({at['day_ahead_wh']}-{at['contract_wh']})/1000*{at['day_ahead_cny_per_kwh']}"
    if name == "real_time_value":
        return f"({at['drawn_wh']}-{at['day_ahead_wh']})/1000*{at['real_time_cny_per_kwh']}"
    energy, price = VALUES[name]
    return f"{at[energy]}/1000*{at[price]}"


def _write_bill(point: _Point) -> str:
    """The bill; the cell of its total."""
    sheet, one, lang = point.bill, point.one, point.words.lang
    sheet["A1"] = harmless(f"{one.name} · {one.bill.first_day} – {one.bill.last_day}")
    sheet["A1"].font = Font(bold=True, size=14)
    told = (
        (said("capacity", lang) + " (kVA)", one.meter.capacity_va / WH_PER_KWH),
        (point.words.term("vat_rate"), float(one.rules.vat_rate)),
        (said("step", lang) + " (min)", one.rules.axis.step_minutes),
    )
    for row, (name, value) in enumerate(told, start=3):
        sheet.cell(row, 1, name)
        sheet.cell(row, 2, value)
    for column, key in enumerate(HEADS, start=1):
        word = HEAD_WORDS[key][lang == "zh"] if key in HEAD_WORDS else said(key, lang)
        _head(sheet, FIRST_ROW, column, word)
    for line in one.bill.lines:
        _write_line(point, line)
    cell = _write_sums(point)
    for letter, width in zip("ABCDEFGHIJKLM", (40, 15, 9, 9, 18, 7, 14, 10, 18, 16, 16, 11, 50), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = f"B{FIRST_ROW + 1}"
    _write_users(point)
    return f"'{sheet.title}'!{cell}"


CAPACITY, VAT_RATE, STEP = "$B$3", "$B$4", "$B$5"
MONEY = "#,##0.00;[Red]-#,##0.00"


def _write_line(point: _Point, line: Line) -> None:
    """An item: its summands below it, their sum rounded once."""
    sheet, top = point.bill, point.row
    entries = charged_by(point.one, line)
    for place, part in enumerate(line.parts):
        point.row += 1
        _write_part(point, line, part, entries[place] if len(entries) == len(line.parts) else None)
    exact = f"SUM(I{top + 1}:I{point.row})"
    sheet.cell(top, 1, point.words.term(line.item)).font = Font(bold=True)
    sheet.cell(top, 9, f"={exact}").number_format = "#,##0.000000"
    amount = sheet.cell(top, 10, "=" + ROUND[point.one.rules.rounding].format(x=f"I{top}"))
    amount.number_format, amount.font = MONEY, Font(bold=True)
    sheet.cell(top, 11, line.amount_fen / FEN_PER_CNY).number_format = MONEY
    sheet.cell(top, 12, f"=ROUND(J{top}-K{top},2)").number_format = MONEY
    formula = FORMULA_ZH.get(line.formula, line.formula) if point.words.lang == "zh" else line.formula
    sheet.cell(top, 13, harmless(formula))
    point.exact_of[line.item] = f"I{top}"
    point.amounts.append(f"J{top}")
    point.row += 1


def _write_part(point: _Point, line: Line, part: Part, entry: Entry | None) -> None:
    """A summand: quantity, price, tax, band and share make its exact amount."""
    sheet, row = point.bill, point.row
    unit, each = SHOWN_UNITS[part.unit]
    sheet.cell(row, 1, harmless(f"  {part.note.of(point.words.lang)}"))
    sheet.cell(row, 2, f"{part.first_day:%m-%d} – {part.last_day:%m-%d}")
    sheet.cell(row, 3, float(part.band))
    sheet.cell(row, 4, f"={part.share_of_month.numerator}/{part.share_of_month.denominator}")
    sheet.cell(row, 6, unit)
    quantity, price, tax, amount = _formulas(point, line, part, entry)
    sheet.cell(row, 5, quantity if quantity is not None else float(Fraction(part.quantity) / each))
    sheet.cell(row, 7, price)
    sheet.cell(row, 8, tax)
    sheet.cell(row, 9, amount).number_format = "#,##0.000000"
    sheet.cell(row, 5).number_format = "#,##0.000"
    sheet.cell(row, 7).number_format = "0.000000"


Formulas = tuple[str | float | None, str | float | None, str | float, str]
"""Quantity (None: its value), price, tax factor and exact amount of a summand."""


def _formulas(point: _Point, line: Line, part: Part, entry: Entry | None) -> Formulas:
    """What stands in a summand's cells."""
    row = point.row
    if entry is not None:
        return _of_entry(point, entry, row)
    if line.item == "power_factor_adjustment":
        return _of_power_factor(point, part, row)
    if point.one.spot is not None and point.periods and line.item in SPOT_VALUES:
        return _of_spot(point, line, part, row)
    if part.price_cny is None:
        return None, None, 1, f"={float(part.amount_cny)!r}"
    return None, float(part.price_cny), 1, f"=E{row}*G{row}*H{row}"


def _of_entry(point: _Point, entry: Entry, row: int) -> Formulas:
    """A charge of the grid: what is counted in its cell of periods, at its price."""
    rate, rules = entry.rate, point.one.rules
    given = rules.prices[rate.of_series].basis if rate.of_series else PriceBasis.WITH_VAT
    tax = _tax(point, given)
    rest = f"G{row}*H{row}*C{row}*D{row}"
    if rate.basis is Basis.CONNECTION_CAPACITY:
        return f"={CAPACITY}", float(rate.price_cny), tax, f"=E{row}*{rest}"
    if rate.basis is Basis.FIXED:
        return 1, float(rate.price_cny), tax, f"=E{row}*{rest}"
    if not point.periods:
        count = point.one.bill.line(rate.item).parts[[*rules.entries[rate.item]].index(entry)]
        return None, None, 1, f"={float(count.amount_cny)!r}"
    if rate.basis is Basis.MONTHLY_PEAK:
        floor = float(rules.tariffs[entry.count.place].demand_floor_of_capacity)
        peak = f"=MAX(MAX({point.span('drawn_wh')})*60/{STEP}/1000,{floor!r}*{CAPACITY})"
        return peak, float(rate.price_cny), tax, f"=E{row}*{rest}"
    place = entry.count.place + 1
    quantity = _energy(point, rate.basis, place)
    if rate.of_series:
        value = point.within("market_value" if rate.of_series == MARKET else "export_value", "cell", place)
        return quantity, float(rate.price_cny), tax, f"={value}*{rest}"
    return quantity, float(rate.price_cny), tax, f"=E{row}*{rest}"


def _energy(point: _Point, basis: Basis, place: int) -> str:
    """Energy of a basis in a cell of periods, kWh."""
    names = [ENERGY_OF[basis]] if basis in ENERGY_OF else ["consumed_wh"]
    if basis is Basis.ALL_CONSUMPTION and "consumed_wh" not in point.columns:
        names = [name for name in ("drawn_wh", "self_used_wh") if name in point.columns]
    there = [point.within(name, "cell", place) for name in names if name in point.columns]
    return f"=({'+'.join(there) or '0'})/1000"


def _of_power_factor(point: _Point, part: Part, row: int) -> Formulas:
    """A share, as a value, of the items that it is taken of."""
    table = point.one.rules.power_factor
    wanted = set() if table is None else set(table.base_items)
    if "market_energy" in wanted and point.one.spot is not None:
        wanted |= {"contract_energy", "day_ahead_deviation", "real_time_deviation"}
    cells = [cell for item, cell in point.exact_of.items() if item in wanted]
    return f"={'+'.join(cells) or '0'}", float(part.price_cny or 0), 1, f"=E{row}*G{row}"


SPOT_VALUES = {
    "contract_energy": ("contract_value", "{contract_wh}"),
    "day_ahead_deviation": ("day_ahead_value", "{day_ahead_wh}-{contract_wh}"),
    "real_time_deviation": ("real_time_value", "{drawn_wh}-{day_ahead_wh}"),
    "line_loss": ("", "{drawn_wh}"),
}
"""Column of CNY of each settlement, and the energy that it is for."""


def _of_spot(point: _Point, line: Line, part: Part, row: int) -> Formulas:
    """A settlement of the spot market, or the losses on what it came to in a tariff's days."""
    column, energy = SPOT_VALUES[line.item]
    tax = _tax(point, point.one.rules.prices[MARKET].basis)
    if line.item != "line_loss":
        terms = energy.format(**{name: f"SUM({point.span(name)})" for name in point.columns})
        return f"=({terms})/1000", None, tax, f"=SUM({point.span(column)})*H{row}"
    place = [point.one.rules.days_of(number)[0] for number in range(len(point.one.rules.tariffs))].index(part.first_day)
    rates = [rate.price_cny for rate in point.one.rules.tariffs[place].rates if rate.item == "line_loss"]
    settled = "+".join(point.within(name, "tariff", place + 1) for name, _ in list(SPOT_VALUES.values())[:3])
    quantity = f"={point.within('drawn_wh', 'tariff', place + 1)}/1000"
    return quantity, float(sum(rates, start=Fraction(0))), tax, f"=({settled})*G{row}*H{row}"


def _tax(point: _Point, given: PriceBasis) -> str | float:
    """What brings a price to the basis of the bill, as a formula over the rate of tax."""
    if tax_between(given, point.one.rules) == 1:
        return 1
    return f"=1+{VAT_RATE}" if given is PriceBasis.WITHOUT_VAT else f"=1/(1+{VAT_RATE})"


def _write_sums(point: _Point) -> str:
    """Sum, tax and total under the items; the total's cell."""
    sheet, one, lang = point.bill, point.one, point.words.lang
    on_top = one.bill.price_basis is PriceBasis.WITHOUT_VAT
    row, way = point.row + 1, ROUND[one.rules.rounding]
    rate = f"{float(one.rules.vat_rate):.0%}"
    lines_fen = sum(line.amount_fen for line in one.bill.lines)
    sheet.cell(row, 10, f"=ROUND({'+'.join(point.amounts) or '0'},2)")
    if on_top:
        tax, total = f"{way.format(x=f'(J{row}*{VAT_RATE})')}", f"J{row}+J{row + 1}"
    else:
        tax, total = f"J{row}-{way.format(x=f'(J{row}/(1+{VAT_RATE}))')}", f"J{row}"
    rows = (
        (said("sum", lang), None, lines_fen),
        (said("vat_on_top" if on_top else "vat_within", lang, rate=rate), tax, one.bill.vat_fen),
        (said("owed" if one.bill.total_fen >= 0 else "paid", lang), total, one.bill.total_fen),
    )
    for at, (name, formula, posted) in enumerate(rows, start=row):
        sheet.cell(at, 1, name).font = Font(bold=True)
        if formula is not None:
            sheet.cell(at, 10, f"={formula}")
        sheet.cell(at, 11, posted / FEN_PER_CNY).number_format = MONEY
        sheet.cell(at, 12, f"=ROUND(J{at}-K{at},2)").number_format = MONEY
        sheet.cell(at, 10).number_format = MONEY
    point.row = row + len(rows)
    return f"J{row + 2}"


def _write_users(point: _Point) -> None:
    """The users' parts, and that they add up."""
    shares = point.one.shares
    if not shares:
        return
    sheet, row = point.bill, point.row + 1
    _head(sheet, row, 1, said("users", point.words.lang))
    for place, share in enumerate(shares, start=2):
        _head(sheet, row, place, harmless(share.user))
    for line in point.one.bill.lines:
        row += 1
        sheet.cell(row, 1, point.words.term(line.item))
        for place, share in enumerate(shares, start=2):
            sheet.cell(row, place, share.amount_fen[line.item] / FEN_PER_CNY).number_format = MONEY
        last = get_column_letter(len(shares) + 1)
        sheet.cell(row, len(shares) + 2, f"=SUM(B{row}:{last}{row})").number_format = MONEY


def _head(sheet: Worksheet, row: int, column: int, text: str) -> None:
    """A head cell."""
    cell = sheet.cell(row, column, text)
    cell.font, cell.fill = Font(bold=True), HEAD
    cell.alignment = Alignment(wrap_text=True, vertical="top")


def _sheet_name(name: str) -> str:
    """A name that a spreadsheet allows."""
    return "".join("-" if sign in "[]:*?/\\'" else sign for sign in name)[:SHEET_NAME_MAX]
