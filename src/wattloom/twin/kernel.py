"""What happens next? The event loop of the replay, at machine speed.

Everything is one module, because the compiler's store of finished code looks at one file only. A job's end, the end of
a dead time and the landing of a move wait in a heap; arrivals, scripted commands and regular looks come from their own
lists in order. Each function does one thing that can happen in the world; `p` is the `Plant` and `j` a job's row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

from wattloom.twin.tables import VERB_NUMBER, VERBS, Phase, Rank, Refusal, Stop

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.twin.tables import Plant

AWAITED, WAITING, QUEUED, STARTING, RUNNING, SAVING, FLYING, SENDING, DONE = (int(phase) for phase in Phase)
PHASE_ENDS, ARRIVAL, COMMAND, TICK = (int(rank) for rank in Rank)
START, PAUSE, RESUME, CAP, MOVE = (VERB_NUMBER[verb] for verb in VERBS)
ENDED, ARRIVED, TICKED, FULL, COUNTED = (int(stop) for stop in Stop)
NOT_INTERRUPTIBLE, LEVEL, RING, SIZE, NO_ROOM, TOO_LATE = (int(reason) for reason in Refusal)

NOBODY = -1
ROUNDING = 1e-9
"""Share of a GPU, or of full power, by which sums may miss."""
SPARE = 16
"""Rows of heap and log that one event may need; a finish may let a whole queue in, and needs a row of the heap for each
of those who stand there. What happens never depends on how much room there is."""


@njit(cache=True)
def _before(a: Any, b: Any) -> bool:
    """Whether event a comes before event b."""
    if a.at_s != b.at_s:
        return bool(a.at_s < b.at_s)
    return bool(a.rank < b.rank or (a.rank == b.rank and a.number < b.number))


@njit(cache=True)
def _push(p: Plant, at_s: float, rank: int, j: int, what: int, where: tuple[int, float]) -> None:
    """Put an event into the heap; `where` is the site and level of a command."""
    tally = p.tally[0]
    k = tally.waiting_events
    event = p.heap[k]
    event.at_s, event.rank, event.number = at_s, rank, tally.numbered
    event.job, event.what, event.site, event.level = j, what, where[0], where[1]
    tally.numbered += 1
    tally.waiting_events += 1
    while k > 0:
        above = (k - 1) // 2
        if not _before(p.heap[k], p.heap[above]):
            break
        _swap(p, k, above)
        k = above


@njit(cache=True)
def _pop(p: Plant) -> None:
    """Take the first event out of the heap."""
    tally = p.tally[0]
    tally.waiting_events -= 1
    count = tally.waiting_events
    _swap(p, 0, count)
    k = 0
    while True:
        first = k
        for below in (2 * k + 1, 2 * k + 2):
            if below < count and _before(p.heap[below], p.heap[first]):
                first = below
        if first == k:
            return
        _swap(p, k, first)
        k = first


@njit(cache=True)
def _swap(p: Plant, i: int, k: int) -> None:
    """Two events change places, by way of the last row, which is always free."""
    spare = p.heap.shape[0] - 1
    p.heap[spare] = p.heap[i]
    p.heap[i] = p.heap[k]
    p.heap[k] = p.heap[spare]


@njit(cache=True)
def _phase_ends(p: Plant, j: int, at_s: float) -> None:
    """The present phase of a job ends then; what was said before no longer counts."""
    live = p.live[j]
    live.turn += 1
    if at_s < np.inf:
        _push(p, at_s, PHASE_ENDS, j, live.turn, (0, 0.0))


@njit(cache=True)
def _chance(p: Plant, j: int) -> float:
    """A number in [0, 1) that depends on seed, job and how often it was asked: never on the order of events.

    The finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014) over the three, applied twice.
    """
    live = p.live[j]
    x = p.tally[0].seed + np.uint64(j + 1) * np.uint64(0x9E3779B97F4A7C15)
    x += np.uint64(live.draws + 1) * np.uint64(0xD1B54A32D192ED03)
    live.draws += 1
    for _ in range(2):
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        x ^= x >> np.uint64(31)
    return float(x >> np.uint64(11)) * 2.0**-53


@njit(cache=True)
def _speed(p: Plant, j: int, level: float) -> float:
    """Share of full speed at a level, from the curve of the job's class."""
    curve = p.curve[p.given[j].class_index]
    for k in range(1, curve.shape[0]):
        if level <= curve[k, 0]:
            run = curve[k, 0] - curve[k - 1, 0]
            part = (level - curve[k - 1, 0]) / run if run > 0 else 1.0
            return float(curve[k - 1, 1] + part * (curve[k, 1] - curve[k - 1, 1]))
    return 1.0


