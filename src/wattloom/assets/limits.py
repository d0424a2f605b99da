"""How is a flow or a size held within its limits, whether those are chosen by the plan or known beforehand?

A known limit becomes a bound of the variable, which costs a solver nothing; a chosen one becomes a requirement.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

if TYPE_CHECKING:
    import linopy

    from wattloom.domain.flows import Amount, Power
    from wattloom.solve.program import Program

KW_PER_MW = 1000.0
"""Prices are told for kW and kWh, sizes in MW and MWh."""
ROUNDING = 1e-6
"""How far, of a limit, a known size may fall short: sizes that a solver chose are exact to its tolerance only."""


def is_known(amount: Any) -> bool:
    """Whether an amount is a number or an array, and not an expression."""
    return isinstance(amount, int | float | np.ndarray | np.generic | xr.DataArray)


def flow_below(program: Program, name: str, ceiling: Power | Amount, *, lower: Any = 0.0) -> linopy.Variable:
    """A variable for each period between a known floor and a ceiling; a floor above a known ceiling is cut to it."""
    if is_known(ceiling):
        upper = program.series(np.asarray(ceiling)).to_numpy()
        return program.flow(name, lower=np.minimum(lower, upper), upper=upper)
    flow = program.flow(name, lower=lower)
    program.require(f"{name} ≤ its limit", flow - ceiling <= 0)
    return flow


def require_at_least(program: Program, name: str, amount: Amount, least: Power | Amount) -> None:
    """An amount stays at or above another; between two numbers a difference by rounding is forgiven."""
    slack = ROUNDING * max(1.0, abs(float(least))) if is_known(amount) and is_known(least) else 0.0
    program.require(name, amount - least >= -slack)


def largest(power_mw: Power) -> Power:
    """The largest value of a known power; an expression stays as it is, to be limited period by period."""
    return float(np.max(power_mw)) if is_known(power_mw) else power_mw
