"""Where does each named variable and requirement stand in a program's arrays?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from wattloom.solve.lp import LinearProgram

if TYPE_CHECKING:
    import linopy
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrays:
    """A program as arrays, and where each label of the model stands in them."""

    lp: LinearProgram
    column_of: NDArray[np.int64]
    row_of: NDArray[np.int64]
    model: linopy.Model

    def columns(self, name: str) -> NDArray[np.int64]:
        """Columns of a named variable."""
        labels = np.ravel(self.model.variables[name].labels.values)
        return np.asarray(self.column_of[labels[labels >= 0]], dtype=np.int64)

    def rows(self, name: str) -> NDArray[np.int64]:
        """Rows of a named requirement."""
        labels = np.ravel(self.model.constraints[name].labels.values)
        return np.asarray(self.row_of[labels[labels >= 0]], dtype=np.int64)


def positions(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each label stands; the last entry, which label −1 reaches, is position 0 and masked by its readers."""
    labels = np.asarray(labels)
    position = np.zeros((int(labels.max()) if labels.size else -1) + 2, dtype=np.int64)
    position[labels] = np.arange(labels.size)
    return position


def add_cost(cost: NDArray[np.float64], amount: Any, column_of: NDArray[np.int64]) -> float:
    """Add an amount's coefficients to the costs of the columns; return its constant part."""
    import linopy  # noqa: PLC0415 - heavy, and most commands do without

    if isinstance(amount, linopy.Variable):
        amount = 1.0 * amount
    if not isinstance(amount, linopy.LinearExpression):
        return float(amount)
    labels, factors = amount.vars.values.ravel(), amount.coeffs.values.ravel()
    used = (labels >= 0) & np.isfinite(factors)
    np.add.at(cost, column_of[labels[used]], factors[used])
    return float(amount.const.sum())