@njit(cache=True)
def _left_s(p: Plant, j: int, now_s: float) -> float:
    """Work that a running job has left now."""
    live = p.live[j]
    worked_s = max(now_s - max(live.ready_s, live.from_s), 0.0) * _speed(p, j, live.drawn)
    return float(max(live.left_s - worked_s, 0.0))


@njit(cache=True)
def _draw(p: Plant, site: int, mw: float, now_s: float) -> None:
    """A site's power changes by so much: its meter counts what was drawn until now."""
    at = p.sites[site]
    at.metered_mws += at.power_mw * (now_s - at.metered_s)
    at.metered_s = now_s
    at.drawing += 1 if mw > 0 else -1
    at.power_mw = at.power_mw + mw if at.drawing else 0.0


@njit(cache=True)
def _note(p: Plant, j: int, site: int, span_s: tuple[float, float], level: float, dead_s: float) -> None:
    """Write a stretch into the log; one of no length is none."""
    if span_s[1] <= span_s[0]:
        return
    tally = p.tally[0]
    row = p.log[tally.stretches]
    row.job, row.site, row.start_s, row.end_s, row.level = j, site, span_s[0], span_s[1], level
    row.dead_s = min(max(dead_s, 0.0), span_s[1] - span_s[0])
    tally.stretches += 1


@njit(cache=True)
def _open(p: Plant, j: int, level: float, now_s: float, ready_s: float) -> None:
    """A stretch begins at the job's site: power from now, work from `ready_s`."""
    live = p.live[j]
    live.from_s, live.drawn, live.ready_s = now_s, level, ready_s
    _draw(p, live.site, level * p.given[j].power_mw, now_s)


@njit(cache=True)
def _close(p: Plant, j: int, now_s: float) -> None:
    """The stretch at the job's site ends: what it did counts."""
    live = p.live[j]
    _note(p, j, live.site, (live.from_s, now_s), live.drawn, live.ready_s - live.from_s)
    if live.phase == RUNNING:
        live.left_s = _left_s(p, j, now_s)
        live.shown_left_s = live.left_s
        _off_the_list(p, j)
    _draw(p, live.site, -live.drawn * p.given[j].power_mw, now_s)
    live.drawn = 0.0


@njit(cache=True)
def _on_the_list(p: Plant, j: int) -> None:
    """The job is among those that run."""
    tally = p.tally[0]
    p.working[tally.working] = j
    p.live[j].working_at = tally.working
    tally.working += 1


@njit(cache=True)
def _off_the_list(p: Plant, j: int) -> None:
    """The job is no longer among those that run; the last takes its place."""
    tally = p.tally[0]
    tally.working -= 1
    last = p.working[tally.working]
    p.working[p.live[j].working_at] = last
    p.live[last].working_at = p.live[j].working_at


@njit(cache=True)
def _room(p: Plant, j: int, site: int) -> bool:
    """Whether the site has machines free for the job."""
    at, given = p.sites[site], p.given[j]
    return bool(
        at.gpus + given.gpus <= at.gpus_max * (1 + ROUNDING) + ROUNDING
        and at.nodes + given.nodes <= at.nodes_max * (1 + ROUNDING) + ROUNDING
    )


