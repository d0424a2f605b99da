"""Published and hand-worked cases, as data: each says what it expects and where it is from."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wattloom import rules
from wattloom.domain import measures
from wattloom.domain.charges import Basis, Charges, PriceBasis
from wattloom.domain.flows import Flows
from wattloom.domain.verdicts import Status
from wattloom.rules.allocation import project_self_use_mwh, self_use_by_user_mwh

CASES = sorted((Path(__file__).parent / "cases").glob("*.toml"))
FlowsOf = Callable[..., Flows]
Inputs = dict[str, Any]


def mode_of(charges: tuple[Charges, ...], mode: str) -> Charges:
    return next(found for found in charges if found.mode == mode)


def fee_1192(inputs: Inputs, expected: Inputs, flows_of: FlowsOf) -> None:
    case = rules.Case(
        year=2026,
        commissioned=2026,
        voltage_kv=inputs["voltage_kv"],
        price_basis=PriceBasis.WITH_VAT,
        overrides={"average_load_rate": inputs["average_load_rate"]},
    )
    pack = rules.pack(inputs["territory"], case)
    mva, offtake = inputs["connection_mva"], inputs["offtake_mwh_per_month"]

    yearly = mode_of(pack.charges(0.0), "capacity_1192").price_on(Basis.CONNECTION_CAPACITY) * mva
    plain = rules.pack(inputs["territory"], rules.Case(**case_fields(case, direct_connection=False))).charges(0.0)
    two_part = mode_of(plain, "two_part_capacity")
    td_energy = sum(item.price for item in two_part.items if item.item == "td_energy")
    capacity = two_part.price_on(Basis.CONNECTION_CAPACITY) * mva / 12

    assert pack.facts["td_capacity_cny_per_kva_month"].value == inputs["capacity_cny_per_kva_month"]
    assert pack.facts["td_energy_cny_per_kwh"].value == inputs["energy_cny_per_kwh"]
    assert yearly == pytest.approx(expected["fee_cny_per_year"], abs=0.01)
    assert yearly / 12 == pytest.approx(expected["fee_cny_per_month"], abs=0.01)
    assert yearly / 12 / offtake / 1000 == pytest.approx(expected["effective_cny_per_kwh"], abs=5e-6)
    assert capacity + td_energy * offtake == pytest.approx(expected["two_part_cny_per_month"], abs=0.01)
    break_even = expected["break_even_offtake_mwh_per_month"]
    assert capacity + td_energy * break_even == pytest.approx(yearly / 12, abs=0.01)


def case_fields(case: rules.Case, **changes: object) -> dict[str, Any]:
    return {name: getattr(case, name) for name in case.__slots__} | changes


def share_of_load(inputs: Inputs, expected: Inputs, flows_of: FlowsOf) -> None:
    flows = flows_of(available_mwh=inputs["generation_mwh"], load_mwh=inputs["load_mwh"])

    assert inputs["generation_mwh"] / inputs["installed_mw"] == pytest.approx(expected["full_load_hours"])
    assert expected["full_load_hours"] / 8760 == pytest.approx(expected["capacity_factor"], abs=5e-5)
    assert measures.self_use_of_load(flows).value == pytest.approx(expected["share_of_load"], abs=5e-5)


def self_use_bound(inputs: Inputs, expected: Inputs, flows_of: FlowsOf) -> None:
    available, load = inputs["generation_mwh"], inputs["load_mwh"]
    flows = flows_of(available_mwh=available, load_mwh=load, curtailed_mwh=available - load)
    pack = rules.pack(inputs["territory"], rules.Case(year=2026, commissioned=2026, voltage_kv=110.0))

    rule = next(r for r in pack.requirements(flows) if r.rule == "doc650_self_use_of_generation")
    verdict = rule.verdict()

    assert verdict.figure == pytest.approx(expected["self_use_of_generation_highest"], abs=5e-5)
    assert rule.limit * available == pytest.approx(expected["self_use_needed_mwh"])
    assert verdict.status == expected["verdict"]


def ratios(inputs: Inputs, expected: Inputs, flows_of: FlowsOf) -> None:
    names = ("available_mwh", "load_mwh", "export_mwh", "curtailed_mwh")
    flows = flows_of(**{name: inputs[name] for name in names})

    for year in (2026, 2030):
        pack = rules.pack(inputs["territory"], rules.Case(year=year, commissioned=year, voltage_kv=110.0))
        figures = {r.rule: r.verdict() for r in pack.requirements(flows) if r.rule.startswith("doc650")}
        for name in ("self_use_of_generation", "self_use_of_load", "export_of_generation"):
            assert figures[f"doc650_{name}"].figure == pytest.approx(expected[name], abs=5e-5)
        kept = all(verdict.status is Status.PASS for verdict in figures.values())
        assert kept is expected[f"pass_in_{year}"]
    self_used = measures.self_use_of_load(flows).numerator
    assert float(self_used) == pytest.approx(expected["self_use_mwh"])


def allocation_688(inputs: Inputs, expected: Inputs, flows_of: FlowsOf) -> None:
    self_use = project_self_use_mwh(inputs["generation_mwh"], inputs["export_mwh"])

    parts = self_use_by_user_mwh(self_use, inputs["loads_mwh"])

    assert self_use == pytest.approx(expected["self_use_mwh"], abs=1e-6)
    for user in inputs["loads_mwh"]:
        assert parts[user] == pytest.approx(expected[user], abs=1e-6)


def scope_2(inputs: Inputs, expected: Inputs, flows_of: FlowsOf) -> None:
    year = inputs["data_year"]
    flows = flows_of(available_mwh=0.0, load_mwh=inputs["load_mwh"], certificates_mwh=inputs["certificates_mwh"])
    place = rules.emission_factor(rules.territory(inputs["territory"]), data_year=year)

    location = measures.carbon_location_t(flows, grid_t_per_mwh=float(place.value or 0))
    market = {
        kind: measures.carbon_market_t(
            flows, untracked_t_per_mwh=float(rules.national_emission_factor(kind, data_year=year).value or 0)
        )
        for kind in ("untracked", "fossil")
    }

    assert float(location) == pytest.approx(expected["location_t"], abs=0.5)
    assert float(market["untracked"]) == pytest.approx(expected["market_untracked_t"], abs=0.5)
    assert float(market["fossil"]) == pytest.approx(expected["market_fossil_t"], abs=0.5)


JUDGES = {judge.__name__: judge for judge in (fee_1192, share_of_load, self_use_bound, ratios, allocation_688, scope_2)}


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case_comes_out_as_published(path: Path, flows_of: FlowsOf) -> None:
    case = tomllib.loads(path.read_text(encoding="utf-8"))

    assert case["source"]
    JUDGES[case["kind"]](case["inputs"], case["expected"], flows_of)


def test_all_seven_areas_of_the_fee_are_there() -> None:
    assert sum(path.stem.startswith("fee_1192_") for path in CASES) == 7
