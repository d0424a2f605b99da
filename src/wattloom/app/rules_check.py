"""Are the rules sound? Every law that the facts of the territories keep, and what nobody has confirmed yet."""

from __future__ import annotations

from dataclasses import dataclass

from wattloom import rules
from wattloom.domain.errors import InputError, Problem
from wattloom.plan.result import Scan
from wattloom.rules.checks import Finding, Weight, findings, national_findings
from wattloom.rules.periods import problems_with_periods, read_periods

COLUMNS = ("check", "weight", "where", "found", "expected", "remedy")


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesChecked:
    """What the checks say."""

    findings: tuple[Finding, ...]
    """Faults first."""

    @property
    def faults(self) -> int:
        """How many things cannot be so."""
        return sum(one.weight is Weight.FAULT for one in self.findings)

    @property
    def to_be_confirmed(self) -> int:
        """How many values nobody has confirmed."""
        return len(self.findings) - self.faults

    def table(self, *, with_open: bool = True) -> Scan:
        """One row for each finding; without those to be confirmed where `with_open` is false."""
        shown = [one for one in self.findings if with_open or one.weight is Weight.FAULT]
        rows = tuple((one.check, str(one.weight), *_parts(one.problem)) for one in shown)
        return Scan(key="rules_check", columns=COLUMNS, rows=rows)


def rules_check(territory: str | None = None, *, periods: str | None = None) -> RulesChecked:
    """What the checks say of a territory, or of all and the country; of a table of periods where its text is given."""
    if periods is not None:
        return _sorted([_fault("periods", problem) for problem in problems_with_periods(read_periods(periods))])
    keys = rules.territory_keys() if territory is None else (territory,)
    found = [] if territory is not None else list(national_findings())
    for key in keys:
        found += _of_territory(key) if key in rules.territory_keys() else findings(rules.territory(key))
    return _sorted(found)


def _of_territory(key: str) -> list[Finding]:
    """Findings of one territory; a file that cannot be read is told as its faults."""
    try:
        return list(findings(rules.territory(key)))
    except InputError as wrong:
        return [_fault("reading", problem) for problem in wrong.problems]


def _fault(check: str, problem: Problem) -> Finding:
    """A problem that another room found."""
    return Finding(check=check, weight=Weight.FAULT, problem=problem)


def _sorted(found: list[Finding]) -> RulesChecked:
    """Faults first."""
    return RulesChecked(findings=tuple(sorted(found, key=lambda one: one.weight is not Weight.FAULT)))


def _parts(problem: Problem) -> tuple[str, str, str, str]:
    """The four parts of a problem."""
    return (problem.where, problem.found, problem.expected, problem.remedy)
