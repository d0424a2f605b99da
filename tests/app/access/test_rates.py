"""A bucket for each asker: so many at once, so many a second, and never more buckets than the limit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattloom.app.access.rates import Buckets, Rate


def test_three_at_once_then_one_every_ten_seconds() -> None:
    buckets = Buckets(Rate(per_s=0.1, burst=3))

    assert [buckets.wait_s("a", now_s=0.0) for _ in range(4)] == [0, 0, 0, 10]
    assert buckets.wait_s("a", now_s=9.0) == 1
    assert buckets.wait_s("a", now_s=10.0) == 0


def test_what_was_refused_costs_nothing() -> None:
    buckets = Buckets(Rate(per_s=1.0, burst=1))

    assert [buckets.wait_s("a", now_s=t) for t in (0.0, 0.5, 0.9, 1.0)] == [0, 1, 1, 0]


def test_a_clock_that_jumps_back_gives_nothing_away() -> None:
    buckets = Buckets(Rate(per_s=1.0, burst=1))

    assert [buckets.wait_s("a", now_s=t) for t in (100.0, 50.0)] == [0, 1]


def test_a_million_askers_fill_no_memory() -> None:
    buckets = Buckets(Rate(per_s=1.0, burst=2), keys_max=100)
    for k in range(10_000):
        buckets.wait_s(str(k), now_s=0.0)

    assert len(buckets) == 100


@given(st.lists(st.floats(0.0, 2.0), min_size=1, max_size=200), st.integers(1, 5))
def test_in_no_time_is_more_let_through_than_burst_and_rate(gaps: list[float], burst: int) -> None:
    buckets, now_s, passed = Buckets(Rate(per_s=2.0, burst=burst)), 0.0, 0
    for gap in gaps:
        now_s += gap
        passed += buckets.wait_s("a", now_s=now_s) == 0

    assert passed <= burst + 2.0 * now_s + 1e-6


def test_askers_do_not_pay_for_each_other() -> None:
    buckets = Buckets(Rate(per_s=1.0, burst=1))

    assert [buckets.wait_s(key, now_s=0.0) for key in "abab"] == [0, 0, 1, 1]
    assert buckets.rate.burst == pytest.approx(1)
