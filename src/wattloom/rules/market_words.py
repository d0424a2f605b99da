"""By which names are the parameters of a market known? Spot limits, mechanism prices, response, frequency, fees.

Prices are taken to hold value-added tax, as market prices of electricity in China are printed; no source seen says so
in words, so a reader confirms it with the price.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wattloom.rules.vocabulary import Word

CNY_PER_MWH = "CNY/MWh"
REGIONS: Mapping[str, tuple[str, str]] = {
    "north": ("North", "华北"),
    "northeast": ("Northeast", "东北"),
    "east": ("East", "华东"),
    "central": ("Central", "华中"),
    "northwest": ("Northwest", "西北"),
    "south": ("South", "南方"),
    "southwest": ("Southwest", "西南"),
}
"""Regional grids, with their names."""

REGION_FACTOR_YEARS = (2023,)
"""Data years of the regions' published emission factors."""


def _price(name: str, en: str, zh: str, *, lowest: float = 0.0, highest: float = 5000.0) -> Word:
    """A price of energy in CNY/MWh."""
    return Word(name, CNY_PER_MWH, en, zh, highest=highest, is_price=True, lowest=lowest)


def _number(name: str, unit: str, en: str, zh: str, *, highest: float) -> Word:
    """A plain number."""
    return Word(name, unit, en, zh, highest=highest)


def _spot() -> Iterator[Word]:
    """Status and limits of a spot market."""
    status = ("formal", "formal_by_deadline", "continuous_settlement_trial", "rules_issued")
    yield Word("spot_status", "", "Stage of the spot market", "现货市场阶段", kind="choice", choices=status)
    yield _number("spot_periods_per_day", "1", "Periods a day of the spot market", "现货市场每日时段数", highest=1440)
    yield _price("spot_bid_floor_cny_per_mwh", "Least bid on the spot market", "现货申报价格下限", lowest=-1000)
    yield _price("spot_bid_cap_cny_per_mwh", "Highest bid on the spot market", "现货申报价格上限")
    yield _price("spot_clearing_floor_cny_per_mwh", "Least clearing price", "现货出清价格下限", lowest=-1000)
    yield _price("spot_clearing_cap_cny_per_mwh", "Highest clearing price", "现货出清价格上限")
    yield _price("contract_price_cap_cny_per_mwh", "Highest price of yearly contracts", "年度中长期合同价格上限")
    yield _number(
        "contract_share_min", "1", "Least share of energy under contract", "中长期合同签约比例下限", highest=1.0
    )


def _mechanism() -> Iterator[Word]:
    """Prices of the new-energy mechanism of Doc 136."""
    for key, en, zh in (("pv", "Sun", "光伏"), ("wind", "Wind", "风电")):
        name = f"mechanism_price_{key}_cny_per_mwh"
        yield _price(name, f"{en}, new projects: mechanism price", f"{zh}增量项目机制电价")
    yield _price("mechanism_bid_floor_cny_per_mwh", "Least bid for the mechanism", "机制电价竞价下限")
    yield _price("mechanism_bid_cap_cny_per_mwh", "Highest bid for the mechanism", "机制电价竞价上限")
    yield _price(
        "mechanism_stock_price_cny_per_mwh", "Projects of before 2025-06-01: mechanism price", "存量项目机制电价"
    )
    yield _price(
        "mechanism_stock_price_lowest_cny_per_mwh", "The same, lowest of all provinces", "存量项目机制电价（最低）"
    )
    yield _price(
        "mechanism_stock_price_highest_cny_per_mwh", "The same, highest of all provinces", "存量项目机制电价（最高）"
    )
    yield _number(
        "mechanism_share_max",
        "1",
        "Most of a new project's energy in the mechanism",
        "增量项目机制电量比例上限",
        highest=1.0,
    )
    yield _number("mechanism_years", "a", "Years in the mechanism", "机制执行期限", highest=30)
    yield _number(
        "mechanism_stock_energy_twh_per_year",
        "TWh/a",
        "Energy of older projects in the mechanism",
        "存量机制电量规模",
        highest=2000,
    )
    for key, en, zh in (("subsidised", "subsidised", "补贴项目"), ("parity", "parity", "平价项目")):
        name = f"mechanism_stock_share_{key}"
        yield _number(name, "1", f"Share of older {en} projects in the mechanism", f"存量{zh}机制电量比例", highest=1.0)


