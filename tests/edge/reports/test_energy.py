"""Do the pictures of energy show the year as it was, on the site's own clocks?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from wattloom.domain.time import TimeAxis
from wattloom.edge.reports import energy, tables
from wattloom.edge.reports.energy import Year
from wattloom.plan.result import SitePlan

SHANGHAI = ZoneInfo("Asia/Shanghai")


def a_year(  # noqa: PLR0913 - one argument a field
    load: np.ndarray,
    *,
    imported: np.ndarray | None = None,
    available: np.ndarray | None = None,
    zone: ZoneInfo = SHANGHAI,
    start: datetime | None = None,
    step_minutes: int = 60,
    south: bool = False,
) -> Year:
    """A year of the given arrays; zero where none is given."""
    nothing = np.zeros_like(load)
    drawn = nothing if imported is None else imported
    return Year(
        axis=TimeAxis(start or datetime(2026, 12, 31, 16, tzinfo=UTC), step_minutes, len(load)),
        zone=zone,
        south=south,
        given=(),
        taken=(),
        load=load,
        available=nothing if available is None else available,
        curtailed=nothing,
        imported=drawn,
        exported=nothing,
        not_green=drawn,
    )


def test_months_are_those_of_the_local_calendar() -> None:
    year = a_year(np.full(8760, 10.0))

    months = energy.by_month(year, year.load)

    assert next(iter(months)) == "2027-01"
    assert months["2027-01"] == pytest.approx(31 * 24 * 10.0)
    assert months["2027-02"] == pytest.approx(28 * 24 * 10.0)
    assert len(months) == 12


def test_quarter_hours_count_as_quarters_of_an_hour() -> None:
    year = a_year(np.full(96 * 31, 4.0), step_minutes=15)

    assert energy.by_month(year, year.load) == {"2027-01": pytest.approx(31 * 24 * 4.0)}


def test_a_month_of_a_few_hours_is_not_shown() -> None:
    year = a_year(np.ones(31 * 24 + 8), start=datetime(2027, 1, 1, tzinfo=UTC))

    assert energy.months_worth_showing(year) == ["2027-01"]


def test_the_hardest_week_draws_most_from_the_grid() -> None:
    drawn = np.zeros(8760)
    drawn[24 * 7 * 20 + 5] = 50.0

    found = energy.weeks(a_year(np.full(8760, 60.0), imported=drawn))

    assert found["hardest_week"] == slice(24 * 7 * 20, 24 * 7 * 21)


@pytest.mark.parametrize(("half", "months"), [("north", {6, 7, 8}), ("south", {12, 1, 2})])
def test_summer_lies_in_the_summer_of_the_half_of_the_earth(half: str, months: set[int]) -> None:
    year = a_year(np.full(8760, 60.0), south=half == "south")

    part = energy.weeks(year)["summer_week"]

    assert set(year.local[part].month) <= months | {month + 1 for month in months}
    assert part.stop - part.start == 7 * 24


def test_a_typical_week_is_the_one_at_the_median_of_its_season() -> None:
    available = np.floor(np.arange(8760) / 168)

    part = energy.weeks(a_year(np.full(8760, 60.0), available=available))["summer_week"]

    # Weeks 22 to 34 have their middle in June to August; each has 1 MW more than the one before: 28 is the median.
    assert part == slice(28 * 168, 29 * 168)


def test_a_short_stretch_is_shown_whole() -> None:
    assert energy.weeks(a_year(np.ones(48))) == {"whole_stretch": slice(0, 48)}


def test_the_heat_map_puts_each_hour_on_its_local_day() -> None:
    values = np.arange(48, dtype=float)

    grid = energy.by_hour_and_day(a_year(values), values)

    assert len(grid) == 24
    assert (grid[0], grid[23]) == ([0.0, 24.0], [23.0, 47.0])


def test_the_hour_that_a_clock_change_skips_is_empty_and_the_doubled_one_is_a_mean() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    spring = a_year(np.ones(23), zone=berlin, start=datetime(2027, 3, 27, 23, tzinfo=UTC))
    autumn = a_year(np.ones(25), zone=berlin, start=datetime(2027, 10, 30, 22, tzinfo=UTC))

    skipped = energy.by_hour_and_day(spring, np.arange(23, dtype=float))
    doubled = energy.by_hour_and_day(autumn, np.arange(25, dtype=float))

    assert skipped[2] == [None]
    assert doubled[2] == [2.5]


def test_periods_of_three_hours_fill_three_rows() -> None:
    year = a_year(np.ones(8), step_minutes=180)

    grid = energy.by_hour_and_day(year, np.arange(8, dtype=float))

    assert [row[0] for row in grid][:7] == [0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 2.0]


def test_green_share_of_an_hour_is_load_less_what_entered_over_load() -> None:
    year = a_year(np.array([10.0, 10.0, 0.0, 10.0]), imported=np.array([2.5, 12.0, 0.0, 0.0]))

    assert energy.green_share(year).tolist() == [0.75, 0.0, 0.0, 1.0]


def test_the_streams_of_a_plan_balance_with_its_load(plan: SitePlan) -> None:
    year = tables.year_of(plan)

    given = sum(stream.values for stream in year.given)
    taken = sum(stream.values for stream in year.taken)

    assert np.allclose(given - taken, year.load, atol=1e-6)


def test_two_plants_of_a_kind_keep_their_names(made: Callable[..., SitePlan]) -> None:
    plan = made(step_minutes=180)
    second = replace(plan.outcome.parts["pv"], name="pv_east")
    outcome = replace(plan.outcome, parts={**plan.outcome.parts, "pv_east": second})

    names = energy.named_parts(outcome.parts)

    assert not names["pv"].alone
    assert not names["pv_east"].alone
    assert names["battery"].alone
