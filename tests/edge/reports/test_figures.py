"""Are numbers written as a planner reads them?"""

from __future__ import annotations

import pytest

from wattloom.edge.reports import figures

NBSP = "\u00a0"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (12345.6, "12,346"),
        (999.96, "1,000"),
        (99.96, "100"),
        (45.67, "45.7"),
        (92.0, "92"),
        (3.14159, "3.14"),
        (0.99961, "1.00"),
        (0.012345, "0.0123"),
        (2.5e-9, "2.5×10⁻⁹"),
        (0.0, "0"),
        (-45.67, "\u221245.7"),
        (float("nan"), "–"),
    ],
)
def test_about_three_digits_are_shown(value: float, shown: str) -> None:
    assert figures.digits(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.8734, "87.3%"),
        (0.0312, "3.12%"),
        (0.07, "7.0%"),
        (0.9996, "99.96%"),
        (0.99999, "100.0%"),
        (0.0, "0.0%"),
        (-0.000001, "0.0%"),
    ],
)
def test_shares_are_per_cent_and_finer_near_the_ends(value: float, shown: str) -> None:
    assert figures.share(value, "zh") == shown


@pytest.mark.parametrize(
    ("cny", "lang", "shown"),
    [
        (557_000_000.0, "en", "557 million CNY"),
        (557_000_000.0, "zh", "5.57 亿元"),
        (44_616.0, "zh", "4.46 万元"),
        (44_616.0, "en", "44,616 CNY"),
        (950.0, "zh", "950 元"),
        (-2_100_000.0, "en", "\u22122.10 million CNY"),
    ],
)
def test_money_is_told_in_the_scale_of_its_language(cny: float, lang: figures.Lang, shown: str) -> None:
    assert figures.money(cny, lang).replace(NBSP, " ") == shown


def test_money_in_a_column_keeps_one_scale() -> None:
    amounts = [266_800_000.0, 450_000.0, -4_010_000.0]

    assert [figures.bare(a, "CNY", "zh") for a in amounts] == ["26,680.0", "45.0", "\u2212401.0"]
    assert [figures.bare(a, "CNY", "en") for a in amounts] == ["266.80", "0.45", "\u22124.01"]


def test_units_are_translated_and_years_are_not_given_to_the_hundredth() -> None:
    assert figures.figure(307.2, "CNY/MWh", "zh") == f"307{NBSP}元/MWh"
    assert figures.figure(9.4, "year", "en") == f"9.4{NBSP}years"
    assert figures.figure(25, "year", "zh") == f"25{NBSP}年"
    assert figures.bare(2027, "year", "en") == "2027"
