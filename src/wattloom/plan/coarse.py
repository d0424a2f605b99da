"""How does the same question look on longer steps? For sweeps and searches, where a fifth of the time is enough."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np

from wattloom.domain.series import Series
from wattloom.domain.weather import Weather
from wattloom.plan.sizing import Question, site_of


def coarser(question: Question, hours: float) -> Question:
    """The question on steps of some hours: every series, weather included, as means over them."""
    factor = round(hours / question.axis.step_hours)
    if factor <= 1:
        return question
    axis = question.axis.coarser(factor)
    around = site_of(question, None).around
    profiled = {
        name: asset.profiled(name, around) if hasattr(asset, "profiled") else asset
        for name, asset in question.assets.items()
    }
    return replace(
        question,
        axis=axis,
        assets={name: _coarser(asset, factor) for name, asset in profiled.items()},
        weather=None if question.weather is None else _coarser_weather(question.weather, factor),
        finance=_coarser(question.finance, factor),
    )


def _coarser(value: Any, factor: int) -> Any:
    """A dataclass with every series in it made coarser."""
    if isinstance(value, Series):
        return value.coarser(factor)
    if isinstance(value, Mapping):
        return {key: _coarser(part, factor) for key, part in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        before = {item.name: getattr(value, item.name) for item in fields(value)}
        changed = {name: _coarser(part, factor) for name, part in before.items() if _may_hold_series(part)}
        return replace(value, **changed) if changed else value
    return value


def _may_hold_series(part: Any) -> bool:
    """Whether there is anything to look into."""
    return isinstance(part, Series | Mapping) or (is_dataclass(part) and not isinstance(part, type))


def _coarser_weather(weather: Weather, factor: int) -> Weather:
    """Weather as means over longer steps; profiles that depend on the sun's place are computed before this."""
    arrays = {
        item.name: np.asarray(getattr(weather, item.name)).reshape(-1, factor).mean(axis=1)
        for item in fields(weather)
        if hasattr(getattr(weather, item.name), "shape")
    }
    return replace(weather, axis=weather.axis.coarser(factor), **arrays)
