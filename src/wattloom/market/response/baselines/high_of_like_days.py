"""What was drawn at these hours on those of the latest like days that used most?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.text import Text
from wattloom.market.response.choosing import days_of, mean_window
from wattloom.market.response.contract import Baseline, BaselineTerms, Counted

if TYPE_CHECKING:
    from datetime import date

    from wattloom.market.response.view import EventView


def high_days(view: EventView, terms: BaselineTerms) -> tuple[date, ...]:
    """Of the latest `days_back` like days the `days_kept` with the highest mean power; the newest of equals."""
    days = days_of(view, terms, terms.days_back)
    power = np.array([view.whole_day(day).mean() for day in days])
    return tuple(days[place] for place in np.argsort(-power, kind="stable")[: terms.days_kept])


def mean_of_high_days(view: EventView, terms: BaselineTerms) -> Counted:
    """Mean over the highest of the like days."""
    days = high_days(view, terms)
    return Counted(kw=mean_window(view, days), days=days)


BASELINE = Baseline(name=Text("mean of the highest like days", "同类日中最高数日均值"), of=mean_of_high_days)
