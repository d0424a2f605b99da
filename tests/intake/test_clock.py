"""Which instant does a label mean?"""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattloom.domain.errors import InputError
from wattloom.intake.clock import Labels, Stamp, Timed, axis_of, clock_minutes, stamp_of, timed
from wattloom.intake.findings import Findings

BERLIN = ZoneInfo("Europe/Berlin")
SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON_2026_03_01 = 29539440  # (2026-03-01T12:00 - 1970-01-01) in minutes: 20,513 days and 12 hours


@pytest.mark.parametrize(
    "label",
    [
        "2026-03-01 12:00",
        "2026/3/1 12:00:00",
        "2026年3月1日 12:00",
        "2026年3月1日 12时00分",
        "2026-03-01T12:00",
        "20260301 12:00",
        "202603011200",
        "01.03.2026 12:00",
        datetime(2026, 3, 1, 12),  # noqa: DTZ001 - Excel's dates have no zone
        datetime(2026, 3, 1, 11, 59, 59, 999_997),  # noqa: DTZ001
    ],
)
def test_one_moment_in_many_hands(label: object) -> None:
    assert stamp_of(label) == Stamp(NOON_2026_03_01)


def test_an_offset_is_kept() -> None:
    assert stamp_of("2026-03-01T12:00+08:00") == Stamp(NOON_2026_03_01, 480)
    assert stamp_of("2026-03-01T12:00Z") == Stamp(NOON_2026_03_01, 0)
    assert stamp_of("2026-03-01 12:00 -05:30") == Stamp(NOON_2026_03_01, -330)


def test_24_00_is_the_next_midnight_and_says_so() -> None:
    assert stamp_of("2026-02-28 24:00") == Stamp(NOON_2026_03_01 - 720, says_24=True)
    assert stamp_of("2026-02-28 23:59:59") == Stamp(NOON_2026_03_01 - 720, says_24=True)


@pytest.mark.parametrize(
    "label", ["03/01/2026 12:00", "2026-02-30 00:00", "2026-03-01 25:00", "noon", "", 12, "2026-03-01 12:00:30"]
)
def test_what_could_mean_two_days_or_none_is_no_label(label: object) -> None:
    assert stamp_of(label) is None


@pytest.mark.parametrize(
    ("cell", "minutes"),
    [
        ("0:15", 15),
        ("24:00", 1440),
        (time(23, 45), 1425),
        (timedelta(days=1), 1440),
        (datetime(1899, 12, 31), 1440),  # noqa: DTZ001 - how Excel's 24:00 arrives
        (date(2026, 1, 1), None),
        (1, 60),
        (24, 1440),
        (0.25, 360),
        ("25:00", None),
        ("price", None),
    ],
)
def test_times_of_day_as_sheets_write_them(cell: object, minutes: int | None) -> None:
    assert clock_minutes(cell) == minutes


def placed(labels: list[str], zone: ZoneInfo, how: Labels = "auto") -> tuple[Timed, Findings]:
    """Starts and step of labels, and what was found wrong."""
    findings = Findings("t.csv")
    result = timed(
        [stamp_of(label) for label in labels], range(2, len(labels) + 2), zone=zone, labels=how, findings=findings
    )
    return result, findings


def iso(result: Timed) -> list[str]:
    return [f"{np.datetime64(int(minute), 'm')}" for minute in result.starts]


def test_end_labels_of_a_chinese_day_start_fifteen_minutes_earlier_in_utc() -> None:
    result, findings = placed(["2026-01-01 00:15", "2026-01-01 00:30", "2026-01-01 00:45"], SHANGHAI)

    assert iso(result) == ["2025-12-31T16:00", "2025-12-31T16:15", "2025-12-31T16:30"]
    assert not findings.items


def test_a_24_00_label_tells_that_labels_name_ends() -> None:
    result, _ = placed(["2026-01-01 23:00", "2026-01-01 24:00"], SHANGHAI)

    assert iso(result) == ["2026-01-01T14:00", "2026-01-01T15:00"]


def test_labels_that_leave_a_doubt_are_refused() -> None:
    with pytest.raises(InputError, match="labels: start or labels: end"):
        placed(["2026-01-01 07:00", "2026-01-01 08:00", "2026-01-01 09:00"], SHANGHAI)

    assert iso(placed(["2026-01-01 07:00", "2026-01-01 08:00"], SHANGHAI, "end")[0])[0] == "2025-12-31T22:00"


