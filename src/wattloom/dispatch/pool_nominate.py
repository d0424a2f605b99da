"""How many MW may a pool promise so that it delivers with a stated probability, and did it hold on draws never seen?

What members can really give is drawn many times (`Capability`). A promise is an order statistic of what the whole
could then give: of n draws the k-th lowest, with the largest k for which the probability of delivering lies at or above
p with the confidence asked for, whatever the distribution (Wilks, Ann. Math. Stat. 12, 1941: the coverage above the
k-th lowest of n is Beta(n + 1 - k, k)). Fresh draws then check it, with an exact binomial interval (Clopper and
Pearson, Biometrika 26, 1934).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from wattloom.assets.kinds.pool.reach import constants_mw, summed
from wattloom.domain.errors import InputError
from wattloom.domain.series import read_only

if TYPE_CHECKING:
    from numpy.typing import NDArray

Rule = Literal["whole_event", "each_period"]
STEPS_PER_MW = 1000
"""A promise is rounded down to the kW."""
ROUNDING_MW = 1e-9
INTERVAL_LEVEL = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """What each giver can give in each of many draws of one event."""

    rate_mw: NDArray[np.float64]
    """Shape (draws, givers, periods)."""
    energy_mwh: NDArray[np.float64]
    """Shape (draws, givers)."""
    step_hours: float

    @property
    def draws(self) -> int:
        """How many."""
        return int(self.rate_mw.shape[0])

    def constants_mw(self) -> NDArray[np.float64]:
        """Most that the pool can give evenly all through, shape (draws,)."""
        return constants_mw(*summed(self.rate_mw, self.energy_mwh, self.step_hours), self.step_hours)

    def each_mw(self, *, judged: int = 1) -> NDArray[np.float64]:
        """What it can give evenly in each stretch that is judged by itself, shape (draws, stretches).

        Stores are used up evenly over the event. `judged` is the number of periods of a stretch.
        """
        box, most = summed(self.rate_mw, self.energy_mwh, self.step_hours)
        draws, count = box.shape
        power = box + most[:, -1:] / (count * self.step_hours)
        return np.asarray(power.reshape(draws, count // judged, judged).min(axis=2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Nomination:
    """What is promised."""

    mw: NDArray[np.float64]
    """Of each period; the same in all where the event is judged as a whole."""
    rule: Rule
    probability: float
    confidence: float
    draws: int
    lowest: int
    """The promise is the so many-th lowest of the draws."""
    judged: int = 1
    """Periods of a stretch that is judged by itself, where the event is not judged as a whole."""

    def __post_init__(self) -> None:
        """Keep a read-only copy."""
        object.__setattr__(self, "mw", read_only(self.mw))


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How often a promise held on draws that it had not seen."""

    hits: int
    draws: int
    low: float
    """Of the exact binomial interval of 95 %."""
    high: float

    @property
    def share(self) -> float:
        """Of the draws."""
        return self.hits / self.draws

    def speaks_against(self, probability: float) -> bool:
        """Whether the draws rule out that it holds so often."""
        return self.high < probability


def nominate(found: Capability, *, probability: float, confidence: float, rule: Rule, judged: int = 1) -> Nomination:
    """The largest promise that is delivered so often; refused where there are too few draws to say so.

    Args:
        found: what can be given.
        probability: of delivering: in the whole event, or in each stretch.
        confidence: with which that is known from the draws.
        rule: what is judged.
        judged: periods of a stretch, where each is judged by itself.
    """
    lowest = rank(found.draws, probability, confidence)
    if rule == "whole_event":
        given = np.broadcast_to(np.sort(found.constants_mw())[lowest - 1], (found.rate_mw.shape[2],))
    else:
        given = np.repeat(np.sort(found.each_mw(judged=judged), axis=0)[lowest - 1], judged)
    return Nomination(
        mw=np.floor(given * STEPS_PER_MW + ROUNDING_MW) / STEPS_PER_MW,
        rule=rule,
        probability=probability,
        confidence=confidence,
        draws=found.draws,
        lowest=lowest,
        judged=judged,
    )


def rank(draws: int, probability: float, confidence: float) -> int:
    """Which of the draws, counted from the lowest, is delivered with a probability at the confidence asked for.

    Example:
        >>> rank(59, 0.95, 0.95), rank(1000, 0.9, 0.95)
        (1, 85)
    """
    places = np.arange(1, draws + 1)
    from scipy.stats import beta  # noqa: PLC0415 - heavy, and most commands do without

    sure = beta.cdf(1.0 - probability, places, draws + 1 - places) >= confidence
    if not sure[0]:
        needed = int(np.ceil(np.log(1.0 - confidence) / np.log(probability)))
        raise InputError.one(
            "nomination",
            found=f"{draws} draws, or past events",
            expected=f"at least {needed} for a probability of {probability:g} at a confidence of {confidence:g}",
            remedy="bring more, or ask for a lower probability or confidence",
        )
    return int(np.flatnonzero(sure)[-1]) + 1


def delivers(promise: Nomination, fresh: Capability) -> NDArray[np.bool_]:
    """Whether the promise is delivered in each draw: (draws,) for the whole event, or (draws, stretches)."""
    if promise.rule == "whole_event":
        return np.asarray(fresh.constants_mw() >= promise.mw[0] - ROUNDING_MW)
    return np.asarray(fresh.each_mw(judged=promise.judged) >= promise.mw[:: promise.judged] - ROUNDING_MW)


def coverage(promise: Nomination, fresh: Capability) -> tuple[Coverage, ...]:
    """How often it held: once for the event, or for each stretch."""
    held = delivers(promise, fresh)
    columns = held[:, None] if held.ndim == 1 else held
    return tuple(counted(int(column.sum()), column.size) for column in columns.T)


def counted(hits: int, draws: int) -> Coverage:
    """So many out of so many, with the exact interval.

    Example:
        >>> round(counted(10, 10).low, 4)
        0.6915
    """
    from scipy.stats import binomtest  # noqa: PLC0415 - heavy, and most commands do without

    between = binomtest(hits, draws).proportion_ci(confidence_level=INTERVAL_LEVEL, method="exact")
    return Coverage(hits=hits, draws=draws, low=float(between.low), high=float(between.high))
