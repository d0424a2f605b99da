"""How would the same jobs have fared, one by one, under the literature's policies and under our own plan?"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from wattloom import __version__
from wattloom.app.dispatch_day import JOBS, prices, replay_question, step_s
from wattloom.app.dispatch_inputs import dispatch_inputs
from wattloom.app.replay_answer import DispatchReplay
from wattloom.dispatch.answer import Saving, cost_by_job_cny, saving_of_blocks
from wattloom.dispatch.day_ahead import plan_day
from wattloom.dispatch.policies import PUBLISHED, Known, schedule
from wattloom.domain.errors import InputError
from wattloom.domain.jobs import SECONDS_PER_HOUR
from wattloom.domain.ports import Silent
from wattloom.domain.text import Text
from wattloom.twin.replay import Keeping, replay
from wattloom.twin.saving import Checkpoint
from wattloom.twin.sites import Mishaps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.dispatch.project import DispatchProject
    from wattloom.dispatch.question import DispatchQuestion
    from wattloom.domain.jobs import Segments
    from wattloom.domain.ports import Progress
    from wattloom.twin.result import ReplayResult

AT_ONCE, PLANNED = "run_at_once", "plan"
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


def policy_keys() -> tuple[str, ...]:
    """Policies that can be replayed: those of the literature, and `plan`, the day-ahead program over all sites."""
    return (*PUBLISHED, PLANNED)


def dispatch_replay(
    project: DispatchProject,
    *,
    folder: Path,
    asked: Asked | None = None,
    progress: Progress | None = None,
    checkpoint: Callable[[str], Checkpoint] | None = None,
    source: bytes = b"",
) -> DispatchReplay:
    """The same jobs under each policy, the first being run at once; with `checkpoint`, a killed replay goes on."""
    told, wanted = progress or Silent(), asked or Asked()
    keys = _keys(wanted.policies)
    told.step("jobs, prices and sites", done=0.02)
    inputs = dispatch_inputs(project, folder=folder)
    question = inputs.question
    mishaps = Mishaps(move_fails=wanted.move_fails, restart_fails=wanted.restart_fails, seed=project.jobs.seed + SALT)
    truth = replace(replay_question(question), mishaps=mishaps)
    results = []
    for number, key in enumerate(keys):
        part = _Part(told, begin=0.05 + 0.9 * number / len(keys), width=0.9 / len(keys))
        part.step(key, done=0.0)
        keeping = Keeping(checkpoint=checkpoint(key)) if checkpoint else None
        results.append(replay(truth, _schedule(key, question), policy=key, progress=part, keeping=keeping))
    return DispatchReplay(
        project=project,
        axis=question.axis,
        jobs=question.jobs,
        import_price_cny_per_mwh=np.array([site.import_price_cny_per_mwh for site in question.sites]),
        carbon_kg_per_mwh=np.array([site.carbon_kg_per_mwh for site in question.sites]),
        results=tuple(results),
        savings=tuple(_savings(question, results, days=project.window.days)),
        notes=inputs.notes,
        provenance={"wattloom": __version__, "sha256 project": hashlib.sha256(source).hexdigest()},
    )


def _keys(asked: tuple[str, ...]) -> tuple[str, ...]:
    """The policies to replay, what they are compared with first."""
    unknown = [key for key in asked if key not in policy_keys()]
    if unknown:
        raise InputError.one(
            "policies",
            found=", ".join(unknown),
            expected=f"some of {', '.join(policy_keys())}",
            remedy="correct the names, or leave the option away for all",
        )
    chosen = asked or policy_keys()
    return (AT_ONCE, *(key for key in chosen if key != AT_ONCE))


def _schedule(key: str, question: DispatchQuestion) -> Segments:
    """The schedule of a policy; the published ones follow price and carbon at each job's home."""
    if key == PLANNED:
        return plan_day(question).segments
    return schedule(question.jobs, PUBLISHED[key], Known(values=prices(question), step_s=step_s(question)))


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
