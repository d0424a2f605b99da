"""What does a territory answer? Its dated facts, the charges of each admissible mode, and what must hold.

A rule is one function over `Flows`: on expressions its `Requirement` binds a program, on arrays it judges a year. Rules
are chosen by the year or the day of delivery, never by today. A fact that nobody knows is a parameter that the user
must confirm.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
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
    """None where no administrative bands are known; the newest notice where there are several."""
    time_of_use_versions: tuple[TimeOfUse, ...] = ()
    """Every notice that is known, in the order of their dates; see `days.time_of_use_on`."""
    market: Mapping[str, tuple[Fact, ...]] = field(default_factory=dict)
    """Parameters of its markets by name (see `rules.market_words`), in the order of their dates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRule:
    """Bands of single days, over those of the month: holidays, rest days, heat, stretches of dates."""

    when: Literal["festival", "rest_day", "hot_day", "dates"]
    half_hours: str
    """48 letters as in `TimeOfUse.bands`; a dot where the month's band stays."""
    clause: Clause
    months: frozenset[int]
    """Months in which it holds."""
    festivals: frozenset[str] = frozenset()
    """Keys of the festivals that it holds on; empty: all of them."""
    days_min: int = 1
    """Least length of the holiday, or of the run of hot days up to this one, in days."""
    celsius_min: float | None = None
    """Highest temperature of the day that makes it hot."""
    dates: tuple[tuple[int, int], tuple[int, int]] | None = None
    """First and last (month, day) of a stretch; it may run over the new year."""
    times: float | None = None
    """Multiplier of its letters as a multiple of that of `times_of`; None: as `TimeOfUse.multipliers` says."""
    times_of: str = ""
    note: Text = SILENT


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeOfUse:
    """Administrative bands of one notice: they bind users on agency purchase, so not direct-connection projects."""

    bands: Mapping[int, str]
    """By month: 48 letters, one a half hour: S sharp, P peak, F flat, V valley, D deep."""
    multipliers: Mapping[int, Mapping[str, float]]
    """By month and letter, on the flat price of the float base; a letter lacks where no notice states it."""
    float_base: Text
    """What floats with the bands; silent where the notice does not say."""
    user_class: str
    clause: Clause
    note: Text = SILENT
    floating_items: frozenset[str] | None = None
    """Official item names that the bands multiply; None where the notice does not say: to be confirmed."""
    day_rules: tuple[DayRule, ...] = ()
    """What changes the bands on single days; a later one wins where two meet."""
    large_industry_only: frozenset[str] = frozenset()
    """Letters that only large industry knows: for others sharp is peak, and deep is valley."""
    other_classes: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Multipliers by letter of further user classes, the same in every month."""
    disputed_months: frozenset[int] = frozenset()
    """Months in which a second public table has other hours: to be confirmed."""
    binds_market_users: bool | None = None
    """Whether it also binds users who buy on the market; None where no source says: read as no."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What the rules need to know of a project."""

    year: int
    """Year of delivery that is judged."""
    commissioned: int
    """Year in which the project enters operation."""
    delivery_day: date | None = None
    """Day whose rules are wanted; None: those in force on the year's last day."""
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
    "DayRule",
    "Fact",
    "RulePack",
    "TariffTier",
    "Territory",
    "TimeOfUse",
]
