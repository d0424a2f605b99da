"""Whom to believe today, from what each missed lately; and how far may the mixture be wrong?

Weights need no fit: they fall with what an expert lost beyond the best one. Doubt is what the mixture missed, in units
of how much it was expected to miss at the time, which is told by how far the experts are apart and by the last misses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.forecasts import MEDIAN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SIZE_MIN = 1e-6
"""In the target's unit: a market whose price never moved is not divided by nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighing:
    """How experts are weighed and doubt is told."""

    memory_days: int = 56
    keeps_per_day: float = 0.95
    """What a loss of the day before counts."""
    sharpness: float = 10.0
    """Weights fall as exp(-sharpness × what an expert lost beyond the best one, as a share of the best one's loss)."""
    own_share: float = 0.5
    """How much a lead's own losses count; the rest is the whole day's."""
    doubt_days: int = 91
    """Days whose misses make the quantiles."""
    neighbours: int = 2
    """Leads to each side whose misses are taken as one's own."""
    recent_days: int = 28
    """Days whose misses tell how much is being missed at the time."""


def expert_weights(lost: NDArray[np.float64], prior: NDArray[np.float64], weighing: Weighing) -> NDArray[np.float64]:
    """Weights that add up to one at each lead, from losses (experts, days, leads), the newest last; (experts, leads).

    Exponential weighting (Cesa-Bianchi and Lugosi, Prediction, Learning, and Games, 2006, chapter 2) with losses
    relative to the best expert's, so that the unit of the target does not matter.
    """
    days = lost.shape[1]
    if not days:
        return np.repeat(prior[:, None], lost.shape[2], axis=1)
    counts = weighing.keeps_per_day ** np.arange(days - 1, -1, -1)
    own = np.einsum("edl,d->el", lost, counts / counts.sum())
    mean = weighing.own_share * own + (1 - weighing.own_share) * own.mean(axis=1, keepdims=True)
    best = np.maximum(mean.min(axis=0), np.finfo(float).tiny)
    weights = prior[:, None] * np.exp(-weighing.sharpness * (mean - best) / best)
    return np.asarray(weights / weights.sum(axis=0))


def size_of_miss(apart: NDArray[np.float64], missed: NDArray[np.float64], weighing: Weighing) -> NDArray[np.float64]:
    """How far a day may be missed: the root of how far experts are apart and how much was missed lately; (leads,).

    Args:
        apart: experts less their mixture for the day; shape (experts, leads).
        missed: by the mixture on the last days known; shape (days, leads).
        weighing: how fast days are forgotten, and which leads count as near.
    """
    spread = _nearby_mean(np.sqrt((apart**2).mean(axis=0)), weighing.neighbours)
    if len(missed):
        counts = weighing.keeps_per_day ** np.arange(len(missed) - 1, -1, -1)
        spread = np.sqrt(spread * _nearby_mean(counts @ np.abs(missed) / counts.sum(), weighing.neighbours))
    return np.maximum(spread, SIZE_MIN)


def quantiles_nearby(values: NDArray[np.float64], levels: Sequence[float], neighbours: int) -> NDArray[np.float64]:
    """Quantiles over days, (days, leads), at each lead, its neighbours' values taken as its own; (leads, levels)."""
    near = _near(values.shape[1], neighbours)
    return np.stack([np.quantile(values[:, own], levels) for own in near])


def levels_for_one_more(levels: Sequence[float], days: int) -> tuple[float, ...]:
    """Levels at which past misses are read so that the next day's fall below as often as was asked.

    Conformal prediction (Vovk, Gammerman and Shafer, Algorithmic Learning in a Random World, 2005): of days + 1 misses
    that could have come in any order, the newest is the k-th smallest as often as any other. The median stays.

    Example:
        >>> levels_for_one_more((0.1, 0.5, 0.8), 10)
        (0.01, 0.5, 0.88)
    """
    return tuple(
        level if level == MEDIAN
        else round(min(1.0, (days + 1) * level / days), 9) if level > MEDIAN
        else round(max(0.0, ((days + 1) * level - 1) / days), 9)
        for level in levels
    )  # fmt: skip


def _nearby_mean(values: NDArray[np.float64], neighbours: int) -> NDArray[np.float64]:
    """Mean over each lead and its neighbours; shape (leads,)."""
    near = _near(len(values), neighbours)
    return np.asarray(near @ values / near.sum(axis=1))


def _near(leads: int, neighbours: int) -> NDArray[np.bool_]:
    """Which leads count as each lead's own; shape (leads, leads)."""
    place = np.arange(leads)
    return np.asarray(np.abs(place[:, None] - place[None, :]) <= neighbours)
