"""Does a match file lead to a certified answer with right money, moves and deadlines, and is what is wrong told?"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from wattloom import rules
from wattloom.app.match_inputs import match_inputs
from wattloom.app.match_now import match_now, second_of, tick_at
from wattloom.app.match_replay import match_replay
from wattloom.app.match_scenarios import FAMILIES, drawn, ground
from wattloom.app.match_study import match_study
from wattloom.dispatch.match_project import MatchProject
from wattloom.dispatch.matching import changed, solve_cold
from wattloom.domain.errors import InputError
from wattloom.domain.text import Text
from wattloom.edge.projects import read_match

EXAMPLE = Path(__file__).parents[2] / "examples" / "twelve_provinces.yaml"
FILE = """
name: Two regions
window: {start: 2027-03-15T00:00+08:00, hours: 6, tick_seconds: 900}
carbon_price_cny_per_t: 100
regions:
  ningxia:
    territory: ningxia
    side: west
    at: [10, 50]
    surplus_green: {mw: {by_hour: [50,50,50,50,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}, price_cny_per_mwh: 20}
    firm_clean: {mw: 0, price_cny_per_mwh: 200}
    thermal: {mw: 200, price_cny_per_mwh: 300}
    emergency: {mw: 500, price_cny_per_mwh: 3000}
    overhead: 0.25
  jiangsu:
    territory: jiangsu
    side: east
    at: [90, 50]
    surplus_green: {mw: 0, price_cny_per_mwh: 20}
    firm_clean: {mw: 0, price_cny_per_mwh: 200}
    thermal: {mw: 200, price_cny_per_mwh: 400, carbon_t_per_mwh: 1.0}
    emergency: {mw: 500, price_cny_per_mwh: 3000}
    overhead: 0.25
lines:
  west_east: {ends: [ningxia, jiangsu], mw: 10, loss_share: 0.05, fee_cny_per_mwh: 40, source: 'a contract'}
moves: {batch_it_mw_max: 4, batch_cost_cny_per_mwh: 10, out_cost_cny_per_mwh: 1, in_cost_cny_per_mwh: 1}
fleet: {file: sites.csv, wait_hours: [3, 2], battery_sites: 0, least_power: 0, ramp_per_minute: 1, wander: 0}
"""
SITES = """site,region,it_mw,fixed_inference_mw,movable_inference_mw,training_mw,batch_mw
w,ningxia,40,4,0,4,0
e,jiangsu,40,8,4,4,4
"""


@pytest.fixture(name="project")
def _project(tmp_path: Path) -> MatchProject:
    return of_text(tmp_path, FILE)


def of_text(folder: Path, text: str) -> MatchProject:
    (folder / "sites.csv").write_text(SITES, "utf-8")
    file = folder / "match.yaml"
    file.write_text(text, encoding="utf-8")
    return read_match(file, territories=rules.territory_keys())


def example(sites: int, **window: object) -> MatchProject:
    """The shipped example with fewer sites and another window; supply and lines shrink with the sites."""
    project = read_match(EXAMPLE, territories=rules.territory_keys())
    fleet = replace(project.fleet, count=sites)
    return replace(project, fleet=fleet, window=replace(project.window, **window))  # type: ignore[arg-type]


def test_a_line_is_filled_and_batch_moves_to_the_surplus(project: MatchProject, tmp_path: Path) -> None:
    """Ningxia has 50 MW green for 8 IT MW: 10 MW of draw. The line (10 MW) and the corridor (4 IT MW) go full."""
    now = match_now(project, folder=tmp_path)

    assert now.match.forward_mw[0] == pytest.approx(10.0, rel=1e-3)
    assert now.match.corridor_it_mw.sum() == pytest.approx(4.0, rel=1e-3)
    # Ningxia: (8 + 4) · 1.25 = 15 MW, and 10 over the line. Jiangsu: 16 · 1.25 − 10 · 0.95 = 10.5 MW of thermal.
    assert now.match.supply_mw[0, 0] == pytest.approx(25.0, rel=1e-3)
    assert now.match.supply_mw[1, 2] == pytest.approx(10.5, rel=1e-3)


def test_the_money_of_an_hour_is_what_the_rows_say(project: MatchProject, tmp_path: Path) -> None:
    now = match_now(project, folder=tmp_path)
    west, east = (now.facts[key].grid_charge_cny_per_mwh for key in ("ningxia", "jiangsu"))

    assert now.money.energy == pytest.approx(25.0 * (20 + west) + 10.5 * (400 + east), rel=1e-3)
    assert now.money.carbon == pytest.approx(10.5 * 1.0 * 100, rel=1e-3)
    # The fee of 40 and the difference of the grid charges, on what is sent.
    assert now.money.fees == pytest.approx(10.0 * (40 + east - west), rel=1e-3)
    assert now.money.moves == pytest.approx(4.0 * 12.0, rel=1e-3)
    # At home: 8 · 1.25 green in the West, 20 · 1.25 thermal in the East.
    assert now.home_money.total == pytest.approx(10 * (20 + west) + 25 * (400 + east + 100), rel=1e-9)
    assert now.money.total == pytest.approx(now.match.certificate.cost_cny_per_h, rel=1e-9)


def test_the_answer_of_the_example_is_within_its_certificate_of_the_exact_program() -> None:
    now = match_now(example(60), folder=EXAMPLE.parent, at="19:00")
    exact = solve_cold(now.tick)

    assert now.match.certificate.gap <= 1e-3
    assert exact.cost_cny_per_h >= now.match.certificate.bound_cny_per_h * (1 - 1e-9)
    assert now.match.certificate.cost_cny_per_h <= exact.cost_cny_per_h * (1 + 1e-3)
    assert now.money.total <= now.home_money.total


def test_a_day_keeps_every_deadline_and_balances_its_work(project: MatchProject, tmp_path: Path) -> None:
    day = match_replay(project, folder=tmp_path)

    came = day.hours.asked_it_mwh.sum(axis=0)
    served = day.hours.served_it_mwh.sum(axis=0)
    assert day.ticks == 24
    assert day.overdue_mwh <= 1e-6
    assert day.certified_share == 1.0
    # 28 IT MW for 6 hours come; what is not served, moved or shed still waits.
    assert came.sum() == pytest.approx(28.0 * 6)
    moved = day.hours.corridor_mwh.sum()
    assert served.sum() + moved + day.left_mwh == pytest.approx(came.sum(), rel=1e-6)
    assert day.cost_cny <= day.home_cost_cny


def test_energy_supplied_is_energy_drawn_and_lost(project: MatchProject, tmp_path: Path) -> None:
    hours = match_replay(project, folder=tmp_path).hours

    lost = 0.05 * hours.line_mwh.sum()
    assert hours.step_mwh.sum() == pytest.approx(hours.draw_mwh.sum() + lost, rel=1e-6)


def test_training_waits_for_the_hours_of_surplus(project: MatchProject, tmp_path: Path) -> None:
    """Surplus only in hours 2 and 3: training of the first hours waits for it, within its 3 hours."""
    entry = project.regions["ningxia"]
    late = replace(entry.surplus_green.mw, by_hour=(0.0, 0.0, 50.0, 50.0, *(0.0,) * 20))  # type: ignore[type-var]
    west = replace(entry, surplus_green=replace(entry.surplus_green, mw=late))
    moved = replace(project, regions={**project.regions, "ningxia": west}, lines={})

    day = match_replay(moved, folder=tmp_path)

    assert day.hours.waiting_it_mwh[0, 0] > 3.0
    assert day.hours.waiting_it_mwh[3].sum() < day.hours.waiting_it_mwh[1].sum()
    assert day.overdue_mwh <= 1e-6


def test_the_same_file_gives_the_same_day() -> None:
    project = example(30, hours=2, tick_seconds=300)
    one, two = (match_replay(project, folder=EXAMPLE.parent) for _ in range(2))

    assert np.array_equal(one.hours.money, two.hours.money)
    assert np.array_equal(one.hours.started_mw, two.hours.started_mw)


def test_a_recorded_value_holds_from_its_instant(project: MatchProject, tmp_path: Path) -> None:
    (tmp_path / "record.csv").write_text(
        "at,part,name,field,column,value\n"
        "2027-03-15T01:00:00+08:00,lines,west_east,forward_mw_max,,0\n"
        "2027-03-15T01:00:00+08:00,sites,e,demand_mw,fixed_inference,10\n",
        "utf-8",
    )
    inputs = match_inputs(replace(project, recorded="record.csv"), folder=tmp_path)

    before, after = tick_at(inputs, 3599.0), tick_at(inputs, 3600.0)

    assert (before.lines.forward_mw_max[0], after.lines.forward_mw_max[0]) == (10.0, 0.0)
    assert (before.sites.demand_mw[1, 0], after.sites.demand_mw[1, 0]) == (8.0, 10.0)


def test_every_faulty_row_of_a_record_is_told(project: MatchProject, tmp_path: Path) -> None:
    (tmp_path / "record.csv").write_text(
        "at,part,name,field,column,value\n"
        "2027-03-15T01:00:00,lines,west_east,forward_mw_max,,0\n"
        "2027-03-15T01:00:00+08:00,lines,nowhere,forward_mw_max,,0\n"
        "2027-03-15T01:00:00+08:00,lines,west_east,colour,,0\n"
        "2027-03-15T01:00:00+08:00,sites,e,demand_mw,fixed_inference,nan\n",
        "utf-8",
    )

    with pytest.raises(InputError) as told:
        match_inputs(replace(project, recorded="record.csv"), folder=tmp_path)

    assert [problem.where for problem in told.value.problems] == [
        "record.csv:2 at", "record.csv:3 name", "record.csv:4 field", "record.csv:5 value",
    ]  # fmt: skip


def test_every_fault_of_a_file_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    wrong = (
        FILE.replace("ends: [ningxia, jiangsu]", "ends: [ningxia, jiangxi]")
        .replace("side: east", "side: south")
        .replace("loss_share: 0.05", "loss_share: 5")
        .replace("hours: 6", "hours: 0")
    )

    with pytest.raises(InputError) as told:
        of_text(tmp_path, wrong)

    assert [problem.line for problem in told.value.problems] == [3, 17, 25]


def test_a_region_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the region jiangxi"):
        of_text(tmp_path, FILE.replace("ends: [ningxia, jiangsu]", "ends: [ningxia, jiangxi]"))


def test_a_territory_without_a_reference_price_asks_for_one(tmp_path: Path) -> None:
    project = of_text(tmp_path, FILE.replace("thermal: {mw: 200, price_cny_per_mwh: 300}", "thermal: {mw: 200}"))

    with pytest.raises(InputError, match=r"regions\.ningxia\.thermal\.price_cny_per_mwh|regions.ningxia"):
        match_inputs(project, folder=tmp_path)


def test_an_instant_outside_the_window_is_refused(project: MatchProject) -> None:
    assert second_of("01:30", project) == 5400.0
    with pytest.raises(InputError, match="--at"):
        second_of("13:00", project)


def test_the_same_seed_draws_the_same_scenarios_and_each_can_be_matched() -> None:
    inputs = match_inputs(example(40), folder=EXAMPLE.parent)
    tick = tick_at(inputs, 0.0)
    names = tuple(Text.same(key) for key in inputs.project.regions)
    on = ground(inputs, tick, names)

    one, two = (list(drawn(on, count=36, seed=5)) for _ in range(2))

    assert [case.said for case in one] == [case.said for case in two]
    assert {case.family for case in one} == set(FAMILIES)
    outage = next(case for case in one if case.family == "line_outage")
    out = changed(tick, outage.scenario).lines.forward_mw_max == 0.0
    # Both directions of a line go together.
    assert np.array_equal(out[: len(on.lines)], out[len(on.lines) :])
    assert out.any()


def test_a_study_finds_what_each_scenario_costs_alone() -> None:
    project = example(40)
    study = match_study(project, folder=EXAMPLE.parent, scenarios=60, seed=3, at="19:00")

    inputs = match_inputs(project, folder=EXAMPLE.parent)
    tick = tick_at(inputs, 19 * 3600.0)
    for case in study.worst[:3]:
        exact = solve_cold(changed(tick, case.scenario))
        assert case.finding.certificate.cost_cny_per_h == pytest.approx(exact.cost_cny_per_h, rel=1e-3)
    assert study.certified_share == 1.0
    dear = study.cost_cny_per_h[study.family == "price_spike"]
    assert np.all(dear >= study.base.cost_cny_per_h * (1 - 1e-3))


def test_a_study_at_once_on_arrays_finds_the_same_within_the_gap() -> None:
    project = example(40)

    one_by_one, at_once = (
        match_study(project, folder=EXAMPLE.parent, scenarios=60, seed=3, at="19:00", arrays=arrays)
        for arrays in ("", "numpy")
    )

    assert np.allclose(at_once.cost_cny_per_h, one_by_one.cost_cny_per_h, rtol=1e-3, atol=0.0)
    assert at_once.certified_share == 1.0
    assert at_once.exact.shape == (60,)


def test_provincial_load_shapes_temperatures_and_hydro_are_accepted(tmp_path: Path) -> None:
    """Published hourly series of three provinces stand in for the example's assumed shapes."""
    root = os.environ.get("WATTLOOM_DATA")
    if not root:
        pytest.skip("WATTLOOM_DATA names no folder of data")
    folder = Path(root) / "energy" / "cn-provinces"
    text = EXAMPLE.read_text("utf-8")
    project = read_match(EXAMPLE, territories=rules.territory_keys())
    assert text.count("load_shape:") == len(project.regions) == 12
    regions = {}
    for key, columns in (
        ("ningxia", ("Ningxia", "NX")),
        ("jiangsu", ("Jiangsu", "JS")),
        ("sichuan", ("Sichuan", "SC")),
    ):
        load = _column(folder / "hourly_demand_31_provinces_mw.parquet", columns, tmp_path / f"load_{key}.csv")
        warm = _column(folder / "temperature_2020_c.parquet", columns, tmp_path / f"warm_{key}.csv")
        hydro = _column(folder / "hydro_p_max_pu.parquet", columns, tmp_path / f"hydro_{key}.csv", by=500.0)
        lines = text.split(f"\n  {key}:\n", 1)[1].split("\n")[:12]
        part = "\n".join(line for line in lines if line.startswith("    "))
        part = _without(part, "load_shape:", "air_temperature_c:", "firm_clean:")
        read = "time: time, labels: start, any_year: true"
        part += f"\n    load_shape: {{file: {load.name}, column: value, {read}}}"
        part += f"\n    air_temperature_c: {{file: {warm.name}, column: value, {read}}}"
        part += f"\n    firm_clean: {{mw: {{file: {hydro.name}, column: value, {read}}}, price_cny_per_mwh: 200}}"
        regions[key] = f"  {key}:\n{part}"
    head, _, rest = text.partition("\nregions:\n")
    tail = rest.partition("\nlines:\n")[2].partition("\nmoves:\n")[2]
    file = tmp_path / "match.yaml"
    file.write_text("\n".join([head, "regions:", *regions.values(), "moves:", tail]), "utf-8")

    found = read_match(file, territories=rules.territory_keys())
    inputs = match_inputs(replace(found, fleet=replace(found.fleet, count=30)), folder=tmp_path)

    assert inputs.courses.shape.mean(axis=0) == pytest.approx(1.0)
    assert inputs.courses.shape[:, 1].max() > inputs.courses.shape[:, 1].min() > 0.0
    # Sichuan in March is warmer than Ningxia: its overhead is larger.
    assert inputs.courses.overhead[:, 2].mean() > inputs.courses.overhead[:, 0].mean()
    assert np.all(inputs.courses.supply_mw[:, 2, 1] <= 500.0)


def _column(path: Path, columns: tuple[str, ...], out: Path, *, by: float = 1.0) -> Path:
    """A year of a published column, which has one of some names, as a table of our own."""
    import pandas as pd  # noqa: PLC0415 - only where there is data

    frame = pd.read_parquet(path)
    name = next(found for found in frame.columns if found in columns)
    values = frame[name].to_numpy()[: 8760 - 8760 % 24] * by
    times = pd.date_range("2019-01-01T00:00+08:00", periods=values.size, freq="h")
    pd.DataFrame({"time": times.map(lambda t: t.isoformat()), "value": values}).to_csv(out, index=False)
    return out


def _without(part: str, *keys: str) -> str:
    """Lines of a section that do not begin with some keys."""
    return "\n".join(line for line in part.split("\n") if not line.strip().startswith(keys))
