"""Does a month of meters give its certificates once, and are corrections never a silent change?"""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.app.months import asked, book_in, meter, meters

from wattloom.app.certificates_issue import CertificatesIssue, Issued, certificates_issue
from wattloom.app.ledger_verify import ledger_verify
from wattloom.domain.errors import InputError

MARCH = "2026-03"
READINGS: dict[str, list[float]] = {
    "wind": [2000, 0, 700, 900],
    "sun": [0, 0, 1500.4, 800],
    "hall_a": [500, 500, 500, 500],
    "hall_b": [300, 300, 300, 300],
}


def issued(folder: Path, **keys: str) -> CertificatesIssue:
    """A month, in a book that is opened anew."""
    return certificates_issue(asked(folder, **keys), book=book_in(folder), month=MARCH, folder=folder)


def of(found: CertificatesIssue, device: str) -> Issued:
    """One device."""
    return next(one for one in found.devices if one.device == device)


def test_a_month_gives_granular_certificates_or_whole_megawatt_hours_with_a_carry_over(tmp_path: Path) -> None:
    meters(tmp_path, READINGS)

    found = issued(tmp_path, sun="scheme: gec, ")

    wind, sun = of(found, "wind"), of(found, "sun")
    assert (wind.outcome, wind.granular_wh, wind.gecs) == ("issued", 3_600_000, 0)
    assert (sun.granular_wh, sun.gecs, sun.carry_after_wh) == (0, 2, 300_400)
    assert [(one.holder, one.state, one.amount) for one in found.granular] == [("windco", "active", 3_600_000)]
    assert [(one.holder, one.state, one.device, one.amount) for one in found.gecs] == [("sunco", "held", "sun", 2)]


def test_both_schemes_part_each_interval_and_no_watt_hour_is_in_both(tmp_path: Path) -> None:
    meters(tmp_path, READINGS)

    wind = of(issued(tmp_path, wind="scheme: both, granular_share: 0.25, "), "wind")

    assert wind.granular_wh == 500_000 + 175_000 + 225_000
    assert (wind.gecs, wind.carry_after_wh) == (2, 700_000)
    assert wind.granular_wh + wind.gecs * 1_000_000 + wind.carry_after_wh == 3_600_000


def test_the_same_month_again_changes_nothing(tmp_path: Path) -> None:
    meters(tmp_path, READINGS)
    first = issued(tmp_path, sun="scheme: gec, ")

    again = issued(tmp_path, sun="scheme: gec, ")

    assert again.head == first.head
    assert again.new_entries == 0
    assert {one.outcome for one in again.devices} == {"known"}


def test_the_carry_over_of_a_month_is_cut_in_the_next(tmp_path: Path) -> None:
    meters(tmp_path, READINGS)
    issued(tmp_path, wind="scheme: gec, ")
    for name in READINGS:
        meter(tmp_path, name, [400, 0, 0, 0], start="2026-04-01T00:00+08:00")

    april = certificates_issue(
        asked(tmp_path, wind="scheme: gec, "), book=book_in(tmp_path), month="2026-04", folder=tmp_path
    )

    wind = of(april, "wind")
    assert (wind.carry_before_wh, wind.gecs, wind.carry_after_wh) == (600_000, 1, 0)


def test_a_correction_upwards_is_a_production_of_its_own(tmp_path: Path) -> None:
    meters(tmp_path, READINGS)
    issued(tmp_path)
    meter(tmp_path, "wind", [2000, 100, 700, 950])

    wind = of(issued(tmp_path), "wind")
    again = issued(tmp_path)

    assert (wind.outcome, wind.before_wh, wind.added_wh, wind.granular_wh) == ("corrected", 3_600_000, 150_000, 150_000)
    assert (of(again, "wind").outcome, again.new_entries) == ("known", 0)
    assert sum(one.amount for one in again.granular if one.device == "wind") == 3_750_000


def test_a_correction_downwards_is_taken_back_from_what_the_owner_still_holds(tmp_path: Path) -> None:
    meters(tmp_path, READINGS)
    issued(tmp_path)
    meter(tmp_path, "wind", [1900, 0, 700, 900])

    wind = of(issued(tmp_path), "wind")
    again = issued(tmp_path)

    assert (wind.outcome, wind.withdrawn_wh, wind.outstanding_wh) == ("corrected", 100_000, 0)
    assert (of(again, "wind").outcome, again.new_entries) == ("known", 0)
    states = {one.state: one.amount for one in again.granular if one.device == "wind"}
    assert states == {"active": 3_500_000, "withdrawn": 100_000}


def test_a_correction_of_megawatt_hours_takes_the_carry_over_and_tells_what_is_outstanding(tmp_path: Path) -> None:
    meters(tmp_path, READINGS)
    issued(tmp_path, wind="scheme: gec, ")  # 3 certificates, 600 kWh carried over.
    meter(tmp_path, "wind", [1000, 0, 700, 900])  # 1 MWh less.

    wind = of(issued(tmp_path, wind="scheme: gec, "), "wind")
    later = of(issued(tmp_path, wind="scheme: gec, "), "wind")
    meter(tmp_path, "wind", READINGS["wind"])
    right = of(issued(tmp_path, wind="scheme: gec, "), "wind")

    assert (wind.outcome, wind.withdrawn_wh, wind.outstanding_wh) == ("outstanding", 600_000, 400_000)
    assert (later.outcome, later.withdrawn_wh, later.outstanding_wh) == ("outstanding", 0, 400_000)
    assert (right.outcome, right.withdrawn_wh, right.carry_after_wh) == ("corrected", -600_000, 600_000)


def test_the_book_is_whole_after_all_of_it(tmp_path: Path) -> None:
    meters(tmp_path, READINGS)
    issued(tmp_path, sun="scheme: gec, ")
    meter(tmp_path, "wind", [1900, 5, 700, 900])
    issued(tmp_path, sun="scheme: gec, ")

    found = ledger_verify(book_in(tmp_path).store)  # type: ignore[arg-type]

    assert found.books.sums() == {"energy": (0, 0), "certificates": (0, 0)}


def test_a_bundle_whose_file_was_changed_is_refused(tmp_path: Path) -> None:
    meters(tmp_path, READINGS)
    issued(tmp_path)
    first, second = sorted((tmp_path / "book.bundles").rglob("*.parquet"))[:2]
    first.write_bytes(second.read_bytes())

    with pytest.raises(InputError, match="expected the bundle that the book speaks of"):
        issued(tmp_path)


def test_faults_of_all_meters_are_told_at_once(tmp_path: Path) -> None:
    meters(tmp_path, READINGS)
    for name in ("wind", "hall_b"):
        (tmp_path / f"{name}.csv").write_text("time,other\n2026-03-01 00:00,1\n2026-03-01 01:00,2\n", encoding="utf-8")

    with pytest.raises(InputError) as wrong:
        issued(tmp_path)

    assert [problem.where for problem in wrong.value.problems] == ["wind.csv", "hall_b.csv"]
