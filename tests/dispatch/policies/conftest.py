"""Windows to decide in: `window([3.0, 1.0, 2.0], run_s=…)` in a test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import numpy as np
import pytest

from wattloom.dispatch.policies import Window
from wattloom.domain.jobs import JobClass, Jobs
from wattloom.domain.workloads import WorkloadKind

HOUR_S = 3600.0


def make_window(
    values: Sequence[float],
    *,
    run_h: float,
    wait_h: float,
    arrive_h: float = 0.0,
    expected_h: float | None = None,
    interruptible: bool = True,
) -> Window:
    """A window in hours over hourly values."""
    return Window(
        values=np.array(values, dtype=np.float64),
        step_s=HOUR_S,
        arrive_s=arrive_h * HOUR_S,
        run_s=run_h * HOUR_S,
        wait_s=wait_h * HOUR_S,
        expected_s=(run_h if expected_h is None else expected_h) * HOUR_S,
        interruptible=interruptible,
    )


def make_jobs(arrive_h: Sequence[float], run_h: Sequence[float], wait_h: Sequence[float], **said: bool) -> Jobs:
    """Jobs of one MW at one site, in hours."""
    count = len(arrive_h)
    arrive, run, wait = (np.array(column, dtype=np.float64) * HOUR_S for column in (arrive_h, run_h, wait_h))
    return Jobs(
        start=datetime(2026, 3, 2, tzinfo=UTC),
        classes=(JobClass(name="batch", kind=WorkloadKind.BATCH, **said),),
        sites=("a",),
        id=np.arange(count).astype(str),
        class_index=np.zeros(count, dtype=np.int64),
        home=np.zeros(count, dtype=np.int64),
        arrive_s=arrive,
        due_s=arrive + run + wait,
        run_s=run,
        power_mw=np.ones(count),
        gpus=np.ones(count),
        nodes=np.zeros(count, dtype=np.int64),
        move_gb=np.zeros(count),
    )


@pytest.fixture
def window() -> Callable[..., Window]:
    """The builder of windows."""
    return make_window


@pytest.fixture
def jobs() -> Callable[..., Jobs]:
    """The builder of jobs."""
    return make_jobs
