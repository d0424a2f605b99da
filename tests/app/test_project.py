"""A project file is begun, drawn for editors and checked, with what the rules know."""

from __future__ import annotations

from pathlib import Path

import pytest

from wattloom.app.project_check import project_check, project_read
from wattloom.app.project_new import project_new
from wattloom.app.project_schema import project_schema
from wattloom.domain.errors import InputError
from wattloom.edge import projects
from wattloom.intake import datasets

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_what_is_begun_is_found_right_and_told_in_one_glance(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"

    project_new(path, template=projects.template, write=projects.write_new, kinds=["solar"], territory="ningxia")
    found = project_check(path, read=projects.read, datasets=datasets.names())

    assert found.right
    assert (found.name, found.territory) == ("My site", "ningxia")
    assert sorted(found.assets.values()) == [1, 1, 1]


def test_a_check_tells_all_and_a_read_raises_it(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    text = projects.template(["solar"])
    path.write_text(
        text.replace("territory: xinjiang", "territory: xinjang\n  facts: {los_rate: 0.03}"), encoding="utf-8"
    )

    found = project_check(path, read=projects.read)

    assert [p.remedy for p in found.problems] == ["did you mean xinjiang?", "did you mean loss_rate?"]
    assert not found.right
    with pytest.raises(InputError):
        project_read(path, read=projects.read)


def test_a_territory_that_is_unknown_begins_no_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"

    with pytest.raises(InputError, match="atlantis"):
        project_new(path, template=projects.template, write=projects.write_new, territory="atlantis")

    assert not path.exists()


def test_the_schema_knows_the_territories() -> None:
    schema = project_schema(schema=projects.schema)

    assert "xinjiang" in schema["properties"]["connection"]["properties"]["territory"]["enum"]


@pytest.mark.parametrize(
    "example",
    [path for path in sorted(EXAMPLES.glob("*.yaml")) if "\nconnection:" in path.read_text("utf-8")],
    ids=lambda p: p.stem,
)
def test_every_example_is_right(example: Path) -> None:
    assert project_check(example, read=projects.read, datasets=datasets.names()).problems == ()
