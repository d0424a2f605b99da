"""Flows of one year told by their energies, for hand-worked ratios."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import xarray as xr

from wattloom.domain.flows import WIND_AND_SUN, Flows, LoadFlows, SourceFlows


def one_period(energy_mwh: float) -> xr.DataArray:
    return xr.DataArray([energy_mwh], dims=["time"])


def year_of_flows(
    *,
    available_mwh: float,
    load_mwh: float,
    export_mwh: float = 0.0,
    curtailed_mwh: float = 0.0,
    certificates_mwh: float = 0.0,
) -> Flows:
    """One period of one hour: what is not self-used comes from the public grid."""
    delivered = available_mwh - curtailed_mwh
    imported = max(0.0, load_mwh - (delivered - export_mwh))
    return Flows(
        step_hours=1.0,
        sources={
            "pv": SourceFlows(
                available_mw=one_period(available_mwh), delivered_mw=one_period(delivered), traits=WIND_AND_SUN
            )
        },
        loads={"cluster": LoadFlows(it_mw=one_period(load_mwh), overhead_mw=one_period(0.0))},
        imported_mw=one_period(imported),
        exported_mw=one_period(export_mwh),
        certificates_mwh=certificates_mwh,
    )


@pytest.fixture
def flows_of() -> Callable[..., Flows]:
    return year_of_flows
