"""What will the sites draw in the next hours? The plan's course, scaled by how far the last minutes were off it.

A room that has run for an hour has too little history for the learned models (`forecast day` serves those from weeks of
meters): this is persistence of the deviation, which fades back to the plan, and it says so. Its doubt is that of its
own errors so far; before there are enough of them it gives the middle alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Plan = Callable[[NDArray[np.float64]], NDArray[np.float64]]

STEP_S = 900.0
STEPS_AHEAD = 24
"""Six hours in quarters."""
FADE_S = 3600.0
"""After which a deviation has faded to a third: that of the plan's own chance."""
RECENT = 5
"""Readings that the deviation now is taken of."""
ERRORS_MIN = 20
LEVELS = (0.1, 0.5, 0.9)
MODEL = {"en": "persistence of the deviation from the day's plan", "zh": "日计划偏差持续法"}
BEHIND = 24
"""Quarters behind the instant of issue that are shown as they came."""


def fan(at_s: NDArray[np.float64], draw_mw: NDArray[np.float64], *, plan_mw: Plan, now_s: float) -> dict[str, Any]:
    """The forecast of a series of ticks, oldest first, with its quantiles by horizon where its errors tell them.

    Args:
        at_s: instants, shape (tick,), seconds since 1970-01-01 UTC.
        draw_mw: what was drawn, shape (tick,).
        plan_mw: what the plan expects at some instants.
        now_s: the instant of issue.
    """
    ahead = now_s + STEP_S * np.arange(1, STEPS_AHEAD + 1, dtype=np.float64)
    plan = plan_mw(ahead)
    off = _deviation(at_s, draw_mw, plan_mw)
    middle = plan * (1.0 + off * np.exp(-(ahead - now_s) / FADE_S))
    errors = _errors(at_s, draw_mw, plan_mw)
    # All levels come of the same errors, the middle too: else a forecast that is off to one side leaves its own band.
    offs = {0.5: 0.0} if errors is None else {level: float(np.quantile(errors, level)) for level in LEVELS}
    quantiles = {str(level): _told(middle * (1.0 + off)) for level, off in offs.items()}
    past = _quarters_behind(at_s, now_s)
    return {
        "key": "draw_mw",
        "name": {"en": "Draw of all sites", "zh": "全部站点用电"},
        "unit": "MW",
        "model": MODEL,
        "said": {
            "en": f"persistence: {at_s.size:,} ticks of history are too few for a learned model"
            + ("" if errors is not None else "; too few errors yet to tell its doubt"),
            "zh": f"持续法：仅有 {at_s.size:,} 拍历史，不足以训练模型"
            + ("" if errors is not None else "；误差样本不足，暂不给出区间"),
        },
        "axis_s": np.concatenate([at_s[past], ahead]),
        "quantiles": {level: [None] * past.size + values for level, values in quantiles.items()},
        "actual": _told(draw_mw[past]) + [None] * ahead.size,
    }


def _deviation(at_s: NDArray[np.float64], draw_mw: NDArray[np.float64], plan_mw: Plan) -> float:
    """How far the last readings are off the plan, relative; 0 where there are none."""
    if not at_s.size:
        return 0.0
    plan = plan_mw(at_s[-RECENT:])
    return float(np.mean(draw_mw[-RECENT:] / plan) - 1.0)


def _errors(at_s: NDArray[np.float64], draw_mw: NDArray[np.float64], plan_mw: Plan) -> NDArray[np.float64] | None:
    """Relative errors of the same forecast a step ahead, issued at readings so far; None: too few."""
    if at_s.size < 2 or at_s[-1] - at_s[0] < STEP_S:  # noqa: PLR2004  Two readings have a step between them.
        return None
    targets = at_s[at_s >= at_s[0] + STEP_S][:: max(1, at_s.size // 200)]
    issued = np.searchsorted(at_s, targets - STEP_S)
    if targets.size < ERRORS_MIN:
        return None
    off = draw_mw[issued] / plan_mw(at_s[issued]) - 1.0
    told = plan_mw(targets) * (1.0 + off * np.exp(-STEP_S / FADE_S))
    actual = draw_mw[np.searchsorted(at_s, targets)]
    return np.asarray(actual / told - 1.0)


def _quarters_behind(at_s: NDArray[np.float64], now_s: float) -> NDArray[np.int64]:
    """Readings next to the quarters before an instant, by position, oldest first; shape (up to `BEHIND` + 1,)."""
    if not at_s.size:
        return np.zeros(0, dtype=np.int64)
    wanted = now_s - STEP_S * np.arange(BEHIND, -1, -1, dtype=np.float64)
    return np.unique(np.clip(np.searchsorted(at_s, wanted[wanted >= at_s[0] - STEP_S / 2]), 0, at_s.size - 1))


def _told(values: NDArray[np.float64]) -> list[float | None]:
    """For JSON."""
    return [round(float(value), 1) for value in values]
