"""What do boosted trees make of the past, the calendar, the sky and others' forecasts?

One model for all leads: each level of each target is a sum of small trees (LightGBM, quantile loss). What is learnt is
a correction in the station's own units: of the clear-sky index for solar stations (the night needs no learning), of a
plain weekly forecast for people's kinds, of nothing for wind. Levels learn apart and are put in order.

The level 0.5 is the median, trained as such. A score in squares wants the mean instead; take it from the quantiles
(metrics.quantiles.level_widths), not from another model that would not know of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import lightgbm
import numpy as np

from wattloom.domain.errors import MissingData
from wattloom.domain.forecasts import TargetKind
from wattloom.domain.text import Text
from wattloom.forecast.contract import uncrossed
from wattloom.forecast.learning.forest import Forest
from wattloom.forecast.learning.traits import (
    WEEK_DAYS,
    Columns,
    ahead_traits,
    calendar_traits,
    channels_ahead,
    days_back_s,
    frame_of,
    matrix,
    past_traits,
    rows_at_once,
    same_time,
    sensor_traits,
)
from wattloom.forecast.models.clear_sky import IRRADIANCE, curve_of, curves_of, physical_power
from wattloom.forecast.solar.clear_index import (
    DARK_SHARE,
    IndexLines,
    curve_at,
    fitted_lines,
    index_of,
    index_traits,
    mean_known,
    sensors_of,
    thinned,
)
from wattloom.forecast.solar.sun import DAY_S, ClearSkyCurve

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.forecast.sight import Sight, Training

TITLE = Text("Boosted trees (LightGBM)", "梯度提升树（LightGBM）")
ROWS_MAX = 60_000
"""Examples learnt from, from evenly spaced origins: more cost time and say little more."""
ORIGINS_AT_ONCE = 1024
EXAMPLES_MIN = 200
SEASON_DAYS = 400
"""A record longer than this has seen a season twice, and may speak of it."""
BINS = 127
THREADS = 1


@dataclass(frozen=True, slots=True)
class Rows:
    """Periods to be forecast, ready for the trees."""

    traits: NDArray[np.float64]
    """Shape (rows, traits)."""
    unit: NDArray[np.float64]
    """What a correction of one is worth, in the target's unit; shape (rows,). Zero: it is night."""
    base: NDArray[np.float64]
    """What is corrected, in the target's unit; shape (rows,)."""


@dataclass(frozen=True, slots=True)
class Words:
    """Which traits a fit goes by."""

    ahead: tuple[str, ...]
    sensors: tuple[str, ...]
    seasons: bool


@dataclass(frozen=True, slots=True)
class Sky:
    """What a fit knows of the sun over its stations."""

    curves: Mapping[str, ClearSkyCurve]
    """Of stations learnt from; others are plain fields."""
    lines: IndexLines | None
    """None where a forecast of irradiance leads instead."""


@dataclass(frozen=True, slots=True)
class FittedBoosted:
    """Trees for each level, and what their traits are made from."""

    levels: tuple[float, ...]
    forest: Forest
    words: Words
    sky: Sky | None
    examples: int

    def predict(self, sight: Sight) -> NDArray[np.float64]:
        """Base plus the trees' corrections, in order and inside what the target can be."""
        return self.predict_many([sight])[0]

    def predict_many(self, sights: Sequence[Sight]) -> list[NDArray[np.float64]]:
        """The same for many stations at once: the trees are walked through once for all of them."""
        parts = [(sight, part) for sight in sights for part in rows_at_once(sight, ORIGINS_AT_ONCE)]
        rows = [self._rows(part) for _, part in parts]
        if not rows:
            return [np.empty((0, sight.task.leads, len(self.levels))) for sight in sights]
        unit = np.concatenate([one.unit for one in rows])
        lit = unit > 0
        answers = np.zeros((len(unit), len(self.levels)))
        answers[lit] = self.forest(np.concatenate([one.traits for one in rows])[lit])
        answers = np.concatenate([one.base for one in rows])[:, None] + unit[:, None] * answers
        return self._parted(sights, parts, answers)

    def facts(self) -> Mapping[str, float | str]:
        """How much it is built on."""
        return {
            "examples": self.examples,
            "traits": self.forest.traits,
            "trees": len(self.forest.model),
            "ahead": ", ".join(self.words.ahead),
            "sensors": ", ".join(self.words.sensors),
        }

    def _rows(self, sight: Sight) -> Rows:
        """Traits of a part of a sight."""
        if self.sky is not None:
            return sky_rows(sight, self.words, self.sky)
        return plain_rows(sight, self.words)

    def _parted(
        self, sights: Sequence[Sight], parts: Sequence[tuple[Sight, Sight]], answers: NDArray[np.float64]
    ) -> list[NDArray[np.float64]]:
        """Answers given back to their stations."""
        found: dict[int, list[NDArray[np.float64]]] = {id(sight): [] for sight in sights}
        first = 0
        for sight, part in parts:
            shape = part.starts_s.shape
            count = shape[0] * shape[1]
            about = part.about
            own = np.clip(answers[first : first + count], about.lowest, about.highest)
            if not np.isfinite(own).all():
                raise MissingData(f"{about.name}: too little is on record to start from")
            found[id(sight)].append(uncrossed(own).reshape(*shape, len(self.levels)))
            first += count
        empty = np.empty((0, sights[0].task.leads, len(self.levels)))
        return [np.concatenate(found[id(sight)] or [empty]) for sight in sights]


