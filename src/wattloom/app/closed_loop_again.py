"""How is a plan made again soon after the last one? From the last basis, carried over by what columns and rows mean.

From tick to tick jobs come and go and a period ends: the program changes its shape, but most of what it chose stays.
Each column and row carries a label that means the same in the next program; a new column starts at its lower bound, a
new row in the basis. What the solver says is certified like any other answer; where that fails, it starts afresh.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import SolveError
from wattloom.solve.checks import certify
from wattloom.solve.handle import AT_LOWER, IN_BASIS, Basis, Deadline, Handle
from wattloom.solve.lp import Answer
from wattloom.solve.path import GAP_EXACT_MAX, Path, report_of, solve

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.solve.lp import LinearProgram


class Again:
    """Remembers where the last program ended."""

    def __init__(self, *, seconds_max: float) -> None:
        """Nothing is known yet; each program has so many seconds."""
        self._seconds_max = seconds_max
        self._columns, self._rows = _Codes(AT_LOWER), _Codes(IN_BASIS)

    def solve(self, lp: LinearProgram, columns: NDArray[np.int64], rows: NDArray[np.int64]) -> Answer:
        """The optimum, from the last basis; labels are all different. `SolveError` where none is certified in time."""
        cpu, wall, deadline = time.process_time(), time.perf_counter(), Deadline(self._seconds_max)
        handle, warm = Handle(lp), self._columns.known
        if warm:
            handle.begin(Basis(columns=self._columns.of(columns), rows=self._rows.of(rows)))
        run = handle.run("simplex", deadline, presolve=not warm)
        certificate = certify(lp, run.primal, run.row_dual)
        try:
            certificate.demand(gap_max=GAP_EXACT_MAX)
        except SolveError:
            return solve(lp, Path(seconds_max=deadline.seconds_left))
        basis = handle.basis
        self._columns.keep(columns, basis.columns)
        self._rows.keep(rows, basis.rows)
        told = report_of(lp, certificate, method="simplex, again", steps=(f"{run.iterations} iterations",))
        return Answer(
            primal=run.primal,
            row_dual=run.row_dual,
            reduced_cost=lp.cost - lp.matrix.T @ run.row_dual,
            objective=certificate.objective + lp.offset,
            report=replace(told, cpu_s=time.process_time() - cpu, wall_s=time.perf_counter() - wall),
        )


class _Codes:
    """Where columns or rows stood, by label."""

    def __init__(self, new: int) -> None:
        """Whatever is new has the same code."""
        self._new = new
        self._labels, self._codes = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int8)

    @property
    def known(self) -> bool:
        """Whether there was a program before."""
        return bool(self._labels.size)

    def keep(self, labels: NDArray[np.int64], codes: NDArray[np.int8]) -> None:
        """Remember these in place of the last ones."""
        order = np.argsort(labels)
        self._labels, self._codes = labels[order], codes[order]

    def of(self, labels: NDArray[np.int64]) -> NDArray[np.int8]:
        """Where each stood."""
        place = np.minimum(np.searchsorted(self._labels, labels), self._labels.size - 1)
        return np.where(self._labels[place] == labels, self._codes[place], self._new).astype(np.int8)
