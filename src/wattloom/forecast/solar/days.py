"""How does a solar station's last fortnight look to the network? The same words in training and in service.

A context is the 14 stretches of 24 h before the newest value known. Each becomes a token of what the sky let through
(values over the envelope of the fortnight), the envelope itself, and which values there were; the network answers with
quantiles of the share of the envelope. So night is night without being told, and every size of station is one size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

DAYS = 14
STEPS = 96
"""Quarter-hours a day: what the network reads and writes."""
AHEAD_DAYS = 2
PLANES = 3
HEADROOM = 1.25
"""The next days may be brighter than the fortnight's best by so much."""
DARK_SHARE = 0.01
"""Of the envelope's peak: less is night."""
SHARE_MAX = 1.5


@dataclass(frozen=True, slots=True)
class SolarDays:
    """What the network reads, and what turns its answer into power."""

    tokens: NDArray[np.float32]
    """Shape (contexts, DAYS, PLANES × STEPS)."""
    envelope: NDArray[np.float64]
    """Most of the fortnight at each quarter-hour after the newest value, in the target's unit; (contexts, STEPS)."""
    usable: NDArray[np.bool_]
    """Contexts with some light in them."""


def solar_days(context: NDArray[np.float64]) -> SolarDays:
    """Tokens and envelope of contexts, shape (contexts, DAYS × STEPS), the newest value last; NaN is a gap."""
    days = context.reshape(len(context), DAYS, STEPS)
    there = ~np.isnan(days)
    seen = np.where(there, np.maximum(days, 0.0), 0.0)
    envelope = _widened(seen.max(axis=1))
    peak = envelope.max(axis=1)
    usable = peak > 0
    lit = envelope > DARK_SHARE * np.maximum(peak, 1e-12)[:, None]
    share = np.where(lit[:, None, :] & there, seen / np.maximum(envelope, 1e-12)[:, None, :], 0.0)
    shape = np.broadcast_to((envelope / np.maximum(peak, 1e-12)[:, None])[:, None, :], days.shape)
    planes = np.concatenate([np.minimum(share, SHARE_MAX), shape, there & lit[:, None, :]], axis=2)
    return SolarDays(planes.astype(np.float32), np.where(lit, envelope, 0.0), usable)


def power_of(shares: NDArray[np.float64], days: SolarDays) -> NDArray[np.float64]:
    """Quantiles in the target's unit out of shares of the headroom over the envelope.

    Args:
        shares: shape (contexts, AHEAD_DAYS, STEPS, levels), 0 to 1.
        days: of the same contexts.

    Returns:
        Shape (contexts, AHEAD_DAYS × STEPS, levels).
    """
    power = shares * (HEADROOM * days.envelope)[:, None, :, None]
    return power.reshape(len(shares), AHEAD_DAYS * STEPS, -1)


def _widened(most: NDArray[np.float64]) -> NDArray[np.float64]:
    """The largest of each quarter-hour and its neighbours: the sun moves, clouds leave holes."""
    return np.maximum(np.maximum(most, np.roll(most, 1, axis=1)), np.roll(most, -1, axis=1))
