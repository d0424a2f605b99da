"""What may a settle file say that the market owes a point, or it the market? Differences, mechanism, services."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from wattloom.assets.contract import ByHour, FromFile
from wattloom.domain.charges import PriceBasis
from wattloom.domain.fields import Bounds, Example, Help, Unit
from wattloom.ledger.certificates.project import Fault, MeterEntry

PriceLevel = float | FromFile | ByHour
"""A price or power: one for all periods, by the hour of the day, or from a table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceEntry:
    """A contract for difference."""

    name: Annotated[str, Example("wind 2026")]
    side: Annotated[Literal["buys", "sells"], Help("Of this point.", "本方为买方或卖方"), Example("buys")]
    energy: Annotated[MeterEntry | None, Help("Contracted energy by period.", "合约分时电量")] = None
    power_mw: Annotated[
        PriceLevel | None, Unit("MW"), Help("The same as a power, in place of a table.", "合约功率，代替电量表")
    ] = None
    strike: Annotated[PriceLevel, Unit("CNY/MWh"), Help("Contract price.", "合约价"), Example(300.0)]
    reference: Annotated[PriceLevel, Unit("CNY/MWh"), Help("What it is settled against.", "结算参考价"), Example(310.0)]
    document: Annotated[str, Help("The contract.", "合同编号"), Example("contract 7")]

    def problems(self) -> list[Fault]:
        """No quantity or two."""
        if (self.energy is None) == (self.power_mw is None):
            said = "neither energy nor power_mw" if self.energy is None else "both energy and power_mw"
            return [("", said, "one of the two", "add or delete one")]
        return []


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviationEntry:
    """What a deviation of the month from its contracts costs beyond its price."""

    contract_mwh: Annotated[
        float | None, Unit("MWh"), Bounds(0), Help("Of the month; empty: the spot's contracts.", "当月合同电量")
    ] = None
    over_share: Annotated[float, Unit("1"), Bounds(0, 10), Help("Free above the contract.", "正偏差免考核比例")]
    under_share: Annotated[float, Unit("1"), Bounds(0, 1), Help("Free below it.", "负偏差免考核比例")]
    over_cny_per_mwh: Annotated[float, Unit("CNY/MWh"), Bounds(0), Help("For each MWh beyond.", "正偏差考核价")]
    under_cny_per_mwh: Annotated[float, Unit("CNY/MWh"), Bounds(0), Help("For each MWh short.", "负偏差考核价")]
    document: Annotated[str, Help("The province's rule.", "省内规则"), Example("market rules of 2026")]


@dataclass(frozen=True, slots=True, kw_only=True)
class MechanismMonthEntry:
    """An earlier month of the year under the mechanism: what it left rolls on."""

    month: Annotated[str, Example("2026-07")]
    split_mwh: Annotated[float, Unit("MWh"), Bounds(0), Help("Mechanism energy of the month.", "分月机制电量")]
    on_grid_mwh: Annotated[float, Unit("MWh"), Bounds(0), Help("Fed in the month.", "当月上网电量")]


