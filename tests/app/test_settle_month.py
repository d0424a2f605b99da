"""Is a month's statement what a person works out by hand, from meter files to the fen?"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from tests.app.settle_months import PLAIN, fen_by_item, one_point, settled, steady

from wattloom.domain.errors import InputError


def test_a_plain_month_is_what_a_person_works_out(tmp_path: Path) -> None:
    """5 MW for 744 h is 3,720,000 kWh behind 10,000 kVA, at the prices of Ningxia's 110 kV tier."""
    steady(tmp_path, "hall", 5000)

    found = one_point(tmp_path, PLAIN)

    assert fen_by_item(found) == {
        "market_energy": 96_534_000,  # 3,720,000 × 0.2595
        "td_energy": 21_092_400,  # 3,720,000 × 0.0567
        "td_capacity": 16_000_000,  # 10,000 × 16
        "line_loss": 2_490_577,  # 965,340 × 0.0258 = 24,905.772
        "system_operation_fee": 18_600_000,  # 3,720,000 × 0.05
        "government_funds": 7_932_900,  # 3,720,000 × 0.021325
    }
    assert found.bill.total_fen == 162_649_877
    assert found.bill.vat_fen == 162_649_877 - 143_937_944  # 1,626,498.77 ÷ 1.13 = 1,439,379.44…


def test_bands_of_the_agency_float_the_purchase_price_alone(tmp_path: Path) -> None:
    """Jiangsu in August: eight hours each at 0.35, 1 and 1.8, a mean of 1.05; 744,000 kWh at 0.412."""
    steady(tmp_path, "hall", 1000)
    point = PLAIN.replace("ningxia", "jiangsu").replace("110", "10").replace("259.5", "412") + (
        "    agency: {fee_cny_per_mwh: 1.5, fee_document: notice}\n"
    )

    amounts = fen_by_item(one_point(tmp_path, point))

    assert amounts["market_energy"] == 32_185_440  # 744,000 × 0.412 × 1.05
    assert amounts["line_loss"] == 867_474  # 306,528 × 0.0283 = 8,674.7424
    assert amounts["agency_fee"] == 111_600  # 744,000 × 0.0015


def test_demand_and_a_dated_fee_with_its_document(tmp_path: Path) -> None:
    """9 MW once; the fee is 0.05 for 240 h and 0.0625 for 504 h of 5 MW."""
    steady(tmp_path, "hall", 5000, other={100: 9000})
    point = PLAIN.replace("two_part_capacity", "two_part_demand") + (
        '    dated_facts: [{since: "2026-08-11", document: notice 9, '
        "facts: {system_operation_fee_cny_per_mwh: 62.5}}]\n"
    )

    found = one_point(tmp_path, point)
    fee = found.bill.line("system_operation_fee")

    assert found.bill.line("td_demand").amount_fen == 9000 * 2560
    assert fee.amount_fen == 6_020_000 + 15_750_000  # 1,204,000 × 0.05 + 2,520,000 × 0.0625
    assert [str(clause.document) for clause in fee.clauses][1] == "notice 9"


SPOT = """\
    territory: guangdong
    voltage_kv: 110
    capacity_kva: 10000
    mode: two_part_capacity
    meters: {drawn: {file: hall.csv, column: kwh}}
    spot: {contract_mw: 4, day_ahead_mw: 4.5, contract_price: 300, day_ahead_price: 310, real_time_price: 320,
           document: rules of the market}
    contracts_for_difference: [{name: wind, side: buys, power_mw: 2, strike: 350, reference: 310, document: contract 7}]
    deviation: {over_share: 0.05, under_share: 0.05, over_cny_per_mwh: 20, under_cny_per_mwh: 30, document: rule 3}
    response: [{event: peak, day: "2026-08-04", delivered_mwh: 12.4, price_cny_per_mwh: 2700, short_mwh: 1.6,
                penalty_cny_per_mwh: 1350, document: verification 12}]
"""


