"""What does a spot market allow in a bid, what does it charge for deviating from one, and how is risk weighed?

Prices are told in CNY/MWh; a market in another currency has the same arithmetic, and its results are in that currency.
The bidder is a price taker: its bid is taken not to move the price, which only holds while it is small in its market.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from wattloom.domain.errors import InputError, Problem
from wattloom.domain.text import Text
from wattloom.domain.verdicts import Clause, Confidence
from wattloom.market.settlement import DeviationRule

if TYPE_CHECKING:
    from collections.abc import Sequence

MWH_PER_KWH = Fraction(1, 1000)
PRICE_TAKER = Text(
    "Price taker: the bid is taken not to move the clearing price. It holds while the load is small in its market.",
    "按价格接受者计：假定申报不影响出清价格，仅在负荷相对市场足够小时成立。",
)
OF_THE_FILE = Clause(document=Text("bid file", "申报文件"), confidence=Confidence.USER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a bid may look like."""

    floor_cny_per_mwh: float
    cap_cny_per_mwh: float
    """Energy bid at the cap is bought at every price: demand at the cap is served first, and rationing is left out."""
    steps_max: int
    """Price–quantity steps in one period."""
    price_tick_cny_per_mwh: float = 0.01
    quantity_tick_mw: float = 0.001

    def __post_init__(self) -> None:
        """Refuse limits that no bid can keep."""
        refuse(
            [
                *at_least("steps_max", self.steps_max, 1),
                *at_least("cap_cny_per_mwh", self.cap_cny_per_mwh, self.floor_cny_per_mwh),
                *above_zero("price_tick_cny_per_mwh", self.price_tick_cny_per_mwh),
                *above_zero("quantity_tick_mw", self.quantity_tick_mw),
            ]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviationTerms:
    """What using more or less than the award costs, beyond the real-time price of the difference."""

    free_share: float = 0.0
    """Of the award of each period: so much more or less costs nothing beyond its price."""
    fee_cny_per_mwh: float = 0.0
    """For each MWh beyond that, either way. A high fee is a limit that is broken only in need."""
    clause: Clause = OF_THE_FILE

    def __post_init__(self) -> None:
        """Refuse what would pay for deviating."""
        refuse([*at_least("free_share", self.free_share, 0.0), *at_least("fee_cny_per_mwh", self.fee_cny_per_mwh, 0.0)])

    @property
    def rule(self) -> DeviationRule:
        """The same for the settlement, in exact numbers."""
        share, price = exact(self.free_share), exact(self.fee_cny_per_mwh) * MWH_PER_KWH
        return DeviationRule(
            over_share=share,
            under_share=min(share, Fraction(1)),
            over_price_cny_per_kwh=price,
            under_price_cny_per_kwh=price,
            clause=self.clause,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """How much weight the worst scenarios have: (1 − weight) · mean + weight · CVaR of the day's cost."""

    weight: float = 0.0
    level: float = 0.9
    """CVaR is the mean of the dearest 1 − level of the scenarios (Rockafellar and Uryasev, J. Risk 2 (2000) 21-41)."""

    def __post_init__(self) -> None:
        """Refuse weights and levels outside their range."""
        refuse(
            [
                *within("weight", self.weight, 0.0, 1.0),
                *within("level", self.level, 0.0, 1.0),
                *([_problem("level", self.level, "below 1", "take 0.9 or 0.95")] if self.level == 1.0 else []),
            ]
        )


def exact(value: float) -> Fraction:
    """A printed number as the fraction that it prints.

    Example:
        >>> exact(0.1)
        Fraction(1, 10)
    """
    return Fraction(str(value))


def refuse(problems: Sequence[Problem]) -> None:
    """Raise all problems at once, where there are any."""
    if problems:
        raise InputError(list(problems))


def at_least(where: str, value: float, least: float) -> list[Problem]:
    """A number below its least value."""
    return [] if value >= least else [_problem(where, value, f"at least {least:g}", "raise it")]


def above_zero(where: str, value: float) -> list[Problem]:
    """A number that must be above nought."""
    return [] if value > 0 else [_problem(where, value, "above 0", "raise it")]


def within(where: str, value: float, low: float, high: float) -> list[Problem]:
    """A number outside its range."""
    return [] if low <= value <= high else [_problem(where, value, f"{low:g} to {high:g}", "correct it")]


def _problem(where: str, value: float, expected: str, remedy: str) -> Problem:
    """What is wrong with a number."""
    return Problem(where=where, found=f"{value:g}", expected=expected, remedy=remedy)
