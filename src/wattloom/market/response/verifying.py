"""How much of a response counts, and what is paid for it? Whole watts and minutes in, whole fen out.

The baseline says what would have been drawn, the meter what was; how much of the difference counts, from which share of
what was called for, and what a shortfall costs, is said by a `ResponseRule`. Powers are taken to the watt, so that an
event's energy is a whole number of watt-minutes; ratios stay fractions, and each line is rounded once, to the fen.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import InputError, Problem
from wattloom.domain.money import fen
from wattloom.domain.text import SILENT, Text

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from wattloom.domain.verdicts import Clause
    from wattloom.market.response.rule import ResponseRule

W_PER_KW = 1000
W_MIN_PER_KWH = 60 * W_PER_KW

CALLED_UP_SHORT = Text(
    "the event lasted {found} min, the rule wants {wanted} min", "事件持续 {found} 分钟，规则要求不少于 {wanted} 分钟"
)
PEAK_NOT_BELOW = Text(
    "the highest power within the event did not stay below the baseline's", "响应时段最大负荷未低于基线最大负荷"
)
ENERGY = Text("response, energy", "响应电量费用")
EVENT = Text("response, capacity of the event", "响应容量费用（按次）")
PENALTY = Text("response, shortfall", "响应不足考核费用")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One stretch that is judged by itself, in watt-minutes."""

    minutes: int
    called_w_min: int
    delivered_w_min: int
    """By the baseline; below zero where more was drawn than it says."""
    counted_w_min: Fraction
    """What is paid for."""
    short_w_min: Fraction
    """What the penalty is counted on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """An event as the rule sees it."""

    blocks: tuple[Block, ...]
    valid: bool
    """Whether anything of it counts."""
    why_not: Text = SILENT

    @property
    def called_kwh(self) -> Fraction:
        """What was called for."""
        return Fraction(sum(block.called_w_min for block in self.blocks), W_MIN_PER_KWH)

    @property
    def delivered_kwh(self) -> Fraction:
        """Baseline less meter, or the other way round where more was called for."""
        return Fraction(sum(block.delivered_w_min for block in self.blocks), W_MIN_PER_KWH)

    @property
    def counted_kwh(self) -> Fraction:
        """What is paid for."""
        return sum((block.counted_w_min for block in self.blocks), start=Fraction(0)) / W_MIN_PER_KWH

    @property
    def short_kwh(self) -> Fraction:
        """What the penalty is counted on."""
        return sum((block.short_w_min for block in self.blocks), start=Fraction(0)) / W_MIN_PER_KWH

    @property
    def share(self) -> Fraction:
        """Delivered, of what was called for."""
        return self.delivered_kwh / self.called_kwh

    @property
    def counted_kw(self) -> Fraction:
        """Mean power that counts."""
        return self.counted_kwh * 60 / sum(block.minutes for block in self.blocks)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseLine:
    """One item of an event's statement."""

    item: Text
    amount_fen: int
    """Below zero is owed."""
    clause: Clause
    exact_cny: Fraction
    """Before the one rounding."""
    formula: str


def verified(
    baseline_kw: ArrayLike, metered_kw: ArrayLike, *, called_kw: ArrayLike, step_minutes: int, rule: ResponseRule
) -> Verified:
    """An event, judged.

    Args:
        baseline_kw: what would have been drawn, shape (periods,).
        metered_kw: what was, shape (periods,).
        called_kw: response called for, above zero in either direction: one number, or shape (periods,).
        step_minutes: of a period.
        rule: how a response is judged.

    Example:
        >>> from wattloom.market.response.rule import plain_rule
        >>> rule = plain_rule("2.7", paid_from_share="0.8", paid_to_share="1.2")
        >>> float(verified([10_000] * 4, [7_000] * 4, called_kw=2_000, step_minutes=15, rule=rule).counted_kwh)
        2400.0
    """
    base, meter = _watts(baseline_kw), _watts(metered_kw)
    called = np.broadcast_to(_watts(called_kw), base.shape) if np.ndim(called_kw) == 0 else _watts(called_kw)
    _refuse((base, meter, called), step_minutes, rule)
    delivered = base - meter if rule.direction == "down" else meter - base
    why_not = _why_not(base, meter, step_minutes, rule)
    steps = base.size if rule.judged_minutes is None else rule.judged_minutes // step_minutes
    blocks = tuple(
        _block(int(called[start : start + steps].sum()) * step_minutes,
               int(delivered[start : start + steps].sum()) * step_minutes,
               minutes=steps * step_minutes, rule=rule, counts=not why_not)
        for start in range(0, base.size, steps)
    )  # fmt: skip
    return Verified(blocks=blocks, valid=not why_not, why_not=why_not)