def test_the_hour_that_comes_twice_must_be_there_twice() -> None:
    both, findings = placed(
        ["2026-10-25 00:00", "2026-10-25 01:00", "2026-10-25 02:00", "2026-10-25 02:00", "2026-10-25 03:00"], BERLIN
    )

    assert iso(both) == [
        "2026-10-24T22:00",
        "2026-10-24T23:00",
        "2026-10-25T00:00",
        "2026-10-25T01:00",
        "2026-10-25T02:00",
    ]
    assert not findings.items

    _, findings = placed(["2026-10-25 00:00", "2026-10-25 01:00", "2026-10-25 02:00", "2026-10-25 03:00"], BERLIN)

    assert "there once for an hour that comes twice" in str(findings.problems()[0])


def test_the_hour_that_the_clock_skips_must_not_be_there() -> None:
    right, findings = placed(["2026-03-29 00:00", "2026-03-29 01:00", "2026-03-29 03:00"], BERLIN)

    assert iso(right) == ["2026-03-28T23:00", "2026-03-29T00:00", "2026-03-29T01:00"]
    assert not findings.items

    _, findings = placed(["2026-03-29 00:00", "2026-03-29 01:00", "2026-03-29 02:00", "2026-03-29 03:00"], BERLIN)

    assert "which the clock skips" in str(findings.problems()[0])
    assert findings.problems()[0].where == "t.csv:4 time"


def test_end_labels_around_a_skipped_hour_may_be_written_either_way() -> None:
    by_clock, first = placed(["2026-03-29 01:00", "2026-03-29 03:00", "2026-03-29 04:00"], BERLIN, "end")
    by_start, second = placed(["2026-03-29 01:00", "2026-03-29 02:00", "2026-03-29 04:00"], BERLIN, "end")

    assert iso(by_clock) == iso(by_start) == ["2026-03-28T23:00", "2026-03-29T00:00", "2026-03-29T01:00"]
    assert not first.items
    assert not second.items


def test_newest_first_is_read_as_well() -> None:
    result, findings = placed(["2026-01-01 02:00", "2026-01-01 01:00", "2026-01-01 00:00"], SHANGHAI)

    assert result.rows.tolist() == [2, 1, 0]
    assert not findings.items


def test_zoned_and_local_labels_do_not_mix() -> None:
    with pytest.raises(InputError, match="times with a zone among times without"):
        placed(["2026-01-01 00:00", "2026-01-01T01:00Z", "2026-01-01 02:00"], SHANGHAI)


def test_holes_doubles_strays_disorder_and_wild_years_are_all_found() -> None:
    labels = [
        "2026-01-01 00:00",
        "2026-01-01 01:00",
        "2026-01-01 01:00",
        "2026-01-01 05:00",
        "2026-01-01 05:10",
        *[f"2026-01-01 {hour:02d}:00" for hour in range(6, 12)],
        "3912-01-01 12:00",
    ]

    result, findings = placed(labels, SHANGHAI)
    axis_of(result, range(2, 14), findings)
    text = "\n".join(str(problem) for problem in findings.problems())

    assert "2025-12-31T17:00Z again" in text
    assert "3 intervals missing from 2025-12-31T18:00Z" in text
    assert "labels every 60 minutes" in text
    assert "the year 3912" in text


def test_rows_that_go_back_in_time_are_found() -> None:
    _, findings = placed(["2026-01-01 00:00", "2026-01-01 02:00", "2026-01-01 01:00", "2026-01-01 03:00"], SHANGHAI)

    assert "in the order of time" in str(findings.problems()[0])


@settings(deadline=None, max_examples=12)
@given(
    st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe"]),
    st.integers(1990, 2037),
)
def test_a_year_of_local_labels_comes_back_as_the_instants_it_was_made_of(name: str, year: int) -> None:
    zone = ZoneInfo(name)
    instants = pd.date_range(f"{year}-01-01", f"{year + 1}-01-01", freq="30min", tz=zone, inclusive="left")
    stamps = [
        Stamp(int(minute)) for minute in instants.tz_localize(None).to_numpy().astype("datetime64[m]").astype(int)
    ]
    findings = Findings("t.csv")

    result = timed(stamps, range(len(stamps)), zone=zone, labels="auto", findings=findings)

    expected = instants.tz_convert("UTC").tz_localize(None).to_numpy().astype("datetime64[m]").astype(int)
    assert not findings.items
    assert result.starts.tolist() == expected.tolist()
