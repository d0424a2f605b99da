"""How does a year get its sizes and its exact prices? First-order sizes, then a simplex around them.

A first-order method (PDLP) finds the sizes of a year within a part in a thousand, many times faster than an exact one;
a dual simplex that may move sizes only a little is fast as well, and exact. The box is two-sided, since a one-sided one
falsifies the prices, and it widens while a size rests on it with a price: at the end no price belongs to the box.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattloom.solve.handle import Handle

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.solve.handle import Deadline
    from wattloom.solve.lp import LinearProgram

SIZES_TOLERANCE = 3e-4
"""Of the first step. Measured on a year of hours, CPU seconds of both steps: 1e-4 5.7 + 4.4, 3e-4 3.7 + 4.6,
1e-3 2.7 + 5.5, 3e-3 1.9 + 8.8 with two boxes that admitted no plan."""
ITERATIONS_MAX = 10_000
"""Of the first step: a year of hours takes 2,000 to 4,000; without a plan it would go on for ever."""
BOX_OF_SIZE = 0.002
"""Half-width of the box, of the size."""
BOX_OF_LOAD = 0.001
"""Half-width of the box, of the load: a multiple of the size alone would pin what the first step left at 0."""
WIDENING = 5.0
WIDENINGS_MAX = 5
EMPTY_BOXES_MAX = 2
"""Boxes without a plan before the whole program is asked whether it has one."""
TIED_SHARE = 0.03
"""Fewer distinct costs (to three digits) than this share of all: an interior-point method first. Measured on a year of
hours at a flat price, CPU seconds of HiPO against the box: 24 and 78, 16 and 97; at hourly prices 21 and 9."""
SECONDS_SHARE = 0.5
"""Of the seconds left, what the second step may take before the fall-back is tried."""
PINNED = 1e-6
"""Relative to a size's own cost: a reduced cost above it says that the box, and not the plan, chose the size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a road found; unchecked."""

    method: str
    primal: NDArray[np.float64]
    row_dual: NDArray[np.float64]
    steps: tuple[str, ...] = ()


def first_step(lp: LinearProgram, deadline: Deadline) -> NDArray[np.float64] | None:
    """A plan near the optimum, not exact in any row, then its row prices; None where the method lost its way."""
    run = Handle(lp).run("pdlp", deadline, tolerance=SIZES_TOLERANCE, iterations_max=ITERATIONS_MAX)
    # Its status is hardly news: 'Unknown' comes with good sizes, and 'Infeasible' is for an exact method to prove.
    lost = run.ending in {"infeasible", "unclear", "unbounded"} or run.iterations >= ITERATIONS_MAX
    good = not lost and np.isfinite(run.primal).all() and np.isfinite(run.row_dual).all()
    return np.concatenate([run.primal, run.row_dual]) if good else None


def boxed(lp: LinearProgram, deadline: Deadline, *, guess: NDArray[np.float64]) -> Found | None:
    """The optimum, found around guessed sizes; `guess` has a value for each column, those of sizes count."""
    sizes = lp.sizes
    centre = np.clip(guess[sizes], lp.lower[sizes], lp.upper[sizes])
    reach = np.maximum(BOX_OF_SIZE * np.abs(centre), BOX_OF_LOAD * load_scale(lp))
    handle, steps = Handle(lp), []
    for widening in range(WIDENINGS_MAX + 1):
        low, high = np.maximum(lp.lower[sizes], centre - reach), np.minimum(lp.upper[sizes], centre + reach)
        handle.set_bounds(sizes, low, high)
        run = handle.run("simplex", deadline, presolve=False, share=SECONDS_SHARE)
        steps.append(f"box {widening}: {run.words} after {run.iterations} iterations")
        if run.ending == "infeasible" and widening < EMPTY_BOXES_MAX:
            reach = reach * WIDENING
        elif run.ending == "optimal":
            pinned = _pinned(lp, run.primal[sizes], run.reduced_cost[sizes], low, high)
            if not pinned.any():
                return Found(method="simplex in a box", primal=run.primal, row_dual=run.row_dual, steps=tuple(steps))
            centre = np.where(pinned, run.primal[sizes], centre)
            reach = np.where(pinned, reach * WIDENING, reach)
        else:
            return None
    return None


def costs_are_tied(lp: LinearProgram) -> bool:
    """Whether most costs are the same few numbers, as at a flat price: plans tie, and a simplex wanders among them."""
    paid = lp.cost[lp.cost != 0.0]
    if not paid.size:
        return False
    digits = 2 - np.floor(np.log10(np.abs(paid)))
    told = np.round(paid * 10.0**digits) * 10.0**-digits  # Three digits: a price that hardly moves is flat as well.
    return bool(np.unique(told).size < TIED_SHARE * paid.size)


def load_scale(lp: LinearProgram) -> float:
    """Size of the load, as the balances tell it: the largest of the common right-hand sides, in MW."""
    asked = np.abs(lp.row_lower[(lp.row_lower == lp.row_upper) & (lp.row_lower != 0)])
    if asked.size:
        return float(np.quantile(asked, 0.9))
    bounds = lp.upper[np.isfinite(lp.upper) & (lp.upper > 0)]
    return float(np.quantile(bounds, 0.9)) if bounds.size else 1.0


def _pinned(
    lp: LinearProgram,
    value: NDArray[np.float64],
    price: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Which sizes rest on their box, though the program itself would let them go on."""
    cost = np.abs(lp.cost[lp.sizes])
    wanted = np.abs(price) > PINNED * np.maximum(cost, float(np.max(cost, initial=0.0)) * 1e-3 + 1e-12)
    near = 1e-9 * (1.0 + np.abs(value))
    on_low = (value <= low + near) & (low > lp.lower[lp.sizes])
    on_high = (value >= high - near) & (high < lp.upper[lp.sizes])
    return wanted & ((on_low & (price > 0)) | (on_high & (price < 0)))
