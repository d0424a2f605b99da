"""What is known of a territory, line by line? For the command line and the docs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from wattloom.domain.text import SILENT, Text
from wattloom.domain.time import MONTHS_PER_YEAR
from wattloom.domain.verdicts import Clause, Confidence
from wattloom.rules.contract import DayRule, Fact, Territory, TimeOfUse
from wattloom.rules.dating import TIER_PRICES, in_force, tiers_on
from wattloom.rules.days import time_of_use_on
from wattloom.rules.market_words import MARKET_WORDS
from wattloom.rules.reading import national_facts, national_market
from wattloom.rules.vocabulary import BY_NAME

Value = TypeVar("Value", float, str)


_BANDS = {
    "S": ("sharp", "尖峰"),
    "P": ("peak", "高峰"),
    "F": ("flat", "平段"),
    "V": ("valley", "低谷"),
    "D": ("deep", "深谷"),
}
BAND_NAMES: Mapping[str, Text] = {
    "tou_half_hours": Text("Bands of the day, one letter each half hour", "全日时段，每半小时一个字母"),
    **{f"tou_multiplier_{key}": Text(f"Multiplier, {en}", f"{zh}浮动系数") for key, (en, zh) in _BANDS.items()},
    "tou_binds_market_users": Text("Whether bands bind users on the market too", "是否适用于直接参与市场的用户"),
    "tou_user_class": Text("Users that the bands are for", "适用用户"),
    "tou_floating_items": Text("Items that the bands multiply", "浮动的电费项目"),
    "tou_festival_half_hours": Text("Bands of festivals", "节假日时段"),
    "tou_rest_day_half_hours": Text("Bands of rest days", "休息日时段"),
    "tou_hot_day_half_hours": Text("Bands of hot days", "高温日时段"),
    "tou_dates_half_hours": Text("Bands of a stretch of dates", "特定日期时段"),
}
"""Names of what a notice on time-of-use bands says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FactRow:
    """One value for a table."""

    name: str
    value: float | bool | str | None
    """None where nobody has published it."""
    unit: str
    document: str
    source: str
    in_force: date | None
    confidence: Confidence
    to_be_confirmed: bool
    note: str = ""
    tier: str = ""
    """Voltage tier as printed, or the months or days that a band holds in; empty for what does not depend on it."""


def rows_of_territory(territory: Territory, day: date | None = None) -> tuple[FactRow, ...]:
    """Everything known of a territory: tariff tiers, bands, its own facts, then the national ones it does not replace.

    Every version of each; with a day, what is in force on it.
    """
    tiers = territory.tiers if day is None else tiers_on(territory, day)
    prices = [
        _row(name, Fact(value=value, unit=BY_NAME[name].unit, clause=tier.clause), tier=tier.tier)
        for tier in tiers
        for name, attribute in TIER_PRICES.items()
        if (value := getattr(tier, attribute)) is not None
    ]
    return (
        *prices,
        *_fact_rows({**national_facts(), **territory.facts}, first=territory.facts, day=day),
        *_band_rows(territory, day),
        *_fact_rows({**national_market(), **territory.market}, first=territory.market, day=day),
    )


def _fact_rows(
    facts: Mapping[str, tuple[Fact, ...]], *, first: Mapping[str, object], day: date | None
) -> Iterator[FactRow]:
    """Facts line by line, the territory's own before the national ones."""
    for name in (*first, *(name for name in facts if name not in first)):
        dated = facts[name]
        if day is not None:
            chosen = in_force(dated, day.year, day=day)
            dated = () if chosen is None else (chosen,)
        yield from (_row(name, fact) for fact in dated)


def _band_rows(territory: Territory, day: date | None) -> Iterator[FactRow]:
    """Time-of-use bands line by line: letters and multipliers by months, what floats, what single days change."""
    versions = territory.time_of_use_versions
    if day is not None:
        newest = time_of_use_on(territory, day)
        versions = () if newest is None else (newest,)
    for version in versions:
        for months, letters in _by_months(version.bands):
            yield _band_row("tou_half_hours", letters, version, tier=months)
        for letter in "SPFVD":
            stated = {month: known[letter] for month, known in version.multipliers.items() if letter in known}
            for months, factor in _by_months(stated):
                yield _band_row(f"tou_multiplier_{letter}", factor, version, tier=months)
        for key, known in version.other_classes.items():
            for letter, factor in known.items():
                yield _band_row(f"tou_multiplier_{letter}", factor, version, tier=key)
        if version.binds_market_users is not None:
            yield _band_row("tou_binds_market_users", version.binds_market_users, version)
        yield _band_row("tou_user_class", version.user_class, version)
        items = None if version.floating_items is None else ", ".join(sorted(version.floating_items))
        yield _band_row("tou_floating_items", items, version, note=version.float_base)
        for rule in version.day_rules:
            yield _row(
                f"tou_{rule.when}_half_hours",
                Fact(value=rule.half_hours, unit="", clause=rule.clause, note=rule.note),
                tier=_condition(rule),
            )


def name_of(name: str) -> Text:
    """What a row's name says; the name itself where no list of words has it.

    Example:
        >>> name_of("tou_multiplier_S").zh
        '尖峰浮动系数'
    """
    word = BY_NAME.get(name) or MARKET_WORDS.get(name)
    return Text(word.en, word.zh) if word is not None else BAND_NAMES.get(name, Text.same(name))


def _band_row(
    name: str, value: float | str | None, version: TimeOfUse, *, tier: str = "", note: Text = SILENT
) -> FactRow:
    """One line of a notice."""
    unit = "1" if isinstance(value, float) else ""
    return _row(name, Fact(value=value, unit=unit, clause=version.clause, note=note or version.note), tier=tier)


def _by_months(values: Mapping[int, Value]) -> Iterator[tuple[str, Value]]:
    """Equal values once, with their months."""
    for value in dict.fromkeys(values.values()):
        yield ", ".join(str(month) for month in sorted(values) if values[month] == value), value


def _condition(rule: DayRule) -> str:
    """On which days of which months a rule holds."""
    said = [*sorted(rule.festivals)]
    if rule.days_min > 1:
        said.append(f">= {rule.days_min} d")
    if rule.celsius_min is not None:
        said.append(f">= {rule.celsius_min:g} °C")
    if rule.dates is not None:
        (first_month, first_day), (last_month, last_day) = rule.dates
        return "; ".join((*said, f"{first_month:02d}-{first_day:02d}..{last_month:02d}-{last_day:02d}"))
    if len(rule.months) < MONTHS_PER_YEAR:
        said.append(", ".join(str(month) for month in sorted(rule.months)))
    return "; ".join(said)


def rows_of_facts(facts: Mapping[str, Fact]) -> tuple[FactRow, ...]:
    """The facts of a case, overrides in place."""
    return tuple(_row(name, fact, tier=_tier(name, fact.clause)) for name, fact in facts.items())


def _row(name: str, fact: Fact, *, tier: str = "") -> FactRow:
    """One fact as a row."""
    return FactRow(
        name=name,
        value=fact.value,
        unit=fact.unit,
        document=str(fact.clause.document),
        source=str(fact.clause.source),
        in_force=fact.clause.in_force,
        confidence=fact.clause.confidence,
        to_be_confirmed=fact.to_be_confirmed,
        note=str(fact.note),
        tier=tier,
    )


def _tier(name: str, clause: Clause) -> str:
    """The tier that a price of the tariff is from."""
    return str(clause.article) if name in TIER_PRICES else ""
