"""Rules of September 2026 in Ningxia, at 110 kV, on plain numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.market.months import month_axis, plain_case

from wattloom.domain.charges import PriceBasis
from wattloom.domain.money import on_grid
from wattloom.domain.time import TimeAxis
from wattloom.market import MonthRules, Price, Terms, month_rules


@pytest.fixture
def ningxia() -> Callable[..., MonthRules]:
    """Rules of September 2026 in Ningxia; energy costs 0.2595 CNY/kWh, tax included."""

    def of(mode: str = "two_part_capacity", *, axis: TimeAxis | None = None, **changes: Any) -> MonthRules:
        prices = changes.pop("prices", {"market": Price(steps=on_grid("0.2595"), basis=PriceBasis.WITH_VAT)})
        terms = {"territory": "ningxia", "case": plain_case(), "mode": mode, **changes}
        return month_rules(Terms(**terms), axis or month_axis(2026, 9), prices)

    return of