@njit(cache=True)
def _hold(p: Plant, j: int, site: int, share: float) -> None:
    """The job takes its machines (1) or gives them back (-1)."""
    at, given = p.sites[site], p.given[j]
    at.gpus, at.nodes = at.gpus + share * given.gpus, at.nodes + share * given.nodes


@njit(cache=True)
def _work(p: Plant, j: int, now_s: float, dead_s: float) -> None:
    """The job works at its level, after a dead time; it holds its machines."""
    live = p.live[j]
    live.phase, live.shown_level = RUNNING, live.level
    _open(p, j, live.level, now_s, now_s + dead_s)
    _on_the_list(p, j)
    speed = _speed(p, j, live.level)
    _phase_ends(p, j, live.ready_s + live.left_s / speed if speed > 0 else np.inf)


@njit(cache=True)
def _begin(p: Plant, j: int, now_s: float) -> None:
    """Machines are held: the first start works at once, any other restarts before."""
    live = p.live[j]
    restart_s = p.classes[p.given[j].class_index].restart_s
    _hold(p, j, live.site, 1.0)
    if live.started and restart_s > 0:
        live.phase, live.shown_level = STARTING, live.level
        _open(p, j, 1.0, now_s, now_s + restart_s)
        _phase_ends(p, j, live.ready_s)
        return
    if not live.started:
        live.started, live.started_s = True, now_s
    _work(p, j, now_s, 0.0)


@njit(cache=True)
def _restarted(p: Plant, j: int, now_s: float) -> None:
    """A restart ends: it failed and is tried again, or the work goes on."""
    live, tally = p.live[j], p.tally[0]
    if tally.restart_fails > 0 and _chance(p, j) < tally.restart_fails:
        tally.restarts_failed += 1
        live.ready_s = now_s + p.classes[p.given[j].class_index].restart_s
        _phase_ends(p, j, live.ready_s)
    else:
        _close(p, j, now_s)
        _work(p, j, now_s, 0.0)


@njit(cache=True)
def _finish(p: Plant, j: int, now_s: float) -> None:
    """The work is done."""
    live = p.live[j]
    _close(p, j, now_s)
    live.phase, live.done, live.finish_s = DONE, True, now_s
    live.left_s, live.shown_left_s, live.shown_level = 0.0, 0.0, 0.0
    _hold(p, j, live.site, -1.0)
    _serve(p, live.site, now_s)


@njit(cache=True)
def _ask(p: Plant, j: int, now_s: float) -> None:
    """The job asks its site for machines: at once, or behind those who asked before."""
    live = p.live[j]
    at = p.sites[live.site]
    if at.queue_first == NOBODY and _room(p, j, live.site):
        _begin(p, j, now_s)
        return
    live.phase, live.shown_level = QUEUED, 0.0
    live.queue_next, live.queue_before = NOBODY, at.queue_last
    if at.queue_last == NOBODY:
        at.queue_first = j
    else:
        p.live[at.queue_last].queue_next = j
    at.queue_last = j
    p.tally[0].queued += 1


@njit(cache=True)
def _leave_queue(p: Plant, j: int) -> None:
    """The job no longer stands in its site's queue."""
    live, at = p.live[j], p.sites[p.live[j].site]
    if live.queue_before == NOBODY:
        at.queue_first = live.queue_next
    else:
        p.live[live.queue_before].queue_next = live.queue_next
    if live.queue_next == NOBODY:
        at.queue_last = live.queue_before
    else:
        p.live[live.queue_next].queue_before = live.queue_before
    live.phase = WAITING
    p.tally[0].queued -= 1


@njit(cache=True)
def _serve(p: Plant, site: int, now_s: float) -> None:
    """Machines became free: those who asked first begin first, and nobody overtakes."""
    while p.sites[site].queue_first != NOBODY and _room(p, p.sites[site].queue_first, site):
        j = p.sites[site].queue_first
        _leave_queue(p, j)
        _begin(p, j, now_s)


