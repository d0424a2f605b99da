"""A small world to replay in: `world.jobs(...)`, `world.question(...)`, `world.Told(...)` in a test."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from wattloom.domain.jobs import Command, JobClass, Jobs, JobsState, Segments, Verb
from wattloom.domain.time import TimeAxis
from wattloom.domain.workloads import WorkloadKind
from wattloom.twin.sites import ReplayQuestion, SiteTruth

START = datetime(2026, 3, 2, tzinfo=UTC)
DEFAULTS: dict[str, Any] = {
    "arrive_s": 0.0,
    "run_s": 3600.0,
    "due_s": 86_400.0,
    "power_mw": 1.0,
    "gpus": 8.0,
    "nodes": 0,
    "move_gb": 0.0,
    "home": 0,
    "class_index": 0,
}


def a_class(**said: Any) -> JobClass:
    """Batch work, as said."""
    return JobClass(**{"name": "batch", "kind": WorkloadKind.BATCH, **said})


def jobs(count: int = 1, *, sites: Sequence[str] = ("a", "b"), classes: Sequence[JobClass] = (), **said: Any) -> Jobs:
    """Jobs of an hour and 1 MW; each column one value or one for each job."""
    columns = {
        name: np.broadcast_to(np.asarray(said.get(name, value)), (count,)).astype(
            np.int64 if isinstance(value, int) else np.float64
        )
        for name, value in DEFAULTS.items()
    }
    return Jobs(
        start=START,
        classes=tuple(classes) or (a_class(),),
        sites=tuple(sites),
        id=np.array([f"job-{k}" for k in range(count)]),
        **columns,
    )


def question(of: Jobs, *, sites: dict[str, Any] | None = None, periods: int = 96, **said: Any) -> ReplayQuestion:
    """The jobs on sites where a MWh costs 500 yuan and emits 400 kg, for a day of quarters of an hour."""
    told = {"price_cny_per_mwh": np.array([500.0]), "carbon_kg_per_mwh": np.array([400.0])} | (sites or {})
    return ReplayQuestion(
        axis=TimeAxis(START, 15, periods),
        sites=tuple(SiteTruth(name=name, **told) for name in of.sites),
        jobs=of,
        **said,
    )


class Told:
    """A controller that tells what it was told to tell, when the first job arrives."""

    def __init__(self, *commands: tuple[Any, ...]) -> None:
        """Commands as (second, job, verb, site, level)."""
        self.commands = [Command(float(c[0]), c[1], c[2], *c[3:]) for c in commands]
        self.seen: list[tuple[float, list[float], list[float]]] = []

    def arrived(self, job: int, state: JobsState) -> Sequence[Command]:  # noqa: ARG002 - the port's words
        """All of it, once."""
        commands, self.commands = self.commands, []
        return commands

    def tick(self, state: JobsState) -> Sequence[Command]:
        """Nothing; it takes note of what is shown."""
        self.seen.append((state.now_s, state.left_s.tolist(), state.level.tolist()))
        return ()


class AtOnce:
    """A controller that starts each job at home as it arrives."""

    def __init__(self, of: Jobs) -> None:
        """Know the homes."""
        self.of = of

    def arrived(self, job: int, state: JobsState) -> Sequence[Command]:
        """Start."""
        return (Command(state.now_s, job, Verb.START, int(self.of.home[job])),)

    def tick(self, state: JobsState) -> Sequence[Command]:  # noqa: ARG002 - the port's words
        """Nothing."""
        return ()


def segments(*rows: tuple[float, ...]) -> Segments:
    """A schedule from (job, site, start, end, level, dead)."""
    job, site, start, end, level, dead = np.array(rows, dtype=float).T
    return Segments(job=job.astype(int), site=site.astype(int), start_s=start, end_s=end, level=level, dead_s=dead)


def rows(of: Segments) -> list[tuple[float, ...]]:
    """Stretches as (job, site, start, end, level, dead)."""
    return list(
        zip(*(getattr(of, n).tolist() for n in ("job", "site", "start_s", "end_s", "level", "dead_s")), strict=True)
    )


@pytest.fixture
def world() -> SimpleNamespace:
    """The builders."""
    return SimpleNamespace(
        START=START,
        a_class=a_class,
        jobs=jobs,
        question=question,
        Told=Told,
        AtOnce=AtOnce,
        segments=segments,
        rows=rows,
    )
