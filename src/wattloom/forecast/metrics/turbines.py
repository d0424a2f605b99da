"""What would the KDD Cup of 2022 have scored? Spatial dynamic wind power forecasting, single turbines for 48 hours.

Zhou and others, SDWPF, arXiv:2208.04360; the rules of invalid values are those of its evaluation program.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import MissingData

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

KW_PER_MW = 1000.0
WIND_SPEED_RUNNING_M_PER_S = 2.5
"""A turbine without power in more wind than this was stopped."""
PITCH_RUNNING_DEG_MAX = 89.0
"""A blade turned further is feathered."""
WIND_DIRECTION_DEG_MAX = 180.0
NACELLE_DIRECTION_DEG_MAX = 720.0


def kdd_cup_2022(values_kw: NDArray[np.float64], outcomes_kw: NDArray[np.float64], counted: ArrayLike) -> float:
    """Sum over turbines of ½ (RMSE + MAE), in MW, averaged over runs: lower is better; the board shows it negative.

    Args:
        values_kw: shape (runs, turbines, steps), 288 steps of 10 minutes in the contest.
        outcomes_kw: same shape.
        counted: same shape; what `kdd_cup_2022_counted` says. A turbine of which nothing counts adds nothing.
    """
    valid = np.asarray(counted, dtype=bool) & ~np.isnan(outcomes_kw)
    if not valid.any():
        raise MissingData("KDD Cup 2022: no period counts")
    errors = np.where(valid, values_kw - outcomes_kw, 0.0) / KW_PER_MW
    count = np.maximum(valid.sum(axis=-1), 1)
    squares, sizes = (errors**2).sum(axis=-1) / count, np.abs(errors).sum(axis=-1) / count
    return float(((np.sqrt(squares) + sizes) / 2).sum(axis=-1).mean())


def kdd_cup_2022_counted(
    *,
    power_kw: NDArray[np.float64],
    wind_speed_m_per_s: NDArray[np.float64],
    pitch_deg: NDArray[np.float64],
    wind_direction_deg: NDArray[np.float64],
    nacelle_direction_deg: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Which periods count: all is on record, the turbine ran or had no wind, its angles are possible.

    Args:
        power_kw: active power.
        wind_speed_m_per_s: at the nacelle.
        pitch_deg: of the three blades; shape (…, 3).
        wind_direction_deg: relative to the nacelle.
        nacelle_direction_deg: of the nacelle.
    """
    whole = ~(
        np.isnan(power_kw)
        | np.isnan(wind_speed_m_per_s)
        | np.isnan(pitch_deg).any(axis=-1)
        | np.isnan(wind_direction_deg)
        | np.isnan(nacelle_direction_deg)
    )
    stopped = (power_kw == 0) & (wind_speed_m_per_s > WIND_SPEED_RUNNING_M_PER_S)
    feathered = (pitch_deg > PITCH_RUNNING_DEG_MAX).any(axis=-1)
    possible = (np.abs(wind_direction_deg) <= WIND_DIRECTION_DEG_MAX) & (
        np.abs(nacelle_direction_deg) <= NACELLE_DIRECTION_DEG_MAX
    )
    return np.asarray(whole & (power_kw >= 0) & ~stopped & ~feathered & possible)
