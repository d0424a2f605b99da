"""What was said at each issue time of a stretch, each with what was known then?

`issuing` makes the one forecast of now; a replay wants all of them, from the first issue to the last. Models are fitted
at the first issue and anew on the schedule of the terms; the issues before it are replayed to calibrate the quantiles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import InputError
from wattloom.forecast.backtest import Answers, Period, backtest
from wattloom.forecast.serving.chain import Chain, Fallback, why_not
from wattloom.forecast.serving.issuing import (
    CALIBRATED_FROM,
    NOT_CALIBRATED,
    answered_by,
    calibrated_apart,
    part,
    titles,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.domain.text import Text
    from wattloom.forecast.contract import Model
    from wattloom.forecast.feed import Feed
    from wattloom.forecast.serving.issuing import Terms
    from wattloom.forecast.task import Task

LEARNT_FIRST_DAYS = 14
"""Of a record, before the first issue that is replayed: with less nobody has learnt anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reissued:
    """The issues of a stretch, as they would have been served."""

    answers: Answers
    asked: str
    used: NDArray[np.object_]
    """Name of the model that answered each issue; shape (origins,)."""
    fallbacks: tuple[Fallback, ...]
    why: tuple[Text, ...]
    """Each reason for another model than the one asked, once."""
    notes: tuple[Text, ...]


def reissued(
    models: Sequence[Model], feed: Feed, task: Task, terms: Terms, *, first: datetime, end: datetime
) -> Reissued:
    """Every issue of the task in [first, end).

    Raises:
        InputError: the task has no issue time there.
    """
    told: list[Fallback] = []
    chain = Chain(models=tuple(models), stale_minutes=terms.stale_minutes, told=told.append)
    answers = backtest(chain, feed, task, _period(feed, terms, first, end), seed=terms.seed)
    wanted = answers.origins_s >= first.timestamp()
    if not wanted.any():
        raise InputError.one(
            f"forecast of {feed.name}",
            found=f"no issue of {task.name} from {first.isoformat()} to {end.isoformat()}",
            expected=f"at least one: every {task.every_minutes} minutes on the clock of {feed.zone.key}",
            remedy="lengthen the window, or issue more often",
        )
    used = answered_by(answers, told, chain.name)
    begun_s = int(answers.origins_s[wanted][0])
    come_true = int((np.isfinite(answers.outcomes) & (answers.known_s <= begun_s)).any(axis=1).sum())
    enough = terms.calibrate and come_true >= CALIBRATED_FROM
    if enough:
        answers = calibrated_apart(answers, feed, used)
    notes = () if enough or not terms.calibrate else (NOT_CALIBRATED.filled(count=come_true, needed=CALIBRATED_FROM),)
    own = tuple(one for one in told if one.origin_s >= begun_s)
    whys = dict.fromkeys(why for one in own for why in why_not(chain.name, one, titles(models)))
    return Reissued(
        answers=part(answers, wanted),
        asked=chain.name,
        used=used[wanted],
        fallbacks=own,
        why=tuple(whys),
        notes=notes,
    )


def _period(feed: Feed, terms: Terms, first: datetime, end: datetime) -> Period:
    """The stretch with its look-back, cut so that a fit falls on the first issue itself."""
    fits = max(1, round(terms.look_back_days / terms.refit_days))
    room_days = (first - feed.axis.start) / timedelta(days=1) - LEARNT_FIRST_DAYS
    look_back = min(float(terms.look_back_days), max(room_days, 0.0))
    days = look_back / fits if look_back else terms.refit_days
    start = first.astimezone(UTC) - timedelta(days=look_back)
    return Period(start=start, end=end.astimezone(UTC), refit_days=days, train_days=terms.train_days)
