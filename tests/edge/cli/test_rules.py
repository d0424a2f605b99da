"""`wattloom rules show`: is every value there with its document, date and confidence?"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

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


def test_a_day_shows_what_is_in_force_on_it(wattloom: Run) -> None:
    def facts(day: str) -> dict[str, str]:
        rows = json.loads(wattloom("rules", "show", "zhejiang", "--day", day, "--json").stdout)
        return {f"{row['fact']} {row['tier']}".strip(): row["value"] for row in rows}

    before, after = facts("2026-06-30"), facts("2026-08-01")

    assert "tou_multiplier_S 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12" not in before
    assert after["tou_multiplier_S 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12"] == "2.05"
    assert "td_energy_cny_per_kwh 110kV" in after.keys() - before.keys()
    assert after["spot_bid_floor_cny_per_mwh"] == "-200.0"


def test_two_days_of_yunnan_differ_in_whom_the_bands_bind(wattloom: Run) -> None:
    told = wattloom("rules", "diff", "yunnan", "--day", "2026-02-28", "--to", "2026-03-01", "--json")

    rows = [(row["fact"], row["before"], row["after"]) for row in json.loads(told.stdout)]
    assert rows == [
        ("tou_binds_market_users", "True", "False"),
        ("tou_user_class", "C&I", "agency users only"),
    ]


def test_two_territories_differ_in_their_prices(wattloom: Run) -> None:
    told = wattloom("rules", "diff", "mengxi", "ningxia", "--day", "2026-09-01", "--json")

    rows = {(row["fact"], row["tier"]): (row["before"], row["after"]) for row in json.loads(told.stdout)}
    assert rows["td_energy_cny_per_kwh", "110kV"] == ("0.052", "0.0567")
    assert ("vat_rate", "") not in rows


def test_a_diff_of_one_with_itself_is_refused(wattloom: Run) -> None:
    told = wattloom("rules", "diff", "mengxi", "--day", "2026-09-01")

    assert told.exit_code == 2
    assert "two of either" in told.stderr


def test_the_rules_pass_their_checks_and_what_is_doubtful_is_counted(wattloom: Run) -> None:
    told = wattloom("rules", "check", "--json")

    found = json.loads(told.stdout)
    assert (told.exit_code, found["faults"]) == (0, 0)
    assert found["to_be_confirmed"] == len(found["findings"]) > 100
    assert all(row[part] for row in found["findings"] for part in ("check", "where", "found", "expected", "remedy"))


def test_faults_of_a_table_of_periods_end_with_status_1(wattloom: Run, tmp_path: Path) -> None:
    file = tmp_path / "periods.csv"
    file.write_text("region,month,period,start,end\n上海市,1,平段,00:00,23:00\n", encoding="utf-8")

    told = wattloom("rules", "check", "--periods", str(file), "--json")

    found = json.loads(told.stdout)
    assert (told.exit_code, found["faults"]) == (1, 12)
    assert found["findings"][0]["found"] == "60 min uncovered, 0 min covered twice"


def test_people_get_the_counts_below_the_table(wattloom: Run) -> None:
    told = wattloom("rules", "check", "jilin")

    assert told.exit_code == 0
    assert "0 faults, 2 to be confirmed" in told.stdout
    assert "0 faults" in wattloom("rules", "check", "jilin", "--faults").stdout
    assert wattloom("rules", "check", "atlantis").exit_code == 2
