"""Is each measure what its name and denominator say? Worked by hand on four hours."""

import pytest
import xarray as xr

from wattloom.domain import measures
from wattloom.domain.flows import NUCLEAR, WIND_AND_SUN, Flows, LoadFlows, SourceFlows, StorageFlows
from wattloom.domain.text import Text
from wattloom.domain.verdicts import Clause, Requirement, Status


def _power(*values: float) -> xr.DataArray:
    return xr.DataArray(list(values), dims="time")


def _day() -> Flows:
    """Four hours: sun 0/60/80/0 available, 10 MW load of which 8 are IT, a store, import at both ends.

    Sun gives 0/30/40/0: 30 MWh is curtailed in hour 2 and 40 in hour 3. The store takes 10 in hour 2 and gives 8 in
    hour 4. Export is 10 in hour 2 and 30 in hour 3. Import is 10 in hour 1 and 2 in hour 4.
    """
    return Flows(
        step_hours=1.0,
        sources={
            "sun": SourceFlows(
                available_mw=_power(0, 60, 80, 0), delivered_mw=_power(0, 30, 40, 0), traits=WIND_AND_SUN
            )
        },
        storages={
            "store": StorageFlows(
                charged_mw=_power(0, 10, 0, 0), discharged_mw=_power(0, 0, 0, 8), stored_mwh=_power(0, 9, 9, 0)
            )
        },
        loads={"hall": LoadFlows(it_mw=_power(8, 8, 8, 8), overhead_mw=_power(2, 2, 2, 2))},
        imported_mw=_power(10, 0, 0, 2),
        exported_mw=_power(0, 10, 30, 0),
    )


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        (measures.green_share_hourly_of_load, (40 - 12) / 40),
        (measures.green_share_annual_of_load, 1.0),  # 70 of 40 MWh, reported as 1
        (measures.carbon_free_share_hourly_of_load, (40 - 12) / 40),
        (measures.self_use_of_generation, (70 - 40) / 140),
        (measures.self_use_of_load, (70 - 40) / 40),
        (measures.export_of_generation, 40 / 140),
        (measures.curtailment_of_generation, 70 / 140),
        (measures.pue, 40 / 32),
        (measures.erf, 0.0),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_measure_is_worked_by_hand(measure: object, expected: float) -> None:
    assert measure(_day()).value == pytest.approx(expected)  # type: ignore[operator]


def test_nuclear_counts_as_carbon_free_and_never_as_green() -> None:
    day = Flows(
        step_hours=1.0,
        sources={"reactor": SourceFlows(available_mw=_power(10, 10), delivered_mw=_power(10, 10), traits=NUCLEAR)},
        loads={"hall": LoadFlows(it_mw=_power(10, 10), overhead_mw=_power(0, 0))},
        imported_mw=_power(0, 0),
        exported_mw=_power(0, 0),
    )

    assert measures.green_share_hourly_of_load(day).value == 0.0
    assert measures.carbon_free_share_hourly_of_load(day).value == 1.0
    assert measures.self_use_of_generation(day).value is None


def test_energy_of_the_grid_stored_and_discharged_is_never_green() -> None:
    """10 MWh in at night, 9 out by day: the 10 count where they enter, and the loss is borne by the green side."""
    day = Flows(
        step_hours=1.0,
        storages={"store": StorageFlows(charged_mw=_power(10, 0), discharged_mw=_power(0, 9), stored_mwh=_power(9, 0))},
        loads={"hall": LoadFlows(it_mw=_power(0, 9), overhead_mw=_power(0, 0))},
        imported_mw=_power(10, 0),
        exported_mw=_power(0, 0),
    )

    assert measures.green_share_hourly_of_load(day).value == pytest.approx((9 - 10) / 9)


def test_certificates_raise_only_the_share_that_names_them() -> None:
    day = _day()
    with_certificates = Flows(
        step_hours=1.0,
        sources=day.sources,
        storages=day.storages,
        loads=day.loads,
        imported_mw=day.imported_mw,
        exported_mw=day.exported_mw,
        certificates_mwh=6.0,
    )

    assert measures.green_share_with_certificates_of_load(with_certificates).value == pytest.approx((28 + 6) / 40)
    assert measures.green_share_hourly_of_load(with_certificates).value == pytest.approx(28 / 40)
    assert measures.carbon_location_t(with_certificates, grid_t_per_mwh=0.6) == pytest.approx(12 * 0.6)
    assert measures.carbon_market_t(with_certificates, untracked_t_per_mwh=0.8) == pytest.approx((12 - 6) * 0.8)


def test_requirement_judges_at_its_limit_and_names_figure_and_clause() -> None:
    clause = Clause(document=Text.same("Doc 650"), article=Text.same("6"))
    ratio = measures.self_use_of_generation(_day())

    kept = Requirement(rule="r", ratio=ratio, sense=">=", limit=30 / 140, clause=clause).verdict()
    broken = Requirement(rule="r", ratio=ratio, sense=">=", limit=0.6, clause=clause).verdict()

    assert kept.status is Status.PASS
    assert broken.status is Status.FAIL
    assert broken.figure == pytest.approx(0.2143, abs=1e-4)
    assert broken.clause.document.en == "Doc 650"
