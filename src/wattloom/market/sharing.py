"""What does each user of one direct connection owe of the project's bill? Period by period, and to the fen in sum.

Doc 688, article 11: in each period a user takes of the project's self-use in proportion to its consumption. That
allocation is the ledger's and comes in as whole watt-hours; what a user draws from the public grid is the rest of its
load. Items counted on energy follow it; items of the whole month follow the key that the users agreed on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import InputError
from wattloom.domain.money import fen, parted
from wattloom.market.bulk import Billed, Readings, bills, exact_cny
from wattloom.market.tariffs import OF_THE_MONTH

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.market.month import Entry, MonthRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Users:
    """Who shares the connection, and what each consumed and took of the project's energy."""

    names: tuple[str, ...]
    load_wh: NDArray[np.int64]
    """Consumption, shape (users, periods)."""
    taken_wh: NDArray[np.int64]
    """Of the project's self-use, by the allocation of Doc 688; shape (users, periods)."""
    key: tuple[int, ...] = ()
    """Agreed parts of what is charged by the month; by consumption where empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsersBills:
    """A project's bill among its users."""

    users: tuple[str, ...]
    items: tuple[str, ...]
    amount_fen: NDArray[np.int64]
    """Shape (users, items); each column adds up to the project's item."""


def among_users(project: Readings, rules: MonthRules, users: Users) -> UsersBills:
    """The project's bill parted among its users; every item adds up to the fen.

    Args:
        project: readings of the one connection point.
        rules: what its bill follows from.
        users: consumption and allocation in the same periods.
    """
    _check(project, users)
    whole = bills(project, rules)
    alone = bills(
        Readings(
            points=users.names,
            capacity_va=np.zeros(len(users.names), dtype=np.int64),
            drawn_wh=users.load_wh - users.taken_wh,
            self_used_wh=users.taken_wh,
            consumed_wh=users.load_wh,
        ),
        rules,
    )
    consumed = [int(load) for load in users.load_wh.sum(axis=1)]
    key = list(users.key) or consumed
    columns: dict[str, list[int]] = {}
    for place, item in enumerate(whole.items):
        total_fen = int(whole.amount_fen[0, place])
        columns[item] = (
            _parted(rules.entries[item], alone, rules, total_fen=total_fen, key=key)
            if item in rules.entries
            else parted(total_fen, _weights(columns, rules, key))
        )
    return UsersBills(
        users=users.names, items=tuple(columns), amount_fen=np.array(list(columns.values()), dtype=np.int64).T
    )


def line_among(total_fen: int, *, by: Sequence[int], key: Sequence[int]) -> list[int]:
    """A line that has no price of its own for each user, parted by what they drew; by the key where nobody did.

    Two settlements, differences and services are the project's: no period of them is a user's own.
    """
    return parted(total_fen, list(by) if any(by) else list(key))


def _weights(columns: dict[str, list[int]], rules: MonthRules, key: Sequence[int]) -> list[int]:
    """What a share of other items is parted by: each user's part of those items, where it is above zero."""
    table = rules.power_factor
    based = [amounts for item, amounts in columns.items() if table is not None and item in table.base_items]
    sums = [max(sum(amounts), 0) for amounts in zip(*based, strict=True)] if based else []
    return sums if any(sums) else list(key)


def _parted(
    entries: Sequence[Entry], alone: Billed, rules: MonthRules, *, total_fen: int, key: Sequence[int]
) -> list[int]:
    """One item among the users: by what each owes exactly, rounded so that sums stay whole; or by the key.

    What is given to the grid is the project's, not a user's, and goes by the key too.
    """
    exact = [exact_cny(entries, alone.counted, user) for user in range(len(alone.points))]
    by_month = any(entry.rate.basis in OF_THE_MONTH for entry in entries)
    if by_month or (total_fen and not any(exact)):
        return parted(total_fen, key)
    ends = [0]
    reached = Fraction(0)
    for amount in exact:
        reached += amount
        ends.append(fen(reached, rules.rounding))
    return [after - before for before, after in pairwise(ends)]


def _check(project: Readings, users: Users) -> None:
    """The users' draw is the project's, in every period."""
    if users.load_wh.shape != users.taken_wh.shape or len(users.names) != users.load_wh.shape[0]:
        raise InputError.one(
            "users",
            found=f"{len(users.names)} names, loads {users.load_wh.shape}, allocation {users.taken_wh.shape}",
            expected="a row for each user in both",
            remedy="allocate the self-use of the same periods",
        )
    drawn = users.load_wh.sum(axis=0) - users.taken_wh.sum(axis=0)
    off = np.flatnonzero(drawn != project.drawn_wh[0])
    if off.size:
        first = int(off[0])
        raise InputError.one(
            f"period {first}",
            found=f"{drawn[first]} Wh drawn by the users, {project.drawn_wh[0][first]} Wh by the project",
            expected="the same energy",
            remedy="count what stores draw as consumption, and their release as generation",
        )
