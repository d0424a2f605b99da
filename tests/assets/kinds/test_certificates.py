"""Green certificates: how many are bought, at which price."""

from __future__ import annotations

from typing import Any

import pytest

from wattloom.assets.contract import Choice
from wattloom.assets.kinds.certificates import ASSET
from wattloom.assets.kinds.green_contract import ASSET as CONTRACT
from wattloom.domain.measures import green_share_hourly_of_load, green_share_with_certificates_of_load
from wattloom.solve.program import Program


def certificates(quantity_mwh: Any, price: float = 6.0) -> Any:
    """Certificates at 6 CNY each unless said otherwise."""
    return ASSET.fields(quantity_mwh=quantity_mwh, price_cny_per_certificate=price)


def covering(share: float) -> Any:
    """A goal: the share with contracts and certificates, as the rules bind it."""

    def require(program: Any, built: Any) -> None:
        program.require("goal", green_share_with_certificates_of_load(built.flows).excess_over(share) >= 0)

    return require


def test_a_fixed_quantity_is_paid_for_and_counted(bus: Any) -> None:
    planned = bus(import_price=[400.0, 400.0]).plan(certificates(0.5))

    flows = planned.built.flows.map(planned.solution.value)
    assert planned.cost_cny == pytest.approx(803.0)
    assert green_share_with_certificates_of_load(flows).value == pytest.approx(0.25)
    assert green_share_hourly_of_load(flows).value == pytest.approx(0.0)


def test_no_more_are_chosen_than_a_goal_asks_for(bus: Any) -> None:
    planned = bus(import_price=[400.0, 400.0]).plan(certificates(Choice()), goal=covering(0.8))

    assert planned.part().sizes == pytest.approx({"quantity_mwh": 1.6})
    assert planned.part().certificates_mwh == pytest.approx(1.6)
    assert planned.cost_cny == pytest.approx(800.0 + 1.6 * 6.0)


def test_none_are_chosen_without_a_goal(bus: Any) -> None:
    assert bus(import_price=[400.0]).plan(certificates(Choice())).part().sizes == pytest.approx({"quantity_mwh": 0.0})


def test_a_yearly_quantity_counts_by_the_stretch_that_the_periods_stand_for(bus: Any) -> None:
    planned = bus(import_price=[400.0, 400.0], around={"years": 0.25}).plan(certificates(4.0))

    assert planned.part().certificates_mwh == pytest.approx(1.0)
    assert planned.cost_cny == pytest.approx(806.0)


@pytest.mark.parametrize(
    ("price", "bought_mwh", "contracted_mwh"), [(20.0, 2.0, 0.0), (40.0, 0.0, 2.0)], ids=["cheaper", "dearer"]
)
def test_certificates_and_contracts_compete_on_price(
    bus: Any, price: float, bought_mwh: float, contracted_mwh: float
) -> None:
    assets = {
        "gec": certificates(Choice(), price),
        "ppa": CONTRACT.fields(quantity_mw=5.0, premium_cny_per_mwh=30.0),
    }

    planned = bus(import_price=[400.0, 400.0]).plan(assets, goal=covering(1.0))

    assert planned.part("gec").certificates_mwh == pytest.approx(bought_mwh)
    assert float(planned.part("ppa").contracted_mw.sum()) == pytest.approx(contracted_mwh)


def test_the_written_program_of_certificates(bus: Any, golden: Any) -> None:
    golden("certificates", certificates(Choice(max=1e5)), {}, Program(bus(import_price=[0.0] * 3).axis()))
