"""What must a forecasting model do?

A module of `models/` declares `MODEL`: an unfitted model with its settings. It sees feeds through a `Training` (past
origins, outcomes known by a cut-off) and a `Sight` (origins to forecast); whatever was not known then is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.domain.forecasts import TargetKind
    from wattloom.domain.text import Text
    from wattloom.forecast.sight import Sight, Training


@runtime_checkable
class Fitted(Protocol):
    """A model that has learnt."""

    def predict(self, sight: Sight) -> NDArray[np.float64]:
        """Quantiles at the task's levels; shape (origins, leads, levels), never falling along the last axis.

        Raises:
            MissingData: an input that it cannot do without is missing; the server falls back and says so.
        """
        ...

    def facts(self) -> Mapping[str, float | str]:
        """What a reader wants to know of the fit: numbers of parameters and examples, inputs used."""
        ...


@runtime_checkable
class Model(Protocol):
    """A way to forecast, not yet fitted."""

    @property
    def name(self) -> str:
        """As its file is called."""
        ...

    @property
    def title(self) -> Text:
        """As people call it."""
        ...

    @property
    def kinds(self) -> frozenset[TargetKind]:
        """What it can forecast."""
        ...

    @property
    def needs(self) -> tuple[str, ...]:
        """Channels it cannot do without, beside the target's past."""
        ...

    def fit(self, trainings: Sequence[Training], *, seed: int = 0) -> Fitted:
        """Learn from one feed or from several of one task.

        Raises:
            MissingData: too little was on record.
        """
        ...


def uncrossed(quantiles: NDArray[np.float64]) -> NDArray[np.float64]:
    """The quantiles in rising order along the last axis: sorting never worsens the pinball loss.

    Chernozhukov, Fernández-Val and Galichon, Econometrica 78 (2010) 1093-1125.
    """
    return np.sort(quantiles, axis=-1)
