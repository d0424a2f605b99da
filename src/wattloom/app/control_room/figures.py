"""Plan against actual, what is coming, what is owed, how green: what do the other pages of a room show?

A day of the window begins at its zone's midnight. Every page says what its numbers are and are not.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from wattloom.app.control_room.forecasting import STEP_S, Past, fan, foreseen_mw
from wattloom.app.control_room.frame import instant, rounded
from wattloom.app.control_room.mixing import CARBON, COST, DRAW, GREEN, HOUR_S
from wattloom.app.control_room.pages import text
from wattloom.app.match_replay import without_chance
from wattloom.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from wattloom.app.control_room.forecasting import Course
    from wattloom.app.control_room.pages import Pages
    from wattloom.app.control_room.state import RoomState

FEN_PER_CNY = 100.0
PLAN_IS = Text(
    "Plan: what all sites draw if the match decides each hour of the plan file's day and nothing comes by chance, "
    "waiting work and batteries included. Next hours: planned anew each settlement period from what is measured and "
    "foreseen, and followed by the ticks. Actual: what their meters say they drew, hour by hour.",
    "计划：按计划文件的一天逐时撮合、不含随机波动时全部站点的用电功率，已计入可等待作业与储能。"
    "滚动计划：每个结算时段按实测与预测重新优化，由逐拍撮合执行。实际：各站点表计逐时用电功率。",
)
MIX_IS = Text(
    "clean supply in the live mix; certificates of a month are matched by `certificates match`",
    "实时供电结构中的清洁电量占比；月度绿证匹配由 `certificates match` 完成",
)
PROVISIONAL = Text("provisional; without VAT; the month's settlement replaces it", "暂估，不含增值税；以月度结算为准")


class Rows(Protocol):
    """What was measured tick by tick."""

    def matrix(self, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Instants, shape (tick,), and values, shape (tick, region)."""


