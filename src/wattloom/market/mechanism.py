"""What does the price mechanism of Doc 136 add to a new-energy station's market income, or take from it?

Each month its mechanism energy is settled at the difference between the mechanism price and the market's mean for the
same technology. A month that delivers less than its split settles what it delivered; the rest rolls on within the year.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from wattloom.domain.errors import InputError, Problem
from wattloom.domain.money import WH_PER_KWH
from wattloom.domain.verdicts import Clause
from wattloom.rules.contract import Case
from wattloom.rules.reading import document_clause


@dataclass(frozen=True, slots=True, kw_only=True)
class MechanismMonth:
    """One month of a station under the mechanism."""

    year: int
    month: int
    split_wh: int
    """Mechanism energy that the year's total gives this month."""
    on_grid_wh: int
    """Energy given to the grid."""
    reference_cny_per_kwh: Fraction
    """The real-time market's mean of the same technology in the month, weighted by energy; in provinces without a spot
    market that of medium and long-term trades."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MechanismSettled:
    """What the mechanism settles for a month."""

    year: int
    month: int
    settled_wh: int
    rolled_wh: int
    """Left for later months of the year."""
    difference_cny: Fraction
    """Above zero is paid to the station, below by it; exact."""
    clause: Clause


def mechanism_settlement(
    months: Sequence[MechanismMonth], *, price_cny_per_kwh: Fraction, case: Case
) -> tuple[MechanismSettled, ...]:
    """Settle months in their order; what a month leaves is lost at the end of its year.

    Raises:
        InputError: a direct connection, whose energy Doc 688 keeps outside; months out of order, energy below zero.
    """
    _check(months, case)
    found: list[MechanismSettled] = []
    rolled = 0
    for one in months:
        rolled = rolled if found and found[-1].year == one.year else 0
        due = one.split_wh + rolled
        settled = min(due, one.on_grid_wh)
        rolled = due - settled
        difference = settled * (price_cny_per_kwh - one.reference_cny_per_kwh) / WH_PER_KWH
        found.append(
            MechanismSettled(
                year=one.year,
                month=one.month,
                settled_wh=settled,
                rolled_wh=rolled,
                difference_cny=difference,
                clause=document_clause("doc136"),
            )
        )
    return tuple(found)


def _check(months: Sequence[MechanismMonth], case: Case) -> None:
    """Who may be settled so, and what a month must be."""
    problems: list[Problem] = []
    if case.direct_connection:
        clause = document_clause("doc688" if case.users == "multi" else "doc136")
        problems.append(
            Problem(
                where="mechanism",
                found="the energy of a direct connection",
                expected=f"a station that sells all it gives on the market ({clause.document})",
                remedy="settle what the project gives to the grid at the market's price",
            )
        )
    dates = [(one.year, one.month) for one in months]
    if dates != sorted(set(dates)):
        problems.append(
            Problem(
                where="mechanism", found=f"months {dates}", expected="each once, in their order", remedy="sort them"
            )
        )
    problems += [
        Problem(
            where=f"mechanism {one.year}-{one.month:02d}",
            found=f"{one.split_wh} and {one.on_grid_wh} Wh",
            expected="energy from zero up",
            remedy="correct the month",
        )
        for one in months
        if min(one.split_wh, one.on_grid_wh) < 0
    ]
    if problems:
        raise InputError(problems)
