"""What does a cluster draw whose computing is decided elsewhere? Its IT power, and what it takes to keep it cool."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from wattloom.assets.contract import Part, Stage, Surroundings
from wattloom.domain.flows import LoadFlows, Power

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wattloom.domain.time import TimeAxis
    from wattloom.domain.workloads import Envelope
    from wattloom.solve.program import Program


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatched:
    """A cluster inside a dispatch program: no kind of a project file, since a dispatcher says what it runs."""

    STAGE: ClassVar[Stage] = Stage.LOAD

    it_mw: Power
    """An expression inside a program, or the powers that a schedule came to."""
    overhead_fixed_mw: NDArray[np.float64]
    overhead_slope: NDArray[np.float64]
    """MW of overhead for each MW of IT power."""
    cooling_share: float = 0.0
    """Part of the overhead that a cold store may shift."""

    def add_to(self, program: Program, name: str, site: Surroundings) -> Part:  # noqa: ARG002 - the contract's
        """Its draw, and what of it is cooling."""
        fixed, slope = program.series(self.overhead_fixed_mw), program.series(self.overhead_slope)
        overhead = fixed + slope * self.it_mw
        return Part(
            name=name,
            kind="cluster",
            draw_mw=self.it_mw + overhead,
            load=LoadFlows(it_mw=self.it_mw, overhead_mw=overhead),
            cooling_mw=self.cooling_share * overhead if self.cooling_share else 0.0,
        )

    def envelope(self, window: TimeAxis) -> Envelope | None:  # noqa: ARG002 - the contract's
        """None: its work is in the table of jobs."""
        return None
