"""Which mixture of several forecasts would have been best so far?

At each level the members' quantiles are averaged with weights that are non-negative, add up to one and are the same for
every level of a group, so that a mixture never crosses. Weights minimise the pinball loss of what was known by then:
the linear program of quantile averaging (Koenker, J. Econometrics 64, 1995), solved by exponentiated gradient steps
(Kivinen and Warmuth, Information and Computation 132, 1997), which a few members on thousands of outcomes need no
solver for, and drawn towards equal weights while the record is short.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from wattloom.domain.errors import InputError, MissingData
from wattloom.domain.text import Text
from wattloom.forecast.sight import Training
from wattloom.forecast.task import DAY_MINUTES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from wattloom.domain.forecasts import TargetKind
    from wattloom.forecast.backtest import Answers
    from wattloom.forecast.contract import Fitted, Model
    from wattloom.forecast.sight import Sight

TITLE = Text("Stack by pinball loss", "按分位损失加权的组合模型")
STEPS = 400
EXAMPLES_MAX = 4000
"""Outcomes of a group that weights are learnt from, evenly spaced over the record: weights change in the third digit
beyond that."""
PRIOR_DAYS = 14.0
"""The record at which learnt and equal weights count the same."""
SECONDS_PER_DAY = DAY_MINUTES * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Stacking:
    """How weights are learnt from past answers."""

    refit_days: float = 7.0
    memory_days: float | None = None
    """How far back outcomes count; None: all of them."""
    prior_days: float = PRIOR_DAYS


def weights_of(
    members: NDArray[np.float64], outcomes: NDArray[np.float64], levels: Sequence[float]
) -> NDArray[np.float64]:
    """Convex weights with the least pinball loss; shape (members,).

    Args:
        members: quantiles of each; shape (members, outcomes, levels).
        outcomes: shape (outcomes,); NaN does not count, nor does an outcome for which a member has no number.
        levels: of the quantiles.
    """
    usable = np.flatnonzero(np.isfinite(outcomes) & np.isfinite(members).all(axis=(0, 2)))
    if not usable.size:
        return np.full(len(members), 1.0 / len(members))
    chosen = usable[:: -(-usable.size // EXAMPLES_MAX)]
    quantiles = np.ascontiguousarray(members[:, chosen])
    return np.asarray(_descend(quantiles, outcomes[chosen], np.array(levels), STEPS))


def stacked(
    members: Sequence[Answers], *, groups: NDArray[np.int64] | None = None, how: Stacking | None = None
) -> Answers:
    """The mixture as it would have been issued: each week's weights know only outcomes known by its first origin.

    Args:
        members: answers of several models to the same task, for the same origins.
        groups: numbered from 0, each with weights of its own; shape (origins, leads) or (leads,); None: one group.
        how: the schedule of learning.
    """
    first, settings = members[0], how or Stacking()
    _same_questions(members)
    said = np.stack([one.quantiles for one in members])
    chosen = np.broadcast_to(np.int64(0) if groups is None else groups, first.outcomes.shape)
    mixed = np.empty(first.quantiles.shape)
    for rows in _weeks(first.origins_s, settings.refit_days):
        weights = _weights_by_group(first, said, chosen, int(first.origins_s[rows[0]]), settings)
        mixed[rows] = _mix(weights, said[:, rows], chosen[rows])
    return replace(first, model=f"stack of {', '.join(one.model for one in members)}", quantiles=mixed)


def _weeks(origins_s: NDArray[np.int64], days: float) -> list[NDArray[np.int64]]:
    """Positions of origins that share weights."""
    if not origins_s.size:
        return []
    number = (origins_s - origins_s[0]) // int(days * SECONDS_PER_DAY)
    return np.split(np.arange(len(origins_s)), np.flatnonzero(np.diff(number)) + 1)


def _weights_by_group(
    answers: Answers, said: NDArray[np.float64], groups: NDArray[np.int64], now_s: int, how: Stacking
) -> NDArray[np.float64]:
    """Weights from outcomes known at an instant; shape (groups, members)."""
    earliest = -np.inf if how.memory_days is None else now_s - how.memory_days * SECONDS_PER_DAY
    known = (answers.known_s <= now_s) & (answers.origins_s >= earliest)[:, None] & np.isfinite(answers.outcomes)
    equal = np.full(len(said), 1.0 / len(said))
    weights = np.tile(equal, (int(groups.max(initial=0)) + 1, 1))
    days = (now_s - max(float(answers.origins_s[0]), earliest)) / SECONDS_PER_DAY
    for group in range(len(weights)):
        own = known & (groups == group)
        if own.any():
            learnt = weights_of(said[:, own], answers.outcomes[own], answers.task.levels)
            weights[group] = (days * learnt + how.prior_days * equal) / (days + how.prior_days)
    return weights


def _mix(weights: NDArray[np.float64], said: NDArray[np.float64], groups: NDArray[np.int64]) -> NDArray[np.float64]:
    """Each forecast mixed with its group's weights; said (members, origins, leads, levels)."""
    return np.asarray(np.einsum("olm,moln->oln", weights[groups], said))


