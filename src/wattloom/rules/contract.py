"""What does a territory answer? Its dated facts, the charges of each admissible mode, and what must hold.

A rule is one function over `Flows`: on expressions its `Requirement` binds a program, on arrays it judges a year. Rules
are chosen by the year of delivery, never by today. A fact that nobody knows is a parameter that the user must confirm.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from wattloom.domain.charges import Charges, PriceBasis
from wattloom.domain.text import SILENT, Text
from wattloom.domain.verdicts import Clause, Confidence, Requirement, Verdict

if TYPE_CHECKING:
    from wattloom.domain.flows import Flows


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A value that a document states, with the clause that states it."""

    value: float | bool | str | None
    """None where nobody has published it: a parameter that the user must give."""
    unit: str
    clause: Clause
    price_basis: PriceBasis | None = None
    """Whether it holds value-added tax; None for what is no price."""
    note: Text = SILENT
    last_year: int | None = None
    """Last year the document speaks of; a later year carries the value on as assumed."""

    @property
    def to_be_confirmed(self) -> bool:
        """Whether the reader must check it."""
        return self.value is None or self.clause.confidence.to_be_confirmed


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffTier:
    """Transmission and distribution prices of one voltage tier, as printed (with VAT)."""

    tier: str
    """As printed: <1kV, 1-10(20)kV, 35kV, 110kV, >=220kV or a range."""
    kv_lowest: float
    kv_highest: float
    """Voltages v with kv_lowest ≤ v < kv_highest belong to it."""
    single_part_cny_per_kwh: float | None
    energy_cny_per_kwh: float | None
    demand_cny_per_kw_month: float | None
    capacity_cny_per_kva_month: float | None
    clause: Clause
    last_year: int | None = None
    """Last year the document speaks of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Territory:
    """Everything that depends on where the connection point is."""

    key: str
    name_en: str
    name_zh: str
    tiers: tuple[TariffTier, ...]
    facts: Mapping[str, tuple[Fact, ...]]
    """By name (see `rules.vocabulary`), the values in the order of their dates."""
    time_of_use: TimeOfUse | None = None
    """None where no administrative bands are known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeOfUse:
    """Administrative bands: they bind users on agency purchase only, so not direct-connection projects."""

    bands: Mapping[int, str]
    """By month: 48 letters, one a half hour: S sharp, P peak, F flat, V valley, D deep."""
    multipliers: Mapping[int, Mapping[str, float]]
    """By month and letter, on the flat price of the float base; a letter lacks where no notice states it."""
    float_base: str
    """What floats with the bands; empty where the notice does not say."""
    user_class: str
    clause: Clause
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What the rules need to know of a project."""

    year: int
    """Year of delivery that is judged."""
    commissioned: int
    """Year in which the project enters operation."""
    voltage_kv: float
    connection: Literal["public_grid", "off_grid"] = "public_grid"
    users: Literal["single", "multi"] = "single"
    new_load: bool = True
    hub_node: bool | None = None
    """None: as the territory says."""
    direct_connection: bool = True
    """False for a plain customer of the grid, such as the baseline."""
    agency_purchase: bool = False
    """Whether the grid company buys its energy; not open to direct connection."""
    in_price_mechanism: bool = False
    """Whether its generation is settled under the mechanism of Doc 136; not open to direct connection."""
    full_backup: bool = False
    """Whether the grid stands by for the whole load; two-part energy price is then paid on self-use too."""
    power_factor: float = 0.95
    price_basis: PriceBasis = PriceBasis.WITHOUT_VAT
    """On which the charges are wanted."""
    overrides: Mapping[str, float | bool | str] = field(default_factory=dict)
    """Facts that the project file gives in place of the territory's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePack:
    """The rules of a territory, dated for a case."""

    territory: Territory
    case: Case
    requirements: Callable[[Flows], tuple[Requirement, ...]]
    """What the flows must keep; bind those with `binds`, judge all."""
    verdicts: tuple[Verdict, ...]
    """What is settled without flows: voltage, new load, agency purchase, exemption of off-grid projects."""
    charges: Callable[[Any], tuple[Charges, ...]]
    """For a market energy price in CNY/MWh (number or array, on the case's price basis): every admissible mode."""
    facts: Mapping[str, Fact]
    """Those used, overrides in place."""
    exports_allowed: bool
    """False where the spot market is not continuous, or off-grid."""


__all__ = [
    "Case",
    "Clause",
    "Confidence",
    "Fact",
    "RulePack",
    "TariffTier",
    "Territory",
    "TimeOfUse",
]
