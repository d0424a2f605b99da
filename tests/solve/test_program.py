"""Does a program, written by name, say what was meant, and does it answer by the same names?"""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from wattloom.domain.errors import Infeasible
from wattloom.domain.time import TimeAxis
from wattloom.solve.path import Path
from wattloom.solve.program import Program

AXIS = TimeAxis(datetime(2026, 7, 1, tzinfo=UTC), 60, 2)


def solar_and_grid(*, load_mw: float = 10.0, grid_mw_max: float = np.inf) -> Program:
    """Two hours of 10 MW, solar at 30 a MW with output 1 and 0.5, a grid at 20 and 40 a MWh; see `conftest`."""
    program = Program(AXIS)
    size = program.size("solar.power_mw")
    sun = program.flow("solar")
    bought = program.flow("import", upper=grid_mw_max)
    program.require("balance", sun + bought == program.series(load_mw))
    program.require("resource", sun - program.series([1.0, 0.5]) * size <= 0)
    program.cost("solar", 30.0 * size + 7.0)
    program.cost("energy", (program.series([20.0, 40.0]) * bought).sum())
    program.cost("nothing", 0.0)
    return program


def test_values_prices_and_costs_come_back_by_name() -> None:
    program = solar_and_grid()

    solution = program.solve()

    assert solution.objective == pytest.approx(507.0)
    assert solution.value(program.model.variables["import"]).values == pytest.approx([0.0, 5.0])
    assert solution.value(program.costs["solar"]) == pytest.approx(307.0)
    assert solution.value(3.5) == 3.5
    assert solution.dual("balance").values == pytest.approx([10.0, 40.0])
    assert solution.reduced_cost("solar.power_mw") == pytest.approx(0.0)


def test_dual_is_what_one_megawatt_more_costs() -> None:
    base, more = solar_and_grid(), solar_and_grid(load_mw=10.5)

    rise = more.solve().objective - base.solve().objective

    assert rise == pytest.approx(0.5 * base.solve().dual("balance").values.sum())


def test_sizes_and_couplings_are_known_to_the_path() -> None:
    program = Program(AXIS)
    program.flow("before")
    program.size("a.power_mw", upper=5.0)
    program.coupling("link", upper=3.0)
    program.size("b.power_mw")

    lp = program.as_linear_program()

    assert lp.sizes.tolist() == [2, 5]
    assert lp.coupling.tolist() == [3, 4]
    assert lp.upper[[2, 3, 4, 5]].tolist() == [5.0, 3.0, 3.0, np.inf]


def test_text_reads_like_the_program() -> None:
    assert solar_and_grid(grid_mw_max=8.0).as_text() == (
        "minimise\n"
        "  +30 solar.power_mw +20 import[0] +40 import[1] +7\n"
        "subject to\n"
        "  balance[0]: +1 solar[0] +1 import[0] = 10\n"
        "  balance[1]: +1 solar[1] +1 import[1] = 10\n"
        "  resource[0]: -1 solar.power_mw +1 solar[0] <= 0\n"
        "  resource[1]: -0.5 solar.power_mw +1 solar[1] <= 0\n"
        "bounds\n"
        "  0 <= solar.power_mw <= inf\n"
        "  0 <= solar[0] <= inf\n"
        "  0 <= solar[1] <= inf\n"
        "  0 <= import[0] <= 8\n"
        "  0 <= import[1] <= 8\n"
    )


def test_text_of_one_requirement_shows_only_what_stands_in_it() -> None:
    text = solar_and_grid().as_text(only=["resource[1]"])

    assert text == (
        "subject to\n"
        "  resource[1]: -0.5 solar.power_mw +1 solar[1] <= 0\n"
        "bounds\n"
        "  0 <= solar.power_mw <= inf\n"
        "  0 <= solar[1] <= inf\n"
    )


def test_requirement_between_numbers_that_holds_adds_nothing() -> None:
    program = solar_and_grid()

    program.require("fixed size", condition=True)
    program.require("each hour", program.series([1.0, 2.0]) <= 2.0)

    assert program.as_linear_program().matrix.shape == (4, 5)
    assert program.solve().objective == pytest.approx(507.0)


