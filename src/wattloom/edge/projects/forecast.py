"""Is this forecast file right, and what does it ask? Every problem at once, or a `ForecastProject`."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import wattloom.forecast.models
from wattloom.domain.members import names_of
from wattloom.edge.projects.table import forecast_shape
from wattloom.edge.projects.whole import read_whole
from wattloom.forecast.project import ForecastProject

START = "begin from the file in docs/how-to/forecast-a-station.md"


def read_forecast(path: Path | str, *, models: Collection[str] | None = None) -> ForecastProject:
    """The forecast project of a file; `InputError` with every problem, in the order of lines."""
    known = names_of(wattloom.forecast.models) if models is None else tuple(models)
    return read_whole(path, forecast_shape(), ForecastProject, names={"model": known}, start=START)
