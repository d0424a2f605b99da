"""How is a forecast of every station of a file made, one after the other, and watched? Behind day and intraday."""

from __future__ import annotations

import hashlib
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from wattloom import __version__
from wattloom.app.forecast_answer import ForecastRun, StationForecast
from wattloom.app.forecast_inputs import first_instant, forecast_inputs, known_until, missing_share
from wattloom.app.forecast_models import chain_of
from wattloom.domain.errors import InputError
from wattloom.domain.ports import Silent
from wattloom.domain.series import Series
from wattloom.domain.text import Text
from wattloom.domain.time import TimeAxis
from wattloom.forecast.serving.drift import Policy, Watch, days_of, middle_share, unseen
from wattloom.forecast.serving.issuing import Issued, Terms, issue, part, titles
from wattloom.forecast.sight import Sight, Training
from wattloom.forecast.solar.daylight import of_daytime
from wattloom.forecast.task import DAY_MINUTES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from wattloom.app.forecast_inputs import Station
    from wattloom.domain.ports import Progress
    from wattloom.forecast.feed import Feed
    from wattloom.forecast.project import ForecastProject
    from wattloom.forecast.serving.drift import Judgement
    from wattloom.forecast.task import Task

RECENT_DAYS = 2
"""Of the record, shown before a forecast."""
MINUTES_PER_HOUR = 60
GAPS_TOLD = 0.01
"""From this part of a record on, its gaps are told."""


def forecast_run(
    project: ForecastProject,
    task: Task,
    *,
    folder: Path,
    at: Callable[[Mapping[str, Station]], Mapping[str, datetime]],
    progress: Progress | None,
    source: bytes,
) -> ForecastRun:
    """A forecast of every station.

    Args:
        project: what the file asks.
        task: which periods.
        folder: where the files that it names lie.
        at: when each station's forecast is issued, once the records are known.
        progress: somebody who wants to know how far it is.
        source: bytes of the file, for provenance.
    """
    told = progress or Silent()
    told.step("records of the stations", done=0.02)
    stations = forecast_inputs(project, folder=folder)
    moments = at(stations)
    found = []
    for n, (key, station) in enumerate(stations.items()):
        told.step(
            f"{key}: learn, replay {project.serving.look_back_days} days, forecast",
            done=0.05 + 0.85 * n / len(stations),
        )
        found.append(_forecast(station, project, task, moments[key]))
    return ForecastRun(
        project=project,
        task=task,
        stations=tuple(found),
        notes=tuple(Text.same(note) for note in project.notes),
        provenance=provenance(source),
    )


def terms_of(station: Station, project: ForecastProject) -> Terms:
    """How the station's forecasts are made."""
    entry = station.entry
    return Terms(
        stale_minutes=project.serving.stale_hours * MINUTES_PER_HOUR + entry.delay_minutes,
        look_back_days=project.serving.look_back_days,
        refit_days=project.backtest.refit_days,
        train_days=project.backtest.train_days,
        calibrate=project.models_of(station.key).calibrated,
        seed=project.seed,
    )


def provenance(source: bytes) -> Mapping[str, str]:
    """Version and checksum of the file."""
    return {"wattloom": __version__, "sha256 project": hashlib.sha256(source).hexdigest()}


def issue_before(station: Station, task: Task) -> datetime:
    """The newest issue of the task at which the newest value was not yet stopped data: the first after it was known."""
    newest = known_until(station.feed)
    span = timedelta(minutes=max(task.every_minutes, DAY_MINUTES))
    origins = task.origins(newest - 2 * span, newest + timedelta(minutes=1), station.feed.zone)
    if not origins.size:
        raise InputError.one(
            station.key, found="no issue time", expected="one within a day", remedy="check the issue clock of the file"
        )
    return datetime.fromtimestamp(int(origins[-1]), UTC)


def _forecast(station: Station, project: ForecastProject, task: Task, issued_at: datetime) -> StationForecast:
    """One station's forecast, timed."""
    began = time.process_time()
    models = chain_of(station, project)
    terms = terms_of(station, project)
    issued = issue(models, station.feed, task, issued_at, terms)
    return StationForecast(
        key=station.key,
        about=station.feed,
        issued=issued,
        recent=_recent(station.feed, task, issued_at),
        watch=_watched(issued, station),
        titles=titles(models),
        fitted=len(issued.replayed.fits_s),
        cpu_s=time.process_time() - began,
        notes=(*station.notes, *issued.notes, *_gaps(station)),
        record=station.record,
    )


def _recent(feed: Feed, task: Task, issued_at: datetime) -> Series:
    """What was known of the target in the days before an issue; NaN where nothing was."""
    origin = np.array([int(issued_at.timestamp())], dtype=np.int64)
    steps = RECENT_DAYS * DAY_MINUTES // task.step_minutes
    sight = Sight(feed, task, origin)
    newest = datetime.fromtimestamp(int(sight.newest_s()[0]), UTC)
    # The record may have ended long before: what lies between stays empty.
    gap = max(0, int((issued_at - newest) / timedelta(minutes=task.step_minutes)) - 1)
    values = np.concatenate([sight.past("target", steps)[0], np.full(min(gap, steps), np.nan)])[-steps:]
    start = issued_at.astimezone(UTC) - steps * timedelta(minutes=task.step_minutes)
    return Series(
        axis=TimeAxis(start, task.step_minutes, steps),
        values=values,
        unit=feed.target.unit,
        source=feed.target.source,
        known_at=issued_at,
    )


def _watched(issued: Issued, station: Station) -> Judgement | None:
    """How the newest issues came true beside those before them; None where they are too few.

    A forecast is fitted at its issue, so that no fit is too old here: only drift counts.
    """
    policy, answers = Policy(refit_days=float("inf")), issued.replayed
    other = {one.origin_s for one in issued.fallbacks}
    by_itself = np.array([int(origin) not in other for origin in answers.origins_s], dtype=bool)
    share = middle_share(answers.task.levels)
    if not by_itself.any() or share is None:
        return None
    own = part(answers, by_itself)
    learnt = Training.until(station.feed, own.task, datetime.fromtimestamp(int(answers.origins_s[0]), UTC)).sight
    strange = unseen(Sight(station.feed, own.task, own.origins_s), learnt) if learnt.origins_s.size else {}
    days = days_of(of_daytime(own, station.feed), strange)
    newest, before = days[-policy.window_days :], days[: -policy.window_days]
    if len(before) < 2 * policy.window_days:
        return None
    watch = Watch(policy=policy, promised=before, fitted_day=newest[0].day - policy.rest_days, share=share)
    for day in newest:
        watch = watch.seen(day)
    return watch.judged()


def _gaps(station: Station) -> tuple[Text, ...]:
    """How much of the record is missing, where that is worth a line."""
    share = missing_share(station.feed)
    if not GAPS_TOLD < share < 1:
        return ()
    first, last = (
        moment.astimezone(station.feed.zone).strftime("%Y-%m-%d")
        for moment in (first_instant(station.feed), station.ends)
    )
    told = Text(
        "{key}: {share:.1%} of the record from {first} to {last} is missing; what is missing is not filled.",
        "{key}：{first} 至 {last} 的记录缺测 {share:.1%}，缺测不作填补。",
    )
    return (told.filled(key=station.key, share=share, first=first, last=last),)
