"""How clear has the sky been lately, and how clear will it be?

The clear-sky index is what a station gave divided by what it would have given under a clear sky. Its future mean over
a block of periods is a straight line through its past means over hours, days and weeks, and through what the
station's own sensors tell of the air (a falling barometer knows more of tomorrow than a bright afternoon).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import FutureRefused
from wattloom.forecast.feed import SECONDS_PER_MINUTE
from wattloom.forecast.learning.ridge import Ridge, fitted_ridge
from wattloom.forecast.sight import Training
from wattloom.forecast.task import DAY_MINUTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wattloom.forecast.sight import Sight
    from wattloom.forecast.solar.sun import ClearSkyCurve
    from wattloom.forecast.task import Task

HOURS_BACK = (1, 2, 4, 12)
DAYS_BACK = (1, 2, 3, 7, 14, 30)
"""Windows over which the past index is averaged."""
SENSOR_DAYS = 20
"""What a sensor usually shows is its mean over so many days."""
SENSOR_HOURS = (6, 24)
"""A sensor's change is taken over these."""
INDEX_MAX = 1.5
"""Edges of clouds make brighter than clear; more is a curve that is wrong at dawn."""
DARK_SHARE = 0.02
"""Of a clear noon: with less light there is no index."""
OWN_LINES_MINUTES = 6 * 60
"""Up to this horizon each lead has a line of its own; beyond, each day ahead."""
ROWS_AT_ONCE = 1024


@dataclass(frozen=True, slots=True)
class IndexLines:
    """A straight line for each block of leads."""

    lines: tuple[Ridge, ...]
    blocks: NDArray[np.int64]
    """Block of each lead; shape (leads,)."""
    sensors: tuple[str, ...]

    def ahead(self, sight: Sight, curve: ClearSkyCurve) -> NDArray[np.float64]:
        """Mean index of each block; shape (origins, blocks)."""
        traits = index_traits(sight, curve, self.sensors)
        return np.clip(np.stack([line(traits) for line in self.lines], axis=1), 0.0, INDEX_MAX)


@dataclass(frozen=True, slots=True)
class IndexDays:
    """Past origins as they went: what was foretold without having seen them, and what came."""

    ahead: NDArray[np.float64]
    """Foretold index of each block; shape (origins, blocks)."""
    index: NDArray[np.float64]
    """What came; shape (origins, leads), NaN in the dark and in gaps."""


def fitted_lines(trainings: Sequence[Training], curves: Sequence[ClearSkyCurve]) -> tuple[IndexLines, IndexDays]:
    """Learn the lines from past origins of one or several stations."""
    task = trainings[0].sight.task
    blocks = blocks_of(task)
    sensors = tuple(sorted(set.intersection(*(set(sensors_of(one.sight)) for one in trainings))))
    parts = [_examples(one, curve, blocks, sensors) for one, curve in zip(trainings, curves, strict=True)]
    traits, index, weights = (np.concatenate([part[i] for part in parts]) for i in range(3))
    came = np.concatenate([part[3] for part in parts])
    fits = [fitted_ridge(traits, index[:, block], weights[:, block]) for block in range(index.shape[1])]
    ahead = np.clip(np.stack([one[1] for one in fits], axis=1), 0.0, INDEX_MAX)
    return IndexLines(tuple(one[0] for one in fits), blocks, sensors), IndexDays(ahead, came)


def blocks_of(task: Task) -> NDArray[np.int64]:
    """Leads that share a line; shape (leads,)."""
    leads = np.arange(task.leads, dtype=np.int64)
    return leads if task.leads * task.step_minutes <= OWN_LINES_MINUTES else leads * task.step_minutes // DAY_MINUTES


def sensors_of(sight: Sight) -> list[str]:
    """Channels that tell of the past only, without light: the index tells that better, until the sensor breaks."""
    first, found = sight.only(np.arange(len(sight.origins_s)) < 1), []
    for name in sight.names:
        try:
            first.ahead(name)
        except FutureRefused:
            if not name.endswith(("w_per_m2", "wm2")):
                found.append(name)
    return found


