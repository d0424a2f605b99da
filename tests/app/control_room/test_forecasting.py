"""Does a room's own forecast stay inside its own doubt, and does it show what came before it?"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from wattloom.app.control_room.forecasting import BEHIND, STEPS_AHEAD, Past, fan, foreseen_mw

QUARTER_S = 900.0


def flat(at_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """A plan of 100 MW at any time."""
    return np.full(at_s.shape, 100.0)


def past_of(at_s: NDArray[np.float64], draw_mw: NDArray[np.float64]) -> Past:
    """With what a flat plan had foreseen at each."""
    ahead = [
        foreseen_mw(flat, np.array([at + QUARTER_S]), now_s=at, now_mw=mw, planned=True)[0]
        for at, mw in zip(at_s.tolist(), draw_mw.tolist(), strict=True)
    ]
    return Past(at_s=at_s, draw_mw=draw_mw, ahead_mw=np.array(ahead))


def test_a_draw_that_falls_and_falls_never_leaves_the_middle_outside_the_band() -> None:
    at_s = 60.0 * np.arange(200, dtype=np.float64)
    draw_mw = 100.0 - 0.2 * np.arange(200)

    found = fan(past_of(at_s, draw_mw), flat, planned=True, now_s=float(at_s[-1]))
    low, middle, high = (found["quantiles"][level][-STEPS_AHEAD:] for level in ("0.1", "0.5", "0.9"))

    assert all(a <= b <= c for a, b, c in zip(low, middle, high, strict=True))


def test_a_draw_as_planned_is_expected_as_planned_without_doubt() -> None:
    at_s = 60.0 * np.arange(200, dtype=np.float64)

    found = fan(past_of(at_s, flat(at_s)), flat, planned=True, now_s=float(at_s[-1]))

    assert {tuple(values[-STEPS_AHEAD:]) for values in found["quantiles"].values()} == {(100.0,) * STEPS_AHEAD}


def test_what_is_drawn_goes_over_to_the_plan_in_a_quarter_of_an_hour() -> None:
    found = foreseen_mw(flat, np.array([0.0, QUARTER_S]), now_s=0.0, now_mw=110.0, planned=True)

    assert found == pytest.approx([110.0, 100.0 + 10.0 / np.e])


def test_off_the_plan_of_the_day_in_proportion_it_comes_back_in_an_hour() -> None:
    found = foreseen_mw(lambda at_s: 100.0 + at_s / 36.0, np.array([0.0, 3_600.0]), now_s=0.0, now_mw=110.0,
                        planned=False)  # fmt: skip

    assert found == pytest.approx([110.0, 200.0 * (1.0 + 0.1 / np.e)])


def test_doubt_is_that_of_what_was_foreseen_a_quarter_before() -> None:
    """By hand: each reading was foreseen 2 % too low, so every level lies 2 % above the middle."""
    at_s = 60.0 * np.arange(100, dtype=np.float64)
    past = Past(at_s=at_s, draw_mw=flat(at_s), ahead_mw=np.full(100, 100.0 / 1.02))

    found = fan(past, flat, planned=True, now_s=float(at_s[-1]))

    assert {values[-1] for values in found["quantiles"].values()} == {102.0}


def test_what_came_is_shown_by_the_quarter_and_ends_with_the_last_reading() -> None:
    at_s = 60.0 * np.arange(600, dtype=np.float64)

    found = fan(past_of(at_s, at_s + 1.0), flat, planned=True, now_s=float(at_s[-1]))
    behind = found["axis_s"][: BEHIND + 1]

    assert behind[-1] == at_s[-1]
    assert np.diff(behind).tolist() == [QUARTER_S] * BEHIND
    assert found["actual"][: BEHIND + 1] == (behind + 1.0).tolist()
    assert found["actual"][BEHIND + 1 :] == [None] * STEPS_AHEAD


@pytest.mark.parametrize("planned", [True, False])
def test_too_few_readings_tell_a_middle_and_no_doubt_and_whose_course_it_is(*, planned: bool) -> None:
    two = past_of(np.array([0.0, 60.0]), np.array([90.0, 90.0]))

    found = fan(two, flat, planned=planned, now_s=60.0)

    assert list(found["quantiles"]) == ["0.5"]
    assert "too few errors" in found["said"]["en"]
    assert ("next hours" in found["model"]["en"]) == planned
