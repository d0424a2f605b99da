"""Does the watch cry when the world changes, and keep quiet when it does not?"""

from __future__ import annotations

import numpy as np
import pytest

from wattloom.domain.errors import InputError
from wattloom.forecast.serving.drift import Cause, Day, Policy, Watch, middle_share

POLICY = Policy()


def days(count: int, *, first: int = 0, loss: float = 2.0, inside: float = 0.8, seed: int = 1) -> list[Day]:
    """Losses that wander by a fifth, coverage by a tenth."""
    chance = np.random.default_rng(seed)
    return [
        Day(day=first + n, pinball=loss * chance.normal(1, 0.2), inside=inside + chance.normal(0, 0.05))
        for n in range(count)
    ]


def watching(policy: Policy = POLICY) -> Watch:
    return Watch(policy=policy, promised=tuple(days(90)), fitted_day=89, share=0.8)


def after(watch: Watch, seen: list[Day]) -> Watch:
    for day in seen:
        watch = watch.seen(day)
    return watch


def test_days_like_those_of_the_back_test_call_for_nothing() -> None:
    judged = after(watching(), days(14, first=90, seed=2)).judged()

    assert not judged.refit
    assert judged.days == 14
    assert judged.pinball < judged.pinball_limit


def test_alarms_are_rare_when_nothing_has_changed() -> None:
    """One look in a hundred for error and one for coverage at most, over 400 fortnights."""
    alarms = sum(after(watching(), days(14, first=90, seed=seed)).judged().refit for seed in range(10, 410))

    assert alarms <= 12


def test_losses_half_as_large_again_call_for_a_fit_and_say_so() -> None:
    judged = after(watching(), days(14, first=90, loss=3.0)).judged()

    assert judged.causes == (Cause.ERROR,)
    assert "% above the back-test's" in judged.reasons[0].en


def test_intervals_that_hold_too_little_call_for_a_fit() -> None:
    judged = after(watching(), days(14, first=90, inside=0.55)).judged()

    assert judged.causes == (Cause.COVERAGE,)


def test_inputs_never_seen_call_for_a_fit() -> None:
    strange = [Day(day=one.day, pinball=one.pinball, inside=one.inside, unseen={"t_c": 0.4})
               for one in days(14, first=90, seed=2)]  # fmt: skip

    judged = after(watching(), strange).judged()

    assert judged.causes == (Cause.INPUTS,)
    assert "t_c 40%" in judged.reasons[0].en


def test_a_fit_older_than_allowed_is_due_without_drift() -> None:
    judged = after(watching(), days(14, first=110, seed=2)).judged()

    assert judged.causes == (Cause.AGE,)


def test_nothing_is_judged_before_the_window_is_full_nor_right_after_a_fit() -> None:
    half = after(watching(), days(13, first=90, loss=9.0))
    fitted = after(watching(Policy(window_days=5, rest_days=7)), days(5, first=90, loss=9.0))

    assert not half.judged().refit
    assert not fitted.judged().refit
    assert half.refitted(103).recent == ()


def test_a_back_test_too_short_to_know_chance_is_refused() -> None:
    with pytest.raises(InputError, match="at least twice the window"):
        Watch(policy=POLICY, promised=tuple(days(20)), fitted_day=20, share=0.8)


def test_a_watch_is_a_value_that_no_day_changes() -> None:
    watch = watching()
    watch.seen(days(1)[0])

    assert watch.recent == ()


def test_the_middle_interval_is_the_widest_whose_ends_are_there() -> None:
    assert middle_share((0.05, 0.1, 0.5, 0.9)) == pytest.approx(0.8)
    assert middle_share((0.2, 0.5)) is None
