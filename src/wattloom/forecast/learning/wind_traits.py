"""What does a wind farm's recent past, its neighbours and a forecast of the wind say of the periods ahead?

Everything is a share of capacity or runs through a power curve that is fitted to the record, so that what one farm
taught can be applied to another. Channels are known by the beginning of their names: `nwp_wind_speed…` is a forecast
of the wind (m/s), `wind_speed…` is measured at the farm (m/s), `neighbour_…` is the measured power of another farm as
a share of its capacity.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import isotonic_regression

from wattloom.domain.errors import InputError, MissingData
from wattloom.forecast.task import DAY_MINUTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wattloom.forecast.sight import Sight, Training

NWP, MEASURED, NEIGHBOUR = "nwp_wind_speed", "wind_speed", "neighbour_"
OWN, SPEEDS, NEIGHBOURS, BENT = "own", "speeds", "neighbours", "bent"
"""Groups of traits: the farm's own power, wind speeds, the neighbours, and squares of power."""
BACK_MINUTES = (15, 30, 60, 90, 120, 240)
MEANS_MINUTES = (60, 240, DAY_MINUTES)
UNREST_MINUTES = 240
NEAR_MINUTES = (0, 30, 90)
"""How far back neighbours are looked at."""
CHUNK = 4096
"""Origins taken at once, so that a year of quarter-hours fits into memory."""
SPEED_MAX_M_PER_S = 40.0
SPEED_STEP_M_PER_S = 0.5


