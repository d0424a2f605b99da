"""What did the solver choose, and what is each requirement worth? Values and prices by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from wattloom.solve.arrays import Arrays
from wattloom.solve.lp import SolveReport

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.solve.lp import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """Values and prices of a solved program."""

    objective: float
    """Money a year, constants included."""
    report: SolveReport
    _values: NDArray[np.float64]
    _duals: NDArray[np.float64]
    _reduced: NDArray[np.float64]
    _arrays: Arrays

    def value(self, amount: Any) -> Any:
        """The value of a variable or expression: an array over its dimensions, or a float; numbers pass through."""
        import linopy  # noqa: PLC0415 - heavy, and most commands do without

        if isinstance(amount, linopy.Variable):
            amount = 1.0 * amount
        if not isinstance(amount, linopy.LinearExpression):
            return amount
        labels, constant = amount.vars.values, amount.const
        known = np.where(labels >= 0, self._values[self._arrays.column_of[labels]], 0.0)
        sums = np.nansum(known * np.nan_to_num(amount.coeffs.values), axis=amount.vars.dims.index("_term"))
        array = constant.copy(data=sums + constant.values)
        return float(array) if array.ndim == 0 else array

    def has(self, name: str) -> bool:
        """Whether a requirement became part of the program: one between numbers only has no price."""
        return name in self._arrays.model.constraints

    def dual(self, name: str) -> Any:
        """Change of the yearly cost for each unit that the right side of a requirement is raised."""
        labels = self._arrays.model.constraints[name].labels
        values = np.where(labels.values >= 0, self._duals[self._arrays.row_of[labels.values]], np.nan)
        return float(values) if values.ndim == 0 else xr.DataArray(values, coords=labels.coords, dims=labels.dims)

    def reduced_cost(self, name: str) -> float:
        """Change of the yearly cost for each unit that a size is pushed up."""
        label = int(self._arrays.model.variables[name].labels)
        return float(self._reduced[self._arrays.column_of[label]])


@dataclass(frozen=True, slots=True, kw_only=True)
class Elastic:
    """Which requirements must give way, and by how much, for there to be a plan."""

    violations: Mapping[str, float]
    """By requirement, in its own unit, summed over its periods; infinite where its numbers contradict it."""
    solution: Solution
    """The plan that misses them least; its costs are not the least."""


def solution_of(answer: Answer, arrays: Arrays) -> Solution:
    """An answer by the names of its program; columns that were added for the solve only are left out."""
    count = arrays.lp.cost.size
    return Solution(
        objective=answer.objective,
        report=answer.report,
        _values=answer.primal[:count],
        _duals=answer.row_dual,
        _reduced=answer.reduced_cost[:count],
        _arrays=arrays,
    )
