"""Are like days, their choice and their adjustment what the rules say, worked by hand?"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from tests.market.response.meters import EVENT, at, days_before, is_weekend, meter, view

from wattloom.domain.errors import InputError, MissingData
from wattloom.domain.series import Series
from wattloom.domain.time import Interval, TimeAxis
from wattloom.market.response.contract import BaselineTerms, counted, terms_of
from wattloom.market.response.view import EventView
from wattloom.market.response.watch import rise_before_notice, rise_of_like_days

PLAIN = BaselineTerms(refuse_unusual_rise=False)


def test_like_days_leave_out_weekends_event_days_and_days_without_readings() -> None:
    gone = days_before(3)
    load = meter({(gone[2], 5): float("nan")})

    days = view(load, event_days=frozenset({gone[1]})).like_days(4, gap=1, look_back=45)

    assert days == (gone[0], *days_before(6)[3:6])


def test_a_day_before_is_no_like_day_where_it_was_not_over_at_notice() -> None:
    eve = at(EVENT - timedelta(days=1), 18)

    assert view(notice=eve).like_days(1, gap=1, look_back=9) == (days_before(2)[1],)


def test_five_highest_of_ten_are_chosen_by_the_day_and_averaged_over_the_hours() -> None:
    # Working days 1 to 10 draw 1,010 to 1,100 kW all day, the newest most: the five highest are 1,060 to 1,100.
    load = meter({(day, -1): 1110.0 - 10 * back for back, day in enumerate(days_before(10), start=1)})

    assert counted("high_of_like_days", view(load)).kw == pytest.approx([1080.0, 1080.0])
    assert counted("like_days", view(load)).kw == pytest.approx([1055.0, 1055.0])
    assert counted("high_of_like_days", view(load)).days == tuple(days_before(5))


def test_beijing_takes_ten_days_from_the_second_before_and_keeps_five() -> None:
    method, terms = terms_of("beijing_2015")
    load = meter({(days_before(1)[0], -1): 9000.0})

    assert (method, terms.days_back, terms.days_kept, terms.days_gap) == ("high_of_like_days", 10, 5, 2)
    assert counted(method, view(load), terms).kw == pytest.approx([1000.0, 1000.0])


@pytest.mark.parametrize(
    ("before_notice", "cap", "kind", "expected"),
    [
        (1100.0, 0.2, "multiplicative", 1100.0),
        (1500.0, 0.2, "multiplicative", 1200.0),
        (500.0, 0.2, "multiplicative", 800.0),
        (1500.0, None, "multiplicative", 1500.0),
        (1100.0, 0.2, "additive", 1100.0),
        (1500.0, 0.1, "additive", 1100.0),
    ],
)
def test_the_hours_before_notice_move_the_baseline_up_to_its_cap(
    before_notice: float, cap: float | None, kind: str, expected: float
) -> None:
    load = meter({(EVENT, hour): before_notice for hour in range(8, 12)})
    terms = BaselineTerms(adjustment_cap=cap, adjustment=kind, refuse_unusual_rise=False)  # type: ignore[arg-type]

    assert counted("adjusted", view(load), terms).kw == pytest.approx([expected, expected])


def test_hours_after_the_notice_do_not_adjust() -> None:
    load = meter({(EVENT, 12): 5000.0, (EVENT, 13): 5000.0})

    assert counted("adjusted", view(load), PLAIN).kw == pytest.approx([1000.0, 1000.0])


def test_adding_and_multiplying_differ_where_the_event_is_higher_than_the_hours_before() -> None:
    # Every day draws 2,000 kW from 14 to 16; today's hours before notice draw 1,100 in place of 1,000.
    load = meter({(day, hour): 2000.0 for day in days_before(10) for hour in (14, 15)}
                 | {(EVENT, hour): 1100.0 for hour in range(8, 12)})  # fmt: skip

    times = counted("adjusted", view(load), PLAIN)
    plus = counted("adjusted", view(load), BaselineTerms(adjustment="additive", refuse_unusual_rise=False))

    assert times.kw == pytest.approx([2200.0, 2200.0])
    assert plus.kw == pytest.approx([2100.0, 2100.0])


def test_a_rise_that_its_day_and_like_days_do_not_know_leaves_the_hours_before_it_to_adjust() -> None:
    # Today runs at 1,050 kW from midnight, and at 1,150 from 8 to noon.
    load = meter({(EVENT, hour): 1150.0 if hour >= 8 else 1050.0 for hour in range(12)})

    found = counted("adjusted", view(load))

    assert found.kw == pytest.approx([1050.0, 1050.0])
    assert found.note.en == (
        "load before notice was 9.5% above what its day and its like days tell: the 8 h before it adjust instead"
    )


def test_a_day_that_is_higher_from_its_start_is_no_rise() -> None:
    load = meter({(EVENT, hour): 1150.0 for hour in range(12)})

    found = counted("adjusted", view(load))

    assert found.kw == pytest.approx([1150.0, 1150.0])
    assert not found.note


def test_a_fall_before_notice_always_lowers() -> None:
    load = meter({(EVENT, hour): 900.0 for hour in range(8, 12)})

    assert counted("adjusted", view(load)).kw == pytest.approx([900.0, 900.0])


def test_notice_on_the_day_before_has_no_hours_of_the_day_to_adjust_by() -> None:
    with pytest.raises(InputError, match="a notice within the event's day"):
        counted("adjusted", view(notice=at(EVENT - timedelta(days=1), 18)))


def test_a_rise_over_all_like_days_is_seen_against_the_days_before_them() -> None:
    load = meter({(day, hour): 1300.0 for day in days_before(10) for hour in (14, 15)})

    rise = rise_of_like_days(view(load), BaselineTerms())

    # 1,300 of a day's mean of 1,025 in place of 1,000 of 1,000.
    assert rise.unusual
    assert rise.share == pytest.approx(1300 / 1025 - 1)
    assert not rise_of_like_days(view(meter()), BaselineTerms()).unusual
    assert not rise_before_notice(view(meter()), BaselineTerms()).unusual


def test_raised_like_days_give_way_to_those_before_them_where_the_terms_say_so() -> None:
    load = meter({(day, hour): 1300.0 for day in days_before(10) for hour in (14, 15)})

    assert counted("like_days", view(load)).kw == pytest.approx([1300.0, 1300.0])
    watched = counted("like_days", view(load), BaselineTerms(refuse_raised_days=True))
    assert watched.kw == pytest.approx([1000.0, 1000.0])
    assert watched.days == tuple(days_before(20)[10:])


def test_weather_finds_the_slope_that_the_load_was_made_with() -> None:
    axis = meter().axis
    celsius = 24 + 8 * np.sin(np.arange(axis.count) / 11) + 3 * np.cos(np.arange(axis.count) / 61)
    load = Series(axis=axis, values=700 + 25 * np.maximum(celsius - 18, 0), unit="kW", source="a test's meter")
    weather = Series(axis=axis, values=celsius, unit="°C", source="a station")

    seen = view(load, temperature=weather)

    event = slice(round((at(EVENT, 14) - axis.start) / timedelta(hours=1)), None)
    assert counted("weather_regression", seen).kw == pytest.approx(load.values[event][:2], rel=1e-9)


def test_weather_by_the_half_day_serves_a_meter_by_the_hour() -> None:
    axis = TimeAxis(meter().axis.start, 720, meter().axis.count // 12)
    celsius = np.arange(axis.count, dtype=float)

    seen = view(temperature=Series(axis=axis, values=celsius, unit="°C", source="a station"))

    half_days = (EVENT - date(2026, 6, 1)).days * 2
    assert seen.of_weather(at(EVENT, 11), 3).tolist() == [half_days, half_days + 1, half_days + 1]


def test_without_temperature_or_with_too_few_days_there_is_no_baseline() -> None:
    with pytest.raises(MissingData, match="no temperature is given"):
        counted("weather_regression", view())
    with pytest.raises(MissingData, match="2 like days in 2 days"):
        counted("like_days", view(), BaselineTerms(look_back_days=2))
    with pytest.raises(InputError, match="expected one of adjusted"):
        counted("10_of_10", view())


def test_like_hours_are_those_of_the_clock_also_where_it_was_put_forward() -> None:
    """Event on 2026-03-31 at 14:00 in Berlin (12:00 UTC); on 2026-03-26, before the change, 14:00 was 13:00 UTC."""
    berlin = ZoneInfo("Europe/Berlin")
    axis = TimeAxis(datetime(2026, 1, 31, 23, tzinfo=UTC), 60, 24 * 70)
    hours = axis.local(berlin).hour.to_numpy().astype(float)
    event = Interval(datetime(2026, 3, 31, 14, tzinfo=berlin), datetime(2026, 3, 31, 16, tzinfo=berlin))
    load = Series(axis=axis, values=hours, unit="kW", source="the hour of the clock")

    seen = EventView(meter=load, zone=berlin, event=event, is_rest_day=is_weekend,
                     notice=datetime(2026, 3, 31, 12, tzinfo=berlin))  # fmt: skip

    assert counted("like_days", seen).kw.tolist() == [14.0, 15.0]
    assert seen.whole_day(date(2026, 3, 29)).size == 23
