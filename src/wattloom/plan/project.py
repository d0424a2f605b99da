"""What does the planner ask? A project: place, territory, assets, money and goals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from wattloom.assets.contract import Asset, Bounds, Example, Help, Level, Names, Unit
from wattloom.domain.charges import PriceBasis
from wattloom.domain.weather import Place

Fault = tuple[str, str, str, str]
"""Key path, found, expected, remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeatherChoice:
    """Which weather the plan uses."""

    dataset: Annotated[
        str,
        Names("dataset"),
        Help(
            "Name of a weather year that ships with the package, such as typical-greensboro.",
            "随软件附带的气象年名称，如 typical-greensboro",
        ),
    ] = ""
    file: Annotated[
        str,
        Names("file"),
        Help("EPW, TMY3 or Parquet file beside the project file.", "项目文件旁的 EPW、TMY3 或 Parquet 气象文件"),
    ] = ""
    of_site: Annotated[
        bool,
        Help(
            "False where the weather was taken elsewhere; every page then says so.",
            "气象是否为本地；若否，各页均予注明",
        ),
    ] = True
    other_years: Annotated[
        tuple[str, ...],
        Names("file"),
        Help("Files of other years, for P50 and P90.", "其他年份的气象文件，用于 P50 与 P90"),
    ] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """How the site meets the public grid, in the words of the rules."""

    territory: Annotated[
        str,
        Names("territory"),
        Example("xinjiang"),
        Help(
            "Key of the territory whose rules and prices apply, such as xinjiang.",
            "适用其规则与价格的地区，如 xinjiang",
        ),
    ]
    voltage_kv: Annotated[
        float,
        Unit("kV"),
        Bounds(0, 1000, open_below=True),
        Example(220),
        Help("Voltage of the connection.", "接入电压等级"),
    ]
    type: Annotated[
        Literal["public_grid", "off_grid"], Help("Whether the site is connected to the public grid.", "并网型或离网型")
    ] = "public_grid"
    users: Annotated[
        Literal["single", "multi"],
        Help("One user (Doc 650) or several (Doc 688).", "单用户（650号文）或多用户（688号文）"),
    ] = "single"
    new_load: Annotated[
        bool, Help("Whether the load is new, as direct connection asks.", "是否为新增负荷（绿电直连要求）")
    ] = True
    hub_node: Annotated[
        bool | None,
        Help(
            "Whether it lies in a national hub node; empty: as the territory says.", "是否位于国家枢纽节点；空则按地区"
        ),
    ] = None
    full_backup: Annotated[bool, Help("Whether the grid stands by for the whole load.", "电网是否为全部负荷备用")] = (
        False
    )
    facts: Annotated[
        Mapping[str, float | bool | str],
        Names("fact"),
        Help("Values that replace the territory's, by name.", "按名称替换地区数据的值"),
    ] = field(default_factory=dict)


