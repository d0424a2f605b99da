"""Is each price counted on its own basis, and is a sum of prices a sum?"""

from __future__ import annotations

import pytest
import xarray as xr

from wattloom.domain.charges import Basis, Charge, Charges, PriceBasis

HOURS = xr.DataArray([300.0, 500.0], dims="time")
BILL = Charges(
    mode="two_part_demand",
    items=(
        Charge(item="market_energy", basis=Basis.IMPORTED_ENERGY, price=HOURS),
        Charge(item="line_loss", basis=Basis.IMPORTED_ENERGY, price=0.03 * HOURS),
        Charge(item="td_energy", basis=Basis.IMPORTED_ENERGY, price=100.0),
        Charge(item="td_demand", basis=Basis.MONTHLY_PEAK, price=32_000.0),
    ),
    price_basis=PriceBasis.WITH_VAT,
)


def test_prices_on_one_basis_add_up_hour_by_hour() -> None:
    """300 + 9 + 100 and 500 + 15 + 100."""
    assert BILL.price_on(Basis.IMPORTED_ENERGY).values.tolist() == pytest.approx([409.0, 615.0])


def test_a_price_is_found_on_its_own_basis_only() -> None:
    assert [charge.item for charge in BILL.on(Basis.MONTHLY_PEAK)] == ["td_demand"]
    assert BILL.price_on(Basis.MONTHLY_PEAK) == 32_000.0


@pytest.mark.parametrize("basis", [Basis.EXPORTED_ENERGY, Basis.FIXED, Basis.CONNECTION_CAPACITY])
def test_nothing_is_charged_on_a_basis_that_the_bill_does_not_name(basis: Basis) -> None:
    assert BILL.on(basis) == ()
    assert BILL.price_on(basis) == 0.0


def test_no_peak_is_billed_below_nothing_unless_the_tariff_says_so() -> None:
    assert BILL.monthly_peak_floor_of_capacity == 0.0
