"""Why is there no plan, and what is the least change that lets one exist?

Each goal, rule and size limit is given up in turn while all others stand, which are made dear to give up: those whose
giving up lets a plan exist are named with the least change that does. Where none alone is enough, all are given up
together by the least sum. Steps of several hours are enough to tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from wattloom.assets.contract import Asset, Choice, Size, Stage
from wattloom.domain.errors import Infeasible, SolveError
from wattloom.domain.glossary import inside, unit_of_size
from wattloom.domain.text import Text
from wattloom.plan.coarse import coarser
from wattloom.plan.sizing import Question, requirements_of, site_of
from wattloom.solve.program import Program

if TYPE_CHECKING:
    from wattloom.domain.charges import Charges
    from wattloom.domain.verdicts import Requirement

STEP_HOURS = 4
RELEVANT = 1e-4
"""Part of a limit below which a change is rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing given up: what it is now, and how far it must move."""

    what: str
    """Key of a goal or a rule; asset and field of a size, such as sun.power_mw."""
    now: float
    needed: float
    sense: Literal[">=", "<=", ""] = ""
    """Of a share; empty for a size."""

    @property
    def share(self) -> bool:
        """Whether the numbers are shares."""
        return bool(self.sense)

    def gives_way(self) -> bool:
        """Whether something is given up, and more than rounding."""
        step = self.now - self.needed if self.sense == ">=" else self.needed - self.now
        return step > RELEVANT * max(abs(self.now), RELEVANT)

    def named(self) -> Text:
        """What must give way, in words."""
        if self.share:
            return (FLOOR if self.sense == ">=" else CEILING).filled(what=inside(self.what))
        asset, _, field = self.what.partition(".")
        return Text(f"the {inside(field).en} of {asset}", f"“{asset}”的{inside(field).zh}")

    def sentence(self) -> Text:
        """As a planner says it."""
        if self.share:
            now, needed = (Text(f"{100 * x:.1f} %", f"{100 * x:.1f}%") for x in (self.now, self.needed))
            said = LOWER if self.needed < self.now else RAISE
        else:
            unit = unit_of_size(self.what.partition(".")[2])
            now, needed = Text.same(f"{self.now:,.4g}"), Text.same(f"{self.needed:,.4g} {unit}")
            said = RAISE
        return said.filled(what=self.named(), now=now, needed=needed)


FLOOR = Text("the floor on {what}", "{what}的下限")
CEILING = Text("the ceiling on {what}", "{what}的上限")
LOWER = Text("lower {what} from {now} to {needed}", "将{what}由 {now} 降至 {needed}")
RAISE = Text("raise {what} from {now} to {needed}", "将{what}由 {now} 提高到 {needed}")


def explain(question: Question, charges: Charges | None) -> Infeasible:
    """The refusal in the planner's words: what conflicts, and which single change is enough."""
    soft = _soft(coarser(question, STEP_HOURS), charges)
    together = soft.changes(soft.names)
    if not together:
        return Infeasible(NOT_GOALS)
    ways = [found for name in soft.names if (found := soft.changes([name]))]
    if ways and not any(change.share for way in ways for change in way) and len(soft.asked) > 1:
        ways.append(soft.changes([requirement.rule for requirement in soft.asked]))
    if any(ways):
        things = list(dict.fromkeys(change.what for way in ways for change in way))
        named = {change.what: change.named() for way in ways for change in way}
        said = [_listed([change.sentence() for change in way], comma="，", last="，并") for way in ways if way]
        conflict = ALONE if len(things) == 1 else CONFLICT
        return Infeasible(conflict.filled(what=_listed([named[what] for what in things]), ways=_lines(said)))
    return Infeasible(TOGETHER.filled(ways=_lines([change.sentence() for change in together])))


def _lines(texts: list[Text]) -> Text:
    """One line each."""
    return Text.joined((Text.same("  - ") + text for text in texts), Text.same("\n"))


def _listed(texts: list[Text], *, comma: str = "、", last: str = "、") -> Text:
    """A list in words, with the Chinese signs between its members."""
    first = Text.joined(texts[:-1], Text(", ", comma))
    return Text.joined((first, texts[-1]), Text(" and ", last))


