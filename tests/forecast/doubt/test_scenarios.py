"""Scenarios: marginals kept to the last digit, correlations recovered, scores better than independent draws."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
import scoringrules
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import norm

from wattloom.domain.errors import InputError, MissingData
from wattloom.forecast.backtest import Answers
from wattloom.forecast.doubt.scenarios import Copula, copula_of, scenarios, shares_of, values_at
from wattloom.forecast.task import Task

LEVELS = tuple(np.arange(1, 10) / 10)
DAY_S = 86_400
LEADS = 12
LAG_ONE, BETWEEN = 0.9, 0.6
FREE = (-np.inf, np.inf)
EVER = np.iinfo(np.int64).max


def truth() -> NDArray[np.float64]:
    """Two sites correlated by 0.6, hours by 0.9 a lag."""
    lags = np.abs(np.subtract.outer(np.arange(LEADS), np.arange(LEADS)))
    return np.kron(np.array([[1.0, BETWEEN], [BETWEEN, 1.0]]), LAG_ONE**lags)


def courses(days: int, *, seed: int) -> NDArray[np.float64]:
    """Outcomes of both sites with these correlations, standard normal each; shape (days, 2, LEADS)."""
    draws = np.random.default_rng(seed).standard_normal((days, 2 * LEADS)) @ np.linalg.cholesky(truth()).T
    return draws.reshape(days, 2, LEADS)


def answers_of(outcomes: NDArray[np.float64]) -> list[Answers]:
    """One for each site, with the true quantiles."""
    task = Task(name="days", step_minutes=120, leads=LEADS, levels=LEVELS)
    origins = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) + np.arange(len(outcomes)) * DAY_S
    said = np.broadcast_to(ndtri(LEVELS), (len(outcomes), LEADS, len(LEVELS)))
    return [
        Answers(model="made", feed=f"site {site}", task=task, origins_s=origins, quantiles=said,
                outcomes=outcomes[:, site], known_s=task.starts(origins) + task.step_s)
        for site in range(2)
    ]  # fmt: skip


def normal_quantiles() -> NDArray[np.float64]:
    """As issued for both sites and every lead."""
    return np.broadcast_to(ndtri(LEVELS), (2, LEADS, len(LEVELS)))


def independent() -> Copula:
    """Nothing goes together."""
    return Copula(np.eye(2 * LEADS), ("site 0", "site 1"), LEADS, 1.0, 0)


def test_each_period_keeps_the_values_of_its_own_distribution() -> None:
    copula = copula_of(answers_of(courses(200, seed=1)), known_by_s=EVER)

    drawn = scenarios(copula, normal_quantiles(), LEVELS, count=20, limits=(FREE, FREE), seed=4)

    # Twenty scenarios stand at 2.5 %, 7.5 %, …; the tenth at 47.5 %, a quarter of the way from the median to 40 %.
    expected = values_at(ndtri(LEVELS)[None], LEVELS, (np.arange(20) + 0.5) / 20)[0]
    assert expected[9] == pytest.approx(0.75 * 0 + 0.25 * ndtri(0.4))
    assert (np.sort(drawn, axis=0) == expected[:, None, None]).all()
    assert ((drawn >= ndtri(0.1)) & (drawn <= ndtri(0.9))).mean() == 0.8


def test_correlations_in_time_and_between_sites_are_recovered() -> None:
    copula = copula_of(answers_of(courses(400, seed=2)), known_by_s=EVER)

    drawn = scenarios(copula, normal_quantiles(), LEVELS, count=2000, limits=(FREE, FREE), seed=5)

    of_draws = np.corrcoef(drawn.reshape(2000, -1).T)
    # Scores at a place have errors of about (1 − r²)/√400.
    assert np.abs(copula.correlation - truth()).max() < 0.12
    assert np.abs(of_draws - truth()).max() < 0.15
    assert of_draws[0, 1] == pytest.approx(LAG_ONE, abs=0.04)
    assert of_draws[0, LEADS] == pytest.approx(BETWEEN, abs=0.08)


@pytest.mark.parametrize("days", [12, 30, 100])
def test_shrinkage_comes_nearer_to_the_truth_than_the_record_alone(days: int) -> None:
    outcomes = courses(days, seed=3)

    copula = copula_of(answers_of(outcomes), known_by_s=EVER)

    alone = np.corrcoef(outcomes.reshape(days, -1).T)
    assert np.square(copula.correlation - truth()).sum() < 0.5 * np.square(alone - truth()).sum()
    assert 0 < copula.shrinkage <= 1
    np.linalg.cholesky(copula.correlation)


def test_energy_and_variogram_scores_of_scoringrules_are_better_than_of_independent_draws() -> None:
    copula = copula_of(answers_of(courses(120, seed=6)), known_by_s=EVER)
    judged = courses(250, seed=7).reshape(250, -1)

    both = [
        scenarios(one, normal_quantiles(), LEVELS, count=100, limits=(FREE, FREE), seed=8).reshape(100, -1)
        for one in (copula, independent())
    ]

    for score in (scoringrules.es_ensemble, scoringrules.vs_ensemble):
        ours, theirs = (np.array([score(y, drawn) for y in judged]) for drawn in both)
        better = theirs - ours
        assert better.mean() > 3 * better.std() / np.sqrt(len(better))


def test_the_sum_over_sites_and_hours_is_covered_by_scenarios_and_not_by_independent_draws() -> None:
    copula = copula_of(answers_of(courses(200, seed=9)), known_by_s=EVER)
    sums = courses(500, seed=10).sum(axis=(1, 2))

    shares = []
    for one in (copula, independent()):
        drawn = scenarios(one, normal_quantiles(), LEVELS, count=500, limits=(FREE, FREE), seed=11).sum(axis=(1, 2))
        low, high = np.quantile(drawn, (0.1, 0.9))
        shares.append(float(((sums >= low) & (sums <= high)).mean()))

    assert shares[0] == pytest.approx(0.8, abs=0.06)
    assert shares[1] < 0.45


def test_outcomes_known_later_do_not_count() -> None:
    outcomes = courses(40, seed=12)
    answers = answers_of(outcomes)
    known_by_s = int(answers[0].origins_s[30])
    later = outcomes.copy()
    later[30:] = 99.0

    first, second = (copula_of(answers_of(one), known_by_s=known_by_s) for one in (outcomes, later))

    assert (first.correlation == second.correlation).all()
    assert first.examples == 30


def test_values_and_shares_of_a_hand_worked_distribution() -> None:
    quantiles, levels = np.array([[2.0, 4.0, 8.0]]), (0.2, 0.5, 0.8)

    # Slope of the lowest third: 2 MW over 0.3; the tail falls by 0.2 · 2 / 0.3 MW each time the share falls e-fold.
    assert values_at(quantiles, levels, np.array([0.35, 0.65, 0.2 / np.e]))[0].tolist() == pytest.approx(
        [3.0, 6.0, 2.0 - 4 / 3]
    )
    assert shares_of(quantiles, levels, np.array([6.0])).tolist() == pytest.approx([0.65])


def test_tails_of_a_normal_distribution_are_nearly_met() -> None:
    found = values_at(ndtri(LEVELS)[None], LEVELS, np.array([0.01, 0.05, 0.95, 0.99]))[0]

    assert found == pytest.approx(norm.ppf([0.01, 0.05, 0.95, 0.99]), abs=0.08)


def test_an_outcome_within_a_heap_of_levels_lies_in_the_middle_of_it() -> None:
    quantiles = np.array([[0.0, 0.0, 0.0, 5.0], [1.0, 3.0, 3.0, 5.0]])

    shares = shares_of(quantiles, (0.2, 0.4, 0.6, 0.8), np.array([0.0, 3.0]))

    assert shares.tolist() == pytest.approx([0.3, 0.5])


@effort(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(0.1, 10), min_size=4, max_size=4),
    st.floats(0.001, 0.999),
)
def test_the_share_of_the_value_at_a_share_is_that_share(steps: list[float], share: float) -> None:
    quantiles, levels = np.cumsum(steps)[None], (0.1, 0.3, 0.7, 0.9)

    value = values_at(quantiles, levels, np.array([share]))[0]

    assert shares_of(quantiles, levels, value)[0] == pytest.approx(share, abs=1e-9)


def test_scenarios_stay_inside_what_a_site_can_give() -> None:
    drawn = scenarios(independent(), normal_quantiles(), LEVELS, count=50, limits=((0.0, 1.0), FREE), seed=1)

    assert drawn[:, 0].min() == 0.0
    assert drawn[:, 0].max() == 1.0
    assert drawn[:, 1].min() < -1.0


def test_too_short_a_record_and_another_shape_are_refused() -> None:
    with pytest.raises(MissingData, match="scenarios want 10"):
        copula_of(answers_of(courses(9, seed=1)), known_by_s=EVER)
    with pytest.raises(InputError, match="2 sites and 12 periods"):
        scenarios(independent(), normal_quantiles()[:1], LEVELS, count=2, limits=(FREE,), seed=1)
