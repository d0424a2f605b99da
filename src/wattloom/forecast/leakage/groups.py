"""Is the station itself, or its twin, among those learnt from, where it should be one never seen?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.text import Text
from wattloom.forecast.feed import starts_of
from wattloom.forecast.leakage.findings import Finding, Severity, Sort

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.forecast.feed import Feed

SAME_SERIES = 0.9999
"""Correlation above which two records are one: neighbouring farms reach 0.98."""
COMMON_MIN = 48
"""Periods that both must know before anything is said."""
NEAR_DEG = 0.01
"""About a kilometre."""
NAMED = Text(
    "{teacher} is learnt from, and the station is said to be unseen", "训练集中含有 {teacher}，而该场站应为未见场站"
)
GROUPED = Text("{teacher} belongs to the same group, {group}", "{teacher} 属于同一组：{group}")
TWIN = Text(
    "{teacher} tells the same values under another name (correlation {figure:.5f})",
    "{teacher} 以另一名称给出相同数据（相关系数 {figure:.5f}）",
)
PLACED = Text("{teacher} stands at the same place", "{teacher} 位于同一地点")


def group_findings(feed: Feed, teachers: Sequence[Feed], groups: Mapping[str, str], *, unseen: bool) -> list[Finding]:
    """The teachers of a station against the claim that it is unseen.

    Args:
        feed: the station tested.
        teachers: those learnt from.
        groups: by name, what belongs together though it has several names: a site, a transformer, a well.
        unseen: whether the station is said to be unseen; else only twins under other names are looked for.
    """
    findings = []
    for teacher in teachers:
        if teacher is feed or teacher.name == feed.name:
            findings += [_refused(feed, NAMED.filled(teacher=teacher.name))] if unseen else []
            continue
        group = groups.get(feed.name)
        if unseen and group is not None and groups.get(teacher.name) == group:
            findings.append(_refused(feed, GROUPED.filled(teacher=teacher.name, group=group)))
        likeness = abs(_likeness(feed, teacher))
        if likeness >= SAME_SERIES:
            text = TWIN.filled(teacher=teacher.name, figure=likeness)
            findings.append(_refused(feed, text, likeness))
        elif unseen and _same_place(feed, teacher):
            text = PLACED.filled(teacher=teacher.name)
            findings.append(Finding(sort=Sort.GROUP, severity=Severity.WARNS, where=feed.name, text=text))
    return findings


def _refused(feed: Feed, text: Text, figure: float | None = None) -> Finding:
    """A finding that forbids the score."""
    return Finding(sort=Sort.GROUP, severity=Severity.REFUSES, where=feed.name, text=text, figure=figure)


def _likeness(one: Feed, other: Feed) -> float:
    """Correlation of both targets over their common periods; 0 where there are too few."""
    if one.axis.step_minutes != other.axis.step_minutes:
        return 0.0
    common, here, there = np.intersect1d(starts_of(one.axis), starts_of(other.axis), return_indices=True)
    if len(common) < COMMON_MIN:
        return 0.0
    return correlation(one.target.values[-1][here], other.target.values[-1][there])


def correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Of what both know; 0 where that is too little, or does not change."""
    known = ~(np.isnan(one) | np.isnan(other))
    if known.sum() < COMMON_MIN:
        return 0.0
    first, second = one[known] - one[known].mean(), other[known] - other[known].mean()
    size = np.sqrt((first @ first) * (second @ second))
    return float(first @ second / size) if size > 0 else 0.0


def _same_place(one: Feed, other: Feed) -> bool:
    """Whether both places are known and within a kilometre."""
    if one.place is None or other.place is None:
        return False
    north = abs(one.place.latitude_deg - other.place.latitude_deg)
    east = abs(one.place.longitude_deg - other.place.longitude_deg)
    return max(north, east) <= NEAR_DEG
