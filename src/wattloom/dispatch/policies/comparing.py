"""By how much does one way of running the same jobs differ from another, and how sure is that?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

CONFIDENCE = 0.95
DRAWS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What ours comes to less theirs, as a share of theirs: below 0 is a saving."""

    share: float
    low: float
    high: float
    """The interval of `confidence`, by drawing blocks again."""
    confidence: float
    blocks: int


def paired_difference(
    ours: ArrayLike, theirs: ArrayLike, *, block: ArrayLike, seed: int, draws: int = DRAWS
) -> Difference:
    """The difference of two sums over the same jobs, with a percentile interval of the paired block bootstrap.

    Jobs of one block, such as a day, share its weather and prices: they are drawn together. Efron and Tibshirani, An
    Introduction to the Bootstrap, 1993, chapters 8 and 13.

    Example:
        >>> from wattloom.dispatch.policies import paired_difference
        >>> round(paired_difference([9.0, 9.0], [10.0, 10.0], block=[0, 1], seed=1).share, 6)
        -0.1
    """
    mine, other = _sums(ours, block), _sums(theirs, block)
    if mine.size == 0 or not other.sum() > 0:
        raise InputError.one(
            "paired difference",
            found=f"{mine.size} blocks that sum to {other.sum():g}",
            expected="jobs whose cost or carbon to compare with is above 0",
            remedy="compare over a longer time, or in absolute figures",
        )
    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, mine.size, size=(draws, mine.size))
    shares = mine[drawn].sum(axis=1) / other[drawn].sum(axis=1) - 1.0
    low, high = np.quantile(shares, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Difference(
        share=float(mine.sum() / other.sum() - 1.0),
        low=float(low),
        high=float(high),
        confidence=CONFIDENCE,
        blocks=mine.size,
    )


def _sums(values: ArrayLike, block: ArrayLike) -> NDArray[np.float64]:
    """Sums over each block."""
    _, at = np.unique(np.asarray(block), return_inverse=True)
    return np.bincount(at, np.asarray(values, dtype=np.float64)).astype(np.float64)
