"""What was an event's response worth, and whose is every fen? Verified, paid and shared as soon as it is over.

The baseline is the plan that the journal had before notice; the meter is what the pool drew in the event's periods. The
territory's programme judges it where one is known, the parameters that no document states assumed; elsewhere a rule
that is assumed as a whole. All of it is provisional: the market's own statement takes its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from wattloom.app.vpp_posting import openings, posting
from wattloom.domain.errors import InputError
from wattloom.domain.money import exact
from wattloom.domain.text import SILENT, Text
from wattloom.market.response import ResponseRule, paid, response_rule, verified
from wattloom.market.shares import Answered, ShareLine, Terms, shares
from wattloom.rules.response import programmes

if TYPE_CHECKING:
    from wattloom.app.control_room.rows import GridEvent
    from wattloom.app.control_room.steps import Steps
    from wattloom.ledger import Entry

ASSUMED: Mapping[str, float] = {
    "paid_from_share": 0.8, "paid_to_share": 1.2, "penalty_below_share": 0.8, "penalty_of_price": 0.5,
}  # fmt: skip
"""What holds where no document that was seen states it: assumed, after the check of a deployed platform (paid from
80 %), as in the shipped pool of Guangdong."""
KWH_PER_MWH, KW_PER_MW, WH_PER_KWH = 1_000, 1_000.0, 1_000.0
W_MIN_PER_WH = 60
STEPS_MINUTES = (15, 5, 1)
BOOK = "response"
NO_PLAN = Text(
    "no plan was logged before the notice: measured against its beginning, and not paid",
    "通知前无已存证计划：仅按起始负荷计量，不予结算",
)
UNPRICED = Text("no price was offered", "未报价")


def step_minutes(start_s: float, end_s: float) -> int:
    """Length of an event's periods: the longest of 15, 5 and 1 minutes that parts it evenly."""
    minutes = round((end_s - start_s) / 60.0)
    return next(step for step in STEPS_MINUTES if minutes % step == 0)


def rule_of(territory: str, price_cny_per_mwh: float, *, at_s: float, minutes: int) -> tuple[ResponseRule, str]:
    """The rule of a territory's programme for peak shaving, and its key; one of assumptions where there is none.

    A programme that states its own price pays that. One whose limits the price breaks, or that judges in stretches that
    do not part the event, is not used.
    """
    day = datetime.fromtimestamp(at_s, tz=UTC).date()
    for one in programmes(day):
        fits = one.territory == territory and one.direction == "down" and not one.method
        if not fits or (one.value("minutes_min") or 0) > minutes:
            continue
        given = {name: value for name, value in ASSUMED.items() if one.value(name) is None}
        try:
            price = None if one.value("price_cny_per_mwh") is not None else price_cny_per_mwh
            found = response_rule(one.key, day, given=given, price_cny_per_mwh=price)
        except InputError:
            continue
        if found.judged_minutes is None or minutes % found.judged_minutes == 0:
            return found, one.key
    number = {name: exact(value) for name, value in ASSUMED.items()}
    plain = ResponseRule(price_cny_per_kwh=exact(price_cny_per_mwh) / KWH_PER_MWH, **number)  # type: ignore[arg-type]
    return replace(plain, assumed=dict.fromkeys(ASSUMED, plain.clause.document)), ""


