"""What shall run now, with the award of the day ahead in hand? The load's day again, against real-time prices.

What was awarded is settled and stays. What is decided is the draw of the periods to come: each MWh that differs from
the award is bought or given back at the real-time price, and beyond the free share it costs the fee. What has run is
held, so that the plan goes on from the work that really waits and the content that is really there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.flows import TIME
from wattloom.market.bids.day_ahead import APART, AWARD, SECONDS_MAX, BidQuestion, add_deviations, add_tie_break
from wattloom.market.bids.load import BOUGHT
from wattloom.solve.program import Program

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.solve.lp import SolveReport


@dataclass(frozen=True, slots=True, kw_only=True)
class RealTimePlan:
    """What the load does in each period of the day, as decided at some instant."""

    draw_mw: NDArray[np.float64]
    """Shape (period,)."""
    over_mw: NDArray[np.float64]
    """Drawn above the award."""
    under_mw: NDArray[np.float64]
    """Left below the award."""
    objective_cny: float
    """Of what differs from the award, at the prices foreseen, fees, wear and waiting included."""
    kept_cny: float = 0.0
    """Of it: wear of the battery, waiting and pausing."""
    decisions: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    """What runs and moves, by variable: what a later plan holds for the periods that are over."""
    report: SolveReport | None = None


class RealTimeDesk:
    """The program of a load's day, kept in the solver: each decision changes its numbers only."""

    def __init__(self, question: BidQuestion) -> None:
        """Write the program once."""
        self.question = question
        program = Program(question.axis)
        self._load = question.load.add_to(program, question.axis)
        none = program.flow(AWARD, upper=0.0)
        fees = add_deviations(program, self._load.draw_mw, none, question.deviation)
        # The prices stand in for those of each decision; the award moves the sides of the two rows of deviation.
        program.cost("energy", 1.0 * self._load.draw_mw.sum(TIME))
        if not isinstance(fees, float):
            program.cost("fees", fees.sum(TIME))
        self._tie = add_tie_break(program, self._load.draw_mw, none)
        program.cost("tie break", self._tie)
        if not isinstance(self._load.wear_cny, int | float):
            program.cost("kept", self._load.wear_cny)
        self._live = program.open()
        self._variables = {name: program.model.variables[name] for name in self._load.decisions}
        self._bounds = {name: self._live.bounds(name) for name in self._load.decisions}

    def plan(
        self,
        award_mw: NDArray[np.float64],
        price_cny_per_mwh: NDArray[np.float64],
        *,
        before: RealTimePlan | None = None,
        now: int = 0,
    ) -> RealTimePlan:
        """The cheapest rest of the day.

        Args:
            award_mw: of the day ahead; shape (period,).
            price_cny_per_mwh: real time, as expected; shape (period,). What is over does not matter.
            before: the plan followed so far.
            now: period from which on things can still be decided.
        """
        axis, terms, live = self.question.axis, self.question.deviation, self._live
        price = np.asarray(price_cny_per_mwh) * axis.step_hours
        live.set_cost(BOUGHT, price)
        if terms.fee_cny_per_mwh:
            live.set_right("over", -(1.0 + terms.free_share) * award_mw)
            live.set_right("under", max(1.0 - terms.free_share, 0.0) * award_mw)
        live.set_right(APART, -1.0 * award_mw)
        over = np.arange(axis.count) < (0 if before is None else now)
        for name, (low, high) in self._bounds.items():
            ran = low if before is None else np.clip(before.decisions[name], low, high)
            live.set_bounds(name, lower=np.where(over, ran, low), upper=np.where(over, ran, high))
        solution = live.solve(seconds_max=SECONDS_MAX)
        drawn = np.asarray(solution.value(self._load.draw_mw))
        return RealTimePlan(
            draw_mw=drawn,
            over_mw=np.maximum(drawn - award_mw, 0.0),
            under_mw=np.maximum(award_mw - drawn, 0.0),
            objective_cny=solution.objective - float(solution.value(self._tie)) - float(price @ award_mw),
            kept_cny=float(solution.value(self._load.wear_cny)),
            decisions={name: np.asarray(solution.value(one)) for name, one in self._variables.items()},
            report=solution.report,
        )


def real_time_plan(
    question: BidQuestion, award_mw: NDArray[np.float64], price_cny_per_mwh: NDArray[np.float64]
) -> RealTimePlan:
    """The cheapest day beside an award at real-time prices as expected, shape (period,) each, for one day alone."""
    return RealTimeDesk(question).plan(award_mw, price_cny_per_mwh)
