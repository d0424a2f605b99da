"""Which of the updates that come in between two steps does the next one see? Those believed, the last of each number.

However many come, no more can wait than a tick has numbers: the later value replaces the earlier, and is counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from wattloom.app.live_records import Readings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.app.live_numbers import Numbers
    from wattloom.domain.live import Update


class Gathering:
    """Updates judged as they come."""

    def __init__(self, numbers: Numbers, known_s: NDArray[np.float64], heard: Mapping[str, int]) -> None:
        """Begin with what is known already: the instant of each number, and the last number kept of each sender."""
        self._numbers, self._known_s, self._heard = numbers, known_s.copy(), dict(heard)
        self._waiting: dict[int, tuple[float, float]] = {}
        self._senders: dict[str, int] = {}
        self._coalesced, self._since_s = 0, 0.0

    def __len__(self) -> int:
        """How many numbers have a new value waiting."""
        return len(self._waiting)

    def offer(self, update: Update, *, now_s: float) -> bool:
        """Take an update; False where it was taken before. `InputError` where it cannot be believed."""
        if self._is_counted(update) and self._is_there(update):
            return False
        slot, value, at_s = self._numbers.judged(update, now_s=now_s)
        known_s = float(self._known_s[slot])
        if at_s < known_s:
            raise self._numbers.backwards(update, known_s=known_s)
        if not self._waiting:
            self._since_s = now_s
        self._coalesced += slot in self._waiting
        self._waiting[slot] = (value, at_s)
        self._known_s[slot] = at_s
        self._heard[update.source] = self._senders[update.source] = update.number  # type: ignore[index, assignment]
        return True

    def _is_counted(self, update: Update) -> bool:
        """Whether this number of this sender, or a later one, was taken."""
        source, number = update.source, update.number
        return isinstance(source, str) and type(number) is int and 1 <= number <= self._heard.get(source, 0)

    def _is_there(self, update: Update) -> bool:
        """Whether a value as new as this one is known; one that is newer comes from a sender that counts anew."""
        slot = self._numbers.slot(update)
        if slot is None or not isinstance(update.at_s, int | float):
            return False
        if update.at_s > self._known_s[slot]:
            raise self._numbers.recounted(update, heard=self._heard[str(update.source)])
        return True

    def taken(self, *, now_s: float) -> Readings | None:
        """What waits, which then waits no longer; None: nothing."""
        if not self._waiting:
            return None
        told = np.array(list(self._waiting.values()), dtype=np.float64)
        readings = Readings(
            slots=np.fromiter(self._waiting, dtype=np.int64, count=len(self._waiting)),
            values=told[:, 0],
            at_s=told[:, 1],
            heard=self._senders,
            coalesced=self._coalesced,
            waiting_s=now_s - self._since_s,
        )
        self._waiting, self._senders, self._coalesced = {}, {}, 0
        return readings
