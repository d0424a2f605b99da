"""Does carbon come out as Scope 2 has it, by each method for itself, traceable to meter, factor and claim?"""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path

import pytest
import xarray as xr
from ruamel.yaml import YAML
from tests.app.months import asked, book_in, meter, meters

from wattloom.app.carbon_report import CarbonReport, UserCarbon, carbon_report
from wattloom.app.certificates_book import CertificateBook
from wattloom.app.certificates_issue import certificates_issue
from wattloom.app.certificates_match import certificates_match
from wattloom.app.ledger_verify import ledger_verify
from wattloom.domain import measures
from wattloom.domain.errors import InputError
from wattloom.domain.flows import Flows, LoadFlows
from wattloom.domain.text import Text
from wattloom.ledger.carbon import Factor, by_market, carbon_line, grams_of
from wattloom.ledger.certificates import Batch, cancel
from wattloom.rules import territory
from wattloom.rules.emissions import emission_factor, national_emission_factor

READINGS: dict[str, list[float]] = {
    "wind": [2000, 0, 700, 900],
    "sun": [0, 0, 1500, 800],
    "hall_a": [600, 500, 900, 500],
    "hall_b": [300, 300, 300, 300],
}
CARBON = "carbon: {{untracked: {choice}, data_year: 2023{more}}}"
LINE = "contracts: [{name: line, devices: [wind], users: [hall_a, hall_b]}]\n"


def report(
    folder: Path, *, choice: str = "untracked", more: str = "", book: CertificateBook | None = None, post: bool = False
) -> CarbonReport:
    """The year of the four hours."""
    project = asked(folder, more=LINE + CARBON.format(choice=choice, more=more))
    return carbon_report(project, year=2026, folder=folder, book=book, post=post)


def of(found: CarbonReport, user: str) -> UserCarbon:
    """One user."""
    return next(one for one in found.users if one.user == user)


def factor(value: float) -> Factor:
    """A factor without a story."""
    return Factor(name="x", t_per_mwh=Decimal(repr(value)), source=Text.same("x"), confidence="user")


def test_scope_2_of_100_gwh_in_ningxia_with_80_gwh_of_certificates_as_the_reference_case_has_it() -> None:
    """RC11: three answers by method, exact."""
    load, certificates = 100_000_000_000, 80_000_000_000
    at = emission_factor(territory("ningxia"), data_year=2023)

    location = carbon_line("location", "all", load, factor(float(at.value or 0)))
    market = {
        choice: grams_of(
            by_market(load, claimed_wh=0, certificates_wh=certificates, source=factor(0.0),
                      untracked=factor(float(national_emission_factor(choice, data_year=2023).value or 0))), "market")
        for choice in ("untracked", "fossil")
    }  # fmt: skip

    assert location.grams == 61_870_000_000  # 100,000 MWh × 0.6187
    assert market["untracked"] == 12_192_000_000  # 20,000 MWh × 0.6096
    assert market["fossil"] == 16_546_000_000  # 20,000 MWh × 0.8273


def test_the_reference_case_says_the_same() -> None:
    folder = os.environ.get("WATTLOOM_DATA")
    if not folder:
        pytest.skip("WATTLOOM_DATA is not set")
    cases = YAML(typ="safe").load(Path(folder) / "domain" / "reference_cases.yaml")
    listed = cases["cases"] if isinstance(cases, dict) else cases
    expected = next(case for case in listed if case["id"].startswith("RC11"))["expected"]

    assert expected["location_based_t"] == 61_870.0
    assert expected["market_based_t_at_avg_excl_traded"] == 12_192.0
    assert expected["market_based_t_at_fossil"] == 16_546.0


def test_both_methods_stand_beside_each_other_and_agree_with_the_measures_of_the_domain(tmp_path: Path) -> None:
    meters(tmp_path, READINGS)
    project = asked(tmp_path, more=LINE)
    certificates_issue(project, book=book_in(tmp_path), month="2026-03", folder=tmp_path)
    certificates_match(project, book=book_in(tmp_path), month="2026-03", folder=tmp_path)

    hall = of(report(tmp_path, book=book_in(tmp_path)), "hall_a")

    # 2,500 kWh used, 1,625 claimed in their own hours.
    assert (hall.readings.total_wh, hall.claimed_wh) == (2_500_000, 1_625_000)
    assert grams_of(hall.lines, "location") == 1_546_750  # 2.5 × 0.6187 t
    assert grams_of(hall.lines, "market") == 533_400  # 0.875 × 0.6096 t
    flows = Flows(
        step_hours=1.0,
        loads={"hall": LoadFlows(it_mw=xr.DataArray([0.6, 0.5, 0.9, 0.5], dims=["time"]), overhead_mw=0.0)},
        imported_mw=xr.DataArray([0.6, 0.5, 0.9, 0.5], dims=["time"]),
        contracted_mw=xr.DataArray([0.6, 0.0, 0.525, 0.5], dims=["time"]),
    )
    assert float(measures.carbon_location_t(flows, grid_t_per_mwh=0.6187)) == pytest.approx(1.54675)
    assert measures.carbon_market_t(flows, untracked_t_per_mwh=0.6096) == pytest.approx(0.5334)


