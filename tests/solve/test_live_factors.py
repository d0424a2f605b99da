"""Can every number of a program in the solver's hands be read and changed by name, factors too?"""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from wattloom.domain.time import TimeAxis
from wattloom.solve.live import Live
from wattloom.solve.program import Program

AXIS = TimeAxis(datetime(2026, 1, 1, tzinfo=UTC), 60, 3)


def opened() -> tuple[Program, Live]:
    """Buy what 2 MW of computing draw at factors 1.1, 1.2 and 1.3 of overhead."""
    program = Program(AXIS)
    bought, computing = program.flow("bought", upper=10.0), program.flow("computing", lower=2.0)
    factor = program.series([1.1, 1.2, 1.3])
    program.require("balance", bought - factor * computing == 0)
    program.cost("energy", (program.series([5.0, 6.0, 7.0]) * bought).sum())
    return program, program.open()


def test_numbers_are_read_by_name() -> None:
    _, live = opened()

    assert (live.flows, live.requirements) == (("bought", "computing"), ("balance",))
    assert live.bounds("bought")[1] == pytest.approx([10.0] * 3)
    assert live.cost("bought") == pytest.approx([5.0, 6.0, 7.0])
    assert live.sides("balance")[0] == pytest.approx([0.0] * 3)
    assert live.factors("balance", "computing") == pytest.approx([-1.1, -1.2, -1.3])


def test_a_changed_factor_changes_the_plan_and_the_certificate_counts_it() -> None:
    # 2 MW at 1.1, 1.2, 1.3 and 5, 6, 7 CNY cost 11 + 14.4 + 18.2; the last factor becomes 2: 28 in place of 18.2.
    program, live = opened()
    before = live.solve(seconds_max=10.0).objective

    live.set_factors("balance", "computing", np.array([2]), -2.0)
    after = live.solve(seconds_max=10.0)

    assert before == pytest.approx(43.6)
    assert after.objective == pytest.approx(53.4)
    assert after.report.method == "simplex, warm"
    assert program.as_linear_program().matrix.min() == pytest.approx(-1.3)


def test_both_sides_of_a_requirement_are_set_and_none_is_infinite() -> None:
    _, live = opened()

    live.set_sides("balance", lower=[0.0, 0.0, -np.inf], upper=[0.0, 1.0, np.inf])

    # The last period asks for nothing any more; the second may buy up to 1 MW more than it needs, and does not.
    assert live.solve(seconds_max=10.0).objective == pytest.approx(11.0 + 14.4)


def test_a_table_has_a_variable_for_each_label_and_period() -> None:
    program = Program(AXIS)
    flow = program.table("flow", ["a", "b"], dimension="lane", lower=1.0, upper=[[2.0], [3.0]])
    program.cost("all", flow.sum())

    solution = program.solve()

    assert solution.objective == pytest.approx(6.0)
    assert solution.value(flow).shape == (2, 3)
    assert "1 <= flow[b,2] <= 3" in program.as_text()
