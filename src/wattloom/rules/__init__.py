"""Which dated facts and rules bind a project? Tariffs, ratios, factors, each with its source."""

from wattloom.rules.contract import Case, Fact, RulePack, TariffTier, Territory, TimeOfUse
from wattloom.rules.emissions import emission_factor, national_emission_factor
from wattloom.rules.packs import market_price_cny_per_mwh, pack, territory, territory_keys
from wattloom.rules.tables import FactRow, rows_of_facts, rows_of_territory

__all__ = [
    "Case",
    "Fact",
    "FactRow",
    "RulePack",
    "TariffTier",
    "Territory",
    "TimeOfUse",
    "emission_factor",
    "market_price_cny_per_mwh",
    "national_emission_factor",
    "pack",
    "rows_of_facts",
    "rows_of_territory",
    "territory",
    "territory_keys",
]
