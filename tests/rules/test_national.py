"""Ratios, eligibility and green shares, by year and by case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from wattloom import rules
from wattloom.domain.flows import WIND_AND_SUN, Flows, LoadFlows, SourceFlows
from wattloom.domain.time import TimeAxis
from wattloom.domain.verdicts import Confidence, Requirement, Status
from wattloom.solve.program import Program

FlowsOf = Callable[..., Flows]
SITE = rules.Case(year=2027, commissioned=2027, voltage_kv=110.0)


def found(key: str, case: rules.Case, flows: Flows) -> dict[str, Requirement]:
    return {requirement.rule: requirement for requirement in rules.pack(key, case).requirements(flows)}


def verdicts(key: str, case: rules.Case) -> dict[str, Status]:
    return {verdict.rule: verdict.status for verdict in rules.pack(key, case).verdicts}


@pytest.mark.parametrize(
    ("year", "limit"), [(2026, 0.30), (2027, 0.30), (2029, 0.30), (2030, 0.35)], ids=["2026", "2027", "2029", "2030"]
)
def test_self_use_of_load_rises_to_35_percent_in_2030(year: int, limit: float, flows_of: FlowsOf) -> None:
    case = replace(SITE, year=year)

    binding = found("xinjiang", case, flows_of(available_mwh=100.0, load_mwh=100.0))

    assert binding["doc650_self_use_of_generation"].limit == 0.60
    assert binding["doc650_self_use_of_load"].limit == limit
    assert binding["doc650_export_of_generation"].limit == 0.20


def test_the_fee_asks_35_percent_only_of_projects_that_are_new_from_2030(flows_of: FlowsOf) -> None:
    flows = flows_of(available_mwh=100.0, load_mwh=100.0)

    older = found("xinjiang", replace(SITE, year=2031, commissioned=2027), flows)
    newer = found("xinjiang", replace(SITE, year=2031, commissioned=2030), flows)

    assert (older["doc1192_self_use_of_load"].limit, older["doc1192_self_use_of_load"].binds) == (0.30, False)
    assert newer["doc1192_self_use_of_load"].limit == 0.35


def test_the_fee_binds_where_a_province_asks_for_less(flows_of: FlowsOf) -> None:
    case = replace(SITE, overrides={"self_use_of_generation_min": 0.5})

    binding = found("xinjiang", case, flows_of(available_mwh=100.0, load_mwh=100.0))

    assert binding["doc650_self_use_of_generation"].limit == 0.5
    assert binding["doc1192_self_use_of_generation"].binds


def test_several_users_are_judged_by_doc_688(flows_of: FlowsOf) -> None:
    case = replace(SITE, users="multi")

    binding = found("xinjiang", case, flows_of(available_mwh=100.0, load_mwh=100.0))

    assert "688" in binding["doc688_self_use_of_load"].clause.document.zh
    assert not any(rule.startswith("doc650") for rule in binding)
    assert verdicts("xinjiang", replace(case, year=2026, commissioned=2026))["doc688_in_force"] is Status.PASS


def test_no_export_where_the_spot_market_does_not_run_continuously(flows_of: FlowsOf) -> None:
    case = replace(SITE, overrides={"spot_continuous": False})
    flows = flows_of(available_mwh=100.0, load_mwh=100.0, export_mwh=1.0)

    pack = rules.pack("xinjiang", case)
    export = found("xinjiang", case, flows)["doc650_export_of_generation"]

    assert not pack.exports_allowed
    assert export.limit == 0.0
    assert export.verdict().status is Status.FAIL


def test_a_province_may_set_its_own_export_share(flows_of: FlowsOf) -> None:
    case = replace(SITE, overrides={"export_of_generation_max": 0.1})

    export = found("xinjiang", case, flows_of(available_mwh=100.0, load_mwh=200.0, export_mwh=15.0))

    assert export["doc650_export_of_generation"].limit == 0.1
    assert export["doc650_export_of_generation"].clause.confidence is Confidence.USER
    assert export["doc650_export_of_generation"].verdict().status is Status.FAIL


def test_an_unconfirmed_spot_market_is_asked_about() -> None:
    assert verdicts("xinjiang", SITE)["doc650_export_open"] is Status.TO_BE_CONFIRMED
    assert verdicts("mengxi", SITE)["doc650_export_open"] is Status.PASS


@pytest.mark.parametrize(
    ("key", "voltage_kv", "status"),
    [
        ("jiangsu", 220.0, Status.PASS),
        ("jiangsu", 330.0, Status.FAIL),
        ("gansu", 330.0, Status.PASS),
        ("gansu", 500.0, Status.FAIL),
    ],
)
def test_voltage_ends_at_220_kv_and_at_330_kv_in_the_north_west(key: str, voltage_kv: float, status: Status) -> None:
    assert verdicts(key, replace(SITE, voltage_kv=voltage_kv))["doc650_voltage"] is status


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"new_load": False}, "doc650_new_load"),
        ({"agency_purchase": True}, "doc650_no_agency_purchase"),
        ({"in_price_mechanism": True}, "doc650_outside_price_mechanism"),
    ],
    ids=["existing load", "agency purchase", "price mechanism"],
)
def test_a_project_that_does_not_qualify_is_told(changes: dict[str, Any], rule: str) -> None:
    assert verdicts("ningxia", SITE)[rule] is Status.PASS
    assert verdicts("ningxia", replace(SITE, **changes))[rule] is Status.FAIL


def test_off_grid_is_exempt_and_pays_nothing(flows_of: FlowsOf) -> None:
    case = replace(SITE, connection="off_grid", voltage_kv=35.0)
    pack = rules.pack("xinjiang", case)

    assert pack.charges(300.0) == ()
    assert not pack.exports_allowed
    assert pack.requirements(flows_of(available_mwh=100.0, load_mwh=100.0)) == ()
    assert verdicts("xinjiang", case)["doc650_self_use_of_load"] is Status.EXEMPT


def test_a_plain_customer_owes_no_ratio(flows_of: FlowsOf) -> None:
    case = replace(SITE, direct_connection=False)
    pack = rules.pack("xinjiang", case)

    assert pack.verdicts == ()
    assert pack.requirements(flows_of(available_mwh=0.0, load_mwh=100.0)) == ()


def test_new_data_centres_in_hub_nodes_owe_80_percent_with_certificates(flows_of: FlowsOf) -> None:
    bare = flows_of(available_mwh=75.0, load_mwh=100.0)
    covered = flows_of(available_mwh=75.0, load_mwh=100.0, certificates_mwh=5.0)

    in_ningxia = found("ningxia", SITE, bare)["hub_node_green_share"]

    assert in_ningxia.binds
    assert in_ningxia.verdict().figure == pytest.approx(0.75)
    assert in_ningxia.verdict().status is Status.FAIL
    assert found("ningxia", SITE, covered)["hub_node_green_share"].verdict().status is Status.PASS
    assert "hub_node_green_share" not in found("xinjiang", SITE, bare)
    assert "hub_node_green_share" not in found("ningxia", replace(SITE, hub_node=False), bare)
    assert found("xinjiang", replace(SITE, hub_node=True), bare)["hub_node_green_share"].binds


def test_a_hub_node_that_is_not_confirmed_informs_and_asks(flows_of: FlowsOf) -> None:
    flows = flows_of(available_mwh=75.0, load_mwh=100.0)

    assert not found("guangdong", SITE, flows)["hub_node_green_share"].binds
    assert verdicts("guangdong", SITE)["hub_node_green_share"] is Status.TO_BE_CONFIRMED
    assert found("guangdong", replace(SITE, hub_node=True), flows)["hub_node_green_share"].binds


def test_the_minimum_renewable_share_is_asked_for_until_it_is_given(flows_of: FlowsOf) -> None:
    flows = flows_of(available_mwh=40.0, load_mwh=100.0)
    told = replace(SITE, overrides={"minimum_renewable_share": 0.45})

    assert verdicts("xinjiang", SITE)["minimum_renewable_share"] is Status.TO_BE_CONFIRMED
    assert "minimum_renewable_share" not in found("xinjiang", SITE, flows)
    assert "minimum_renewable_share" not in verdicts("xinjiang", told)
    assert found("xinjiang", told, flows)["minimum_renewable_share"].verdict().status is Status.FAIL


def test_the_export_rule_that_judges_also_binds_a_program() -> None:
    # 10 MW of sun in one hour, 7 MW of load: 3 MWh are left, 20 % of 10 MWh may leave the site.
    program = Program(TimeAxis(datetime(2027, 1, 1, tzinfo=UTC), 60, 1))
    used = program.flow("used", upper=10.0)
    export = program.flow("export", upper=10.0)
    imported = program.flow("imported", upper=10.0)
    ten = program.series(10.0)
    program.require("bus", 1.0 * used + 1.0 * imported - 1.0 * export == 7.0)
    program.cost("export income", -100.0 * export.sum())
    program.cost("import", 1.0 * imported.sum())
    flows = Flows(
        step_hours=1.0,
        sources={"pv": SourceFlows(available_mw=ten, delivered_mw=1.0 * used, traits=WIND_AND_SUN)},
        loads={"cluster": LoadFlows(it_mw=program.series(7.0), overhead_mw=0.0)},
        imported_mw=1.0 * imported,
        exported_mw=1.0 * export,
    )

    for requirement in rules.pack("xinjiang", SITE).requirements(flows):
        if requirement.binds:
            program.require(requirement.rule, requirement.slack() >= 0)
    solution = program.solve()

    assert float(solution.value(export).sum()) == pytest.approx(2.0)
    judged = flows.map(solution.value)
    for requirement in rules.pack("xinjiang", SITE).requirements(judged):
        assert requirement.verdict().status is Status.PASS
