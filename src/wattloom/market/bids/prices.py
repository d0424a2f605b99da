"""Which prices may the day bring, in both markets? Whole days of day-ahead prices, and of real-time prices behind each.

What a load does in real time is decided when the day-ahead price is known and the real-time price is not. A scenario
is therefore a day-ahead price with what real time will cost on average behind it, and a few ways in which it may
differ:

    real time(s, m) = mean real time + slope · (day ahead(s) − mean day ahead) + residual(m)

The slope tells what a day-ahead price that cleared higher than thought says of the real-time price; one slope for all
periods. At 1, the two differ by what was expected, whatever clears, and nothing is to be gained by waiting.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import InputError
from wattloom.domain.series import read_only

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

BRANCHES = 3
"""Ways in which real time may differ behind each day-ahead price; only the tail of the cost sees them apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceScenarios:
    """Equally likely courses of the day."""

    day_ahead_cny_per_mwh: NDArray[np.float64]
    """Shape (scenario, period)."""
    real_time_cny_per_mwh: NDArray[np.float64]
    """Shape (scenario, branch, period)."""

    def __post_init__(self) -> None:
        """Keep read-only copies; refuse gaps and shapes that do not belong together."""
        for name in ("day_ahead_cny_per_mwh", "real_time_cny_per_mwh"):
            object.__setattr__(self, name, read_only(getattr(self, name)))
        ahead, real = self.day_ahead_cny_per_mwh, self.real_time_cny_per_mwh
        whole = bool(np.isfinite(ahead).all() and np.isfinite(real).all())
        fits = ahead.ndim == 2 and real.ndim == 3 and real[:, 0].shape == ahead.shape  # noqa: PLR2004 - dimensions
        if not (whole and fits and len(ahead)):
            raise InputError.one(
                "price scenarios",
                found=f"day ahead {ahead.shape}, real time {real.shape}" + ("" if whole else ", with gaps"),
                expected="(scenario, period) and (scenario, branch, period), all known",
                remedy="draw them from a forecast without gaps",
            )

    @classmethod
    def one_price(cls, price_cny_per_mwh: ArrayLike) -> PriceScenarios:
        """A market that settles deviations at its one price; shape (scenario, period), or (period,) for a sure one."""
        ahead = np.atleast_2d(np.asarray(price_cny_per_mwh, dtype=np.float64))
        return cls(day_ahead_cny_per_mwh=ahead, real_time_cny_per_mwh=ahead[:, None])

    @classmethod
    def sure(cls, day_ahead_cny_per_mwh: ArrayLike, real_time_cny_per_mwh: ArrayLike) -> PriceScenarios:
        """Both prices known, as in perfect foresight; shape (period,) each."""
        ahead, real = (np.asarray(one, dtype=np.float64) for one in (day_ahead_cny_per_mwh, real_time_cny_per_mwh))
        return cls(day_ahead_cny_per_mwh=ahead[None], real_time_cny_per_mwh=real[None, None])

    @classmethod
    def of_joint(
        cls, day_ahead: NDArray[np.float64], real_time: NDArray[np.float64], *, slope: float = 1.0
    ) -> PriceScenarios:
        """From joint draws of both prices, shape (draw, period) each.

        Example:
            >>> found = PriceScenarios.of_joint(np.array([[100.0], [300.0]]), np.array([[150.0], [250.0]]), slope=0.5)
            >>> found.real_time_cny_per_mwh[:, :, 0].tolist()  # Nothing is left over.
            [[150.0, 150.0], [250.0, 250.0]]
        """
        apart, later = day_ahead - day_ahead.mean(axis=0), real_time - real_time.mean(axis=0)
        expected = real_time.mean(axis=0) + slope * apart
        residual = (later - slope * apart)[
            np.linspace(0, len(apart) - 1, min(BRANCHES, len(apart))).round().astype(int)
        ]
        residual = residual - residual.mean(axis=0)
        return cls(day_ahead_cny_per_mwh=day_ahead, real_time_cny_per_mwh=expected[:, None] + residual[None])

    @property
    def mean(self) -> PriceScenarios:
        """Both prices as expected, as one sure day."""
        return PriceScenarios.sure(
            self.day_ahead_cny_per_mwh.mean(axis=0), self.real_time_cny_per_mwh.mean(axis=(0, 1))
        )

    @property
    def count(self) -> int:
        """How many courses."""
        return len(self.day_ahead_cny_per_mwh)

    @property
    def periods(self) -> int:
        """Of a day."""
        return int(self.day_ahead_cny_per_mwh.shape[1])
