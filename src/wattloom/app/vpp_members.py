"""Who is in the pool on the day: what each would draw, and can give? Computing members by their single jobs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from wattloom.app.dispatch_day import replay_question
from wattloom.app.dispatch_inputs import dispatch_inputs
from wattloom.assets.kinds.pool.pool import staggered
from wattloom.assets.kinds.pool.reach import Giver, Reach
from wattloom.dispatch.accounts import it_mw_of
from wattloom.dispatch.day_ahead import plan_day
from wattloom.dispatch.offer import OfferSite
from wattloom.dispatch.policies import PUBLISHED, Known, schedule
from wattloom.dispatch.pool_computing import ComputingPlant, frozen, mean_by_period
from wattloom.dispatch.project import DispatchProject, Window
from wattloom.domain.jobs import SECONDS_PER_HOUR
from wattloom.domain.text import Text
from wattloom.domain.time import TimeAxis
from wattloom.twin.replay import replay

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wattloom.dispatch.grid_events import EventPlan
    from wattloom.dispatch.pool_project import ComputingEntry, PoolProject
    from wattloom.dispatch.question import DispatchQuestion
    from wattloom.domain.jobs import Segments

WARM_UP_DAYS = 1
STEP_MINUTES: Literal[15] = 15
AT_ONCE = "run_at_once"


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """The members of a pool at an event."""

    window: TimeAxis
    givers: tuple[Giver, ...]
    out: Mapping[str, Text]
    """Why a member stays out."""
    baseline_mw: Mapping[str, NDArray[np.float64]]
    """What each would draw, as planned before the notice."""
    plants: Mapping[str, Plant]
    notes: tuple[Text, ...]

    @property
    def reach(self) -> Reach:
        """All courses that they can follow together."""
        return Reach.of(self.givers, step_hours=self.window.step_hours, periods=self.window.count)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """A computing member, and how its jobs are replayed."""

    computing: ComputingPlant
    question: DispatchQuestion

    def delivered(
        self, window: TimeAxis, given_mw: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], EventPlan | None]:
        """What it really draws less, played job by job by the twin, and the plan that it was told."""
        plan = self.computing.held(window, given_mw)
        done = replay(replay_question(self.question), self.computing.schedule(plan), policy="pool")
        drawn = mean_by_period(done.axis, done.draw_mw[0], window)
        return self.computing.baseline_mw(window) - drawn, plan


def crew(project: PoolProject, *, folder: Path) -> Crew:
    """Everybody's baseline and what each can give, or why not."""
    window = project.event.window
    plain = project.plain
    found = plain.answers(window)
    plants = {name: _plant(name, entry, project, folder) for name, entry in project.computing.items()}
    givers: list[Giver] = []
    out = dict(found.out)
    for name, plant in plants.items():
        one = plant.computing.giver(window, cost_cny_per_mwh=project.computing[name].cost_cny_per_mwh)
        if project.event.direction == "up" or not one.rate_mw.any():
            out[name] = NOTHING
        else:
            givers.append(one)
    bases = {name: plant.computing.baseline_mw(window) for name, plant in plants.items()}
    notes = tuple(dict.fromkeys(note for name in plants for note in (_computing_note(project.computing[name]),)))
    return Crew(
        window=window,
        givers=staggered([*givers, *found.givers], step_hours=window.step_hours),
        out=out,
        baseline_mw={**bases, **plain.baseline_mw(window)},
        plants=plants,
        notes=notes,
    )


def reported(givers: Sequence[Giver], rate_mw: NDArray[np.float64], energy_mwh: NDArray[np.float64]) -> list[Giver]:
    """Givers as they turn out: rates of shape (giver, period), energies of shape (giver,)."""
    return [
        replace(one, rate_mw=rate, energy_mwh=float(energy))
        for one, rate, energy in zip(givers, rate_mw, energy_mwh, strict=True)
    ]


def _plant(name: str, entry: ComputingEntry, project: PoolProject, folder: Path) -> Plant:
    """The site's jobs from the day before on, what would run, and what that draws minute by minute."""
    zone, event = project.zone, project.event
    first = datetime.combine(event.instant.astimezone(zone).date() - timedelta(days=WARM_UP_DAYS), time(), tzinfo=zone)
    days = (event.window.end.astimezone(zone).date() - first.date()).days + 1
    asked = DispatchProject(
        name=name,
        window=Window(start=first.isoformat(), days=days, step_minutes=STEP_MINUTES),
        sites={name: replace(entry.site, assets={})},
        classes=entry.classes,
        jobs=entry.jobs,
    )
    question = dispatch_inputs(asked, folder=folder).question
    planned = plan_day(question).segments if entry.schedule == "plan" else _at_once(question)
    site = question.sites[0]
    slope, firm = float(np.min(site.overhead_slope)), site.firm_it_mw * (1.0 + site.overhead_slope)
    minutes = TimeAxis(question.axis.start, 1, question.axis.count * question.axis.step_minutes)
    repeat = question.axis.step_minutes
    fixed = np.repeat(firm + site.overhead_fixed_mw, repeat)
    it_mw = it_mw_of(planned, question.jobs, np.arange(0.0, 60.0 * minutes.count + 1.0, 60.0))[0]
    power = fixed + it_mw * (1.0 + np.repeat(site.overhead_slope, repeat))
    computing = ComputingPlant(
        name=name,
        jobs=question.jobs,
        planned=planned,
        baseline=frozen(
            minutes,
            power,
            known_at=event.window.start - timedelta(minutes=event.notice_minutes),
            source=f"plan of {name}, logged before the notice",
        ),
        site=OfferSite(
            name=name,
            draw_mw_per_it_mw=1.0 + slope,
            firm_mw=_firm_mw(fixed, minutes, event.window),
            it_mw_max=entry.site.it_mw,
        ),
        ramp_minutes=entry.ramp_minutes,
    )
    return Plant(computing=computing, question=question)


def _firm_mw(fixed_mw: NDArray[np.float64], minutes: TimeAxis, window: TimeAxis) -> float:
    """What no job draws, by the most of the event: no answer counts on less."""
    return float(mean_by_period(minutes, fixed_mw, window).max())


def _at_once(question: DispatchQuestion) -> Segments:
    """Each job as it arrives."""
    flat = np.zeros((len(question.sites), question.axis.count))
    known = Known(values=flat, step_s=question.axis.step_hours * SECONDS_PER_HOUR)
    return schedule(question.jobs, PUBLISHED[AT_ONCE], known)


def _computing_note(entry: ComputingEntry) -> Text:
    """Where the baseline of computing comes from."""
    return PLANNED if entry.schedule == "plan" else UNPLANNED


NOTHING = Text("none of its jobs can be lowered for so long", "无作业可在整个事件期间降功率")
PLANNED = Text(
    "The baseline of computing members is their day-ahead plan, frozen with its hash before the notice; jobs that "
    "arrive later are taken as foreseen.",
    "算力成员基线为通知前冻结（附哈希）的日前排程；其后到达的作业视为已预知。",
)
UNPLANNED = Text(
    "The baseline of computing members is every job run as it arrives, frozen with its hash before the notice; jobs "
    "that arrive later are taken as foreseen.",
    "算力成员基线为作业即到即运行的排程，通知前冻结（附哈希）；其后到达的作业视为已预知。",
)
