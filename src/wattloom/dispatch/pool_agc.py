"""How well do a pool's members follow the grid's frequency signal together: rate, delay, error, mileage?

Second by second. The set-point of the whole is given to the quickest members first, as far as they reach; each begins
after its delay and moves no faster than its ramp. A command lasts until the next; of each is measured

    delay    until the power has left where it stood by a hundredth of the capacity,
    rate     from then until it is within a hundredth of its target, or until the command ends,
    error    mean distance from the target once it is there, or at the end where it never is,
    mileage  how far it moved towards the target.

So the two detailed rules of China's regional grids measure it; each province's own text says the dead band.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.series import read_only

if TYPE_CHECKING:
    from numpy.typing import NDArray

BAND_SHARE = 0.01
"""Dead band, of capacity: assumed."""
COMMAND_S = 60
"""Seconds from one drawn command to the next: assumed."""
KEPT_SHARE = 0.6
"""Of a drawn set-point that is left in the next: assumed."""
ROUNDING_MWH = 1e-9
SECONDS_PER_MINUTE = 60.0
SECONDS_PER_HOUR = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Follower:
    """A member that follows a signal; power above zero is given, below is taken."""

    name: str
    give_mw: float
    take_mw: float
    ramp_mw_per_min: float
    delay_s: int
    energy_mwh: tuple[float, float] = (np.inf, np.inf)
    """What it may give and take in all, net."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """What members did, second by second, and what is measured of the whole."""

    signal_mw: NDArray[np.float64]
    power_mw: Mapping[str, NDArray[np.float64]]
    """By member."""
    rate_mw_per_min: float
    delay_s: float
    error_mw: float
    mileage_mw: float
    by_member_mw: Mapping[str, float]
    """Mileage that each moved while its command called for it."""

    @property
    def total_mw(self) -> NDArray[np.float64]:
        """Of the whole."""
        return np.asarray(np.sum(list(self.power_mw.values()), axis=0))


def drawn_signal(capacity_mw: float, *, minutes: int, seed: int) -> NDArray[np.float64]:
    """Set-points of a whole second each, inside the capacity, a new one each minute."""
    rng = np.random.default_rng(seed)
    commands = [0.0]
    for _ in range(int(minutes * SECONDS_PER_MINUTE / COMMAND_S) - 1):
        commands.append(float(np.clip(KEPT_SHARE * commands[-1] + rng.normal(0.0, 0.5), -1.0, 1.0)))
    return read_only(np.repeat(capacity_mw * np.array(commands), COMMAND_S))


def follow_signal(signal_mw: NDArray[np.float64], followers: Sequence[Follower], *, capacity_mw: float) -> Following:
    """Members on a signal of one value a second, all at rest before it."""
    quickest = sorted(followers, key=lambda one: (-one.ramp_mw_per_min, one.delay_s, one.name))
    power = {one.name: _moved(one, target) for one, target in zip(quickest, _parted(signal_mw, quickest), strict=True)}
    total = np.sum(list(power.values()), axis=0)
    begins = np.flatnonzero(np.diff(signal_mw, prepend=np.nan) != 0)
    ends = np.append(begins[1:], signal_mw.size)
    told = [
        _measured(total, float(signal_mw[begin]), begin, end, band=BAND_SHARE * capacity_mw)
        for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)
    ]
    called = [one for one in told if one is not None]
    rate, delay, error, mileage = np.array(called or [(0.0, 0.0, 0.0, 0.0)]).T
    return Following(
        signal_mw=read_only(signal_mw),
        power_mw={one.name: read_only(power[one.name]) for one in followers},
        rate_mw_per_min=float(rate.mean()),
        delay_s=float(delay.mean()),
        error_mw=float(error.mean()),
        mileage_mw=float(mileage.sum()),
        by_member_mw={
            one.name: _mileage_of(power[one.name], signal_mw, total, begins, ends) for one in followers
        },
    )  # fmt: skip


def _parted(signal_mw: NDArray[np.float64], quickest: Sequence[Follower]) -> list[NDArray[np.float64]]:
    """The set-point of each: the quickest take what they can."""
    left, targets = signal_mw.copy(), []
    for one in quickest:
        part = np.clip(left, -one.take_mw, one.give_mw)
        targets.append(part)
        left = left - part
    return targets


def _moved(one: Follower, target_mw: NDArray[np.float64]) -> NDArray[np.float64]:
    """Its power: late by its delay, no faster than its ramp, and nothing once its energy is used up."""
    late = np.concatenate([np.zeros(one.delay_s), target_mw])[: target_mw.size]
    step, now, given = one.ramp_mw_per_min / SECONDS_PER_MINUTE, 0.0, 0.0
    power = np.empty(target_mw.size)
    for second, wanted in enumerate(late.tolist()):
        left = one.energy_mwh[0] - given if wanted > 0 else one.energy_mwh[1] + given
        used_up = wanted != 0 and left <= ROUNDING_MWH
        goal = 0.0 if used_up else wanted
        now += min(max(goal - now, -step), step)
        given += now / SECONDS_PER_HOUR
        power[second] = now
    return power


def _measured(
    power_mw: NDArray[np.float64], target_mw: float, begin: int, end: int, *, band: float
) -> tuple[float, float, float, float] | None:
    """Rate, delay, error and mileage of one command; None of one that asks for no more than the dead band."""
    start = float(power_mw[begin - 1]) if begin else 0.0
    asked = target_mw - start
    if abs(asked) <= band:
        return None
    course = power_mw[begin:end]
    towards = np.clip((course - start) * np.sign(asked), 0.0, abs(asked))
    left = np.flatnonzero(towards > band)
    there = np.flatnonzero(abs(asked) - towards <= band)
    delay = int(left[0]) if left.size else end - begin
    last = int(there[0]) if there.size else end - begin - 1
    lasts = max(last - delay + 1, 1)
    moved = float(towards[last] - (towards[delay - 1] if delay and left.size else 0.0)) if left.size else 0.0
    error = float(np.abs(course[last:] - target_mw).mean())
    return moved / lasts * SECONDS_PER_MINUTE, float(delay), error, float(towards.max())


def _mileage_of(
    power_mw: NDArray[np.float64],
    signal_mw: NDArray[np.float64],
    total_mw: NDArray[np.float64],
    begins: NDArray[np.int64],
    ends: NDArray[np.int64],
) -> float:
    """How far a member moved the way its commands asked."""
    moved = 0.0
    for begin, end in zip(begins, ends, strict=True):
        start = float(total_mw[begin - 1]) if begin else 0.0
        own = float(power_mw[begin - 1]) if begin else 0.0
        moved += max((float(power_mw[end - 1]) - own) * float(np.sign(signal_mw[begin] - start)), 0.0)
    return moved
