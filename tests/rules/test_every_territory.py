"""What must hold of every territory, whoever wrote it."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import pairwise

import pytest

from wattloom import rules
from wattloom.domain.charges import Basis, PriceBasis
from wattloom.domain.members import names_of
from wattloom.domain.text import Text
from wattloom.domain.verdicts import Clause, Confidence
from wattloom.rules import territories
from wattloom.rules.tables import name_of

EVERY = pytest.mark.parametrize("key", rules.territory_keys())
ASKED_FOR = {
    "jibei", "mengxi", "gansu", "ningxia", "qinghai", "xinjiang",
    "guizhou", "sichuan", "jiangsu", "zhejiang", "shanghai", "guangdong",
}  # fmt: skip


def test_all_33_areas_of_the_tariff_are_there() -> None:
    assert len(names_of(territories)) == 33
    assert set(rules.territory_keys()) >= ASKED_FOR


@EVERY
def test_demand_price_is_one_point_six_times_the_capacity_price_within_its_rounding(key: str) -> None:
    tiers = [tier for tier in rules.territory(key).tiers if tier.capacity_cny_per_kva_month is not None]
    whole = all(Decimal(str(tier.capacity_cny_per_kva_month)) % 1 == 0 for tier in tiers)
    rounding = 0.5 if whole else 0.05

    for tier in tiers:
        assert tier.demand_cny_per_kw_month is not None
        assert tier.capacity_cny_per_kva_month is not None
        assert abs(tier.demand_cny_per_kw_month / 1.6 - tier.capacity_cny_per_kva_month) <= rounding + 1e-9


@EVERY
def test_prices_fall_with_voltage(key: str) -> None:
    prices = (
        "single_part_cny_per_kwh",
        "energy_cny_per_kwh",
        "demand_cny_per_kw_month",
        "capacity_cny_per_kva_month",
    )
    for name in prices:
        printed = [value for tier in rules.territory(key).tiers if (value := getattr(tier, name)) is not None]
        assert all(lower >= upper for lower, upper in pairwise(printed)), name


@EVERY
def test_tiers_do_not_overlap_and_reach_up(key: str) -> None:
    tiers = rules.territory(key).tiers

    assert all(lower.kv_highest <= upper.kv_lowest for lower, upper in pairwise(tiers))
    assert tiers[0].kv_lowest == 0.0
    assert tiers[-1].kv_highest == float("inf")


@EVERY
@pytest.mark.parametrize("voltage_kv", [10.0, 110.0, 220.0])
def test_the_usual_voltages_have_a_two_part_price(key: str, voltage_kv: float) -> None:
    pack = rules.pack(key, rules.Case(year=2027, commissioned=2027, voltage_kv=voltage_kv))

    modes = [charges.mode for charges in pack.charges(300.0)]

    assert modes == ["capacity_1192", "demand_1192"]


@EVERY
def test_every_value_says_where_it_is_from(key: str) -> None:
    for row in rules.rows_of_territory(rules.territory(key)):
        assert row.document, row.name
        assert row.source, row.name
        assert row.confidence is not Confidence.USER
        if row.value is None:
            assert row.to_be_confirmed, row.name


@EVERY
def test_bands_cover_every_half_hour_of_every_month(key: str) -> None:
    bands = rules.territory(key).time_of_use
    if bands is None:
        pytest.skip(f"no administrative bands are known in {key}")

    assert sorted(bands.bands) == list(range(1, 13))
    assert {len(letters) for letters in bands.bands.values()} == {48}


@EVERY
def test_known_multipliers_rise_from_deep_valley_to_sharp(key: str) -> None:
    bands = rules.territory(key).time_of_use
    if bands is None:
        pytest.skip(f"no administrative bands are known in {key}")

    for month, known in bands.multipliers.items():
        ordered = [known[letter] for letter in "DVFPS" if letter in known]
        assert ordered == sorted(ordered), month


@EVERY
def test_energy_sheds_its_losses_funds_and_fee_in_every_mode(key: str) -> None:
    case = rules.Case(year=2027, commissioned=2027, voltage_kv=110.0, price_basis=PriceBasis.WITH_VAT)
    pack = rules.pack(key, case)
    facts = {name: float(fact.value) for name, fact in pack.facts.items() if isinstance(fact.value, float)}

    for charges in pack.charges(300.0):
        energy = 300.0 * (1 + facts["loss_rate"]) + facts["system_operation_fee_cny_per_mwh"]
        assert charges.price_on(Basis.IMPORTED_ENERGY) == pytest.approx(energy)
        assert charges.price_on(Basis.ALL_CONSUMPTION) == pytest.approx(facts["government_funds_cny_per_mwh"])


@EVERY
def test_every_fact_speaks_chinese(key: str) -> None:
    prose = re.compile(r"[a-z]{3,} [a-z]{3,}")
    for users in ("single", "multi"):
        case = rules.Case(year=2031, commissioned=2030, voltage_kv=110.0, users=users)
        pack = rules.pack(key, case)
        said = [text for fact in pack.facts.values() for text in (*_of(fact.clause), fact.note)]
        said += [text for verdict in pack.verdicts for text in (*_of(verdict.clause), verdict.note)]

        assert [text.zh for text in said if prose.search(text.zh)] == []
        assert [text.en for text in said if text.en and not text.zh] == []


@EVERY
def test_every_line_has_a_name_in_both_languages(key: str) -> None:
    for name in {row.name for row in rules.rows_of_territory(rules.territory(key))}:
        said = name_of(name)
        assert said.en != name, name
        assert re.search(r"[一-鿿]", said.zh), name


def _of(clause: Clause) -> tuple[Text, ...]:
    """All that a clause says."""
    return clause.document, clause.article, clause.source
