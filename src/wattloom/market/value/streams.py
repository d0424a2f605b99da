"""What does a response, a mileage or a reserve bring in a year, and what does it cost in work?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattloom.market.response import paid, verified
from wattloom.market.value.computing import WorkClass, blended

if TYPE_CHECKING:
    from wattloom.market.response import ResponseRule

FEN_PER_CNY = 100
STEP_MINUTES = 15
MONTHS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Calls of a programme over a year."""

    rule: ResponseRule
    called_mw: float
    hours: float
    a_year: float
    """Events; a mean may be no whole number."""
    delivered_share: float
    """Of what is called, as the baseline shows it."""
    energy_cny_per_mwh: float = 0.0
    """Energy bill that a MWh not drawn saves, where its work is never made up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventValue:
    """A year of events."""

    gross_cny: float
    """Paid less charged, by the rule."""
    deferred_gpu_hours: float
    lost_gpu_hours: float
    compute_cny: float
    """Waiting, losing, restarting."""
    energy_saved_cny: float
    """Of work that is never made up."""

    @property
    def net_cny(self) -> float:
        """What is left."""
        return self.gross_cny + self.energy_saved_cny - self.compute_cny


def event_value(event: Event, classes: tuple[WorkClass, ...], *, idle_mw: float, make_up_hours: float) -> EventValue:
    """A year of events: statement by the rule's own lines, work made up as far as idle machines allow.

    Args:
        event: the calls.
        classes: whose work gives way, each by its share.
        idle_mw: what idle machines would draw, at the meter.
        make_up_hours: in which the work of an event must be made up, or is lost.
    """
    periods = max(round(60 * event.hours / STEP_MINUTES), 1)
    baseline = np.full(periods, 2 * event.called_mw * 1000)
    metered = baseline - 1000 * event.called_mw * event.delivered_share
    judged = verified(
        baseline, metered, called_kw=1000 * event.called_mw, step_minutes=STEP_MINUTES, rule=event.rule
    )  # fmt: skip
    each_cny = sum(line.amount_fen for line in paid(judged, event.rule)) / FEN_PER_CNY
    mwh = event.called_mw * event.delivered_share * event.hours
    lost_share = max(0.0, 1.0 - idle_mw * make_up_hours / mwh) if mwh > 0 else 0.0
    gpu_hours = blended(classes, "gpu_hours_per_mwh") * mwh
    waits = event.hours / 2 + make_up_hours / 2
    cost = (1 - lost_share) * mwh * waits * blended(classes, "delay_cny_per_mwh_hour")
    cost += lost_share * mwh * blended(classes, "loss_cny_per_mwh")
    cost += event.called_mw * event.delivered_share * blended(classes, "restart_cny_per_mw")
    return EventValue(
        gross_cny=event.a_year * each_cny,
        deferred_gpu_hours=event.a_year * gpu_hours * (1 - lost_share),
        lost_gpu_hours=event.a_year * gpu_hours * lost_share,
        compute_cny=event.a_year * cost,
        energy_saved_cny=event.a_year * mwh * lost_share * event.energy_cny_per_mwh,
    )


def mileage_value(*, mw: float, hours: float, mileage_mw_per_mw_hour: float, price_cny_per_mw: float,
                  score: float) -> float:  # fmt: skip
    """CNY a year for following the grid's frequency: MW × hours × mileage of each × price × score K.

    Example:
        >>> mileage_value(mw=10, hours=1000, mileage_mw_per_mw_hour=6, price_cny_per_mw=8, score=1.5)
        720000.0
    """
    return mw * hours * mileage_mw_per_mw_hour * price_cny_per_mw * score


def reserve_cny(*, mw: float, price_cny_per_kw_month: float, months: float = MONTHS) -> float:
    """CNY a year for standing ready.

    Example:
        >>> reserve_cny(mw=30, price_cny_per_kw_month=0.3, months=3)
        27000.0
    """
    return mw * 1000 * price_cny_per_kw_month * months
