"""What is known of a territory, line by line? For the command line and the docs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from wattloom.domain.verdicts import Clause, Confidence
from wattloom.rules.contract import Fact, Territory
from wattloom.rules.dating import TIER_PRICES
from wattloom.rules.reading import national_facts
from wattloom.rules.vocabulary import BY_NAME


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
    """Voltage tier as printed; empty for what does not depend on it."""


def rows_of_territory(territory: Territory) -> tuple[FactRow, ...]:
    """Everything known of a territory: its tariff tiers, its own facts, then the national ones it does not replace."""
    tiers = [
        _row(name, Fact(value=value, unit=BY_NAME[name].unit, clause=tier.clause), tier=tier.tier)
        for tier in territory.tiers
        for name, attribute in TIER_PRICES.items()
        if (value := getattr(tier, attribute)) is not None
    ]
    merged = {**territory.facts, **{k: v for k, v in national_facts().items() if k not in territory.facts}}
    return (*tiers, *(_row(name, fact) for name, dated in merged.items() for fact in dated))


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
