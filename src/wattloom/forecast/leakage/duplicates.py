"""Do days of the test stand among those learnt from, exactly or nearly?

A record that was filled by copying, or a data set cut at random, shows as days that are equal. A day counts where it is
complete and lively: nights, calms and price caps repeat themselves without any fault.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.text import Text
from wattloom.forecast.leakage.findings import Finding, Severity, Sort
from wattloom.forecast.task import DAY_MINUTES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.forecast.feed import Feed

LIVELY_SHARE_MIN = 0.25
"""Distinct values of a day, as a share of its periods: a solar day has some 40 %, a day at a cap 1 %."""
EXACT_REFUSED_SHARE = 0.01
"""One copied day in a hundred: more is no slip of a data logger."""
NEAR_DISTANCE = 2e-3
"""Root mean square distance as a share of the day's own spread: a copy after rounding or a change of unit. Dull days of
one real station come as near to each other as 4e-3."""
NEAR_REFUSED_SHARE = 0.05
EXACT = Text(
    "{count} of {total} test days ({share:.1%}) equal a day learnt from, {teacher}",
    "{total} 个测试日中有 {count} 个（{share:.1%}）与训练日完全相同，{teacher}",
)
NEAR = Text(
    "{count} of {total} test days ({share:.1%}) nearly equal a day learnt from, {teacher}",
    "{total} 个测试日中有 {count} 个（{share:.1%}）与训练日几乎相同，{teacher}",
)


def duplicate_findings(feed: Feed, teachers: Sequence[Feed], *, cutoff_s: int, end_s: int) -> list[Finding]:
    """Days of the test period against those that each teacher shows before the cut-off."""
    tested = _lively(_days(feed, cutoff_s, end_s))
    if not len(tested):
        return []
    findings = []
    for teacher in teachers:
        learnt = _lively(_days(teacher, None, cutoff_s))
        if not len(learnt) or learnt.shape[1] != tested.shape[1]:
            continue
        distance = _nearest(tested, learnt) / tested.std(axis=1)
        exact, near = distance == 0.0, (distance > 0.0) & (distance <= NEAR_DISTANCE)
        findings += _told(feed, teacher, exact, Sort.DUPLICATE, EXACT_REFUSED_SHARE)
        findings += _told(feed, teacher, near, Sort.NEAR_DUPLICATE, NEAR_REFUSED_SHARE)
    return findings


def _told(feed: Feed, teacher: Feed, found: NDArray[np.bool_], sort: Sort, refused_share: float) -> list[Finding]:
    """A finding where there are any."""
    if not found.any():
        return []
    share = float(found.mean())
    said = (EXACT if sort is Sort.DUPLICATE else NEAR).filled(
        count=int(found.sum()), total=len(found), share=share, teacher=teacher.name
    )
    severity = Severity.REFUSES if share >= refused_share else Severity.WARNS
    return [Finding(sort=sort, severity=severity, where=feed.name, text=said, figure=share)]


def _days(feed: Feed, start_s: int | None, end_s: int) -> NDArray[np.float64]:
    """Whole days of the target between two instants, cut every 24 hours from the axis' start; shape (days, periods)."""
    steps = DAY_MINUTES // feed.axis.step_minutes
    first = int(feed.axis.start.timestamp())
    step_s = feed.axis.step_minutes * 60
    begin = 0 if start_s is None else -(-(start_s - first) // (steps * step_s))
    stop = (end_s - first) // (steps * step_s)
    whole = feed.target.values[-1][: feed.axis.count // steps * steps].reshape(-1, steps)
    return np.asarray(whole[max(begin, 0) : max(stop, 0)])


def _lively(days: NDArray[np.float64]) -> NDArray[np.float64]:
    """Those that are complete and change enough."""
    if not days.size:
        return days
    ordered = np.sort(days, axis=1)
    distinct = 1 + (np.diff(ordered, axis=1) > 0).sum(axis=1)
    return np.asarray(days[~np.isnan(days).any(axis=1) & (distinct >= LIVELY_SHARE_MIN * days.shape[1])])


def _nearest(tested: NDArray[np.float64], learnt: NDArray[np.float64]) -> NDArray[np.float64]:
    """Root mean square distance of each tested day to the nearest learnt one; exactly zero where they are equal."""
    squares = (tested**2).sum(axis=1)[:, None] + (learnt**2).sum(axis=1)[None, :] - 2 * tested @ learnt.T
    nearest = squares.argmin(axis=1)
    return np.asarray(np.sqrt(((tested - learnt[nearest]) ** 2).mean(axis=1)))
