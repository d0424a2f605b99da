"""Are the scores what their papers say? Hand cases, laws, and two judges: scoringrules and utilsforecast."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest
import scoringrules
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from utilsforecast import losses as nixtla

from wattloom.domain.errors import InputError, MissingData
from wattloom.forecast.metrics import (
    bias,
    crossings,
    crps,
    crps_by_point,
    inside_by_point,
    interval_score_by_point,
    kdd_cup_2022,
    kdd_cup_2022_counted,
    level_widths,
    mae,
    mase,
    only,
    peak_weights,
    pinball,
    pinball_by_point,
    pit_shares,
    rcrps,
    reliability,
    rmae,
    rmse,
    seasonal_error,
    sql,
    wape,
    width_by_point,
    wql,
)

NAN = np.nan
LEVELS = (0.1, 0.3, 0.5, 0.7, 0.9)
NINE = tuple(np.round(np.arange(1, 10) / 10, 1))
powers = st.floats(-1e4, 1e4, allow_nan=False, width=32).map(float)


def rising(shape: tuple[int, ...]) -> st.SearchStrategy[NDArray[np.float64]]:
    return arrays(np.float64, shape, elements=powers).map(lambda drawn: np.sort(drawn, axis=-1))


def made_up(count: int = 300, seed: int = 0) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Quantiles of normals about drifting middles, and outcomes from them."""
    random = np.random.default_rng(seed)
    middle = random.normal(50, 10, count)
    spread = np.array([NormalDist().inv_cdf(level) for level in LEVELS])
    return middle[:, None] + 5 * spread, middle + 5 * random.normal(size=count)


# Lines.


def test_errors_of_a_line_are_worked_by_hand() -> None:
    """Errors 1, −3 and 2 (one outcome is missing): √(14 ÷ 3), 2, 0, and 6 of 60."""
    values, outcomes = np.array([11.0, 17.0, 32.0, 5.0]), np.array([10.0, 20.0, 30.0, NAN])

    assert rmse(values, outcomes) == pytest.approx((14 / 3) ** 0.5)
    assert mae(values, outcomes) == 2.0
    assert bias(values, outcomes) == 0.0
    assert wape(values, outcomes) == pytest.approx(0.1)


def test_a_part_such_as_daytime_leaves_the_rest_out() -> None:
    outcomes = only(np.array([0.0, 10.0, 20.0]), [False, True, True])

    assert mae(np.array([5.0, 11.0, 23.0]), outcomes) == 2.0


def test_a_score_of_nothing_is_refused() -> None:
    with pytest.raises(MissingData, match="no outcome is known"):
        mae(np.ones(2), np.array([NAN, NAN]))


def test_relative_error_names_its_naive_and_uses_common_points() -> None:
    """On the points that both have: errors 1 and 1 against 4 and 2."""
    found = rmae(
        np.array([11.0, 21.0, NAN]),
        np.array([10.0, 20.0, 30.0]),
        np.array([14.0, 18.0, 999.0]),
        naive="weekly naive",
    )

    assert found.value == pytest.approx(1 / 3)
    assert str(found) == "0.333 of weekly naive"


def test_seasonal_error_skips_gaps_and_short_pasts() -> None:
    """Season 2: |3 − 1|, |2 − 2|; the second series has a gap in each pair; the third repeats itself."""
    past = np.array([[1.0, 2.0, 3.0, 2.0], [1.0, NAN, NAN, 2.0], [1.0, 2.0, 1.0, 2.0]])

    np.testing.assert_array_equal(seasonal_error(past, season_steps=2), [1.0, NAN, 0.0])


def test_scaled_errors_leave_out_series_without_a_scale() -> None:
    """Only the first series has a scale, of 1: errors 3 and 1."""
    past = np.array([[1.0, 2.0, 3.0, 2.0], [1.0, 2.0, 1.0, 2.0]])
    values, outcomes = np.array([[3.0, 1.0], [100.0, 100.0]]), np.zeros((2, 2))

    assert mase(values, outcomes, past, season_steps=2) == 2.0


