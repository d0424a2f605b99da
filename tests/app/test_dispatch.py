"""Does a dispatch file lead to a schedule that keeps every promise, and is its saving told as it is?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from wattloom import rules
from wattloom.app.dispatch_day import dispatch_day
from wattloom.app.dispatch_inputs import dispatch_inputs, latencies
from wattloom.app.dispatch_replay import Asked, dispatch_replay
from wattloom.app.flexibility_assess import flexibility_assess
from wattloom.dispatch.project import DispatchProject
from wattloom.domain.errors import InputError
from wattloom.edge.projects import read_dispatch

FILE = """
name: Two sites
window: {start: 2027-03-01T00:00+08:00, days: 1, step_minutes: 15}
carbon_price_cny_per_t: 100
sites:
  east:
    place: {latitude_deg: 31, longitude_deg: 120, altitude_m: 5, time_zone: Asia/Shanghai}
    it_mw: 4
    import_price_cny_per_mwh: {by_hour: [6,6,6,6,6,6,6,6, 9,9,9,9,9,9,9,9, 9,9,9,9,6,6,6,6]}
    carbon_kg_per_mwh: 0
    overhead_fixed: 0
    overhead_slope: 0.25
  west:
    place: {latitude_deg: 37, longitude_deg: 105, altitude_m: 1200, time_zone: Asia/Shanghai}
    it_mw: 4
    import_price_cny_per_mwh: 4
    carbon_kg_per_mwh: 10
    overhead_fixed: 0
    overhead_slope: 0.25
links:
  latency_ms: {east: {west: 30}}
  migration_cost_cny_per_mwh: 0.5
classes:
  near: {kind: batch, share: 0.5, window_hours: 10, run_hours_spread: 0.3}
  free: {kind: batch, share: 0.5, window_hours: 2, run_hours_spread: 0.3, latency_ms_max: }
