"""What does the operator of a virtual power plant ask? Members, an event, how much to promise, how to share the pay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from wattloom.assets.contract import Bounds, Example, Help, Level, Names, Unit
from wattloom.assets.kinds.pool.members import (
    BatteryMember,
    ClusterMember,
    Direction,
    Fault,
    FleetMember,
    LoadMember,
    Member,
)
from wattloom.assets.kinds.pool.pool import HOURS_MAX, Pool
from wattloom.dispatch.pool_nominate import Rule
from wattloom.dispatch.project import JobClassEntry, JobsEntry, SiteEntry
from wattloom.domain.time import TimeAxis

PLANS = "plans"
"""Baseline: what members planned before the notice."""
Way = Literal["delivered", "marginal", "shapley"]
MEMBERS_OF_SHAPLEY_MAX = 10
"""Every set of members is paid once: 2^10 is quick, 2^20 is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventEntry:
    """What the grid calls for, and when."""

    start: Annotated[
        str,
        Help("With its zone, such as 2026-07-15T14:00+08:00.", "开始时刻（含时区），如 2026-07-15T14:00+08:00"),
        Example("2026-07-15T14:00+08:00"),
    ]
    hours: Annotated[float, Unit("h"), Bounds(0, HOURS_MAX, open_below=True), Help("Length.", "时长"), Example(2.0)]
    step_minutes: Annotated[Literal[5, 15, 30, 60], Unit("min"), Help("Of a period.", "时段长度")] = 15
    notice_minutes: Annotated[float, Unit("min"), Bounds(0), Help("Before the start.", "提前通知时间")] = 1440.0
    direction: Annotated[Direction, Help("down: draw less; up: draw more.", "down 为削峰，up 为填谷")] = "down"

    def problems(self) -> list[Fault]:
        """A start that is no instant; a length that is no whole number of periods."""
        found: list[Fault] = []
        try:
            known = datetime.fromisoformat(self.start).tzinfo is not None
        except ValueError:
            known = False
        if not known:
            found.append(("start", f'"{self.start}"', "an instant with its zone", "write it as 2026-07-15T14:00+08:00"))
        if (self.hours * 60) % self.step_minutes:
            found.append(("hours", f"{self.hours:g} h", f"whole periods of {self.step_minutes} min",
                          "correct one of the two"))  # fmt: skip
        return found

    @property
    def instant(self) -> datetime:
        """The start."""
        return datetime.fromisoformat(self.start)

    @property
    def day(self) -> date:
        """Of delivery, on the clock of the start."""
        return self.instant.date()

    @property
    def window(self) -> TimeAxis:
        """Its periods."""
        return TimeAxis(self.instant, self.step_minutes, round(self.hours * 60 / self.step_minutes))


@dataclass(frozen=True, slots=True, kw_only=True)
class NominateEntry:
    """How surely the pool must deliver, and what its doubt looks like."""

    probability: Annotated[
        float, Unit("1"), Bounds(0, 0.9999, open_below=True), Help("Of delivering what is promised.", "履约概率")
    ] = 0.95
    confidence: Annotated[
        float, Unit("1"), Bounds(0, 0.9999), Help("With which that is known from the draws.", "置信水平")
    ] = 0.95
    rule: Annotated[
        Rule | Literal["by_programme"],
        Help(
            "Judged as a whole, or stretch by stretch; by_programme: as its document says, else as a whole.",
            "whole_event 按整个事件考核；each_period 逐时段考核；by_programme 按文件规定，未规定时按整个事件",
        ),
    ] = "by_programme"
    draws: Annotated[int, Unit("1"), Bounds(100, 100_000), Help("Events drawn.", "情景数")] = 2000
    fresh_draws: Annotated[
        int, Unit("1"), Bounds(100, 100_000), Help("Drawn anew to check the promise.", "检验用新情景数")
    ] = 4000
    seed: Annotated[int, Unit("1"), Bounds(0), Help("Of the drawing.", "随机种子")] = 1
    correlation: Annotated[
        float, Unit("1"), Bounds(0, 0.99), Help("Between the errors of two members.", "成员误差相关系数")
    ] = 0.3
    persistence_hours: Annotated[
        float,
        Unit("h"),
        Bounds(0),
        Help("Over which an error fades to 37 %.", "误差衰减到 37% 所需时间"),
    ] = 4.0
    past: Annotated[
        Mapping[str, tuple[float, ...]],
        Bounds(0),
        Help(
            "By member: given of what was foreseen in past events, in their order, all members of the same events.",
            "各成员历次事件实际响应与预期之比，按时间顺序，各成员事件一致",
        ),
    ] = field(default_factory=dict)

    def problems(self) -> list[Fault]:
        """Histories of different events."""
        lengths = {name: len(shares) for name, shares in self.past.items()}
        if len(set(lengths.values())) <= 1:
            return []
        return [("past", f"histories of {lengths}", "as many events of each member", "give the same events to all")]


