"""Does every reference case come out, at its tolerance? Figures are copied by hand, each with where it is from.

Cases on ratios, allocation and carbon stand with the rules (tests/rules/cases); here are those of bills and markets,
and a register that compares every figure with its source where `WATTLOOM_DATA` names the folder.
"""

from __future__ import annotations

import os
import tomllib
from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ruamel.yaml import YAML
from tests.market.months import month_axis, plain_case, steady
from tests.market.test_settlement import HUNAN
from tests.rules.conftest import year_of_flows

from wattloom import rules as territory_rules
from wattloom.assets.site import annuity
from wattloom.domain import measures
from wattloom.domain.charges import PriceBasis
from wattloom.ledger.matching import Round, match
from wattloom.market import Price, Terms, bill_of, month_rules
from wattloom.market.ancillary import Response, mileage_pay_cny, performance, storage_capacity_price_cny_per_kw_year
from wattloom.market.mechanism import MechanismMonth, mechanism_settlement
from wattloom.market.settlement import Spot, in_deviation_form, in_difference_form

MWH = 1_000_000
"""Watt-hours."""

RC3: dict[str, tuple[float, float, float, float]] = {
    "ningxia": (16.0, 0.0567, 4_290_415.0, 2_734_000.0),
    "mengxi": (19.5, 0.052, 4_417_400.0, 2_990_000.0),
    "guizhou": (19.4, 0.072, 5_356_400.0, 3_380_000.0),
    "jibei": (21.6, 0.0925, 6_549_125.0, 4_010_000.0),
    "gansu": (20.5, 0.0799, 5_841_255.0, 3_648_000.0),
    "qinghai": (20.5, 0.0711, 5_423_695.0, 3_472_000.0),
    "xinjiang": (19.0, 0.0808, 5_733_960.0, 3_516_000.0),
}
"""Capacity price, energy price, Doc 1192 fee a month and two parts at 20 GWh, for 100 MVA at 110 kV and a load rate of
0.65 (assumed): formula of Doc 1192, prices of NDRC Price [2026] No. 1077."""

RC6: dict[str, list[int]] = {
    "q_contract": [8, 8, 8, 8],
    "q_da": [10, 7, 9, 12],
    "q_rt": [11, 6, 9, 10],
    "p_contract": [350, 350, 350, 350],
    "p_da": [300, 250, 120, 500],
    "p_rt": [280, 260, 60, 620],
}
"""MWh and CNY/MWh; the identity of the two forms is mathematics."""