@dataclass(frozen=True, slots=True, kw_only=True)
class Boosted:
    """Boosted trees, not yet grown."""

    trees: int = 80
    """For each level."""
    leaves: int = 8
    rate: float = 0.05
    leaf_share: float = 0.015
    """Least share of all examples in a leaf: neighbours in time are no independent witnesses."""
    trait_share: float = 0.4
    """Of the traits that each tree may use."""
    name: str = "boosted"
    title: Text = TITLE
    kinds: frozenset[TargetKind] = frozenset(TargetKind)
    needs: tuple[str, ...] = ()

    def fit(self, trainings: Sequence[Training], *, seed: int = 0) -> FittedBoosted:
        """Grow the trees."""
        most = max(EXAMPLES_MIN, ROWS_MAX // (len(trainings) * trainings[0].sight.task.leads))
        few = [thinned(one, most) for one in trainings]
        words = _words(trainings)
        if trainings[0].sight.about.kind is TargetKind.SOLAR:
            sky, rows = _sky_and_rows(few, words)
        else:
            sky, rows = None, [plain_rows(one.sight, words) for one in few]
        outcomes = np.concatenate([one.outcomes.ravel() for one in few])
        unit, base = np.concatenate([one.unit for one in rows]), np.concatenate([one.base for one in rows])
        usable = np.isfinite(outcomes) & np.isfinite(base) & (unit > 0)
        if usable.sum() < EXAMPLES_MIN:
            raise MissingData("too few past periods with an outcome to learn from")
        data = lightgbm.Dataset(
            np.concatenate([one.traits for one in rows])[usable],
            (outcomes - base)[usable] / unit[usable],
            weight=np.concatenate([_counted(one.unit) for one in rows])[usable],
            params={"verbose": -1, "max_bin": BINS, "num_threads": THREADS},
        )
        levels = trainings[0].sight.task.levels
        grown = [lightgbm.train(self._settings(level, int(usable.sum()), seed), data, self.trees) for level in levels]
        return FittedBoosted(levels, Forest.of(grown), words, sky, int(usable.sum()))

    def _settings(self, level: float, examples: int, seed: int) -> dict[str, object]:
        """LightGBM's words for the settings."""
        return {
            "objective": "quantile",
            "alpha": level,
            "learning_rate": self.rate,
            "num_leaves": self.leaves,
            "min_data_in_leaf": max(5, int(self.leaf_share * examples)),
            "feature_fraction": self.trait_share,
            "bagging_fraction": 0.7,
            "bagging_freq": 1,
            "max_bin": BINS,
            "seed": seed,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": THREADS,
            "verbose": -1,
        }


def plain_rows(sight: Sight, words: Words) -> Rows:
    """Rows of any kind but solar."""
    days = same_time(sight)
    frame = frame_of(sight, days)
    shape = sight.starts_s.shape
    columns: Columns = {
        **past_traits(sight, days, frame),
        **calendar_traits(sight, seasons=words.seasons),
        **ahead_traits(sight, words.ahead),
        **sensor_traits(sight, words.sensors),
    }
    return Rows(matrix(columns, shape), np.broadcast_to(frame.size, shape).ravel(), frame.base.ravel())


def sky_rows(sight: Sight, words: Words, sky: Sky, ahead: NDArray[np.float64] | None = None) -> Rows:
    """Rows of a solar station: all that has the size of power is told as a clear-sky index.

    Args:
        sight: of one station.
        words: which traits to go by.
        sky: what is known of the sun.
        ahead: index of each block as foretold without having seen the origin; shape (origins, blocks). None: the
            lines' own word.
    """
    curve, shape = curve_of(sky.curves, sight), sight.starts_s.shape
    starts = days_back_s(sight)[:, :, :WEEK_DAYS].reshape(shape[0], -1)
    both = curve_at(curve, np.concatenate([sight.starts_s, starts], axis=1), sight.task.step_minutes)
    clear, then = both[:, : shape[1]], both[:, shape[1] :]
    lit = clear > DARK_SHARE * curve.peak
    columns: Columns = {"clear": clear / curve.peak}
    past = index_traits(sight, curve, words.sensors)
    columns |= {f"past_{place}": past[:, place : place + 1] for place in range(past.shape[1])}
    columns |= calendar_traits(sight, seasons=False) | ahead_traits(sight, words.ahead)
    index = index_of(sight.at("target", starts), then, curve.peak).reshape(*shape, WEEK_DAYS)
    columns |= {f"day_{back + 1}": index[:, :, back] for back in range(WEEK_DAYS // 2)}
    columns["mean_week"] = mean_known(index)
    if sky.lines is None:
        power = physical_power(sight, np.concatenate([sight.starts_s, starts], axis=1))
        told = index_of(power[:, : shape[1]], clear, curve.peak)
        missed = index - index_of(power[:, shape[1] :], then, curve.peak).reshape(index.shape)
        columns["missed_day"], columns["missed_week"] = missed[:, :, 0], mean_known(missed)
        columns["missed_all_day"] = mean_known(missed[:, :, 0])[:, None]
        columns["missed_all_week"] = mean_known(missed.reshape(shape[0], -1))[:, None]
    else:
        told = (sky.lines.ahead(sight, curve) if ahead is None else ahead)[:, sky.lines.blocks]
    columns["told"] = told
    unit = np.where(lit, clear, 0.0)
    return Rows(matrix(columns, shape), unit.ravel(), np.where(lit, told * clear, 0.0).ravel())


def _sky_and_rows(trainings: Sequence[Training], words: Words) -> tuple[Sky, list[Rows]]:
    """The sun's part, learnt, and rows that do not know their own answer.

    Several stations are told in plain fields, so that a station never seen speaks the same language.
    """
    curves = curves_of(trainings) if len(trainings) == 1 else {}
    if IRRADIANCE in words.ahead:
        sky = Sky(curves, None)
        return sky, [sky_rows(one.sight, words, sky) for one in trainings]
    lines, days = fitted_lines(trainings, [curve_of(curves, one.sight) for one in trainings])
    sky, rows, first = Sky(curves, lines), [], 0
    for one in trainings:
        count = len(one.sight.origins_s)
        rows.append(sky_rows(one.sight, words, sky, days.ahead[first : first + count]))
        first += count
    return sky, rows


def _counted(unit: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much a station's rows count: misses are in its units, scores are not. Shape (rows,)."""
    told = unit[unit > 0]
    return unit / (float(told.mean()) if told.size else 1.0)


def _words(trainings: Sequence[Training]) -> Words:
    """The channels that all stations have, and whether their records have seen seasons come again."""
    sights = [one.sight for one in trainings]
    ahead = set.intersection(*(set(channels_ahead(one)) for one in sights))
    sensors = set.intersection(*(set(sensors_of(one)) for one in sights))
    span_s = min(int(one.origins_s[-1] - one.origins_s[0]) if len(one.origins_s) else 0 for one in sights)
    return Words(tuple(sorted(ahead)), tuple(sorted(sensors)), span_s > SEASON_DAYS * DAY_S)


MODEL = Boosted()
