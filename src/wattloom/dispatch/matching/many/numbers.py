"""What is known of many ticks at once? The layout's ties, the ticks' numbers and where each climb stands, as arrays.

Every array of numbers leads with the tick, of length 1 where all ticks share what it says, and ends with the site,
region, line or corridor. Prices are CNY/MWh, powers MW.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from wattloom.dispatch.matching.problem import fixed_draw_mw, step_prices, window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wattloom.dispatch.matching.many.arrays import Arrays
    from wattloom.dispatch.matching.problem import Layout, SiteNumbers, Tick


class Ties(NamedTuple):
    """How a layout hangs together: positions to gather by, and matrices of 0 and 1 to add up by."""

    region_of: Any
    of_region: Any
    """Shape (site, region)."""
    line_from: Any
    line_to: Any
    of_line_from: Any
    of_line_to: Any
    """Shape (direction,), and (direction, region)."""
    line_pairs: tuple[Any, Any, Any]
    """Shape (direction, region · region): from twice, to twice, from and to either way."""
    corridor_out: Any
    corridor_in: Any
    of_corridor_out: Any
    of_corridor_in: Any
    """Shape (corridor, 2 · region): class and region left; (corridor, region): region reached."""
    corridor_pairs: Any
    """Shape (corridor, 2 · region · region)."""
    eye: Any
    eye_of_prices: Any


class Numbers(NamedTuple):
    """The numbers of many ticks; shape (tick or 1, …)."""

    size: Any
    """Shape (tick or 1, use, site): how much each use of power could take, that is the four classes, work moved in and
    idle burn."""
    unserved: Any
    """Shape (tick or 1, class, site)."""
    facility: Any
    least: Any
    most: Any
    charge: Any
    discharge: Any
    charge_value: Any
    discharge_value: Any
    out_inference: Any
    out_batch: Any
    move_in: Any
    """Shape (tick or 1, site)."""
    step_mw: Any
    step_price: Any
    """Shape (tick, region, step + 1): the last is what nobody has."""
    fixed_mw: Any
    line_mw: Any
    line_fee: Any
    arrives: Any
    corridor_mw: Any
    corridor_cost: Any
    load_mw: Any
    """Shape (tick, 1): IT power asked."""


class State(NamedTuple):
    """Where each tick stands."""

    prices: Any
    """Shape (tick, 4, region): energy, moved-out inference, moved-out batch, moved-in."""
    root: Any
    """Shape (tick, site): price at which a window fills."""
    step_share: Any
    line_share: Any
    corridor_share: Any


def ties_of(layout: Layout, arrays: Arrays) -> Ties:
    """A layout's positions and matrices, there."""
    count, eye = len(layout.regions), np.eye(len(layout.regions))
    start = np.concatenate([layout.line_from, layout.line_to]).astype(np.int64)
    end = np.concatenate([layout.line_to, layout.line_from]).astype(np.int64)
    out = (layout.corridor_class * count + layout.corridor_from).astype(np.int64)
    into, pair = layout.corridor_to.astype(np.int64), np.eye(count * count)
    give = arrays.given
    return Ties(
        region_of=give(layout.site_region.astype(np.int64)),
        of_region=give(eye[layout.site_region]),
        line_from=give(start),
        line_to=give(end),
        of_line_from=give(eye[start]),
        of_line_to=give(eye[end]),
        line_pairs=(
            give(pair[start * (count + 1)]),
            give(pair[end * (count + 1)]),
            give(pair[start * count + end] + pair[end * count + start]),
        ),
        corridor_out=give(out),
        corridor_in=give(into),
        of_corridor_out=give(np.eye(2 * count)[out]),
        of_corridor_in=give(eye[into]),
        corridor_pairs=give(np.eye(2 * count * count)[out * count + into]),
        eye=give(eye),
        eye_of_prices=give(np.eye(4 * count)),
    )


Held = TypeVar("Held", bound=tuple[Any, ...])


def chosen(xp: Any, held: Held, kept: Any) -> Held:
    """The same for some of the ticks, by position; what all ticks share stays as it is."""
    return type(held)(*(array if array.shape[0] == 1 else xp.take(array, kept, axis=0) for array in held))


def given(arrays: Arrays, held: Held) -> Held:
    """The same, there."""
    return type(held)(*map(arrays.given, held))


