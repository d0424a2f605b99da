"""What will the sites draw in the next hours? What they draw now, going over to the plan that they follow.

The plan of the next hours has the work that waits and what is foreseen of supply; where there is none, the day's plan
stands in, and the page says which it was. Doubt is that of the forecasts
so far a quarter of an hour ahead; before there are enough of them the middle is told alone. Learned models need weeks
of meters: `forecast day` serves those.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Course = Callable[[NDArray[np.float64]], NDArray[np.float64]]

STEP_S = 900.0
STEPS_AHEAD = 24
"""Six hours in quarters."""
FOLLOWED_S = 900.0
"""After which what is off the plan of the next hours has faded to a third."""
FADE_S = 3600.0
"""After which what is off the plan of the day has: the time that its chance has."""
ERRORS_MIN = 20
LEVELS = (0.1, 0.5, 0.9)
BY_PLAN = {"en": "what is drawn now, going over to the plan of the next hours", "zh": "当前用电渐变至滚动计划"}
BY_DAY = {"en": "the plan of the day, with how far now is off it", "zh": "日计划叠加当前偏差"}
BEHIND = 24
"""Quarters behind the instant of issue that are shown as they came."""


def foreseen_mw(
    course: Course, at_s: NDArray[np.float64], *, now_s: float, now_mw: float, planned: bool
) -> NDArray[np.float64]:
    """Draw at some instants; `planned`: the course is that of the plan which the ticks follow."""
    told = course(np.concatenate([[now_s], at_s]))
    return corrected(told, now_mw, at_s - now_s, planned=planned)


def corrected(
    course_mw: NDArray[np.float64], now_mw: NDArray[np.float64] | float, lead_s: NDArray[np.float64], *, planned: bool
) -> NDArray[np.float64]:
    """A course with what is drawn now in it; shape (1 + instant, …), its first row now, to (instant, …).

    Ticks follow the plan: what is drawn now goes over to it in a quarter of an hour. Off the day's plan they are by
    chance, in proportion, and come back to it in an hour.
    """
    fade = np.exp(-np.clip(lead_s, 0.0, None) / (FOLLOWED_S if planned else FADE_S))
    fade = fade.reshape(-1, *[1] * (course_mw.ndim - 1))
    ahead = course_mw[1:]
    if planned:
        return np.asarray(ahead + (now_mw - ahead) * fade)
    off = np.where(course_mw[0] > 0.0, now_mw / np.maximum(course_mw[0], 1e-9) - 1.0, 0.0)
    return np.asarray(ahead * (1.0 + off * fade))


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What came so far, oldest first; shape (tick,)."""

    at_s: NDArray[np.float64]
    """Seconds since 1970-01-01 UTC."""
    draw_mw: NDArray[np.float64]
    ahead_mw: NDArray[np.float64]
    """What was foreseen then of a quarter of an hour later."""


def fan(past: Past, course: Course, *, planned: bool, now_s: float) -> dict[str, Any]:
    """The forecast of a series, with its quantiles where its errors tell them; `planned`: by the next hours' plan."""
    at_s, draw = past.at_s, past.draw_mw
    ahead = now_s + STEP_S * np.arange(1, STEPS_AHEAD + 1, dtype=np.float64)
    now_mw = float(draw[-1]) if draw.size else float(course(np.array([now_s]))[0])
    middle = foreseen_mw(course, ahead, now_s=now_s, now_mw=now_mw, planned=planned)
    errors = _errors(past)
    # All levels come of the same errors, the middle too: else a forecast that is off to one side leaves its own band.
    offs = {0.5: 0.0} if errors is None else {level: float(np.quantile(errors, level)) for level in LEVELS}
    quantiles = {str(level): _told(middle * (1.0 + off)) for level, off in offs.items()}
    shown = _quarters_behind(at_s, now_s)
    return {
        "key": "draw_mw",
        "name": {"en": "Draw of all sites", "zh": "全部站点用电"},
        "unit": "MW",
        "model": BY_PLAN if planned else BY_DAY,
        "said": _doubt(errors),
        "axis_s": np.concatenate([at_s[shown], ahead]),
        "quantiles": {level: [None] * shown.size + values for level, values in quantiles.items()},
        "actual": _told(draw[shown]) + [None] * ahead.size,
    }  # fmt: skip


def _errors(past: Past) -> NDArray[np.float64] | None:
    """Relative errors of what was foreseen a quarter of an hour ahead of what came; None: too few."""
    at_s = past.at_s
    if at_s.size < ERRORS_MIN or at_s[-1] - at_s[0] < STEP_S:
        return None
    targets = np.flatnonzero(at_s >= at_s[0] + STEP_S)
    issued = np.searchsorted(at_s, at_s[targets] - STEP_S)
    told = past.ahead_mw[issued]
    errors = (past.draw_mw[targets] / np.where(told > 0.0, told, np.nan) - 1.0)[told > 0.0]
    return errors if errors.size >= ERRORS_MIN else None


def _doubt(errors: NDArray[np.float64] | None) -> dict[str, str]:
    """What the quantiles rest on."""
    if errors is None:
        return {"en": "too few errors yet to tell its doubt", "zh": "误差样本不足，暂不给出区间"}
    return {
        "en": f"doubt of {errors.size:,} forecasts a quarter of an hour ahead; further ahead it is larger",
        "zh": f"区间取自 {errors.size:,} 次提前一刻钟预测的误差；提前量越大，误差越大",
    }


def _quarters_behind(at_s: NDArray[np.float64], now_s: float) -> NDArray[np.int64]:
    """Readings next to the quarters before an instant, by position, oldest first; shape (up to `BEHIND` + 1,)."""
    if not at_s.size:
        return np.zeros(0, dtype=np.int64)
    wanted = now_s - STEP_S * np.arange(BEHIND, -1, -1, dtype=np.float64)
    return np.unique(np.clip(np.searchsorted(at_s, wanted[wanted >= at_s[0] - STEP_S / 2]), 0, at_s.size - 1))


def _told(values: NDArray[np.float64]) -> list[float | None]:
    """For JSON."""
    return [round(float(value), 1) for value in values]
