"""What is asked of a day's dispatch, and what is answered?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wattloom.assets.contract import Asset
from wattloom.domain.jobs import Jobs, Segments
from wattloom.domain.time import TimeAxis
from wattloom.domain.weather import Place

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wattloom.solve.lp import SolveReport


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchSite:
    """A computing site as dispatch sees it; arrays hold one value for each period of the axis."""

    name: str
    place: Place
    import_price_cny_per_mwh: NDArray[np.float64]
    """All that a MWh drawn from the public grid costs."""
    carbon_kg_per_mwh: NDArray[np.float64]
    """Of energy drawn from the public grid."""
    it_mw_max: NDArray[np.float64]
    """What the machines may draw, firm work included."""
    firm_it_mw: NDArray[np.float64]
    """IT power of work that neither waits nor moves and is in no table of jobs."""
    overhead_fixed_mw: NDArray[np.float64]
    overhead_slope: NDArray[np.float64]
    """MW of overhead for each MW of IT power."""
    import_mw_max: NDArray[np.float64]
    cooling_share: float = 0.0
    """Part of the overhead that a cold store may shift: pre-cooling."""
    assets: Mapping[str, Asset] = field(default_factory=dict)
    """Generation, batteries and cold stores of the site; their sizes are numbers."""
    export_price_cny_per_mwh: NDArray[np.float64] | None = None
    """None: nothing is given to the grid."""
    demand_charge_cny_per_mw: float = 0.0
    """For each MW by which the window's highest import lies above `peak_mw_so_far`."""
    peak_mw_so_far: float = 0.0
    gpus: float | None = None
    """GPUs installed; None: only power limits."""
    nodes: int | None = None
    """Whole nodes for gang jobs; None: only power limits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchQuestion:
    """Sites, jobs, and what moving and waiting cost, over one window."""

    axis: TimeAxis
    sites: tuple[DispatchSite, ...]
    """In the order of `jobs.sites`."""
    jobs: Jobs
    latency_ms: NDArray[np.float64]
    """Between sites, shape (site, site)."""
    migration_cost_cny_per_mwh: NDArray[np.float64]
    """For each MWh of IT energy served away from home, shape (home, site): egress, transfer, handling."""
    carbon_price_cny_per_t: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteDay:
    """What one site does in each period; MW unless said otherwise."""

    name: str
    flexible_it_mw: NDArray[np.float64]
    it_mw: NDArray[np.float64]
    """Firm and flexible."""
    draw_mw: NDArray[np.float64]
    """IT and overhead: what the facility consumes."""
    import_mw: NDArray[np.float64]
    export_mw: NDArray[np.float64]
    generated_mw: NDArray[np.float64]
    charged_mw: NDArray[np.float64]
    discharged_mw: NDArray[np.float64]
    energy_cost_cny: float
    carbon_t: float
    demand_charge_cny: float
    peak_import_mw: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPlan:
    """A schedule for a window, down to the single job."""

    axis: TimeAxis
    sites: tuple[SiteDay, ...]
    """After the split and its re-fit."""
    segments: Segments
    cost_cny: float
    """Of the schedule as split: energy, demand charge, migration, carbon at its price, deferral."""
    costs_cny: Mapping[str, float]
    """By item: energy, demand_charge, migration, carbon, deferral."""
    plan_cost_cny: float
    """Of the envelope program before the split: what the split should come to."""
    served_mw: NDArray[np.float64]
    """Of the envelope program: flexible work done, shape (home, site, period)."""
    deadline_misses: int
    cap_excess_mwh: float
    moved_mwh: float
    """IT energy served away from home."""
    report: SolveReport
    split_cpu_s: float
    worth_cny_per_mwh: NDArray[np.float64] | None = None
    """What one MWh more of IT energy would cost in the envelope program, by site and period: its price, and what the
    limits of the site are worth. None for a schedule that no program stands behind."""
