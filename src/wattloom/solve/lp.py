"""What does a solver get, and what does it give back? A linear program as arrays, and an answer with its checks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csc_matrix


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearProgram:
    """Minimise cost·x with row_lower ≤ A x ≤ row_upper and lower ≤ x ≤ upper."""

    matrix: csc_matrix
    """Shape (rows, columns)."""
    cost: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    row_lower: NDArray[np.float64]
    row_upper: NDArray[np.float64]
    sizes: NDArray[np.int64]
    """Columns that are sizes (MW, MWh, MVA): what the first step finds and the second boxes in."""
    coupling: NDArray[np.int64]
    """Columns that tie sites together; fixed at the first step's value where sites are solved apart."""
    offset: float = 0.0
    """Constant part of the objective."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SolveReport:
    """How the answer was found and how far it may be off."""

    method: str
    """Steps taken, such as 'pdlp 1e-4 → box ±0.2 % → simplex'."""
    cpu_s: float
    wall_s: float
    gap: float
    """Relative distance between primal and dual objective, of the program that the answer claims to solve."""
    max_violation: float
    """Largest violation of a row or bound, in the row's own unit."""
    rows: int
    columns: int
    nonzeros: int
    steps: tuple[str, ...] = ()
    """A sentence a step, for the run's log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A checked optimum."""

    primal: NDArray[np.float64]
    """Shape (columns,)."""
    row_dual: NDArray[np.float64]
    """Shape (rows,): change of the objective for each unit that a row's bound is raised."""
    reduced_cost: NDArray[np.float64]
    """Shape (columns,)."""
    objective: float
    report: SolveReport