@njit(cache=True)
def _save(p: Plant, j: int, now_s: float, target: int) -> None:
    """A running job saves its state, to pause (no target) or to move."""
    live = p.live[j]
    _close(p, j, now_s)
    live.phase, live.target, live.shown_level = SAVING, target, 0.0
    if target != NOBODY:
        live.shown_site = target
    _open(p, j, 1.0, now_s, now_s + p.classes[p.given[j].class_index].pause_s)
    if live.ready_s > now_s:
        _phase_ends(p, j, live.ready_s)
    else:
        _saved(p, j, now_s)


@njit(cache=True)
def _saved(p: Plant, j: int, now_s: float) -> None:
    """The state is saved: the job rests, or flies with power on both sides."""
    live = p.live[j]
    if live.target == NOBODY:
        _rest(p, j, now_s)
        return
    live.phase, live.from_target_s = FLYING, now_s
    _draw(p, live.target, p.given[j].power_mw, now_s)
    live.ready_s = now_s + p.given[j].send_s
    _phase_ends(p, j, live.ready_s)


@njit(cache=True)
def _rest(p: Plant, j: int, now_s: float) -> None:
    """A job gives its machines back and waits."""
    live = p.live[j]
    _close(p, j, now_s)
    live.phase, live.shown_level = WAITING, 0.0
    live.turn += 1
    p.tally[0].pauses += 1
    _hold(p, j, live.site, -1.0)
    _serve(p, live.site, now_s)


@njit(cache=True)
def _failed(p: Plant, j: int) -> bool:
    """Whether this move fails."""
    tally = p.tally[0]
    if tally.move_fails > 0 and _chance(p, j) < tally.move_fails:
        tally.moves_failed += 1
        return True
    tally.migrations += 1
    return False


@njit(cache=True)
def _landed(p: Plant, j: int, now_s: float) -> None:
    """A move with machines ends: the job restarts at its target, or at its source when the move failed."""
    live, given = p.live[j], p.given[j]
    source, target = live.site, live.target
    if _failed(p, j):
        _note(p, j, target, (live.from_target_s, now_s), 1.0, now_s - live.from_target_s)
        _draw(p, target, -given.power_mw, now_s)
        leaves = target
    else:
        _note(p, j, source, (live.from_s, now_s), live.drawn, now_s - live.from_s)
        _draw(p, source, -live.drawn * given.power_mw, now_s)
        live.site, live.from_s, live.drawn = target, live.from_target_s, 1.0
        leaves = source
    live.target, live.shown_site, live.shown_level, live.phase = NOBODY, live.site, live.level, STARTING
    live.from_target_s = np.nan
    live.ready_s = now_s + p.classes[given.class_index].restart_s
    _phase_ends(p, j, live.ready_s)
    _hold(p, j, leaves, -1.0)
    _serve(p, leaves, now_s)


@njit(cache=True)
def _send(p: Plant, j: int, now_s: float, target: int) -> None:
    """The data of a job that holds no machine go to another site."""
    live = p.live[j]
    live.phase, live.target, live.shown_site, live.shown_level = SENDING, target, target, 0.0
    live.ready_s = now_s + p.given[j].send_s
    _phase_ends(p, j, live.ready_s)


@njit(cache=True)
def _received(p: Plant, j: int, now_s: float) -> None:
    """The data have come, or not; the job goes on where they are, if it is to run."""
    live = p.live[j]
    if not _failed(p, j):
        live.site = live.target
    live.target, live.shown_site, live.phase = NOBODY, live.site, WAITING
    if live.level > 0:
        _ask(p, j, now_s)


@njit(cache=True)
def _relevel(p: Plant, j: int, now_s: float, level: float) -> None:
    """Another level: a running job goes on after its dead time, any other begins with it."""
    live = p.live[j]
    if live.phase == RUNNING and abs(level - live.level) > ROUNDING:
        _close(p, j, now_s)
        live.level = level
        _work(p, j, now_s, p.classes[p.given[j].class_index].recap_s)
    elif live.phase != RUNNING and level > 0:
        live.level = level
        live.shown_level = level if live.phase == STARTING else 0.0


