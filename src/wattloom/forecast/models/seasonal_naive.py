"""What if it comes as a season ago? With the errors that this made lately, the baseline that every model must beat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import MissingData
from wattloom.domain.forecasts import TargetKind
from wattloom.domain.text import Text
from wattloom.forecast.contract import uncrossed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.forecast.sight import Sight, Training

DAY_MINUTES = 24 * 60
TITLE = Text("Seasonal naïve", "季节性朴素预测")
SEASONS_BACK = 2
"""Where the value of a season ago is missing, the one of two seasons ago stands in."""


@dataclass(frozen=True, slots=True)
class FittedSeasonalNaive:
    """The errors of the rule at each lead, as quantiles."""

    season_minutes: int
    errors: NDArray[np.float64]
    """Quantiles of outcome minus naïve value; shape (leads, levels)."""
    examples: int

    def predict(self, sight: Sight) -> NDArray[np.float64]:
        """The value a season ago plus the quantiles of past errors, inside what the target can be."""
        values = a_season_ago(sight, self.season_minutes)
        if np.isnan(values).any():
            raise MissingData(f"{sight.about.name}: no value of one or two seasons ago for some periods")
        about = sight.about
        return uncrossed(np.clip(values[:, :, None] + self.errors[None, :, :], about.lowest, about.highest))

    def facts(self) -> Mapping[str, float | str]:
        """How much it is built on."""
        return {"season_minutes": self.season_minutes, "examples": self.examples}


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonalNaive:
    """The seasonal naïve forecast."""

    season_minutes: int = DAY_MINUTES
    name: str = "seasonal_naive"
    title: Text = TITLE
    kinds: frozenset[TargetKind] = frozenset(TargetKind)
    needs: tuple[str, ...] = ()

    def fit(self, trainings: Sequence[Training], *, seed: int = 0) -> FittedSeasonalNaive:  # noqa: ARG002
        """Learn the errors at each lead."""
        errors = np.concatenate([one.outcomes - a_season_ago(one.sight, self.season_minutes) for one in trainings])
        complete = errors[~np.isnan(errors).any(axis=1)]
        if not len(complete):
            raise MissingData("no past origin with a value a season before and an outcome")
        levels = trainings[0].sight.task.levels
        return FittedSeasonalNaive(
            self.season_minutes, np.quantile(complete, levels, axis=0).T - np.median(complete, axis=0)[:, None],
            len(complete),
        )  # fmt: skip


def a_season_ago(sight: Sight, season_minutes: int) -> NDArray[np.float64]:
    """The newest known value at the same place in the season; shape (origins, leads), NaN where none is on record."""
    steps = sight.season_steps(minutes=season_minutes)
    values = sight.lagged("target", steps)
    older = sight.lagged("target", steps * SEASONS_BACK)
    return np.where(np.isnan(values), older, values)


MODEL = SeasonalNaive()
