"""The fewest rows are blamed for a file that is out of order."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from wattloom.intake.traces.ordering import out_of_order


def fewest(times: list[int]) -> int:
    """By trying every choice."""
    for removed in range(len(times) + 1):
        for kept in combinations(times, len(times) - removed):
            if list(kept) == sorted(kept):
                return removed
    return len(times)


@given(st.lists(st.integers(0, 9), max_size=9))
def test_what_is_left_is_in_order_and_nothing_less_would_do(times: list[int]) -> None:
    values = np.array(times, dtype=np.int64)

    blamed = out_of_order(values)

    assert np.all(np.diff(values[~blamed]) >= 0)
    assert blamed.sum() == fewest(times)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9)), max_size=30))
def test_each_group_has_an_order_of_its_own(rows: list[tuple[int, int]]) -> None:
    groups = np.array([group for group, _ in rows], dtype=np.int64)
    times = np.array([at for _, at in rows], dtype=np.int64)

    together = out_of_order(times, groups)

    for group in range(3):
        assert together[groups == group].tolist() == out_of_order(times[groups == group]).tolist()