def test_two_settlements_a_difference_a_deviation_and_a_response(tmp_path: Path) -> None:
    """Flat 4 MW contracted, 4.5 MW day ahead, 5 MW metered for 744 h."""
    steady(tmp_path, "hall", 5000)

    amounts = fen_by_item(one_point(tmp_path, SPOT))

    assert amounts["contract_energy"] == 89_280_000  # 2,976 MWh × 300
    assert amounts["day_ahead_deviation"] == 11_532_000  # 372 MWh × 310
    assert amounts["real_time_deviation"] == 11_904_000  # 372 MWh × 320
    assert amounts["line_loss"] == 3_730_900  # 1,127,160 × 0.0331 = 37,308.996
    assert amounts["contract_difference"] == 5_952_000  # 1,488 MWh × (350 − 310)
    assert amounts["deviation_charge"] == 1_190_400  # (3,720 − 2,976 × 1.05) × 20
    assert amounts["response_income"] == -3_348_000  # 12.4 × 2,700
    assert amounts["response_penalty"] == 216_000  # 1.6 × 1,350
    assert "market_energy" not in amounts


STATION = """\
    territory: shandong
    voltage_kv: 220
    mode: sells_only
    export_price: 280
    meters: {fed: {file: hall.csv, column: kwh}}
    mechanism: {split_mwh: 5000, kind: wind, reference_cny_per_mwh: 300, document: mean of August,
                earlier: [{month: "2026-07", split_mwh: 4000, on_grid_mwh: 3500}]}
"""


def test_a_station_sells_all_and_the_mechanism_settles_its_split_with_what_rolled_on(tmp_path: Path) -> None:
    """10 MW fed is 7,440 MWh; 5,000 + 500 MWh are settled at 319 − 300."""
    steady(tmp_path, "hall", 10_000)

    found = one_point(tmp_path, STATION)

    assert fen_by_item(found) == {"export_income": -208_320_000, "mechanism_difference": -10_450_000}
    assert "mechanism_price_wind_cny_per_mwh" in found.bill.line("mechanism_difference").facts


def test_the_mechanism_refuses_a_direct_connection(tmp_path: Path) -> None:
    steady(tmp_path, "hall", 10_000)

    with pytest.raises(InputError, match="the energy of a direct connection"):
        one_point(tmp_path, STATION + "    direct_connection: true\n")


def test_frequency_and_standing_ready_are_paid_by_the_rules(tmp_path: Path) -> None:
    """K = 0.4·2.1 + 0.3·(1 − 2.5/60) + 0.3·(1 − 0.006/0.02) = 1.3375, so 1.34; 50 MW × 165 × 4/6 ÷ 12."""
    steady(tmp_path, "hall", 1000)
    point = """\
    territory: hunan
    voltage_kv: 110
    mode: sells_only
    meters: {fed: {file: hall.csv, column: kwh}}
    frequency: {technology: storage, hours: [{at: "2026-08-03T10:00+08:00", mileage_mw: 180, price_cny_per_mw: 9.6,
                rate_share_per_min: 2.1, delay_s: 2.5, error_share: 0.006}]}
    storage_capacity: {power_mw: 50, discharge_h: 4, longest_peak_h: 6, document: notice}
"""

    amounts = fen_by_item(one_point(tmp_path, point))

    assert amounts == {"frequency_income": -231_552, "storage_capacity_income": -45_833_333}  # 180 × 9.6 × 1.34


SHARED = """\
    territory: ningxia
    voltage_kv: 110
    capacity_kva: 10000
    mode: capacity_1192
    direct_connection: true
    price: 300
    export_price: 200
    meters: {METERS}
    users:
      a: {key: 2, meter: {file: a.csv, column: kwh}}
      b: {key: 1, meter: {file: b.csv, column: kwh}}
"""


