"""What is left of a spot spread when many data centres shift? Supply curves fitted on real prices, 1 to 1,000 sites.

    python benchmarks/flexibility.py               WATTLOOM_DATA names the folder that holds energy/…

Two Chinese provinces that are not named. The one of 2025 (46 days): real-time price over the load that its units on the
market serve (actual load less tie lines, renewables and units outside the market). The other (2021-12 to 2023-03):
clearing price over demand. For every 30 days a rising curve is fitted (isotonic regression, 20 points). It explains
little of the prices, so each hour keeps its own distance from the curve: a shift changes only what moves along it.
Where the fit is level a shift moves no price at all, so what is left is told from above. Days are hourly means. A site
has 30 MW that may wait twelve hours and 17.6 MW of idle machines; a MWh that waits an hour costs 10 CNY; all prices of
a day are known beforehand. One market stands for all sites: 1,000 of 30 MW are 30 GW. The last line is one JSON object.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression

from wattloom.market.value import SupplyCurve, Terms, best_shift, equilibrium

SITES = (1, 10, 30, 100, 300, 1000)
SITE = Terms(lowered_mw=30, raised_mw=17.6, delay_hours_max=12, delay_cny_per_mwh_hour=10)
POINTS = 20
DAYS = 24
FIT_DAYS = 30
MILLION = 1e6
PER_DAY = 96
YEAR_DAYS = 365


def markets() -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Residual load in MW and price in CNY/MWh, hourly, shape (days, 24)."""
    folder = Path(os.environ["WATTLOOM_DATA"]) / "energy"
    spot = pd.read_parquet(folder / "cn-spot-2025" / "spot_15min.parquet")
    outside = ("tieline_act_mw", "renewable_act_mw", "nonmarket_gen_act_mw")
    residual = spot["load_act_mw"] - spot[list(outside)].sum(axis=1)
    cleared = pd.read_parquet(folder / "cn-clearing-price-2021-2023" / "price_demand_15min.parquet")
    return {
        "province of 2025": (hourly(residual), hourly(spot["rt_price_cny_mwh"])),
        "province of 2021-2023": (hourly(cleared["demand_mw"]), hourly(cleared["clearing_price_cny_mwh"])),
    }


def hourly(values: pd.Series) -> NDArray[np.float64]:
    """Means of hours by day; days with a gap are left out by the caller."""
    whole = values.to_numpy(dtype=float)
    return whole[: whole.size // PER_DAY * PER_DAY].reshape(-1, 24, PER_DAY // 24).mean(axis=2)


def fitted(load: NDArray[np.float64], price: NDArray[np.float64]) -> SupplyCurve:
    """The best rising curve."""
    fit = IsotonicRegression(out_of_bounds="clip").fit(load.ravel(), price.ravel())
    points = np.unique(np.quantile(load, np.linspace(0, 1, POINTS)))
    return SupplyCurve(load_mw=tuple(points), price_cny_per_mwh=tuple(np.maximum.accumulate(fit.predict(points))))


def judged(load: NDArray[np.float64], price: NDArray[np.float64]) -> tuple[dict[str, dict[str, float]], float, float]:
    """By number of sites what is left to each; the share of variance explained; one site's year at the prices."""
    rest, chosen = 0.0, list[tuple[NDArray[np.float64], NDArray[np.float64], SupplyCurve]]()
    for first in range(0, len(load), FIT_DAYS):
        month = slice(first, first + FIT_DAYS)
        curve = fitted(load[month], price[month])
        rest += float(((price[month] - curve.price(load[month])) ** 2).sum())
        every = max(1, round(len(load) / DAYS))
        chosen += [(load[day], price[day], curve) for day in range(first, min(first + FIT_DAYS, len(load)), every)]
    explained = 1.0 - rest / float(((price - price.mean()) ** 2).sum())
    alone = np.mean([best_shift(of_price, SITE).net_cny for _, of_price, _ in chosen]) * YEAR_DAYS / MILLION
    rows = {}
    for sites in SITES:
        found = [equilibrium(mw, curve, SITE, sites=sites, offset_cny_per_mwh=cny - curve.price(mw))
                 for mw, cny, curve in chosen]  # fmt: skip
        each = np.mean([one.saved_cny_per_site for one in found]) * YEAR_DAYS / MILLION
        gap = np.mean([one.gap_cny / sites for one in found]) * YEAR_DAYS / MILLION
        spread = np.mean([np.ptp(one.price_after) for one in found])
        rows[str(sites)] = {"each_mcny": each, "left": each / alone, "spread_cny_per_mwh": spread, "gap_mcny": gap,
                            "of_mean_load": sites * SITE.lowered_mw / load.mean()}  # fmt: skip
    return rows, explained, float(alone)


def main() -> None:
    """Print a table a market and the line of JSON."""
    begun, out = time.process_time(), dict[str, object]()
    for name, (every_load, every_price) in markets().items():
        kept = np.isfinite(every_load).all(axis=1) & np.isfinite(every_price).all(axis=1)
        load, price = every_load[kept], every_price[kept]
        rows, explained, alone = judged(load, price)
        print(f"\n{name}: {len(load)} days, mean {load.mean() / 1000:.1f} GW; curves explain {explained:.0%} of prices")
        print(f"one site alone: {alone:.2f} million CNY a year")
        print(f"{'sites':>6}{'of the mean load':>18}{'million CNY a year, each':>26}{'left':>8}{'spread':>8}{'gap':>8}")
        for sites, one in rows.items():
            print(f"{sites:>6}{one['of_mean_load']:18.1%}{one['each_mcny']:26.2f}{one['left']:8.1%}"
                  f"{one['spread_cny_per_mwh']:8.0f}{one['gap_mcny']:8.3f}")  # fmt: skip
        told = {sites: {key: round(float(value), 4) for key, value in one.items()} for sites, one in rows.items()}
        out[name] = {"explained": round(explained, 3), "alone_mcny": round(alone, 3), "sites": told}
    out["cpu_s"] = round(time.process_time() - begun, 1)
    print(json.dumps(out))


if __name__ == "__main__":
    main()
