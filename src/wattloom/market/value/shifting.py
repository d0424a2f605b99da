"""Which hours should work leave, and which later ones take it, at a day's prices? The best assignment, exact.

A unit of power for a period may wait at most so long and must be made up where machines are idle. Each unit saves the
difference of two prices less what its waiting costs, so a day is an assignment of periods to later periods; days are
taken as turning round: what the evening leaves is made up the next morning, at the same day's prices.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

PARTS_MAX = 4
"""The smaller power is cut into so many parts at most, so that the larger need not be a whole multiple of it."""
LARGER_MAX = 8
"""The larger is looked at up to so many times the smaller: in a day's periods more can hardly be used."""
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a facility's work lets pass."""

    lowered_mw: float
    """Most that may be left undone at a time, at the meter."""
    raised_mw: float
    """Most that may be made up at a time: what idle machines would draw."""
    delay_hours_max: float
    delay_cny_per_mwh_hour: float
    restart_cny_per_mw: float = 0.0

    def __post_init__(self) -> None:
        """Refuse powers and costs below zero."""
        if min(self.lowered_mw, self.raised_mw, self.delay_hours_max, self.delay_cny_per_mwh_hour) < 0:
            raise InputError.one("shifting", found="a term below zero", expected="powers, hours, costs at or above 0",
                                 remedy="correct the facility")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A day's best shift."""

    change_mw: NDArray[np.float64]
    """Against the plan without it, shape (periods,): below zero where work waits."""
    moved_mwh: float
    energy_saved_cny: float
    """At the prices."""
    delay_cny: float
    restart_cny: float
    delay_hours_mean: float

    @property
    def net_cny(self) -> float:
        """What is left."""
        return self.energy_saved_cny - self.delay_cny - self.restart_cny


def best_shift(price_cny_per_mwh: ArrayLike, terms: Terms) -> Shift:
    """The shift that saves most, its waiting paid; none where its restarts would cost more than it saves.

    Args:
        price_cny_per_mwh: of a day in equal periods, shape (periods,).
        terms: of the facility.

    Example:
        >>> day = [900.0] * 12 + [300.0] * 12
        >>> found = best_shift(day, Terms(lowered_mw=10, raised_mw=5, delay_hours_max=24, delay_cny_per_mwh_hour=0))
        >>> found.moved_mwh, found.energy_saved_cny
        (60.0, 36000.0)
    """
    prices = np.asarray(price_cny_per_mwh, dtype=np.float64)
    found = _assigned(prices, terms)
    return found if found.net_cny > 0 else _nothing(prices.size)


def _assigned(prices: NDArray[np.float64], terms: Terms) -> Shift:
    """The assignment with the most saving, before restarts."""
    hours = 24.0 / prices.size
    down, up, unit_mw = _parts(terms)
    if not unit_mw:
        return _nothing(prices.size)
    wait = (np.arange(prices.size)[None, :] - np.arange(prices.size)[:, None]) % prices.size * hours
    saved = prices[:, None] - prices[None, :]
    delay = wait * terms.delay_cny_per_mwh_hour
    worth = np.where((wait > 0) & (wait <= terms.delay_hours_max), np.maximum(saved - delay, 0.0), 0.0)
    whole = np.repeat(np.repeat(worth, down, axis=0), up, axis=1)
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415 - heavy, and most commands do without

    rows, columns = linear_sum_assignment(whole, maximize=True)
    taken = whole[rows, columns] > 0
    leaves, takes = rows[taken] // down, columns[taken] // up
    change = np.bincount(takes, minlength=prices.size) - np.bincount(leaves, minlength=prices.size)
    lowered = np.bincount(leaves, minlength=prices.size) * unit_mw
    mwh = unit_mw * hours
    waited = wait[leaves, takes]
    # Where more is lowered than in the period before, so much is stopped anew.
    stopped_mw = np.maximum(lowered - np.roll(lowered, 1), 0.0).sum()
    return Shift(
        change_mw=np.asarray(change * unit_mw, dtype=np.float64),
        moved_mwh=leaves.size * mwh,
        energy_saved_cny=float(saved[leaves, takes].sum() * mwh),
        delay_cny=float(delay[leaves, takes].sum() * mwh),
        restart_cny=float(stopped_mw * terms.restart_cny_per_mw),
        delay_hours_mean=float(waited.mean()) if waited.size else 0.0,
    )


def _parts(terms: Terms) -> tuple[int, int, float]:
    """Units that may leave and come in each period, and the size of one.

    The smaller power is cut into as many parts as leave least of the larger unused.
    """
    least, most = sorted((terms.lowered_mw, terms.raised_mw))
    if least <= 0 or terms.delay_hours_max <= 0:
        return 0, 0, 0.0
    fits = [(int(most * parts / least + ROUNDING), parts) for parts in range(1, PARTS_MAX + 1)]
    larger, smaller = max(fits, key=lambda fit: (fit[0] / fit[1], -fit[1]))
    larger = min(larger, LARGER_MAX * smaller)
    down, up = (larger, smaller) if terms.lowered_mw >= terms.raised_mw else (smaller, larger)
    return down, up, least / smaller


def _nothing(periods: int) -> Shift:
    """A day on which nothing is moved."""
    return Shift(change_mw=np.zeros(periods), moved_mwh=0.0, energy_saved_cny=0.0, delay_cny=0.0, restart_cny=0.0,
                 delay_hours_mean=0.0)  # fmt: skip
