"""Do the named periods of a day cover it once? Minutes that no period covers, and minutes that two or more do."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from wattloom.domain.errors import InputError, Problem
from wattloom.domain.time import MONTHS_PER_YEAR

MINUTES_PER_DAY = 24 * 60
HEADER = ("region", "month", "period", "start", "end")
DEEP = frozenset({"深谷", "deep"})
"""Bands that lie over others in the tables of periods that are about."""
CLOCK = re.compile(r"(\d{1,2}):(\d{2})")


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of each day with one band, [start, end) in minutes after midnight; it may run over midnight."""

    band: str
    start_minute: int
    end_minute: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How often the minutes of a day are covered."""

    uncovered_minutes: int
    double_minutes: int

    @property
    def is_whole(self) -> bool:
        """Whether each minute is covered once."""
        return not (self.uncovered_minutes or self.double_minutes)


def coverage(periods: Iterable[Period], *, over: frozenset[str] = frozenset()) -> Coverage:
    """How the periods cover a day; the bands of `over` lie over others and are not counted.

    Example:
        >>> coverage([Period("valley", 1380, 420), Period("peak", 400, 1380)])
        Coverage(uncovered_minutes=0, double_minutes=20)
    """
    times = [0] * MINUTES_PER_DAY
    for one in periods:
        past_midnight = MINUTES_PER_DAY if one.end_minute <= one.start_minute else 0
        counted = 0 if one.band in over else 1
        for minute in range(one.start_minute, one.end_minute + past_midnight):
            times[minute % MINUTES_PER_DAY] += counted
    return Coverage(
        uncovered_minutes=sum(count == 0 for count in times), double_minutes=sum(count > 1 for count in times)
    )


def read_periods(text: str) -> dict[tuple[str, int], list[Period]]:
    """Periods by region and month, from a table with the columns region, month, period, start and end."""
    lines = csv.DictReader(text.splitlines())
    lacking = [name for name in HEADER if name not in (lines.fieldnames or ())]
    if lacking:
        raise InputError.one(
            "header", found=f"no {', '.join(lacking)}", expected=", ".join(HEADER), remedy="name the columns so"
        )
    found: dict[tuple[str, int], list[Period]] = {}
    problems: list[Problem] = []
    for number, row in enumerate(lines, start=2):
        start, end, month = minute_of(row["start"]), minute_of(row["end"]), row["month"]
        if start is None or end is None or not month.isdigit() or not 1 <= int(month) <= MONTHS_PER_YEAR:
            said = f"month {month}, {row['start']} to {row['end']}"
            expected, remedy = "a month from 1 to 12 and times such as 07:30", "correct the row"
            problems.append(Problem(where=f"line {number}", found=said, expected=expected, remedy=remedy, line=number))
            continue
        found.setdefault((row["region"], int(month)), []).append(Period(row["period"], start, end))
    if problems:
        raise InputError(problems)
    return found


def minute_of(clock: str) -> int | None:
    """Minutes after midnight of a clock time up to 24:00; None where it is none.

    Example:
        >>> minute_of("24:00"), minute_of("noon")
        (1440, None)
    """
    said = CLOCK.fullmatch(clock.strip())
    if said is None:
        return None
    minute = int(said[1]) * 60 + int(said[2])
    return minute if minute <= MINUTES_PER_DAY and int(said[2]) < 60 else None  # noqa: PLR2004 - minutes in an hour


def problems_with_periods(
    periods: Mapping[tuple[str, int], Iterable[Period]], *, over: frozenset[str] = DEEP
) -> tuple[Problem, ...]:
    """Each region and month whose periods do not cover the day once, or that has no periods at all.

    Tables give deep valleys beside the bands that they replace, often for holidays alone: they are not counted.
    """
    found = []
    for region in dict.fromkeys(region for region, _ in periods):
        for month in range(1, MONTHS_PER_YEAR + 1):
            where = f"{region}, month {month}"
            given = tuple(periods.get((region, month), ()))
            if not given:
                found.append(
                    Problem(where=where, found="no periods", expected="a whole day", remedy="add the month's periods")
                )
                continue
            covered = coverage(given, over=over)
            if not covered.is_whole:
                found.append(
                    Problem(
                        where=where,
                        found=f"{covered.uncovered_minutes} min uncovered, {covered.double_minutes} min covered twice",
                        expected="each minute of the day in one period",
                        remedy="correct the periods from the notice",
                    )
                )
    return tuple(found)
