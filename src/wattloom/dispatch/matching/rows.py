"""Where does each number of a tick lie in the matrix that the inner loops read? One row for each field of a site."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wattloom.dispatch.matching.problem import CLASSES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.dispatch.matching.problem import SiteNumbers

DEMAND, UNSERVED = 0, 4
"""First of four rows each: a class a row."""
SINGLE = (
    "facility_mw_per_it_mw",
    "it_mw_max",
    "it_mw_min",
    "previous_it_mw",
    "ramp_mw",
    "landing_mw",
    "reserve_cut_mw",
    "reserve_raise_mw",
    "move_out_inference_cny_per_mwh",
    "move_out_batch_cny_per_mwh",
    "move_in_cny_per_mwh",
    "charge_mw_max",
    "discharge_mw_max",
    "charge_value_cny_per_mwh",
    "discharge_value_cny_per_mwh",
)
FACILITY, CAP, FLOOR, BEFORE, RAMP, LANDING, CUT, RAISE, OUT_INFERENCE, OUT_BATCH, MOVE_IN, CHARGE, DISCHARGE = range(
    2 * len(CLASSES), 2 * len(CLASSES) + 13
)
CHARGE_VALUE, DISCHARGE_VALUE = DISCHARGE + 1, DISCHARGE + 2
LEAST, MOST = DISCHARGE_VALUE + 1, DISCHARGE_VALUE + 2
"""The window of IT power, worked out of the rows above."""
COUNT = MOST + 1

SERVED, MOVED_OUT, MOVED_IN, IDLE, CHARGED, DISCHARGED = 0, 4, 6, 7, 8, 9
"""Rows of set-points: four of work served at home, two of work moved out, and single ones."""
SETPOINTS = 10


def fill(matrix: NDArray[np.float64], sites: SiteNumbers) -> None:
    """Put a tick's sites into the matrix, shape (COUNT, site)."""
    matrix[DEMAND:UNSERVED] = sites.demand_mw.T
    matrix[UNSERVED:FACILITY] = sites.unserved_price_cny_per_mwh.T
    for row, field in enumerate(SINGLE, start=FACILITY):
        matrix[row] = getattr(sites, field)
