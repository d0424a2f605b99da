"""What does somebody who claims green electricity ask? Meters, devices, users, and who buys from whom."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from wattloom.domain.fields import Bounds, Example, Help, Names, Unit
from wattloom.ledger.certificates.energy import Use

Fault = tuple[str, str, str, str]
"""Key path, found, expected, remedy."""
INTERVAL_MINUTES_MAX = 60
Scheme = Literal["gec", "granular", "both"]
Technology = Literal["wind", "solar", "hydro", "biomass", "geothermal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplacedEntry:
    """A register that was taken away, and the one that came."""

    at: Annotated[str, Help("Instant with its zone.", "换表时刻（含时区）"), Example("2026-03-07T10:20+08:00")]
    last: Annotated[float, Bounds(0), Help("Last reading of the old one.", "旧表末读数"), Example(501.2)]
    first: Annotated[float, Bounds(0), Help("First reading of the new one.", "新表起读数"), Example(0.0)]

    def problems(self) -> list[Fault]:
        """An instant that is none, or has no zone."""
        if instant_of(self.at) is not None:
            return []
        return [("at", f'"{self.at}"', "an instant with its zone", 'write it as "2026-03-07T10:20+08:00"')]


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnEntry:
    """Made-up readings in place of a file, for trying out; every output says that they are generated."""

    shape: Annotated[
        Literal["solar", "wind", "load", "charge", "discharge"],
        Help("What the readings look like.", "读数形态"),
        Example("wind"),
    ]
    peak_mw: Annotated[float, Unit("MW"), Bounds(0, open_below=True), Help("Highest power.", "峰值功率")]
    seed: Annotated[int, Unit("1"), Bounds(0), Help("Of the drawing.", "随机种子")] = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterEntry:
    """Where a meter's readings stand and what they mean."""

    file: Annotated[str, Names("file"), Help("CSV, XLSX or Parquet beside this file.", "本文件旁的数据表")] = ""
    column: Annotated[str, Help("Of the readings.", "读数列名")] = ""
    unit: Annotated[str, Names("unit"), Help("Of the readings.", "读数单位")] = "kWh"
    sort: Annotated[
        Literal["interval", "power", "register"],
        Help(
            "interval: energy of each; power: its mean; register: a running total.",
            "interval 时段电量；power 平均功率；register 表底示数",
        ),
    ] = "interval"
    time: Annotated[str, Help("Time column; empty: the one with a usual name.", "时间列；空则按常用列名识别")] = ""
    labels: Annotated[
        Literal["auto", "start", "end"],
        Help("Whether a label names the start or the end of its interval.", "时间标签为时段起点还是终点"),
    ] = "auto"
    sheet: Annotated[str, Help("Of a workbook with several.", "工作表名")] = ""
    ratio: Annotated[
        float, Unit("1"), Bounds(0, open_below=True), Help("Of the transformers before the meter.", "互感器综合倍率")
    ] = 1.0
    rolls_over_at: Annotated[
        float | None,
        Bounds(0, open_below=True),
        Help("Reading at which a register begins again at nought.", "表底翻转值"),
    ] = None
    replaced: Annotated[tuple[ReplacedEntry, ...], Help("Registers that were replaced.", "换表记录")] = ()
    issue_column: Annotated[
        str, Help("With the time of publication: the latest stands.", "发布时间列：以最新发布为准")
    ] = ""
    spread: Annotated[
        bool,
        Help(
            "Of a register: whether what it counted over a gap is spread over it, as an estimate.",
            "表底缺口是否平均分摊（估计值）",
        ),
    ] = False
    most_mw: Annotated[
        float | None,
        Unit("MW"),
        Bounds(0, open_below=True),
        Help("A reading above it is not believed; empty: the device's capacity.", "可信上限；空则取设备容量"),
    ] = None
    generated: Annotated[DrawnEntry | None, Help("Made-up readings in place of a file.", "生成的示例读数")] = None

    def problems(self) -> list[Fault]:
        """No readings or two, a register's keys on what is none."""
        found: list[Fault] = []
        if bool(self.file) == (self.generated is not None):
            what = "both file and generated" if self.file else "neither file nor generated"
            found.append(("", what, "one of the two", "keep `file:` with `column:`, or `generated:`"))
        if self.file and not self.column:
            found.append(("", "no column", "the column of the readings", "add `column:`"))
        of_register = {
            "rolls_over_at": self.rolls_over_at is not None,
            "replaced": bool(self.replaced),
            "spread": self.spread,
        }
        if self.sort != "register":
            found += [
                (
                    name,
                    f"{name} of a meter whose sort is {self.sort}",
                    "sort: register",
                    "correct `sort:`, or delete it",
                )
                for name, said in of_register.items()
                if said
            ]
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceEntry:
    """A source with its meter, and which certificates are made of it."""

    owner: Annotated[str, Help("Who holds its certificates at first.", "证书初始持有人"), Example("wind company")]
    technology: Annotated[Technology, Help("What it is.", "电源类型"), Example("wind")]
    capacity_mw: Annotated[float, Unit("MW"), Bounds(0, open_below=True), Help("Its rating.", "装机容量")]
    zone: Annotated[str, Help("Inside it its electricity counts as deliverable.", "可交付区域"), Example("ningxia")]
    meter: MeterEntry
    scheme: Annotated[
        Scheme,
        Help(
            "gec: a certificate a MWh of a month; granular: watt-hours of an interval; both: parted by granular_share.",
            "gec 按月核发绿证；granular 分时证书；both 按 granular_share 分配",
        ),
    ] = "granular"
    granular_share: Annotated[
        float | None,
        Unit("1"),
        Bounds(0, 1),
        Help("Of both: what part of each interval becomes granular.", "两种并行时，每时段核发分时证书的比例"),
    ] = None
    use: Annotated[Use, Help("Self-use: certificates that cannot be traded.", "自发自用：证书不可交易")] = (
        Use.PUBLIC_GRID
    )

    def problems(self) -> list[Fault]:
        """A share without two schemes, two schemes without a share, a store under sources, a name that is none."""
        found: list[Fault] = []
        if "/" in self.owner or not self.owner.isprintable():
            found.append(("owner", f'"{self.owner}"', "a printable name without /", "rename it"))
        if (self.scheme == "both") != (self.granular_share is not None):
            what = (
                "no granular_share" if self.scheme == "both" else f"a granular_share of a device that is {self.scheme}"
            )
            found.append(("", what, "granular_share with scheme: both, and only then", "correct one of the two"))
        if self.use is Use.STORAGE:
            found.append(("use", "storage", "a source", "put it under stores"))
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreEntry:
    """A store: what it takes is set aside, what it gives back is as green as that, less its losses."""

    owner: Annotated[str, Help("Who holds what it gives back.", "放电证书持有人"), Example("campus")]
    capacity_mw: Annotated[float, Unit("MW"), Bounds(0, open_below=True), Help("Its rating.", "功率容量")]
    zone: Annotated[str, Help("Where it stands.", "所在区域"), Example("ningxia")]
    efficiency: Annotated[
        float,
        Unit("1"),
        Bounds(0, 1, open_below=True),
        Help("Measured round trip, meter to meter.", "实测综合效率（表计到表计）"),
        Example(0.86),
    ]
    charge: Annotated[MeterEntry, Help("What went in.", "充电表计")]
    discharge: Annotated[MeterEntry, Help("What came out.", "放电表计")]