def test_users_of_one_connection_share_it_by_the_period_and_to_the_fen(tmp_path: Path) -> None:
    """3 and 1 MW of load, 2 MW of sun: they take 1.5 and 0.5 MW of it and draw as much."""
    for name, kwh in (("a", 3000), ("b", 1000), ("sun", 2500), ("fed", 500)):
        steady(tmp_path, name, kwh)
    meters = "{generated: {file: sun.csv, column: kwh}, fed: {file: fed.csv, column: kwh}}"

    found = one_point(tmp_path, SHARED.replace("{METERS}", meters))
    a, b = found.shares

    assert (a.taken_wh, b.taken_wh) == (1_116_000_000, 372_000_000)
    assert (a.amount_fen["market_energy"], b.amount_fen["market_energy"]) == (33_480_000, 11_160_000)
    assert (a.amount_fen["td_capacity_1192"], b.amount_fen["td_capacity_1192"]) == (28_983_564, 14_491_782)
    assert a.amount_fen["export_income"] + b.amount_fen["export_income"] == -7_440_000
    assert a.total_fen + b.total_fen == found.bill.total_fen
    for line in found.bill.lines:
        assert a.amount_fen[line.item] + b.amount_fen[line.item] == line.amount_fen


def test_what_the_connection_drew_beyond_its_users_is_parted_by_consumption(tmp_path: Path) -> None:
    """The meter at the connection shows 2.2 MW where the users lacked 2: 0.2 MW of losses go 3 : 1."""
    for name, kwh in (("a", 3000), ("b", 1000), ("sun", 2000), ("drawn", 2200)):
        steady(tmp_path, name, kwh)
    meters = "{generated: {file: sun.csv, column: kwh}, drawn: {file: drawn.csv, column: kwh}}"

    found = one_point(tmp_path, SHARED.replace("{METERS}", meters).replace("    export_price: 200\n", ""))
    a, b = found.shares

    assert (a.drawn_wh, b.drawn_wh) == (1_650_000 * 744, 550_000 * 744)
    assert a.total_fen + b.total_fen == found.bill.total_fen
    assert any("its users lacked" in note.en for note in found.notes)


def test_all_that_is_wrong_with_a_file_is_told_with_its_lines(tmp_path: Path) -> None:
    with pytest.raises(InputError) as wrong:
        one_point(
            tmp_path,
            "    territory: ningxia\n    voltage_kv: 110\n    mode: capacity_1192\n    price: 1\n"
            "    spot: {day_ahead_price: 1, real_time_price: 1}\n    meters: {}\n    power_factor_standard: 90\n",
        )

    told = [str(problem) for problem in wrong.value.problems]
    assert len(told) == 4
    for said in ("both price and spot", "no drawn", "a direct connection", "a power_factor_standard alone"):
        assert any(said in one for one in told), said
    assert all("settle.yaml:" in one for one in told)


def test_figures_that_no_rule_knows_are_refused_before_the_book_is_touched(tmp_path: Path) -> None:
    steady(tmp_path, "hall", 1000)
    point = STATION.replace("kind: wind", "kind: stock").replace("shandong", "ningxia")

    with pytest.raises(InputError, match="no published price for stock in ningxia"):
        settled(tmp_path, f"  hall:\n{point}")


def test_a_table_of_96_points_a_day_and_a_parquet_file_are_billed_as_the_hours_they_hold(tmp_path: Path) -> None:
    """A quarter hour of 1250 kWh is 5 MW: the same month as in hours, from a row a day and from Parquet."""
    clocks = [f"{minute // 60:02d}:{minute % 60:02d}" for minute in range(0, 1440, 15)]
    rows = [f"2026-08-{day:02d},hall," + ",".join(["1250"] * 96) for day in range(1, 32)]
    (tmp_path / "wide.csv").write_text("\n".join([f"date,meter,{','.join(clocks)}", *rows]) + "\n", encoding="utf-8")
    times = pd.date_range("2026-08-01", periods=2976, freq="15min", tz="Asia/Shanghai")
    pd.DataFrame({"time": times, "kwh": 1250.0}).to_parquet(tmp_path / "long.parquet")
    wide = PLAIN.replace("{file: hall.csv, column: kwh}", "{file: wide.csv, column: hall, labels: start}")
    long = PLAIN.replace("hall.csv", "long.parquet")

    found = settled(tmp_path, f"  wide:\n{wide}  long:\n{long}", step_minutes=15)

    assert [one.bill.total_fen for one in found.points] == [162_649_877, 162_649_877]
    assert all(one.posted.state == "final" for one in found.points)
