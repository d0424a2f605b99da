"""What did a replay come to, job by job and site by site?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.jobs import Segments
from wattloom.domain.time import TimeAxis
from wattloom.twin.saving import packed

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassResult:
    """How the jobs of one class fared."""

    name: str
    jobs: int
    done: int
    deadline_misses: int
    waited_hours_mean: float
    """From arrival to the first start; NaN where none began."""
    waited_hours_p95: float
    gpu_hours: float
    energy_mwh: float
    work_kept: float
    """Work done by its deadline over work asked for, of the jobs due before the end; NaN where none is."""


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
    """Jobs due before the end whose work was not done in time."""
    jobs: int
    done: int
    still_open: int
    """Jobs due after the end and not yet done."""
    migrations: int
    moves_failed: int
    restarts_failed: int
    pauses: int
    refused: Mapping[str, int]
    """Commands that were not obeyed, by reason; each broke a promise or came too late."""
    cap_excess_mwh: float
    """IT energy above what the machines may draw."""
    events: int
    """How many events were played."""
    started_s: NDArray[np.float64]
    """By job; NaN where it never began."""
    finish_s: NDArray[np.float64]
    """By job; NaN where it was not done."""
    left_s: NDArray[np.float64]
    """By job: work left at the end, in seconds at full power."""
    job_cost_cny: NDArray[np.float64]
    """By job: what its IT power and the overhead that grows with it cost."""
    job_carbon_kg: NDArray[np.float64]
    classes: tuple[ClassResult, ...]
    segments: Segments
    """What really happened; while a running job is in flight it has a stretch at both sites."""
    notes: Mapping[str, float]
    """Further figures by glossary key."""

    def to_bytes(self) -> bytes:
        """All of it, the same bytes for the same replay."""
        arrays = {f.name: getattr(self, f.name) for f in fields(self) if isinstance(getattr(self, f.name), np.ndarray)}
        arrays |= {f"segments.{f.name}": getattr(self.segments, f.name) for f in fields(self.segments)}
        facts = {
            f.name: getattr(self, f.name)
            for f in fields(self)
            if f.name not in arrays and f.name not in {"axis", "classes", "segments"}
        }
        facts["axis"] = [self.axis.start.isoformat(), self.axis.step_minutes, self.axis.count]
        facts["classes"] = [asdict(one) for one in self.classes]
        return packed(arrays, facts)
