"""Was an outcome learnt before it could be known, or does learning reach into the test?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.forecasts import TargetKind
from wattloom.domain.text import Text
from wattloom.forecast.feed import starts_of
from wattloom.forecast.leakage.findings import Finding, Severity, Sort
from wattloom.forecast.sight import Training, known_of, outcomes_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.forecast.backtest import Period
    from wattloom.forecast.feed import Feed
    from wattloom.forecast.task import Task

SECONDS_PER_HOUR = 3600
PUBLISHED_BEFORE = frozenset({TargetKind.PRICE})
"""An auction tells its prices before delivery; what is metered is known when it has happened."""
EARLY = Text(
    "{count} readings are marked as known before their period has ended, the first up to {hours:.1f} h before",
    "有 {count} 个实测值的已知时刻早于其时段结束，最早提前 {hours:.1f} 小时",
)
REACHES = Text(
    "learnt until {learnt}, though the test begins at {cutoff}",
    "训练用到 {learnt}，而测试自 {cutoff} 开始",
)
TOLD = Text(
    "{share:.1%} of the outcomes were known when their forecast was issued", "{share:.1%} 的实际值在预报发布时已知"
)
SHORT = Text(
    "the last origin learnt from is {hours:.1f} h before the test, less than the horizon of {horizon:.1f} h",
    "最后一个训练起点距测试 {hours:.1f} 小时，小于预测跨度 {horizon:.1f} 小时",
)


def timing_findings(feed: Feed, teachers: Sequence[Feed], task: Task, period: Period) -> list[Finding]:
    """What each teacher would give at the first cut-off, against the clock of the world.

    Args:
        feed: what is forecast.
        teachers: what is learnt from.
        task: the clock of the forecasts.
        period: what is tested.
    """
    findings = []
    for one in {id(one): one for one in (feed, *teachers)}.values():
        findings += _early(one)
    origins = task.origins(period.start, period.end, feed.zone)
    if not origins.size:
        return findings
    findings += _told_already(feed, task, origins)
    for teacher in teachers:
        training = Training.until(teacher, task, period.start)
        findings += training_findings(training, task, first_test_s=int(origins[0]), where=teacher.name)
    return findings


def training_findings(training: Training, task: Task, *, first_test_s: int, where: str) -> list[Finding]:
    """Origins learnt from against the first one tested: the gap must be the horizon at least.

    Of what is published before it happens, as prices are, the periods learnt must end before those tested begin.

    Args:
        training: what a model learns from.
        task: the clock of the forecasts.
        first_test_s: first origin tested.
        where: name for the finding.
    """
    origins = training.sight.origins_s
    if not origins.size:
        return []
    last_s = int(origins.max())
    if last_s >= first_test_s:
        text = REACHES.filled(learnt=_moment(last_s), cutoff=_moment(first_test_s))
        return [Finding(sort=Sort.TIME, severity=Severity.REFUSES, where=where, text=text)]
    published = training.sight.about.kind in PUBLISHED_BEFORE
    limit_s = first_test_s + (task.first_lead * task.step_s if published else 0)
    if last_s + task.horizon_s > limit_s:
        hours = (first_test_s - last_s) / SECONDS_PER_HOUR
        text = SHORT.filled(hours=hours, horizon=task.horizon_s / SECONDS_PER_HOUR)
        return [Finding(sort=Sort.GAP, severity=Severity.REFUSES, where=where, text=text, figure=hours)]
    return []


def _early(feed: Feed) -> list[Finding]:
    """Readings of the target that claim to be known before they happened."""
    if feed.kind in PUBLISHED_BEFORE:
        return []
    ends = starts_of(feed.axis) + feed.axis.step_minutes * 60
    early = np.where(np.isnan(feed.target.values), 0, ends[None, :] - feed.target.known_s.astype(np.float64))
    if not (early > 0).any():
        return []
    hours = min(float(early.max()) / SECONDS_PER_HOUR, feed.axis.count * feed.axis.step_minutes / 60)
    text = EARLY.filled(count=int((early > 0).sum()), hours=hours)
    return [Finding(sort=Sort.AVAILABILITY, severity=Severity.REFUSES, where=f"{feed.name}, target", text=text)]


def _told_already(feed: Feed, task: Task, origins: NDArray[np.int64]) -> list[Finding]:
    """Outcomes that were known when their forecast was issued: there is nothing to forecast."""
    known, outcomes = known_of(feed, task, origins), outcomes_of(feed, task, origins)
    told = (known <= origins[:, None]) & ~np.isnan(outcomes)
    if not told.any():
        return []
    share = float(told.mean())
    text = TOLD.filled(share=share)
    where = f"{feed.name}, target"
    return [Finding(sort=Sort.AVAILABILITY, severity=Severity.REFUSES, where=where, text=text, figure=share)]


def _moment(second: int) -> str:
    """An instant for a reader."""
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%d %H:%M UTC")
