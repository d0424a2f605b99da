"""Which sizes meet the goals at least cost, and what does the year look like then?

One program over the year. Charges of one billing mode price the grid; rules and goals bind as requirements. The same
function re-dispatches fixed sizes: it is then given assets without choices.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from wattloom.assets.contract import Asset, Choice, Part, Surroundings
from wattloom.assets.site import Built, Site
from wattloom.domain import measures
from wattloom.domain.measures import Ratio
from wattloom.domain.text import Text
from wattloom.domain.verdicts import Clause, Confidence, Requirement
from wattloom.plan.bindings import bindings_of
from wattloom.plan.figures import figures
from wattloom.plan.result import CostLine, Outcome
from wattloom.solve.path import Path
from wattloom.solve.program import Program

if TYPE_CHECKING:
    from wattloom.domain.charges import Charges
    from wattloom.domain.flows import Flows
    from wattloom.domain.time import TimeAxis
    from wattloom.domain.weather import Place, Weather
    from wattloom.plan.project import Finance, Goals
    from wattloom.rules.contract import RulePack
    from wattloom.solve.solution import Solution

TIE_BREAK_CNY_PER_MWH = 0.1
"""A thousandth of what energy costs: keeps a plan from charging and discharging at once where energy is curtailed."""
USER_GOAL = Clause(document=Text("project file", "项目文件"), article=Text("goals", "目标"), confidence=Confidence.USER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Everything that one program needs, series resolved: what is asked, where, under which rules and weather."""

    assets: Mapping[str, Asset]
    place: Place
    axis: TimeAxis
    weather: Weather | None
    goals: Goals
    finance: Finance
    pack: RulePack | None
    """None where no territory's rules apply, as in benchmarks."""
    grid_instead: Mapping[str, Asset] = field(default_factory=dict)
    """The public grid that an off-grid site is compared with."""
    operating_year: int = 1
    exact: bool = False
    years: float = 1.0

    def with_sizes(self, sizes: Mapping[str, Mapping[str, float]]) -> Question:
        """The same question with chosen sizes held."""
        return replace(self, assets={name: held(asset, sizes.get(name, {})) for name, asset in self.assets.items()})

    def market_price(self) -> Any:
        """What energy costs on the market, from the asset that buys it; None off-grid."""
        prices = (getattr(asset, "energy_price_cny_per_mwh", None) for asset in self.assets.values())
        return next((price for price in prices if price is not None), None)

    def mean_market_price(self) -> float | None:
        """Mean of the market price, CNY/MWh; None off-grid."""
        price = self.market_price()
        return price if price is None or isinstance(price, float | int) else float(price.values.mean())


def held(asset: Asset, sizes: Mapping[str, float]) -> Asset:
    """An asset whose choices are replaced by the sizes given for them."""
    names = {item.name for item in fields(asset)} & set(sizes)  # type: ignore[arg-type]
    chosen = {name: max(0.0, sizes[name]) for name in names if isinstance(getattr(asset, name), Choice)}
    return replace(asset, **chosen) if chosen else asset  # type: ignore[type-var]


def sizes_of(outcome: Outcome) -> dict[str, dict[str, float]]:
    """All sizes of a design, by asset and field."""
    return {name: {key: float(size) for key, size in part.sizes.items()} for name, part in outcome.parts.items()}


def answer(question: Question, charges: Charges | None) -> Outcome:
    """The cheapest design and its year under one way of being billed; raises `Infeasible` where there is none."""
    program = Program(question.axis)
    built = site_of(question, charges).add_to(program)
    requirements = requirements_of(question, built.flows)
    for requirement in requirements:
        if requirement.binds:
            program.require(requirement.rule, requirement.slack() * (1.0 / question.axis.hours) >= 0)
    solution = program.solve(Path(exact=question.exact))
    return outcome_of(question, charges, built=built, solution=solution)


def site_of(question: Question, charges: Charges | None) -> Site:
    """The assets in their surroundings."""
    around = Surroundings(
        axis=question.axis,
        place=question.place,
        weather=question.weather,
        charges=charges,
        parts={},
        operating_year=question.operating_year,
        years=question.years,
        exports_allowed=question.pack.exports_allowed if question.pack else True,
    )
    return Site(
        assets=question.assets,
        around=around,
        discount_rate=question.finance.discount_rate,
        tie_break_cny_per_mwh=TIE_BREAK_CNY_PER_MWH,
    )


def requirements_of(question: Question, flows: Flows) -> tuple[Requirement, ...]:
    """Goals of the user and ratios of the rules, over the same flows."""
    asked: list[Requirement] = []
    for name, ratio in _GOALS.items():
        limit = getattr(question.goals, name)
        if limit is not None:
            sense = "<=" if name.endswith("_max") else ">="
            asked.append(
                Requirement(rule=name, ratio=ratio(flows), sense=sense, limit=limit, clause=USER_GOAL)  # type: ignore[arg-type]
            )
    if question.pack:
        bind = question.goals.rules_bind
        asked.extend(replace(r, binds=r.binds and bind) for r in question.pack.requirements(flows))
    return tuple(asked)


def _import_share(flows: Flows) -> Ratio:
    """Energy from the public grid, of all consumption."""
    return Ratio(numerator=flows.energy_mwh(flows.imported_mw), denominator=flows.energy_mwh(flows.load_mw()))


_GOALS = {
    "green_share_hourly_min": measures.green_share_hourly_of_load,
    "green_share_annual_min": measures.green_share_annual_of_load,
    "green_share_with_certificates_min": measures.green_share_with_certificates_of_load,
    "carbon_free_share_hourly_min": measures.carbon_free_share_hourly_of_load,
    "import_share_max": _import_share,
}


def outcome_of(question: Question, charges: Charges | None, *, built: Built, solution: Solution) -> Outcome:
    """The solved year with its figures, verdicts and prices."""
    parts = without_dust(built.solved(solution))
    solved = replace(built, parts=parts, solved_already=True)
    flows = solved.flows
    requirements = requirements_of(question, flows)
    settled = question.pack.verdicts if question.pack else ()
    costs = _cost_lines(solved)
    return Outcome(
        mode=charges.mode if charges else "off_grid",
        axis=question.axis,
        parts=parts,
        flows=flows,
        costs=costs,
        measures=figures(flows, question.axis, question.pack),
        verdicts=(*settled, *(requirement.verdict() for requirement in requirements)),
        bindings=bindings_of(solution, question=question, requirements=requirements, parts=parts),
        yearly_cost_cny=sum(line.yearly_cny for line in costs),
        report=solution.report,
    )


DUST = 1e-6
"""Of the largest size: what an interior point leaves where nothing is built."""


def without_dust(parts: Mapping[str, Part]) -> dict[str, Part]:
    """The parts, with sizes that are nothing but what a solver left behind told as 0."""
    sizes = {name: {key: float(size) for key, size in part.sizes.items()} for name, part in parts.items()}
    least = DUST * max((size for of_part in sizes.values() for size in of_part.values()), default=0.0)
    return {
        name: replace(part, sizes={key: size if size > least else 0.0 for key, size in sizes[name].items()})
        for name, part in parts.items()
    }


def _cost_lines(built: Built) -> tuple[CostLine, ...]:
    """One line an item that costs or earns anything."""
    lines = []
    for part in built.parts.values():
        for item in part.costs:
            yearly = float(built.site.yearly(item)) / built.site.around.years
            if yearly or item.capital_cny:
                lines.append(
                    CostLine(asset=part.name, item=item.item, capital_cny=float(item.capital_cny), yearly_cny=yearly)
                )
    return tuple(lines)
