"""What does the statement of a month look like? One self-contained page in both languages, made to be printed on A4."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup

from wattloom.domain.charges import PriceBasis
from wattloom.domain.money import WH_PER_KWH
from wattloom.domain.text import Text
from wattloom.edge.reports.page import asset
from wattloom.edge.reports.settle_trace import counted_of, prices_of
from wattloom.edge.reports.settle_words import (
    FORMULA_ZH,
    USES,
    basis_said,
    decimal,
    exact_money,
    in_characters,
    money,
    said,
)
from wattloom.edge.reports.words import ABSENT, LANGUAGES, Lang, Words
from wattloom.rules.market_words import MARKET_WORDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattloom.app.settle_month import SettledMonth, SettledPoint
    from wattloom.domain.verdicts import Clause
    from wattloom.market import Line, Part
    from wattloom.rules.contract import Fact

SHOWN_UNITS = {"Wh": ("kWh", WH_PER_KWH), "VA": ("kVA", WH_PER_KWH), "W": ("kW", WH_PER_KWH), "CNY": ("CNY", 1),
               "MW": ("MW", 1), "month": ("", 1)}  # fmt: skip
"""Unit that a quantity is shown in, and how many of its own make one."""
UNIT_ZH = {"CNY": "元"}
MINUTES_PER_HOUR = 60
CHECKSUM_SHOWN = 12
PRICE_PLACES, PRICE_PLACES_MIN = 6, 4
HUNDREDTHS = 100


def statement_page(found: SettledMonth, *, lang: Lang = "en", languages: Sequence[Lang] = LANGUAGES) -> str:
    """The statement; with one language only it has no switch, as for a print.

    Args:
        found: the settled month.
        lang: the language that it opens in.
        languages: those that it holds.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("wattloom.edge.reports", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("settle.html.jinja").render(
        articles=[_article(found, one) for one in languages],
        lang=lang,
        css=Markup(asset("settle.css")),  # noqa: S704 - our own file
        version=version("wattloom"),
    )


def _article(found: SettledMonth, lang: Lang) -> dict[str, Any]:
    """Everything that one language shows."""
    words = Words(lang)
    # One sentence says it for all; the table of meters names each.
    of_made_up = {
        note for one in found.points for _, meter in one.readings.every() if meter.generated for note in meter.notes
    }
    return {
        "lang": lang,
        "word": lambda key, **values: said(key, lang, **values),
        "name": found.project.name,
        "month": found.month,
        "points": [_point(one, words) for one in found.points],
        "total": money(found.total_fen),
        "total_in_words": in_characters(found.total_fen) if lang == "zh" else "",
        "generated": found.generated,
        "head": f"{found.head[0]}:{found.head[1][:CHECKSUM_SHOWN]}…",
        "notes": [*found.project.notes, *(note.of(lang) for note in found.notes if note not in of_made_up)],
    }


def _point(one: SettledPoint, words: Words) -> dict[str, Any]:
    """A point's own pages."""
    lang, bill = words.lang, one.bill
    on_top = bill.price_basis is PriceBasis.WITHOUT_VAT
    return {
        "name": _readable(one.name),
        "id": one.name,
        "state": one.posted.state,
        "state_said": said(one.posted.state, lang),
        "deed": said(one.posted.deed, lang),
        "was": "" if one.posted.before_fen is None else said("was", lang, amount=money(one.posted.before_fen)),
        "heads": _heads(one, words),
        "energies": _energies(one, lang),
        "items": [_item(one, line, words) for line in bill.lines],
        "sum": money(sum(line.amount_fen for line in bill.lines)),
        "on_top": on_top,
        "vat_said": said("vat_on_top" if on_top else "vat_within", lang,
                         rate=f"{decimal(one.rules.vat_rate * HUNDREDTHS, most=2)}%"),
        "vat": money(bill.vat_fen),
        "total": money(abs(bill.total_fen)),
        "signed_total": money(bill.total_fen),
        "owed": said("owed" if bill.total_fen >= 0 else "paid", lang),
        "in_words": in_characters(abs(bill.total_fen)) if lang == "zh" else "",
        "basis": said(basis_said(bill.price_basis), lang),
        "users": _users(one, words),
        "audit": [row for line in bill.lines for row in _audit(one, line, words)],
        "meters": [_meter(use, meter, lang) for use, meter in one.readings.every()],
        "prices": [
            (_use(called.removeprefix(f"{one.name}, "), lang), source.of(lang)) for called, source in one.prices.items()
        ],
        "entry": one.posted.entry or ABSENT,
        "record": one.posted.record or ABSENT,
        "revision": one.posted.revision,
    }  # fmt: skip


def _readable(name: str) -> str:
    """A key of the file as words."""
    return name.replace("_", " ")


def _heads(one: SettledPoint, words: Words) -> list[tuple[str, str]]:
    """Who is settled, and how."""
    lang, point = words.lang, one.entry
    days = f"{one.bill.first_day.isoformat()} – {one.bill.last_day.isoformat()}"
    heads = [
        (said("territory", lang), words.term(point.territory)),
        (said("voltage", lang), f"{point.voltage_kv:g} kV"),
        (said("mode", lang), words.term(point.mode)),
        (said("days", lang), days),
    ]
    if point.capacity_kva:
        heads.insert(2, (said("capacity", lang), f"{point.capacity_kva:,.0f} kVA"))
    return heads


def _energies(one: SettledPoint, lang: Lang) -> list[tuple[str, str]]:
    """What passed the meters."""
    meter, step = one.meter, one.rules.axis.step_minutes
    found = []
    for key in ("drawn", "fed", "self_used", "consumed"):
        values = getattr(meter, f"{key}_wh")
        if values is not None and (key != "drawn" or one.entry.mode != "sells_only"):
            found.append((said(key, lang), f"{decimal(Fraction(int(values.sum()), WH_PER_KWH), most=3)} kWh"))
    if one.entry.mode != "sells_only":
        peak = Fraction(int(meter.drawn_wh.max()) * (MINUTES_PER_HOUR // step), WH_PER_KWH)
        found.append((said("peak", lang), f"{decimal(peak, most=3)} kW"))
    if meter.drawn_varh is not None:
        line = next((line for line in one.bill.lines if line.item == "power_factor_adjustment"), None)
        if line is not None:
            found.append((said("power_factor", lang), line.formula.rpartition(" ")[2]))
    return found


def _item(one: SettledPoint, line: Line, words: Words) -> dict[str, Any]:
    """An item with its summands; a single one stands in the item's own row."""
    summands = _merged(line)
    several = len(summands) > 1
    of_month = any(periods is None for periods in counted_of(one, line))
    banded = any(part.band != 1 for part in summands)
    parts = [_part(part, one, words, of_month=of_month, banded=banded) for part in summands]
    return {
        "name": words.term(line.item),
        "key": line.item,
        "amount": money(line.amount_fen),
        "alone": None if several else parts[0],
        "parts": parts if several else [],
        "income": line.amount_fen < 0,
    }


def _merged(line: Line) -> list[Part]:
    """Summands that a reader need not tell apart, as one: alike but for periods or days that follow each other."""
    of_days: dict[tuple[object, ...], Part] = {}
    for part in line.parts:
        key = (part.first_day, part.last_day, part.band, part.unit, part.clause, part.note, part.share_of_month)
        of_days[key] = _joined(of_days[key], part) if key in of_days and part.unit == "Wh" else part
    found: list[Part] = []
    for part in of_days.values():
        if found and _goes_on(found[-1], part):
            found[-1] = _joined(found[-1], part)
        else:
            found.append(part)
    return found


def _joined(before: Part, after: Part) -> Part:
    """Two summands as one, at their mean price; what is owed by the month keeps its quantity."""
    by_month = after.share_of_month != 1
    quantity = after.quantity if by_month else before.quantity + after.quantity
    share = before.share_of_month + after.share_of_month if by_month else after.share_of_month
    amount = before.amount_cny + after.amount_cny
    _, each = SHOWN_UNITS[after.unit]
    scale = Fraction(quantity) * after.band * share / each
    return replace(
        before,
        last_day=max(before.last_day, after.last_day),
        share_of_month=share,
        quantity=quantity,
        price_cny=amount / scale if scale else before.price_cny,
        amount_cny=amount,
    )


def _goes_on(before: Part, after: Part) -> bool:
    """Whether the second summand is of the days that follow, at the same price."""
    same = (before.price_cny, before.band, before.unit, before.clause, before.note) == (
        after.price_cny, after.band, after.unit, after.clause, after.note,
    )  # fmt: skip
    by_month = before.share_of_month != 1 and before.quantity == after.quantity
    follows = before.last_day + timedelta(days=1) == after.first_day
    return same and follows and (by_month or before.share_of_month == after.share_of_month == 1)


def _part(part: Part, one: SettledPoint, words: Words, *, of_month: bool, banded: bool) -> dict[str, str]:
    """A summand."""
    unit, each = SHOWN_UNITS[part.unit]
    shown = UNIT_ZH.get(unit, unit) if words.lang == "zh" else unit
    whole = (part.first_day, part.last_day) == (one.bill.first_day, one.bill.last_day)
    days = "" if whole else f"{part.first_day:%m-%d} – {part.last_day:%m-%d}"
    if part.first_day == part.last_day and not whole:
        days = f"{part.first_day:%m-%d}"
    price = ABSENT
    if part.unit == "CNY" and part.price_cny is not None:
        price = f"{decimal(part.price_cny * HUNDREDTHS, most=2)} %"
    elif part.price_cny is not None:
        price = decimal(part.price_cny, most=PRICE_PLACES, least=2 if of_month else PRICE_PLACES_MIN)
    share = part.share_of_month
    return {
        "days": days,
        "band": f"× {decimal(part.band, most=6)}" if banded else "",
        "share": "" if share == 1 else said("share", words.lang, share=f"{share.numerator}/{share.denominator}"),
        "quantity": f"{decimal(Fraction(part.quantity) / each, most=2 if unit == 'CNY' else 3)} {shown}".strip(),
        "price": price,
        "amount": exact_money(part.amount_cny),
        "note": part.note.of(words.lang),
    }


def _users(one: SettledPoint, words: Words) -> dict[str, Any] | None:
    """The users' parts of a shared connection."""
    if not one.shares:
        return None
    rows = []
    for line in one.bill.lines:
        amounts = [money(share.amount_fen[line.item]) for share in one.shares]
        rows.append((words.term(line.item), amounts, money(line.amount_fen)))
    energy = [
        (said(key, words.lang), [decimal(Fraction(getattr(share, name), WH_PER_KWH), most=3) for share in one.shares])
        for key, name in (("taken", "taken_wh"), ("of_draw", "drawn_wh"))
    ]
    return {
        "names": [_readable(share.user) for share in one.shares],
        "energy": energy,
        "rows": rows,
        "vat": [money(share.vat_fen) for share in one.shares],
        "totals": [money(share.total_fen) for share in one.shares],
    }


def _audit(one: SettledPoint, line: Line, words: Words) -> list[dict[str, Any]]:
    """A row a value of the rules; one row for an item that has none."""
    lang = words.lang
    formula = FORMULA_ZH.get(line.formula, line.formula) if lang == "zh" else _plain_formula(line.formula)
    formula = _power_factor_formula(line, words) if line.item == "power_factor_adjustment" else formula
    values = [(rule_word(name, words), fact) for name, facts in line.facts.items() for fact in facts]
    rows = [_audit_row(line, words, formula, name=name, fact=fact, clause=fact.clause) for name, fact in values]
    rows += [_audit_row(line, words, formula, clause=clause) for clause in (() if values else line.clauses or (None,))]
    told = "; ".join(f"{_use(name, lang)}: {source.of(lang)}" for name, source in prices_of(one, line))
    rows[-1]["value"] = "; ".join(filter(None, (rows[-1]["value"], told)))
    return rows


def rule_word(name: str, words: Words) -> str:
    """The word of a rule's value: a fact of a place, or a parameter of its market."""
    found = MARKET_WORDS.get(name)
    return words.term(name) if found is None else Text(found.en, found.zh).of(words.lang)


NAMES_IN_FORMULAS = {"td_energy": "energy price", "td_capacity": "capacity price", "td_demand": "demand price"}


def _plain_formula(formula: str) -> str:
    """A formula with the rules' names as words."""
    for name, word in NAMES_IN_FORMULAS.items():
        formula = formula.replace(name, word)
    return formula.replace("_", " ")


def _power_factor_formula(line: Line, words: Words) -> str:
    """The adjustment's own: a share of other items at a factor."""
    inside, _, rest = line.formula.partition(")")
    items = [words.term(item.strip()) for item in inside.lstrip("(").split(",")]
    factor = rest.rpartition(" ")[2]
    if words.lang == "zh":
        return f"（{'、'.join(items)}）× 功率因数 {factor} 对应的调整比例"
    return f"({', '.join(items)}) × share at a power factor of {factor}"


def _audit_row(
    line: Line, words: Words, formula: str, *, clause: Clause | None, name: str = "", fact: Fact | None = None
) -> dict[str, Any]:
    """Item, formula, value, document."""
    value = ""
    if fact is not None and fact.value is not None:
        number = f"{fact.value:.10g}" if isinstance(fact.value, float | int) else str(fact.value)
        value = f"{name}: {number} {words.unit(fact.unit)}".strip() if fact.unit != "1" else f"{name}: {number}"
    document, article, day, doubtful = "", "", "", False
    if clause is not None:
        document, article = clause.document.of(words.lang), clause.article.of(words.lang)
        day = said("in_force", words.lang, day=clause.in_force.isoformat()) if clause.in_force else ""
        doubtful = clause.confidence.to_be_confirmed
    return {
        "item": words.term(line.item),
        "formula": formula,
        "value": value,
        "document": " · ".join(filter(None, (document, article, day))) or ABSENT,
        "confidence": said("confirm", words.lang) if doubtful else "",
    }


def _meter(use: str, meter: Any, lang: Lang) -> dict[str, Any]:
    """A meter's row."""
    return {
        "use": _use(use, lang),
        "table": meter.name,
        "checksum": meter.file_sha256[:CHECKSUM_SHOWN] or ABSENT,
        "energy": decimal(Fraction(meter.total_wh, WH_PER_KWH), most=3),
        "missing": meter.missing,
        "estimated": int(meter.estimated.sum()),
    }


def _use(use: str, lang: Lang) -> str:
    """A use of a meter or price in words."""
    if use in USES:
        return USES[use].of(lang)
    if use.startswith("user "):
        return f"{said('user', lang)} {_readable(use.removeprefix('user '))}"
    return use
