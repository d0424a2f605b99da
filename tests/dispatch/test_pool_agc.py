"""Is what is measured of a pool on its signal what a stopwatch would say?"""

from __future__ import annotations

import numpy as np
import pytest

from wattloom.dispatch.pool_agc import Follower, drawn_signal, follow_signal


def test_one_step_is_measured_as_by_hand() -> None:
    # 10 MW at 60 MW/min, so 1 MW a second, 2 s late. Second 2 draws 1 MW, which leaves the band of 0.1 MW: delay 2 s.
    # It is there in second 11, ten seconds later: 10 MW in 10 s are 60 MW/min. Then it stands: no error, 10 MW moved.
    signal = np.concatenate([np.zeros(60), np.full(60, 10.0)])
    battery = Follower(name="battery", give_mw=10, take_mw=10, ramp_mw_per_min=60, delay_s=2)

    found = follow_signal(signal, [battery], capacity_mw=10)

    assert found.delay_s == 2
    assert found.rate_mw_per_min == pytest.approx(60.0)
    assert found.error_mw == pytest.approx(0.0)
    assert found.mileage_mw == pytest.approx(10.0)
    assert found.total_mw[60:64].tolist() == pytest.approx([0.0, 0.0, 1.0, 2.0])


def test_the_quickest_moves_first_and_the_slow_one_takes_the_rest() -> None:
    signal = np.full(120, 6.0)
    quick = Follower(name="quick", give_mw=4, take_mw=4, ramp_mw_per_min=240, delay_s=0)
    slow = Follower(name="slow", give_mw=4, take_mw=0, ramp_mw_per_min=6, delay_s=10)

    found = follow_signal(signal, [slow, quick], capacity_mw=6)

    assert found.power_mw["quick"][-1] == pytest.approx(4.0)
    assert found.power_mw["slow"][-1] == pytest.approx(2.0)
    assert found.by_member_mw == pytest.approx({"slow": 2.0, "quick": 4.0})
    assert found.mileage_mw == pytest.approx(6.0)


def test_a_member_that_cannot_take_leaves_the_downward_side_short() -> None:
    signal = np.concatenate([np.zeros(60), np.full(60, -5.0)])
    load = Follower(name="load", give_mw=5, take_mw=0, ramp_mw_per_min=300, delay_s=0)

    found = follow_signal(signal, [load], capacity_mw=5)

    assert found.mileage_mw == 0.0
    assert found.error_mw == pytest.approx(5.0)


def test_an_empty_store_goes_back_to_rest() -> None:
    # 60 MW for a minute are 1 MWh; there is half of that, used up after 30 s.
    store = Follower(
        name="store", give_mw=60, take_mw=60, ramp_mw_per_min=36_000, delay_s=0, energy_mwh=(0.5, 0.5)
    )  # fmt: skip

    found = follow_signal(np.full(60, 60.0), [store], capacity_mw=60)

    assert int(np.count_nonzero(found.power_mw["store"] > 0)) == 30


def test_a_drawn_signal_keeps_its_capacity_and_its_seed() -> None:
    signal = drawn_signal(8.0, minutes=60, seed=3)

    assert signal.size == 3600
    assert np.abs(signal).max() <= 8.0
    assert np.array_equal(signal, drawn_signal(8.0, minutes=60, seed=3))
    assert not np.array_equal(signal, drawn_signal(8.0, minutes=60, seed=4))
