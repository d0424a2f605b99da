"""Matching by the period: the official case, a hand-worked one, and laws that hold for any numbers."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattloom.domain.errors import InputError
from wattloom.domain.money import parted
from wattloom.ledger.matching import Round, match, pairs, scores

MWH = 1_000_000


def rows(*numbers: int) -> np.ndarray:
    """Positions."""
    return np.array(numbers, dtype=np.int64)


def test_doc_688_allocates_self_use_by_load_in_each_period() -> None:
    # Article 11: generation less export, shared by load; the project's published example of three periods.
    own = np.array([[10, 30, 36]], dtype=np.int64) * MWH
    load = np.array([[12, 20, 24], [8, 20, 12]], dtype=np.int64) * MWH
    found = match(own, load, [Round(name="project", sources=rows(0), users=rows(0, 1))])
    assert (found.taken // MWH).tolist() == [[6, 15, 24], [4, 15, 12]]
    assert (found.given // MWH).tolist() == [[10, 30, 36]]


def test_who_has_a_contract_comes_first_and_the_rest_is_shared() -> None:
    supply = np.array([[100], [50]], dtype=np.int64)
    load = np.array([[80], [60], [40]], dtype=np.int64)
    contract = Round(name="contract", sources=rows(0), users=rows(0))
    found = match(supply, load, [contract, Round(name="zone", sources=rows(0, 1), users=rows(0, 1, 2))])
    # 80 of source 0 to user 0; then 20 + 50 for loads of 60 + 40: 70 shared as 42 and 28.
    assert found.by_round.ravel().tolist() == [80, 70]
    assert found.taken.ravel().tolist() == [80, 42, 28]
    assert found.given.ravel().tolist() == [100, 50]


def test_noon_does_not_serve_the_night() -> None:
    supply, load = np.array([[10, 0]], dtype=np.int64), np.array([[5, 5]], dtype=np.int64)
    found = match(supply, load, [Round(name="all", sources=rows(0), users=rows(0))])
    told = scores(supply, load, found.taken)
    assert (told.period_share, told.volume_share) == (0.5, 1.0)


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    """The kernels, before a clock runs."""
    one = np.array([[1]], dtype=np.int64)
    match(one, one, [Round(name="all", sources=np.arange(1), users=np.arange(1))])
    pairs(one[0], one[0])


AMOUNTS = st.integers(0, 3 * 10**11)


@given(st.lists(AMOUNTS, min_size=1, max_size=6), st.lists(AMOUNTS, min_size=1, max_size=6))
def test_nothing_is_lost_and_shares_are_fair_to_the_watt_hour(supply: list[int], load: list[int]) -> None:
    have = np.array(supply, dtype=np.int64)[:, None]
    want = np.array(load, dtype=np.int64)[:, None]
    one = Round(name="all", sources=np.arange(len(supply)), users=np.arange(len(load)))
    found = match(have, want, [one])
    total = min(sum(supply), sum(load))
    assert int(found.given.sum()) == int(found.taken.sum()) == total
    assert (found.given >= 0).all()
    assert (found.given <= have).all()
    assert (found.taken <= want).all()
    for own, got in zip(supply, found.given.ravel().tolist(), strict=True):
        assert abs(Fraction(total * own, max(1, sum(supply))) - got) < 1
    met = pairs(found.given.ravel(), found.taken.ravel())
    assert int(met[:, 2].sum()) == total
    for user, got in enumerate(found.taken.ravel().tolist()):
        assert int(met[met[:, 1] == user, 2].sum()) == got
    assert len(met) <= len(supply) + len(load)


@given(st.integers(0, 10**15), st.lists(st.integers(0, 10**6), min_size=1, max_size=5).filter(any))
def test_an_income_is_parted_to_the_last_unit(total: int, weights: list[int]) -> None:
    parts = parted(total, weights)
    assert sum(parts) == total
    assert all(abs(Fraction(total * w, sum(weights)) - p) < 1 for w, p in zip(weights, parts, strict=True))


def test_what_is_no_whole_energy_is_refused() -> None:
    whole = np.array([[1]], dtype=np.int64)
    for bad in (np.array([[1.5]]), np.array([[-1]], dtype=np.int64), np.array([1], dtype=np.int64)):
        with pytest.raises(InputError, match="whole watt-hours"):
            match(bad, whole, [])
    with pytest.raises(InputError, match="found 1 and 2 periods"):
        match(whole, np.array([[1, 1]], dtype=np.int64), [])
    with pytest.raises(InputError, match="round all: found a source or user twice"):
        match(whole, whole, [Round(name="all", sources=rows(0, 0), users=rows(0))])
    with pytest.raises(InputError, match="expected equal sums"):
        pairs(rows(3), rows(2))
