"""A green-power contract: which part of the import it covers and what that costs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from wattloom.assets.contract import Choice, Part
from wattloom.assets.kinds.green_contract import ASSET
from wattloom.domain.errors import InputError
from wattloom.domain.measures import green_share_hourly_of_load, green_share_with_certificates_of_load
from wattloom.domain.series import Series
from wattloom.solve.program import Program


def contract(quantity_mw: Any = 1.0, **fields: Any) -> Any:
    """A flat contract at a premium of 30 CNY/MWh unless said otherwise."""
    return ASSET.fields(quantity_mw=quantity_mw, **{"premium_cny_per_mwh": 30.0, **fields})


def covering(share: float) -> Any:
    """A goal: the share with contracts and certificates, as the rules bind it."""

    def require(program: Any, built: Any) -> None:
        ratio = green_share_with_certificates_of_load(built.flows)
        program.require("goal", ratio.excess_over(share) >= 0)

    return require


def day_shape(bus: Any, values: list[float]) -> Series:
    """A profile over the periods of a bus."""
    return Series(axis=bus.axis(), values=np.array(values), unit="1", source="worked by hand")


def test_without_a_goal_no_premium_is_paid(bus: Any) -> None:
    planned = bus(import_price=[400.0, 400.0]).plan(contract())

    assert planned.cost_cny == pytest.approx(800.0)
    assert planned.part().contracted_mw.values == pytest.approx([0.0, 0.0])


def test_a_goal_is_met_by_contracted_energy_at_its_premium(bus: Any) -> None:
    planned = bus(import_price=[400.0, 400.0]).plan(contract(), goal=covering(0.75))

    # 1.5 of 2 MWh at 30 CNY, on top of the energy. The hourly physical share knows nothing of it.
    flows = planned.built.flows.map(planned.solution.value)
    assert planned.cost_cny == pytest.approx(800.0 + 1.5 * 30.0)
    assert green_share_with_certificates_of_load(flows).value == pytest.approx(0.75)
    assert green_share_hourly_of_load(flows).value == pytest.approx(0.0)
    assert planned.solution.dual("goal") == pytest.approx(30.0)


def test_no_period_delivers_more_than_the_contract_or_the_import(bus: Any) -> None:
    # Offered 2, 1 and 0 MW against an import of 1, 2 and 3: the least of each pair, 1, 1 and 0.
    year = bus(import_price=[400.0] * 3, it_mw=[1.0, 2.0, 3.0])
    asset = contract(2.0, profile=day_shape(year, [1.0, 0.5, 0.0]))

    planned = year.plan(asset, goal=covering(2 / 6))

    assert planned.part().contracted_mw.values == pytest.approx([1.0, 1.0, 0.0])


def test_the_quantity_is_chosen_for_the_goal(bus: Any) -> None:
    year = bus(import_price=[400.0] * 2, it_mw=[1.0, 3.0])
    asset = contract(Choice(), take_or_pay_share=1.0, profile=day_shape(year, [1.0, 0.5]))

    planned = year.plan(asset, goal=covering(0.5))

    # q MW offer q and q / 2; the first hour takes 1 at most. 2 of 4 MWh need 1 + q / 2 = 2, paid for 1.5 q.
    assert planned.part().sizes == pytest.approx({"quantity_mw": 2.0})
    assert planned.cost_cny == pytest.approx(1600.0 + 3.0 * 30.0)


def test_take_or_pay_is_owed_whether_taken_or_not(bus: Any) -> None:
    # 80 % of 2 MWh offered is 1.6 MWh; nothing asks for them.
    planned = bus(import_price=[400.0, 400.0]).plan(contract(take_or_pay_share=0.8))

    assert planned.cost_cny == pytest.approx(800.0 + 1.6 * 30.0)


def test_what_is_taken_beyond_take_or_pay_is_paid_for_too(bus: Any) -> None:
    planned = bus(import_price=[400.0, 400.0]).plan(contract(take_or_pay_share=0.5), goal=covering(0.9))

    assert planned.cost_cny == pytest.approx(800.0 + 1.8 * 30.0)


def test_two_contracts_never_cover_the_same_import(bus: Any) -> None:
    assets = {"first": contract(premium_cny_per_mwh=10.0), "second": contract(premium_cny_per_mwh=50.0)}

    planned = bus(import_price=[400.0, 400.0], it_mw=1.5).plan(assets, goal=covering(1.0))

    assert planned.part("first").contracted_mw.values == pytest.approx([1.0, 1.0])
    assert planned.part("second").contracted_mw.values == pytest.approx([0.5, 0.5])


def test_a_contract_without_a_grid_is_refused(bus: Any) -> None:
    year = bus(import_price=[1.0])

    with pytest.raises(InputError, match=r"assets\.ppa: found a green-power contract without a grid connection"):
        contract().add_to(Program(year.axis()), "ppa", year.surroundings())


def test_the_written_program_of_a_green_contract(bus: Any, golden: Any) -> None:
    year = bus(import_price=[0.0] * 3)
    asset = contract(Choice(max=50.0), take_or_pay_share=0.8, profile=day_shape(year, [1.0, 0.5, 0.25]))
    program = Program(year.axis())
    grid = Part(name="grid", kind="grid", imported_mw=1.0 * program.flow("grid.import_mw"))

    golden("green_contract", asset, {"grid": grid}, program)
