"""How much will the wind give, as what blows now fades into what is usual, or into what a forecast of it says?

For each lead a ridge regression of power, as a share of capacity, on the farm's last hours, its neighbours' and a
fitted power curve of forecast or measured wind: persistence where leads are short, mean reversion where they are long,
with the weights between them learnt. Which traits help and how strong the ridge is are chosen on the last quarter of
the training, as seen from before it. Doubt is a spread that depends on the power foretold and on recent unrest, with
quantiles of what was left, by power foretold.

The doubt of wind power depends on its level: Pinson, J. Royal Statistical Society C 61 (2012) 555-576. Neighbours know
what comes: Tastu, Pinson, Kotwa, Madsen and Nielsen, Wind Energy 14 (2011) 43-60.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import MissingData
from wattloom.domain.forecasts import TargetKind
from wattloom.domain.text import Text
from wattloom.forecast.contract import uncrossed
from wattloom.forecast.learning.wind_traits import (
    BENT,
    NEIGHBOURS,
    OWN,
    SPEEDS,
    Curves,
    Traits,
    capacity_of,
    tellable,
    traits_of,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.forecast.sight import Sight, Training

TITLE = Text("Wind power curve and recent power", "风电功率曲线与近况模型")
BLOCKS_MAX = 24
"""Leads share weights in so many blocks at most."""
CHOICES = (
    frozenset({OWN}),
    frozenset({OWN, BENT}),
    frozenset({OWN, SPEEDS}),
    frozenset({OWN, NEIGHBOURS}),
    frozenset({OWN, BENT, NEIGHBOURS}),
    frozenset({OWN, SPEEDS, NEIGHBOURS}),
    frozenset({OWN, BENT, SPEEDS, NEIGHBOURS}),
)
STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0)
"""Of the ridge, per example and in variances of a trait."""
HELD_SHARE = 0.25
EXAMPLES_MIN = 20
"""Complete examples below which nothing is fitted."""
BIN_EXAMPLES = 150
BINS_MAX = 8
SPREAD_LEAST = 0.2
"""Least spread, as a share of its mean: a dead calm is not a promise."""


@dataclass(frozen=True, slots=True)
class Block:
    """What is known of some leads."""

    leads: slice
    centre: NDArray[np.float64]
    scale: NDArray[np.float64]
    weights: NDArray[np.float64]
    level: float
    """Mean share of capacity."""
    spread: NDArray[np.float64]
    """Weights of 1, power foretold, its square and recent unrest."""
    spread_least: float
    middles: NDArray[np.float64]
    """Power foretold in the middle of each bin; shape (bins,)."""
    left: NDArray[np.float64]
    """Quantiles of errors over spread; shape (bins, levels)."""

    def middle(self, columns: NDArray[np.float64]) -> NDArray[np.float64]:
        """Power expected, as a share."""
        return np.clip((columns - self.centre) / self.scale @ self.weights + self.level, 0.0, 1.0)

    def quantiles(self, columns: NDArray[np.float64], unrest: NDArray[np.float64]) -> NDArray[np.float64]:
        """Shares at each level; shape (examples, levels)."""
        middle = self.middle(columns)
        spread = np.maximum(_spread_traits(middle, unrest) @ self.spread, self.spread_least)
        left = np.stack([np.interp(middle, self.middles, one) for one in self.left.T], axis=1)
        return np.asarray(middle[:, None] + spread[:, None] * left)


@dataclass(frozen=True, slots=True)
class FittedPowerCurve:
    """Curves, and weights of each block of leads."""

    curves: Curves
    blocks: tuple[Block, ...]
    chosen: frozenset[str]
    strength: float
    examples: int

    def predict(self, sight: Sight) -> NDArray[np.float64]:
        """Quantiles inside what the farm can give."""
        traits, task, about = traits_of(sight, self.curves), sight.task, sight.about
        shares = np.empty((len(sight.origins_s), task.leads, len(task.levels)))
        for block in self.blocks:
            columns = traits.of_leads(block.leads)
            unrest = np.repeat(traits.unrest, len(columns) // max(1, len(traits.unrest)))
            found = block.quantiles(columns, unrest)
            shares[:, block.leads] = found.reshape(len(sight.origins_s), -1, len(task.levels))
        return uncrossed(np.clip(shares * capacity_of(sight), about.lowest, about.highest))

    def facts(self) -> Mapping[str, float | str]:
        """What it leans on."""
        return {
            "traits": ", ".join(sorted(self.chosen)),
            "ridge": self.strength,
            "examples": self.examples,
            "blocks of leads": len(self.blocks),
        }


@dataclass(frozen=True, slots=True)
class _Sums:
    """Sums that a ridge regression needs, of standardised columns, for the earlier and the later part."""

    centre: NDArray[np.float64]
    scale: NDArray[np.float64]
    level: float
    early: tuple[NDArray[np.float64], NDArray[np.float64], float, int]
    late: tuple[NDArray[np.float64], NDArray[np.float64], float, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerCurve:
    """The model, unfitted."""

    name: str = "power_curve"
    title: Text = TITLE
    kinds: frozenset[TargetKind] = frozenset({TargetKind.WIND})
    needs: tuple[str, ...] = ()
    choices: tuple[frozenset[str], ...] = CHOICES
    strengths: tuple[float, ...] = STRENGTHS

    def fit(self, trainings: Sequence[Training], *, seed: int = 0) -> FittedPowerCurve:  # noqa: ARG002
        """Fit curves, choose traits and ridge on the last part of the record, and fit weights on all of it."""
        spoken = [_spoken(one) for one in trainings]
        curves = Curves.of(spoken)
        traits = [traits_of(one.sight, curves) for one in spoken]
        outcomes = [one.outcomes / capacity_of(one.sight) for one in spoken]
        examples = sum(int(np.isfinite(one).any(axis=1).sum()) for one in outcomes)
        if examples < EXAMPLES_MIN:
            raise MissingData(f"{examples} past origins with outcomes; the wind model wants {EXAMPLES_MIN}")
        task = trainings[0].sight.task
        size = -(-task.leads // BLOCKS_MAX)
        leads = [slice(first, min(first + size, task.leads)) for first in range(0, task.leads, size)]
        sums = [_sums(traits, outcomes, one) for one in leads]
        groups = np.array(traits[0].groups)
        chosen, strength = self._best(sums, groups)
        used = np.isin(groups, list(chosen))
        blocks = tuple(
            _block(traits, outcomes, one, (_solved(part, used, strength), part), task.levels)
            for one, part in zip(leads, sums, strict=True)
        )
        return FittedPowerCurve(curves, blocks, chosen, strength, examples)

    def _best(self, sums: Sequence[_Sums], groups: NDArray[np.str_]) -> tuple[frozenset[str], float]:
        """Traits and ridge with the least squared error on the later part, all leads together."""
        there = frozenset(groups.tolist())
        tried = {
            (choice & there, strength): sum(_error_late(one, np.isin(groups, list(choice)), strength) for one in sums)
            for choice in self.choices
            for strength in self.strengths
        }
        return min(tried, key=lambda one: tried[one])


def _spoken(training: Training) -> Training:
    """Origins with something to speak from: power in the day before, and the wind forecast where there is one."""
    told = tellable(training.sight)
    return type(training)(training.sight.only(told), training.outcomes[told], training.known_by)


def _sums(traits: Sequence[Traits], outcomes: Sequence[NDArray[np.float64]], leads: slice) -> _Sums:
    """Sums over all farms; each one's last part is the later one."""
    columns = [one.of_leads(leads) for one in traits]
    values = [one[:, leads].ravel() for one in outcomes]
    late = [np.arange(len(one)) >= (1 - HELD_SHARE) * len(one) for one in values]
    x, y, later = np.concatenate(columns), np.concatenate(values), np.concatenate(late)
    known = np.isfinite(y)
    x, y, later = x[known], y[known], later[known]
    centre, scale, level = x.mean(axis=0), x.std(axis=0), float(y.mean())
    scale = np.where(scale > 0, scale, 1.0)
    x, y = (x - centre) / scale, y - level
    return _Sums(centre, scale, level, _part(x[~later], y[~later]), _part(x[later], y[later]))