CONFLICT = Text(
    "no plan: {what} cannot all be kept. Any one of these lets a plan exist:\n{ways}",
    "没有可行方案：{what}无法同时满足。以下任一调整即可使方案成立：\n{ways}",
)
ALONE = Text(
    "no plan: {what} cannot be kept. This lets a plan exist:\n{ways}",
    "没有可行方案：{what}无法满足。作如下调整即可使方案成立：\n{ways}",
)
TOGETHER = Text(
    "no plan, and no single change is enough. Together these are:\n{ways}",
    "没有可行方案，且任何单项调整都不够。以下调整须同时进行：\n{ways}",
)
NOT_GOALS = Text(
    "no plan, and neither goals nor sizes are the reason: "
    "the load cannot be served in some period; look at limits given as series and at least powers",
    "没有可行方案，且原因不在目标与规模：某些时段负荷无法供应；请检查以序列给出的限值与最低功率",
)


def _limited(asset: Asset) -> list[str]:
    """Fields of an asset that limit a size from above; a load's own size is what is asked, not a limit."""
    if asset.STAGE is Stage.LOAD:
        return []
    found = []
    for item in fields(asset):  # type: ignore[arg-type]
        value, is_size = getattr(asset, item.name), item.name in _SIZE_FIELDS
        limited = np.isfinite(value.max) if isinstance(value, Choice) else is_size and isinstance(value, float | int)
        if limited:
            found.append(item.name)
    return found


_SIZE_FIELDS = frozenset({"power_mw", "energy_mwh", "capacity_mva", "capacity_mw", "store_mwh", "quantity_mw"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Soft:
    """A question whose goals, rules and size limits may each give way, at a price; written once, solved for each."""

    program: Program
    asked: tuple[Requirement, ...]
    """Goals and rules; each is a row of the program by its own name, in average MW."""
    limits: Mapping[str, float]
    """Size limits, each a row by the name of the size."""

    @property
    def names(self) -> list[str]:
        """What may give way."""
        return [*(requirement.rule for requirement in self.asked), *self.limits]

    def changes(self, names: list[str]) -> list[Change]:
        """The least changes of some things while all else stands; empty where they are not enough."""
        weights = {r.rule: 1.0 for r in self.asked} | {name: 1.0 / max(size, 1.0) for name, size in self.limits.items()}
        dear = {name: weight if name in names else HELD * weight for name, weight in weights.items()}
        try:
            given = self.program.elastic(dear)
        except SolveError:
            return []
        found = [
            Change(what=name, now=limit, needed=limit + given.violations[name]) for name, limit in self.limits.items()
        ]
        for requirement in self.asked:
            ratio = requirement.ratio
            above, below = (given.solution.value(part) for part in (ratio.numerator, ratio.denominator))
            reached = replace(ratio, numerator=above, denominator=below).value or 0.0
            found.append(Change(what=requirement.rule, now=requirement.limit, needed=reached, sense=requirement.sense))
        moved = [change for change in found if change.gives_way()]
        return moved if {change.what for change in moved} <= set(names) else []


HELD = 100.0
"""How much dearer it is to move what is to stand. What moves even so must; a single change that is a hundred times the
change of other things is no help to anybody. Larger values cost the solver precision."""


def _soft(question: Question, charges: Charges | None) -> _Soft:
    """The program without costs, its sizes free and their limits rows of their own."""
    limits: dict[str, float] = {}
    assets = {name: _freed(name, asset, limits) for name, asset in question.assets.items()}
    program = Program(question.axis)
    built = site_of(replace(question, assets=assets), charges).add_to(program, costs=False)
    for name, limit in limits.items():
        asset, field = name.split(".")
        program.require(name, built.parts[asset].sizes[field] <= limit)
    asked = [requirement for requirement in requirements_of(question, built.flows) if requirement.binds]
    for requirement in asked:
        program.require(requirement.rule, requirement.slack() * (1.0 / question.axis.hours) >= 0)
    # A ratio between numbers only is kept or not, whatever gives way.
    rows = tuple(requirement for requirement in asked if requirement.rule in program.model.constraints)
    return _Soft(program=program, asked=rows, limits=limits)


def _freed(name: str, asset: Asset, limits: dict[str, float]) -> Asset:
    """An asset whose sizes may grow past their limits, which are noted."""
    changes: dict[str, Size] = {}
    for field in _limited(asset):
        size = getattr(asset, field)
        least, limit = (size.min, size.max) if isinstance(size, Choice) else (float(size), float(size))
        limits[f"{name}.{field}"] = limit
        changes[field] = Choice(min=least)
    return replace(asset, **changes) if changes else asset  # type: ignore[type-var]
