"""Which road to the optimum? First-order sizes, then an exact solve around them; every answer is checked.

Small programs, and those whose sizes are known, go straight to the simplex. A program with sizes goes the way of
`boxed`, one of linked sites that of `apart`, and one whose costs are few and tied straight to an interior point. Where
a road gives no answer that passes the checks, the next is tried: an interior-point method on the whole, HiPO and then
IPX, both without crossover. A claim that there is no plan is believed only once the least violation that any plan must
have is shown to be above 0.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.sparse import csc_matrix, hstack, identity

from wattloom.domain.errors import Infeasible, SolveError
from wattloom.solve.apart import apart, sites_of
from wattloom.solve.boxed import Found, boxed, costs_are_tied, first_step
from wattloom.solve.checks import VIOLATION_MAX, Certificate, certify, screen
from wattloom.solve.handle import Deadline, Handle
from wattloom.solve.lp import Answer, LinearProgram, SolveReport

if TYPE_CHECKING:
    from wattloom.solve.handle import Run

Road = Literal["simplex", "hipo", "ipx", "boxed", "apart"]

ROWS_SMALL = 10_000
"""Up to here the simplex is as quick as anything: about a second."""
GAP_MAX = 1e-5
GAP_EXACT_MAX = 1e-6
GAP_APART_MAX = 2e-3
"""Of linked sites solved apart: what is lost by holding the flows on the links."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """What the caller asks of the answer."""

    method: Literal["auto", "simplex", "hipo", "ipx", "boxed", "apart"] = "auto"
    exact: bool = False
    """Whether the gap must be below 1e-6; otherwise 1e-5, and 2e-3 for linked sites."""
    seconds_max: float = 1200.0


def solve(lp: LinearProgram, path: Path) -> Answer:
    """The optimum of a linear program, with residuals and gap checked; raises `Infeasible` or `SolveError`."""
    cpu, wall = time.process_time(), time.perf_counter()
    deadline = Deadline(path.seconds_max)
    screen(lp)
    tried: list[str] = []
    problem = SolveError("no road to the optimum was open; choose method 'auto'")
    for road in _roads(lp, path):
        try:
            found = _follow(road, lp, deadline)
            certificate = certify(lp, found.primal, found.row_dual)
            certificate.demand(gap_max=_gap_max(road, path), prices=road != "apart")
        except Infeasible:
            raise
        except SolveError as error:
            problem = error
            tried.append(f"{road}: {error}")
            continue
        answer = _answer(lp, replace(found, steps=(*tried, *found.steps)), certificate)
        cpu_s, wall_s = time.process_time() - cpu, time.perf_counter() - wall
        return replace(answer, report=replace(answer.report, cpu_s=cpu_s, wall_s=wall_s))
    # Methods differ in how they fail where there is no plan: some only lose their way.
    prove_infeasible(lp, deadline)
    raise problem


def prove_infeasible(lp: LinearProgram, deadline: Deadline) -> None:
    """Raise `Infeasible` where every plan breaks the rows by some amount in sum; return where one may keep them."""
    rows, columns = lp.matrix.shape
    slack = csc_matrix(identity(rows))
    none = np.empty(0, dtype=np.int64)
    relaxed = LinearProgram(
        matrix=csc_matrix(hstack([lp.matrix, slack, -slack])),
        cost=np.concatenate([np.zeros(columns), np.ones(2 * rows)]),
        lower=np.concatenate([lp.lower, np.zeros(2 * rows)]),
        upper=np.concatenate([lp.upper, np.full(2 * rows, np.inf)]),
        row_lower=lp.row_lower,
        row_upper=lp.row_upper,
        sizes=none,
        coupling=none,
    )
    for road in _interior_last(relaxed):
        run = Handle(relaxed).run(road, deadline)
        certificate = certify(relaxed, run.primal, run.row_dual)
        if not certificate.price_error <= VIOLATION_MAX:
            continue
        if certificate.bound > VIOLATION_MAX * (1.0 + _largest(lp)):
            raise Infeasible(
                f"no plan meets all the goals at once: together they are missed by at least {certificate.bound:.6g} "
                "(sum over the requirements, each in its unit); relax one of them"
            )
        return


def _roads(lp: LinearProgram, path: Path) -> tuple[Road, ...]:
    """The roads to try, best first."""
    interior: tuple[Road, ...] = ("hipo", "ipx")
    if path.method != "auto":
        return interior if path.method == "hipo" else (path.method,)
    if lp.matrix.shape[0] <= ROWS_SMALL:
        return ("simplex", *interior)
    if lp.sizes.size and lp.coupling.size and len(sites_of(lp)) > 1:
        return interior if path.exact else ("apart", *interior)
    if costs_are_tied(lp):
        return (*interior, "simplex")
    return ("boxed" if lp.sizes.size else "simplex", *interior)


def _follow(road: Road, lp: LinearProgram, deadline: Deadline) -> Found:
    """What one road finds."""
    if road == "boxed":
        return _around_first_step(road, lp, deadline)
    if road == "apart":
        return _around_first_step(road, lp, deadline)
    run = Handle(lp).run(road, deadline)
    if run.ending != "optimal":
        _doubt(run, lp, deadline)
    return Found(method=road, primal=run.primal, row_dual=run.row_dual, steps=(f"{road}: {run.iterations} iterations",))


def _around_first_step(road: Literal["boxed", "apart"], lp: LinearProgram, deadline: Deadline) -> Found:
    """What is found around the sizes of a first-order method."""
    first = first_step(lp, deadline)
    columns = lp.matrix.shape[1]
    if first is None:
        found = None
    elif road == "boxed":
        found = boxed(lp, deadline, guess=first[:columns])
    else:
        found = apart(lp, deadline, guess=first[:columns], prices=first[columns:])
    if found is None:
        raise SolveError("sizes of the first step led to no plan; solve with method 'hipo'")
    return replace(found, method=f"PDLP → {found.method}")


def _doubt(run: Run, lp: LinearProgram, deadline: Deadline) -> None:
    """Raise what the ending of a run really means."""
    if run.ending in {"infeasible", "unbounded", "unclear"}:
        prove_infeasible(lp, deadline)
    if run.ending in {"unbounded", "unclear"}:
        raise SolveError(
            "the cost falls without end: something is earned without a limit; limit what may be sold, or the sizes"
        )
    raise SolveError(f"the solver ended with {run.words!r}; try method 'ipx' or 'simplex', or allow more seconds")


def _interior_last(lp: LinearProgram) -> tuple[Literal["simplex", "hipo", "ipx"], ...]:
    """Exact methods, the likely quickest first."""
    return ("simplex", "hipo", "ipx") if lp.matrix.shape[0] <= ROWS_SMALL else ("hipo", "ipx", "simplex")


def _gap_max(road: Road, path: Path) -> float:
    """The largest gap that the caller accepts on a road."""
    if path.exact:
        return GAP_EXACT_MAX
    return GAP_APART_MAX if road == "apart" else GAP_MAX


def _largest(lp: LinearProgram) -> float:
    """A typical right-hand side, in the rows' own unit."""
    sides = np.abs(np.concatenate([lp.row_lower, lp.row_upper]))
    sides = sides[np.isfinite(sides) & (sides > 0)]
    return float(np.median(sides)) if sides.size else 0.0


def report_of(lp: LinearProgram, certificate: Certificate, *, method: str, steps: tuple[str, ...]) -> SolveReport:
    """How far an answer may be off; times are added by who took them."""
    return SolveReport(
        method=method,
        cpu_s=0.0,
        wall_s=0.0,
        gap=certificate.gap,
        max_violation=certificate.violation,
        rows=lp.matrix.shape[0],
        columns=lp.matrix.shape[1],
        nonzeros=lp.matrix.nnz,
        steps=steps,
    )


def _answer(lp: LinearProgram, found: Found, certificate: Certificate) -> Answer:
    """The answer with its report; reduced costs are those of the program itself, not of a box."""
    return Answer(
        primal=found.primal,
        row_dual=found.row_dual,
        reduced_cost=lp.cost - lp.matrix.T @ found.row_dual,
        objective=certificate.objective + lp.offset,
        report=report_of(lp, certificate, method=found.method, steps=found.steps),
    )
