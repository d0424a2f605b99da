"""What must be known of a test before its score may be believed?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from wattloom.domain.text import Text
from wattloom.forecast.fingerprint import fingerprint
from wattloom.forecast.leakage.availability import availability_findings
from wattloom.forecast.leakage.duplicates import duplicate_findings
from wattloom.forecast.leakage.findings import Finding, LeakageReport, Severity, Sort
from wattloom.forecast.leakage.groups import group_findings
from wattloom.forecast.leakage.timing import timing_findings

if TYPE_CHECKING:
    from wattloom.forecast.backtest import Period
    from wattloom.forecast.contract import Model
    from wattloom.forecast.feed import Feed
    from wattloom.forecast.task import Task

UNDECLARED = Text(
    "{model} was pre-trained and does not say on what: shown, never ranked",
    "{model} 经过预训练但未声明数据：仅展示，不参与排名",
)
OVERLAPS = Text(
    "{model} was pre-trained on {data}, which the test is made of", "{model} 曾在 {data} 上预训练，而测试取自该数据"
)


@runtime_checkable
class Pretrained(Protocol):
    """A model that learnt before it was given anything here."""

    @property
    def pretrained_on(self) -> tuple[str, ...] | None:
        """Names of data sets, stations or fingerprints of feeds; empty: made-up data only; None: it is not known."""
        ...


def pretraining_of(model: Model) -> tuple[str, ...] | None:
    """What a model declares; a model without the word learns from its trainings only."""
    return model.pretrained_on if isinstance(model, Pretrained) else ()


def leakage_report(
    model: Model,
    feed: Feed,
    task: Task,
    period: Period,
    *,
    teachers: Sequence[Feed] | None = None,
    groups: Mapping[str, str] | None = None,
) -> LeakageReport:
    """Everything that can be said of leaks before a back-test is run: the arguments are the back-test's own.

    Args:
        model: what will be tested; asked only what it was pre-trained on.
        feed: what is forecast.
        task: when, and which periods.
        period: what is tested.
        teachers: feeds learnt from; None: the feed's own past. Without the feed, it is said to be unseen.
        groups: by feed name, what belongs together though it has several names.
    """
    learnt = [feed] if teachers is None else list(teachers)
    unseen = not any(teacher is feed for teacher in learnt)
    findings = [
        *_pretraining(model, feed),
        *timing_findings(feed, learnt, task, period),
        *group_findings(feed, learnt, groups or {}, unseen=unseen),
        *availability_findings(feed, task),
        *duplicate_findings(
            feed, learnt, cutoff_s=int(period.start.timestamp()), end_s=int(period.end.timestamp()) + task.horizon_s
        ),
    ]
    return LeakageReport(tuple(sorted(findings, key=lambda one: one.severity is not Severity.REFUSES)))


def _pretraining(model: Model, feed: Feed) -> list[Finding]:
    """What a model brings along, against the feed."""
    declared = pretraining_of(model)
    if declared is None:
        text = UNDECLARED.filled(model=model.name)
        return [Finding(sort=Sort.PRETRAINING, severity=Severity.WARNS, where=feed.name, text=text)]
    source, mark = feed.target.source.lower(), fingerprint(feed)
    common = [one for one in declared if one in {feed.name, mark} or (one and one.lower() in source)]
    return [
        Finding(
            sort=Sort.PRETRAINING,
            severity=Severity.REFUSES,
            where=feed.name,
            text=OVERLAPS.filled(model=model.name, data=one),
        )
        for one in common
    ]
