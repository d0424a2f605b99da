"""What would many plain regressions, each with its own memory, have said of each day?

Prices change their manners: what the last eight weeks teach differs from what three years teach. So the same regression
is made over several windows, penalties and scales, anew for each day on what had come by then, and all are kept. Two
more are curved: to one regression they add what days like this one added to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise, product
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from wattloom.forecast.learning.lasso import lasso, lasso_path
from wattloom.forecast.prices.day_window import Rolling

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.forecast.prices.day_rows import DayRows

BLOCK_DAYS = 28
"""Days between new scales and full paths; every single day is still learnt from before the next."""
SECONDS_PER_DAY = 24 * 3600
TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Experts:
    """Every window with every scale and every penalty is one expert."""

    windows_days: tuple[int, ...] = (56, 84, 364, 1092)
    penalties: tuple[float, ...] = (0.05, 0.02, 0.01, 0.005)
    """In standard deviations of the outcome, per standard deviation of an input."""
    stabilised: tuple[bool, ...] = (True, False)
    """Whether the inverse hyperbolic sine is taken of scaled values (Uniejewski, Weron and Ziel, IEEE Transactions on
    Power Systems 33 (2018) 2219-2229), or they are taken as they are."""
    curved_days: int = 364
    curved_penalty: float = 0.02
    curved_widths: tuple[float, ...] = (0.7, 1.5)
    """Of the likeness of days, in standard deviations of all inputs together."""
    curved_ridge: float = 0.3
    """What one day's residual counts as noise, where likeness is 1 for the same day."""
    curved_share: float = 0.2
    """Weight of the curved experts together, before losses are known."""
    days_min: int = 28
    """Days that the shortest window needs before anything is said."""

    def __len__(self) -> int:
        """How many there are."""
        return len(self.windows_days) * len(self.penalties) * len(self.stabilised) + len(self.curved_widths)

    @property
    def prior(self) -> NDArray[np.float64]:
        """Weights before any loss is known; shape (experts,)."""
        curved = len(self.curved_widths)
        straight = len(self) - curved
        share = self.curved_share if curved else 0.0
        return np.concatenate([np.full(straight, (1 - share) / straight), np.full(curved, share / max(1, curved))])


def first_row(rows: DayRows, experts: Experts) -> int:
    """The first row with enough days before it; the number of rows where none has."""
    enough = np.flatnonzero(rows.settled >= experts.days_min)
    return int(enough[0]) if enough.size else len(rows)


def expert_forecasts(rows: DayRows, first: int, last: int, experts: Experts) -> NDArray[np.float64]:
    """What each expert says of rows [first, last), each from what had come by its origin; (experts, rows, leads).

    Blocks begin on fixed dates, so that an answer does not depend on where one began to ask.
    """
    block = rows.origins_s // (BLOCK_DAYS * SECONDS_PER_DAY)
    cuts = [first, *(np.flatnonzero(np.diff(block[first:last])) + first + 1), last]
    earliest = first_row(rows, experts)
    parts = []
    for begin, end in pairwise(cuts):
        anchor = max(int(np.searchsorted(block, block[begin])), earliest)
        said = [_linear(rows, (anchor, begin, end), days, experts.penalties, stabilised=stabilised)
                for stabilised, days in product(experts.stabilised, experts.windows_days)]  # fmt: skip
        parts.append(np.concatenate([*said, _curved(rows, (anchor, begin, end), experts)]))
    return np.concatenate(parts, axis=1)


def _linear(
    rows: DayRows, place: tuple[int, int, int], days: int, penalties: tuple[float, ...], *, stabilised: bool
) -> NDArray[np.float64]:
    """Forecasts of rows [begin, end) from the window's days before each; shape (penalties, rows, leads)."""
    anchor, begin, end = place
    rolling = Rolling.of(rows, anchor, end, days, stabilised=stabilised)
    found = lasso_path(*rolling.window.covariances(), penalties, tolerance=TOLERANCE)
    said = np.empty((len(penalties), end - begin, rows.outcomes.shape[1]))
    for row in range(anchor, end):
        if rolling.advance(row):
            found = lasso_path(*rolling.window.covariances(), penalties, starts=found, tolerance=TOLERANCE)
        if row >= begin:
            said[:, row - begin] = rolling.window.forecast(found, rolling.inputs[row - rolling.low])
    return rolling.scale.back(said)


def _curved(rows: DayRows, place: tuple[int, int, int], experts: Experts) -> NDArray[np.float64]:
    """One regression and what days like this one added to it; shape (widths, rows, leads).

    Kernel ridge regression of the lasso's residuals on the inputs that the lasso uses, each weighted by how much.
    """
    anchor, begin, end = place
    rolling = Rolling.of(rows, anchor, end, experts.curved_days, stabilised=True)
    found = lasso(*rolling.window.covariances(), experts.curved_penalty, tolerance=TOLERANCE)
    kernels = _kernels(rolling, found, experts.curved_widths)
    said = np.empty((len(kernels), end - begin, rows.outcomes.shape[1]))
    for row in range(anchor, end):
        if rolling.advance(row):
            found = lasso(*rolling.window.covariances(), experts.curved_penalty, start=found, tolerance=TOLERANCE)
        if row >= begin:
            said[:, row - begin] = _with_residuals(rolling, row - rolling.low, found, kernels, experts.curved_ridge)
    return rolling.scale.back(said)


def _kernels(
    rolling: Rolling, coefficients: NDArray[np.float64], widths: tuple[float, ...]
) -> list[NDArray[np.float64]]:
    """Likeness of every two days, 1 for the same; inputs have a joint variance of one."""
    weight = np.sqrt((coefficients**2).mean(axis=0))
    total = np.sqrt((weight**2).sum())
    place = rolling.window.away(rolling.inputs) * (weight / total if total > 0 else weight)
    square = (place**2).sum(axis=1)
    apart = np.maximum(square[:, None] + square[None, :] - 2 * place @ place.T, 0.0)
    return [np.exp(-apart / (2 * width**2)) for width in widths]


def _with_residuals(
    rolling: Rolling, row: int, found: NDArray[np.float64], kernels: list[NDArray[np.float64]], ridge: float
) -> NDArray[np.float64]:
    """A day's regression plus the residuals of days like it; shape (widths, leads)."""
    low, high = rolling.low_now, rolling.high_now
    missed = rolling.outcomes[low:high] - rolling.window.forecast(found, rolling.inputs[low:high])
    held = ridge * np.eye(high - low)
    added = [
        kernel[row, low:high] @ cho_solve(cho_factor(kernel[low:high, low:high] + held, check_finite=False), missed)
        for kernel in kernels
    ]
    return np.asarray(rolling.window.forecast(found, rolling.inputs[row : row + 1]) + np.stack(added))
