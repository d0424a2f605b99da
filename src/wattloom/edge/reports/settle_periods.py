"""What was counted in each single period, at which price and band? One row a point and period, for whoever checks."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import numpy as np

from wattloom.domain.money import PRICE_GRID_PER_CNY
from wattloom.edge.reports.cells import harmless
from wattloom.market.month import BAND_STEPS
from wattloom.market.tariffs import EXPORT, MARKET

if TYPE_CHECKING:
    from wattloom.app.settle_month import SettledMonth, SettledPoint

COLUMNS = (
    "cell", "tariff", "band", "drawn_wh", "fed_wh", "self_used_wh", "consumed_wh",
    "market_cny_per_kwh", "export_cny_per_kwh",
    "contract_wh", "day_ahead_wh", "contract_cny_per_kwh", "day_ahead_cny_per_kwh", "real_time_cny_per_kwh",
)  # fmt: skip


def period_columns(one: SettledPoint) -> dict[str, list[Any]]:
    """The columns that a point has, each with a value a period."""
    rules, meter = one.rules, one.meter
    band = np.full(rules.axis.count, BAND_STEPS) if rules.band is None else rules.band
    made: dict[str, Any] = {
        "cell": rules.cell_of_period + 1,
        "tariff": np.array([rules.cells[place].tariff + 1 for place in rules.cell_of_period]),
        "band": band / BAND_STEPS,
        "drawn_wh": meter.drawn_wh,
        "fed_wh": meter.fed_wh,
        "self_used_wh": meter.self_used_wh,
        "consumed_wh": meter.consumed_wh,
    }
    if one.spot is not None:
        made |= {
            "contract_wh": one.spot.contract_wh,
            "day_ahead_wh": one.spot.day_ahead_wh,
            "contract_cny_per_kwh": one.spot.contract_steps / PRICE_GRID_PER_CNY,
            "day_ahead_cny_per_kwh": one.spot.day_ahead_steps / PRICE_GRID_PER_CNY,
            "real_time_cny_per_kwh": one.spot.real_time_steps / PRICE_GRID_PER_CNY,
        }
    elif one.entry.price is not None:
        made["market_cny_per_kwh"] = rules.steps_of(MARKET) / PRICE_GRID_PER_CNY
    if EXPORT in rules.prices:
        made["export_cny_per_kwh"] = rules.steps_of(EXPORT) / PRICE_GRID_PER_CNY
    return {name: made[name].tolist() for name in COLUMNS if made.get(name) is not None}


def starts(one: SettledPoint) -> list[str]:
    """Start of each period on the clocks of the file."""
    return [str(label) for label in one.rules.axis.local(one.rules.zone).strftime("%Y-%m-%d %H:%M")]


def periods_csv(found: SettledMonth) -> bytes:
    """Every period of every point."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(["point", "start", *COLUMNS])
    for one in found.points:
        columns = period_columns(one)
        rows = [columns.get(name, [""] * one.rules.axis.count) for name in COLUMNS]
        writer.writerows([harmless(one.name), *row] for row in zip(starts(one), *rows, strict=True))
    return buffer.getvalue().encode()
