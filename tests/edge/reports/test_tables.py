"""Do the tables add up, and do they say what the plan says?"""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from wattloom.domain.text import Text
from wattloom.domain.verdicts import Status
from wattloom.edge.reports import answer, behind, tables
from wattloom.edge.reports.words import Amount, Said, Word, Words
from wattloom.plan.result import Scan, SitePlan


def test_costs_end_in_their_sums(plan: SitePlan) -> None:
    table = tables.costs(plan)

    total = table.rows[-1]

    assert total[2] == pytest.approx(sum(row[2] or 0.0 for row in table.rows[:-1]))  # type: ignore[misc]
    assert total[3] == pytest.approx(plan.outcome.yearly_cost_cny)
    assert total[4] == pytest.approx(plan.baseline.yearly_cost_cny)


def test_months_sum_to_the_year(plan: SitePlan) -> None:
    table = tables.months(plan)
    at = {column.key: i for i, column in enumerate(table.columns)}

    total = table.rows[-1]

    assert len(table.rows) == 13
    assert total[at["load_mwh"]] == pytest.approx(plan.outcome.measures["load_mwh"])
    assert total[at["import"]] == pytest.approx(plan.outcome.measures["import_mwh"])
    assert total[at["export"]] == pytest.approx(plan.outcome.measures["export_mwh"])
    assert sum(float(row[at["import"]]) for row in table.rows[:-1]) == pytest.approx(total[at["import"]])  # type: ignore[arg-type]


def test_the_days_behind_a_week_sum_to_its_energy(plan: SitePlan) -> None:
    year = tables.year_of(plan)

    table = behind.week_tables(year)["hardest_week"]

    from wattloom.edge.reports.energy import weeks  # noqa: PLC0415 - beside its use

    assert len(table.rows) == 7
    assert sum(float(row[1]) for row in table.rows) == pytest.approx(year.load[weeks(year)["hardest_week"]].sum())  # type: ignore[arg-type]


def test_compliance_shows_figure_limit_clause_date_and_confidence(plan: SitePlan) -> None:
    kept = tables.compliance(plan).rows[0]

    assert kept[:2] == (Word("doc650_self_use_of_generation"), Word("pass"))
    assert kept[2] == Amount(plan.outcome.measures["self_use_of_generation"], "1")
    assert kept[3] == Text("≥\u00a060.0\u00a0%", "≥\u00a060.0%")
    assert kept[4] == Text("NDRC/NEA Energy [2025] No. 650, art. 6", "发改能源〔2025〕650号，第六条")
    assert str(kept[5]) == "2025-05-21"
    assert kept[6] == Word("verified-primary")


def test_a_rule_on_voltage_is_not_shown_in_per_cent(plan: SitePlan) -> None:
    voltage = replace(
        plan.outcome.verdicts[-1], rule="doc650_voltage", status=Status.PASS, figure=110.0, limit=220.0, sense="<="
    )
    judged = replace(plan, outcome=replace(plan.outcome, verdicts=(voltage,)))

    row = tables.compliance(judged).shown(Words("en"))[0]

    assert row[2:4] == ["110\u00a0kV", "≤\u00a0220\u00a0kV"]


def test_facts_to_be_confirmed_come_first_and_have_their_own_list(plan: SitePlan) -> None:
    assert [row[0] for row in tables.to_be_confirmed(plan).rows] == [Word("average_load_rate")]
    assert tables.facts(plan).rows[0][0] == Word("average_load_rate")
    assert len(tables.facts(plan).rows) == 4


def test_a_fact_that_nobody_has_published_is_shown_without_a_value(plan: SitePlan) -> None:
    unknown = replace(plan.facts["loss_rate"], value=None)
    asked = replace(plan, facts={"minimum_renewable_share": unknown})

    assert tables.to_be_confirmed(asked).shown(Words("en"))[0][1] == "—"


def test_the_sentence_of_what_binds_speaks_in_words(plan: SitePlan) -> None:
    requirement, sentence = tables.bindings(plan).shown(Words("zh"))[0]

    assert requirement == "逐时绿电占比下限"
    assert sentence == "逐时绿电占比达到限值 75%：再提高一个百分点，每年成本增加 131 万元"


def test_a_break_even_value_has_the_unit_of_its_assumption(plan: SitePlan) -> None:
    rows = tables.of_scan(plan.scans[1]).shown(Words("en"))

    assert [row[1:3] for row in rows] == [
        ["7.0\u00a0%", "3.1\u00a0%"],
        ["100.0\u00a0%", "—"],
        ["262\u00a0CNY/MWh", "402\u00a0CNY/MWh"],
    ]


