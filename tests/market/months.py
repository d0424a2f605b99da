"""Months and meters on plain numbers that a person can follow."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from wattloom.domain.charges import PriceBasis
from wattloom.domain.time import TimeAxis
from wattloom.market import MeterMonth, MonthRules
from wattloom.rules import Case

CHINA = ZoneInfo("Asia/Shanghai")


def month_axis(year: int, month: int, *, step_minutes: int = 60) -> TimeAxis:
    """A calendar month in China."""
    start = datetime(year, month, 1, tzinfo=CHINA)
    end = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=CHINA)
    return TimeAxis(start, step_minutes, int((end - start).total_seconds()) // 60 // step_minutes)


def plain_case(**changes: Any) -> Case:
    """A plain customer of the grid at 110 kV in 2026, billed with tax."""
    given: dict[str, Any] = {"year": 2026, "commissioned": 2026, "voltage_kv": 110.0, "direct_connection": False}
    return Case(**{**given, "price_basis": PriceBasis.WITH_VAT, **changes})


def steady(rules: MonthRules, kw: int, **changes: Any) -> MeterMonth:
    """A meter that draws the same power all month, behind 10 MVA."""
    wh = kw * 1000 * rules.axis.step_minutes // 60
    given: dict[str, Any] = {"point": "a", "capacity_va": 10_000_000, "drawn_wh": np.full(rules.axis.count, wh)}
    return MeterMonth(**{**given, **changes})
