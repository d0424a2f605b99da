"""Do flows mean the same as expressions and as arrays?"""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
import xarray as xr

from wattloom.domain.flows import (
    NUCLEAR,
    TIME,
    WIND_AND_SUN,
    Flows,
    LoadFlows,
    SourceFlows,
    StorageFlows,
    Trait,
    number,
    total,
)
from wattloom.domain.time import TimeAxis
from wattloom.solve.program import Program


def power(*values: float) -> xr.DataArray:
    return xr.DataArray(list(values), dims=TIME)


def half_hours() -> Flows:
    """Two half hours: sun gives 30 of 40 and loses 2 on its line, a reactor 5, a hall takes 10 + 2 and 20 + 4."""
    return Flows(
        step_hours=0.5,
        sources={
            "sun": SourceFlows(
                available_mw=power(40, 0), delivered_mw=power(30, 0), line_loss_mw=power(2, 0), traits=WIND_AND_SUN
            ),
            "reactor": SourceFlows(available_mw=power(5, 5), delivered_mw=power(5, 5), traits=NUCLEAR),
        },
        storages={"cells": StorageFlows(charged_mw=power(4, 0), discharged_mw=power(0, 3), stored_mwh=power(1.8, 0.0))},
        loads={"hall": LoadFlows(it_mw=power(10, 20), overhead_mw=power(2, 4))},
        imported_mw=power(0, 16),
        exported_mw=power(19, 0),
    )


def test_energy_is_power_times_the_length_of_its_period() -> None:
    flows = half_hours()

    assert number(flows.energy_mwh(flows.imported_mw)) == 8.0
    assert number(flows.energy_mwh(flows.load_mw())) == (12 + 24) / 2


def test_a_power_that_is_nowhere_has_no_energy() -> None:
    flows = half_hours()

    assert flows.contracted_mw == 0.0
    assert flows.energy_mwh(flows.contracted_mw) == 0.0
    assert Flows(step_hours=1.0).load_mw() == 0.0


def test_sources_are_told_apart_by_what_they_count_as() -> None:
    flows = half_hours()

    assert flows.delivered_mw().values.tolist() == [35, 5]
    assert flows.delivered_mw(Trait.NEW_ENERGY).values.tolist() == [30, 0]
    assert flows.delivered_mw(Trait.CARBON_FREE).values.tolist() == [35, 5]
    assert flows.delivered_mw(Trait.GREEN, without=True).values.tolist() == [5, 5]


def test_what_is_lost_on_the_line_is_not_curtailed() -> None:
    """40 were there, 30 arrived, 2 were lost: 8 are curtailed."""
    assert half_hours().curtailed_mw(Trait.NEW_ENERGY).values.tolist() == [8, 0]


def test_total_of_powers_forgets_plain_zeros_so_that_expressions_stay_small() -> None:
    assert total([]) == 0.0
    assert total([0.0, 0]) == 0.0
    assert total([0.0, power(1, 2), 0, power(3, 4)]).values.tolist() == [4, 6]


def test_mapping_turns_every_power_and_leaves_the_facts() -> None:
    flows = half_hours()

    doubled = flows.map(lambda value: value * 2)

    assert doubled.step_hours == 0.5
    assert doubled.sources["sun"].traits == WIND_AND_SUN
    assert doubled.sources["reactor"].carbon_t_per_mwh == 0.0
    assert doubled.storages["cells"].stored_mwh.values.tolist() == [3.6, 0.0]
    assert doubled.loads["hall"].total_mw.values.tolist() == [24, 48]
    assert doubled.imported_mw.values.tolist() == [0, 32]
    assert flows.imported_mw.values.tolist() == [0, 16]


def test_flows_of_a_program_are_after_it_the_same_flows_as_arrays() -> None:
    """Import covers a hall of 10 and 20 MW; the expression of its energy has the value of the energy of its values."""
    program = Program(TimeAxis(datetime(2027, 1, 1, tzinfo=UTC), 30, 2))
    imported = 1.0 * program.flow("import")
    flows = Flows(
        step_hours=0.5,
        loads={"hall": LoadFlows(it_mw=program.series([10.0, 20.0]), overhead_mw=program.series(0.0))},
        imported_mw=imported,
    )
    program.require("balance", imported - flows.load_mw() == 0)
    energy = flows.energy_mwh(flows.imported_mw)
    program.cost("energy", energy)

    solution = program.solve()
    solved = flows.map(solution.value)

    assert solution.value(energy) == pytest.approx(15.0)
    assert number(solved.energy_mwh(solved.imported_mw)) == pytest.approx(15.0)
    assert np.asarray(solved.imported_mw).tolist() == pytest.approx([10.0, 20.0])
