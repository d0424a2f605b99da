"""Does every road lead to the proven optimum, and does none of them believe a status?"""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from wattloom.domain.errors import Infeasible, SolveError
from wattloom.solve import path as path_module
from wattloom.solve.apart import sites_of
from wattloom.solve.boxed import boxed, costs_are_tied, load_scale
from wattloom.solve.checks import certify
from wattloom.solve.handle import Deadline, Handle
from wattloom.solve.path import Path, prove_infeasible, solve

EXACT_ROADS = ("simplex", "hipo", "ipx", "boxed")


@pytest.mark.parametrize("road", EXACT_ROADS)
def test_hand_worked_size_cost_and_prices_are_found_on_every_road(lps: SimpleNamespace, road: Any) -> None:
    answer = solve(lps.solar_and_grid(), Path(method=road, exact=True))

    assert answer.primal == pytest.approx([10.0, 10.0, 5.0, 0.0, 5.0], abs=1e-4)
    assert answer.objective == pytest.approx(300.0 + 200.0 + 7.0, rel=1e-6)
    assert answer.row_dual == pytest.approx([10.0, 40.0, -10.0, -40.0], abs=1e-4)
    assert answer.reduced_cost == pytest.approx([0.0, 0.0, 0.0, 10.0, 0.0], abs=1e-4)


def test_report_tells_method_shape_and_how_far_off(lps: SimpleNamespace) -> None:
    report = solve(lps.solar_and_grid(), Path()).report

    assert (report.method, report.rows, report.columns, report.nonzeros) == ("simplex", 4, 5, 8)
    assert report.gap < 1e-9
    assert report.max_violation < 1e-9
    assert report.cpu_s >= 0
    assert report.wall_s > 0


@pytest.mark.parametrize("seed", range(5))
def test_boxed_road_agrees_with_simplex_and_with_a_second_judge(lps: SimpleNamespace, seed: int) -> None:
    lp = lps.drawn(seed)

    around = solve(lp, Path(method="boxed", exact=True))
    straight = solve(lp, Path(method="simplex", exact=True))

    assert around.objective == pytest.approx(straight.objective, rel=1e-7)
    assert around.objective == pytest.approx(lps.judged(lp), rel=1e-6)
    assert around.primal[lp.sizes] == pytest.approx(straight.primal[lp.sizes], rel=1e-3, abs=1e-3)


@pytest.mark.parametrize("factor", [0.0, 0.7, 1.4, 3.0])
def test_wrong_first_sizes_are_widened_away(lps: SimpleNamespace, factor: float) -> None:
    lp = lps.drawn(3)
    right = solve(lp, Path(method="simplex"))

    found = boxed(lp, Deadline(60), guess=right.primal * factor)

    assert found is not None
    assert len(found.steps) > 1
    certificate = certify(lp, found.primal, found.row_dual)
    assert certificate.objective == pytest.approx(right.objective, rel=1e-8)
    certificate.demand(gap_max=1e-8)


def test_box_that_admits_no_plan_is_widened(lps: SimpleNamespace) -> None:
    # 10 MW needed in each hour and no grid in hour 2: the solar field must be 20 MW; the guess is 19.5.
    lp = lps.solar_and_grid()
    lp.upper[4] = 0.0

    found = boxed(lp, Deadline(60), guess=np.array([19.5, 0, 0, 0, 0]))

    assert found is not None
    assert "Infeasible" in found.steps[0]
    assert found.primal[0] == pytest.approx(20.0)


def test_box_leaves_no_price_of_its_own(lps: SimpleNamespace) -> None:
    lp = lps.drawn(1)

    answer = solve(lp, Path(method="boxed"))

    inside = (answer.primal[lp.sizes] > 1e-6) & np.isinf(lp.upper[lp.sizes])
    assert answer.reduced_cost[lp.sizes][inside] == pytest.approx(0.0, abs=1e-6)


def test_size_at_its_own_limit_keeps_its_price(lps: SimpleNamespace) -> None:
    # Solar may be 6 MW at most: each MW more would save 20 + 20 for 30.
    lp = lps.solar_and_grid()
    lp.upper[0] = 6.0

    answer = solve(lp, Path(method="boxed"))

    assert answer.primal[0] == pytest.approx(6.0)
    assert answer.reduced_cost[0] == pytest.approx(-10.0)


def test_box_is_as_wide_as_the_load_asks(lps: SimpleNamespace) -> None:
    assert load_scale(lps.solar_and_grid()) == 10.0


@pytest.mark.parametrize("seed", range(3))
def test_linked_sites_apart_come_near_and_say_how_near(lps: SimpleNamespace, seed: int) -> None:
    lp = lps.two_linked_sites(seed)
    exact = solve(lp, Path(method="simplex"))

    near = solve(lp, Path(method="apart"))

    assert exact.objective == pytest.approx(lps.judged(lp), rel=1e-6)
    assert -1e-9 <= near.objective / exact.objective - 1 <= 2e-3
    assert near.objective / exact.objective - 1 <= near.report.gap + 1e-4
    assert near.report.max_violation < 1e-5


def test_sites_are_the_parts_that_hold_together_without_links(lps: SimpleNamespace) -> None:
    lp = lps.two_linked_sites(0)

    parts = sites_of(lp)

    assert [(rows.size, columns.size) for rows, columns in parts] == [(5 * 48, 3 + 6 * 48)] * 2
    assert not np.isin(lp.coupling, np.concatenate([columns for _, columns in parts])).any()


