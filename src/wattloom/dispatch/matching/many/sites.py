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
CLOSER = 1
"""Steps of Newton's method for all sites, before those that still miss are looked at alone."""


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


class _Uses(NamedTuple):
    """Uses of power that must come to a target together; uses second to last, sites last."""

    worth: Any
    size: Any
    target: Any


def fill(xp: Any, ties: Ties, p: Numbers, s: State, *, width: float, miss_max: float) -> Filled:
    """Share by share, what each site does; a window's end is missed by at most a share of its power."""
    energy, out_1, out_3, into = (xp.take(s.prices[:, k, :], ties.region_of, axis=1) / width for k in range(4))
    left, none = p.unserved / width, xp.zeros_like(energy)
    gain_1 = left[:, 1, :] - out_1 - p.out_inference / width
    gain_3 = left[:, 3, :] - out_3 - p.out_batch / width
    ready_1, ready_3 = share(xp, gain_1 + 0.5), share(xp, gain_3 + 0.5)
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
    home = energy * p.facility
    wish = xp.sum(p.size * _shares(xp, worth, home), axis=1)
    target = xp.minimum(xp.maximum(wish, p.least), p.most)
    binds, uses = wish != target, _Uses(worth, p.size, target)
    at = xp.where(binds, s.root / width, home)
    for _ in range(CLOSER):
        at = xp.where(binds, _closer(xp, uses, at, FLAT * p.most + NOTHING), at)
    missed = binds & (xp.abs(_over(xp, uses, at)) > miss_max * p.most)
    if bool(xp.any(missed)):
        at = _refilled(xp, uses, at, missed)
    return Filled(p.size, _shares(xp, worth, at), at, xp.astype(binds, xp.float64), ready_1, ready_3, energy)


def ask(xp: Any, ties: Ties, p: Numbers, f: Filled, width: float) -> Asked:
    """What sites ask of their regions, and its slopes."""
    size = [f.size[:, use, :] for use in (1, 3, 4)]
    done = [f.share[:, use, :] for use in (1, 3, 4)]
    answers = p.size * still(xp, f.share)
    s1, s3, si = (answers[:, use, :] for use in (1, 3, 4))
    steep = xp.sum(answers, axis=1)
    charge = share(xp, p.charge_value / width - f.energy + 0.5)
    discharge = share(xp, f.energy - p.discharge_value / width + 0.5)
    away_1, away_3 = size[0] * (1.0 - done[0]), size[1] * (1.0 - done[1])
    power = xp.sum(f.size * f.share, axis=1)
    # Where the window binds, what one use gains another loses; where not, all answer to the region's price.
    r1, r3 = s1 * f.ready_1, s3 * f.ready_3
    shared, free = f.bound / (steep + NOTHING), (1.0 - f.bound) * p.facility
    z1, z3 = r1 * shared, r3 * shared
    store = p.charge * still(xp, charge) + p.discharge * still(xp, discharge)
    slope = {
        (0, 0): store + free * p.facility * steep,
        (0, 1): -free * r1,
        (0, 2): -free * r3,
        (0, 3): -free * si,
        (1, 1): away_1 * still(xp, f.ready_1) + r1 * (f.ready_1 - z1),
        (2, 2): away_3 * still(xp, f.ready_3) + r3 * (f.ready_3 - z3),
        (3, 3): si - si * si * shared,
        (1, 2): -z1 * r3,
        (1, 3): -z1 * si,
        (2, 3): -z3 * si,
    }
    balance = (
        (p.facility * power + p.charge * charge - p.discharge * discharge) @ ties.of_region,
        (away_1 * f.ready_1) @ ties.of_region,
        (away_3 * f.ready_3) @ ties.of_region,
        -(size[2] * done[2]) @ ties.of_region,
    )
    return Asked(balance, {key: value @ ties.of_region / width for key, value in slope.items()})


def placed(xp: Any, p: Numbers, f: Filled, width: float) -> Any:
    """Set-points, shape (tick, 10, site), in the order of `rows`."""
    done = f.size * f.share
    left = f.size - done
    charged = p.charge * share(xp, p.charge_value / width - f.energy + 0.5)
    discharged = p.discharge * share(xp, f.energy - p.discharge_value / width + 0.5)
    out = (left[:, 1, :] * f.ready_1, left[:, 3, :] * f.ready_3)
    singles = xp.stack([*out, done[:, 4, :], done[:, 5, :], charged, discharged], axis=1)
    return xp.concat([done[:, :4, :], singles], axis=1)


def _shares(xp: Any, worth: Any, at: Any) -> Any:
    """How much of each use is taken where power costs `at`: none below its worth, all above."""
    return share(xp, worth - at[..., None, :])


def share(xp: Any, gain: Any) -> Any:
    """How much of something is taken: none below 0, all above 1."""
    return xp.minimum(xp.maximum(gain, 0.0), 1.0)


def still(xp: Any, share: Any) -> Any:
    """1 where a share still answers to its price."""
    return xp.astype((share > 0.0) & (share < 1.0), xp.float64)


def _over(xp: Any, uses: _Uses, at: Any) -> Any:
    """By how much power lies above its target where it costs `at`."""
    return xp.sum(uses.size * _shares(xp, uses.worth, at), axis=-2) - uses.target


def _closer(xp: Any, uses: _Uses, at: Any, flat: Any) -> Any:
    """A price at which power is nearer its target: one step of Newton's method."""
    taken = _shares(xp, uses.worth, at)
    over = xp.sum(uses.size * taken, axis=-2) - uses.target
    steep = xp.sum(uses.size * still(xp, taken), axis=-2)
    return at + over / xp.where(steep > 0.0, steep, flat)


def _refilled(xp: Any, uses: _Uses, at: Any, missed: Any) -> Any:
    """The prices inside windows, those that missed found anew."""
    sites, count = at.shape[1], uses.worth.shape[1]
    flat = xp.reshape(missed, (-1,))
    place = xp.nonzero(flat)[0]
    site = place % sites
    row = place // sites * (count * sites) + site
    of = row if uses.size.shape[0] > 1 else site
    worth = xp.stack([xp.take(xp.reshape(uses.worth, (-1,)), row + use * sites) for use in range(count)], axis=0)
    size = xp.stack([xp.take(xp.reshape(uses.size, (-1,)), of + use * sites) for use in range(count)], axis=0)
    found = _crossing(xp, _Uses(worth, size, xp.take(xp.reshape(uses.target, (-1,)), place)))
    slot = xp.cumulative_sum(xp.astype(flat, xp.int64)) - 1
    back = xp.take(found, xp.maximum(slot, 0))
    return xp.where(missed, xp.reshape(back, at.shape), at)


def _crossing(xp: Any, uses: _Uses) -> Any:
    """Prices at which power comes to its target, shape (site,): between two of the twelve where its slope changes."""
    above, below = xp.sum(uses.size, axis=0) - uses.target, -uses.target
    low, high = xp.min(uses.worth, axis=0) - 1.0, xp.max(uses.worth, axis=0)
    for use in range(uses.worth.shape[0]):
        for back in (0.0, 1.0):
            point = uses.worth[use, :] - back
            over = _over(xp, uses, point)
            nearer = (over >= 0.0) & (point > low)
            low, above = xp.where(nearer, point, low), xp.where(nearer, over, above)
            nearer = (over <= 0.0) & (point < high)
            high, below = xp.where(nearer, point, high), xp.where(nearer, over, below)
    drop = above - below
    return low + (high - low) * xp.where(drop > 0.0, above / xp.where(drop > 0.0, drop, 1.0), 0.0)
