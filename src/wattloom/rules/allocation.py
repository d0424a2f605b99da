"""How much of a shared project's energy is each user's? Period by period, by consumption (Doc 688, art. 11)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

TOLERANCE_MWH = 1e-6
"""How far self-use may pass consumption by rounding."""


def project_self_use_mwh(generation_mwh: ArrayLike, export_mwh: ArrayLike) -> NDArray[np.float64]:
    """What the project used itself in each period: generation, stored project energy released included, less export."""
    return np.asarray(generation_mwh, dtype=np.float64) - np.asarray(export_mwh, dtype=np.float64)


def self_use_by_user_mwh(self_use_mwh: ArrayLike, loads_mwh: Mapping[str, ArrayLike]) -> dict[str, NDArray[np.float64]]:
    """Each user's part in each period: self-use of the project × own consumption ÷ all consumption.

    Example:
        >>> shares = self_use_by_user_mwh([10.0], {"a": [12.0], "b": [8.0]})
        >>> float(shares["a"][0]), float(shares["b"][0])
        (6.0, 4.0)
    """
    used = np.asarray(self_use_mwh, dtype=np.float64)
    loads = {user: np.asarray(load, dtype=np.float64) for user, load in loads_mwh.items()}
    consumed = np.sum(list(loads.values()), axis=0)
    over = np.flatnonzero((used > consumed + TOLERANCE_MWH) | (used < -TOLERANCE_MWH))
    if over.size:
        first = int(over[0])
        raise InputError.one(
            f"period {first}",
            found=f"self-use of {used[first]:g} MWh with consumption of {consumed[first]:g} MWh",
            expected="self-use between 0 and all consumption",
            remedy="count what stores draw as consumption, or as not yet generated",
        )
    part = np.divide(used, consumed, out=np.zeros_like(used), where=consumed > 0)
    return {user: part * load for user, load in loads.items()}
