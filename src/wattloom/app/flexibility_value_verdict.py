"""Does "tens of millions of yuan a year" hold? Where, under what, and what would have to be otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from wattloom.domain.text import Text
from wattloom.rules import territory

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wattloom.app.flexibility_value_project import ValueProject
    from wattloom.app.flexibility_value_territory import Stream, TerritoryValue

Answer = Literal["reproduced", "under_assumptions", "not_reproduced"]
MILLION, WAN, YI = 1e6, 1e4, 1e8
RESPONSE_REACHED = Text(
    "Demand response alone, of which the article speaks, brings at most {most} a year net of computing ({where}): the "
    "claim of {low} to {high} is reached there, on the figures of the file. ",
    "原文所述“需求响应”一项，扣除算力损失后最高 {most}/年（{where}）：按文件所给数据达到“{low}—{high}”。",
)
RESPONSE_NOT = Text(
    "Demand response alone, of which the article speaks, brings at most {most} a year net of computing ({where}): the "
    "claim of {low} to {high} is not reproduced. ",
    "原文所述“需求响应”一项，扣除算力损失后最高 {most}/年（{where}）：“{low}—{high}”未能复现。",
)
REPRODUCED = Text(
    "With all that flexibility can earn it holds in {where}, net, by the best stream alone ({stream}), on figures that "
    "all have a source or were confirmed.",
    "若计入全部灵活性收益，{where}仅凭最佳单项（{stream}）净收入即可成立，所用数据均有来源或经确认。",
)
UNDER = Text(
    "With all that flexibility can earn it is reached in {where}, net, by the best stream alone ({stream}), but only "
    "on figures that nobody has confirmed: possible, not shown.",
    "若计入全部灵活性收益，{where}仅凭最佳单项（{stream}）净收入可以达到，但所依数据未经确认：可能成立，尚未证实。",
)
NOT = Text(
    "With all that flexibility can earn it is reached in none of the territories asked; the most is {most} in {where}, "
    "by the best stream alone.",
    "即使计入全部灵活性收益，所问地区均未达到；最佳单项最高为{where} {most}。",
)
EVENTS = Text(
    "{where}: demand response brings {gross} gross and {net} net a year; the claim's lower end needs {events} events a "
    "year of the same sort in place of {asked}.",
    "{where}：需求响应年毛收入 {gross}、净收入 {net}；达到下限需同类调用 {events} 次/年（现为 {asked} 次）。",
)
NEVER = Text(
    "{where}: demand response brings {gross} gross a year, and costs more than that in computing: no number of events "
    "reaches the claim.",
    "{where}：需求响应年毛收入 {gross}，低于算力损失：调用再多也达不到。",
)
MANY = Text(
    "Where all {sites} such sites do it, {left} a year are left to each on average by the best stream alone, of "
    "{alone} for one: {total} in all, {market} of it without administrative time-of-use prices; the article says tens "
    "of billions.",
    "{sites} 个同类站点均参与时，单站最佳单项净收入平均余 {left}/年（单独参与 {alone}），合计 {total}，"
    "不计政府分时电价为 {market}；原文称数百亿元。",
)
STREAMS = {
    "time_of_use": Text("time-of-use shifting", "分时平移"),
    "spot": Text("spot spreads", "现货价差"),
    "response": Text("demand response", "需求响应"),
    "frequency": Text("frequency mileage", "调频里程"),
    "reserve": Text("reserve", "备用容量"),
}
AND = Text(", ", "、")


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """What the claim comes to."""

    answer: Answer
    """By the best stream alone, net."""
    of_response: Answer
    """By demand response alone, net."""
    paragraph: Text
    findings: tuple[Text, ...]
    many_total_cny: float
    """Of all sites together, best stream alone, net."""
    many_market_cny: float
    """The same without administrative prices, which do not move when all shift."""


def concluded(project: ValueProject, territories: tuple[TerritoryValue, ...]) -> Conclusion:
    """The claim against every territory's best stream, net."""
    low, high = project.claim_cny
    reaching = [one for one in territories if one.alone_cny() >= low]
    sure = [one for one in reaching if (best := one.best()) is not None and best.confirmed]
    responding = max(territories, key=lambda one: one.of_response_cny())
    by_response = responding.of_response_cny() >= low
    said = RESPONSE_REACHED if by_response else RESPONSE_NOT
    opening = said.filled(most=money(responding.of_response_cny()), where=named([responding]), low=money(low),
                          high=money(high))  # fmt: skip
    findings = (_events(project, one, stream) for one in territories for stream in one.streams)
    return Conclusion(
        answer="reproduced" if sure else "under_assumptions" if reaching else "not_reproduced",
        of_response=_sure_of_response(responding) if by_response else "not_reproduced",
        paragraph=opening + _whole(territories, reaching, sure),
        findings=(*(one for one in findings if one), _many(territories)),
        many_total_cny=_of_all(territories),
        many_market_cny=_of_all_markets(territories),
    )


