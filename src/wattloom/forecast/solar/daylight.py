"""When is it light at a station, and what does a score say of those hours alone?

Half of a solar station's periods are dark: whatever is forecast comes true there. Coverage and reliability are told of
the light hours only, and every other score beside its daytime twin. An hour of the clock is dawn in March and full day
in June, so that the errors of a day ahead are told apart by how much light there could be, not by the hour.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.forecasts import TargetKind
from wattloom.forecast.metrics import only
from wattloom.forecast.sight import Sight
from wattloom.forecast.solar.sun import learnt_curve, plain_field, sun_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.forecast.backtest import Answers
    from wattloom.forecast.feed import Feed

LIGHT_EDGES = np.array([0.0001, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8])
"""Shares of the capacity, or of the highest power on record, under a clear sky."""


def daytime(about: Feed, starts_s: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether the sun is up in the middle of each period; always, for what the sun does not drive."""
    if about.kind is not TargetKind.SOLAR:
        return np.ones(starts_s.shape, dtype=bool)
    place = plain_field(about)  # Knows where a station stands that does not say so.
    return np.asarray(sun_at(starts_s, about.axis.step_minutes, place.latitude_deg, place.longitude_deg).up > 0)


def of_daytime(answers: Answers, about: Feed) -> Answers:
    """The answers with only the outcomes of light hours."""
    light = daytime(about, answers.task.starts(answers.origins_s))
    return replace(answers, outcomes=only(answers.outcomes, light))


def by_light(answers: Answers, feed: Feed) -> NDArray[np.int64]:
    """Groups by what a clear sky would give, as the record before the first origin has it; shape (origins, leads)."""
    starts = answers.task.starts(answers.origins_s)
    if not answers.origins_s.size:
        return np.zeros(starts.shape, dtype=np.int64)
    sight = Sight(feed, answers.task, answers.origins_s[:1])
    newest_s = int(sight.newest_s()[0])
    count = max(0, 1 + (newest_s - int(feed.axis.start.timestamp())) // answers.task.step_s)
    back_s = newest_s + np.arange(1 - count, 1, dtype=np.int64) * answers.task.step_s
    past = sight.past("target", count)[0]
    curve = learnt_curve(sight.about, back_s, past)
    highest = feed.capacity or float(np.nanmax(past, initial=curve.peak))
    return np.searchsorted(LIGHT_EDGES, curve.power(starts, answers.task.step_minutes) / highest).astype(np.int64)
