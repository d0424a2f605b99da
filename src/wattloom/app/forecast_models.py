"""Which models are asked for a station, and in which order? Names of the file become members of the folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import wattloom.forecast.models
from wattloom.domain.errors import InputError
from wattloom.domain.forecasts import TargetKind
from wattloom.domain.members import member, names_of

if TYPE_CHECKING:
    from wattloom.app.forecast_inputs import Station
    from wattloom.forecast.contract import Model
    from wattloom.forecast.project import ForecastProject

USUAL = {
    TargetKind.SOLAR: ("boosted", "clear_sky"),
    TargetKind.WIND: ("power_curve", "boosted"),
    TargetKind.LOAD: ("temperature_load", "boosted"),
    TargetKind.PRICE: ("lear", "boosted"),
    TargetKind.ARRIVALS: ("arrivals", "boosted"),
}
"""By kind, what is asked where the file names nothing: the first whose inputs the record has."""
BASELINE = "seasonal_naive"
LAST = "climatology"
"""Stands behind whatever the file names."""


def chain_of(station: Station, project: ForecastProject) -> tuple[Model, ...]:
    """The model asked, those behind it, and climatology at the end."""
    entry = project.models_of(station.key)
    asked = entry.asked or usual(station)
    names = dict.fromkeys((asked, *entry.fall_back, LAST))
    return tuple(model_named(name) for name in names if name in names_of(wattloom.forecast.models))


def tested_of(station: Station, project: ForecastProject) -> dict[str, tuple[Model, tuple[str, ...]]]:
    """Every model that a back-test shall judge, with its parts in the file."""
    entry = project.models_of(station.key)
    parts: dict[str, list[str]] = {entry.asked or usual(station): ["asked"]}
    for name in entry.fall_back:
        parts.setdefault(name, []).append("fall_back")
    for name in entry.beside:
        parts.setdefault(name, []).append("beside")
    parts.setdefault(BASELINE, []).append("baseline")
    return {name: (model_named(name), tuple(said)) for name, said in parts.items()}


def usual(station: Station) -> str:
    """The usual model of a kind whose inputs are there; the baseline where none is."""
    for name in USUAL[station.feed.kind]:
        if name in names_of(wattloom.forecast.models):
            model = model_named(name)
            if station.feed.kind in model.kinds and set(model.needs) <= set(station.feed.channels):
                return name
    return BASELINE


def model_named(name: str) -> Model:
    """A member of the folder; `InputError` where it cannot be loaded."""
    try:
        found: Model = member(wattloom.forecast.models, name, "MODEL")
    except ImportError as error:
        raise InputError.one(
            f"model {name}",
            found=f"{error}",
            expected="what it is built on to be installed",
            remedy="install the extra that its page names, or take another model",
        ) from error
    return found