def _same_questions(members: Sequence[Answers]) -> None:
    """Refuse members that answered something else."""
    first = members[0]
    for other in members[1:]:
        same = other.task == first.task and np.array_equal(other.origins_s, first.origins_s)
        if not same or other.feed != first.feed:
            raise InputError.one(
                f"stack of {first.model} and {other.model}",
                found=f"{len(other.origins_s)} forecasts of {other.feed}, task {other.task.name}",
                expected=f"the same {len(first.origins_s)} forecasts of {first.feed}, task {first.task.name}",
                remedy="back-test all members on one task and one period",
            )


@njit(cache=True)
def _descend(
    members: NDArray[np.float64], outcomes: NDArray[np.float64], levels: NDArray[np.float64], steps: int
) -> NDArray[np.float64]:
    """Exponentiated gradient with steps that fall as 1/√t, in units of the gradient's own range; the best iterate."""
    count = len(members)
    weights = np.full(count, 1.0 / count)
    best, least = weights.copy(), np.inf
    for step in range(steps):
        loss, slope = 0.0, np.zeros(count)
        for i in range(len(outcomes)):
            for j in range(len(levels)):
                value = 0.0
                for m in range(count):
                    value += weights[m] * members[m, i, j]
                over = outcomes[i] - value
                share = levels[j] if over > 0 else levels[j] - 1.0
                loss += share * over
                for m in range(count):
                    slope[m] -= share * members[m, i, j]
        if loss < least:
            least, best = loss, weights.copy()
        width = slope.max() - slope.min()
        if width <= 0:
            break
        weights = weights * np.exp(-(slope - slope.min()) / width / np.sqrt(1.0 + step))
        weights /= weights.sum()
    return best


@dataclass(frozen=True, slots=True)
class FittedStack:
    """Fitted members and the weights of each block of leads."""

    members: tuple[Fitted, ...]
    names: tuple[str, ...]
    weights: NDArray[np.float64]
    """Shape (blocks, members)."""
    block: int
    """Leads that share weights."""

    def predict(self, sight: Sight) -> NDArray[np.float64]:
        """The members' quantiles, averaged; shape (origins, leads, levels)."""
        said = np.stack([one.predict(sight) for one in self.members])
        groups = np.broadcast_to(np.arange(sight.task.leads) // self.block, said.shape[1:3])
        return _mix(self.weights, said, groups)

    def facts(self) -> Mapping[str, float | str]:
        """The mean weight of each member, and what each says of itself."""
        shares = {f"weight {name}": float(w) for name, w in zip(self.names, self.weights.mean(axis=0), strict=True)}
        own = {
            f"{name} {key}": value
            for name, one in zip(self.names, self.members, strict=True)
            for key, value in one.facts().items()
        }
        return shares | own


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A model made of models: weights are learnt on the last part of a training that the members have not seen yet."""

    members: tuple[Model, ...]
    held_share: float = 0.25
    """Part of the origins that weights are learnt on; then every member learns from all of them."""
    block: int = 1
    """Leads that share weights."""
    name: str = "stack"
    title: Text = TITLE

    @property
    def kinds(self) -> frozenset[TargetKind]:
        """What every member can forecast."""
        return reduce(frozenset.intersection, (one.kinds for one in self.members))

    @property
    def needs(self) -> tuple[str, ...]:
        """What any member needs."""
        return tuple(dict.fromkeys(need for one in self.members for need in one.needs))

    def fit(self, trainings: Sequence[Training], *, seed: int = 0) -> FittedStack:
        """Learn weights on what was held back, then the members on everything."""
        early, late = zip(*(_parted(one, self.held_share) for one in trainings), strict=True)
        task = trainings[0].sight.task
        firsts = [one.fit(early, seed=seed) for one in self.members]
        said = np.stack([np.concatenate([one.predict(part.sight) for part in late]) for one in firsts])
        outcomes = np.concatenate([part.outcomes for part in late])
        blocks = [slice(start, start + self.block) for start in range(0, task.leads, self.block)]
        weights = [
            weights_of(said[:, :, b].reshape(len(said), -1, len(task.levels)), outcomes[:, b].ravel(), task.levels)
            for b in blocks
        ]
        members = tuple(one.fit(trainings, seed=seed) for one in self.members)
        return FittedStack(members, tuple(one.name for one in self.members), np.array(weights), self.block)


def _parted(training: Training, held_share: float) -> tuple[Training, Training]:
    """The part before and the part after a cut, the first with outcomes known at the cut only."""
    sight = training.sight
    cut = int(len(sight.origins_s) * (1.0 - held_share))
    if not 0 < cut < len(sight.origins_s):
        raise MissingData(f"{sight.about.name}: {len(sight.origins_s)} past origins are too few to hold some back")
    late = np.arange(len(sight.origins_s)) >= cut
    here = sight.only(np.arange(len(sight.origins_s)) == cut)
    # The newest outcome known at the cut says which earlier forecasts had been answered in full by then.
    early = ~late & (sight.starts_s[:, -1] <= here.newest_s()[0])
    moment = datetime.fromtimestamp(int(sight.origins_s[cut]), UTC)
    return (
        Training(sight.only(early), training.outcomes[early], moment),
        Training(sight.only(late), training.outcomes[late], training.known_by),
    )
