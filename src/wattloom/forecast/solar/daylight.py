"""When is it light at a station, and what does a score say of those hours alone?

Half of a solar station's periods are dark: whatever is forecast comes true there. Coverage and reliability are told of
the light hours only, and every other score beside its daytime twin.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.forecasts import TargetKind
from wattloom.forecast.metrics import only
from wattloom.forecast.solar.sun import plain_field, sun_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.forecast.backtest import Answers
    from wattloom.forecast.feed import Feed


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
