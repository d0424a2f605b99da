"""How is a pre-trained network asked through a sight, and what if it is not installed?"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from wattloom.domain.errors import MissingData
from wattloom.forecast.contract import uncrossed
from wattloom.forecast.task import DAY_MINUTES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.forecast.sight import Sight

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Ask = Callable[[list[Array], int, tuple[float, ...]], Array]
"""Contexts (periods,), how many periods ahead, and levels; to quantiles of shape (contexts, periods ahead, levels)."""
BATCH = 128


def needed(module: str, *, extra: str) -> Any:
    """A library that an extra brings.

    Raises:
        MissingData: it is not installed; the server falls back and says so.
    """
    try:
        return importlib.import_module(module)
    except ImportError:
        raise MissingData(f"{module} is not installed; install it with: pip install 'wattloom[{extra}]'") from None


@dataclass(frozen=True, slots=True)
class ZeroShot:
    """A network that is told a context and nothing else."""

    ask: Ask
    context: int
    """Newest periods that it is told, at most."""
    told: Mapping[str, float | str]

    def predict(self, sight: Sight) -> Array:
        """Quantiles from the newest periods known at each origin, gaps and all."""
        past = sight.past("target", self.context)
        enough = np.isfinite(past).sum(axis=1) * sight.task.step_minutes >= DAY_MINUTES
        if not enough.all():
            raise MissingData(f"{sight.about.name}: less than a day on record before some origins")
        ahead = (sight.starts_s - sight.newest_s()[:, None]) // sight.task.step_s
        quantiles = np.empty((*ahead.shape, len(sight.task.levels)))
        for reach in np.unique(ahead[:, -1]):
            self._fill(quantiles, past, ahead, np.flatnonzero(ahead[:, -1] == reach), sight.task.levels)
        about = sight.about
        return uncrossed(np.clip(quantiles, about.lowest, about.highest))

    def facts(self) -> Mapping[str, float | str]:
        """Which network, and how much it is told."""
        return self.told

    def _fill(
        self,
        quantiles: Array,
        past: Array,
        ahead: NDArray[np.int64],
        rows: NDArray[np.int64],
        levels: tuple[float, ...],
    ) -> None:
        """Ask for origins that reach equally far."""
        reach = int(ahead[rows[0], -1])
        for first in range(0, len(rows), BATCH):
            some = rows[first : first + BATCH]
            answer = self.ask([_from_first(past[row]) for row in some], reach, levels)
            if answer.shape != (len(some), reach, len(levels)) or not np.isfinite(answer).all():
                raise MissingData(
                    f"{self.told.get('network', 'the network')} answered with shape {answer.shape}, "
                    f"or with values that are no numbers; {(len(some), reach, len(levels))} was asked for"
                )
            quantiles[some] = answer[np.arange(len(some))[:, None], ahead[some] - 1]


def _from_first(values: Array) -> Array:
    """Values from the first that is on record."""
    return values[int(np.argmax(np.isfinite(values))) :]
