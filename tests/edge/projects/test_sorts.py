"""Has every sort of file its schema, its page and its check, and do the three say the same?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from wattloom.domain.errors import InputError
from wattloom.edge import projects
from wattloom.edge.projects import SORTS
from wattloom.wiring import find

EXAMPLES = Path(__file__).parents[3] / "examples"
OF_SORT = {
    "dispatch": "dispatch_five_sites", "match": "twelve_provinces", "forecast": "forecast_day", "bids": "market_bid",
    "settle": "settle_month", "certificates": "certificates_campus", "pool": "vpp_guangdong",
    "value": "flexibility_100mw",
}  # fmt: skip


def loaded(text: str) -> Any:
    """A file as an editor sees it: YAML 1.2 has texts and numbers, and no days."""
    return json.loads(json.dumps(YAML(typ="safe", pure=True).load(text), default=str))


def errors(sort: str, text: str) -> set[str]:
    """Where the schema of a sort finds fault."""
    found = Draft202012Validator(projects.schema_of(sort)).iter_errors(loaded(text))
    return {".".join(str(step) for step in error.absolute_path) for error in found}


def test_every_sort_has_an_example() -> None:
    assert set(OF_SORT) == set(SORTS)


@pytest.mark.parametrize("sort", SORTS)
def test_the_example_of_a_sort_is_right_for_the_check_and_for_an_editor(sort: str) -> None:
    file = EXAMPLES / f"{OF_SORT[sort]}.yaml"
    Draft202012Validator.check_schema(projects.schema_of(sort))

    checked = find("project_check")(file, sort)

    assert checked.problems == ()
    assert checked.name == loaded(file.read_text("utf-8"))["name"]
    assert errors(sort, file.read_text("utf-8")) == set()


@pytest.mark.parametrize("sort", SORTS)
def test_a_key_that_nobody_knows_is_found_by_both(sort: str, tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text("name: x\ncolour: red\n", "utf-8")

    found = {str(problem.where) for problem in find("project_check")(file, sort).problems}

    assert f"{file}:2 colour" in found
    assert "" in errors(sort, file.read_text("utf-8"))


@pytest.mark.parametrize("sort", SORTS)
def test_the_page_of_a_sort_names_every_key_of_its_top_level(sort: str) -> None:
    page, drawn = projects.reference_of(sort), projects.schema_of(sort)

    missing = [key for key in drawn["properties"] if key != "$schema" and f"`{key}" not in page]
    assert missing == []
    assert {line.replace("\\|", "").count("|") for line in page.splitlines() if line.startswith("|")} == {5}
    assert SORTS[sort].title.zh in projects.reference_of(sort, lang="zh")


def test_a_sort_that_is_none_is_told_with_those_that_are() -> None:
    with pytest.raises(InputError, match="one of plan, dispatch, match, forecast, bids"):
        find("project_check")(EXAMPLES / "market_bid.yaml", "bid")