@dataclass(frozen=True, slots=True)
class Curve:
    """Share of capacity by wind speed, rising: fitted to speeds and outcomes, straight between half metres a second."""

    speeds_m_per_s: NDArray[np.float64]
    shares: NDArray[np.float64]

    @classmethod
    def fitted(cls, speeds_m_per_s: NDArray[np.float64], shares: NDArray[np.float64]) -> Curve | None:
        """Isotonic regression over bins of speed; None where nothing was measured together."""
        known = np.isfinite(speeds_m_per_s) & np.isfinite(shares)
        if not known.any():
            return None
        place = np.round(np.clip(speeds_m_per_s[known], 0, SPEED_MAX_M_PER_S) / SPEED_STEP_M_PER_S).astype(int)
        weights = np.bincount(place)
        bins = np.flatnonzero(weights)
        means = np.bincount(place, weights=shares[known])[bins] / weights[bins]
        rising = isotonic_regression(means, weights=weights[bins].astype(float)).x
        return cls(np.asarray(bins * SPEED_STEP_M_PER_S, dtype=np.float64), np.asarray(rising, dtype=np.float64))

    def at(self, speeds_m_per_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Shares at any speeds; NaN stays NaN."""
        return np.asarray(np.interp(speeds_m_per_s, self.speeds_m_per_s, self.shares))


@dataclass(frozen=True, slots=True)
class Curves:
    """The curves of each kind of speed, and what is read of the neighbours."""

    ahead: Curve | None
    measured: Curve | None
    neighbours: tuple[str, ...] | None
    """Channels looked at one by one; None: only their mean and most, as for a farm that was not learnt from."""

    @classmethod
    def of(cls, trainings: Sequence[Training]) -> Curves:
        """Fit the curves on the record of one farm or of several."""
        ahead = [_pairs_ahead(one) for one in trainings]
        measured = [_pairs_measured(one.sight) for one in trainings]
        names = [_named(one.sight, NEIGHBOUR) for one in trainings]
        return cls(
            Curve.fitted(*(np.concatenate(side) for side in zip(*ahead, strict=True))),
            Curve.fitted(*(np.concatenate(side) for side in zip(*measured, strict=True))),
            names[0] if len(trainings) == 1 else None,
        )


@dataclass(frozen=True, slots=True)
class Traits:
    """What is known at each origin, before leads come in."""

    now: NDArray[np.float64]
    """Newest power known, as a share; shape (origins,)."""
    unrest: NDArray[np.float64]
    """Standard deviation of the last hours; shape (origins,)."""
    common: NDArray[np.float64]
    """Shape (origins, columns)."""
    by_lead: NDArray[np.float64]
    """Shape (origins, leads, columns)."""
    groups: tuple[str, ...]
    """Group of each column, the common ones first."""

    def of_leads(self, leads: slice) -> NDArray[np.float64]:
        """Columns for every origin and some leads; shape (origins · leads, columns)."""
        own = self.by_lead[:, leads]
        common = np.broadcast_to(self.common[:, None, :], (*own.shape[:2], self.common.shape[1]))
        return np.concatenate([common, own], axis=2).reshape(-1, len(self.groups))


def capacity_of(sight: Sight) -> float:
    """What shares are shares of."""
    if not sight.about.capacity:
        raise InputError.one(
            f"feed {sight.about.name}",
            found="no capacity",
            expected="the start-up capacity in the target's unit",
            remedy="name the capacity in the forecast file",
        )
    return sight.about.capacity


def traits_of(sight: Sight, curves: Curves) -> Traits:
    """Everything known at these origins.

    Raises:
        MissingData: at some origin nothing of the farm's last day is on record.
    """
    rows = [
        np.arange(first, min(first + CHUNK, len(sight.origins_s))) for first in range(0, len(sight.origins_s), CHUNK)
    ]
    inside = np.arange(len(sight.origins_s))
    parts = [_traits(sight.only(np.isin(inside, one)), curves) for one in rows] or [_traits(sight, curves)]
    return Traits(
        np.concatenate([one.now for one in parts]),
        np.concatenate([one.unrest for one in parts]),
        np.concatenate([one.common for one in parts]),
        np.concatenate([one.by_lead for one in parts]),
        parts[0].groups,
    )


def _traits(sight: Sight, curves: Curves) -> Traits:
    """The same for some origins."""
    step, capacity = sight.task.step_minutes, capacity_of(sight)
    past = sight.past("target", DAY_MINUTES // step) / capacity
    filled = _carried(past)
    if np.isnan(filled[:, -1]).any():
        raise MissingData(f"{sight.about.name}: nothing on record in the day before some origins")
    columns = [(OWN, _back(filled, minutes, step)) for minutes in (0, *BACK_MINUTES)]
    columns += [(OWN, np.nanmean(past[:, -max(1, minutes // step) :], axis=1)) for minutes in MEANS_MINUTES[-1:]]
    columns += [(OWN, filled[:, -max(1, minutes // step) :].mean(axis=1)) for minutes in MEANS_MINUTES[:-1]]
    unrest = filled[:, -max(2, UNREST_MINUTES // step) :].std(axis=1)
    now = filled[:, -1]
    columns += [(BENT, now**2), (BENT, now**3), (BENT, unrest)]
    columns += [(NEIGHBOURS, one) for one in _neighbours(sight, curves)]
    columns += [(SPEEDS, one) for one in _measured(sight, curves, now)]
    common = [(group, np.where(np.isnan(one), 0.0, one)) for group, one in columns]
    ahead = _by_lead(sight, curves, usual=np.nanmean(past, axis=1))
    return Traits(
        now,
        unrest,
        np.stack([one for _, one in common], axis=1),
        np.stack([one for _, one in ahead], axis=2),
        (*(group for group, _ in common), *(group for group, _ in ahead)),
    )


def _by_lead(sight: Sight, curves: Curves, usual: NDArray[np.float64]) -> list[tuple[str, NDArray[np.float64]]]:
    """Columns that differ by lead: the clock, the same time of a past day, the wind that is forecast."""
    turn = sight.starts_s % (DAY_MINUTES * 60) / (DAY_MINUTES * 60) * 2 * np.pi
    capacity = capacity_of(sight)
    columns = [(OWN, wave(times * turn)) for times in (1, 2) for wave in (np.sin, np.cos)]
    same = sight.lagged("target", sight.season_steps()) / capacity
    columns.append((OWN, np.where(np.isnan(same), usual[:, None], same)))
    if curves.ahead is not None:
        speeds = _mean_ahead(sight)
        if np.isnan(speeds).any():
            raise MissingData(f"{sight.about.name}: no forecast of the wind for some periods")
        columns += [(SPEEDS, curves.ahead.at(speeds)), (SPEEDS, speeds / SPEED_MAX_M_PER_S)]
    return columns


def _neighbours(sight: Sight, curves: Curves) -> list[NDArray[np.float64]]:
    """Other farms' power, each or as mean and most; nothing where there are none."""
    names = _named(sight, NEIGHBOUR)
    wanted = names if curves.neighbours is None else curves.neighbours
    missing = sorted(set(wanted) - set(names))
    if missing:
        raise MissingData(f"{sight.about.name}: no channel {', '.join(missing)}")
    if not wanted:
        return []
    step = sight.task.step_minutes
    count = max(NEAR_MINUTES) // step + 1
    seen = np.stack([_carried(sight.past(name, count)) for name in wanted])
    if curves.neighbours is not None:
        return [_back(one, minutes, step) for one in seen for minutes in NEAR_MINUTES]
    known = np.isfinite(seen)
    mean = np.where(known, seen, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    most = np.where(known, seen, 0.0).max(axis=0)
    return [_back(mean, minutes, step) for minutes in NEAR_MINUTES] + [most[:, -1]]


def _measured(sight: Sight, curves: Curves, now: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """What the curve makes of the wind measured, and how far power is from what the forecast wind would give."""
    columns = []
    step = sight.task.step_minutes
    if curves.measured is not None:
        hour = _mean_of(sight, MEASURED, max(1, 60 // step))
        shares = curves.measured.at(hour)
        columns += [
            np.where(np.isnan(shares[:, -1]), now, shares[:, -1]),
            np.where(np.isnan(shares), now[:, None], shares).mean(axis=1),
        ]
    if curves.ahead is not None:
        off = now - curves.ahead.at(_newest_nwp(sight))
        columns.append(np.where(np.isnan(off), 0.0, off))
    return columns


def tellable(sight: Sight) -> NDArray[np.bool_]:
    """Origins with power in the day before and, where the feed has such, a forecast of the wind; shape (origins,)."""
    step = sight.task.step_minutes
    told = np.array(np.isfinite(sight.past("target", DAY_MINUTES // step)).any(axis=1))
    return told & np.isfinite(_mean_ahead(sight)).all(axis=1) if _named(sight, NWP) else told


def _newest_nwp(sight: Sight) -> NDArray[np.float64]:
    """The forecast wind of the newest period of known power; shape (origins,)."""
    newest = sight.newest_s()[:, None]
    return _mean([sight.at(name, newest) for name in _named(sight, NWP)])[:, 0]


def _mean_ahead(sight: Sight) -> NDArray[np.float64]:
    """Mean of the forecasts of the wind, straight over single gaps; a row without any stays NaN; (origins, leads)."""
    names = _named(sight, NWP)
    if not names:
        raise MissingData(f"{sight.about.name}: no channel {NWP}…, which this model was fitted with")
    mean = _mean([sight.ahead(name) for name in names])
    leads = np.arange(mean.shape[1])
    for row in np.flatnonzero(np.isnan(mean).any(axis=1)):
        known = np.isfinite(mean[row])
        if known.any():
            mean[row] = np.interp(leads, leads[known], mean[row, known])
    return mean


def _mean_of(sight: Sight, prefix: str, count: int) -> NDArray[np.float64]:
    """Mean of the newest values of channels that begin so; NaN where none is known; shape (origins, count)."""
    seen = np.stack(
        [sight.past(name, count) for name in _named(sight, prefix)] or [np.full((len(sight.origins_s), count), np.nan)]
    )
    return _mean(seen)


def _mean(values: Sequence[NDArray[np.float64]] | NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean over the first axis of what is known; NaN where nothing is."""
    known = np.isfinite(values).sum(axis=0)
    return np.asarray(np.where(known > 0, np.nansum(values, axis=0) / np.maximum(known, 1), np.nan))


def _pairs_ahead(training: Training) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Forecast wind and the share of power that came of it."""
    if not _named(training.sight, NWP):
        return np.empty(0), np.empty(0)
    return _mean_ahead(training.sight).ravel(), (training.outcomes / capacity_of(training.sight)).ravel()


def _pairs_measured(sight: Sight) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Measured wind and power of the newest period that both were known of."""
    if not _named(sight, MEASURED) or not sight.origins_s.size:
        return np.empty(0), np.empty(0)
    return _mean_of(sight, MEASURED, 1)[:, 0], sight.past("target", 1)[:, 0] / capacity_of(sight)


def _named(sight: Sight, prefix: str) -> tuple[str, ...]:
    """Channels that begin so, in order of their names."""
    return tuple(sorted(name for name in sight.names if name.startswith(prefix)))


def _back(past: NDArray[np.float64], minutes: int, step_minutes: int) -> NDArray[np.float64]:
    """The value so long before the newest; shape (origins,)."""
    return np.asarray(past[:, -1 - min(minutes // step_minutes, past.shape[1] - 1)])


def _carried(past: NDArray[np.float64]) -> NDArray[np.float64]:
    """Gaps filled by the value before, and at the start by the value after; NaN only where a row has nothing."""
    return _forward(_forward(past)[:, ::-1])[:, ::-1]


def _forward(past: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each gap filled by the last value before it."""
    place = np.where(np.isfinite(past), np.arange(past.shape[1]), 0)
    return np.take_along_axis(past, np.maximum.accumulate(place, axis=1), axis=1)
