"""A starting file passes the check, and shows every key."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from wattloom.assets.contract import AssetKind
from wattloom.domain.errors import InputError
from wattloom.edge import projects
from wattloom.edge.projects.sections import ABSENT
from wattloom.edge.projects.several import below
from wattloom.edge.projects.table import kinds_found, project_shape
from wattloom.intake import datasets
from wattloom.plan.project import Project

REAL = sorted(kinds_found())


def read(text: str, folder: Path, kinds: dict[str, AssetKind] | None = None) -> Project:
    """The project of a text."""
    path = folder / "site.yaml"
    path.write_text(text, encoding="utf-8")
    return projects.read(path, territories=("xinjiang", "ningxia"), datasets=datasets.names(), kinds=kinds)


def uncommented(text: str) -> str:
    """The file with every key that stands behind a # taken into use."""
    return re.sub(r"^( *)#(?! \S)(.*)$", r"\1\2", text, flags=re.MULTILINE)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_starting_file_reads_as_a_project(tmp_path: Path, lang: projects.Language) -> None:
    project = read(projects.template(lang=lang), tmp_path)

    assert list(project.assets) == ["cluster", "grid", "solar", "battery"]
    assert project.weather.of_site is False
    assert project.connection.territory == "xinjiang"


@pytest.mark.parametrize("kind", REAL)
def test_a_starting_file_of_any_kind_reads_as_a_project(tmp_path: Path, kind: str) -> None:
    project = read(projects.template(["solar", kind], territory="ningxia"), tmp_path)

    assert {"cluster", "grid", kind} <= set(project.assets)
    assert project.connection.territory == "ningxia"


def test_small_kinds_give_a_starting_file_too(tmp_path: Path, kinds: dict[str, AssetKind]) -> None:
    text = projects.template(list(kinds), known=kinds)

    project = read(text, tmp_path, kinds)

    assert project.assets["line"].sources == ("solar",)  # type: ignore[attr-defined]
    assert "    # Price. [CNY/MWh | {file, column, dataset, unit, …} | {by_hour} | {by_month}]\n" in text
    assert "    price_cny_per_mwh: 300\n" in text
    assert "    #life_years: 25\n" in text


def test_keys_behind_a_sign_may_be_taken_into_use(tmp_path: Path) -> None:
    text = uncommented(projects.template(["solar", "battery"]))

    data = YAML(typ="safe", pure=True).load(text)
    project = read(text, tmp_path)

    assert data["finance"]["discount_rate"] == project.finance.discount_rate == 0.07
    assert data["assets"]["cluster"]["classes"]["serving"]["kind"] == "firm_serving"


def test_every_required_key_of_every_kind_starts_with_a_value_that_somebody_chose() -> None:
    starts = tomllib.loads(Path(projects.__file__).with_name("starts.toml").read_text(encoding="utf-8"))
    root = project_shape(kinds_found())
    assets = next(field.shape for field in root.fields if field.name == "assets")
    sections = dict(assets.each.sections) | {  # type: ignore[attr-defined]
        field.name: below(field.shape) for field in root.fields if below(field.shape)
    }

    for name, keys in starts.items():
        assert set(keys) <= set(sections[name].names()), f"starts.toml names keys that {name} does not have"
    for name, section in assets.each.sections.items():  # type: ignore[attr-defined]
        for field in section.fields:
            named = field.name in starts.get(name, {}) or field.example is not ABSENT
            assert named or not field.required or field.name == "sources", f"{name}.{field.name} has no start"


def test_an_unknown_kind_is_asked_back(kinds: dict[str, AssetKind]) -> None:
    with pytest.raises(InputError, match="did you mean solar"):
        projects.template(["solr"], known=kinds)


def test_a_file_that_is_there_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    projects.write_new(path, "name: a\n")

    with pytest.raises(InputError, match="a file of that name"):
        projects.write_new(path, "name: b\n")
    with pytest.raises(InputError, match="choose another place"):
        projects.write_new(tmp_path / "no" / "mine.yaml", "name: b\n")

    assert path.read_text(encoding="utf-8") == "name: a\n"
