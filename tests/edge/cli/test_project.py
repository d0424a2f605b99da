"""`wattloom project …`: does it say what is wrong, all at once, to people and to machines?"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML
from typer.testing import Result

Run = Callable[..., Result]

TWELVE = {
    "latitude_deg: 45.58": ("latitude_deg: 145.58", "145.58"),
    "time_zone: Asia/Shanghai": ("time_zone: Asia/Shanghigh", "did you mean Asia/Shanghai?"),
    "territory: xinjiang": ("territory: xinjang", "did you mean xinjiang?"),
    "voltage_kv: 110": ("voltage_kv: 110 kV", "write 110; the key means kV"),
    "year: 2027": ("year: 1927", "from 2025 to 2060"),
    "project_years: [1]": ("project_years: first", "expected a list"),
    "it_mw: 5": ("it_mw: -5", "above 0, in MW"),
    "utilisation: 0.7": ("utilization: 0.7", "did you mean utilisation?"),
    "kind: solar": ("kind: solr", "did you mean solar?"),
    "{min: 0, max: 40}": ("{min: 0, max: 4o}", "found 4o"),
    "life_years: 15": ("life_years: .nan", "finite"),
    "kind: grid": ("kind: grid\n    kind: grid", "a second time"),
}
"""Mistakes that somebody makes: what is written in place of what, and what must be said of it."""


def faulty(path: Path) -> Path:
    """The file with all twelve mistakes in it."""
    text = path.read_text(encoding="utf-8")
    for piece, (fault, _) in TWELVE.items():
        assert piece in text
        text = text.replace(piece, fault, 1)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_right_file_is_told_in_one_glance(wattloom: Run, tiny: Path) -> None:
    told = wattloom("project", "check", tiny)

    assert told.exit_code == 0
    assert "no problem found in 'A hall in the sun' (xinjiang;" in told.stdout


def test_twelve_faults_are_told_in_one_run_in_the_order_of_their_lines(wattloom: Run, tiny: Path) -> None:
    told = wattloom("project", "check", faulty(tiny))

    *lines, last = told.stderr.splitlines()
    assert (told.exit_code, told.stdout) == (2, "")
    assert last == f"12 problems in {tiny}"
    assert len(lines) == 12
    assert [said for (_, said), line in zip(TWELVE.values(), lines, strict=True) if said not in line] == []
    assert all(": found " in line and "; expected " in line for line in lines)


def test_machines_get_each_problem_in_its_parts(wattloom: Run, tiny: Path) -> None:
    told = wattloom("project", "check", faulty(tiny), "--json")

    problems = json.loads(told.stdout)
    assert told.exit_code == 2
    assert [set(problem) for problem in problems] == [{"where", "line", "found", "expected", "remedy"}] * len(problems)
    assert [problem["line"] for problem in problems] == sorted(problem["line"] for problem in problems)
    assert {problem["line"] for problem in problems if problem["found"].startswith("xinjang")} == {3}


def test_nothing_wrong_is_an_empty_list(wattloom: Run, tiny: Path) -> None:
    told = wattloom("project", "check", tiny, "--json")

    assert (told.exit_code, json.loads(told.stdout)) == (0, [])


@pytest.mark.parametrize("words", [("project", "check"), ("plan", "site"), ("plan", "frontier"), ("plan", "compare")])
def test_a_file_that_is_not_there_is_one_clear_sentence(wattloom: Run, tmp_path: Path, words: tuple[str, str]) -> None:
    told = wattloom(*words, tmp_path / "nowhere.yaml")

    said = [line for line in told.stderr.splitlines() if not line.startswith("…") and "problem in" not in line]
    assert told.exit_code == 2
    assert len(said) == 1
    assert "nowhere.yaml" in said[0]
    assert "no such file" in said[0]


def test_a_new_file_passes_its_check(wattloom: Run, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"

    begun = wattloom("project", "new", path, "--kinds", "solar,wind,battery", "--lang", "zh")
    checked = wattloom("project", "check", path)

    assert f"wattloom project check {path}" in begun.stdout
    assert checked.exit_code == 0
    assert "1 Wind" in checked.stdout


def test_a_new_file_never_takes_the_place_of_another(wattloom: Run, tiny: Path) -> None:
    before = tiny.read_bytes()

    refused = wattloom("project", "new", tiny)

    assert refused.exit_code == 2
    assert "a file of that name" in refused.stderr
    assert tiny.read_bytes() == before


def test_an_unknown_kind_begins_nothing(wattloom: Run, tmp_path: Path) -> None:
    refused = wattloom("project", "new", tmp_path / "mine.yaml", "--kinds", "solar,reactr")

    assert refused.exit_code == 2
    assert "reactr" in refused.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_schema_is_valid_and_takes_the_file_that_the_check_takes(wattloom: Run, tiny: Path) -> None:
    schema = json.loads(wattloom("project", "schema").stdout)
    validator = jsonschema.Draft202012Validator(schema)

    jsonschema.Draft202012Validator.check_schema(schema)

    right = YAML(typ="safe", pure=True).load(tiny.read_text(encoding="utf-8"))
    assert list(validator.iter_errors(right)) == []
    right["assets"]["sun"]["power_mw"] = "plenty"
    assert not validator.is_valid(right)