@dataclass(frozen=True, slots=True, kw_only=True)
class UserEntry:
    """Somebody who consumes."""

    zone: Annotated[str, Help("Where it stands.", "所在区域"), Example("ningxia")]
    meter: Annotated[MeterEntry, Help("All that it consumes.", "总用电表计")]
    territory: Annotated[
        str, Names("territory"), Help("Whose factor counts its carbon by location.", "按所在地核算碳排放所用地区")
    ] = ""
    it_meter: Annotated[MeterEntry | None, Help("Of its IT equipment: for PUE and CUE.", "信息设备用电表计")] = None
    water_l: Annotated[
        Mapping[str, float], Bounds(0), Help("Water used, by year (y2026: …).", "按年耗水量（升），键如 y2026")
    ] = field(default_factory=dict)
    reused_heat_mwh: Annotated[
        Mapping[str, float],
        Unit("MWh"),
        Bounds(0),
        Help("Heat used elsewhere, by year (y2026: …).", "按年余热利用量，键如 y2026"),
    ] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractEntry:
    """Who is supplied by whom, before those that follow."""

    name: Annotated[str, Example("campus buys wind")]
    devices: Annotated[tuple[str, ...], Help("Sources and stores.", "电源与储能"), Example(("wind_1",))]
    users: Annotated[tuple[str, ...], Help("Users, and stores that charge.", "用户与充电的储能"), Example(("campus",))]
    shared: Annotated[
        bool,
        Help(
            "A multi-user direct connection: each period's self-use is parted by consumption (Doc 688, art. 11).",
            "多用户绿电直连：每时段自用电量按用电量分摊（688号文第十一条）",
        ),
    ] = False
    delivery: Annotated[str, Help("Document that shows delivery where zones differ.", "跨区域时证明可交付的文件")] = ""
    price_cny_per_mwh: Annotated[
        float, Unit("CNY/MWh"), Bounds(0), Help("Paid for each MWh matched in its period.", "每匹配兆瓦时环境价值")
    ] = 0.0
    income_shares: Annotated[
        Mapping[str, int], Bounds(0), Help("Whole shares of that income, by who gets it.", "收益分成（整数份额）")
    ] = field(default_factory=dict)

    def problems(self) -> list[Fault]:
        """Nobody on a side, a price whose income nobody gets."""
        found: list[Fault] = []
        for name, said in (("devices", self.devices), ("users", self.users)):
            if not said or len(set(said)) != len(said):
                what = "nothing" if not said else "one of them twice"
                found.append((name, what, "at least one, each once", f"correct `{name}:`"))
        if bool(self.price_cny_per_mwh) != bool(sum(self.income_shares.values())):
            found.append(("", "a price without shares, or shares without a price", "both or neither",
                          "add `price_cny_per_mwh:` and `income_shares:`, or delete them"))  # fmt: skip
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class AvoidedEntry:
    """An effect on others, told apart from the inventory and never added to it."""

    name: Annotated[str, Example("heat pumps replaced")]
    energy_mwh: Annotated[float, Unit("MWh"), Bounds(0), Help("Of the change.", "变化电量"), Example(100.0)]
    factor_t_per_mwh: Annotated[float, Unit("t/MWh"), Bounds(0), Help("Of what was displaced.", "被替代电量的因子")]
    sort: Annotated[
        Literal["avoided", "marginal"],
        Help(
            "avoided: against a named baseline; marginal: by a marginal factor.", "avoided 相对基线；marginal 边际因子"
        ),
        Example("avoided"),
    ]
    source: Annotated[str, Help("Of the factor or the baseline.", "因子或基线来源"), Example("model run 7")]


