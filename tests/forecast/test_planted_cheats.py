"""Does the stand-in for the future find a model that cheats? A property that cannot fail proves nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.forecast.stations import START, station, unknown_replaced

from wattloom.domain.forecasts import TargetKind
from wattloom.forecast.models.seasonal_naive import MODEL
from wattloom.forecast.sight import Sight, Training, outcomes_of
from wattloom.forecast.task import Task

MIDNIGHT = Task.day_ahead(step_minutes=60)
FEED = station(TargetKind.WIND)
ORIGINS = MIDNIGHT.origins(START + timedelta(days=60), START + timedelta(days=63), FEED.zone)
Predict = Callable[[Sight], NDArray[np.float64]]


def honest(sight: Sight) -> NDArray[np.float64]:
    """Yesterday."""
    return sight.lagged("target", 24)


def takes_the_truth(sight: Sight) -> NDArray[np.float64]:
    """Reads the hidden feed."""
    return outcomes_of(sight._feed, sight.task, sight.origins_s)


def scales_by_the_whole_record(sight: Sight) -> NDArray[np.float64]:
    """A scaler fitted on everything: the mildest cheat, and the commonest."""
    return sight.lagged("target", 24) - float(np.nanmean(sight._feed.target.values))


def learns_from_later_origins(sight: Sight) -> NDArray[np.float64]:
    """Corrects the first forecast by what the last origin knows."""
    newest = sight.earlier(sight.origins_s[-1:]).past("target", 24).mean()
    return sight.lagged("target", 24) + newest


def unmoved_by_the_unknown(predict: Predict) -> bool:
    noised = unknown_replaced(FEED, int(ORIGINS[0]))
    alone = ORIGINS[:1]
    return np.array_equal(predict(Sight(FEED, MIDNIGHT, alone)), predict(Sight(noised, MIDNIGHT, alone)))


def unmoved_by_the_others(predict: Predict) -> bool:
    return np.array_equal(predict(Sight(FEED, MIDNIGHT, ORIGINS))[:1], predict(Sight(FEED, MIDNIGHT, ORIGINS[:1])))


def test_an_honest_model_passes_both() -> None:
    assert unmoved_by_the_unknown(honest)
    assert unmoved_by_the_others(honest)


@pytest.mark.parametrize("cheat", [takes_the_truth, scales_by_the_whole_record])
def test_who_reads_the_hidden_feed_is_moved_by_the_noise(cheat: Predict) -> None:
    assert not unmoved_by_the_unknown(cheat)


def test_who_learns_from_later_origins_is_moved_by_the_others() -> None:
    assert unmoved_by_the_unknown(learns_from_later_origins), "which is why one property alone is not enough"
    assert not unmoved_by_the_others(learns_from_later_origins)


def test_who_learns_outcomes_of_after_the_cut_off_is_moved_by_the_noise() -> None:
    """The cut-off forgotten: learnt until the end of the record."""
    cutoff = START + timedelta(days=60)
    noised = unknown_replaced(FEED, int(cutoff.timestamp()))

    def fitted(known_days: int) -> list[NDArray[np.float64]]:
        until = START + timedelta(days=known_days)
        return [MODEL.fit([Training.until(feed, MIDNIGHT, until)]).errors for feed in (FEED, noised)]

    assert np.array_equal(*fitted(60))
    assert not np.array_equal(*fitted(90))