def numbers_of(ticks: Sequence[Tick]) -> Numbers:
    """The numbers of ticks of one layout, here."""
    sites = [tick.sites for tick in ticks]
    windows = {id(one): open_window(one) for one in sites}
    least, most = (_together([windows[id(one)][end] for one in sites]) for end in range(2))
    fields = {name: _together([getattr(one, field) for one in sites]) for name, field in OF_SITES.items()}
    classes = (
        _together([getattr(one, field) for one in sites]) for field in ("demand_mw", "unserved_price_cny_per_mwh")
    )
    demand, unserved = (np.swapaxes(value, 1, 2) for value in classes)
    room = np.stack([most, most], axis=1)
    count = max(demand.shape[0], room.shape[0])
    size = np.concatenate([np.broadcast_to(part, (count, *part.shape[1:])) for part in (demand, room)], axis=1)
    return Numbers(
        size=size,
        unserved=unserved,
        least=least,
        most=most,
        load_mw=np.maximum([[one.demand_mw.sum()] for one in sites], 1.0),
        **fields,
        **_around(ticks),
    )


def open_window(sites: SiteNumbers) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Least and most IT power of each site; ends that cross do so by a rounding, since more is refused."""
    power = window(sites)
    least, most = power.it_mw_least, power.it_mw_most
    meet = np.maximum(np.minimum(least, most), 0.0)
    return np.where(least <= most, least, meet), np.where(least <= most, most, meet)


OF_SITES = {
    "facility": "facility_mw_per_it_mw",
    "charge": "charge_mw_max",
    "discharge": "discharge_mw_max",
    "charge_value": "charge_value_cny_per_mwh",
    "discharge_value": "discharge_value_cny_per_mwh",
    "out_inference": "move_out_inference_cny_per_mwh",
    "out_batch": "move_out_batch_cny_per_mwh",
    "move_in": "move_in_cny_per_mwh",
}


def _around(ticks: Sequence[Tick]) -> dict[str, NDArray[np.float64]]:
    """What is not of sites, shape (tick or 1, …)."""
    regions, lines, corridors = ([getattr(t, part) for t in ticks] for part in ("regions", "lines", "corridors"))
    fixed = np.stack([fixed_draw_mw(tick) for tick in ticks])
    forward, backward = (_together([getattr(one, f"{way}_mw_max") for one in lines]) for way in ("forward", "backward"))
    line_mw = np.concatenate(np.broadcast_arrays(forward, backward), axis=1)
    # Nobody has the last step, so there is no end to it; a number above all that could be asked does.
    asked = [
        1.0 + float((t.sites.facility_mw_per_it_mw * t.sites.it_mw_max + t.sites.charge_mw_max).sum()) for t in ticks
    ]
    endless = (fixed + (np.array(asked) + line_mw.sum(axis=1))[:, None])[:, :, None]
    shortfall = np.array([one.shortfall_price_cny_per_mwh for one in regions])[:, None, None]
    return {
        "step_mw": np.concatenate([np.stack([one.supply_mw_max for one in regions]), endless], axis=2),
        "step_price": np.concatenate(
            [np.stack([step_prices(one) for one in regions]), np.broadcast_to(shortfall, endless.shape)], axis=2
        ),
        "fixed_mw": fixed,
        "line_mw": line_mw,
        "line_fee": np.tile(_together([one.fee_cny_per_mwh for one in lines]), 2),
        "arrives": 1.0 - np.tile(_together([one.loss_share for one in lines]), 2),
        "corridor_mw": _together([one.it_mw_max for one in corridors])
        - _together([one.in_flight_mw for one in corridors]),
        "corridor_cost": _together([one.cost_cny_per_mwh for one in corridors]),
    }


def _together(parts: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """One row for each tick, or a single one where all ticks hold the very same array."""
    first = parts[0]
    return first[None] if all(part is first for part in parts) else np.stack(parts)


def beginning(p: Numbers) -> State:
    """Where a climb begins that nothing is known of: at the middle of the supply's prices; one tick a row, here."""
    ticks, regions, _ = p.step_mw.shape
    typical = np.median(p.step_price[:, :, :-1], axis=(1, 2))[:, None]
    more = np.array([0.0, 100.0, 100.0, 100.0])[None, :, None]
    return State(
        prices=typical[:, :, None] + np.broadcast_to(more, (ticks, 4, regions)),
        root=np.repeat(typical, p.size.shape[2], axis=1),
        step_share=np.full(p.step_mw.shape, 0.5),
        line_share=np.zeros((ticks, p.line_mw.shape[1])),
        corridor_share=np.zeros((ticks, p.corridor_mw.shape[1])),
    )