def thinned(training: Training, most: int) -> Training:
    """At most so many past origins, evenly spaced: neighbours a quarter-hour apart say the same."""
    count = len(training.sight.origins_s)
    chosen = np.arange(count) % max(1, -(-count // most)) == 0
    return Training(training.sight.only(chosen), training.outcomes[chosen], training.known_by)


def index_traits(sight: Sight, curve: ClearSkyCurve, sensors: Sequence[str]) -> NDArray[np.float64]:
    """What the lines go by; shape (origins, traits), NaN where nothing is known."""
    parts = [_traits_of_rows(sight.only(rows), curve, sensors) for rows in _chunks(len(sight.origins_s))]
    return np.concatenate(parts) if parts else np.empty((0, 0))


def curve_at(curve: ClearSkyCurve, starts_s: NDArray[np.int64], step_minutes: int) -> NDArray[np.float64]:
    """Clear-sky power of many overlapping periods: each period's sun is looked up once."""
    if not starts_s.size:
        return np.zeros(starts_s.shape)
    first, step_s = int(starts_s.min()), step_minutes * SECONDS_PER_MINUTE
    place = (starts_s - first) // step_s
    each = first + step_s * np.arange(int(place.max()) + 1, dtype=np.int64)
    if each.size > starts_s.size or (starts_s - first - place * step_s).any():
        return curve.power(starts_s, step_minutes)
    return np.asarray(curve.power(each, step_minutes)[place])


def index_of(powers: NDArray[np.float64], clear: NDArray[np.float64], peak: float) -> NDArray[np.float64]:
    """Clear-sky index of single periods; NaN in the dark."""
    lit = clear > DARK_SHARE * peak
    return np.clip(np.where(lit, powers / np.where(lit, clear, 1.0), np.nan), 0.0, INDEX_MAX)


def _chunks(count: int) -> list[NDArray[np.bool_]]:
    """Rows a thousand at a time: a month of quarter-hours for each origin is much."""
    number = np.arange(count) // ROWS_AT_ONCE
    return [number == one for one in range(int(number.max(initial=-1)) + 1)]


def _traits_of_rows(sight: Sight, curve: ClearSkyCurve, sensors: Sequence[str]) -> NDArray[np.float64]:
    """Traits of some origins."""
    step = sight.task.step_minutes
    day = DAY_MINUTES // step
    count = DAYS_BACK[-1] * day
    powers = sight.past("target", count)
    starts = sight.newest_s()[:, None] + np.arange(1 - count, 1, dtype=np.int64) * sight.task.step_s
    clear = np.where(np.isfinite(powers), curve_at(curve, starts, step), 0.0)
    given = np.nan_to_num(powers)
    windows = [max(1, hours * 60 // step) for hours in HOURS_BACK] + [days * day for days in DAYS_BACK]
    columns = [
        _ratio(given[:, -width:].sum(axis=1), clear[:, -width:].sum(axis=1), DARK_SHARE * curve.peak)
        for width in windows
    ]
    index = index_of(powers[:, -day:], clear[:, -day:], curve.peak)
    seen = np.isfinite(index)
    mean = np.where(seen, index, 0.0).sum(axis=1) / np.maximum(seen.sum(axis=1), 1)
    around = np.where(seen, (index - mean[:, None]) ** 2, 0.0).sum(axis=1)
    columns.append(np.sqrt(around / np.maximum(seen.sum(axis=1), 1)))
    for name in sensors:
        columns.extend(_sensor_traits(sight.past(name, SENSOR_DAYS * day), step))
    return np.stack(columns, axis=1)


def _ratio(given: NDArray[np.float64], clear: NDArray[np.float64], dark: float) -> NDArray[np.float64]:
    """Index of a window; NaN where it was dark."""
    lit = clear > dark
    return np.clip(np.where(lit, given / np.where(lit, clear, 1.0), np.nan), 0.0, INDEX_MAX)


def _sensor_traits(past: NDArray[np.float64], step_minutes: int) -> list[NDArray[np.float64]]:
    """A sensor's last hour, its changes, and how far the last day was from usual; each of shape (origins,)."""
    hour = max(1, 60 // step_minutes)
    end = past.shape[1]
    now = mean_known(past[:, -hour:])
    changes = [now - mean_known(past[:, end - hours * hour - hour : end - hours * hour]) for hours in SENSOR_HOURS]
    day = mean_known(past[:, -DAY_MINUTES // step_minutes :])
    return [now, *changes, day, now - mean_known(past), day - mean_known(past)]


def mean_known(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean along the last axis of what is there; NaN where nothing is."""
    seen = np.isfinite(values)
    count = seen.sum(axis=-1)
    return np.where(count > 0, np.where(seen, values, 0.0).sum(axis=-1) / np.maximum(count, 1), np.nan)


def _examples(
    training: Training, curve: ClearSkyCurve, blocks: NDArray[np.int64], sensors: Sequence[str]
) -> tuple[NDArray[np.float64], ...]:
    """Traits, index and weight of each block, and the index of each lead, for past origins."""
    sight, outcomes = training.sight, training.outcomes
    clear = curve_at(curve, sight.starts_s, sight.task.step_minutes)
    known = np.isfinite(outcomes)
    member = blocks[:, None] == np.arange(int(blocks.max()) + 1)
    light = np.where(known, clear, 0.0) @ member
    given = np.nan_to_num(outcomes) @ member
    floor = DARK_SHARE * curve.peak * member.sum(axis=0)
    index = np.where(light > floor, np.clip(given / np.maximum(light, floor), 0.0, INDEX_MAX), np.nan)
    weights = (light / curve.peak) ** 2
    return index_traits(sight, curve, sensors), index, weights, index_of(outcomes, clear, curve.peak)
