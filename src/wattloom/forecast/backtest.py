"""What would this model have said, day after day, knowing only what was known then?

Origins roll through a test period; the model is fitted anew on a stated schedule, each time on outcomes known by that
instant. What is found is every forecast with its outcome; scores are taken from it elsewhere (metrics.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from wattloom.forecast.feed import Feed
from wattloom.forecast.sight import Sight, Training, known_of, outcomes_of
from wattloom.forecast.task import Task

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.forecast.contract import Fitted, Model


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """What is tested, and how often the model learns anew."""

    start: datetime
    """First origin tested; everything before may be learnt from."""
    end: datetime
    refit_days: float = 30.0
    train_days: float | None = None
    """Length of the rolling window learnt from; None: everything before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Every forecast of a back-test with its outcome."""

    model: str
    feed: str
    task: Task
    origins_s: NDArray[np.int64]
    """Shape (origins,), rising."""
    quantiles: NDArray[np.float64]
    """Shape (origins, leads, levels)."""
    outcomes: NDArray[np.float64]
    """Shape (origins, leads); NaN where the record has a gap."""
    known_s: NDArray[np.int64]
    """When each outcome became known; shape (origins, leads). What learns from answers must not look before it."""
    fits_s: tuple[int, ...] = ()
    """Instants at which the model was fitted."""
    oracles: tuple[str, ...] = ()
    """Channels that showed what happened later: such a score is a bound, not a forecast."""


def backtest(
    model: Model,
    feed: Feed,
    task: Task,
    period: Period,
    *,
    teachers: Sequence[Feed] | None = None,
    seed: int = 0,
) -> Answers:
    """Roll a model through a period of one feed.

    Args:
        model: the unfitted model.
        feed: what is forecast.
        task: when, and which periods.
        period: what is tested and when the model learns anew.
        teachers: feeds learnt from, each up to the same cut-offs; None: the feed's own past. Without the feed itself,
            it is a station that the model has never seen.
        seed: of whatever is random in a fit.
    """
    origins = task.origins(period.start, period.end, feed.zone)
    learnt_from = [feed] if teachers is None else teachers
    quantiles, fits = [], []
    for first, last in _stretches(period):
        chosen = origins[(origins >= first.timestamp()) & (origins < last.timestamp())]
        if not chosen.size:
            continue
        fitted = _fitted(model, learnt_from, task, first, period, seed)
        quantiles.append(fitted.predict(Sight(feed, task, chosen)))
        fits.append(int(first.timestamp()))
    return Answers(
        model=model.name,
        feed=feed.name,
        task=task,
        origins_s=origins,
        quantiles=np.concatenate(quantiles) if quantiles else np.empty((0, task.leads, len(task.levels))),
        outcomes=outcomes_of(feed, task, origins),
        known_s=known_of(feed, task, origins),
        fits_s=tuple(fits),
        oracles=Sight(feed, task, origins).oracles,
    )


def _stretches(period: Period) -> list[tuple[datetime, datetime]]:
    """The test period cut at the instants of a new fit."""
    cuts, moment = [], period.start.astimezone(UTC)
    while moment < period.end:
        following = min(moment + timedelta(days=period.refit_days), period.end.astimezone(UTC))
        cuts.append((moment, following))
        moment = following
    return cuts


def _fitted(
    model: Model,
    teachers: Sequence[Feed],
    task: Task,
    known_by: datetime,
    period: Period,
    seed: int,
) -> Fitted:
    """The model, learnt from what was known by an instant."""
    start = None if period.train_days is None else known_by - timedelta(days=period.train_days)
    return model.fit([Training.until(feed, task, known_by, start=start) for feed in teachers], seed=seed)
