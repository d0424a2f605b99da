"""Whose load was met by which green watt-hours, period by period? Whole numbers in, whole numbers out, none lost.

In each round some sources serve some users in proportion: every source gives, and every user takes, its share of what
both sides have. Rounds follow each other by priority: first who has a contract, then who is inside the same zone. With
one round of all it is the allocation of Doc 688, article 11: a user's part of the project's self-use is its part of
the load.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from wattloom.domain.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Sources and users that are matched with each other, before later rounds."""

    name: str
    """Such as "contract of campus a" or "zone ningxia"."""
    sources: NDArray[np.int64]
    """Rows of the supply."""
    users: NDArray[np.int64]
    """Rows of the load."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """What was matched, in watt-hours."""

    given: NDArray[np.int64]
    """By source and period, over all rounds."""
    taken: NDArray[np.int64]
    """By user and period, over all rounds."""
    by_round: NDArray[np.int64]
    """By round and period."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """How green the load was, told both ways: by the period, and by volume alone."""

    period_share: float
    """Σ min of each period, over the load: what can be claimed."""
    volume_share: float
    """As if noon's surplus could serve the night: the usual yearly figure, never below the other."""


def match(supply_wh: NDArray[np.int64], load_wh: NDArray[np.int64], rounds: Sequence[Round]) -> Matched:
    """Match supply and load in every period, round by round.

    Args:
        supply_wh: shape (sources, periods), none below zero.
        load_wh: shape (users, periods), none below zero.
        rounds: by priority; a source or user may stand in several.
    """
    _check(supply_wh, load_wh, rounds)
    left, open_load = np.array(supply_wh), np.array(load_wh)
    by_round = np.zeros((len(rounds), supply_wh.shape[1]), dtype=np.int64)
    for number, one in enumerate(rounds):
        by_round[number] = _round(left, open_load, one.sources, one.users)
    return Matched(given=supply_wh - left, taken=load_wh - open_load, by_round=by_round)


def scores(supply_wh: NDArray[np.int64], load_wh: NDArray[np.int64], taken_wh: NDArray[np.int64]) -> Scores:
    """Both shares of a load; 1.0 where there was none.

    Args:
        supply_wh: of all periods, any shape.
        load_wh: of all periods, any shape.
        taken_wh: what was matched to it.
    """
    load = int(load_wh.sum())
    if not load:
        return Scores(period_share=1.0, volume_share=1.0)
    return Scores(period_share=int(taken_wh.sum()) / load, volume_share=min(int(supply_wh.sum()), load) / load)


def pairs(given: NDArray[np.int64], taken: NDArray[np.int64]) -> NDArray[np.int64]:
    """Which source served which user, for one round and period; shape (pairs, 3): source, user, watt-hours.

    Sources and users stand in a row each; where their stretches overlap, they meet: the fewest pairs, sums exact.
    """
    if int(given.sum()) != int(taken.sum()):
        raise InputError.one(
            "matching", found=f"{given.sum()} Wh given, {taken.sum()} Wh taken", expected="equal sums",
            remedy="pair one round of one period at a time",
        )  # fmt: skip
    return _pairs(np.ascontiguousarray(given, dtype=np.int64), np.ascontiguousarray(taken, dtype=np.int64))


def _check(supply: NDArray[np.int64], load: NDArray[np.int64], rounds: Sequence[Round]) -> None:
    """Whole watt-hours on the same periods."""
    for name, values in (("supply", supply), ("load", load)):
        if values.ndim != 2 or values.dtype != np.int64 or (values.size and int(values.min()) < 0):  # noqa: PLR2004
            raise InputError.one(
                name,
                found=f"{values.dtype} of shape {values.shape}",
                expected="whole watt-hours (int64) from zero up, by source or user and period",
                remedy="round meter readings down once, at the door",
            )
    if supply.shape[1] != load.shape[1]:
        raise InputError.one("matching", found=f"{supply.shape[1]} and {load.shape[1]} periods", expected="the same",
                             remedy="bring both onto one axis")  # fmt: skip
    for one in rounds:
        if len(set(one.sources.tolist())) != len(one.sources) or len(set(one.users.tolist())) != len(one.users):
            raise InputError.one(f"round {one.name}", found="a source or user twice", expected="each once",
                                 remedy="leave the second one out")  # fmt: skip


@njit(cache=True)
def _part(amount: np.int64, weight: np.int64, whole: np.int64) -> np.int64:
    """The floor of amount · weight / whole, where the product may pass 64 bits: the rest is worked out modulo 2⁶⁴."""
    found = np.int64(np.float64(amount) * np.float64(weight) / np.float64(whole))
    rest = amount * weight - found * whole
    while rest < 0:
        found, rest = found - 1, rest + whole
    while rest >= whole:
        found, rest = found + 1, rest - whole
    return found


@njit(cache=True)
def _round(
    left: NDArray[np.int64], open_load: NDArray[np.int64], sources: NDArray[np.int64], users: NDArray[np.int64]
) -> NDArray[np.int64]:
    """One round in place; what was matched in each period."""
    periods = left.shape[1]
    supply, load = np.zeros(periods, dtype=np.int64), np.zeros(periods, dtype=np.int64)
    for source in sources:
        supply += left[source]
    for user in users:
        load += open_load[user]
    matched = np.minimum(supply, load)
    _take(left, sources, matched, supply)
    _take(open_load, users, matched, load)
    return matched


@njit(cache=True)
def _take(
    rows: NDArray[np.int64], chosen: NDArray[np.int64], matched: NDArray[np.int64], whole: NDArray[np.int64]
) -> None:
    """Take what was matched from some rows in proportion: each the difference of two floors, so that sums are exact."""
    periods = rows.shape[1]
    before, seen = np.zeros(periods, dtype=np.int64), np.zeros(periods, dtype=np.int64)
    for row in chosen:
        for t in range(periods):
            if matched[t] == 0:
                continue
            seen[t] += rows[row, t]
            upto = _part(matched[t], seen[t], whole[t])
            rows[row, t] -= upto - before[t]
            before[t] = upto


@njit(cache=True)
def _pairs(given: NDArray[np.int64], taken: NDArray[np.int64]) -> NDArray[np.int64]:
    """The overlaps of two rows of stretches."""
    found = np.empty((len(given) + len(taken), 3), dtype=np.int64)
    count, source, user = 0, 0, 0
    has, wants = np.int64(0), np.int64(0)
    while True:
        while has == 0 and source < len(given):
            has, source = given[source], source + 1
        while wants == 0 and user < len(taken):
            wants, user = taken[user], user + 1
        if has == 0 or wants == 0:
            return found[:count]
        part = min(has, wants)
        found[count, 0], found[count, 1], found[count, 2] = source - 1, user - 1, part
        count, has, wants = count + 1, has - part, wants - part
