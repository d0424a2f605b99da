"""What does a settled month leave behind? The statement, its workbook, the way back of every figure, and the screen."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.padding import Padding
from rich.table import Table as Screen
from rich.text import Text as Line

from wattloom.domain.money import WH_PER_KWH
from wattloom.domain.text import Text
from wattloom.edge.reports.dispatch_files import provenance
from wattloom.edge.reports.plain import as_json, plain
from wattloom.edge.reports.run_files import REPORT
from wattloom.edge.reports.settle_pdf import statement_pdf
from wattloom.edge.reports.settle_periods import periods_csv
from wattloom.edge.reports.settle_statement import SHOWN_UNITS, rule_word, statement_page
from wattloom.edge.reports.settle_trace import explained, trace
from wattloom.edge.reports.settle_words import FORMULA_ZH, decimal, money, said
from wattloom.edge.reports.settle_workbook import statement_workbook
from wattloom.edge.reports.words import Lang, Words

if TYPE_CHECKING:
    from rich.console import RenderableType

    from wattloom.app.settle_month import SettledMonth, SettledPoint

TRACE, PERIODS, PDF = "trace.json", "periods.csv", "statement.pdf"


def settle_month_files(found: SettledMonth, *, lang: Lang = "en", pdf: bool = False) -> dict[str, bytes]:
    """Every file of a settled month's run folder; a PDF in the chosen language where one is wanted."""
    files = {
        REPORT: statement_page(found, lang=lang).encode(),
        "summary.json": as_json(settle_summary(found)),
        "workbook.xlsx": statement_workbook(found, lang=lang),
        TRACE: as_json(plain(trace(found))),
        PERIODS: periods_csv(found),
    }
    if pdf:
        files[PDF] = statement_pdf(found, lang=lang)
    files["project.json"] = as_json(plain(found.project))
    files["provenance.json"] = as_json(provenance({"book": f"{found.head[0]}:{found.head[1]}"}, files))
    return files


def settle_summary(found: SettledMonth) -> dict[str, Any]:
    """What a machine asks of a settled month."""
    made: dict[str, Any] = plain({
        "month": found.month,
        "total_fen": found.total_fen,
        "points": {one.name: _summary(one) for one in found.points},
        "new_entries": found.new_entries,
        "head": f"{found.head[0]}:{found.head[1]}",
        "generated": found.generated,
        "notes": found.notes,
    })  # fmt: skip
    return made


def _summary(one: SettledPoint) -> dict[str, Any]:
    """A point."""
    return {
        "state": one.posted.state,
        "deed": one.posted.deed,
        "entry": one.posted.entry,
        "record": one.posted.record,
        "before_fen": one.posted.before_fen,
        "drawn_wh": int(one.meter.drawn_wh.sum()),
        "fed_wh": 0 if one.meter.fed_wh is None else int(one.meter.fed_wh.sum()),
        "items_fen": {line.item: line.amount_fen for line in one.bill.lines},
        "vat_fen": one.bill.vat_fen,
        "total_fen": one.bill.total_fen,
        "missing_periods": sum(meter.missing for _, meter in one.readings.every()),
        "estimated_periods": sum(int(meter.estimated.sum()) for _, meter in one.readings.every()),
        "users_fen": {share.user: share.total_fen for share in one.shares},
    }


