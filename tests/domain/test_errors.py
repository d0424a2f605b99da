"""Does an error tell its four things, all at once, wherever it is raised?"""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from wattloom.domain import errors
from wattloom.domain.errors import Infeasible, InputError, MissingData, Problem, SolveError, WattloomError
from wattloom.domain.text import Text


def problem(line: int | None, found: str = "-3") -> Problem:
    return Problem(where="site.yaml", found=found, expected="a number above 0", remedy="write the life", line=line)


def test_a_problem_is_one_sentence_of_four_parts() -> None:
    assert str(problem(7)) == "site.yaml: found -3; expected a number above 0; write the life"


def test_problems_stand_in_the_order_of_their_lines_and_those_without_last() -> None:
    raised = InputError([problem(None, "a"), problem(9, "b"), problem(2, "c")])

    assert [p.found for p in raised.problems] == ["c", "b", "a"]
    assert str(raised).splitlines()[0] == str(problem(2, "c"))


def test_one_problem_makes_an_error() -> None:
    raised = InputError.one("time", found=3, expected="a time", remedy="name the zone")

    assert [(p.found, p.line) for p in raised.problems] == [("3", None)]


def test_an_input_error_keeps_its_problems_between_processes() -> None:
    raised = InputError([problem(7), problem(9)])

    again = pickle.loads(pickle.dumps(raised))  # noqa: S301 - our own

    assert type(again) is InputError
    assert again.problems == raised.problems
    assert str(again) == str(raised)


def test_a_refusal_keeps_both_languages_between_processes() -> None:
    raised = Infeasible(Text("no plan", "无可行方案"))

    again = pickle.loads(pickle.dumps(raised))  # noqa: S301 - our own

    assert (str(again), again.zh) == ("no plan", "无可行方案")


def test_a_plain_refusal_speaks_for_both_languages() -> None:
    assert Infeasible("no plan").zh == "no plan"


@pytest.mark.parametrize("kind", [InputError, MissingData, SolveError, Infeasible])
def test_whoever_catches_ours_catches_each(kind: type[Exception]) -> None:
    assert issubclass(kind, WattloomError)


def test_the_tree_at_the_top_of_the_file_shows_every_error() -> None:
    tree = Path(errors.__file__).read_text(encoding="utf-8").split('"""')[1]
    kinds = [name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)]

    assert len(kinds) > 6
    assert [name for name in kinds if name not in tree] == []
