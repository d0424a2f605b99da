"""A day of two sites and ten jobs made up for these tests, every figure small enough to be worked by hand.

Jiangsu pays 480 CNY/MWh from 8 to 22 and 300 at night; Ningxia pays 210 from 10 to 16 and 350 else. Four fine-tuning
jobs of Jiangsu (5 MW for 6 h each, 120 MWh in all) come at 6 and run in Ningxia from 10 to 16 as planned. Two
pretraining jobs (4 MW for 4 h each, 32 MWh in all) come at 16 and wait at home until 22; the second runs at half power.
Four evaluations of Ningxia (1 MW, 1 h) run as they come.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from wattloom.app.flexibility_assess import FlexibilityAssessment
from wattloom.app.replay_answer import DispatchReplay
from wattloom.dispatch.answer import DispatchDay, Saving
from wattloom.dispatch.offer import Direction, FlexibilityOffer, OfferLine, OfferTerms
from wattloom.dispatch.project import DispatchProject, JobClassEntry, JobsEntry, Links, SiteEntry, Window
from wattloom.dispatch.question import DayPlan, DispatchQuestion, DispatchSite, SiteDay
from wattloom.domain.jobs import JobClass, Jobs, Segments
from wattloom.domain.text import Text
from wattloom.domain.time import TimeAxis
from wattloom.domain.weather import Place
from wattloom.domain.workloads import WorkloadKind
from wattloom.edge.reports.dispatch_page import dispatch_page
from wattloom.solve.lp import SolveReport
from wattloom.twin.result import ClassResult, ReplayResult

STEP_MINUTES, WINDOW_PERIODS, PERIODS = 30, 48, 64
START = datetime(2027, 2, 28, 16, tzinfo=UTC)
"""Midnight of the first of March in China."""
HOUR = 3600.0
OVERHEAD, FIXED_MW = 0.1, 1.0
PLACES = {
    "jiangsu": Place(
        latitude_deg=31.3, longitude_deg=120.6, altitude_m=5, time_zone="Asia/Shanghai", name="Suzhou park"
    ),
    "ningxia": Place(latitude_deg=37.5, longitude_deg=105.2, altitude_m=1225, time_zone="Asia/Shanghai"),
}
CLASSES = (
    JobClass(name="pretraining", kind=WorkloadKind.TRAINING, least_power=0.5, latency_ms_max=0.0),
    JobClass(name="fine_tuning", kind=WorkloadKind.BATCH, loss_cost_cny_per_gpu_hour=12.0),
    JobClass(name="night tests", kind=WorkloadKind.BATCH, interruptible=False, latency_ms_max=20.0),
)
REPORT = SolveReport(
    method="hipo → simplex in a box", cpu_s=0.8, wall_s=0.9, gap=2e-9, max_violation=3e-8, rows=900, columns=1200,
    nonzeros=5000,
)  # fmt: skip


def _project(name: str) -> DispatchProject:
    return DispatchProject(
        name=name,
        window=Window(start="2027-03-01T00:00+08:00", days=1, step_minutes=STEP_MINUTES),
        sites={key: SiteEntry(place=place, it_mw=40.0, territory=key, firm_it_mw=2.0) for key, place in PLACES.items()},
        classes={
            "pretraining": JobClassEntry(kind=WorkloadKind.TRAINING, window_hours=10.0, least_power=0.5),
            "fine_tuning": JobClassEntry(kind=WorkloadKind.BATCH, window_hours=12.0, latency_ms_max=None),
            "night tests": JobClassEntry(kind=WorkloadKind.BATCH, interruptible=False, latency_ms_max=20.0),
        },
        jobs=JobsEntry(file="jobs.csv"),
        links=Links(latency_ms={"jiangsu": {"ningxia": 35.0}}, migration_cost_cny_per_mwh=8.0),
        carbon_price_cny_per_t=80.0,
        notes=("Prices are assumed.",),
    )


def _jobs() -> Jobs:
    """Sorted by arrival: evaluations at 1, 2, 3 and 4; fine-tuning at 6; pretraining at 16."""
    arrive_h = np.array([1.0, 2.0, 3.0, 4.0, 6.0, 6.0, 6.0, 6.0, 16.0, 16.0])
    run_h = np.array([1.0] * 4 + [6.0] * 4 + [4.0] * 2)
    wait_h = np.array([4.0] * 4 + [12.0] * 4 + [12.0] * 2)
    return Jobs(
        start=START,
        classes=CLASSES,
        sites=tuple(PLACES),
        id=np.array([f"eval-{i}" for i in range(4)] + [f"tune-{i}" for i in range(4)] + ["pre-0", "pre-1"]),
        class_index=np.array([2] * 4 + [1] * 4 + [0] * 2),
        home=np.array([1] * 4 + [0] * 6),
        arrive_s=arrive_h * HOUR,
        due_s=(arrive_h + run_h + wait_h) * HOUR,
        run_s=run_h * HOUR,
        power_mw=np.array([1.0] * 4 + [5.0] * 4 + [4.0] * 2),
        gpus=np.array([1024.0] * 4 + [8192.0] * 4 + [4096.0] * 2),
        nodes=np.zeros(10, dtype=np.int64),
        move_gb=np.zeros(10),
    )


def _segments(rows: list[tuple[int, int, float, float, float]]) -> Segments:
    """From (job, site, first hour, last hour, level)."""
    job, site, start_h, end_h, level = (np.array(column) for column in zip(*rows, strict=True))
    return Segments(
        job=job.astype(np.int64),
        site=site.astype(np.int64),
        start_s=start_h * HOUR,
        end_s=end_h * HOUR,
        level=level.astype(float),
        dead_s=np.zeros(len(rows)),
    )


AS_THEY_COME = [(job, 1, job + 1.0, job + 2.0, 1.0) for job in range(4)]
AT_ONCE = [
    *AS_THEY_COME,
    *((job, 0, 6.0, 12.0, 1.0) for job in range(4, 8)),
    (8, 0, 16.0, 20.0, 1.0),
    (9, 0, 16.0, 20.0, 1.0),
]
PLANNED = [
    *AS_THEY_COME,
    *((job, 1, 10.0, 13.0, 1.0) for job in range(4, 8)),
    *((job, 1, 13.0, 16.0, 1.0) for job in range(4, 8)),
    (8, 0, 22.0, 26.0, 1.0),
    (9, 0, 22.0, 30.0, 0.5),
]


def _between(first_h: float, last_h: float, inside: float, outside: float) -> np.ndarray:
    hour = (np.arange(PERIODS) * STEP_MINUTES / 60) % 24
    return np.where((hour >= first_h) & (hour < last_h), inside, outside)


def _sites() -> tuple[DispatchSite, ...]:
    prices = {"jiangsu": _between(8, 22, 480.0, 300.0), "ningxia": _between(10, 16, 210.0, 350.0)}
    full = np.ones(PERIODS)
    return tuple(
        DispatchSite(
            name=name,
            place=PLACES[name],
            import_price_cny_per_mwh=prices[name],
            carbon_kg_per_mwh=carbon * full,
            it_mw_max=40.0 * full,
            firm_it_mw=2.0 * full,
            overhead_fixed_mw=FIXED_MW * full,
            overhead_slope=OVERHEAD * full,
            import_mw_max=np.inf * full,
            demand_charge_cny_per_mw=10.0,
        )
        for name, carbon in (("jiangsu", 600.0), ("ningxia", 500.0))
    )


def _day_plan(rows: list[tuple[int, int, float, float, float]], jobs: Jobs, *, stores: bool) -> DayPlan:
    """The schedule's powers, counted half-hour by half-hour and job by job."""
    axis = TimeAxis(START, STEP_MINUTES, PERIODS)
    flexible = np.zeros((2, PERIODS))
    for job, site, first_h, last_h, level in rows:
        flexible[site, int(2 * first_h) : int(2 * last_h)] += level * jobs.power_mw[job]
    none, days = np.zeros(PERIODS), []
    for index, site in enumerate(_sites()):
        here = stores and index == 1
        charged = np.where(_between(12, 14, 1.0, 0.0) > 0, 2.0, 0.0) if here else none
        discharged = np.where(_between(18, 20, 1.0, 0.0) > 0, 2.0, 0.0) if here else none
        it = flexible[index] + 2.0
        draw = it * (1 + OVERHEAD) + FIXED_MW
        imported = draw + charged - discharged
        days.append(
            SiteDay(
                name=site.name,
                flexible_it_mw=flexible[index],
                it_mw=it,
                draw_mw=draw,
                import_mw=imported,
                export_mw=none,
                generated_mw=none,
                charged_mw=charged,
                discharged_mw=discharged,
                energy_cost_cny=float((imported * site.import_price_cny_per_mwh).sum() / 2),
                carbon_t=float((imported * site.carbon_kg_per_mwh).sum() / 2000),
                demand_charge_cny=10.0 * float(imported.max()),
                peak_import_mw=float(imported.max()),
            )
        )
    moved = 120.0 if stores else 0.0
    costs = {
        "energy": sum(day.energy_cost_cny for day in days),
        "demand_charge": sum(day.demand_charge_cny for day in days),
        "migration": 8.0 * moved,
        "carbon": 80.0 * sum(day.carbon_t for day in days),
        "deferral": 0.0,
    }
    return DayPlan(
        axis=axis,
        sites=tuple(days),
        segments=_segments(rows),
        cost_cny=sum(costs.values()),
        costs_cny=costs,
        plan_cost_cny=0.998 * sum(costs.values()),
        served_mw=np.zeros((2, 2, PERIODS)),
        deadline_misses=0,
        cap_excess_mwh=0.0,
        moved_mwh=moved,
        report=REPORT,
        split_cpu_s=0.02,
    )


