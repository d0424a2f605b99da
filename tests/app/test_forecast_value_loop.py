"""Does a day of the closed loop see the forecasts of its stations, each from its issue on, and nothing of the truth?"""

from __future__ import annotations

import importlib
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
DAY = 0
HOURS, PER_HOUR = 24, 4


@pytest.fixture(name="loop", scope="module")
def _loop() -> ModuleType:
    sys.path.insert(0, str(BENCHMARKS))
    try:
        return importlib.import_module("forecast_value_loop")
    finally:
        sys.path.remove(str(BENCHMARKS))


def test_each_hour_foresees_what_was_issued_then_and_knows_the_hours_before(loop: ModuleType) -> None:
    """Green output is twice its mean all day; every forecaster takes it for half from its issue on."""
    day = loop.draw_day(12, 1, minutes=60 // PER_HOUR)
    said = np.full((1, HOURS, HOURS), np.nan)
    for hour in range(HOURS):
        said[0, hour, hour:] = 0.5
    green = loop.Course(np.full((1, HOURS * PER_HOUR), 2.0), {"ours": said})
    price = loop.Course(np.full((1, HOURS * PER_HOUR), 1.0), {"ours": said})
    mean = day.still.regions.supply_mw_max[:, 0]

    perfect, seen = loop.with_courses(day, DAY, [green] * len(day.still.layout.regions), price)

    np.testing.assert_allclose(perfect.truth.supply_mw_max[:, :, 0], np.tile(2.0 * mean, (HOURS * PER_HOUR, 1)))
    at_noon = seen["ours"].foreseen[12].supply_mw_max[:, :, 0]
    np.testing.assert_allclose(at_noon[:12], np.tile(2.0 * mean, (12, 1)))
    np.testing.assert_allclose(at_noon[12:], np.tile(0.5 * mean, (12, 1)))
    np.testing.assert_array_equal(seen["ours"].truth.supply_mw_max, perfect.truth.supply_mw_max)
    assert (perfect.foreseen[0].supply_mw_max[:, :, 0] == 2.0 * mean).all()


def test_a_stations_forecast_made_in_an_hour_says_nothing_of_the_hours_before(loop: ModuleType) -> None:
    course = loop.course("north", loop.TargetKind.WIND, 5, datetime(2026, 7, 1, tzinfo=UTC))

    for told in course.foreseen.values():
        before = np.tril(np.ones((HOURS, HOURS), dtype=bool), -1)
        assert np.isnan(told[:, before]).all()
        assert np.isfinite(told[:, ~before]).all()
