"""What is usual at this time of day?

The quantiles of what the same time of day showed on the last days (of the same sort, working or free, for people's
kinds) and around the same date of earlier years. It learns nothing, so it always has something to say: on a solar
station without a record, what the sun would give under an assumed sky; on any other with a capacity, that all is
equally likely. It is what servers fall back on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import MissingData
from wattloom.domain.forecasts import TargetKind
from wattloom.domain.text import Text
from wattloom.forecast.contract import uncrossed
from wattloom.forecast.learning.traits import SATURDAY, WEEKLY, rows_at_once, weekdays
from wattloom.forecast.models.clear_sky import INDEX_ASSUMED, quantiles_known
from wattloom.forecast.solar.clear_index import curve_at
from wattloom.forecast.solar.sun import plain_field
from wattloom.forecast.task import DAY_MINUTES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.forecast.sight import Sight, Training

TITLE = Text("Climatology by time of day", "分时段气候态预测")
YEAR_DAYS = 364
"""Whole weeks: the day a year before is of the same sort."""
VALUES_MIN = 5
"""Fewer say too little of what is usual."""
ORIGINS_AT_ONCE = 512


@dataclass(frozen=True, slots=True)
class FittedClimatology:
    """Nothing but the settings: all that it says, it reads from the newest days."""

    levels: tuple[float, ...]
    window_days: int
    years: int
    around_days: int

    def predict(self, sight: Sight) -> NDArray[np.float64]:
        """Quantiles of the window; where it is empty, what is assumed."""
        parts = [self._part(one) for one in rows_at_once(sight, ORIGINS_AT_ONCE)]
        return np.concatenate(parts) if parts else np.empty((0, sight.task.leads, len(self.levels)))

    def facts(self) -> Mapping[str, float | str]:
        """Its settings: there is no fit."""
        return {"window_days": self.window_days, "years": self.years, "around_days": self.around_days}

    def _part(self, sight: Sight) -> NDArray[np.float64]:
        """Quantiles for some origins."""
        step_s, day = sight.task.step_s, DAY_MINUTES // sight.task.step_minutes
        back = sight.season_steps() + day * np.arange(self.window_days, dtype=np.int64)
        around = np.arange(-self.around_days, self.around_days + 1, dtype=np.int64)
        older = [day * (YEAR_DAYS * (year + 1) - around) for year in range(self.years)]
        steps = np.concatenate([back, *[one[one > back[-1]] for one in older]])
        starts = sight.starts_s[:, :, None] - steps * step_s
        values = sight.at("target", starts.reshape(len(starts), -1)).reshape(starts.shape)
        if sight.about.kind in WEEKLY:
            zone = sight.about.zone
            free = weekdays(starts, zone) >= SATURDAY
            values = _of_a_sort(values, free == (weekdays(sight.starts_s, zone) >= SATURDAY)[:, :, None])
        found = quantiles_known(values.reshape(-1, values.shape[2]), self.levels).reshape(*starts.shape[:2], -1)
        few = np.isfinite(values).sum(axis=2) < VALUES_MIN
        if few.any():
            found = np.where(few[:, :, None], self._assumed(sight), found)
        about = sight.about
        return uncrossed(np.clip(found, about.lowest, about.highest))

    def _assumed(self, sight: Sight) -> NDArray[np.float64]:
        """What is said without a record; shape (origins, leads, levels)."""
        about = sight.about
        if about.capacity is None:
            raise MissingData(f"{about.name}: fewer than {VALUES_MIN} values of the same time of day, and no capacity")
        if about.kind is TargetKind.SOLAR:
            clear = curve_at(plain_field(about), sight.starts_s, sight.task.step_minutes)
            return np.asarray(clear[:, :, None] * INDEX_ASSUMED.ppf(self.levels))
        return np.broadcast_to(about.capacity * np.array(self.levels), (*sight.starts_s.shape, len(self.levels)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Climatology:
    """Empirical quantiles by time of day."""

    window_days: int = 28
    years: int = 2
    """Earlier years looked back over, where the record has them."""
    around_days: int = 14
    """Days around the same date of those years."""
    name: str = "climatology"
    title: Text = TITLE
    kinds: frozenset[TargetKind] = frozenset(TargetKind)
    needs: tuple[str, ...] = ()

    def fit(self, trainings: Sequence[Training], *, seed: int = 0) -> FittedClimatology:  # noqa: ARG002
        """Nothing to learn: every forecast reads its own window."""
        return FittedClimatology(trainings[0].sight.task.levels, self.window_days, self.years, self.around_days)


def _of_a_sort(values: NDArray[np.float64], same: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Days of the same sort, where there are enough of them; else all."""
    alike = np.where(same, values, np.nan)
    enough = np.isfinite(alike).sum(axis=2) >= VALUES_MIN
    return np.where(enough[:, :, None], alike, values)


MODEL = Climatology()
