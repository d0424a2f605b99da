"""How much work will come: jobs an hour, requests a second?

Arrivals multiply: a busy day is busy by a factor, and the factor of the last hours is the best word on the next ones.
So the logarithm is foretold: the clock (load_shape.py), learnt around each week's level, plus what carries over from
the newest periods (recent.py). What remains is kept by lead and by how busy it is foretold to be: quiet hours
are unsure in another way than busy ones, and an hour may bring nothing at all. Counts need no law of their own then;
the negative binomial one fits neither bursts of a thousand jobs nor hours of none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri, stdtrit

from wattloom.domain.errors import MissingData
from wattloom.domain.forecasts import TargetKind
from wattloom.domain.text import Text
from wattloom.forecast.contract import uncrossed
from wattloom.forecast.loads.recent import Carried, days_back, fitted_carried, lead_groups, traits_of
from wattloom.forecast.loads.shape import Clock, LoadShape, around_level, fitted_shape
from wattloom.forecast.task import DAY_MINUTES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.forecast.sight import Sight, Training
    from wattloom.forecast.task import Task

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
TITLE = Text("Arrivals by clock and newest level", "按时段与最新水平的到达量模型")
WEEKS_FOR_WEEKDAYS = 2
"""A shorter record cannot tell a Sunday from an odd day: its clock has no days of the week."""
DAYS_MIN = 3
EXAMPLES_MAX = 60_000
"""Origins times leads that the carrying over is learnt from."""
FLOOR_SHARE = 0.02
"""Of the median of what is not nothing, added before the logarithm; one half where arrivals are counted."""
HALF_A_COUNT = 0.5
USUAL_SPREADS = 2.0
"""Stopped services miss by e-folds; learnt as they are, a few such hours would set all the weights."""
BANDS = 3
"""Quiet, usual and busy: thirds of what is foretold."""
DOUBT_GROUPS = 12
EDGE = 0.9
"""Level at which the interval from few witnesses is made as wide as it must be."""
DOUBTS = 49


@dataclass(frozen=True, slots=True)
class Doubt:
    """Equally likely remaining misses, by group of leads and band of busyness."""

    misses: Array
    """Shape (groups, BANDS, DOUBTS)."""
    middles: Array
    """What is foretold in the middle of each band; shape (groups, BANDS)."""
    groups: NDArray[np.int64]
    """Of each lead."""

    def around(self, foretold: Array, levels: Array) -> Array:
        """Quantiles; shapes (origins, leads) to (origins, leads, levels)."""
        ranks = (np.arange(DOUBTS) + 0.5) / DOUBTS
        by_band = np.stack([[np.interp(levels, ranks, one) for one in group] for group in self.misses])
        quantiles = np.empty((*foretold.shape, len(levels)))
        for lead, group in enumerate(self.groups):
            place = np.interp(foretold[:, lead], self.middles[group], np.arange(BANDS, dtype=np.float64))
            low = np.minimum(place.astype(np.int64), BANDS - 2)
            share = (place - low)[:, None]
            quantiles[:, lead] = (1 - share) * by_band[group, low] + share * by_band[group, low + 1]
        return foretold[..., None] + quantiles


@dataclass(frozen=True, slots=True)
class FittedArrivals:
    """A clock, what carries over, and what remains in doubt."""

    shape: LoadShape
    carried: Carried
    doubt: Doubt
    usual: tuple[float, float]
    """What misses count as between, when they are carried over."""
    floors: Mapping[str, float]
    weekdays: bool
    told: Mapping[str, float | str]

    def predict(self, sight: Sight) -> Array:
        """Quantiles of arrivals; nothing is the least that can come."""
        count, step_s = days_back(sight.task), sight.task.step_s
        newest = sight.newest_s()
        past_s = newest[:, None] + np.arange(1 - count, 1, dtype=np.int64) * step_s
        raw = sight.at("target", past_s)
        if np.isnan(raw).all(axis=1).any():
            raise MissingData(f"{sight.about.name}: nothing of the last {count} periods is on record")
        floor = self.floors[sight.about.name] if sight.about.name in self.floors else _floor(raw)
        missed = np.log(np.maximum(raw, 0.0) + floor) - self.shape.values(_clock(sight, past_s, self.weekdays), None)
        tamed = np.clip(missed, *self.usual)
        traits = traits_of(tamed, (sight.starts_s - newest[:, None]) // step_s, sight.task.step_minutes)
        foretold = self.shape.values(_clock(sight, sight.starts_s, self.weekdays), None) + self.carried.ahead(traits)
        quantiles = np.exp(self.doubt.around(foretold, np.array(sight.task.levels))) - floor
        about = sight.about
        return uncrossed(np.clip(quantiles, max(0.0, about.lowest), about.highest))

    def facts(self) -> Mapping[str, float | str]:
        """What it is built on."""
        return self.told


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """Arrivals by clock and newest level."""

    name: str = "arrivals"
    title: Text = TITLE
    kinds: frozenset[TargetKind] = frozenset({TargetKind.ARRIVALS})
    needs: tuple[str, ...] = ()

    def fit(self, trainings: Sequence[Training], *, seed: int = 0) -> FittedArrivals:  # noqa: ARG002
        """Learn the clock, what carries over, and the doubt, from every period up to the cut-off."""
        sights = [training.hindsight() for training in trainings]
        task = sights[0].task
        starts = [_record_s(sight) for sight in sights]
        raw = [sight.at("target", one[None, :])[0] for sight, one in zip(sights, starts, strict=True)]
        for sight, values in zip(sights, raw, strict=True):
            if np.isfinite(values).sum() * task.step_minutes < DAYS_MIN * DAY_MINUTES:
                raise MissingData(f"{sight.about.name}: less than {DAYS_MIN} days on record")
        weekdays = min(map(len, starts)) * task.step_minutes >= WEEKS_FOR_WEEKDAYS * 7 * DAY_MINUTES
        floors = [_floor(values) for values in raw]
        logs = [np.log(np.maximum(values, 0.0) + floor) for values, floor in zip(raw, floors, strict=True)]
        clocks = [_clock(sight, one, weekdays) for sight, one in zip(sights, starts, strict=True)]
        shape = fitted_shape(
            np.concatenate(starts),
            Clock.joined(clocks),
            None,
            np.concatenate([around_level(one, task.step_minutes) for one in logs]),
        )
        unseen = [
            log - shape.unseen(start, clock, None) for log, start, clock in zip(logs, starts, clocks, strict=True)
        ]
        usual = _usual(np.concatenate(unseen))
        gap = max(_gap(training) for training in trainings)
        examples = [_examples(np.clip(one, *usual), task, gap) for one in unseen]
        traits, missed = (np.concatenate([one[i] for one in examples]) for i in (0, 1))
        carried, left = fitted_carried(traits, missed, lead_groups(task), horizon=_horizon(task, len(missed)))
        # What is foretold: the log arrival less what was missed of it.
        values = np.concatenate([log[one[2]] for log, one in zip(logs, examples, strict=True)])
        told: dict[str, float | str] = {
            "periods": float(sum(map(len, starts))),
            "examples": float(len(missed)),
            "parameters": float(shape.weights.size + carried.weights.size),
            "shape_strength": shape.strength,
            "carried_strength": carried.strength,
            "weekdays": "yes" if weekdays else "no",
        }
        names = [sight.about.name for sight in sights]
        beyond = np.concatenate([whole[one[2]] - one[1] for whole, one in zip(unseen, examples, strict=True)])
        doubt = _doubt(values - left - beyond, left + beyond, task, gap)
        return FittedArrivals(shape, carried, doubt, usual, dict(zip(names, floors, strict=True)), weekdays, told)


def _record_s(sight: Sight) -> NDArray[np.int64]:
    """Starts of all periods known."""
    first, newest = int(sight.about.axis.start.timestamp()), int(sight.newest_s()[0])
    return np.arange(first, newest + sight.task.step_s, sight.task.step_s, dtype=np.int64)


def _clock(sight: Sight, starts_s: NDArray[np.int64], weekdays: bool) -> Clock:  # noqa: FBT001 - a fact of the fit
    """The clock of periods, all days alike where the record is too short to tell them apart."""
    clock = Clock.of(starts_s, sight.about.zone, sight.task.step_minutes)
    return clock if weekdays else Clock(clock.slot, np.zeros_like(clock.kind), clock.slots)


def _floor(values: Array) -> float:
    """What is added before the logarithm."""
    some = values[np.isfinite(values) & (values > 0)]
    if not some.size:
        return HALF_A_COUNT
    share = FLOOR_SHARE * float(np.median(some))
    return max(HALF_A_COUNT, share) if np.array_equal(some, np.round(some)) else share


def _gap(training: Training) -> int:
    """Periods from the newest known one to the first forecast, at most."""
    sight = training.sight if training.sight.origins_s.size else training.hindsight()
    return int(((sight.starts_s[:, 0] - sight.newest_s()) // sight.task.step_s).max())


def _horizon(task: Task, examples: int) -> int:
    """Examples in a row that speak of common periods, roughly: a fold is at least so long."""
    return min(task.leads, max(1, examples // 2))


def _examples(missed: Array, task: Task, gap: int) -> tuple[Array, Array, NDArray[np.int64]]:
    """Traits, misses and places ahead, seen from every period of the record or from as many as are enough."""
    first, last = DAY_MINUTES // task.step_minutes, len(missed) - gap - task.leads + 1
    every = max(1, -(-(last - first) * task.leads // EXAMPLES_MAX))
    newest = np.arange(last - 1, first - 1, -every)[::-1]
    count = days_back(task)
    back = newest[:, None] + np.arange(1 - count, 1)
    past = np.where(back >= 0, missed[np.maximum(back, 0)], np.nan)
    ahead = np.broadcast_to(gap + np.arange(task.leads, dtype=np.int64), (len(newest), task.leads))
    place = newest[:, None] + ahead
    return traits_of(past, ahead, task.step_minutes), missed[place], place


def _usual(missed: Array) -> tuple[float, float]:
    """What misses usually lie between: so many spreads of their middle four fifths on either side."""
    low, middle, high = np.nanquantile(missed, (1 - EDGE, 0.5, EDGE))
    reach = USUAL_SPREADS * float(high - low)
    return float(middle) - reach, float(middle) + reach


def _doubt(foretold: Array, left: Array, task: Task, gap: int) -> Doubt:
    """What remains, by a dozen groups of leads and by thirds of what was foretold; wider where few have told it."""
    groups = np.arange(task.leads, dtype=np.int64) * min(DOUBT_GROUPS, task.leads) // task.leads
    ranks = (np.arange(DOUBTS) + 0.5) / DOUBTS
    misses, middles = [], []
    for group in range(int(groups.max()) + 1):
        own, said = left[:, groups == group].ravel(), foretold[:, groups == group].ravel()
        own, said = own[np.isfinite(own)], said[np.isfinite(own)]
        order = np.array_split(np.argsort(said, kind="stable"), BANDS)
        witnesses = len(left) / (gap + float(np.flatnonzero(groups == group).mean()))
        misses.append([_widened(np.quantile(own[one], ranks), witnesses) for one in order])
        middles.append(np.maximum.accumulate([np.median(said[one]) for one in order]))
    return Doubt(np.array(misses), np.array(middles), groups)


def _widened(misses: Array, witnesses: float) -> Array:
    """Misses as far apart as so few independent ones allow to say: Student's interval in place of the normal's."""
    free = max(1.0, witnesses - 1.0)
    factor = float(stdtrit(free, EDGE) / ndtri(EDGE) * np.sqrt(1.0 + 1.0 / (free + 1.0)))
    middle = float(np.median(misses))
    return middle + factor * (misses - middle)


MODEL = Arrivals()
