"""What is the sizing problem that every contender solves? One year of synthetic weather, prices and load, by seed.

Each site has solar, wind, a battery whose power and energy are sized apart, a grid connection with an hourly price
and a yearly charge for its power, a firm load, and work that arrives evenly and may wait until the end of its day. At
most a fifth of the energy may come from the grid. Several sites stand on a ring; a link each way moves load between
neighbours.
Powers in MW, energies in MWh, money in thousand dollars a year.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

HOURS_PER_YEAR = 8760
HOURS_PER_DAY = 24
EFFICIENCY = 0.95  # of the battery, one way
GREEN_SHARE_MIN = 0.80
FIRM_MW = 800.0
ARRIVING_MW = 200.0
SERVED_MW_MAX = 400.0
WAITING_MWH_MAX = 4800.0
LINK_MW_MAX = 100.0
LINK_COST = 0.0005  # k$/MWh


def annuity(rate: float, years: int) -> float:
    """Yearly payment for each unit of capital."""
    return rate * (1 + rate) ** years / ((1 + rate) ** years - 1)


# Capital in k$/MW or k$/MWh over the life at 7 %, plus yearly upkeep; the grid's is a charge for its power.
YEARLY_COST = {
    "solar": 550 * annuity(0.07, 25) + 10,
    "wind": 1000 * annuity(0.07, 25) + 25,
    "battery_mw": 80 * annuity(0.07, 15) + 2,
    "battery_mwh": 120 * annuity(0.07, 15) + 1,
    "grid": 40.0,
}

# Optimum of the full year, found by simplex, IPX and HiPO alike.
OBJECTIVE_1_SITE = 497_209.35  # k$/year
GREEN_PRICE_1_SITE = 0.07404  # k$ for each MWh of grid energy more
OBJECTIVE_5_SITES = 2_143_700.56  # k$/year


@dataclass(frozen=True, slots=True)
class SiteData:
    """Series of one site, an hour each."""

    solar: Array
    """Output for each MW installed."""
    wind: Array
    price: Array
    """Grid energy, k$/MWh."""
    firm_mw: Array

    @property
    def import_mw_mean_max(self) -> float:
        """Mean import that the green share allows."""
        return (1 - GREEN_SHARE_MIN) * float(self.firm_mw.mean() + ARRIVING_MW)


def draw_sites(count: int, hours: int = HOURS_PER_YEAR, seed: int = 7) -> list[SiteData]:
    """Series of some sites; the order in which numbers are drawn is part of the problem."""
    rng = np.random.default_rng(seed)
    return [_draw_site(rng, hours) for _ in range(count)]


def links(count: int) -> list[tuple[int, int]]:
    """Ends of the links: each neighbour pair of the ring in both directions."""
    if count == 1:
        return []
    pairs = [(i, (i + 1) % count) for i in range(count)]
    return [link for i, j in pairs for link in ((i, j), (j, i))]


def _draw_site(rng: np.random.Generator, hours: int) -> SiteData:
    """One site: sun by latitude and clouds, wind as filtered noise, a price that dips at noon."""
    hour = np.arange(hours)
    day, of_day = hour // HOURS_PER_DAY, hour % HOURS_PER_DAY
    latitude = np.deg2rad(30 + 12 * rng.random())
    declination = np.deg2rad(23.45) * np.sin(2 * np.pi * (284 + day) / 365)
    angle = np.deg2rad(15 * (of_day - 12))
    height = np.sin(latitude) * np.sin(declination) + np.cos(latitude) * np.cos(declination) * np.cos(angle)
    clear = 1 / (1 + np.exp(-(1.2 + _filtered([rng.normal(0, 0.8) for _ in range(hours // HOURS_PER_DAY)], 0.6, 1.0))))
    gusts = _filtered(rng.normal(0, 1, hours), 0.97, 0.243)
    season = 0.35 * np.cos(2 * np.pi * (day - 20) / 365)
    wind = 1 / (1 + np.exp(-1.9 * (gusts + season - 0.45)))
    daily = 0.055 + 0.02 * np.sin(2 * np.pi * (of_day - 14) / 24) - 0.02 * np.clip(height, 0, 1)
    price = (daily + 0.012 * rng.standard_normal(hours)) * (0.85 + 0.3 * rng.random())
    firm = 1 + 0.03 * np.sin(2 * np.pi * (of_day - 15) / 24) + 0.02 * np.cos(2 * np.pi * (day - 200) / 365)
    return SiteData(
        solar=np.round(np.clip(np.clip(height, 0, None) * 1.05 * clear[day], 0, 1), 4),
        wind=np.round(wind, 4),
        price=np.round(np.clip(price, 0.002, None), 5),
        firm_mw=np.round(FIRM_MW * firm, 2),
    )


def _filtered(noise: Array | list[float], memory: float, weight: float) -> Array:
    """First-order filter: what was, times memory, plus the new noise."""
    level, out = 0.0, []
    for value in noise:
        level = memory * level + weight * value
        out.append(level)
    return np.array(out)


def waiting_mwh_max(hours: int) -> Array:
    """Work that may wait at the end of each hour: none at the end of a day."""
    limit = np.full(hours, WAITING_MWH_MAX)
    limit[HOURS_PER_DAY - 1 :: HOURS_PER_DAY] = 0.0
    return limit
