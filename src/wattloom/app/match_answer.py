"""What came of matching? One tick, a day of ticks, or thousands of scenarios, as values for reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    import numpy as np
    from numpy.typing import NDArray

    from wattloom.dispatch.match_project import MatchProject
    from wattloom.dispatch.matching import Certificate, Finding, Layout, Match, Scenario, Tick
    from wattloom.domain.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """What an hour of set-points costs, item by item, CNY."""

    energy: float
    carbon: float
    fees: float
    """Inter-provincial transmission, the difference of grid charges included."""
    moves: float
    shed: float
    """Inference not served, and energy that nobody has."""
    waiting: float
    """Work left for later, at the price of waiting; no money changes hands."""
    stored: float
    """Worth of what leaves the batteries, less what enters them; no money changes hands."""

    @property
    def total(self) -> float:
        """All of it: what the matcher makes least."""
        return self.energy + self.carbon + self.fees + self.moves + self.shed + self.waiting + self.stored


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionFacts:
    """What the rules say of a region."""

    grid_charge_cny_per_mwh: float
    """Transmission and distribution, losses, fees, funds: on every MWh drawn there."""
    factor_t_per_mwh: float | None
    """The province's average emission factor."""
    sources: Mapping[str, Text]
    """Document of each figure above."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchNow:
    """One tick: what the sites do, and what serving everything at home would cost."""

    project: MatchProject
    at: datetime
    tick: Tick
    match: Match
    money: Money
    home_supply_mw: NDArray[np.float64]
    """Shape (region, step + 1): the last is the shortfall."""
    home_money: Money
    home_draw_mw: NDArray[np.float64]
    """Shape (region,)."""
    facts: Mapping[str, RegionFacts]
    notes: tuple[Text, ...]
    provenance: Mapping[str, str]

    @property
    def saving_cny_per_h(self) -> float:
        """Against serving at home."""
        return self.home_money.total - self.money.total


@dataclass(frozen=True, slots=True, kw_only=True)
class HourSums:
    """A day hour by hour, beside serving all at home; energies in MWh, shape (hour, …)."""

    draw_mwh: NDArray[np.float64]
    """Shape (hour, region)."""
    home_draw_mwh: NDArray[np.float64]
    step_mwh: NDArray[np.float64]
    """Shape (hour, region, step + 1)."""
    home_step_mwh: NDArray[np.float64]
    price_cny_per_mwh: NDArray[np.float64]
    """Shape (hour, region): mean of the ticks."""
    green_available_mwh: NDArray[np.float64]
    """Shape (hour, region): surplus green and firm clean."""
    line_mwh: NDArray[np.float64]
    """Shape (hour, 2 · line): forward, then backward."""
    corridor_mwh: NDArray[np.float64]
    """Shape (hour, corridor): IT work."""
    started_mw: NDArray[np.float64]
    """Shape (hour,): IT MW newly moved, summed over the ticks of the hour."""
    served_it_mwh: NDArray[np.float64]
    """Shape (hour, class): at home."""
    asked_it_mwh: NDArray[np.float64]
    """Shape (hour, class): work as it came."""
    waiting_it_mwh: NDArray[np.float64]
    """Shape (hour, 2): training and batch that wait at the end."""
    money: NDArray[np.float64]
    """Shape (hour, 5): energy, carbon, fees, moves, shed: CNY."""
    home_money: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchReplay:
    """A day of ticks."""

    project: MatchProject
    layout: Layout
    fleet_it_mw: float
    """Of all sites."""
    ticks: int
    hours: HourSums
    cpu_ms: NDArray[np.float64]
    """Shape (tick,): to match, without the first that warms up."""
    gap: NDArray[np.float64]
    residual: NDArray[np.float64]
    exact: int
    """Ticks answered by the exact program."""
    certified_share: float
    overdue_mwh: float
    """IT work that was due and not done in time."""
    left_mwh: float
    """IT work that still waits at the end."""
    left_cost_cny: float
    """What doing it at the mean price of its region would cost."""
    stored_cny: float
    """Worth of the energy that batteries hold more than at the start; below 0 where they hold less."""
    wall_s: float
    cpu_s: float
    facts: Mapping[str, RegionFacts]
    notes: tuple[Text, ...]
    provenance: Mapping[str, str]

    @property
    def cost_cny(self) -> float:
        """Of the day, what is left over and what is stored counted at its worth."""
        return float(self.hours.money.sum()) + self.left_cost_cny - self.stored_cny

    @property
    def home_cost_cny(self) -> float:
        """Of serving everything at home as it comes."""
        return float(self.hours.home_money.sum())


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One scenario and what came of it."""

    scenario: Scenario
    family: str
    finding: Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchStudy:
    """Thousands of variants of one tick."""

    project: MatchProject
    at: datetime
    sites: int
    fleet_it_mw: float
    base: Certificate
    base_finding: Finding
    family: NDArray[np.str_]
    """Shape (scenario,)."""
    cost_cny_per_h: NDArray[np.float64]
    green_share: NDArray[np.float64]
    unserved_mw: NDArray[np.float64]
    """Inference shed, IT MW, and energy that nobody has."""
    waiting_mw: NDArray[np.float64]
    gap: NDArray[np.float64]
    exact: NDArray[np.bool_]
    """Where the climb of the prices left too large a gap, so that the exact program answered."""
    certified_share: float
    worst: tuple[Case, ...]
    """Dearest first."""
    said: Mapping[str, Text]
    """What happens in each of the worst, by its name."""
    wall_s: float
    cpu_s: float
    """Of all workers, matching alone."""
    seed: int
    facts: Mapping[str, RegionFacts]
    notes: tuple[Text, ...]
    provenance: Mapping[str, Any]
