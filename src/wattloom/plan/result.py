"""What does the planner get? One value that holds the answer; pages, tables and files are drawn from it elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from wattloom.assets.contract import Part
from wattloom.domain.flows import Flows
from wattloom.domain.text import SILENT, Text
from wattloom.domain.time import TimeAxis
from wattloom.domain.verdicts import Verdict
from wattloom.domain.workloads import Classification
from wattloom.plan.project import Project
from wattloom.rules.contract import Fact
from wattloom.solve.lp import SolveReport


@dataclass(frozen=True, slots=True, kw_only=True)
class CostLine:
    """One cost of a year, in CNY, without the part that others pay."""

    asset: str
    item: str
    capital_cny: float
    """Bought at the start."""
    yearly_cny: float
    """Capital as an annuity, plus fixed and variable cost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """A requirement at its limit, and what it costs."""

    requirement: str
    price: float
    """Change of the yearly cost for one unit more of `unit`."""
    unit: str
    sentence: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A design with its year: sizes, flows, costs, figures and verdicts."""

    mode: str
    """Way of being billed, such as capacity_1192."""
    axis: TimeAxis
    parts: Mapping[str, Part]
    """By asset; all numbers and arrays."""
    flows: Flows
    costs: tuple[CostLine, ...]
    measures: Mapping[str, float | None]
    """By name with unit where not a share; see `domain.measures`."""
    verdicts: tuple[Verdict, ...]
    bindings: tuple[Binding, ...]
    yearly_cost_cny: float
    report: SolveReport

    @property
    def energy_cost_cny_per_mwh(self) -> float | None:
        """Yearly cost of energy over all consumption; the computing itself is not in it."""
        load = self.measures.get("load_mwh")
        return self.yearly_cost_cny / load if load else None

    def sizes_of_kind(self, kind: str) -> dict[str, float]:
        """Sizes of all assets of a kind together, by field."""
        sums: dict[str, float] = {}
        for part in self.parts.values():
            for name, size in part.sizes.items() if part.kind == kind else ():
                sums[name] = sums.get(name, 0.0) + float(size)
        return sums


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """One admissible way of being billed, solved."""

    mode: str
    yearly_cost_cny: float
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """A figure against another, for a chart and its table."""

    key: str
    """Key of the glossary."""
    columns: tuple[str, ...]
    """Keys of the glossary, the first is the horizontal axis."""
    rows: tuple[tuple[float | str | None, ...], ...]
    said: Mapping[str, Text] = field(default_factory=dict)
    """Both languages of sentences that stand in cells; a cell that is a key of the glossary needs none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Economics:
    """What the owner of the whole gains; see `plan.economics` for each definition."""

    capital_cny: float
    npv_cny: float
    """Against the baseline, all equity."""
    irr: float | None
    equity_npv_cny: float
    equity_irr: float | None
    payback_years: float | None
    lcoe_cny_per_kwh: float | None
    """Of the site's own generation."""
    lcoc_cny_per_kwh_it: float | None
    """Levelised cost of computing's energy for each kWh of IT energy."""
    lcoc_cny_per_gpu_hour: float | None
    ppa_lowest_cny_per_mwh: float | None
    """Below it the generator is better off on the market or with nothing."""
    ppa_highest_cny_per_mwh: float | None
    """Above it the facility is better off on the grid."""
    cash: Scan
    """Year by year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePlan:
    """The answer to a project."""

    project: Project
    outcome: Outcome
    baseline: Outcome
    modes: tuple[Mode, ...]
    economics: Economics
    years: Scan
    """Fixed sizes dispatched again in other project years and weather years."""
    break_even: Mapping[str, float | None] = field(default_factory=dict)
    """What each assumption would have to be for the claim asked about; None where nothing does it."""
    scans: tuple[Scan, ...] = ()
    facts: Mapping[str, Fact] = field(default_factory=dict)
    weather_source: Text = SILENT
    weather_kind: str = ""
    """Key of the glossary, such as typical; empty where no asset needs weather."""
    weather_of_site: bool = True
    notes: tuple[Text, ...] = ()
    """What a reader must know; the project's own notes are in the user's words."""
    classifications: Mapping[str, Classification] = field(default_factory=dict)
    """How flexible each computing facility is, by asset."""
    provenance: Mapping[str, str] = field(default_factory=dict)
    """Versions, checksums, rules used, times."""
