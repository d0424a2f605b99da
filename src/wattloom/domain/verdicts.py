"""Does a design keep a rule, and where is the rule written?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal

from wattloom.domain.flows import Amount
from wattloom.domain.measures import Ratio
from wattloom.domain.text import SILENT, Text


class Confidence(StrEnum):
    """How sure a fact is. Below `VERIFIED_ONE_COPY` it is shown as to be confirmed."""

    VERIFIED_PRIMARY = "verified-primary"
    """The official text was read."""
    VERIFIED = "verified"
    """Stated by a source that was read."""
    VERIFIED_ONE_COPY = "verified-one-copy"
    """One copy of an official table."""
    ASSUMED = "assumed"
    """Chosen for want of a source: to be confirmed."""
    UNVERIFIED = "unverified"
    """General knowledge: to be confirmed."""
    USER = "user"
    """Given in the project file."""

    @property
    def to_be_confirmed(self) -> bool:
        """Whether a reader must check it before relying on it."""
        return self in {Confidence.ASSUMED, Confidence.UNVERIFIED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """Where a rule or a value is written."""

    document: Text
    """Such as 'NDRC Energy [2025] No. 650', 发改能源〔2025〕650号."""
    article: Text = SILENT
    in_force: date | None = None
    """First delivery day it applies to; None where the source does not say."""
    source: Text = SILENT
    """Address, or how the copy was found."""
    confidence: Confidence = Confidence.VERIFIED


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """A ratio of flows that must stay on one side of a limit. Binds a program; judges a year."""

    rule: str
    """Key of the rule, such as doc650_self_use_of_generation."""
    ratio: Ratio
    sense: Literal[">=", "<="]
    limit: float
    clause: Clause
    binds: bool = True
    """False for what is only shown."""

    def slack(self) -> Amount:
        """Linear in the flows; at or above zero exactly when the rule is kept."""
        excess = self.ratio.excess_over(self.limit)
        return excess if self.sense == ">=" else -1.0 * excess

    def verdict(self, *, tolerance: float = 1e-6) -> Verdict:
        """Judge arrays."""
        figure = self.ratio.value
        if figure is None:
            return Verdict(
                rule=self.rule, status=Status.NOT_APPLICABLE, limit=self.limit, sense=self.sense, clause=self.clause
            )
        kept = figure >= self.limit - tolerance if self.sense == ">=" else figure <= self.limit + tolerance
        return Verdict(
            rule=self.rule,
            status=Status.PASS if kept else Status.FAIL,
            figure=figure,
            limit=self.limit,
            sense=self.sense,
            clause=self.clause,
        )


class Status(StrEnum):
    """What a verdict says."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    EXEMPT = "exempt"
    NOT_APPLICABLE = "not_applicable"
    TO_BE_CONFIRMED = "to_be_confirmed"
    """The rule turns on a fact that nobody has given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a rule says of a design: figure, limit, clause."""

    rule: str
    status: Status
    clause: Clause
    figure: float | None = None
    limit: float | None = None
    sense: str = ""
    note: Text = SILENT
    """A sentence where figure and limit do not say it all."""
