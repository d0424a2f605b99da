"""Is a promise kept as often as it says, on draws that it never saw?"""

from __future__ import annotations

from math import comb

import numpy as np
import pytest

from wattloom.dispatch.pool_nominate import Capability, Nomination, counted, coverage, delivers, nominate, rank
from wattloom.domain.errors import InputError


def of_rates(rates: np.ndarray) -> Capability:
    """One giver with energy to spare, at one rate in each draw and period."""
    return Capability(rate_mw=rates[:, None, :], energy_mwh=np.full((len(rates), 1), np.inf), step_hours=0.25)


def test_fifty_nine_draws_are_the_fewest_for_95_percent_at_95_percent() -> None:
    # 0.95^59 = 0.0485 and 0.95^58 = 0.0510: Wilks' number.
    assert rank(59, 0.95, 0.95) == 1
    with pytest.raises(InputError, match="at least 59"):
        rank(58, 0.95, 0.95)


@pytest.mark.parametrize(("draws", "probability", "confidence"), [(200, 0.9, 0.9), (500, 0.95, 0.95), (93, 0.95, 0.8)])
def test_the_rank_is_the_largest_that_a_binomial_sum_allows(draws: int, probability: float, confidence: float) -> None:
    def too_low(lowest: int) -> float:
        """Probability that fewer than `lowest` of the draws lie below the true quantile."""
        share = 1.0 - probability
        return sum(comb(draws, k) * share**k * (1 - share) ** (draws - k) for k in range(lowest))

    found = rank(draws, probability, confidence)

    # The promise is above the true quantile only if fewer than `found` draws fell below it.
    assert too_low(found) <= 1.0 - confidence + 1e-12
    assert too_low(found + 1) > 1.0 - confidence


def test_promises_learnt_from_few_draws_hold_as_often_as_the_confidence_says() -> None:
    # What can be given is uniform on [0, 1] MW, so a promise of x is kept with the probability 1 − x exactly.
    rng, kept, times = np.random.default_rng(11), 0, 600
    for _ in range(times):
        rates = np.repeat(rng.uniform(0, 1, (200, 1)), 2, axis=1)
        promise = nominate(of_rates(rates), probability=0.9, confidence=0.9, rule="whole_event")
        kept += 1.0 - promise.mw[0] >= 0.9

    # At a confidence of 90 %: of 600 promises at least 540 less chance; the exact interval must reach 90 %.
    assert counted(kept, times).high >= 0.9
    assert kept / times <= 0.97


def test_on_unseen_draws_the_promise_is_covered() -> None:
    rng = np.random.default_rng(2)
    seen, fresh = (np.repeat(rng.normal(10, 1, (count, 1)), 4, axis=1) for count in (2000, 4000))

    promise = nominate(of_rates(seen), probability=0.95, confidence=0.95, rule="whole_event")
    (found,) = coverage(promise, of_rates(fresh))

    # The 84th lowest of 2,000 is meant: the 4.2 % quantile of N(10, 1) is 8.272, known to 0.05 (one deviation).
    assert promise.lowest == 84
    assert promise.mw[0] == pytest.approx(8.272, abs=3 * 0.05)
    assert not found.speaks_against(0.95)
    assert found.low > 0.93


def test_a_promise_that_is_too_high_is_spoken_against() -> None:
    rng = np.random.default_rng(3)
    fresh = of_rates(np.repeat(rng.normal(10, 1, (4000, 1)), 4, axis=1))
    high = Nomination(
        mw=np.full(4, 9.5), rule="whole_event", probability=0.95, confidence=0.95, draws=2000, lowest=1
    )  # fmt: skip

    (found,) = coverage(high, fresh)

    assert found.speaks_against(0.95)


def test_periods_judged_apart_are_each_covered_and_promise_no_less() -> None:
    rng = np.random.default_rng(4)
    seen, fresh = of_rates(rng.uniform(0, 1, (1000, 3))), of_rates(rng.uniform(0, 1, (3000, 3)))

    whole = nominate(seen, probability=0.9, confidence=0.95, rule="whole_event")
    each = nominate(seen, probability=0.9, confidence=0.95, rule="each_period")

    # Three independent periods: all of them above x with (1 − x)³, each with 1 − x. Roots at 0.9: 0.0345 and 0.1.
    assert whole.mw[0] == pytest.approx(0.0345, abs=0.015)
    assert each.mw == pytest.approx(np.full(3, 0.1), abs=0.03)
    assert len(coverage(each, fresh)) == 3
    assert not any(one.speaks_against(0.9) for one in coverage(each, fresh))


def test_a_store_is_counted_over_the_whole_event() -> None:
    # 4 MW and 4 MWh over eight quarters: 2 MW all through; half the draws have half of it.
    energy = np.array([[4.0], [2.0]] * 50)
    capability = Capability(rate_mw=np.full((100, 1, 8), 4.0), energy_mwh=energy, step_hours=0.25)

    assert capability.constants_mw()[:2] == pytest.approx([2.0, 1.0])
    promise = nominate(capability, probability=0.9, confidence=0.9, rule="whole_event")
    assert promise.mw[0] == pytest.approx(1.0)
    assert delivers(promise, capability).all()


def test_the_interval_is_clopper_and_pearsons() -> None:
    # 90 of 100: 0.8238 to 0.9510, as tables print it.
    found = counted(90, 100)

    assert (found.low, found.high) == pytest.approx((0.8238, 0.9510), abs=1e-4)