def settled(event: GridEvent, steps: Steps) -> GridEvent:
    """An event that is over, with what it was worth; told apart where no plan was there before its notice."""
    terms = event.terms
    if not terms.get("plan") or "metered_wh" not in terms:
        return replace(event, terms={**terms, "statement": {"paid": False, "why_not": asdict(NO_PLAN)}})
    step = int(terms["step_minutes"])
    territory = str(steps.inputs.project.regions[event.region].territory)
    rule, key = rule_of(territory, float(event.price_cny_per_mwh or 0.0), at_s=event.start_s,
                        minutes=step * len(terms["metered_wh"]))  # fmt: skip
    hours = step / 60.0
    judged = verified(
        np.asarray(terms["baseline_wh"]) / WH_PER_KWH / hours,
        np.asarray(terms["metered_wh"]) / WH_PER_KWH / hours,
        called_kw=KW_PER_MW * event.down_mw,
        step_minutes=step,
        rule=rule,
    )
    lines = paid(judged, rule)
    parts = _parts(event, lines, rule, steps.inputs.layout.sites) if event.price_cny_per_mwh else ()
    silent = SILENT if event.price_cny_per_mwh else UNPRICED
    told = silent if judged.valid else judged.why_not
    statement = {
        "paid": bool(event.price_cny_per_mwh),
        "why_not": {"en": told.en, "zh": told.zh},
        "programme": key,
        "clause": {"en": rule.clause.document.en, "zh": rule.clause.document.zh},
        "assumed": sorted(rule.assumed) if key else sorted({*rule.assumed, "price"}),
        "called_kwh": float(judged.called_kwh),
        "delivered_kwh": float(judged.delivered_kwh),
        "counted_kwh": float(judged.counted_kwh),
        "lines": [{"item": {"en": one.item.en, "zh": one.item.zh}, "amount_fen": one.amount_fen,
                   "formula": one.formula} for one in lines],
        "shares_fen": {one.member: one.amount_fen for one in _by_member(parts)},
    }  # fmt: skip
    return replace(event, terms={**terms, "statement": statement})


def entries(event: GridEvent, *, series: str) -> tuple[Entry, ...]:
    """An event that is over, for the ledger: provisional, in whole fen; nothing where nobody is owed anything."""
    statement = event.terms.get("statement") or {}
    parts = [ShareLine(member=site, party=site, amount_fen=fen, why=SILENT)
             for site, fen in statement.get("shares_fen", {}).items()]  # fmt: skip
    start = datetime.fromtimestamp(event.start_s, tz=UTC).isoformat()
    clause = statement.get("clause", {}).get("en", "")
    moved = posting(f"{series} {event.id} {event.region} {start}", parts, clause=clause)
    if moved is None:
        return ()
    # The room's money stands in ten-thousandths of a yuan; what is paid in fen stands in a book of its own.
    return (*(replace(one, book=BOOK) for one in openings(parts)), moved)


def _parts(event: GridEvent, lines: Any, rule: ResponseRule, sites: tuple[str, ...]) -> tuple[ShareLine, ...]:
    """Every site's part, by what it delivered against its own part of the plan."""
    terms = event.terms
    own, drawn, told = (np.asarray(terms[name]) for name in ("own_share", "drawn_wh", "told_share"))
    baseline_wh = float(np.sum(terms["baseline_wh"]))
    called_wh = float(event.down_mw * 1e6 * len(terms["metered_wh"]) * int(terms["step_minutes"]) / 60.0)
    answered = [
        Answered(
            name=sites[site],
            told=round(called_wh * told[k]) * W_MIN_PER_WH,
            delivered=round(baseline_wh * own[k] - drawn[k]) * W_MIN_PER_WH,
            most=None if not told[k] else int(rule.paid_to_share * round(called_wh * told[k]) * W_MIN_PER_WH),
        )
        for k, site in enumerate(terms["members"])
    ]
    pay = sum(line.amount_fen for line in lines if line.amount_fen > 0)
    charge = sum(line.amount_fen for line in lines if line.amount_fen < 0)
    return shares(pay, charge, answered, Terms(fee_share=Fraction(0), parties={}), worth=lambda _some: pay)


def _by_member(parts: tuple[ShareLine, ...]) -> list[ShareLine]:
    """One amount a member: what it is paid less what it bears."""
    sums: dict[str, ShareLine] = {}
    for one in parts:
        before = sums.get(one.member)
        sums[one.member] = one if before is None else replace(before, amount_fen=before.amount_fen + one.amount_fen)
    return [one for one in sums.values() if one.amount_fen]
