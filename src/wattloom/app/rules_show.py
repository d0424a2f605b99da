"""Show rules: what is known of a territory, each value with its source, date and confidence."""

from __future__ import annotations

from datetime import date

from wattloom import rules
from wattloom.plan.result import Scan

COLUMNS = ("fact", "tier", "value", "unit", "document", "in_force", "confidence", "note")


def rules_show(territory: str | None = None, *, year: int | None = None, day: date | None = None) -> Scan:
    """The table of a territory's facts, or of all territories where none is named.

    With a day, what is in force on it; with a year, what came into force by its end; with neither, every version.
    """
    if territory is None:
        known = [rules.territory(key) for key in rules.territory_keys()]
        rows = tuple((land.key, land.name_en, land.name_zh, len(land.tiers)) for land in known)
        return Scan(key="territories", columns=("territory", "name_en", "name_zh", "tiers"), rows=rows)
    found = rules.rows_of_territory(rules.territory(territory), day)
    if day is None and year is not None:
        found = tuple(row for row in found if row.in_force is None or row.in_force.year <= year)
    return Scan(
        key="rules",
        columns=COLUMNS,
        rows=tuple(
            (
                row.name,
                row.tier,
                None if row.value is None else str(row.value),
                row.unit,
                row.document,
                row.in_force.isoformat() if row.in_force else None,
                str(row.confidence) if row.confidence.to_be_confirmed or not row.to_be_confirmed else "to_be_confirmed",
                row.note,
            )
            for row in found
        ),
    )
