"""Are the accuracies of the grid codes what their formulas say, and do the rules hold on their days only?"""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from wattloom import rules
from wattloom.domain.errors import InputError
from wattloom.domain.forecasts import TargetKind
from wattloom.domain.verdicts import Confidence, Status
from wattloom.rules.grid_codes import (
    FORMULAS,
    AccuracyRequirement,
    Powers,
    Term,
    accuracy,
    every_requirement,
    region_of,
    requirements_in_force,
)
from wattloom.rules.grid_codes.requirements import parse_requirements

NAN = np.nan
DAY = date(2024, 5, 1)
KEYS = pytest.mark.parametrize("key", FORMULAS)
powers_mw = arrays(np.float64, (12,), elements=st.floats(0, 50, width=32).map(float))

BROKEN = """
[regions]
south = ["guangdong"]
[[requirements]]
region = "north"
kind = "load"
term = "day_ahead"
formula = "rmse_v9"
least = 85
over = "year"
source = "nowhere"
"""


def least(territory: str, kind: TargetKind, term: Term, day: date = DAY) -> dict[str, float]:
    found = requirements_in_force(territory, kind=kind, term=term, delivery_day=day)
    return {one.key.removeprefix(f"{one.region}_{one.kind}_{one.term}"): one.least for one in found}


# Formulas, worked by hand.


def test_root_mean_square_form() -> None:
    """Errors 10 and 0 of 50 MW: 1 − √(0.04 ÷ 2). The missing outcome does not count."""
    found = accuracy("rmse_v1", Powers.of([40.0, 10.0, 99.0], [30.0, 10.0, NAN], 50.0))

    assert float(found) == pytest.approx(1 - 0.02**0.5)


def test_capacity_of_each_period_counts_not_the_nameplate() -> None:
    """An error of 10 MW with 20 MW started up is half, with 50 MW a fifth: 1 − √((0.25 + 0.04) ÷ 2)."""
    found = accuracy("rmse_v1", Powers.of([20.0, 30.0], [10.0, 20.0], [20.0, 50.0]))

    assert float(found) == pytest.approx(1 - 0.145**0.5)


def test_mean_absolute_form() -> None:
    assert float(accuracy("mae_v1", Powers.of([40.0, 10.0], [30.0, 10.0], 50.0))) == pytest.approx(0.9)


def test_error_weighted_form_weighs_large_errors_more() -> None:
    """Errors 10 and 20 of 100: (0.01 · 10 + 0.04 · 20) ÷ 30 = 0.03."""
    found = accuracy("error_weighted_v1", Powers.of([30.0, 50.0], [40.0, 30.0], 100.0))

    assert float(found) == pytest.approx(1 - 0.03**0.5)
    assert found < accuracy("rmse_v1", Powers.of([30.0, 50.0], [40.0, 30.0], 100.0))


def test_harmonic_form() -> None:
    """Outcome 30 of forecast 10: |30 ÷ 40 − ½| = 0.25, weight 20 ÷ 30; 20 of 30: |0.4 − ½| = 0.1, weight 10 ÷ 30."""
    found = accuracy("harmonic_v1", Powers.of([10.0, 30.0], [30.0, 20.0], 50.0))

    assert float(found) == pytest.approx(1 - 2 * (0.25 * 2 / 3 + 0.1 / 3))


def test_harmonic_form_of_the_northwest_leaves_little_power_out() -> None:
    """Of 100 MW, 3 and 1 are both little: only 30 against 10 counts: 1 − 2 · 0.25."""
    powers = Powers.of([10.0, 3.0], [30.0, 1.0], 100.0)

    assert float(accuracy("harmonic_v2", powers)) == pytest.approx(0.5)
    assert float(accuracy("harmonic_v1", powers)) == pytest.approx(1 - 2 * (0.25 * 20 / 22 + 0.25 * 2 / 22))


def test_output_relative_form_of_the_south() -> None:
    """Of 100 MW: 50 against 40 (0.25 of 40); 15 against 10 (5 of the least base 20); 5 against 5 is idle."""
    found = accuracy("output_relative_v1", Powers.of([50.0, 15.0, 5.0], [40.0, 10.0, 5.0], 100.0))

    assert float(found) == pytest.approx(1 - 0.25)


def test_output_relative_form_ends_at_zero() -> None:
    assert float(accuracy("output_relative_v1", Powers.of([100.0], [20.0], 100.0))) == 0.0


def test_qualified_rate_counts_a_quarter_as_qualified_on_both_sides() -> None:
    """Deviations 0.25, −0.25, 0.26 and −0.26 of 100 MW."""
    found = accuracy("qualified_25_v1", Powers.of([50.0, 25.0, 51.0, 24.0], [25.0, 50.0, 25.0, 50.0], 100.0))

    assert float(found) == 0.5


def test_power_below_zero_counts_as_zero() -> None:
    assert float(accuracy("mae_v1", Powers.of([0.0], [-0.5], 50.0))) == 1.0


def test_each_day_gets_its_own_figure() -> None:
    found = accuracy("mae_v1", Powers.of([[10.0, 10.0], [20.0, 0.0]], [[10.0, 10.0], [10.0, NAN]], 50.0))

    assert found.tolist() == pytest.approx([1.0, 0.8])


@KEYS
def test_a_perfect_forecast_is_wholly_accurate(key: str) -> None:
    actual = np.array([[0.0, 20.0, 50.0, NAN]])

    assert accuracy(key, Powers.of(np.nan_to_num(actual), actual, 50.0)).tolist() == [1.0]


