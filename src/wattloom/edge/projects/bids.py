"""Is this bid file right, and what does it ask? Every problem at once, or a `BidProject` and its forecasts."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from wattloom.edge.projects.forecast import read_forecast
from wattloom.edge.projects.sorts import bid_shape
from wattloom.edge.projects.whole import read_whole
from wattloom.forecast.project import ForecastProject
from wattloom.market.bids.project import BidProject

START = "begin from the file in docs/how-to/bid-in-the-spot-market.md"


def read_bids(path: Path | str, *, territories: Collection[str]) -> BidProject:
    """The bid project of a file; `InputError` with every problem, in the order of lines."""
    return read_whole(path, bid_shape(), BidProject, names={"territory": territories}, start=START)


def read_prices_of(project: BidProject, folder: Path) -> tuple[ForecastProject, Path]:
    """The forecast file that a bid file names, and the folder it lies in."""
    path = folder / project.prices.forecast
    return read_forecast(path), path.parent