jobs: {per_day: 60, seed: 3, kw_per_gpu: 1.0, by_hour: [0,0,0,0,0,0,1,1,1,1,1,1,1,1,1,1,0,0,0,0,0,0,0,0]}
"""


@pytest.fixture(name="project")
def _project(tmp_path: Path) -> DispatchProject:
    return of_text(tmp_path, FILE)


def of_text(folder: Path, text: str) -> DispatchProject:
    file = folder / "dispatch.yaml"
    file.write_text(text, encoding="utf-8")
    return read_dispatch(file, territories=rules.territory_keys())


def test_every_promise_is_kept_and_the_plan_costs_less_than_running_at_once(project: DispatchProject) -> None:
    day = dispatch_day(project, folder=Path())

    assert day.plan.deadline_misses == 0
    assert day.plan.cap_excess_mwh == 0.0
    assert day.plan.cost_cny < day.at_once.cost_cny
    assert day.saving.low_cny <= day.saving.saved_cny <= day.saving.high_cny
    # The envelope program is a bound from below: no split can be cheaper.
    assert day.plan.cost_cny >= day.plan.plan_cost_cny * (1 - 1e-6)


def test_work_moves_west_where_energy_with_carbon_and_migration_is_cheaper(project: DispatchProject) -> None:
    """A MWh of IT in the West costs (4 + 10 kg · 0.1 CNY/kg) · 1.25 + 0.5 = 6.75; in the East 7.5 at least."""
    day = dispatch_day(project, folder=Path())
    jobs, stretches = day.question.jobs, day.plan.segments
    free = jobs.class_index[stretches.job] == 1

    assert np.all(stretches.site[free] == 1)
    assert np.all(stretches.site[~free] == jobs.home[stretches.job[~free]])


def test_the_saving_is_the_difference_of_what_jobs_cost(project: DispatchProject) -> None:
    day = dispatch_day(project, folder=Path())
    # No stores and no firm work: what the jobs cost is all there is.
    energy = sum(day.at_once.costs_cny.values()) - sum(day.plan.costs_cny.values())

    assert day.saving.saved_cny == pytest.approx(energy, rel=1e-9)


def test_the_same_seed_draws_the_same_jobs_and_another_one_others(project: DispatchProject) -> None:
    one, two = (dispatch_inputs(project, folder=Path()).question.jobs for _ in range(2))
    other = dispatch_inputs(replace(project, jobs=replace(project.jobs, seed=4)), folder=Path()).question.jobs

    assert np.array_equal(one.arrive_s, two.arrive_s)
    assert not np.array_equal(one.arrive_s, other.arrive_s)
    hours = one.arrive_s // 3600
    assert set(hours) <= set(range(6, 16))


def test_sites_of_unknown_distance_are_infinitely_far(project: DispatchProject) -> None:
    assert latencies(project).tolist() == [[0, 30], [30, 0]]
    apart = replace(project, links=replace(project.links, latency_ms={}))
    assert latencies(apart)[0, 1] == np.inf


def test_every_policy_is_replayed_and_the_plan_is_never_dearer_than_running_at_once(project: DispatchProject) -> None:
    played = dispatch_replay(project, folder=Path(), asked=Asked(policies=("wait_awhile", "plan")))

    assert [result.policy for result in played.results] == ["run_at_once", "wait_awhile", "plan"]
    assert all(result.deadline_misses == 0 for result in played.results)
    assert played.savings[1].saved_cny >= played.savings[0].saved_cny
    assert played.results[2].cost_cny < played.results[0].cost_cny


def test_an_unknown_policy_is_refused_with_those_there_are(project: DispatchProject) -> None:
    with pytest.raises(InputError, match="wait_awhile"):
        dispatch_replay(project, folder=Path(), asked=Asked(policies=("best",)))


def test_flexibility_is_offered_for_the_stated_window_behind_a_day_of_warming_up(project: DispatchProject) -> None:
    sheet = flexibility_assess(project, folder=Path())

    assert sheet.offer.axis.start.isoformat() == "2027-02-28T16:00:00+00:00"
    assert sheet.offer.axis.count == 96
    assert sheet.baseline_mw.shape == (2, 96)
    assert all(line.mw >= 0 for line in sheet.offer.lines)


def test_a_trace_is_read_onto_the_window(tmp_path: Path, project: DispatchProject) -> None:
    (tmp_path / "jobs.csv").write_text(
        "id,arrive,run_hours,gpus,class,home\n"
        "a,2017-10-03T00:30:00-07:00,1.5,8,near,east\n"
        "b,2017-10-03T02:00:00-07:00,0.5,4,free,west\n"
        "c,2017-10-05T00:00:00-07:00,1,4,free,west\n",
        encoding="utf-8",
    )
    traced = replace(project.jobs, file="jobs.csv", per_day=None, trace_start="2017-10-03T00:00-07:00")

    found = dispatch_inputs(replace(project, jobs=traced), folder=tmp_path)

    jobs = found.question.jobs
    assert jobs.id.tolist() == ["a", "b"]
    assert jobs.arrive_s.tolist() == [1800.0, 7200.0]
    assert jobs.due_s.tolist() == [1800.0 + 11.5 * 3600, 7200.0 + 2.5 * 3600]
    assert jobs.home.tolist() == [0, 1]
    assert any("3 rows read, 2 kept" in note.en for note in found.notes)


def test_jobs_due_long_after_the_window_are_planned_for_two_weeks_and_told(project: DispatchProject) -> None:
    long = {name: replace(entry, window_hours=24.0 * 30) for name, entry in project.classes.items()}

    found = dispatch_inputs(replace(project, classes=long), folder=Path())

    assert found.question.axis.count == 15 * 96
    assert any("60 jobs are due more than 14 days after the window" in note.en for note in found.notes)


def test_all_faults_of_a_dispatch_file_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    wrong = (
        FILE.replace("start: 2027-03-01T00:00+08:00", "start: 2027-03-01")
        .replace("it_mw: 4\n", "it_mw: -4\n", 1)
        .replace("kind: batch, share: 0.5, window_hours: 10", "kind: bach, share: 0.5, window_hour: 10")
        .replace("per_day: 60", "per_day: 60, file: jobs.csv")
    )

    with pytest.raises(InputError) as told:
        of_text(tmp_path, wrong)

    said = [str(problem) for problem in told.value.problems]
    assert len(said) == 5
    assert [problem.line for problem in told.value.problems] == [3, 8, 24, 24, 26]
    assert any("window_hours" in one for one in said)


def test_the_example_of_five_sites_keeps_every_promise_and_sends_work_west() -> None:
    folder = Path(__file__).parents[2] / "examples"
    project = read_dispatch(folder / "dispatch_five_sites.yaml", territories=rules.territory_keys())

    day = dispatch_day(project, folder=folder)

    assert (day.plan.deadline_misses, day.plan.cap_excess_mwh) == (0, 0.0)
    assert day.saving.low_cny > 0
    jobs, stretches = day.question.jobs, day.plan.segments
    energy, home = stretches.energy_mwh(jobs), jobs.home[stretches.job]
    west = jobs.sites.index("gansu")
    taken = energy[(stretches.site == west) & (home != west)].sum()
    given = energy[(stretches.site != west) & (home == west)].sum()
    assert taken > 10 * given
