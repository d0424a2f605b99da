"""Do policies run whole tables, as a schedule and as a controller, on no more than was known?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from wattloom.dispatch.policies import (
    PUBLISHED,
    Deciding,
    Known,
    LowestSlot,
    Policy,
    Revised,
    WaitAwhile,
    paired_difference,
    schedule,
)
from wattloom.domain.errors import FutureRefused, InputError
from wattloom.domain.jobs import Jobs
from wattloom.domain.series import Revisions
from wattloom.domain.time import TimeAxis
from wattloom.twin.replay import replay
from wattloom.twin.sites import ReplayQuestion, SiteTruth

START = datetime(2026, 3, 2, tzinfo=UTC)
AXIS = TimeAxis(START, 60, 48)
Make = Callable[..., Jobs]


def known(values: list[float]) -> Known:
    """One site's hourly values."""
    return Known(values=np.array([values]), step_s=3600.0)


def truth(jobs: Jobs, values: np.ndarray, *, gpus: float | None = None) -> ReplayQuestion:
    """The site as it turns out."""
    site = SiteTruth(name="a", price_cny_per_mwh=np.ones(1), carbon_kg_per_mwh=values, gpus=gpus)
    return ReplayQuestion(axis=AXIS, sites=(site,), jobs=jobs)


@pytest.mark.parametrize("policy", PUBLISHED.values(), ids=PUBLISHED)
def test_schedule_and_controller_come_to_the_same(policy: Policy, jobs: Make) -> None:
    """Through the replay, by two doors; and its carbon is what the stretches say."""
    rng = np.random.default_rng(2)
    values = rng.uniform(100, 900, 48)
    of = jobs(np.sort(rng.uniform(0, 20, 30)), rng.uniform(0.1, 8, 30), rng.uniform(0, 12, 30))
    signal = known(values.tolist())
    plan = schedule(of, policy, signal)

    fixed = replay(truth(of, values), plan)
    asked = replay(truth(of, values), Deciding(jobs=of, policy=policy, signal=signal))

    assert asked.finish_s == pytest.approx(fixed.finish_s, rel=1e-12)
    hours = np.arange(49) * 3600.0
    overlap = np.clip(np.minimum.outer(plan.end_s, hours[1:]) - np.maximum.outer(plan.start_s, hours[:-1]), 0, None)
    assert fixed.carbon_t == pytest.approx(float((overlap / 3600 @ values).sum()) / 1000)
    assert (fixed.deadline_misses, asked.deadline_misses, asked.refused) == (0, 0, {})


def test_a_policy_decides_on_the_forecast_and_pays_by_the_truth(jobs: Make) -> None:
    """Foreseen lowest at 02:00; in truth 02:00 is the worst of all."""
    of, values = jobs([0.0], [1.0], [4.0]), np.array([500.0, 400.0, 900.0, 300.0, 600.0] + [500.0] * 43)
    plan = schedule(of, LowestSlot(), known([500, 400, 100, 300, 600] + [500] * 43))

    assert replay(truth(of, values), plan).carbon_t == pytest.approx(0.9)


def test_a_renewed_forecast_is_seen_from_its_hour_on(jobs: Make) -> None:
    """At 00:00 the slot of 03:00 looks best; from 02:00 on it is known that 05:00 is."""
    early, late = [5.0, 5, 5, 1, 5, 5, 5, 5], [5.0, 5, 5, 9, 5, 0, 5, 5]
    hours = [START + timedelta(hours=h) for h in range(8)]
    signal = Revised(
        axis=TimeAxis(START, 60, 8),
        sites=[
            Revisions(
                about=hours * 2,
                known_at=[START - timedelta(hours=1)] * 8 + [START + timedelta(hours=2)] * 8,
                values=np.array(early + late),
                unit="kg/MWh",
                source="a test",
            )
        ],
    )

    plan = schedule(jobs([0.0, 1.9, 2.0], [1.0, 1.0, 1.0], [5.0, 5.0, 5.0]), LowestSlot(), signal)

    assert (plan.start_s / 3600).tolist() == [3.0, 3.0, 5.0]


def test_nobody_waits_for_what_is_not_foreseen(jobs: Make) -> None:
    """Four hours are known: a job of two hours may wait for two, one of five does not wait at all."""
    signal = known([5.0, 4.0, 3.0, 2.0, np.nan, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])

    plan = schedule(jobs([0.0, 0.0], [2.0, 5.0], [6.0, 6.0]), WaitAwhile(), signal)

    assert (plan.start_s / 3600).tolist() == [2.0, 0.0]
    assert (plan.end_s / 3600).tolist() == [4.0, 5.0]


def test_nothing_foreseen_is_refused(jobs: Make) -> None:
    with pytest.raises(FutureRefused, match=r"job 0: nothing was foreseen for 2026-03-02T01:00:00\+00:00"):
        schedule(jobs([1.5], [1.0], [2.0]), LowestSlot(), known([1.0, np.nan, 1.0, 1.0, 1.0]))


def test_a_paired_difference_has_the_interval_of_its_blocks() -> None:
    """Ten days that all save a tenth: no doubt. Days that differ: the interval holds the share and is not empty."""
    rng = np.random.default_rng(0)
    theirs, day = rng.uniform(5, 15, 200), np.repeat(np.arange(10), 20)

    sure = paired_difference(0.9 * theirs, theirs, block=day, seed=1)
    unsure = paired_difference(theirs * (0.9 + 0.02 * (day - 4.5)), theirs, block=day, seed=1)

    assert (sure.share, sure.low, sure.high) == pytest.approx((-0.1, -0.1, -0.1))
    assert sure.blocks == 10
    assert unsure.low < unsure.share < unsure.high
    # The shares of ten days are spread by 0.0574: their mean by 0.0574 / sqrt(10), and 1.96 of that to each side.
    assert unsure.high - unsure.low == pytest.approx(2 * 1.96 * 0.0574 / np.sqrt(10), rel=0.2)


def test_a_difference_to_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="sum to 0"):
        paired_difference([1.0], [0.0], block=[0], seed=0)
