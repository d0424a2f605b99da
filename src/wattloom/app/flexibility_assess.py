"""How many MW can a facility offer to the grid, how soon, how long, how surely, and at what cost?"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from wattloom import __version__
from wattloom.app.dispatch_inputs import dispatch_inputs
from wattloom.dispatch.day_ahead import plan_day
from wattloom.dispatch.offer import FlexibilityOffer, OfferSite, OfferTerms, assess
from wattloom.dispatch.project import DispatchProject
from wattloom.domain.ports import Silent
from wattloom.domain.text import Text
from wattloom.domain.time import TimeAxis

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.app.dispatch_outlook import Forecasts
    from wattloom.dispatch.question import DispatchSite
    from wattloom.domain.ports import Progress


WARM_UP_DAYS = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class FlexibilityAssessment:
    """The sheet that a VPP or a grid company asks for, with the project that it speaks of."""

    project: DispatchProject
    offer: FlexibilityOffer
    baseline_mw: NDArray[np.float64]
    """What each site draws if nothing is asked, at the meter, by period of `offer.axis`, shape (site, period)."""
    baseline_said: Text
    """Where the baseline comes from: a plan, a replay, a meter."""
    notes: tuple[Text, ...]
    provenance: Mapping[str, str]


def flexibility_assess(
    project: DispatchProject,
    *,
    folder: Path,
    forecasts: Forecasts | None = None,
    terms: OfferTerms | None = None,
    progress: Progress | None = None,
    source: bytes = b"",
) -> FlexibilityAssessment:
    """What can be offered around the planned schedule of the project's window."""
    told = progress or Silent()
    told.step("jobs, prices and sites", done=0.05)
    inputs = dispatch_inputs(_warmed_up(project), folder=folder, forecasts=forecasts)
    question = inputs.question
    told.step("the plan that events would change", done=0.15)
    plan = plan_day(question)
    told.step("what each hour could give", done=0.5)
    count = project.window.days * 24 * 60 // project.window.step_minutes
    axis = TimeAxis(project.window.instant, project.window.step_minutes, count)
    offer = assess(
        question.jobs,
        plan.segments,
        axis=axis,
        sites=tuple(_offer_site(site) for site in question.sites),
        terms=terms or OfferTerms(),
    )
    return FlexibilityAssessment(
        project=project,
        offer=offer,
        baseline_mw=np.array([site.draw_mw[inputs.arrivals_end - count : inputs.arrivals_end] for site in plan.sites]),
        baseline_said=PLANNED,
        notes=inputs.notes,
        provenance={"wattloom": __version__, "sha256 project": hashlib.sha256(source).hexdigest()},
    )


def _warmed_up(project: DispatchProject) -> DispatchProject:
    """The project with a day before its window, where jobs are drawn: a window must not begin with empty machines."""
    if project.jobs.file:
        return project
    start = project.window.instant - timedelta(days=WARM_UP_DAYS)
    return replace(
        project, window=replace(project.window, start=start.isoformat(), days=project.window.days + WARM_UP_DAYS)
    )


def _offer_site(site: DispatchSite) -> OfferSite:
    """A site as an offer sees it; overhead that does not follow the jobs is firm."""
    firm = site.firm_it_mw * (1.0 + site.overhead_slope) + site.overhead_fixed_mw
    return OfferSite(
        name=site.name,
        draw_mw_per_it_mw=1.0 + float(np.min(site.overhead_slope)),
        firm_mw=float(np.min(firm)),
        it_mw_max=float(np.min(site.it_mw_max - site.firm_it_mw)),
    )


PLANNED = Text(
    "The day-ahead plan of the window: what each site draws at its meter, overhead included, before its stores.",
    "窗口的日前计划：各站点计量点负荷（含附加能耗，未计储能充放）。",
)
