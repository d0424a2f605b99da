"""The tables of power-factor adjustment, hundredth by hundredth."""

from __future__ import annotations

from fractions import Fraction

import pytest
from tests.rules import comparing

from wattloom import rules
from wattloom.domain.errors import InputError
from wattloom.rules.power_factor import parse_power_factors


def test_shares_are_those_of_the_three_tables() -> None:
    assert list(comparing.of_power_factors(rules.power_factor_tables())) == []


@pytest.mark.parametrize("hundredths", range(50, 101))
def test_the_standard_of_090_follows_its_steps(hundredths: int) -> None:
    # 0.75 % off at 0.95; 0.15 % a hundredth above 0.90; owed below: 0.5 %, from 0.70 1 %, from 0.65 2 % a hundredth.
    if hundredths >= 90:
        wanted = -Fraction("0.0015") * min(hundredths - 90, 5)
    else:
        steps = (min(90 - hundredths, 20), max(0, min(70 - hundredths, 5)), max(0, 65 - hundredths))
        wanted = steps[0] * Fraction("0.005") + steps[1] * Fraction("0.01") + steps[2] * Fraction("0.02")

    assert comparing.share_at(rules.power_factor_table(90).shares, hundredths) == wanted


def test_what_the_copy_contradicts_is_to_be_confirmed() -> None:
    doubtful = {one.standard_hundredths: one.clause.confidence.to_be_confirmed for one in rules.power_factor_tables()}

    assert doubtful == {90: False, 85: True, 80: False}
    assert "government_funds" not in rules.power_factor_table(90).base_items


def test_another_standard_is_refused() -> None:
    with pytest.raises(InputError, match="expected one of 90, 85, 80"):
        rules.power_factor_table(95)


def test_a_table_whose_shares_fall_with_the_factor_is_refused() -> None:
    text = """
base_items = []
base_note = "all"
base_note_zh = "全部"
[[standards]]
standard_hundredths = 90
users = "all"
users_zh = "全部"
source = "doc650"
rows = [[95, 7.5], [90, 0.0]]
"""
    with pytest.raises(InputError, match="zero at 90"):
        parse_power_factors(text)
