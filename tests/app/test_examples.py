"""Does every example plan, keep the law of energy, and say what its first lines promise? On steps of four hours."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from wattloom.app.plan_site import plan_site
from wattloom.domain.flows import Flows
from wattloom.domain.verdicts import Status
from wattloom.plan.result import SitePlan
from wattloom.wiring import find

FOLDER = Path(__file__).parents[2] / "examples"
# Files that ask for a plan; others ask for a dispatch or a match.
EXAMPLES = sorted(path.stem for path in FOLDER.glob("*.yaml") if "\nconnection:" in path.read_text("utf-8"))


@cache
def planned(name: str) -> SitePlan:
    """The plan of an example on coarse steps, its sweep cut to three loads and its other years to the tenth."""
    project = find("read_project")(FOLDER / f"{name}.yaml", step_minutes=240)
    study = replace(project.study, project_years=(1, 10), load_sweep_mw=project.study.load_sweep_mw[::3])
    return plan_site(replace(project, study=study, claim=None), folder=FOLDER)


def _lost_mwh(flows: Flows) -> float:
    """Energy that entered the site and neither served its load nor left it."""
    entered = flows.energy_mwh(flows.delivered_mw()) + flows.energy_mwh(flows.imported_mw)
    return float(entered - flows.energy_mwh(flows.load_mw()) - flows.energy_mwh(flows.exported_mw))


@pytest.mark.parametrize("name", EXAMPLES)
def test_example_plans_and_keeps_the_law_of_energy(name: str) -> None:
    found = planned(name)
    outcome, base = found.outcome, found.baseline

    stored = sum(
        float(outcome.flows.energy_mwh(store.charged_mw - store.discharged_mw))
        for store in outcome.flows.storages.values()
    )
    load = outcome.measures["load_mwh"] or 0.0
    assert _lost_mwh(outcome.flows) == pytest.approx(stored, abs=1e-6 * load)
    assert _lost_mwh(base.flows) == pytest.approx(0.0, abs=1e-6 * load)
    assert outcome.report.max_violation < 1e-4
    assert outcome.report.gap < 1e-5
    assert base.measures["load_mwh"] == pytest.approx(load, rel=0.03)  # A cold store may save or lose a little.


@pytest.mark.parametrize("name", EXAMPLES)
def test_costs_add_up_to_what_the_program_paid(name: str) -> None:
    outcome = planned(name).outcome

    assert sum(line.yearly_cny for line in outcome.costs) == pytest.approx(outcome.yearly_cost_cny, rel=1e-6)


BROKEN = {
    "ningxia_rc2": {"doc650_self_use_of_generation", "doc1192_self_use_of_generation"},
    "west_ningxia_grid": {"hub_node_green_share"},
}
"""Examples that show what breaks: the whole of Zhongwei phase 1, and a hub node's facility without any green energy."""


@pytest.mark.parametrize("name", EXAMPLES)
def test_rules_and_goals_are_kept_except_where_the_example_shows_otherwise(name: str) -> None:
    broken = {v.rule for v in planned(name).outcome.verdicts if v.status is Status.FAIL}

    assert broken - {"doc650_export_of_generation"} == BROKEN.get(name, set())


def test_zhongwei_phase_1_cannot_use_60_percent_of_its_generation() -> None:
    """Reference case RC2: 2.29 TWh of load against 4.3 TWh of generation is 53.3 % at most."""
    found = planned("ningxia_rc2").outcome
    figures = found.measures

    assert figures["load_mwh"] == pytest.approx(2_290_000, rel=0.01)
    assert (figures["self_use_of_generation"] or 1.0) < 0.60
    assert "doc650_self_use_of_generation" in {v.rule for v in found.verdicts if v.status is Status.FAIL}


def test_more_load_on_the_same_sun_is_less_green() -> None:
    sweep = next(scan for scan in planned("xinjiang_300mw").scans if scan.key == "load_sweep")
    shares = [row[sweep.columns.index("green_share_hourly")] for row in sweep.rows]

    assert [row[0] for row in sweep.rows] == [30, 60, 90]
    assert shares[0] is None  # 30 MW cannot use 60 % of what 300 MW of sun gives: no plan keeps Doc 650.
    assert shares[1] > shares[2]  # type: ignore[operator]


def test_west_is_cheaper_than_east_but_not_by_the_reported_55_percent() -> None:
    """The press said 45 % of the eastern price. Coal-benchmark prices and the 2026 tariffs give far less of a gap."""
    east = planned("east_jiangsu_grid").outcome.energy_cost_cny_per_mwh or 0.0
    west = planned("west_ningxia_grid").outcome.energy_cost_cny_per_mwh or 0.0
    direct = planned("west_ningxia_direct").outcome

    assert 0.45 < west / east < 0.85
    assert direct.measures["green_share_hourly"] == pytest.approx(0.6, abs=0.4)
    assert (direct.measures["green_share_hourly"] or 0.0) >= 0.6 - 1e-6


def test_a_gigawatt_uses_whole_reactor_modules_and_grid_forming_storage() -> None:
    parts = planned("one_gigawatt").outcome.parts

    assert parts["reactor"].sizes["power_mw"] % 125.0 == pytest.approx(0.0, abs=1e-6)
    assert parts["storage"].grid_forming_mva >= 500.0 - 1e-6
    assert planned("one_gigawatt").outcome.measures["carbon_free_share_hourly"] >= 0.9 - 1e-6  # type: ignore[operator]
