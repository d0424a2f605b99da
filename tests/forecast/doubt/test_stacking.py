"""Stacking: the linear program's loss, weights from the past alone, and a model made of models."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import linprog

from wattloom.domain.errors import InputError, MissingData
from wattloom.domain.forecasts import TargetKind
from wattloom.domain.time import TimeAxis
from wattloom.forecast.backtest import Answers, Period, backtest
from wattloom.forecast.doubt.stacking import Stack, Stacking, stacked, weights_of
from wattloom.forecast.feed import Channel, Feed
from wattloom.forecast.metrics import pinball
from wattloom.forecast.models.seasonal_naive import SeasonalNaive
from wattloom.forecast.sight import Training
from wattloom.forecast.task import Task

LEVELS = (0.1, 0.5, 0.9)
NORMAL = np.array([-1.2815515655446004, 0.0, 1.2815515655446004])
DAY_S = 86_400
JANUARY = datetime(2026, 1, 1, tzinfo=UTC)


def says(centre: NDArray[np.float64], spread: float = 1.0) -> NDArray[np.float64]:
    """Normal quantiles about a centre."""
    return centre[..., None] + spread * NORMAL


def answers_of(model: str, outcomes: NDArray[np.float64], quantiles: NDArray[np.float64]) -> Answers:
    """Day-ahead answers of four periods each day."""
    task = Task(name="days", step_minutes=360, leads=4, levels=LEVELS)
    origins = int(JANUARY.timestamp()) + np.arange(len(outcomes)) * DAY_S
    return Answers(
        model=model, feed="made", task=task, origins_s=origins, quantiles=quantiles, outcomes=outcomes,
        known_s=task.starts(origins) + task.step_s,
    )  # fmt: skip


def three_members(days: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Outcomes, and members that see one half of them, the other half, or nothing."""
    random = np.random.default_rng(3)
    one, other, noise = random.standard_normal((3, days, 4))
    return one + other + 0.3 * noise, np.stack([says(1.6 * one), says(0.9 * other, 1.1), says(0 * one, 1.5)])


def loss_by_linear_program(members: NDArray[np.float64], outcomes: NDArray[np.float64]) -> float:
    """Least pinball loss over convex weights w: min Σ q·over + (1 − q)·under, w·member + over − under = outcome."""
    count, n, levels = members.shape
    rows = n * levels
    shares = np.tile(LEVELS, n)
    cost = np.concatenate([np.zeros(count), shares, 1 - shares]) / rows
    balance = np.hstack([members.reshape(count, rows).T, np.eye(rows), -np.eye(rows)])
    convex = np.concatenate([np.ones(count), np.zeros(2 * rows)])
    found = linprog(cost, A_eq=np.vstack([balance, convex]), b_eq=np.append(np.repeat(outcomes, levels), 1.0))
    return float(found.fun)


@pytest.mark.parametrize("seed", range(4))
def test_weights_reach_the_loss_of_the_linear_program(seed: int) -> None:
    random = np.random.default_rng(seed)
    outcomes = random.standard_normal(150)
    centres = outcomes * random.uniform(0, 1, (4, 1)) + random.standard_normal((4, 150)) * random.uniform(
        0.2, 1, (4, 1)
    )
    members = np.stack([says(centre, random.uniform(0.5, 1.5)) for centre in centres])

    weights = weights_of(members, outcomes, LEVELS)

    mixed = np.einsum("m,mij->ij", weights, members)
    best = loss_by_linear_program(members, outcomes)
    assert weights.sum() == pytest.approx(1.0)
    assert weights.min() >= 0.0
    assert best <= pinball(mixed, outcomes, LEVELS) <= best * 1.002


def test_a_member_that_is_always_right_gets_all_the_weight() -> None:
    outcomes = np.random.default_rng(1).standard_normal(500)
    right = np.repeat(outcomes[:, None], 3, axis=1)

    weights = weights_of(np.stack([right, says(0 * outcomes), right + 2.0]), outcomes, LEVELS)

    assert weights[0] > 0.99


def test_a_stack_of_halves_beats_both_of_them() -> None:
    outcomes, members = three_members(200)
    alone = [answers_of(f"m{i}", outcomes, one) for i, one in enumerate(members)]

    mixture = stacked(alone)

    assert pinball(mixture.quantiles[60:], outcomes[60:], LEVELS) < 0.8 * min(
        pinball(one[60:], outcomes[60:], LEVELS) for one in members
    )
    assert (np.diff(mixture.quantiles, axis=-1) >= 0).all()


