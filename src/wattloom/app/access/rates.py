"""How often may one ask? A bucket of tokens for each asker, in memory, and never more buckets than a limit."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from math import ceil

KEYS_MAX = 20_000
"""Askers remembered; the longest silent is forgotten first, and begins anew with a full bucket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """So many a second in the long run, so many at once."""

    per_s: float
    burst: float


class Buckets:
    """One bucket for each asker.

    Example:
        >>> buckets = Buckets(Rate(per_s=0.5, burst=2))
        >>> [buckets.wait_s("a", now_s=0.0) for _ in range(3)], buckets.wait_s("b", now_s=0.0)
        ([0, 0, 2], 0)
    """

    def __init__(self, rate: Rate, *, keys_max: int = KEYS_MAX) -> None:
        """Begin with every bucket full."""
        self.rate, self._keys_max = rate, keys_max
        self._level: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        """How many askers are remembered."""
        return len(self._level)

    def wait_s(self, key: str, *, now_s: float) -> int:
        """Take one and get 0; or the whole seconds after which there will be one, with nothing taken."""
        level, since_s = self._level.pop(key, (self.rate.burst, now_s))
        level = min(self.rate.burst, level + max(0.0, now_s - since_s) * self.rate.per_s)
        enough = level >= 1.0
        self._level[key] = (level - 1.0 if enough else level, now_s)
        if len(self._level) > self._keys_max:
            self._level.popitem(last=False)
        return 0 if enough else max(1, ceil((1.0 - level) / self.rate.per_s))
