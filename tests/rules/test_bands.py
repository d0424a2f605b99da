"""Administrative bands, half hour by half hour."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from wattloom import rules
from wattloom.domain.errors import InputError
from wattloom.domain.time import TimeAxis
from wattloom.rules.bands import binds, multipliers
from wattloom.rules.contract import TimeOfUse

CHINA = ZoneInfo("Asia/Shanghai")


def bands_of(key: str) -> TimeOfUse:
    found = rules.territory(key).time_of_use
    assert found is not None
    return found


def local_day(month: int, step_minutes: int) -> TimeAxis:
    start = datetime(2026, month, 10, tzinfo=CHINA)
    return TimeAxis(start.astimezone(UTC), step_minutes, 24 * 60 // step_minutes)


def test_guangdong_july_has_its_valley_sharp_and_peak_hours() -> None:
    day = multipliers(bands_of("guangdong"), local_day(7, 60), CHINA)

    assert day[[3, 9, 10, 11, 12, 15, 18, 20]] == pytest.approx([0.38, 1, 1.7, 2.125, 1, 2.125, 1.7, 1])


def test_an_hour_across_two_bands_is_their_mean() -> None:
    # Heilongjiang: peak 9:00-11:30 at 1.5, flat after; valley until 5:30 at 0.5.
    day = multipliers(bands_of("heilongjiang"), local_day(7, 60), CHINA)
    quarters = multipliers(bands_of("heilongjiang"), local_day(7, 15), CHINA)

    assert day[11] == pytest.approx((1.5 + 1.0) / 2)
    assert day[5] == pytest.approx((0.5 + 1.0) / 2)
    assert quarters[44:48] == pytest.approx([1.5, 1.5, 1.0, 1.0])


def test_shanghai_peaks_higher_in_summer_and_winter() -> None:
    assert multipliers(bands_of("shanghai"), local_day(9, 60), CHINA)[9] == pytest.approx(1.8)
    assert multipliers(bands_of("shanghai"), local_day(10, 60), CHINA)[9] == pytest.approx(1.6)


def test_a_multiplier_that_no_notice_states_is_refused() -> None:
    with pytest.raises(InputError, match="no multiplier for band"):
        multipliers(bands_of("ningxia"), local_day(1, 60), CHINA)


def test_bands_bind_agency_purchase_and_never_a_direct_connection() -> None:
    direct = rules.Case(year=2027, commissioned=2027, voltage_kv=110.0, agency_purchase=True)
    agency = rules.Case(year=2027, commissioned=2027, voltage_kv=110.0, agency_purchase=True, direct_connection=False)
    market = rules.Case(year=2027, commissioned=2027, voltage_kv=110.0, direct_connection=False)

    assert [binds(case) for case in (direct, agency, market)] == [False, True, False]
