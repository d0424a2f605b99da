"""Do the residuals and the gap come from our own arithmetic, and are they right?"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.sparse import csc_matrix

from wattloom.domain.errors import SolveError
from wattloom.solve.checks import certify
from wattloom.solve.lp import LinearProgram

BEST = np.array([10.0, 10.0, 5.0, 0.0, 5.0])
PRICES = np.array([10.0, 40.0, -10.0, -40.0])


def test_best_plan_and_its_prices_close_the_gap(lps: SimpleNamespace) -> None:
    certificate = certify(lps.solar_and_grid(), BEST, PRICES)

    assert (certificate.objective, certificate.bound, certificate.gap) == (500.0, 500.0, 0.0)
    assert (certificate.violation, certificate.price_error) == (0.0, 0.0)


def test_dearer_plan_shows_its_distance(lps: SimpleNamespace) -> None:
    # All from the grid: 10·20 + 10·40 = 600, against the bound of 500.
    certificate = certify(lps.solar_and_grid(), np.array([0.0, 0, 0, 10, 10]), PRICES)

    assert certificate.gap == pytest.approx(100 / 600)
    with pytest.raises(SolveError, match=r"may be 1\.7e-01 dearer"):
        certificate.demand(gap_max=1e-5)


def test_missing_power_is_told_in_its_own_unit(lps: SimpleNamespace) -> None:
    certificate = certify(lps.solar_and_grid(), BEST - np.array([0, 0, 0.25, 0, 0]), PRICES)

    assert certificate.violation == 0.25
    # 4.75 and 5 MW meet in the balance of hour 2; a large row, 9 in 10 being smaller, has 0.7·10 … 20 of them.
    assert 0.25 / (4.75 + 5 + 0.2) <= certificate.violation_relative <= 0.25 / (4.75 + 5)
    with pytest.raises(SolveError, match=r"breaks a requirement by 0\.25"):
        certificate.demand(gap_max=1.0)


def test_price_on_a_bound_that_is_not_there_is_an_error(lps: SimpleNamespace) -> None:
    # A price above 0 on "solar ≤ its resource" would pay for using more than there is.
    certificate = certify(lps.solar_and_grid(), BEST, PRICES * np.array([1, 1, 1, -1]))

    assert certificate.price_error > 0.1


@pytest.mark.parametrize("where", ["primal", "row_dual"])
def test_missing_values_pass_no_check(lps: SimpleNamespace, where: str) -> None:
    values = {"primal": BEST.copy(), "row_dual": PRICES.copy()}
    values[where][:] = np.nan

    with pytest.raises(SolveError):
        certify(lps.solar_and_grid(), **values).demand(gap_max=1.0)


def test_rounding_of_what_is_next_to_nothing_is_no_fault() -> None:
    """A sun of 2e-45 MW beside a load of nothing: the solver says nought, which is right."""
    tiny = 2.4e-45
    lp = LinearProgram(
        matrix=csc_matrix([[1.0, 1.0]]),
        cost=np.zeros(2),
        lower=np.zeros(2),
        upper=np.full(2, np.inf),
        row_lower=np.array([tiny]),
        row_upper=np.array([tiny]),
        sizes=np.empty(0, dtype=np.int64),
        coupling=np.empty(0, dtype=np.int64),
    )

    certify(lp, np.zeros(2), np.zeros(1)).demand(gap_max=1e-6)
