"""Which like days make a baseline? The latest; or those before them, where the latest were raised."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import MissingData
from wattloom.market.response.contract import LEAST_DAYS, BaselineTerms
from wattloom.market.response.watch import rise_of_like_days

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from wattloom.market.response.view import EventView


def days_of(view: EventView, terms: BaselineTerms, count: int) -> tuple[date, ...]:
    """So many like days, newest first; refused where there are too few to speak of."""
    skipped = count if terms.refuse_raised_days and _raised(view, terms) else 0
    days = view.like_days(count + skipped, gap=terms.days_gap, look_back=terms.look_back_days)[skipped:]
    if len(days) < min(LEAST_DAYS, count):
        raise MissingData(
            f"meter of {view.meter.source}: {len(days)} like days in {terms.look_back_days} days before {view.day}, "
            f"at least {LEAST_DAYS} are wanted"
        )
    return days


def mean_window(view: EventView, days: tuple[date, ...]) -> NDArray[np.float64]:
    """Mean of the event's clock times over days, shape (periods,)."""
    return np.asarray(np.mean([view.window(day) for day in days], axis=0), dtype=np.float64)


def _raised(view: EventView, terms: BaselineTerms) -> bool:
    """Whether the latest like days stand out; not where there are none to compare them with."""
    try:
        return rise_of_like_days(view, terms).unusual
    except MissingData:
        return False
