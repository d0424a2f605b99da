"""Envelopes of work: what may wait, what must run, what fits, and who waits longest."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattloom.domain.errors import InputError
from wattloom.domain.time import TimeAxis
from wattloom.domain.workloads import Envelope


def axis(count: int, step_minutes: int = 60) -> TimeAxis:
    return TimeAxis(datetime(2026, 1, 1, tzinfo=UTC), step_minutes, count)


def waiting(arriving_mw: Any, window_hours: float, **keys: Any) -> Envelope:
    """Work that may wait, done at 100 MW at most unless said otherwise."""
    return Envelope.of_waiting_work(
        keys.pop("axis", axis(len(arriving_mw))),
        arriving_mw=arriving_mw,
        window_hours=window_hours,
        **{"rate_mw_max": 100.0, **keys},
    )


def test_work_is_due_a_window_after_it_arrived_and_nothing_is_left_at_the_end() -> None:
    envelope = waiting([10.0, 0.0, 20.0, 5.0], 2.0)

    assert envelope.earliest_mwh.tolist() == [10.0, 10.0, 30.0, 35.0]
    assert envelope.latest_mwh.tolist() == [0.0, 0.0, 10.0, 35.0]
    assert envelope.backlog_mwh_max.tolist() == [10.0, 10.0, 20.0, 0.0]


def test_daily_work_waits_at_most_to_the_end_of_its_day() -> None:
    envelope = waiting([10.0] * 4, 24.0, day=np.array([0, 0, 1, 1]))

    assert envelope.latest_mwh.tolist() == [0.0, 20.0, 20.0, 40.0]
    assert envelope.backlog_mwh_max.tolist() == [10.0, 0.0, 10.0, 0.0]


def test_a_window_shorter_than_the_day_holds_inside_the_day() -> None:
    envelope = waiting([10.0] * 4, 1.0, day=np.array([0, 0, 0, 0]))

    assert envelope.latest_mwh.tolist() == [0.0, 10.0, 20.0, 40.0]


def test_a_window_is_rounded_down_to_whole_periods() -> None:
    half_hours = waiting([10.0] * 4, 0.8, axis=axis(4, 30))

    assert half_hours.latest_mwh.tolist() == [0.0, 5.0, 10.0, 20.0]


def test_a_window_that_misses_a_whole_period_by_rounding_keeps_it() -> None:
    tenths = waiting([10.0] * 4, 0.1 + 0.2, axis=axis(4, 6))

    # 0.1 + 0.2 is a little more than 0.3, and 0.3 / 0.1 a little less than 3: three periods either way.
    assert tenths.latest_mwh == pytest.approx([0.0, 0.0, 0.0, 4.0])


def test_a_window_longer_than_the_stretch_ends_with_it() -> None:
    assert waiting([10.0, 10.0], 500.0).latest_mwh.tolist() == [0.0, 20.0]


def test_curves_that_cross_are_refused() -> None:
    with pytest.raises(InputError, match="due 1 MWh before it arrives"):
        Envelope(axis=axis(1), earliest_mwh=[1.0], latest_mwh=[2.0], rate_mw_max=[9.0], rate_mw_min=[0.0])  # type: ignore[arg-type]


def test_rates_narrow_the_curves_to_what_can_be_reached() -> None:
    # 40 MWh at once, 10 MW at most: done at 10, 20, 30, 40 at the earliest; by then all is due.
    envelope = waiting([40.0, 0.0, 0.0, 0.0], 4.0, rate_mw_max=10.0).reachable()

    assert envelope.earliest_mwh.tolist() == [10.0, 20.0, 30.0, 40.0]
    assert envelope.latest_mwh.tolist() == [10.0, 20.0, 30.0, 40.0]


def test_a_floor_keeps_work_back_for_later() -> None:
    # 4 MW must always run: of the 12 MWh at hand only 8 may be done in the first hour, 4 more in the second.
    envelope = waiting([12.0, 0.0, 4.0], 9.0, rate_mw_min=4.0).reachable()

    assert envelope.earliest_mwh.tolist() == [8.0, 12.0, 16.0]
    assert envelope.latest_mwh.tolist() == [4.0, 8.0, 16.0]


def test_work_that_does_not_fit_is_refused_with_the_period() -> None:
    with pytest.raises(InputError, match=r"period 2 of 4: found 30 MWh of work to be done by its end and 20 MWh"):
        waiting([30.0, 0.0, 0.0, 0.0], 1.0, rate_mw_max=10.0).reachable()


def test_a_floor_above_what_arrives_is_refused() -> None:
    with pytest.raises(InputError, match="a rate at which the work fits"):
        waiting([1.0, 1.0], 1.0, rate_mw_min=2.0).reachable()


def test_as_soon_as_possible_follows_arrival_and_then_the_rate() -> None:
    assert waiting([5.0, 25.0, 0.0, 0.0], 3.0, rate_mw_max=10.0).as_soon_as_possible_mw().tolist() == [5.0, 10, 10, 5]


def test_a_schedule_lies_inside_or_not() -> None:
    envelope = waiting([10.0, 0.0, 20.0, 5.0], 2.0, rate_mw_max=25.0)

    assert envelope.contains(np.array([0.0, 0.0, 10.0, 25.0]))
    assert not envelope.contains(np.array([0.0, 0.0, 9.0, 26.0]))
    assert not envelope.contains(np.array([11.0, 0.0, 10.0, 14.0]))
    assert not envelope.contains(np.array([0.0, 0.0, 9.0, 25.0]))


def test_who_waits_longest_is_told_first_come_first_served() -> None:
    envelope = waiting([10.0, 0.0, 20.0, 5.0], 2.0)

    # The first MWh arrives at 0:00 and is done at 2:00; the last of that hour arrives at 1:00 and is done at 3:00.
    assert envelope.longest_wait_hours(np.array([0.0, 0.0, 10.0, 25.0])) == pytest.approx(2.0)
    assert envelope.longest_wait_hours(np.array([10.0, 0.0, 20.0, 5.0])) == pytest.approx(0.0, abs=1e-6)


def test_a_wait_across_a_gap_in_arrivals_is_seen() -> None:
    # All is done as it arrives but the work of hour 3, which waits two hours.
    envelope = waiting([10.0, 0.0, 20.0, 0.0, 0.0], 4.0)

    assert envelope.longest_wait_hours(np.array([10.0, 0.0, 0.0, 0.0, 20.0])) == pytest.approx(2.0, abs=1e-5)


def test_scaled_work_is_as_many_times_as_large_in_every_way() -> None:
    envelope = waiting([1.0, 3.0], 1.0, rate_mw_min=0.5).scaled(4.0)

    assert envelope.earliest_mwh.tolist() == [4.0, 16.0]
    assert envelope.rate_mw_max.tolist() == [400.0, 400.0]
    assert envelope.rate_mw_min.tolist() == [2.0, 2.0]


def test_works_together_add_up_below_a_common_ceiling() -> None:
    both = Envelope.together([waiting([10.0, 10.0], 0.0), waiting([5.0, 5.0], 1.0)], rate_mw_max=[30.0, 250.0])

    assert both.earliest_mwh.tolist() == [15.0, 30.0]
    assert both.latest_mwh.tolist() == [10.0, 30.0]
    assert both.rate_mw_max.tolist() == [30.0, 200.0]


powers = st.lists(st.floats(0.0, 50.0), min_size=2, max_size=30)


@given(arriving=powers, window=st.integers(0, 12), rate=st.floats(1.0, 80.0))
def test_what_is_done_as_soon_as_possible_lies_inside_and_nobody_waits_past_the_window(
    arriving: list[float], window: int, rate: float
) -> None:
    envelope = waiting(arriving, float(window), rate_mw_max=rate)
    try:
        served = envelope.as_soon_as_possible_mw()
    except InputError:
        # The rate is too low for these windows: doing all that can be done, hour by hour, must miss one.
        done = np.zeros(len(arriving) + 1)
        for hour, arrived in enumerate(envelope.earliest_mwh):
            done[hour + 1] = min(arrived, done[hour] + rate)
        assert np.any(done[1:] < envelope.latest_mwh)
        return

    assert envelope.contains(served)
    assert envelope.longest_wait_hours(served) <= window + 1e-6
    assert float(np.sum(served)) == pytest.approx(sum(arriving), rel=1e-9, abs=1e-9)


@given(arriving=powers, window=st.integers(0, 12), more=st.integers(0, 12))
def test_a_longer_window_never_lets_less_wait(arriving: list[float], window: int, more: int) -> None:
    short, long = waiting(arriving, float(window)), waiting(arriving, float(window + more))

    assert np.all(long.backlog_mwh_max >= short.backlog_mwh_max - 1e-9)