def test_the_untracked_factor_must_be_chosen_and_the_page_shows_what_the_others_would_say(tmp_path: Path) -> None:
    meters(tmp_path, READINGS)

    found = report(tmp_path, choice="fossil")

    hall = of(found, "hall_b")
    assert found.untracked.t_per_mwh == Decimal("0.8273")
    assert hall.alternatives == {"untracked": 731_520, "fossil": 992_760, "national": 636_720}  # 1.2 MWh each
    assert grams_of(hall.lines, "market") == 992_760
    with pytest.raises(InputError, match="add `untracked:`"):
        asked(tmp_path, more="carbon: {data_year: 2023}")


def test_certificates_cancelled_in_the_book_count_by_volume_and_never_below_nought(tmp_path: Path) -> None:
    meters(tmp_path, READINGS)
    book = book_in(tmp_path)
    certificates_issue(asked(tmp_path, wind="scheme: gec, "), book=book, month="2026-03", folder=tmp_path)
    batch = Batch(device="wind", month="2026-03", tradable=True)
    book.post(cancel(batch, 1, holder="windco", beneficiary="hall_a", month="2026-06", request="use a"), [])
    book.post(cancel(batch, 2, holder="windco", beneficiary="hall_b", month="2026-06", request="use b"), [])

    found = report(tmp_path, book=book)

    assert grams_of(of(found, "hall_a").lines, "market") == 914_400  # 1.5 × 0.6096
    assert grams_of(of(found, "hall_b").lines, "market") == 0
    assert [(one.what, one.wh) for one in of(found, "hall_b").lines if one.method == "market"] == [
        ("untracked", 0), ("certificates", 1_200_000)]  # fmt: skip


def test_an_hourly_factor_is_a_figure_of_its_own(tmp_path: Path) -> None:
    meters(tmp_path, READINGS)
    meter(tmp_path, "factor", [0.5] * 8760, start="2026-01-01T00:00+08:00")
    more = ", hourly: {file: factor.csv, column: kwh, source: grid company}"

    hall = of(report(tmp_path, more=more), "hall_a")

    assert grams_of(hall.lines, "location_hourly") == 1_250_000
    assert grams_of(hall.lines, "location") == 1_546_750


def test_avoided_carbon_is_told_apart_and_added_to_nothing(tmp_path: Path) -> None:
    meters(tmp_path, READINGS)
    more = ", avoided: [{name: boilers, energy_mwh: 100, factor_t_per_mwh: 0.8, sort: avoided, source: study}]"

    found, plain = report(tmp_path, more=more), report(tmp_path)

    assert found.avoided[0].name == "boilers"
    assert found.grams("location") == plain.grams("location")
    assert found.grams("market") == plain.grams("market")


def test_figures_stand_in_the_book_once_and_are_corrected_by_reversal(tmp_path: Path) -> None:
    meters(tmp_path, READINGS)
    book = book_in(tmp_path)

    first = report(tmp_path, book=book, post=True)
    again = report(tmp_path, book=book, post=True)
    other = report(tmp_path, choice="fossil", book=book, post=True)

    assert (first.new_entries > 0, again.new_entries) == (True, 0)
    assert other.new_entries == 4  # Two users: the market figure is reversed and made anew.
    assert book.ledger.balance("carbon/hall_b/2026/market").net == 992_760
    assert book.ledger.balance("carbon/hall_b/2026/location").net == 742_440
    assert ledger_verify(book_in(tmp_path).store).books.sums()["carbon"] == (0, 0)  # type: ignore[arg-type]


def test_measures_of_iso_30134_need_their_meters(tmp_path: Path) -> None:
    meters(tmp_path, {**READINGS, "it": [480, 400, 720, 400]})
    project = asked(tmp_path, more=CARBON.format(choice="untracked", more=""))
    text = (tmp_path / "certificates.yaml").read_text("utf-8")
    text = text.replace(
        "meter: {file: hall_a.csv, column: kwh}}",
        "meter: {file: hall_a.csv, column: kwh}, it_meter: {file: it.csv, column: kwh},"
        " water_l: {y2026: 3600}, reused_heat_mwh: {y2026: 0.25}}",
    )
    (tmp_path / "certificates.yaml").write_text(text, "utf-8")
    from wattloom.edge.projects import read_certificates  # noqa: PLC0415 - the file was changed

    project = read_certificates(tmp_path / "certificates.yaml", territories=("ningxia",))
    found = carbon_report(project, year=2026, folder=tmp_path)

    hall, bare = of(found, "hall_a").measures, of(found, "hall_b").measures
    assert hall["pue"] == pytest.approx(1.25)  # 2,500 over 2,000 kWh
    assert hall["erf"] == pytest.approx(0.1)
    assert hall["wue_l_per_kwh"] == pytest.approx(1.8)  # 3,600 l over 2,000 kWh
    assert hall["cue_location"] == pytest.approx(1.25 * 0.6187)
    assert bare == {**bare, "pue": None, "erf": None, "wue_l_per_kwh": None, "ref": 0.0}
