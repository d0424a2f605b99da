"""When may each job go on after an event, so that the power does not rebound above its baseline?

What was put off still has to be done, while the baseline already falls or new runs begin. The most urgent goes on
first; each goes on at the first minute from which on the power stays below its limit as long as it is watched, and at
the latest when its deadline asks for it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from wattloom.dispatch.grid_events.course import SERVING, Kind, Stretches, Ways, course
from wattloom.dispatch.grid_events.ways import Clock, Elsewhere, judged, keeps_promises, staged
from wattloom.domain.text import Text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.domain.jobs import Jobs

ROUNDING_MW = 1e-9
ROUNDING_S = 1e-6
STEP_MINUTES = 5
"""Later instants are tried at this distance."""

Watched = tuple["NDArray[np.float64]", "NDArray[np.float64]", Elsewhere]
"""Edges of the minutes, most power of each at the meter, and what else is drawn."""


def released(
    jobs: Jobs, stretches: Stretches, ways: Ways, clock: Clock, watched: Watched
) -> tuple[Ways, tuple[Text, ...]]:
    """The ways with their last instants put off where the power would rebound, and what is to be said about it."""
    edges, limit, elsewhere = watched
    after = edges[:-1] >= clock.end_s - ROUNDING_S
    late = edges[np.append(after, True)]
    most = limit[after] - elsewhere.firm_mw
    scale = elsewhere.draw_mw_per_it_mw * jobs.power_mw[stretches.job[ways.of]]
    if np.all(scale @ course(jobs, stretches, ways).means(late) <= most + ROUNDING_MW):
        return ways, ()
    open_, free = _candidates(jobs, stretches, ways, clock, float(late[-1]))
    tries = _tries(jobs, stretches, open_.take(free), clock, (late, elsewhere))
    ups = open_.up_s.copy()
    held = replace(open_, up_s=np.where(_among(free, ups.size), late[-1], ups))
    total = scale @ course(jobs, stretches, held).means(late)
    ups[free], total = _fitted(tries, scale[free], total, most)
    over = float(np.max(total - most))
    notes = [_waiting(int(np.sum(ups[free] >= late[-1])))] if np.any(ups[free] >= late[-1]) else []
    if over > ROUNDING_MW:
        notes.append(_above(over))
    return replace(open_, up_s=ups), tuple(notes)


@dataclass(frozen=True, slots=True)
class _Tries:
    """Instants at which each of some stretches may go on, shape (stretch, instant); the last is after the watch."""

    up_s: NDArray[np.float64]
    drawn: NDArray[np.float64]
    """Share of full power in each watched minute, shape (stretch, instant, minute)."""
    kept: NDArray[np.bool_]
    """Whether floor and deadline are kept, shape (stretch, instant)."""
    order: NDArray[np.int64]
    """Of urgency: those that can wait least first, for whatever goes on must find room among the rest."""


def _tries(
    jobs: Jobs,
    stretches: Stretches,
    ways: Ways,
    clock: Clock,
    watched: tuple[NDArray[np.float64], Elsewhere],
) -> _Tries:
    """What comes of each instant."""
    late, elsewhere = watched
    later = np.append(late[1:-1:STEP_MINUTES], late[-1])
    ups = np.maximum(np.column_stack([ways.up_s, np.broadcast_to(later, (len(ways), later.size))]), ways.up_s[:, None])
    # After the watch, too, one after the other.
    _, stage = staged(jobs, stretches, clock)
    ups[:, -1] += stage[ways.of] - clock.end_s
    many = ways.take(np.repeat(np.arange(len(ways)), ups.shape[1]))
    many = replace(many, up_s=ups.ravel())
    done = judged(jobs, stretches, many, clock, elsewhere)
    finish = done.course.finish_s.reshape(ups.shape)
    slack = stretches.slack_s[ways.of] - (finish[:, 0] - stretches.to_s[ways.of])
    kept = keeps_promises(jobs, stretches, done).reshape(ups.shape)
    return _Tries(
        up_s=ups,
        drawn=done.course.means(late).reshape(*ups.shape, late.size - 1),
        kept=kept,
        order=np.lexsort((slack, kept.sum(axis=1))),
    )


def _fitted(
    tries: _Tries, scale: NDArray[np.float64], total: NDArray[np.float64], most: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The instant of each stretch and the power of all: first those that fit, else the latest that keeps promises."""
    ups = tries.up_s[:, 0].copy()
    for at in tries.order:
        power = scale[at] * tries.drawn[at]
        rest = total - power[-1]
        kept = np.flatnonzero(tries.kept[at])
        fits = kept[np.all(rest + power[kept] <= most + ROUNDING_MW, axis=1)]
        # Where even what is held back breaks the limit, the latest instant adds least.
        pick = fits[0] if fits.size else (kept[-1] if kept.size else 0)
        total = rest + power[pick]
        ups[at] = tries.up_s[at, pick]
    return ups, total


def _among(at: NDArray[np.int64], count: int) -> NDArray[np.bool_]:
    """A mask of some places."""
    mask = np.zeros(count, dtype=np.bool_)
    mask[at] = True
    return mask


def _waiting(count: int) -> Text:
    """How many runs wait until the watch is over."""
    return Text(
        f"{count} runs go on only once the baseline no longer limits the power.",
        f"{count}项运行须待基线不再约束功率后方可恢复。",
    )


def _above(over_mw: float) -> Text:
    """What stands above the limit, and why."""
    return Text(
        f"After the release the power stands up to {over_mw:.3g} MW above its limit: floors, deadlines and runs that "
        "were planned for then leave no other choice.",
        f"释放后功率最多超出限值{over_mw:.3g} MW：受服务下限、截止时间与原定运行所限，别无选择。",
    )


def _candidates(
    jobs: Jobs, stretches: Stretches, ways: Ways, clock: Clock, until_s: float
) -> tuple[Ways, NDArray[np.int64]]:
    """What may go on later: all that is down at the end, and runs planned to begin afterwards, which may wait."""
    down = np.isin(ways.kind, (Kind.CAP, Kind.PAUSE)) & (ways.up_s >= clock.end_s - ROUNDING_S)
    begin = stretches.from_s[ways.of]
    waits = (ways.kind == Kind.LEAVE) & ~stretches.begun[ways.of] & (begin >= clock.end_s) & (begin < until_s)
    waits &= ~np.isin(jobs.of_class("kind")[stretches.job[ways.of]], SERVING)
    return replace(
        ways,
        kind=np.where(waits, int(Kind.PAUSE), ways.kind),
        level=np.where(waits, 0.0, ways.level),
        down_s=np.where(waits, begin, ways.down_s),
        up_s=np.where(waits, begin, ways.up_s),
    ), np.flatnonzero(down | waits)
