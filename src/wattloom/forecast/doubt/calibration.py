"""Do the quantiles come true as often as they say, also after the world has changed?

Each level of each group has an offset, in spreads of the forecast it is added to. Outcomes move it as they become
known: up by a share of the level where they lie above, down by the rest where they lie below, so that over time exactly
the level's share lies below, whatever the data do (online quantile tracking: Gibbs and Candès, NeurIPS 2021;
Angelopoulos, Candès and Tibshirani, NeurIPS 2023). Several paces learn side by side and are mixed by their own recent
pinball losses, so that none has to be guessed (Gibbs and Candès, JMLR 25, 2024). Started on a past and left still, it
is split conformal prediction with one score a level (Romano, Patterson and Candès, NeurIPS 2019).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numba import njit

from wattloom.domain.errors import InputError
from wattloom.domain.forecasts import MEDIAN
from wattloom.forecast.contract import uncrossed
from wattloom.forecast.task import DAY_MINUTES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from wattloom.forecast.backtest import Answers


HAIR = 1e-9
BLOCKS = 24
"""Groups of leads unless others are asked for."""
PACES = (0.01, 0.03, 0.1, 0.3)
"""Steps in spreads a day of issues. Errors fade by step times density: a normal score has a density of 1.02 a spread
(10 % to 90 %) at its median and 0.45 at its 10 % quantile, so these are memories of three months to a few days."""
STILL = (0.0,)
"""No learning after the start: plain split conformal prediction."""
MEMORY_DAYS = 60.0
"""Over which losses of the paces are weighed, fading exponentially."""
SHARPNESS = 10.0
"""Weights are exp(−sharpness · faded sum of losses in spreads): a pace that loses 0.01 a day more for long ends up at a
four-hundredth of the other's weight."""


@dataclass(slots=True, kw_only=True)
class Calibrator:
    """Offsets that learn as outcomes come in; a server keeps one for each station and task.

    Call `issue` on what the model says, and `learn` with what it said (not with what was issued) once outcomes are
    known. `state` and `restore` carry it over a restart.
    """

    levels: tuple[float, ...]
    groups: int
    """Groups are numbered from 0."""
    every_minutes: int = DAY_MINUTES
    """Between issues: what is learnt at one of them counts as so much time, however many outcomes came in."""
    paces: tuple[float, ...] = PACES
    limits: tuple[float, float] = (-np.inf, np.inf)
    """What the target can be, in its unit."""
    scale: float | None = None
    """Unit of offsets, in the target's; None: each forecast's own distance from its lowest to its highest level."""
    offsets: NDArray[np.float64] = field(init=False)
    """Shape (paces, groups, levels)."""
    losses: NDArray[np.float64] = field(init=False)
    """Faded sums of pinball losses; same shape."""

    def __post_init__(self) -> None:
        """Begin with quantiles as they are."""
        self.offsets = np.zeros((len(self.paces), self.groups, len(self.levels)))
        self.losses = np.zeros(self.offsets.shape)

    @property
    def mixed(self) -> NDArray[np.float64]:
        """The offsets in force, in spreads; shape (groups, levels)."""
        weights = np.exp(-SHARPNESS * (self.losses - self.losses.min(axis=0)))
        return np.asarray((weights * self.offsets).sum(axis=0) / weights.sum(axis=0))

    def issue(self, quantiles: NDArray[np.float64], groups: NDArray[np.int64]) -> NDArray[np.float64]:
        """The quantiles shifted, inside limits and in rising order; shape (…, levels) for groups of shape (…)."""
        shifted = quantiles + self.mixed[groups] * self._spread(quantiles)[..., None]
        return uncrossed(np.clip(shifted, *self.limits))

    def learn(self, quantiles: NDArray[np.float64], outcomes: NDArray[np.float64], groups: NDArray[np.int64]) -> None:
        """Move the offsets by outcomes that have become known since the last call.

        Args:
            quantiles: what the model said; shape (outcomes, levels).
            outcomes: what happened; shape (outcomes,), NaN where it is not on record.
            groups: of each outcome; shape (outcomes,).
        """
        days = self.every_minutes / DAY_MINUTES
        said, levels = np.ascontiguousarray(quantiles), np.array(self.levels)
        _learn((self.offsets, self.losses), (said, self._spread(said), outcomes, groups), levels,
               (np.array(self.paces) * days, days, np.exp(-days / MEMORY_DAYS)), self.limits)  # fmt: skip

    def start(self, quantiles: NDArray[np.float64], outcomes: NDArray[np.float64], groups: NDArray[np.int64]) -> None:
        """Set the offsets to those of split conformal prediction on a past; shapes as in `learn`."""
        spread = self._spread(quantiles)
        counts = np.isfinite(outcomes) & (spread > 0)
        scores = (outcomes[counts, None] - quantiles[counts]) / spread[counts, None]
        for group in range(self.groups):
            own = scores[groups[counts] == group]
            if len(own):
                self.offsets[:, group] = [_conformal(own[:, i], level) for i, level in enumerate(self.levels)]

    def state(self) -> dict[str, object]:
        """What it has learnt, as plain numbers for a file."""
        return {"levels": list(self.levels), "offsets": self.offsets.tolist(), "losses": self.losses.tolist()}

    def restore(self, state: Mapping[str, object]) -> None:
        """Take up what another of the same levels, groups and paces has learnt."""
        offsets, losses = np.array(state["offsets"], dtype=float), np.array(state["losses"], dtype=float)
        if state["levels"] != list(self.levels) or {offsets.shape, losses.shape} != {self.offsets.shape}:
            raise InputError.one(
                "state of a calibrator",
                found=f"levels {state['levels']} and offsets of shape {offsets.shape}",
                expected=f"levels {list(self.levels)} and offsets of shape {self.offsets.shape}",
                remedy="start it anew: the task or the groups have changed",
            )
        self.offsets, self.losses = offsets, losses

    def _spread(self, quantiles: NDArray[np.float64]) -> NDArray[np.float64]:
        """The unit of offsets for each forecast; shape (…)."""
        if self.scale is not None:
            return np.full(quantiles.shape[:-1], self.scale)
        return np.asarray(quantiles[..., -1] - quantiles[..., 0])


