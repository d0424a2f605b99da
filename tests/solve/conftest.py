"""Small and medium linear programs, with known or independently found optima: `lps.drawn(7)` in a test."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.sparse import csc_matrix

from wattloom.solve.lp import LinearProgram

NONE = np.empty(0, dtype=np.int64)


def program(  # noqa: PLR0913 - the parts of a linear program
    matrix: object,
    *,
    cost: object,
    row_lower: object,
    row_upper: object,
    sizes: object = NONE,
    coupling: object = NONE,
    lower: object = 0.0,
    upper: object = np.inf,
    offset: float = 0.0,
) -> LinearProgram:
    """A linear program from plain lists; a single bound is repeated."""
    arranged = csc_matrix(np.asarray(matrix, dtype=float) if isinstance(matrix, list) else matrix)
    count = arranged.shape[1]
    return LinearProgram(
        matrix=arranged,
        cost=np.asarray(cost, dtype=float),
        lower=np.broadcast_to(np.asarray(lower, dtype=float), (count,)).copy(),
        upper=np.broadcast_to(np.asarray(upper, dtype=float), (count,)).copy(),
        row_lower=np.asarray(row_lower, dtype=float),
        row_upper=np.asarray(row_upper, dtype=float),
        sizes=np.asarray(sizes, dtype=np.int64),
        coupling=np.asarray(coupling, dtype=np.int64),
        offset=offset,
    )


def solar_and_grid() -> LinearProgram:
    """Two hours of 10 MW; solar at 30 a MW gives 1 and then 0.5 of its size; the grid costs 20 and then 40 a MWh.

    Below 10 MW each MW of solar saves 1·20 + 0.5·40 = 40 for 30; above it only 0.5·40 = 20. So the best size is 10 MW:
    cost 300 and 5 MWh at 40 = 500. The balance of hour 2 is worth 40, that of hour 1 what is left of the 30: 10.
    """
    # Columns: size, solar used in hours 1 and 2, grid in hours 1 and 2.
    matrix = [[0, 1, 0, 1, 0], [0, 0, 1, 0, 1], [-1, 1, 0, 0, 0], [-0.5, 0, 1, 0, 0]]
    return program(
        matrix,
        cost=[30, 0, 0, 20, 40],
        row_lower=[10, 10, -np.inf, -np.inf],
        row_upper=[10, 10, 0, 0],
        sizes=[0],
        offset=7.0,
    )


def drawn(seed: int, *, hours: int = 96, sizes: int = 3) -> LinearProgram:
    """A random sizing problem with a store: sources of random output, a dear back-up, a ring of contents."""
    rng = np.random.default_rng(seed)
    load = rng.uniform(5.0, 15.0, hours)
    eye, zero = np.eye(hours), np.zeros((hours, hours))
    before = np.roll(eye, -1, axis=1).T
    outputs = [rng.uniform(0.0, 1.0, hours) * (rng.random(hours) > 0.3) for _ in range(sizes - 1)]
    none = np.zeros((hours, 1))
    # Columns: source sizes, store size; used (one a source), back-up, charged, discharged, stored.
    blank = [none] * sizes
    used = [eye] * (sizes - 1)
    idle = [zero] * (sizes - 1)
    blocks = [[*blank, *used, eye, -eye, eye, zero]]
    for k, output in enumerate(outputs):
        installed = [-output[:, None] if j == k else none for j in range(sizes)]
        blocks.append([*installed, *[eye if j == k else zero for j in range(sizes - 1)], zero, zero, zero, zero])
    blocks.append([*blank, *idle, zero, -0.9 * eye, eye / 0.9, eye - before])
    blocks.append([*blank[:-1], -np.ones((hours, 1)), *idle, zero, zero, zero, eye])
    matrix = csc_matrix(np.block(blocks))
    running = np.concatenate([np.zeros((sizes - 1) * hours), rng.uniform(20, 60, hours), np.full(3 * hours, 0.01)])
    equal = np.concatenate([load, np.zeros(hours)])
    limits = (sizes - 1) * hours
    low = np.concatenate([load, np.full(limits, -np.inf), np.zeros(hours), np.full(hours, -np.inf)])
    high = np.concatenate([equal[:hours], np.zeros(limits + 2 * hours)])
    investment = np.append(rng.uniform(5.0, 10.0, sizes - 1) * hours, rng.uniform(0.5, 2.0) * hours)
    cost = np.concatenate([investment, running])
    return program(matrix, cost=cost, row_lower=low, row_upper=high, sizes=range(sizes))


def two_linked_sites(seed: int, *, hours: int = 48) -> LinearProgram:
    """Two random sites, and a line each way of at most 2 MW at 0.1 a MWh."""
    sites = [drawn(seed, hours=hours), drawn(seed + 100, hours=hours)]
    rows, columns = sites[0].matrix.shape
    eye, rest = np.eye(hours), np.zeros((rows - hours, hours))
    out, into = np.vstack([-eye, rest]), np.vstack([eye, rest])
    first = np.hstack([sites[0].matrix.toarray(), np.zeros((rows, columns)), out, into])
    second = np.hstack([np.zeros((rows, columns)), sites[1].matrix.toarray(), into, out])
    count = 2 * columns + 2 * hours
    upper = np.concatenate([np.full(2 * columns, np.inf), np.full(2 * hours, 2.0)])
    return program(
        csc_matrix(np.vstack([first, second])),
        cost=np.concatenate([sites[0].cost, sites[1].cost, np.full(2 * hours, 0.1)]),
        row_lower=np.concatenate([site.row_lower for site in sites]),
        row_upper=np.concatenate([site.row_upper for site in sites]),
        upper=upper,
        sizes=[*range(3), *range(columns, columns + 3)],
        coupling=range(2 * columns, count),
    )


def judged(lp: LinearProgram) -> float:
    """The optimum by SciPy's own call of its own copy of a solver, as a second judge."""
    equal = lp.row_lower == lp.row_upper
    above = np.isfinite(lp.row_lower) & ~equal
    below = np.isfinite(lp.row_upper) & ~equal
    rows = lp.matrix.tocsr()
    stacked = np.vstack([rows[below].toarray(), -rows[above].toarray()])
    right = np.concatenate([lp.row_upper[below], -lp.row_lower[above]])
    result = linprog(
        lp.cost,
        A_ub=stacked if stacked.size else None,
        b_ub=right if stacked.size else None,
        A_eq=rows[equal].toarray() if equal.any() else None,
        b_eq=lp.row_upper[equal] if equal.any() else None,
        bounds=np.column_stack([lp.lower, lp.upper]),
        method="highs-ipm",
    )
    assert result.success, result.message
    return float(result.fun) + lp.offset


@pytest.fixture
def lps() -> SimpleNamespace:
    """The builders of this file, by name."""
    return SimpleNamespace(
        program=program,
        solar_and_grid=solar_and_grid,
        drawn=drawn,
        two_linked_sites=two_linked_sites,
        judged=judged,
    )
