"""Does each policy do what its authors say, on windows small enough for a pencil?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from wattloom.dispatch.policies import (
    PUBLISHED,
    CarbonTime,
    LowestSlot,
    LowestWindow,
    Policy,
    SuspendBelowThreshold,
    WaitAwhile,
    Window,
)

Make = Callable[..., Window]
DAY = [5.0, 4.0, 9.0, 1.0, 8.0, 2.0, 3.0, 7.0]


def hours(policy: Policy, window: Window) -> list[tuple[float, float]]:
    """What a policy answers, in hours."""
    return [(float(a), float(b)) for a, b in policy(window) / 3600.0]


def test_run_at_once_runs_at_once(window: Make) -> None:
    assert hours(PUBLISHED["run_at_once"], window(DAY, run_h=2, wait_h=4, arrive_h=0.5)) == [(0.5, 2.5)]


@pytest.mark.parametrize(("wait_h", "start_h"), [(0.0, 0.5), (1.0, 1.0), (2.4, 1.0), (2.5, 3.0), (5.0, 3.0)])
def test_lowest_slot_looks_only_as_far_as_it_may_wait(window: Make, wait_h: float, start_h: float) -> None:
    """From 00:30: the slot of 03:00 is in reach from 2.5 h of waiting on."""
    assert hours(LowestSlot(), window(DAY, run_h=2, wait_h=wait_h, arrive_h=0.5)) == [(start_h, start_h + 2)]


def test_lowest_window_takes_the_lowest_mean_not_the_lowest_slot(window: Make) -> None:
    """Two hours from 05:00 are worth 5; from 03:00, where the lowest slot begins, 9."""
    assert hours(LowestWindow(), window(DAY, run_h=2, wait_h=6)) == [(5.0, 7.0)]


def test_lowest_window_knows_only_the_expected_length(window: Make) -> None:
    """It thinks of an hour, the job takes two."""
    assert hours(LowestWindow(), window(DAY, run_h=2, wait_h=6, expected_h=1)) == [(3.0, 5.0)]


def test_lowest_window_tries_each_hour_from_the_arrival(window: Make) -> None:
    """00:30 and on: from 04:30 on 4 + 2 + 1.5 = 7.5, from 05:30 on 1 + 3 + 3.5 = 7.5: the first."""
    assert hours(LowestWindow(), window(DAY, run_h=2, wait_h=5, arrive_h=0.5)) == [(4.5, 6.5)]


def test_carbon_time_weighs_the_saving_against_the_wait(window: Make) -> None:
    """An hour's work: at once 5; at 03:00 1, so 4 saved in 4 h; at 01:00 1 saved in 2 h."""
    assert hours(CarbonTime(), window(DAY, run_h=1, wait_h=6)) == [(3.0, 4.0)]


def test_carbon_time_does_not_wait_for_a_little(window: Make) -> None:
    """At 01:00 3 saved in 2 h; at 07:00 4 saved in 8 h."""
    assert hours(CarbonTime(), window([5, 2, 9, 9, 9, 9, 9, 1], run_h=1, wait_h=7)) == [(1.0, 2.0)]


def test_threshold_runs_below_it_and_rests_above(window: Make) -> None:
    """The 30th percentile of the eight values ahead is 3: 1 and 2 are below."""
    found = hours(SuspendBelowThreshold(), window(DAY, run_h=2, wait_h=6))

    assert found == [(3.0, 4.0), (5.0, 6.0)]


def test_threshold_runs_on_when_it_has_rested_as_long_as_it_may(window: Make) -> None:
    """Three hours of rest are used up at 03:00; then 03:00 to 06:00 whatever it costs."""
    assert hours(SuspendBelowThreshold(), window(DAY, run_h=3, wait_h=3)) == [(3.0, 6.0)]


def test_threshold_looks_a_day_ahead_and_no_farther(window: Make) -> None:
    """Eighteen hours at 10 and six at 5: the 30th percentile is 10, and only what is below it counts."""
    values = [10.0] * 18 + [5.0] * 6 + [1.0] * 100

    assert hours(SuspendBelowThreshold(), window(values, run_h=2, wait_h=40)) == [(18.0, 20.0)]


def test_threshold_of_a_job_that_runs_through_only_chooses_its_start(window: Make) -> None:
    found = hours(SuspendBelowThreshold(), window(DAY, run_h=3, wait_h=5, interruptible=False))

    assert found == [(3.0, 6.0)]


def test_wait_awhile_takes_the_lowest_slots_and_the_earlier_of_equals(window: Make) -> None:
    """Two and a half of 1, 2 and the first half of 3, joined where they touch."""
    assert hours(WaitAwhile(), window(DAY, run_h=2.5, wait_h=5.5)) == [(3.0, 4.0), (5.0, 6.5)]
    assert hours(WaitAwhile(), window([2, 1, 1, 1], run_h=2, wait_h=2)) == [(1.0, 3.0)]


def test_wait_awhile_without_interruption_takes_the_lowest_mean(window: Make) -> None:
    assert hours(WaitAwhile(), window(DAY, run_h=2, wait_h=6, interruptible=False)) == [(5.0, 7.0)]


@pytest.mark.parametrize("policy", PUBLISHED.values(), ids=PUBLISHED)
def test_every_policy_names_its_source_and_does_all_the_work_in_time(policy: Policy, window: Make) -> None:
    rng = np.random.default_rng(4)

    for _ in range(200):
        arrive, run, wait = rng.uniform(0, 20), rng.uniform(0.05, 10), rng.choice([0.0, 0.3, 5.0, 12.0])
        of = window(rng.uniform(0, 9, 60), run_h=run, wait_h=wait, arrive_h=arrive, interruptible=bool(rng.integers(2)))
        found = policy(of) / 3600.0

        assert (found[1:, 0] >= found[:-1, 1]).all()
        assert found[0, 0] >= arrive - 1e-9
        assert np.sum(found[:, 1] - found[:, 0]) == pytest.approx(run)
        assert found[-1, 1] <= arrive + run + wait + 1e-9
        assert of.interruptible or len(found) == 1
    assert "doi" in policy.source
