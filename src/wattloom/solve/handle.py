"""How do we speak to the solver? One program inside HiGHS, kept there, so that numbers change without a rebuild.

Costs are scaled by a power of two before they are handed over, so that a plan in CNY meets the solver's absolute
tolerances as well as one in millions; everything that comes back is in the caller's unit again.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import highspy
import numpy as np

from wattloom.domain.errors import SolveError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from wattloom.solve.lp import LinearProgram

Method = Literal["simplex", "hipo", "ipx", "pdlp"]
Ending = Literal["optimal", "infeasible", "unbounded", "unclear", "failed"]

COST_LOWEST, COST_HIGHEST = 1 / 64, 16
"""Between these a typical cost goes to the solver as it is; others are scaled to 1: its dual tolerance is 1e-7."""

ITERATIONS_ANY = 2**31 - 1

AT_LOWER, IN_BASIS = 0, 1
"""Codes of a column at its lower bound, and of a column or row in the basis."""
_STATUSES = (
    highspy.HighsBasisStatus.kLower,
    highspy.HighsBasisStatus.kBasic,
    highspy.HighsBasisStatus.kUpper,
    highspy.HighsBasisStatus.kZero,
    highspy.HighsBasisStatus.kNonbasic,
)

_ENDINGS: dict[highspy.HighsModelStatus, Ending] = {
    highspy.HighsModelStatus.kOptimal: "optimal",
    highspy.HighsModelStatus.kInfeasible: "infeasible",
    highspy.HighsModelStatus.kUnbounded: "unbounded",
    highspy.HighsModelStatus.kUnboundedOrInfeasible: "unclear",
}


class Deadline:
    """How many seconds are left? A stop-watch that every step of a path reads."""

    def __init__(self, seconds_max: float) -> None:
        """Start now."""
        self.seconds_max = seconds_max
        self._end = time.perf_counter() + seconds_max

    @property
    def seconds_left(self) -> float:
        """Seconds left; an error once there are none."""
        left = self._end - time.perf_counter()
        if left <= 0:
            raise SolveError(
                f"the solver found no certified answer in {self.seconds_max:g} s; "
                "allow more seconds, a coarser step, or fewer sizes to choose"
            )
        return left


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a solver said; nothing in it is trusted until it is checked."""

    ending: Ending
    words: str
    """The solver's own word for how it ended."""
    primal: NDArray[np.float64]
    row_dual: NDArray[np.float64]
    reduced_cost: NDArray[np.float64]
    iterations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """Which columns and rows stand at which bound, and which are in the basis: codes of the solver."""

    columns: NDArray[np.int8]
    rows: NDArray[np.int8]


