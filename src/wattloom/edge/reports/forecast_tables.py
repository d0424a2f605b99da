"""Which tables do forecasts come to? Stations, periods with their quantiles, models and their fall-backs."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import MissingData
from wattloom.domain.text import Text
from wattloom.edge.reports.forecast_words import instant, of_kind, of_model, of_station
from wattloom.edge.reports.table import Column, Table, columns
from wattloom.edge.reports.words import Amount, Said, Word
from wattloom.forecast.metrics import inside_by_point, mean_known, pinball
from wattloom.forecast.serving.drift import middle_share
from wattloom.forecast.solar.daylight import of_daytime

if TYPE_CHECKING:
    from wattloom.app.forecast_answer import ForecastRun, StationForecast
    from wattloom.edge.reports.words import Cell
    from wattloom.forecast.project import ForecastProject, StationEntry

DAY_PERCENT = 100


def stations(run: ForecastRun) -> Table:
    """Each station: who answered, what is expected, how sure, and how that came true lately."""
    heads = (
        "forecast_station", "forecast_kind", "forecast_issued", "forecast_model_used", "forecast_mean",
        "forecast_low_mean", "forecast_high_mean", "forecast_coverage_lately", "forecast_pinball_lately",
    )  # fmt: skip
    rows = tuple(_station(one) for one in run.stations)
    return Table(key="forecast_stations", columns=columns(*heads), rows=rows)


def _station(one: StationForecast) -> tuple[Cell, ...]:
    """A row of the table of stations."""
    forecast = one.issued.forecast
    coverage, loss = lately(one)
    unit = forecast.unit
    return (
        of_station(one.key, one.about),
        of_kind(forecast.kind),
        instant(forecast.issued_at, one.about),
        of_model(one.issued.used, one.titles),
        Amount(float(forecast.median.values.mean()), unit),
        Amount(float(forecast.quantiles[:, 0].mean()), unit),
        Amount(float(forecast.quantiles[:, -1].mean()), unit),
        Amount(coverage, "1"),
        Amount(loss, unit),
    )


def lately(one: StationForecast) -> tuple[float | None, float | None]:
    """Coverage of the middle interval and mean pinball loss of the replayed issues; None where nothing came true."""
    answers, levels = one.issued.replayed, one.issued.forecast.levels
    share = middle_share(levels)
    try:
        loss = pinball(answers.quantiles, answers.outcomes, levels)
    except MissingData:
        return None, None
    if not np.isfinite(loss):
        return None, None
    if share is None:
        return None, loss
    light = of_daytime(answers, one.about)
    return mean_known(inside_by_point(light.quantiles, light.outcomes, levels, share=share)), loss


def short(run: ForecastRun) -> Table:
    """What fits on a screen: each station, who answered, what is expected, how that came true lately."""
    whole, kept = stations(run), (0, 3, 4, 7, 8)
    rows = tuple(tuple(row[i] for i in kept) for row in whole.rows)
    return Table(key=whole.key, columns=tuple(whole.columns[i] for i in kept), rows=rows)


def periods(one: StationForecast) -> Table:
    """Quantiles of every period."""
    forecast = one.issued.forecast
    starts = [moment.strftime("%m-%d %H:%M") for moment in forecast.axis.local(one.about.zone)]
    heads = (
        Column(key="forecast_period"),
        *(
            Column(key="forecast_quantile", unit=forecast.unit, name=f"{level * DAY_PERCENT:g} %")
            for level in forecast.levels
        ),
    )
    rows = tuple(
        (start, *(float(value) for value in values)) for start, values in zip(starts, forecast.quantiles, strict=True)
    )
    return Table(key=f"forecast_periods_{one.key}", columns=heads, rows=rows)


def quality(run: ForecastRun) -> Table:
    """Which models were asked, who answered now, and how often it was not the one asked among the issues replayed."""
    heads = (
        "forecast_station", "forecast_model_asked", "forecast_model_used", "forecast_replayed", "forecast_own_share",
        "forecast_watch",
    )  # fmt: skip
    rows = tuple(
        (
            of_station(one.key, one.about),
            of_model(one.issued.asked, one.titles),
            of_model(one.issued.used, one.titles),
            len(one.issued.replayed.origins_s),
            own_share(one),
            _watch(one),
        )
        for one in run.stations
    )
    return Table(key="forecast_quality", columns=columns(*heads), rows=rows)


def own_share(one: StationForecast) -> float | None:
    """Part of the replayed issues that the model asked answered itself."""
    count = len(one.issued.replayed.origins_s)
    other = sum(fallback.used != one.issued.asked for fallback in one.issued.fallbacks)
    return 1 - other / count if count else None


def _watch(one: StationForecast) -> Cell:
    """What the drift watch says."""
    if one.watch is None:
        return Said("forecast_watch_none")
    return Text.joined(one.watch.reasons, Text("; ", "；")) if one.watch.refit else Said("forecast_watch_quiet")


def fallbacks(run: ForecastRun) -> Table:
    """Why another model answered replayed issues, with how often."""
    counted: Counter[tuple[str, str, Text]] = Counter()
    for one in run.stations:
        for fallback in one.issued.fallbacks:
            counted[one.key, fallback.used, fallback.reasons[-1]] += 1
    by_key = {one.key: one for one in run.stations}
    rows = tuple(
        (of_station(key, by_key[key].about), of_model(used, by_key[key].titles), reason, count)
        for (key, used, reason), count in counted.most_common(FALLBACKS_MAX)
    )
    heads = ("forecast_station", "forecast_model_used", "forecast_reason", "forecast_issues")
    return Table(key="forecast_fallbacks", columns=columns(*heads), rows=rows)


FALLBACKS_MAX = 20
"""Kinds of fall-back that are told; the rest is in the run folder."""


def asked(project: ForecastProject) -> Table:
    """Every station as the file has it."""
    heads = (
        "forecast_station",
        "forecast_kind",
        "forecast_capacity",
        "forecast_clock",
        "forecast_record",
        "forecast_inputs",
    )
    rows = tuple(
        (
            entry.place.name if entry.place and entry.place.name else key.replace("_", " "),
            of_kind(entry.kind),
            Amount(entry.capacity, entry.unit),
            str(entry.clock),
            _record(entry),
            ", ".join(f"{name} ({channel.known})" for name, channel in entry.channels.items()) or None,
        )
        for key, entry in project.stations.items()
    )
    return Table(key="forecast_asked", columns=columns(*heads), rows=rows)


def _record(entry: StationEntry) -> Cell:
    """Where the values come from."""
    if entry.table is None:
        return Said("forecast_generated")
    return Text.same(f"{entry.table.file.replace(chr(92), '/').rsplit('/', 1)[-1]}, {entry.column}")


def terms(run: ForecastRun) -> Table:
    """How forecasts are made, for all stations."""
    project, task = run.project, run.task
    rows: list[tuple[Cell, ...]] = [
        (Word("forecast_task"), Word(f"forecast_{task.name}")),
        (Word("forecast_step"), Amount(float(task.step_minutes), "min")),
        (Word("forecast_leads"), Amount(float(task.leads), "")),
        (Word("forecast_levels"), ", ".join(f"{level:g}" for level in task.levels)),
        (Word("forecast_refit_days"), Amount(project.backtest.refit_days, "d")),
        (Word("forecast_look_back_days"), Amount(float(project.serving.look_back_days), "d")),
        (Word("forecast_stale_hours"), Amount(project.serving.stale_hours, "h")),
    ]
    return Table(key="forecast_terms", columns=columns("item", "value"), rows=tuple(rows))