def calibrated(
    answers: Answers,
    *,
    groups: NDArray[np.int64] | None = None,
    paces: tuple[float, ...] = PACES,
    limits: tuple[float, float] = (-np.inf, np.inf),
    scale: float | None = None,
) -> Answers:
    """A back-test as it would have gone with a calibrator behind the model.

    Origins are walked through in time; at each, it learns from outcomes whose `known_s` is not after the origin.

    Args:
        answers: of the model alone.
        groups: numbered from 0; shape (origins, leads), or (leads,) for the same at each origin; None: by lead, in at
            most 24 blocks.
        paces: of learning, in spreads a day.
        limits: lowest and highest value of the target.
        scale: unit of offsets; None: each forecast's own spread.
    """
    chosen = _groups(answers, groups)
    calibrator = Calibrator(
        levels=answers.task.levels,
        groups=int(chosen.max(initial=0)) + 1,
        every_minutes=answers.task.every_minutes,
        paces=paces,
        limits=limits,
        scale=scale,
    )
    return followed(answers, calibrator, chosen)


def followed(answers: Answers, calibrator: Calibrator, groups: NDArray[np.int64]) -> Answers:
    """The same with a calibrator that may have learnt before; it goes on learning."""
    chosen = _groups(answers, groups)
    said, outcomes, flat = (
        answers.quantiles.reshape(-1, len(answers.task.levels)),
        answers.outcomes.ravel(),
        chosen.ravel(),
    )
    issued = np.empty(answers.quantiles.shape)
    order = np.argsort(answers.known_s, axis=None, kind="stable")
    ends = np.searchsorted(answers.known_s.ravel()[order], answers.origins_s, side="right")
    done = 0
    for origin, end in enumerate(ends):
        fresh = order[done:end]
        if fresh.size:
            calibrator.learn(said[fresh], outcomes[fresh], flat[fresh])
        done = max(done, int(end))
        issued[origin] = calibrator.issue(answers.quantiles[origin], chosen[origin])
    return replace(answers, model=f"{answers.model}, calibrated", quantiles=issued)


