"""What was drawn at these hours on the latest like days, on average?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattloom.domain.text import Text
from wattloom.market.response.choosing import days_of, mean_window
from wattloom.market.response.contract import Baseline, BaselineTerms, Counted

if TYPE_CHECKING:
    from wattloom.market.response.view import EventView


def mean_of_like_days(view: EventView, terms: BaselineTerms) -> Counted:
    """Mean over the latest `days_back` like days."""
    days = days_of(view, terms, terms.days_back)
    return Counted(kw=mean_window(view, days), days=days)


BASELINE = Baseline(name=Text("mean of the latest like days", "近期同类日均值"), of=mean_of_like_days)