def _part(
    x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], float, int]:
    """Products of columns, with outcomes, of outcomes; and how many."""
    return x.T @ x, x.T @ y, float(y @ y), len(y)


def _solve(
    products: NDArray[np.float64], with_outcomes: NDArray[np.float64], used: NDArray[np.bool_], penalty: float
) -> NDArray[np.float64]:
    """Ridge weights, zero for columns that are not used."""
    weights = np.zeros(len(products))
    inner = products[np.ix_(used, used)] + penalty * np.eye(int(used.sum()))
    weights[used] = np.linalg.solve(inner, with_outcomes[used])
    return weights


def _error_late(sums: _Sums, used: NDArray[np.bool_], strength: float) -> float:
    """Squared errors on the later part of weights learnt on the earlier one."""
    products, with_outcomes, _, count = sums.early
    weights = _solve(products, with_outcomes, used, strength * max(count, 1))
    products, with_outcomes, squares, _ = sums.late
    return float(squares - 2 * weights @ with_outcomes + weights @ products @ weights)


def _solved(sums: _Sums, used: NDArray[np.bool_], strength: float) -> NDArray[np.float64]:
    """Weights from both parts."""
    count = sums.early[3] + sums.late[3]
    return _solve(sums.early[0] + sums.late[0], sums.early[1] + sums.late[1], used, strength * count)


def _block(
    traits: Sequence[Traits],
    outcomes: Sequence[NDArray[np.float64]],
    leads: slice,
    fit: tuple[NDArray[np.float64], _Sums],
    levels: Sequence[float],
) -> Block:
    """Weights with the doubt that they leave."""
    weights, sums = fit
    columns = np.concatenate([one.of_leads(leads) for one in traits])
    width = len(range(*leads.indices(outcomes[0].shape[1])))
    unrest = np.concatenate([np.repeat(one.unrest, width) for one in traits])
    values = np.concatenate([one[:, leads].ravel() for one in outcomes])
    known = np.isfinite(values)
    middle = np.clip((columns - sums.centre) / sums.scale @ weights + sums.level, 0.0, 1.0)[known]
    errors, about = values[known] - middle, _spread_traits(middle, unrest[known])
    spread, *_ = np.linalg.lstsq(about, np.abs(errors), rcond=None)
    least = SPREAD_LEAST * float(np.abs(errors).mean()) + np.finfo(float).tiny
    left = errors / np.maximum(about @ spread, least)
    bins = int(np.clip(len(left) // width // BIN_EXAMPLES, 1, BINS_MAX))
    parts = np.array_split(np.argsort(middle, kind="stable"), bins)
    return Block(
        leads,
        sums.centre,
        sums.scale,
        weights,
        sums.level,
        spread,
        least,
        np.array([middle[one].mean() for one in parts]),
        np.array([np.quantile(left[one], levels) for one in parts]),
    )


def _spread_traits(middle: NDArray[np.float64], unrest: NDArray[np.float64]) -> NDArray[np.float64]:
    """What doubt depends on."""
    return np.stack([np.ones_like(middle), middle, middle**2, unrest], axis=1)


MODEL = PowerCurve()
