"""What is the answer, in one paragraph? Sentences, key figures and warnings of a site plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wattloom.domain.verdicts import Status
from wattloom.edge.reports import energy, tables
from wattloom.edge.reports.figures import NBSP
from wattloom.edge.reports.words import ABSENT, Words

if TYPE_CHECKING:
    from wattloom.assets.contract import Part
    from wattloom.plan.result import SitePlan

NAMES_SHOWN_MAX = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A key figure, large."""

    name: str
    figure: str
    beside: str = ""

    @property
    def number(self) -> str:
        """The figure without its unit."""
        return self.figure.partition(NBSP)[0]

    @property
    def unit(self) -> str:
        """What stands behind the number."""
        return self.figure.partition(NBSP)[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """What a reader must not miss."""

    text: str
    bad: bool = False
    first: bool = False
    """Whether it stands above the answer, because it changes how to read all of it."""


def cost_reduction(plan: SitePlan) -> float | None:
    """1 − cost of energy ÷ cost of the same facility all on the grid."""
    ours, theirs = plan.outcome.energy_cost_cny_per_mwh, plan.baseline.energy_cost_cny_per_mwh
    return 1.0 - ours / theirs if ours is not None and theirs else None


def paragraph(plan: SitePlan, words: Words) -> str:
    """What to build, what energy then costs, how green it is, whether it pays, whether it is allowed."""
    parts = (_build, _cost, _claim, _green, _money, _rules)
    sentences = [part(plan, words) for part in parts]
    return ("" if words.lang == "zh" else " ").join(filter(None, sentences))


def tiles(plan: SitePlan, words: Words) -> list[Tile]:
    """The figures that a reader asks for first."""
    measures, economics = plan.outcome.measures, plan.economics
    kept, count, open_ = _counts(plan)
    return [
        Tile(
            name=words.term("energy_cost_cny_per_mwh"),
            figure=_figure(words, plan.outcome.energy_cost_cny_per_mwh, "CNY/MWh"),
            beside=words.say("tile_against", value=_figure(words, plan.baseline.energy_cost_cny_per_mwh, "CNY/MWh")),
        ),
        Tile(name=words.term("cost_reduction"), figure=_figure(words, cost_reduction(plan), "1")),
        Tile(
            name=words.term("green_share_hourly"),
            figure=_figure(words, measures.get("green_share_hourly"), "1"),
            beside=words.say("tile_annual", value=_figure(words, measures.get("green_share_annual"), "1")),
        ),
        Tile(
            name=words.term("capital_cny"),
            figure=_figure(words, economics.capital_cny, "CNY"),
            beside=words.say("tile_payback", value=_figure(words, economics.payback_years, "year")),
        ),
        Tile(
            name=words.term("npv_cny"),
            figure=_figure(words, economics.npv_cny, "CNY"),
            beside=words.say("tile_irr", value=_figure(words, economics.irr, "1")),
        ),
        Tile(
            name=words.say("tile_rules"),
            figure=words.say("tile_rules_of", kept=kept, count=count),
            beside=words.say("tile_rules_open", count=open_) if open_ else "",
        ),
    ]


def alerts(plan: SitePlan, words: Words) -> list[Alert]:
    """Weather of elsewhere, rules not kept, facts to be confirmed."""
    found = []
    if not plan.weather_of_site:
        text = words.say("alert_weather", source=plan.weather_source.of(words.lang) or words.say("unknown"))
        found.append(Alert(text=text, first=True))
    failed = _rules_with(plan, Status.FAIL, words)
    if failed:
        found.append(Alert(text=words.say("alert_rules", names=_listed(failed, words)), bad=True))
    undecided = _rules_with(plan, Status.TO_BE_CONFIRMED, words)
    if undecided:
        found.append(Alert(text=words.say("alert_rules_open", names=_listed(undecided, words))))
    doubtful = [_inside(words.term(name), words) for name, fact in plan.facts.items() if fact.to_be_confirmed]
    if doubtful:
        key = "alert_confirm_one" if len(doubtful) == 1 else "alert_confirm"
        left = len(doubtful) - NAMES_SHOWN_MAX
        more = [words.say("and_more", count=left)] if left > 0 else []
        shown = _listed([*doubtful[:NAMES_SHOWN_MAX], *more], words)
        found.append(Alert(text=words.say(key, count=len(doubtful), names=shown)))
    return found


def classified(plan: SitePlan, words: Words) -> list[str]:
    """One sentence for each computing facility: how flexible it is."""
    return [
        words.say("classified", name=name, score=f"{found.score:.0f}", grade=_inside(words.term(found.grade), words))
        for name, found in plan.classifications.items()
    ]


def _build(plan: SitePlan, words: Words) -> str:
    """What is built for which load."""
    names = energy.named_parts(plan.outcome.parts)
    kinds = {
        name: _inside(words.named(named), words) if named.alone else words.named(named) for name, named in names.items()
    }
    built = [_built(part, kinds[name], words) for name, part in plan.outcome.parts.items() if not part.load]
    sizes = [text for text in built if text] or [words.say("size_nothing")]
    load = _figure(words, plan.outcome.measures.get("load_mean_mw"), "MW")
    return words.say("answer_build", load=load, sizes=_listed(sizes, words))


def _built(part: Part, kind: str, words: Words) -> str:
    """One asset's sizes in words; empty for what has none."""
    by_unit = {tables.unit_of(key): float(size) for key, size in part.sizes.items() if float(size) > 0}
    if "MVA" in by_unit and part.kind == "grid":
        return words.say("size_grid", size=words.figure(by_unit["MVA"], "MVA"))
    if {"MW", "MWh"} <= set(by_unit):
        power, content = (words.figure(by_unit[unit], unit) for unit in ("MW", "MWh"))
        return words.say("size_power_energy", kind=kind, power=power, energy=content)
    for unit in ("MW", "MWh", "MVA"):
        if unit in by_unit:
            return words.say("size_plain", size=words.figure(by_unit[unit], unit), kind=kind)
    return ""


def _cost(plan: SitePlan, words: Words) -> str:
    """What energy costs, and what it would cost on the grid."""
    cost, less = plan.outcome.energy_cost_cny_per_mwh, cost_reduction(plan)
    if cost is None:
        return ""
    if less is None:
        return words.say("answer_cost_alone", cost=words.figure(cost, "CNY/MWh"))
    return words.say(
        "answer_cost",
        cost=words.figure(cost, "CNY/MWh"),
        baseline=_figure(words, plan.baseline.energy_cost_cny_per_mwh, "CNY/MWh"),
        cheaper=words.say("cheaper" if less >= 0 else "dearer", share=words.figure(abs(less), "1")),
    )


def _claim(plan: SitePlan, words: Words) -> str:
    """Whether the claim under test holds, and which single assumption would make it hold."""
    claim, less = plan.project.claim, cost_reduction(plan)
    if claim is None or less is None:
        return ""
    asked = words.figure(claim.cost_reduction, "1")
    if less >= claim.cost_reduction:
        return words.say("answer_claim_holds", claim=asked)
    price = plan.break_even.get("break_even_grid_price_cny_per_mwh")
    if price is None:
        return words.say("answer_claim_fails", claim=asked)
    return words.say("answer_claim_price", claim=asked, price=words.figure(price, "CNY/MWh"))


def _green(plan: SitePlan, words: Words) -> str:
    """How much of the load is green, hour by hour and over the year."""
    measures = plan.outcome.measures
    hourly, annual = measures.get("green_share_hourly"), measures.get("green_share_annual")
    if hourly is None:
        return ""
    return words.say("answer_green", hourly=words.figure(hourly, "1"), annual=_figure(words, annual, "1"))


def _money(plan: SitePlan, words: Words) -> str:
    """Whether it pays."""
    economics = plan.economics
    return words.say(
        "answer_money",
        capital=words.figure(economics.capital_cny, "CNY"),
        npv=words.figure(economics.npv_cny, "CNY"),
        irr=_figure(words, economics.irr, "1"),
    )


def _rules(plan: SitePlan, words: Words) -> str:
    """Whether it is allowed."""
    kept, count, _ = _counts(plan)
    if not count:
        return ""
    failed = _rules_with(plan, Status.FAIL, words)
    if not failed:
        return words.say("answer_rules_kept", count=count)
    return words.say("answer_rules_failed", kept=kept, count=count, names=_listed(failed, words))


def _counts(plan: SitePlan) -> tuple[int, int, int]:
    """How many rules are kept, how many judge this plan, how many are undecided."""
    statuses = [verdict.status for verdict in plan.outcome.verdicts]
    kept = statuses.count(Status.PASS)
    return kept, kept + statuses.count(Status.FAIL), statuses.count(Status.TO_BE_CONFIRMED)


def _rules_with(plan: SitePlan, status: Status, words: Words) -> list[str]:
    """The words of the rules with a verdict."""
    return [_inside(words.term(v.rule), words) for v in plan.outcome.verdicts if v.status is status]


def _figure(words: Words, value: float | None, unit: str) -> str:
    """A figure, or a dash."""
    return ABSENT if value is None else words.figure(value, unit)


def _inside(kind: str, words: Words) -> str:
    """A word inside an English sentence is not capitalised; an abbreviation is."""
    return kind[:1].lower() + kind[1:] if words.lang == "en" and not kind[1:2].isupper() else kind


def _listed(texts: list[str], words: Words) -> str:
    """A list in words."""
    if len(texts) < 2 or words.lang == "zh":  # noqa: PLR2004 - one text is no list
        return words.say("comma").join(texts)
    return words.say("and").join((words.say("comma").join(texts[:-1]), texts[-1]))
