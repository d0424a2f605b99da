"""What stands at its limit, and what would one unit more cost or save?"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from wattloom.assets.contract import Choice
from wattloom.domain.flows import number
from wattloom.plan.result import Binding

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wattloom.assets.contract import Part
    from wattloom.domain.verdicts import Requirement
    from wattloom.plan.sizing import Question
    from wattloom.solve.solution import Solution

PERCENTAGE_POINT = 0.01
PRICE_CNY_MIN = 1.0
"""Prices below this many CNY a year are rounding of the solver."""


def bindings_of(
    solution: Solution, *, question: Question, requirements: tuple[Requirement, ...], parts: Mapping[str, Part]
) -> tuple[Binding, ...]:
    """Every ratio and every size limit that has a price."""
    ratios = [_ratio_binding(solution, question, r) for r in requirements if r.binds]
    limits = [
        _limit_binding(solution, name, item.name, parts[name])
        for name, asset in question.assets.items()
        for item in fields(asset)  # type: ignore[arg-type]
        if isinstance(getattr(asset, item.name), Choice)
    ]
    return tuple(binding for binding in (*ratios, *limits) if binding)


def _ratio_binding(solution: Solution, question: Question, requirement: Requirement) -> Binding | None:
    """What one percentage point of a ratio costs a year: the dual of its row, which is kept in average MW."""
    per_mw = solution.dual(requirement.rule)
    below = solution.value(requirement.ratio.denominator) / question.axis.hours
    price = abs(float(per_mw)) * abs(number(below)) * PERCENTAGE_POINT / question.years
    if price < PRICE_CNY_MIN:
        return None
    million = price / 1e6
    harder_en, harder_zh = ("more", "提高") if requirement.sense == ">=" else ("less", "降低")
    return Binding(
        requirement=requirement.rule,
        price=price,
        unit="CNY/a per percentage point",
        sentence_en=(
            f"{requirement.rule} stands at its limit of {requirement.limit:.0%}: "
            f"one percentage point {harder_en} costs {million:,.2f} million CNY a year"
        ),
        sentence_zh=(
            f"{requirement.rule} 达到限值 {requirement.limit:.0%}：再{harder_zh}一个百分点，"
            f"每年成本增加 {price / 1e4:,.1f} 万元"
        ),
    )


def _limit_binding(solution: Solution, name: str, field: str, part: Part) -> Binding | None:
    """What one unit more of a size at its largest would save a year."""
    price = solution.reduced_cost(f"{name}.{field}")
    if price > -PRICE_CNY_MIN:
        return None
    unit = field.rsplit("_", 1)[-1].upper().replace("MWH", "MWh")
    return Binding(
        requirement=f"{name}.{field}",
        price=price,
        unit=f"CNY/a per {unit}",
        sentence_en=(
            f"{name} is at its largest, {part.sizes[field]:,.1f} {unit}: one more would save {-price:,.0f} CNY a year"
        ),
        sentence_zh=f"{name} 达到上限 {part.sizes[field]:,.1f} {unit}：每增加一单位每年可节省 {-price:,.0f} 元",
    )
