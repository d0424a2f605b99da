"""What does the market owe a point besides its bill, or the point the market? Entries of the file as further lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from wattloom.app.settle_month_rules import WH_PER_MWH, PriceTable, case_of, given
from wattloom.domain.errors import InputError
from wattloom.domain.money import WH_PER_KWH, exact
from wattloom.domain.text import Text
from wattloom.market.ancillary import (
    MILEAGE_FACTS,
    Response,
    mileage_pay_cny,
    mileage_rule,
    performance,
    storage_capacity_price_cny_per_kw_year,
)
from wattloom.market.further import (
    Further,
    Summand,
    capacity_summand,
    deviation_summands,
    difference,
    mechanism_summand,
    response_summand,
)
from wattloom.market.mechanism import MechanismMonth, mechanism_settlement
from wattloom.market.settlement import DeviationRule, Spot, deviation, weighted_price_cny_per_kwh
from wattloom.rules import territory
from wattloom.rules.dating import in_force
from wattloom.rules.reading import document_clause, national_market

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.app.settle_month_meters import PointReadings
    from wattloom.app.settle_month_project import PointEntry
    from wattloom.app.settle_month_services import (
        DeviationEntry,
        DifferenceEntry,
        FrequencyEntry,
        MechanismEntry,
        PriceLevel,
        ResponseEntry,
        StorageCapacityEntry,
    )
    from wattloom.market import MonthRules
    from wattloom.rules.contract import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What further lines are made of."""

    name: str
    point: PointEntry
    readings: PointReadings
    rules: MonthRules
    table: PriceTable
    spot: Spot | None

    def energy_wh(self, use: str, level: PriceLevel | None) -> NDArray[np.int64]:
        """A quantity by period: of its table, of its power, or nothing."""
        told = self.readings.wh(use)
        if told is not None:
            return told
        if level is None:
            return np.zeros(self.table.axis.count, dtype=np.int64)
        return self.table.wh(level, f"{self.name}, {use}")

    def market(self, name: str) -> Fact | None:
        """A parameter of the territory's market on the first day, or the country's."""
        land, day = territory(self.point.territory), self.rules.first_day
        dated = land.market.get(name) or national_market().get(name, ())
        fact = in_force(dated, day.year, day=day)
        return fact if fact is not None and fact.value is not None else None


def spot_of(name: str, point: PointEntry, readings: PointReadings, table: PriceTable) -> Spot | None:
    """Contracts, day-ahead result and meter with their prices; None where there is one price."""
    asked = point.spot
    if asked is None:
        return None

    def energy(use: str, level: PriceLevel | None) -> NDArray[np.int64]:
        told = readings.wh(use)
        if told is not None:
            return told
        return np.zeros(table.axis.count, dtype=np.int64) if level is None else table.wh(level, f"{name}, {use}")

    drawn = readings.wh("drawn")
    return Spot(
        contract_wh=energy("contract", asked.contract_mw),
        day_ahead_wh=energy("day ahead", asked.day_ahead_mw),
        real_time_wh=np.zeros(table.axis.count, dtype=np.int64) if drawn is None else drawn,
        contract_steps=table.steps(asked.contract_price, f"{name}, contract price"),
        day_ahead_steps=table.steps(asked.day_ahead_price, f"{name}, day-ahead price"),
        real_time_steps=table.steps(asked.real_time_price, f"{name}, real-time price"),
    )


def further_of(gathered: Gathered) -> tuple[tuple[Further, ...], tuple[Text, ...]]:
    """Every further item of a point, in the order of the statement, and what a reader must know."""
    point = gathered.point
    found: list[Further] = []
    notes: list[Text] = []
    if point.contracts_for_difference:
        found.append(_differences(gathered, point.contracts_for_difference))
    if point.deviation is not None:
        found.append(_deviation(gathered, point.deviation))
    if point.mechanism is not None:
        found.append(_mechanism(gathered, point.mechanism))
    if point.frequency is not None:
        found.append(_frequency(gathered, point.frequency))
    if point.storage_capacity is not None:
        found.append(_capacity(gathered, point.storage_capacity))
    if point.response:
        found += _responses(gathered, point.response)
        notes += _above_cap(gathered, point.response)
    if any(one.item.endswith("_income") for one in found):
        notes.append(INCOME_TAX)
    return tuple(found), tuple(notes)


