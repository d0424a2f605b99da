"""How much charge must stay in a battery so that the firm load lives through an outage that may begin at any instant?

Within a period the content is a straight line between its two ends. An outage that begins inside the period is carried
when both ends hold enough for the largest firm load it may meet, so each end looks at its own period and those ahead.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattloom.assets.limits import is_known
from wattloom.domain.flows import TIME, Power

if TYPE_CHECKING:
    import linopy

    from wattloom.solve.program import Program

MINUTES_PER_HOUR = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserve:
    """Charge held for an outage of the public grid."""

    minutes: float
    """For which the firm load must go on."""
    discharge_efficiency: float

    def mwh_for(self, firm_mw: Power) -> Power:
        """Content that carries a steady firm load.

        Example:
            >>> Reserve(minutes=30, discharge_efficiency=0.8).mwh_for(8.0)
            5.0
        """
        return (self.minutes / MINUTES_PER_HOUR / self.discharge_efficiency) * firm_mw

    def floor_mwh(self, firm_mw: Power, step_hours: float) -> Power:
        """Least content at the end of each period; 0.0 where the firm load is not known beforehand."""
        if not is_known(firm_mw):
            return 0.0
        values = np.atleast_1d(np.asarray(firm_mw, dtype=np.float64))
        met = [np.roll(values, -ahead) for ahead in self._periods_met(step_hours)]
        return self.mwh_for(np.max(met, axis=0))

    def require(self, program: Program, label: str, stored_mwh: linopy.Variable, firm_mw: Power) -> None:
        """The floor as requirements, where the firm load is an expression of the same program."""
        if is_known(firm_mw):
            return
        for ahead in self._periods_met(program.axis.step_hours):
            later = self.mwh_for(firm_mw.roll({TIME: -ahead}))
            program.require(f"{label}.reserve {ahead} ahead", stored_mwh - later >= 0)

    def _periods_met(self, step_hours: float) -> range:
        """The periods, counted ahead, that an outage can reach which begins by the end of one."""
        return range(math.ceil(self.minutes / MINUTES_PER_HOUR / step_hours) + 1)
