"""How would the same jobs have fared, one by one, under the literature's policies and under our own plan?"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from wattloom import __version__
from wattloom.app.dispatch_day import JOBS, prices, replay_question, step_s
from wattloom.app.dispatch_inputs import DispatchInputs, dispatch_inputs
from wattloom.app.dispatch_outlook import Forecasts
from wattloom.app.replay_answer import DispatchReplay
from wattloom.dispatch.answer import Saving, cost_by_job_cny, saving_of_blocks
from wattloom.dispatch.day_ahead import plan_day
from wattloom.dispatch.intraday import RollingDispatch
from wattloom.dispatch.policies import PUBLISHED, Known, Revised, Signal, schedule
from wattloom.domain.errors import InputError
from wattloom.domain.jobs import SECONDS_PER_HOUR
from wattloom.domain.ports import Silent
from wattloom.domain.series import Revisions
from wattloom.domain.text import Text
from wattloom.twin.replay import Keeping, replay
from wattloom.twin.saving import Checkpoint
from wattloom.twin.sites import Mishaps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.dispatch.project import DispatchProject
    from wattloom.dispatch.question import DispatchQuestion, DispatchSite
    from wattloom.domain.jobs import Segments
    from wattloom.domain.ports import Controller, Progress
    from wattloom.twin.result import ReplayResult

AT_ONCE, PLANNED, ROLLING = "run_at_once", "plan", "rolling"
SECONDS_PER_DAY = 24 * SECONDS_PER_HOUR
DAYS_MANY = 10
"""From so many days of arrivals on, the interval of a saving is drawn over days: jobs of a day share its prices."""
SALT = 1
"""The mishaps of a replay are drawn apart from its jobs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which policies are replayed, and what goes wrong in the replay."""

    policies: tuple[str, ...] = ()
    """Keys; empty: all of them."""
    move_fails: float = 0.0
    """Probability that a move fails."""
    restart_fails: float = 0.0
    """Probability that a restart fails and must be tried again."""
    forecasts: Forecasts = field(default_factory=dict)
    """Forecast files that the project names, by their path."""


def policy_keys() -> tuple[str, ...]:
    """Policies that can be replayed.

    Those of the literature; `plan`, the day-ahead program over all sites; `rolling`, the same program anew at each
    look, with what is foreseen then.
    """
    return (*PUBLISHED, PLANNED, ROLLING)


def dispatch_replay(
    project: DispatchProject,
    *,
    folder: Path,
    asked: Asked | None = None,
    progress: Progress | None = None,
    checkpoint: Callable[[str], Checkpoint] | None = None,
    source: bytes = b"",
) -> DispatchReplay:
    """The same jobs under each policy, the first being run at once; with `checkpoint`, a killed replay goes on.

    Where the project names forecasts, policies see what was out when they decide, and the replay what came true.
    """
    told, wanted = progress or Silent(), asked or Asked()
    told.step("jobs, prices and sites", done=0.02)
    inputs = dispatch_inputs(project, folder=folder, forecasts=wanted.forecasts, again=True)
    keys = _keys(wanted.policies, foreseen=inputs.outlook is not None)
    question = inputs.happened()
    mishaps = Mishaps(move_fails=wanted.move_fails, restart_fails=wanted.restart_fails, seed=project.jobs.seed + SALT)
    truth = replace(replay_question(question), mishaps=mishaps)
    results = []
    for number, key in enumerate(keys):
        part = _Part(told, begin=0.05 + 0.9 * number / len(keys), width=0.9 / len(keys))
        part.step(key, done=0.0)
        # The rolling plan remembers more than it is shown: killed, it begins anew.
        keeping = Keeping(checkpoint=checkpoint(key)) if checkpoint and key != ROLLING else None
        results.append(replay(truth, _decided_by(key, inputs), policy=key, progress=part, keeping=keeping))
    return DispatchReplay(
        project=project,
        axis=question.axis,
        jobs=question.jobs,
        import_price_cny_per_mwh=np.array([site.import_price_cny_per_mwh for site in question.sites]),
        carbon_kg_per_mwh=np.array([site.carbon_kg_per_mwh for site in question.sites]),
        results=tuple(results),
        savings=tuple(_savings(question, results, days=project.window.days)),
        notes=_notes(inputs),
        provenance={"wattloom": __version__, "sha256 project": hashlib.sha256(source).hexdigest()},
    )


def _notes(inputs: DispatchInputs) -> tuple[Text, ...]:
    """What a reader must know: of the inputs, of gaps in the truth, and of what the replay leaves out."""
    gaps = inputs.outlook.gaps() if inputs.outlook else ()
    own = (LEFT_OUT,) if any(site.assets for site in inputs.question.sites) else ()
    return (*inputs.notes, *gaps, *own)


def _keys(asked: tuple[str, ...], *, foreseen: bool) -> tuple[str, ...]:
    """The policies to replay, what they are compared with first; the rolling plan unasked where there are forecasts."""
    unknown = [key for key in asked if key not in policy_keys()]
    if unknown:
        raise InputError.one(
            "policies",
            found=", ".join(unknown),
            expected=f"some of {', '.join(policy_keys())}",
            remedy="correct the names, or leave the option away for all",
        )
    chosen = asked or tuple(key for key in policy_keys() if foreseen or key != ROLLING)
    return (AT_ONCE, *(key for key in chosen if key != AT_ONCE))


def _decided_by(key: str, inputs: DispatchInputs) -> Segments | Controller:
    """The schedule of a policy, or who decides on the way; the published ones follow price and carbon at home."""
    question = inputs.question
    if key == PLANNED:
        return plan_day(question).segments
    if key == ROLLING:
        return RollingDispatch(question, foreseen=None if inputs.outlook is None else _Renewed(inputs))
    return schedule(question.jobs, PUBLISHED[key], signal_of(inputs))


def signal_of(inputs: DispatchInputs) -> Signal:
    """Price with carbon as foreseen: known from the start, or renewed with each issue."""
    question, outlook = inputs.question, inputs.outlook
    if outlook is None:
        return Known(values=prices(question), step_s=step_s(question))
    axis, issues = question.axis, outlook.issues_s
    instants = axis.instants()
    versions = np.array([prices(replace(question, sites=inputs.sites_at(now_s))) for now_s in issues])
    about = instants.append([instants] * (issues.size - 1))
    known_at = (axis.start + pd.to_timedelta(issues, unit="s")).repeat(axis.count)
    return Revised(
        axis=axis,
        sites=[
            Revisions(
                about=about,
                known_at=known_at,
                values=versions[:, place].ravel(),
                unit="CNY/MWh",
                source=f"forecasts for {site.name}",
            )
            for place, site in enumerate(question.sites)
        ],
    )


class _Renewed:
    """The sites as foreseen, built anew when something new is out."""

    def __init__(self, inputs: DispatchInputs) -> None:
        """Begin with what is foreseen as the window begins."""
        self._inputs = inputs
        self._issues_s = np.zeros(1) if inputs.outlook is None else inputs.outlook.issues_s
        self._issue, self._sites = 0, inputs.sites_at(0.0)

    def __call__(self, now_s: float) -> Sequence[DispatchSite]:
        """The sites of an instant."""
        issue = max(int(np.searchsorted(self._issues_s, now_s, side="right")) - 1, 0)
        if issue != self._issue:
            self._issue, self._sites = issue, self._inputs.sites_at(float(self._issues_s[issue]))
        return self._sites


def _savings(question: DispatchQuestion, results: list[ReplayResult], *, days: int) -> Iterator[Saving]:
    """What each policy saves against the first, in energy, carbon at its price, and migration."""
    costs = [cost_by_job_cny(question, result.segments) for result in results]
    of, blocks = (JOBS, None) if days < DAYS_MANY else (DAYS, question.jobs.arrive_s // SECONDS_PER_DAY)
    for cost in costs[1:]:
        yield saving_of_blocks(_summed(costs[0], blocks), _summed(cost, blocks), of=of)


def _summed(cost: NDArray[np.float64], blocks: NDArray[np.float64] | None) -> NDArray[np.float64]:
    """Costs of jobs, or their sums by block."""
    return cost if blocks is None else np.asarray(np.bincount(blocks.astype(np.int64), weights=cost), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class _Part:
    """One replay's part of the whole progress."""

    whole: Progress
    begin: float
    width: float

    def step(self, message: str, *, done: float | None = None) -> None:
        """Say how far the whole is."""
        self.whole.step(message, done=None if done is None else self.begin + self.width * done)


DAYS = Text("days", "日")
LEFT_OUT = Text(
    "The replay bills what is drawn at the price of drawing: plans count with own generation and stores, its bill does "
    "not.",
    "回放按下网电价计费：计划考虑自有电源与储能，回放账单不计。",
)
