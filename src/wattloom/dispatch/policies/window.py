"""What does a policy know of one job as it arrives, and what does it answer?"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
from numba import njit

from wattloom.domain.text import Text

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Window(NamedTuple):
    """A job, and the price or carbon intensity as it is foreseen."""

    values: NDArray[np.float64]
    """One value for each slot from second 0; NaN where nothing is foreseen."""
    step_s: float
    """Length of a slot."""
    arrive_s: float
    run_s: float
    wait_s: float
    """How long it may wait in all: its deadline less its arrival and its work."""
    expected_s: float
    """How long it is thought to run, by a policy that does not know."""
    interruptible: bool


class Policy(Protocol):
    """When a job runs: a function of the job and of what is foreseen."""

    @property
    def name(self) -> Text:
        """One word or two, for people."""

    @property
    def source(self) -> str:
        """Where it is defined."""

    def __call__(self, window: Window) -> NDArray[np.float64]:
        """The stretches in which the job runs at full power, [start, end] in seconds, shape (stretch, 2)."""


def through(start_s: float, window: Window) -> NDArray[np.float64]:
    """One stretch from a start to the end of the work."""
    return np.array([[start_s, start_s + window.run_s]])


@njit(cache=True)
def area(values: NDArray[np.float64], step_s: float, start_s: float, end_s: float) -> float:
    """Value times seconds between two instants; NaN where something is not foreseen."""
    first, last = int(start_s // step_s), int(np.ceil(end_s / step_s)) - 1
    if first < 0 or last >= values.shape[0]:
        return np.nan
    total = 0.0
    for slot in range(first, last + 1):
        total += values[slot] * (min(end_s, (slot + 1) * step_s) - max(start_s, slot * step_s))
    return total


@njit(cache=True)
def foreseen_slots(values: NDArray[np.float64], first: int, last: int) -> int:
    """How many slots from the first on, and before the last, are foreseen without a gap."""
    for slot in range(first, min(last, values.shape[0])):
        if np.isnan(values[slot]):
            return int(slot - first)
    return int(max(min(last, values.shape[0]) - first, 0))
