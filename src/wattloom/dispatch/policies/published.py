"""When would each policy of the literature run a job? By the definitions of its authors.

GAIA: W. A. Hanafy, Q. Liang, N. Bashir, A. Souza, D. Irwin and P. Shenoy, "Going Green for Less Green: Optimizing the
Cost of Reducing Cloud Carbon Emissions", ASPLOS 2024, doi 10.1145/3620666.3651374.
Ecovisor: A. Souza and others, "Ecovisor: A Virtual Energy System for Carbon-Efficient Applications", ASPLOS 2023,
doi 10.1145/3575693.3575709, as GAIA sets it up.
Let's Wait Awhile: P. Wiesner, I. Behnke, D. Scheinert, K. Gontarska and L. Thamsen, "Let's Wait Awhile: How Temporal
Workload Shifting Can Reduce Carbon Emissions in the Cloud", Middleware 2021, doi 10.1145/3464298.3493399.

All were published for carbon intensity, without dead times and without limits of capacity; any signal will do. A job
that may not be interrupted is treated by a suspending policy as its authors treat such jobs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from wattloom.dispatch.policies.window import Policy, Window, area, through
from wattloom.domain.text import Text

if TYPE_CHECKING:
    from numpy.typing import NDArray

GAIA = "GAIA, ASPLOS 2024, doi 10.1145/3620666.3651374"
ECOVISOR = "Ecovisor, ASPLOS 2023, doi 10.1145/3575693.3575709, as set up in GAIA"
WIESNER = "Let's Wait Awhile, Middleware 2021, doi 10.1145/3464298.3493399"

RUN_AT_ONCE = Text("run at once", "到达即运行")
LOWEST_SLOT = Text("lowest slot", "最低时段")
LOWEST_WINDOW = Text("lowest window", "最低窗口")
CARBON_TIME = Text("carbon-time", "碳—时间")
THRESHOLD_SUSPEND_RESUME = Text("threshold suspend-resume", "阈值暂停—恢复")
WAIT_AWHILE = Text("wait awhile", "等待低谷（完全预知）")

EVERY_S = 3600.0
"""GAIA tries a start each hour from the arrival on."""
THRESHOLD_SHARE = 0.3
"""GAIA lets Ecovisor run below the 30th percentile …"""
THRESHOLD_AHEAD_S = 24 * 3600.0
"""… of the next 24 hours."""
ROUNDING_S = 1e-6


@dataclass(frozen=True, slots=True)
class RunAtOnce:
    """Run on arrival, whatever it costs: NoWait."""

    name: Text = RUN_AT_ONCE
    source: str = GAIA

    def __call__(self, window: Window) -> NDArray[np.float64]:
        """From the arrival on."""
        return through(window.arrive_s, window)


@dataclass(frozen=True, slots=True)
class LowestSlot:
    """Start in the slot with the lowest value among those in which it may start; the first of equals."""

    name: Text = LOWEST_SLOT
    source: str = GAIA

    def __call__(self, window: Window) -> NDArray[np.float64]:
        """From the beginning of that slot on, or from the arrival where it lies inside."""
        first = int(window.arrive_s // window.step_s)
        last = int((window.arrive_s + window.wait_s + ROUNDING_S) // window.step_s)
        slot = first + int(np.argmin(window.values[first : last + 1]))
        return through(max(slot * window.step_s, window.arrive_s), window)


@dataclass(frozen=True, slots=True)
class LowestWindow:
    """Start where the mean value over the job's expected length is lowest."""

    every_s: float = EVERY_S
    """Time between two starts that are tried, the first at the arrival."""
    name: Text = LOWEST_WINDOW
    source: str = GAIA

    def __call__(self, window: Window) -> NDArray[np.float64]:
        """From that start on."""
        starts_s, areas = _tried(window, self.every_s)
        return through(float(starts_s[np.argmin(areas)]), window) if areas.size else through(window.arrive_s, window)


@dataclass(frozen=True, slots=True)
class CarbonTime:
    """Start where most is saved against starting at once, for each hour until its expected end."""

    every_s: float = EVERY_S
    name: Text = CARBON_TIME
    source: str = GAIA

    def __call__(self, window: Window) -> NDArray[np.float64]:
        """From that start on."""
        starts_s, areas = _tried(window, self.every_s)
        if not areas.size:
            return through(window.arrive_s, window)
        saved = (areas[0] - areas) / (starts_s - window.arrive_s + window.expected_s)
        return through(float(starts_s[np.argmax(saved)]), window)


@dataclass(frozen=True, slots=True)
class SuspendBelowThreshold:
    """Run below a threshold and rest above it, until it has rested as long as it may: Ecovisor."""

    share: float = THRESHOLD_SHARE
    ahead_s: float = THRESHOLD_AHEAD_S
    name: Text = THRESHOLD_SUSPEND_RESUME
    source: str = ECOVISOR

    def __call__(self, window: Window) -> NDArray[np.float64]:
        """Stretches below the threshold, and the rest of the work when the wait is used up."""
        w = window
        threshold = _quantile_ahead(w.values, w.step_s, w.arrive_s, w.arrive_s + self.ahead_s, self.share)
        return _suspended(w.values, w.step_s, w.arrive_s, w.run_s, w.wait_s, threshold, w.interruptible)