def by_lead(answers: Answers, *, block: int | None = None) -> NDArray[np.int64]:
    """Groups of `block` leads after one another, 24 groups at most unless told; shape (origins, leads)."""
    length = block or -(-answers.task.leads // BLOCKS)
    return np.broadcast_to(np.arange(answers.task.leads, dtype=np.int64) // length, answers.outcomes.shape)


def by_hour(answers: Answers, zone: ZoneInfo, *, hours: int = 1) -> NDArray[np.int64]:
    """Groups of `hours` hours of the day on the clock of `zone`; shape (origins, leads)."""
    starts = answers.task.starts(answers.origins_s)
    local = pd.to_datetime(starts.ravel(), unit="s", utc=True).tz_convert(zone)
    return np.asarray(local.hour, dtype=np.int64).reshape(starts.shape) // hours


def by_size(answers: Answers, edges: Sequence[float]) -> NDArray[np.int64]:
    """Groups by the middle level's value between edges, such as shares of a capacity; shape (origins, leads)."""
    middle = answers.quantiles[:, :, len(answers.task.levels) // 2]
    return np.asarray(np.searchsorted(np.asarray(edges), middle, side="right"), dtype=np.int64)


def crossed(*groupings: NDArray[np.int64]) -> NDArray[np.int64]:
    """Every combination of several groupings as a group, such as lead block and hour; same shape."""
    joined = np.zeros_like(groupings[0])
    for one in groupings:
        joined = joined * (int(one.max(initial=0)) + 1) + one
    return joined


def _groups(answers: Answers, groups: NDArray[np.int64] | None) -> NDArray[np.int64]:
    """One group for each origin and lead."""
    if groups is None:
        return by_lead(answers)
    return np.ascontiguousarray(np.broadcast_to(groups, answers.outcomes.shape), dtype=np.int64)


def _conformal(scores: NDArray[np.float64], level: float) -> float:
    """The score that a new one of the same kind falls below with at least (above the middle) or at most its level.

    Rank ⌈(n + 1) · level⌉ of n above the middle and its mirror image below it; the outermost score where n is small.
    """
    ordered, n = np.sort(scores), len(scores)
    upper = max(level, 1.0 - level)
    # A hair off, lest 0.9 · 10 round up to 10.
    rank = min(n, int(np.ceil((n + 1) * upper - HAIR)))
    return float(ordered[rank - 1] if level >= MEDIAN else ordered[n - rank])


@njit(cache=True)
def _learn(
    learnt: tuple[NDArray[np.float64], NDArray[np.float64]],
    seen: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]],
    levels: NDArray[np.float64],
    time: tuple[NDArray[np.float64], float, float],
    limits: tuple[float, float],
) -> None:
    """Move offsets by each group's mean over (quantiles, spreads, outcomes, groups); add up losses, in place.

    An outcome above pulls up by the level, one below pulls down by the rest, one at the same limit as the quantile
    does neither.
    """
    offsets, losses = learnt
    quantiles, spreads, outcomes, groups = seen
    steps, days, fade = time
    pull, loss = np.zeros(offsets.shape), np.zeros(offsets.shape)
    counts = np.zeros(offsets.shape[1])
    for i in range(len(outcomes)):
        if not (np.isfinite(outcomes[i]) and spreads[i] > 0):
            continue
        g = groups[i]
        counts[g] += 1
        for k in range(len(steps)):
            for j in range(len(levels)):
                issued = quantiles[i, j] + offsets[k, g, j] * spreads[i]
                over = outcomes[i] - min(max(issued, limits[0]), limits[1])
                pull[k, g, j] += levels[j] if over > 0 else (levels[j] - 1.0 if over < 0 else 0.0)
                loss[k, g, j] += (levels[j] * over if over > 0 else (levels[j] - 1.0) * over) / spreads[i]
    for g in range(len(counts)):
        if counts[g] > 0:
            for k in range(len(steps)):
                offsets[k, g] += steps[k] * pull[k, g] / counts[g]
                losses[k, g] = fade * losses[k, g] + days * loss[k, g] / counts[g]
