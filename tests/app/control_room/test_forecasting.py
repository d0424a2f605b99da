"""Does a room's own forecast stay inside its own doubt, and does it show what came before it?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wattloom.app.control_room.forecasting import BEHIND, STEPS_AHEAD, fan

QUARTER_S = 900.0


def flat(at_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """A plan of 100 MW at any time."""
    return np.full(at_s.shape, 100.0)


def test_a_draw_that_falls_and_falls_never_leaves_the_middle_outside_the_band() -> None:
    at_s = 60.0 * np.arange(200, dtype=np.float64)
    draw_mw = 100.0 - 0.2 * np.arange(200)

    found = fan(at_s, draw_mw, plan_mw=flat, now_s=float(at_s[-1]))
    low, middle, high = (found["quantiles"][level][-STEPS_AHEAD:] for level in ("0.1", "0.5", "0.9"))

    assert all(a <= b <= c for a, b, c in zip(low, middle, high, strict=True))


def test_a_draw_as_planned_is_expected_as_planned_without_doubt() -> None:
    at_s = 60.0 * np.arange(200, dtype=np.float64)

    found = fan(at_s, flat(at_s), plan_mw=flat, now_s=float(at_s[-1]))

    assert {tuple(values[-STEPS_AHEAD:]) for values in found["quantiles"].values()} == {(100.0,) * STEPS_AHEAD}


def test_what_came_is_shown_by_the_quarter_and_ends_with_the_last_reading() -> None:
    at_s = 60.0 * np.arange(600, dtype=np.float64)

    found = fan(at_s, at_s, plan_mw=lambda at: at + 1.0, now_s=float(at_s[-1]))
    behind = found["axis_s"][: BEHIND + 1]

    assert behind[-1] == at_s[-1]
    assert np.diff(behind).tolist() == [QUARTER_S] * BEHIND
    assert found["actual"][: BEHIND + 1] == behind.tolist()
    assert found["actual"][BEHIND + 1 :] == [None] * STEPS_AHEAD


def test_too_few_readings_tell_a_middle_and_no_doubt() -> None:
    found = fan(np.array([0.0, 60.0]), np.array([90.0, 90.0]), plan_mw=flat, now_s=60.0)

    assert list(found["quantiles"]) == ["0.5"]
    assert "too few errors" in found["said"]["en"]