@dataclass(frozen=True, slots=True, kw_only=True)
class HourlyFactorEntry:
    """A factor by the hour that the user brings; no official one exists."""

    file: Annotated[str, Names("file"), Help("CSV, XLSX or Parquet.", "数据表")]
    column: Annotated[str, Help("Of the factor.", "因子列名"), Example("factor")]
    unit: Annotated[str, Names("unit"), Help("Of the factor.", "因子单位")] = "t/MWh"
    source: Annotated[str, Help("Who made it, and how.", "来源与方法"), Example("grid company, average")]


@dataclass(frozen=True, slots=True, kw_only=True)
class CarbonEntry:
    """By which factors carbon is counted."""

    untracked: Annotated[
        Literal["untracked", "fossil", "national"],
        Help(
            "Factor of what no certificate covers: average without traded green, fossil only, or the national average. "
            "There is no official residual mix: it must be chosen and is named on every page.",
            "未被证书覆盖电量的因子：不含市场化非化石电量的平均、化石电量或全国平均。官方无剩余混合因子，须选定并注明。",
        ),
        Example("untracked"),
    ]
    data_year: Annotated[
        int | None, Unit("year"), Help("Of the factors; empty: the newest.", "因子数据年；空则取最新")
    ] = None
    hourly: Annotated[HourlyFactorEntry | None, Help("A factor by the hour.", "分时因子")] = None
    avoided: Annotated[tuple[AvoidedEntry, ...], Help("Told apart, never added.", "单列，不计入清单")] = ()
    other_certificates_mwh: Annotated[
        Mapping[str, float],
        Unit("MWh"),
        Bounds(0),
        Help(
            "Cancelled for a user outside this book, in the reported year; needs certificates_source.",
            "本账簿之外为用户核销的绿证电量（报告年）",
        ),
    ] = field(default_factory=dict)
    certificates_source: Annotated[str, Help("Document of those cancellations.", "核销凭证")] = ""

    def problems(self) -> list[Fault]:
        """Certificates from nowhere."""
        if self.other_certificates_mwh and not self.certificates_source:
            return [("", "other_certificates_mwh without certificates_source", "the document", "add it")]
        return []


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificatesProject:
    """A certificates file, complete."""

    name: Annotated[str, Example("My campus"), Help("Shown on the report.", "报告所示名称")]
    zone: Annotated[str, Names("time zone"), Help("Of the months and clocks.", "月份与时钟所用时区")] = "Asia/Shanghai"
    step_minutes: Annotated[
        Literal[5, 15, 30, 60], Unit("min"), Help("Length of a period of matching.", "匹配时段长度")
    ] = 15
    devices: Mapping[str, DeviceEntry] = field(default_factory=dict)
    stores: Mapping[str, StoreEntry] = field(default_factory=dict)
    users: Mapping[str, UserEntry] = field(default_factory=dict)
    contracts: Annotated[tuple[ContractEntry, ...], Help("In the order of their priority.", "按优先级排列")] = ()
    zones_after: Annotated[
        bool,
        Help(
            "Whether, after all contracts, what is left in a zone goes to who is in it.",
            "合同之后，区域内剩余是否在区域内匹配",
        ),
    ] = False
    carbon: Annotated[CarbonEntry | None, Help("How carbon is counted.", "碳核算方法")] = None
    notes: Annotated[
        tuple[str, ...], Help("What a reader must know; printed in the report.", "读者须知，印入报告")
    ] = ()

    @property
    def clock(self) -> ZoneInfo:
        """Of its months."""
        return ZoneInfo(self.zone)

    def problems(self) -> list[Fault]:
        """Names of nothing, names twice, deliveries across zones that nothing shows."""
        found: list[Fault] = []
        names = [*self.devices, *self.stores, *self.users]
        found += [(name, f"{name} more than once", "a name for one thing", "rename one of them")
                  for name in sorted({name for name in names if names.count(name) > 1})]  # fmt: skip
        if not self.users and not self.devices:
            found.append(("", "neither devices nor users", "at least one of them", "add one"))
        for contract in self.contracts:
            found += self._contract_faults(contract)
        unknown = sorted(set(self.carbon.other_certificates_mwh) - set(self.users)) if self.carbon else []
        found += [
            ("carbon.other_certificates_mwh", name, "a user of this file", "correct the name") for name in unknown
        ]
        return found

    def _contract_faults(self, contract: ContractEntry) -> list[Fault]:
        """Of one contract."""
        stores = {name: store.zone for name, store in self.stores.items()}
        sources = {name: device.zone for name, device in self.devices.items()} | stores
        takers = {name: user.zone for name, user in self.users.items()} | stores
        where = "contracts"
        wrong = [(where, f"{name} in contract {contract.name!r}", "a device or store of this file", "correct the name")
                 for name in contract.devices if name not in sources]  # fmt: skip
        wrong += [(where, f"{name} in contract {contract.name!r}", "a user or store of this file", "correct the name")
                  for name in contract.users if name not in takers]  # fmt: skip
        if wrong or contract.delivery:
            return wrong
        zones = {sources[name] for name in contract.devices} | {takers[name] for name in contract.users}
        if len(zones) > 1:
            told = f"zones {', '.join(sorted(zones))} in contract {contract.name!r}"
            wrong.append((where, told, "one zone, or `delivery:`", "name the document that shows delivery"))
        return wrong


def instant_of(text: str) -> datetime | None:
    """An instant with its zone; None where it is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def year_key(year: int) -> str:
    """How a file names a year, as names begin with a letter.

    Example:
        >>> year_key(2026)
        'y2026'
    """
    return f"y{year}"


YEAR_KEY = re.compile(r"y\d{4}")
