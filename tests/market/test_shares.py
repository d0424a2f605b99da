"""Is every fen somebody's, and is each part what its rule says?"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattloom.domain.errors import InputError
from wattloom.market.shares import Answered, Terms, largest_remainder, marginal, shapley, shares

NOBODY: Callable[[frozenset[str]], int] = lambda _some: 0  # noqa: E731 - worth that is not asked for


def test_the_fen_left_over_go_to_the_largest_remainders() -> None:
    # 100 by 5 : 3 : 3 is 45.45, 27.27, 27.27: one fen is left and goes to the first.
    assert largest_remainder(100, [5, 3, 3]) == [46, 27, 27]
    # 10 by 1 : 2 : 4 is 1.43, 2.86, 5.71: two are left, for the second and the third.
    assert largest_remainder(10, [1, 2, 4]) == [1, 3, 6]
    assert largest_remainder(-10, [1, 2, 4]) == [-1, -3, -6]


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(0, 10**9), min_size=1, max_size=12))
def test_parts_add_up_and_none_is_a_fen_from_its_share(total: int, weights: list[int]) -> None:
    parts = largest_remainder(total, weights)

    whole = sum(weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        exact = Fraction(total * weight, whole) if whole else Fraction(total, len(weights))
        assert abs(part - exact) < 1


def test_a_weight_below_zero_is_refused() -> None:
    with pytest.raises(InputError, match="at or above 0"):
        largest_remainder(10, [3, -1])


def test_of_two_left_gloves_and_a_right_one_the_right_is_worth_two_thirds() -> None:
    # The textbook game: a pair is worth 6; the right glove gets 4, each left one 1.
    def worth(some: frozenset[str]) -> int:
        return 6 if "right" in some and len(some) > 1 else 0

    found = shapley(["left", "other left", "right"], worth)

    assert found == {"left": 1, "other left": 1, "right": 4}
    assert marginal(["left", "other left", "right"], worth) == {"left": 0, "other left": 0, "right": 6}


@given(st.lists(st.integers(0, 50), min_size=1, max_size=5), st.integers(1, 100))
def test_shapley_is_the_mean_over_all_orders(sizes: list[int], threshold: int) -> None:
    names = [f"member {n}" for n in range(len(sizes))]
    size = dict(zip(names, sizes, strict=True))

    def worth(some: frozenset[str]) -> int:
        total = sum(size[name] for name in some)
        return total if total >= threshold else 0

    found = shapley(names, worth)

    orders = list(permutations(names))
    for name in names:
        added = sum(
            worth(frozenset(order[: order.index(name) + 1])) - worth(frozenset(order[: order.index(name)]))
            for order in orders
        )
        assert found[name] == Fraction(added, len(orders))
    assert sum(found.values()) == worth(frozenset(names))


def members(*told_and_done: tuple[int, int]) -> list[Answered]:
    """Members a, b, … in watt-minutes."""
    return [Answered(name="abcdef"[n], told=told, delivered=done) for n, (told, done) in enumerate(told_and_done)]


def test_pay_goes_by_delivery_after_the_fee_and_within_a_member_by_its_shares() -> None:
    # 10,000 fen: 1,000 of fee; 9,000 by 2 : 1; of the first 6,000 owner and storage get 6 : 1, 5,142.86 and 857.14.
    terms = Terms(operator="operator", fee_share=Fraction(1, 10), parties={"a": {"owner": 6, "storage": 1}})

    lines = shares(10_000, 0, members((100, 200), (100, 100)), terms, worth=NOBODY)

    assert [(line.member, line.party, line.amount_fen) for line in lines] == [
        ("operator", "operator", 1_000),
        ("a", "owner", 5_143),
        ("a", "storage", 857),
        ("b", "b", 3_000),
    ]
    assert "66.6667%" in lines[1].why.en
    assert "6 parts in 7" in lines[1].why.en


def test_a_charge_is_borne_by_those_who_fell_short_and_by_nobody_else() -> None:
    # a lacks 30 of 100, b 10 of 100, c nothing: 400 fen by 3 : 1.
    lines = shares(0, -400, members((100, 70), (100, 90), (100, 120)), Terms(parties={}), worth=NOBODY)

    assert [(line.member, line.amount_fen) for line in lines] == [("a", -300), ("b", -100)]
    assert "fell short" in lines[0].why.en
    assert "少响应" in lines[0].why.zh


def test_who_delivers_in_vain_is_not_paid_for_it() -> None:
    eager = Answered(name="eager", told=100, delivered=300, most=120)
    exact = Answered(name="exact", told=120, delivered=120)

    lines = shares(1_000, 0, [eager, exact], Terms(parties={}), worth=NOBODY)

    assert [line.amount_fen for line in lines] == [500, 500]


@given(
    st.integers(0, 10**9),
    st.integers(-(10**8), 0),
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(-(10**6), 10**6)), min_size=1, max_size=6),
    st.sampled_from(["delivered", "marginal", "shapley"]),
)
def test_whatever_the_way_every_fen_is_somebodys(pay: int, charge: int, did: list[tuple[int, int]], way: str) -> None:
    some = members(*did)
    done = {one.name: one.counts for one in some}
    terms = Terms(way=way, fee_share=Fraction(7, 100), parties={"a": {"owner": 1, "load": 1, "storage": 1}})  # type: ignore[arg-type]

    lines = shares(pay, charge, some, terms, worth=lambda names: sum(done[name] for name in names))

    assert sum(line.amount_fen for line in lines) == pay + charge
