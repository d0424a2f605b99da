"""Does every way to count a baseline keep to what was known at notice, and find a load that never changes?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.market.response.meters import EVENT, at, meter, view
from tests.market.response.test_plans import logged

from wattloom.domain.errors import FutureRefused
from wattloom.domain.series import Series
from wattloom.domain.time import TimeAxis
from wattloom.market.response.contract import baseline_names, counted
from wattloom.market.response.view import EventView

METHODS = baseline_names()


def whole_view(load: Series) -> EventView:
    """With all that any method asks for."""
    axis = load.axis
    weather = Series(axis=axis, values=20 + 10 * np.sin(np.arange(axis.count) / 7), unit="°C", source="a station")
    noon = at(EVENT, 0)
    record = tuple(logged(at(EVENT - timedelta(days=back), 0), 24, 1000.0) for back in range(1, 20))
    return view(load, temperature=weather, plan=logged(noon, 24, 1000.0), record=record)


def test_the_folder_holds_the_ways_that_the_documents_speak_of() -> None:
    assert METHODS == ("adjusted", "high_of_like_days", "like_days", "plan_before_notice", "weather_regression")


@pytest.mark.parametrize("method", METHODS)
def test_a_load_that_never_changes_is_its_own_baseline(method: str) -> None:
    assert counted(method, whole_view(meter())).kw == pytest.approx([1000.0, 1000.0])


@pytest.mark.parametrize("method", METHODS)
@settings(deadline=None, max_examples=40)
@given(st.integers(12, 23), st.floats(0, 5000))
def test_nothing_drawn_from_notice_on_moves_a_baseline(method: str, hour: int, kw: float) -> None:
    """The event's own hours and the reduction before them: raising or lowering them changes nothing."""
    honest = counted(method, whole_view(meter())).kw

    changed = counted(method, whole_view(meter({(EVENT, hour): kw}))).kw

    assert changed.tolist() == honest.tolist()


@pytest.mark.parametrize("method", METHODS)
def test_a_planted_look_past_the_notice_is_refused(method: str) -> None:
    """A baseline that asks for the event's own hours gets an error, not the hours."""
    seen = whole_view(meter())
    assert counted(method, seen).kw.shape == (2,)

    with pytest.raises(FutureRefused, match="notice was given at 2026-07-15T12:00:00"):
        seen.kw(at(EVENT, 14), 2)
    with pytest.raises(FutureRefused):
        replace(seen, delay_minutes=1).kw(at(EVENT, 11), 1)
    assert seen.kw(at(EVENT, 11), 1).tolist() == [1000.0]


@pytest.mark.parametrize("method", METHODS)
def test_a_load_twice_as_large_has_a_baseline_twice_as_large(method: str) -> None:
    rng = np.random.default_rng(7)
    axis = TimeAxis(meter().axis.start, 60, meter().axis.count)
    load = Series(axis=axis, values=rng.uniform(900, 1100, axis.count), unit="kW", source="a test's meter")

    once = counted(method, whole_view(load)).kw
    twice = counted(method, whole_view(load.scaled(2.0, "kW"))).kw

    # A plan is what it is: it is scaled down to what was kept, never up.
    expected = once * (2.0 if method != "plan_before_notice" else 1000.0 / once)
    assert twice == pytest.approx(expected)
