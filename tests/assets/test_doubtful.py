"""Is a source in doubt worth in a plan what it saves in the mean?"""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from wattloom.assets.contract import Surroundings
from wattloom.assets.doubtful import Doubtful
from wattloom.domain.time import TimeAxis
from wattloom.domain.weather import Place
from wattloom.solve.program import Program

PRICE = 400.0
SUN = Doubtful(
    quantiles_mw=np.array([[10.0, 20.0]]), levels=(0.25, 0.75), price_cny_per_mwh=np.array([PRICE]), most_mw=30.0
)


def expected_bill(draw_mw: float) -> float:
    """Least cost of an hour's draw from the source in doubt and the grid."""
    axis = TimeAxis(datetime(2026, 3, 2, tzinfo=UTC), 60, 1)
    program = Program(axis)
    place = Place(latitude_deg=31, longitude_deg=120, altitude_m=0, time_zone="UTC")
    around = Surroundings(axis=axis, place=place, weather=None, charges=None, parts={})
    part = SUN.add_to(program, "sun", around)
    bought = program.flow("bought_mw")
    program.require("balance", part.inject_mw + bought == draw_mw)
    program.cost("grid", PRICE * bought.sum())
    program.cost("sun", part.costs[0].variable_cny_per_year)
    return float(program.solve().objective)


@pytest.mark.parametrize(
    ("draw_mw", "bill"),
    [
        # Nothing needed, nothing paid.
        (0.0, 0.0),
        # The first 10 MW are lacking with a chance of 1/8 in the mean: 10 · 400/8.
        (10.0, 500.0),
        # 10 more at an even chance: 500 + 10 · 400/2.
        (20.0, 2500.0),
        # The last 10 with 7/8: 2,500 + 10 · 350.
        (30.0, 6000.0),
        # Beyond its most, all is bought.
        (40.0, 10_000.0),
    ],
)
def test_the_bill_is_the_price_times_what_is_lacking_in_the_mean(draw_mw: float, bill: float) -> None:
    assert expected_bill(draw_mw) == pytest.approx(bill)


def test_the_bill_agrees_with_many_drawn_outputs() -> None:
    """Outputs drawn evenly between the quantiles: 0, 10, 20 and 30 MW at shares 0, 1/4, 3/4 and 1."""
    drawn = np.interp(np.random.default_rng(1).random(200_000), [0.0, 0.25, 0.75, 1.0], [0.0, 10.0, 20.0, 30.0])

    # Inside a tier the slope is taken as its mean: exact at the quantiles.
    for draw_mw in (10.0, 20.0, 30.0):
        assert expected_bill(draw_mw) == pytest.approx(PRICE * np.maximum(draw_mw - drawn, 0.0).mean(), rel=0.02)
