"""What is the answer of a forecast, in words? What is expected, how sure that is, and what a reader must not miss."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wattloom.edge.reports.answer import Alert, Tile
from wattloom.edge.reports.forecast_tables import lately, own_share
from wattloom.edge.reports.forecast_words import instant, of_station
from wattloom.edge.reports.match_said import joined
from wattloom.forecast.serving.drift import middle_share

if TYPE_CHECKING:
    from wattloom.app.forecast_answer import ForecastRun, StationForecast
    from wattloom.edge.reports.words import Words

TOLD_MAX = 3
"""Stations told one by one."""


def paragraph(run: ForecastRun, words: Words) -> str:
    """What each station is expected to do and how sure that is; how many answers are not the asked model's."""
    told = [_station(one, words) for one in run.stations[:TOLD_MAX]]
    more = len(run.stations) - TOLD_MAX
    rest = words.say("forecast_more", count=more) if more > 0 else ""
    return joined([*told, rest, _fallen(run, words)], words)


def tiles(run: ForecastRun, words: Words) -> list[Tile]:
    """The figures that a reader asks for first: of the station where there is one, else of all."""
    return _of_one(run.stations[0], words) if len(run.stations) == 1 else _of_all(run, words)


def alerts(run: ForecastRun, words: Words) -> list[Alert]:
    """Forecasts that are not the asked model's, and models that no longer come true."""
    found = [
        Alert(text=words.say("forecast_alert", station=_name(one, words), why=why.of(words.lang)), bad=True, first=True)
        for one in run.stations
        for why in one.issued.forecast.fallbacks
    ]
    for one in run.stations:
        if one.watch is not None and one.watch.refit:
            whys = words.say("forecast_list_break").join(reason.of(words.lang) for reason in one.watch.reasons)
            found.append(Alert(text=words.say("forecast_alert_drift", station=_name(one, words), why=whys)))
    return found


def _station(one: StationForecast, words: Words) -> str:
    """One station in one sentence."""
    forecast = one.issued.forecast
    share = middle_share(forecast.levels)
    low, high = (float(forecast.quantiles[:, i].mean()) for i in (0, -1))
    key = "forecast_said" if share is not None else "forecast_said_median"
    return words.say(
        key,
        station=_name(one, words),
        start=instant(forecast.axis.start, one.about),
        end=instant(forecast.axis.end, one.about),
        median=words.figure(float(forecast.median.values.mean()), forecast.unit),
        share=words.figure(share or 0.0, "1"),
        low=words.figure(low, forecast.unit),
        high=words.figure(high, forecast.unit),
    )


def _fallen(run: ForecastRun, words: Words) -> str:
    """How many answers are not as asked."""
    fallen = sum(bool(one.issued.forecast.fallbacks) for one in run.stations)
    if not fallen:
        return words.say("forecast_as_asked")
    return words.say("forecast_fallen", count=fallen, of=len(run.stations))


def _of_one(one: StationForecast, words: Words) -> list[Tile]:
    """Of one station."""
    forecast = one.issued.forecast
    coverage, loss = lately(one)
    peak = int(np.argmax(forecast.median.values))
    share = middle_share(forecast.levels)
    promised = words.say("forecast_promised", share=words.figure(share or 0.0, "1"))
    when = forecast.axis.local(one.about.zone)[peak].strftime("%m-%d %H:%M")
    made = [
        Tile(
            name=words.term("forecast_mean"),
            figure=words.figure(float(forecast.median.values.mean()), forecast.unit),
            beside=words.say(
                "forecast_from_to",
                low=words.figure(float(forecast.quantiles[:, 0].mean()), forecast.unit),
                high=words.figure(float(forecast.quantiles[:, -1].mean()), forecast.unit),
            ),
        ),
        Tile(
            name=words.term("forecast_peak"),
            figure=words.figure(float(forecast.median.values[peak]), forecast.unit),
            beside=when,
        ),
        Tile(name=words.term("forecast_model_used"), figure=one.titles[one.issued.used].of(words.lang)),
    ]
    if coverage is not None and share is not None:
        made.append(
            Tile(name=words.term("forecast_coverage_lately"), figure=words.figure(coverage, "1"), beside=promised)
        )
    if loss is not None:
        made.append(Tile(name=words.term("forecast_pinball_lately"), figure=words.figure(loss, forecast.unit)))
    own = own_share(one)
    if own is not None:
        made.append(Tile(name=words.term("forecast_own_share"), figure=words.figure(own, "1")))
    return made


def _of_all(run: ForecastRun, words: Words) -> list[Tile]:
    """Of several stations."""
    fallen = sum(bool(one.issued.forecast.fallbacks) for one in run.stations)
    alarmed = sum(one.watch is not None and one.watch.refit for one in run.stations)
    covered = [coverage for coverage, _ in map(lately, run.stations) if coverage is not None]
    made = [
        Tile(name=words.term("forecast_stations"), figure=str(len(run.stations))),
        Tile(name=words.term("forecast_fallen_count"), figure=str(fallen)),
        Tile(name=words.term("forecast_alarmed"), figure=str(alarmed)),
    ]
    if covered:
        figure = words.figure(float(np.mean(covered)), "1")
        made.append(Tile(name=words.term("forecast_coverage_lately"), figure=figure))
    return made


def _name(one: StationForecast, words: Words) -> str:
    """Of a station."""
    return of_station(one.key, one.about).of(words.lang)
