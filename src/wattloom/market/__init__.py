"""What is owed for a month's energy, and how did it come to that? Bills, and what the market settles."""

from wattloom.market.bill import Bill, Line, MeterMonth, Part, bill_of, itemised
from wattloom.market.bulk import Billed, Readings, bills
from wattloom.market.month import MonthRules, month_rules
from wattloom.market.tariffs import Price, Rate, Tariff, Terms, export_rate, tariffs_of

__all__ = [
    "Bill",
    "Billed",
    "Line",
    "MeterMonth",
    "MonthRules",
    "Part",
    "Price",
    "Rate",
    "Readings",
    "Tariff",
    "Terms",
    "bill_of",
    "bills",
    "export_rate",
    "itemised",
    "month_rules",
    "tariffs_of",
]
