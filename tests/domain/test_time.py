"""Are instants UTC, intervals half-open, and years as long as the calendar says?"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattloom.domain.errors import InputError
from wattloom.domain.time import Interval, TimeAxis

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("year", "zone", "hours"), [(2025, SHANGHAI, 8760), (2028, SHANGHAI, 8784), (2018, BERLIN, 8760)], ids=str
)
def test_a_year_has_the_hours_of_its_calendar(year: int, zone: ZoneInfo, hours: int) -> None:
    axis = TimeAxis.of_year(year, zone)

    assert axis.count == hours
    assert axis.end == datetime(year + 1, 1, 1, tzinfo=zone).astimezone(UTC)


def test_days_with_23_and_25_hours_keep_their_local_date() -> None:
    axis = TimeAxis.of_year(2018, BERLIN)
    days = axis.days(BERLIN)

    assert (days == 83).sum() == 23  # 25 March 2018
    assert (days == 300).sum() == 25  # 28 October 2018


def test_naive_time_is_refused() -> None:
    with pytest.raises(InputError, match="expected a time with its zone"):
        TimeAxis(datetime(2026, 1, 1), 60, 1)  # noqa: DTZ001 - the fault under test


def test_interval_must_end_after_it_starts() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)

    assert Interval(start, start + timedelta(minutes=15)).hours == 0.25
    with pytest.raises(InputError, match="an end after the start"):
        Interval(start, start)


@given(st.integers(1, 400), st.sampled_from([15, 30, 60]), st.sampled_from([2, 4]))
def test_coarser_axis_covers_the_same_stretch(count: int, step: int, factor: int) -> None:
    axis = TimeAxis(datetime(2026, 1, 1, tzinfo=UTC), step, count * factor)

    assert axis.coarser(factor).end == axis.end
    assert axis.coarser(factor).hours == axis.hours


def test_coarser_axis_that_does_not_fit_is_refused() -> None:
    with pytest.raises(InputError, match="a multiple of 2"):
        TimeAxis(datetime(2026, 1, 1, tzinfo=UTC), 60, 3).coarser(2)
