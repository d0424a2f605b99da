"""What does the grid ask for, and against which baseline is the answer measured?

The baseline is the plan that was logged before the notice. It is frozen: known_at, source and a hash of its bytes
travel with it, and one that became known after the notice is refused.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import InputError, Problem
from wattloom.domain.series import read_only
from wattloom.domain.time import TimeAxis, utc

if TYPE_CHECKING:
    from numpy.typing import NDArray

MARGIN_SHARE = 0.005
"""Minutes of the Phoenix field test's plateaus differ from their mean by about so much (standard deviation)."""
REBOUND_SHARE_MAX = 1.02
"""Most power after the release, as a share of the baseline: what a staged release keeps to."""
REBOUND_MINUTES = 60.0
"""How long after the end of an event the baseline still limits the power; assumed, the field names no time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenBaseline:
    """The power that was planned before anybody knew of the event."""

    axis: TimeAxis
    power_mw: NDArray[np.float64]
    """At the meter, mean of each period, shape (axis.count,)."""
    known_at: datetime
    source: str
    """Where it was logged, in words a reader can follow."""
    sha256: str = field(default="", kw_only=True)
    """Of axis, values, known_at and source; left empty it is taken now, given it is checked."""

    def __post_init__(self) -> None:
        """Freeze; refuse values that are no powers and bytes that are not those of the hash."""
        object.__setattr__(self, "power_mw", read_only(self.power_mw))
        object.__setattr__(self, "known_at", utc(self.known_at))
        if self.power_mw.shape != (self.axis.count,) or not np.all(self.power_mw >= 0):
            raise InputError.one(
                f"baseline from {self.source}",
                found=f"{self.power_mw.size} values, the least {np.min(self.power_mw, initial=np.inf):g} MW",
                expected=f"{self.axis.count} powers at or above 0 MW",
                remedy="give the power of each period of its axis",
            )
        taken = self._hash()
        if self.sha256 not in {"", taken}:
            raise InputError.one(
                f"baseline from {self.source}, sha256",
                found=f"{taken[:12]}… of the bytes at hand",
                expected=f"{self.sha256[:12]}…",
                remedy="bring the baseline as it was logged, or settle on another one",
            )
        object.__setattr__(self, "sha256", taken)

    def _hash(self) -> str:
        """Hash of all that makes it this baseline."""
        told = f"{self.axis.start.isoformat()}|{self.axis.step_minutes}|{self.known_at.isoformat()}|{self.source}|"
        return hashlib.sha256(told.encode() + self.power_mw.astype("<f8").tobytes()).hexdigest()

    def on(self, instants: NDArray[np.float64], start: datetime) -> NDArray[np.float64]:
        """Power, MW, of the periods that hold some instants, told in seconds from `start`."""
        offset_s = (utc(start) - self.axis.start).total_seconds()
        period = np.floor((instants + offset_s) / (60.0 * self.axis.step_minutes) + WHOLE).astype(np.int64)
        return np.asarray(self.power_mw[np.clip(period, 0, self.axis.count - 1)], dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class GridEvent:
    """Hold the power down from `start` plus the ramp to `end`: by a share of the baseline, or below a number."""

    site: str
    notice: datetime
    start: datetime
    """When the power may begin to fall; it is down once the ramp is over."""
    end: datetime
    ramp_minutes: float
    baseline: FrozenBaseline
    reduction_share: float | None = None
    """Least reduction, as a share of the baseline in each minute."""
    mw_max: float | None = None
    """Most power at the meter."""
    margin_share: float = MARGIN_SHARE
    """The plan aims at a power lower than the target by this share of it, where it can."""
    rebound_share_max: float = REBOUND_SHARE_MAX
    rebound_minutes: float = REBOUND_MINUTES

    def __post_init__(self) -> None:
        """Convert to UTC; refuse what cannot be asked, all faults at once."""
        for name in ("notice", "start", "end"):
            object.__setattr__(self, name, utc(getattr(self, name)))
        problems = [
            Problem(where=f"grid event at {self.site}, {where}", found=found, expected=expected, remedy=remedy)
            for wrong, where, found, expected, remedy in (*self._checks_of_times(), *self._checks_of_amounts())
            if wrong
        ]
        if problems:
            raise InputError(problems)

    @property
    def hold_from(self) -> datetime:
        """From when on the power must be down."""
        return self.start + timedelta(minutes=self.ramp_minutes)

    @property
    def watched_until(self) -> datetime:
        """Until when the baseline limits the power after the release."""
        return self.end + timedelta(minutes=self.rebound_minutes)

    def target_mw(self, baseline_mw: NDArray[np.float64]) -> NDArray[np.float64]:
        """Most power while it is held, MW, for the baseline's power of the same minutes."""
        if self.mw_max is not None:
            return np.full(baseline_mw.shape, self.mw_max)
        return np.asarray(baseline_mw * (1.0 - (self.reduction_share or 0.0)), dtype=np.float64)

    def _checks_of_times(self) -> tuple[_Check, ...]:
        """What may be wrong with instants and baseline."""
        base = self.baseline
        covered = base.axis.start <= self.notice and base.axis.end >= self.watched_until
        return (
            (
                base.known_at > self.notice,
                "baseline",
                f"known at {base.known_at.isoformat()}",
                f"known by the notice at {self.notice.isoformat()}",
                "take the plan that was logged before the notice",
            ),
            (
                not covered,
                "baseline",
                f"{base.axis.start.isoformat()} to {base.axis.end.isoformat()}",
                f"{self.notice.isoformat()} to {self.watched_until.isoformat()}",
                "take a plan that reaches from the notice past the release",
            ),
            (
                not self.notice <= self.start,
                "start",
                self.start.isoformat(),
                "a start at or after the notice",
                "correct one of the two",
            ),
            (
                not (self.ramp_minutes >= 0 and self.hold_from < self.end),
                "ramp_minutes",
                f"{self.ramp_minutes:g}",
                "a ramp at or above 0 that is over before the end",
                "shorten the ramp or lengthen the event",
            ),
        )

    def _checks_of_amounts(self) -> tuple[_Check, ...]:
        """What may be wrong with what is asked for."""
        asked = (self.reduction_share is not None) + (self.mw_max is not None)
        share, most = self.reduction_share, self.mw_max
        return (
            (
                asked != 1,
                "reduction_share, mw_max",
                f"{asked} of the two",
                "one of the two",
                "ask for a share of the baseline or for a most power",
            ),
            (
                share is not None and not 0 < share <= 1,
                "reduction_share",
                f"{share}",
                "above 0 and up to 1",
                "0.25 asks for a quarter",
            ),
            (
                most is not None and not (np.isfinite(most) and most >= 0),
                "mw_max",
                f"{most}",
                "a finite power at or above 0",
                "give MW at the meter",
            ),
            (
                not 0 <= self.margin_share < 1,
                "margin_share",
                f"{self.margin_share:g}",
                "at or above 0 and below 1",
                "0.005 is usual here",
            ),
            (
                not (self.rebound_share_max >= 1 and self.rebound_minutes >= 0),
                "rebound",
                f"{self.rebound_share_max:g} for {self.rebound_minutes:g} min",
                "a share at or above 1 and minutes at or above 0",
                "1.02 for 60 min is usual here",
            ),
        )


_Check = tuple[bool, str, str, str, str]
"""Whether it is wrong, where, found, expected, remedy."""
WHOLE = 1e-9
"""Share of a period by which an instant may miss its edge by rounding."""
