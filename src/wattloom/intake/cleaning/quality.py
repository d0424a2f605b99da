"""How good is this record? Shares, gaps and edits by column, and day by day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattloom.intake.cleaning.record import Cleaned, runs

if TYPE_CHECKING:
    from numpy.typing import NDArray

HOURS_A_DAY = 24
COMPLETE_SHARE = 0.9
"""A day with fewer usable values is not counted as complete; the usual bar of resource assessment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnQuality:
    """One column in figures."""

    usable_share: float
    absent_share: float
    """No number in the file."""
    removed_share: float
    """Set to missing by a rule."""
    changed_share: float
    """Given another number by a rule."""
    longest_gap_h: float
    complete_days_share: float
    edits: Mapping[str, int]
    """Values concerned, by kind of edit."""
    usable_by_day: NDArray[np.float64]
    """Share of usable values in each stretch of 24 h from the start of the axis."""


def quality(cleaned: Cleaned) -> dict[str, ColumnQuality]:
    """Figures of every column."""
    return {name: _of_column(cleaned, name) for name in cleaned.values}


def _of_column(cleaned: Cleaned, name: str) -> ColumnQuality:
    """Figures of one column."""
    before, after = cleaned.placed[name], cleaned.values[name]
    was, stays = ~np.isnan(before), ~np.isnan(after)
    per_day = max(1, round(HOURS_A_DAY / cleaned.axis.step_hours))
    whole = max(1, len(after) // per_day)
    days = np.array([piece.mean() for piece in np.array_split(stays[: whole * per_day], whole)])
    counts: Counter[str] = Counter()
    for edit in cleaned.edits:
        if edit.column == name:
            counts[edit.kind] += edit.count
    gaps = [end - first for first, end in runs(~stays)]
    return ColumnQuality(
        usable_share=float(stays.mean()),
        absent_share=float((~was).mean()),
        removed_share=float((was & ~stays).mean()),
        changed_share=float((was & stays & (before != after)).mean()),
        longest_gap_h=max(gaps, default=0) * cleaned.axis.step_hours,
        complete_days_share=float((days >= COMPLETE_SHARE).mean()),
        edits=dict(counts),
        usable_by_day=days,
    )