@dataclass(frozen=True, slots=True)
class WaitAwhile:
    """Run in the slots of lowest value until the deadline, the earlier of equals: suspend-resume with full knowledge.

    A job that may not be interrupted starts at the slot from which its mean is lowest.
    """

    name: Text = WAIT_AWHILE
    source: str = WIESNER

    def __call__(self, window: Window) -> NDArray[np.float64]:
        """Those slots, neighbours joined."""
        if not window.interruptible:
            return LowestWindow(every_s=window.step_s)(window._replace(expected_s=window.run_s))
        return cheapest_slots(window.values, window.step_s, window.arrive_s, window.run_s, window.wait_s)


PUBLISHED: Mapping[str, Policy] = {
    "run_at_once": RunAtOnce(),
    "lowest_slot": LowestSlot(),
    "lowest_window": LowestWindow(),
    "carbon_time": CarbonTime(),
    "threshold": SuspendBelowThreshold(),
    "wait_awhile": WaitAwhile(),
}


def _tried(window: Window, every_s: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Starts, and the area below the value over the expected length; those that look too far are left out."""
    count = int((window.wait_s + ROUNDING_S) // every_s) + 1
    starts_s = window.arrive_s + every_s * np.arange(count, dtype=np.float64)
    areas = _areas(window.values, window.step_s, starts_s, window.expected_s)
    seen = np.isfinite(areas)
    return np.asarray(starts_s[seen]), np.asarray(areas[seen])


@njit(cache=True)
def _areas(
    values: NDArray[np.float64], step_s: float, starts_s: NDArray[np.float64], length_s: float
) -> NDArray[np.float64]:
    """Area below the value from each start over one length."""
    areas = np.empty(starts_s.shape[0])
    for k in range(starts_s.shape[0]):
        areas[k] = area(values, step_s, starts_s[k], starts_s[k] + length_s)
    return areas


@njit(cache=True)
def _quantile_ahead(values: NDArray[np.float64], step_s: float, start_s: float, end_s: float, share: float) -> float:
    """The value below or at which it lies for a share of the time; time that is not foreseen does not count."""
    first = int(start_s // step_s)
    last = min(int(np.ceil(end_s / step_s)), values.shape[0])
    ahead = values[first:last]
    order = np.argsort(ahead)
    lengths = np.empty(ahead.shape[0])
    for k in range(ahead.shape[0]):
        slot = first + k
        lengths[k] = min(end_s, (slot + 1) * step_s) - max(start_s, slot * step_s)
        if np.isnan(ahead[k]):
            lengths[k] = 0.0
    wanted, passed = share * lengths.sum(), 0.0
    for k in order:
        passed += lengths[k]
        if passed > wanted:
            return float(ahead[k])
    return np.inf


@njit(cache=True)
def _suspended(  # noqa: PLR0913, PLR0917 - compiled: a window, spelled out
    values: NDArray[np.float64],
    step_s: float,
    arrive_s: float,
    run_s: float,
    wait_s: float,
    threshold: float,
    interruptible: bool,  # noqa: FBT001
) -> NDArray[np.float64]:
    """Stretches below a threshold, of which the last is also what the used-up wait leaves."""
    stretches = np.empty((values.shape[0] + 2, 2))
    count, now_s, left_s = 0, arrive_s, run_s
    while True:
        slot = int(now_s // step_s)
        edge_s = (slot + 1) * step_s
        runs_on = wait_s <= 0 or slot >= values.shape[0] or (count > 0 and not interruptible)
        if not runs_on and values[slot] >= threshold:
            now_s, wait_s = (edge_s, wait_s - (edge_s - now_s)) if wait_s > edge_s - now_s else (now_s + wait_s, 0.0)
            continue
        ends = runs_on or now_s + left_s <= edge_s
        until_s = now_s + left_s if ends else edge_s
        if count and stretches[count - 1, 1] == now_s:
            stretches[count - 1, 1] = until_s
        else:
            stretches[count, 0], stretches[count, 1] = now_s, until_s
            count += 1
        if ends:
            return stretches[:count]
        left_s -= until_s - now_s
        now_s = until_s


@njit(cache=True)
def cheapest_slots(
    values: NDArray[np.float64], step_s: float, arrive_s: float, run_s: float, wait_s: float
) -> NDArray[np.float64]:
    """The parts of slots, between arrival and deadline, with the least sum of values that hold the work; in order."""
    due_s = arrive_s + run_s + wait_s
    if wait_s <= 0.0:
        return np.array([[arrive_s, arrive_s + run_s]])
    first, last = int(arrive_s // step_s), int(np.ceil(due_s / step_s)) - 1
    last = max(min(last, values.shape[0] - 1), first)
    order = np.argsort(values[first : last + 1], kind="mergesort")
    until_s = np.zeros(last - first + 1)
    left_s = run_s
    for k in order:
        begin_s = max(arrive_s, (first + k) * step_s)
        length_s = min(min(due_s, (first + k + 1) * step_s) - begin_s, left_s)
        until_s[k] = begin_s + max(length_s, 0.0)
        left_s -= max(length_s, 0.0)
        if left_s <= 0:
            break
    stretches = np.empty((last - first + 1, 2))
    count = 0
    for k in range(last - first + 1):
        begin_s = max(arrive_s, (first + k) * step_s)
        if until_s[k] <= begin_s:
            continue
        if count and stretches[count - 1, 1] == begin_s:
            stretches[count - 1, 1] = until_s[k]
        else:
            stretches[count, 0], stretches[count, 1] = begin_s, until_s[k]
            count += 1
    return stretches[:count]
