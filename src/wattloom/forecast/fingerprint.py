"""Is it the same data? A hash over everything that a feed holds and a model or a judge could see."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from wattloom.forecast.feed import Channel, Feed


def fingerprint(feed: Feed) -> str:
    """64 hex digits: axis, clock, limits, and every value of every channel with the instant it was known.

    The feed's name is left out, so that a renamed copy is found out.
    """
    digest = hashlib.sha256()
    limits = (feed.capacity, feed.lowest, feed.highest)
    axis = feed.axis
    digest.update(f"{feed.kind} {axis.start.isoformat()} {axis.step_minutes} {axis.count} {feed.zone.key}\n".encode())
    digest.update(f"{limits} {feed.place}\n".encode())
    for name, channel in sorted(feed.all_channels().items()):
        digest.update(f"{name} {channel.unit} {channel.oracle} {channel.values.shape}\n".encode())
        digest.update(_bytes_of(channel))
    return digest.hexdigest()


def _bytes_of(channel: Channel) -> bytes:
    """Values and known times, least byte first; every NaN written alike, and zero without its sign."""
    values = np.where(np.isnan(channel.values), np.nan, channel.values) + 0.0
    return values.astype("<f8").tobytes() + channel.known_s.astype("<i8").tobytes()
