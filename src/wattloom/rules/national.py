"""What does the state ask of a data centre on direct supply? Docs 650, 688 and 1192, hub nodes, minimum shares.

Each rule is written once, over `Flows`: on expressions its `Requirement` binds a program, on arrays it judges a year.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from wattloom.domain import measures
from wattloom.domain.flows import Flows
from wattloom.domain.text import SILENT, Text
from wattloom.domain.verdicts import Clause, Requirement, Status, Verdict
from wattloom.rules.contract import Case, Fact
from wattloom.rules.dating import number
from wattloom.rules.reading import document_clause

HUB_NODE_FIRST_YEAR = 2025
"""The share is asked of data centres that are new from 2025 on."""


def requirements(flows: Flows, *, case: Case, facts: Mapping[str, Fact]) -> tuple[Requirement, ...]:
    """All ratios that a case must keep, as in force in its year; those that only inform have `binds` false."""
    found: list[Requirement] = []
    if is_direct(case):
        found += _direct_connection(flows, case, facts)
        found += _price_of_1192(flows, facts)
    found += _green_shares(flows, case, facts)
    return tuple(found)


def exports_allowed(case: Case, facts: Mapping[str, Fact]) -> bool:
    """Whether any energy may be given to the public grid: only where the spot market runs continuously."""
    return is_direct(case) and facts["spot_continuous"].value is True


def is_direct(case: Case) -> bool:
    """Whether the ratios of direct connection apply: a project with its own supply, on the public grid."""
    return case.direct_connection and case.connection == "public_grid"


def eligibility(case: Case, facts: Mapping[str, Fact]) -> tuple[Verdict, ...]:
    """What is settled without flows: may the project be a direct connection at all, and is it exempt?"""
    if not case.direct_connection:
        return ()
    verdicts = _exemptions(case) if case.connection == "off_grid" else _conditions(case, facts)
    return (*verdicts, *_open_questions(case, facts))


def _direct_connection(flows: Flows, case: Case, facts: Mapping[str, Fact]) -> Iterator[Requirement]:
    """Self-use of generation and of load, and export, of Doc 650 or 688."""
    rule = _rule(case)
    yield Requirement(
        rule=f"{rule}_self_use_of_generation",
        ratio=measures.self_use_of_generation(flows),
        sense=">=",
        limit=_limit(facts, "self_use_of_generation_min"),
        clause=_clause(case, facts["self_use_of_generation_min"]),
    )
    yield Requirement(
        rule=f"{rule}_self_use_of_load",
        ratio=measures.self_use_of_load(flows),
        sense=">=",
        limit=_limit(facts, "self_use_of_load_min"),
        clause=_clause(case, facts["self_use_of_load_min"]),
    )
    open_to_export = exports_allowed(case, facts)
    yield Requirement(
        rule=f"{rule}_export_of_generation",
        ratio=measures.export_of_generation(flows),
        sense="<=",
        limit=_limit(facts, "export_of_generation_max") if open_to_export else 0.0,
        clause=_clause(case, facts["export_of_generation_max"])
        if open_to_export
        else replace(_rule_clause(case), article=NO_EXPORT),
    )


def _price_of_1192(flows: Flows, facts: Mapping[str, Fact]) -> Iterator[Requirement]:
    """The same two ratios as a condition of the Doc 1192 fee; they bind only where they ask for more."""
    ratios = {"self_use_of_generation": measures.self_use_of_generation, "self_use_of_load": measures.self_use_of_load}
    for name, ratio in ratios.items():
        limit = _limit(facts, f"doc1192_{name}_min")
        yield Requirement(
            rule=f"doc1192_{name}",
            ratio=ratio(flows),
            sense=">=",
            limit=limit,
            clause=facts[f"doc1192_{name}_min"].clause,
            binds=limit > _limit(facts, f"{name}_min"),
        )


def _green_shares(flows: Flows, case: Case, facts: Mapping[str, Fact]) -> Iterator[Requirement]:
    """Green shares that any data centre owes, certificates counted; only shown for a plain customer of the grid."""
    ratio = measures.green_share_with_certificates_of_load(flows)
    hub = facts["hub_node"]
    if hub.value is True and case.new_load and case.commissioned >= HUB_NODE_FIRST_YEAR:
        share = facts["hub_node_green_share_min"]
        yield Requirement(
            rule="hub_node_green_share",
            ratio=ratio,
            sense=">=",
            limit=_limit(facts, "hub_node_green_share_min"),
            clause=share.clause,
            # A hub node that nobody has confirmed must not drive a plan: the reader is asked instead.
            binds=case.direct_connection and not hub.to_be_confirmed,
        )
    least = number(facts, "minimum_renewable_share")
    if least is not None:
        yield Requirement(
            rule="minimum_renewable_share",
            ratio=ratio,
            sense=">=",
            limit=least,
            clause=facts["minimum_renewable_share"].clause,
            binds=case.direct_connection,
        )


def _conditions(case: Case, facts: Mapping[str, Fact]) -> Iterator[Verdict]:
    """Conditions of entry for a project on the public grid."""
    rule, clause = _rule(case), _rule_clause(case)
    begun = clause.in_force is None or case.year >= clause.in_force.year
    yield _settled(f"{rule}_in_force", clause, kept=begun, note=SILENT if begun else _not_begun(clause))
    highest = facts["direct_connection_kv_max"]
    kv_max = _limit(facts, "direct_connection_kv_max")
    yield Verdict(
        rule=f"{rule}_voltage",
        status=Status.PASS if case.voltage_kv <= kv_max else Status.FAIL,
        figure=case.voltage_kv,
        limit=kv_max,
        sense="<=",
        clause=_clause(case, highest),
    )
    yield _settled(f"{rule}_new_load", clause, kept=case.new_load, note=NEW_LOAD_ONLY)
    yield _settled(
        f"{rule}_no_agency_purchase",
        clause,
        kept=not case.agency_purchase,
        note=BUYS_ON_MARKET,
    )
    yield _settled(
        f"{rule}_outside_price_mechanism",
        document_clause("doc136"),
        kept=not case.in_price_mechanism,
        note=OUTSIDE_136,
    )
    spot = facts["spot_continuous"]
    if spot.to_be_confirmed:
        yield Verdict(
            rule=f"{rule}_export_open",
            status=Status.TO_BE_CONFIRMED,
            clause=spot.clause,
            note=CONFIRM_SPOT,
        )
    else:
        allowed = spot.value is True
        note = SILENT if allowed else NO_EXPORT_NOW
        yield Verdict(
            rule=f"{rule}_export_open",
            status=Status.PASS if allowed else Status.NOT_APPLICABLE,
            clause=clause,
            note=note,
        )


def _exemptions(case: Case) -> Iterator[Verdict]:
    """An off-grid project owes none of the ratios."""
    for name in ("self_use_of_generation", "self_use_of_load", "export_of_generation", "voltage"):
        yield Verdict(
            rule=f"{_rule(case)}_{name}",
            status=Status.EXEMPT,
            clause=_rule_clause(case),
            note=OFF_GRID,
        )


def _open_questions(case: Case, facts: Mapping[str, Fact]) -> Iterator[Verdict]:
    """Rules that turn on a fact nobody has given or confirmed."""
    least = facts.get("minimum_renewable_share")
    if least is not None and least.value is None:
        yield Verdict(
            rule="minimum_renewable_share",
            status=Status.TO_BE_CONFIRMED,
            clause=least.clause,
            note=GIVE_MINIMUM_SHARE,
        )
    hub = facts["hub_node"]
    if hub.to_be_confirmed and case.new_load:
        yield Verdict(
            rule="hub_node_green_share",
            status=Status.TO_BE_CONFIRMED,
            clause=hub.clause,
            note=SAY_HUB_NODE,
        )


def _rule(case: Case) -> str:
    """Key of the rule for one or several users."""
    return "doc688" if case.users == "multi" else "doc650"


def _rule_clause(case: Case) -> Clause:
    """Document of the rule for one or several users."""
    return document_clause(_rule(case))


def _clause(case: Case, fact: Fact) -> Clause:
    """Clause of a ratio: Doc 688 repeats the ratios of Doc 650 for several users."""
    single = document_clause("doc650")
    if case.users == "multi" and fact.clause.document == single.document:
        return document_clause("doc688")
    return fact.clause


def _limit(facts: Mapping[str, Fact], name: str) -> float:
    """A limit that every case has."""
    value = number(facts, name)
    if value is None:
        raise KeyError(name)
    return value


def _settled(rule: str, clause: Clause, *, kept: bool, note: Text) -> Verdict:
    """A verdict on a plain yes or no."""
    return Verdict(rule=rule, status=Status.PASS if kept else Status.FAIL, clause=clause, note=note)


def _not_begun(clause: Clause) -> Text:
    """From when a rule will be open."""
    return Text(f"open from {clause.in_force} on", f"自 {clause.in_force} 起适用")


NO_EXPORT = Text("no export where the spot market does not run continuously", "现货市场未连续运行的地区不得上网")
NEW_LOAD_ONLY = Text("existing load enters only in named cases", "存量负荷仅在文件列明的情形下可参与")
BUYS_ON_MARKET = Text(
    "the project buys on the market, so administrative time-of-use bands do not bind it",
    "项目直接参与市场购电，不执行政府制定的分时时段",
)
OUTSIDE_136 = Text("direct-connection energy is not settled under Doc 136", "直连电量不纳入 136 号文机制电价结算")
CONFIRM_SPOT = Text(
    "export is open only where the spot market runs continuously; confirm spot_continuous",
    "仅现货市场连续运行的地区允许上网；请确认 spot_continuous",
)
NO_EXPORT_NOW = Text("no export: the spot market does not run continuously", "不得上网：现货市场未连续运行")
OFF_GRID = Text("not connected to the public grid", "未接入公共电网")
GIVE_MINIMUM_SHARE = Text(
    "data centres owe a minimum share whose figure is not known; give minimum_renewable_share",
    "数据中心须承担最低消费比重，数值尚不明确；请给定 minimum_renewable_share",
)
SAY_HUB_NODE = Text(
    "say whether the site belongs to a national hub node: connection.hub_node",
    "请说明项目是否位于国家枢纽节点：connection.hub_node",
)
