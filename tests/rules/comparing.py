"""Where do the rules differ from what was transcribed from tables, and from what was read a second time?"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.rules.transcribing import SUMS, digest, from_rules, shown

from wattloom.rules.contract import DayRule, Fact, Territory, TimeOfUse
from wattloom.rules.holidays import HolidayCalendar
from wattloom.rules.power_factor import PowerFactorTable

HALF_HOURS = 48


@cache
def sums() -> Mapping[str, Mapping[str, str]]:
    """Digests of the source tables by territory."""
    return tomllib.loads(SUMS.read_text(encoding="utf-8"))


@cache
def read_again() -> Mapping[str, Any]:
    """What no table prints."""
    return tomllib.loads((Path(__file__).parent / "read_again.toml").read_text(encoding="utf-8"))


def of_territory(land: Territory) -> Iterator[str]:
    """What of a territory differs."""
    again, key = read_again(), land.key
    tables = from_rules(land)
    yield from (name for name, told in sums()[key].items() if digest(tables.get(name, ())) != told)
    kv = [(tier.kv_lowest, tier.kv_highest) for tier in land.tiers]
    yield from _unequal("kv", kv, [tuple(again["kv"][tier.tier]) for tier in land.tiers])
    value = {name: dated[-1].value for name, dated in land.facts.items()}
    yield from _unequal("hub_node", value["hub_node"], key in again["places"]["hub_nodes"])
    wide = 330.0 if key in again["places"]["kv_330"] else None
    yield from _unequal("direct_connection_kv_max", value.get("direct_connection_kv_max"), wide)
    spot = True if key in again["places"]["spot_continuous"] else None
    yield from _unequal("spot_continuous", value.get("spot_continuous"), spot)
    yield from (name for name, said in again["facts"].get(key, {}).items() if value[name] != said)
    if land.time_of_use is not None:
        yield from _of_bands(land, land.time_of_use)


def _of_bands(land: Territory, newest: TimeOfUse) -> Iterator[str]:
    """What of a territory's notices differs."""
    again, key = read_again(), land.key
    begun = [str(version.clause.in_force) for version in land.time_of_use_versions]
    yield from _unequal("notices", begun, again["notices"].get(key, ["None"]))
    bound = [version.binds_market_users for version in land.time_of_use_versions]
    yield from _unequal("binds_market_users", bound, again["binds_market_users"].get(key, [None] * len(bound)))
    if key in again["multipliers"]:
        said = dict(zip("SPFVD", again["multipliers"][key], strict=True))
        yield from _unequal("multipliers", [dict(newest.multipliers[month]) for month in range(1, 13)], [said] * 12)
        yield from _unequal("multipliers before", dict(land.time_of_use_versions[0].multipliers[1]), {})
    classes = {name: dict(known) for name, known in newest.other_classes.items()}
    yield from _unequal("classes", classes, again["classes"].get(key, {}))
    meant = "".join(sorted(newest.large_industry_only))
    yield from _unequal("large_industry_only", meant, again["large_industry_only"].get(key, ""))
    yield from _unequal("disputed_months", sorted(newest.disputed_months), again["disputed_months"].get(key, []))
    items = None if newest.floating_items is None else sorted(newest.floating_items)
    yield from _unequal("floats", items, again["floats"].get(key))
    rules = [told(rule) for rule in newest.day_rules]
    yield from _unequal("day_rules", rules, again["day_rules"].get(key, []))


def told(rule: DayRule) -> str:
    """A rule of single days in one line."""
    letter = min(set(rule.half_hours) - {"."})
    edges = [slot for slot in range(HALF_HOURS + 1) if _on(rule, slot) != _on(rule, slot - 1)]
    hours = ",".join(f"{start / 2:g}-{end / 2:g}" for start, end in pairwise(edges) if _on(rule, start))
    months = "1-12" if len(rule.months) == 12 else ",".join(map(str, sorted(rule.months)))
    words = [rule.when, letter, hours, "months", months, "days", str(rule.days_min)]
    words += [f"celsius {rule.celsius_min:g}"] if rule.celsius_min is not None else []
    words += [",".join(sorted(rule.festivals))] if rule.festivals else []
    if rule.dates is not None:
        words.append("..".join(f"{month:02d}-{day:02d}" for month, day in rule.dates))
    words += [f"times {rule.times:g} {rule.times_of}"] if rule.times is not None else []
    return " ".join(words) if set(rule.half_hours) == {".", letter} else f"two letters in {rule.half_hours}"