@njit(cache=True)
def _unfit(p: Plant, j: int, verb: int, site: int, level: float) -> int:
    """Why a job cannot be told this, as a `Refusal`; -1: it can."""
    live, given, at, why = p.live[j], p.given[j], p.sites[site], -1
    about = p.classes[given.class_index]
    leaves = live.phase == RUNNING and site != live.site and verb != CAP
    ahead = verb == MOVE and level == 0 and live.phase in (AWAITED, WAITING, QUEUED)
    if live.phase == DONE:
        why = TOO_LATE
    elif verb == PAUSE:
        why = NOT_INTERRUPTIBLE if live.phase == RUNNING and not about.interruptible else -1
    elif not ahead and not about.least_power - ROUNDING <= level <= 1 + ROUNDING:
        why = LEVEL
    elif verb != CAP and not p.may_run[given.class_index, given.home, site]:
        why = RING
    elif verb != CAP and (given.gpus > at.gpus_max * (1 + ROUNDING) or given.nodes > at.nodes_max * (1 + ROUNDING)):
        why = SIZE
    elif leaves and not about.moves_running:
        why = NOT_INTERRUPTIBLE
    elif leaves and (at.queue_first != NOBODY or not _room(p, j, site)):
        why = NO_ROOM
    return why


@njit(cache=True)
def _obey(p: Plant, j: int, verb: int, site: int, level: float, now_s: float) -> None:
    """A job is told something."""
    live = p.live[j]
    phase, there = live.phase, site == live.site
    why = _unfit(p, j, verb, site, level)
    if why >= 0:
        p.refused[why] += 1
    elif phase == AWAITED:
        _push(p, p.given[j].arrive_s, COMMAND, j, verb, (site, level))
    elif phase == SENDING and (verb in (PAUSE, CAP) or site == live.target):
        if verb != CAP or live.level > 0:
            live.level = 0.0 if verb == PAUSE else level
    elif phase in (SAVING, FLYING, SENDING) or (phase == STARTING and verb in (START, RESUME, MOVE) and not there):
        _push(p, live.ready_s, COMMAND, j, verb, (site, level))  # It listens when it has landed.
    elif verb == PAUSE:
        _pause(p, j, now_s)
    elif verb == CAP or (there and phase in (QUEUED, STARTING, RUNNING)):
        _relevel(p, j, now_s, level)
    else:
        _go(p, j, now_s, site, level)


@njit(cache=True)
def _pause(p: Plant, j: int, now_s: float) -> None:
    """Stop as the phase allows: a running job saves first, one that restarts has nothing new to save."""
    phase = p.live[j].phase
    if phase == RUNNING:
        _save(p, j, now_s, NOBODY)
    elif phase == STARTING:
        _rest(p, j, now_s)
    elif phase == QUEUED:
        _leave_queue(p, j)


@njit(cache=True)
def _go(p: Plant, j: int, now_s: float, site: int, level: float) -> None:
    """Run at a site: where it is, or after a move."""
    live = p.live[j]
    if live.phase == RUNNING:
        _hold(p, j, site, 1.0)
        live.level = level
        _save(p, j, now_s, site)
        return
    if live.phase == QUEUED:
        _leave_queue(p, j)
    live.level = level
    if site != live.site:
        _send(p, j, now_s, site)
    elif level > 0:
        _ask(p, j, now_s)


@njit(cache=True)
def _end_of_phase(p: Plant, j: int, now_s: float) -> None:
    """Do what follows on the phase that a job is in."""
    phase = p.live[j].phase
    if phase == RUNNING:
        _finish(p, j, now_s)
    elif phase == STARTING:
        _restarted(p, j, now_s)
    elif phase == SAVING:
        _saved(p, j, now_s)
    elif phase == FLYING:
        _landed(p, j, now_s)
    elif phase == SENDING:
        _received(p, j, now_s)


