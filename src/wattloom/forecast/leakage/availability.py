"""Does a channel know more than its time allows?

A forecast of weather errs. One that never errs is a measurement or a reanalysis passed off as a forecast; one that
knows the target is the target. Likeness is measured on what is left when the usual course of the day is taken out, so
that two curves do not look alike because both follow the sun.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.text import Text
from wattloom.forecast.feed import starts_of
from wattloom.forecast.leakage.findings import Finding, Severity, Sort
from wattloom.forecast.leakage.groups import COMMON_MIN, correlation
from wattloom.forecast.task import DAY_MINUTES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.forecast.feed import Channel, Feed
    from wattloom.forecast.task import Task

EQUAL_SHARE_MAX = 0.5
"""Share of changing values that may equal another record's: a published plan may be kept, but not always."""
KNOWS = 0.999
"""Likeness to the target above which a channel known beforehand is the target."""
SUSPICIOUS = 0.98
"""Good forecasts of system load reach 0.97 without the day's course."""
SURPRISE = 0.2
"""A reading that leads the target explains the future this much better than the target's own present does."""
IS_TARGET = Text(
    "known before its time, and {share:.0%} of its changing values are the target's own",
    "提前已知，且其变化值中有 {share:.0%} 与目标值相同",
)
LIKE_TARGET = Text(
    "known before its time, and like the target beyond what a forecast can be (correlation {figure:.4f})",
    "提前已知，且与目标值的相似程度超出预报所能（相关系数 {figure:.4f}）",
)
IS_MEASURED = Text(
    "marked as issued, but {share:.0%} of its changing values equal the measured {other}: a forecast errs",
    "标为预报，但其变化值中有 {share:.0%} 与实测 {other} 相同：预报总有误差",
)
NEVER_CHANGES = Text(
    "its versions are all the same: a forecast that is never revised may be a reanalysis",
    "各版本完全相同：从不修订的预报可能是再分析资料",
)
LEADS = Text(
    "tells {hours:.2g} h ahead what the target will be (likeness {figure:.4f}; its own present {own:.4f})",
    "提前 {hours:.2g} 小时给出目标值（相似度 {figure:.4f}，目标自身当前值 {own:.4f}）",
)
SHOWS_LATER = Text(
    "shows what happened later: the score is a bound, not a forecast", "给出事后实况：该得分为上界，并非预报"
)


def availability_findings(feed: Feed, task: Task) -> list[Finding]:
    """Every channel of a feed against its target and against the others."""
    findings = []
    starts = starts_of(feed.axis)
    ends = starts + feed.axis.step_minutes * 60
    for name, channel in feed.channels.items():
        where = f"{feed.name}, {name}"
        if channel.oracle:
            findings.append(Finding(sort=Sort.ORACLE, severity=Severity.WARNS, where=where, text=SHOWS_LATER))
            continue
        ahead = _seen_before(channel, starts)
        if (~np.isnan(ahead)).sum() >= COMMON_MIN:
            findings += list(_ahead(feed, name, ahead, ends))
        findings += list(_unrevised(channel, where))
        findings += list(_leading(feed, channel, where, task))
    return findings


def _seen_before(channel: Channel, starts: NDArray[np.int64]) -> NDArray[np.float64]:
    """The first version of each value that was known when its period began; NaN where none was."""
    before = (channel.known_s <= starts[None, :]) & ~np.isnan(channel.values)
    first = np.where(before, channel.known_s, np.iinfo(np.int64).max).argmin(axis=0)
    values = channel.values[first, np.arange(channel.values.shape[1])]
    return np.where(before.any(axis=0), values, np.nan)