@pytest.mark.parametrize("area", sorted(RC3))
def test_rc3_the_fee_of_doc_1192_as_a_bill_to_the_fen(area: str) -> None:
    capacity, energy, fee, two_part = RC3[area]
    load_rate = ((date(2026, 9, 1), {"average_load_rate": 0.65}),)
    case = plain_case(direct_connection=True)
    axis = month_axis(2026, 9)
    prices = {"market": Price(steps=0, basis=PriceBasis.WITH_VAT)}
    direct = month_rules(Terms(territory=area, case=case, mode="capacity_1192", dated=load_rate), axis, prices)
    plain = month_rules(Terms(territory=area, case=plain_case(), mode="two_part_capacity"), axis, prices)
    drawn = np.full(720, 20_000 * MWH // 720)
    drawn[-1] += 20_000 * MWH - drawn.sum()

    line = bill_of(steady(direct, 0, capacity_va=10**8, drawn_wh=drawn), direct).line("td_capacity_1192")
    parts = bill_of(steady(plain, 0, capacity_va=10**8, drawn_wh=drawn), plain)

    assert line.facts["td_capacity_cny_per_kva_month"][0].value == capacity
    assert line.facts["td_energy_cny_per_kwh"][0].value == energy
    assert line.amount_fen == round(fee * 100)
    assert parts.line("td_capacity").amount_fen + parts.line("td_energy").amount_fen == round(two_part * 100)


def test_rc1_the_share_says_its_denominator() -> None:
    """970 GWh of 500 MW are 1,940 h; of the projected 2.29 TWh they are 42.4 %, where the press said about half."""
    flows = year_of_flows(available_mwh=970_000, load_mwh=2_290_000)

    share = measures.self_use_of_load(flows).value

    assert share == pytest.approx(0.4236, rel=0.01)
    assert share != pytest.approx(0.50, rel=0.01)
    hours = float(flows.energy_mwh(flows.delivered_mw())) / 500  # MW installed.
    assert hours == pytest.approx(1940, rel=0.01)
    assert hours / 8760 == pytest.approx(0.2215, rel=0.01)


def test_rc2_the_whole_phase_cannot_use_60_percent_of_what_it_generates() -> None:
    flows = year_of_flows(available_mwh=4_300_000, load_mwh=2_290_000, curtailed_mwh=4_300_000 - 2_290_000)
    fossil = territory_rules.national_emission_factor("fossil", data_year=2023).value
    pack = territory_rules.pack("ningxia", plain_case(direct_connection=True))
    pack_limit = next(r.limit for r in pack.requirements(flows) if r.rule == "doc650_self_use_of_generation")

    assert measures.self_use_of_generation(flows).value == pytest.approx(0.5326, rel=0.01)
    assert 4_300_000 * float(fossil or 0) == pytest.approx(3_557_390, rel=0.01)
    assert pack_limit * 4_300_000 == pytest.approx(2_580_000, rel=0.01)
    wind = year_of_flows(available_mwh=4_300_000 - 970_000, load_mwh=2_290_000)
    assert float(wind.energy_mwh(wind.delivered_mw())) / 1500 == pytest.approx(2220, rel=0.01)  # MW of wind.


def test_rc4_curtailed_energy_was_available() -> None:
    flows = year_of_flows(available_mwh=120_000, load_mwh=200_000, curtailed_mwh=8_000, export_mwh=20_000)

    assert measures.self_use_of_generation(flows).value == pytest.approx(92 / 120, abs=1e-9)
    assert measures.self_use_of_load(flows).value == pytest.approx(0.46, abs=1e-9)
    assert measures.export_of_generation(flows).value == pytest.approx(20 / 120, abs=1e-9)


def test_rc5_each_user_takes_of_self_use_by_its_load_in_whole_watt_hours() -> None:
    """Doc 688, article 11: generation 10, 30, 50 MWh less export 0, 0, 14."""
    self_use = np.array([[10, 30, 36]]) * MWH
    loads = np.array([[12, 20, 24], [8, 20, 12]]) * MWH
    everyone = Round(name="project", sources=np.array([0]), users=np.array([0, 1]))

    taken = match(self_use, loads, [everyone]).taken

    assert taken.tolist() == [[6 * MWH, 15 * MWH, 24 * MWH], [4 * MWH, 15 * MWH, 12 * MWH]]


def test_rc6_two_settlement_costs_12450_in_both_forms() -> None:
    q = [np.array(RC6[name], dtype=np.int64) * MWH for name in ("q_contract", "q_da", "q_rt")]
    p = [np.array(RC6[name], dtype=np.int64) * 1000 for name in ("p_contract", "p_da", "p_rt")]
    spot = Spot(contract_wh=q[0], day_ahead_wh=q[1], real_time_wh=q[2], contract_steps=p[0], day_ahead_steps=p[1],
                real_time_steps=p[2])  # fmt: skip

    assert sum(in_deviation_form(spot).values()) == 12_450
    assert sum(in_difference_form(spot).values()) == 12_450


def test_rc7_the_mechanism_pays_525000_on_what_was_delivered() -> None:
    """Doc 136, articles 6 and 9: 8,000 MWh split, 7,000 delivered, 225 against a market mean of 150 CNY/MWh."""
    month = MechanismMonth(
        year=2026,
        month=9,
        split_wh=8000 * MWH,
        on_grid_wh=7000 * MWH,
        reference_cny_per_kwh=Fraction("0.150"),
    )

    found = mechanism_settlement([month], price_cny_per_kwh=Fraction("0.225"), case=plain_case())[0]

    assert found.settled_wh == 7000 * MWH
    assert found.difference_cny == 525_000


def test_rc8_four_hours_of_six_earn_two_thirds_of_the_coal_price() -> None:
    """Doc 114 of 2026, by cnesa.org 2026-01-30."""
    price = storage_capacity_price_cny_per_kw_year(Fraction(165), discharge_h=Fraction(4), longest_peak_h=Fraction(6))

    assert price == 110
    assert price * 100_000 == 11_000_000


def test_rc9_hunan_pays_9828_for_1200_mw_of_mileage() -> None:
    """K = 0.4·1 + 0.3·(1 − 3/60) + 0.3·(1 − 0.5/2); 0.9 × 1,200 × 10 × 0.91."""
    response = Response(
        rate_share=Fraction(1), standard_rate_share=Fraction(1), delay_s=Fraction(3), error_share=Fraction("0.005")
    )

    pay = mileage_pay_cny(
        HUNAN, response, mileage_mw=Fraction(1200), price_cny_per_mw=Fraction(10), factor=Fraction("0.9")
    )

    assert performance(HUNAN, response) == Fraction("0.91")
    assert pay == 9828


@pytest.mark.parametrize(("hours", "computed"), [(1700, 78.9), (1800, 74.5), (1900, 70.6)])
def test_rc10_sun_and_storage_cost_what_bernstein_says_within_15_percent(hours: int, computed: float) -> None:
    """1 GW of PV at 600 USD/kW, 4 GWh at 140 USD/kWh, 8 %, 25 years, 1.5 % upkeep, half through a store of 88 %."""
    capital_musd = 600 + 4 * 140
    yearly_musd = capital_musd * (annuity(0.08, 25) + 0.015)

    usd_per_mwh = yearly_musd / (hours / 1000 * (0.5 + 0.5 * 0.88))

    assert usd_per_mwh == pytest.approx(computed, abs=0.05)
    if hours == 1900:
        assert usd_per_mwh == pytest.approx(68, rel=0.15)


def test_rc11_scope_2_has_three_answers_by_method() -> None:
    """100 GWh in Ningxia, 80 GWh of certificates cancelled; factors of 2023."""
    flows = year_of_flows(available_mwh=0, load_mwh=100_000, certificates_mwh=80_000.0)
    place = territory_rules.emission_factor(territory_rules.territory("ningxia"), data_year=2023)
    untracked, fossil = (
        float(territory_rules.national_emission_factor(kind, data_year=2023).value or 0)
        for kind in ("untracked", "fossil")
    )

    assert float(measures.carbon_location_t(flows, grid_t_per_mwh=float(place.value or 0))) == pytest.approx(61_870)
    assert float(measures.carbon_market_t(flows, untracked_t_per_mwh=untracked)) == pytest.approx(12_192)
    assert float(measures.carbon_market_t(flows, untracked_t_per_mwh=fossil)) == pytest.approx(16_546)


@pytest.mark.parametrize(("green", "cost", "saving"), [(0.8, 0.2, 0.4), (0.6, 0.4 / 3, 0.4)])
def test_rc12_the_saving_of_a_green_share_is_a_difference_of_two_bills(
    green: float, cost: float, saving: float
) -> None:
    """s·(1 − c/p0) − f/p0 with p0 = 0.4 CNY/kWh and f = 0: 80 % at 0.2, or 60 % at 0.1333, saves 40 %.

    The formula is held against bills of energy alone: all from the grid, or the share at the cost of the direct line.
    """
    free = {"system_operation_fee_cny_per_mwh": 0.0, "government_funds_cny_per_mwh": 0.0, "loss_rate": 0.0,
            "td_energy_cny_per_kwh": 0.0, "td_capacity_cny_per_kva_month": 0.0}  # fmt: skip
    terms = Terms(territory="xinjiang", case=plain_case(overrides=free), mode="two_part_capacity")
    rules = month_rules(terms, month_axis(2026, 9), {"market": Price(steps=400_000, basis=PriceBasis.WITH_VAT)})

    all_grid = bill_of(steady(rules, 10_000), rules).total_fen
    rest = bill_of(steady(rules, round(10_000 * (1 - green))), rules).total_fen
    line = green * 7_200_000 * cost * 100

    assert 1 - (rest + line) / all_grid == pytest.approx(saving, abs=1e-6)
    assert green * (1 - cost / 0.4) == pytest.approx(saving)


def test_every_case_with_an_expected_result_is_here_with_the_figures_of_its_source() -> None:
    cases = {case["id"]: case for case in _source()["cases"]}
    judged = {name.removeprefix("test_").split("_")[0].upper() for name in globals() if name.startswith("test_rc")}

    assert {name.split("_")[0] for name in cases} == judged
    for area, (capacity, energy, fee, two_part) in RC3.items():
        case = cases[f"RC3_fee1192_{area}_110kV"]
        assert (case["inputs"]["capacity_price"], case["inputs"]["energy_price"]) == (capacity, energy)
        assert case["expected"]["fee_1192_yuan_month"] == fee
        assert case["expected"]["two_part_yuan_month_at_20GWh"] == two_part
    assert sum(name.startswith("RC3_") for name in cases) == len(RC3)
    assert {name: cases["RC6_two_settlement"]["inputs"][name] for name in RC6} == RC6
    assert cases["RC6_two_settlement"]["expected"]["cost_yuan"] == 12_450
    assert cases["RC7_mechanism_price_136"]["expected"]["difference_yuan"] == 525_000
    assert cases["RC8_storage_capacity_price"]["expected"] == {"yuan_per_kw": 110, "yuan_year": 11_000_000}
    assert cases["RC9_frequency_mileage_hunan"]["expected"] == {"K": 0.91, "K_used": 0.91, "pay_yuan": 9828}
    by_hours = cases["RC10_solar_storage_lcoe"]["computed_usd_mwh_by_full_load_hours"]
    assert by_hours == {1700: 78.9, 1800: 74.5, 1900: 70.6}
    published = {path.stem for path in (Path(__file__).parents[1] / "rules" / "cases").glob("*.toml")}
    assert {"zhongwei_pv", "zhongwei_phase_1", "ratio_compliance", "hourly_allocation_688"} <= published


def test_figures_of_the_rules_cases_are_those_of_the_source() -> None:
    cases = {case["id"]: case for case in _source()["cases"]}
    folder = Path(__file__).parents[1] / "rules" / "cases"
    scope = tomllib.loads((folder / "scope_2_ningxia.toml").read_text("utf-8"))["expected"]

    assert scope["location_t"] == cases["RC11_scope2"]["expected"]["location_based_t"]
    assert scope["market_untracked_t"] == cases["RC11_scope2"]["expected"]["market_based_t_at_avg_excl_traded"]


@cache
def _source() -> dict[str, Any]:
    """The source of the cases: skipped where no folder is named, failing where the file lacks."""
    folder = os.environ.get("WATTLOOM_DATA")
    if not folder:
        pytest.skip("WATTLOOM_DATA names no folder of source tables")
    loaded: dict[str, Any] = YAML(typ="safe").load(Path(folder) / "domain" / "reference_cases.yaml")
    return loaded
