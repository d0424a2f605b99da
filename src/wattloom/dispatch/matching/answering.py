"""How does what was found become an answer? Judged, certified, and given away as read-only arrays of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattloom.dispatch.matching import rows
from wattloom.dispatch.matching.answer import Match
from wattloom.dispatch.matching.certificate import Certificate, Flows, judge
from wattloom.domain.errors import SolveError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wattloom.dispatch.matching.certificate import Network
    from wattloom.dispatch.matching.exact import Exact

GAP_MAX = 1e-3
"""Above this share of the cost an answer of the climb is not taken."""
RESIDUAL_MAX = 1e-7
"""Misses of all rows and bounds in sum, relative."""
EXACT_RESIDUAL_MAX = 1e-5
"""Of the simplex, whose rows hold to 1e-7 MW each."""


def certified(told: tuple[float, float, float], *, method: str, rounds: int, passes: int) -> Certificate:
    """Of what the judge said: cost, bound and residual."""
    cost, bound, missed = told
    return Certificate(
        cost_cny_per_h=cost,
        bound_cny_per_h=bound,
        gap=gap_of(told),
        residual=missed,
        method="exact" if method == "exact" else "prices",
        rounds=rounds,
        passes=passes,
    )


def gap_of(told: tuple[float, float, float]) -> float:
    """Of cost and bound, as a share of the cost."""
    return (told[0] - told[1]) / max(abs(told[0]), 1.0)


def good_enough(told: tuple[float, float, float]) -> bool:
    """Whether an answer of the climb is taken."""
    return gap_of(told) <= GAP_MAX and told[2] <= RESIDUAL_MAX


def certified_exact(
    exact: Exact, matrix: NDArray[np.float64], net: Network, *, rounds: int
) -> tuple[Flows, Certificate]:
    """Flows and certificate of an optimum; `SolveError` where it does not pass as every other answer must."""
    flows = Flows(exact.supply_mw, exact.line_mw, exact.corridor_mw)
    told = judge(matrix, exact.setpoints_mw, net, flows, exact.prices)
    if not (gap_of(told) <= GAP_MAX and told[2] <= EXACT_RESIDUAL_MAX):
        raise SolveError(
            f"the exact answer has a gap of {gap_of(told):.1e} and misses its rows by {told[2]:.1e}; "
            "look for numbers of very different size in the tick"
        )
    return flows, certified(told, method="exact", rounds=rounds, passes=exact.iterations)


def answered(
    setpoints: NDArray[np.float64],
    flows: Flows,
    prices: NDArray[np.float64],
    certificate: Certificate,
    cpu_s: float,
) -> Match:
    """The answer as it is given away: arrays of its own, read-only; set-points are not copied."""
    supply, line, corridor = flows.supply.copy(), flows.line.copy(), flows.corridor.copy()
    prices = prices.reshape(4, -1).copy()
    for array in (setpoints, supply, line, corridor, prices):
        array.setflags(write=False)
    lines = line.size // 2
    return Match(
        served_it_mw=setpoints[: rows.MOVED_OUT],
        moved_out_it_mw=setpoints[rows.MOVED_OUT : rows.MOVED_IN],
        moved_in_it_mw=setpoints[rows.MOVED_IN],
        idle_it_mw=setpoints[rows.IDLE],
        charge_mw=setpoints[rows.CHARGED],
        discharge_mw=setpoints[rows.DISCHARGED],
        supply_mw=supply[:, :-1],
        shortfall_mw=supply[:, -1],
        forward_mw=line[:lines],
        backward_mw=line[lines:],
        corridor_it_mw=corridor,
        prices_cny_per_mwh=prices,
        certificate=certificate,
        cpu_s=cpu_s,
    )