def _ahead(feed: Feed, name: str, ahead: NDArray[np.float64], ends: NDArray[np.int64]) -> Iterator[Finding]:
    """A channel known beforehand against the target and against what is measured afterwards."""
    where, target = f"{feed.name}, {name}", feed.target.values[-1]
    share = _equal_share(ahead, target)
    likeness = abs(correlation(_unusual(feed, ahead), _unusual(feed, target)))  # A sign or a unit hides nothing.
    if share > EQUAL_SHARE_MAX:
        yield _told(where, IS_TARGET.filled(share=share), share)
    elif likeness >= KNOWS:
        yield _told(where, LIKE_TARGET.filled(figure=likeness), likeness)
    elif likeness >= SUSPICIOUS:
        yield _told(where, LIKE_TARGET.filled(figure=likeness), likeness, Severity.WARNS)
    for other, measured in feed.channels.items():
        later = np.where((measured.known_s >= ends[None, :]).all(axis=0), measured.values[-1], np.nan)
        share = 0.0 if other == name or measured.oracle else _equal_share(ahead, later)
        if share > EQUAL_SHARE_MAX:
            yield _told(where, IS_MEASURED.filled(share=share, other=other), share)


def _unrevised(channel: Channel, where: str) -> Iterator[Finding]:
    """Versions that never differ."""
    if len(channel.values) > 1 and _equal_share(channel.values[0], channel.values[-1]) == 1.0:
        yield _told(where, NEVER_CHANGES, 1.0, Severity.WARNS)


def _leading(feed: Feed, channel: Channel, where: str, task: Task) -> Iterator[Finding]:
    """A reading that tells the target of later: at the step, up to the horizon, at which it is most like it."""
    value, target = channel.values[-1], feed.target.values[-1]
    furthest = min(task.first_lead + task.leads, len(target) - COMMON_MIN)
    if furthest < 1:
        return
    unusual, own = _unusual(feed, value), _unusual(feed, target)
    step = _most_alike(unusual, own, furthest)
    hours, present = step * feed.axis.step_minutes / 60, correlation(own[:-step], own[step:])
    share, likeness = _equal_share(value[:-step], target[step:]), abs(correlation(unusual[:-step], own[step:]))
    if share > EQUAL_SHARE_MAX or (likeness >= KNOWS and 1 - likeness < SURPRISE * (1 - present)):
        yield _told(where, LEADS.filled(hours=hours, figure=likeness, own=present), max(share, likeness))


def _most_alike(leading: NDArray[np.float64], following: NDArray[np.float64], furthest: int) -> int:
    """The step, from 1 to the furthest, by which one is most like the other later on; gaps count as usual."""
    size = 1 << (len(leading) + furthest).bit_length()
    spectra = [np.fft.rfft(np.nan_to_num(values), size) for values in (leading, following)]
    alike = np.fft.irfft(np.conj(spectra[0]) * spectra[1], size)[1 : furthest + 1]
    return int(np.abs(alike).argmax()) + 1


def _told(where: str, text: Text, figure: float, severity: Severity = Severity.REFUSES) -> Finding:
    """A finding of availability."""
    return Finding(sort=Sort.AVAILABILITY, severity=severity, where=where, text=text, figure=figure)


def _equal_share(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Share of equal values where both are known and change; 0 where that is too little."""
    known = ~(np.isnan(one) | np.isnan(other))
    first, second = one[known], other[known]
    changing = np.flatnonzero(np.diff(second, prepend=second[:1]) != 0) if second.size else second.astype(int)
    if len(changing) < COMMON_MIN:
        return 0.0
    return float((first[changing] == second[changing]).mean())


def _unusual(feed: Feed, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """What is left of a curve without the mean of its time of day."""
    steps = DAY_MINUTES // feed.axis.step_minutes
    clock = np.arange(len(values)) % steps
    known = ~np.isnan(values)
    sums = np.bincount(clock[known], weights=values[known], minlength=steps)
    counts = np.bincount(clock[known], minlength=steps)
    means = np.divide(sums, counts, out=np.full(steps, np.nan), where=counts > 0)
    return np.asarray(values - means[clock])
