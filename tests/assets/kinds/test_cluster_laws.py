"""Laws of a computing cluster's plans, and what second judges say of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
import scipy.optimize
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from wattloom.assets.kinds.cluster import ASSET
from wattloom.assets.kinds.cluster.workload import WorkloadClass
from wattloom.domain.series import Series
from wattloom.domain.time import TimeAxis
from wattloom.domain.workloads import WorkloadKind

FIRM, BATCH, TRAINING = WorkloadKind.FIRM_SERVING, WorkloadKind.BATCH, WorkloadKind.TRAINING
SIMPLEX_MWH = 1e-6
"""How far a simplex answer may miss a row."""


def work(kind: WorkloadKind, share: float, **keys: Any) -> WorkloadClass:
    return WorkloadClass(kind=kind, share=share, **keys)


def cluster(it_mw: float = 100.0, utilisation: float = 0.5, **keys: Any) -> Any:
    """A cluster without overhead."""
    return ASSET.fields(it_mw=it_mw, utilisation=utilisation, overhead_fixed=0.0, overhead_slope=0.0, **keys)


def test_a_capped_schedule_of_work_lies_in_the_envelope(bus: Any) -> None:
    classes = {"train": work(TRAINING, 1.0, window_hours=2.0, least_power=0.8, power_work="llm_pretraining_2025")}
    asset = cluster(utilisation=0.6, classes=classes)
    price = [9.0, 1.0, 5.0, 9.0, 1.0, 2.0]

    plan = bus(import_price=price, it_mw=0.0).plan({"dc": asset})

    envelope = asset.envelope(TimeAxis(datetime(2026, 1, 1, tzinfo=UTC), 60, 6))
    assert envelope.contains(served_of(plan, asset, "train"), tolerance_mwh=SIMPLEX_MWH)


prices = st.lists(st.integers(-20, 100).map(float), min_size=4, max_size=26)
# A plan takes tenths of a second: a failing one is told as drawn, for shrinking it would take minutes.
SLOW = settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@SLOW
@given(
    price=prices,
    window=st.integers(1, 12),
    cleared=st.sampled_from(["rolling", "daily"]),
    least=st.sampled_from([0.0, 0.3, 1.0]),
    utilisation=st.sampled_from([0.3, 0.6, 0.9]),
    curve=st.sampled_from(["linear", "llm_pretraining_2025", "a100_pipeline_training_cap"]),
)
def test_every_plan_lies_in_the_envelope_and_keeps_every_promise(
    bus: Any, price: list[float], utilisation: float, **drawn: Any
) -> None:
    window = drawn["window"]
    keys: dict[str, Any] = {
        "window_hours": float(window),
        "least_power": drawn["least"],
        "power_work": drawn["curve"],
        "cleared": drawn["cleared"],
    }
    asset = cluster(utilisation=utilisation, classes={"chat": work(FIRM, 0.4), "jobs": work(TRAINING, 0.6, **keys)})
    year = bus(import_price=price, it_mw=0.0)

    plan = year.plan({"dc": asset})

    envelope = asset.envelope(year.axis(), zone=year.surroundings().zone)
    served = served_of(plan, asset, "jobs")
    assert envelope.contains(served, tolerance_mwh=SIMPLEX_MWH)
    assert served.sum() == pytest.approx(envelope.earliest_mwh[-1], rel=1e-9)
    assert envelope.longest_wait_hours(served) <= window + 1e-4
    assert np.all(plan.part("dc").load.it_mw.values <= 100.0 + SIMPLEX_MWH)


@SLOW
@given(
    price=st.lists(st.integers(0, 100).map(float), min_size=4, max_size=26),
    windows=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    cleared=st.sampled_from(["rolling", "daily"]),
    utilisation=st.sampled_from([0.3, 0.6, 0.8]),
)
def test_cost_agrees_with_a_plan_that_books_each_hours_arrivals_apart(
    bus: Any, price: list[float], windows: tuple[int, int], cleared: str, utilisation: float
) -> None:
    classes = {
        "chat": work(FIRM, 0.4),
        "a": work(BATCH, 0.4, window_hours=float(windows[0]), cleared=cleared),
        "b": work(BATCH, 0.2, window_hours=float(windows[1])),
    }
    year = bus(import_price=price, it_mw=0.0)

    plan = year.plan({"dc": cluster(utilisation=utilisation, classes=classes)})

    count = len(price)
    day_ends = [h for h in range(count) if (h + 9) % 24 == 0] if cleared == "daily" else []
    last_a = [min([h + windows[0], count - 1, *(end for end in day_ends if end >= h)]) for h in range(count)]
    last_b = [min(h + windows[1], count - 1) for h in range(count)]
    booked = booked_apart(
        np.array(price),
        [(40.0 * utilisation, last_a), (20.0 * utilisation, last_b)],
        firm_mw=40.0 * utilisation,
        catch_up_mw=100.0 * (1.0 - utilisation),
    )
    assert plan.cost_cny == pytest.approx(booked, rel=1e-7, abs=1e-4)


@SLOW
@given(price=st.lists(st.integers(0, 1000).map(float), min_size=48, max_size=48), rated=st.sampled_from([2000.0, 4e3]))
def test_a_series_beside_work_cleared_daily_is_the_program_of_the_benchmark(
    bus: Any, price: list[float], rated: float
) -> None:
    # 800 MW of firm load as a series; 200 MW that are served at 0 to 400 MW and cleared by the end of each day.
    firm = 800.0 * (1 + 0.03 * np.sin(2 * np.pi * (np.arange(48) - 15) / 24))
    mean = firm.mean() + 200.0
    start = datetime(2025, 12, 31, 16, tzinfo=UTC)
    asset = cluster(
        rated,
        mean / rated,
        load_shape=Series(axis=TimeAxis(start, 60, 48), values=firm, unit="MW", source="by hand"),
        classes={
            "firm": work(FIRM, firm.mean() / mean),
            "deferrable": work(BATCH, 200.0 / mean, window_hours=24.0, cleared="daily", power_max=2.0),
        },
    )

    plan = midnight(bus)(import_price=price, it_mw=0.0).plan({"dc": asset})

    assert plan.cost_cny == pytest.approx(daily_by_hand(np.array(price), firm), rel=1e-9)
    own = [name for name in plan.program.model.constraints if name.startswith("dc")]
    assert own == ["dc.deferrable.work"]


# How the tests read and judge.


def served_of(plan: Any, asset: Any, name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Work done by a class, from the machines at each point of its curve."""
    points = asset.classes[name].running_points
    names = [f"running_mw {i + 1}" for i in range(len(points))] if len(points) > 1 else ["running_mw"]
    return np.sum(
        [share * plan.values(f"dc.{name}", key) for key, (_, share) in zip(names, points, strict=True)], axis=0
    )