def _on(rule: DayRule, slot: int) -> bool:
    """Whether a rule changes a half hour."""
    return 0 <= slot < HALF_HOURS and rule.half_hours[slot] != "."


def of_national(facts: Mapping[str, tuple[Fact, ...]], market: Mapping[str, tuple[Fact, ...]]) -> Iterator[str]:
    """What of the national values differs."""
    for name, values in (("facts", facts), ("market", market)):
        yield from _unequal(name, sorted(_lines(values)), sorted(read_again()["national"][name]))


def _lines(facts: Mapping[str, tuple[Fact, ...]]) -> Iterator[str]:
    """Name, value and first day of each fact."""
    for name, dated in facts.items():
        for fact in dated:
            value = str(fact.value) if isinstance(fact.value, bool) else shown(fact.value)
            yield f"{name} {value} {fact.clause.in_force}"


def of_documents(documents: Mapping[str, Mapping[str, Any]], *, table: str) -> Iterator[str]:
    """Which documents have another day, or another last year."""
    again = read_again()[table]
    dated = {key: said for key, said in documents.items() if "in_force" in said}
    for key, said in dated.items():
        line = f"{said['in_force']} {said.get('last_year', '-')}"
        yield from _unequal(key, line, again.get(key))
    yield from (key for key in again if table != "documents_of_territories" and key not in dated)


def of_holidays(calendar: HolidayCalendar) -> Iterator[str]:
    """What of the holidays differs."""
    again = read_again()
    yield from _unequal("years", sorted(calendar.years), [int(year) for year in again["holidays"]])
    for year, lines in again["holidays"].items():
        of_year = [one for one in calendar.festivals if one.first_day.year == int(year)]
        said = [f"{one.key} {one.first_day:%m-%d} {one.first_day.weekday()} {one.days}" for one in of_year]
        yield from _unequal(year, said, lines)
        begun = {str(one.clause.in_force) for one in of_year}
        yield from _unequal(f"{year} in force", begun, {f"{year}-01-01"})
        days = sorted(day for day in calendar.working_weekends if day.year == int(year))
        yield from _unequal(
            year, days, [date.fromisoformat(f"{year}-{day}") for day in again["working_weekends"][year]]
        )
    known = sum(map(len, again["working_weekends"].values()))
    yield from _unequal("working weekends", len(calendar.working_weekends), known)


def of_power_factors(tables: tuple[PowerFactorTable, ...]) -> Iterator[str]:
    """Which shares differ."""
    again = read_again()["power_factor"]
    yield from _unequal("standards", [str(table.standard_hundredths) for table in tables], list(again))
    for table in tables:
        for hundredths, per_mille in again.get(str(table.standard_hundredths), {}).items():
            share = share_at(table.shares, int(hundredths))
            yield from _unequal(f"{table.standard_hundredths} at {hundredths}", share, Fraction(str(per_mille)) / 1000)


def share_at(rows: tuple[tuple[int, Fraction], ...], hundredths: int) -> Fraction:
    """The share at a power factor, as the file's head describes the rows."""
    if hundredths >= rows[0][0]:
        return rows[0][1]
    (high, of_high), (low, of_low) = next((pair for pair in pairwise(rows) if hundredths >= pair[1][0]), rows[-2:])
    return of_high + (of_low - of_high) * Fraction(high - hundredths, high - low)


def _unequal(name: str, found: object, said: object) -> Iterator[str]:
    """The name, where two differ."""
    if found != said:
        yield f"{name}: {found} instead of {said}"
