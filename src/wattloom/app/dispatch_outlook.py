"""What is foreseen of a dispatch file's prices, loads and green output, as issued when, and what came true?

The forecasts of a station's forecast file, as they would have been served, laid onto the axis of the window: the
day-ahead ones, and in a replay also those of the running day. The newest one out counts for each period; beyond the
last period forecast, the same time of the last day that is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from math import gcd
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wattloom.app.forecast_inputs import Station, forecast_inputs
from wattloom.app.forecast_models import chain_of
from wattloom.app.forecast_run import terms_of
from wattloom.assets.contract import FromForecast
from wattloom.domain.errors import InputError
from wattloom.domain.series import Series
from wattloom.domain.text import Text
from wattloom.forecast.feed import SECONDS_PER_MINUTE, starts_of
from wattloom.forecast.serving.reissuing import Reissued, reissued
from wattloom.forecast.task import DAY_MINUTES
from wattloom.intake.levels import Foreseen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.domain.time import TimeAxis
    from wattloom.forecast.feed import Feed
    from wattloom.forecast.project import ForecastProject

Forecasts = Mapping[str, "ForecastProject"]
"""Forecast files, by the path that the dispatch file has for them."""
BEFORE_DAYS = 2
"""So long before the window the newest day-ahead issue is sought."""
TRUTH_MISSING_MAX = 0.1
"""Of a window's record, what may be missing where the truth is wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One station over a window: what was said of it when, and what came true."""

    asked: FromForecast
    feed: Feed
    issued_s: NDArray[np.int64]
    """Seconds since 1970 UTC at which something new was out, rising; the first no later than the window."""
    values: NDArray[np.float64]
    """The newest known at each issue, shape (issues, axis.count): complete."""
    happened: NDArray[np.float64]
    """Shape (axis.count,); NaN where the record has nothing."""
    notes: tuple[Text, ...]
    """Which models spoke, when, and why not the one asked."""

    def known_at(self, second: float) -> NDArray[np.float64]:
        """What was known at an instant in seconds since 1970; shape (axis.count,)."""
        row = int(np.searchsorted(self.issued_s, second, side="right")) - 1
        return np.asarray(self.values[max(row, 0)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """All that a dispatch file forecasts, over its axis."""

    axis: TimeAxis
    courses: tuple[Course, ...]

    @property
    def notes(self) -> tuple[Text, ...]:
        """What a reader must know of the forecasts."""
        return tuple(dict.fromkeys(note for one in self.courses for note in one.notes))

    @property
    def issues_s(self) -> NDArray[np.float64]:
        """Seconds of the axis at which something new is out, from 0 on."""
        start_s = self.axis.start.timestamp()
        seconds = [np.zeros(1), *(one.issued_s - start_s for one in self.courses)]
        found = np.unique(np.concatenate(seconds))
        return np.asarray(found[(found >= 0) & (found < self.axis.count * self.axis.step_minutes * 60)])

    def known_at(self, now_s: float) -> dict[FromForecast, Foreseen]:
        """What is foreseen at a second of the axis."""
        moment = self.axis.start + timedelta(seconds=now_s)
        return {
            one.asked: self._told(one, one.known_at(moment.timestamp()), "forecast", known_at=moment)
            for one in self.courses
        }

    def happened(self) -> dict[FromForecast, Foreseen]:
        """What came true; what the record lacks stands as it was last forecast.

        Raises:
            InputError: it lacks too much.
        """
        told = {}
        for one in self.courses:
            gaps = np.isnan(one.happened)
            if gaps.mean() > TRUTH_MISSING_MAX:
                raise InputError.one(
                    f"record of {one.asked.station}",
                    found=f"{gaps.sum()} of {gaps.size} periods of the window and its tail without a value",
                    expected=f"what happened, in at least {1 - TRUTH_MISSING_MAX:.0%} of them",
                    remedy="move the window to where the record is, or lengthen the record",
                )
            told[one.asked] = self._told(one, np.where(gaps, one.values[-1], one.happened), "record")
        return told

    def gaps(self) -> tuple[Text, ...]:
        """Where the truth is not on record."""
        return tuple(
            GAPS.filled(station=one.asked.station, count=int(np.isnan(one.happened).sum()), of=one.happened.size)
            for one in self.courses
            if np.isnan(one.happened).any()
        )

    def _told(
        self, one: Course, values: NDArray[np.float64], what: str, *, known_at: datetime | None = None
    ) -> Foreseen:
        """Values on the axis, with where they come from."""
        series = Series(
            axis=self.axis,
            values=values,
            unit=one.feed.target.unit,
            source=f"{what} of {one.asked.station}, {one.feed.target.source}",
            known_at=known_at,
        )
        return Foreseen(series=series, capacity=one.feed.capacity)


def asked_of(value: Any) -> tuple[FromForecast, ...]:
    """Every forecast that a part of a project asks for, each once."""
    if isinstance(value, FromForecast):
        return (value,)
    below: Sequence[Any] = ()
    if isinstance(value, Mapping):
        below = list(value.values())
    elif is_dataclass(value) and not isinstance(value, type | Series):
        below = [getattr(value, item.name) for item in fields(value)]
    return tuple(dict.fromkeys(found for part in below for found in asked_of(part)))


def outlook_of(
    asked: Sequence[FromForecast], forecasts: Forecasts, *, axis: TimeAxis, again: bool = False
) -> Outlook | None:
    """The courses of all that is asked; with `again`, forecasts are issued anew all through the window."""
    if not asked:
        return None
    return Outlook(axis=axis, courses=tuple(_course(one, _file(one, forecasts), axis, again=again) for one in asked))


def _file(asked: FromForecast, forecasts: Forecasts) -> ForecastProject:
    """The forecast file that is named."""
    if asked.forecast not in forecasts:
        raise InputError.one(
            f"forecast of {asked.station}",
            found=f"{Path(asked.forecast).name}, which was not read",
            expected="a command that takes forecasts: wattloom dispatch day or replay",
            remedy="give the series itself, or use one of these commands",
        )
    found = forecasts[asked.forecast]
    return replace(found, stations={asked.station: found.stations[asked.station]})


def _course(asked: FromForecast, project: ForecastProject, axis: TimeAxis, *, again: bool) -> Course:
    """One station's forecasts over the axis."""
    station = forecast_inputs(project, folder=Path(asked.forecast).parent)[asked.station]
    tasks = ("day_ahead", "intraday") if again else ("day_ahead",)
    said = [_said(station, project, kind, axis, again=again) for kind in tasks]
    issued_s, values = _laid(said, asked, axis, station)
    notes = [*station.notes, _of_source(asked, said[0], station)]
    notes += [note for one in said for note in (*one.why, *one.notes)]
    if np.isnan(values).any():
        notes.append(BEYOND.filled(station=asked.station))
    return Course(
        asked=asked,
        feed=station.feed,
        issued_s=issued_s,
        values=_continued(values, DAY_MINUTES // axis.step_minutes),
        happened=onto(axis, starts_of(station.feed.axis), station.feed.target.values[-1], project.step_minutes),
        notes=tuple(notes),
    )


def _said(station: Station, project: ForecastProject, kind: str, axis: TimeAxis, *, again: bool) -> Reissued:
    """The issues of a task that can speak of the axis."""
    task = project.task(kind)
    newest = timedelta(days=BEFORE_DAYS) if kind == "day_ahead" else timedelta(minutes=task.every_minutes)
    first = axis.start - newest + timedelta(seconds=1)
    end = axis.end if again else axis.start + timedelta(seconds=1)
    return reissued(chain_of(station, project), station.feed, task, terms_of(station, project), first=first, end=end)


def _laid(
    said: Sequence[Reissued], asked: FromForecast, axis: TimeAxis, station: Station
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Instants of issue, and the newest that is known of each period at each; NaN where nothing was said yet."""
    level = said[0].answers.task.levels.index(asked.quantile)
    rows = [
        (int(origin), task.starts(np.array([origin]))[0], quantiles[:, level], task.step_minutes)
        for one in said
        for task in (one.answers.task,)
        for origin, quantiles in zip(one.answers.origins_s, one.answers.quantiles, strict=True)
    ]
    # Of two issues at one instant the one that looks less far comes last: it has the last word.
    rows.sort(key=lambda row: (row[0], -len(row[1])))
    issued_s = np.unique([row[0] for row in rows])
    start_s = int(axis.start.timestamp())
    kept = issued_s[max(int(np.searchsorted(issued_s, start_s, side="right")) - 1, 0) :]
    values, known = np.full((len(kept), axis.count), np.nan), np.full(axis.count, np.nan)
    for origin, starts_s, told, minutes in rows:
        laid = onto(axis, starts_s, told, minutes)
        known = np.where(np.isnan(laid), known, laid)
        if origin >= kept[0]:
            values[np.searchsorted(kept, origin)] = known
    if kept[0] > start_s or np.isnan(values[0]).all():
        raise InputError.one(
            f"forecast of {station.key}",
            found="no forecast of the window that was out as it began",
            expected=f"one issued by {axis.start.astimezone(station.feed.zone):%Y-%m-%d %H:%M}",
            remedy="check issue_clock of the forecast file against the window's start",
        )
    return kept.astype(np.int64), values


def onto(
    axis: TimeAxis, starts_s: NDArray[np.int64], values: NDArray[np.float64], step_minutes: int
) -> NDArray[np.float64]:
    """Means of periods as means of the axis' periods, shape (axis.count,); NaN where they do not cover one."""
    grain = gcd(step_minutes, axis.step_minutes)
    parts, of = step_minutes // grain, axis.step_minutes // grain
    grain_s = grain * SECONDS_PER_MINUTE
    fine = np.full(axis.count * of, np.nan)
    first = (np.asarray(starts_s) - int(axis.start.timestamp())) // grain_s
    place = (first[:, None] + np.arange(parts)).ravel()
    inside = (place >= 0) & (place < fine.size)
    fine[place[inside]] = np.repeat(values, parts)[inside]
    return np.asarray(fine.reshape(axis.count, of).mean(axis=1))


def _continued(values: NDArray[np.float64], per_day: int) -> NDArray[np.float64]:
    """What is not forecast as the same time of the day before; before the first, of the day after."""
    filled = values.copy()
    for place in range(per_day, filled.shape[1]):
        missing = np.isnan(filled[:, place])
        filled[missing, place] = filled[missing, place - per_day]
    for place in range(filled.shape[1] - per_day - 1, -1, -1):
        missing = np.isnan(filled[:, place])
        filled[missing, place] = filled[missing, place + per_day]
    means = np.nanmean(filled, axis=1, keepdims=True)
    return np.where(np.isnan(filled), means, filled)


def _of_source(asked: FromForecast, said: Reissued, station: Station) -> Text:
    """Which forecast was used, and from what."""
    moment = datetime.fromtimestamp(int(said.answers.origins_s[0]), UTC).astimezone(station.feed.zone)
    spoke = ", ".join(dict.fromkeys(str(name) for name in said.used))
    return USED.filled(
        station=asked.station,
        file=Path(asked.forecast).name,
        quantile=f"{asked.quantile:g}",
        model=spoke,
        at=f"{moment:%Y-%m-%d %H:%M}",
        source=station.feed.target.source,
    )


USED = Text(
    "{station} is as forecast ({file}, quantile {quantile}, model {model}, issued from {at} on), learnt from {source}.",
    "{station} 取预测值（{file}，分位 {quantile}，模型 {model}，自 {at} 起发布），学习数据：{source}。",
)
BEYOND = Text(
    "{station}: beyond the last period forecast, the same time of the last day forecast stands.",
    "{station}：超出预测时段的部分取最后一个预测日的同一时刻。",
)
GAPS = Text(
    "{station}: {count} of {of} periods are not on record; as truth stands what was last forecast of them.",
    "{station}：{of} 个时段中有 {count} 个无记录，以最后一次预测值代替实况。",
)