@njit(cache=True)
def _play_first_of_heap(p: Plant) -> None:
    """Play the event on top of the heap, if it is still meant."""
    event = p.heap[0]
    at_s, rank, j, what, site, level = event.at_s, event.rank, event.job, event.what, event.site, event.level
    _pop(p)
    p.tally[0].now_s = at_s
    if rank == COMMAND:
        _obey(p, j, what, site, level, at_s)
    elif p.live[j].turn == what:
        _end_of_phase(p, j, at_s)


@njit(cache=True)
def _next_rank(p: Plant) -> int:
    """Where the next event comes from: ARRIVAL, COMMAND (the script), TICK, PHASE_ENDS (the heap); -1: nowhere."""
    tally = p.tally[0]
    source, at_s, rank = -1, np.inf, 0
    if tally.next_arrival < p.given.shape[0]:
        source, at_s, rank = ARRIVAL, p.given[tally.next_arrival].arrive_s, ARRIVAL
    if tally.next_script < p.script.shape[0]:
        told_s = p.script[tally.next_script].at_s
        if told_s < at_s:
            source, at_s, rank = COMMAND, told_s, COMMAND
    if tally.tick_s > 0 and tally.next_tick * tally.tick_s < min(at_s, tally.end_s):
        source, at_s, rank = TICK, tally.next_tick * tally.tick_s, TICK
    if tally.waiting_events:
        first = p.heap[0]
        if first.at_s < at_s or (first.at_s == at_s and first.rank < rank):
            source, at_s, rank = PHASE_ENDS, first.at_s, first.rank
    past = at_s > tally.end_s or (at_s == tally.end_s and rank != PHASE_ENDS)
    return -1 if past else source


@njit(cache=True)
def advance(p: Plant, told: NDArray[np.void], events_max: int) -> tuple[int, int]:
    """Put commands into the heap, then play events until somebody must be asked; why it stopped, and for which job."""
    for k in range(told.shape[0]):
        one = told[k]
        _push(p, one.at_s, COMMAND, one.job, one.verb, (one.site, one.level))
    tally = p.tally[0]
    played = 0
    while True:
        if tally.stretches + SPARE > p.log.shape[0] or tally.waiting_events + tally.queued + SPARE > p.heap.shape[0]:
            return FULL, NOBODY
        if played >= events_max:
            return COUNTED, NOBODY
        source = _next_rank(p)
        if source < 0:
            return ENDED, NOBODY
        played += 1
        tally.events += 1
        if source == PHASE_ENDS:
            _play_first_of_heap(p)
        elif source == ARRIVAL:
            j = tally.next_arrival
            tally.next_arrival += 1
            tally.now_s = p.given[j].arrive_s
            p.live[j].arrived, p.live[j].phase = True, WAITING
            if tally.asks:
                return ARRIVED, j
        elif source == COMMAND:
            one = p.script[tally.next_script]
            tally.next_script += 1
            tally.now_s = max(one.at_s, tally.now_s)
            _obey(p, one.job, one.verb, one.site, one.level, tally.now_s)
        else:
            tally.now_s = tally.next_tick * tally.tick_s
            tally.next_tick += 1
            return TICKED, NOBODY


@njit(cache=True)
def look(p: Plant) -> None:
    """Bring the work left that is shown up to now, for the jobs that run."""
    now_s = p.tally[0].now_s
    for k in range(p.tally[0].working):
        j = p.working[k]
        p.live[j].shown_left_s = _left_s(p, j, now_s)


@njit(cache=True)
def cut(p: Plant, j: int) -> None:
    """At the end, close what a job still draws."""
    live, end_s = p.live[j], p.tally[0].end_s
    if live.phase == FLYING:
        _note(p, j, live.target, (live.from_target_s, end_s), 1.0, end_s - live.from_target_s)
        _draw(p, live.target, -p.given[j].power_mw, end_s)
    _close(p, j, end_s)
