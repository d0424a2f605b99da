"""By which names are facts known? One list feeds the data files, the project file, its refusals and the tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from wattloom.domain.errors import Problem


@dataclass(frozen=True, slots=True)
class Word:
    """The name of a fact, with its unit, its bounds and one sentence in each language."""

    name: str
    unit: str
    en: str
    zh: str
    highest: float = 1.0
    """Numbers lie between `lowest` and this."""
    kind: Literal["number", "flag", "choice"] = "number"
    is_price: bool = False
    """Whether value-added tax may be in it."""
    lowest: float = 0.0
    choices: tuple[str, ...] = ()
    """What a choice may be."""

    def problem_with(self, value: object, *, where: str) -> Problem | None:
        """What is wrong with a value for this name; None where nothing is."""
        if self.kind == "flag":
            if isinstance(value, bool):
                return None
            return Problem(where=where, found=repr(value), expected="true or false", remedy="write true or false")
        if self.kind == "choice":
            if value in self.choices:
                return None
            known = ", ".join(self.choices)
            return Problem(where=where, found=repr(value), expected=f"one of {known}", remedy="use a known word")
        if isinstance(value, int | float) and not isinstance(value, bool) and self.lowest <= value <= self.highest:
            return None
        expected = f"a number from {self.lowest:g} to {self.highest:g} ({self.unit})"
        return Problem(where=where, found=repr(value), expected=expected, remedy=f"give {self.name} in {self.unit}")


def _share(name: str, en: str, zh: str) -> Word:
    """A share between 0 and 1."""
    return Word(name, "1", en, zh)


def _flag(name: str, en: str, zh: str) -> Word:
    """A yes or no."""
    return Word(name, "", en, zh, kind="flag")


def _price(name: str, unit: str, en: str, zh: str, *, highest: float) -> Word:
    """A price, printed with value-added tax."""
    return Word(name, unit, en, zh, highest=highest, is_price=True)


def _factors(stem: str, en: str, zh: str) -> tuple[Word, ...]:
    """An emission factor: the newest, and that of each data year."""
    unit, highest = "t/MWh", 2.0
    newest = Word(stem, unit, f"{en}, newest", f"{zh}（最新）", highest=highest)
    return (
        newest,
        *(Word(f"{stem}_{year}", unit, f"{en}, {year}", f"{zh}（{year}年）", highest=highest) for year in FACTOR_YEARS),
    )


FACTOR_YEARS = (2021, 2022, 2023)
"""Data years of the published emission factors."""

FACTOR_STEMS = (
    "emission_factor_t_per_mwh",
    "national_emission_factor_t_per_mwh",
    "untracked_emission_factor_t_per_mwh",
    "fossil_emission_factor_t_per_mwh",
)

WORDS: tuple[Word, ...] = (
    _share(
        "self_use_of_generation_min",
        "Least self-use of available generation (Docs 650, 688)",
        "自发自用占可用发电量下限",
    ),
    _share("self_use_of_load_min", "Least self-use of consumption (Docs 650, 688)", "自发自用占总用电量下限"),
    _share(
        "doc1192_self_use_of_generation_min",
        "Least self-use of available generation for the Doc 1192 fee",
        "1192号文自用占发电量下限",
    ),
    _share(
        "doc1192_self_use_of_load_min", "Least self-use of consumption for the Doc 1192 fee", "1192号文自用占用电量下限"
    ),
    _share("export_of_generation_max", "Most export of available generation", "上网电量占可用发电量上限"),
    Word(
        "direct_connection_kv_max",
        "kV",
        "Highest voltage of a direct connection",
        "绿电直连最高接入电压",
        highest=1000.0,
    ),
    _flag("spot_continuous", "Whether the spot market runs continuously", "现货市场是否连续运行"),
    _flag("hub_node", "Whether the place belongs to a national hub node", "是否属于国家算力枢纽节点"),
    _share(
        "hub_node_green_share_min",
        "Least green share of new data centres in hub nodes, certificates counted",
        "枢纽节点新建数据中心绿电占比下限",
    ),
    _share(
        "minimum_renewable_share", "Least share of renewable energy of data centres", "数据中心可再生能源消费最低比重"
    ),
    _share("average_load_rate", "Average load rate of two-part users at 110 kV and above (Doc 1192)", "平均负荷率"),
    _share("loss_rate", "Line loss, of the energy drawn from the public grid", "线损率"),
    _price(
        "government_funds_cny_per_mwh",
        "CNY/MWh",
        "Government funds and surcharges, on all consumption",
        "政府性基金及附加",
        highest=500.0,
    ),
    _price(
        "system_operation_fee_cny_per_mwh",
        "CNY/MWh",
        "System operation fee, on energy drawn",
        "系统运行费",
        highest=500.0,
    ),
    _price(
        "td_single_part_cny_per_kwh",
        "CNY/kWh",
        "Transmission and distribution, single part",
        "输配电价（单一制）",
        highest=5.0,
    ),
    _price("td_energy_cny_per_kwh", "CNY/kWh", "Transmission and distribution, energy part", "电量电价", highest=5.0),
    _price(
        "td_demand_cny_per_kw_month",
        "CNY/kW·month",
        "Transmission and distribution, demand part",
        "需量电价",
        highest=500.0,
    ),
    _price(
        "td_capacity_cny_per_kva_month",
        "CNY/kVA·month",
        "Transmission and distribution, capacity part",
        "容量电价",
        highest=500.0,
    ),
    _flag("single_part_admissible", "Whether the user may be billed in a single part", "可否执行单一制电价"),
    _share(
        "demand_floor_of_capacity",
        "Least demand billed each month, of the connection capacity",
        "最低计费需量占接入容量比例",
    ),
    _price(
        "market_energy_price_cny_per_mwh", "CNY/MWh", "Energy bought on the market", "市场化购电价格", highest=5000.0
    ),
    _share("vat_rate", "Value-added tax on electricity", "增值税率"),
    *_factors(FACTOR_STEMS[0], "Average CO2 factor of the province", "省级电力平均二氧化碳排放因子"),
    *_factors(FACTOR_STEMS[1], "Average CO2 factor of the country", "全国电力平均二氧化碳排放因子"),
    *_factors(
        FACTOR_STEMS[2], "CO2 factor without market-traded non-fossil energy", "不含市场化交易非化石电量的排放因子"
    ),
    *_factors(FACTOR_STEMS[3], "CO2 factor of fossil energy", "化石能源电力排放因子"),
)

BY_NAME = {word.name: word for word in WORDS}
"""Every known name."""

__all__ = ["BY_NAME", "FACTOR_STEMS", "FACTOR_YEARS", "WORDS", "Word"]
