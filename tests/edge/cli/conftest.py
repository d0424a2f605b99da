"""The command line in this process, and a site that is planned in seconds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from wattloom.edge.cli.commands import commands
from wattloom.edge.cli.doors import Doors
from wattloom.wiring import find

Run = Callable[..., Result]

TINY = """\
name: A hall in the sun
site: {name: Karamay, latitude_deg: 45.58, longitude_deg: 84.89, altitude_m: 400, time_zone: Asia/Shanghai}
connection: {territory: xinjiang, voltage_kv: 110}
study: {year: 2027, project_years: [1]}
assets:
  computing:
    kind: cluster
    it_mw: 5
    utilisation: 0.7
    overhead_fixed: 0.08
    overhead_slope: 0.12
  sun:
    kind: solar
    power_mw: {min: 0, max: 60}
    capacity_factor:
      by_hour: [0, 0, 0, 0, 0, 0, 0, 0, 0.1, 0.3, 0.5, 0.6, 0.7, 0.7, 0.7, 0.6, 0.5, 0.3, 0.1, 0, 0, 0, 0, 0]
    capital_cost_cny_per_kw: 3000
    fixed_cny_per_kw_year: 45
  storage:
    kind: battery
    power_mw: {min: 0, max: 40}
    energy_mwh: {min: 0, max: 200}
    capital_cost_cny_per_kw: 376
    capital_cost_cny_per_kwh: 906
    fixed_cny_per_kw_year: 20
    life_years: 15
  grid:
    kind: grid
    capacity_mva: {min: 0, max: 20}
    energy_price_cny_per_mwh: 300
"""


@pytest.fixture(scope="session")
def wattloom() -> Run:
    """`wattloom("plan", "site", …)`; other doors may stand in place of the real ones."""

    def run(*words: object, **doors: Any) -> Result:
        def opened(name: str) -> Any:
            return doors[name] if name in doors else find(name)

        return CliRunner().invoke(commands(Doors(find=opened)), [str(word) for word in words])

    return run


@pytest.fixture(scope="session")
def tiny_text() -> str:
    """5 MW with sun by the hour of the day, so that no weather is needed."""
    return TINY


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """The project file of it."""
    path = tmp_path / "tiny.yaml"
    path.write_text(TINY, encoding="utf-8")
    return path
