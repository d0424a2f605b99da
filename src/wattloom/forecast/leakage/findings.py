"""What was found that could make a score a leak, and does it forbid the score?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from wattloom.domain.text import Text


class Severity(StrEnum):
    """What a finding does to the score."""

    REFUSES = "refuses"
    """No score is made."""
    WARNS = "warns"
    """The score is made, and the finding stands beside it."""


class Sort(StrEnum):
    """What kind of leak it may be."""

    DUPLICATE = "duplicate"
    NEAR_DUPLICATE = "near_duplicate"
    GROUP = "group"
    TIME = "time"
    GAP = "gap"
    AVAILABILITY = "availability"
    PRETRAINING = "pretraining"
    ORACLE = "oracle"


NEVER_RANKED = frozenset({Sort.ORACLE, Sort.PRETRAINING})
"""Scores that may be shown, but mean something else than the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was found."""

    sort: Sort
    severity: Severity
    where: str
    """The feed, or feed and channel."""
    text: Text
    figure: float | None = None
    """The number that it turns on: a share, a correlation, hours; None where there is none."""


@dataclass(frozen=True, slots=True)
class LeakageReport:
    """Everything that was found, worst first."""

    findings: tuple[Finding, ...] = ()

    @property
    def refuses(self) -> bool:
        """Whether no score may be made."""
        return any(one.severity is Severity.REFUSES for one in self.findings)

    @property
    def ranked(self) -> bool:
        """Whether a score made of this may stand in a ranking."""
        return not self.refuses and not any(one.sort in NEVER_RANKED for one in self.findings)

    def of(self, sort: Sort) -> tuple[Finding, ...]:
        """Those of one kind."""
        return tuple(one for one in self.findings if one.sort is sort)
