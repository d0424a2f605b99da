"""Does a series keep what it was given, and does a view refuse what was not yet known?"""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattloom.domain.errors import FutureRefused, InputError, MissingData
from wattloom.domain.series import Revisions, Series
from wattloom.domain.time import TimeAxis

START = datetime(2026, 3, 1, tzinfo=UTC)


def _axis(count: int = 4) -> TimeAxis:
    return TimeAxis(START, 60, count)


def _series(values: list[float]) -> Series:
    return Series(axis=_axis(len(values)), values=np.array(values), unit="MW", source="meter 7")


def test_caller_can_neither_change_nor_be_changed() -> None:
    lent = np.array([1.0, 2.0, 3.0, 4.0])
    series = Series(axis=_axis(), values=lent, unit="MW", source="meter 7")

    lent[0] = 99.0

    assert series.values[0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        series.values[0] = 5.0


def test_wrong_length_is_refused_with_both_counts() -> None:
    with pytest.raises(InputError, match=r"found \(3,\) values; expected 4 values"):
        Series(axis=_axis(), values=np.zeros(3), unit="MW", source="meter 7")


def test_gaps_are_named_not_filled() -> None:
    with pytest.raises(MissingData, match=r"meter 7: 1 of 4 values are missing, first at 2026-03-01T02:00"):
        _series([1.0, 2.0, float("nan"), 4.0]).complete()


def test_coarser_series_is_the_mean_of_its_periods() -> None:
    assert _series([1.0, 3.0, 5.0, 9.0]).coarser(2).values.tolist() == [2.0, 7.0]


def _revised() -> Revisions:
    about = [START, START, START + timedelta(hours=1)]
    known = [START - timedelta(hours=14), START + timedelta(days=3), START + timedelta(days=3)]
    return Revisions(
        about=about, known_at=known, values=np.array([310.0, 305.0, 200.0]), unit="CNY/MWh", source="market"
    )


def test_view_shows_the_newest_version_known_at_its_issue_time() -> None:
    revised = _revised()

    assert revised.known_by(START).at(START) == 310.0
    assert revised.known_by(START + timedelta(days=4)).at(START) == 305.0


def test_view_refuses_what_became_known_later() -> None:
    with pytest.raises(FutureRefused, match=r"was known from 2026-03-04T00:00:00\+00:00, asked at 2026-03-01"):
        _revised().known_by(START).at(START + timedelta(hours=1))


def test_view_says_when_a_value_is_in_no_version() -> None:
    with pytest.raises(MissingData, match="is in no version"):
        _revised().known_by(START).at(START + timedelta(days=9))


def test_view_on_an_axis_refuses_if_a_single_period_was_unknown() -> None:
    with pytest.raises(FutureRefused):
        _revised().known_by(START).on(_axis(2))

    known = _revised().known_by(START + timedelta(days=4)).on(_axis(2))

    assert known.values.tolist() == [305.0, 200.0]
    assert known.known_at == START + timedelta(days=4)


def test_times_without_a_zone_are_refused() -> None:
    with pytest.raises(InputError, match="times without a zone"):
        Revisions(
            about=[datetime(2026, 3, 1)],  # noqa: DTZ001 - the fault under test
            known_at=[START],
            values=np.array([1.0]),
            unit="1",
            source="x",
        )


@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(-40, 40)), min_size=1, max_size=40, unique=True),
    st.integers(-45, 45),
)
def test_no_view_ever_shows_a_value_from_its_future(rows: list[tuple[int, int]], asked: int) -> None:
    about = [START + timedelta(hours=hour) for hour, _ in rows]
    known = [START + timedelta(hours=at) for _, at in rows]
    revised = Revisions(
        about=about, known_at=known, values=np.array([float(at) for _, at in rows]), unit="1", source="x"
    )
    view = revised.known_by(START + timedelta(hours=asked))

    for hour in {hour for hour, _ in rows}:
        versions = [at for about_hour, at in rows if about_hour == hour and at <= asked]
        if versions:
            assert view.at(START + timedelta(hours=hour)) == max(versions)
        else:
            with pytest.raises(FutureRefused):
                view.at(START + timedelta(hours=hour))
