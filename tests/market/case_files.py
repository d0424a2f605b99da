"""Bills as case files: terms, meter and prices by a written pattern, formulas for a spreadsheet, and what they give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from ruamel.yaml import YAML
from tests.market.months import month_axis

from wattloom.domain.charges import Basis, PriceBasis
from wattloom.domain.money import exact
from wattloom.domain.text import Text
from wattloom.domain.verdicts import Clause, Confidence
from wattloom.market import Bill, MeterMonth, MonthRules, Price, Rate, Terms, bill_of, export_rate, month_rules
from wattloom.rules import Case
from wattloom.rules.power_factor import power_factor_table

FOLDER = Path(__file__).parent / "cases"
MINUTES_PER_DAY = 1440
GIVEN = Clause(document=Text.same("case file"), confidence=Confidence.USER)
PRICES = {"price_steps": "market", "export_steps": "export"}


@dataclass(frozen=True, slots=True)
class Pattern:
    """base + step × MOD(day × by_day + period × by_period, modulus): days from 1, periods of the day from 0."""

    base: int
    step: int
    by_day: int
    by_period: int
    modulus: int

    def values(self, days: int, periods: int) -> NDArray[np.int64]:
        """One value for each period of the month."""
        day, period = np.divmod(np.arange(days * periods), periods)
        turn = (day + 1) * self.by_day + period * self.by_period
        return np.asarray(self.base + self.step * (turn % self.modulus), dtype=np.int64)

    def formula(self, day: str, period: str) -> str:
        """The same for a spreadsheet."""
        return f"={self.base}+{self.step}*MOD({day}*{self.by_day}+{period}*{self.by_period},{self.modulus})"


@dataclass(frozen=True, slots=True)
class BillCase:
    """One case file."""

    name: str
    said: Mapping[str, Any]

    @property
    def periods_of_day(self) -> int:
        """How many the meter keeps."""
        return int(MINUTES_PER_DAY // self.said["step_minutes"])

    def series(self) -> dict[str, Pattern]:
        """Meter and prices."""
        return {name: Pattern(*numbers) for name, numbers in self.said["series"].items()}

    def rules(self) -> MonthRules:
        """The month's rules, from the territory as it stands in the package."""
        said, terms = self.said, dict(self.said["terms"])
        year, month = map(int, said["month"].split("-"))
        territory, mode = terms.pop("territory"), terms.pop("mode")
        case = Case(year=year, commissioned=min(year, 2026), price_basis=PriceBasis(said["price_basis"]), **terms)
        values = self._values()
        prices = {
            PRICES[name]: Price(steps=values[name], basis=PriceBasis.WITH_VAT) for name in PRICES if name in values
        }
        asked = Terms(
            territory=territory,
            case=case,
            mode=mode,
            dated=tuple((date(year, month, day), facts) for day, facts in said.get("dated", {}).items()),
            further=tuple(self._further()),
            power_factor=power_factor_table(90) if "drawn_varh" in said else None,
        )
        return month_rules(asked, month_axis(year, month, step_minutes=said["step_minutes"]), prices)

    def bill(self, rules: MonthRules | None = None) -> Bill:
        """The bill of the case."""
        meter = {name: values for name, values in self._values().items() if name.endswith("_wh")}
        said = self.said
        point = MeterMonth(point=self.name, capacity_va=said["capacity_va"], drawn_varh=said.get("drawn_varh"), **meter)
        return bill_of(point, rules or self.rules())

    def fen(self, found: Bill) -> dict[str, int]:
        """Every figure that the file expects, as the bill has it."""
        lines = {line.item: line.amount_fen for line in found.lines}
        return {**lines, "vat": found.vat_fen, "total": found.total_fen}

    def expected_fen(self) -> dict[str, int]:
        """The figures of the file."""
        return {item: round(amount * 100) for item, amount in self.said["expected_cny"].items()}

    def _values(self) -> dict[str, NDArray[np.int64]]:
        """Every series, by period."""
        return {name: pattern.values(self.said["days"], self.periods_of_day) for name, pattern in self.series().items()}

    def _further(self) -> list[Rate]:
        """Rates that no rule holds yet."""
        rates = [export_rate(GIVEN)] if "export_steps" in self.said["series"] else []
        fee = self.said["values"].get("agency_fee_price")
        if fee is not None:
            price: Fraction = exact(float(fee))
            rates.append(Rate(item="agency_fee", basis=Basis.IMPORTED_ENERGY, price_cny=price, clause=GIVEN))
        return rates


@cache
def bill_cases() -> tuple[BillCase, ...]:
    """All case files, by name."""
    return tuple(BillCase(path.stem, YAML(typ="safe").load(path)) for path in sorted(FOLDER.glob("*.yaml")))