INCOME_TAX = Text(
    "Income from services is taken to bear the same value-added tax as electricity: assumed, as no source says.",
    "辅助服务与需求响应收入按与电费相同的增值税率处理，属假定，未见依据。",
)
ABOVE_CAP = Text(
    "{event}: {price} CNY/MWh is above the territory's cap of {cap} ({document}); posted as the file has it.",
    "{event}：价格 {price} 元/MWh 高于本地区上限 {cap}（{document}）；按文件入账。",
)
CAPACITY_NOTE = Text(
    "{coal} CNY/kW a year × min(1, {discharge} h ÷ {peak} h); {document}",
    "{coal} 元/(kW·年) × min(1, {discharge} 小时 ÷ {peak} 小时)；{document}",
)
DEVIATION_NOTE = Text(
    "contracts {contract} MWh, free above by {over} and below by {under}",
    "合同电量 {contract} MWh，免考核：正偏差 {over}、负偏差 {under}",
)
MECHANISM_NOTE = Text(
    "{price} less the mean {mean} CNY/kWh; {rolled} MWh roll on; {document}",
    "{price} 减均价 {mean} 元/kWh；结转 {rolled} MWh；{document}",
)


def _differences(gathered: Gathered, contracts: tuple[DifferenceEntry, ...]) -> Further:
    """A summand a contract."""
    made = []
    for one in contracts:
        called = f"{gathered.name}, contract {one.name}"
        made.append(
            replace(
                difference(
                    gathered.energy_wh(f"contract {one.name}", one.power_mw),
                    gathered.table.steps(one.strike, f"{called}, strike"),
                    gathered.table.steps(one.reference, f"{called}, reference"),
                    buys=one.side == "buys",
                    clause=given(one.name, one.document),
                ),
                note=Text.same(one.name),
            )
        )
    return Further(item="contract_difference", summands=tuple(made), basis=gathered.point.market_basis)


def _deviation(gathered: Gathered, asked: DeviationEntry) -> Further:
    """The deviation of the month as a whole."""
    if asked.contract_mwh is None and gathered.spot is None:
        raise InputError.one(
            f"{gathered.name}.deviation", found="no contract_mwh, and no spot with contracts",
            expected="the month's contracted energy", remedy="add `contract_mwh:`",
        )  # fmt: skip
    told = asked.contract_mwh
    contract = int(exact(told) * WH_PER_MWH) if told is not None else int(gathered.spot.contract_wh.sum())  # type: ignore[union-attr]
    rule = DeviationRule(
        over_share=exact(asked.over_share),
        under_share=exact(asked.under_share),
        over_price_cny_per_kwh=exact(asked.over_cny_per_mwh) / WH_PER_KWH,
        under_price_cny_per_kwh=exact(asked.under_cny_per_mwh) / WH_PER_KWH,
        clause=given("deviation", asked.document),
    )
    drawn = gathered.readings.wh("drawn")
    found = deviation(rule, contract, 0 if drawn is None else int(drawn.sum()))
    note = DEVIATION_NOTE.filled(contract=f"{contract / WH_PER_MWH:,.3f}", over=f"{asked.over_share:.1%}",
                                 under=f"{asked.under_share:.1%}")  # fmt: skip
    summands = tuple(replace(one, note=note) for one in deviation_summands(found))
    return Further(item="deviation_charge", summands=summands, basis=gathered.point.market_basis)