@dataclass(frozen=True, slots=True, kw_only=True)
class MechanismEntry:
    """The price mechanism of Doc 136; a direct connection is outside it and is refused."""

    split_mwh: Annotated[float, Unit("MWh"), Bounds(0), Help("Mechanism energy of the month.", "分月机制电量")]
    price_cny_per_mwh: Annotated[
        float | None, Unit("CNY/MWh"), Bounds(0), Help("Empty: the territory's, by kind.", "机制电价；空则按地区")
    ] = None
    kind: Annotated[
        Literal["wind", "pv", "stock"] | None, Help("Whose price of the territory.", "增量风电、光伏或存量")
    ] = None
    reference_cny_per_mwh: Annotated[
        float | None,
        Unit("CNY/MWh"),
        Help("The market's mean of the same technology, as published.", "同类项目市场均价（公布值）"),
    ] = None
    reference_price: Annotated[
        PriceLevel | None, Unit("CNY/MWh"), Help("Or real-time prices …", "或实时市场分时价格")
    ] = None
    reference_energy: Annotated[
        MeterEntry | None, Help("… weighted with the technology's energy.", "及同类项目分时上网电量")
    ] = None
    earlier: Annotated[tuple[MechanismMonthEntry, ...], Help("Months of the year before.", "当年以前各月")] = ()
    document: Annotated[str, Help("Of the price and the mean.", "机制电价与均价依据")] = ""

    def problems(self) -> list[Fault]:
        """A price from nowhere, a mean from nowhere."""
        found: list[Fault] = []
        if (self.price_cny_per_mwh is None) == (self.kind is None):
            said = "neither price_cny_per_mwh nor kind" if self.kind is None else "both price_cny_per_mwh and kind"
            found.append(("", said, "one of the two", "add or delete one"))
        both = self.reference_price is not None and self.reference_energy is not None
        if (self.reference_cny_per_mwh is None) != both:
            found.append(("", "no mean of the market, or two", "reference_cny_per_mwh, or price and energy",
                          "give one of them"))  # fmt: skip
        if (self.price_cny_per_mwh is not None or self.reference_cny_per_mwh is not None) and not self.document:
            found.append(("", "a figure without document", "where it is published", "add `document:`"))
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class MileageHour:
    """An hour of frequency regulation as it was cleared and measured."""

    at: Annotated[str, Help("Start of the hour, with its zone.", "小时起点（含时区）"),
                  Example("2026-08-03T10:00+08:00")]  # fmt: skip
    mileage_mw: Annotated[float, Unit("MW"), Bounds(0), Help("Regulated mileage.", "调节里程")]
    price_cny_per_mw: Annotated[float, Unit("CNY/MW"), Bounds(0), Help("Clearing price.", "出清价")]
    rate_share_per_min: Annotated[
        float, Unit("1"), Bounds(0), Help("Measured rate, of rated power a minute.", "实测调节速率")
    ]
    delay_s: Annotated[float, Unit("s"), Bounds(0), Help("Measured delay.", "响应时间")]
    error_share: Annotated[float, Unit("1"), Bounds(0), Help("Mean error, of rated power.", "平均误差")]
    factor: Annotated[float, Unit("1"), Bounds(0), Help("Factor M of the rule.", "规则中的系数 M")] = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FrequencyEntry:
    """Frequency mileage by the rule of the territory (Hunan's is known)."""

    technology: Annotated[
        Literal["storage", "hydro", "gas", "coal"],
        Help("Whose standard rate is the measure.", "标准调节速率所属类型"),
        Example("storage"),
    ]
    hours: tuple[MileageHour, ...]
    basis: Annotated[PriceBasis, Help("Of the prices; no source says.", "价格是否含税")] = PriceBasis.WITH_VAT


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageCapacityEntry:
    """The capacity price of storage (Doc 114 of 2026)."""

    power_mw: Annotated[float, Unit("MW"), Bounds(0, open_below=True), Help("Rated power.", "额定功率")]
    discharge_h: Annotated[float, Unit("h"), Bounds(0, open_below=True), Help("At rated power.", "满功率放电时长")]
    longest_peak_h: Annotated[
        float,
        Unit("h"),
        Bounds(0, open_below=True),
        Help("Of the year's net load, as published.", "全年最长净负荷高峰"),
    ]
    coal_cny_per_kw_year: Annotated[
        float | None, Unit("CNY/kW"), Bounds(0), Help("Empty: the document's least.", "煤电容量电价；空则取文件下限")
    ] = None
    document: Annotated[str, Help("Of the province's figures.", "省内公布值依据"), Example("notice of the province")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseEntry:
    """One event of demand response, as verified."""

    event: Annotated[str, Help("Its name or number.", "事件编号"), Example("peak 2026-08-04")]
    day: Annotated[str, Help("Day of the event.", "事件日期"), Example("2026-08-04")]
    delivered_mwh: Annotated[float, Unit("MWh"), Bounds(0), Help("Against the baseline, verified.", "经核定的响应电量")]
    price_cny_per_mwh: Annotated[float, Unit("CNY/MWh"), Bounds(0), Help("Cleared.", "出清价")]
    short_mwh: Annotated[float, Unit("MWh"), Bounds(0), Help("Awarded and not delivered.", "中标未响应电量")] = 0.0
    penalty_cny_per_mwh: Annotated[float, Unit("CNY/MWh"), Bounds(0), Help("For each MWh short.", "未响应考核价")] = 0.0
    basis: Annotated[PriceBasis, Help("Of the prices; no source says.", "价格是否含税")] = PriceBasis.WITH_VAT
    document: Annotated[str, Help("The settlement of the event.", "事件结算依据"), Example("verification 12")]

    def problems(self) -> list[Fault]:
        """A day that is none."""
        try:
            date.fromisoformat(self.day)
        except ValueError:
            return [("day", f'"{self.day}"', "a day such as 2026-08-04", "correct it")]
        return []
