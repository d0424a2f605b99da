"""How is a plan made again when only numbers have changed? The program stays in the solver, with its last basis."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import SolveError
from wattloom.solve.checks import certify
from wattloom.solve.handle import Deadline, Handle
from wattloom.solve.lp import Answer
from wattloom.solve.path import GAP_EXACT_MAX, Path, report_of, solve
from wattloom.solve.solution import Solution, solution_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from wattloom.solve.arrays import Arrays


TOLERANCE = 1e-9
"""Of a warm simplex, in the rows' own units: it ends at a corner, and a tight one costs it next to nothing."""


class Live:
    """A program in the solver's hands: change bounds, right-hand sides and costs by name, and solve again."""

    def __init__(self, arrays: Arrays) -> None:
        """Hand the program over once."""
        self._arrays = arrays
        self._handle = Handle(arrays.lp)

    @property
    def flows(self) -> tuple[str, ...]:
        """Names of the variables."""
        return tuple(self._arrays.model.variables)

    @property
    def requirements(self) -> tuple[str, ...]:
        """Names of the requirements."""
        return tuple(self._arrays.model.constraints)

    def bounds(self, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Lower and upper bounds of a size or flow as they stand now."""
        columns = self._arrays.columns(name)
        return self._handle.lp.lower[columns], self._handle.lp.upper[columns]

    def cost(self, name: str) -> NDArray[np.float64]:
        """What a unit of a size or flow costs now, all cost items together."""
        return self._handle.lp.cost[self._arrays.columns(name)]

    def sides(self, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Least and most that the left side of a requirement may come to, once all variables stand there."""
        rows = self._arrays.rows(name)
        return self._handle.lp.row_lower[rows], self._handle.lp.row_upper[rows]

    def factors(self, requirement: str, name: str) -> NDArray[np.float64]:
        """Factor of a flow in a requirement, each period's flow in the same period's row; 0 where it is in none."""
        rows, columns = self._arrays.rows(requirement), self._arrays.columns(name)
        if rows.size != columns.size:
            return np.zeros(0)
        found = self._handle.lp.matrix[rows][:, columns]
        return np.asarray(found.diagonal(), dtype=np.float64)

    def set_sides(self, name: str, *, lower: ArrayLike, upper: ArrayLike) -> None:
        """Change both sides of a requirement; infinite where a period has none."""
        self._handle.set_rows(self._arrays.rows(name), lower, upper)

    def set_factors(self, requirement: str, name: str, periods: NDArray[np.int64], factors: ArrayLike) -> None:
        """Change the factor of a flow in the same period's row of a requirement, in some periods."""
        rows, columns = self._arrays.rows(requirement)[periods], self._arrays.columns(name)[periods]
        self._handle.set_factors(rows, columns, np.broadcast_to(np.asarray(factors, dtype=np.float64), rows.shape))

    def set_bounds(self, name: str, *, lower: ArrayLike, upper: ArrayLike) -> None:
        """Change the bounds of a size or flow, for all its periods."""
        self._handle.set_bounds(self._arrays.columns(name), lower, upper)

    def set_right(self, name: str, right: ArrayLike) -> None:
        """Change the right-hand side of a requirement: what stands there once all variables are on the left."""
        rows = self._arrays.rows(name)
        lp = self._handle.lp
        below, above = lp.row_lower[rows], lp.row_upper[rows]
        self._handle.set_rows(rows, _moved(below, right), _moved(above, right))

    def set_cost(self, name: str, cost: ArrayLike) -> None:
        """Change what a unit of a size or flow costs, all cost items together."""
        self._handle.set_cost(self._arrays.columns(name), cost)

    def solve(self, *, seconds_max: float) -> Solution:
        """The cheapest plan with the numbers as they stand now; raises `Infeasible` where there is none."""
        cpu, wall = time.process_time(), time.perf_counter()
        lp = self._handle.lp
        arrays = replace(self._arrays, lp=lp)
        run = self._handle.run("simplex", Deadline(seconds_max), tolerance=TOLERANCE, presolve=False)
        certificate = certify(lp, run.primal, run.row_dual)
        try:
            certificate.demand(gap_max=GAP_EXACT_MAX)
        except SolveError:
            # A warm start that went astray, or a program without a plan: the cold path tells which.
            return solution_of(solve(lp, Path(seconds_max=seconds_max)), arrays)
        report = report_of(lp, certificate, method="simplex, warm", steps=(f"{run.iterations} iterations",))
        answer = Answer(
            primal=run.primal,
            row_dual=run.row_dual,
            reduced_cost=lp.cost - lp.matrix.T @ run.row_dual,
            objective=certificate.objective + lp.offset,
            report=replace(report, cpu_s=time.process_time() - cpu, wall_s=time.perf_counter() - wall),
        )
        return solution_of(answer, arrays)


def _moved(side: NDArray[np.float64], right: ArrayLike) -> NDArray[np.float64]:
    """A side of the rows at a new value; where there is none it stays away."""
    return np.where(np.isfinite(side), right, side)