def _mechanism(gathered: Gathered, asked: MechanismEntry) -> Further:
    """The month under Doc 136, after the earlier ones of its year."""
    first = gathered.rules.first_day
    fed = gathered.readings.wh("fed")
    price, fact = _mechanism_price(gathered, asked)
    reference = _reference(gathered, asked)
    months = [
        MechanismMonth(
            year=int(one.month[:4]), month=int(one.month[5:7]), split_wh=_wh(one.split_mwh),
            on_grid_wh=_wh(one.on_grid_mwh), reference_cny_per_kwh=reference,
        )
        for one in asked.earlier
    ]  # fmt: skip
    months.append(
        MechanismMonth(
            year=first.year, month=first.month, split_wh=_wh(asked.split_mwh),
            on_grid_wh=0 if fed is None else int(fed.sum()), reference_cny_per_kwh=reference,
        )
    )  # fmt: skip
    case = case_of(gathered.point, first)
    settled = mechanism_settlement(months, price_cny_per_kwh=price, case=case)[-1]
    facts = {} if fact is None else {_mechanism_fact(asked): (fact,)}
    note = MECHANISM_NOTE.filled(price=f"{float(price):.6f}", mean=f"{float(reference):.6f}",
                                 rolled=f"{settled.rolled_wh / WH_PER_MWH:,.3f}", document=asked.document)  # fmt: skip
    return Further(
        item="mechanism_difference",
        summands=(replace(mechanism_summand(settled), note=note),),
        basis=gathered.point.market_basis,
        facts=facts,
    )


def _mechanism_price(gathered: Gathered, asked: MechanismEntry) -> tuple[Fraction, Fact | None]:
    """The price of the file, or the territory's of a kind with its fact."""
    if asked.price_cny_per_mwh is not None:
        return exact(asked.price_cny_per_mwh) / WH_PER_KWH, None
    fact = gathered.market(_mechanism_fact(asked))
    if fact is None:
        raise InputError.one(
            f"{gathered.name}.mechanism.kind",
            found=f"no published price for {asked.kind} in {gathered.point.territory}",
            expected="a price that a source prints", remedy="give `price_cny_per_mwh:` with its document",
        )  # fmt: skip
    return exact(float(fact.value or 0.0)) / WH_PER_KWH, fact


def _mechanism_fact(asked: MechanismEntry) -> str:
    """The name of a kind's price."""
    return "mechanism_stock_price_cny_per_mwh" if asked.kind == "stock" else f"mechanism_price_{asked.kind}_cny_per_mwh"


def _reference(gathered: Gathered, asked: MechanismEntry) -> Fraction:
    """The market's mean, as published or weighted here."""
    if asked.reference_cny_per_mwh is not None:
        return exact(asked.reference_cny_per_mwh) / WH_PER_KWH
    if asked.reference_price is None:
        raise KeyError("reference_price")
    steps = gathered.table.steps(asked.reference_price, f"{gathered.name}, reference price")
    return weighted_price_cny_per_kwh(steps, gathered.energy_wh("reference", None))


def _frequency(gathered: Gathered, asked: FrequencyEntry) -> Further:
    """A summand an hour of mileage."""
    rule = mileage_rule(territory(gathered.point.territory), gathered.rules.first_day)
    name = f"frequency_rate_{asked.technology}_per_min"
    standard = gathered.market(name)
    if standard is None:
        raise InputError.one(
            f"{gathered.name}.frequency.technology", found=f"no standard rate for {asked.technology}",
            expected="a rate of the rule", remedy="choose a technology that the rule names",
        )  # fmt: skip
    made = []
    for hour in asked.hours:
        response = Response(
            rate_share=exact(hour.rate_share_per_min),
            standard_rate_share=exact(float(standard.value or 0.0)),
            delay_s=exact(hour.delay_s),
            error_share=exact(hour.error_share),
        )
        pay = mileage_pay_cny(
            rule,
            response,
            mileage_mw=exact(hour.mileage_mw),
            price_cny_per_mw=exact(hour.price_cny_per_mw),
            factor=exact(hour.factor),
        )
        day = _day_inside(hour.at, gathered)
        made.append(
            Summand(quantity=exact(hour.mileage_mw), unit="MW", amount_cny=-pay, clause=rule.clause,
                    first_day=day, last_day=day,
                    note=Text.same(f"{hour.at}, K = {float(performance(rule, response)):.2f}"))
        )  # fmt: skip
    known = {key: gathered.market(key) for key in (name, *(f"frequency_{word}" for word in MILEAGE_FACTS))}
    facts = {key: (fact,) for key, fact in known.items() if fact is not None}
    return Further(item="frequency_income", summands=tuple(made), basis=asked.basis, facts=facts)


