"""What is wrong in this file? Everything at once, and runs of the same fault as one line."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby

from wattloom.domain.errors import InputError, Problem

PROBLEMS_SHOWN_MAX = 50
"""More would not be read; the rest is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fault at one line, before runs are joined."""

    line: int
    column: str
    kind: str
    """Faults of one kind on neighbouring lines become one problem."""
    found: str
    expected: str
    remedy: str


@dataclass(slots=True)
class Findings:
    """Collects faults of one file and raises them together."""

    name: str
    """The file, as its reader knows it."""
    items: list[Finding] = field(default_factory=list)

    def add(self, line: int, column: str, *, kind: str = "", found: object, expected: str, remedy: str) -> None:
        """Note a fault and go on reading; without a kind it is shown by itself."""
        self.items.append(
            Finding(line=line, column=column, kind=kind, found=str(found), expected=expected, remedy=remedy)
        )

    def problems(self) -> tuple[Problem, ...]:
        """The faults as problems, in the order of their lines, neighbouring ones of a kind joined."""
        runs: list[list[Finding]] = []
        for _, group in groupby(sorted(self.items, key=_order), key=lambda item: (item.kind, item.column)):
            for item in group:
                last = runs[-1][-1] if runs else None
                if last is not None and item.kind and _follows(item, last):
                    runs[-1].append(item)
                else:
                    runs.append([item])
        runs.sort(key=lambda run: run[0].line)
        shown = [self._problem(run) for run in runs[:PROBLEMS_SHOWN_MAX]]
        if len(runs) > PROBLEMS_SHOWN_MAX:
            shown.append(self._rest(runs[PROBLEMS_SHOWN_MAX:]))
        return tuple(shown)

    def check(self) -> None:
        """Raise all that was found; nothing where there is nothing."""
        if self.items:
            raise InputError(self.problems())

    def _problem(self, run: list[Finding]) -> Problem:
        """One problem of a run of findings."""
        first, last = run[0], run[-1]
        lines = f"{first.line}" if len(run) == 1 else f"{first.line}-{last.line}"
        column = f" {first.column}" if first.column else ""
        return Problem(
            where=f"{self.name}:{lines}{column}",
            found=first.found if len(run) == 1 else f"{len(run)} times {first.found}",
            expected=first.expected,
            remedy=first.remedy,
            line=first.line,
        )

    def _rest(self, runs: list[list[Finding]]) -> Problem:
        """How much is not shown."""
        return Problem(
            where=self.name,
            found=f"{len(runs)} more places",
            expected="none",
            remedy="correct the first ones and read the file again",
            line=runs[0][0].line,
        )


def _order(item: Finding) -> tuple[str, str, int]:
    """Faults of a kind and column stand together."""
    return (item.kind, item.column, item.line)


def _follows(item: Finding, last: Finding) -> bool:
    """Whether a fault continues the one before it."""
    return item.kind == last.kind and item.column == last.column and item.line <= last.line + 1
