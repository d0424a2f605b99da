"""What does the energy manager ask? A dispatch project: sites, classes of work, jobs, and a window of time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from wattloom.assets.contract import Asset, Bounds, Example, Help, Length, Level, Names, Unit
from wattloom.assets.kinds.cluster.overhead import ByTemperature
from wattloom.domain.weather import Place
from wattloom.domain.workloads import WorkloadKind

Fault = tuple[str, str, str, str]
"""Key path, found, expected, remedy."""

HOME_ONLY_MS = 0.0
SHARES_ROUNDING = 1e-6
"""How far the shares of the classes may miss 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """From when, how long, how finely."""

    start: Annotated[
        str,
        Help(
            "First instant, with its zone, such as 2026-03-02T00:00+08:00.",
            "起始时刻（含时区），如 2026-03-02T00:00+08:00",
        ),
        Example("2026-03-02T00:00+08:00"),
    ]
    days: Annotated[int, Unit("day"), Bounds(1, 366), Help("Length of the window.", "时长")] = 1
    step_minutes: Annotated[Literal[5, 15, 30, 60], Unit("min"), Help("Length of a period.", "时段长度")] = 15

    def problems(self) -> list[Fault]:
        """A start that is no instant."""
        try:
            known = datetime.fromisoformat(self.start).tzinfo is not None
        except ValueError:
            known = False
        if known:
            return []
        return [("start", f'"{self.start}"', "an instant with its zone", "write it as 2026-03-02T00:00+08:00")]

    @property
    def instant(self) -> datetime:
        """The first instant."""
        return datetime.fromisoformat(self.start)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobClassEntry:
    """What all jobs of a class have in common, and what was promised for them."""

    kind: Annotated[
        WorkloadKind,
        Help("batch: many jobs with a window; training: few long ones.", "batch 为批处理，training 为训练"),
        Example("batch"),
    ]
    window_hours: Annotated[
        float,
        Unit("h"),
        Bounds(0),
        Help("How long a job may wait in all, beyond its own length.", "任务总可等待时长（不含自身时长）"),
    ] = 0.0
    interruptible: Annotated[bool, Help("Whether a job may be paused and resumed.", "可否暂停与恢复")] = True
    least_power: Annotated[
        float,
        Unit("1"),
        Bounds(0, 1, open_below=True),
        Help(
            "Lowest share of full power at which a running job may be capped; 1: not at all.",
            "运行时可限至的最低功率占比；1 为不可限",
        ),
    ] = 1.0
    service_floor: Annotated[
        float, Unit("1"), Bounds(0, 1), Help("Least work kept during a grid event.", "电网事件期间须保持的工作量占比")
    ] = 0.0
    power_work: Annotated[
        str | tuple[tuple[float, float], ...],
        Unit("1"),
        Help(
            "linear, the name of a fitted curve, or points [power share, work share].",
            "linear、拟合曲线名，或[功率占比, 工作量占比]点列",
        ),
    ] = "linear"
    pause_minutes: Annotated[float, Unit("min"), Bounds(0), Help("To save its state.", "保存状态用时")] = 0.0
    restart_minutes: Annotated[
        float, Unit("min"), Bounds(0), Help("Without work after a resume or a move.", "恢复或迁移后无产出用时")
    ] = 0.0
    recap_minutes: Annotated[
        float, Unit("min"), Bounds(0), Help("Without work after a change of level.", "改变功率档位后无产出用时")
    ] = 0.0
    latency_ms_max: Annotated[
        float | None,
        Unit("ms"),
        Bounds(0),
        Help(
            "May run on sites no farther from home than this; 0: at home; empty: anywhere.",
            "可运行站点与归属站点的最大时延；0 为仅本地；空为不限",
        ),
    ] = HOME_ONLY_MS
    move_gbit_per_s: Annotated[
        float, Unit("Gbit/s"), Bounds(0, open_below=True), Help("Speed at which its data move.", "数据迁移速率")
    ] = 10.0
    deferral_cost_cny_per_gpu_hour: Annotated[
        float, Unit("CNY"), Bounds(0), Help("Cost of a GPU-hour done an hour later.", "GPU·小时延后一小时的成本")
    ] = 0.0
    loss_cost_cny_per_gpu_hour: Annotated[
        float,
        Unit("CNY"),
        Bounds(0),
        Help("Cost of a GPU-hour never done, or done too late.", "GPU·小时未完成或逾期的成本"),
    ] = 0.0
    labels: Annotated[
        tuple[str, ...], Help("Labels of the trace that mean this class.", "作业记录中对应本类的标签")
    ] = ()
    run_hours_up_to: Annotated[
        float | None,
        Unit("h"),
        Bounds(0, open_below=True),
        Help(
            "Of a trace without labels: jobs up to so long are of this class.", "无标签记录：不超过该时长的作业归为本类"
        ),
    ] = None
    share: Annotated[
        float, Unit("1"), Bounds(0, 1), Help("Of drawn jobs: the part that is of this class.", "随机生成作业中本类占比")
    ] = 0.0
    run_hours_median: Annotated[
        float, Unit("h"), Bounds(0, open_below=True), Help("Of drawn jobs.", "生成作业的运行时长中位数")
    ] = 1.0
    run_hours_spread: Annotated[
        float,
        Unit("1"),
        Bounds(0, 4),
        Help("Of drawn jobs: standard deviation of the logarithm.", "生成作业时长对数的标准差"),
    ] = 1.0
    run_hours_max: Annotated[
        float,
        Unit("h"),
        Bounds(0, open_below=True),
        Help("Of drawn jobs: longer ones are cut to it.", "生成作业时长上限"),
    ] = 72.0
    gpus: Annotated[
        tuple[float, ...], Unit("1"), Help("Of drawn jobs: numbers of GPUs, each as likely.", "生成作业的GPU数，等概率")
    ] = (8.0,)
    move_gb: Annotated[float, Unit("GB"), Bounds(0), Help("Data that move with a job.", "随任务迁移的数据量")] = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteEntry:
    """One computing site."""

    place: Place
    it_mw: Annotated[
        float,
        Unit("MW"),
        Bounds(0, open_below=True),
        Help("What its machines may draw.", "IT设备功率上限"),
        Example(20.0),
    ]
    territory: Annotated[
        str,
        Names("territory"),
        Help("Whose tariff and emission factor hold where no price or factor is given.", "未给出电价或因子时所用地区"),
    ] = ""
    voltage_kv: Annotated[
        float, Unit("kV"), Bounds(0, 1000, open_below=True), Help("Of the connection.", "接入电压")
    ] = 110.0
    import_price_cny_per_mwh: Annotated[
        Level | None,
        Unit("CNY/MWh"),
        Help("All that a MWh drawn costs; empty: the territory's.", "购电全价；空则按地区"),
    ] = None
    market_price_cny_per_mwh: Annotated[
        Level | None,
        Unit("CNY/MWh"),
        Help(
            "Energy alone, to which the territory's charges are added; empty: its reference price.",
            "市场电能价，另加地区各项费用；空则取参考价",
        ),
    ] = None
    time_of_use: Annotated[
        bool,
        Help(
            "Whether the territory's administrative bands raise and lower the energy price (agency purchase).",
            "电能价是否按该地区分时时段浮动（代理购电）",
        ),
    ] = False
    carbon_kg_per_mwh: Annotated[
        Level | None, Unit("kg/MWh"), Help("Of grid energy; empty: the territory's factor.", "电网排放因子；空则按地区")
    ] = None
    firm_it_mw: Annotated[
        Level, Unit("MW"), Help("Work that neither waits nor moves and is no job below.", "不可等待也不可迁移的负荷")
    ] = 0.0
    overhead_fixed: Annotated[
        ByTemperature, Unit("1"), Help("Overhead whatever the load, of it_mw.", "固定能耗（相对it_mw）")
    ] = 0.06
    overhead_slope: Annotated[
        ByTemperature, Unit("MW/MW"), Help("Overhead for each MW of IT that runs.", "随IT功率增加的能耗")
    ] = 0.12
    air_temperature_c: Annotated[
        Level | None, Unit("°C"), Help("Needed where overhead is given by temperature.", "附加能耗按气温给出时必填")
    ] = None
    cooling_share: Annotated[
        float,
        Unit("1"),
        Bounds(0, 1),
        Help("Part of the overhead that a cold store may shift.", "附加能耗中可由蓄冷转移的比例"),
    ] = 0.0
    import_mw_max: Annotated[
        float | None, Unit("MW"), Bounds(0), Help("Limit of the draw from the grid.", "下网功率上限")
    ] = None
    export_price_cny_per_mwh: Annotated[
        Level | None,
        Unit("CNY/MWh"),
        Help("Paid for energy given to the grid; empty: none is given.", "上网电价；空则不上网"),
    ] = None
    demand_charge_cny_per_mw: Annotated[
        float,
        Unit("CNY/MW"),
        Bounds(0),
        Help("For the month's highest import, above peak_mw_so_far.", "按月最大下网功率超出已有峰值部分计收"),
    ] = 0.0
    peak_mw_so_far: Annotated[
        float,
        Unit("MW"),
        Bounds(0),
        Help("Highest import of the month before the window.", "本月窗口之前的最大下网功率"),
    ] = 0.0
    gpus: Annotated[
        float | None,
        Unit("1"),
        Bounds(0),
        Help("Installed; empty: power is the only limit.", "GPU总数；空则仅受功率限制"),
    ] = None
    nodes: Annotated[
        int | None, Unit("1"), Bounds(0), Help("Whole nodes for gang jobs.", "整机节点数（供成组任务）")
    ] = None
    assets: Mapping[str, Asset] = field(default_factory=dict)
    """Generation, batteries and cold stores; sizes are numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """How the sites are joined."""

    latency_ms: Annotated[
        Mapping[str, Mapping[str, float]],
        Unit("ms"),
        Help("Between sites, by name; a pair once.", "站点间时延，按站点名，每对一次"),
    ] = field(default_factory=dict)
    migration_cost_cny_per_mwh: Annotated[
        float,
        Unit("CNY/MWh"),
        Bounds(0),
        Help("For each MWh of IT energy served away from home.", "异地执行每兆瓦时IT电量的成本"),
    ] = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class JobsEntry:
    """Where the jobs come from: a file, or drawn by chance as the classes say."""

    file: Annotated[str, Names("file"), Help("A trace beside this file.", "本文件旁的作业记录")] = ""
    format: Annotated[
        str, Help("How the trace is written, such as table, philly, sacct.", "记录格式，如 table、philly、sacct")
    ] = "table"
    per_day: Annotated[
        int | None,
        Unit("1"),
        Bounds(1),
        Help("How many jobs a day are drawn, where there is no file.", "无文件时每日生成作业数"),
    ] = None
    seed: Annotated[int, Unit("1"), Help("Of the drawing.", "随机种子")] = 1
    by_hour: Annotated[
        tuple[float, ...] | None,
        Length(24),
        Help(
            "Of drawn jobs: relative number that arrive in each hour of the day; empty: even.",
            "生成作业各小时到达的相对数量；空则均匀",
        ),
    ] = None
    kw_per_gpu: Annotated[
        float,
        Unit("kW"),
        Bounds(0, open_below=True),
        Help(
            "IT power of a job for each GPU it holds, its share of the server included.",
            "每GPU的IT功率（含所占服务器）",
        ),
    ] = 0.63
    gpus_per_node: Annotated[int, Unit("1"), Bounds(1), Help("GPUs of a whole node.", "每节点GPU数")] = 8
    trace_start: Annotated[
        str,
        Help(
            "Instant of the trace, with its zone, that stands for the start of the window; empty: the same instant.",
            "作业记录中对应窗口起点的时刻（含时区）；空则为同一时刻",
        ),
    ] = ""
    trace_zone: Annotated[
        str,
        Names("time zone"),
        Help(
            "Zone of times in the trace that name none; empty: the format's own.",
            "记录中无时区时间所用时区；空则按格式",
        ),
    ] = ""
    lenient: Annotated[
        bool, Help("Whether broken rows are left out and told, or refused.", "错误行是剔除并说明，还是拒收")
    ] = False

    def problems(self) -> list[Fault]:
        """Neither or both."""
        if bool(self.file) == (self.per_day is not None):
            found = "both file and per_day" if self.file else "neither file nor per_day"
            return [("", found, "one of the two", "keep `file:` with `format:`, or `per_day:`")]
        return []


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchProject:
    """A dispatch question, complete."""

    name: Annotated[str, Example("My sites"), Help("Shown on the report.", "报告所示名称")]
    window: Window
    sites: Mapping[str, SiteEntry]
    classes: Mapping[str, JobClassEntry]
    jobs: JobsEntry
    links: Links = field(default_factory=Links)
    carbon_price_cny_per_t: Annotated[
        float, Unit("CNY/t"), Bounds(0), Help("What a tonne of CO2 counts in the plan.", "计入优化的碳价")
    ] = 0.0
    notes: Annotated[
        tuple[str, ...], Help("What a reader must know; printed in the report.", "读者须知，印入报告")
    ] = ()

    @property
    def zone(self) -> ZoneInfo:
        """The clocks of the first site: those of the report."""
        return ZoneInfo(next(iter(self.sites.values())).place.time_zone)

    def problems(self) -> list[Fault]:
        """What does not fit together among the sections."""
        none = [(key, "nothing", "at least one", f"add one under {key}") for key in self._empty()]
        return [*none, *self._links(), *self._shares(), *self._unpriced()]

    def _empty(self) -> list[str]:
        """Sections that hold nothing."""
        return [key for key, held in (("sites", self.sites), ("classes", self.classes)) if not held]

    def _links(self) -> list[Fault]:
        """Latencies of sites that are not there."""
        known = ", ".join(self.sites)
        return [
            (f"links.latency_ms.{one}", f"the site {other}", f"one of {known}", "correct the name")
            for one, row in self.links.latency_ms.items()
            for other in sorted({one, *row} - set(self.sites))
        ]

    def _shares(self) -> list[Fault]:
        """Shares of drawn jobs that do not add up."""
        shares = sum(entry.share for entry in self.classes.values())
        if self.jobs.per_day is None or not self.classes or abs(shares - 1.0) <= SHARES_ROUNDING:
            return []
        return [("classes", f"shares that add up to {shares:g}", "1", "correct share of the classes")]

    def _unpriced(self) -> list[Fault]:
        """Sites whose prices or carbon nobody could know."""
        return [
            (
                f"sites.{name}",
                "no territory, and no price or no factor",
                "territory, or both import_price_cny_per_mwh and carbon_kg_per_mwh",
                "name the territory, or give both",
            )
            for name, site in self.sites.items()
            if not site.territory and (site.import_price_cny_per_mwh is None or site.carbon_kg_per_mwh is None)
        ]
