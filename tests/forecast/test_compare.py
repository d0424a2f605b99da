"""Do intervals and tests say what their papers say? Judged by hand and by scipy."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from scipy import stats

from wattloom.domain.errors import InputError, MissingData
from wattloom.forecast.compare import (
    block_interval,
    block_mean_interval,
    by_day,
    coverage_interval,
    diebold_mariano,
    difference_interval,
    overlapping_origins,
    root_skill,
    skill_interval,
    wilson_interval,
    win_rate,
)
from wattloom.forecast.task import Task

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")


def remembering(days: int, memory: float, seed: int) -> np.ndarray:
    """Days that each keep a share of the day before."""
    noise = np.random.default_rng(seed).normal(size=days + 50)
    values = np.zeros(days + 50)
    for day in range(1, days + 50):
        values[day] = memory * values[day - 1] + noise[day]
    return values[50:]


def test_a_constant_has_no_doubt() -> None:
    found = block_mean_interval(np.full(30, 2.5))

    assert (found.value, found.low, found.high) == (2.5, 2.5, 2.5)


def test_the_mean_is_that_of_points_not_of_days() -> None:
    """Day one has one known point, day two three: (8 + 0 + 0 + 0) ÷ 4."""
    found = block_mean_interval([[8.0, np.nan, np.nan], [0.0, 0.0, 0.0]], block_days=1)

    assert found.value == 2.0
    assert found.low == 0.0
    assert found.high == 8.0


def test_blocks_of_a_day_agree_with_scipys_bootstrap() -> None:
    values = np.random.default_rng(3).gamma(2.0, size=200)
    judge = stats.bootstrap((values,), np.mean, n_resamples=4000, method="percentile", rng=np.random.default_rng(8))

    found = block_mean_interval(values, block_days=1, draws=4000)

    assert found.low == pytest.approx(judge.confidence_interval.low, abs=0.02)
    assert found.high == pytest.approx(judge.confidence_interval.high, abs=0.02)


def test_whole_blocks_hold_the_true_mean_where_single_days_do_not() -> None:
    """Days that keep 0.7 of the day before: the variance of the mean is (1 + 0.7) ÷ (1 − 0.7) times noise's."""

    def held(block: int) -> float:
        found = [block_mean_interval(remembering(200, 0.7, seed), block_days=block, draws=500) for seed in range(200)]
        return float(np.mean([one.low <= 0 <= one.high for one in found]))

    assert held(1) < 0.75
    assert held(14) > 0.85


def test_the_same_seed_draws_the_same_interval() -> None:
    values = remembering(60, 0.3, 1)

    assert block_mean_interval(values, seed=4) == block_mean_interval(values, seed=4)
    assert block_mean_interval(values, seed=4) != block_mean_interval(values, seed=5)


def test_one_block_cannot_be_drawn_from() -> None:
    with pytest.raises(InputError, match="13 days in blocks of 7; expected at least 2 blocks"):
        block_mean_interval(np.ones(13), block_days=7)


def test_nothing_known_gives_no_interval() -> None:
    with pytest.raises(MissingData, match="without a single known value"):
        block_mean_interval(np.full(20, np.nan))


def test_skill_is_one_less_the_ratio_of_losses() -> None:
    """Losses 1 and 3 against 4 and 4: 1 − 4 ÷ 8; on the third day one is unknown, so neither counts."""
    found = skill_interval([1.0, 3.0, np.nan], [4.0, 4.0, 100.0], block_days=1)

    assert found.value == 0.5
    assert 0.25 <= found.low <= found.high <= 0.75


def test_skill_in_the_root_takes_roots_of_means() -> None:
    """Mean squares 4 and 16: 1 − 2 ÷ 4."""
    found = block_interval(root_skill, [2.0, 6.0], [12.0, 20.0], block_days=1)

    assert found.value == 0.5


def test_paired_days_take_out_what_both_share() -> None:
    """Both forecasts have the same bad days: their difference of 1 is certain, though each mean is not."""
    bad_days = np.random.default_rng(0).gamma(1.0, 50.0, size=100)

    found = difference_interval(bad_days, bad_days + 1.0)

    assert (found.value, found.low, found.high) == pytest.approx((-1.0, -1.0, -1.0))
    assert found.clear_of_zero


def test_other_shapes_are_not_compared() -> None:
    with pytest.raises(InputError, match="the same origins and periods"):
        skill_interval(np.ones(3), np.ones(4))


def test_without_overlap_the_test_is_the_paired_t_test() -> None:
    """Horizon 1: the correction turns the biased variance into Student's."""
    random = np.random.default_rng(5)
    losses, other = random.gamma(2.0, size=40), random.gamma(2.2, size=40)
    judge = stats.ttest_rel(losses, other)

    found = diebold_mariano(losses, other)

    assert found.statistic == pytest.approx(judge.statistic, rel=1e-12)
    assert found.p_value == pytest.approx(judge.pvalue, rel=1e-12)
    assert found.p_better == pytest.approx(stats.ttest_rel(losses, other, alternative="less").pvalue, rel=1e-12)