def frames(
    values: dict[str, NDArray[np.float64]], outcomes: NDArray[np.float64], past: NDArray[np.float64]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two series as utilsforecast wants them."""
    series, periods = outcomes.shape
    index = {"unique_id": np.repeat(np.arange(series), periods), "ds": np.tile(np.arange(periods), series)}
    test = pd.DataFrame({**index, "y": outcomes.ravel(), **{name: line.ravel() for name, line in values.items()}})
    length = past.shape[1]
    train = pd.DataFrame(
        {
            "unique_id": np.repeat(np.arange(series), length),
            "ds": np.tile(np.arange(length), series),
            "y": past.ravel(),
        }
    )
    return test, train


def test_scaled_errors_agree_with_utilsforecast() -> None:
    random = np.random.default_rng(2)
    past, outcomes = random.gamma(2, 10, (2, 80)), random.gamma(2, 10, (2, 24))
    quantiles = np.sort(random.gamma(2, 10, (2, 24, 3)), axis=-1)
    levels = (0.1, 0.5, 0.9)
    lines = {f"q{i}": quantiles[..., i] for i in range(3)}
    test, train = frames(lines, outcomes, past)

    judged = nixtla.mase(test, ["q1"], seasonality=24, train_df=train)["q1"].mean()
    judged_sql = np.mean(
        [
            2 * nixtla.scaled_quantile_loss(test, {"q": f"q{i}"}, seasonality=24, train_df=train, q=level)["q"].mean()
            for i, level in enumerate(levels)
        ]
    )
    judged_rmae = nixtla.rmae(test[test.unique_id == 0], ["q1"], baseline="q2")["q1"].iloc[0]

    assert mase(lines["q1"], outcomes, past, season_steps=24) == pytest.approx(judged)
    assert sql(quantiles, outcomes, levels, past=past, season_steps=24) == pytest.approx(judged_sql)
    assert rmae(lines["q1"][0], outcomes[0], lines["q2"][0], naive="q2").value == pytest.approx(judged_rmae)


def test_at_the_median_quantile_losses_are_those_of_the_line() -> None:
    random = np.random.default_rng(3)
    past, outcomes, values = random.gamma(2, 10, (2, 80)), random.gamma(2, 10, (2, 24)), random.gamma(2, 10, (2, 24))

    assert wql(values[..., None], outcomes, (0.5,)) == pytest.approx(wape(values, outcomes))
    assert sql(values[..., None], outcomes, (0.5,), past=past, season_steps=24) == pytest.approx(
        mase(values, outcomes, past, season_steps=24)
    )


# Distributions.


def test_pinball_is_worked_by_hand() -> None:
    """Outcome 10; at 0.1 forecast 4: 0.1 · 6; at 0.9 forecast 12: 0.1 · 2. The missing outcome does not count."""
    quantiles = np.array([[4.0, 12.0], [0.0, 1.0]])

    assert pinball(quantiles, np.array([10.0, NAN]), (0.1, 0.9)) == pytest.approx((0.6 + 0.2) / 2)


def test_crps_agrees_with_scoringrules() -> None:
    quantiles, outcomes = made_up()

    np.testing.assert_allclose(
        crps_by_point(quantiles, outcomes, LEVELS), scoringrules.crps_quantile(outcomes, quantiles, np.array(LEVELS))
    )


def test_pinball_agrees_with_scoringrules_at_each_level() -> None:
    quantiles, outcomes = made_up()
    judged = np.mean(
        [scoringrules.quantile_score(outcomes, quantiles[:, i], level) for i, level in enumerate(LEVELS)], axis=0
    )

    np.testing.assert_allclose(pinball_by_point(quantiles, outcomes, LEVELS), judged)


def test_many_levels_come_near_the_true_crps() -> None:
    """99 quantiles of a normal: scoringrules knows the CRPS in closed form."""
    levels = tuple(np.arange(1, 100) / 100)
    quantiles = np.array([[NormalDist(3, 2).inv_cdf(level) for level in levels]])

    found = crps_by_point(quantiles, np.array([4.5]), levels, widths=level_widths(levels))

    assert found[0] == pytest.approx(scoringrules.crps_normal(4.5, 3.0, 2.0), rel=0.003)


def test_interval_score_agrees_with_scoringrules() -> None:
    quantiles, outcomes = made_up()

    np.testing.assert_allclose(
        interval_score_by_point(quantiles, outcomes, LEVELS, share=0.8),
        scoringrules.interval_score(outcomes, quantiles[:, 0], quantiles[:, -1], 0.2),
    )


def test_interval_score_is_worked_by_hand() -> None:
    """From 2 to 6; 9 lies 3 outside: 4 + 2 ÷ 0.2 · 3."""
    found = interval_score_by_point(np.array([[2.0, 6.0]]), np.array([9.0]), (0.1, 0.9), share=0.8)

    assert found[0] == pytest.approx(34.0)


def test_relative_crps_divides_by_the_range_of_outcomes() -> None:
    """Outcomes 0 to 100: the range from the 1st to the 99th percentile is 98."""
    outcomes = np.arange(101.0)
    quantiles = np.repeat(outcomes[:, None] + 4.9, 1, axis=1)

    assert crps(quantiles, outcomes, (0.5,)) == pytest.approx(4.9)
    assert rcrps(quantiles, outcomes, (0.5,)) == pytest.approx(0.05)


def test_peaks_weigh_ten_times_the_calm() -> None:
    """P99 of |y| over 0 … 100 is 99: weights 0.1 up to 9.9, then |y| ÷ 99, 1 at the top."""
    outcomes = -np.arange(101.0)

    found = peak_weights(outcomes)

    assert found[[0, 5, 50, 99, 100]].tolist() == pytest.approx([0.1, 0.1, 50 / 99, 1.0, 1.0])


def test_peak_weighted_crps_leaves_calm_errors_small() -> None:
    """Errors of 10 in the calm half, none at the peaks: five points of weight 0.1 and five of 1."""
    outcomes = np.array([0.0] * 5 + [100.0] * 5)
    quantiles = (outcomes + np.where(outcomes == 0, 10.0, 0.0))[:, None]

    assert crps(quantiles, outcomes, (0.5,), weights=peak_weights(outcomes)) == pytest.approx(10 * 0.5 / 5.5)


def test_crossings_are_counted_before_they_are_mended() -> None:
    assert crossings(np.array([[1.0, 3.0, 2.0], [3.0, 2.0, 1.0], [1.0, 1.0, 1.0]])) == 3


# Calibration.


def test_coverage_counts_the_ends_and_leaves_out_the_unknown() -> None:
    quantiles = np.array([[0.0, 1.0, 2.0]] * 4)

    found = inside_by_point(quantiles, np.array([2.0, 0.0, 2.1, NAN]), (0.1, 0.5, 0.9), share=0.8)

    np.testing.assert_array_equal(found, [1.0, 1.0, 0.0, NAN])


def test_width_is_the_distance_of_the_ends() -> None:
    found = width_by_point(np.array([[1.0, 2.0, 5.0]] * 2), np.array([0.0, NAN]), (0.1, 0.5, 0.9), share=0.8)

    np.testing.assert_array_equal(found, [4.0, NAN])


def test_an_interval_without_its_levels_is_refused() -> None:
    with pytest.raises(InputError, match=r"expected 0\.05 and 0\.95 among them"):
        inside_by_point(np.zeros((1, 3)), np.zeros(1), (0.1, 0.5, 0.9), share=0.9)


def test_shares_between_quantiles_are_counted() -> None:
    """Outcomes below, between, between and above two quantiles."""
    quantiles = np.array([[1.0, 3.0]] * 4)

    np.testing.assert_allclose(pit_shares(quantiles, np.array([0.0, 2.0, 2.5, 9.0]), (0.2, 0.8)), [0.25, 0.5, 0.25])


def test_zero_at_night_speaks_neither_for_nor_against() -> None:
    """All quantiles and the outcome are zero: calibrated, so the shares are the widths."""
    found = pit_shares(np.zeros((5, 3)), np.zeros(5), (0.1, 0.5, 0.9))

    np.testing.assert_allclose(found, [0.1, 0.4, 0.4, 0.1])


def test_true_quantiles_are_reliable() -> None:
    quantiles, outcomes = made_up(20_000, seed=4)

    np.testing.assert_allclose(reliability(quantiles, outcomes, LEVELS), LEVELS, atol=0.012)


def test_narrow_quantiles_are_not_reliable() -> None:
    quantiles, outcomes = made_up(5_000, seed=4)
    narrow = quantiles[:, 2:3] + (quantiles - quantiles[:, 2:3]) / 2

    found = reliability(narrow, outcomes, LEVELS)

    assert found[0] > 0.2
    assert found[-1] < 0.8


# The contest of 2022.


def test_the_contest_sums_over_turbines_and_averages_over_runs() -> None:
    """In MW: turbine 1 errs 1 and 3 (√5 and 2), turbine 2 errs 0; a second run without errors halves it."""
    outcomes = np.zeros((2, 2, 3))
    values = np.zeros((2, 2, 3))
    values[0, 0] = [1000.0, -3000.0, 9000.0]
    counted = np.array([True, True, False]) & np.ones((2, 2, 3), dtype=bool)

    assert kdd_cup_2022(values, outcomes, counted) == pytest.approx((5**0.5 + 2) / 2 / 2)


def test_the_contest_does_not_count_stopped_turbines_and_impossible_angles() -> None:
    """Good; negative power; no power in wind; no power in calm; feathered; vane at 181°; a gap."""
    found = kdd_cup_2022_counted(
        power_kw=np.array([500.0, -1.0, 0.0, 0.0, 500.0, 500.0, NAN]),
        wind_speed_m_per_s=np.array([8.0, 8.0, 8.0, 2.0, 8.0, 8.0, 8.0]),
        pitch_deg=np.array([[0.0] * 3] * 4 + [[0.0, 0.0, 90.0]] + [[0.0] * 3] * 2),
        wind_direction_deg=np.array([0.0, 0.0, 0.0, 0.0, 0.0, 181.0, 0.0]),
        nacelle_direction_deg=np.zeros(7),
    )

    assert found.tolist() == [True, False, False, True, False, False, False]


# Laws.


@given(quantiles=rising((4, 5)), outcomes=arrays(np.float64, (4,), elements=powers), factor=st.floats(0.01, 100))
@settings(max_examples=60)
def test_losses_grow_with_the_unit_and_stay_with_the_place(
    quantiles: NDArray[np.float64], outcomes: NDArray[np.float64], factor: float
) -> None:
    loss = pinball(quantiles, outcomes, LEVELS)

    assert loss >= 0
    assert pinball(quantiles * factor, outcomes * factor, LEVELS) == pytest.approx(loss * factor, rel=1e-9, abs=1e-9)
    assert pinball(quantiles + 77.0, outcomes + 77.0, LEVELS) == pytest.approx(loss, rel=1e-6, abs=1e-6)


@given(quantiles=arrays(np.float64, (4, 5), elements=powers), outcomes=arrays(np.float64, (4,), elements=powers))
@settings(max_examples=60)
def test_sorting_crossed_quantiles_never_costs(quantiles: NDArray[np.float64], outcomes: NDArray[np.float64]) -> None:
    mended = np.sort(quantiles, axis=-1)

    assert crossings(mended) == 0
    assert pinball(mended, outcomes, LEVELS) <= pinball(quantiles, outcomes, LEVELS) + 1e-9


@given(quantiles=rising((6, 5)), outcomes=arrays(np.float64, (6,), elements=powers))
@settings(max_examples=60)
def test_shares_are_a_distribution(quantiles: NDArray[np.float64], outcomes: NDArray[np.float64]) -> None:
    shares = pit_shares(quantiles, outcomes, LEVELS)

    assert (shares >= 0).all()
    assert shares.sum() == pytest.approx(1.0)


@given(values=arrays(np.float64, (8,), elements=powers), outcomes=arrays(np.float64, (8,), elements=powers))
@settings(max_examples=60)
def test_the_mean_error_is_never_above_the_root_mean_square(
    values: NDArray[np.float64], outcomes: NDArray[np.float64]
) -> None:
    assert abs(bias(values, outcomes)) <= mae(values, outcomes) * (1 + 1e-12)
    assert mae(values, outcomes) <= rmse(values, outcomes) * (1 + 1e-12)


@given(outcome=powers, quantiles=rising((1, 9)))
@settings(max_examples=60)
def test_the_interval_score_is_least_of_all_when_the_outcome_is_inside(
    outcome: float, quantiles: NDArray[np.float64]
) -> None:
    score = interval_score_by_point(quantiles, np.array([outcome]), NINE, share=0.8)[0]
    inside = inside_by_point(quantiles, np.array([outcome]), NINE, share=0.8)[0]

    width = width_by_point(quantiles, np.array([outcome]), NINE, share=0.8)[0]
    assert score == width if inside else score > width
