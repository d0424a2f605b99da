"""How good was it? Every score is one function of quantiles and outcomes, with its formula and source.

Shapes: `quantiles` (…, levels), `outcomes` (…); NaN outcomes do not count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def pinball_by_point(
    quantiles: NDArray[np.float64], outcomes: NDArray[np.float64], levels: Sequence[float]
) -> NDArray[np.float64]:
    """Mean over levels of max(q (y − z), (q − 1)(y − z)) for each outcome, in its unit; NaN where it is missing.

    Koenker and Bassett, Econometrica 46 (1978); the convention of GEFCom2014: no factor of two.

    Example:
        >>> pinball_by_point(np.array([[1.0, 3.0]]), np.array([2.0]), (0.1, 0.9)).round(12).tolist()
        [0.1]
    """
    share = np.asarray(levels)
    over = outcomes[..., None] - quantiles
    return np.asarray(np.maximum(share * over, (share - 1) * over).mean(axis=-1))


def pinball(quantiles: NDArray[np.float64], outcomes: NDArray[np.float64], levels: Sequence[float]) -> float:
    """Mean pinball loss, in the outcome's unit."""
    return float(np.nanmean(pinball_by_point(quantiles, outcomes, levels)))
