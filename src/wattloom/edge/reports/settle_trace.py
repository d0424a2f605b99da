"""From which meters, periods, prices and rules is this figure? The way back from any item of a statement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from wattloom.domain.charges import Basis
from wattloom.domain.errors import InputError
from wattloom.edge.reports.words import LANGUAGES, Words

if TYPE_CHECKING:
    from fractions import Fraction

    from numpy.typing import NDArray

    from wattloom.app.settle_month import SettledMonth, SettledPoint
    from wattloom.domain.text import Text
    from wattloom.domain.verdicts import Clause
    from wattloom.intake.meters import MeterReadings
    from wattloom.market import Line, Part
    from wattloom.market.month import Entry
    from wattloom.rules.contract import Fact

METERS_OF_BASIS = {
    Basis.IMPORTED_ENERGY: ("drawn",),
    Basis.EXPORTED_ENERGY: ("fed",),
    Basis.SELF_USED_ENERGY: ("generated", "fed"),
    Basis.ALL_CONSUMPTION: ("consumed", "drawn", "generated", "fed"),
    Basis.MONTHLY_PEAK: ("drawn",),
}
"""Which meters a charge is counted at."""
METERS_OF_ITEM = {
    "contract_energy": ("contract",),
    "day_ahead_deviation": ("day ahead", "contract"),
    "real_time_deviation": ("drawn", "day ahead"),
    "line_loss": ("drawn", "day ahead", "contract"),
    "deviation_charge": ("drawn", "contract"),
    "mechanism_difference": ("fed", "reference"),
    "power_factor_adjustment": ("drawn", "reactive"),
}
"""The same for items that no charge of the grid counts."""
PRICES_OF_ITEM = {
    "contract_energy": ("contract price", "contract"),
    "day_ahead_deviation": ("day-ahead price", "day ahead"),
    "real_time_deviation": ("real-time price",),
    "market_energy": ("price",),
    "line_loss": ("price",),
    "export_income": ("export price",),
    "mechanism_difference": ("reference price",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """The periods that a summand counted."""

    periods: int
    first: str
    """Start of the first, on the clocks of the file."""
    last: str
    """Start of the last."""


def trace(found: SettledMonth) -> dict[str, Any]:
    """Every item of every point with its way back, for machines and for auditors."""
    return {
        "month": found.month,
        "book": f"{found.head[0]}:{found.head[1]}",
        "periods_file": "periods.csv",
        "points": {one.name: _point(one) for one in found.points},
    }


def _point(one: SettledPoint) -> dict[str, Any]:
    """A point."""
    return {
        "territory": one.entry.territory,
        "state": one.posted.state,
        "entry": one.posted.entry,
        "record": one.posted.record,
        "total_fen": one.bill.total_fen,
        "vat_fen": one.bill.vat_fen,
        "price_basis": one.bill.price_basis,
        "rounding": one.rules.rounding,
        "meters": [_meter(use, meter) for use, meter in one.readings.every()],
        "prices": {called: source.en for called, source in one.prices.items()},
        "items": [_item(one, line) for line in one.bill.lines],
        "users": {
            share.user: {
                "load_wh": share.load_wh,
                "taken_wh": share.taken_wh,
                "drawn_wh": share.drawn_wh,
                "amount_fen": share.amount_fen,
                "vat_fen": share.vat_fen,
                "total_fen": share.total_fen,
            }
            for share in one.shares
        },
    }


def _item(one: SettledPoint, line: Line) -> dict[str, Any]:
    """An item: formula, summands, rule values."""
    counted = counted_of(one, line)
    return {
        "item": line.item,
        "name": {lang: Words(lang).term(line.item) for lang in LANGUAGES},
        "amount_fen": line.amount_fen,
        "exact_cny": _plain(line.exact_cny),
        "formula": line.formula,
        "meters": [_meter(use, meter) for use, meter in meters_of(one, line)],
        "prices": {called: source.en for called, source in prices_of(one, line)},
        "summands": [_part(part, periods) for part, periods in zip(line.parts, counted, strict=True)],
        "rules": {name: [_fact(fact) for fact in facts] for name, facts in line.facts.items()},
        "documents": [_clause(clause) for clause in line.clauses],
    }


def _part(part: Part, counted: Counted | None) -> dict[str, Any]:
    """A summand."""
    return {
        "first_day": part.first_day.isoformat(),
        "last_day": part.last_day.isoformat(),
        "periods": None if counted is None else
        {"count": counted.periods, "first": counted.first, "last": counted.last},
        "band": _plain(part.band),
        "share_of_month": _plain(part.share_of_month),
        "quantity": _plain(part.quantity),
        "unit": part.unit,
        "price_cny": None if part.price_cny is None else _plain(part.price_cny),
        "amount_cny": _plain(part.amount_cny),
        "note": part.note.en,
        "document": None if part.clause is None else _clause(part.clause),
    }  # fmt: skip


def _meter(use: str, meter: MeterReadings) -> dict[str, Any]:
    """A meter and its file."""
    return {
        "use": use,
        "table": meter.name,
        "file_sha256": meter.file_sha256,
        "total_wh": meter.total_wh,
        "missing_periods": meter.missing,
        "estimated_periods": int(meter.estimated.sum()),
        "generated": meter.generated,
    }


def _fact(fact: Fact) -> dict[str, Any]:
    """A value of the rules."""
    return {"value": fact.value, "unit": fact.unit, **_clause(fact.clause)}


def _clause(clause: Clause) -> dict[str, Any]:
    """Document and clause."""
    return {
        "document": {"en": clause.document.en, "zh": clause.document.zh},
        "article": clause.article.en,
        "in_force": clause.in_force.isoformat() if clause.in_force else None,
        "source": clause.source.en,
        "confidence": str(clause.confidence),
    }


def _plain(value: Fraction | int) -> str:
    """A number exactly: as a decimal where it is one, else as a ratio."""
    if isinstance(value, int) or value.denominator == 1:
        return str(int(value))
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1:
        return f"{value.numerator}/{value.denominator}"
    places = 0
    while (value * 10**places).denominator != 1:
        places += 1
    digits = str(abs(int(value * 10**places))).rjust(places + 1, "0")
    return f"{'-' if value < 0 else ''}{digits[:-places]}.{digits[-places:]}"


def charged_by(one: SettledPoint, line: Line) -> Sequence[Entry]:
    """The charges behind a line's summands, one each; empty where the line is none of the grid's own."""
    entries = one.rules.entries.get(line.item, ())
    return () if one.spot is not None and line.item == "line_loss" else entries


def meters_of(one: SettledPoint, line: Line) -> Iterator[tuple[str, MeterReadings]]:
    """The meters that a line was counted at."""
    uses: dict[str, None] = {}
    for entry in charged_by(one, line):
        basis = entry.rate.basis
        users = one.shares and basis in {Basis.ALL_CONSUMPTION, Basis.IMPORTED_ENERGY, Basis.MONTHLY_PEAK}
        told = METERS_OF_BASIS.get(basis, ())
        shared = (*told, "generated", "fed", *(f"user {name}" for name in one.entry.users)) if users else told
        uses |= dict.fromkeys(shared)
    if not uses:
        uses = dict.fromkeys(METERS_OF_ITEM.get(line.item, ()))
    if line.item == "contract_difference":
        uses = dict.fromkeys(f"contract {contract.name}" for contract in one.entry.contracts_for_difference)
    return ((use, meter) for use, meter in one.readings.every() if use in uses)


def prices_of(one: SettledPoint, line: Line) -> Iterator[tuple[str, Text]]:
    """The price tables that a line used, with where each is from."""
    wanted = PRICES_OF_ITEM.get(line.item, ())
    for called, source in one.prices.items():
        short = called.removeprefix(f"{one.name}, ")
        own = line.item == "contract_difference" and short.startswith("contract ") and "," in short
        if short in wanted or own or (one.spot is not None and line.item == "line_loss" and short.endswith("price")):
            yield short, source


def counted_of(one: SettledPoint, line: Line) -> list[Counted | None]:
    """The periods of each summand; None for what is charged by the month."""
    entries = charged_by(one, line)
    if len(entries) != len(line.parts):
        return [_between(one, part.first_day, part.last_day) for part in line.parts]
    found: list[Counted | None] = []
    for entry in entries:
        if entry.rate.basis in {Basis.CONNECTION_CAPACITY, Basis.FIXED}:
            found.append(None)
        elif entry.rate.basis is Basis.MONTHLY_PEAK:
            found.append(_peak(one))
        else:
            found.append(_told(one, one.rules.cell_of_period == entry.count.place))
    return found


def _peak(one: SettledPoint) -> Counted:
    """The period of the largest demand."""
    chosen = np.zeros(one.rules.axis.count, dtype=np.bool_)
    chosen[int(np.argmax(one.meter.drawn_wh))] = True
    return _told(one, chosen)


def _between(one: SettledPoint, first: date, last: date) -> Counted:
    """The periods of some days."""
    day = one.rules.axis.days(one.rules.zone)
    start = one.rules.first_day
    return _told(one, (day >= (first - start).days) & (day <= (last - start).days))


def _told(one: SettledPoint, chosen: NDArray[np.bool_]) -> Counted:
    """Chosen periods, told by their number and ends."""
    places = np.flatnonzero(chosen)
    local = one.rules.axis.local(one.rules.zone)
    ends = [local[int(place)].strftime("%Y-%m-%d %H:%M") for place in (places[:1].tolist() + places[-1:].tolist())]
    return Counted(periods=int(places.size), first=ends[0] if ends else "", last=ends[-1] if ends else "")


def explained(found: SettledMonth, asked: str) -> list[dict[str, Any]]:
    """The way back of an item, at one point (POINT:ITEM) or at all that have it.

    Args:
        found: the settled month.
        asked: an item by its key or its name in either language, with or without a point before it.
    """
    point, _, item = asked.rpartition(":")
    names = [one.name for one in found.points]
    if point and point not in names:
        raise InputError.one(
            "--explain", found=point, expected=f"one of {', '.join(names)}", remedy="correct the point"
        )
    made = [
        {"point": one.name, "state": one.posted.state, "record": one.posted.record, **_item(one, line)}
        for one in found.points
        for line in one.bill.lines
        if point in {"", one.name} and item.strip() in {line.item, *(Words(lang).term(line.item) for lang in LANGUAGES)}
    ]
    if not made:
        known = sorted({line.item for one in found.points for line in one.bill.lines})
        raise InputError.one("--explain", found=asked, expected=f"one of {', '.join(known)}", remedy="correct the item")
    return made
