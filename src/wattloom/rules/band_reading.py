"""What do the data files say of time-of-use bands? Notices by date, each with its rules of single days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from wattloom.domain.time import MONTHS_PER_YEAR
from wattloom.rules.contract import DayRule, TimeOfUse

if TYPE_CHECKING:
    from wattloom.rules.reading import Reader

HALF_HOURS_PER_DAY = 48
BAND_LETTERS = frozenset("SPFVD")
UNCHANGED = "."
"""Stands in a day rule where the month's band stays."""
EVERY_MONTH = tuple(range(1, MONTHS_PER_YEAR + 1))
OF_ONE_NOTICE = frozenset(
    {
        "document",
        "document_zh",
        "article",
        "article_zh",
        "in_force",
        "confidence",
        "source",
        "source_zh",
        "note",
        "note_zh",
    }
)
"""What an earlier notice never takes over from the newest one."""


def time_of_use_versions(reader: Reader, table: Mapping[str, Any]) -> tuple[TimeOfUse, ...]:
    """Every notice of a territory's file, the oldest first; an earlier one says only where it differs."""
    newest = table.get("time_of_use")
    if newest is None:
        return ()
    carried = {key: value for key, value in newest.items() if key not in OF_ONE_NOTICE}
    earlier = [
        _time_of_use(reader, {**carried, **before}, key=f"time_of_use_before {number}")
        for number, before in enumerate(table.get("time_of_use_before", []), start=1)
    ]
    found = [*earlier, _time_of_use(reader, newest, key="time_of_use")]
    return tuple(sorted(found, key=lambda version: version.clause.in_force or date.min))


def _time_of_use(reader: Reader, table: Mapping[str, Any], *, key: str) -> TimeOfUse:
    """The bands of every month, the multipliers that are known, and what single days change."""
    clause, _ = reader.clause(key, table)
    items = table.get("floating_items")
    return TimeOfUse(
        bands=_bands(reader, table, key),
        multipliers=_multipliers(reader, table, key),
        float_base=reader.text(key, table, "float_base"),
        user_class=table.get("user_class", ""),
        clause=clause,
        note=reader.text(key, table, "note"),
        floating_items=None if items is None else frozenset(items),
        day_rules=tuple(
            _day_rule(reader, {**_clause_of(table), **entry}, key=f"{key}.day_rules {number}")
            for number, entry in enumerate(table.get("day_rules", []), start=1)
        ),
        large_industry_only=frozenset(table.get("large_industry_only", "")),
        other_classes=table.get("classes", {}),
        disputed_months=frozenset(table.get("disputed_months", ())),
        binds_market_users=table.get("binds_market_users"),
    )


def _bands(reader: Reader, table: Mapping[str, Any], key: str) -> dict[int, str]:
    """48 letters for each month; a month with none, or with two, is a fault."""
    bands: dict[int, str] = {}
    for entry in table.get("bands", []):
        for month in _months(reader, entry, key):
            if month in bands:
                reader.fault(
                    f"{key} month {month}", found="bands twice", expected="once", remedy="take the month out of one"
                )
            bands[month] = entry["half_hours"]
    for month in EVERY_MONTH:
        letters = bands.get(month, "")
        if len(letters) != HALF_HOURS_PER_DAY or set(letters) - BAND_LETTERS:
            reader.fault(
                f"{key} month {month}",
                found=repr(letters),
                expected="48 letters of S P F V D",
                remedy="write one letter for each half hour",
            )
    return bands


def _months(reader: Reader, entry: Mapping[str, Any], key: str) -> tuple[int, ...]:
    """The months of an entry, all where it names none; what is no month is a fault."""
    months = tuple(entry.get("months", EVERY_MONTH))
    if unknown := [month for month in months if month not in EVERY_MONTH]:
        reader.fault(f"{key} months", found=str(unknown), expected="1 to 12", remedy="correct the month")
    return tuple(month for month in months if month in EVERY_MONTH)


def _multipliers(reader: Reader, table: Mapping[str, Any], key: str) -> dict[int, dict[str, float]]:
    """By month and letter; a later entry of some months goes over an earlier one of all."""
    multipliers: dict[int, dict[str, float]] = {month: {} for month in EVERY_MONTH}
    for entry in table.get("multipliers", []):
        for month in _months(reader, entry, key):
            multipliers[month].update({k: v for k, v in entry.items() if k != "months"})
    return multipliers


def _clause_of(table: Mapping[str, Any]) -> dict[str, Any]:
    """The notice that a day rule stands in unless it says otherwise."""
    return {name: table[name] for name in OF_ONE_NOTICE - {"note", "note_zh"} if name in table}


def _day_rule(reader: Reader, entry: Mapping[str, Any], *, key: str) -> DayRule:
    """One rule of single days."""
    letters = entry.get("half_hours", "")
    if len(letters) != HALF_HOURS_PER_DAY or set(letters) - BAND_LETTERS - {UNCHANGED}:
        reader.fault(
            key,
            found=repr(letters),
            expected="48 letters of S P F V D, or a dot where the band stays",
            remedy="write one letter for each half hour",
        )
    dates = entry.get("dates")
    return DayRule(
        when=entry["when"],
        half_hours=letters,
        clause=reader.clause(key, entry)[0],
        months=frozenset(_months(reader, entry, key)),
        festivals=frozenset(entry.get("festivals", ())),
        days_min=entry.get("days_min", 1),
        celsius_min=entry.get("celsius_min"),
        dates=None if dates is None else ((dates[0], dates[1]), (dates[2], dates[3])),
        times=entry.get("times"),
        times_of=entry.get("times_of", ""),
        note=reader.text(key, entry, "note"),
    )
