"""What does the operator of a platform ask? A match file: regions, supply, lines, rings, moves, a fleet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from wattloom.assets.contract import Bounds, Example, Help, Length, Level, Names, Unit
from wattloom.assets.kinds.cluster.overhead import ByTemperature, faults

Fault = tuple[str, str, str, str]
"""Key path, found, expected, remedy."""

STEPS = ("surplus_green", "firm_clean", "thermal", "emergency")
"""Supply steps of a region, in the order of a file."""
CLEAN = (0, 1)
"""Steps that count as green."""
SHARES_ROUNDING = 1e-6
ASSUMED = ""
"""A source that is not named: the number is assumed, and told so."""

Source = Annotated[
    str, Help("Where the numbers come from; empty: they are assumed, and told so.", "数据来源；空则按假设值标明")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchWindow:
    """From when, how long, how often."""

    start: Annotated[
        str,
        Help("First tick, with its zone, such as 2027-03-15T00:00+08:00.", "首拍时刻（含时区）"),
        Example("2027-03-15T00:00+08:00"),
    ]
    hours: Annotated[int, Unit("h"), Bounds(1, 168), Help("Length of the replay.", "回放时长")] = 24
    tick_seconds: Annotated[
        Literal[1, 5, 15, 60, 300, 900], Unit("s"), Help("From one tick to the next.", "相邻两拍的间隔")
    ] = 60
    time_zone: Annotated[str, Names("time zone"), Help("Clocks of the report.", "报告所用时区")] = "Asia/Shanghai"

    def problems(self) -> list[Fault]:
        """A start that is no instant."""
        try:
            known = datetime.fromisoformat(self.start)
        except ValueError:
            known = None
        if known is not None and known.tzinfo is not None and not (known.minute or known.second):
            return []
        expected = "a full hour with its zone"
        return [("start", f'"{self.start}"', expected, "write it as 2027-03-15T00:00+08:00")]

    @property
    def instant(self) -> datetime:
        """The first instant."""
        return datetime.fromisoformat(self.start)


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyStep:
    """One step of a region's supply: what is still free for the sites, and at what price."""

    mw: Annotated[Level, Unit("MW"), Help("Free for the sites.", "可供算力使用的功率"), Example(1000.0)]
    price_cny_per_mwh: Annotated[
        Level | None,
        Unit("CNY/MWh"),
        Help(
            "Of energy alone; empty: the territory's reference price. Below 0 where taking it is paid for.",
            "电能价；空则取地区参考价；可为负",
        ),
    ] = None
    carbon_t_per_mwh: Annotated[
        float | None,
        Unit("t/MWh"),
        Bounds(0, 5),
        Help(
            "Empty: none for the green and the firm clean step, the national factor of fossil energy for the others.",
            "空：富余绿电与清洁基荷为零，其余取全国化石能源电力因子",
        ),
    ] = None
    source: Source = ASSUMED


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionEntry:
    """A province: its supply by step, and what its sites need there."""

    territory: Annotated[
        str, Names("territory"), Help("Whose grid charges hold.", "执行其电网收费的地区"), Example("ningxia")
    ]
    side: Annotated[Literal["west", "east"], Help("On which side it counts.", "归入西部或东部"), Example("west")]
    at: Annotated[
        tuple[float, float],
        Help("Where it is drawn: right and down, 0 to 100.", "示意图位置：向右、向下，0 至 100"),
        Example((50.0, 50.0)),
    ]
    sites: Annotated[float, Unit("1"), Bounds(0), Help("Share of the drawn sites, relative.", "站点相对数量")] = 1.0
    surplus_green: SupplyStep
    firm_clean: SupplyStep
    thermal: SupplyStep
    emergency: SupplyStep
    other_draw_mw: Annotated[
        Level, Unit("MW"), Help("Draw that these steps must serve beside the sites.", "须由上述电源供给的其他负荷")
    ] = 0.0
    load_shape: Annotated[
        Level,
        Unit("MW"),
        Help(
            "Inference over the day; only the shape counts, so that a province's load may stand for it.",
            "推理负荷的日内形状，只取形状，可用省级负荷曲线代替",
        ),
    ] = 1.0
    overhead: Annotated[
        ByTemperature,
        Unit("1"),
        Help(
            "Cooling and losses for each MW of IT, a number or by air temperature.",
            "每兆瓦IT的附加能耗：数值或按气温",
        ),
    ] = 0.25
    air_temperature_c: Annotated[
        Level | None, Unit("°C"), Help("Needed where the overhead goes by temperature.", "附加能耗按气温给出时必填")
    ] = None
    source: Source = ASSUMED
    """Of the shape, the overhead and the share of sites."""

    def problems(self) -> list[Fault]:
        """Temperatures that do not rise, an overhead below 0."""
        found = faults(self.overhead)
        expected = "numbers of at least 0, by temperatures that rise"
        return [("overhead", found, expected, "correct the points")] if found else []

    @property
    def steps(self) -> tuple[SupplyStep, ...]:
        """The supply, in the order of `STEPS`."""
        return (self.surplus_green, self.firm_clean, self.thermal, self.emergency)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineEntry:
    """What may be carried between two regions, either way."""

    ends: Annotated[tuple[str, str], Help("Two regions.", "两端地区"), Example(("west", "east"))]
    mw: Annotated[
        float, Unit("MW"), Bounds(0), Help("Free for the sites, from the first to the second.", "正向可用容量")
    ]
    back_mw: Annotated[
        float | None, Unit("MW"), Bounds(0), Help("The other way; empty: the same.", "反向可用容量；空则相同")
    ] = None
    loss_share: Annotated[float, Unit("1"), Bounds(0, 0.5), Help("Lost of what is sent.", "线损率")] = 0.0
    fee_cny_per_mwh: Annotated[
        float, Unit("CNY/MWh"), Bounds(0), Help("Inter-provincial transmission fee.", "跨省输电价")
    ] = 0.0
    source: Source = ASSUMED


