"""Which numbers do the pictures of forecasts draw? Fans, reliability, ranks, errors by hour and by lead."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import MissingData
from wattloom.edge.reports.charts import Payload, Spec
from wattloom.edge.reports.dispatch_charts import named, short
from wattloom.edge.reports.forecast_record import cleaned, usable
from wattloom.edge.reports.forecast_words import of_station
from wattloom.forecast.curves import HOURS, by_hour
from wattloom.forecast.metrics import pit_shares, reliability
from wattloom.forecast.solar.daylight import of_daytime

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wattloom.app.forecast_answer import ForecastRun, StationForecast
    from wattloom.forecast.feed import Feed

MINUTES_PER_HOUR = 60
RECENT_LEADS = 3
"""The record shown is so many times as long as the forecast, where there is as much."""
SHOWN_MAX = 24
"""Stations that a picture offers; more would be no choice but a list."""


def of_run(run: ForecastRun) -> Payload:
    """Every picture of a forecast's report."""
    payload = Payload()
    shown = run.stations[:SHOWN_MAX]
    payload.charts["fan"] = {
        "kind": "fan",
        "variants": [fan(one, payload) for one in shown],
        "words": {key: payload.word(f"forecast_{key}") for key in ("recorded", "median", "band", "issue")},
    }
    if cleaned(run):
        payload.charts["record"] = heat(cleaned(run)[:SHOWN_MAX], payload)
    true = [one for one in shown if came_true(one)]
    if true:
        payload.charts["reliability"] = curves([_reliability(one, payload) for one in true], payload, "forecast_level")
        payload.charts["pit"] = curves([_pit(one, payload) for one in true], payload, "forecast_between")
        payload.charts["by_hour"] = curves([_by_hour(one, payload) for one in true], payload, "forecast_hour")
    return payload


def heat(stations: list[StationForecast], payload: Payload) -> Spec:
    """Each station's record as hour × day: what part of its values can be used."""
    longest = max(stations, key=lambda one: one.about.axis.hours)
    variants = []
    for one in stations:
        name = payload.label(f"station.{one.key}", of_station(one.key, one.about))
        variants.append({"label": name, "unit": "1", "ramp": "green", "max": 1.0, "rows": usable(one)})
    start = longest.record.axis.local(longest.about.zone)[0] if longest.record else None
    return {"kind": "heat", "start": start.strftime("%Y-%m-%d") if start is not None else "", "variants": variants}


def came_true(one: StationForecast) -> bool:
    """Whether any replayed issue has an outcome."""
    try:
        return bool(np.isfinite(pit_shares(*_answers(one))).all())
    except MissingData:
        return False


def fan(one: StationForecast, payload: Payload) -> Spec:
    """The newest record, then the quantiles, on one clock."""
    forecast, recent = one.issued.forecast, one.recent
    shown = min(recent.axis.count, max(RECENT_LEADS * forecast.axis.count, 1))
    before = [moment.strftime("%m-%d %H:%M") for moment in recent.axis.local(one.about.zone)][-shown:]
    after = [moment.strftime("%m-%d %H:%M") for moment in forecast.axis.local(one.about.zone)]
    gap = round((forecast.axis.start - recent.axis.end).total_seconds() / MINUTES_PER_HOUR / forecast.axis.step_minutes)
    between = one.recent.axis.end.timestamp()
    waits = [_clock(between + n * forecast.axis.step_minutes * MINUTES_PER_HOUR, one.about) for n in range(max(0, gap))]
    blank: list[float | None] = [None] * (len(before) + len(waits))
    return {
        **named(payload, f"station.{one.key}", of_station(one.key, one.about)),
        "unit": forecast.unit,
        "step_minutes": forecast.axis.step_minutes,
        "x": [*before, *waits, *after],
        "recorded": [*short(recent.values[-shown:]), *([None] * (len(waits) + len(after)))],
        "levels": list(forecast.levels),
        "quantiles": [[*blank, *short(forecast.quantiles[:, i])] for i in range(len(forecast.levels))],
        "issue": len(before),
    }


