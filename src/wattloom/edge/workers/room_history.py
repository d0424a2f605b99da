"""What did a site's meters tell over the last hour of ticks? A ring in memory, for charts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

TICKS = 3_600
"""Ticks at hand; what lies before is in the journal."""


SINCE = {"en": "the room's start, at most an hour of ticks", "zh": "自调度台启动起，最多一小时的逐拍记录"}
"""From when there is a series."""


class History:
    """A ring of rows, one a tick; written by one thread, read by any."""

    def __init__(self, fields: Mapping[str, int]) -> None:
        """Fields by name, each with how many values it has a tick."""
        self._at_s = np.full(TICKS, np.nan)
        self._values = {name: np.full((TICKS, count), np.nan, dtype=np.float32) for name, count in fields.items()}
        self._count = 0

    @property
    def fields(self) -> tuple[str, ...]:
        """What is kept."""
        return tuple(self._values)

    def add(self, at_s: float, values: Mapping[str, NDArray[np.float64]]) -> None:
        """A tick's values."""
        place = self._count % TICKS
        for name, of in values.items():
            self._values[name][place] = of
        self._at_s[place] = at_s
        self._count += 1

    def series(
        self, name: str, n: int, *, since_s: float = -np.inf, until_s: float = np.inf
    ) -> tuple[list[float], list[float | None]]:
        """Instants and values of one place, oldest first; `KeyError` where the field is not kept."""
        values = self._values[name][:, n]
        order = np.argsort(self._at_s, kind="stable")
        order = order[(self._at_s[order] >= since_s) & (self._at_s[order] < until_s)]
        told = np.round(values[order].astype(np.float64), 3)
        return self._at_s[order].tolist(), [None if np.isnan(value) else float(value) for value in told]

    def matrix(self, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Instants, shape (tick,), and all values of a field, shape (tick, place), oldest first."""
        order = np.argsort(self._at_s, kind="stable")
        order = order[~np.isnan(self._at_s[order])]
        return self._at_s[order], self._values[name][order].astype(np.float64)
