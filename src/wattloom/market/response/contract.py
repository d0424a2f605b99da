"""What is a baseline? One function from an event's view, and the terms of its rule, to the kW that would be drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from wattloom.domain.errors import InputError
from wattloom.domain.members import member, names_of
from wattloom.domain.text import SILENT, Text
from wattloom.market.response import baselines
from wattloom.rules.response import programme

if TYPE_CHECKING:
    from datetime import date

    import numpy as np
    from numpy.typing import NDArray

    from wattloom.market.response.view import EventView

LEAST_DAYS = 3
"""Fewer like days than these make no baseline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineTerms:
    """What a rule says of its baseline. Defaults are common practice, unverified: a rule's own words go before them."""

    days_back: int = 10
    """Like days looked at."""
    days_kept: int = 5
    """Of them, those with the most energy."""
    days_gap: int = 1
    """Days from the newest like day to the event."""
    look_back_days: int = 45
    adjustment: Literal["multiplicative", "additive"] = "multiplicative"
    adjustment_hours: float = 4.0
    """Length of the stretch that ends with the notice."""
    adjustment_cap: float | None = 0.2
    """Most change either way, of the baseline; None: no limit."""
    anchor_hours: float = 8.0
    """Length of the stretch before that: who raises both to be believed pays for so many hours more."""
    refuse_unusual_rise: bool = True
    """Whether, after a rise before notice that like days do not know, the stretch before it adjusts."""
    unusual_deviations: float = 1.0
    """A rise of more standard deviations is unusual; low, as what takes its place is nearly as good."""
    refuse_raised_days: bool = False
    """Whether like days that lie above those before them give way to these."""
    balance_celsius: tuple[float, float] = (15.0, 18.0)
    """Below the first it is heated, above the second cooled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A baseline, and how it came about."""

    kw: NDArray[np.float64]
    """Shape (periods of the event,)."""
    days: tuple[date, ...] = ()
    """Like days that went in."""
    factor: float = 1.0
    """Of an adjustment: adjusted over not adjusted, mean."""
    note: Text = SILENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """A way to count what would have been drawn."""

    name: Text
    of: Callable[[EventView, BaselineTerms], Counted]


def baseline_names() -> tuple[str, ...]:
    """Every method, sorted."""
    return names_of(baselines)


def counted(method: str, view: EventView, terms: BaselineTerms | None = None) -> Counted:
    """The baseline of an event by a method.

    Raises:
        FutureRefused: it reached for what was not known at notice, or a plan was logged after it.
        MissingData: there are too few like days, or no temperature.
        InputError: no such method, or it does not fit the event.
    """
    if method not in baseline_names():
        raise InputError.one("baseline", found=repr(method), expected=f"one of {', '.join(baseline_names())}",
                             remedy="choose one")  # fmt: skip
    found: Baseline = member(baselines, method, "BASELINE")
    return found.of(view, terms or BaselineTerms())


def terms_of(key: str) -> tuple[str, BaselineTerms]:
    """Method and terms of a baseline that a document describes.

    Example:
        >>> terms_of("beijing_2015")[0]
        'high_of_like_days'
    """
    found = programme(key)
    if not found.method:
        raise InputError.one("baseline", found=repr(key), expected="a baseline of rules/response.toml",
                             remedy="name one, such as beijing_2015")  # fmt: skip
    own = {name: stated.value for name, stated in found.parameters.items()}
    whole = {name: int(value) for name, value in own.items() if name.startswith("days_")}
    return found.method, BaselineTerms(**{**own, **whole})  # type: ignore[arg-type]
