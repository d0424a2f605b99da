"""Do the assets of a site make one balance, in which no energy is lost or found?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattloom.assets.contract import Choice, CostItem, Part, Stage, Surroundings
from wattloom.assets.kinds.battery.storage import Battery
from wattloom.assets.kinds.cluster.cluster import Cluster
from wattloom.assets.kinds.cluster.workload import WorkloadClass
from wattloom.assets.kinds.direct_line.line import DirectLine
from wattloom.assets.kinds.grid.connection import GridConnection
from wattloom.assets.kinds.solar.plant import Solar
from wattloom.assets.site import Site, annuity
from wattloom.domain.charges import Basis, Charge, Charges, PriceBasis
from wattloom.domain.flows import Flows
from wattloom.domain.series import Series
from wattloom.domain.time import TimeAxis
from wattloom.domain.weather import Place
from wattloom.domain.workloads import WorkloadKind
from wattloom.solve.program import Program
from wattloom.solve.solution import Solution

PLACE = Place(latitude_deg=37.5, longitude_deg=105.2, altitude_m=1225, time_zone="Asia/Shanghai")
START = datetime(2026, 12, 31, 16, tzinfo=UTC)
DAY = TimeAxis(START, 60, 24)
GRID = GridConnection(capacity_mva=100.0, energy_price_cny_per_mwh=0.0, power_factor=1.0, export_price_cny_per_mwh=50.0)


def surroundings(axis: TimeAxis = DAY, **around: Any) -> Surroundings:
    """A place where grid energy costs 400 CNY/MWh."""
    bought = Charge(item="energy", basis=Basis.IMPORTED_ENERGY, price=400.0)
    charges = Charges(mode="by hand", items=(bought,), price_basis=PriceBasis.WITH_VAT)
    return Surroundings(axis=axis, place=PLACE, weather=None, **{"charges": charges, "parts": {}, **around})


def sun(factor: list[float], power_mw: Any = 10.0, axis: TimeAxis = DAY) -> Solar:
    return Solar(
        power_mw=power_mw,
        capital_cost_cny_per_kw=1.0,
        fixed_cny_per_kw_year=0.0,
        capacity_factor=Series(axis=axis, values=np.asarray(factor), unit="1", source="by hand"),
    )


def battery(**fields: Any) -> Battery:
    costs = {"capital_cost_cny_per_kw": 0.01, "capital_cost_cny_per_kwh": 0.01, "fixed_cny_per_kw_year": 0.0}
    return Battery(**{"power_mw": 5.0, "energy_mwh": 20.0, "life_years": 10.0, **costs, **fields})


def hall(**fields: Any) -> Cluster:
    return Cluster(**{"it_mw": 8.0, "utilisation": 0.5, "overhead_fixed": 0.1, "overhead_slope": 0.2, **fields})


def solved(assets: dict[str, Any], around: Surroundings) -> tuple[Flows, dict[str, Part], Solution]:
    """The cheapest day of a site."""
    program = Program(around.axis)
    built = Site(assets=assets, around=around, discount_rate=0.05).add_to(program)
    solution = program.solve()
    return built.flows.map(solution.value), built.solved(solution), solution


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A small site, drawn by chance."""

    factor: list[float]
    sun_mw: float | Choice
    charge_efficiency: float
    discharge_efficiency: float
    leak_per_hour: float
    waiting_share: float
    line_loss: float


sites = st.builds(
    Drawn,
    factor=st.lists(st.sampled_from([0.0, 0.1, 0.4, 0.9, 1.0]), min_size=24, max_size=24),
    sun_mw=st.sampled_from([0.0, 6.0, 30.0, Choice(max=40.0)]),
    charge_efficiency=st.sampled_from([0.8, 0.95, 1.0]),
    discharge_efficiency=st.sampled_from([0.85, 1.0]),
    leak_per_hour=st.sampled_from([0.0, 0.01, 0.1]),
    waiting_share=st.sampled_from([0.0, 0.5, 1.0]),
    line_loss=st.sampled_from([0.0, 0.05]),
)


def of_chance(drawn: Drawn) -> dict[str, Any]:
    """Its assets: sun behind a line, cells, a hall of which part may wait, and the grid."""
    classes = {
        "serving": WorkloadClass(kind=WorkloadKind.FIRM_SERVING, share=1.0 - drawn.waiting_share),
        "batch": WorkloadClass(kind=WorkloadKind.BATCH, share=drawn.waiting_share, window_hours=6.0),
    }
    return {
        "hall": hall(classes={name: work for name, work in classes.items() if work.share}),
        "sun": sun(drawn.factor, drawn.sun_mw),
        "line": DirectLine(
            sources=("sun",),
            length_km=100.0,
            voltage_kv=110.0,
            capacity_mw=20.0,
            loss_share_per_100km=drawn.line_loss,
            capital_cost_cny_per_km=0.0,
        ),
        "cells": battery(
            charge_efficiency=drawn.charge_efficiency,
            discharge_efficiency=drawn.discharge_efficiency,
            self_discharge_per_hour=drawn.leak_per_hour,
        ),
        "grid": GRID,
    }


