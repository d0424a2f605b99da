"""Is every charge of the bill counted as its basis says, and does power stay within every limit?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from wattloom.assets.contract import Choice, Part, Surroundings
from wattloom.assets.kinds.grid.connection import GridConnection
from wattloom.assets.kinds.solar.plant import Solar
from wattloom.assets.site import Built, Site
from wattloom.domain.charges import Basis, Charge, Charges, PriceBasis
from wattloom.domain.errors import Infeasible
from wattloom.domain.series import Series
from wattloom.domain.time import TimeAxis
from wattloom.domain.weather import Place
from wattloom.solve.program import Program
from wattloom.solve.solution import Solution

PLACE = Place(latitude_deg=37.5, longitude_deg=105.2, altitude_m=1225, time_zone="Asia/Shanghai")
NEW_YEAR = datetime(2026, 12, 31, 16, tzinfo=UTC)
LAST_OF_JANUARY_20H = datetime(2027, 1, 31, 12, tzinfo=UTC)
"""Eight in the evening in Shanghai: four hours of January are left."""
WIDE = GridConnection(capacity_mva=100.0, energy_price_cny_per_mwh=0.0, power_factor=1.0)


def charge(item: str, basis: Basis, price: Any) -> Charge:
    return Charge(item=item, basis=basis, price=price)


DEAR = charge("energy", Basis.IMPORTED_ENERGY, 400.0)
"""Grid energy that costs more than any is sold for here."""


class Year:
    """A short year of a known hall, a fixed amount of sun, and the grid connection that is tried."""

    def __init__(
        self,
        bus: Any,
        grid: GridConnection,
        *charges: Charge,
        load_mw: Sequence[float],
        sun_mw: Sequence[float] = (),
        start: datetime = NEW_YEAR,
        floor: float = 0.0,
        **around: Any,
    ) -> None:
        """Build the program and solve it."""
        axis = TimeAxis(start, 60, len(load_mw))
        assets: dict[str, Any] = {"hall": bus(import_price=np.zeros(len(load_mw)), it_mw=load_mw).hall(), "grid": grid}
        if sun_mw:
            assets["sun"] = Solar(
                power_mw=max(sun_mw),
                capital_cost_cny_per_kw=0.0,
                fixed_cny_per_kw_year=0.0,
                capacity_factor=Series(axis=axis, values=np.asarray(sun_mw) / max(sun_mw), unit="1", source="by hand"),
            )
        bill = Charges(
            mode="by hand", items=charges, price_basis=PriceBasis.WITH_VAT, monthly_peak_floor_of_capacity=floor
        )
        surroundings = Surroundings(axis=axis, place=PLACE, weather=None, **{"charges": bill, "parts": {}, **around})
        self.program = Program(axis)
        self.built: Built = Site(assets=assets, around=surroundings, discount_rate=0.0).add_to(self.program)
        self.solution: Solution = self.program.solve()

    @property
    def cost_cny(self) -> float:
        return self.solution.objective

    @property
    def part(self) -> Part:
        return self.built.solved(self.solution)["grid"]

    def bill(self) -> dict[str, float]:
        """What each item comes to."""
        return {item.item: float(item.variable_cny_per_year) for item in self.part.costs}

    def most(self, what: str) -> list[float]:
        """Upper bound of a flow in each period."""
        upper = self.program.model.variables[f"grid.{what}"].upper
        return list(np.broadcast_to(upper.values, (self.program.axis.count,)))


def test_capacity_is_as_large_as_the_largest_draw_over_the_power_factor_and_is_paid_by_the_year(bus: Any) -> None:
    """19 MW at 0.95 need 20 MVA; 20 × 300 000 is 6 million a year, and half of it over half a year."""
    grid = replace(WIDE, capacity_mva=Choice(), power_factor=0.95)
    capacity = charge("capacity", Basis.CONNECTION_CAPACITY, 300_000.0)

    whole = Year(bus, grid, capacity, load_mw=[10, 19])
    half = Year(bus, grid, capacity, load_mw=[10, 19], years=0.5)

    assert whole.part.sizes["capacity_mva"] == pytest.approx(20.0)
    assert whole.cost_cny == pytest.approx(6_000_000)
    assert half.cost_cny == pytest.approx(3_000_000)


def test_a_charge_of_the_project_itself_and_the_substation_come_on_top(bus: Any) -> None:
    """20 MVA at 1 000 a year, and at 500 CNY/kVA over 25 years without interest: 20 000 + 400 000."""
    grid = replace(WIDE, capacity_mva=20.0, capacity_charge_cny_per_mva_year=1000.0, capital_cost_cny_per_kva=500.0)

    assert Year(bus, grid, load_mw=[5]).cost_cny == pytest.approx(20_000 + 20 * 1000 * 500 / 25)


def test_each_month_pays_its_own_peak_on_local_clocks(bus: Any) -> None:
    """Four hours of January with a peak of 10 MW, four of February with 6: 16 × 30 000."""
    year = Year(
        bus,
        WIDE,
        charge("demand", Basis.MONTHLY_PEAK, 30_000.0),
        load_mw=[3, 10, 4, 3, 6, 2, 1, 5],
        start=LAST_OF_JANUARY_20H,
    )

    assert year.bill()["demand"] == pytest.approx(480_000)


def test_a_billed_peak_is_never_below_its_share_of_the_capacity(bus: Any) -> None:
    """0.4 of 20 MVA is 8: January's 10 MW stay, February's 6 are billed as 8."""
    year = Year(
        bus,
        replace(WIDE, capacity_mva=20.0),
        charge("demand", Basis.MONTHLY_PEAK, 30_000.0),
        load_mw=[3, 10, 4, 3, 6, 2, 1, 5],
        start=LAST_OF_JANUARY_20H,
        floor=0.4,
    )

    assert year.bill()["demand"] == pytest.approx(540_000)


def test_the_floor_makes_spare_capacity_cost_demand_too(bus: Any) -> None:
    """One month with a peak of 3 MW on at least 10 MVA that are chosen: the floor bills 4."""
    year = Year(
        bus,
        replace(WIDE, capacity_mva=Choice(min=10.0)),
        charge("demand", Basis.MONTHLY_PEAK, 1000.0),
        load_mw=[3, 3],
        floor=0.4,
    )

    assert year.cost_cny == pytest.approx(4000)


def test_energy_is_priced_hour_by_hour(bus: Any) -> None:
    """2 MWh at 300 and 4 at 500."""
    year = Year(bus, WIDE, charge("energy", Basis.IMPORTED_ENERGY, np.array([300.0, 500.0])), load_mw=[2, 4])

    assert year.cost_cny == pytest.approx(600 + 2000)


def test_two_charges_of_one_item_add_up_to_one_line(bus: Any) -> None:
    """6 MWh at 100, and 6 MWh of consumption at 25."""
    year = Year(
        bus,
        WIDE,
        charge("funds", Basis.IMPORTED_ENERGY, 100.0),
        charge("funds", Basis.ALL_CONSUMPTION, 25.0),
        load_mw=[2, 4],
    )

    assert [item.item for item in year.part.costs].count("funds") == 1
    assert year.bill()["funds"] == pytest.approx(750)


def test_consumption_pays_whether_the_sun_or_the_grid_serves_it_and_self_use_only_for_the_sun(bus: Any) -> None:
    """8 MWh are used. The sun could give 3 + 9: it serves 3 and 4, sells 5; 1 comes from the grid."""
    year = Year(
        bus,
        replace(WIDE, export_price_cny_per_mwh=100.0),
        charge("funds", Basis.ALL_CONSUMPTION, 25.0),
        charge("self_use", Basis.SELF_USED_ENERGY, 10.0),
        charge("energy", Basis.IMPORTED_ENERGY, 400.0),
        charge("feed", Basis.EXPORTED_ENERGY, 4.0),
        charge("meter", Basis.FIXED, 70.0),
        load_mw=[4, 4],
        sun_mw=[3, 9],
    )

    assert year.bill() == pytest.approx(
        {"funds": 200, "self_use": 70, "energy": 400, "feed": 20, "meter": 70, "export_income": -500}
        | {"capacity_charge": 0, "connection": 0}
    )


def test_no_self_use_is_paid_where_nothing_is_generated(bus: Any) -> None:
    year = Year(bus, WIDE, charge("self_use", Basis.SELF_USED_ENERGY, 10.0), load_mw=[4])

    assert year.cost_cny == 0.0


@pytest.mark.parametrize(("price", "allowed", "exported"), [(100.0, True, 5.0), (100.0, False, 0.0), (None, True, 0.0)])
def test_nothing_is_exported_unless_a_price_is_paid_and_the_rules_allow_it(
    bus: Any,
    price: float | None,
    allowed: bool,  # noqa: FBT001 - a case of the table
    exported: float,
) -> None:
    year = Year(
        bus,
        replace(WIDE, export_price_cny_per_mwh=price),
        DEAR,
        load_mw=[4],
        sun_mw=[9],
        exports_allowed=allowed,
    )

    assert float(np.sum(year.part.exported_mw)) == pytest.approx(exported)
    assert year.cost_cny == pytest.approx(-100.0 * exported)


def test_import_stays_below_a_limit_that_changes_by_the_hour(bus: Any) -> None:
    limit = Series(axis=TimeAxis(NEW_YEAR, 60, 2), values=np.array([5.0, 2.0]), unit="MW", source="the grid company")

    year = Year(bus, replace(WIDE, import_mw_max=limit), load_mw=[5, 2])

    assert year.most("import_mw") == [5.0, 2.0]
    with pytest.raises(Infeasible):
        Year(bus, replace(WIDE, import_mw_max=limit), load_mw=[5, 2.1])


def test_hours_closed_to_export_are_a_limit_of_nought(bus: Any) -> None:
    """The sun has 5 MW to spare in both hours; the second is declared hard to absorb."""
    closed = Series(axis=TimeAxis(NEW_YEAR, 60, 2), values=np.array([100.0, 0.0]), unit="MW", source="the province")

    grid = replace(WIDE, export_price_cny_per_mwh=100.0, export_mw_max=closed)

    year = Year(bus, grid, DEAR, load_mw=[4, 4], sun_mw=[9, 9])

    assert list(year.part.exported_mw.values) == pytest.approx([5.0, 0.0])


@pytest.mark.parametrize(
    ("capacity", "declared", "limit", "most"),
    [(10.0, None, None, 9.5), (10.0, 8.0, None, 8.0), (10.0, 8.0, 6.0, 6.0), (4.0, 8.0, 6.0, 3.8)],
)
def test_the_narrowest_of_capacity_declaration_and_limit_holds(
    bus: Any, capacity: float, declared: float | None, limit: float | None, most: float
) -> None:
    grid = replace(WIDE, capacity_mva=capacity, power_factor=0.95, declared_exchange_mw=declared, import_mw_max=limit)

    assert Year(bus, grid, load_mw=[1, 1]).most("import_mw") == pytest.approx([most, most])


def test_energy_is_not_sent_round_in_a_ring_where_feeding_pays_more_than_drawing_costs(bus: Any) -> None:
    """The connection is 25 times the load: drawing at 400 to feed at 500 would earn without an end but the capacity."""
    price = Series(axis=TimeAxis(NEW_YEAR, 60, 2), values=np.array([500.0, 100.0]), unit="CNY/MWh", source="by hand")
    dear = replace(WIDE, export_price_cny_per_mwh=price)

    year = Year(bus, dear, DEAR, load_mw=[4, 4])

    assert list(year.part.exported_mw.values) == pytest.approx([0.0, 0.0])
    assert year.cost_cny == pytest.approx(2 * 4 * 400.0)
    assert "1 of 2 periods" in year.part.notes[0].en


def test_energy_left_over_is_paid_at_the_cost_of_drawing_where_feeding_pays_more(bus: Any) -> None:
    year = Year(bus, replace(WIDE, export_price_cny_per_mwh=500.0), DEAR, load_mw=[4], sun_mw=[9])

    assert year.cost_cny == pytest.approx(-5 * 400.0)


def test_declared_exchange_holds_in_both_directions(bus: Any) -> None:
    grid = replace(WIDE, export_price_cny_per_mwh=100.0, declared_exchange_mw=3.0)

    year = Year(bus, grid, DEAR, load_mw=[3, 4], sun_mw=[0, 9])

    assert list(year.part.exported_mw.values) == pytest.approx([0.0, 3.0])
    with pytest.raises(Infeasible):
        Year(bus, grid, load_mw=[3.1, 4], sun_mw=[0, 9])


def test_export_needs_capacity_as_import_does(bus: Any) -> None:
    """Import needs 2 MVA. Selling 6 MWh at 100 CNY is worth 600; the 6 MVA for it cost 50 each; 2 MWh cost 400 each."""
    grid = replace(WIDE, capacity_mva=Choice(), export_price_cny_per_mwh=100.0)
    capacity = charge("capacity", Basis.CONNECTION_CAPACITY, 50.0)

    year = Year(bus, grid, capacity, DEAR, load_mw=[2, 2], sun_mw=[0, 8])

    assert year.part.sizes["capacity_mva"] == pytest.approx(6.0)
    assert year.cost_cny == pytest.approx(2 * 400 + 6 * 50 - 600)


def test_off_the_tariff_nothing_is_charged(bus: Any) -> None:
    assert Year(bus, WIDE, load_mw=[4], charges=None).cost_cny == 0.0


def test_a_connection_has_no_work_to_shift() -> None:
    assert WIDE.envelope(TimeAxis(NEW_YEAR, 60, 2)) is None
