"""Self-use shared among users: law and refusal."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattloom.domain.errors import InputError
from wattloom.rules.allocation import self_use_by_user_mwh

ENERGY = st.floats(min_value=0.0, max_value=1e4)


@given(st.lists(st.tuples(ENERGY, ENERGY, st.floats(0.0, 1.0)), min_size=1, max_size=20))
def test_parts_sum_to_the_whole_and_never_pass_a_users_own_consumption(rows: list[tuple[float, float, float]]) -> None:
    a, b, part = (np.array(column) for column in zip(*rows, strict=True))
    whole = part * (a + b)

    parts = self_use_by_user_mwh(whole, {"a": a, "b": b})

    np.testing.assert_allclose(parts["a"] + parts["b"], whole, atol=1e-6)
    assert np.all(parts["a"] <= a + 1e-6)


def test_self_use_above_consumption_is_refused() -> None:
    with pytest.raises(InputError, match="period 1: found self-use of 9 MWh with consumption of 8 MWh"):
        self_use_by_user_mwh([5.0, 9.0], {"a": [5.0, 8.0]})
