"""Each law of the rules finds what breaks it, and says it in four parts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from wattloom import rules
from wattloom.domain.errors import InputError
from wattloom.domain.text import SILENT, Text
from wattloom.domain.verdicts import Clause, Confidence
from wattloom.rules import checks
from wattloom.rules.checks import CHECKS, Finding, Weight, findings, national_findings
from wattloom.rules.contract import Fact, Territory
from wattloom.rules.reading import parse_national, parse_territory

EVERY = pytest.mark.parametrize("key", rules.territory_keys())
Spoil = Callable[[Territory], Territory]


def faults(land: Territory) -> list[Finding]:
    return [one for one in findings(land) if one.weight is Weight.FAULT]


def with_fact(name: str, value: float | str, *, market: bool = False) -> Spoil:
    """A territory with one value in the place of another."""

    def spoil(land: Territory) -> Territory:
        old = land.market if market else land.facts
        clause = Clause(document=Text.same("notice"), source=Text.same("here"), in_force=date(2026, 1, 1))
        fact = replace(old[name][-1], value=value) if name in old else Fact(value=value, unit="", clause=clause)
        new = {**old, name: (fact,)}
        return replace(land, market=new) if market else replace(land, facts=new)

    return spoil


def with_tier(place: int, **changes: float | None) -> Spoil:
    def spoil(land: Territory) -> Territory:
        tiers = list(land.tiers)
        tiers[place] = replace(tiers[place], **changes)  # type: ignore[arg-type]
        return replace(land, tiers=tuple(tiers))

    return spoil


def with_bands(**changes: object) -> Spoil:
    def spoil(land: Territory) -> Territory:
        assert land.time_of_use is not None
        version = replace(land.time_of_use, **changes)  # type: ignore[arg-type]
        return replace(land, time_of_use=version, time_of_use_versions=(version,))

    return spoil


@EVERY
def test_no_territory_breaks_a_law(key: str) -> None:
    assert faults(rules.territory(key)) == []


def test_the_country_breaks_none() -> None:
    assert [one for one in national_findings() if one.weight is Weight.FAULT] == []


@pytest.mark.parametrize(
    ("spoil", "check", "said"),
    [
        (with_tier(1, demand_cny_per_kw_month=29.7), "demand_and_capacity_prices", "demand 29.7, capacity 18"),
        (with_tier(1, demand_cny_per_kw_month=None), "two_parts", "demand None, capacity 18"),
        (with_tier(2, kv_lowest=36.0), "voltages", "35 to 36 kV in no tier"),
        (with_tier(4, kv_highest=500.0), "voltages", "0 to 500 kV"),
        (with_tier(4, energy_cny_per_kwh=0.0568), "voltages", "0.0568, above the 0.0567 of 110kV"),
        (with_tier(3, single_part_cny_per_kwh=0.05), "single_and_two_parts", "single part 0.05, energy part 0.0567"),
        (with_fact("loss_rate", 0.2), "physical_ranges", "0.2"),
        (with_fact("emission_factor_t_per_mwh_2023", 1.2), "physical_ranges", "1.2"),
        (with_fact("emission_factor_t_per_mwh_2023", 0.3), "physical_ranges", "0.3"),
        (with_fact("spot_bid_floor_cny_per_mwh", 300.0, market=True), "markets", "300, above"),
        (with_fact("frequency_weight_rate", 0.5, market=True), "markets", "[0.5]"),
        (with_bands(bands=dict.fromkeys(range(1, 13), "F" * 47)), "bands", repr("F" * 47)),
        (
            with_bands(multipliers={month: {"P": 0.9, "F": 1.0, "V": 0.5} for month in range(1, 13)}),
            "bands",
            "{'P': 0.9, 'F': 1.0, 'V': 0.5}",
        ),
        (with_bands(multipliers={month: {"F": 1.1} for month in range(1, 13)}), "bands", "{'F': 1.1}"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_broken_law_is_told_with_what_was_found(spoil: Spoil, check: str, said: str) -> None:
    land = spoil(with_fact("spot_bid_cap_cny_per_mwh", 200.0, market=True)(rules.territory("ningxia")))

    told = [one for one in faults(land) if one.check == check]

    assert any(said in one.problem.found for one in told), faults(land)
    assert all(one.problem.where.startswith("ningxia") and one.problem.remedy for one in told)


def test_a_value_without_a_source_or_before_its_document_is_a_fault() -> None:
    land = rules.territory("ningxia")
    loss = land.facts["loss_rate"][-1]
    early = replace(loss, clause=replace(loss.clause, in_force=date(2025, 12, 31)))
    silent = replace(loss, clause=replace(loss.clause, source=SILENT))

    told = [faults(replace(land, facts={**land.facts, "loss_rate": (fact,)})) for fact in (early, silent)]

    assert "2025-12-31, before its document: NDRC Price [2026] No. 1077" in told[0][0].problem.found
    assert told[1][0].problem.found == "no document or no source"


def test_a_day_before_that_of_the_named_document_is_refused_in_reading() -> None:
    text = """
