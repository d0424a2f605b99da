"""What will a young market's price be, when only weeks are on record and a line to hold on to?

Where a market is weeks old, one regression for each quarter of an hour has nothing to learn from. Here all periods
share theirs: how far the price will be above or below a line one would take it to be (the day-ahead price for the
real-time one; the mean of the last days for the day-ahead price). The line itself, a lasso, boosted trees and the same
time of the last day and week are weighed by what each missed on the last days, forecast without them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import lightgbm
import numpy as np

from wattloom.domain.errors import MissingData
from wattloom.domain.forecasts import MEDIAN, TargetKind
from wattloom.domain.text import Text
from wattloom.forecast.contract import uncrossed
from wattloom.forecast.learning.lasso import lasso
from wattloom.forecast.prices.day_rows import known_ahead
from wattloom.forecast.prices.period_rows import line_at, period_rows, plain_from_line
from wattloom.forecast.prices.weights import (
    Weighing,
    expert_weights,
    levels_for_one_more,
    quantiles_nearby,
    size_of_miss,
)
from wattloom.forecast.task import DAY_MINUTES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.forecast.sight import Sight, Training

TITLE = Text("Price against a line", "基准线修正电价预测")
MEMBERS = ("line", "lasso", "trees", "day before", "week before")
PRIOR = (0.4, 0.25, 0.25, 0.05, 0.05)
"""Weights before any loss is known: the line is hard to beat while the market is young."""
WEIGHING = Weighing(sharpness=2.0, own_share=0.0, neighbours=4)
"""A week of losses says little of who will be best, and less of each quarter of an hour."""
PENALTY = 0.02
"""In standard deviations of the outcome, per standard deviation of an input."""
ROUNDS = 200
TREES = {
    "objective": "regression", "learning_rate": 0.03, "num_leaves": 15, "min_data_in_leaf": 50, "feature_fraction": 0.5,
    "bagging_fraction": 0.5, "bagging_freq": 1, "num_threads": 1, "verbose": -1, "deterministic": True,
    "force_row_wise": True,
}  # fmt: skip
HELD_OUT_DAYS = 7
DAYS_MIN = 3
"""Days before those held out."""
MAD_TO_DEVIATION = 1.4826


@dataclass(frozen=True, slots=True)
class Straight:
    """A lasso on inputs in standard deviations; a missing one counts as its mean."""

    middle: NDArray[np.float64]
    spread: NDArray[np.float64]
    weights: NDArray[np.float64]
    level: float

    @classmethod
    def of(cls, inputs: NDArray[np.float64], outcomes: NDArray[np.float64]) -> Straight:
        """From examples; shapes (examples, inputs), NaN where missing, and (examples,)."""
        known = np.isfinite(inputs)
        counts = np.maximum(known.sum(axis=0), 1)
        middle = np.where(known, inputs, 0.0).sum(axis=0) / counts
        spread = np.sqrt((np.where(known, inputs - middle, 0.0) ** 2).sum(axis=0) / counts)
        spread = np.where(spread > 0, spread, 1.0)
        place = np.nan_to_num((inputs - middle) / spread)
        unit, level = float(outcomes.std()) or 1.0, float(outcomes.mean())
        cross = (outcomes - level) @ place / len(place) / unit
        mean = place.mean(axis=0)
        gram = place.T @ place / len(place) - np.outer(mean, mean)
        return cls(middle, spread, lasso(gram, cross[None, :], PENALTY)[0] * unit, level)

    def predict(self, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
        """Outcomes; shape of `inputs` without its last axis."""
        return np.asarray(self.level + np.nan_to_num((inputs - self.middle) / self.spread) @ self.weights)


@dataclass(frozen=True, slots=True)
class Members:
    """What is added to the line, by each; both learn its inverse hyperbolic sine, so that spikes do not lead."""

    straight: Straight
    trees: lightgbm.Booster
    size: float
    """Of a difference from the line, in the target's unit."""
    most: float
    """The largest on record either way, scaled."""

    @classmethod
    def of(cls, inputs: NDArray[np.float64], apart: NDArray[np.float64], seed: int) -> Members:
        """Learn from origins and leads together; shapes (origins, leads, inputs) and (origins, leads)."""
        known = np.isfinite(apart)
        rows, told = inputs[known], apart[known]
        size = MAD_TO_DEVIATION * float(np.median(np.abs(told - np.median(told)))) or 1.0
        scaled = np.arcsinh(told / size)
        trees = lightgbm.train({**TREES, "seed": seed}, lightgbm.Dataset(rows, scaled), ROUNDS)
        return cls(Straight.of(rows, scaled), trees, size, float(np.abs(scaled).max()))

    def said(self, inputs: NDArray[np.float64], plain: NDArray[np.float64]) -> NDArray[np.float64]:
        """Differences from the line by MEMBERS, the last two as given; shape (members, origins, leads)."""
        trees = np.asarray(self.trees.predict(inputs.reshape(-1, inputs.shape[-1]))).reshape(inputs.shape[:-1])
        scaled = np.stack([np.zeros_like(trees), self.straight.predict(inputs), trees])
        return np.concatenate([np.sinh(np.clip(scaled, -self.most, self.most)) * self.size, plain])


