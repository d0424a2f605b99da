"""What will be drawn, given the clock, the warmth to come and the last misses?

The shape is learnt from the whole record (load_shape.py). Where a forecast of temperature is on record, it is used as
issued; where only measurements are, the coming days take many courses (warmth.py) and the load is their mixture; where
neither is, the clock and the newest misses (recent.py) speak alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import FutureRefused, MissingData
from wattloom.domain.forecasts import TargetKind
from wattloom.domain.text import Text
from wattloom.forecast.contract import uncrossed
from wattloom.forecast.loads.recent import Carried, days_back, fitted_carried, lead_groups, traits_of
from wattloom.forecast.loads.shape import Clock, LoadShape, around_level, fitted_shape, warmths_of
from wattloom.forecast.loads.warmth import YEAR_DAYS, Habit, day_means, outlook, past_years, paths
from wattloom.forecast.task import DAY_MINUTES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.forecast.sight import Sight, Training
    from wattloom.forecast.task import Task

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
TITLE = Text("Load by clock and temperature", "时钟与气温负荷模型")
DAY_OFF = "day_off"
"""Channel: 1 on holidays, −1 on weekend days that are worked, else 0."""
DAY_S = 86_400
HISTORY_DAYS_MIN = 14
HISTORY_DAYS_MAX = 1900
"""Five years: older habits are others. Of GEFCom2014's months of 2008 to 2010 five years lose less than three."""
CLIMATE_YEARS_MIN = 4
"""Of temperature on record, from which on the same weeks of those years count as much as the courses of the process."""
NORTHERN = Habit()
EXAMPLES_MAX = 20_000
"""Origins times leads that the carrying over is learnt from; the origins kept lie evenly spaced."""
SMALLEST_SHARE = 0.05
"""Of the median: the logarithm takes what is less for this."""
USUAL_SHARE = 0.98
"""Misses above this share of all are taken for outages."""
DOUBTS = 49
"""Equally likely remaining misses kept for each group."""
NEAR_SHARE = 0.01
PLAIN_LEADS_DAYS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """From a feed's unit to the one that shapes are learnt in, and back."""

    size: float
    logarithmic: bool

    @classmethod
    def of(cls, values: Array) -> Scale:
        """By the median; by logarithm unless the load can be next to nothing or turn round."""
        size = float(np.nanmedian(np.abs(values))) or 1.0
        small = np.nanmean(values < SMALLEST_SHARE * size)
        return cls(size=size, logarithmic=bool(small < NEAR_SHARE))

    def into(self, values: Array) -> Array:
        """From the unit."""
        share = values / self.size
        return np.asarray(np.log(np.maximum(share, SMALLEST_SHARE)) if self.logarithmic else share)

    def back(self, values: Array) -> Array:
        """To the unit."""
        return np.asarray(self.size * (np.exp(values) if self.logarithmic else values))