def _sure_of_response(land: TerritoryValue) -> Answer:
    """Whether what reaches the claim was confirmed."""
    sure = all(one.confirmed for one in land.streams if one.kind == "response")
    return "reproduced" if sure else "under_assumptions"


def _whole(territories: tuple[TerritoryValue, ...], reaching: list[TerritoryValue], sure: list[TerritoryValue]) -> Text:
    """What the best stream of each territory comes to."""
    if not reaching:
        most = max(territories, key=lambda one: one.alone_cny())
        return NOT.filled(where=named([most]), most=money(most.alone_cny()))
    told = sure or reaching
    kinds = dict.fromkeys(best.kind for one in told if (best := one.best()) is not None)
    stream = Text.joined((STREAMS[kind] for kind in kinds), AND)
    return (REPRODUCED if sure else UNDER).filled(where=named(told), stream=stream)


def _many(territories: tuple[TerritoryValue, ...]) -> Text:
    """All sites together."""
    sites, total = sum(one.sites for one in territories), _of_all(territories)
    alone = sum(one.sites * one.alone_cny() for one in territories)
    return MANY.filled(sites=f"{sites:,}", left=money(total / sites), alone=money(alone / sites), total=money(total),
                       market=money(_of_all_markets(territories)))  # fmt: skip


def _of_all(territories: tuple[TerritoryValue, ...]) -> float:
    """Best stream alone of every site, net."""
    return sum(one.sites * one.alone_cny(many=True) for one in territories)


def _of_all_markets(territories: tuple[TerritoryValue, ...]) -> float:
    """The same of streams whose price moves or whose volume is bounded."""
    return sum(
        one.sites * max((stream.many_net_cny for stream in one.streams if stream.kind != "time_of_use"), default=0.0)
        for one in territories
    )


def _events(project: ValueProject, land: TerritoryValue, stream: Stream) -> Text:
    """How many events the claim would need; silent for other streams."""
    entry = project.territories[land.key].response
    if stream.kind != "response" or entry is None or not entry.events_a_year:
        return Text("", "")
    each, where, gross = stream.net_cny / entry.events_a_year, named([land]), money(stream.gross_cny)
    if each <= 0:
        return NEVER.filled(where=where, gross=gross)
    return EVENTS.filled(where=where, gross=gross, net=money(stream.net_cny), asked=f"{entry.events_a_year:g}",
                         events=f"{project.claim_cny[0] / each:.0f}")  # fmt: skip


def named(territories: Iterable[TerritoryValue]) -> Text:
    """Their names."""
    lands = [territory(one.key) for one in territories]
    return Text.joined((Text(land.name_en, land.name_zh) for land in lands), AND)


def money(amount_cny: float) -> Text:
    """An amount for a sentence.

    Example:
        >>> money(1.97e6).en, money(1.97e6).zh, money(9.6e9).zh
        ('1.97 million CNY', '197 万元', '96.0 亿元')
    """
    large = abs(amount_cny) >= YI
    return Text(
        f"{amount_cny / MILLION:,.0f} million CNY" if large else f"{amount_cny / MILLION:.3g} million CNY",
        f"{amount_cny / YI:,.1f} 亿元" if large else f"{amount_cny / WAN:,.0f} 万元",
    )
