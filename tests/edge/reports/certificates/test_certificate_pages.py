"""Do the pages of certificates and carbon say what was found, in both languages?"""

from __future__ import annotations

import hashlib
import json

import pytest
from tests.app.months import asked, book_in, meter, meters

from wattloom.app.carbon_report import CarbonReport, carbon_report
from wattloom.app.certificates_issue import CertificatesIssue, certificates_issue
from wattloom.app.certificates_match import CertificatesMatch, certificates_match
from wattloom.edge.reports import carbon_page, certificates_charts, certificates_page, certificates_said
from wattloom.edge.reports import certificates_tables as tables
from wattloom.edge.reports.certificates_tables import exact
from wattloom.edge.reports.charts import Payload
from wattloom.edge.reports.words import Words

READINGS: dict[str, list[float]] = {
    "wind": [2000, 0, 700, 900],
    "sun": [0, 0, 1500, 800],
    "hall_a": [600, 500, 900, 500],
    "hall_b": [300, 300, 300, 300],
}
MORE = """\
contracts:
  - {name: line & sons, devices: [wind], users: [hall_a, hall_b], price_cny_per_mwh: 30, income_shares: {owner: 1}}
carbon: {untracked: fossil, data_year: 2023,
         avoided: [{name: boilers, energy_mwh: 100, factor_t_per_mwh: 0.8, sort: avoided, source: study}]}
"""
Found = tuple[CertificatesIssue, CertificatesMatch, CarbonReport]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """Issued, corrected upwards and downwards after the match, and counted."""
    folder = tmp_path_factory.mktemp("pages")
    meters(folder, READINGS)
    project = asked(folder, sun="scheme: gec, ", more=MORE)
    certificates_issue(project, book=book_in(folder), month="2026-03", folder=folder)
    matched = certificates_match(project, book=book_in(folder), month="2026-03", folder=folder)
    carbon = carbon_report(project, year=2026, folder=folder, book=book_in(folder))
    meter(folder, "wind", [600, 0, 700, 900])
    issued = certificates_issue(project, book=book_in(folder), month="2026-03", folder=folder)
    return issued, matched, carbon


def test_exact_figures_keep_every_digit_and_a_true_minus() -> None:
    assert exact(1_234_567_890, 1_000_000, 6) == "1,234.567890"
    assert exact(-600_000, 1_000, 3) == "−600.000"


def test_pages_hold_both_languages_and_escape_names(found: Found) -> None:
    issued, matched, carbon = found
    pages = [
        certificates_page.issue_page(issued),
        certificates_page.match_page(matched),
        carbon_page.carbon_page(carbon),
    ]

    assert all("绿电匹配" in page or "证书核发" in page or "年碳排放" in page for page in pages)
    assert "line &amp; sons" in pages[1]
    assert all("line & sons<" not in page for page in pages)


def test_what_was_issued_and_cannot_be_taken_back_is_the_first_thing_said(found: Found) -> None:
    # 900 kWh of the first hour were claimed; the meter now says 600, and 1,100 kWh were still the owner's.
    issued, _, _ = found

    alerts = certificates_said.issue_alerts(issued, Words("en"))

    assert alerts[0].bad
    assert "wind: 0.3" in alerts[0].text.replace("\u00a0", " ")
    assert next(one.outstanding_wh for one in issued.devices if one.device == "wind") == 300_000


def test_gaps_of_the_month_are_told(found: Found) -> None:
    _, matched, _ = found

    alerts = certificates_said.match_alerts(matched, Words("zh"))

    assert any("hall a：740 个时段无读数" in alert.text for alert in alerts)


def test_the_heat_map_has_a_share_for_each_hour_with_a_load(found: Found) -> None:
    _, matched, _ = found

    spec = certificates_charts.heat(matched, Payload())

    rows = spec["variants"][0]["rows"]
    assert [row[0] for row in rows[:5]] == [1.0, 0.0, 0.583, 1.0, None]
    assert [one["name"]["zh"] for one in spec["variants"]] == ["全部用户", "hall a", "hall b"]


def test_income_and_users_add_up_in_their_tables(found: Found) -> None:
    _, matched, _ = found

    assert tables.incomes(matched).rows[0][3] == "72.0000"  # 2.4 MWh at 30 yuan.
    assert tables.users(matched).rows[-1][1:3] == ("3.700000", "2.400000")


def test_an_auditor_finds_energy_factor_and_source_of_every_line(found: Found) -> None:
    _, _, carbon = found

    rows = carbon_page.lines(carbon).rows
    words = Words("en")

    assert [words.cell(cell) for cell in rows[1][:6]] == [
        "hall a", "By market", "covered by nothing", "0.875000", "0.8273", "0.723888"]  # fmt: skip
    assert all(words.cell(row[6]) for row in rows)
    assert carbon_page.choices(carbon).rows[1][2] is True
    summed = carbon_page.summary(carbon)
    assert summed["users"]["hall_a"]["meter_sha256"] == carbon.users[0].readings.file_sha256
    assert len(summed["users"]["hall_a"]["claims"]) == 1


def test_avoided_carbon_has_a_section_of_its_own_and_no_part_in_the_tiles(found: Found) -> None:
    _, _, carbon = found

    tiles = carbon_page.tiles(carbon, Words("en"))

    assert carbon_page.avoided(carbon).rows[0][4] == pytest.approx(80)
    assert not any("80" in tile.figure for tile in tiles)
    assert "added to nothing" in carbon_page.carbon_page(carbon)


def test_every_file_of_a_run_is_there_with_its_checksum(found: Found) -> None:
    _, matched, carbon = found
    files = certificates_page.certificates_match_files(matched, {"ab" * 32: {"bundles": [{"state": "claimed"}]}})

    told = json.loads(files["provenance.json"])["sha256"]
    assert {name: hashlib.sha256(files[name]).hexdigest() for name in told} == told
    assert {"report.html", "summary.json", "workbook.xlsx", "proof-abababababababab.json"} <= set(files)
    assert {"report.html", "summary.json", "workbook.xlsx"} <= set(carbon_page.carbon_report_files(carbon))