def _response() -> Iterator[Word]:
    """Demand response."""
    yield _price("response_shave_floor_cny_per_mwh", "Peak shaving: least bid", "削峰响应申报下限")
    yield _price("response_shave_cap_cny_per_mwh", "Peak shaving: highest bid", "削峰响应申报上限", highest=20000)
    yield _number(
        "response_shave_cap_of_spot_cap",
        "1",
        "Peak shaving: highest bid, of the spot clearing cap",
        "削峰响应申报上限与现货出清上限之比",
        highest=10,
    )
    yield _price("response_shave_price_cny_per_mwh", "Peak shaving: price", "削峰响应价格", highest=20000)
    yield _price("response_fill_floor_cny_per_mwh", "Valley filling: least bid", "填谷响应申报下限")
    yield _price("response_fill_cap_cny_per_mwh", "Valley filling: highest bid", "填谷响应申报上限")
    yield _price("response_fill_price_cny_per_mwh", "Valley filling: price", "填谷响应价格")
    yield _number(
        "response_shave_floor_cny_per_kw_event",
        "CNY/kW",
        "Peak shaving: least payment for each event",
        "削峰响应每次补偿下限",
        highest=100,
    )
    yield _number(
        "response_shave_cap_cny_per_kw_event",
        "CNY/kW",
        "Peak shaving: highest payment for each event",
        "削峰响应每次补偿上限",
        highest=100,
    )
    yield _number(
        "response_shave_cny_per_kw_event",
        "CNY/kW",
        "Peak shaving: base payment for each event",
        "削峰响应每次补偿基准",
        highest=100,
    )
    yield _number(
        "response_pool_mw_min", "MW", "Least size of a virtual power plant", "虚拟电厂最小调节能力", highest=1000
    )
    yield _number("response_hours_min", "h", "Least duration of a response", "响应最短持续时间", highest=24)
    yield _number(
        "response_goal_of_peak",
        "1",
        "Response wanted, of the yearly peak load",
        "需求响应能力目标占年最大负荷比例",
        highest=1.0,
    )
    yield _price("pool_profit_cny_per_mwh", "Mean profit of demonstration pools", "虚拟电厂示范平均收益")


FREQUENCY: tuple[tuple[str, str, str, str, float], ...] = (
    ("weight_rate", "1", "weight of the rate, λ1", "调节速率权重 λ1", 1),
    ("weight_response", "1", "weight of the response, λ2", "响应时间权重 λ2", 1),
    ("weight_accuracy", "1", "weight of the accuracy, λ3", "调节精度权重 λ3", 1),
    ("score_min", "1", "least score to take part, Ka", "准入门槛 Ka", 10),
    ("rate_score_max", "1", "highest score of the rate, K1U", "K1 上限", 10),
    ("score_max", "1", "highest score in the payment, Kmax", "结算性能指标上限", 10),
    ("response_standard_s", "s", "standard response time, T0", "标准响应时间 T0", 600),
    ("delay_max_storage_s", "s", "longest delay of storage", "储能最大响应延时", 600),
    ("delay_max_hydro_s", "s", "longest delay of hydro", "水电最大响应延时", 600),
    ("delay_max_thermal_s", "s", "longest delay of thermal and gas", "火电与燃气最大响应延时", 600),
    ("error_allowed_share", "1", "error allowed, of rated power, E0", "允许误差 E0", 1),
    ("rate_storage_per_min", "1/min", "standard rate of storage, of rated power", "储能标准调节速率", 2),
    ("rate_hydro_per_min", "1/min", "standard rate of hydro, of capacity on line", "水电标准调节速率", 2),
    ("rate_gas_per_min", "1/min", "standard rate of gas, of rated power", "燃气标准调节速率", 2),
    (
        "rate_coal_per_min",
        "1/min",
        "standard rate of coal at 50 % and above, of rated power",
        "煤电（50% 及以上）标准调节速率",
        2,
    ),
    ("price_max_cny_per_mw", "CNY/MW", "highest bid for mileage", "里程报价上限", 1000),
    ("price_min_cny_per_mw", "CNY/MW", "least bid for mileage", "里程报价下限", 1000),
    ("cleared_mw_min", "MW", "least capacity cleared", "最小中标容量", 1000),
    ("storage_share_max", "1", "most of the need that storage may cover", "储能中标占需求比例上限", 1),
    (
        "cost_weight_of_non_bidders",
        "1",
        "weight in the cost of those who do not bid, N",
        "未报价机组费用分摊权重 N",
        10,
    ),
)
"""Parameters of a frequency-mileage rule: name, unit, English, 中文, highest."""


