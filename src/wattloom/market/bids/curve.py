"""How much is bought at which price? Steps of each period: the dearer, the less.

A bid is a ladder of limits: at a clearing price p a period buys the demand of the first limit that is not below p.

    price ≤ 200: 40 MW    200 < price ≤ 350: 25 MW    above: 15 MW, at the cap, bought at every price
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import InputError, Problem
from wattloom.domain.series import read_only

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from wattloom.domain.time import TimeAxis
    from wattloom.market.bids.terms import Limits

ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a bid as a market takes it."""

    limit_cny_per_mwh: float
    """Bought while the clearing price is not above it."""
    mw: float
    """On top of the steps with higher limits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curves:
    """The bid of a day: for each period a demand that never rises with the price."""

    axis: TimeAxis
    limit_cny_per_mwh: NDArray[np.float64]
    """Shape (period, step), never falling along a row; the last of each row is the market's cap."""
    demand_mw: NDArray[np.float64]
    """Shape (period, step), never rising along a row: all that is bought at prices up to the limit of the step."""

    def __post_init__(self) -> None:
        """Keep read-only copies; refuse ladders that rise in demand or fall in price."""
        for name in ("limit_cny_per_mwh", "demand_mw"):
            object.__setattr__(self, name, read_only(getattr(self, name)))
        problems = []
        if self.limit_cny_per_mwh.shape != self.demand_mw.shape or len(self.demand_mw) != self.axis.count:
            found = f"limits of shape {self.limit_cny_per_mwh.shape}, demand of shape {self.demand_mw.shape}"
            problems.append(_wrong("bid", found, f"both ({self.axis.count}, steps)", "give each period its steps"))
        else:
            falls = np.argwhere(np.diff(self.limit_cny_per_mwh, axis=1) < 0)
            rises = np.argwhere(np.diff(self.demand_mw, axis=1) > ROUNDING)
            problems += [_at(int(row), "limits that fall", "limits that never fall", "sort them") for row, _ in falls]
            problems += [
                _at(int(row), "a demand that rises with the price", "a demand that never rises", "swap the steps")
                for row, _ in rises
            ]
            problems += [
                _at(int(row), "a demand below 0", "0 or more", "offers to sell are not part of a load's bid")
                for row in np.flatnonzero((self.demand_mw < -ROUNDING).any(axis=1))
            ]
        if problems:
            raise InputError(problems)

    @classmethod
    def fixed(cls, axis: TimeAxis, demand_mw: ArrayLike, limits: Limits) -> Curves:
        """A bid that buys the same whatever the price: one step at the cap."""
        demand = np.broadcast_to(np.asarray(demand_mw, dtype=np.float64), (axis.count,))
        cap = np.full((axis.count, 1), limits.cap_cny_per_mwh)
        return cls(axis=axis, limit_cny_per_mwh=cap, demand_mw=demand[:, None])

    def step_at(self, price_cny_per_mwh: ArrayLike) -> NDArray[np.int64]:
        """Which step clears in each period; the last one where the price is above the cap."""
        return steps_at(self.limit_cny_per_mwh, np.asarray(price_cny_per_mwh, dtype=np.float64))

    def awarded_mw(self, price_cny_per_mwh: ArrayLike) -> NDArray[np.float64]:
        """What each period buys at a clearing price; shape (period,).

        Example:
            >>> from datetime import UTC, datetime
            >>> from wattloom.domain.time import TimeAxis
            >>> bid = Curves(axis=TimeAxis(datetime(2026, 1, 1, tzinfo=UTC), 60, 1),
            ...              limit_cny_per_mwh=np.array([[200.0, 350.0, 1500.0]]),
            ...              demand_mw=np.array([[40.0, 25.0, 15.0]]))
            >>> [float(bid.awarded_mw([price])[0]) for price in (-50.0, 200.0, 200.01, 351.0, 2000.0)]
            [40.0, 40.0, 25.0, 15.0, 15.0]
        """
        return np.asarray(np.take_along_axis(self.demand_mw, self.step_at(price_cny_per_mwh)[:, None], axis=1)[:, 0])

    def steps(self, period: int) -> tuple[Step, ...]:
        """The lines of a period, the highest limit first; steps of no width are left out."""
        found: list[Step] = []
        above = 0.0
        for limit, demand in zip(self.limit_cny_per_mwh[period][::-1], self.demand_mw[period][::-1], strict=True):
            if demand - above > ROUNDING:
                found.append(Step(float(limit), float(demand - above)))
            above = max(above, float(demand))
        return tuple(found)

    def problems(self, limits: Limits) -> list[Problem]:
        """Where the bid breaks the market's limits."""
        found = []
        low, high = limits.floor_cny_per_mwh, limits.cap_cny_per_mwh
        for period in range(self.axis.count):
            steps = self.steps(period)
            if len(steps) > limits.steps_max:
                found.append(_at(period, f"{len(steps)} steps", f"at most {limits.steps_max}", "join some"))
            prices = [one.limit_cny_per_mwh for one in steps]
            if any(not low - ROUNDING <= price <= high + ROUNDING for price in prices):
                span = f"{min(prices):g} to {max(prices):g} CNY/MWh"
                found.append(_at(period, span, f"{low:g} to {high:g} CNY/MWh", "move the limits inside"))
        return found


def break_prices(price_cny_per_mwh: NDArray[np.float64], limits: Limits) -> NDArray[np.float64]:
    """Limits that cut each period's price scenarios into as equal groups as there may be steps; shape (period, step).

    A limit stands halfway between the dearest of one group and the cheapest of the next, on the market's tick and
    inside its limits; the last is the cap.

    Args:
        price_cny_per_mwh: shape (scenario, period).
        limits: of the market.
    """
    ordered = np.sort(price_cny_per_mwh, axis=0)
    groups = np.array_split(np.arange(len(ordered)), min(limits.steps_max, len(ordered)))
    ends = np.array([group[-1] for group in groups[:-1]], dtype=np.int64)
    between = (ordered[ends] + ordered[ends + 1]) / 2
    tick = limits.price_tick_cny_per_mwh
    on_tick = np.clip(np.round(np.round(between / tick) * tick, 6), limits.floor_cny_per_mwh, limits.cap_cny_per_mwh)
    cap = np.full((1, ordered.shape[1]), limits.cap_cny_per_mwh)
    return np.asarray(np.concatenate([on_tick, cap]).T)


def steps_at(limit_cny_per_mwh: NDArray[np.float64], price_cny_per_mwh: NDArray[np.float64]) -> NDArray[np.int64]:
    """The first step whose limit is not below the price, the last where none is; shape of the price, (…, period)."""
    below = (limit_cny_per_mwh < price_cny_per_mwh[..., None] - ROUNDING).sum(axis=-1)
    return np.asarray(np.minimum(below, limit_cny_per_mwh.shape[1] - 1), dtype=np.int64)


def _at(period: int, found: str, expected: str, remedy: str) -> Problem:
    """What is wrong with one period."""
    return _wrong(f"bid, period {int(period) + 1}", found, expected, remedy)


def _wrong(where: str, found: str, expected: str, remedy: str) -> Problem:
    """A problem of a bid."""
    return Problem(where=where, found=found, expected=expected, remedy=remedy)
