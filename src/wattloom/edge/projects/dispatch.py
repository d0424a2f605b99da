"""Is this dispatch file right, and what does it ask? Every problem at once, or a `DispatchProject`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from wattloom.assets.contract import AssetKind, FromForecast
from wattloom.dispatch.project import DispatchProject
from wattloom.domain.errors import InputError
from wattloom.edge.projects.forecast import read_forecast
from wattloom.edge.projects.lines import Section, line_of
from wattloom.edge.projects.remedies import did_you_mean, listed
from wattloom.edge.projects.spots import Reading, Spot
from wattloom.edge.projects.table import dispatch_shape, kinds_found
from wattloom.edge.projects.whole import read_whole
from wattloom.forecast.project import ForecastProject

START = "begin from the file in docs/how-to/dispatch-a-day.md"


def read_dispatch(
    path: Path | str,
    *,
    territories: Collection[str],
    datasets: Collection[str] | None = None,
    kinds: Mapping[str, AssetKind] | None = None,
) -> DispatchProject:
    """The dispatch project of a file; `InputError` with every problem, in the order of lines."""
    names: dict[str, Collection[str]] = {"territory": tuple(territories)}
    if datasets is not None:
        names["dataset"] = tuple(datasets)
    shape = dispatch_shape(kinds_found() if kinds is None else kinds)
    return read_whole(path, shape, DispatchProject, names=names, start=START, across=_check_forecasts)


def read_forecasts_of(project: DispatchProject) -> dict[str, ForecastProject]:
    """The forecast files that a dispatch project names, by their path."""
    return {path: read_forecast(path) for path in dict.fromkeys(_named(project.sites))}


def _named(value: Any) -> Iterator[str]:
    """Every forecast file named in a part of a project."""
    if isinstance(value, FromForecast):
        yield value.forecast
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _named(part)
    elif is_dataclass(value):
        for item in fields(value):
            yield from _named(getattr(value, item.name))


def _check_forecasts(root: Section, reading: Reading) -> None:
    """Note each forecast whose file is wrong or lacks the station or the level."""
    read: dict[str, ForecastProject | InputError] = {}
    for keys, said in list(reading.values.items()):
        if not isinstance(said, FromForecast):
            continue
        if said.forecast not in read:
            read[said.forecast] = _tried(said.forecast)
        for key, *told in _faults(said, read[said.forecast]):
            path = (*keys, key)
            spot = Spot(reading, line_of(root, path, 1), path, ".".join(path))
            spot.problem(found=told[0], expected=told[1], remedy=told[2])


def _tried(file: str) -> ForecastProject | InputError:
    """The forecast file, or what is wrong with it."""
    try:
        return read_forecast(file)
    except InputError as wrong:
        return wrong


def _faults(said: FromForecast, found: ForecastProject | InputError) -> Iterator[tuple[str, str, str, str]]:
    """Key, found, expected and remedy of what does not fit."""
    if isinstance(found, InputError):
        first, more = found.problems[0], len(found.problems) - 1
        told = f"{first.where}: {first.found}" + (f", and {more} more" if more else "")
        yield "forecast", told, f"a right forecast file: {first.expected}", "wattloom forecast day FILE tells all"
        return
    if said.station not in found.stations:
        known = listed(sorted(found.stations), most=20)
        remedy = did_you_mean(said.station, found.stations, "name one of them, or add it to the forecast file")
        yield "station", f'"{said.station}"', f"a station of the forecast file: {known}", remedy
    if said.quantile not in found.levels:
        levels = ", ".join(f"{level:g}" for level in found.levels)
        yield "quantile", f"{said.quantile:g}", f"one of its levels: {levels}", "take one, or add it to its levels"