@pytest.fixture(scope="session")
def made() -> Callable[..., DispatchDay]:
    """A day with other values in place."""

    def make(name: str = "Two sites", **changed: Any) -> DispatchDay:
        jobs = _jobs()
        question = DispatchQuestion(
            axis=TimeAxis(START, STEP_MINUTES, PERIODS),
            sites=_sites(),
            jobs=jobs,
            latency_ms=np.array([[0.0, 35.0], [35.0, 0.0]]),
            migration_cost_cny_per_mwh=np.array([[0.0, 8.0], [8.0, 0.0]]),
            carbon_price_cny_per_t=80.0,
        )
        plan, at_once = _day_plan(PLANNED, jobs, stores=True), _day_plan(AT_ONCE, jobs, stores=False)
        saved = at_once.cost_cny - plan.cost_cny
        day = DispatchDay(
            project=_project(name),
            question=question,
            arrivals_end=WINDOW_PERIODS,
            plan=plan,
            at_once=at_once,
            saving=Saving(
                saved_cny=saved,
                low_cny=0.8 * saved,
                high_cny=1.25 * saved,
                share=saved / at_once.cost_cny,
                confidence=0.9,
                blocks=10,
                of=Text("jobs", "作业"),
            ),
            notes=(Text("Prices are assumed.", "电价为假设值。"),),
            provenance={"wattloom": "0.1", "jobs.csv sha256": "ab" * 32},
        )
        return replace(day, **changed)

    return make


