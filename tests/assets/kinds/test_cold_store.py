"""A cold store: how far cooling can be made before it is needed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wattloom.assets.contract import Choice
from wattloom.assets.kinds.cold_store import ASSET
from wattloom.domain.errors import InputError
from wattloom.domain.measures import pue
from wattloom.domain.series import Series
from wattloom.solve.program import Program


def cold_store(energy_mwh: Any = 10.0, **fields: Any) -> Any:
    """A store that costs nothing and loses nothing unless said otherwise, with 0.5 MW of chillers to spare."""
    plain: dict[str, Any] = {
        "chiller_spare_mw": 0.5,
        "charge_efficiency": 1.0,
        "loss_per_hour": 0.0,
        "capital_cost_cny_per_kwh": 0.0,
        "fixed_cny_per_kwh_year": 0.0,
        "life_years": 10.0,
    }
    return ASSET.fields(energy_mwh=energy_mwh, **{**plain, **fields})


def test_halls_are_cooled_ahead_in_the_cheap_hours_and_the_cooling_draw_is_saved_later(bus: Any) -> None:
    # 0.3 MW of cooling at 1000 CNY/MWh is made an hour early; ice takes 0.3 / 0.75 = 0.4 MWh for it.
    year = bus(import_price=[100.0, 1000.0], cooling_mw=[0.1, 0.3])

    planned = year.plan(cold_store(charge_efficiency=0.75))

    assert planned.part().storage.charged_mw.values == pytest.approx([0.4, 0.0])
    assert planned.part().storage.discharged_mw.values == pytest.approx([0.0, 0.3])
    assert planned.cost_cny == pytest.approx(100.0 * (1.0 + 0.1 + 0.4) + 1000.0 * 1.0)


def test_no_more_is_saved_than_the_draw_for_cooling(bus: Any) -> None:
    planned = bus(import_price=[100.0, 1000.0], cooling_mw=0.2, export_price=900.0).plan(cold_store())

    assert planned.part().storage.discharged_mw.values == pytest.approx([0.0, 0.2])


def test_no_more_is_made_ahead_than_the_chillers_have_to_spare(bus: Any) -> None:
    planned = bus(import_price=[100.0, 1000.0], cooling_mw=0.9).plan(cold_store())

    assert planned.part().storage.charged_mw.values == pytest.approx([0.5, 0.0])


def test_the_spare_of_the_chillers_may_change_with_the_weather(bus: Any) -> None:
    year = bus(import_price=[100.0, 200.0, 1000.0], cooling_mw=[0.0, 0.0, 0.9])
    spare = Series(axis=year.axis(), values=np.array([0.1, 0.6, 0.0]), unit="MW", source="worked by hand")

    assert year.plan(cold_store(chiller_spare_mw=spare)).part().storage.charged_mw.values == pytest.approx(
        [0.1, 0.6, 0.0]
    )


def test_cold_is_lost_while_it_waits(bus: Any) -> None:
    # Made in the first of three hours and used in the third: a fifth is lost twice.
    year = bus(import_price=[100.0, 1000.0, 1000.0], cooling_mw=[0.0, 0.0, 0.32])

    storage = year.plan(cold_store(loss_per_hour=0.2)).part().storage

    assert storage.charged_mw.values == pytest.approx([0.5, 0.0, 0.0])
    assert storage.stored_mwh.values == pytest.approx([0.5, 0.4, 0.0])


def test_a_store_is_sized_for_what_its_cost_allows(bus: Any) -> None:
    # 0.5 CNY/kWh over 10 years and 0.05 a year are 100 CNY a year for each MWh; it saves 1000 − 100 once.
    year = bus(import_price=[100.0, 1000.0], cooling_mw=0.3)
    dear = cold_store(Choice(), capital_cost_cny_per_kwh=10.0)

    planned = year.plan(cold_store(Choice(), capital_cost_cny_per_kwh=0.5, fixed_cny_per_kwh_year=0.05))

    assert planned.part().sizes == pytest.approx({"energy_mwh": 0.3})
    assert planned.cost_cny == pytest.approx(100.0 * 1.6 + 1000.0 * 1.0 + 0.3 * 100.0)
    assert year.plan(dear).part().sizes == pytest.approx({"energy_mwh": 0.0})


def test_what_the_store_loses_is_no_part_of_the_load(bus: Any) -> None:
    # Cooling as it would have been: PUE stays (2 + 0.4) / 2, and the loss stands in the store's own flows.
    planned = bus(import_price=[100.0, 1000.0], cooling_mw=0.2).plan(cold_store(charge_efficiency=0.5))

    flows = planned.built.flows.map(planned.solution.value)
    assert pue(flows).value == pytest.approx(1.2)
    assert flows.energy_mwh(flows.imported_mw) == pytest.approx(2.4 + 0.4 - 0.2)


def test_a_cold_store_without_a_load_is_refused(bus: Any) -> None:
    year = bus(import_price=[1.0])

    with pytest.raises(InputError, match=r"assets\.store: found a cold store without a load"):
        cold_store().add_to(Program(year.axis()), "store", year.surroundings())


def test_two_stores_never_relieve_the_same_cooling(bus: Any) -> None:
    year = bus(import_price=[100.0, 1000.0], cooling_mw=0.3, export_price=900.0)

    planned = year.plan({"tank": cold_store(0.2), "ice": cold_store(9.0)})

    tank, ice = (planned.part(name).storage.discharged_mw.values for name in ("tank", "ice"))
    assert tank + ice == pytest.approx([0.0, 0.3])


@given(
    prices=st.lists(st.floats(1.0, 1000.0), min_size=3, max_size=12),
    cooling_mw=st.floats(0.0, 1.0),
    spare_mw=st.floats(0.0, 1.0),
    efficiency=st.floats(0.5, 1.2),
    loss=st.floats(0.0, 0.2),
)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_cold_in_is_cold_out_and_losses_and_never_more_than_the_cooling(
    bus: Any, prices: list[float], cooling_mw: float, spare_mw: float, efficiency: float, loss: float
) -> None:
    asset = cold_store(1.0, chiller_spare_mw=spare_mw, charge_efficiency=efficiency, loss_per_hour=loss)

    storage = bus(import_price=prices, cooling_mw=cooling_mw).plan(asset).part().storage

    charged, discharged, stored = (
        np.asarray(v) for v in (storage.charged_mw, storage.discharged_mw, storage.stored_mwh)
    )
    assert efficiency * charged.sum() == pytest.approx(discharged.sum() + loss * stored.sum(), abs=1e-6)
    assert np.all(discharged <= cooling_mw + 1e-7)
    assert np.all(charged <= spare_mw + 1e-7)
    assert np.all((stored >= -1e-7) & (stored <= 1.0 + 1e-7))


def test_the_written_program_of_a_cold_store(bus: Any, golden: Any) -> None:
    asset = cold_store(
        Choice(max=40.0),
        charge_efficiency=0.8,
        loss_per_hour=0.01,
        capital_cost_cny_per_kwh=200.0,
        fixed_cny_per_kwh_year=2.0,
    )
    year = bus(import_price=[0.0] * 3, cooling_mw=[0.2, 0.3, 0.4])
    program = Program(year.axis())

    golden("cold_store", asset, {"hall": year.hall().add_to(program, "hall", year.surroundings())}, program)
