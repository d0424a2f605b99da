"""Do forecasts begin on the local clock, through changes of the clock too?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from wattloom.domain.errors import InputError
from wattloom.forecast.task import Task

BERLIN, SHANGHAI, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")
HOUR_S = 3600


def told(seconds: np.ndarray, zone: ZoneInfo) -> list[str]:
    return [datetime.fromtimestamp(int(one), UTC).astimezone(zone).strftime("%d %H:%M") for one in seconds]


def test_midnight_is_the_local_one() -> None:
    start = datetime(2024, 5, 1, 3, tzinfo=UTC)

    found = Task.day_ahead(step_minutes=15).origins(start, start + timedelta(days=2), SHANGHAI)

    assert told(found, SHANGHAI) == ["02 00:00", "03 00:00"]


def test_the_start_is_within_and_the_end_is_not() -> None:
    start = datetime(2024, 5, 1, tzinfo=SHANGHAI)

    found = Task.day_ahead(step_minutes=15).origins(start, start + timedelta(days=2), SHANGHAI)

    assert told(found, SHANGHAI) == ["01 00:00", "02 00:00"]


def test_days_keep_their_midnight_when_clocks_change() -> None:
    """Berlin, 31 March 2024: 23 hours to the next midnight; 27 October: 25."""
    task = Task.day_ahead(step_minutes=60)
    spring = task.origins(datetime(2024, 3, 30, tzinfo=BERLIN), datetime(2024, 4, 2, tzinfo=BERLIN), BERLIN)
    autumn = task.origins(datetime(2024, 10, 26, tzinfo=BERLIN), datetime(2024, 10, 29, tzinfo=BERLIN), BERLIN)

    assert (np.diff(spring) / HOUR_S).tolist() == [24, 23]
    assert (np.diff(autumn) / HOUR_S).tolist() == [24, 25]


def test_an_hour_that_a_clock_skips_or_repeats_has_no_origin() -> None:
    """02:00 does not exist in Berlin on 31 March 2024; on 27 October it stands twice and is not guessed."""
    task = Task(name="night", step_minutes=60, leads=24, issue_minute=120)
    spring = task.origins(datetime(2024, 3, 30, tzinfo=BERLIN), datetime(2024, 4, 2, tzinfo=BERLIN), BERLIN)
    autumn = task.origins(datetime(2024, 10, 26, tzinfo=BERLIN), datetime(2024, 10, 29, tzinfo=BERLIN), BERLIN)

    assert told(spring, BERLIN) == ["30 02:00", "01 02:00"]
    assert told(autumn, BERLIN) == ["26 02:00", "28 02:00"]


def test_issued_at_nine_it_speaks_of_the_whole_next_day() -> None:
    task = Task.day_ahead(step_minutes=15, issue_minute=9 * 60)
    origins = task.origins(datetime(2024, 5, 1, tzinfo=SHANGHAI), datetime(2024, 5, 2, tzinfo=SHANGHAI), SHANGHAI)

    starts = task.starts(origins)

    assert starts.shape == (1, 96)
    assert told(starts[0, [0, -1]], SHANGHAI) == ["02 00:00", "02 23:45"]
    assert task.horizon_s == (15 + 24) * HOUR_S


def test_intraday_speaks_from_its_own_instant_on() -> None:
    task = Task.intraday(step_minutes=15, leads=16)
    origins = task.origins(datetime(2024, 5, 1, tzinfo=SHANGHAI), datetime(2024, 5, 2, tzinfo=SHANGHAI), SHANGHAI)

    assert len(origins) == 96
    assert set(np.diff(origins)) == {900}
    assert told(task.starts(origins[:1])[0, [0, -1]], SHANGHAI) == ["01 00:00", "01 03:45"]


@pytest.mark.parametrize("zone", [BERLIN, SHANGHAI, NEW_YORK], ids=str)
def test_origins_of_a_year_rise_and_fall_on_whole_steps(zone: ZoneInfo) -> None:
    task = Task.day_ahead(step_minutes=60, issue_minute=9 * 60)

    found = task.origins(datetime(2024, 1, 1, tzinfo=zone), datetime(2025, 1, 1, tzinfo=zone), zone)

    assert len(found) == 366
    assert all(later > earlier for earlier, later in pairwise(found))
    assert set(told(found, zone)) == {f"{day:02d} 09:00" for day in range(1, 32)}


@pytest.mark.parametrize(
    "wrong",
    [{"issue_minute": 7}, {"every_minutes": 420}, {"every_minutes": 20}, {"leads": 0}, {"step_minutes": 0}],
    ids=str,
)
def test_a_clock_that_does_not_meet_the_periods_is_refused(wrong: dict[str, int]) -> None:
    usual = {"step_minutes": 15, "leads": 4}

    with pytest.raises(InputError, match="move the issue time onto the start of a period"):
        Task(name="odd", **{**usual, **wrong})  # type: ignore[arg-type]


def test_no_time_gives_no_origins() -> None:
    start = datetime(2024, 5, 1, 1, tzinfo=SHANGHAI)

    assert Task.day_ahead(step_minutes=15).origins(start, start + timedelta(hours=2), SHANGHAI).size == 0
