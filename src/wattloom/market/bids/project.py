"""What does a computing load that buys on a spot market ask? A bid file: its market, its prices, its work, its risk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Literal

from wattloom.domain.fields import Bounds, Example, Help, Names, Unit

Fault = tuple[str, str, str, str]
"""Key path, found, expected, remedy."""
Basis = Literal["assumed", "market rule", "measured", "contract"]
NOTHING_LEFT = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketEntry:
    """What the market allows, and what it charges for deviating."""

    territory: Annotated[
        str, Names("territory"), Help("Whose price limits bind; or give them.", "价格限值所属地区；或直接给出限值")
    ] = ""
    bid_floor_cny_per_mwh: Annotated[
        float | None, Unit("CNY/MWh"), Help("Least bid; empty: the territory's.", "申报下限；空则取地区规则")
    ] = None
    bid_cap_cny_per_mwh: Annotated[
        float | None, Unit("CNY/MWh"), Help("Highest bid; empty: the territory's.", "申报上限；空则取地区规则")
    ] = None
    steps_max: Annotated[int, Unit("1"), Bounds(1, 50), Help("Steps in one period.", "每时段最多段数")] = 5
    free_share: Annotated[
        float,
        Unit("1"),
        Bounds(0, 1),
        Help("Of the award: so much may be used above or below it without a fee.", "免考核偏差占中标电量比例"),
    ] = 0.0
    fee_cny_per_mwh: Annotated[
        float, Unit("CNY/MWh"), Bounds(0), Help("For each MWh of deviation beyond that.", "超出部分的偏差费用")
    ]
    basis: Annotated[
        Basis, Help("Where steps_max, free_share and fee come from; told in every output.", "段数与偏差参数的依据")
    ] = "assumed"
    published: Annotated[
        str, Help("Clock of the day before, at which day-ahead prices come out.", "日前价格发布时刻（前一日）")
    ] = "18:00"

    def problems(self) -> list[Fault]:
        """No limits at all, or in the wrong order."""
        found: list[Fault] = []
        own = (self.bid_floor_cny_per_mwh, self.bid_cap_cny_per_mwh)
        if not self.territory and None in own:
            found.append(("", "no territory and no limits of its own", "one of the two", "add `territory:`"))
        if own[0] is not None and own[1] is not None and own[0] >= own[1]:
            found.append(("bid_cap_cny_per_mwh", f"{own[1]:g}", f"above the floor, {own[0]:g}", "correct one"))
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class PricesEntry:
    """Whose forecasts the bids rest on."""

    forecast: Annotated[
        str,
        Names("file"),
        Help("Forecast file (YAML) beside this file; its issue clock is the gate.", "预测文件；其发布时刻即申报时刻"),
        Example("forecast.yaml"),
    ]
    day_ahead: Annotated[str, Help("Station of that file: the day-ahead price.", "日前电价站点"), Example("day_ahead")]
    real_time: Annotated[
        str,
        Help(
            "Station: the real-time price; empty: deviations are settled at the day-ahead price.",
            "实时电价站点；空则偏差按日前价格结算",
        ),
    ] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingEntry:
    """Work that may wait."""

    share: Annotated[float, Unit("1"), Bounds(0, 1), Help("Of the mean IT power.", "占平均IT功率比例")]
    window_hours: Annotated[
        float,
        Unit("h"),
        Bounds(0, 24, open_below=True),
        Help("How long it may wait, never past the end of its day.", "可等待时长，不跨日"),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadEntry:
    """The computing that buys."""

    it_mw: Annotated[float, Unit("MW"), Bounds(0, open_below=True), Help("Rated IT power.", "额定IT功率")]
    utilisation: Annotated[
        float, Unit("1"), Bounds(0, 1, open_below=True), Help("Mean over rated IT power.", "平均IT功率与额定之比")
    ]
    waiting: Annotated[
        Mapping[str, WaitingEntry], Help("Work that may wait, by name; the rest is firm.", "可等待负载；其余为刚性")
    ]
    basis: Annotated[
        Basis, Help("Where the shares and windows come from; told in every output.", "比例与时限的依据")
    ] = "assumed"
    overhead_fixed: Annotated[
        float, Unit("1"), Bounds(0), Help("Overhead whatever the load, of rated IT power.", "固定能耗比例")
    ] = 0.0
    overhead_slope: Annotated[
        float, Unit("MW/MW"), Bounds(0), Help("Overhead for each MW of IT power.", "随IT功率的能耗")
    ] = 0.0
    connection_mw: Annotated[
        float | None,
        Unit("MW"),
        Bounds(0, open_below=True),
        Help("Most that may be drawn; empty: all machines at once.", "最大受电功率；空则为满载"),
    ] = None

    def problems(self) -> list[Fault]:
        """More that waits than there is."""
        share = sum(one.share for one in self.waiting.values())
        if share <= 1 + NOTHING_LEFT:
            return []
        return [("waiting", f"shares that add up to {share:g}", "at most 1", "lower some")]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryEntry:
    """A battery behind the same meter; it is there already, so that only its wear costs."""

    power_mw: Annotated[float, Unit("MW"), Bounds(0, open_below=True), Help("In and out.", "充放电功率")]
    energy_mwh: Annotated[float, Unit("MWh"), Bounds(0, open_below=True), Help("Usable.", "可用能量")]
    round_trip_efficiency: Annotated[
        float, Unit("1"), Bounds(0, 1, open_below=True), Help("From bus to bus.", "往返效率")
    ] = 0.85
    wear_cny_per_mwh: Annotated[
        float, Unit("CNY/MWh"), Bounds(0), Help("For each MWh discharged.", "每放电量损耗成本")
    ] = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskEntry:
    """How the worst price courses count."""

    weight: Annotated[
        float, Unit("1"), Bounds(0, 1), Help("Of CVaR beside the mean; 0: the mean alone.", "CVaR 权重；0 为仅期望")
    ] = 0.2
    level: Annotated[float, Unit("1"), Bounds(0.5, 0.99), Help("Of CVaR.", "CVaR 置信水平")] = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class TestedEntry:
    """Which days are back-tested."""

    start: Annotated[str, Help("First day; empty: the last 28 of the record.", "首日；空则取最后28天")] = ""
    end: Annotated[str, Help("Last day; empty: the record's last whole day.", "末日；空则为记录末日")] = ""
    block_days: Annotated[
        int, Unit("day"), Bounds(1, 28), Help("Drawn together for the intervals.", "区间估计的抽样块长")
    ] = 7

    def problems(self) -> list[Fault]:
        """What is no day."""
        found: list[Fault] = []
        for key, text in (("start", self.start), ("end", self.end)):
            if text and day_of(text) is None:
                found.append((key, f'"{text}"', "a day", "write it as 2026-03-01"))
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class BidProject:
    """A whole bid file."""

    name: Annotated[str, Help("What the load is called.", "名称"), Example("Campus that bids")]
    market: MarketEntry
    prices: PricesEntry
    load: LoadEntry
    battery: Annotated[BatteryEntry | None, Help("Behind the same meter.", "同一计量点后的储能")] = None
    risk: RiskEntry = field(default_factory=RiskEntry)
    scenarios: Annotated[
        int, Unit("1"), Bounds(2, 200), Help("Price courses that a bid weighs.", "每次申报考虑的价格情景数")
    ] = 20
    seed: Annotated[int, Unit("1"), Bounds(0), Help("Of their drawing.", "随机种子")] = 0
    backtest: TestedEntry = field(default_factory=TestedEntry)
    notes: Annotated[tuple[str, ...], Help("Shown with every output.", "随输出显示的说明")] = ()


def day_of(text: str) -> date | None:
    """The day that a text names; None where it names none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