@pytest.fixture(scope="session")
def day(made: Callable[..., DispatchDay]) -> DispatchDay:
    """The day."""
    return made()


@pytest.fixture(scope="session")
def page(day: DispatchDay) -> str:
    """Its report."""
    return dispatch_page(day)


def _replayed(day: DispatchDay, policy: str, plan: DayPlan, waits: tuple[float, float, float]) -> ReplayResult:
    """A replay in which just what a plan says came true; mean waits of pretraining, fine-tuning and evaluation."""
    none = np.zeros(len(day.question.jobs))
    counts, energies = {"pretraining": 2, "fine_tuning": 4, "night tests": 4}, (32.0, 120.0, 4.0)
    return ReplayResult(
        policy=policy,
        axis=plan.axis,
        site_names=tuple(PLACES),
        it_mw=np.array([site.it_mw for site in plan.sites]),
        draw_mw=np.array([site.draw_mw for site in plan.sites]),
        energy_mwh=sum(float(site.draw_mw.sum()) / 2 for site in plan.sites),
        cost_cny=plan.cost_cny,
        carbon_t=sum(site.carbon_t for site in plan.sites),
        deadline_misses=0,
        jobs=10,
        done=10,
        still_open=0,
        migrations=4 if plan.moved_mwh else 0,
        moves_failed=0,
        restarts_failed=0,
        pauses=0,
        refused={"too late": 1},
        cap_excess_mwh=0.0,
        events=40,
        started_s=none,
        finish_s=none,
        left_s=none,
        job_cost_cny=none,
        job_carbon_kg=none,
        classes=tuple(
            ClassResult(
                name=name,
                jobs=count,
                done=count,
                deadline_misses=0,
                waited_hours_mean=wait,
                waited_hours_p95=wait,
                gpu_hours=1000.0 * energy,
                energy_mwh=energy,
                work_kept=1.0 if name != "night tests" else float("nan"),
            )
            for (name, count), wait, energy in zip(counts.items(), waits, energies, strict=True)
        ),
        segments=plan.segments,
        notes={},
    )


