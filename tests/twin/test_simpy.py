"""The second judge of queueing: does SimPy, which knows nothing of us, let the same jobs end at the same instants?"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np
import pytest
import simpy
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.twin.conftest import AtOnce, jobs, question

from wattloom.domain.jobs import Jobs
from wattloom.twin.replay import replay

GPUS = 16


def judged(of: Jobs) -> np.ndarray:
    """When each job ends, first come first served on a SimPy container of GPUs for each site."""
    env = simpy.Environment()
    pools = [simpy.Container(env, capacity=GPUS, init=GPUS) for _ in of.sites]
    finish = np.full(len(of), np.nan)

    def job(j: int) -> Generator[Any, Any, None]:
        yield env.timeout(float(of.arrive_s[j]))
        pool = pools[int(of.home[j])]
        yield pool.get(float(of.gpus[j]))
        yield env.timeout(float(of.run_s[j]))
        finish[j] = env.now
        yield pool.put(float(of.gpus[j]))

    for j in range(len(of)):
        env.process(job(j))
    env.run()
    return finish


@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.booleans())
@settings(max_examples=60, deadline=None)
def test_queues_end_as_in_simpy(seed: int, count: int, round_numbers: bool) -> None:  # noqa: FBT001
    """With round numbers many things happen at one instant."""
    rng = np.random.default_rng(seed)
    arrive = np.sort(rng.uniform(0, 20_000, count))
    run = rng.exponential(3000, count) + 1
    if round_numbers:
        arrive, run = np.floor(arrive / 600) * 600, np.ceil(run / 600) * 600
    of = jobs(
        count,
        arrive_s=arrive,
        run_s=run,
        due_s=1e6,
        home=rng.integers(0, 2, count),
        gpus=rng.choice([1, 2, 4, 8, 16], count),
    )

    result = replay(question(of, sites={"gpus": GPUS}, periods=1200), AtOnce(of))

    assert result.finish_s == pytest.approx(judged(of), rel=1e-12)
