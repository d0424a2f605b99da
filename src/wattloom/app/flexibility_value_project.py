"""What does somebody ask who wants to know what a facility's flexibility is worth? Power, work, prices, calls.

No figure of these has a default that touches money: what no source states, the file states, and says whether it was
confirmed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from wattloom.domain.fields import Bounds, Example, Help, Names, Unit
from wattloom.market.value import Lever

Fault = tuple[str, str, str, str]
"""Key path, found, expected, remedy."""
SHARES_SUM_ERROR = 1e-6
HOURS_PER_DAY = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class FacilityEntry:
    """What draws power."""

    mean_mw: Annotated[
        float, Unit("MW"), Bounds(0, open_below=True), Help("Mean draw at the meter.", "计量点平均负荷"), Example(100)
    ]
    adjustable_share: Annotated[
        float, Unit("1"), Bounds(0, 1, open_below=True), Help("Of it that may give way.", "可调负荷比例"), Example(0.3)
    ]
    utilisation: Annotated[
        float,
        Unit("1"),
        Bounds(0, 1, open_below=True),
        Help("Mean draw of what all machines at work would draw.", "平均负荷占全部设备运行负荷的比例"),
        Example(0.85),
    ]
    voltage_kv: Annotated[float, Unit("kV"), Bounds(0, open_below=True), Help("Of the connection.", "接入电压")] = 110.0
    billing: Annotated[
        Literal["capacity", "demand"],
        Help(
            "What the second part of the tariff counts; by demand, making up work above the mean draw costs its peak.",
            "基本电费计费方式；按需量时，补做作业抬高的最大需量计费",
        ),
    ] = "capacity"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassEntry:
    """Work that may give way."""

    share: Annotated[
        float, Unit("1"), Bounds(0, 1), Help("Of the adjustable power; all together 1.", "占可调负荷比例，合计为 1")
    ]
    lever: Annotated[Lever, Help("pause or cap.", "暂停（pause）或限功率（cap）")]
    kw_per_gpu: Annotated[
        float, Unit("kW"), Bounds(0, open_below=True), Help("At the meter at full load.", "每 GPU 满载计量点功率")
    ]
    released_share: Annotated[
        float, Unit("1"), Bounds(0, 1, open_below=True), Help("Of that power no longer drawn.", "可释放功率比例")
    ]
    work_lost_share: Annotated[
        float, Unit("1"), Bounds(0, 1), Help("Of the work not done meanwhile.", "期间未完成工作量比例")
    ]
    value_cny_per_gpu_hour: Annotated[
        float, Unit("CNY/GPU-h"), Bounds(0), Help("Of work never made up.", "损失算力价值")
    ]
    delay_cny_per_gpu_hour_hour: Annotated[
        float, Unit("CNY/GPU-h/h"), Bounds(0), Help("Of a GPU-hour an hour later.", "每 GPU·小时每延后 1 小时成本")
    ]
    delay_hours_max: Annotated[float, Unit("h"), Bounds(0, HOURS_PER_DAY), Help("It may wait.", "最长可延后")]
    restart_hours: Annotated[
        float, Unit("h"), Bounds(0), Help("Work lost each time it is stopped.", "每次中断损失时长")
    ]
    source: Annotated[str, Help("Where these figures are from.", "数据来源")] = ""
    confirmed: Annotated[bool, Help("Whether the reader confirmed them.", "是否已确认")] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseEntry:
    """Calls of a programme of demand response."""

    programme: Annotated[str, Help("Key of rules/response.toml.", "规则中的项目代码"), Example("guangdong_shave")]
    price_cny_per_mwh: Annotated[float | None, Unit("CNY/MWh"), Bounds(0), Help("Cleared.", "出清价格")] = None
    events_a_year: Annotated[float, Unit("1"), Bounds(0), Help("Calls.", "年调用次数")]
    hours: Annotated[float, Unit("h"), Bounds(0, HOURS_PER_DAY, open_below=True), Help("Of each.", "每次时长")]
    make_up_hours: Annotated[
        float, Unit("h"), Bounds(0), Help("In which work is made up, or is lost.", "补回时限，逾期为损失")
    ] = 24.0
    delivered_share: Annotated[float, Unit("1"), Bounds(0), Help("Of what is called.", "响应率")] = 1.0
    paid_from_share: Annotated[float | None, Unit("1"), Bounds(0, 1), Help("See the rule.", "有效响应下限")] = None
    paid_to_share: Annotated[float | None, Unit("1"), Bounds(1), Help("See the rule.", "全额补偿上限")] = None
    penalty_below_share: Annotated[float | None, Unit("1"), Bounds(0, 1), Help("See the rule.", "考核下限")] = None
    penalty_of_price: Annotated[float | None, Unit("1"), Bounds(0), Help("See the rule.", "考核价格倍数")] = None
    needed_mw: Annotated[
        float | None, Unit("MW"), Bounds(0), Help("The programme buys at most, of all sites.", "项目总需求")
    ] = None
    source: Annotated[str, Help("Of price and calls.", "价格与次数来源")] = ""
    confirmed: Annotated[bool, Help("Whether the reader confirmed them.", "是否已确认")] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FrequencyEntry:
    """Following the grid's frequency."""

    mw: Annotated[float, Unit("MW"), Bounds(0, open_below=True), Help("Offered.", "申报容量")]
    hours_a_year: Annotated[float, Unit("h"), Bounds(0, 8784), Help("Cleared.", "年中标小时")]
    mileage_mw_per_mw_hour: Annotated[float, Unit("1/h"), Bounds(0), Help("Of each MW and hour.", "每兆瓦每小时里程")]
    price_cny_per_mw: Annotated[float, Unit("CNY/MW"), Bounds(0), Help("Of mileage.", "里程出清价")]
    score: Annotated[float, Unit("1"), Bounds(0), Help("K.", "性能指标 K")]
    needed_mw: Annotated[float | None, Unit("MW"), Bounds(0), Help("Of the whole market.", "市场总需求")] = None
    source: Annotated[str, Help("Of these figures.", "来源")] = ""
    confirmed: Annotated[bool, Help("Whether the reader confirmed them.", "是否已确认")] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotEntry:
    """Typical days of a spot market, and its supply curve."""

    residual_load_mw: Annotated[
        tuple[tuple[float, ...], ...], Unit("MW"), Help("A list of equal periods a typical day.", "典型日剩余负荷")
    ]
    days_a_year: Annotated[tuple[float, ...], Unit("d"), Help("Of each typical day.", "各典型日天数")]
    curve_load_mw: Annotated[tuple[float, ...], Unit("MW"), Help("Of the supply curve, rising.", "供给曲线负荷点")]
    curve_price_cny_per_mwh: Annotated[
        tuple[float, ...], Unit("CNY/MWh"), Help("At these loads, never falling.", "供给曲线价格点")
    ]
    source: Annotated[str, Help("Of these figures.", "来源")] = ""
    confirmed: Annotated[bool, Help("Whether the reader confirmed them.", "是否已确认")] = False

    def problems(self) -> list[Fault]:
        """Days without a count, curves that do not rise."""
        found: list[Fault] = []
        if len(self.residual_load_mw) != len(self.days_a_year):
            found.append(("days_a_year", f"{len(self.days_a_year)} counts for {len(self.residual_load_mw)} days",
                          "one a day", "give as many"))  # fmt: skip
        if len({len(day) for day in self.residual_load_mw}) > 1 or not all(self.residual_load_mw):
            found.append(("residual_load_mw", "days of different lengths", "equal periods", "give 24 or 96 a day"))
        loads, prices = self.curve_load_mw, self.curve_price_cny_per_mwh
        rising = len(loads) == len(prices) >= 2 and list(loads) == sorted(set(loads)) and list(prices) == sorted(prices)  # noqa: PLR2004 - a line has two ends
        if not rising:
            found.append(("curve_load_mw", "a curve that does not rise", "loads that rise, prices that never fall",
                          "sort the points by load"))  # fmt: skip
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class TerritoryEntry:
    """One place, with what can be earned there."""

    energy_price_cny_per_mwh: Annotated[
        float | None, Unit("CNY/MWh"), Bounds(0), Help("Bought; empty: as the rules print.", "购电价；空则取规则值")
    ] = None
    agency_purchase: Annotated[
        bool, Help("Whether administrative time-of-use bands bind.", "是否代理购电（执行分时电价）")
    ] = True
    sites: Annotated[
        int | None, Unit("1"), Bounds(1), Help("Of the many that stand here; empty: an equal part.", "本地站点数")
    ] = None
    response: Annotated[ResponseEntry | None, Help("Demand response.", "需求响应")] = None
    frequency: Annotated[FrequencyEntry | None, Help("Frequency mileage.", "调频里程")] = None
    reserve_cny_per_kw_month: Annotated[
        float | None, Unit("CNY/kW"), Bounds(0), Help("For standing ready.", "备用容量补偿")
    ] = None
    reserve_months: Annotated[float, Unit("1"), Bounds(0, 12), Help("In which it is paid.", "计付月数")] = 12.0
    spot: Annotated[SpotEntry | None, Help("A spot market.", "现货市场")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueProject:
    """A whole file."""

    name: Annotated[str, Help("Of the study.", "名称"), Example("100 MW, 30 % adjustable")]
    year: Annotated[int, Bounds(2024, 2060), Help("Whose rules and calendar hold.", "规则与日历年份"), Example(2026)]
    facility: Annotated[FacilityEntry, Help("What draws power.", "设施")]
    classes: Annotated[Mapping[str, ClassEntry], Help("Work that may give way.", "可调作业类别")]
    territories: Annotated[Mapping[str, TerritoryEntry], Names("territory"), Help("Where it could stand.", "所在地区")]
    many_sites: Annotated[int, Unit("1"), Bounds(1), Help("That all do the same.", "同类站点数")] = 1000
    claim_cny: Annotated[
        tuple[float, float], Unit("CNY"), Help("Yearly revenue that is claimed, from and to.", "被检验的年收入区间")
    ] = (10e6, 100e6)
    notes: Annotated[tuple[str, ...], Help("Shown with the answer.", "备注")] = field(default=())

    def problems(self) -> list[Fault]:
        """Shares that are not one, classes whose waiting is none."""
        total = sum(one.share for one in self.classes.values())
        if not self.classes or abs(total - 1) > SHARES_SUM_ERROR:
            return [("classes", f"shares of {total:g}", "1 in all", "correct the shares of the adjustable power")]
        return []