@dataclass(frozen=True, slots=True, kw_only=True)
class AwardEntry:
    """What the market took of the promise, and what happened then."""

    share: Annotated[float, Unit("1"), Bounds(0, 1, open_below=True), Help("Of what was nominated.", "中标比例")] = 1.0
    mw_max: Annotated[float | None, Unit("MW"), Bounds(0), Help("At most.", "中标上限")] = None
    price_cny_per_mwh: Annotated[
        float | None, Unit("CNY/MWh"), Bounds(0), Help("Cleared; empty: the programme's own.", "出清价；空则取规则价")
    ] = None
    meters: Annotated[
        Mapping[str, Level],
        Unit("MW"),
        Help("Draw of members in the event; what they feed in is below zero. Others are drawn by chance.",
             "各成员事件期间净用电功率；未给出者按随机生成"),
    ] = field(default_factory=dict)  # fmt: skip
    drawn_seed: Annotated[
        int, Unit("1"), Bounds(0), Help("Of what members without a meter deliver.", "无表计成员响应的随机种子")
    ] = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleEntry:
    """By which programme the event is judged and paid."""

    programme: Annotated[str, Help("Key, such as guangdong_shave.", "响应品种，如 guangdong_shave"),
                         Example("guangdong_shave")]  # fmt: skip
    given: Annotated[
        Mapping[str, float],
        Help("What its document leaves open: paid_from_share and so on.", "文件未明确的参数，如 paid_from_share"),
    ] = field(default_factory=dict)
    baseline: Annotated[
        str,
        Help(
            "plans: of the members, before the notice; else a documented one, such as beijing_2015.",
            "plans 为成员通知前计划；或文件所定基线，如 beijing_2015",
        ),
    ] = PLANS
    history: Annotated[
        Level | None, Unit("MW"), Help("The pool's net draw on the days before.", "事件前各日资源池净用电功率")
    ] = None
    history_days: Annotated[int, Unit("day"), Bounds(1, 400), Help("Of it.", "历史天数")] = 45


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitEntry:
    """How the pay is parted."""

    way: Annotated[
        Way,
        Help(
            "By what each delivered; by what the pool would lack without it; or the mean of that over all orders.",
            "delivered 按实际响应；marginal 按边际贡献；shapley 按夏普利值",
        ),
    ] = "delivered"
    fee_share: Annotated[
        float, Unit("1"), Bounds(0, 1), Help("Of the pay, to whoever runs the pool.", "聚合商服务费比例")
    ] = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalEntry:
    """An hour of following the grid's frequency signal, settled by mileage."""

    capacity_mw: Annotated[float, Unit("MW"), Bounds(0, open_below=True), Help("Cleared.", "中标调频容量")]
    price_cny_per_mw: Annotated[float, Unit("CNY/MW"), Bounds(0), Help("Clearing price.", "里程出清价")]
    factor: Annotated[float, Unit("1"), Bounds(0, open_below=True), Help("M of the rule.", "规则中的系数 M")] = 1.0
    standard_rate_per_min: Annotated[
        float,
        Unit("1/min"),
        Bounds(0, open_below=True),
        Help("Rate that scores 1, of capacity.", "标准调节速率（占容量）"),
    ]
    minutes: Annotated[int, Unit("min"), Bounds(5, 1440), Help("Length.", "时长")] = 60
    seed: Annotated[int, Unit("1"), Bounds(0), Help("Of the drawn signal.", "信号随机种子")] = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ComputingEntry(Member):
    """A computing site whose single jobs are known: its offer and its answer come from dispatch."""

    site: SiteEntry
    classes: Mapping[str, JobClassEntry]
    jobs: JobsEntry
    schedule: Annotated[
        Literal["plan", "at_once"],
        Help("What would run: the day-ahead plan, or each job as it arrives.", "基准排程：日前计划，或即到即运行"),
    ] = "plan"
    ramp_minutes: Annotated[float, Unit("min"), Bounds(0), Help("Of going down, before the start.", "降功率用时")] = (
        10.0
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolProject:
    """A virtual power plant and an event, complete."""

    name: Annotated[str, Example("My pool"), Help("Shown on the report.", "报告所示名称")]
    territory: Annotated[str, Names("territory"), Help("Whose market it is in.", "所在地区"), Example("guangdong")]
    event: EventEntry
    rule: RuleEntry
    nominate: NominateEntry = field(default_factory=NominateEntry)
    award: AwardEntry = field(default_factory=AwardEntry)
    split: SplitEntry = field(default_factory=SplitEntry)
    signal: SignalEntry | None = None
    operator: Annotated[str, Help("Who runs the pool.", "聚合商")] = "pool operator"
    batteries: Annotated[Mapping[str, BatteryMember], Help("By name.", "储能")] = field(default_factory=dict)
    loads: Annotated[Mapping[str, LoadMember], Help("Interruptible.", "可中断负荷")] = field(default_factory=dict)
    fleets: Annotated[Mapping[str, FleetMember], Help("Cars.", "电动汽车群")] = field(default_factory=dict)
    clusters: Annotated[
        Mapping[str, ClusterMember], Help("Computing, by a line of its sheet.", "按灵活性评估表申报的算力设施")
    ] = field(default_factory=dict)
    computing: Annotated[
        Mapping[str, ComputingEntry], Help("Computing, by its single jobs.", "按作业调度的算力设施")
    ] = field(default_factory=dict)
    time_zone: Annotated[str, Names("time zone"), Help("Of clocks.", "时区")] = "Asia/Shanghai"
    notes: Annotated[tuple[str, ...], Help("Printed in the report.", "印入报告")] = ()

    @property
    def zone(self) -> ZoneInfo:
        """The clocks of members and report."""
        return ZoneInfo(self.time_zone)

    @property
    def members(self) -> dict[str, Member]:
        """All, by name, in the order of the file."""
        return {**self.computing, **self.clusters, **self.batteries, **self.loads, **self.fleets}

    @property
    def plain(self) -> Pool:
        """The pool of those that need no jobs; clusters stand in it by their sheet."""
        return Pool(
            batteries=self.batteries,
            loads=self.loads,
            fleets=self.fleets,
            clusters=self.clusters,
            direction=self.event.direction,
            notice_minutes=self.event.notice_minutes,
            time_zone=self.time_zone,
        )

    def problems(self) -> list[Fault]:
        """What does not fit together among the sections."""
        names = [*self.computing, *self.clusters, *self.batteries, *self.loads, *self.fleets]
        found: list[Fault] = []
        if not names:
            found.append(("", "no member", "at least one", "add computing, batteries, loads or fleets"))
        found += [(name, f"{names.count(name)} members of this name", "names that differ", "rename one")
                  for name in sorted({name for name in names if names.count(name) > 1})]  # fmt: skip
        known = ", ".join(names)
        for section, said in (("award.meters", self.award.meters), ("nominate.past", self.nominate.past)):
            found += [(f"{section}.{name}", f"no member {name}", f"one of {known}", "correct the name")
                      for name in said if name not in names]  # fmt: skip
        lacking = sorted(set(names) - set(self.nominate.past)) if self.nominate.past else []
        if lacking:
            found.append(("nominate.past", f"no history of {', '.join(lacking)}", "one of every member",
                          "add it, or leave `past` away"))  # fmt: skip
        if self.split.way == "shapley" and len(names) > MEMBERS_OF_SHAPLEY_MAX:
            found.append(("split.way", f"shapley among {len(names)} members",
                          f"at most {MEMBERS_OF_SHAPLEY_MAX} members", "write delivered or marginal"))  # fmt: skip
        followers = [name for name, one in self.members.items() if one.ramp_mw_per_min]
        if self.signal is not None and not followers:
            found.append(("signal", "no member that follows a signal", "ramp_mw_per_min of one at least",
                          "give it, or leave signal away"))  # fmt: skip
        return found