def settle_month_answer(found: SettledMonth, lang: Lang = "en") -> RenderableType:
    """The answer on screen: what each point owes, whether it is final, what this run did."""
    table = Screen(box=None, pad_edge=False)
    table.add_column(said("point", lang), overflow="fold")
    table.add_column(said("state", lang))
    for key in ("drawn", "fed"):
        table.add_column(said(key, lang), justify="right", max_width=16)
    table.add_column(said("amount", lang), justify="right", no_wrap=True)
    for one in found.points:
        told = said(one.posted.state, lang) + ", " + said(one.posted.deed, lang)
        if one.posted.before_fen is not None:
            told += f" ({said('was', lang, amount=money(one.posted.before_fen))})"
        energies = (int(one.meter.drawn_wh.sum()), 0 if one.meter.fed_wh is None else int(one.meter.fed_wh.sum()))
        table.add_row(one.name, told, *(_kwh(wh) for wh in energies), money(one.bill.total_fen))
    warned = [Line(said("generated", lang), style="yellow")] if found.generated else []
    total = f"{said('total', lang)}: {money(found.total_fen)} {'元' if lang == 'zh' else 'CNY'}"
    held = [one.name for one in found.points if one.posted.state == "provisional"]
    warned += [Line(HELD.filled(points=", ".join(held)).of(lang), style="yellow")] if held else []
    return Group(Line(found.project.name, style="bold"), *warned, Padding(table, (1, 0)), Line(total, style="bold"))


HELD = Text("Provisional: {points}; the report says why.", "暂估：{points}；原因见结算单。")


def _kwh(wh: int) -> str:
    """An energy for the screen."""
    return f"{wh / WH_PER_KWH:,.0f} kWh" if wh else "–"


def settle_explained(found: SettledMonth, asked: str, lang: Lang = "en") -> str:
    """The way back of an item, in lines for a person."""
    return "\n\n".join(_explained(one, lang) for one in explained(found, asked))


def _explained(one: dict[str, Any], lang: Lang) -> str:
    """One item at one point: the amount, then how, from what, and by which clause."""
    state, name = said(one["state"], lang), one["name"][lang]
    formula = FORMULA_ZH.get(one["formula"], one["formula"]) if lang == "zh" else one["formula"]
    lines = [
        f"{one['point']} · {name} = {money(one['amount_fen'])} CNY ({state}, {said('record', lang)} {one['record']})",
        f"  {said('formula', lang)}: {formula}",
        *(_summand(part) for part in one["summands"]),
    ]
    for rule, values in one["rules"].items():
        word = rule_word(rule, Words(lang))
        lines += [f"  {word} = {value['value']} {value['unit']}: {_document(value, lang)}" for value in values]
    if not one["rules"]:
        lines += [f"  {said('document', lang)}: {_document(clause, lang)}" for clause in one["documents"]]
    for meter in one["meters"]:
        checksum = f", sha256 {meter['file_sha256']}" if meter["file_sha256"] else ""
        energy = decimal(Fraction(meter["total_wh"], WH_PER_KWH), most=3)
        lines.append(f"  {said('meters', lang)}: {meter['use']}, {meter['table']}, {energy} kWh{checksum}")
    lines += [f"  {said('prices', lang)}: {called}, {source}" for called, source in one["prices"].items()]
    return "\n".join(lines)


def _summand(part: dict[str, Any]) -> str:
    """Days, quantity × price × band × share = amount, and the periods that were counted."""
    unit, each = SHOWN_UNITS[part["unit"]]
    factors = [f"{decimal(Fraction(part['quantity']) / each, most=3)} {unit}".strip()]
    if part["price_cny"] is not None:
        factors.append(decimal(Fraction(part["price_cny"]), most=9))
    factors += [part[key] for key in ("band", "share_of_month") if part[key] != "1"]
    periods, note = part["periods"], f" ({part['note']})" if part["note"] else ""
    counted = "" if periods is None else f"; {periods['count']} × [{periods['first']} … {periods['last']}]"
    days = f"{part['first_day']} – {part['last_day']}"
    return f"  {days}{note}: {' × '.join(factors)} = {decimal(Fraction(part['amount_cny']), most=6)} CNY{counted}"


def _document(clause: dict[str, Any], lang: Lang) -> str:
    """Document, clause, date, confidence."""
    day = said("in_force", lang, day=clause["in_force"]) if clause["in_force"] else ""
    parts = (clause["document"][lang], clause["article"], day, clause["confidence"])
    return " · ".join(filter(None, parts))
