"""What did a replay come to, job by job and site by site?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wattloom.domain.jobs import Segments
from wattloom.domain.time import TimeAxis

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassResult:
    """How the jobs of one class fared."""

    name: str
    jobs: int
    done: int
    deadline_misses: int
    waited_hours_mean: float
    """From arrival to the first start."""
    waited_hours_p95: float
    gpu_hours: float
    energy_mwh: float
    work_kept: float
    """Work done by its deadline over work asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayResult:
    """A replay from its first event to its last; powers are means over periods, shape (site, period)."""

    policy: str
    axis: TimeAxis
    site_names: tuple[str, ...]
    it_mw: NDArray[np.float64]
    """Of the replayed jobs and the firm work."""
    draw_mw: NDArray[np.float64]
    """With overhead."""
    energy_mwh: float
    cost_cny: float
    carbon_t: float
    deadline_misses: int
    jobs: int
    done: int
    migrations: int
    moves_failed: int
    pauses: int
    events: int
    """How many events were played."""
    finish_s: NDArray[np.float64]
    """By job; NaN where it was not done."""
    classes: tuple[ClassResult, ...]
    segments: Segments
    """What really happened."""
    notes: Mapping[str, float]
    """Further figures by glossary key."""
