"""Is everything that is wrong said at once, and shortly?"""

import pytest

from wattloom.domain.errors import InputError
from wattloom.intake.findings import PROBLEMS_SHOWN_MAX, Findings


def test_neighbouring_faults_of_a_kind_are_one_problem() -> None:
    findings = Findings("load.csv")
    for line in (12, 13, 14, 20):
        findings.add(line, "load", kind="empty", found="an empty cell", expected="a number", remedy="fill it in")

    found = findings.problems()

    assert [problem.where for problem in found] == ["load.csv:12-14 load", "load.csv:20 load"]
    assert found[0].found == "3 times an empty cell"


def test_faults_of_different_columns_stay_apart() -> None:
    findings = Findings("load.csv")
    for column in ("a", "b"):
        findings.add(5, column, kind="empty", found="an empty cell", expected="a number", remedy="fill it in")

    assert len(findings.problems()) == 2


def test_a_long_list_is_cut_and_counted() -> None:
    findings = Findings("load.csv")
    for line in range(1, 2 * PROBLEMS_SHOWN_MAX, 1):
        findings.add(line, "load", found=f"{line}x", expected="a number", remedy="correct it")

    problems = findings.problems()

    assert len(problems) == PROBLEMS_SHOWN_MAX + 1
    assert problems[-1].found == f"{PROBLEMS_SHOWN_MAX - 1} more places"


def test_nothing_found_raises_nothing() -> None:
    Findings("load.csv").check()


def test_problems_come_in_the_order_of_lines() -> None:
    findings = Findings("load.csv")
    findings.add(9, "b", kind="z", found="x", expected="y", remedy="r")
    findings.add(3, "a", kind="zz", found="x", expected="y", remedy="r")

    with pytest.raises(InputError) as caught:
        findings.check()

    assert [problem.line for problem in caught.value.problems] == [3, 9]