def _national() -> Iterator[Word]:
    """What regions and the country publish."""
    for key, (en, zh) in REGIONS.items():
        name = f"interprovincial_price_{key}_cny_per_kwh"
        yield Word(
            name, "CNY/kWh", f"{en}: transmission between provinces", f"{zh}跨省输电价格", highest=1.0, is_price=True
        )
        for year in REGION_FACTOR_YEARS:
            name = f"region_{key}_emission_factor_t_per_mwh_{year}"
            yield _number(
                name,
                "t/MWh",
                f"{en}: average CO2 factor, {year}",
                f"{zh}区域电力平均二氧化碳排放因子（{year}年）",
                highest=2.0,
            )
    for year in (2023, 2024):
        name = f"footprint_factor_t_co2e_per_mwh_{year}"
        yield _number(
            name,
            "tCO2e/MWh",
            f"Carbon footprint of electricity, for products only, {year}",
            f"电力碳足迹因子，仅用于产品核算（{year}年）",
            highest=2.0,
        )
    yield _number(
        "coal_capacity_price_cny_per_kw_year",
        "CNY/kW·a",
        "Capacity price of coal units (Doc 114)",
        "煤电容量电价（114号文）",
        highest=1000,
    )
    yield _number(
        "coal_fixed_cost_recovered_min",
        "1",
        "Least share of fixed cost that the coal capacity price recovers",
        "煤电容量电价回收固定成本比例下限",
        highest=1.0,
    )
    yield _number(
        "storage_net_peak_h",
        "h",
        "Longest net-load peak of a year (Doc 114)",
        "全年净负荷高峰最长持续时间（114号文）",
        highest=24,
    )
    yield _price("agency_fee_cny_per_mwh", "Fee of the grid company for buying", "代理购电服务费", highest=500)
    yield _number(
        "demand_mean_minutes", "min", "Minutes that a month's demand is the mean of", "最大需量计量周期", highest=60
    )
    yield _number(
        "certificate_price_cny_per_mwh", CNY_PER_MWH, "Price of a green certificate", "绿证价格", highest=1000
    )
    yield _number("allowance_price_cny_per_t", "CNY/t", "Price of an emission allowance", "碳配额价格", highest=1000)


WORDS: tuple[Word, ...] = (
    *_spot(),
    *_mechanism(),
    *_response(),
    *(
        Word(f"frequency_{name}", unit, f"Frequency mileage: {en}", f"调频里程：{zh}", highest=highest)
        for name, unit, en, zh, highest in FREQUENCY
    ),
    *_national(),
)

MARKET_WORDS: Mapping[str, Word] = {word.name: word for word in WORDS}
"""Every known name."""

__all__ = ["MARKET_WORDS", "REGIONS", "REGION_FACTOR_YEARS", "WORDS"]