@dataclass(frozen=True, slots=True, kw_only=True)
class MovesEntry:
    """How much computing may move, and at what cost."""

    inference_it_mw_max: Annotated[
        float, Unit("MW"), Bounds(0), Help("From a region to another of its ring.", "同一时延圈内两地间上限")
    ] = 0.0
    batch_it_mw_max: Annotated[
        float, Unit("MW"), Bounds(0), Help("From any region to any other.", "任意两地间上限")
    ] = 0.0
    inference_cost_cny_per_mwh: Annotated[
        float, Unit("CNY/MWh"), Bounds(0), Help("Transfer, per MWh of IT work.", "推理迁移的传输成本")
    ] = 0.0
    batch_cost_cny_per_mwh: Annotated[
        float, Unit("CNY/MWh"), Bounds(0), Help("Transfer, per MWh of IT work.", "批处理迁移的传输成本")
    ] = 0.0
    out_cost_cny_per_mwh: Annotated[
        float, Unit("CNY/MWh"), Bounds(0), Help("Handling where work leaves.", "迁出端处理成本")
    ] = 0.0
    in_cost_cny_per_mwh: Annotated[
        float, Unit("CNY/MWh"), Bounds(0), Help("Handling where work comes.", "迁入端处理成本")
    ] = 0.0
    source: Source = ASSUMED


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetEntry:
    """The sites: a table, or drawn by chance from these numbers."""

    file: Annotated[
        str,
        Names("file"),
        Help(
            "A table beside this file: site, region, it_mw, and the mean IT MW of each class.",
            "本文件旁的站点表：名称、地区、容量与各类平均IT功率",
        ),
    ] = ""
    count: Annotated[int, Unit("1"), Bounds(1, 100_000), Help("Sites that are drawn.", "随机生成站点数")] = 100
    seed: Annotated[int, Unit("1"), Bounds(0), Help("Of the drawing.", "随机种子")] = 1
    it_mw_median: Annotated[
        float, Unit("MW"), Bounds(0, open_below=True), Help("Of the sites' sizes.", "站点容量中位数")
    ] = 20.0
    it_mw_spread: Annotated[
        float, Unit("1"), Bounds(0, 3), Help("Standard deviation of their logarithm.", "容量对数的标准差")
    ] = 0.8
    it_mw_max: Annotated[
        float, Unit("MW"), Bounds(0, open_below=True), Help("Larger ones are cut to it.", "容量上限")
    ] = 300.0
    used: Annotated[
        tuple[float, float],
        Unit("1"),
        Bounds(0, 1),
        Help("Mean use of a site, lowest and highest, each as likely.", "平均利用率范围，均匀分布"),
    ] = (0.5, 0.8)
    class_shares: Annotated[
        tuple[float, ...],
        Unit("1"),
        Bounds(0, 1),
        Length(4),
        Help(
            "Of the work: fixed inference, movable inference, training, batch.",
            "工作量占比：固定推理、可迁推理、训练、批处理",
        ),
    ] = (0.3, 0.2, 0.3, 0.2)
    wait_hours: Annotated[
        tuple[float, float],
        Unit("h"),
        Bounds(0, 168),
        Help("How long training and batch may wait.", "训练与批处理可等待时长"),
    ] = (12.0, 6.0)
    shed_price_cny_per_mwh: Annotated[
        tuple[float, float],
        Unit("CNY/MWh"),
        Bounds(0, 1_000_000),
        Help("Of inference that is not served: fixed, movable.", "未服务推理的代价：固定、可迁"),
    ] = (20_000.0, 5_000.0)
    least_power: Annotated[
        float, Unit("1"), Bounds(0, 1), Help("Least power of a site, of its size.", "站点最低功率占比")
    ] = 0.15
    ramp_per_minute: Annotated[
        float,
        Unit("1"),
        Bounds(0, open_below=True),
        Help("How fast IT power may change, of the size.", "每分钟爬坡占比"),
    ] = 0.1
    battery_sites: Annotated[float, Unit("1"), Bounds(0, 1), Help("Share of sites with a battery.", "配储站点占比")] = (
        0.3
    )
    battery_power: Annotated[
        float, Unit("1"), Bounds(0, 4), Help("Power of a battery, of the site's size.", "储能功率相对容量")
    ] = 0.2
    battery_hours: Annotated[float, Unit("h"), Bounds(0, open_below=True), Help("Energy over power.", "储能时长")] = 2.0
    battery_efficiency: Annotated[
        float, Unit("1"), Bounds(0, 1, open_below=True), Help("Of a full cycle.", "循环效率")
    ] = 0.88
    wander: Annotated[
        float,
        Unit("1"),
        Bounds(0, 0.1),
        Help("Standard deviation of the logarithm of each demand's change in a minute.", "每分钟需求对数变化的标准差"),
    ] = 0.002
    source: Source = ASSUMED

    def problems(self) -> list[Fault]:
        """Shares that do not add up."""
        total = sum(self.class_shares)
        if abs(total - 1.0) <= SHARES_ROUNDING:
            return []
        return [("class_shares", f"shares that add up to {total:g}", "1", "give four shares of one whole")]


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchProject:
    """A matching question, complete."""

    name: Annotated[str, Example("My regions"), Help("Shown on the report.", "报告所示名称")]
    window: MatchWindow
    regions: Mapping[str, RegionEntry]
    lines: Mapping[str, LineEntry] = field(default_factory=dict)
    latency_rings: Annotated[
        Mapping[str, tuple[str, ...]],
        Help("Regions near enough to each other for inference, by the ring's name.", "可互迁推理的时延圈：圈名与地区"),
    ] = field(default_factory=dict)
    moves: MovesEntry = field(default_factory=MovesEntry)
    fleet: FleetEntry = field(default_factory=FleetEntry)
    carbon_price_cny_per_t: Annotated[
        float, Unit("CNY/t"), Bounds(0), Help("What a tonne of CO2 counts.", "计入优化的碳价")
    ] = 0.0
    shortfall_price_cny_per_mwh: Annotated[
        float, Unit("CNY/MWh"), Bounds(0, open_below=True), Help("Of energy that nobody has.", "电力缺口的代价")
    ] = 30_000.0
    voltage_kv: Annotated[
        float, Unit("kV"), Bounds(0, 1000, open_below=True), Help("Of the sites' connections.", "站点接入电压")
    ] = 110.0
    recorded: Annotated[
        str,
        Names("file"),
        Help(
            "A table of recorded changes: at, part, name, field, column, value; empty: the day is generated.",
            "记录的变更表：时刻、部分、名称、字段、列、值；空则按本文件生成",
        ),
    ] = ""
    notes: Annotated[
        tuple[str, ...], Help("What a reader must know; printed in the report.", "读者须知，印入报告")
    ] = ()

    @property
    def zone(self) -> ZoneInfo:
        """Clocks of the report."""
        return ZoneInfo(self.window.time_zone)

    def problems(self) -> list[Fault]:
        """Regions that are not there, and prices that nobody could know."""
        if not self.regions:
            return [("regions", "nothing", "at least one", "add one under regions")]
        known = ", ".join(self.regions)
        named = [
            *((f"lines.{key}.ends", end) for key, line in self.lines.items() for end in line.ends),
            *((f"latency_rings.{key}", end) for key, ring in self.latency_rings.items() for end in ring),
        ]
        strange = [
            (where, f"the region {end}", f"one of {known}", "correct the name")
            for where, end in named
            if end not in self.regions
        ]
        closed = [
            (f"lines.{key}.ends", "a region and itself", "two regions", "leave it out")
            for key, line in self.lines.items()
            if line.ends[0] == line.ends[1]
        ]
        warm = [
            (f"regions.{key}.overhead", "points over temperature", "air_temperature_c as well", "give it")
            for key, entry in self.regions.items()
            if not isinstance(entry.overhead, float | int) and entry.air_temperature_c is None
        ]
        return [*strange, *closed, *warm]
