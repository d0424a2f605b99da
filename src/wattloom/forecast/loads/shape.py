"""What does an hour of the week at a given warmth draw?

A load is a weekly clock plus what heat and cold add to it, more at some hours than at others: the interactions of Hong,
"Short term electric load forecasting" (dissertation, North Carolina State University, 2010), with straight pieces
between thresholds in place of powers, for they go on straight where no hour so warm was seen. Ridge keeps apart what
the record cannot tell apart; its strength is the one that foretells fortnights left out best.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from wattloom.forecast.task import DAY_MINUTES

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
COLD_C, HOT_C = (18.0, 11.0, 4.0), (18.0, 23.0, 28.0)
"""Thresholds of heating and cooling: the usual base of degree days, 65 °F, and two steps of about 12 °F each way."""
DEGREES_A_UNIT = 10.0
WARMTHS = 2
"""Air temperature now, and its mean over the day before: walls and people remember."""
HARMONICS = 3
"""Of the day, by which a degree counts more at some hours: six columns."""
HARMONIC_ANGLES = 2 * HARMONICS + 1
PENALTY_CLOCK, PENALTY_DAY, PENALTY_KIND, PENALTY_WARMTH, PENALTY_HARMONIC = 0.05, 0.3, 0.01, 0.3, 1.0
"""What is common is held loosely, what is particular tightly."""
STRENGTHS = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0)
DAY_S = 86_400
FORTNIGHT_S = 14 * DAY_S
BLOCKS_MIN = 6
"""What is left out at a time is a fortnight, or a sixth of a short record in whole days."""
FRIDAY, SATURDAY, SUNDAY = 4, 5, 6
WORKING, EVE, HALF, REST = 0, 1, 2, 3
"""Kinds of days: Monday to Thursday, Friday, Saturday, Sunday and holidays."""
TINY = 1e-6


@dataclass(frozen=True, slots=True)
class Clock:
    """Local time of periods, each array of the same shape."""

    slot: NDArray[np.int64]
    """Which period of the day."""
    kind: NDArray[np.int64]
    """WORKING, EVE, HALF or REST."""
    slots: int

    @classmethod
    def of(
        cls, starts_s: NDArray[np.int64], zone: ZoneInfo, step_minutes: int, day_off: NDArray[np.float64] | None = None
    ) -> Clock:
        """The clock of periods; `day_off` is 1 on holidays, −1 on weekend days that are worked, else 0."""
        local = pd.to_datetime(starts_s.ravel(), unit="s", utc=True).tz_convert(zone)
        kind = np.select(
            [local.dayofweek == FRIDAY, local.dayofweek == SATURDAY, local.dayofweek == SUNDAY], [EVE, HALF, REST]
        )
        if day_off is not None:
            kind = np.where(day_off.ravel() > 0, REST, np.where(day_off.ravel() < 0, WORKING, kind))
        slot = (local.hour * 60 + local.minute) // step_minutes
        shape = starts_s.shape
        return cls(
            np.asarray(slot, dtype=np.int64).reshape(shape),
            np.asarray(kind, dtype=np.int64).reshape(shape),
            DAY_MINUTES // step_minutes,
        )

    @classmethod
    def joined(cls, clocks: Sequence[Clock]) -> Clock:
        """Flat clocks after one another."""
        slot, kind = (np.concatenate([getattr(one, name) for one in clocks]) for name in ("slot", "kind"))
        return cls(slot, kind, clocks[0].slots)

    def flat(self) -> Clock:
        """The same periods in one row."""
        return Clock(self.slot.ravel(), self.kind.ravel(), self.slots)

    def columns(self) -> tuple[Array, Array]:
        """Columns of flat periods, and the penalty of each."""
        rows = np.arange(self.slot.size)
        hours = np.zeros((self.slot.size, self.slots))
        hours[rows, self.slot.ravel()] = 1.0
        kind = self.kind.ravel()[:, None]
        parts = [
            np.ones((len(rows), 1)),
            hours,
            hours * (kind == HALF),
            hours * (kind == REST),
            kind == EVE,
            kind == HALF,
            kind == REST,
        ]
        penalties = [TINY] + [PENALTY_CLOCK] * self.slots + [PENALTY_DAY] * 2 * self.slots + [1.0] + [PENALTY_KIND] * 2
        return np.concatenate(parts, axis=1).astype(np.float64), np.array(penalties)

    def angles(self) -> Array:
        """One and the harmonics of the day; shape (…, HARMONIC_ANGLES)."""
        turn = 2 * np.pi * (self.slot[..., None] + 0.5) / self.slots * np.arange(1, HARMONICS + 1)
        return np.concatenate([np.ones((*self.slot.shape, 1)), np.sin(turn), np.cos(turn)], axis=-1)


def hinges(warmth_c: Array) -> Array:
    """How far below or above each threshold; shape (…, WARMTHS) becomes (…, WARMTHS × thresholds)."""
    cold = [np.maximum(edge - warmth_c, 0.0) for edge in COLD_C]
    hot = [np.maximum(warmth_c - edge, 0.0) for edge in HOT_C]
    return np.concatenate([*cold, *hot], axis=-1) / DEGREES_A_UNIT


def warmths_of(path_c: Array, step_minutes: int, count: int) -> Array:
    """Warmths of the last `count` periods of paths; shape (…, periods) becomes (…, count, WARMTHS)."""
    day = DAY_MINUTES // step_minutes
    summed = np.cumsum(np.concatenate([np.zeros((*path_c.shape[:-1], 1)), path_c], axis=-1), axis=-1)
    mean = (summed[..., day:] - summed[..., :-day]) / day
    return np.stack([path_c[..., -count:], mean[..., -count:]], axis=-1)


def table_of(clock: Clock, warmth_c: Array | None) -> tuple[Array, Array]:
    """Columns of flat periods and the penalty of each; `warmth_c` of shape (periods, WARMTHS)."""
    columns, penalties = clock.columns()
    if warmth_c is None:
        return columns, penalties
    degrees = hinges(warmth_c)
    spread = degrees[:, :, None] * clock.angles().reshape(-1, 1, HARMONIC_ANGLES)
    each = np.full((degrees.shape[1], HARMONIC_ANGLES), PENALTY_HARMONIC)
    each[:, 0] = PENALTY_WARMTH
    return np.concatenate([columns, spread.reshape(len(columns), -1)], axis=1), np.concatenate(
        [penalties, each.ravel()]
    )


@dataclass(frozen=True, slots=True)
class LoadShape:
    """A fitted shape: what is drawn at an hour and a warmth, in the unit it was learnt in."""

    weights: Array
    strength: float
    block_s: int
    left_out: tuple[NDArray[np.int64], Array]
    """Blocks since 1970 that were learnt from, rising, and weights learnt without each; shape (blocks, columns)."""
    warm: bool

    def values(self, clock: Clock, warmth_c: Array | None, weights: Array | None = None) -> Array:
        """Values at periods; `warmth_c` may have scenarios in front: (…, *periods, WARMTHS) becomes (…, *periods)."""
        used = self.weights if weights is None else weights
        table, _ = clock.columns()
        plain = (table @ used[: table.shape[1]]).reshape(clock.slot.shape)
        if not self.warm or warmth_c is None:
            return np.asarray(plain)
        slopes = clock.angles() @ used[table.shape[1] :].reshape(-1, HARMONIC_ANGLES).T
        return np.asarray(plain + np.einsum("...k,...k->...", hinges(warmth_c), slopes))

    def unseen(self, starts_s: NDArray[np.int64], clock: Clock, warmth_c: Array | None) -> Array:
        """Values at periods, each by the weights learnt without its block: an honest look at the past."""
        values = self.values(clock, warmth_c)
        blocks, weights = self.left_out
        own = starts_s // self.block_s
        for block, one in zip(blocks, weights, strict=True):
            here = own == block
            if here.any():
                part = Clock(clock.slot[here], clock.kind[here], clock.slots)
                values[here] = self.values(part, None if warmth_c is None else warmth_c[here], one)
        return values


def fitted_shape(starts_s: NDArray[np.int64], clock: Clock, warmth_c: Array | None, values: Array) -> LoadShape:
    """Learn a shape from a record; shapes (periods,), (periods, WARMTHS), (periods,); rows with a NaN are left out."""
    table, penalties = table_of(clock, warmth_c)
    span_s = int(starts_s[-1] - starts_s[0])
    block_s = max(DAY_S, min(FORTNIGHT_S, span_s // BLOCKS_MIN // DAY_S * DAY_S))
    whole = np.isfinite(values) & np.isfinite(table).all(axis=1)
    table, values, block = table[whole], values[whole], starts_s[whole] // block_s
    blocks = np.unique(block)
    parts = [(table[block == one], values[block == one]) for one in blocks]
    squares = np.stack([part.T @ part for part, _ in parts])
    products = np.stack([part.T @ value for part, value in parts])
    tried = []
    for strength in STRENGTHS:
        ridge = np.diag(strength * penalties + TINY)
        without = np.linalg.solve(squares.sum(0) - squares + ridge, (products.sum(0) - products)[..., None])[..., 0]
        missed = sum(float(np.abs(value - part @ one).sum()) for (part, value), one in zip(parts, without, strict=True))
        tried.append((missed, strength, without))
    _, strength, without = min(tried, key=lambda one: one[0])
    weights = np.linalg.solve(squares.sum(0) + np.diag(strength * penalties + TINY), products.sum(0))
    return LoadShape(weights, strength, block_s, (blocks, without), warmth_c is not None)


def around_level(values: Array, step_minutes: int) -> Array:
    """Values less the mean of the week around each: the clock is learnt around a level that no warmth explains."""
    week = 7 * DAY_MINUTES // step_minutes
    summed = np.cumsum(np.concatenate([[0.0], np.nan_to_num(values)]))
    seen = np.cumsum(np.concatenate([[0], np.isfinite(values)]))
    place = np.arange(len(values))
    # At the ends the week is moved inwards, so that it holds each day of the week once.
    first = np.clip(place - week // 2, 0, max(0, len(values) - week))
    last = np.minimum(first + week, len(values))
    count = seen[last] - seen[first]
    return np.asarray(values - np.where(count > 0, (summed[last] - summed[first]) / np.maximum(count, 1), np.nan))
