"""What changed in the rules: of a territory between two delivery days, or between two territories on one day?"""

from __future__ import annotations

from datetime import date

from wattloom import rules
from wattloom.domain.errors import InputError
from wattloom.plan.result import Scan
from wattloom.rules.tables import FactRow

COLUMNS = ("fact", "tier", "before", "after", "unit", "document", "in_force")


def rules_diff(territory: str, other: str | None = None, *, day: date, other_day: date | None = None) -> Scan:
    """Every value that differs: before is the territory on the day, after the other territory or the other day."""
    if other is None and other_day is None:
        raise InputError.one(
            "rules diff", found="one territory, one day", expected="two of either", remedy="give --to, or a second key"
        )
    before = _by_place(rules.rows_of_territory(rules.territory(territory), day))
    after = _by_place(rules.rows_of_territory(rules.territory(other or territory), other_day or day))
    places = (*before, *(place for place in after if place not in before))
    rows = (_row(before.get(place), after.get(place)) for place in places)
    return Scan(key="rules_diff", columns=COLUMNS, rows=tuple(row for row in rows if row is not None))


def _by_place(rows: tuple[FactRow, ...]) -> dict[tuple[str, str], FactRow]:
    """Rows by what they speak of."""
    return {(row.name, row.tier): row for row in rows}


def _row(before: FactRow | None, after: FactRow | None) -> tuple[str | None, ...] | None:
    """One value that differs; None where both are the same, or both unknown."""
    old, new = (None if row is None or row.value is None else str(row.value) for row in (before, after))
    shown = after or before
    if old == new or shown is None:
        return None
    in_force = shown.in_force.isoformat() if shown.in_force else None
    return (shown.name, shown.tier, old, new, shown.unit, shown.document, in_force)