@KEYS
def test_where_nothing_counts_there_is_no_figure(key: str) -> None:
    assert np.isnan(accuracy(key, Powers.of([[5.0]], [[NAN]], 50.0))).all()


@KEYS
@given(forecast=powers_mw, actual=powers_mw)
@settings(max_examples=40)
def test_figures_are_shares_and_do_not_know_the_unit(
    key: str, forecast: NDArray[np.float64], actual: NDArray[np.float64]
) -> None:
    found = float(accuracy(key, Powers.of(forecast, actual, 50.0)))
    in_kw = float(accuracy(key, Powers.of(forecast * 1000, actual * 1000, 50_000.0)))

    assert np.isnan(found) or 0 <= found <= 1
    if key not in {"qualified_25_v1", "harmonic_v2", "output_relative_v1"}:  # Those have a threshold that may round.
        assert in_kw == pytest.approx(found, nan_ok=True, abs=1e-9)


@given(forecast=powers_mw, actual=powers_mw)
@settings(max_examples=60)
def test_the_harmonic_form_equals_its_other_algebra(forecast: NDArray[np.float64], actual: NDArray[np.float64]) -> None:
    """|A ÷ (A + P) − ½| = |A − P| ÷ 2 (A + P), so the form is 1 − Σ (A − P)² ÷ (A + P) ÷ Σ |A − P|."""
    missed = actual != forecast
    errors = np.abs(actual - forecast)[missed]
    judged = 1 - (errors**2 / (actual + forecast)[missed]).sum() / errors.sum() if missed.any() else 1.0

    assert float(accuracy("harmonic_v1", Powers.of(forecast, actual, 50.0))) == pytest.approx(judged, abs=1e-9)


def test_capacity_of_zero_is_refused_where_an_outcome_counts() -> None:
    with pytest.raises(InputError, match="a start-up capacity above zero"):
        Powers.of([1.0, 2.0], [1.0, 2.0], [50.0, 0.0])


def test_an_unknown_formula_is_refused() -> None:
    with pytest.raises(InputError, match="found 'rmse_v9'; expected one of rmse_v1"):
        accuracy("rmse_v9", Powers.of([1.0], [1.0], 50.0))


# Rules by day and place.


def test_north_china_asks_85_and_90_percent_of_wind() -> None:
    """Summary of 2020-04-30 of the revision of 2019."""
    assert least("jibei", TargetKind.WIND, Term.DAY_AHEAD) == {"_error_weighted_v1": 0.85}
    assert least("jibei", TargetKind.WIND, Term.ULTRA_SHORT) == {"_error_weighted_v1": 0.90}


def test_the_northwest_asks_less_of_later_hours_from_november_2023() -> None:
    before, after = date(2023, 11, 7), date(2023, 11, 8)

    assert least("gansu", TargetKind.WIND, Term.ULTRA_SHORT, before) == {"_2h_harmonic_v1": 0.75}
    assert least("gansu", TargetKind.WIND, Term.ULTRA_SHORT, after) == {
        "_1h_harmonic_v2": 0.80,
        "_2h_harmonic_v2": 0.75,
        "_3h_harmonic_v2": 0.70,
        "_4h_harmonic_v2": 0.65,
    }


def test_the_northeast_asks_two_figures_at_once() -> None:
    assert least("jilin", TargetKind.WIND, Term.DAY_AHEAD) == {"_rmse_v1": 0.75, "_qualified_25_v1": 0.80}


def test_before_its_document_a_rule_does_not_hold() -> None:
    assert least("jibei", TargetKind.WIND, Term.DAY_AHEAD, date(2019, 9, 24)) == {}


def test_a_territory_without_a_rule_on_file_has_none() -> None:
    assert region_of("shanghai") is None
    assert least("shanghai", TargetKind.SOLAR, Term.DAY_AHEAD) == {}


def test_a_figure_at_the_limit_passes_and_the_clause_says_how_sure_the_rule_is() -> None:
    (rule,) = requirements_in_force("jibei", kind=TargetKind.SOLAR, term=Term.DAY_AHEAD, delivery_day=DAY)

    assert rule.verdict(0.85).status is Status.PASS
    assert rule.verdict(0.8499).status is Status.FAIL
    assert rule.verdict(0.9).clause.confidence.to_be_confirmed


@pytest.mark.parametrize("rule", every_requirement(), ids=lambda rule: rule.key)
def test_every_rule_names_known_territories_a_formula_and_its_source_in_both_languages(
    rule: AccuracyRequirement,
) -> None:
    assert set(rule.territories) <= set(rules.territory_keys())
    assert rule.formula in FORMULAS
    assert rule.clause.in_force is not None
    assert rule.clause.source.en
    assert any("\u4e00" <= letter <= "\u9fff" for letter in rule.clause.document.zh)


@KEYS
def test_formulas_from_secondary_sources_say_so(key: str) -> None:
    formula = FORMULAS[key]

    assert formula.key == key
    assert any("\u4e00" <= letter <= "\u9fff" for letter in formula.title.zh)
    assert bool(formula.note) == (formula.confidence is Confidence.UNVERIFIED)


def test_no_territory_lies_in_two_regions() -> None:
    regions = {(territory, rule.region) for rule in every_requirement() for territory in rule.territories}

    assert len({territory for territory, _ in regions}) == len(regions)


def test_all_faults_of_a_file_are_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        parse_requirements(BROKEN)

    assert [problem.where.rpartition(" ")[2] for problem in caught.value.problems] == [
        "region",
        "kind",
        "formula",
        "over",
        "least",
    ]