def booked_apart(price: Any, works: list[tuple[float, list[int]]], *, firm_mw: float, catch_up_mw: float) -> float:
    """Least cost where each hour's arrivals are booked to hours up to their last: a transport problem on 100 MW.

    Each work takes its mean and the machines left over on the mean at most.
    """
    count = len(price)
    slots = [(w, h, at) for w, (_, last) in enumerate(works) for h in range(count) for at in range(h, last[h] + 1)]
    arrived = np.zeros((len(works) * count, len(slots)))
    taken = np.zeros(((1 + len(works)) * count, len(slots)))
    for column, (w, hour, at) in enumerate(slots):
        arrived[w * count + hour, column] = 1.0
        taken[[at, (1 + w) * count + at], column] = 1.0
    result = scipy.optimize.linprog(
        [price[at] for *_, at in slots],
        A_ub=taken,
        b_ub=np.repeat([100.0 - firm_mw, *(mean + catch_up_mw for mean, _ in works)], count),
        A_eq=arrived,
        b_eq=np.repeat([mean for mean, _ in works], count),
        method="highs",
    )
    assert result.success
    return float(result.fun) + firm_mw * float(price.sum())


def daily_by_hand(price: Any, firm: Any) -> float:
    """Firm load as it is; each day 4,800 MWh, none before it arrived, in its cheapest hours at 400 MW at most."""
    cost = float(price @ firm)
    for day in price.reshape(-1, 24):
        after = np.tril(np.ones((24, 24)))
        result = scipy.optimize.linprog(
            day,
            A_ub=after,
            b_ub=200.0 * np.arange(1, 25),
            A_eq=np.ones((1, 24)),
            b_eq=[4800.0],
            bounds=(0.0, 400.0),
            method="highs",
        )
        cost += float(result.fun)
    return cost


def midnight(bus: Any) -> Any:
    """The small site with an axis that starts at midnight in Shanghai."""

    class AtMidnight(bus):  # type: ignore[misc]
        def axis(self) -> TimeAxis:
            return TimeAxis(datetime(2025, 12, 31, 16, tzinfo=UTC), 60, len(self.import_price))

    return AtMidnight
