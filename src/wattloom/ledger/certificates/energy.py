"""Whose electricity, in which unit, of which month? The words that both schemes share."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import InputError
from wattloom.ledger.entries import Entry, Kind

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

ENERGY, WATT_HOUR = "energy", "Wh"
MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
INTERVAL_MINUTES_MAX = 60
"""EnergyTag: a granular certificate speaks of an hour at most."""


class Use(StrEnum):
    """Where a device's energy goes: it decides which certificates there are."""

    PUBLIC_GRID = "public grid"
    SELF_USE = "self-use"
    """Certificates that are issued but cannot be traded."""
    STORAGE = "storage"
    """Discharge of a store: no certificate of its own; granular ones only for what was stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A metered source."""

    id: str
    owner: str
    technology: str
    """Such as wind, solar, storage."""
    capacity_w: int
    zone: str
    """Inside it its electricity counts as deliverable."""
    use: Use = Use.PUBLIC_GRID


def month_of(text: str) -> str:
    """A month such as 2026-03, or an error."""
    if not MONTH.fullmatch(text):
        raise InputError.one("month", found=repr(text), expected="a month such as 2026-03", remedy="correct it")
    return text


def watt_hours(values: ArrayLike, *, where: str) -> NDArray[np.int64]:
    """Whole watt-hours, none below zero; read-only."""
    given = np.asarray(values)
    whole = np.issubdtype(given.dtype, np.integer)
    if not whole or given.ndim != 1 or (given.size and int(given.min()) < 0):
        raise InputError.one(
            where,
            found=f"{given.dtype} of shape {given.shape}" + (f", least {given.min()}" if given.size else ""),
            expected="whole watt-hours from zero up, one an interval",
            remedy="round meter readings down once, at the door, and keep the remainder on the meter",
        )
    kept = given.astype(np.int64)
    kept.flags.writeable = False
    return kept


def fingerprint(values: NDArray[np.int64]) -> str:
    """SHA-256 of the numbers as JSON, [1,2,3]: any language can check it."""
    return _fingerprint(np.ascontiguousarray(values, dtype=np.int64).tobytes())


@lru_cache(maxsize=1024)
def _fingerprint(raw: bytes) -> str:
    """The same of the numbers' bytes: one range is asked for its fingerprint many times over."""
    numbers = np.frombuffer(raw, dtype=np.int64).tolist()
    return hashlib.sha256(json.dumps(numbers, separators=(",", ":")).encode()).hexdigest()


def account(*parts: str) -> str:
    """Name of an account; parts may not hold its divider."""
    for part in parts:
        if not part or "/" in part:
            raise InputError.one("account", found=repr(part), expected="a name without /", remedy="rename it")
    return "/".join(parts)


def opening(name: str, book: str, unit: str, keeps: str = "any") -> Entry:
    """An account that may be open already: sent again it counts once."""
    return Entry(id=f"open {name}", kind=Kind.OPEN, account=name, book=book, unit=unit, keeps=keeps)
