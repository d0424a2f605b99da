"""Is this really the optimum? Residuals and the gap from our own arithmetic; a solver's status proves nothing.

For row prices y and z = cost − Aᵀy, every plan costs at least

    Σ y⁺·row_lower − y⁻·row_upper + Σ z⁺·lower − z⁻·upper

A column or row without the bound that its price asks for takes its own value x there, and |z·x| is counted in the gap:
so the gap holds against every plan in which no such value is more than twice as large, and against all plans as those
prices go to 0. The largest of them is told as `price_error`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import Infeasible, SolveError
from wattloom.solve.handle import typical_cost

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.solve.lp import LinearProgram

VIOLATION_MAX = 1e-6
"""Largest violation of a row or bound, relative to the numbers that meet in it: ten times the solver's tolerance."""
SMALL = 0.01
"""Of the numbers of a large row: what meets in a row counts as no less, so that a row of zeros may be rounded."""
SIZE_LEAST = 1e-3
"""What meets in a row counts as no less than this, in the row's unit: a thousand-millionth of a MW is nothing."""
PRICE_ERROR_MAX = 1e-4
"""Largest price on a bound that is not there, relative to the costs that meet in it: what a single price may be off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """How far an answer may be from the optimum."""

    objective: float
    """Cost of the plan, without the constant part."""
    bound: float
    """What every plan costs at least, as the prices show."""
    gap: float
    """Distance of the two and what prices on missing bounds may hide, relative."""
    violation: float
    """Largest violation, in the row's or column's own unit."""
    violation_relative: float
    """Largest violation, relative to the numbers that meet in its row."""
    price_error: float
    """Largest price on a bound that is not there, relative."""

    def demand(self, *, gap_max: float, prices: bool = True) -> None:
        """Raise `SolveError` where the answer is not good enough."""
        if not self.violation_relative <= VIOLATION_MAX:
            raise SolveError(
                f"the solver's plan breaks a requirement by {self.violation:.3g} ({self.violation_relative:.1e} of its "
                f"numbers), more than {VIOLATION_MAX:g}; solve with method 'hipo', or bring the units closer together"
            )
        if not self.gap <= gap_max:
            raise SolveError(
                f"the solver's plan may be {self.gap:.1e} dearer than the best one, more than {gap_max:g}; "
                "solve with exact=True, or with method 'hipo' or 'simplex'"
            )
        if prices and not self.price_error <= PRICE_ERROR_MAX:
            raise SolveError(
                f"the solver's prices are wrong by {self.price_error:.1e} of their numbers, more than "
                f"{PRICE_ERROR_MAX:g}; solve with method 'simplex', or bring the units closer together"
            )


def certify(lp: LinearProgram, primal: NDArray[np.float64], row_dual: NDArray[np.float64]) -> Certificate:
    """Residuals and gap of a plan and its prices."""
    rows = lp.matrix @ primal
    violation, relative = _violation(lp, primal, rows)
    price = lp.cost - lp.matrix.T @ row_dual
    size = np.abs(lp.cost) + abs(lp.matrix).T @ np.abs(row_dual)
    row_part, row_error = _worth(row_dual, rows, lp.row_lower, lp.row_upper)
    column_part, column_error = _worth(price, primal, lp.lower, lp.upper)
    objective, bound = float(lp.cost @ primal), float(row_part.sum() + column_part.sum())
    doubt = float(row_error @ np.abs(rows) + column_error @ np.abs(primal))
    typical = typical_cost(lp)
    errors = [np.max(column_error / (size + typical), initial=0.0), np.max(row_error / typical, initial=0.0)]
    return Certificate(
        objective=objective,
        bound=bound,
        gap=(abs(objective - bound) + doubt) / max(1.0, abs(objective)),
        violation=violation,
        violation_relative=relative,
        price_error=float(np.max(errors)),
    )


def screen(lp: LinearProgram) -> None:
    """Raise `Infeasible` for what no solver is needed to see: crossed bounds, empty rows that ask for something."""
    crossed = np.flatnonzero(lp.lower > lp.upper)
    if crossed.size:
        j = int(crossed[0])
        raise Infeasible(
            f"column {j} must be at least {lp.lower[j]:g} and at most {lp.upper[j]:g}; widen one of the two"
        )
    empty = np.bincount(lp.matrix.indices, minlength=lp.matrix.shape[0]) == 0
    wrong = (lp.row_lower > lp.row_upper) | (empty & ((lp.row_lower > 0) | (lp.row_upper < 0)))
    if wrong.any():
        i = int(np.flatnonzero(wrong)[0])
        raise Infeasible(
            f"row {i} asks for [{lp.row_lower[i]:g}, {lp.row_upper[i]:g}], which no plan reaches; relax it"
        )


def _violation(lp: LinearProgram, primal: NDArray[np.float64], rows: NDArray[np.float64]) -> tuple[float, float]:
    """Largest violation, absolute and relative to the numbers that meet in the row."""
    row_miss = np.maximum(np.maximum(lp.row_lower - rows, rows - lp.row_upper), 0.0)
    column_miss = np.maximum(np.maximum(lp.lower - primal, primal - lp.upper), 0.0)
    row_size = abs(lp.matrix) @ np.abs(primal)
    typical = float(np.quantile(row_size, 0.9)) if row_size.size else 0.0
    least = max(SMALL * typical, SIZE_LEAST)
    row_size = row_size + least
    column_size = np.abs(primal) + least
    absolute = [np.max(row_miss, initial=0.0), np.max(column_miss, initial=0.0)]
    relative = [np.max(row_miss / row_size, initial=0.0), np.max(column_miss / column_size, initial=0.0)]
    return float(np.max(absolute)), float(np.max(relative))


def _worth(
    price: NDArray[np.float64], value: NDArray[np.float64], lower: NDArray[np.float64], upper: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What each bound is worth at its price, and the prices on bounds that are not there."""
    bound = np.where(price > 0, lower, upper)
    there = np.isfinite(bound)
    worth = price * np.where(there, bound, value)
    return worth, np.where(there, 0.0, np.abs(price))
