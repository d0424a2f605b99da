"""A hydrogen chain: three machines, one store of electricity."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wattloom.assets.contract import Choice
from wattloom.assets.kinds.hydrogen import ASSET
from wattloom.solve.program import Program


def chain(electrolyser_mw: Any = 4.0, store_mwh: Any = 100.0, generator_mw: Any = 2.0, **fields: Any) -> Any:
    """A chain that costs nothing unless said otherwise: 0.6 in and 0.5 out."""
    plain: dict[str, Any] = {
        "electrolyser_efficiency": 0.6,
        "generator_efficiency": 0.5,
        "electrolyser_capital_cost_cny_per_kw": 0.0,
        "store_capital_cost_cny_per_kwh": 0.0,
        "generator_capital_cost_cny_per_kw": 0.0,
        "electrolyser_life_years": 10.0,
        "store_life_years": 20.0,
        "generator_life_years": 5.0,
        "fixed_share_per_year": 0.0,
    }
    sizes = {"electrolyser_mw": electrolyser_mw, "store_mwh": store_mwh, "generator_mw": generator_mw}
    return ASSET.fields(**sizes, **{**plain, **fields})


def test_a_megawatt_hour_out_takes_one_over_the_round_trip_in(bus: Any) -> None:
    planned = bus(import_price=[100.0, 1000.0]).plan(chain())

    storage = planned.part().storage
    assert storage.charged_mw.values == pytest.approx([1 / 0.3, 0.0])
    assert storage.stored_mwh.values == pytest.approx([2.0, 0.0])
    assert storage.discharged_mw.values == pytest.approx([0.0, 1.0])
    assert planned.cost_cny == pytest.approx(100.0 * (1 + 1 / 0.3))


def test_each_machine_is_sized_and_paid_for_by_itself(bus: Any) -> None:
    # A year costs 1 + 0.2 CNY/MW, 0.5 + 0.2 CNY/MWh and 2 + 0.2 CNY/MW with 2 % upkeep of 10 CNY each.
    asset = chain(
        Choice(),
        Choice(),
        Choice(),
        electrolyser_capital_cost_cny_per_kw=0.01,
        store_capital_cost_cny_per_kwh=0.01,
        generator_capital_cost_cny_per_kw=0.01,
        fixed_share_per_year=0.02,
    )

    planned = bus(import_price=[100.0, 1000.0]).plan(asset)

    part = planned.part()
    assert part.sizes == pytest.approx({"electrolyser_mw": 1 / 0.3, "store_mwh": 2.0, "generator_mw": 1.0})
    assert [item.item for item in part.costs] == ["electrolyser", "hydrogen_store", "hydrogen_generator"]
    assert planned.cost_cny == pytest.approx(100.0 * (1 + 1 / 0.3) + 1.2 / 0.3 + 0.7 * 2.0 + 2.2 * 1.0)


@pytest.mark.parametrize("electrolyser_mw", [4.0, Choice(min=4.0, max=4.0)], ids=["fixed", "chosen"])
def test_with_a_least_load_the_electrolyser_never_stops(bus: Any, electrolyser_mw: Any) -> None:
    year = bus(import_price=[100.0, 1000.0])

    planned = year.plan(chain(electrolyser_mw, generator_mw=1.0, electrolyser_least_share=0.25))

    # 1 MW in every hour, dear or not, and the rest of 1 / 0.3 MWh in the cheap one.
    assert planned.part().storage.charged_mw.values == pytest.approx([1 / 0.3 - 1.0, 1.0])
    assert "never stops" in planned.part().notes[0].en


def test_without_a_least_load_it_follows_down_to_zero_and_says_so(bus: Any) -> None:
    assert "down to zero" in bus(import_price=[1.0]).plan(chain()).part().notes[0].en


def test_hydrogen_in_store_leaks(bus: Any) -> None:
    # The third hour's 1 MWh takes 2 of hydrogen; 8 were made, and half was lost in each hour on the way.
    year = bus(import_price=[100.0, 1e5, 1e5], it_mw=[0.0, 0.0, 1.0])

    stored = year.plan(chain(electrolyser_mw=15.0, loss_per_hour=0.5)).part().storage.stored_mwh.values

    assert stored == pytest.approx([8.0, 4.0, 0.0])


def test_the_chain_rides_through_a_season_on_what_the_store_holds(bus: Any) -> None:
    # Six cheap periods, six dear ones: the store holds all that the dear ones need, 6 / 0.5 = 12 MWh.
    planned = bus(import_price=[100.0] * 6 + [1000.0] * 6).plan(
        chain(store_mwh=Choice(), store_capital_cost_cny_per_kwh=0.01)
    )

    assert planned.part().sizes["store_mwh"] == pytest.approx(12.0)


@given(
    prices=st.lists(st.floats(1.0, 1000.0), min_size=3, max_size=12),
    sizes=st.tuples(st.floats(0.1, 5.0), st.floats(0.1, 20.0), st.floats(0.1, 2.0)),
    least_load=st.sampled_from([0.0, 0.1]),
    loss=st.floats(0.0, 0.1),
)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_energy_in_is_energy_out_and_losses(
    bus: Any, prices: list[float], sizes: tuple[float, float, float], least_load: float, loss: float
) -> None:
    # What a least load makes must go somewhere: the generator takes a tenth of the electrolyser's power at least.
    electrolyser_mw, store_mwh, generator_mw = sizes[0], sizes[1] + 1.0, max(sizes[2], sizes[0])
    asset = chain(electrolyser_mw, store_mwh, generator_mw, electrolyser_least_share=least_load, loss_per_hour=loss)

    storage = bus(import_price=prices, export_price=0.0).plan(asset).part().storage

    charged, discharged, stored = (
        np.asarray(v) for v in (storage.charged_mw, storage.discharged_mw, storage.stored_mwh)
    )
    lost_mwh = 0.4 * charged.sum() + discharged.sum() * (1 / 0.5 - 1) + loss * stored.sum()
    assert charged.sum() == pytest.approx(discharged.sum() + lost_mwh, abs=1e-6)
    assert np.all((charged >= least_load * electrolyser_mw - 1e-7) & (charged <= electrolyser_mw + 1e-7))
    assert np.all(discharged <= generator_mw + 1e-7)
    assert np.all(stored <= store_mwh + 1e-7)


def test_the_written_program_of_a_hydrogen_chain(bus: Any, golden: Any) -> None:
    asset = chain(
        Choice(max=50.0),
        Choice(),
        10.0,
        electrolyser_least_share=0.2,
        loss_per_hour=0.001,
        electrolyser_capital_cost_cny_per_kw=1200.0,
        store_capital_cost_cny_per_kwh=80.0,
        generator_capital_cost_cny_per_kw=3000.0,
        fixed_share_per_year=0.02,
    )

    golden("hydrogen", asset, {}, Program(bus(import_price=[0.0] * 3).axis()))
