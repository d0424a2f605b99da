"""Days off and worked weekends, as the State Council arranged them."""

from __future__ import annotations

from datetime import date

import pytest
from tests.rules import comparing

from wattloom import rules
from wattloom.domain.errors import InputError
from wattloom.rules.holidays import parse_holidays


def test_festivals_have_the_weekdays_and_lengths_that_the_notices_print() -> None:
    assert list(comparing.of_holidays(rules.official_calendar())) == []


def test_the_spring_festival_of_2026_runs_nine_days_from_a_sunday() -> None:
    festival = rules.official_calendar().festival(date(2026, 2, 20))

    assert festival is not None
    assert (festival.key, festival.name.zh, festival.days) == ("spring_festival", "春节", 9)
    assert festival.first_day.strftime("%A") == "Sunday"


def test_2026_has_33_days_off_by_festival_and_6_worked_weekend_days() -> None:
    calendar = rules.official_calendar()

    assert sum(one.days for one in calendar.festivals if one.first_day.year == 2026) == 33
    assert sum(day.year == 2026 for day in calendar.working_weekends) == 6


def test_a_year_that_the_user_gives_stands_beside_the_known_ones() -> None:
    calendar = rules.official_calendar()
    clause = calendar.festivals[0].clause
    given = rules.Festival(
        key="new_year",
        name=calendar.festivals[0].name,
        first_day=date(2027, 1, 1),
        last_day=date(2027, 1, 3),
        clause=clause,
    )

    more = calendar.also(2027, [given], [date(2027, 1, 9)])

    assert more.festival(date(2027, 1, 2)) == given
    assert (more.is_rest_day(date(2027, 1, 9)), more.is_rest_day(date(2027, 1, 10))) == (False, True)
    assert more.festival(date(2026, 10, 1)) == calendar.festival(date(2026, 10, 1))
    with pytest.raises(InputError, match="2024, 2025, 2026"):
        calendar.festival(date(2027, 1, 2))


def test_a_file_with_a_worked_monday_and_a_day_off_twice_is_refused() -> None:
    text = """
[festivals]
new_year = { en = "New Year", zh = "元旦" }
mid_autumn = { en = "Mid-Autumn Festival", zh = "中秋节" }
[[years]]
year = 2026
source = "doc650"
working = [2026-01-05]
[years.days]
new_year = [2026-01-01, 2026-01-03]
mid_autumn = [2026-01-03, 2026-01-04]
"""
    with pytest.raises(InputError) as refused:
        parse_holidays(text)

    assert [problem.where for problem in refused.value.problems] == [
        "holidays.toml 2026-01-03",
        "holidays.toml working 2026-01-05",
    ]