def test_what_nothing_achieves_is_said_so(plan: SitePlan) -> None:
    rows = dict(tables.needed(plan).rows)  # type: ignore[arg-type]

    assert rows[Word("break_even_storage_cost_factor")] == Said("nothing_does_it")
    assert rows[Word("max_load_at_green_080")] == Amount(27.5, "MW")


def test_years_of_operation_are_named_in_the_language(plan: SitePlan) -> None:
    assert tables.of_scan(plan.years).shown(Words("zh"))[1][0] == "运营第 10 年"


def test_territories_and_modes_in_a_scan_are_said_in_words() -> None:
    scan = Scan(key="compare", columns=("territory", "mode", "note"), rows=(("ningxia", "capacity_1192", "no plan"),))

    assert tables.of_scan(scan).shown(Words("zh"))[0] == ["宁夏", "按接入容量缴费（1192 号文）", "no plan"]


def test_the_paragraph_holds_the_hand_worked_figures(plan: SitePlan) -> None:
    english, chinese = (answer.paragraph(plan, Words(lang)).replace("\u00a0", " ") for lang in ("en", "zh"))

    cost = plan.outcome.yearly_cost_cny / plan.outcome.measures["load_mwh"]  # type: ignore[operator]
    assert f"{cost:.0f} CNY/MWh" in english
    assert "a battery of 38 MW / 152 MWh and a grid connection of 26 MVA" in english
    assert "557 million CNY" in english
    assert "Of the 3 rules and goals that apply, 2 are kept" in english
    assert "电化学储能 38 MW/152 MWh、接入容量 26 MVA" in chinese
    assert "5.57 亿元" in chinese
    assert not re.search(r"[{}]", english + chinese)


def test_weather_of_elsewhere_is_the_first_warning(plan: SitePlan) -> None:
    warned = answer.alerts(plan, Words("en"))
    of_site = answer.alerts(replace(plan, weather_of_site=True), Words("en"))

    assert warned[0].first
    assert "not of this site" in warned[0].text
    assert not any(alert.first for alert in of_site)


def test_a_site_without_verdicts_says_nothing_of_rules(plan: SitePlan) -> None:
    free = replace(plan, outcome=replace(plan.outcome, verdicts=()))

    assert "rules" not in answer.paragraph(free, Words("en"))


def test_a_figure_that_is_not_there_says_why(plan: SitePlan) -> None:
    lost = replace(plan, economics=replace(plan.economics, irr=None, payback_years=None))

    said = [footnote.en for footnote in tables.economics(lost).footnotes]

    assert said == [
        "— Internal rate of return, project: the gains never pay the investment back, or nothing is invested",
        "— Payback: not paid back within the life of the project",
        "— LCOC, for each GPU-hour: the project does not say how many accelerators a MW holds (gpus_per_mw)",
    ]


def test_a_scan_says_why_a_row_is_empty_and_a_whole_one_says_nothing() -> None:
    columns = ("load_mean_mw", "energy_cost_cny_per_mwh")
    whole = Scan(key="load_sweep", columns=columns, rows=((10.0, 300.0), (20.0, 310.0)))
    lacking = replace(whole, rows=((10.0, 300.0), (90.0, None)))

    assert tables.of_scan(whole).footnotes == ()
    assert tables.of_scan(lacking).footnotes[0].zh == "— 在该负荷下没有满足全部目标与规定的方案"


def test_a_sentence_in_a_scan_is_said_in_the_readers_language() -> None:
    why = Text("no plan: too little sun", "没有可行方案：日照不足")
    scan = Scan(key="compare", columns=("territory", "note"), rows=(("jiangsu", why.en),), said={why.en: why})

    assert tables.of_scan(scan).shown(Words("zh"))[0] == ["江苏", "没有可行方案：日照不足"]


def test_the_solvers_road_is_said_in_words(plan: SitePlan) -> None:
    report = replace(plan.outcome.report, method="PDLP → simplex in a box")
    boxed = replace(plan, outcome=replace(plan.outcome, report=report))

    assert tables.solver(boxed).shown(Words("zh"))[0][1] == "PDLP → 限域单纯形法"
    assert tables.solver(boxed).shown(Words("en"))[0][1] == "PDLP → simplex in a box"
