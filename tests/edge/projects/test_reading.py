"""A project file is read whole, or refused with everything that is wrong in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from wattloom.assets.contract import ByHour, ByMonth, Choice, FromFile
from wattloom.domain.errors import InputError, Problem
from wattloom.edge import projects
from wattloom.plan.project import Project

Read = Callable[[str], Project]
Check = Callable[[str | bytes], list[Problem]]
OneFault = Callable[[str, str], Problem]

TWELVE_FAULTS = """\
name: Twelve faults
site:
  latitude_deg: 143.8
  longitude_deg: 87.6
  altitude_m: "800"
  time_zone: Asia/Urumchi
connection:
  territory: xinjang
  voltage_kv: -110
  full_backup: yes
weather:
  dataset: typical-greensboro
assets:
  hall:
    kind: cluster
    it_mw: 5
    it_mw: 6
  pv:
    kind: solar
    power_kw: 20000
    life_years: 25
  wire:
    kind: line
    sources: [pv, wind]
  grid:
    kind: grid
    capacity_mva: {min: 20, max: 10}
    price_cny_per_mwh: {file: prices.csv, column: price}
finance:
  discount_rate: 7
"""


def test_twelve_faults_in_one_file_are_reported_in_one_run(check: Check) -> None:
    found = check(TWELVE_FAULTS)

    told = [(p.line, p.where.split(" ", 1)[-1], p.found, p.expected, p.remedy) for p in found]
    assert told == [
        (3, "site.latitude_deg", "143.8", "a number from -90 to 90, in degrees", "correct the number"),
        (5, "site.altitude_m", '"800"', "a number from -500 to 6000, in m", "write 800 without the quotes"),
        (
            6,
            "site.time_zone",
            "Asia/Urumchi",
            "a time zone, such as Asia/Shanghai",
            "did you mean Asia/Urumqi?",
        ),
        (
            8,
            "connection.territory",
            "xinjang",
            "the name of a territory: jiangsu, ningxia or xinjiang",
            "did you mean xinjiang?",
        ),
        (
            9,
            "connection.voltage_kv",
            "-110",
            "a number above 0 and at most 1000, in kV",
            "write 110 if that is meant",
        ),
        (10, "connection.full_backup", "yes", "true or false", "write true"),
        (
            17,
            "assets.hall.it_mw",
            "the key it_mw a second time",
            "each key once (it stands on line 16)",
            "keep one of the two",
        ),
        (20, "assets.pv.power_kw", "the key power_kw", "a key of a solar asset", "write power_mw: 20"),
        (
            24,
            "assets.wire.sources item 2",
            "wind",
            "the name of an asset: grid, hall, pv or wire",
            "write one of these",
        ),
        (27, "assets.grid.capacity_mva.min", "min 20 above max 10", "min at most max", "swap or correct the two"),
        (
            28,
            "assets.grid.price_cny_per_mwh.file",
            "prices.csv, which is not there",
            "a file, by its path from the project file",
            "put it beside the project file, or correct the path",
        ),
        (
            30,
            "finance.discount_rate",
            "7",
            "a number from 0 to 0.5, where 0.1 means 10 %",
            "write 0.07 if 7 % is meant",
        ),
    ]
    assert len(told) == 12
    assert found[0].where.endswith("site.yaml:3 site.latitude_deg")


def test_a_right_file_becomes_a_project(right: str, read: Read) -> None:
    project = read(right)

    assert isinstance(project, Project)
    assert project.site.latitude_deg == 43.8
    assert project.connection.type == "public_grid"
    assert project.assets["pv"].power_mw == Choice(min=0.0, max=20.0, unit_size=2.5)  # type: ignore[attr-defined]
    assert project.assets["hall"].classes["jobs"].window_h == 12.0  # type: ignore[attr-defined]
    assert list(project.assets) == ["hall", "pv", "wire", "grid"]
    assert project.finance.discount_rate == 0.07


def test_a_number_or_a_series_stands_everywhere(right: str, read: Read, tmp_path: Path) -> None:
    (tmp_path / "prices.csv").write_text("time,price\n", encoding="utf-8")
    hours = ", ".join(["300"] * 24)
    forms = {
        "{file: prices.csv, column: price, unit: CNY/kWh}": FromFile(
            file=str((tmp_path / "prices.csv").resolve()), column="price", unit="CNY/kWh"
        ),
        "{dataset: germany-2018-price}": FromFile(dataset="germany-2018-price"),
        f"{{by_hour: [{hours}]}}": ByHour(by_hour=(300.0,) * 24),
        "{by_month: [1,2,3,4,5,6,7,8,9,10,11,12]}": ByMonth(by_month=tuple(map(float, range(1, 13)))),
        "250.5": 250.5,
    }

    for written, meant in forms.items():
        project = read(right.replace("price_cny_per_mwh: 300", f"price_cny_per_mwh: {written}"))
        assert project.assets["grid"].price_cny_per_mwh == meant  # type: ignore[attr-defined]


def test_an_empty_optional_value_is_none_and_an_empty_section_its_defaults(right: str, read: Read) -> None:
    project = read(right + "    export_mw_max:\nfinance:\nnotes:\n")

    assert project.assets["grid"].export_mw_max is None  # type: ignore[attr-defined]
    assert project.finance.life_years == 25
    assert project.notes == ()


def test_editors_may_keep_their_schema_key_and_aliases_are_written_out(right: str, read: Read) -> None:
    aliased = right.replace("share: 0.6}", "share: &half 0.5}").replace("share: 0.4,", "share: *half,")

    project = read("$schema: wattloom.schema.json\n" + aliased)

    assert project.assets["hall"].classes["jobs"].share == 0.5  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("piece", "other", "found", "remedy"),
    [
        ("it_mw: 5", "it_mw: 300 kW", "300 kW", "write 0.3; the key means MW"),
        ("it_mw: 5", "it_mw: 1,000", "1,000", "write 1000"),
        ("it_mw: 5", "it_mw: 1_000", "1_000", "write 1000"),
        ("it_mw: 5", "it_mw: ５", "５", "write 5"),
        ("it_mw: 5", "it_mw: 3.5万", "3.5万", "write 35000"),
        ("it_mw: 5", "it_mw: 0,07", "0,07", "write a plain number with a point, such as 25 or 0.07"),
        ("it_mw: 5", "it_mw: five", "five", "write a plain number with a point, such as 25 or 0.07"),
        ("it_mw: 5", "it_mw: .inf", ".inf", "write a finite number; for a size without limit leave max away"),
        ("it_mw: 5", "it_mw: .nan", ".nan", "write a finite number"),
        ("it_mw: 5", "it_mw: 1e999", "1e999", "write a number with fewer digits"),
        ("it_mw: 5", "it_mw: true", "true", "write a plain number with a point, such as 25 or 0.07"),
        ("it_mw: 5", "it_mw:", "nothing", "write one number"),
        ("it_mw: 5", "it_mw: [5]", "a list of 1", "write one number"),
        ("it_mw: 5", "it_mw: 5\n    phases: 2.5", "2.5", "write 2 or 3"),
        ("share: 0.6", "share: 60 %", "60 %", "write 0.6"),
        ("share: 0.6", "share: 60", "60", "write 0.6 if 60 % is meant"),
        ("of_site: false", "of_site: no", "no", "write false"),
        ("of_site: false", "of_site: 否", "否", "write false"),
        ("of_site: false", "of_site: maybe", "maybe", "write true or false"),
        ("name: Five megawatts", "name: 5", "5", 'write "5" in quotes'),
        ("name: Five megawatts", 'name: ""', '""', "write it"),
        ("name: Five megawatts", "name: 2026-01-01\nnotes: hello", "hello", "write [hello]"),
        ("sort: batch", "sort: Batch", "Batch", "did you mean batch?"),
        ("kind: solar", "kind: solr", "solr", "did you mean solar?"),
        ("kind: solar", "power: 1", "no kind", "add `kind:` to assets.pv"),
        ("territory: xinjiang", "territory: 新疆", "新疆", "write one of these"),
        ("dataset: typical-greensboro", "dataset: greensboro", "greensboro", "did you mean typical-greensboro?"),
        ("voltage_kv: 110", "voltage_v: 110000", "the key voltage_v", "write voltage_kv: 110"),
        ("voltage_kv: 110", "voltag_kv: 110", "the key voltag_kv", "did you mean voltage_kv?"),
        (
            "voltage_kv: 110",
            "voltage_kv: 110\n  discount_rate: 0.07",
            "the key discount_rate",
            "it belongs under finance",
        ),
        ("voltage_kv: 110", "voltage_kv: 110\n  <<: {a: 1}", "the key <<", None),
        ("voltage_kv: 110", "voltage_kv: 110\n  facts: {loss_rte: 0.03}", "loss_rte", "did you mean loss_rate?"),
        (
            "price_cny_per_mwh: 300",
            "price_cny_per_kwh: 0.3",
            "the key price_cny_per_kwh",
            "write price_cny_per_mwh: 300",
        ),
        ("altitude_m: 800", "altitude_m: 800\n  life_years: 9", "the key life_years", None),
        ("share: 0.6", "share: 0.5", "shares that add up to 0.9", "correct the shares"),
        ("sources: [pv]", "sources: pv", "pv", "write [pv]"),
        ("sources: [pv]", "sources: {a: pv}", "a section with the keys a", "write [first, second]"),
        ("price_cny_per_mwh: 300", "price_cny_per_mwh: [1, 2]", "a list of 2", "write one of these"),
        (
            "price_cny_per_mwh: 300",
            "price_cny_per_mwh: [1,2,3,4,5,6,7,8,9,10,11,12]",
            "a list of 12",
            "write {by_month: […]} around the list",
        ),
        ("price_cny_per_mwh: 300", "price_cny_per_mwh: {by_month: [1, 2]}", "a list of 2", "add 10"),
        (
            "price_cny_per_mwh: 300",
            "price_cny_per_mwh: {column: price}",
            "neither file nor dataset",
            "keep `file:` with `column:`, or `dataset:`",
        ),
        (
            "price_cny_per_mwh: 300",
            "price_cny_per_mwh: {price: 3}",
            "a section with the keys price",
            "write one of these",
        ),
        (
            "price_cny_per_mwh: 300",
            "price_cny_per_mwh: {dataset: germany-2018-price, unit: EUR/MWh}",
            "EUR/MWh without an exchange rate",
            "write cny_per_eur: under money",
        ),
        (
            "price_cny_per_mwh: 300",
            "price_cny_per_mwh: {dataset: germany-2018-price, unit: MW}",
            "MW",
            "name the unit that the file's values are in, or give them in CNY/MWh",
        ),
        (
            "price_cny_per_mwh: 300",
            "price_cny_per_mwh: {dataset: germany-2018-price, unit: cny/mwh}",
            "cny/mwh",
            "did you mean CNY/MWh?",
        ),
        (
            "price_cny_per_mwh: 300",
            "price_cny_per_mwh: 300\n    export_mw_max: {by_hour: [-1, " + ", ".join(["0"] * 23) + "]}",
            "-1",
            "write 1 if that is meant",
        ),
        (
            "kind: solar",
            "kind: solar\n    mounting: single_axis",
            "a single axis that does not turn",
            "correct its keys",
        ),
    ],
)
def test_a_fault_says_what_was_found_and_what_to_do(
    one_fault: OneFault, piece: str, other: str, found: str, remedy: str | None
) -> None:
    problem = one_fault(piece, other)

    assert problem.found == found
    assert remedy is None or problem.remedy == remedy


def test_a_currency_with_its_rate_is_taken(right: str, read: Read) -> None:
    priced = right.replace("mwh: 300", "mwh: {dataset: germany-2018-price, unit: EUR/MWh}")

    project = read(priced + "money: {cny_per_eur: 7.8}\n")

    assert project.money.cny_per_eur == 7.8


def test_missing_keys_are_named_with_what_they_hold(one_fault: OneFault) -> None:
    problem = one_fault("  altitude_m: 800\n", "")

    assert str(problem).endswith(
        "site.yaml:2 site: found no altitude_m; expected altitude_m, a number from -500 to 6000, in m (above the sea); "
        "add `altitude_m:` to site"
    )


def test_a_section_of_the_wrong_type_is_one_problem(check: Check, right: str) -> None:
    start, end = right.index("site:"), right.index("connection:")

    found = check(right[:start] + "site: Xinjiang\n" + right[end:])

    assert [(p.line, p.found, p.expected) for p in found] == [
        (2, "Xinjiang", "a section with keys such as latitude_deg, longitude_deg, altitude_m, time_zone or name")
    ]


def test_assets_in_a_list_are_asked_for_by_name(check: Check, right: str) -> None:
    found = check(right[: right.index("assets:")] + "assets:\n  - kind: solar\n")

    assert [p.remedy for p in found] == ["write each asset under a name of its own, such as `first:`"]


def test_a_name_that_is_no_name_is_refused(one_fault: OneFault) -> None:
    problem = one_fault("  wire:\n", "  wire-1:\n")

    assert (problem.found, problem.remedy) == ("the name wire-1", "write wire_1")


def test_a_missing_file_suggests_the_one_beside_it(one_fault: OneFault, tmp_path: Path) -> None:
    (tmp_path / "prices_2025.csv").write_text("", encoding="utf-8")
    (tmp_path / "folder").mkdir()

    missing = one_fault("mwh: 300", "mwh: {file: prices_2026.csv}")
    folder = one_fault("mwh: 300", "mwh: {file: folder}")

    assert (missing.found, missing.remedy) == ("prices_2026.csv, which is not there", "did you mean prices_2025.csv?")
    assert folder.found == "folder, which is a folder"


def test_reading_raises_what_checking_returns(right: str, read: Read, check: Check) -> None:
    wrong = right.replace("latitude_deg: 43.8", "latitude_deg: 99")

    with pytest.raises(InputError) as caught:
        read(wrong)

    assert list(caught.value.problems) == check(wrong)


def test_the_kinds_of_the_package_are_those_of_its_folder(right: str, tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(right.replace("kind: grid", "kind: gird"), encoding="utf-8")

    found = projects.check(path, territories=["xinjiang"])

    assert any(problem.remedy == "did you mean grid?" and "battery" in problem.expected for problem in found)


def test_a_table_says_how_it_is_written(right: str, read: Read, tmp_path: Path) -> None:
    (tmp_path / "prices.csv").write_text("time,price\n", encoding="utf-8")
    keys = "time: stamp, labels: end, sheet: 一月, any_year: true"
    written = f"price_cny_per_mwh: {{file: prices.csv, column: price, {keys}}}"

    level = read(right.replace("price_cny_per_mwh: 300", written)).assets["grid"].price_cny_per_mwh  # type: ignore[attr-defined]

    assert (level.time, level.labels, level.sheet, level.any_year) == ("stamp", "end", "一月", True)


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        ("column: price, year_profile: true, time: stamp", "time beside year_profile"),
        ("column: price, year_profile: true, any_year: true", "any_year beside year_profile"),
        ("unit: CNY/kWh", "a file without its column"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_at_once(
    one_fault: Callable[[str, str], Problem], tmp_path: Path, keys: str, found: str
) -> None:
    (tmp_path / "prices.csv").write_text("time,price\n", encoding="utf-8")

    problem = one_fault("price_cny_per_mwh: 300", f"price_cny_per_mwh: {{file: prices.csv, {keys}}}")

    assert problem.found == found


def test_a_loan_longer_than_the_life_is_found_where_it_is_written(
    one_fault: Callable[[str, str], Problem],
) -> None:
    problem = one_fault("name: Five", "finance: {life_years: 10}\nname: Five")

    assert problem.where.endswith("finance.debt_years")
    assert problem.found == "15 years of repayment in 10 years of operation"
