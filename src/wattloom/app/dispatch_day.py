"""Which job runs when and where, and what does that save? From a dispatch project to a schedule for every job."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from wattloom import __version__
from wattloom.app.dispatch_inputs import DispatchInputs, dispatch_inputs
from wattloom.dispatch.answer import DispatchDay, cost_by_job_cny, saving_of_blocks
from wattloom.dispatch.day_ahead import Planned, counted, plan_day
from wattloom.dispatch.policies import Known, RunAtOnce, schedule
from wattloom.domain.jobs import SECONDS_PER_HOUR
from wattloom.domain.ports import Silent
from wattloom.domain.text import Text
from wattloom.twin.replay import replay
from wattloom.twin.sites import ReplayQuestion, SiteTruth

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.app.dispatch_outlook import Forecasts
    from wattloom.dispatch.project import DispatchProject
    from wattloom.dispatch.question import DayPlan, DispatchQuestion, DispatchSite
    from wattloom.domain.ports import Progress

AT_ONCE = "run_at_once"
KG_PER_T = 1000.0


def dispatch_day(
    project: DispatchProject,
    *,
    folder: Path,
    forecasts: Forecasts | None = None,
    progress: Progress | None = None,
    source: bytes = b"",
) -> DispatchDay:
    """The cheapest schedule that keeps every promise, beside running each job at home as soon as it comes.

    `folder` is where the files that the project names lie, `forecasts` the forecast files among them; `source` the
    bytes of the project file, for provenance. What is forecast counts as it was foreseen when the window begins.
    """
    told = progress or Silent()
    told.step("jobs, prices and sites", done=0.02)
    inputs = dispatch_inputs(project, folder=folder, forecasts=forecasts)
    question = inputs.question
    told.step(f"plan {len(question.jobs):,} jobs over {len(question.sites)} sites", done=0.1)
    plan = plan_day(question)
    told.step("the same jobs, each as soon as it comes", done=0.7)
    at_once = at_once_plan(inputs, plan)
    told.step("how sure is the saving", done=0.9)
    before, after = (cost_by_job_cny(question, found.segments) for found in (at_once, plan))
    saving = saving_of_blocks(before, after, of=JOBS)
    return DispatchDay(
        project=project,
        question=question,
        arrivals_end=inputs.arrivals_end,
        plan=plan,
        at_once=at_once,
        saving=saving,
        notes=inputs.notes,
        provenance={"wattloom": __version__, "sha256 project": hashlib.sha256(source).hexdigest()},
    )


def at_once_plan(inputs: DispatchInputs, like: DayPlan) -> DayPlan:
    """Each job at home as soon as it comes and machines are free; the sites' stores serve it as best they can."""
    question = inputs.question
    truth = replay_question(question)
    asked = schedule(question.jobs, RunAtOnce(), Known(values=prices(question), step_s=step_s(question)))
    played = replay(truth, asked, policy=AT_ONCE)
    nothing = Planned(
        cost_cny=float("nan"), served_mw=np.zeros_like(like.served_mw), report=like.report, split_cpu_s=0.0
    )
    return counted(question, played.segments, plan=nothing)


def replay_question(question: DispatchQuestion) -> ReplayQuestion:
    """The same sites and jobs for a replay, with as many GPUs as the power left by firm work runs."""
    jobs = question.jobs
    mw_per_gpu = float(np.sum(jobs.power_mw) / max(np.sum(jobs.gpus), 1e-9))
    sites = tuple(
        SiteTruth(
            name=site.name,
            price_cny_per_mwh=site.import_price_cny_per_mwh,
            carbon_kg_per_mwh=site.carbon_kg_per_mwh,
            firm_it_mw=site.firm_it_mw,
            overhead_fixed_mw=site.overhead_fixed_mw,
            overhead_slope=site.overhead_slope,
            it_mw_max=site.it_mw_max,
            gpus=site.gpus if site.gpus is not None else _free_mw(site) / mw_per_gpu,
            nodes=site.nodes,
        )
        for site in question.sites
    )
    return ReplayQuestion(axis=question.axis, sites=sites, jobs=jobs, latency_ms=question.latency_ms)


def prices(question: DispatchQuestion) -> NDArray[np.float64]:
    """What a MWh drawn costs with its carbon, shape (site, period)."""
    carbon = question.carbon_price_cny_per_t / KG_PER_T
    return np.array([site.import_price_cny_per_mwh + carbon * site.carbon_kg_per_mwh for site in question.sites])


def step_s(question: DispatchQuestion) -> float:
    """Length of a period in seconds."""
    return question.axis.step_hours * SECONDS_PER_HOUR


def _free_mw(site: DispatchSite) -> float:
    """Power that firm work leaves, at its least."""
    return float(np.min(site.it_mw_max - site.firm_it_mw))


JOBS = Text("jobs", "作业")