@settings(max_examples=12, deadline=None, derandomize=True)
@given(drawn=sites)
def test_energy_in_is_energy_out_plus_losses_plus_what_is_stored(drawn: Drawn) -> None:
    """In each hour, and over the day, whatever was drawn: the losses are reckoned here from the efficiencies alone."""
    flows, _, _ = solved(of_chance(drawn), surroundings())
    cells = flows.storages["cells"]
    charged, discharged, stored = (np.asarray(p) for p in (cells.charged_mw, cells.discharged_mw, cells.stored_mwh))
    before = np.roll(stored, 1)  # The day is a ring.
    conversion = (1 - drawn.charge_efficiency) * charged + (1 / drawn.discharge_efficiency - 1) * discharged
    leaked = drawn.leak_per_hour * before
    given_mw = np.asarray(flows.delivered_mw()) + np.asarray(flows.imported_mw)
    taken_mw = np.asarray(flows.load_mw()) + np.asarray(flows.exported_mw)

    assert given_mw == pytest.approx(taken_mw + conversion + leaked + (stored - before), abs=1e-6)
    assert given_mw.sum() == pytest.approx((taken_mw + conversion + leaked).sum(), abs=1e-5)


@settings(max_examples=5, deadline=None, derandomize=True)
@given(drawn=sites)
def test_all_work_is_done_and_the_sun_gives_no_more_than_it_has(drawn: Drawn) -> None:
    """4 MW of IT on average, 0.8 MW of overhead whatever runs and 0.2 MW for each MW: 24 × (4.8 + 0.8) MWh."""
    flows, parts, _ = solved(of_chance(drawn), surroundings())
    source = flows.sources["sun"]
    sent = np.asarray(source.delivered_mw) + np.asarray(source.line_loss_mw)

    assert float(flows.load_mw().sum()) == pytest.approx(24 * 5.6, abs=1e-5)
    assert np.all(sent <= parts["sun"].sizes["power_mw"] * np.asarray(drawn.factor) + 1e-6)
    assert np.asarray(source.line_loss_mw) == pytest.approx(drawn.line_loss * sent, abs=1e-6)


def test_assets_are_added_by_stage_whatever_the_order_of_the_file() -> None:
    """A line needs its source before it, cells their firm load, contracts what the grid draws."""
    seen: list[str] = []

    def noting(name: str, stage: Stage, **fields: Any) -> Any:
        class Noting:
            STAGE: ClassVar[Stage] = stage

            def add_to(self, _program: Program, own: str, site: Surroundings) -> Part:
                seen.append(own)
                assert set(site.parts) == set(seen[:-1])
                return Part(name=own, kind="noting")

        asset = Noting()
        for key, value in fields.items():
            setattr(asset, key, value)
        return {name: asset}

    assets = (
        noting("contract", Stage.EXCHANGE)
        | noting("grid", Stage.EXCHANGE, capacity_mva=1.0)
        | noting("cells", Stage.STORAGE)
        | noting("line", Stage.CARRIER)
        | noting("sun", Stage.SOURCE)
        | noting("hall", Stage.LOAD)
    )
    program = Program(DAY)
    program.cost("nothing", program.size("nothing"))

    Site(assets=assets, around=surroundings(), discount_rate=0.0).add_to(program)

    assert seen == ["hall", "sun", "line", "cells", "grid", "contract"]


def test_a_line_gives_the_site_the_sun_that_arrives() -> None:
    """10 MW of sun, 5 % lost on 100 km: 9.5 arrive; the hall takes 5.6, so 3.9 are sold."""
    axis = TimeAxis(START, 60, 1)
    line = DirectLine(
        sources=("sun",),
        length_km=100.0,
        voltage_kv=110.0,
        capacity_mw=10.0,
        loss_share_per_100km=0.05,
        capital_cost_cny_per_km=0.0,
    )

    flows, parts, _ = solved(
        {"hall": hall(), "grid": GRID, "line": line, "sun": sun([1.0], axis=axis)}, surroundings(axis)
    )

    assert float(parts["sun"].inject_mw.sum()) == pytest.approx(9.5)
    assert float(flows.exported_mw.sum()) == pytest.approx(3.9)


def test_without_costs_the_objective_is_free_and_the_balance_still_holds() -> None:
    program = Program(DAY)

    Site(assets={"hall": hall(), "grid": GRID}, around=surroundings(), discount_rate=0.0).add_to(program, costs=False)

    assert program.costs == {}
    assert "balance" in program.model.constraints


def test_two_sites_with_prefixes_share_one_program() -> None:
    """Each pays 24 × 5.6 MWh at 400 CNY."""
    program = Program(DAY)
    for prefix in ("east.", "west."):
        around = surroundings(prefix=prefix)
        Site(assets={"hall": hall(), "grid": GRID}, around=around, discount_rate=0.0).add_to(program)

    assert program.solve().objective == pytest.approx(2 * 24 * 5.6 * 400)


@pytest.mark.parametrize(
    ("rate", "years", "payment"),
    [(0.0, 20, 0.05), (0.1, 1, 1.1), (0.1, 2, 0.576190476), (0.07, 25, 0.085810517)],
)
def test_annuity_pays_back_one(rate: float, years: float, payment: float) -> None:
    """1.1 after a year at 10 %; over two years 0.576: (1 × 1.1 − 0.576) × 1.1 = 0.576."""
    assert annuity(rate, years) == pytest.approx(payment)
    assert sum(annuity(rate, years) / (1 + rate) ** year for year in range(1, int(years) + 1)) == pytest.approx(1.0)


def test_yearly_cost_counts_standing_cost_by_the_axis_and_variable_cost_as_it_came() -> None:
    """1000 over two years at 10 % is 576.19 a year, with 50 of upkeep 626.19; half a year of it, and 30 that came."""
    item = CostItem(item="x", capital_cny=1000.0, life_years=2, fixed_cny_per_year=50.0, variable_cny_per_year=30.0)
    site = Site(assets={}, around=surroundings(years=0.5), discount_rate=0.1)

    assert site.yearly(item) == pytest.approx(626.190476 / 2 + 30.0)
