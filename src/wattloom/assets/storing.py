"""How does the content of a store follow what goes in and out?

    content(t) = kept · content(t−1) + charge efficiency · charged(t) · h − discharged(t) · h / discharge efficiency

The year is a ring: the content before the first period is the content after the last, so that no year begins with a
gift or ends with a debt.

Charging and discharging in one period: powers are means over the period, so both at once means first one, then the
other. Where losses cost something no plan does it. At negative prices burning energy pays and a plan may; each kind
says how it is limited.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wattloom.domain.flows import TIME

if TYPE_CHECKING:
    import linopy

    from wattloom.solve.program import Program


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """What a store keeps of what it is given."""

    charge_efficiency: float
    """Added to the content for each MWh drawn."""
    discharge_efficiency: float
    """Given back for each MWh taken out of the content."""
    loss_per_hour: float
    """Share of the content that is lost in an hour."""

    def kept(self, hours: float) -> float:
        """Share of the content that is left after some hours without charging.

        Example:
            >>> Keeping(charge_efficiency=0.9, discharge_efficiency=0.9, loss_per_hour=0.5).kept(2.0)
            0.25
        """
        return float((1.0 - self.loss_per_hour) ** hours)


def require_content(
    program: Program,
    label: str,
    keeping: Keeping,
    *,
    charged_mw: linopy.Variable,
    discharged_mw: linopy.Variable,
    stored_mwh: linopy.Variable,
) -> None:
    """The law of the content at the end of each period, over the ring of the year."""
    hours = program.axis.step_hours
    before = keeping.kept(hours) * stored_mwh.roll({TIME: 1})
    gained = (keeping.charge_efficiency * hours) * charged_mw - (hours / keeping.discharge_efficiency) * discharged_mw
    program.require(f"{label}.content", stored_mwh - before - gained == 0)