@dataclass(frozen=True, slots=True)
class FittedTemperatureLoad:
    """A shape, what carries over, and what remains in doubt."""

    shape: LoadShape
    carried: Carried
    doubts: Array
    """Equally likely misses in the learnt unit; shape (leads or slots, DOUBTS)."""
    scales: Mapping[str, Scale]
    warmth: str | None
    """Channel of temperature used; None: none."""
    habit: Habit
    missed_most: float
    """Misses beyond this, in the learnt unit, are outages or faults: they carry over as if they were this large."""
    told: Mapping[str, float | str]

    def predict(self, sight: Sight) -> Array:
        """Quantiles of the mixture over the courses of temperature and the remaining doubt."""
        clock = _clock(sight, sight.starts_s)
        scale = self.scales.get(sight.about.name) or Scale.of(sight.past("target", days_back(sight.task)))
        missed = self.carried.ahead(self._traits(sight, scale))
        if np.isnan(missed).any():
            raise MissingData(f"{sight.about.name}: nothing of the last {days_back(sight.task)} periods is on record")
        about, levels = sight.about, np.array(sight.task.levels)
        quantiles = np.empty((*missed.shape, len(levels)))
        for row in range(len(missed)):
            one = sight.only(np.arange(len(missed)) == row)
            part = Clock(clock.slot[row], clock.kind[row], clock.slots)
            courses = self.shape.values(part, self._warmth(one)).reshape(-1, missed.shape[1]) + missed[row]
            quantiles[row] = _mixed(courses, self._doubts(part), levels)
        return uncrossed(np.clip(scale.back(quantiles), about.lowest, about.highest))

    def facts(self) -> Mapping[str, float | str]:
        """What it is built on."""
        return self.told

    def _doubts(self, clock: Clock) -> Array:
        """Remaining misses of each lead; shape (leads, DOUBTS)."""
        return self.doubts if len(self.doubts) == clock.slot.size and not _far(clock) else self.doubts[clock.slot]

    def _traits(self, sight: Sight, scale: Scale) -> Array:
        """What was missed lately at each origin."""
        count, step_s = days_back(sight.task), sight.task.step_s
        newest = sight.newest_s()
        past_s = newest[:, None] + np.arange(1 - count, 1, dtype=np.int64) * step_s
        warmth = _known_warmth(sight, self.warmth, past_s)
        missed = scale.into(sight.at("target", past_s)) - self.shape.values(_clock(sight, past_s), warmth)
        if np.isnan(missed).all(axis=1).any():
            raise MissingData(f"{sight.about.name}: nothing of the last {count} periods is on record")
        tamed = np.clip(missed, -self.missed_most, self.missed_most)
        return traits_of(tamed, (sight.starts_s - newest[:, None]) // step_s, sight.task.step_minutes)

    def _warmth(self, sight: Sight) -> Array | None:
        """Warmths at the leads of one origin, with as many courses in front as there are."""
        if self.warmth is None:
            return None
        try:
            warmth = _known_warmth(sight, self.warmth, sight.starts_s)
        except FutureRefused:
            return _courses(sight, self.warmth, self.habit)
        if warmth is None or np.isnan(warmth).any():
            raise MissingData(f"{sight.about.name}: {self.warmth} is missing for some periods")
        return warmth


@dataclass(frozen=True, slots=True, kw_only=True)
class TemperatureLoad:
    """Load by clock and temperature."""

    warmths: tuple[str, ...] = ("nwp_air_temperature_c", "nwp_temperature_c", "air_temperature_c")
    """Channels of temperature; the first that a feed has is used."""
    habit: Habit = NORTHERN
    name: str = "temperature_load"
    title: Text = TITLE
    kinds: frozenset[TargetKind] = frozenset({TargetKind.LOAD})
    needs: tuple[str, ...] = ()

    def fit(self, trainings: Sequence[Training], *, seed: int = 0) -> FittedTemperatureLoad:  # noqa: ARG002
        """Learn the shape, then what carries over from it, then what remains."""
        task = trainings[0].sight.task
        warmth = next((one for one in self.warmths if all(one in each.sight.names for each in trainings)), None)
        records = [_Record.of(training, warmth) for training in trainings]
        shape = fitted_shape(
            np.concatenate([one.starts_s for one in records]),
            Clock.joined([one.clock for one in records]),
            None if warmth is None else np.concatenate([one.warmth_c for one in records]),
            np.concatenate([one.values if warmth else around_level(one.values, task.step_minutes) for one in records]),
        )
        unseen = [one.missed(shape) for one in records]
        most = float(np.nanquantile(np.abs(np.concatenate(unseen)), USUAL_SHARE))
        examples = [
            _examples(training, record, shape, np.clip(missed, -most, most))
            for training, record, missed in zip(trainings, records, unseen, strict=True)
        ]
        carried, left = fitted_carried(
            np.concatenate([traits for traits, _, _, _ in examples]),
            np.concatenate([missed for _, missed, _, _ in examples]),
            lead_groups(task),
            horizon=_overlapping(np.concatenate([origins for _, _, _, origins in examples]), task),
        )
        slots = np.concatenate([slot for _, _, slot, _ in examples])
        habit = self.habit
        place = trainings[0].sight.about.place
        if place is not None and place.latitude_deg < 0:
            habit = replace(habit, warmest_day=(habit.warmest_day + YEAR_DAYS / 2) % YEAR_DAYS)
        told: dict[str, float | str] = {
            "periods": float(sum(len(one.starts_s) for one in records)),
            "examples": float(len(left)),
            "parameters": float(shape.weights.size + carried.weights.size),
            "shape_strength": shape.strength,
            "carried_strength": carried.strength,
            "temperature": warmth or "none",
        }
        scales = {each.sight.about.name: one.scale for each, one in zip(trainings, records, strict=True)}
        return FittedTemperatureLoad(shape, carried, _remaining(left, slots, task), scales, warmth, habit, most, told)


@dataclass(frozen=True, slots=True)
class _Record:
    """All that was known of one feed at the cut-off, in the learnt unit."""

    starts_s: NDArray[np.int64]
    clock: Clock
    values: Array
    warmth_c: Array
    """Shape (periods, WARMTHS), NaN without a temperature."""
    scale: Scale
    warmth: str | None

    def missed(self, shape: LoadShape) -> Array:
        """What the shape misses, learnt without each period's block."""
        return self.values - shape.unseen(self.starts_s, self.clock, self.warmth_c if shape.warm else None)

    @classmethod
    def of(cls, training: Training, warmth: str | None) -> _Record:
        """From one origin at the cut-off."""
        sight = training.hindsight()
        step_s = sight.task.step_s
        newest = int(sight.newest_s()[0])
        first = max(int(sight.about.axis.start.timestamp()), newest + step_s - HISTORY_DAYS_MAX * DAY_S)
        starts_s = np.arange(first, newest + step_s, step_s, dtype=np.int64)
        raw = sight.at("target", starts_s[None, :])[0] if starts_s.size else np.empty(0)
        if np.isfinite(raw).sum() * step_s < HISTORY_DAYS_MIN * DAY_S:
            raise MissingData(f"{sight.about.name}: less than {HISTORY_DAYS_MIN} days on record")
        scale = Scale.of(raw)
        warm = _known_warmth(sight, warmth, starts_s[None, :])
        blank = np.full((len(starts_s), 2), np.nan)
        clock = _clock(sight, starts_s[None, :]).flat()
        return cls(starts_s, clock, scale.into(raw), blank if warm is None else warm[0], scale, warmth)


def _examples(
    training: Training, record: _Record, shape: LoadShape, unseen: Array
) -> tuple[Array, Array, NDArray[np.int64], NDArray[np.int64]]:
    """Traits, misses, slots and instants of past origins, each foretold by what was learnt without its block."""
    task = training.sight.task
    every = max(1, -(-len(training.outcomes) * task.leads // EXAMPLES_MAX))
    chosen = np.arange(len(training.outcomes)) % every == (len(training.outcomes) - 1) % every
    sight, outcomes = training.sight.only(chosen), training.outcomes[chosen]
    newest, count = sight.newest_s(), days_back(task)
    place = (newest - record.starts_s[0]) // task.step_s
    back = place[:, None] + np.arange(1 - count, 1)
    past = np.where((back >= 0) & (back < len(unseen)), unseen[np.clip(back, 0, len(unseen) - 1)], np.nan)
    clock = _clock(sight, sight.starts_s)
    try:
        warm = _known_warmth(sight, record.warmth, sight.starts_s)
    except FutureRefused:
        # No forecast of temperature: the shape is judged with what was measured, the courses carry the rest.
        ahead = np.clip((sight.starts_s - record.starts_s[0]) // task.step_s, 0, len(unseen) - 1)
        warm = record.warmth_c[ahead]
    missed = record.scale.into(outcomes) - shape.unseen(sight.starts_s, clock, warm)
    traits = traits_of(past, (sight.starts_s - newest[:, None]) // task.step_s, task.step_minutes)
    return traits, missed, clock.slot, sight.origins_s


def _clock(sight: Sight, starts_s: NDArray[np.int64]) -> Clock:
    """The clock of periods, with the days off that are known."""
    off = np.nan_to_num(sight.at(DAY_OFF, starts_s)) if DAY_OFF in sight.names else None
    return Clock.of(starts_s, sight.about.zone, sight.task.step_minutes, off)


def _known_warmth(sight: Sight, channel: str | None, starts_s: NDArray[np.int64]) -> Array | None:
    """Warmths of consecutive periods from what is known at each origin; short gaps are bridged."""
    if channel is None:
        return None
    day = DAY_MINUTES // sight.task.step_minutes
    before = starts_s[:, :1] + np.arange(-day, 0, dtype=np.int64) * sight.task.step_s
    path = _bridged(sight.at(channel, np.concatenate([before, starts_s], axis=1)))
    return warmths_of(path, sight.task.step_minutes, starts_s.shape[1])


def _courses(sight: Sight, channel: str, habit: Habit) -> Array:
    """Warmths at the leads of one origin under many courses; shape (courses, leads, WARMTHS)."""
    task, slots = sight.task, DAY_MINUTES // sight.task.step_minutes
    end_s = int(sight.newest_s(channel)[0]) + task.step_s
    days = (end_s - int(sight.about.axis.start.timestamp())) // DAY_S
    if days < HISTORY_DAYS_MIN:
        raise MissingData(f"{sight.about.name}: less than {HISTORY_DAYS_MIN} days of {channel} on record")
    past = sight.past(channel, int(min(days, HISTORY_DAYS_MAX)) * slots)[0]
    mean, shape = day_means(past, slots)
    if np.isfinite(mean).sum() < HISTORY_DAYS_MIN:
        raise MissingData(f"{sight.about.name}: less than {HISTORY_DAYS_MIN} days of {channel} on record")
    last = (int(sight.starts_s[0, -1]) + task.step_s - end_s) // task.step_s
    days_s = end_s / DAY_S + 0.5 + np.arange(-len(mean), -(-last // slots), dtype=np.float64)
    coming = outlook(habit, mean, days_s[: len(mean)], days_s[len(mean) :])
    drawn = paths(coming, shape)[:, :last]
    # A forecast of temperature may reach some of the leads: they lie before the courses.
    told = slots + max(0, task.leads - last)
    before = np.broadcast_to(_bridged(past[None, -told:])[0], (len(drawn), told))
    courses = warmths_of(np.concatenate([before, drawn], axis=1), task.step_minutes, task.leads)
    if days < CLIMATE_YEARS_MIN * YEAR_DAYS or last < task.leads:
        return courses
    record = _bridged(sight.past(channel, int(days) * slots))[0]
    others = past_years(record, task.leads, slots)
    others = others[np.isfinite(others).all(axis=1)]
    if not len(others):
        return courses
    years = warmths_of(others, task.step_minutes, task.leads)
    return np.concatenate([np.repeat(courses, max(1, round(len(years) / len(courses))), axis=0), years])


def _bridged(values: Array) -> Array:
    """Gaps bridged by straight lines where at least half is there; rows with less stay as they are."""
    if not np.isnan(values).any():
        return values
    filled, place = values.copy(), np.arange(values.shape[1])
    for row in filled:
        seen = np.isfinite(row)
        if seen.sum() * 2 >= len(row):
            row[~seen] = np.interp(place[~seen], place[seen], row[seen])
    return filled


def _overlapping(origins_s: NDArray[np.int64], task: Task) -> int:
    """How many origins in a row speak of a common period."""
    steps = np.diff(np.unique(origins_s))
    return 1 if not steps.size else max(1, -(-task.leads * task.step_s // int(steps.min())))


def _far(clock: Clock) -> bool:
    """Whether leads go so far that doubt is kept by the time of day."""
    return clock.slot.size > PLAIN_LEADS_DAYS * clock.slots


def _remaining(left: Array, slots: NDArray[np.int64], task: Task) -> Array:
    """Equally likely misses for each lead and its neighbours, or for each time of day where leads go far."""
    far = task.leads > PLAIN_LEADS_DAYS * (DAY_MINUTES // task.step_minutes)
    groups = slots if far else np.broadcast_to(np.arange(task.leads), left.shape)
    count = DAY_MINUTES // task.step_minutes if far else task.leads
    ranks = (np.arange(DOUBTS) + 0.5) / DOUBTS
    whole = np.isfinite(left)
    by_group = [left[whole & (groups == one)] for one in range(count)]
    near = [np.concatenate(by_group[max(0, one - 1) : one + 2]) for one in range(count)]
    return np.stack([np.quantile(one, ranks) if one.size else np.zeros(DOUBTS) for one in near])


def _mixed(courses: Array, doubts: Array, levels: Array) -> Array:
    """Quantiles over courses and doubts; shapes (courses, leads) and (leads, DOUBTS) to (leads, levels)."""
    drawn = (courses.T[:, :, None] + doubts[:, None, :]).reshape(len(doubts), -1)
    drawn.sort(axis=1)
    place = np.clip(levels * drawn.shape[1] - 0.5, 0.0, drawn.shape[1] - 1.0)
    low = np.floor(place).astype(np.int64)
    high = np.minimum(low + 1, drawn.shape[1] - 1)
    return np.asarray(drawn[:, low] + (place - low) * (drawn[:, high] - drawn[:, low]))


MODEL = TemperatureLoad()
