"""Which few of many inputs explain an outcome, and by how much?

The lasso minimises ½ bᵀGb − cᵀb + λ Σ|b| for each outcome, where G holds the inputs' covariances and c those of inputs
and outcome. Coordinate descent with covariance updates (Friedman, Hastie and Tibshirani, J. Statistical Software 33
(2010) 1-22): the rows are read once for G and c, which all outcomes on the same inputs share, and from a nearby
solution a new one is a handful of sweeps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

TOLERANCE = 1e-6
"""Largest gain in the objective, per sweep and input, at which a descent rests; outcomes have a variance of one."""
SWEEPS_MAX = 1000


def lasso(
    gram: NDArray[np.float64],
    cross: NDArray[np.float64],
    penalty: float,
    *,
    start: NDArray[np.float64] | None = None,
    tolerance: float = TOLERANCE,
) -> NDArray[np.float64]:
    """Coefficients of every outcome at one penalty; shape (outcomes, inputs).

    Args:
        gram: covariances of the inputs, shape (inputs, inputs), symmetric, no negative eigenvalue.
        cross: covariances of outcomes and inputs, shape (outcomes, inputs).
        penalty: what one unit of a coefficient costs; at the largest |cross| and above, all are zero.
        start: where to begin, such as the solution at a neighbouring penalty or of yesterday; zero by default.
        tolerance: the descent rests once no input moves its prediction by more than the root of this.

    Example:
        >>> lasso(np.eye(2), np.array([[1.0, -0.2]]), 0.5).tolist()
        [[0.5, 0.0]]
    """
    found = np.zeros_like(cross, dtype=np.float64) if start is None else np.array(start, dtype=np.float64)
    _descend(np.ascontiguousarray(gram, dtype=np.float64), np.ascontiguousarray(cross, dtype=np.float64),
             penalty, found, tolerance)  # fmt: skip
    return found


def lasso_path(
    gram: NDArray[np.float64],
    cross: NDArray[np.float64],
    penalties: tuple[float, ...],
    *,
    starts: NDArray[np.float64] | None = None,
    tolerance: float = TOLERANCE,
) -> NDArray[np.float64]:
    """Coefficients at several penalties, best given falling; shape (penalties, outcomes, inputs).

    Each begins at the one before it, or at its own start.
    """
    found = np.zeros((len(penalties), *cross.shape))
    for place, penalty in enumerate(penalties):
        start = starts[place] if starts is not None else found[max(0, place - 1)]
        found[place] = lasso(gram, cross, penalty, start=start, tolerance=tolerance)
    return found


def optimality_gap(
    gram: NDArray[np.float64], cross: NDArray[np.float64], penalty: float, coefficients: NDArray[np.float64]
) -> float:
    """How far coefficients are from the Karush-Kuhn-Tucker conditions, in units of the penalty; 0 at the solution.

    An input in use pulls with exactly the penalty in its own direction; one out of use pulls with no more.
    """
    pull = cross - coefficients @ gram
    used = coefficients != 0
    off = np.where(used, np.abs(pull - penalty * np.sign(coefficients)), np.maximum(np.abs(pull) - penalty, 0.0))
    return float(off.max(initial=0.0))


@njit(cache=True)
def _descend(
    gram: NDArray[np.float64],
    cross: NDArray[np.float64],
    penalty: float,
    found: NDArray[np.float64],
    tolerance: float,
) -> None:
    """Descend for every outcome in place: a sweep over all inputs, then among those in use until they rest."""
    inputs = found.shape[1]
    for outcome in range(found.shape[0]):
        weights = found[outcome]
        pull = cross[outcome].copy()
        for one in range(inputs):
            if weights[one] != 0.0:
                pull -= gram[one] * weights[one]
        for _ in range(SWEEPS_MAX):
            if _sweep(gram, penalty, weights, pull) < tolerance:
                break
            _rest(gram, penalty, weights, pull, tolerance)


@njit(cache=True)
def _rest(
    gram: NDArray[np.float64],
    penalty: float,
    weights: NDArray[np.float64],
    pull: NDArray[np.float64],
    tolerance: float,
) -> None:
    """Sweep among the inputs in use alone, on their own small part of the covariances, then bring `pull` up to date."""
    used = np.flatnonzero(weights)
    count = len(used)
    part = np.empty((count, count))
    own, before, own_pull = np.empty(count), np.empty(count), np.empty(count)
    for row in range(count):
        own[row] = before[row] = weights[used[row]]
        own_pull[row] = pull[used[row]]
        for column in range(count):
            part[row, column] = gram[used[row], used[column]]
    for _ in range(SWEEPS_MAX):
        if _sweep(part, penalty, own, own_pull) < tolerance:
            break
    for row in range(count):
        step = own[row] - before[row]
        if step != 0.0:
            weights[used[row]] = own[row]
            for other in range(pull.shape[0]):
                pull[other] -= gram[used[row], other] * step


@njit(cache=True)
def _sweep(gram: NDArray[np.float64], penalty: float, weights: NDArray[np.float64], pull: NDArray[np.float64]) -> float:
    """Set each input to its best with the others held; `pull` follows. What the largest move changed, squared."""
    moved = 0.0
    for one in range(len(weights)):
        variance = gram[one, one]
        if variance <= 0.0:
            continue
        alone = pull[one] + variance * weights[one]
        best = 0.0
        if alone > penalty:
            best = (alone - penalty) / variance
        elif alone < -penalty:
            best = (alone + penalty) / variance
        step = best - weights[one]
        if step != 0.0:
            weights[one] = best
            for other in range(pull.shape[0]):
                pull[other] -= gram[one, other] * step
            moved = max(moved, step * step * variance)
    return moved
