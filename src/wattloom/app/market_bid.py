"""Which steps shall be bid for a day, and what is re-bid in real time once it has cleared?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from wattloom.app.forecast_run import provenance
from wattloom.app.market_bid_inputs import bid_inputs
from wattloom.app.market_bid_prices import spot_prices
from wattloom.domain.errors import InputError
from wattloom.domain.ports import Silent
from wattloom.domain.text import Text
from wattloom.domain.time import TimeAxis
from wattloom.forecast.project import day_of, midnight
from wattloom.market.bids import PRICE_TAKER, day_ahead_bid, real_time_plan

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from wattloom.app.market_bid_inputs import BidInputs
    from wattloom.domain.ports import Progress
    from wattloom.forecast.project import ForecastProject
    from wattloom.market.bids import BidQuestion, DayAheadBid, PriceScenarios, RealTimePlan
    from wattloom.market.bids.project import BidProject

REBID = Text(
    "Re-bid in real time: the award is what the clearing prices of the file gave; draw follows the real-time prices "
    "expected.",
    "实时再申报：中标电量按文件所给出清价格确定，用电随期望实时价格调整。",
)
NOT_YET = Text(
    "The day has not cleared: an award is shown for each price scenario, none is known.",
    "该日尚未出清：仅按价格情景给出中标量，尚无实际结果。",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketBid:
    """A day's bid, with what it rests on."""

    inputs: BidInputs
    question: BidQuestion
    day: date
    gate: datetime
    """When it is handed in: nothing known later is in it."""
    scenarios: PriceScenarios
    bid: DayAheadBid
    flat_mw: NDArray[np.float64]
    """What the load draws without shifting; shape (period,)."""
    model: str
    """That answered at the gate."""
    rebid: RealTimePlan | None
    """Where the day-ahead prices of the day are on record: the day again, beside its award."""
    award_mw: NDArray[np.float64] | None
    notes: tuple[Text, ...]
    provenance: Mapping[str, str]

    @property
    def flat_cost_cny(self) -> float:
        """Buying flat, in the mean of the scenarios."""
        hours = self.question.axis.step_hours
        return float((self.scenarios.day_ahead_cny_per_mwh * self.flat_mw).sum(axis=1).mean() * hours)

    @property
    def cost_cny(self) -> float:
        """The bid, in the mean of the scenarios, wear and waiting included."""
        return float(self.bid.cost_cny.mean()) + self.bid.kept_cny


def market_bid(
    project: BidProject,
    forecasts: ForecastProject,
    *,
    folder: Path,
    day: str = "",
    progress: Progress | None = None,
    source: bytes = b"",
) -> MarketBid:
    """The steps of a day, by default of the first after the record.

    Args:
        project: the bid file.
        forecasts: its forecast file.
        folder: of the forecast file.
        day: such as 2026-10-01.
        progress: somebody who wants to know how far it is.
        source: bytes of the bid file, for provenance.
    """
    told, wanted = progress or Silent(), _wanted(day)
    told.step("records of the prices", done=0.05)
    inputs = bid_inputs(project, forecasts, folder=folder, day=wanted)
    zone = inputs.market.ahead.feed.zone
    on = wanted or (inputs.ends - timedelta(seconds=1)).astimezone(zone).date() + timedelta(days=1)
    start = midnight(on, zone)
    told.step(f"prices foreseen for {on}", done=0.2)
    prices = spot_prices(inputs.market, [start])
    told.step("the bid", done=0.7)
    scenarios = prices.scenarios(0, count=project.scenarios, seed=project.seed)
    axis = TimeAxis(start, inputs.question.axis.step_minutes, inputs.question.axis.count)
    question = replace(inputs.question, axis=axis)
    bid = day_ahead_bid(question, scenarios)
    broken = bid.curves.problems(question.limits)
    if broken:
        raise InputError(broken)
    rebid, award = None, None
    cleared = prices.cleared(0)[0]
    if np.isfinite(cleared).all():
        award = bid.curves.awarded_mw(cleared)
        rebid = next((real_time_plan(question, award, expected) for _, expected in prices.updates(0)), None)
    return MarketBid(
        inputs=inputs,
        question=question,
        day=on,
        gate=start - timedelta(seconds=inputs.market.ahead.task.first_lead * inputs.market.ahead.task.step_s),
        scenarios=scenarios,
        bid=bid,
        flat_mw=question.load.flat_mw(axis),
        model=max(prices.used, key=lambda name: prices.used[name]),
        rebid=rebid,
        award_mw=award,
        notes=(
            PRICE_TAKER,
            REBID if rebid is not None else NOT_YET,
            *inputs.notes,
            *prices.notes,
            *(Text.same(note) for note in project.notes),
        ),
        provenance=provenance(source),
    )


def _wanted(day: str) -> date | None:
    """The day asked for; None where none is."""
    found = day_of(day) if day else None
    if day and found is None:
        raise InputError.one("--day", found=f'"{day}"', expected="a day", remedy="write it as 2026-10-01")
    return found