@pytest.mark.parametrize("condition", [False, np.bool_(0), np.array([True, False])], ids=["bool", "numpy", "array"])
def test_requirement_between_numbers_that_fails_is_named(condition: object) -> None:
    program = solar_and_grid()
    program.require("green share", condition)

    with pytest.raises(Infeasible, match="'green share': its numbers contradict it already"):
        program.solve()


def test_crossed_limits_are_named() -> None:
    program = solar_and_grid()
    program.flow("charged", lower=[0.0, 4.0], upper=3.0)

    with pytest.raises(Infeasible, match="limits of 'charged': at least 4 and at most 3"):
        program.solve()


def test_elastic_solve_finds_the_least_change() -> None:
    # At most 6 MW of sun and 3 of the grid: hour 2 has 3 + 3 of 10 MW. Giving way costs 1 a MW of load, 5 of a limit.
    program = solar_and_grid()
    program.require("land", program.model.variables["solar.power_mw"] <= 6.0)
    program.require("grid", program.model.variables["import"] <= 3.0)

    with pytest.raises(Infeasible):
        program.solve()
    elastic = program.elastic({"land": 0.1, "grid": 1.0})
    dear = program.elastic({"land": 3.0, "grid": 1.0})

    assert elastic.violations == pytest.approx({"land": 8.0, "grid": 0.0})
    assert elastic.solution.value(program.model.variables["solar.power_mw"]) == pytest.approx(14.0)
    assert dear.violations == pytest.approx({"land": 0.0, "grid": 1.0 + 4.0})


def test_elastic_solve_says_when_the_others_contradict_each_other() -> None:
    program = solar_and_grid(grid_mw_max=3.0)
    program.require("land", program.model.variables["solar.power_mw"] <= 6.0)
    program.require("import share", program.model.variables["import"].sum() <= 1.0)

    with pytest.raises(Infeasible):
        program.elastic({"import share": 1.0})


def test_elastic_solve_admits_that_no_amount_mends_numbers_that_contradict() -> None:
    program = solar_and_grid()
    program.require("fixed", condition=False)

    assert program.elastic({"fixed": 1.0}).violations == {"fixed": np.inf}


def test_open_program_is_solved_again_with_other_numbers() -> None:
    live = solar_and_grid().open()
    first = live.solve(seconds_max=60)

    live.set_right("balance", [10.5, 10.5])
    more = live.solve(seconds_max=60)
    live.set_cost("import", [20.0, 400.0])
    dear = live.solve(seconds_max=60)
    live.set_bounds("solar.power_mw", lower=0.0, upper=8.0)
    small = live.solve(seconds_max=60)

    assert first.objective == pytest.approx(507.0)
    assert more.objective == pytest.approx(7.0 + 30 * 10.5 + 40 * 5.25)
    assert dear.objective == pytest.approx(7.0 + 30 * 21.0)
    assert small.objective == pytest.approx(7.0 + 30 * 8 + 20 * 2.5 + 400 * 6.5)
    assert small.report.method == "simplex, warm"
    assert small.reduced_cost("solar.power_mw") == pytest.approx(30 - 20 - 0.5 * 400)


def test_open_program_without_a_plan_is_proven_so() -> None:
    # 6 + 3 of 10 MW in hour 1, and 3 + 3 in hour 2.
    live = solar_and_grid(grid_mw_max=3.0).open()
    live.solve(seconds_max=60)
    live.set_bounds("solar.power_mw", lower=0.0, upper=6.0)

    with pytest.raises(Infeasible, match="at least 5 "):
        live.solve(seconds_max=60)


def test_program_without_costs_is_solved() -> None:
    program = Program(AXIS)
    flow = program.flow("flow", lower=1.0, upper=2.0)

    solution = program.solve(Path(method="simplex"))

    assert solution.objective == 0.0
    assert solution.value(flow).values.min() >= 1.0


def test_labels_of_each_and_of_two_dimensions_are_written_out() -> None:
    program = Program(AXIS)
    months = program.each("peak", [7, 8], dimension="month")
    program.require("grid", program.flow("import") - months <= 0)

    assert "\n  grid[1,8]: -1 peak[8] +1 import[1] <= 0\n" in program.as_text()


def test_cost_item_of_the_same_name_is_refused() -> None:
    program = solar_and_grid()

    with pytest.raises(ValueError, match="give each item its own name"):
        program.cost("solar", 1.0)
