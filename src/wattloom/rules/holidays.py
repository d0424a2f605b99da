"""Which days are holidays, and which weekends are worked? As the State Council says; other years must be given."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from wattloom.domain.errors import InputError
from wattloom.domain.text import Text
from wattloom.domain.verdicts import Clause
from wattloom.rules.reading import Reader, documents

SATURDAY = 5
"""First day of the weekend, as `date.weekday` counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Festival:
    """Days off for one festival, those moved to it from a weekend included."""

    key: str
    """Such as spring_festival."""
    name: Text
    first_day: date
    last_day: date
    clause: Clause

    @property
    def days(self) -> int:
        """How long it is.

        Example:
            >>> official_calendar().festival(date(2026, 10, 3)).days
            7
        """
        return (self.last_day - self.first_day).days + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class HolidayCalendar:
    """Festivals and worked weekends of some years."""

    years: frozenset[int]
    festivals: tuple[Festival, ...]
    working_weekends: frozenset[date]

    def festival(self, day: date) -> Festival | None:
        """The festival that a day is off for; None on any other day. A year without an arrangement is refused."""
        if day.year not in self.years:
            raise InputError.one(
                f"holidays of {day.year}",
                found="no arrangement",
                expected=f"one of the years {', '.join(map(str, sorted(self.years)))}, or the days off given",
                remedy="give the calendar with the State Council's notice of that year added (HolidayCalendar.also)",
            )
        return next((one for one in self.festivals if one.first_day <= day <= one.last_day), None)

    def is_rest_day(self, day: date) -> bool:
        """Whether the day is off: a festival, or a weekend that is not worked.

        Example:
            >>> calendar = official_calendar()
            >>> calendar.is_rest_day(date(2026, 2, 14)), calendar.is_rest_day(date(2026, 2, 7))
            (False, True)
        """
        if self.festival(day) is not None:
            return True
        return day.weekday() >= SATURDAY and day not in self.working_weekends

    def also(self, year: int, festivals: Iterable[Festival], working_weekends: Iterable[date] = ()) -> HolidayCalendar:
        """The calendar with another year that the user gives; a year that is there is replaced."""
        kept = tuple(one for one in self.festivals if one.first_day.year != year)
        days = frozenset(day for day in self.working_weekends if day.year != year)
        return HolidayCalendar(
            years=self.years | {year},
            festivals=(*kept, *festivals),
            working_weekends=days | frozenset(working_weekends),
        )


@cache
def official_calendar() -> HolidayCalendar:
    """The years whose arrangement is known."""
    return parse_holidays(files("wattloom.rules").joinpath("holidays.toml").read_text(encoding="utf-8"))


def parse_holidays(text: str) -> HolidayCalendar:
    """A calendar from the text of its file; raises `InputError` with every fault."""
    table = tomllib.loads(text)
    reader = Reader("holidays.toml", documents())
    names = {key: Text(said["en"], said["zh"]) for key, said in table["festivals"].items()}
    festivals = tuple(one for year in table["years"] for one in _festivals(reader, year, names))
    _refuse_overlaps(reader, festivals)
    working = frozenset(day for year in table["years"] for day in year["working"])
    for day in sorted(working):
        if day.weekday() < SATURDAY:
            reader.fault(f"working {day}", found=f"{day:%A}", expected="a Saturday or Sunday", remedy="correct the day")
        if any(one.first_day <= day <= one.last_day for one in festivals):
            reader.fault(f"working {day}", found="a day off", expected="a day that is worked", remedy="correct one")
    reader.finish()
    return HolidayCalendar(
        years=frozenset(year["year"] for year in table["years"]), festivals=festivals, working_weekends=working
    )


def _festivals(reader: Reader, year: Mapping[str, Any], names: Mapping[str, Text]) -> Iterable[Festival]:
    """The festivals of one year."""
    clause, _ = reader.clause(f"years {year['year']}", year)
    for key, (first, last) in year["days"].items():
        if key not in names or last < first or first.year != year["year"]:
            reader.fault(
                f"years {year['year']} {key}",
                found=f"{first} to {last}",
                expected=f"first and last day in {year['year']} of one of {', '.join(names)}",
                remedy="correct it from the notice",
            )
            continue
        yield Festival(key=key, name=names[key], first_day=first, last_day=last, clause=clause)


def _refuse_overlaps(reader: Reader, festivals: tuple[Festival, ...]) -> None:
    """No day is off for two festivals."""
    seen: dict[date, str] = {}
    for one in festivals:
        for day in (one.first_day + timedelta(days=number) for number in range(one.days)):
            if day in seen:
                reader.fault(str(day), found=f"{seen[day]} and {one.key}", expected="one", remedy="correct one of them")
            seen[day] = one.key
