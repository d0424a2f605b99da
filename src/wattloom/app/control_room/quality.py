"""Can a measured value be believed, and what stands in its place where it cannot? Arrays over all points at once.

A value is shown as it was sent, always. It counts only while it is good: within its limits, in keeping with its site's
other meters, moving as a running meter moves, of an instant that has come and is not long past. Otherwise the last good
value stands in its place for a while, then what the day's plan expects there; which of the three, and why, is told.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from wattloom.domain.text import Text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.app.control_room.points import Batch, Points

GOOD, STUCK, OUTSIDE, IMPOSSIBLE, AHEAD, STALE = range(6)
"""Verdicts on a point, in the order in which they are told."""
MEASURED, LAST_GOOD, EXPECTED = range(3)
"""What a used value is."""
VERDICTS = (
    Text("good", "正常"),
    Text("stuck: the same to the last digit", "卡死：末位始终不变"),
    Text("outside its limits", "超出限值"),
    Text("contradicts the site's other meter", "与本站另一表计矛盾"),
    Text("of an instant that has not come", "时标超前"),
    Text("not heard of for too long", "久未上报"),
)
VERDICT_WORDS = ("good", "stuck", "out_of_range", "impossible", "clock_ahead", "stale")
USED_WORDS = ("measured", "last_good", "expected")
LIES = (STUCK, OUTSIDE, IMPOSSIBLE, AHEAD)
"""Verdicts on a meter that speaks and is not right; a stale one is silent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """How long and how far is a value believed? All assumed: agree them with who measures."""

    stale_s: float = 6.0
    """A point that was not heard of for longer is stale."""
    ahead_s: float = 5.0
    """How far a sender's clock may be ahead."""
    same_max: int = 4
    """A running power meter repeats itself to the last digit no more often than this."""
    hold_s: float = 900.0
    """So long the last good value stands in; then what the plan expects."""
    below_it: float = 0.97
    """Facility power, battery aside, is at least so much of the IT power: two meters of class 0.5 and their timing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurements:
    """What was heard of every point, shape (point,)."""

    raw: NDArray[np.float64]
    """As sent last; not-a-number where nothing was."""
    raw_s: NDArray[np.float64]
    """Its instant; minus infinity where nothing was heard."""
    same: NDArray[np.int32]
    """How often in a row it came again, equal to the last digit."""
    verdict: NDArray[np.uint8]
    """On the last one, as it came: `GOOD`, `STUCK`, `OUTSIDE` or `AHEAD`."""
    good: NDArray[np.float64]
    good_s: NDArray[np.float64]
    """The last good value and its instant."""
    late: int = 0
    """Values older than the one there, which changed nothing."""

    @classmethod
    def none(cls, count: int) -> Measurements:
        """Nothing heard yet."""
        return cls(
            raw=np.full(count, np.nan),
            raw_s=np.full(count, -np.inf),
            same=np.zeros(count, dtype=np.int32),
            verdict=np.full(count, STALE, dtype=np.uint8),
            good=np.full(count, np.nan),
            good_s=np.full(count, -np.inf),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What counts at an instant, shape (point,)."""

    values: NDArray[np.float64]
    verdict: NDArray[np.uint8]
    by: NDArray[np.uint8]
    """`MEASURED`, `LAST_GOOD` or `EXPECTED`."""


def heard(m: Measurements, batch: Batch, points: Points, trust: Trust) -> Measurements:
    """The measurements after a batch."""
    at_s = np.broadcast_to(batch.at_s, batch.slots.shape)
    fresh = at_s > m.raw_s[batch.slots]
    slots, values, at_s = batch.slots[fresh], batch.values[fresh], at_s[fresh]
    ahead = at_s > batch.taken_s + trust.ahead_s
    same = np.where(values == m.raw[slots], m.same[slots] + 1, 0).astype(np.int32)
    verdict = np.zeros(slots.size, dtype=np.uint8)
    verdict[ahead] = AHEAD
    meter = np.zeros(points.count, dtype=bool)
    for name in ("it_mw", "draw_mw"):
        meter[points.place("sites", name)] = True
    verdict[meter[slots] & (same >= trust.same_max) & (values != 0.0)] = STUCK
    verdict[(values < points.low[slots]) | (values > points.high[slots])] = OUTSIDE
    # An instant that has not come would shut out every honest one until it has.
    at_s = np.minimum(at_s, batch.taken_s + trust.ahead_s)
    good = verdict == GOOD
    return replace(
        m,
        raw=_put(m.raw, slots, values),
        raw_s=_put(m.raw_s, slots, at_s),
        same=_put(m.same, slots, same),
        verdict=_put(m.verdict, slots, verdict),
        good=_put(m.good, slots[good], values[good]),
        good_s=_put(m.good_s, slots[good], at_s[good]),
        late=m.late + int(batch.slots.size - slots.size),
    )


def used(m: Measurements, points: Points, trust: Trust, *, now_s: float, expected: NDArray[np.float64],
         battery_mw: NDArray[np.float64]) -> Used:  # fmt: skip
    """What counts now, each point judged beside the others of its site.

    Args:
        m: what was heard.
        points: where each value lies.
        trust: how long and how far values are believed.
        now_s: the instant, seconds since 1970-01-01 UTC.
        expected: what the day's plan has at each point, shape (point,).
        battery_mw: power of each site's battery, shape (site,): it may feed the machines.
    """
    verdict = m.verdict.copy()
    it_mw, draw_mw = (points.window(m.raw, "sites", name) for name in ("it_mw", "draw_mw"))
    # A meter that tells nothing is not-a-number, and contradicts nobody.
    lies = draw_mw + battery_mw < trust.below_it * it_mw
    for name in ("it_mw", "draw_mw"):
        window = points.window(verdict, "sites", name)
        window[lies & (window == GOOD)] = IMPOSSIBLE
    verdict[now_s - m.raw_s > trust.stale_s] = STALE
    by = np.where(verdict == GOOD, MEASURED, LAST_GOOD).astype(np.uint8)
    by[(by == LAST_GOOD) & ~(now_s - m.good_s <= trust.hold_s)] = EXPECTED
    values = np.where(by == EXPECTED, expected, m.good)
    values[by == MEASURED] = m.raw[by == MEASURED]
    return Used(values=values, verdict=verdict, by=by)


def of_sites(found: Used, points: Points) -> NDArray[np.uint8]:
    """The verdict on each site: the worst of its power meters; a lie tells more than silence, shape (site,)."""
    it_mw, draw_mw = (points.window(found.verdict, "sites", name) for name in ("it_mw", "draw_mw"))
    lying = np.where((it_mw != STALE) & (it_mw > GOOD), it_mw, np.where(draw_mw != STALE, draw_mw, GOOD))
    return np.asarray(np.where(lying != GOOD, lying, np.maximum(it_mw, draw_mw)), dtype=np.uint8)


def _put(values: NDArray[Any], slots: NDArray[np.int32], new: NDArray[Any]) -> NDArray[Any]:
    """A copy with new values at some places."""
    found = values.copy()
    found[slots] = new
    return found
