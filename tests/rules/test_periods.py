"""Named periods of a day: uncovered minutes, minutes covered twice, and the known defects of a public table."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from wattloom.domain.errors import InputError
from wattloom.rules.periods import DEEP, Coverage, Period, coverage, problems_with_periods, read_periods

HEADER = "region,month,period,start,end\n"


def source(name: str) -> str:
    """A source table: skipped where no folder is named, failing where the file lacks."""
    folder = os.environ.get("WATTLOOM_DATA")
    if not folder:
        pytest.skip("WATTLOOM_DATA names no folder of source tables")
    return (Path(folder) / "energy" / "cn-provinces" / name).read_text(encoding="utf-8-sig")


def test_a_valley_over_midnight_and_the_rest_cover_the_day_once() -> None:
    assert coverage([Period("valley", 23 * 60, 7 * 60), Period("flat", 7 * 60, 23 * 60)]).is_whole


def test_gaps_and_overlaps_are_counted_in_minutes() -> None:
    found = coverage([Period("valley", 0, 480), Period("flat", 420, 1380)])

    assert found == Coverage(uncovered_minutes=60, double_minutes=60)


def test_a_deep_valley_lies_over_its_valley_without_being_counted() -> None:
    day = [Period("flat", 0, 660), Period("valley", 660, 840), Period("deep", 720, 840), Period("flat", 840, 1440)]

    assert coverage(day, over=DEEP).is_whole
    assert coverage(day).double_minutes == 120


def test_each_month_that_is_not_whole_is_told_with_its_minutes() -> None:
    lines = [f"here,{month},flat,00:00,24:00" for month in range(1, 12)] + ["here,3,peak,08:00,09:30"]

    found = problems_with_periods(read_periods(HEADER + "\n".join(lines)))

    assert [(problem.where, problem.found) for problem in found] == [
        ("here, month 3", "0 min uncovered, 90 min covered twice"),
        ("here, month 12", "no periods"),
    ]
    assert str(found[1]) == "here, month 12: found no periods; expected a whole day; add the month's periods"


def test_every_bad_row_is_told_with_its_line() -> None:
    with pytest.raises(InputError) as refused:
        read_periods(HEADER + "here,13,flat,00:00,24:00\nhere,1,flat,noon,24:00\nhere,1,flat,00:00,24:01")

    assert [problem.line for problem in refused.value.problems] == [2, 3, 4]
    with pytest.raises(InputError, match="no end"):
        read_periods("region,month,period,start\n")


def test_the_67_known_defects_of_the_public_table_are_found_and_no_other() -> None:
    known = {
        (row["region"], int(row["month"])): (int(row["minutes_uncovered"]), int(row["minutes_double"]))
        for row in csv.DictReader(source("tou_known_defects.csv").splitlines())
    }
    periods = read_periods(source("tou_periods_2026-02.csv"))

    found = {place: coverage(day, over=DEEP) for place, day in periods.items()}

    defects = {place: (one.uncovered_minutes, one.double_minutes) for place, one in found.items() if not one.is_whole}
    assert len(known) == 67
    assert defects == known
    missing = [problem.where for problem in problems_with_periods(periods) if problem.found == "no periods"]
    assert missing == ["四川省, month 2"]