def paid(event: Verified, rule: ResponseRule) -> tuple[ResponseLine, ...]:
    """The lines of an event's statement: what it earns, and what a shortfall costs."""
    prices = rule.prices(len(event.blocks))
    energy = sum((block.counted_w_min * price for block, price in zip(event.blocks, prices, strict=True)), Fraction(0))
    short = sum((block.short_w_min * price for block, price in zip(event.blocks, prices, strict=True)), Fraction(0))
    lines = [_line(ENERGY, energy / W_MIN_PER_KWH, rule, f"Σ counted kWh × price = {float(event.counted_kwh):g} kWh")]
    if rule.price_cny_per_kw_event:
        amount = event.counted_kw * rule.price_cny_per_kw_event
        told = f"{float(event.counted_kw):g} kW × {float(rule.price_cny_per_kw_event):g} CNY/kW"
        lines.append(_line(EVENT, amount, rule, told))
    if event.short_kwh and rule.penalty_of_price:
        amount = -short * rule.penalty_of_price / W_MIN_PER_KWH
        told = f"−Σ {float(event.short_kwh):g} kWh × price × {float(rule.penalty_of_price):g}"
        lines.append(_line(PENALTY, amount, rule, told))
    return tuple(lines)


def _line(item: Text, amount_cny: Fraction, rule: ResponseRule, formula: str) -> ResponseLine:
    """A line, rounded once."""
    return ResponseLine(
        item=item, amount_fen=fen(amount_cny, rule.rounding), clause=rule.clause, exact_cny=amount_cny, formula=formula
    )


def _block(called: int, delivered: int, *, minutes: int, rule: ResponseRule, counts: bool) -> Block:
    """One stretch, judged by its shares."""
    full = rule.paid_to_share * called
    reaches = delivered > 0 and delivered >= rule.paid_from_share * called
    counted = min(Fraction(delivered), full) + rule.share_above * max(delivered - full, Fraction(0))
    return Block(
        minutes=minutes,
        called_w_min=called,
        delivered_w_min=delivered,
        counted_w_min=counted if counts and reaches else Fraction(0),
        short_w_min=max(rule.penalty_below_share * called - max(delivered, 0), Fraction(0)),
    )


def _why_not(base: NDArray[np.int64], meter: NDArray[np.int64], step_minutes: int, rule: ResponseRule) -> Text:
    """Why nothing of an event counts; silent where it does."""
    if base.size * step_minutes < rule.minutes_min:
        return CALLED_UP_SHORT.filled(found=base.size * step_minutes, wanted=rule.minutes_min)
    if rule.direction == "down" and rule.peak_below_baseline and meter.max() >= base.max():
        return PEAK_NOT_BELOW
    return SILENT


def _watts(power_kw: ArrayLike) -> NDArray[np.int64]:
    """Powers to the watt; refused where one is missing."""
    values = np.asarray(power_kw, dtype=np.float64)
    if not np.isfinite(values).all():
        raise InputError.one(
            "response, power",
            found=f"{int((~np.isfinite(values)).sum())} of {values.size} values missing",
            expected="a value for each period of the event",
            remedy="complete the meter's readings by their rule first",
        )
    return np.rint(values * W_PER_KW).astype(np.int64)


def _refuse(arrays: tuple[NDArray[np.int64], ...], step_minutes: int, rule: ResponseRule) -> None:
    """Refuse what cannot be judged, all at once."""
    base, meter, called = arrays
    judged = rule.judged_minutes
    whole = judged is None or (judged % step_minutes == 0 and base.size * step_minutes % judged == 0)
    checks = (
        (base.ndim == 1 and base.shape == meter.shape == called.shape and base.size > 0, "periods",
         f"{base.shape}, {meter.shape} and {called.shape}", "as many of baseline, meter and call, one at least"),
        (whole, "length", f"{base.size} periods of {step_minutes} min", f"whole stretches of {judged} min"),
        (called.size > 0 and bool((called >= 0).all()) and int(called.sum()) > 0, "called_kw", "not above zero",
         "the response called for, above zero in either direction"),
    )  # fmt: skip
    problems = [
        Problem(where=f"response, {where}", found=found, expected=expected, remedy="correct the event")
        for right, where, found, expected in checks
        if not right
    ]
    if problems:
        raise InputError(problems)
