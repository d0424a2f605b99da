"""Bands of a single day: its holiday, its heat, its notice, and who the user is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from wattloom import rules
from wattloom.domain.errors import InputError
from wattloom.domain.time import TimeAxis
from wattloom.rules.bands import binds, multipliers

CHINA = ZoneInfo("Asia/Shanghai")
NO_HEAT = rules.DayInputs(hot_days=frozenset())


def letters(key: str, day: date, inputs: rules.DayInputs = NO_HEAT) -> str:
    """One letter each hour; an hour across two bands shows a question mark."""
    found = rules.bands_of_day(rules.territory(key), day, inputs, step_minutes=60).letters
    return "".join(letter if len(letter) == 1 else "?" for letter in found)


def axis_from(day: date, *, days: int = 1, step_minutes: int = 60) -> TimeAxis:
    start = datetime(day.year, day.month, day.day, tzinfo=CHINA)
    return TimeAxis(start.astimezone(UTC), step_minutes, days * 24 * 60 // step_minutes)


def test_shanghai_has_a_deep_valley_on_holidays_and_rest_days_of_spring_and_autumn() -> None:
    plain, deep = "VVVVVVFFPPPFFFFFFFPPPFVV", "DDDDDDFFPPPFFFFFFFPPPFDD"

    assert letters("shanghai", date(2026, 3, 12)) == plain  # a Thursday
    assert letters("shanghai", date(2026, 3, 14)) == deep  # a Saturday
    assert letters("shanghai", date(2026, 10, 1)) == deep  # National Day
    assert letters("shanghai", date(2026, 10, 10)) == plain  # a Saturday that is worked
    assert letters("shanghai", date(2026, 1, 10)) == "VVVVVVFFPPPFFFFFFFPSSFVV"  # a Saturday in January
    assert letters("shanghai", date(2026, 1, 1)).startswith("DDDDDD")  # New Year


def test_shanghais_deep_valley_costs_a_fifth_of_the_flat_price_and_is_for_large_industry() -> None:
    land, day = rules.territory("shanghai"), date(2026, 10, 1)

    large = rules.bands_of_day(land, day, NO_HEAT)
    small = rules.bands_of_day(land, day, rules.DayInputs(large_industry=False))

    assert (large.letters[0], float(large.multipliers[0])) == ("D", 0.2)
    assert (small.letters[0], float(small.multipliers[0])) == ("V", 0.5)


def test_anhuis_deep_valley_is_four_fifths_of_its_valley_on_holidays_of_three_days() -> None:
    land = rules.territory("anhui")

    long = rules.bands_of_day(land, date(2026, 6, 20), NO_HEAT)
    new_year = rules.official_calendar().festival(date(2026, 1, 1))
    assert new_year is not None
    one_day = rules.official_calendar().also(2026, [replace(new_year, last_day=date(2026, 1, 1))])
    short = rules.bands_of_day(land, date(2026, 1, 1), rules.DayInputs(calendar=one_day))

    assert long.letters[44:60] == ("D",) * 16  # 11:00 to 15:00
    assert long.multipliers[44:60] == pytest.approx(0.8 * 0.382)
    assert "D" not in short.letters


def test_anhuis_sharp_hours_come_from_a_second_source_and_have_no_price() -> None:
    day = rules.bands_of_day(rules.territory("anhui"), date(2026, 7, 15), NO_HEAT, step_minutes=60)

    assert "".join(day.letters[19:23]) == "PSSP"
    assert np.isnan(day.multipliers[20:22]).all()
    assert letters("anhui", date(2026, 7, 14))[20] == "P"
    assert letters("anhui", date(2027, 1, 31), rules.DayInputs(calendar=with_2027()))[19:21] == "SS"
    with pytest.raises(InputError, match="no multiplier for band S on 2026-07-15"):
        rules.multipliers_by_day(rules.territory("anhui"), axis_from(date(2026, 7, 15)), CHINA, NO_HEAT)


def with_2027() -> rules.HolidayCalendar:
    return rules.official_calendar().also(2027, ())


def test_zhejiang_is_deep_at_noon_on_three_festivals_alone() -> None:
    assert letters("zhejiang", date(2026, 10, 1))[10:14] == "DDDD"
    assert letters("zhejiang", date(2026, 9, 25))[10:14] == "PVVP"  # Mid-Autumn


def test_guangdong_is_sharp_on_a_hot_day_outside_summer_too() -> None:
    hot = date(2026, 6, 10)

    assert letters("guangdong", hot) == "VVVVVVVVFFPPFFPPPPPFFFFF"
    assert letters("guangdong", hot, rules.DayInputs(hot_days=frozenset({hot}))) == "VVVVVVVVFFPSFFPSSPPFFFFF"
    assert letters("guangdong", date(2026, 7, 10)) == "VVVVVVVVFFPSFFPSSPPFFFFF"


def test_sichuan_waits_for_the_third_hot_day_and_spares_small_users() -> None:
    third = date(2026, 9, 3)
    run = frozenset({third, third - timedelta(days=1), third - timedelta(days=2)})

    assert letters("sichuan", third, rules.DayInputs(hot_days=run))[13] == "S"
    assert letters("sichuan", third, rules.DayInputs(hot_days=run - {date(2026, 9, 2)}))[13] == "P"
    assert letters("sichuan", third, rules.DayInputs(hot_days=run, large_industry=False))[13] == "P"


def test_a_hot_day_rule_asks_for_the_heat() -> None:
    with pytest.raises(InputError, match="reached 35 °C; give DayInputs"):
        rules.bands_of_day(rules.territory("guangdong"), date(2026, 6, 10))


def test_a_year_without_an_arrangement_of_holidays_is_refused_where_it_matters() -> None:
    with pytest.raises(InputError, match="holidays of 2027"):
        rules.bands_of_day(rules.territory("shanghai"), date(2027, 3, 13))

    assert letters("hainan", date(2027, 3, 13)).startswith("VVVVVVV")


def test_zhejiangs_ratios_begin_on_the_first_of_july() -> None:
    land = rules.territory("zhejiang")

    new = rules.bands_of_day(land, date(2026, 7, 1), NO_HEAT, step_minutes=60).multipliers
    old = rules.bands_of_day(land, date(2026, 6, 30), NO_HEAT, step_minutes=60).multipliers

    assert new[[8, 9, 11, 13]] == pytest.approx([1.85, 2.05, 0.4, 1.0])
    assert np.isnan(old).all()


def test_a_notice_that_changes_inside_a_stretch_is_seen_on_its_day() -> None:
    with pytest.raises(InputError, match="on 2026-06-30"):
        rules.multipliers_by_day(rules.territory("zhejiang"), axis_from(date(2026, 6, 30), days=2), CHINA, NO_HEAT)


def test_yunnans_bands_leave_users_on_the_market_from_march_2026() -> None:
    land = rules.territory("yunnan")
    market = rules.Case(year=2026, commissioned=2026, voltage_kv=110.0, direct_connection=False)
    before, after = (rules.time_of_use_on(land, day) for day in (date(2026, 2, 28), date(2026, 3, 1)))

    assert before is not None
    assert after is not None
    assert (binds(market, before), binds(market, after)) == (True, False)
    assert dict(before.bands) == dict(after.bands)


def test_a_class_of_users_has_its_own_multipliers() -> None:
    land, day = rules.territory("beijing"), date(2026, 7, 10)

    small = rules.bands_of_day(land, day, rules.DayInputs(user_class="single_part_below_1kv"), step_minutes=60)

    assert small.multipliers[[0, 8, 10, 11]] == pytest.approx([0.36, 1.0, 1.71, 1.2 * 1.71])
    with pytest.raises(InputError, match="expected one of single_part_from_1kv, single_part_below_1kv"):
        rules.bands_of_day(land, day, rules.DayInputs(user_class="farm"))


@pytest.mark.parametrize("step_minutes", [15, 30, 60])
def test_a_plain_day_is_its_month(step_minutes: int) -> None:
    land = rules.territory("heilongjiang")
    month = land.time_of_use
    axis = axis_from(date(2026, 7, 10), days=3, step_minutes=step_minutes)
    assert month is not None

    by_day = rules.multipliers_by_day(land, axis, CHINA)

    assert by_day == pytest.approx(multipliers(month, axis, CHINA))
    one = rules.bands_of_day(land, date(2026, 7, 10), step_minutes=step_minutes)
    assert one.multipliers == pytest.approx(by_day[: len(one.letters)])
    assert len(one.letters) == 24 * 60 // step_minutes


def test_an_hour_across_two_bands_shows_both() -> None:
    found = rules.bands_of_day(rules.territory("heilongjiang"), date(2026, 7, 10), step_minutes=60)

    assert found.letters[11] == "PF"  # peak until 11:30
    assert found.multipliers[11] == pytest.approx(1.25)


def test_a_step_that_fits_no_half_hour_is_refused() -> None:
    with pytest.raises(InputError, match="20 min"):
        rules.bands_of_day(rules.territory("hainan"), date(2026, 7, 10), step_minutes=20)


def test_what_floats_differs_by_territory() -> None:
    def floats(key: str) -> list[str] | None:
        bands = rules.territory(key).time_of_use
        assert bands is not None
        return None if bands.floating_items is None else sorted(bands.floating_items)

    assert [floats(key) for key in ("jilin", "jiangxi", "heilongjiang", "xinjiang", "yunnan")] == [
        ["market_energy"]
    ] * 5
    assert floats("hainan") == ["market_energy", "td_energy"]
    assert floats("guangdong") == ["line_loss", "market_energy", "system_operation_fee", "td_energy"]
    assert floats("anhui") is None
