"""How does a policy run a whole table of jobs, at once or one by one as they arrive?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from wattloom.dispatch.policies.signal import Signal
from wattloom.dispatch.policies.window import Policy, Window, foreseen_slots
from wattloom.domain.errors import FutureRefused
from wattloom.domain.jobs import Command, Jobs, JobsState, Segments, Verb

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Deciding:
    """A policy as the controller of a replay: it decides as a job arrives, with what is known then, at its home.

    It remembers nothing: what it decided lies with the replay as commands.
    """

    jobs: Jobs
    policy: Policy
    signal: Signal
    expected_s: NDArray[np.float64] | None = None
    """How long each job is thought to run; None: as long as it does."""

    def arrived(self, job: int, state: JobsState) -> Sequence[Command]:
        """Its stretches, told as verbs."""
        site = int(self.jobs.home[job])
        commands = []
        stretches = self.stretches(job, now_s=state.now_s)
        for k, (start_s, end_s) in enumerate(stretches):
            commands.append(Command(float(start_s), job, Verb.RESUME if k else Verb.START, site))
            if k + 1 < len(stretches):
                commands.append(Command(float(end_s), job, Verb.PAUSE, site, 0.0))
        return commands

    def tick(self, state: JobsState) -> Sequence[Command]:  # noqa: ARG002 - the port's word
        """Nothing: all was said on arrival."""
        return ()

    def stretches(self, job: int, *, now_s: float) -> NDArray[np.float64]:
        """When a job runs, decided with what is known at an instant, shape (stretch, 2)."""
        jobs = self.jobs
        about = jobs.classes[int(jobs.class_index[job])]
        run_s = float(jobs.run_s[job])
        window = Window(
            values=self.signal.as_known(now_s)[int(jobs.home[job])],
            step_s=self.signal.step_s,
            arrive_s=float(jobs.arrive_s[job]),
            run_s=run_s,
            wait_s=max(float(jobs.due_s[job] - jobs.arrive_s[job]) - run_s, 0.0),
            expected_s=run_s if self.expected_s is None else float(self.expected_s[job]),
            interruptible=about.interruptible,
        )
        return self.policy(_foreseen(window, jobs, job))


def schedule(jobs: Jobs, policy: Policy, signal: Signal, *, expected_s: NDArray[np.float64] | None = None) -> Segments:
    """The stretches of all jobs at their homes, each decided with what is known as it arrives.

    The stretches leave out dead times, as the published definitions do: in a replay each pause costs what it costs.
    """
    deciding = Deciding(jobs=jobs, policy=policy, signal=signal, expected_s=expected_s)
    each = [deciding.stretches(job, now_s=float(jobs.arrive_s[job])) for job in range(len(jobs))]
    job = np.repeat(np.arange(len(jobs)), [len(one) for one in each])
    start_s, end_s = np.concatenate(each).T if each else np.zeros((2, 0))
    return Segments(
        job=job, site=jobs.home[job], start_s=start_s, end_s=end_s, level=np.ones(len(job)), dead_s=np.zeros(len(job))
    )


def _foreseen(window: Window, jobs: Jobs, job: int) -> Window:
    """The window as far as something is foreseen: nobody waits for what he cannot see.

    A job that runs on past that horizon does not wait at all. Nothing foreseen at the arrival itself is an error.
    """
    first = int(window.arrive_s // window.step_s)
    last = ceil((window.arrive_s + window.run_s + window.wait_s) / window.step_s)
    seen = foreseen_slots(window.values, first, last)
    if not seen:
        raise FutureRefused(
            f"job {jobs.id[job]}: nothing was foreseen for {jobs.instant(first * window.step_s).isoformat()} "
            f"as it arrived at {jobs.instant(window.arrive_s).isoformat()}"
        )
    ahead_s = (first + seen) * window.step_s - window.arrive_s - window.run_s
    return window._replace(wait_s=min(max(ahead_s, 0.0), window.wait_s))
