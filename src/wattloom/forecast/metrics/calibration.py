"""Does eight in ten mean eight in ten?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import InputError, MissingData

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SAME_LEVEL = 1e-9
"""Levels nearer than this are one: 1 − 0.9 is not quite 0.1."""


def inside_by_point(
    quantiles: NDArray[np.float64], outcomes: NDArray[np.float64], levels: Sequence[float], *, share: float
) -> NDArray[np.float64]:
    """1 where the outcome lies in the middle interval of this share, its ends included, 0 outside, NaN unknown.

    The mean is the coverage; `compare.coverage_interval` gives its doubt.
    """
    low, high = _ends(quantiles, levels, share)
    inside = ((outcomes >= low) & (outcomes <= high)).astype(np.float64)
    return np.where(np.isnan(outcomes) | np.isnan(low) | np.isnan(high), np.nan, inside)


def width_by_point(
    quantiles: NDArray[np.float64], outcomes: NDArray[np.float64], levels: Sequence[float], *, share: float
) -> NDArray[np.float64]:
    """Width of the middle interval, in the outcome's unit; NaN where the outcome is unknown, as for every score."""
    low, high = _ends(quantiles, levels, share)
    return np.where(np.isnan(outcomes), np.nan, high - low)


def interval_score_by_point(
    quantiles: NDArray[np.float64], outcomes: NDArray[np.float64], levels: Sequence[float], *, share: float
) -> NDArray[np.float64]:
    """Winkler's score of the middle interval: its width, and 2 ÷ (1 − share) times what an outcome lies outside.

    Winkler, J. American Statistical Association 67 (1972) 187-191; Gneiting and Raftery, ibid. 102 (2007) 359-378.
    """
    low, high = _ends(quantiles, levels, share)
    outside = np.maximum(low - outcomes, 0.0) + np.maximum(outcomes - high, 0.0)
    return np.asarray(high - low + 2 / (1 - share) * outside)


def pit_shares(
    quantiles: NDArray[np.float64], outcomes: NDArray[np.float64], levels: Sequence[float]
) -> NDArray[np.float64]:
    """Share of outcomes between neighbouring quantiles, ends to −∞ and ∞: the histogram of the probability integral
    transform; shape (levels + 1,).

    A calibrated forecast has the widths between its levels. An outcome that equals several quantiles, as zero does at
    night, is spread evenly over what they span (Czado, Gneiting and Held, Biometrics 65 (2009) 1254-1261).
    """  # noqa: D205 - one sentence
    known = ~np.isnan(outcomes)
    if not known.any():
        raise MissingData("calibration: no outcome is known")
    edges = np.concatenate([[0.0], np.asarray(levels, dtype=np.float64), [1.0]])
    below = (quantiles[known] < outcomes[known][:, None]).sum(axis=-1)
    not_above = (quantiles[known] <= outcomes[known][:, None]).sum(axis=-1)
    first, last = edges[below][:, None], edges[not_above + 1][:, None]
    reached = np.clip((edges[None, :] - first) / (last - first), 0.0, 1.0)
    return np.asarray(np.diff(reached, axis=1).mean(axis=0))


def reliability(
    quantiles: NDArray[np.float64], outcomes: NDArray[np.float64], levels: Sequence[float]
) -> NDArray[np.float64]:
    """Share of outcomes below the quantile of each level, ties spread as in `pit_shares`; calibrated: the levels."""
    return np.asarray(np.cumsum(pit_shares(quantiles, outcomes, levels))[:-1])


def _ends(
    quantiles: NDArray[np.float64], levels: Sequence[float], share: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Quantiles at the ends of the middle interval of a share."""
    wanted = ((1 - share) / 2, (1 + share) / 2)
    shares = np.asarray(levels)
    places = [int(np.abs(shares - level).argmin()) for level in wanted]
    if any(abs(shares[place] - level) > SAME_LEVEL for place, level in zip(places, wanted, strict=True)):
        raise InputError.one(
            f"middle interval of {share:g}",
            found=f"levels {', '.join(f'{level:g}' for level in levels)}",
            expected=f"{wanted[0]:g} and {wanted[1]:g} among them",
            remedy="forecast these levels, or ask for an interval between given ones",
        )
    return quantiles[..., places[0]], quantiles[..., places[1]]
