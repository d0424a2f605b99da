"""What is paid for standing ready and for following the grid's frequency? Storage capacity price, frequency mileage.

Every figure of a province is a fact of its rules, with the clause; the formulas stand here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

from wattloom.domain.errors import InputError
from wattloom.domain.money import Rounding, exact, rounded
from wattloom.rules.dating import in_force

if TYPE_CHECKING:
    from wattloom.domain.verdicts import Clause
    from wattloom.rules.contract import Territory

HUNDRED = 100
MILEAGE_FACTS = (
    "weight_rate",
    "weight_response",
    "weight_accuracy",
    "rate_score_max",
    "response_standard_s",
    "error_allowed_share",
    "score_max",
    "score_min",
    "price_min_cny_per_mw",
    "price_max_cny_per_mw",
)
"""Names of the market facts behind the rule, after `frequency_`; from the fourth on as the fields of `MileageRule`."""


def storage_capacity_price_cny_per_kw_year(
    coal_price_cny_per_kw_year: Fraction, *, discharge_h: Fraction, longest_peak_h: Fraction
) -> Fraction:
    """Doc 114 of 2026: the coal price, for the part of the longest yearly net-load peak that a store outlasts.

    Example:
        >>> storage_capacity_price_cny_per_kw_year(Fraction(165), discharge_h=Fraction(4), longest_peak_h=Fraction(6))
        Fraction(110, 1)
    """
    if longest_peak_h <= 0:
        raise InputError.one(
            "longest_peak_h", found=str(longest_peak_h), expected="hours above 0", remedy="give the province's figure"
        )
    return coal_price_cny_per_kw_year * min(Fraction(1), discharge_h / longest_peak_h)


@dataclass(frozen=True, slots=True, kw_only=True)
class MileageRule:
    """A province's rule for frequency mileage, as Hunan's of 2025-10-24."""

    weights: tuple[Fraction, Fraction, Fraction]
    """Of rate, response and accuracy."""
    rate_score_max: Fraction
    """K1 counts up to this."""
    response_standard_s: Fraction
    """T0."""
    error_allowed_share: Fraction
    """E0, of rated power."""
    score_max: Fraction
    """K counts up to this in the payment."""
    score_min: Fraction
    """Ka: below it a unit may not take part."""
    price_min_cny_per_mw: Fraction
    price_max_cny_per_mw: Fraction
    clause: Clause


def mileage_rule(land: Territory, day: date) -> MileageRule:
    """The rule of a territory as in force on a day; refused where no source states it whole."""
    known = {name: in_force(land.market.get(f"frequency_{name}", ()), day.year, day=day) for name in MILEAGE_FACTS}
    values = {name: exact(float(fact.value)) for name, fact in known.items() if fact and fact.value is not None}
    absent = sorted(set(MILEAGE_FACTS) - set(values))
    fact = known["score_min"]
    if absent or fact is None:
        raise InputError.one(
            f"frequency mileage of {land.key}",
            found=f"no {', '.join(absent)} on {day}",
            expected="a rule that a source states",
            remedy="give a MileageRule of your own, with its clause",
        )
    rate, response, accuracy = (values.pop(name) for name in MILEAGE_FACTS[:3])
    return MileageRule(weights=(rate, response, accuracy), clause=fact.clause, **values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """How a unit followed its signal."""

    rate_share: Fraction
    """Measured rate, of rated power a minute."""
    standard_rate_share: Fraction
    """Vpu: the rate that the rule takes as 1, of rated power a minute."""
    delay_s: Fraction
    error_share: Fraction
    """Mean error, of rated power."""


def performance(rule: MileageRule, response: Response) -> Fraction:
    """K, rounded to two places and capped: weighted scores of rate, response and accuracy."""
    of_rate = min(response.rate_share / response.standard_rate_share, rule.rate_score_max)
    of_response = 1 - response.delay_s / rule.response_standard_s
    of_accuracy = 1 - response.error_share / rule.error_allowed_share
    scores = (of_rate, of_response, of_accuracy)
    score = sum((weight * one for weight, one in zip(rule.weights, scores, strict=True)), start=Fraction(0))
    places = rounded(score.numerator * HUNDRED, score.denominator, Rounding.HALF_UP)
    return min(Fraction(places, HUNDRED), rule.score_max)


def mileage_pay_cny(
    rule: MileageRule, response: Response, *, mileage_mw: Fraction, price_cny_per_mw: Fraction, factor: Fraction
) -> Fraction:
    """Pay of an hour: factor M × mileage × clearing price × K; exact."""
    if not rule.price_min_cny_per_mw <= price_cny_per_mw <= rule.price_max_cny_per_mw:
        raise InputError.one(
            "mileage price",
            found=f"{float(price_cny_per_mw):g} CNY/MW",
            expected=f"{float(rule.price_min_cny_per_mw):g} to {float(rule.price_max_cny_per_mw):g} CNY/MW",
            remedy="give the clearing price of the hour",
        )
    score = performance(rule, response)
    if score < rule.score_min:
        raise InputError.one(
            "performance",
            found=f"K = {float(score):.2f}",
            expected=f"at least {float(rule.score_min):g}, to take part",
            remedy="leave the unit's hours out",
        )
    return factor * mileage_mw * price_cny_per_mw * score
