"""Which sorts of files are there besides the plan's, and which keys has each?

A sort is called by one word wherever it is named: `project check --sort bids`, `project schema --sort bids`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from wattloom.app.flexibility_value_project import ValueProject
from wattloom.app.settle_month_project import SettleProject
from wattloom.domain.errors import InputError
from wattloom.domain.text import Text
from wattloom.edge.projects.sections import SectionOf
from wattloom.edge.projects.table import (
    SCHEMA_KEYS,
    certificates_shape,
    dispatch_shape,
    forecast_shape,
    kinds_found,
    match_shape,
    plain_section,
    pool_shape,
)
from wattloom.market.bids.project import BidProject

PLAN = "plan"
"""The sort of the project file itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sort:
    """A sort of files."""

    key: str
    title: Text
    page: str
    """Of the reference, without its ending."""
    guide: str
    """Of the docs: how such a file is begun."""
    shape: Callable[[], SectionOf]
    """Every key of it."""
    has_assets: bool = False


def _plain(cls: type[Any], title: str) -> Callable[[], SectionOf]:
    """The shape of a file that is one dataclass."""
    return lambda: replace(plain_section(cls), title=title, ignored=SCHEMA_KEYS)


bid_shape = _plain(BidProject, "the bid file")
settle_shape = _plain(SettleProject, "the settle file")
value_shape = _plain(ValueProject, "the value file")

_SORTS = (
    Sort(key="dispatch", title=Text("The dispatch file", "调度文件"), page="dispatch-file", guide="dispatch-a-day",
         shape=lambda: dispatch_shape(kinds_found()), has_assets=True),
    Sort(key="match", title=Text("The match file", "匹配文件"), page="match-file", guide="match-twelve-provinces",
         shape=match_shape),
    Sort(key="forecast", title=Text("The forecast file", "预测文件"), page="forecast-file",
         guide="forecast-a-station", shape=forecast_shape),
    Sort(key="bids", title=Text("The bid file", "申报文件"), page="bid-file", guide="bid-in-the-spot-market",
         shape=bid_shape),
    Sort(key="settle", title=Text("The settle file", "结算文件"), page="settle-file", guide="settle-a-month",
         shape=settle_shape),
    Sort(key="certificates", title=Text("The certificates file", "凭证文件"), page="certificates-file",
         guide="match-certificates", shape=certificates_shape),
    Sort(key="pool", title=Text("The pool file", "资源池文件"), page="pool-file", guide="run-a-vpp-event",
         shape=lambda: pool_shape(kinds_found()), has_assets=True),
    Sort(key="value", title=Text("The value file", "灵活性价值文件"), page="value-file", guide="value-flexibility",
         shape=value_shape),
)  # fmt: skip

SORTS: Mapping[str, Sort] = {sort.key: sort for sort in _SORTS}
"""By key."""


def sort_of(key: str) -> Sort:
    """The sort of a key; `InputError` lists those that are known."""
    if key in SORTS:
        return SORTS[key]
    raise InputError.one("sort", found=key, expected=f"one of {', '.join((PLAN, *SORTS))}", remedy="write one of these")
