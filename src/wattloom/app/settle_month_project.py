"""What does somebody ask who settles a month? Points with their meters, their terms, and what the market owes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from wattloom.app.settle_month_services import (
    DeviationEntry,
    DifferenceEntry,
    FrequencyEntry,
    MechanismEntry,
    PriceLevel,
    ResponseEntry,
    StorageCapacityEntry,
)
from wattloom.domain.charges import PriceBasis
from wattloom.domain.fields import Bounds, Example, Help, Names, Unit
from wattloom.domain.money import Rounding
from wattloom.ledger.certificates.project import Fault, MeterEntry

SELLS_ONLY = "sells_only"
"""A mode without a grid tariff: a station that only gives energy to the grid."""
Mode = Literal["single_part", "two_part_capacity", "two_part_demand", "capacity_1192", "demand_1192", "sells_only"]
Metered = MeterEntry | tuple[MeterEntry, ...]
"""One meter, or several that add up."""
MODES_1192 = ("capacity_1192", "demand_1192")


@dataclass(frozen=True, slots=True, kw_only=True)
class PointMeters:
    """The meters of a connection point, each direction by itself."""

    drawn: Annotated[Metered | None, Help("From the public grid.", "下网电量")] = None
    fed: Annotated[Metered | None, Help("Given to the public grid.", "上网电量")] = None
    generated: Annotated[
        Metered | None,
        Help("Own generation; what is not fed is self-used.", "自有发电量；扣除上网后为自用"),
    ] = None
    consumed: Annotated[
        Metered | None,
        Help("All consumption; empty: what is drawn and self-used.", "总用电量；空则为下网加自用"),
    ] = None
    reactive: Annotated[
        Metered | None,
        Help("Reactive energy drawn, in kvarh: for the power factor.", "无功电量（kvarh），用于功率因数考核"),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotEntry:
    """Energy settled in two settlements, in place of one price."""

    contract: Annotated[MeterEntry | None, Help("Energy under contract by period.", "分时中长期合同电量")] = None
    contract_mw: Annotated[
        PriceLevel | None, Unit("MW"), Help("The same as a power, in place of a table.", "合同功率，代替电量表")
    ] = None
    day_ahead: Annotated[MeterEntry | None, Help("Day-ahead result by period.", "日前出清电量")] = None
    day_ahead_mw: Annotated[
        PriceLevel | None, Unit("MW"), Help("The same as a power, in place of a table.", "日前功率，代替电量表")
    ] = None
    contract_price: Annotated[PriceLevel, Unit("CNY/MWh"), Help("Of the contracts.", "合同价")] = 0.0
    day_ahead_price: Annotated[PriceLevel, Unit("CNY/MWh"), Help("Clearing price.", "日前出清价"), Example(300.0)]
    real_time_price: Annotated[PriceLevel, Unit("CNY/MWh"), Help("Clearing price.", "实时出清价"), Example(310.0)]
    document: Annotated[str, Help("The market's rules.", "市场规则文件")] = ""

    def problems(self) -> list[Fault]:
        """Both forms of a quantity."""
        return [
            (name, f"both {name} and {name}_mw", "one of the two, or neither for nothing", "delete one")
            for name in ("contract", "day_ahead")
            if getattr(self, name) is not None and getattr(self, f"{name}_mw") is not None
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyEntry:
    """Purchase through the grid company: bands bind, and a fee may be charged."""

    fee_cny_per_mwh: Annotated[
        float, Unit("CNY/MWh"), Bounds(0), Help("Agency fee; no source prints one.", "代理购电服务费")
    ] = 0.0
    fee_document: Annotated[str, Help("Where the fee is written.", "服务费依据")] = ""
    floating_items: Annotated[
        tuple[str, ...] | None,
        Help("Items that bands multiply, where the notice does not say.", "随分时浮动的项目（通知未明时）"),
    ] = None
    hot_days: Annotated[
        tuple[str, ...] | None,
        Help("Days that reached the notice's temperature.", "达到高温条件的日期"),
    ] = None
    large_industry: Annotated[bool, Help("Whether sharp and deep bands bind.", "是否大工业用户")] = True
    user_class: Annotated[str, Help("A class that the notice prints apart.", "通知另列的用户类别")] = ""

    def problems(self) -> list[Fault]:
        """Days that are none, a fee from nowhere."""
        wrong: list[Fault] = [
            ("hot_days", f'"{day}"', "a day such as 2026-07-15", "correct it")
            for day in self.hot_days or ()
            if day_of(day) is None
        ]
        if self.fee_cny_per_mwh and not self.fee_document:
            wrong.append(("", "fee_cny_per_mwh without fee_document", "the document of the fee", "add it"))
        return wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedFacts:
    """Values of rules that came into force inside the month, or were published later."""

    since: Annotated[str, Help("First day.", "生效日"), Example("2026-08-11")]
    facts: Annotated[Mapping[str, float], Names("fact"), Help("By name.", "按名称")] = field(default_factory=dict)
    document: Annotated[str, Help("Where they are written.", "依据")] = ""

    def problems(self) -> list[Fault]:
        """A day that is none."""
        return [] if day_of(self.since) else [("since", f'"{self.since}"', "a day such as 2026-08-11", "correct it")]


@dataclass(frozen=True, slots=True, kw_only=True)
class UserOfPoint:
    """One of several users behind a direct connection."""

    meter: Annotated[MeterEntry, Help("All that it consumes.", "总用电表计")]
    key: Annotated[
        int | None,
        Unit("1"),
        Bounds(0),
        Help("Agreed part of what is charged by the month.", "按月费用的约定分摊份额"),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PointEntry:
    """A metering point and the terms that it is settled on."""

    territory: Annotated[str, Names("territory"), Help("Whose rules.", "所在地区"), Example("ningxia")]
    voltage_kv: Annotated[float, Unit("kV"), Bounds(0, open_below=True), Help("Of the connection.", "接入电压")]
    capacity_kva: Annotated[float, Unit("kVA"), Bounds(0), Help("Of the connection.", "接入容量")] = 0.0
    mode: Annotated[Mode, Help("Way of being billed.", "计费方式"), Example("two_part_demand")]
    meters: PointMeters
    price: Annotated[
        PriceLevel | None, Unit("CNY/MWh"), Help("Of energy bought on one price.", "购电价格（单一价）")
    ] = None
    export_price: Annotated[PriceLevel | None, Unit("CNY/MWh"), Help("Of energy given to the grid.", "上网电价")] = None
    market_basis: Annotated[PriceBasis, Help("Whether market prices hold value-added tax.", "市场价格是否含税")] = (
        PriceBasis.WITH_VAT
    )
    spot: Annotated[SpotEntry | None, Help("Two settlements, in place of `price`.", "现货两部制结算，代替 price")] = (
        None
    )
    agency: Annotated[AgencyEntry | None, Help("Purchase through the grid company.", "代理购电")] = None
    direct_connection: Annotated[bool, Help("Own lines to new energy (Doc 650).", "绿电直连项目")] = False
    full_backup: Annotated[bool, Help("Whether the grid stands by for the whole load.", "电网是否为全部负荷备用")] = (
        False
    )
    users: Annotated[
        Mapping[str, UserOfPoint], Help("Of a multi-user direct connection (Doc 688).", "多用户直连的用户（688号文）")
    ] = field(default_factory=dict)
    power_factor_standard: Annotated[
        Literal[90, 85, 80] | None, Help("In hundredths; needs the reactive meter.", "功率因数标准（百分之）")
    ] = None
    facts: Annotated[
        Mapping[str, float | bool | str], Names("fact"), Help("In place of the territory's.", "替换地区数据")
    ] = field(default_factory=dict)
    dated_facts: Annotated[tuple[DatedFacts, ...], Help("Each from its day on.", "按日生效的数据")] = ()
    price_basis: Annotated[PriceBasis, Help("Whether items hold tax.", "账单各项是否含税")] = PriceBasis.WITH_VAT
    rounding: Annotated[Rounding, Help("Of an item to the fen.", "各项取整到分的方式")] = Rounding.HALF_UP
    contracts_for_difference: Annotated[tuple[DifferenceEntry, ...], Help("Each settled.", "差价合约")] = ()
    deviation: Annotated[DeviationEntry | None, Help("The market's deviation item.", "偏差考核")] = None
    mechanism: Annotated[MechanismEntry | None, Help("Doc 136.", "机制电价（136号文）")] = None
    frequency: Annotated[FrequencyEntry | None, Help("Mileage that was paid.", "调频里程收入")] = None
    storage_capacity: Annotated[StorageCapacityEntry | None, Help("Doc 114.", "储能容量电价（114号文）")] = None
    response: Annotated[tuple[ResponseEntry, ...], Help("Demand-response events.", "需求响应事件")] = ()
    incomplete: Annotated[
        Literal["hold", "bill"],
        Help(
            "With gaps or estimates. hold: the bill stays provisional; bill: it is made final, as agreed.",
            "有缺口或估计值时：hold 保持暂估；bill 按约定出终账",
        ),
    ] = "hold"

    def problems(self) -> list[Fault]:
        """What does not fit together."""
        found: list[Fault] = []
        buys = self.mode != SELLS_ONLY
        if buys and (self.price is None) == (self.spot is None):
            said = "neither price nor spot" if self.price is None else "both price and spot"
            found.append(("", said, "one of the two", "add or delete one"))
        if not buys and (self.price is not None or self.spot is not None):
            found.append(("mode", "a price of energy bought", "none of a point that only sells", "choose a mode"))
        found += self._meter_faults(buys=buys)
        if (self.mode in MODES_1192) > self.direct_connection:
            found.append(("mode", self.mode, "a direct connection", "set `direct_connection: true`, or another mode"))
        if self.agency is not None and (self.direct_connection or self.spot is not None):
            found.append(("agency", "agency purchase of a direct connection or on the spot market",
                          "a plain customer at one price", "delete one of them"))  # fmt: skip
        if self.users and not self.direct_connection:
            found.append(("users", "several users", "a direct connection (Doc 688)", "set `direct_connection: true`"))
        keys = [user.key for user in self.users.values()]
        if any(key is not None for key in keys) and (None in keys or not sum(key or 0 for key in keys)):
            found.append(("users", f"keys {keys}", "a whole part for each user, one above zero", "correct `key:`"))
        return found

    def _meter_faults(self, *, buys: bool) -> list[Fault]:
        """Meters that are lacking."""
        found: list[Fault] = []
        if buys and self.meters.drawn is None and not self.users:
            found.append(("meters", "no drawn", "the meter of what is drawn", "add `drawn:`"))
        if self.export_price is not None and self.meters.fed is None:
            found.append(("meters", "export_price without fed", "the meter of what is fed", "add `fed:`"))
        if not buys and self.meters.fed is None:
            found.append(("meters", "no fed", "the meter of what is fed", "add `fed:`"))
        if (self.power_factor_standard is None) != (self.meters.reactive is None):
            said = "a reactive meter" if self.power_factor_standard is None else "a power_factor_standard"
            found.append(("", f"{said} alone", "both or neither", "add the other one"))
        if self.mechanism is not None and self.meters.fed is None:
            found.append(("meters", "a mechanism without fed", "the meter of what is fed", "add `fed:`"))
        if self.users and self.meters.generated is None:
            found.append(("meters", "users without generated", "the meters of generation", "add `generated:`"))
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleProject:
    """A settle file, complete."""

    name: Annotated[str, Example("My campus"), Help("Shown on the statement.", "结算单所示名称")]
    zone: Annotated[str, Names("time zone"), Help("Of days and months.", "日与月所用时区")] = "Asia/Shanghai"
    step_minutes: Annotated[
        Literal[15, 30, 60], Unit("min"), Help("Length of a settlement period.", "结算时段长度")
    ] = 15
    points: Annotated[Mapping[str, PointEntry], Help("By name.", "计量点，按名称")]
    notes: Annotated[tuple[str, ...], Help("Printed on the statement.", "印入结算单的说明")] = ()

    @property
    def clock(self) -> ZoneInfo:
        """Of its days."""
        return ZoneInfo(self.zone)

    def problems(self) -> list[Fault]:
        """Nobody to settle with."""
        return [] if self.points else [("points", "nothing", "at least one point", "add one")]


def day_of(text: str) -> date | None:
    """A day; None where it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