def test_the_first_week_is_mixed_equally_for_nothing_is_known() -> None:
    outcomes, members = three_members(20)
    alone = [answers_of(f"m{i}", outcomes, one) for i, one in enumerate(members)]

    mixture = stacked(alone, how=Stacking(refit_days=7))

    np.testing.assert_allclose(mixture.quantiles[:7], members.mean(axis=0)[:7])
    assert (np.abs(mixture.quantiles[7:] - members.mean(axis=0)[7:]) > 1e-3).any()


def test_outcomes_that_were_not_known_at_a_refit_change_nothing() -> None:
    outcomes, members = three_members(30)
    alone = [answers_of(f"m{i}", outcomes, one) for i, one in enumerate(members)]
    later = outcomes.copy()
    later[14:] += 50.0

    first = stacked(alone).quantiles
    second = stacked([replace(one, outcomes=later) for one in alone]).quantiles

    # Weeks begin on days 0, 7, 14 and 21: the third week's weights know nothing of day 14 or later.
    assert (first[:21] == second[:21]).all()
    assert (first[21:] != second[21:]).any()


def test_groups_take_the_member_that_is_right_for_them() -> None:
    outcomes = np.random.default_rng(5).standard_normal((200, 4))
    first_half = np.array([True, True, False, False])
    members = [
        answers_of("a", outcomes, says(np.where(first_half, outcomes, 0.0), 0.5)),
        answers_of("b", outcomes, says(np.where(first_half, 0.0, outcomes), 0.5)),
    ]

    apart = stacked(members, groups=np.array([0, 0, 1, 1]))
    together = stacked(members)

    late = slice(100, 200)
    assert pinball(apart.quantiles[late], outcomes[late], LEVELS) < 0.6 * pinball(
        together.quantiles[late], outcomes[late], LEVELS
    )


def test_members_that_answered_other_questions_are_refused() -> None:
    outcomes, members = three_members(20)

    with pytest.raises(InputError, match="one task and one period"):
        stacked([answers_of("a", outcomes, members[0]), answers_of("b", outcomes[:10], members[1][:10])])


def weekly(days: int, *, noise: float) -> Feed:
    """A load with a strong week: the same as a week ago, not as yesterday."""
    axis = TimeAxis(JANUARY, 60, 24 * days)
    random = np.random.default_rng(2)
    level = np.repeat(np.tile(random.uniform(50, 100, 7), days // 7 + 1)[:days], 24)
    values = level + noise * random.standard_normal(axis.count)
    target = Channel.measured(axis, values, unit="MW", source="made")
    return Feed(name="town", kind=TargetKind.LOAD, axis=axis, zone=UTC, target=target)  # type: ignore[arg-type]


DAY, WEEK = SeasonalNaive(), SeasonalNaive(season_minutes=7 * 24 * 60)


def test_a_stack_as_a_model_leans_on_the_member_that_was_right_on_what_was_held_back() -> None:
    feed, task = weekly(140, noise=1.0), Task.day_ahead(step_minutes=60)
    cut = JANUARY + timedelta(days=112)
    model = Stack(members=(DAY, WEEK), block=6)

    fitted = model.fit([Training.until(feed, task, cut)])
    answers = backtest(model, feed, task, Period(start=cut, end=JANUARY + timedelta(days=140)))
    alone = backtest(DAY, feed, task, Period(start=cut, end=JANUARY + timedelta(days=140)))

    assert fitted.weights.shape == (4, 2)
    assert fitted.weights[:, 1].min() > 0.9
    assert model.kinds == frozenset(TargetKind)
    assert pinball(answers.quantiles, answers.outcomes, task.levels) < 0.2 * pinball(
        alone.quantiles, alone.outcomes, task.levels
    )


def test_a_stack_without_a_past_to_hold_back_says_so() -> None:
    feed, task = weekly(14, noise=1.0), Task.day_ahead(step_minutes=60)

    with pytest.raises(MissingData, match="too few"):
        Stack(members=(DAY, WEEK)).fit([Training.until(feed, task, JANUARY + timedelta(days=1))])
