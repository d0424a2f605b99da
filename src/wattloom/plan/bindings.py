"""What stands at its limit, and what would one unit more cost or save?"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from wattloom.assets.contract import Choice
from wattloom.domain.flows import number
from wattloom.domain.glossary import inside, unit_of_size
from wattloom.domain.text import Text
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
    ratios = [_ratio_binding(solution, question, r) for r in requirements if r.binds and solution.has(r.rule)]
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
    what = inside(requirement.rule)
    return Binding(
        requirement=requirement.rule,
        price=price,
        unit="CNY/a per percentage point",
        sentence=AT_LIMIT.filled(
            what=Text(what.en[:1].upper() + what.en[1:], what.zh),
            limit=Text(f"{100 * requirement.limit:.4g} %", f"{100 * requirement.limit:.4g}%"),
            harder=MORE if requirement.sense == ">=" else LESS,
            cost=_money(price),
        ),
    )


def _limit_binding(solution: Solution, name: str, field: str, part: Part) -> Binding | None:
    """What one unit more of a size at its largest would save a year."""
    price = solution.reduced_cost(f"{name}.{field}")
    if price > -PRICE_CNY_MIN:
        return None
    unit = unit_of_size(field)
    return Binding(
        requirement=f"{name}.{field}",
        price=price,
        unit=f"CNY/a per {unit}",
        sentence=AT_LARGEST.filled(
            what=inside(field), asset=name, size=f"{float(part.sizes[field]):,.4g}", unit=unit, saved=_money(-price)
        ),
    )


def _money(cny: float) -> Text:
    """An amount of a year in the scale that each language counts in."""
    en = f"{cny / MILLION:,.3g} million CNY" if cny >= SMALLEST_MILLION * MILLION else f"{cny:,.0f} CNY"
    zh = f"{cny / TEN_THOUSAND:,.4g} 万元" if cny >= TEN_THOUSAND else f"{cny:,.0f} 元"
    return Text(en, zh)


MILLION, TEN_THOUSAND, SMALLEST_MILLION = 1e6, 1e4, 0.01
AT_LIMIT = Text(
    "{what} stands at its limit of {limit}: one percentage point {harder} costs {cost} a year",
    "{what}达到限值 {limit}：再{harder}一个百分点，每年成本增加 {cost}",
)
MORE, LESS = Text("more", "提高"), Text("less", "降低")
AT_LARGEST = Text(
    "The {what} of {asset} is at its largest, {size} {unit}: one {unit} more would save {saved} a year",
    "“{asset}”的{what}达到上限 {size} {unit}：每增加 1 {unit}，每年可节省 {saved}",
)
