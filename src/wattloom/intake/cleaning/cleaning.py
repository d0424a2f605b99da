"""What of this station's record can be trusted? Labels placed, values judged, clocks set right, every step logged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wattloom.intake.cleaning.clock import off_clock, shifted
from wattloom.intake.cleaning.labels import place
from wattloom.intake.cleaning.record import Cleaned, Edit, Record, locked
from wattloom.intake.cleaning.rules import RULES, Bench, Flagged

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.domain.time import TimeAxis


def clean(record: Record) -> Cleaned:
    """The record on a whole axis with what cannot be taken out, and the log of every change.

    The same record gives the same log; cleaning what is clean changes nothing.

    Raises:
        InputError: the labels cannot be of one record.
    """
    placed = place(record)
    there = placed.rows >= 0
    original = {
        name: np.where(there, column.values[np.maximum(placed.rows, 0)], np.nan)
        for name, column in record.columns.items()
    }
    values = dict(original)
    edits = list(placed.edits)
    for kind, rule in RULES.items():
        for name, column in record.columns.items():
            flagged = rule(Bench(record, placed.axis, name, column, values[name], values))
            if flagged is not None:
                edits.append(_edit(kind, name, values[name], flagged, placed.axis))
                values[name] = values[name] if flagged.after is None else flagged.after
    edits += shifted(record, placed.axis, values)
    edits += off_clock(record, placed.axis, values)
    return Cleaned(
        record=record,
        axis=placed.axis,
        placed={name: locked(column) for name, column in original.items()},
        values={name: locked(column) for name, column in values.items()},
        edits=tuple(edits),
    )


def _edit(kind: str, name: str, values: NDArray[np.float64], flagged: Flagged, axis: TimeAxis) -> Edit:
    """A rule's finding as an entry of the log."""
    rows = np.flatnonzero(flagged.rows)
    start, step_s = int(axis.start.timestamp()), axis.step_minutes * 60
    first, last = (int(rows[0]), int(rows[-1])) if rows.size else (0, 0)
    return Edit(
        kind=kind,
        column=name,
        rows=rows,
        before=np.empty(0) if flagged.after is None else values[rows],
        first_s=start + first * step_s,
        last_s=start + last * step_s,
        found=flagged.found,
        done=flagged.done,
    )
