"""Are amounts exact, and rounded once, in the way that their rule names?"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattloom.domain.errors import InputError
from wattloom.domain.money import (
    AMOUNT_GRID_PER_CNY,
    Rounding,
    amount_sum,
    cny,
    exact,
    fen,
    fits_int64,
    nearest_on_grid,
    on_grid,
    parted,
    reference_fen,
    rounded,
)

WAYS = st.sampled_from(Rounding)
PRICES = st.integers(-1_500_000, 3_000_000)
"""From −1.5 to 3 CNY/kWh, in steps of the grid."""


@pytest.mark.parametrize(
    ("way", "of_5_halves", "of_minus_5_halves", "of_7_thirds"),
    [
        (Rounding.HALF_UP, 3, -3, 2),
        (Rounding.HALF_EVEN, 2, -2, 2),
        (Rounding.DOWN, 2, -2, 2),
        (Rounding.UP, 3, -3, 3),
        (Rounding.FLOOR, 2, -3, 2),
        (Rounding.CEILING, 3, -2, 3),
    ],
)
def test_each_way_rounds_as_its_name_says(
    way: Rounding, of_5_halves: int, of_minus_5_halves: int, of_7_thirds: int
) -> None:
    assert rounded(5, 2, way) == of_5_halves
    assert rounded(-5, 2, way) == of_minus_5_halves
    assert rounded(7, 3, way) == of_7_thirds


@given(
    rows=st.lists(st.tuples(st.integers(0, 10**9), PRICES), min_size=1, max_size=40),
    share=st.decimals("0.0001", "2", places=4),
    way=WAYS,
)
def test_whole_numbers_give_the_decimal_reference_to_the_fen(
    rows: list[tuple[int, int]], share: Decimal, way: Rounding
) -> None:
    energy, steps = np.array([r[0] for r in rows]), np.array([r[1] for r in rows])

    ours = fen(Fraction(amount_sum(steps, energy), AMOUNT_GRID_PER_CNY) * Fraction(share) / Fraction("1.13"), way)

    prices = [Decimal(step).scaleb(-6) for step in steps.tolist()]
    assert ours == reference_fen(energy.tolist(), prices, factors=[share], divisors=[Decimal("1.13")], how=way)


def test_a_half_fen_is_rounded_from_the_exact_amount() -> None:
    """1 kWh at 0.355 CNY is 35.5 fen; as a float times 100 it would be less."""
    amount = Fraction(amount_sum(np.array([355_000]), np.array([1000])), AMOUNT_GRID_PER_CNY)

    assert fen(amount, Rounding.HALF_UP) == 36
    assert fen(amount, Rounding.HALF_EVEN) == 36
    assert fen(amount, Rounding.DOWN) == 35


def test_sums_past_64_bits_stay_exact() -> None:
    energy, steps = np.full(4, 10**13), np.full(4, 1_500_000)

    assert not fits_int64(steps, energy)
    assert amount_sum(steps, energy) == 4 * 15 * 10**18


def test_a_printed_price_survives_its_floats() -> None:
    assert exact(0.0567 * 1000) == Fraction("56.7")
    assert exact((16 + 0.0567 * 0.6638 * 730) * 12000) == Fraction("521704.1496")
    assert on_grid("0.2595") == 259_500
    assert nearest_on_grid([259.5, -80.0, 0.0004]).tolist() == [259_500, -80_000, 0]


def test_a_price_finer_than_the_grid_is_refused() -> None:
    with pytest.raises(InputError, match="at most six places"):
        on_grid("0.25950001")


def test_fen_are_told_with_two_places() -> None:
    assert [str(cny(value)) for value in (0, 5, -476_501)] == ["0.00", "0.05", "-4765.01"]


def test_a_fee_between_three_users_adds_up() -> None:
    assert parted(100, [1, 1, 1]) == [33, 33, 34]
    assert parted(-100, [1, 3]) == [-25, -75]
