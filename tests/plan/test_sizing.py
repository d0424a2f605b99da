"""Are sizes told as they are meant?"""

from __future__ import annotations

from wattloom.assets.contract import Part
from wattloom.plan.sizing import without_dust


def test_what_a_solver_leaves_behind_is_no_size() -> None:
    parts = {
        "pv": Part(name="pv", kind="solar", sizes={"power_mw": 1992.0}),
        "h2": Part(name="h2", kind="hydrogen", sizes={"power_mw": 5.1e-7, "energy_mwh": 5.97e-5}),
        "pack": Part(name="pack", kind="battery", sizes={"power_mw": 0.01}),
    }

    kept = without_dust(parts)

    assert kept["h2"].sizes == {"power_mw": 0.0, "energy_mwh": 0.0}
    assert kept["pv"].sizes == {"power_mw": 1992.0}
    assert kept["pack"].sizes == {"power_mw": 0.01}
