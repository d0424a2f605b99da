"""How green is what a region draws, and how much was drawn hour by hour? Supply mixed along the lines.

What arrives over a line is as green as what its origin draws: proportional sharing, as power-flow tracing does it. A
region that neither has nor gets anything has a share of nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattloom.dispatch.match_project import CLEAN

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.app.control_room.state import RoomState
    from wattloom.app.match_inputs import MatchInputs

HOUR_S = 3600.0
KEPT = 72
"""Hours at hand."""
GAP_S = 900.0
"""After a longer silence of the room nothing is counted in between."""
DRAW, GREEN, CARBON, COST = range(4)
"""What is counted of an hour: MWh, MWh of clean supply, t, CNY."""


def mixed(
    around: Mapping[str, NDArray[np.float64]], inputs: MatchInputs
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Green share and t/MWh of what each region draws, shape (region,)."""
    layout, lines = inputs.layout, inputs.lines
    supply, count = around["supply_mw"], len(layout.regions)
    arrives = np.zeros((count, count))
    for start, end, mw in ((layout.line_from, layout.line_to, around["forward_mw"]),
                           (layout.line_to, layout.line_from, around["backward_mw"])):  # fmt: skip
        np.add.at(arrives, (end, start), mw * (1.0 - lines.loss_share))
    total = supply.sum(axis=1) + arrives.sum(axis=1)
    held = np.where(total > 0.0, total, 1.0)
    told = np.stack([supply[:, list(CLEAN)].sum(axis=1), (supply * inputs.carbon_t_per_mwh).sum(axis=1)], axis=1)
    found = np.linalg.lstsq(np.eye(count) - arrives / held[:, None], told / held[:, None], rcond=None)[0]
    return np.clip(found[:, 0], 0.0, 1.0), np.maximum(found[:, 1], 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """The last hours, oldest first."""

    start_s: NDArray[np.float64]
    """Shape (hour,)."""
    sums: NDArray[np.float64]
    """Shape (hour, region, 4): `DRAW`, `GREEN`, `CARBON`, `COST`."""

    @classmethod
    def none(cls, regions: int) -> Hours:
        """Nothing drawn yet."""
        return cls(start_s=np.zeros(0), sums=np.zeros((0, regions, 4)))

    def counted(self, draw_mw: NDArray[np.float64], state: RoomState, inputs: MatchInputs, *, at_s: float) -> Hours:
        """With the time since the last tick, at its mix and prices; counted to the hour that it ends in."""
        seconds = at_s - state.at_s
        if not 0.0 < seconds <= GAP_S:
            return self
        green, carbon = mixed(state.around, inputs)
        energy = draw_mw * (seconds / HOUR_S)
        told = np.stack([energy, energy * green, energy * carbon, energy * state.prices], axis=1)
        hour_s = at_s - at_s % HOUR_S
        if self.start_s.size and self.start_s[-1] == hour_s:
            sums = self.sums.copy()
            sums[-1] += told
            return Hours(start_s=self.start_s, sums=sums)
        return Hours(start_s=np.append(self.start_s, hour_s)[-KEPT:],
                     sums=np.concatenate([self.sums, told[None]])[-KEPT:])  # fmt: skip
