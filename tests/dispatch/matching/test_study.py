"""Are thousands of variants answered as one by one, whoever works them out?"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from tests.dispatch.matching.small import ROOT, WEST, campaign, with_batch

from wattloom.dispatch.matching import GAP_MAX, Change, Finding, Scenario, changed, findings, solve_cold
from wattloom.domain.errors import InputError
from wattloom.edge.workers import LocalProcesses

OUTAGE = Scenario(
    name="line out",
    changes=(
        Change(part="lines", field="forward_mw_max", factor=0.0),
        Change(part="lines", field="backward_mw_max", factor=0.0),
    ),
)
SPIKE = Scenario(
    name="west at 400",
    changes=(Change(part="regions", field="supply_price_cny_per_mwh", factor=4.0, rows=np.array([WEST]), column=1),),
)
AS_IT_IS = Scenario(name="as it is", changes=())


def test_each_scenario_costs_what_a_hand_sheet_says() -> None:
    """Line out: 4 MW move at 120, 6 wait at 300. West at 400: all 10 wait."""
    found = list(findings(with_batch(10.0), [AS_IT_IS, OUTAGE, SPIKE]))

    assert [f.name for f in found] == ["as it is", "line out", "west at 400"]
    costs = [f.certificate.cost_cny_per_h for f in found]
    assert costs == pytest.approx([1797.0, 480.0 + 1800.0, 3000.0], rel=GAP_MAX)
    assert found[1].moved_it_mw == pytest.approx(4.0, abs=0.02)
    assert found[2].unserved_it_mw == pytest.approx([0, 0, 0, 10.0], abs=0.05)


def test_a_change_touches_its_own_rows_and_leaves_the_base_alone() -> None:
    base = with_batch()

    spiked = changed(base, SPIKE)

    assert spiked.regions.supply_price_cny_per_mwh.tolist() == [[0.0, 500.0], [0.0, 400.0]]
    assert base.regions.supply_price_cny_per_mwh[WEST, 1] == 100.0


def test_workers_find_the_same_whoever_takes_which_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    base, chance = campaign().Drawn(50, 9).tick, np.random.default_rng(0)
    scenarios = [
        Scenario(
            name=f"demand {k}",
            changes=(Change(part="sites", field="demand_mw", factor=chance.uniform(0.7, 1.1, (50, 4))),),
        )
        for k in range(12)
    ]

    alone = list(findings(base, scenarios))
    monkeypatch.setattr("wattloom.dispatch.matching.study.PIECE", 5)
    with LocalProcesses(2) as workers:
        together = list(findings(base, scenarios, workers))

    def told(found: list[Finding]) -> list[tuple[str, object, bytes]]:
        return [(f.name, f.certificate, f.step_mw.tobytes()) for f in found]

    assert told(alone) == told(together)
    optimum = solve_cold(changed(base, scenarios[3])).cost_cny_per_h
    assert alone[3].certificate.cost_cny_per_h == pytest.approx(optimum, rel=GAP_MAX)


def test_a_scenario_that_makes_no_sense_is_named() -> None:
    base = replace(with_batch())
    bad = Scenario(name="upside down", changes=(Change(part="regions", field="supply_mw_max", factor=-1.0),))

    with pytest.raises(InputError, match="scenario upside down: region east thermal"):
        list(findings(base, [AS_IT_IS, bad]))


@pytest.mark.slow
def test_the_benchmark_ends_with_its_figures() -> None:
    command = [sys.executable, str(ROOT / "benchmarks" / "matching.py"), "--quick", "--seed", "1"]

    done = subprocess.run(command, capture_output=True, text=True, check=True)

    figures = json.loads(done.stdout.splitlines()[-1])
    assert figures["certified_share"] >= 0.999
    assert figures["worst_gap"] <= 1e-3
    assert figures["speedup_vs_highs_warm_n1000"] > 10
