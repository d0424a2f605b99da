"""Does work wait as long as it may, and no longer?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from wattloom.dispatch.matching import Waiting, each_waiting, waiting
from wattloom.domain.errors import InputError
from wattloom.domain.time import TimeAxis
from wattloom.domain.workloads import Envelope

START = datetime(2026, 7, 1, tzinfo=UTC)
AXIS = TimeAxis(START, 60, 4)
WORK = Envelope(
    axis=AXIS,
    earliest_mwh=np.array([30.0, 30.0, 30.0, 30.0]),
    latest_mwh=np.array([0.0, 0.0, 0.0, 30.0]),
    rate_mw_max=np.full(4, 10.0),
    rate_mw_min=np.zeros(4),
).reachable()
"""30 MWh from the start, due after 4 h, at most 10 MW: an hour of slack."""
PLANNED, WORTH = np.array([0.0, 10.0, 10.0, 10.0]), np.array([500.0, 200.0, 150.0, 300.0])


def before(hours: float, *, done_mwh: float) -> Waiting:
    at = START + timedelta(hours=hours)
    return waiting(WORK, at=at, seconds=360.0, done_mwh=done_mwh, planned_mw=PLANNED, worth_cny_per_mwh=WORTH)


def test_work_with_slack_may_wait_at_the_plans_price() -> None:
    """The plan takes energy up to 300 for it: in the first hour, at 500, it waits."""
    assert before(0.0, done_mwh=0.0) == Waiting(must_mw=0.0, may_mw=10.0, price_cny_per_mwh=300.0)


def test_work_without_slack_must_run() -> None:
    """An hour in and nothing done: 30 MWh in 3 h at 10 MW."""
    assert before(1.0, done_mwh=0.0) == Waiting(must_mw=10.0, may_mw=0.0, price_cny_per_mwh=300.0)


def test_what_is_ahead_of_the_latest_curve_may_wait_again() -> None:
    """After 2 h, 10 MWh are due; by 2.1 h, 11. With 10.5 done, half a MWh in 6 minutes: 5 MW."""
    now = before(2.0, done_mwh=10.5)

    assert now.must_mw == pytest.approx(5.0)
    assert now.may_mw == pytest.approx(5.0)


def test_work_that_is_done_asks_nothing() -> None:
    now = before(3.0, done_mwh=30.0)

    assert (now.must_mw, now.may_mw) == (0.0, 0.0)


def test_a_tick_outside_the_plan_is_refused() -> None:
    with pytest.raises(InputError, match="instant of the plan"):
        before(4.0, done_mwh=0.0)


def each(left_mwh: float, *, spare_hours: float = 0.0) -> tuple[float, float, float]:
    """Of a work of 10 MW in a tick of 6 minutes, with an hour later in each of three periods at 300, 100, 200."""
    told = each_waiting(
        left_mwh=np.array([left_mwh]),
        power_mw=np.array([10.0]),
        tick_hours=0.1,
        later_hours=np.ones((1, 3)),
        worth_cny_per_mwh=np.array([[300.0, 100.0, 200.0]]),
        spare_hours=spare_hours,
    )
    return float(told.must_mw[0]), float(told.may_mw[0]), float(told.price_cny_per_mwh[0])


@pytest.mark.parametrize(("left_mwh", "price"), [(8.0, 100.0), (10.0, 100.0), (15.0, 200.0), (29.0, 300.0)])
def test_waiting_costs_the_dearest_period_that_is_still_needed(left_mwh: float, price: float) -> None:
    """Each hour takes 10 MWh: 15 MWh fill the one at 100 and half of that at 200."""
    assert each(left_mwh) == (0.0, 10.0, price)


def test_a_work_runs_as_far_as_later_hours_cannot_take_it() -> None:
    """30 MWh fit later, of 30.4: 0.4 MWh in 6 minutes is 4 MW; with half an hour to spare only 25 fit."""
    assert each(30.4) == pytest.approx((4.0, 6.0, 300.0))
    assert each(30.4, spare_hours=0.5) == pytest.approx((10.0, 0.0, 300.0))
