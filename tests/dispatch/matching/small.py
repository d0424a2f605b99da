"""Which small ticks do the matcher's tests share? Two regions, a site each, all numbers round."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from wattloom.dispatch.matching import (
    CorridorNumbers,
    Layout,
    LineNumbers,
    RegionNumbers,
    SiteNumbers,
    Tick,
)

EAST, WEST = 0, 1
ROOT = Path(__file__).parents[3]


def campaign() -> ModuleType:
    """The campaign's judge, and the benchmark's ticks with it."""
    path = ROOT / "campaigns" / "matching_rows.py"
    spec = importlib.util.spec_from_file_location("matching_rows", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def layout() -> Layout:
    """A line and a batch corridor between two regions."""
    one, other = np.array([WEST]), np.array([EAST])
    return Layout(
        regions=("east", "west"),
        steps=("green", "thermal"),
        sites=("east dc", "west dc"),
        site_region=np.array([EAST, WEST]),
        line_from=one,
        line_to=other,
        corridor_class=np.array([1]),
        corridor_from=other,
        corridor_to=one,
    )


def tick(**sites: Any) -> Tick:
    """East pays 500, west 100; the line brings 3 MW less a tenth, for 9; the corridor takes 4 MW of batch, for 20.

    Sites draw nothing, have 100 MW, no overhead, no ramp and no store; each class is worth 10,000, batch 300.
    """
    none = np.zeros(2)
    plain: dict[str, Any] = {
        "demand_mw": np.zeros((2, 4)),
        "unserved_price_cny_per_mwh": np.tile([10_000.0, 10_000.0, 10_000.0, 300.0], (2, 1)),
        "facility_mw_per_it_mw": np.ones(2),
        "it_mw_max": np.full(2, 100.0),
        "ramp_mw": np.full(2, 1000.0),
    }
    fields = dict.fromkeys(SiteNumbers.__slots__, none) | plain
    return Tick(
        layout=layout(),
        regions=RegionNumbers(
            supply_mw_max=np.array([[0.0, 1000.0], [0.0, 1000.0]]),
            supply_price_cny_per_mwh=np.array([[0.0, 500.0], [0.0, 100.0]]),
            supply_carbon_t_per_mwh=np.zeros((2, 2)),
            other_draw_mw=none,
            carbon_price_cny_per_t=0.0,
            shortfall_price_cny_per_mwh=20_000.0,
        ),
        lines=LineNumbers(
            forward_mw_max=np.array([3.0]),
            backward_mw_max=np.array([3.0]),
            loss_share=np.array([0.1]),
            fee_cny_per_mwh=np.array([9.0]),
        ),
        corridors=CorridorNumbers(
            it_mw_max=np.array([4.0]), in_flight_mw=np.zeros(1), cost_cny_per_mwh=np.array([20.0])
        ),
        sites=SiteNumbers(**(fields | {name: np.asarray(value, dtype=np.float64) for name, value in sites.items()})),
    )


def with_batch(mw: float = 10.0) -> Tick:
    """So much batch work waits in the east."""
    return tick(demand_mw=[[0, 0, 0, mw], [0, 0, 0, 0]])


def with_regions(of: Tick, **fields: Any) -> Tick:
    """The tick with other regions' numbers."""
    return replace(of, regions=replace(of.regions, **fields))
