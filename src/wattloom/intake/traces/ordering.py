"""Which rows stand out of their order of time, or outside the period that was asked for?"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.text import Text
from wattloom.intake.traces.columns import NO_TIME, microseconds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.domain.time import Interval
    from wattloom.intake.traces.columns import Columns
    from wattloom.intake.traces.faults import Faults

OUTSIDE_PERIOD = Text("outside the period that was asked for", "不在所选时段内")


def note_backwards(
    columns: Columns, times: NDArray[np.int64], *, column: str, groups: NDArray[np.int64] | None = None
) -> None:
    """Note rows that stand out of their order of time, of a format that promises it, inside each group on its own."""
    known = np.flatnonzero((times != NO_TIME) & ~columns.faults.left)
    wrong = np.zeros(times.size, dtype=np.bool_)
    wrong[known] = out_of_order(times[known], None if groups is None else groups[known])
    columns.faults.note(wrong, "backwards", column=column, cells=columns.cells(column))


def leave_out_of_period(faults: Faults, times: NDArray[np.int64], period: Interval | None) -> None:
    """Leave out rows whose time is outside a period."""
    if period is not None:
        early, late = times < microseconds(period.start), times >= microseconds(period.end)
        faults.leave_out((times != NO_TIME) & (early | late), OUTSIDE_PERIOD)


def out_of_order(times: NDArray[np.int64], groups: NDArray[np.int64] | None = None) -> NDArray[np.bool_]:
    """Rows to blame where times should never fall, inside each group on its own.

    One row that jumps ahead is blamed alone, not all that follow it: what is kept is a longest sequence that never
    falls. Of two rows of which either may be wrong the later is blamed.

    Example:
        >>> out_of_order(np.array([1, 2, 900, 3, 4])).tolist()
        [False, False, True, False, False]
    """
    blamed = np.zeros(times.size, dtype=np.bool_)
    if groups is None:
        blamed[_fewest(times)] = True
        return blamed
    order = np.argsort(groups, kind="stable")
    ends = np.flatnonzero(np.diff(groups[order])) + 1
    falls = np.flatnonzero(np.diff(times[order]) < 0) + 1
    for part in np.split(order, ends) if np.setdiff1d(falls, ends).size else ():
        blamed[part[_fewest(times[part])]] = True
    return blamed


def _fewest(times: NDArray[np.int64]) -> NDArray[np.int64]:
    """Places of the fewest values whose removal leaves a sequence that never falls."""
    if times.size == 0 or not np.any(np.diff(times) < 0):
        return np.zeros(0, dtype=np.int64)
    # A value between the highest before it and the lowest after it stands right in any sequence.
    highest = np.maximum.accumulate(times)
    lowest = np.minimum.accumulate(times[::-1])[::-1]
    doubtful = np.flatnonzero((times < highest) | (times > lowest))
    # Read from the end, so that of two rows of which either may be wrong the later is blamed.
    return doubtful[~_longest(-times[doubtful][::-1])[::-1]]


def _longest(times: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Members of a longest sequence that never falls (patience sorting)."""
    tails: list[int] = []
    at: list[int] = []
    before = np.full(times.size, -1, dtype=np.int64)
    for i, value in enumerate(times.tolist()):
        k = bisect_right(tails, value)
        before[i] = at[k - 1] if k else -1
        if k == len(tails):
            tails.append(value)
            at.append(i)
        else:
            tails[k], at[k] = value, i
    member = np.zeros(times.size, dtype=np.bool_)
    i = at[-1] if at else -1
    while i >= 0:
        member[i] = True
        i = int(before[i])
    return member