[tariff]
source = "ndrc-2026-1077"
in_force = 2026-07-31
[[tariff.tiers]]
tier = "110kV"
kv = [0.0, inf]
"""
    with pytest.raises(InputError, match="in_force 2026-07-31; expected not before 2026-08-01"):
        parse_territory(text, key="nowhere")


def test_what_nobody_confirmed_is_told_and_is_no_fault() -> None:
    land = rules.territory("gansu")

    told = {one.problem.where: one.problem.found for one in findings(land) if one.check == "confidences"}

    assert told["gansu spot_bid_cap_cny_per_mwh"] == "650.0 (unverified)"
    assert all(name in told or not fact.to_be_confirmed for name, fact in named_facts(land))


def named_facts(land: Territory) -> list[tuple[str, Fact]]:
    return [
        (f"{land.key} {name}", fact)
        for facts in (land.facts, land.market)
        for name, dated in facts.items()
        for fact in dated
    ]


@EVERY
def test_each_doubtful_value_is_flagged(key: str) -> None:
    land = rules.territory(key)
    told = {one.problem.where for one in findings(land) if one.check == "confidences"}

    assert {name for name, fact in named_facts(land) if fact.to_be_confirmed} <= told


def test_north_eastern_tables_leave_out_35_kv_and_say_so() -> None:
    told = {
        key: [one.problem.found for one in findings(rules.territory(key)) if one.check == "voltages"]
        for key in rules.territory_keys()
    }

    assert {key for key, found in told.items() if found} == {"jilin", "liaoning"}
    assert told["jilin"] == ["35 to 66 kV in no tier, or in two"]


def test_bands_without_multipliers_are_told_once_with_their_months() -> None:
    told = [one.problem.found for one in findings(rules.territory("gansu")) if one.check == "bands"]

    assert told == ["no multiplier for F, P, V in month 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12"]


def test_national_limits_that_pass_the_whole_or_loosen_are_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    facts, market = parse_national(
        """
[facts]
self_use_of_generation_min = { value = 0.9, source = "doc650" }
self_use_of_load_min = [{ value = 0.35, source = "doc650" }, { value = 0.3, source = "doc650", in_force = 2030-01-01 }]
export_of_generation_max = { value = 0.2, source = "doc650" }
[market]
"""
    )
    monkeypatch.setattr(checks, "national_facts", lambda: facts)
    monkeypatch.setattr(checks, "national_market", lambda: market)

    told = {one.problem.where: one.problem.found for one in national_findings() if one.weight is Weight.FAULT}

    assert told == {
        "national self_use_of_generation_min": "self-use 0.9 and export 0.2",
        "national self_use_of_load_min": "[0.35, 0.3]",
    }


def test_what_is_assumed_of_the_power_factor_is_told() -> None:
    told = [one.problem for one in national_findings() if "power factor" in one.problem.where]

    assert [problem.where[-4:] for problem in told] == ["0.90", "0.85", "0.85", "0.80"]
    assert told[1].found.startswith("the copy gives −10 per mille")


def test_a_word_that_is_no_choice_is_refused() -> None:
    with pytest.raises(InputError, match="found 'open'; expected one of formal"):
        parse_national('[facts]\n[market]\nspot_status = { value = "open", source = "doc650" }')


def test_every_check_has_a_name_and_a_law() -> None:
    assert len({check.__name__ for check in CHECKS}) == len(CHECKS) == 8
    assert all(check.__doc__ for check in CHECKS)
    assert Confidence.VERIFIED.to_be_confirmed is False