class Figures:
    """Pages of energy and money over a state."""

    def __init__(self, pages: Pages) -> None:
        """Over the same room."""
        self._pages, self._steps = pages, pages.steps
        self._of: Mapping[str, Callable[[RoomState, Rows], dict[str, Any]]] = {
            "dispatch": self._dispatch,
            "market": self._market,
            "certificates": self._certificates,
            "forecasts": self._forecasts,
        }
        self.names = tuple(self._of)

    def page(self, name: str, state: RoomState, rows: Rows) -> dict[str, Any]:
        """One of them; `KeyError` where there is none."""
        return self._of[name](state, rows)

    def plan_mw(self, at_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Draw that the day's plan expects of all sites, shape (instant,): on the line between the hours' middles."""
        plan = self._plan_by_hour_mw
        hours = np.array([self._steps.second(float(one)) / HOUR_S for one in at_s]) - 0.5
        return np.asarray(np.interp(hours, np.arange(plan.size), plan, period=plan.size))

    @cached_property
    def _plan_by_hour_mw(self) -> NDArray[np.float64]:
        """The day's plan, shape (hour of the window,); worked out as it is first asked for, in half a second."""
        return without_chance(self._steps.inputs)

    def _dispatch(self, state: RoomState, rows: Rows) -> dict[str, Any]:  # noqa: ARG002  As the others.
        """The day: what the plan expected, what was drawn hour by hour, at which price and carbon."""
        day = _midnight(state.at_s, self._pages)
        hours = day.timestamp() + HOUR_S * np.arange(24, dtype=np.float64)
        sums = np.full((24, 4), np.nan)
        for k, start_s in enumerate(state.hours.start_s.tolist()):
            place = round((start_s - hours[0]) / HOUR_S)
            if 0 <= place < hours.size:
                sums[place] = state.hours.sums[k].sum(axis=0)
        # The hour that runs, and the one in which the room began, are means of the time that was counted.
        share = self._counted_share(state, hours)
        draw = sums[:, DRAW] / share
        return {
            **self._pages.twin(state, plan_mw="MW", intraday_mw="MW", actual_mw="MW", price_cny_per_mwh="CNY/MWh",
                               carbon_t_per_mwh="t/MWh", green_share="1"),
            "day": day.date().isoformat(),
            "issued_at": instant(day.timestamp(), self._steps),
            "plan": text(PLAN_IS),
            "axis": [instant(float(one), self._steps) for one in hours],
            "plan_mw": rounded(self.plan_mw(hours + 0.5 * HOUR_S), 1),
            "intraday_mw": self._intraday_mw(state, hours),
            "intraday_at": None if state.intraday is None else instant(state.intraday.at_s, self._steps),
            "actual_mw": rounded(draw, 1),
            "price_cny_per_mwh": rounded(sums[:, COST] / sums[:, DRAW], 2),
            "carbon_t_per_mwh": rounded(sums[:, CARBON] / sums[:, DRAW], 4),
            "green_share": rounded(sums[:, GREEN] / sums[:, DRAW], 4),
        }  # fmt: skip

    def _intraday_mw(self, state: RoomState, hours: NDArray[np.float64]) -> list[float | None]:
        """Draw of all sites by the newest plan of the next hours: means of hours that are not over, None before."""
        plan = state.intraday
        if plan is None:
            return [None] * hours.size
        quarters = hours[:, None] + 0.25 * HOUR_S * (np.arange(4) + 0.5)
        total = plan.course_mw(quarters.ravel()).sum(axis=1).reshape(quarters.shape)
        ahead = (quarters >= plan.edge_s[0]) & (quarters < plan.edge_s[-1])
        mean = np.where(ahead, total, 0.0).sum(axis=1) / np.maximum(ahead.sum(axis=1), 1)
        return rounded(np.where(ahead.any(axis=1), mean, np.nan), 1)

    def _counted_share(self, state: RoomState, hours: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of each hour, how much the room counted so far: all but the one that runs and the one it began in."""
        share = np.ones(hours.size)
        begun_s = state.begun_s
        for k, start_s in enumerate(hours.tolist()):
            counted = min(state.at_s, start_s + HOUR_S) - max(start_s, begun_s)
            share[k] = np.clip(counted / HOUR_S, 1e-9, 1.0)
        return share

    def _market(self, state: RoomState, rows: Rows) -> dict[str, Any]:  # noqa: ARG002  As the others.
        """What is owed so far, a provisional statement a region; bids are made with `market bid`."""
        month = _midnight(state.at_s, self._pages).strftime("%Y-%m")
        sums = state.hours.sums.sum(axis=0)
        statements = []
        for r, key in enumerate(self._steps.inputs.layout.regions):
            energy, cost = float(sums[r, DRAW]), float(sums[r, COST])
            line = {
                "item": {"en": "Energy and grid charges, at the match's price", "zh": "电能与电网收费"},
                "energy_mwh": round(energy, 3),
                "price_cny_per_mwh": round(cost / energy, 2) if energy else None,
                "amount_fen": round(cost * FEN_PER_CNY),
                "clause": text(PROVISIONAL),
            }
            statements.append({
                "id": f"live-{month}-{key}", "month": month, "territory": key,
                "party": text(self._pages.region_names[key]),
                "total_fen": round(cost * FEN_PER_CNY), "state": "provisional", "lines": [line],
            })  # fmt: skip
        return {
            **self._pages.twin(state, energy_mwh="MWh", price_cny_per_mwh="CNY/MWh", amount_fen="CNY/100"),
            "day": _midnight(state.at_s, self._pages).date().isoformat(),
            "bids": [],
            "statements": statements,
            "of": {
                "en": f"the last {state.hours.start_s.size} hours of this room, at most 72",
                "zh": f"本调度台最近 {state.hours.start_s.size} 小时（最多 72 小时）",
            },
        }

    def _certificates(self, state: RoomState, rows: Rows) -> dict[str, Any]:  # noqa: ARG002  As the others.
        """Clean share of what was drawn, by day and hour: of the live mix, before any certificate."""
        by_day: dict[str, list[float | None]] = {}
        for k, start_s in enumerate(state.hours.start_s.tolist()):
            at, sums = self._local(start_s), state.hours.sums[k].sum(axis=0)
            day = by_day.setdefault(at.date().isoformat(), [None] * 24)
            day[at.hour] = round(float(sums[GREEN] / sums[DRAW]), 4) if sums[DRAW] else None
        total = state.hours.sums.sum(axis=(0, 1)) if state.hours.start_s.size else np.zeros(4)
        return {
            **self._pages.twin(state, matched_share="1", used_mwh="MWh", matched_mwh="MWh", location_t="t"),
            "month": _midnight(state.at_s, self._pages).strftime("%Y-%m"),
            "days": list(by_day),
            "matched_share": list(by_day.values()),
            "used_mwh": round(float(total[DRAW]), 3),
            "matched_mwh": round(float(total[GREEN]), 3),
            "claims": [],
            "carbon": {"location_t": round(float(total[CARBON]), 3), "market_t": None, "factors": []},
            "is": text(MIX_IS),
        }

    def _forecasts(self, state: RoomState, rows: Rows) -> dict[str, Any]:
        """What all sites will draw, with what came true so far."""
        at_s, draw = rows.matrix("draw_mw")
        past = Past(at_s=at_s, draw_mw=draw.sum(axis=1), ahead_mw=rows.matrix("ahead_mw")[1][:, 0])
        course, planned = self._course(state)
        told = fan(past, course, planned=planned, now_s=state.at_s)
        told = {**told, "axis": [instant(float(one), self._steps) for one in told["axis_s"]],
                "issued_at": instant(state.at_s, self._steps)}  # fmt: skip
        del told["axis_s"]
        return {**self._pages.twin(state, draw_mw="MW"), "fans": [told], "board": []}

    def ahead_mw(self, state: RoomState, draw_mw: NDArray[np.float64]) -> NDArray[np.float64]:
        """What is foreseen of a quarter of an hour later, given each region's draw; shape (1,)."""
        then = np.array([state.at_s + STEP_S])
        course, planned = self._course(state)
        return foreseen_mw(course, then, now_s=state.at_s, now_mw=float(draw_mw.sum()), planned=planned)

    def _course(self, state: RoomState) -> tuple[Course, bool]:
        """Draw of all sites at some instants, and whether it is that of a fresh plan of the next hours."""
        plan = state.intraday
        if plan is None or plan.step(state.at_s) is None:
            return self.plan_mw, False
        return lambda at_s: np.asarray(plan.course_mw(at_s).sum(axis=1)), True

    def _local(self, at_s: float) -> datetime:
        """An instant on the room's clocks."""
        return datetime.fromtimestamp(at_s, tz=self._steps.inputs.project.zone)


def _midnight(at_s: float, pages: Pages) -> datetime:
    """The beginning of the day that an instant lies in."""
    at = datetime.fromtimestamp(at_s, tz=pages.steps.inputs.project.zone)
    return at - timedelta(hours=at.hour, minutes=at.minute, seconds=at.second, microseconds=at.microsecond)
