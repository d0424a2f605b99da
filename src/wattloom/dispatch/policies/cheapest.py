"""What is the best that can be done with one job alone, when the signal is known?

Without limits that tie jobs together, the program of the day falls apart into these: no policy that keeps the deadline
does better, and a property test holds all of the published ones against them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from wattloom.dispatch.policies.published import cheapest_slots
from wattloom.dispatch.policies.window import Window, area, through
from wattloom.domain.text import Text

if TYPE_CHECKING:
    from numpy.typing import NDArray

CHEAPEST_WINDOW = Text("cheapest window", "最低成本窗口")
CHEAPEST = Text("cheapest", "最低成本时段")

OWN = "exact optimum of one job without dead times"


@dataclass(frozen=True, slots=True)
class CheapestWindow:
    """The cheapest start of a job that runs through; the first of equals."""

    name: Text = CHEAPEST_WINDOW
    source: str = OWN

    def __call__(self, window: Window) -> NDArray[np.float64]:
        """From that start on.

        What a start costs is linear while neither the start nor the end crosses the edge of a slot, so the best start
        is the first, the last, or one of those at which either does.
        """
        w = window
        return through(_cheapest_start(w.values, w.step_s, w.arrive_s, w.run_s, w.wait_s), window)


@dataclass(frozen=True, slots=True)
class CheapestInterruptible:
    """The cheapest slots that hold the work; a job that may not be interrupted takes the cheapest window."""

    name: Text = CHEAPEST
    source: str = OWN

    def __call__(self, window: Window) -> NDArray[np.float64]:
        """Their stretches in order."""
        w = window
        if not w.interruptible:
            return CheapestWindow()(window)
        return cheapest_slots(w.values, w.step_s, w.arrive_s, w.run_s, w.wait_s)


@njit(cache=True)
def _cheapest_start(values: NDArray[np.float64], step_s: float, arrive_s: float, run_s: float, wait_s: float) -> float:
    """The start with the least area below the value."""
    best_s, last_s = arrive_s, arrive_s + max(wait_s, 0.0)
    least = area(values, step_s, arrive_s, arrive_s + run_s)
    tried = area(values, step_s, last_s, last_s + run_s)
    if tried < least:
        best_s, least = last_s, tried
    for ahead_s in (0.0, run_s):
        edge = int(np.ceil((arrive_s + ahead_s) / step_s))
        while edge * step_s - ahead_s < last_s:
            start_s = max(edge * step_s - ahead_s, arrive_s)
            tried = area(values, step_s, start_s, start_s + run_s)
            if tried < least or (tried == least and start_s < best_s):
                best_s, least = start_s, tried
            edge += 1
    return best_s
