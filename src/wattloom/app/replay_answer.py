"""What is told of several replays of the same jobs? The values that a report draws and a use case gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wattloom.dispatch.answer import Saving
from wattloom.dispatch.project import DispatchProject
from wattloom.domain.jobs import Jobs
from wattloom.domain.text import Text
from wattloom.domain.time import TimeAxis
from wattloom.twin.result import ReplayResult

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchReplay:
    """The same jobs replayed under several policies, and what each saves against the first."""

    project: DispatchProject
    axis: TimeAxis
    jobs: Jobs
    import_price_cny_per_mwh: NDArray[np.float64]
    """What a MWh drawn cost, shape (site, period)."""
    carbon_kg_per_mwh: NDArray[np.float64]
    """Of energy drawn from the grid, shape (site, period)."""
    results: tuple[ReplayResult, ...]
    """The first is what the others are compared with: every job run at once."""
    savings: tuple[Saving, ...]
    """One for each result after the first, in their order."""
    notes: tuple[Text, ...]
    provenance: Mapping[str, str]
