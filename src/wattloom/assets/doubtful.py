"""What is a source worth in a plan while its output is in doubt? Each MW as much as the chance that it will be there.

What such a source lacks is bought at the price of its period, what it has too much of is lost. The expected bill of a
draw L beside an output S is price · E[max(L − S, 0)], whose slope is price · P(S < L): so what lies between two
quantiles is a source that costs the price times the chance that it is not there. The sum over periods needs no
scenarios, since expectations add up whatever goes with what; only stores, which carry one period into the next, would.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from wattloom.assets.contract import CostItem, Part, Stage, Surroundings
from wattloom.domain.flows import TIME, SourceFlows, total
from wattloom.domain.series import read_only

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.domain.time import TimeAxis
    from wattloom.solve.program import Program


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubtful:
    """A source known by quantiles: no kind of a project file, since a forecast makes it."""

    STAGE: ClassVar[Stage] = Stage.SOURCE

    quantiles_mw: NDArray[np.float64]
    """Shape (period, level), not negative, never falling along a row."""
    levels: tuple[float, ...]
    """Rising, between 0 and 1."""
    price_cny_per_mwh: NDArray[np.float64]
    """What is bought in its place costs, shape (period,); a negative price counts as none."""
    most_mw: float
    """It never gives more."""

    def __post_init__(self) -> None:
        """Keep read-only copies."""
        object.__setattr__(self, "quantiles_mw", read_only(self.quantiles_mw))
        object.__setattr__(self, "price_cny_per_mwh", read_only(self.price_cny_per_mwh))

    def tiers(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """MW of each tier, shape (period, level + 1), and the chance that a MW of it is not there, by tier.

        Example:
            >>> sun = Doubtful(quantiles_mw=np.array([[10.0, 20.0]]), levels=(0.25, 0.75),
            ...                price_cny_per_mwh=np.array([400.0]), most_mw=25.0)
            >>> [part.tolist() for part in sun.tiers()]
            [[[10.0, 10.0, 5.0]], [0.125, 0.5, 0.875]]
        """
        periods = len(self.quantiles_mw)
        edges = np.column_stack([np.zeros(periods), self.quantiles_mw, np.full(periods, self.most_mw)])
        shares = np.array([0.0, *self.levels, 1.0])
        return np.maximum(np.diff(edges, axis=1), 0.0), (shares[1:] + shares[:-1]) / 2

    def add_to(self, program: Program, name: str, site: Surroundings) -> Part:
        """Its tiers, each at what it costs to be without it."""
        sizes, absent = self.tiers()
        given = [
            1.0 * program.flow(f"{site.prefix}{name}.tier_{place}_mw", upper=sizes[:, place])
            for place in range(absent.size)
        ]
        price = np.maximum(self.price_cny_per_mwh, 0.0)
        cost = total(
            (program.series(price * (absent[place] * program.axis.step_hours)) * mw).sum(TIME)
            for place, mw in enumerate(given)
        )
        delivered = total(given)
        return Part(
            name=name,
            kind="solar",
            inject_mw=delivered,
            costs=(CostItem(item="energy", variable_cny_per_year=cost),),
            source=SourceFlows(available_mw=program.series(sizes.sum(axis=1)), delivered_mw=delivered),
        )

    def envelope(self, window: TimeAxis) -> None:  # noqa: ARG002 - the contract's
        """It has no work to shift."""
        return