NO_TERRITORY = "none"
"""In place of a territory: no rules and no tariff, the grid asset's own prices are all there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """In which money the file speaks. Keys name CNY; series may name another currency and are exchanged here."""

    price_basis: Annotated[
        PriceBasis, Help("Whether the file's prices hold value-added tax.", "本文件价格是否含增值税")
    ] = PriceBasis.WITHOUT_VAT
    cny_per_eur: Annotated[
        float | None, Unit("CNY/EUR"), Bounds(0, open_below=True), Help("Exchange rate.", "汇率")
    ] = None
    cny_per_usd: Annotated[
        float | None, Unit("CNY/USD"), Bounds(0, open_below=True), Help("Exchange rate.", "汇率")
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finance:
    """How the project is paid for."""

    discount_rate: Annotated[
        float,
        Unit("1"),
        Bounds(0, 0.5),
        Help("Real, before tax: for yearly cost and NPV.", "实际税前折现率，用于年化成本与净现值"),
    ] = 0.07
    life_years: Annotated[int, Unit("year"), Bounds(1, 60), Help("Years of operation.", "运营年限")] = 25
    debt_share: Annotated[
        float, Unit("1"), Bounds(0, 1), Help("Part of the capital that is borrowed.", "贷款占投资比例")
    ] = 0.7
    debt_rate: Annotated[float, Unit("1"), Bounds(0, 0.5), Help("Interest a year.", "年利率")] = 0.035
    debt_years: Annotated[
        int, Unit("year"), Bounds(1, 60), Help("Years of repayment, equal instalments.", "还款年限，等额本息")
    ] = 15
    income_tax: Annotated[float, Unit("1"), Bounds(0, 1), Help("Rate of corporate income tax.", "企业所得税率")] = 0.25
    tax_holiday: Annotated[
        bool,
        Help(
            "Three years free and three at half rate, for public infrastructure projects.", "公共基础设施项目三免三减半"
        ),
    ] = True
    price_growth: Annotated[
        float, Unit("1"), Bounds(-0.2, 0.2), Help("Real change of the market price a year.", "市场电价年实际变化率")
    ] = 0.0
    generator_discount_rate: Annotated[
        float, Unit("1"), Bounds(0, 0.5), Help("What the generator's owner asks.", "发电方要求的收益率")
    ] = 0.07
    generator_market_price: Annotated[
        Level | None,
        Unit("CNY/MWh"),
        Help("What the generator would earn on the market instead; empty: unknown.", "发电方改为入市的电价；空则未知"),
    ] = None

    def problems(self) -> list[Fault]:
        """What does not fit together."""
        if self.debt_share and self.debt_years > self.life_years:
            return [
                (
                    "debt_years",
                    f"{self.debt_years} years of repayment in {self.life_years} years of operation",
                    f"at most {self.life_years}",
                    "shorten the loan, or lengthen life_years",
                )
            ]
        return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Goals:
    """What the plan must reach, besides least cost."""

    green_share_hourly_min: Annotated[
        float | None, Unit("1"), Bounds(0, 1), Help("Served in the hour of use.", "逐时匹配的绿电占比")
    ] = None
    green_share_annual_min: Annotated[
        float | None, Unit("1"), Bounds(0, 1), Help("Over the year, exports counted.", "全年绿电占比，计入上网电量")
    ] = None
    green_share_with_certificates_min: Annotated[
        float | None, Unit("1"), Bounds(0, 1), Help("Contracts and certificates counted.", "计入绿电合同与绿证的占比")
    ] = None
    carbon_free_share_hourly_min: Annotated[
        float | None, Unit("1"), Bounds(0, 1), Help("Nuclear counted.", "逐时零碳占比，计入核电")
    ] = None
    import_share_max: Annotated[
        float | None, Unit("1"), Bounds(0, 1), Help("Grid energy of all consumption.", "下网电量占总用电比例")
    ] = None
    rules_bind: Annotated[
        bool,
        Help("Whether the territory's ratios bind the plan, or only judge it.", "地区比例要求是否约束规划，或仅作评判"),
    ] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """How finely and over which years the plan is computed."""

    year: Annotated[
        int,
        Unit("year"),
        Bounds(2025, 2060),
        Help("Design year: rules and sizes are those of this year.", "设计年：规则与容量均按该年"),
    ] = 2027
    step_minutes: Annotated[
        Literal[15, 30, 60, 120, 180, 240], Unit("min"), Help("Length of a period.", "时段长度")
    ] = 60
    project_years: Annotated[
        tuple[int, ...],
        Help(
            "Years of operation (1 is the first) in which the fixed sizes are dispatched anew.",
            "容量固定后重新调度的运营年（首年为1）",
        ),
    ] = (1, 5, 10, 15, 20)
    load_sweep_mw: Annotated[
        tuple[float, ...],
        Unit("MW"),
        Help("Mean loads for each of which the design is chosen anew.", "逐一重新优化的平均负荷"),
    ] = ()
    exact: Annotated[bool, Help("Solve to the last digit instead of within 1e-5.", "精确求解，而非 1e-5 以内")] = False

    def problems(self) -> list[Fault]:
        """What no plan can be made for."""
        faults: list[Fault] = []
        if any(year < 1 for year in self.project_years):
            found = ", ".join(f"{year}" for year in self.project_years if year < 1)
            faults.append(
                ("project_years", f"year {found}", "years of operation from 1 on", "write 1 for the first year")
            )
        if len(set(self.project_years)) < len(self.project_years):
            faults.append(("project_years", "a year twice", "each year once", "delete the second"))
        if any(load <= 0 for load in self.load_sweep_mw):
            found = ", ".join(f"{load:g}" for load in self.load_sweep_mw if load <= 0)
            faults.append(("load_sweep_mw", f"{found} MW", "mean loads above 0", "delete it, or correct the number"))
        return faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A statement about cost that the plan is to test: under which assumptions does it hold?"""

    cost_reduction: Annotated[
        float,
        Unit("1"),
        Bounds(-1, 1),
        Help("Part of the baseline's energy cost that is said to be saved.", "声称的综合用能成本降幅"),
    ]
    source: Annotated[str, Help("Who says so.", "来源")] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A planning question, complete."""

    name: Annotated[str, Example("My site"), Help("Shown on the report.", "报告所示名称")]
    site: Place
    connection: Connection
    assets: Mapping[str, Asset]
    """By the name that the file gives them."""
    weather: WeatherChoice = field(default_factory=WeatherChoice)
    money: Money = field(default_factory=Money)
    finance: Finance = field(default_factory=Finance)
    goals: Goals = field(default_factory=Goals)
    study: Study = field(default_factory=Study)
    claim: Claim | None = None
    notes: Annotated[
        tuple[str, ...], Help("What a reader must know; printed in the report.", "读者须知，印入报告")
    ] = ()

    def problems(self) -> list[Fault]:
        """What does not fit together among the sections."""
        late = [year for year in self.study.project_years if year > self.finance.life_years]
        if late and self.study.project_years != Study().project_years:
            return [
                (
                    "study.project_years",
                    f"year {', '.join(map(str, late))} of operation",
                    f"at most finance.life_years, which is {self.finance.life_years}",
                    "take the year out, or lengthen the life",
                )
            ]
        return []
