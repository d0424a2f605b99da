"""Which rules bind a project in a territory and a year? One pack: facts, requirements, verdicts and charges."""

from __future__ import annotations

from functools import partial

from wattloom.domain.errors import InputError
from wattloom.domain.members import member, names_of
from wattloom.rules import territories
from wattloom.rules.contract import Case, Fact, RulePack, Territory
from wattloom.rules.dating import facts_in_force
from wattloom.rules.national import eligibility, exports_allowed, requirements
from wattloom.rules.pricing import charges, on_basis
from wattloom.rules.vocabulary import FACTOR_STEMS, FACTOR_YEARS

OLDER_FACTORS = frozenset(f"{stem}_{year}" for stem in FACTOR_STEMS for year in FACTOR_YEARS)
"""Emission factors by data year: a case shows the newest of each kind."""

SINGLE_PART_ONLY = frozenset({"single_part_admissible", "td_single_part_cny_per_kwh"})
"""What a direct connection never uses."""

DIRECT_CONNECTION_ONLY = frozenset(
    {
        "self_use_of_generation_min",
        "self_use_of_load_min",
        "doc1192_self_use_of_generation_min",
        "doc1192_self_use_of_load_min",
        "export_of_generation_max",
        "direct_connection_kv_max",
        "spot_continuous",
        "average_load_rate",
    }
)
"""What a plain customer of the grid never uses."""


def territory_keys() -> tuple[str, ...]:
    """Keys of all known territories, sorted."""
    return names_of(territories)


def territory(key: str) -> Territory:
    """Everything known of a territory.

    Example:
        >>> territory("ningxia").name_zh
        '宁夏'
    """
    if key not in territory_keys():
        raise InputError.one(
            "connection.territory",
            found=repr(key),
            expected=f"one of {', '.join(territory_keys())}",
            remedy="choose the territory of the connection point",
        )
    found: Territory = member(territories, key, "TERRITORY")
    return found


def pack(territory_key: str, case: Case) -> RulePack:
    """The rules of a territory as in force in the case's year, the project file's own facts in place."""
    land = territory(territory_key)
    facts = facts_in_force(land, case)
    return RulePack(
        territory=land,
        case=case,
        requirements=partial(requirements, case=case, facts=facts),
        verdicts=eligibility(case, facts),
        charges=partial(charges, case=case, facts=facts),
        facts={name: fact for name, fact in facts.items() if _is_shown(name, fact, case)},
        exports_allowed=exports_allowed(case, facts),
    )


def market_price_cny_per_mwh(rules: RulePack) -> float | None:
    """The reference price of energy on the market, on the case's price basis; None where no source prints one."""
    fact, vat_rate = rules.facts.get("market_energy_price_cny_per_mwh"), rules.facts["vat_rate"].value
    if fact is None or fact.value is None:
        return None
    given, wanted = fact.price_basis, rules.case.price_basis
    return on_basis(float(fact.value), given=given, wanted=wanted, vat_rate=float(vat_rate or 0.0))


def _is_shown(name: str, fact: Fact, case: Case) -> bool:
    """Whether a fact bears on the case: readers are not asked to confirm what changes nothing."""
    if name in OLDER_FACTORS or (fact.value is None and name != "minimum_renewable_share"):
        return False
    if case.direct_connection:
        return name not in SINGLE_PART_ONLY
    return name not in DIRECT_CONNECTION_ONLY
