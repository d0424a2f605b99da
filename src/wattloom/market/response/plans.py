"""Was the plan there before the notice? What a scheduler meant to draw, as a chained journal holds it.

For computing the counterfactual is the queue's plan, not history. A plan counts only as written down: its record in a
journal whose marks are chained, and that mark told to somebody else, both before notice was given. A time stamp that a
participant writes proves nothing alone; a mark that the other side noted does.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import FutureRefused, InputError
from wattloom.domain.time import TimeAxis, utc

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from wattloom.domain.live import Entry

PLAN = "response_plan"
"""Kind of the journal's record."""
W_PER_KW = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedPlan:
    """A plan as the journal holds it, and when the other side noted the journal's mark."""

    axis: TimeAxis
    kw: NDArray[np.float64]
    """Shape (axis.count,)."""
    logged_at: datetime
    """As the record says."""
    sequence: int
    """Of the record in the journal."""
    sha256: str
    """Of the record's body, hex."""
    mark: str
    """Of the journal behind the record, hex."""
    witnessed_at: datetime
    """When the grid company or the pool's operator noted the mark."""

    def before(self, notice: datetime) -> None:
        """Refuse a plan that was not fixed when notice was given."""
        fixed = max(self.logged_at, self.witnessed_at)
        if fixed >= utc(notice):
            raise FutureRefused(
                f"plan {self.sha256[:12]} (record {self.sequence}): fixed at {fixed.isoformat()}, "
                f"notice was given at {utc(notice).isoformat()}; a plan counts only if logged and noted before"
            )

    def on(self, axis: TimeAxis) -> NDArray[np.float64]:
        """The plan on an event's periods; refused where it does not reach over them."""
        first = (axis.start - self.axis.start).total_seconds() / (60 * self.axis.step_minutes)
        inside = first >= 0 and first == int(first) and int(first) + axis.count <= self.axis.count
        if axis.step_minutes != self.axis.step_minutes or not inside:
            raise InputError.one(
                f"plan {self.sha256[:12]}",
                found=f"{self.axis.count} periods of {self.axis.step_minutes} min from {self.axis.start.isoformat()}",
                expected=f"{axis.count} periods of {axis.step_minutes} min from {axis.start.isoformat()} within it",
                remedy="log a plan over the whole day, in the meter's periods",
            )
        return self.kw[int(first) : int(first) + axis.count]


def plan_body(axis: TimeAxis, kw: ArrayLike, *, logged_at: datetime) -> bytes:
    """The record of a plan: canonical JSON, powers in whole watts. Append it under the kind `PLAN`."""
    told = {
        "axis": [axis.start.isoformat(), axis.step_minutes, axis.count],
        "logged_at": utc(logged_at).isoformat(),
        "watts": np.rint(np.asarray(kw, dtype=np.float64) * W_PER_KW).astype(np.int64).tolist(),
    }
    return json.dumps(told, sort_keys=True, separators=(",", ":")).encode("ascii")


def plan_of(entry: Entry, *, noted_mark: str, witnessed_at: datetime) -> LoggedPlan:
    """The plan of a journal's record, as read through the journal, which checks its chain.

    Args:
        entry: the record.
        noted_mark: the mark that the other side noted, hex.
        witnessed_at: when it did.

    Raises:
        InputError: the record is no plan, or another mark was noted.
    """
    if entry.kind != PLAN or entry.mark.hex() != noted_mark:
        raise InputError.one(
            f"record {entry.sequence} of the journal",
            found=f"kind {entry.kind}, mark {entry.mark.hex()[:12]}",
            expected=f"kind {PLAN} with the mark {noted_mark[:12]} that was noted",
            remedy="name the record whose mark was told; a journal written anew has other marks",
        )
    told = json.loads(entry.body)
    start, step, count = told["axis"]
    return LoggedPlan(
        axis=TimeAxis(datetime.fromisoformat(start), step, count),
        kw=np.asarray(told["watts"], dtype=np.float64) / W_PER_KW,
        logged_at=datetime.fromisoformat(told["logged_at"]),
        sequence=entry.sequence,
        sha256=hashlib.sha256(entry.body).hexdigest(),
        mark=entry.mark.hex(),
        witnessed_at=utc(witnessed_at),
    )
