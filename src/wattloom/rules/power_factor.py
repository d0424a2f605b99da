"""By how much does a power factor off its standard change a bill? The tables of 1983, one for each standard."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib.resources import files
from itertools import pairwise

from wattloom.domain.errors import InputError
from wattloom.domain.text import Text
from wattloom.domain.verdicts import Clause
from wattloom.rules.reading import Reader, documents

PER_MILLE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerFactorTable:
    """Adjustments for users of one standard."""

    standard_hundredths: int
    """Power factor that costs nothing: 90, 85 or 80."""
    users: Text
    shares: tuple[tuple[int, Fraction], ...]
    """Power factor in hundredths, falling, with its share of the bill; above zero is owed."""
    base_items: frozenset[str]
    """Official item names that the share is taken of."""
    base_note: Text
    clause: Clause
    note: Text


def power_factor_table(standard_hundredths: int) -> PowerFactorTable:
    """The table of a standard.

    Example:
        >>> power_factor_table(90).shares[0]
        (95, Fraction(-3, 400))
    """
    known = power_factor_tables()
    for table in known:
        if table.standard_hundredths == standard_hundredths:
            return table
    raise InputError.one(
        "power factor standard",
        found=str(standard_hundredths),
        expected=f"one of {', '.join(str(table.standard_hundredths) for table in known)}",
        remedy="take the standard from the supply contract",
    )


@cache
def power_factor_tables() -> tuple[PowerFactorTable, ...]:
    """Every standard, the highest first."""
    return parse_power_factors(files("wattloom.rules").joinpath("power_factor.toml").read_text(encoding="utf-8"))


def parse_power_factors(text: str) -> tuple[PowerFactorTable, ...]:
    """The tables from the text of their file; raises `InputError` where a table does not rise as its factors fall."""
    whole = tomllib.loads(text)
    reader = Reader("power_factor.toml", documents())
    found = []
    for entry in whole["standards"]:
        standard = entry["standard_hundredths"]
        key = f"standard {standard}"
        rows = [(row[0], Fraction(str(row[1])) / PER_MILLE) for row in entry["rows"]]
        if any(b[0] >= a[0] or b[1] <= a[1] for a, b in pairwise(rows)) or dict(rows).get(standard) != 0:
            reader.fault(
                key,
                found=str(entry["rows"]),
                expected=f"factors that fall and shares that rise, zero at {standard}",
                remedy="correct it from the notice",
            )
        clause, _ = reader.clause(key, {**whole, **entry})
        found.append(
            PowerFactorTable(
                standard_hundredths=standard,
                users=reader.text(key, entry, "users"),
                shares=tuple(rows),
                base_items=frozenset(whole["base_items"]),
                base_note=reader.text(key, whole, "base_note"),
                clause=clause,
                note=reader.text(key, entry, "note"),
            )
        )
    reader.finish()
    return tuple(sorted(found, key=lambda table: -table.standard_hundredths))
