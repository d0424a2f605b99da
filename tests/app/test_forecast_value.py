"""Is a forecast billed at what came true, and is its worth the yuan that one counts by hand?"""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from wattloom.app.forecast_value import AT_ONCE, PERFECT, ForecastDay, forecast_value, worth
from wattloom.dispatch.question import DispatchQuestion, DispatchSite
from wattloom.domain.errors import InputError
from wattloom.domain.jobs import JobClass, Jobs
from wattloom.domain.time import TimeAxis
from wattloom.domain.weather import Place
from wattloom.domain.workloads import WorkloadKind

START = datetime(2026, 3, 2, tzinfo=UTC)
PLACE = Place(latitude_deg=31, longitude_deg=120, altitude_m=0, time_zone="UTC")
HOURS = 4


def site(price: list[float]) -> DispatchSite:
    flat = np.ones(HOURS)
    return DispatchSite(
        name="one",
        place=PLACE,
        import_price_cny_per_mwh=np.array(price),
        carbon_kg_per_mwh=0 * flat,
        it_mw_max=20 * flat,
        firm_it_mw=0 * flat,
        overhead_fixed_mw=0 * flat,
        overhead_slope=0.25 * flat,
        import_mw_max=np.full(HOURS, np.inf),
    )


def question(price: list[float]) -> DispatchQuestion:
    """One job of 10 MW for an hour, here at the start, due after four: 12.5 MWh at the meter."""
    jobs = Jobs(
        start=START,
        classes=(JobClass(name="waits", kind=WorkloadKind.BATCH, interruptible=False),),
        sites=("one",),
        id=np.array(["a"]),
        class_index=np.zeros(1, dtype=np.int64),
        home=np.zeros(1, dtype=np.int64),
        arrive_s=np.zeros(1),
        due_s=np.full(1, 4 * 3600.0),
        run_s=np.full(1, 3600.0),
        power_mw=np.full(1, 10.0),
        gpus=np.ones(1),
        nodes=np.zeros(1, dtype=np.int64),
        move_gb=np.zeros(1),
    )
    none = np.zeros((1, 1))
    return DispatchQuestion(
        axis=TimeAxis(START, 60, HOURS), sites=(site(price),), jobs=jobs, latency_ms=none,
        migration_cost_cny_per_mwh=none,
    )  # fmt: skip


def day(name: str, *, came: list[float], **said: list[float]) -> ForecastDay:
    return ForecastDay(
        name=name, happened=question(came), foreseen={who: (site(price),) for who, price in said.items()}
    )


def test_a_wrong_forecast_costs_the_difference_between_the_hours_times_the_energy() -> None:
    """The cheap hour is the fourth, at 100; the naive forecast sees it in the second, where it comes to 300.

    The job draws 12.5 MWh: 1,250 CNY with perfect foresight, 3,750 CNY as naive has it, 5,000 CNY run at once at 400.
    """
    found = forecast_value(
        [
            day(
                name,
                came=[400, 300, 350, 100],
                naive=[400, 100, 350, 300],
                ours=[380, 250, 300, 150],
            )
            for name in ("one", "two", "three")
        ],
        naive="naive",
        block_days=1,
    )

    assert found.cost_cny[PERFECT] == pytest.approx([1250.0] * 3)
    assert found.cost_cny["naive"] == pytest.approx([3750.0] * 3)
    assert found.cost_cny["ours"] == pytest.approx([1250.0] * 3)
    assert found.bound_cny == pytest.approx([1250.0] * 3, rel=1e-5)
    assert found.cost_cny[AT_ONCE] == pytest.approx([5000.0] * 3)
    rows = {row.forecaster: row for row in found.rows}
    assert rows["ours"].below_naive.value == pytest.approx(2500.0)
    assert rows["naive"].above_perfect.value == pytest.approx(2500.0)
    assert rows["ours"].closed is not None
    assert rows["ours"].closed.value == pytest.approx(1.0)
    assert not found.worth_nothing
    assert not any(found.deadline_misses.values())


def test_an_error_that_leaves_the_order_of_the_hours_costs_nothing() -> None:
    """Both forecasts are far off, and both find the cheapest hour: no yuan lies between them."""
    found = forecast_value(
        [day(name, came=[400, 300, 350, 100], naive=[900, 800, 850, 600], ours=[4, 3, 3.5, 1]) for name in "abc"],
        naive="naive",
        block_days=1,
    )

    assert found.worth_nothing
    assert all(row.closed is None for row in found.rows)
    assert {row.forecaster: row.above_perfect.value for row in found.rows}["ours"] == pytest.approx(0.0)


def test_half_of_the_days_right_closes_half_of_the_gap() -> None:
    costs = {
        PERFECT: np.array([10.0, 10.0, 10.0, 10.0]),
        "naive": np.array([30.0, 30.0, 30.0, 30.0]),
        "ours": np.array([10.0, 30.0, 10.0, 30.0]),
    }

    found = worth(costs, "ours", naive="naive", block_days=1)

    assert found.closed is not None
    assert found.closed.value == pytest.approx(0.5)
    assert found.closed.low < 0.5 < found.closed.high
    assert found.below_naive.value == pytest.approx(10.0)


def test_days_with_other_forecasters_are_refused() -> None:
    days = [day("one", came=[1, 1, 1, 1], naive=[1, 1, 1, 1]), day("two", came=[1, 1, 1, 1], ours=[1, 1, 1, 1])]

    with pytest.raises(InputError, match="the same on every day"):
        forecast_value(days, naive="naive")
