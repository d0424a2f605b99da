"""What does one station's record hold, and what was done to it?

The record as it came is never touched: cleaning makes new arrays and an `Edit` for every stretch it changed, with the
values that stood there, so that `restored` gives back the original to the last bit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import InputError
from wattloom.domain.text import Text
from wattloom.domain.time import TimeAxis

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


class Quantity(StrEnum):
    """What a column measures; it decides what the values can be."""

    POWER = "power"
    IRRADIANCE = "irradiance"
    TEMPERATURE = "temperature"
    HUMIDITY = "humidity"
    PRESSURE = "pressure"
    WIND_SPEED = "wind speed"
    WIND_DIRECTION = "wind direction"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One measured quantity, as it stands in the file."""

    quantity: Quantity
    unit: str
    values: NDArray[np.float64]
    """One a row of the record; NaN where the cell held no number."""
    words: int = 0
    """Cells that held a word or a dash in place of a number."""

    def __post_init__(self) -> None:
        """Keep a read-only copy."""
        object.__setattr__(self, "values", locked(self.values))


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A station's table before anything was done to it."""

    name: str
    stamps_s: NDArray[np.int64]
    """Start of each row's period, seconds since 1970 UTC, in the order of the file."""
    step_minutes: int
    columns: Mapping[str, Column]
    utc_offset_minutes: int = 0
    """Of the station's standard clock, for what depends on the time of day."""
    capacity: float | None = None
    """Of its power column, in that column's unit."""
    solar: bool = False
    """Whether its power is the sun's."""

    def __post_init__(self) -> None:
        """Refuse columns of another length than the stamps."""
        stamps = np.array(self.stamps_s, dtype=np.int64)
        stamps.flags.writeable = False
        object.__setattr__(self, "stamps_s", stamps)
        for name, column in self.columns.items():
            if column.values.shape != stamps.shape:
                raise InputError.one(
                    f"record {self.name}, {name}",
                    found=f"{column.values.size} values",
                    expected=f"{stamps.size}, one a time label",
                    remedy="bring a value or a gap for every row",
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One stretch that was changed, or only remarked on: what was found, what was done, what stood there."""

    kind: str
    """Such as sentinel, stuck, spike: the file's name of the rule."""
    column: str
    """Empty where it concerns the time labels."""
    rows: NDArray[np.int64]
    """Positions on the cleaned axis; of the record's rows where labels are concerned."""
    before: NDArray[np.float64]
    """The values that stood there; empty where none was changed."""
    first_s: int
    last_s: int
    """Starts of the first and last period concerned, seconds since 1970 UTC."""
    found: Text
    done: Text

    @property
    def count(self) -> int:
        """Values or rows concerned."""
        return int(self.rows.size)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """The record on a whole axis, with its log."""

    record: Record
    """As it came."""
    axis: TimeAxis
    placed: Mapping[str, NDArray[np.float64]]
    """The original values on the axis; NaN where no row fell."""
    values: Mapping[str, NDArray[np.float64]]
    """The cleaned ones; NaN where nothing trustworthy is known. Read-only."""
    edits: tuple[Edit, ...] = field(default=())

    def of_kind(self, kind: str) -> tuple[Edit, ...]:
        """The edits of one rule."""
        return tuple(edit for edit in self.edits if edit.kind == kind)

    def restored(self) -> dict[str, NDArray[np.float64]]:
        """The values with every edit undone, last first: what stood on the axis before any of them."""
        columns = {name: np.array(values) for name, values in self.values.items()}
        for edit in reversed(self.edits):
            if edit.before.size:
                columns[edit.column][edit.rows] = edit.before
        return columns

    def fingerprints(self) -> dict[str, tuple[str, str]]:
        """By column, SHA-256 of the values before and after: what a log is checked against."""
        return {name: (fingerprint(self.placed[name]), fingerprint(self.values[name])) for name in self.values}


def locked(values: ArrayLike) -> NDArray[np.float64]:
    """A copy that nobody can change."""
    copy = np.array(values, dtype=np.float64)
    copy.flags.writeable = False
    return copy


def fingerprint(values: NDArray[np.float64]) -> str:
    """SHA-256 of the values, all gaps written alike."""
    plain = np.where(np.isnan(values), np.nan, values) + 0.0
    return hashlib.sha256(np.ascontiguousarray(plain, dtype="<f8").tobytes()).hexdigest()


def runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Stretches [first, end) in which the flags stand.

    Example:
        >>> runs(np.array([False, True, True, False, True]))
        [(1, 3), (4, 5)]
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [(int(first), int(end)) for first, end in edges.reshape(-1, 2)]
