"""What is charged on which basis, in every admissible mode."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from wattloom import rules
from wattloom.domain.charges import Basis, Charges, PriceBasis
from wattloom.domain.errors import InputError

SITE = rules.Case(year=2027, commissioned=2027, voltage_kv=110.0, price_basis=PriceBasis.WITH_VAT)
CUSTOMER = replace(SITE, direct_connection=False)


def modes(key: str, case: rules.Case, price: object = 300.0) -> dict[str, Charges]:
    return {charges.mode: charges for charges in rules.pack(key, case).charges(price)}


def test_xinjiang_pays_its_published_load_rate_for_each_mva() -> None:
    # 12 · 1000 · (19 + 0.0808 · 0.4843 · 730) = 12 · 1000 · 47.5659…
    charges = modes("xinjiang", SITE)["capacity_1192"]

    assert charges.price_on(Basis.CONNECTION_CAPACITY) == pytest.approx(12_000 * (19 + 0.0808 * 0.4843 * 730))
    assert charges.price_on(Basis.CONNECTION_CAPACITY) == pytest.approx(570_791.39, abs=0.5)
    assert not any(item.item == "td_energy" for item in charges.items)


def test_official_prices_shed_13_percent_tax() -> None:
    without = modes("xinjiang", replace(SITE, price_basis=PriceBasis.WITHOUT_VAT))["capacity_1192"]
    with_tax = modes("xinjiang", SITE)["capacity_1192"]

    ratio = with_tax.price_on(Basis.CONNECTION_CAPACITY) / without.price_on(Basis.CONNECTION_CAPACITY)

    assert ratio == pytest.approx(1.13)
    assert without.price_on(Basis.ALL_CONSUMPTION) == pytest.approx(4.1 / 1.13)
    assert without.items[0].price == 300.0, "the price that the caller gives is on the caller's basis"
    assert without.price_basis is PriceBasis.WITHOUT_VAT


def test_a_fact_of_the_project_file_is_on_the_files_basis() -> None:
    case = replace(SITE, price_basis=PriceBasis.WITHOUT_VAT, overrides={"system_operation_fee_cny_per_mwh": 40.0})

    fee = next(i for i in modes("xinjiang", case)["capacity_1192"].items if i.item == "system_operation_fee")

    assert fee.price == 40.0
    assert fee.clause is not None
    assert fee.clause.confidence == "user"


def test_demand_basis_of_the_fee_charges_the_peak_and_the_energy_part_on_capacity() -> None:
    charges = modes("xinjiang", SITE)["demand_1192"]

    assert charges.price_on(Basis.MONTHLY_PEAK) == pytest.approx(30_400.0)
    assert charges.price_on(Basis.CONNECTION_CAPACITY) == pytest.approx(12_000 * 0.0808 * 0.4843 * 730)
    assert charges.monthly_peak_floor_of_capacity == 0.4


def test_standby_for_the_whole_load_opens_two_parts_with_energy_on_self_use() -> None:
    found = modes("xinjiang", replace(SITE, full_backup=True))

    assert set(found) == {"capacity_1192", "demand_1192", "two_part_capacity", "two_part_demand"}
    assert found["two_part_capacity"].price_on(Basis.SELF_USED_ENERGY) == pytest.approx(80.8)
    assert found["two_part_capacity"].price_on(Basis.CONNECTION_CAPACITY) == pytest.approx(228_000.0)
    assert found["capacity_1192"].price_on(Basis.SELF_USED_ENERGY) == 0.0


def test_a_plain_customer_pays_two_parts_on_what_it_draws() -> None:
    # 300 + 3.45 % loss + 80.8 transmission + 50 assumed system operation, on each MWh drawn.
    found = modes("xinjiang", CUSTOMER)

    assert set(found) == {"two_part_capacity", "two_part_demand"}
    assert found["two_part_capacity"].price_on(Basis.IMPORTED_ENERGY) == pytest.approx(300 * 1.0345 + 80.8 + 50)
    assert found["two_part_capacity"].price_on(Basis.ALL_CONSUMPTION) == pytest.approx(4.1)
    assert found["two_part_capacity"].monthly_peak_floor_of_capacity == 0.0
    assert found["two_part_demand"].monthly_peak_floor_of_capacity == 0.4


def test_a_single_part_is_open_where_the_file_says_so_and_below_two_part_voltages() -> None:
    allowed = modes("xinjiang", replace(CUSTOMER, overrides={"single_part_admissible": True}))
    low = modes("xinjiang", replace(CUSTOMER, voltage_kv=0.4))

    assert allowed["single_part"].price_on(Basis.IMPORTED_ENERGY) == pytest.approx(300 * 1.0345 + 122.1 + 50)
    assert set(low) == {"single_part"}


def test_a_direct_connection_below_two_part_voltages_is_refused() -> None:
    with pytest.raises(InputError, match="no two-part price"):
        modes("xinjiang", replace(SITE, voltage_kv=0.4))


def test_a_price_series_carries_its_losses_hour_by_hour() -> None:
    price = xr.DataArray([100.0, 500.0], dims=["time"])

    charges = modes("xinjiang", SITE, price)["capacity_1192"]

    np.testing.assert_allclose(charges.price_on(Basis.IMPORTED_ENERGY), [103.45 + 50, 517.25 + 50])


def test_items_bear_their_official_names() -> None:
    items = [item.item for item in modes("ningxia", replace(SITE, full_backup=True))["two_part_demand"].items]

    assert items == [
        "market_energy",
        "td_energy",
        "td_energy",
        "td_demand",
        "line_loss",
        "system_operation_fee",
        "government_funds",
    ]


def test_an_assumed_system_fee_is_never_silent() -> None:
    pack = rules.pack("xinjiang", SITE)

    assert pack.facts["system_operation_fee_cny_per_mwh"].value == 50.0
    assert pack.facts["system_operation_fee_cny_per_mwh"].to_be_confirmed
    assert not rules.pack("hubei", SITE).facts["system_operation_fee_cny_per_mwh"].to_be_confirmed
