"""What is forecast at this instant, how was it calibrated, and did the model still come true lately?

The newest issues are replayed as they would have been made, each with what was known then; on them the quantiles are
calibrated and the model is watched. The last issue of the replay is the forecast itself, from a fit of that instant.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from wattloom import __version__
from wattloom.domain.errors import InputError
from wattloom.domain.forecasts import Forecast, TargetKind
from wattloom.domain.text import Text
from wattloom.domain.time import TimeAxis
from wattloom.forecast.backtest import Answers, Period, backtest
from wattloom.forecast.contract import Model
from wattloom.forecast.doubt.calibration import by_lead, calibrated, crossed
from wattloom.forecast.serving.chain import PRIOR, PRIOR_TITLE, Chain, Fallback, why_not
from wattloom.forecast.solar.daylight import by_light
from wattloom.forecast.task import DAY_MINUTES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.forecast.feed import Feed
    from wattloom.forecast.task import Task

CALIBRATED_FROM = 14
"""Issues with a known outcome below which quantiles are left as the model gave them."""
NOT_CALIBRATED = Text(
    "The quantiles are not calibrated yet: {count} earlier issues have come true, {needed} are needed.",
    "分位数尚未校准：已有 {count} 期兑现，至少需 {needed} 期。",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a forecast is made."""

    stale_minutes: float
    """Age of the newest value above which data count as stopped; the usual delay is part of it."""
    look_back_days: int
    refit_days: float
    train_days: float | None = None
    calibrate: bool = True
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A forecast with what it rests on."""

    forecast: Forecast
    asked: str
    used: str
    """Name of the model that answered."""
    replayed: Answers
    """The issues before it, as they would have been served, calibrated where the forecast is."""
    fallbacks: tuple[Fallback, ...]
    """Of the replayed issues."""
    notes: tuple[Text, ...]


def issue(models: Sequence[Model], feed: Feed, task: Task, issued_at: datetime, terms: Terms) -> Issued:
    """The forecast of one origin, behind a replay of the issues before it.

    Raises:
        InputError: the instant is no origin of the task.
    """
    told: list[Fallback] = []
    chain = Chain(models=tuple(models), stale_minutes=terms.stale_minutes, told=told.append)
    answers = backtest(chain, feed, task, _period(issued_at, task, terms), seed=terms.seed)
    origin_s = int(issued_at.timestamp())
    if not answers.origins_s.size or answers.origins_s[-1] != origin_s:
        raise InputError.one(
            f"forecast of {feed.name}",
            found=f"issue at {issued_at.astimezone(feed.zone):%Y-%m-%d %H:%M}",
            expected=f"an issue time of the task: every {task.every_minutes} minutes on the clock of {feed.zone.key}",
            remedy="choose one of its instants",
        )
    used_by_origin = answered_by(answers, told, chain.name)
    used, own = used_by_origin[-1], next((one for one in told if one.origin_s == origin_s), None)
    come_true = _come_true(answers, origin_s, used_by_origin == used)
    enough = terms.calibrate and come_true >= CALIBRATED_FROM
    if terms.calibrate:
        issued = calibrated_apart(answers, feed, used_by_origin)
        answers = issued if enough else replace(issued, quantiles=_last_as_said(issued, answers))
    notes = [NOT_CALIBRATED.filled(count=come_true, needed=CALIBRATED_FROM)] if terms.calibrate and not enough else []
    return Issued(
        forecast=_forecast(answers, feed, why_not(chain.name, own, titles(models)), str(used), calibrated_=enough),
        asked=chain.name,
        used=str(used),
        replayed=part(answers, answers.origins_s < origin_s),
        fallbacks=tuple(one for one in told if one.origin_s < origin_s),
        notes=tuple(notes),
    )


def titles(models: Sequence[Model]) -> Mapping[str, Text]:
    """What each model is called."""
    return {PRIOR: PRIOR_TITLE, **{model.name: model.title for model in models}}


def part(answers: Answers, chosen: NDArray[np.bool_]) -> Answers:
    """The answers of some of the origins."""
    return replace(
        answers,
        origins_s=answers.origins_s[chosen],
        quantiles=answers.quantiles[chosen],
        outcomes=answers.outcomes[chosen],
        known_s=answers.known_s[chosen],
    )


def _period(issued_at: datetime, task: Task, terms: Terms) -> Period:
    """The look-back, cut so that a fit falls on the instant of issue itself."""
    fits = max(1, round(terms.look_back_days / terms.refit_days))
    days = terms.look_back_days / fits
    return Period(
        start=issued_at.astimezone(UTC) - timedelta(days=days * fits),
        end=issued_at.astimezone(UTC) + timedelta(minutes=task.step_minutes),
        refit_days=days,
        train_days=terms.train_days,
    )


def answered_by(answers: Answers, told: Sequence[Fallback], asked: str) -> NDArray[np.object_]:
    """Name of the model that answered each origin; shape (origins,)."""
    used = {one.origin_s: one.used for one in told}
    return np.array([used.get(int(origin), asked) for origin in answers.origins_s], dtype=object)


def calibrated_apart(answers: Answers, feed: Feed, used: NDArray[np.object_]) -> Answers:
    """The answers calibrated, each model of a chain by its own errors; those of a day of sun by light."""
    _, number = np.unique(used.astype(str), return_inverse=True)
    a_day_of_sun = feed.kind is TargetKind.SOLAR and answers.task.every_minutes == DAY_MINUTES
    own = by_light(answers, feed) if a_day_of_sun else by_lead(answers)
    groups = crossed(own, np.broadcast_to(number[:, None], answers.outcomes.shape))
    return calibrated(answers, groups=groups, limits=(feed.lowest, feed.highest))


def _last_as_said(issued: Answers, said: Answers) -> NDArray[np.float64]:
    """Calibrated quantiles, but those of the last origin as its model gave them."""
    return np.concatenate([issued.quantiles[:-1], said.quantiles[-1:]])


def _come_true(answers: Answers, origin_s: int, chosen: NDArray[np.bool_]) -> int:
    """How many of the chosen earlier issues have an outcome that was known at the issue."""
    known = np.isfinite(answers.outcomes) & (answers.known_s <= origin_s)
    return int((known.any(axis=1) & chosen).sum())


def _forecast(answers: Answers, feed: Feed, fallbacks: tuple[Text, ...], used: str, *, calibrated_: bool) -> Forecast:
    """The newest of the answers, as it is issued."""
    task = answers.task
    first = int(task.starts(answers.origins_s[-1:])[0, 0])
    return Forecast(
        name=feed.name,
        kind=feed.kind,
        issued_at=datetime.fromtimestamp(int(answers.origins_s[-1]), UTC),
        axis=TimeAxis(datetime.fromtimestamp(first, UTC), task.step_minutes, task.leads),
        levels=task.levels,
        quantiles=answers.quantiles[-1],
        unit=feed.target.unit,
        model=f"{used} {__version__}" + (", calibrated" if calibrated_ else ""),
        fallbacks=fallbacks,
    )
