"""Which dated facts and rules bind a project? Tariffs, ratios, factors, each with its source."""

from wattloom.rules.contract import Case, Fact, RulePack, TariffTier, Territory, TimeOfUse
from wattloom.rules.days import DayBands, DayInputs, bands_of_day, multipliers_by_day, time_of_use_on
from wattloom.rules.emissions import emission_factor, national_emission_factor
from wattloom.rules.holidays import Festival, HolidayCalendar, official_calendar
from wattloom.rules.packs import market_price_cny_per_mwh, pack, territory, territory_keys
from wattloom.rules.power_factor import PowerFactorTable, power_factor_table, power_factor_tables
from wattloom.rules.tables import FactRow, rows_of_facts, rows_of_territory

__all__ = [
    "Case",
    "DayBands",
    "DayInputs",
    "Fact",
    "FactRow",
    "Festival",
    "HolidayCalendar",
    "PowerFactorTable",
    "RulePack",
    "TariffTier",
    "Territory",
    "TimeOfUse",
    "bands_of_day",
    "emission_factor",
    "market_price_cny_per_mwh",
    "multipliers_by_day",
    "national_emission_factor",
    "official_calendar",
    "pack",
    "power_factor_table",
    "power_factor_tables",
    "rows_of_facts",
    "rows_of_territory",
    "territory",
    "territory_keys",
    "time_of_use_on",
]
