"""`wattloom rules show`: is every value there with its document, date and confidence?"""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from typer.testing import Result

from wattloom import rules

Run = Callable[..., Result]


def test_without_a_name_the_keys_are_listed_as_a_project_file_writes_them(wattloom: Run) -> None:
    told = wattloom("rules", "show")

    assert told.exit_code == 0
    assert [key for key in rules.territory_keys() if f"\n{key} " not in told.stdout] == []
    assert "Inner Mongolia West" in told.stdout
    assert "蒙西" in told.stdout


def test_machines_get_the_list_too(wattloom: Run) -> None:
    rows = json.loads(wattloom("rules", "show", "--json").stdout)

    assert {row["territory"] for row in rows} == set(rules.territory_keys())
    assert {"territory": "ningxia", "name_en": "Ningxia", "name_zh": "宁夏"}.items() <= next(
        row.items() for row in rows if row["territory"] == "ningxia"
    )


def test_each_value_of_a_territory_has_unit_document_and_confidence(wattloom: Run) -> None:
    rows = json.loads(wattloom("rules", "show", "ningxia", "--json").stdout)

    assert len(rows) > 20
    assert all(row["document"] and row["confidence"] for row in rows)
    priced = [row for row in rows if row["fact"] == "td_energy_cny_per_kwh" and row["tier"] == "110kV"]
    assert [(row["unit"], row["in_force"]) for row in priced] == [("CNY/kWh", "2026-08-01")]
    assert 0.0 < float(priced[0]["value"]) < 0.2


def test_what_comes_into_force_later_is_not_shown_for_an_earlier_year(wattloom: Run) -> None:
    def known(year: int) -> set[str]:
        rows = json.loads(wattloom("rules", "show", "ningxia", "--year", year, "--json").stdout)
        return {row["in_force"] for row in rows if row["in_force"]}

    assert max(known(2025)) < "2026"
    assert "2026-08-01" in known(2027)


def test_people_get_a_table(wattloom: Run) -> None:
    told = wattloom("rules", "show", "xinjiang")

    assert told.exit_code == 0
    assert "Confidence" in told.stdout or "Confide" in told.stdout
    assert "CNY/kWh" in told.stdout


@pytest.mark.parametrize("words", [("rules", "show", "atlantis")])
def test_an_unknown_territory_is_one_sentence_with_those_that_are_known(wattloom: Run, words: tuple[str, ...]) -> None:
    told = wattloom(*words)

    assert told.exit_code == 2
    assert len(told.stderr.splitlines()) == 1
    assert "atlantis" in told.stderr
    assert "ningxia" in told.stderr