@pytest.fixture(scope="session")
def replay(day: DispatchDay) -> DispatchReplay:
    """The day's two schedules as replays, and a third that costs more than the first."""
    first = _replayed(day, "run at once", day.at_once, (0.0, 0.0, 0.0))
    second = _replayed(day, "day ahead", day.plan, (6.0, 4.0, 0.0))
    third = replace(second, policy="my own rule", cost_cny=first.cost_cny + 1000.0)
    worse = replace(day.saving, saved_cny=-1000.0, low_cny=-2500.0, high_cny=600.0, share=-0.006)
    return DispatchReplay(
        project=day.project,
        axis=day.plan.axis,
        jobs=day.question.jobs,
        import_price_cny_per_mwh=np.array([site.import_price_cny_per_mwh for site in day.question.sites]),
        carbon_kg_per_mwh=np.array([site.carbon_kg_per_mwh for site in day.question.sites]),
        results=(first, second, third),
        savings=(day.saving, worse),
        notes=(Text("Forecasts are without error.", "预测无误差。"),),
        provenance={"wattloom": "0.1"},
    )


NOTICES_MINUTES, DURATIONS_HOURS = (10.0, 120.0), (0.25, 1.0, 4.0)


def _line(site: str, direction: Direction, notice: float, hours: float, mw: float) -> OfferLine:
    """One line; a MWh costs 90 CNY, three quarters of an hour's notice would change nothing."""
    return OfferLine(
        site=site,
        direction=direction,
        notice_minutes=notice,
        duration_hours=hours,
        mw=mw,
        share_of_power=mw / 20.0,
        mw_mean=1.2 * mw,
        mw_least=0.5 * mw,
        starts=48,
        cost_cny_per_mwh=90.0 if mw else None,
        deferred_gpu_hours_per_mwh=1500.0 if mw else 0.0,
        lost_gpu_hours_per_mwh=0.0,
        cost_cny_per_deferred_gpu_hour=0.06 if mw else None,
        cost_cny_per_lost_gpu_hour=None,
        rebound_share_max=1.02,
        make_up_hours=2.5,
        limited_by="deadline" if mw else "presence",
        kept_least={"pretraining": 0.5, "fine_tuning": 0.0},
    )


@pytest.fixture(scope="session")
def offer(day: DispatchDay) -> FlexibilityAssessment:
    """Ningxia can lower 8, 6 and 3 MW for a quarter, one and four hours, twice that with two hours' notice."""
    lines = [
        _line(site, direction, notice, hours, mw * (1.0 if notice < 60 else 2.0))
        for site, direction, powers in (
            ("jiangsu", "down", (0.0, 0.0, 0.0)),
            ("ningxia", "down", (8.0, 6.0, 3.0)),
            ("ningxia", "up", (4.0, 2.0, 1.0)),
        )
        for notice in NOTICES_MINUTES
        for hours, mw in zip(DURATIONS_HOURS, powers, strict=True)
    ]
    return FlexibilityAssessment(
        project=day.project,
        offer=FlexibilityOffer(
            axis=day.plan.axis,
            terms=OfferTerms(notices_minutes=NOTICES_MINUTES, durations_hours=DURATIONS_HOURS),
            lines=tuple(lines),
        ),
        baseline_mw=np.array([site.draw_mw for site in day.plan.sites]),
        baseline_said=Text("The plan of the day.", "当日计划。"),
        notes=(Text("Costs are assumed.", "成本为假设值。"),),
        provenance={"wattloom": "0.1"},
    )
