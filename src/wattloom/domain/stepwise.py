"""What does a value that holds through each period add up to between two instants?

Example:
    >>> Stepwise(values=np.array([10.0, 20.0]), step_s=900.0).between(450.0, 1350.0)
    array(13500.)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.series import read_only

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Stepwise:
    """One value for each period of equal length, the first from second 0."""

    values: NDArray[np.float64]
    step_s: float
    _sums: NDArray[np.float64] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Add up once."""
        object.__setattr__(self, "values", read_only(self.values))
        object.__setattr__(self, "_sums", read_only(np.concatenate([[0.0], np.cumsum(self.values) * self.step_s])))

    def between(self, start_s: ArrayLike, end_s: ArrayLike) -> NDArray[np.float64]:
        """Value times seconds from each start to each end; nothing counts outside the periods."""
        edges = np.arange(len(self._sums)) * self.step_s
        start, end = np.asarray(start_s, dtype=np.float64), np.asarray(end_s, dtype=np.float64)
        return np.asarray(np.interp(end, edges, self._sums) - np.interp(start, edges, self._sums))
