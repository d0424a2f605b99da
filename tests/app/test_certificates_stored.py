"""Does what was stored in one month come out green in the next, once, and never more than was left inside?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from tests.app.months import asked, book_in

from wattloom.app.certificates_issue import certificates_issue
from wattloom.app.certificates_match import CertificatesMatch, certificates_match
from wattloom.app.ledger_verify import ledger_verify

START = datetime.fromisoformat("2026-03-01T00:00+08:00")
MARCH_HOURS, HOURS = 744, 744 + 720
STORED = """\
stores:
  battery: {owner: siteco, zone: north, capacity_mw: 5, efficiency: 0.8, charge: {file: charge.csv, column: kwh},
            discharge: {file: discharge.csv, column: kwh}}
contracts:
  - {name: line, devices: [battery], users: [hall_a]}
  - {name: storing, devices: [wind], users: [battery]}
"""


def written(folder: Path, name: str, kwh: Mapping[int, float], *, gap: int | None = None) -> None:
    """Hourly readings of March and April, nought but in some hours."""
    rows = [
        f"{(START + timedelta(hours=n)).isoformat()},{kwh.get(n, 0)}" for n in range(HOURS) if gap is None or n != gap
    ]
    (folder / f"{name}.csv").write_text("\n".join(["time,kwh", *rows]) + "\n", encoding="utf-8")


def two_months(folder: Path, *, gap: int | None = None) -> None:
    """1000 kWh of wind stored in March; 300 come out there, 700 in April, where 500 that are not green go in."""
    last = MARCH_HOURS
    written(folder, "wind", {last - 10: 1000})
    written(folder, "sun", {})
    written(folder, "hall_a", dict.fromkeys(range(last - 5, last + 40), 400.0))
    written(folder, "hall_b", {})
    written(folder, "charge", {last - 10: 1000, last + 3: 500})
    written(folder, "discharge", {last - 2: 300, last + 5: 400, last + 6: 300}, gap=gap)


def matched(folder: Path, month: str) -> CertificatesMatch:
    """Issue and match a month."""
    project = asked(folder, more=STORED)
    certificates_issue(project, book=book_in(folder), month=month, folder=folder)
    return certificates_match(project, book=book_in(folder), month=month, folder=folder)


def claimed_wh(found: CertificatesMatch) -> list[int]:
    """What hall a claimed in the periods in which it claimed anything."""
    taken = next(one for one in found.users if one.user == "hall_a").taken_wh
    return [int(wh) for wh in taken if wh]


def test_what_is_left_inside_comes_out_green_in_the_next_month_first(tmp_path: Path) -> None:
    """Of 1000, 800 may come out: 300 in March; in April 400 and then 100 of it, the 200 after that are not green."""
    two_months(tmp_path)

    march, april = matched(tmp_path, "2026-03"), matched(tmp_path, "2026-04")

    assert claimed_wh(march) == [300_000]
    assert claimed_wh(april) == [400_000, 100_000]
    assert ledger_verify(book_in(tmp_path).store).books.sums()["energy"] == (0, 0)  # type: ignore[arg-type]


def test_either_month_run_again_brings_nothing_out_twice(tmp_path: Path) -> None:
    two_months(tmp_path)
    matched(tmp_path, "2026-03")
    head = matched(tmp_path, "2026-04").head

    again = [matched(tmp_path, month).head for month in ("2026-03", "2026-04")]

    assert again == [head, head]


def test_nothing_is_carried_over_a_gap_and_the_page_says_so(tmp_path: Path) -> None:
    two_months(tmp_path, gap=MARCH_HOURS - 1)

    march, april = matched(tmp_path, "2026-03"), matched(tmp_path, "2026-04")

    assert claimed_wh(march) == [300_000]
    assert claimed_wh(april) == []
    assert any("1 periods without a reading between 2026-03 and 2026-04" in note.en for note in april.notes)