@pytest.mark.parametrize("road", ["auto", *EXACT_ROADS])
def test_contradiction_is_proven_before_it_is_told(lps: SimpleNamespace, road: Any) -> None:
    # 10 MW in hour 2, 3 from the grid, 0.5 × 8 from the sun: 3 MW short; in hour 1 nothing is.
    lp = lps.solar_and_grid()
    lp.upper[0], lp.upper[4] = 8.0, 3.0

    with pytest.raises(Infeasible, match="missed by at least 3 "):
        solve(lp, Path(method=road))


def test_solver_that_cries_infeasible_is_not_believed(lps: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = Handle.run

    def crying(self: Handle, method: Any, *args: Any, **options: Any) -> Any:
        run = honest(self, method, *args, **options)
        return replace(run, ending="infeasible") if self.lp.cost.size == 5 and method == "simplex" else run

    monkeypatch.setattr(Handle, "run", crying)

    answer = solve(lps.solar_and_grid(), Path())

    assert answer.report.method == "hipo"
    assert answer.report.steps[0].startswith("simplex: the solver ended with")
    assert answer.objective == pytest.approx(507.0, rel=1e-6)


def test_feasible_program_is_not_proven_infeasible(lps: SimpleNamespace) -> None:
    prove_infeasible(lps.solar_and_grid(), Deadline(60))


def test_earning_without_limit_is_told(lps: SimpleNamespace) -> None:
    lp = lps.solar_and_grid()
    lp.cost[0] = -1.0

    with pytest.raises(SolveError, match="falls without end") as caught:
        solve(lp, Path(method="simplex"))

    assert not isinstance(caught.value, Infeasible)


@pytest.mark.parametrize(
    ("part", "wrong"),
    [("primal", "breaks a requirement"), ("row_dual", "dearer|prices are wrong")],
)
def test_falsified_answer_is_caught(
    lps: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, part: str, wrong: str
) -> None:
    honest = Handle.run

    def lying(self: Handle, *args: Any, **options: Any) -> Any:
        run = honest(self, *args, **options)
        return replace(run, **{part: getattr(run, part) * 0.99})

    monkeypatch.setattr(Handle, "run", lying)

    with pytest.raises(SolveError, match=wrong):
        solve(lps.solar_and_grid(), Path(method="simplex"))


def test_solver_that_is_not_built_in_is_refused(lps: SimpleNamespace) -> None:
    with pytest.raises(SolveError, match="refused option solver"):
        solve(lps.solar_and_grid(), Path(method="gurobi"))  # type: ignore[arg-type]


def test_running_out_of_time_is_an_error_with_a_remedy(lps: SimpleNamespace) -> None:
    with pytest.raises(SolveError, match="coarser step"):
        solve(lps.drawn(0), Path(seconds_max=1e-9))


def test_prices_do_not_depend_on_the_unit_of_money(lps: SimpleNamespace) -> None:
    lp = lps.drawn(2)
    in_fen = replace(lp, cost=lp.cost * 1e7)

    plain, small = solve(lp, Path(method="boxed")), solve(in_fen, Path(method="boxed"))

    assert small.objective == pytest.approx(plain.objective * 1e7, rel=1e-8)
    assert small.row_dual == pytest.approx(plain.row_dual * 1e7, rel=1e-5, abs=1.0)


def test_crossed_bounds_and_empty_rows_need_no_solver(lps: SimpleNamespace) -> None:
    crossed, asked = lps.solar_and_grid(), lps.program([[1.0], [0.0]], cost=[1], row_lower=[0, 1], row_upper=[9, 9])
    crossed.lower[3], crossed.upper[3] = 5.0, 4.0

    with pytest.raises(Infeasible, match="column 3 must be at least 5 and at most 4"):
        solve(crossed, Path())
    with pytest.raises(Infeasible, match="row 1 asks for"):
        solve(asked, Path())


def test_year_sized_programs_take_the_road_that_was_measured_quickest(lps: SimpleNamespace) -> None:
    lp, linked = lps.drawn(0), lps.two_linked_sites(0)
    small = path_module.ROWS_SMALL
    try:
        path_module.ROWS_SMALL = 100
        first = [path_module._roads(program, Path())[0] for program in (lp, linked, replace(lp, sizes=lp.sizes[:0]))]
    finally:
        path_module.ROWS_SMALL = small

    assert first == ["boxed", "apart", "simplex"]


def test_box_far_from_any_plan_leaves_the_question_to_others(lps: SimpleNamespace) -> None:
    lp = lps.solar_and_grid()
    lp.upper[4] = 0.0

    assert boxed(lp, Deadline(60), guess=np.array([4.0, 0, 0, 0, 0])) is None


def test_flat_prices_count_as_tied(lps: SimpleNamespace) -> None:
    lp = lps.drawn(0, hours=960)
    flat = replace(lp, cost=np.where(lp.cost > 15, 30.0 + 1e-4 * lp.cost, lp.cost))

    assert not costs_are_tied(replace(lp, cost=np.where(lp.cost == 0.01, 0.0, lp.cost)))
    assert costs_are_tied(replace(flat, cost=np.where(lp.cost == 0.01, 0.0, flat.cost)))


def test_tied_sites_are_each_given_to_an_interior_point(lps: SimpleNamespace) -> None:
    lp = lps.two_linked_sites(1, hours=192)
    paid = (lp.cost > 15) & (lp.cost < 100)
    flat = replace(lp, cost=np.where(paid, 30.0, lp.cost))

    near = solve(flat, Path(method="apart"))

    assert all("hipo: Optimal" in step for step in near.report.steps)
    assert near.objective == pytest.approx(solve(flat, Path(method="simplex")).objective, rel=2e-3)
