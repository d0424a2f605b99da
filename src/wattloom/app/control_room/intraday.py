"""How much waiting work and storing is each region to do in the next hours? The plan that the ticks follow.

Once a settlement period the rest of the day is planned from what is seen and foreseen: the program of a tick, a region
as one site, linked over a day by the work that waits and what is in store. A tick decides who does it, over which lines
and where. A price alone would not say it: at the plan's margin price and worth are the same, and either is right for
one MWh and wrong for all. So a tick asks for what the plan says at a price well above the plan's, and overrules it
where its own price is far from the plan's. Without a fresh plan a MWh that waits has the price of its cheapest hours.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from wattloom.app.closed_loop import BAND, asked
from wattloom.app.closed_loop_day import BATCH, TRAINING
from wattloom.app.closed_loop_program import CHARGED, DISCHARGED, cheapest_way
from wattloom.app.control_room.account import PERIOD_S
from wattloom.app.live_state import it_power, packed, unpacked
from wattloom.app.match_inputs import SECONDS_PER_HOUR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.app.control_room.outlook import Outlook
    from wattloom.app.control_room.state import RoomState
    from wattloom.dispatch.matching import Tick
    from wattloom.dispatch.matching.problem import SiteNumbers

FRESH_S = 3.0 * PERIOD_S
"""An older plan is not followed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intraday:
    """A plan of the next hours; a record of the journal, so that a restart follows the same."""

    KIND: ClassVar[str] = "intraday"
    at_s: float
    """When it was made: what was seen until then is in it."""
    cost_cny: float
    seconds: float
    """Of a processor, that it took."""
    edge_s: NDArray[np.float64]
    """Of its steps, shape (step + 1,)."""
    waiting_mw: NDArray[np.float64]
    """Of the classes that wait, at home or away, shape (2, region, step)."""
    worth_cny_per_mwh: NDArray[np.float64]
    """Of one more MWh of them, shape (2, region, step)."""
    charged_mw: NDArray[np.float64]
    """Into what is in store, net, shape (region, step)."""
    stored_mwh: NDArray[np.float64]
    """At the end of a step, shape (region, step)."""
    stored_value_cny_per_mwh: NDArray[np.float64]
    """Shape (region, step)."""
    draw_mw: NDArray[np.float64]
    """Batteries included, shape (region, step)."""

    def step(self, at_s: float) -> int | None:
        """The step that an instant lies in; None where the plan is too old for it or does not reach it."""
        if not self.edge_s[0] <= at_s < min(self.edge_s[0] + FRESH_S, self.edge_s[-1]):
            return None
        return int(np.searchsorted(self.edge_s, at_s, side="right")) - 1

    def course_mw(self, at_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Draw at some instants, shape (instant, region); the last step's beyond the end."""
        place = np.clip(np.searchsorted(self.edge_s, at_s, side="right") - 1, 0, self.draw_mw.shape[1] - 1)
        return np.asarray(self.draw_mw[:, place].T)

    def packed(self) -> bytes:
        """As bytes."""
        plain = {name: getattr(self, name) for name in ("at_s", "cost_cny", "seconds")}
        return packed(plain, {name: getattr(self, name) for name in ARRAYS})

    @classmethod
    def unpacked(cls, content: bytes) -> Self:
        """From bytes."""
        plain, arrays = unpacked(content)
        return cls(**plain, **dict[str, Any](arrays))

    def applied(self, state: RoomState) -> RoomState:
        """In force."""
        return replace(state, intraday=self)


ARRAYS = ("edge_s", "waiting_mw", "worth_cny_per_mwh", "charged_mw", "stored_mwh", "stored_value_cny_per_mwh",
          "draw_mw")  # fmt: skip


def intraday(seen: Outlook) -> Intraday:
    """The cheapest way through what is foreseen; `SolveError` where no answer is certified."""
    hours = (seen.edge_s - seen.edge_s[0]) / SECONDS_PER_HOUR
    way = cheapest_way(seen.ticks, hours, work=seen.work, stores=seen.stores, last_mwh=seen.last_mwh)
    facility = np.stack([tick.sites.facility_mw_per_it_mw for tick in seen.ticks], axis=1)
    net = way.setpoints_mw[CHARGED] - way.setpoints_mw[DISCHARGED]
    before = np.concatenate([seen.stores.first_mwh[:, None], way.stored_mwh[:, :-1]], axis=1)
    return Intraday(
        at_s=seen.at_s,
        cost_cny=way.cost_cny,
        seconds=way.report.cpu_s,
        edge_s=seen.edge_s,
        waiting_mw=way.served_mw,
        worth_cny_per_mwh=way.worth_cny_per_mwh,
        charged_mw=(way.stored_mwh - before) / np.diff(hours),
        stored_mwh=way.stored_mwh,
        stored_value_cny_per_mwh=way.stored_value_cny_per_mwh,
        draw_mw=it_power(way.setpoints_mw) * facility + net,
    )


def followed(tick: Tick, plan: Intraday | None, *, at_s: float, one_way: float, waiting_mwh: NDArray[np.float64],
             waits: tuple[bool, bool]) -> Tick:  # fmt: skip
    """A tick that asks for what the plan says; the tick as it is where there is no fresh plan.

    `waiting_mwh`, shape (site, 2), is what stands at the sites: who has more of it does more of its region's part, so
    that no site runs out of work while another has too much for its machines. A class that does not wait (`waits`) is
    served as it comes.
    """
    step = None if plan is None else plan.step(at_s)
    if plan is None or step is None:
        return tick
    sites, region = tick.sites, tick.layout.site_region
    demand, price = sites.demand_mw.copy(), sites.unserved_price_cny_per_mwh.copy()
    for k, place in enumerate((TRAINING, BATCH)):
        if not waits[k]:
            continue
        wanted = plan.waiting_mw[k, :, step]
        demand[:, place] = _poured(wanted, region, most=demand[:, place], weight=waiting_mwh[:, k])
        price[:, place] = asked(plan.worth_cny_per_mwh[k, :, step])[region]
    stores = _stores(sites, plan, region, step=step, one_way=one_way)
    return replace(tick, sites=replace(sites, demand_mw=demand, unserved_price_cny_per_mwh=price, **stores))


def _stores(
    sites: SiteNumbers, plan: Intraday, region: NDArray[np.int64], *, step: int, one_way: float
) -> dict[str, NDArray[np.float64]]:
    """As the plan says, unless a tick's own price is far from what is in store is worth."""
    planned = plan.charged_mw[:, step]
    value = np.maximum(plan.stored_value_cny_per_mwh[:, step], 0.0)[region]
    into, out = np.maximum(planned, 0.0) / one_way, np.maximum(-planned, 0.0) * one_way
    fills, drains = into[region] > 0.0, out[region] > 0.0
    charge, discharge = sites.charge_mw_max, sites.discharge_mw_max
    return {
        "charge_mw_max": np.where(fills, _poured(into, region, most=charge, weight=charge), charge),
        "discharge_mw_max": np.where(drains, _poured(out, region, most=discharge, weight=discharge), discharge),
        "charge_value_cny_per_mwh": np.where(fills, asked(value * one_way), value * one_way / BAND),
        "discharge_value_cny_per_mwh": np.where(drains, value / one_way / BAND, asked(value / one_way)),
    }


def _poured(
    wanted: NDArray[np.float64], region: NDArray[np.int64], *, most: NDArray[np.float64], weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What each site has of what its region is to have: by weight, none more than its most; shape (site,).

    The level up to which all are filled is where the filled ones' most and the others' weights make the sum: sites in
    the order of how soon they are full tell it without a search.
    """
    weight = np.where(most > 0.0, np.maximum(weight, 1e-9), 0.0)
    full_at = np.where(weight > 0.0, most / np.maximum(weight, 1e-12), np.inf)
    order = np.lexsort((full_at, region))
    of, count = region[order], wanted.size
    begins = np.searchsorted(of, np.arange(count))
    before = _within(most[order], of, begins) - most[order]
    rest = np.bincount(region, weights=weight, minlength=count)[of] - (
        _within(weight[order], of, begins) - weight[order]
    )
    # Filled to the level at which this site is full, the region would have so much.
    at = full_at[order]
    fits = np.isfinite(at) & (before + np.where(np.isfinite(at), at, 0.0) * rest <= wanted[of])
    filled = np.bincount(of, weights=fits * most[order], minlength=count)
    open_weight = np.bincount(of, weights=np.where(fits, 0.0, weight[order]), minlength=count)
    level = np.where(open_weight > 0.0, (wanted - filled) / np.maximum(open_weight, 1e-12), 0.0)
    found = np.zeros_like(most)
    found[order] = np.where(fits, most[order], weight[order] * np.maximum(level[of], 0.0))
    return np.minimum(found, most)


def _within(values: NDArray[np.float64], of: NDArray[np.int64], begins: NDArray[np.int64]) -> NDArray[np.float64]:
    """Running sums inside each group of neighbours."""
    total = np.cumsum(values)
    return np.asarray(total - np.concatenate([[0.0], total])[begins[of]])