def test_overlap_is_worked_by_hand() -> None:
    """Differences 1, 2, 3, 4 (mean 2.5): autocovariances 1.25 and 0.3125, so the variance is 1.875.

    2.5 ÷ √(1.875 ÷ 4) = 3.651484; times √((5 − 4 + 2 ÷ 4) ÷ 4) = √0.375: 2.236068.
    """
    found = diebold_mariano([1.0, 2.0, 3.0, 4.0], np.zeros(4), horizon=2)

    assert found.kernel == "rectangular"
    assert found.statistic == pytest.approx(5**0.5)
    assert found.p_value == pytest.approx(2 * stats.t.sf(5**0.5, df=3))


def test_a_variance_that_is_not_positive_takes_falling_weights() -> None:
    """Differences ±1 in turn about 0.5: autocovariances 1 and −5⁄6: 1 − 10⁄6 < 0, but 1 − 5⁄6 = 1⁄6.

    0.5 ÷ √(1⁄6 ÷ 6) = 3; times √((7 − 4 + 2 ÷ 6) ÷ 6) = √(5⁄9): 2.236068.
    """
    found = diebold_mariano([1.5, -0.5] * 3, np.zeros(6), horizon=2)

    assert found.kernel == "bartlett"
    assert found.statistic == pytest.approx(5**0.5)


def test_equal_losses_show_no_difference() -> None:
    found = diebold_mariano(np.ones(10), np.ones(10))

    assert (found.statistic, found.p_value) == (0.0, 1.0)


def test_missing_pairs_do_not_count() -> None:
    found = diebold_mariano([1.0, 2.0, np.nan, 4.0, 3.0], [0.0, 0.0, 0.0, np.nan, 0.0])

    assert found.pairs == 3
    assert found.mean_difference == 2.0


def test_equally_good_forecasts_are_told_apart_as_rarely_as_promised() -> None:
    """Overlapping errors of four origins; at 5 % the test may cry wolf in about 5 % of 400 trials."""
    random = np.random.default_rng(11)
    cries = 0
    for _ in range(400):
        noise = random.normal(size=(2, 203))
        losses = np.lib.stride_tricks.sliding_window_view(noise, 4, axis=1).mean(axis=2) ** 2
        cries += diebold_mariano(losses[0], losses[1], horizon=4).p_value < 0.05

    assert 0.02 <= cries / 400 <= 0.09


def test_two_pairs_are_too_few() -> None:
    with pytest.raises(MissingData, match="2 pairs of losses, at least 3"):
        diebold_mariano([1.0, 2.0], [2.0, 1.0])


def test_forecasts_of_every_hour_for_six_hours_overlap_six_deep() -> None:
    assert overlapping_origins(Task.intraday(step_minutes=60, leads=6)) == 6


@pytest.mark.parametrize(("inside", "days"), [(8, 10), (0, 5), (30, 30), (290, 365)])
def test_wilson_agrees_with_scipy(inside: int, days: int) -> None:
    judge = stats.binomtest(inside, days).proportion_ci(method="wilson")

    found = wilson_interval(inside / days, days)

    assert (found.low, found.high) == pytest.approx((judge.low, judge.high), abs=1e-12)


def test_coverage_counts_days_not_points() -> None:
    """Ten days of 96 points, eight in ten inside: as sure as 8 of 10, not as 768 of 960."""
    inside = np.tile(np.repeat([1.0, 0.0], [77, 19]), (10, 1))
    inside[:, 77] = np.nan

    found = coverage_interval(inside)

    assert found.value == pytest.approx(77 / 95)
    assert found.high - found.low > 0.4


def test_equal_days_are_half_won() -> None:
    assert win_rate([1.0, 2.0, 3.0, 4.0], [2.0, 2.0, 2.0, np.nan]) == pytest.approx((1 + 0.5) / 3)


def test_days_are_gathered_on_the_local_clock() -> None:
    """Hourly origins from 15:00 to 18:00 UTC: midnight in Shanghai falls at 16:00."""
    origins = int(datetime(2024, 5, 1, 15, tzinfo=UTC).timestamp()) + 3600 * np.arange(4)

    found = by_day(np.array([[1.0], [2.0], [3.0], [4.0]]), origins, SHANGHAI)

    np.testing.assert_array_equal(found, [[1.0, np.nan, np.nan], [2.0, 3.0, 4.0]])


def test_the_long_day_of_autumn_has_twenty_five_hours() -> None:
    start = int(datetime(2024, 10, 26, 22, tzinfo=UTC).timestamp())  # Midnight of 27 October in Berlin.

    found = by_day(np.arange(49.0)[:, None], start + 3600 * np.arange(49), BERLIN)

    assert found.shape == (2, 25)
    assert np.isnan(found[1]).sum() == 1
