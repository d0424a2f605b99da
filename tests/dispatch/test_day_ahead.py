"""Is the day's plan the cheapest one, and is what it came to counted right?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import linprog
from tests.dispatch.days import FLUID, HOME, HOUR_S, RIGID, SLOW, START, question, site, table

from wattloom.assets.kinds.battery.storage import Battery
from wattloom.assets.kinds.cold_store.storage import ColdStore
from wattloom.assets.kinds.solar.plant import Solar
from wattloom.dispatch.day_ahead import plan_day
from wattloom.dispatch.network import build, work_of
from wattloom.dispatch.question import DayPlan, DispatchQuestion
from wattloom.domain.errors import InputError
from wattloom.domain.series import Series
from wattloom.domain.time import TimeAxis
from wattloom.twin.replay import replay
from wattloom.twin.sites import ReplayQuestion, SiteTruth

GOLDEN = Path(__file__).parent / "golden"
COSTS = {"capital_cost_cny_per_kw": 1.0, "capital_cost_cny_per_kwh": 1.0, "fixed_cny_per_kw_year": 1.0}


def battery(**said: float) -> Battery:
    return Battery(
        **{"power_mw": 1.0, "energy_mwh": 2.0, "life_years": 10.0, "round_trip_efficiency": 0.81, **COSTS, **said}
    )


def test_three_jobs_take_the_cheap_hours_as_far_as_there_is_room_and_moving_pays() -> None:
    # Hour 1 at b is cheapest, 40 + 8 for moving, and has room for 2 MW. The job that cannot wait runs at home at 100.
    jobs = table([{"due_h": 3.0, "mw": 1.5}, {"due_h": 2.0, "mw": 1.5}, {"due_h": 1.0}])
    asked = question(jobs, [site("a", [100.0, 90.0, 70.0]), site("b", [95.0, 40.0, 80.0], it_mw_max=2.0)])

    plan = plan_day(asked)

    # Job 0 waits for hour 2 at home (70) with what finds no room; job 1 needs 1.5 MWh in hour 1 at 48; 0.5 MWh are left
    # there for job 0. Job 2: 100.
    assert plan.cost_cny == pytest.approx(1.5 * 48 + 0.5 * 48 + 1.0 * 70 + 1.0 * 100)
    assert plan.cost_cny == pytest.approx(plan.plan_cost_cny)
    assert (plan.deadline_misses, plan.cap_excess_mwh) == (0, 0.0)
    assert plan.moved_mwh == pytest.approx(2.0)
    assert plan.costs_cny["migration"] == pytest.approx(16.0)


def test_a_plan_at_home_only_where_the_class_allows_no_latency() -> None:
    asked = question(table([{"of": HOME, "due_h": 2.0}]), [site("a", [100.0, 90.0]), site("b", [10.0, 10.0])])

    plan = plan_day(asked)

    assert plan.cost_cny == pytest.approx(90.0)
    assert plan.moved_mwh == 0.0


def test_overhead_carbon_and_the_demand_charge_are_paid() -> None:
    # 1 MW of IT draws 1.5 MW, 0.25 MW are always there; 0.6 t/MWh at 100 CNY/t; the peak was 1 MW already.
    sites = [
        site(
            "a",
            [100.0],
            overhead_slope=0.5,
            overhead_fixed_mw=0.25,
            carbon_kg_per_mwh=600.0,
            demand_charge_cny_per_mw=40.0,
            peak_mw_so_far=1.0,
        )
    ]
    asked = question(table([{}], sites=("a",)), sites, carbon_price_cny_per_t=100.0)

    plan = plan_day(asked)

    assert plan.costs_cny["energy"] == pytest.approx(175.0)
    assert plan.costs_cny["carbon"] == pytest.approx(1.75 * 0.6 * 100)
    assert plan.costs_cny["demand_charge"] == pytest.approx(40.0 * 0.75)
    assert plan.cost_cny == pytest.approx(plan.plan_cost_cny)
    assert plan.sites[0].carbon_t == pytest.approx(1.05)


def test_waiting_is_worth_it_only_where_it_saves_more_than_it_costs() -> None:
    # 8 GPUs that wait an hour cost 8 CNY at 1 CNY each; waiting saves 5 CNY in hour 1 and 30 in hour 2.
    of = replace(FLUID, deferral_cost_cny_per_gpu_hour=1.0)
    prices = [100.0, 95.0, 70.0]

    plan = plan_day(question(table([{"of": of, "due_h": 3.0, "gpus": 8.0}], sites=("a",)), [site("a", prices)]))

    assert plan.costs_cny["energy"] == pytest.approx(70.0)
    assert plan.costs_cny["deferral"] == pytest.approx(16.0)
    assert plan.cost_cny == pytest.approx(plan.plan_cost_cny)


def test_a_job_that_finds_no_room_keeps_its_deadline_and_the_excess_is_told() -> None:
    jobs = table([{"mw": 3.0}], sites=("a",))

    plan = plan_day(question(jobs, [site("a", [100.0, 100.0], it_mw_max=2.0)]))

    assert plan.deadline_misses == 0
    assert plan.cap_excess_mwh == pytest.approx(1.0)


def test_what_does_not_fit_together_is_refused_all_at_once() -> None:
    asked = question(table([{}]), [site("a", [1.0]), site("b", [1.0, 2.0])], latency_ms=np.zeros((1, 1)))

    with pytest.raises(InputError) as refused:
        plan_day(asked)

    found = " ".join(str(problem) for problem in refused.value.problems)
    assert "latency_ms" in found
    assert "b.import_price_cny_per_mwh" in found


def _judged(asked: DispatchQuestion, store: Battery) -> float:  # noqa: PLR0915 - a whole program in one place
    """Cost of the day by SciPy: each job for itself; at the first site a battery, an export and a demand charge."""
    jobs, sites, periods = asked.jobs, len(asked.sites), asked.axis.count
    each = len(jobs) * sites * periods
    names = ("import", "charge", "discharge", "stored", "export")
    place = {name: each + 100 * k for k, name in enumerate(names)}
    columns = each + 500 + 1
    efficiency = float(np.sqrt(store.round_trip_efficiency or 1.0))
    cost, upper = np.zeros(columns), np.full(columns, np.inf)
    equal: list[tuple[np.ndarray, float]] = []
    below: list[tuple[np.ndarray, float]] = []
    power = np.arange(each).reshape(len(jobs), sites, periods)
    for j in range(len(jobs)):
        row = np.zeros(columns)
        row[power[j].ravel()] = 1.0
        equal.append((row, float(jobs.energy_mwh[j])))
        for t in range(periods):
            inside = jobs.arrive_s[j] <= t * HOUR_S and (t + 1) * HOUR_S <= jobs.due_s[j]
            rate = np.zeros(columns)
            rate[power[j, :, t]] = 1.0
            below.append((rate, float(jobs.power_mw[j]) if inside else 0.0))
            for s in range(sites):
                cost[power[j, s, t]] = asked.migration_cost_cny_per_mwh[jobs.home[j], s]
                if s:
                    cost[power[j, s, t]] += asked.sites[s].import_price_cny_per_mwh[t]
    first = asked.sites[0]
    for t in range(periods):
        for s in range(sites):
            row = np.zeros(columns)
            row[power[:, s, t]] = 1.0
            below.append((row, float(asked.sites[s].it_mw_max[t])))
        bus = np.zeros(columns)
        bus[power[:, 0, t]] = 1.0 + first.overhead_slope[t]
        bus[[place["charge"] + t, place["export"] + t]] = 1.0
        bus[[place["import"] + t, place["discharge"] + t]] = -1.0
        equal.append((bus, -float(first.overhead_fixed_mw[t])))
        content = np.zeros(columns)
        content[place["stored"] + t] += 1.0
        content[place["stored"] + (t - 1) % periods] -= 1.0
        content[place["charge"] + t] = -efficiency
        content[place["discharge"] + t] = 1.0 / efficiency
        equal.append((content, 0.0))
        both = np.zeros(columns)
        both[[place["charge"] + t, place["discharge"] + t]] = 1.0
        below.append((both, float(store.power_mw)))
        peak = np.zeros(columns)
        peak[place["import"] + t], peak[-1] = 1.0, -1.0
        below.append((peak, 0.0))
        cost[place["import"] + t] = first.import_price_cny_per_mwh[t]
        assert first.export_price_cny_per_mwh is not None
        cost[place["export"] + t] = -first.export_price_cny_per_mwh[t]
        upper[place["stored"] + t] = float(store.energy_mwh)
        upper[place["import"] + t] = first.import_mw_max[t]
        upper[place["export"] + t] = first.import_mw_max.max()
    cost[-1] = first.demand_charge_cny_per_mw
    answer = linprog(
        cost,
        A_ub=np.array([row for row, _ in below]),
        b_ub=[right for _, right in below],
        A_eq=np.array([row for row, _ in equal]),
        b_eq=[right for _, right in equal],
        bounds=np.column_stack([np.zeros(columns), upper]),
    )
    assert answer.status == 0
    return float(answer.fun)


def test_scipy_finds_the_same_cost_with_a_battery_an_export_and_a_demand_charge() -> None:
    chance = np.random.default_rng(5)
    periods = 12
    store = battery()
    rows = [
        {
            "of": replace(FLUID, name=f"class {k}"),
            "home": k % 2,
            "arrive_h": float(k),
            "due_h": float(k + 6),
            "run_h": 3.0,
        }
        for k in range(6)
    ]
    sites = [
        site(
            "a",
            list(chance.uniform(200, 500, periods)),
            overhead_slope=chance.uniform(0.1, 0.4, periods),
            overhead_fixed_mw=0.1,
            it_mw_max=1.5,
            import_mw_max=3.0,
            demand_charge_cny_per_mw=50.0,
            export_price_cny_per_mwh=np.full(periods, 150.0),
            assets={"store": store},
        ),
        site("b", list(chance.uniform(200, 500, periods)), it_mw_max=1.2),
    ]
    asked = question(table(rows), sites)

    plan = plan_day(asked)

    judged = _judged(asked, store)
    assert plan.plan_cost_cny == pytest.approx(judged, rel=2e-5)
    assert judged * (1 - 1e-6) <= plan.cost_cny <= judged * 1.06  # Six jobs, each at one site at a time.
    assert (plan.deadline_misses, plan.cap_excess_mwh) == (0, 0.0)


def test_pre_cooling_and_own_generation_are_dispatched_around_the_jobs() -> None:
    # The sun gives 2 MW in hour 1, when a MWh costs most. The cold store makes cold then for hour 2.
    axis = TimeAxis(START, 60, 3)
    cold = ColdStore(
        energy_mwh=1.0,
        chiller_spare_mw=1.0,
        charge_efficiency=1.0,
        loss_per_hour=0.0,
        capital_cost_cny_per_kwh=1.0,
        fixed_cny_per_kwh_year=1.0,
        life_years=20.0,
    )
    sun = Solar(
        power_mw=2.0,
        capital_cost_cny_per_kw=1.0,
        fixed_cny_per_kw_year=0.0,
        capacity_factor=Series(axis=axis, values=np.array([0.0, 1.0, 0.0]), unit="1", source="by hand"),
    )
    sites = [
        site(
            "a",
            [100.0, 300.0, 200.0],
            firm_it_mw=1.0,
            overhead_slope=0.5,
            cooling_share=1.0,
            assets={"cold": cold, "sun": sun},
        )
    ]
    plan = plan_day(question(table([{"due_h": 3.0, "mw": 0.25}], sites=("a",)), sites))

    # Firm work draws 1.5 MW an hour, the job 0.375 MWh wherever it runs: in hour 1 it takes 0.375 of the 0.5 MWh of sun
    # that firm work leaves. The other 0.125 become cold for hour 2, beside 0.375 made in hour 0 at 100: hour 2 can be
    # relieved of its whole cooling, 0.5 MWh.
    assert plan.plan_cost_cny == pytest.approx(100 * (1.5 + 0.375) + 200 * 1.0, abs=1e-3)
    assert plan.cost_cny == pytest.approx(plan.plan_cost_cny, abs=1e-3)
    assert plan.sites[0].generated_mw == pytest.approx([0.0, 2.0, 0.0], abs=1e-6)
    assert plan.sites[0].discharged_mw[2] == pytest.approx(0.5, abs=1e-5)


def test_the_program_reads_as_written() -> None:
    jobs = table([{"due_h": 2.0}, {"of": SLOW, "home": 1, "due_h": 3.0}, {"of": HOME, "home": 1, "due_h": 3.0}])
    asked = question(
        jobs,
        [
            site("a", [100.0, 90.0, 80.0], overhead_slope=[0.1, 0.2, 0.3], import_mw_max=5.0, it_mw_max=4.0),
            site("b", [70.0, 60.0, 50.0], firm_it_mw=0.5, demand_charge_cny_per_mw=40.0, peak_mw_so_far=1.0),
        ],
    )

    written = build(asked, work_of(asked)).program.as_text()

    expected = GOLDEN / "day_ahead.lp"
    if not expected.exists():
        expected.write_text(written, encoding="utf-8")
        pytest.fail(f"{expected.name} was not there and is written now: read it, then run again")
    assert written == expected.read_text(encoding="utf-8")


def played(asked: DispatchQuestion, plan: DayPlan) -> None:
    """The replay of the schedule does what the plan says, power by power."""
    sites = tuple(
        SiteTruth(
            name=one.name,
            price_cny_per_mwh=one.import_price_cny_per_mwh,
            carbon_kg_per_mwh=one.carbon_kg_per_mwh,
            firm_it_mw=one.firm_it_mw,
            overhead_fixed_mw=one.overhead_fixed_mw,
            overhead_slope=one.overhead_slope,
            it_mw_max=one.it_mw_max,
        )
        for one in asked.sites
    )
    truth = ReplayQuestion(axis=asked.axis, sites=sites, jobs=asked.jobs, latency_ms=asked.latency_ms)
    result = replay(truth, plan.segments, policy="plan")
    assert result.deadline_misses == plan.deadline_misses == 0
    assert result.it_mw == pytest.approx(np.array([day.it_mw for day in plan.sites]), abs=1e-9)
    assert result.cost_cny == pytest.approx(plan.costs_cny["energy"], rel=1e-9)


def test_the_replay_of_a_plan_draws_what_the_plan_says() -> None:
    chance = np.random.default_rng(2)
    rows = [
        {
            "of": (FLUID, SLOW, RIGID)[k % 3],
            "home": k % 2,
            "arrive_h": float(chance.uniform(0, 12)),
            "run_h": float(chance.uniform(0.2, 4)),
            "mw": float(chance.uniform(0.05, 0.3)),
            "gpus": 8.0,
            "move_gb": 500.0,
        }
        for k in range(60)
    ]
    rows = [row | {"due_h": row["arrive_h"] + row["run_h"] + float(chance.choice([0.0, 1.0, 6.0]))} for row in rows]
    quarter = 24 * 4
    sites = [site(name, list(chance.uniform(200, 500, quarter)), it_mw_max=4.0) for name in ("a", "b")]
    asked = question(table(rows), sites, step_minutes=15)

    plan = plan_day(asked)

    assert plan.cap_excess_mwh == 0.0
    played(asked, plan)
