"""Does it pay to raise a load before an event? Without defences it does, with them it does not.

A computing load drawn with a seed: 1 MW in the mean, days that differ by 6 %, hours by 2 %. It lowers nothing when
called for 100 kW over two hours, and is paid by Sichuan's shares at 2.70 CNY/kWh; energy costs 0.60. The tables on
real loads are those of benchmarks/baselines.py.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from tests.market.response.meters import EVENT, FIRST, PER_DAY, at, days_before, view
from tests.market.response.test_plans import logged

from wattloom.domain.series import Series
from wattloom.domain.time import TimeAxis
from wattloom.market.response import paid, response_rule, verified
from wattloom.market.response.contract import BaselineTerms, counted

RULE = response_rule("sichuan_shave", date(2026, 8, 3), price_cny_per_mwh=2700.0)
ENERGY_CNY_PER_KWH = 0.6
OPEN = BaselineTerms(refuse_unusual_rise=False, adjustment_cap=None)
RAISES = (0.0, 25.0, 50.0, 100.0, 200.0, 400.0)
SEEDS = range(20)


def drawn(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    days = 1 + 0.06 * rng.standard_normal(60)
    return 1000 * np.repeat(days, PER_DAY) * (1 + 0.02 * rng.standard_normal(60 * PER_DAY))


def net_cny(seed: int, raised_kw: float, hours: list[tuple[date, int]], method: str, terms: BaselineTerms) -> float:
    """Pay for doing nothing in the event, less the energy put on before."""
    honest, raised = drawn(seed), drawn(seed)
    for day, hour in hours:
        raised[(day - FIRST).days * PER_DAY + hour] += raised_kw
    axis = TimeAxis(at(FIRST, 0), 60, honest.size)
    seen = view(Series(axis=axis, values=raised, unit="kW", source="drawn with a seed"))
    metered = honest[(EVENT - FIRST).days * PER_DAY :][14:16]
    event = verified(counted(method, seen, terms).kw, metered, called_kw=100.0, step_minutes=60, rule=RULE)
    return sum(line.amount_fen for line in paid(event, RULE)) / 100 - raised_kw * len(hours) * ENERGY_CNY_PER_KWH


def best_net_cny(
    hours: list[tuple[date, int]], method: str, terms: BaselineTerms, *, energy_free: bool = False
) -> float:
    """Mean over seeds at the raise that pays best."""
    back = ENERGY_CNY_PER_KWH * len(hours) if energy_free else 0.0
    return max(float(np.mean([net_cny(seed, kw, hours, method, terms) + kw * back for seed in SEEDS])) for kw in RAISES)


BEFORE_NOTICE = [(EVENT, hour) for hour in range(8, 12)]
LIKE_DAYS = [(day, hour) for day in days_before(10) for hour in (14, 15)]


def test_without_defences_raising_before_notice_pays() -> None:
    assert best_net_cny(BEFORE_NOTICE, "adjusted", OPEN) > 200.0


def test_a_cap_alone_is_not_enough() -> None:
    assert best_net_cny(BEFORE_NOTICE, "adjusted", replace(OPEN, adjustment_cap=0.2)) > 0.0


def test_with_cap_and_watch_raising_before_notice_does_not_pay() -> None:
    assert best_net_cny(BEFORE_NOTICE, "adjusted", BaselineTerms()) <= 0.0


def test_raising_for_so_long_that_the_watch_believes_it_costs_more_than_it_brings() -> None:
    half_a_day = [(EVENT, hour) for hour in range(12)]

    assert best_net_cny(half_a_day, "adjusted", BaselineTerms()) <= 0.0


def test_raising_the_like_days_does_not_pay() -> None:
    for method in ("like_days", "adjusted"):
        raising = max(
            float(np.mean([net_cny(seed, kw, LIKE_DAYS, method, BaselineTerms()) for seed in SEEDS]))
            for kw in RAISES[1:]
        )
        assert raising <= 0.0


def test_work_that_is_only_brought_forward_pays_for_half_a_day_and_only_a_plan_stops_it() -> None:
    """What computing can do and a furnace cannot: the raised energy is no loss. History is then no baseline at all."""
    half_a_day = [(EVENT, hour) for hour in range(12)]

    assert best_net_cny(half_a_day, "adjusted", BaselineTerms(), energy_free=True) > 0.0


@pytest.mark.parametrize("inflated", [0.1, 0.3])
def test_plans_that_are_inflated_every_day_gain_nothing(inflated: float) -> None:
    values = drawn(1)

    def plans_of(day: date, share: float) -> np.ndarray:
        first = (day - FIRST).days * PER_DAY
        whole = values[first : first + PER_DAY].copy()
        whole[14:16] *= 1 + share
        return whole

    axis = TimeAxis(at(FIRST, 0), 60, values.size)
    load = Series(axis=axis, values=values, unit="kW", source="drawn with a seed")
    record = tuple(replace(logged(at(day, 0), 24, 0.0), kw=plans_of(day, inflated)) for day in days_before(10))
    plan = replace(logged(at(EVENT, 0), 24, 0.0), kw=plans_of(EVENT, inflated))

    found = counted("plan_before_notice", view(load, plan=plan, record=record))

    assert found.kw == pytest.approx(plans_of(EVENT, 0.0)[14:16])


def test_plans_inflated_on_days_picked_blindly_gain_nothing_in_the_mean() -> None:
    # Inflated by a tenth on 5 of 10 earlier days: kept to 1 ÷ 1.05. 1.1 ÷ 1.05 counts on such a day, else 1 ÷ 1.05.
    earlier = days_before(10)
    record = tuple(logged(at(day, 0), 24, 1100.0 if number % 2 else 1000.0) for number, day in enumerate(earlier))
    flat = Series(axis=TimeAxis(at(FIRST, 0), 60, 60 * PER_DAY), values=np.full(60 * PER_DAY, 1000.0), unit="kW",
                  source="a flat load")  # fmt: skip
    counts = []
    for kw in (1100.0, 1000.0):
        plan = logged(at(EVENT, 12), 12, kw, at=at(EVENT, 6))
        counts.append(float(counted("plan_before_notice", view(flat, plan=plan, record=record)).kw.mean()))

    assert counts == pytest.approx([1100 / 1.05, 1000 / 1.05])
    assert np.mean(counts) == pytest.approx(1000.0)