class Handle:
    """A solver that holds a program."""

    def __init__(self, lp: LinearProgram) -> None:
        """Hand the program over."""
        self._lp = replace(
            lp,
            matrix=lp.matrix.copy(),
            cost=lp.cost.copy(),
            lower=lp.lower.copy(),
            upper=lp.upper.copy(),
            row_lower=lp.row_lower.copy(),
            row_upper=lp.row_upper.copy(),
        )
        typical = typical_cost(lp)
        fits = COST_LOWEST <= typical <= COST_HIGHEST
        self._scale = 1.0 if fits else 2.0 ** round(math.log2(typical))
        self._highs = highspy.Highs()  # type: ignore[no-untyped-call]
        self._set("output_flag", value=False)
        # A plan that takes minutes must still end on Ctrl-C.
        self._highs.HandleKeyboardInterrupt = True
        self._highs.passModel(_highs_lp(self._lp, self._scale))

    @property
    def lp(self) -> LinearProgram:
        """The program as it stands now."""
        return self._lp

    def set_bounds(self, columns: NDArray[np.int64], lower: ArrayLike, upper: ArrayLike) -> None:
        """Change the bounds of some columns."""
        self._lp.lower[columns], self._lp.upper[columns] = lower, upper
        low, high = self._lp.lower[columns], self._lp.upper[columns]
        self._highs.changeColsBounds(len(columns), columns.astype(np.int32), low, high)

    def set_rows(self, rows: NDArray[np.int64], lower: ArrayLike, upper: ArrayLike) -> None:
        """Change the right-hand sides of some rows."""
        self._lp.row_lower[rows], self._lp.row_upper[rows] = lower, upper
        low, high = self._lp.row_lower[rows], self._lp.row_upper[rows]
        change = self._highs.changeRowsBounds  # type: ignore[attr-defined]
        change(len(rows), rows.astype(np.int32), low, high)

    def set_cost(self, columns: NDArray[np.int64], cost: ArrayLike) -> None:
        """Change the cost of some columns."""
        self._lp.cost[columns] = cost
        self._highs.changeColsCost(len(columns), columns.astype(np.int32), self._lp.cost[columns] / self._scale)

    def set_factors(self, rows: NDArray[np.int64], columns: NDArray[np.int64], factors: NDArray[np.float64]) -> None:
        """Change single factors that are there already: an entry that was 0 stays outside."""
        matrix = self._lp.matrix
        for row, column, factor in zip(rows.tolist(), columns.tolist(), factors.tolist(), strict=True):
            start, end = matrix.indptr[column], matrix.indptr[column + 1]
            (at,) = np.flatnonzero(matrix.indices[start:end] == row)
            matrix.data[start + at] = factor
            self._highs.changeCoeff(row, column, factor)

    @property
    def basis(self) -> Basis:
        """Where the last simplex ended."""
        basis = self._highs.getBasis()
        columns, rows = (
            np.array([int(s) for s in side], dtype=np.int8) for side in (basis.col_status, basis.row_status)
        )
        return Basis(columns=columns, rows=rows)

    def begin(self, basis: Basis) -> None:
        """Let the next simplex begin there; a basis that does not quite fit the program is repaired first."""
        start = highspy.HighsBasis()
        start.valid, start.alien = True, True
        start.col_status = [_STATUSES[code] for code in basis.columns.tolist()]
        start.row_status = [_STATUSES[code] for code in basis.rows.tolist()]
        if self._highs.setBasis(start) != highspy.HighsStatus.kOk:
            raise SolveError("the solver refused a basis; begin without one")

    def run(
        self,
        method: Method,
        deadline: Deadline,
        *,
        tolerance: float = 1e-7,
        presolve: bool = True,
        share: float = 1.0,
        iterations_max: int = ITERATIONS_ANY,
    ) -> Run:
        """Solve in a share of the time left, from where the last solve ended if the method can; without crossover."""
        self._choose(method)
        self._set("presolve", value="choose" if presolve else "off")
        self._set("kkt_tolerance", value=tolerance)
        if method == "pdlp":
            self._set("pdlp_optimality_tolerance", value=tolerance)
            self._set("pdlp_iteration_limit", value=iterations_max)
        # HiGHS counts the seconds of all runs of an instance together.
        self._set("time_limit", value=self._highs.getRunTime() + share * deadline.seconds_left)
        self._highs.solve()
        status = self._highs.getModelStatus()
        if status == highspy.HighsModelStatus.kInterrupt:
            raise KeyboardInterrupt
        solution = self._highs.getSolution()
        info = self._highs.getInfo()
        return Run(
            ending=_ENDINGS.get(status, "failed"),
            words=self._highs.modelStatusToString(status),
            primal=_filled(solution.col_value, len(self._lp.cost)),
            row_dual=_filled(solution.row_dual, len(self._lp.row_lower)) * self._scale,
            reduced_cost=_filled(solution.col_dual, len(self._lp.cost)) * self._scale,
            iterations=max(info.simplex_iteration_count, info.ipm_iteration_count, info.pdlp_iteration_count),
        )

    def _choose(self, method: Method) -> None:
        """Set the method, and see that it took: HiGHS keeps its default in silence where one is not built in."""
        self._set("solver", value=method)
        taken = self._highs.getOptionValue("solver")[1]
        if taken != method:
            raise SolveError(
                f"the solver took {taken!r} where {method!r} was asked; install highspy-extras beside highspy"
            )
        self._set("run_crossover", value="off")

    def _set(self, option: str, *, value: bool | float | str) -> None:
        """Set an option; a refusal is an error, not a warning."""
        if self._highs.setOptionValue(option, value) != highspy.HighsStatus.kOk:
            raise SolveError(f"HiGHS {self._highs.version()} refused option {option} = {value!r}; use highspy 1.15")


def typical_cost(lp: LinearProgram) -> float:
    """The mean of the costs that are not 0, which a year of hours and its few sizes share; 1 where there are none."""
    costs = np.abs(lp.cost[lp.cost != 0])
    return float(np.mean(costs)) if costs.size else 1.0


def _filled(values: list[float], count: int) -> NDArray[np.float64]:
    """The solver's values; not-a-number where it gave none, so that no check can pass."""
    array = np.asarray(values, dtype=np.float64)
    return array if array.size == count else np.full(count, np.nan)


def _highs_lp(lp: LinearProgram, scale: float) -> highspy.HighsLp:
    """The program in the solver's own form."""
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = lp.matrix.shape
    model.col_cost_, model.col_lower_, model.col_upper_ = lp.cost / scale, lp.lower, lp.upper
    model.row_lower_, model.row_upper_ = lp.row_lower, lp.row_upper
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = lp.matrix.indptr
    model.a_matrix_.index_ = lp.matrix.indices
    model.a_matrix_.value_ = lp.matrix.data
    return model