def curves(variants: Sequence[Spec], payload: Payload, x_label: str, *, unit: str = "") -> Spec:
    """Curves or bars of several stations, one choice each."""
    return {"kind": "curves", "x_label": payload.word(x_label), "unit": unit, "variants": list(variants)}


def reliability_of(levels: Sequence[float], lines: Sequence[tuple[str, NDArray[np.float64]]], payload: Payload) -> Spec:
    """Share of outcomes below each quantile, against the level; on the diagonal all is well."""
    series = [
        {"label": label, "role": f"line{n % 8}", "values": short(100 * found)} for n, (label, found) in enumerate(lines)
    ]
    ideal = {"label": payload.word("forecast_ideal"), "role": "other", "style": "dash",
             "values": short(100 * np.asarray(levels))}  # fmt: skip
    return {"x": short(100 * np.asarray(levels)), "unit": "%", "series": [*series, ideal], "square": True}


def pit_of(levels: Sequence[float], lines: Sequence[tuple[str, NDArray[np.float64]]], payload: Payload) -> Spec:
    """Share of outcomes between neighbouring quantiles over what was promised: 1 everywhere is well."""
    edges = np.concatenate([[0.0], levels, [1.0]])
    promised = np.diff(edges)
    x = [f"{100 * low:g}–{100 * high:g} %" for low, high in pairwise(edges)]
    series = [
        {"label": label, "role": f"line{n % 8}", "style": "bar", "values": short(found / promised)}
        for n, (label, found) in enumerate(lines)
    ]
    ideal = {"label": payload.word("forecast_ideal"), "role": "load", "style": "dash", "values": [1.0] * len(x)}
    return {"x": x, "unit": "", "series": [*series, ideal]}


def _reliability(one: StationForecast, payload: Payload) -> Spec:
    """Of the replayed issues."""
    found = reliability(*_answers(one))
    spec = reliability_of(one.issued.forecast.levels, [(payload.word("forecast_lately"), found)], payload)
    return {**named(payload, f"station.{one.key}", of_station(one.key, one.about)), **spec}


def _pit(one: StationForecast, payload: Payload) -> Spec:
    """Of the replayed issues."""
    found = pit_shares(*_answers(one))
    spec = pit_of(one.issued.forecast.levels, [(payload.word("forecast_lately"), found)], payload)
    return {**named(payload, f"station.{one.key}", of_station(one.key, one.about)), **spec}


def _by_hour(one: StationForecast, payload: Payload) -> Spec:
    """Mean absolute error of the replayed medians by hour of the day, and the mean half-width of the band."""
    answers, levels = one.issued.replayed, one.issued.forecast.levels
    median = answers.quantiles[:, :, levels.index(0.5)]
    errors = by_hour(np.abs(median - answers.outcomes), answers.task.starts(answers.origins_s), one.about)
    series = [{"label": payload.word("forecast_mae"), "role": "line0", "style": "bar", "values": short(errors)}]
    return {
        **named(payload, f"station.{one.key}", of_station(one.key, one.about)),
        "x": [f"{hour:02d}:00" for hour in range(HOURS)],
        "unit": one.issued.forecast.unit,
        "series": series,
    }


def _answers(one: StationForecast) -> tuple[NDArray[np.float64], NDArray[np.float64], tuple[float, ...]]:
    """Quantiles, outcomes of light hours and levels of the replayed issues."""
    answers = of_daytime(one.issued.replayed, one.about)
    return answers.quantiles, answers.outcomes, one.issued.forecast.levels


def _clock(second: float, about: Feed) -> str:
    """An instant on the station's clock."""
    return datetime.fromtimestamp(second, UTC).astimezone(about.zone).strftime("%m-%d %H:%M")
