"""Do 24 bills of 18 territories come out as a spreadsheet works them out, and does any change of a rule's value show?

Formulas stand in the case files and are evaluated by IronCalc, where it is installed; the files hold what it gave.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from tests.market.case_files import BillCase, bill_cases
from tests.market.spreadsheet import evaluated

from wattloom.domain.verdicts import Confidence
from wattloom.market import MonthRules, month, tariffs
from wattloom.rules.contract import Fact, Territory
from wattloom.rules.dating import facts_in_force
from wattloom.rules.packs import territory

PER_CASE = pytest.mark.parametrize("case", bill_cases(), ids=lambda case: case.name)
OF_EVERY_BILL = "vat_rate"
LEAST_DEMAND = "demand_floor_of_capacity"


@PER_CASE
def test_the_engine_gives_what_the_file_expects(case: BillCase) -> None:
    engine = pytest.importorskip("ironcalc", reason="the spreadsheet engine is not installed")

    amounts, columns = evaluated(engine, case)

    expected = case.said["expected_cny"]
    assert {item: round(amounts[item], 2) for item in expected} == expected
    assert set(case.said["formulas"]) - set(expected) <= {"power_factor"}
    for name, pattern in case.series().items():
        assert columns[name] == pattern.values(case.said["days"], case.periods_of_day).tolist()


@PER_CASE
def test_the_bill_is_what_the_spreadsheet_says_to_the_fen(case: BillCase) -> None:
    assert case.fen(case.bill()) == case.expected_fen()


def test_the_cases_are_as_many_and_as_various_as_they_should_be() -> None:
    cases = bill_cases()

    assert len(cases) == 24
    assert len({case.said["terms"]["territory"] for case in cases}) >= 12
    assert {case.said["step_minutes"] for case in cases} == {15, 60}
    assert sum(case.said["month"] == "2028-02" for case in cases) >= 2
    assert sum(any(day > 1 for day in case.said.get("dated", {})) for case in cases) >= 4
    assert sum(case.series()["price_steps"].values(28, 24).min() < 0 for case in cases) >= 3
    modes = {case.said["terms"]["mode"] for case in cases}
    assert modes == {"two_part_capacity", "two_part_demand", "single_part", "capacity_1192", "demand_1192"}


def test_the_last_digit_of_any_rule_value_breaks_a_case() -> None:
    """Every value of a rule that a bill of the cases goes back to, changed by one in its last place, one at a time."""
    broken: dict[tuple[str, str], bool] = defaultdict(bool)
    for case in bill_cases():
        place = case.said["terms"]["territory"]
        for name in _used(case, case.rules()):
            with _changed(name):
                broken[place, name] |= case.fen(case.bill()) != case.expected_fen()
        for letter in case.said.get("bands", {}).get("multipliers", {}):
            with _changed_band(letter):
                broken[place, f"band {letter}"] |= case.fen(case.bill()) != case.expected_fen()

    unseen = {key for key, seen in broken.items() if not seen}
    # The least demand is one national value: the case that stays below it shows it for all.
    assert broken["sichuan", LEAST_DEMAND]
    assert {key for key in unseen if key[1] != LEAST_DEMAND} == set()
    assert len(broken) > 100


def test_a_step_of_the_power_factor_table_breaks_its_case() -> None:
    case = next(case for case in bill_cases() if case.name == "yunnan_power_factor")
    rules = case.rules()
    assert rules.power_factor is not None
    rows = tuple(
        (factor, share + (Fraction(1, 10_000) if factor == 70 else 0)) for factor, share in rules.power_factor.shares
    )

    other = replace(rules, power_factor=replace(rules.power_factor, shares=rows))

    assert case.fen(case.bill(other)) != case.expected_fen()


def _used(case: BillCase, rules: MonthRules) -> list[str]:
    """Names of the rules' own values behind the lines of a bill."""
    names = {name for line in case.bill(rules).lines if line.amount_fen for name in line.facts}
    official = rules.tariffs[0].facts
    return [name for name in (*sorted(names), OF_EVERY_BILL) if official[name].clause.confidence is not Confidence.USER]


def _next_digit(value: float) -> float:
    """A printed value, one more in its last place: 0.0567 becomes 0.0568, and 16.0 becomes 16.1."""
    printed = Decimal(str(value))
    return float(printed + Decimal(1).scaleb(int(printed.as_tuple().exponent)))


@contextmanager
def _changed(name: str) -> Iterator[None]:
    """The rules with one value changed."""

    def other(*given: Any) -> Mapping[str, Fact]:
        facts = dict(facts_in_force(*given))
        facts[name] = replace(facts[name], value=_next_digit(float(facts[name].value or 0.0)))
        return facts

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tariffs, "facts_in_force", other)
        yield


@contextmanager
def _changed_band(letter: str) -> Iterator[None]:
    """The rules with the multiplier of one band changed."""

    def moved(known: Mapping[str, float]) -> dict[str, float]:
        return {one: _next_digit(value) if one == letter else value for one, value in known.items()}

    def other(key: str) -> Territory:
        land = territory(key)
        notices = tuple(
            replace(notice, multipliers={number: moved(known) for number, known in notice.multipliers.items()})
            for notice in land.time_of_use_versions
        )
        return replace(land, time_of_use_versions=notices)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(month, "territory_of", other)
        yield