def _capacity(gathered: Gathered, asked: StorageCapacityEntry) -> Further:
    """A twelfth of the year's capacity price."""
    fact = gathered.market("coal_capacity_price_cny_per_kw_year")
    told = asked.coal_cny_per_kw_year
    if told is None and fact is None:
        raise InputError.one(
            f"{gathered.name}.storage_capacity", found="no coal capacity price", expected="one of a document",
            remedy="add `coal_cny_per_kw_year:`",
        )  # fmt: skip
    coal = exact(told) if told is not None else exact(float(fact.value or 0.0))  # type: ignore[union-attr]
    price = storage_capacity_price_cny_per_kw_year(
        coal, discharge_h=exact(asked.discharge_h), longest_peak_h=exact(asked.longest_peak_h)
    )
    clause = document_clause("doc114")
    facts = {"coal_capacity_price_cny_per_kw_year": (fact,)} if told is None and fact is not None else {}
    note = CAPACITY_NOTE.filled(coal=f"{float(coal):g}", discharge=f"{asked.discharge_h:g}",
                                peak=f"{asked.longest_peak_h:g}", document=asked.document)  # fmt: skip
    summand = replace(capacity_summand(_wh(asked.power_mw), price, clause=clause), note=note)
    return Further(item="storage_capacity_income", summands=(summand,), facts=facts)


def _responses(gathered: Gathered, events: tuple[ResponseEntry, ...]) -> Iterator[Further]:
    """Income of all events, then what is owed for what was not delivered; by the basis of their prices."""
    for basis in dict.fromkeys(one.basis for one in events):
        own = [one for one in events if one.basis is basis]
        paid = tuple(_event(gathered, one, owed=False) for one in own)
        yield Further(item="response_income", summands=paid, basis=basis)
        short = tuple(_event(gathered, one, owed=True) for one in own if one.short_mwh and one.penalty_cny_per_mwh)
        if short:
            yield Further(item="response_penalty", summands=short, basis=basis)


def _event(gathered: Gathered, one: ResponseEntry, *, owed: bool) -> Summand:
    """One event, paid or owed."""
    day = _day_inside(one.day, gathered)
    mwh, price = (one.short_mwh, one.penalty_cny_per_mwh) if owed else (one.delivered_mwh, one.price_cny_per_mwh)
    made = response_summand(
        _wh(mwh), exact(price) / WH_PER_KWH, days=(day, day), owed=owed, clause=given(one.event, one.document)
    )
    return replace(made, note=Text.same(one.event))


def _above_cap(gathered: Gathered, events: tuple[ResponseEntry, ...]) -> Iterator[Text]:
    """Prices that the territory's published cap does not allow."""
    cap = gathered.market("response_shave_cap_cny_per_mwh")
    for one in events:
        if cap is not None and one.price_cny_per_mwh > float(cap.value or 0.0):
            yield ABOVE_CAP.filled(
                event=one.event, price=f"{one.price_cny_per_mwh:g}", cap=f"{cap.value:g}", document=cap.clause.document
            )


def _day_inside(text: str, gathered: Gathered) -> date:
    """A day of the month that is settled, from a day or an instant."""
    try:
        found = date.fromisoformat(text) if len(text) == len("2026-08-01") else _instant(text, gathered)
    except ValueError:
        found = date.min
    last = gathered.rules.days_of(len(gathered.rules.tariffs) - 1)[1]
    if not gathered.rules.first_day <= found <= last:
        raise InputError.one(
            f"{gathered.name}, {text}", found=f'"{text}"', expected=f"within {gathered.rules.first_day} to {last}",
            remedy="settle it with its own month",
        )  # fmt: skip
    return found


def _instant(text: str, gathered: Gathered) -> date:
    """The local day of an instant."""
    return datetime.fromisoformat(text).astimezone(gathered.rules.zone).date()


def _wh(mwh: float) -> int:
    """Megawatt-hours (or megawatts) of the file as whole watt-hours; refused where they are no whole number."""
    amount = exact(mwh) * WH_PER_MWH
    if amount.denominator != 1:
        raise InputError.one("energy", found=f"{mwh} MWh", expected="whole watt-hours", remedy="round it")
    return int(amount)
