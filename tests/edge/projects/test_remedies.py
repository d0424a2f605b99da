"""What was meant is guessed from what was written."""

from __future__ import annotations

import pytest

from wattloom.edge.projects.remedies import alike, exchanged, listed, number_meant, tidy, unit_twin


@pytest.mark.parametrize(
    ("unit", "into", "factor"),
    [
        ("kW", "MW", 0.001),
        ("CNY/kWh", "CNY/MWh", 1000.0),
        ("fen/kWh", "CNY/MWh", 10.0),
        ("%", "1", 0.01),
        ("minutes", "h", 1 / 60),
        ("MW", "MWh", None),
        ("EUR/MWh", "CNY/MWh", None),
        ("", "MW", None),
    ],
)
def test_units_of_one_kind_are_exchanged(unit: str, into: str, factor: float | None) -> None:
    assert exchanged(unit, into) == (None if factor is None else pytest.approx(factor, rel=1e-11))


@pytest.mark.parametrize(
    ("key", "twin"),
    [
        ("power_kw", ("power_mw", 0.001)),
        ("price_cny_per_kwh", ("price_cny_per_mwh", 1000.0)),
        ("price_fen_per_kwh", ("price_cny_per_mwh", 10.0)),
        ("share_pct", ("share", 0.01)),
        ("power_mva", None),
        ("power", None),
        ("", None),
    ],
)
def test_a_key_in_another_unit_finds_its_twin(key: str, twin: tuple[str, float] | None) -> None:
    assert unit_twin(key, ["power_mw", "price_cny_per_mwh", "share"]) == twin


def test_words_are_listed_as_a_person_does() -> None:
    assert listed(["a", "b", "c"]) == "a, b or c"
    assert listed(["a"]) == "a"
    assert listed([]) == ""
    assert listed(["a", "b", "c"], most=2) == "a, b, …"


def test_likeness_forgets_case_and_dashes() -> None:
    assert alike("Off-Grid", ["off_grid", "public_grid"]) == "off_grid"
    assert alike("xyz", ["off_grid"]) == ""


@pytest.mark.parametrize(("value", "shown"), [(0.1 + 0.2, "0.3"), (25.0, "25"), (1e20, "1e+20"), (-0.5, "-0.5")])
def test_numbers_are_shown_without_noise(value: float, shown: str) -> None:
    assert tidy(value) == shown


def test_a_unit_that_cannot_become_the_keys_is_left_to_the_writer() -> None:
    assert number_meant("5 apples", "MW") == "write the number alone; the key means MW"
    assert number_meant("5 apples", "") == "write the number alone"
