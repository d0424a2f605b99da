"""How do plans at good prices become plans that keep every row? The mending of `settling`, for many ticks at once.

Corridors follow what sites send and take; what finds no corridor is served at home; lines keep their flow, and supply
fills each region's need, cheapest first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from wattloom.dispatch.matching.many.numbers import Numbers, State, Ties

TRIFLE_MW = 1e-12


class Plan(NamedTuple):
    """Set-points and flows of many ticks, MW."""

    setpoints: Any
    """Shape (tick, 10, site), in the order of `rows`."""
    supply: Any
    """Shape (tick, region, step + 1)."""
    line: Any
    """Shape (tick, direction)."""
    corridor: Any


def settled(xp: Any, ties: Ties, p: Numbers, s: State, setpoints: Any) -> Plan:
    """A plan that keeps the rows, from set-points that nearly do and the shares of lines and corridors."""
    corridor, keep = _corridors(xp, ties, p, s, setpoints)
    setpoints, asked = _home(xp, ties, p, setpoints, keep)
    line, asked = _lines(xp, ties, p, s.line_share, asked)
    given = setpoints[:, 9, :] @ ties.of_region
    less = xp.minimum(given, xp.maximum(-asked, 0.0))
    kept = 1.0 - less / xp.maximum(given, TRIFLE_MW)
    discharged = setpoints[:, 9:, :] * xp.take(kept, ties.region_of, axis=1)[:, None, :]
    supply = _supply(xp, p, asked + less)
    return Plan(xp.concat([setpoints[:, :9, :], discharged], axis=1), supply, line, corridor)


def _corridors(xp: Any, ties: Ties, p: Numbers, s: State, setpoints: Any) -> tuple[Any, Any]:
    """Flows that fit what is moved out and in, and the share that stays of each, shape (tick, 3 · region).

    Flows grow towards the exporters where there is room, then shrink to what arrivals take.
    """
    out = xp.concat([setpoints[:, 4, :] @ ties.of_region, setpoints[:, 5, :] @ ties.of_region], axis=1)
    into = setpoints[:, 6, :] @ ties.of_region
    flow = p.corridor_mw * s.corridor_share
    asked = flow @ ties.of_corridor_out
    grown = xp.where(asked > 0.0, out / xp.where(asked > 0.0, asked, 1.0), 1.0)
    flow = xp.minimum(flow * xp.take(grown, ties.corridor_out, axis=1), p.corridor_mw)
    arriving = flow @ ties.of_corridor_in
    shrunk = xp.where(arriving > into, into / xp.where(arriving > 0.0, arriving, 1.0), 1.0)
    flow = flow * xp.take(shrunk, ties.corridor_in, axis=1)
    there = xp.concat([out, into], axis=1)
    taken = xp.concat([flow @ ties.of_corridor_out, flow @ ties.of_corridor_in], axis=1)
    return flow, xp.where(there > 0.0, xp.minimum(taken / xp.where(there > 0.0, there, 1.0), 1.0), 1.0)


def _home(xp: Any, ties: Ties, p: Numbers, y: Any, keep: Any) -> tuple[Any, Any]:
    """Serve at home what found no corridor, dearest first, and keep the window; energy asked of each region.

    Inference that stays takes free power, then that of batch, then that of training: it is dearer to leave.
    """
    regions = ties.of_region.shape[1]
    kept = [xp.take(keep[:, k * regions : (k + 1) * regions], ties.region_of, axis=1) for k in range(3)]
    served_0, served_1, served_2, served_3 = (y[:, k, :] for k in range(4))
    out_1, out_3, moved_in = (y[:, 4 + k, :] * kept[k] for k in range(3))
    back_1, back_3 = y[:, 4, :] - out_1, y[:, 5, :] - out_3
    others = served_0 + moved_in + y[:, 7, :]
    room = xp.maximum(p.most - (others + served_1 + served_2 + served_3), 0.0)
    free = xp.minimum(back_1, room)
    of_batch = xp.minimum(back_1 - free, served_3)
    of_training = xp.minimum(back_1 - free - of_batch, served_2)
    served_1 = served_1 + free + of_batch + of_training
    served_2 = served_2 - of_training
    served_3 = served_3 + xp.minimum(back_3, room - free) - of_batch
    power = others + served_1 + served_2 + served_3
    burnt = xp.maximum(p.least - power, 0.0)
    energy = p.facility * (power + burnt) + y[:, 8, :] - y[:, 9, :]
    changed = [
        served_0,
        served_1,
        served_2,
        served_3,
        out_1,
        out_3,
        moved_in,
        y[:, 7, :] + burnt,
        y[:, 8, :],
        y[:, 9, :],
    ]
    return xp.stack(changed, axis=1), p.fixed_mw + energy @ ties.of_region


def _lines(xp: Any, ties: Ties, p: Numbers, share: Any, asked: Any) -> tuple[Any, Any]:
    """Flows by their shares; a region that gets more than it needs takes less. Energy still asked of supply."""
    flow = p.line_mw * share
    asked = asked + flow @ ties.of_line_from - (flow * p.arrives) @ ties.of_line_to
    for _ in range(asked.shape[1] + 1):
        into = (flow * p.arrives) @ ties.of_line_to
        surplus = xp.minimum(xp.maximum(-asked, 0.0), into)
        if not bool(xp.any(surplus > 0.0)):
            break
        refused = surplus / xp.where(surplus > 0.0, into, 1.0)
        less = flow * xp.take(refused, ties.line_to, axis=1)
        flow = flow - less
        asked = asked - less @ ties.of_line_from + (less * p.arrives) @ ties.of_line_to
    return flow, asked


def _supply(xp: Any, p: Numbers, asked: Any) -> Any:
    """What each step gives, the cheapest first; among equals the first."""
    price, steps = p.step_price, p.step_price.shape[2]
    given = []
    for k in range(steps):
        cheaper = price < price[:, :, k : k + 1]
        equal = price[:, :, :k] == price[:, :, k : k + 1]
        before = xp.sum(xp.where(cheaper, p.step_mw, 0.0), axis=2) + xp.sum(
            xp.where(equal, p.step_mw[:, :, :k], 0.0), axis=2
        )
        given.append(xp.minimum(xp.maximum(asked - before, 0.0), p.step_mw[:, :, k]))
    return xp.stack(given, axis=2)
