"""What do the last hours and days say of the next ones?

What a forecast missed lately is partly missed again. A few traits of the newest misses (the last one, the last hours,
the last day and week, the same time on earlier days) explain those to come by ridge regression, for each lead its own
where leads are few. What remains is kept as quantiles by lead and by the level foretold.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import MissingData
from wattloom.forecast.task import DAY_MINUTES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.forecast.task import Task

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
WEEK = 7
DAYS_BACK = 8
"""Days looked back over: the same time a week ago lies within."""
TRAITS = 8
LEADS_APART_DAYS = 2
"""Up to so many days ahead each lead has weights of its own; beyond, each day ahead."""
DAYS_APART = 7
"""From here on all days ahead share their weights."""
STRENGTHS = (0.003, 0.03, 0.3, 3.0, 30.0, 300.0)
"""Of the ridge, per example and in variances of a trait."""
NOTHING, SAME_TIME_YESTERDAY = (0.0,) * TRAITS, (0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0)
HABITS = (NOTHING, SAME_TIME_YESTERDAY)
"""What weights are drawn towards: what was missed passes, or it stays."""
TINY = 1e-9
FOLDS = 6
EXAMPLES_MIN = 3


def days_back(task: Task) -> int:
    """Periods of the past that traits are taken from."""
    return DAYS_BACK * DAY_MINUTES // task.step_minutes


def traits_of(past: Array, ahead: NDArray[np.int64], step_minutes: int) -> Array:
    """What was missed lately, as seen from each lead.

    Args:
        past: what was missed, ending with the newest period known; shape (origins, days_back). For a missing
            value stands what was usual around it.
        ahead: periods from the newest known one to each period asked for, 1 the next; shape (origins, leads).
        step_minutes: of a period.

    Returns:
        shape (origins, leads, TRAITS).
    """
    day = DAY_MINUTES // step_minutes
    newest = past.shape[1] - 1
    row = np.arange(len(past))[:, None]
    same = newest - (-ahead) % day
    days = np.stack([past[row, same - one * day] for one in range(WEEK)], axis=-1)
    windows = [1, max(1, day // 8), day, WEEK * day]
    lately = [_mean(past[:, newest + 1 - window :]) for window in windows]
    silent = [np.isnan(past[:, newest + 1 - window :]).all(axis=1) for window in windows]
    lately = [np.where(none, lately[-1], one)[:, None] for none, one in zip(silent, lately, strict=True)]
    week_ago = past[row, newest - (-ahead) % (WEEK * day)]
    usual = _mean(days)
    own = [np.where(np.isnan(one), usual, one) for one in (days[..., 0], days[..., 1], usual, week_ago)]
    shape = ahead.shape
    return np.stack([np.broadcast_to(one, shape) for one in (*lately, *own)], axis=-1)


def lead_groups(task: Task) -> NDArray[np.int64]:
    """Leads that share their weights and their remaining doubt; shape (leads,)."""
    leads = np.arange(task.leads, dtype=np.int64)
    day = DAY_MINUTES // task.step_minutes
    if task.leads <= LEADS_APART_DAYS * day:
        return leads
    return np.minimum(leads // day, DAYS_APART)


@dataclass(frozen=True, slots=True)
class Carried:
    """How much of each trait comes again, by group of leads."""

    weights: Array
    """Shape (groups, TRAITS)."""
    groups: NDArray[np.int64]
    strength: float

    def ahead(self, traits: Array) -> Array:
        """What is expected to be missed; shape (origins, leads)."""
        return np.asarray(np.einsum("olk,lk->ol", traits, self.weights[self.groups]))


def fitted_carried(
    traits: Array, missed: Array, groups: NDArray[np.int64], *, horizon: int = 1
) -> tuple[Carried, Array]:
    """Learn what comes again; with it, what each example would have missed had its fold not been learnt from.

    Args:
        traits: shape (origins, leads, TRAITS), origins in order.
        missed: outcome less what the shape foretold; shape (origins, leads), NaN where nothing is known.
        groups: of leads; shape (leads,).
        horizon: how many origins in a row speak of a common period; folds are no shorter, where that leaves two.
    """
    if np.isfinite(missed).sum(axis=0).min() < EXAMPLES_MIN:
        raise MissingData("too few past origins with a known outcome to learn what carries over")
    folds = int(np.clip(len(missed) // horizon, 2, FOLDS))
    fold = np.arange(len(missed)) * folds // len(missed)
    squares, products = _moments(traits, missed, groups, fold)
    tried = []
    for towards, strength in product(HABITS, STRENGTHS):
        without = _solved(squares.sum(0) - squares, products.sum(0) - products, towards, strength)
        left = missed - np.einsum("olk,olk->ol", traits, without[fold][:, groups])
        tried.append((float(np.nanmean(np.abs(left))), strength, towards, left))
    _, strength, towards, left = min(tried, key=lambda one: one[0])
    return Carried(_solved(squares.sum(0), products.sum(0), towards, strength), groups, strength), left


def _moments(traits: Array, missed: Array, groups: NDArray[np.int64], fold: NDArray[np.int64]) -> tuple[Array, Array]:
    """Sums of squares and of products by fold and group."""
    folds, count = int(fold.max()) + 1, int(groups.max()) + 1
    squares, products = np.zeros((folds, count, TRAITS, TRAITS)), np.zeros((folds, count, TRAITS))
    seen = np.isfinite(missed)
    held = np.where(seen[..., None], traits, 0.0)
    told = np.where(seen, missed, 0.0)
    for one in range(folds):
        rows = fold == one
        for group in range(count):
            part, value = held[rows][:, groups == group].reshape(-1, TRAITS), told[rows][:, groups == group].ravel()
            squares[one, group], products[one, group] = part.T @ part, part.T @ value
    return squares, products


def _solved(squares: Array, products: Array, towards: tuple[float, ...], strength: float) -> Array:
    """Ridge weights for each leading index, drawn towards some."""
    start = np.array(towards)
    size = np.einsum("...kk->...", squares) / TRAITS
    held = (strength * size + TINY)[..., None, None] * np.eye(TRAITS)
    return np.asarray(start + np.linalg.solve(squares + held, (products - squares @ start)[..., None])[..., 0])


def _mean(values: Array) -> Array:
    """Mean along the last axis over what is there; nothing where nothing is."""
    seen = np.isfinite(values)
    return np.asarray(np.where(seen, values, 0.0).sum(axis=-1) / np.maximum(seen.sum(axis=-1), 1))
