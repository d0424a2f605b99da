"""What does Nixtla's mlforecast say, with the same learner as ours? Needs the extra `wattloom[nixtla]`.

`MLForecast(models, freq, lags, date_features).fit(frame, prediction_intervals=…)`, then `update(new rows)` and
`predict(h, level=…)` (mlforecast 1): one model of the median that feeds on its own answers, with conformal intervals
from cross-validation windows. New periods are handed on by `update`, as they would come in service: after
`predict(new_df=…)` version 1.1 lays the intervals beside the median. Weather is not passed on.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from lightgbm import LGBMRegressor

from wattloom.domain.errors import InputError, MissingData
from wattloom.domain.forecasts import MEDIAN, TargetKind
from wattloom.domain.text import Text
from wattloom.forecast.adapters._zero_shot import Array, needed
from wattloom.forecast.contract import uncrossed
from wattloom.forecast.task import DAY_MINUTES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.forecast.sight import Sight, Training

EXTRA = "nixtla"
TITLE = Text("Nixtla mlforecast (LightGBM)", "Nixtla mlforecast（LightGBM）")
WEEK_DAYS = 7
TREES, LEAVES = 100, 31
WINDOWS, WINDOWS_MIN = 10, 2
"""Of cross-validation, for the conformal intervals."""
BRIDGE = 168
"""Periods before the new ones from which a gap at their start is bridged."""
COLUMN = "median"


@dataclass(frozen=True, slots=True)
class FittedNixtla:
    """A fitted MLForecast."""

    forecaster: Any
    names: tuple[str, ...]
    learnt_s: int
    """Start of the newest period that it was fitted on, seconds since 1970 UTC."""
    told: Mapping[str, float | str]

    def predict(self, sight: Sight) -> Array:
        """Quantiles of each origin, one call each."""
        name = sight.about.name
        if name not in self.names:
            raise InputError.one(
                f"mlforecast, feed {name}",
                found="a feed that was not learnt from",
                expected=f"one of {', '.join(self.names)}",
                remedy="fit it on the feed's own past: its intervals are kept by series",
            )
        step_s, levels, newest = sight.task.step_s, sight.task.levels, sight.newest_s()
        if newest.min(initial=self.learnt_s) < self.learnt_s:
            raise MissingData(f"mlforecast, feed {name}: it goes on from where it has learnt to, not from before")
        ahead = (sight.starts_s - newest[:, None]) // step_s
        quantiles = np.empty((*ahead.shape, len(levels)))
        widths = sorted({_width(level) for level in levels if level != MEDIAN})
        forecaster, told_s = copy.deepcopy(self.forecaster), self.learnt_s
        for row in np.argsort(newest, kind="stable"):
            fresh = int(newest[row] - told_s) // step_s
            if fresh:
                values = sight.only(np.arange(len(newest)) == row).past("target", fresh + BRIDGE)[0]
                starts_s = newest[row] + np.arange(1 - len(values), 1, dtype=np.int64) * step_s
                frame = frame_of(name, starts_s, values)
                forecaster.update(frame[frame.ds > _moment(told_s)])
                told_s = int(newest[row])
            told = forecaster.predict(int(ahead[row, -1]), level=widths, ids=[name])
            columns = [told[_column(level)].to_numpy() for level in levels]
            quantiles[row] = np.stack(columns, axis=-1)[ahead[row] - 1]
        about = sight.about
        return uncrossed(np.clip(quantiles, about.lowest, about.highest))

    def facts(self) -> Mapping[str, float | str]:
        """What it is built on."""
        return self.told


@dataclass(frozen=True, slots=True, kw_only=True)
class Nixtla:
    """mlforecast with LightGBM, lags of hours, days and a week, and conformal intervals."""

    trees: int = TREES
    windows: int = WINDOWS
    """Of cross-validation, at most: each costs about a forecast, and tells the intervals one example."""
    name: str = "nixtla"
    title: Text = TITLE
    kinds: frozenset[TargetKind] = frozenset(TargetKind)
    needs: tuple[str, ...] = ()

    def fit(self, trainings: Sequence[Training], *, seed: int = 0) -> FittedNixtla:
        """Learn from all that was known at the cut-off."""
        library, parts = needed("mlforecast", extra=EXTRA), needed("mlforecast.utils", extra=EXTRA)
        sights = [training.hindsight() for training in trainings]
        task = sights[0].task
        ahead = max(
            int(((one.sight.starts_s[:, -1] - one.sight.newest_s()) // task.step_s).max(initial=task.leads))
            for one in trainings
        )
        frames = [_record(sight) for sight in sights]
        day = DAY_MINUTES // task.step_minutes
        lags = sorted({1, 2, 3, day, 2 * day, WEEK_DAYS * day})
        windows = min((len(frame) - lags[-1]) // ahead - 1 for frame in frames)
        if windows < WINDOWS_MIN:
            raise MissingData(f"mlforecast: too short a record for intervals of {ahead} periods")
        learner = LGBMRegressor(objective="quantile", alpha=MEDIAN, n_estimators=self.trees, num_leaves=LEAVES,
                                random_state=seed, num_threads=1, deterministic=True, verbose=-1)  # fmt: skip
        forecaster = library.MLForecast(
            models={COLUMN: learner},
            freq=f"{task.step_minutes}min",
            lags=lags,
            date_features=["hour", "minute", "dayofweek"],
        )
        frame = pd.concat(frames, ignore_index=True)
        intervals = parts.PredictionIntervals(n_windows=min(self.windows, windows), h=ahead)
        forecaster.fit(frame, prediction_intervals=intervals, static_features=[])
        told: dict[str, float | str] = {"periods": float(len(frame)), "windows": float(min(self.windows, windows))}
        learnt_s = max(int(sight.newest_s()[0]) for sight in sights)
        return FittedNixtla(forecaster, tuple(sight.about.name for sight in sights), learnt_s, told)


def frame_of(name: str, starts_s: NDArray[np.int64], values: Array) -> pd.DataFrame:
    """A record as Nixtla's libraries take it: unique_id, ds (UTC without its zone), y, with gaps bridged."""
    first = int(np.argmax(np.isfinite(values)))
    series = pd.Series(values[first:], dtype=np.float64).interpolate(limit_direction="both")
    if series.isna().any() or not len(series):
        raise MissingData(f"{name}: nothing on record")
    moments = pd.to_datetime(starts_s[first:], unit="s")
    return pd.DataFrame({"unique_id": name, "ds": moments, "y": series.to_numpy()})


def _record(sight: Sight) -> pd.DataFrame:
    """All that is known of a feed at the cut-off."""
    newest, first, step_s = int(sight.newest_s()[0]), int(sight.about.axis.start.timestamp()), sight.task.step_s
    starts_s = np.arange(first, newest + step_s, step_s, dtype=np.int64)
    if not starts_s.size:
        raise MissingData(f"{sight.about.name}: nothing on record")
    return frame_of(sight.about.name, starts_s, sight.at("target", starts_s[None, :])[0])


def _moment(second: int) -> pd.Timestamp:
    """An instant as Nixtla's libraries take it."""
    return pd.Timestamp(second, unit="s")


def _width(level: float) -> float:
    """Width in percent of the middle interval that ends at a level."""
    return round(abs(2 * level - 1) * 100, 6)


def _column(level: float) -> str:
    """Where mlforecast writes a level."""
    if level == MEDIAN:
        return COLUMN
    return f"{COLUMN}-{'lo' if level < MEDIAN else 'hi'}-{_width(level)}"


MODEL = Nixtla()
