"""What do the sites of many ticks do at given prices? Closed forms over whole arrays, as `kernel` has them for one.

A site fills its power window with the uses that are worth most; every all-or-nothing choice is spread over a band of
prices, the `width`. Inside this module prices are counted in widths.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from wattloom.dispatch.matching.many.numbers import Numbers, State, Ties

NOTHING = 1e-300
FLAT = 1e-3
"""Share of a site's power that stands in for a slope where there is none."""
CLOSER = 2
"""Steps of Newton's method for all sites, before those that still miss are looked at alone."""
REFILLS_MAX = 100


class Filled(NamedTuple):
    """What sites do at given prices; shape (tick, site) unless said otherwise."""

    size: Any
    """Shape (tick or 1, use, site): the four classes, work moved in, idle burn, MW."""
    share: Any
    """Shape (tick, use, site): how much of it."""
    at: Any
    """Price of power inside the window."""
    bound: Any
    """1 where an end of the window binds."""
    ready_1: Any
    ready_3: Any
    """How ready inference and batch are to move, once not served at home."""
    energy: Any
    """Price of energy at the site."""


class Asked(NamedTuple):
    """What the regions' sites ask, MW; shape (tick, region)."""

    balance: tuple[Any, Any, Any, Any]
    """Energy, moved out by class, less what is moved in."""
    slope: dict[tuple[int, int], Any]
    """How these fall with the four prices, MW per CNY/MWh."""


class _Wanted(NamedTuple):
    """Uses of power at sites and the power that they must come to; shape (use, site) and (site,)."""

    worth: Any
    size: Any
    target: Any
    most: Any


def fill(xp: Any, ties: Ties, p: Numbers, s: State, width: float, miss_max: float) -> Filled:  # noqa: PLR0913, PLR0917
    """Share by share, what each site does; a window's end is missed by at most a share of its power."""
    energy, out_1, out_3, into = (xp.take(s.prices[:, k, :], ties.region_of, axis=1) / width for k in range(4))
    left, none = p.unserved / width, xp.zeros_like(energy)
    gain_1 = left[:, 1, :] - out_1 - p.out_inference / width
    gain_3 = left[:, 3, :] - out_3 - p.out_batch / width
    ready_1, ready_3 = xp.clip(gain_1 + 0.5, 0.0, 1.0), xp.clip(gain_3 + 0.5, 0.0, 1.0)
    worth = xp.stack(
        [
            left[:, 0, :] + 0.5 + none,
            left[:, 1, :] + 0.5 - ready_1 * gain_1 + 0.5 * (ready_1 - 0.5) ** 2,
            left[:, 2, :] + 0.5 + none,
            left[:, 3, :] + 0.5 - ready_3 * gain_3 + 0.5 * (ready_3 - 0.5) ** 2,
            into + 0.5 - p.move_in / width,
            none + 0.5,
        ],
        axis=1,
    )
    size = xp.concat([p.demand, *(xp.broadcast_to(p.most[:, None, :], _like(p, k)) for k in range(2))], axis=1)
    home = energy * p.facility
    wish = xp.sum(size * xp.clip(worth - home[:, None, :], 0.0, 1.0), axis=1)
    target = xp.minimum(xp.maximum(wish, p.least), p.most)
    binds = wish != target
    at = xp.where(binds, s.root / width, home)
    for _ in range(CLOSER):
        over, steep = _over(xp, worth, size, at, target)
        at = at + xp.where(binds, over / xp.where(steep > 0.0, steep, FLAT * p.most + NOTHING), 0.0)
    share = xp.clip(worth - at[:, None, :], 0.0, 1.0)