@dataclass(frozen=True, slots=True)
class FittedSpotPrice:
    """Members learnt from all days, weights and doubt from the last ones."""

    members: Members
    weights: NDArray[np.float64]
    """Shape (members, leads)."""
    missed: NDArray[np.float64]
    """By the mixture, on the days held out; shape (origins, leads)."""
    sizes: NDArray[np.float64]
    """How large each miss was expected to be; same shape."""
    line: str | None
    channels: tuple[str, ...]
    weighing: Weighing
    examples: int

    def predict(self, sight: Sight) -> NDArray[np.float64]:
        """The line with what is added, and what was missed lately in units of the miss expected."""
        about = sight.about
        taken = line_at(sight, sight.starts_s, self.line)
        if np.isnan(taken).any():
            raise MissingData(f"{about.name}: no {self.line or 'price of the last days'} to hold on to in some periods")
        said = self.members.said(period_rows(sight, self.line, self.channels), plain_from_line(sight, taken))
        value = (self.weights[:, None, :] * said).sum(axis=0)
        levels = levels_for_one_more(sight.task.levels, len(self.missed))
        near = self.weighing.neighbours
        relative = quantiles_nearby(self.missed / self.sizes, levels, near)
        relative -= quantiles_nearby(self.missed / self.sizes, (MEDIAN,), near)  # A week's bias is mostly chance.
        size = np.stack([size_of_miss(said[:, one] - value[one], self.missed, self.weighing)
                         for one in range(len(value))])  # fmt: skip
        told = (taken + value)[..., None] + size[..., None] * relative[None]
        return uncrossed(np.clip(told, about.lowest, about.highest))

    def facts(self) -> Mapping[str, float | str]:
        """Mean weights of the members and what they were learnt from."""
        shares = {f"weight {name}": float(one) for name, one in zip(MEMBERS, self.weights.mean(axis=1), strict=True)}
        return shares | {"examples": self.examples, "line": self.line or "mean of the last days"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotPrice:
    """The forecast of a young market's price."""

    line: str | None = None
    """Channel with a price published for the periods forecast; None: the mean of the last days at the same time."""
    channels: tuple[str, ...] | None = None
    """Forecasts that speak of the periods; None: every channel known for them."""
    weighing: Weighing = WEIGHING
    name: str = "spot_price"
    title: Text = TITLE
    kinds: frozenset[TargetKind] = frozenset({TargetKind.PRICE})

    @property
    def needs(self) -> tuple[str, ...]:
        """The line and the channels that were named."""
        return (*(() if self.line is None else (self.line,)), *(self.channels or ()))

    def fit(self, trainings: Sequence[Training], *, seed: int = 0) -> FittedSpotPrice:
        """Learn with the last days held out for weights and doubt, then from all days."""
        if len(trainings) != 1:
            raise MissingData(
                f"a market's prices are learnt from itself: one feed is needed, {len(trainings)} were given"
            )
        sight, outcomes = trainings[0].sight, trainings[0].outcomes
        per_day = DAY_MINUTES // sight.task.every_minutes
        if len(sight.origins_s) < (HELD_OUT_DAYS + DAYS_MIN) * per_day:
            raise MissingData(f"{sight.about.name}: fewer than {HELD_OUT_DAYS + DAYS_MIN} past days to learn from")
        channels = self.channels
        if channels is None:
            channels = tuple(one for one in sight.names if one != self.line and known_ahead(sight, one))
        inputs = period_rows(sight, self.line, channels)
        taken = line_at(sight, sight.starts_s, self.line)
        apart, plain = outcomes - taken, plain_from_line(sight, taken)
        weighing = replace(self.weighing, keeps_per_day=self.weighing.keeps_per_day ** (1 / per_day))
        weights, missed, sizes = _held_out((inputs, apart, plain), HELD_OUT_DAYS * per_day, weighing, seed)
        return FittedSpotPrice(
            Members.of(inputs, apart, seed), weights, missed, sizes, self.line, channels, weighing,
            int(np.isfinite(apart).sum()),
        )  # fmt: skip


def _held_out(
    record: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]],
    count: int,
    weighing: Weighing,
    seed: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Weights, misses and their expected sizes on the last origins, by members that have not seen them."""
    inputs, apart, plain = record
    whole = np.asarray(np.isfinite(apart).all(axis=1), dtype=np.bool_)
    if whole[len(whole) - count :].sum() < DAYS_MIN or not np.isfinite(apart[:-count]).any():
        raise MissingData("too few whole days with an outcome to weigh members by")
    held = np.flatnonzero(whole[-count:]) + len(whole) - count
    said = Members.of(inputs[:-count], apart[:-count], seed).said(inputs[held], plain[:, held])
    happened = apart[held]
    weights = expert_weights(np.abs(said - happened), np.array(PRIOR), weighing)
    value = (weights[:, None, :] * said).sum(axis=0)
    missed = happened - value
    sizes = np.stack([size_of_miss(said[:, one] - value[one], missed, weighing) for one in range(len(value))])
    return weights, missed, sizes


MODEL = SpotPrice()
