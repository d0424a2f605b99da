"""In which periods, where and at which level does each single job run? One job after the other, at machine speed.

Every site has in each period a price up to the power that the plan gave it, another beyond, and a room. A job takes the
cheapest periods of its own window that have room for it; taken out and placed again, it can only get cheaper. Three
sorts of jobs are told apart:

* loose: may pause, slow down or move at no loss of time: the cheapest pieces of its periods;
* sticky: saving, restarting, sending data or changing level cost time: the cheapest chain of running and pausing, for
  the price of work at which just enough is done (Lagrange);
* rigid: runs through once started: the cheapest start.

Everything is one module, because the compiler's store of finished code looks at one file only. `b` is the `Board`,
`j` a job's row, `i` a period counted from the first of its window, `k` one counted from the first of all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from wattloom.dispatch.board import BEYOND, LOOSE, NOT_YET, NOWHERE, PAUSED, RIGID, RUNNING, WAITING, WELL

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.dispatch.board import Board

SECONDS_PER_HOUR = 3600.0
ROUNDING = 1e-9
ROUNDING_S = 1e-6
DONE_S = 1e-8
"""Work left by rounding."""
DEAREST_TIMES = 1e5
"""Up to here of the dearest second the worth of work is raised before a job counts as not to be placed."""
HALVINGS = 14
"""Of the interval in which the worth of work lies: to 1 in 16,000."""
SITE, START, END, LEVEL, DEAD = 0, 1, 2, 3, 4
"""Columns of a stretch."""


@njit(cache=True)
def _speed(b: Board, j: int, level: float) -> float:
    """Share of full speed at a level."""
    bend = b.bends[b.job[j].curve]
    for k in range(1, bend.shape[0]):
        if level <= bend[k, 0]:
            run = bend[k, 0] - bend[k - 1, 0]
            part = (level - bend[k - 1, 0]) / run if run > 0 else 1.0
            return float(bend[k - 1, 1] + part * (bend[k, 1] - bend[k - 1, 1]))
    return 1.0


@njit(cache=True)
def _available_s(b: Board, j: int, i: int) -> float:
    """Seconds of a period that lie in the job's window."""
    k = b.job[j].first + i
    return float(max(min(b.edge_s[k + 1], b.job[j].due_s) - max(b.edge_s[k], b.job[j].from_s), 0.0))


@njit(cache=True)
def _machines_free(b: Board, j: int, s: int, k: int) -> bool:
    """Whether a site has GPUs and whole nodes left for the job in a period."""
    if b.slot[s, k].gpus + b.slot[s, k].gang_gpus + b.job[j].gpus > b.hall[s].gpus_max * (1 + ROUNDING):
        return False
    if np.isinf(b.hall[s].nodes_max):
        return True
    shared = b.slot[s, k].gpus + (0.0 if b.job[j].nodes > 0 else b.job[j].gpus)
    gang = b.slot[s, k].nodes + b.job[j].nodes
    return bool(gang + np.ceil(shared / b.hall[s].per_node - ROUNDING) <= b.hall[s].nodes_max + ROUNDING)


@njit(cache=True)
def _choice(b: Board, j: int, i: int, s: int, on_s: float) -> tuple[float, float]:
    """Highest level that room and machines of a site allow in a period (0: none), and CNY/MWh with migration."""
    job = b.job[j]
    k, extra = job.first + i, b.extra[job.away, s]
    if on_s <= 0.0 or extra == np.inf:
        return 0.0, np.inf
    slot, mw = b.slot[s, k], job.mw
    level = (slot.room - slot.used) * (b.edge_s[k + 1] - b.edge_s[k]) / (mw * on_s)
    if level >= 1.0 - ROUNDING:
        level = 1.0
    elif level < max(job.least, ROUNDING):
        return 0.0, np.inf
    if b.counted and not _machines_free(b, j, s, k):
        return 0.0, np.inf
    below = min(max((slot.planned - slot.used) / mw, 0.0), 1.0)
    return level, below * slot.low + (1.0 - below) * slot.high + extra


@njit(cache=True)
def _clear(b: Board, j: int) -> None:
    """Nothing runs."""
    for row in range(b.job[j].row, b.job[j].row_end):
        b.draft[row].at, b.draft[row].level, b.draft[row].on_s = NOWHERE, 0.0, 0.0


@njit(cache=True)
def _take(b: Board, j: int, s: int, k: int, sign: float) -> None:
    """Hold a period's machines, or give them back."""
    if b.job[j].nodes > 0:
        b.slot[s, k].nodes += sign * b.job[j].nodes
        b.slot[s, k].gang_gpus += sign * b.job[j].gpus
    else:
        b.slot[s, k].gpus += sign * b.job[j].gpus


@njit(cache=True)
def count_in(b: Board, j: int, sign: float, rows: NDArray[np.float64]) -> None:
    """Add the power and machines of a job's draft to what is used, or take them away."""
    if b.job[j].sort != LOOSE:
        _count_stretches(b, j, sign, rows, stretches(b, j, rows, b.job[j].need_s))
        return
    for row in range(b.job[j].row, b.job[j].row_end):
        mine, k = b.draft[row], b.job[j].first + row - b.job[j].row
        if mine.at != NOWHERE:
            _take(b, j, mine.at, k, sign)
            share = mine.on_s / (b.edge_s[k + 1] - b.edge_s[k])
            b.slot[mine.at, k].used += sign * mine.level * b.job[j].mw * share


@njit(cache=True)
def _count_stretches(b: Board, j: int, sign: float, rows: NDArray[np.float64], count: int) -> None:
    """Count a job by its stretches; who moves holds new machines while it saves, the old ones until it lands."""
    held = np.full(b.slot.shape[0], NOWHERE)
    for n in range(count):
        s, start_s, end_s = int(rows[n, SITE]), rows[n, START], rows[n, END]
        flies = n > 0 and int(rows[n - 1, SITE]) != s and rows[n - 1, START] == start_s
        holds_s = start_s - (b.job[j].pause_s if flies else 0.0)
        for k in range(b.job[j].first, b.job[j].last):
            if b.edge_s[k] >= end_s or b.edge_s[k + 1] <= holds_s:
                continue
            if k > held[s]:
                held[s] = k
                _take(b, j, s, k, sign)
            lasts = max(min(end_s, b.edge_s[k + 1]) - max(start_s, b.edge_s[k]), 0.0)
            b.slot[s, k].used += sign * rows[n, LEVEL] * b.job[j].mw * lasts / (b.edge_s[k + 1] - b.edge_s[k])


@njit(cache=True)
def _begins_s(b: Board, j: int, i: int) -> float:
    """Instant at which the job begins to run in a period: early, unless it only goes on behind it."""
    row, k = b.job[j].row + i, b.job[j].first + i
    early = max(b.edge_s[k], b.job[j].from_s)
    late = min(b.edge_s[k + 1], b.job[j].due_s) - b.draft[row].on_s
    before = i > 0 and b.draft[row - 1].at == b.draft[row].at
    after = row + 1 < b.job[j].row_end and b.draft[row + 1].at == b.draft[row].at
    runs_now = i == 0 and b.job[j].begun == RUNNING and b.draft[row].at == b.job[j].at
    return float(late if after and not before and not runs_now else early)


@njit(cache=True)
def _put(rows: NDArray[np.float64], n: int, site: int, span_s: tuple[float, float], level: float, dead_s: float) -> int:
    """Write a stretch; one that only goes on joins the one before."""
    start_s, end_s = span_s
    if end_s - start_s <= 0.0:
        return n
    if (
        n
        and dead_s == 0.0
        and rows[n - 1, SITE] == site
        and rows[n - 1, LEVEL] == level
        and rows[n - 1, END] == start_s
    ):
        rows[n - 1, END] = end_s
        return n
    rows[n, SITE], rows[n, START], rows[n, END], rows[n, LEVEL], rows[n, DEAD] = site, start_s, end_s, level, dead_s
    return n + 1


@njit(cache=True)
def _saved(b: Board, j: int, rows: NDArray[np.float64], n: int) -> tuple[int, float]:
    """Turn the end of the last stretch into saving, at full power; how many stretches, and the work that is lost."""
    if b.job[j].pause_s <= 0.0:
        return n, 0.0
    if n == 0:
        saved_s = (b.job[j].from_s, b.job[j].from_s + b.job[j].pause_s)
        return _put(rows, 0, b.job[j].at, saved_s, 1.0, b.job[j].pause_s), 0.0
    last = n - 1
    speed, end_s, site = _speed(b, j, rows[last, LEVEL]), rows[last, END], int(rows[last, SITE])
    before = max(end_s - rows[last, START] - rows[last, DEAD], 0.0)
    rows[last, END] = max(end_s - b.job[j].pause_s, rows[last, START])
    lasts = rows[last, END] - rows[last, START]
    rows[last, DEAD] = min(rows[last, DEAD], lasts)
    lost = (before - (lasts - rows[last, DEAD])) * speed
    kept = n if lasts > 0.0 else last
    from_s = rows[last, END]
    return _put(rows, kept, site, (from_s, end_s), 1.0, end_s - from_s), lost


@njit(cache=True)
def stretches(b: Board, j: int, rows: NDArray[np.float64], need_s: float) -> int:
    """Write a draft as stretches of one level, with every dead time; how many. They end when `need_s` of work are done.

    As the plant does: a pause or move saves at full power before it, a resume or landing restarts at full power, data
    of a job that waits are sent without machines, and those of one that runs with power on both sides.
    """
    left, n, site, state, level, end_s = need_s, 0, b.job[j].at, b.job[j].begun, b.job[j].level_now, b.job[j].from_s
    owed_s, owed_level = 0.0, 1.0
    for row in range(b.job[j].row, b.job[j].row_end):
        if b.draft[row].at == NOWHERE or left <= DONE_S:
            continue
        s, wants, now_s = b.draft[row].at, b.draft[row].level, _begins_s(b, j, row - b.job[j].row)
        until_s = now_s + b.draft[row].on_s
        goes_on = now_s <= end_s + ROUNDING_S
        if state == RUNNING and not (goes_on and s == site):
            n, lost = _saved(b, j, rows, n)
            left, state, owed_s, owed_level = left + lost, PAUSED, b.job[j].restart_s, 1.0
            if s != site and goes_on:
                n = _put(rows, n, site, (now_s, now_s + b.job[j].send_s), 1.0, b.job[j].send_s)
                owed_s += b.job[j].send_s
                site = s
        elif state == RUNNING and owed_s <= 0.0 and abs(level - wants) > ROUNDING:
            owed_s, owed_level = b.job[j].recap_s, wants
        elif state == PAUSED:
            owed_s, owed_level = b.job[j].restart_s, 1.0
        if s != site:
            late_s = max(end_s + b.job[j].send_s - now_s, 0.0)
            ends_s = min(b.edge_s[b.job[j].first + row - b.job[j].row + 1], b.job[j].due_s)
            until_s = min(until_s + late_s, max(ends_s, until_s))
            now_s = min(now_s + late_s, until_s)
        dead_s = min(owed_s, until_s - now_s)
        n = _put(rows, n, s, (now_s, now_s + dead_s), owed_level, dead_s)
        owed_s, now_s = owed_s - dead_s, now_s + dead_s
        speed = _speed(b, j, wants)
        until_s = min(until_s, now_s + left / speed)
        n = _put(rows, n, s, (now_s, until_s), wants, 0.0)
        left = max(left - (until_s - now_s) * speed, 0.0)
        site, state, level, end_s = s, RUNNING, wants, until_s
    return n


@njit(cache=True)
def _worked_s(b: Board, j: int, rows: NDArray[np.float64]) -> float:
    """Work that a draft could do."""
    worked = 0.0
    for n in range(stretches(b, j, rows, np.inf)):
        worked += max(rows[n, END] - rows[n, START] - rows[n, DEAD], 0.0) * _speed(b, j, rows[n, LEVEL])
    return worked


@njit(cache=True)
def _pieces(b: Board, j: int, roomy: bool, piece: NDArray[np.float64]) -> int:  # noqa: FBT001 - no keywords here
    """Pieces of work that a loose job may take: of each period, at its cheapest site or its roomiest; how many.

    Columns: cost of a second of work, seconds of work, period, site, level up to which the piece reaches.
    """
    job, slots, extra, n = b.job[j], b.slot, b.extra[b.job[j].away], 0
    curve, first, from_s, delay, least, mw = job.curve, job.first, job.from_s, job.delay, job.least, job.mw
    for i in range(job.last - first):
        k = first + i
        on_s = max(min(b.edge_s[k + 1], job.due_s) - max(b.edge_s[k], from_s), 0.0)
        per_level = mw * on_s / (b.edge_s[k + 1] - b.edge_s[k])
        best, site, top, price = np.inf, NOWHERE, 0.0, 0.0
        for s in range(slots.shape[0]):
            # As in `_choice`, without a call: this is where the time goes.
            slot = slots[s, k]
            room = slot.room - slot.used
            if room < per_level * max(least, ROUNDING) * (1 - ROUNDING) or extra[s] == np.inf or per_level <= 0.0:
                continue
            if b.counted and not _machines_free(b, j, s, k):
                continue
            level = 1.0 if room >= per_level * (1 - ROUNDING) else room / per_level
            below = min(max((slot.planned - slot.used) / mw, 0.0), 1.0)
            asked = below * slot.low + (1.0 - below) * slot.high + extra[s]
            worth = -level if roomy else asked
            if worth < best or (worth == best and level > top):
                best, site, top, price = worth, s, level, asked
        if site == NOWHERE:
            continue
        wait = delay * max(b.edge_s[k] - from_s, 0.0)
        level, speed = 0.0, 0.0
        for point in range(b.levels.shape[1]):
            ahead = min(b.levels[curve, point], top)
            if ahead <= level:
                break
            faster = _speed(b, j, ahead)
            piece[n, 0] = price * mw / SECONDS_PER_HOUR * (ahead - level) / (faster - speed) + wait
            piece[n, 1] = (faster - speed) * on_s
            piece[n, 2], piece[n, 3], piece[n, 4] = i, site, ahead
            level, speed, n = ahead, faster, n + 1
    return n


@njit(cache=True)
def _place_loose(b: Board, j: int, piece: NDArray[np.float64]) -> float:
    """Take the cheapest pieces until the work is done; the work that found no room."""
    left, start = b.job[j].need_s, b.job[j].row
    for roomy in (False, True):
        _clear(b, j)
        left = b.job[j].need_s
        n = _pieces(b, j, roomy, piece)
        order = np.argsort(piece[:n, 0])
        for at in range(n):
            work_s, row = piece[order[at], 1], start + int(piece[order[at], 2])
            if left <= ROUNDING_S:
                break
            on_s = _available_s(b, j, row - start)
            share, ahead = min(left / work_s, 1.0), piece[order[at], 4]
            if b.draft[row].at == NOWHERE:
                # The lowest level for part of the period, rather than a level below the lowest.
                b.draft[row].at, b.draft[row].level, b.draft[row].on_s = int(piece[order[at], 3]), ahead, on_s * share
            else:
                b.draft[row].level += share * (ahead - b.draft[row].level)
            left -= share * work_s
        if left <= ROUNDING_S:
            return 0.0
    return float(left)


@njit(cache=True)
def _place_rigid(b: Board, j: int, over: bool) -> float:  # noqa: FBT001 - no keywords here
    """The cheapest stretch from start to end at one site; the work that found no room, or 0 where room does not count.

    Beyond the room (`over`) the start that exceeds it least is taken, the cheapest of such.
    """
    count, start = b.job[j].last - b.job[j].first, b.job[j].row
    best, best_site, best_start, worst = np.inf, NOWHERE, 0.0, np.inf
    runs = b.job[j].begun != WAITING
    for s in range(b.slot.shape[0]):
        if np.isinf(b.extra[b.job[j].away, s]) or (runs and s != b.job[j].at):
            continue
        ready_s = b.job[j].from_s + (b.job[j].send_s if s != b.job[j].at else 0.0)
        for i in range(-1, count + 1):
            begins_s = b.edge_s[b.job[j].first + i] if i >= 0 else ready_s
            if i == count:
                begins_s = b.job[j].due_s - b.job[j].need_s
            if (
                begins_s < ready_s - ROUNDING_S
                or begins_s + b.job[j].need_s > b.job[j].due_s + ROUNDING_S
                or (runs and i >= 0)
            ):
                continue
            cost, excess = _of_stretch(b, j, s, begins_s)
            if (excess <= 0.0 or over) and (excess < worst - ROUNDING or (excess <= worst and cost < best)):
                best, best_site, best_start, worst = cost, s, begins_s, excess if over else 0.0
    _clear(b, j)
    if best_site == NOWHERE:
        return float(b.job[j].need_s)
    for i in range(count):
        on_s = min(b.edge_s[b.job[j].first + i + 1], best_start + b.job[j].need_s) - max(
            b.edge_s[b.job[j].first + i], best_start
        )
        if on_s > 0.0:
            b.draft[start + i].at, b.draft[start + i].level, b.draft[start + i].on_s = best_site, 1.0, on_s
    return 0.0


@njit(cache=True)
def _of_stretch(b: Board, j: int, s: int, begins_s: float) -> tuple[float, float]:
    """What running through from an instant costs, and the MWs by which it exceeds the room."""
    end_s, cost, excess, i = begins_s + b.job[j].need_s, 0.0, 0.0, 0
    for i in range(b.job[j].last - b.job[j].first):
        k = b.job[j].first + i
        on_s = min(b.edge_s[k + 1], end_s) - max(b.edge_s[k], begins_s)
        if on_s <= 0.0:
            continue
        width = b.edge_s[k + 1] - b.edge_s[k]
        over_mw = max(
            b.slot[s, k].used + b.job[j].mw * on_s / width - max(b.slot[s, k].room, 0.0) * (1 + ROUNDING), 0.0
        )
        if not _machines_free(b, j, s, k):
            over_mw = max(over_mw, b.job[j].mw)
        excess += over_mw * width
        below = min(max((b.slot[s, k].planned - b.slot[s, k].used) / b.job[j].mw, 0.0), 1.0)
        price = below * b.slot[s, k].low + (1.0 - below) * b.slot[s, k].high + b.extra[b.job[j].away, s]
        cost += price * b.job[j].mw * on_s / SECONDS_PER_HOUR
        cost += b.job[j].delay * max(b.edge_s[k] - b.job[j].from_s, 0.0) * on_s
    return cost, excess


@njit(cache=True)
def _place_sticky(b: Board, j: int, rows: NDArray[np.float64]) -> float:
    """The cheapest chain of running and pausing that does the work, dead times included; the work left."""
    count, need = b.job[j].last - b.job[j].first, b.job[j].need_s
    top, second = np.zeros((2, b.slot.shape[0], count)), np.zeros((b.slot.shape[0], count))
    dearest = ROUNDING
    for s in range(second.shape[0]):
        for i in range(count):
            top[0, s, i], price = _choice(b, j, i, s, _available_s(b, j, i))
            if top[0, s, i] > 0.0:
                second[s, i] = price * b.job[j].mw / SECONDS_PER_HOUR
                dearest = max(dearest, abs(second[s, i]))
    low, high, done = 0.0, 2.0 * dearest, 0.0
    while True:
        _chain(b, j, top, second, high)
        done = _worked_s(b, j, rows)
        if done >= need - ROUNDING_S or high > DEAREST_TIMES * dearest:
            break
        low, high = high, 4.0 * high
    if done < need - ROUNDING_S:
        return float(need - done)
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        _chain(b, j, top, second, middle)
        if _worked_s(b, j, rows) >= need - ROUNDING_S:
            high = middle
        else:
            low = middle
    _chain(b, j, top, second, high)
    return 0.0


@njit(cache=True)
def _chain(b: Board, j: int, top: NDArray[np.float64], second: NDArray[np.float64], worth: float) -> None:
    """The best chain where a second of work is worth so much: by dynamic programming over periods and states.

    States: not started; paused with its data at each site; running at each site; done. `second` is what a second at
    full power costs, `top` the level at which it may run.
    """
    _, sites, count = top.shape
    states = 2 * sites + 2
    value, ahead = np.full(states, np.inf), np.empty(states)
    came = np.empty((count, states), dtype=np.int64)
    value[(0, 1 + b.job[j].at, 1 + sites + b.job[j].at)[b.job[j].begun]] = 0.0
    for i in range(count):
        k, on_s = b.job[j].first + i, _available_s(b, j, i)
        came[i, :] = np.arange(states)
        ahead[0] = value[0]
        ahead[states - 1] = value[states - 1]
        for s in range(sites):
            paused, runs = 1 + s, 1 + sites + s
            ahead[paused] = value[paused]
            if value[runs] + worth * b.job[j].pause_s < value[paused]:
                ahead[paused], came[i, paused] = value[runs] + worth * b.job[j].pause_s, runs
            if value[runs] < ahead[states - 1]:
                ahead[states - 1], came[i, states - 1] = value[runs], runs
            ahead[runs] = np.inf
            if top[0, s, i] <= 0.0:
                continue
            wait = b.job[j].delay * max(b.edge_s[k] - b.job[j].from_s, 0.0)
            level = _best_level(b, j, top[0, s, i], second[s, i], worth - wait)
            top[1, s, i] = level
            ahead[runs], came[i, runs] = _into(b, j, (s, i), value, second, worth)
            changes = i > 0 and came[i, runs] == runs and abs(top[1, s, i - 1] - level) > ROUNDING
            dead_s = min(b.job[j].recap_s, on_s) if changes else 0.0
            ahead[runs] += second[s, i] * level * on_s - (worth - wait) * _speed(b, j, level) * (on_s - dead_s)
        value[:] = ahead
    _follow(b, j, top, came, int(np.argmin(value)))


@njit(cache=True)
def _best_level(b: Board, j: int, top: float, second: float, worth: float) -> float:
    """The level at which a second brings most, where work is worth so much."""
    best, level = worth * _speed(b, j, top) - second * top, top
    for point in range(b.levels.shape[1]):
        lower = b.levels[b.job[j].curve, point]
        if 0.0 < lower < top and worth * _speed(b, j, lower) - second * lower > best:
            best, level = worth * _speed(b, j, lower) - second * lower, lower
    return level


@njit(cache=True)
def _into(
    b: Board, j: int, at: tuple[int, int], value: NDArray[np.float64], second: NDArray[np.float64], worth: float
) -> tuple[float, int]:
    """The cheapest way to run at a site in a period: value and state before."""
    s, i = at
    sites, k = second.shape[0], b.job[j].first + i
    width = b.edge_s[k + 1] - b.edge_s[k]
    best, state = value[1 + sites + s], 1 + sites + s
    fresh = value[0]
    if s != b.job[j].at:
        fresh += worth * min(max(b.job[j].send_s - max(b.edge_s[k] - b.job[j].from_s, 0.0), 0.0), width)
    if fresh < best:
        best, state = fresh, 0
    for q in range(sites):
        resumed = value[1 + q] + worth * b.job[j].restart_s
        moved = (
            value[1 + sites + q]
            + worth * (b.job[j].pause_s + b.job[j].send_s + b.job[j].restart_s)
            + second[q, i] * b.job[j].send_s
        )
        if q != s:
            resumed += worth * max(b.job[j].send_s - width, 0.0)
            if moved < best:
                best, state = moved, 1 + sites + q
        if resumed < best:
            best, state = resumed, 1 + q
    return best, state


@njit(cache=True)
def _follow(b: Board, j: int, top: NDArray[np.float64], came: NDArray[np.int64], state: int) -> None:
    """Write the chain that ends in a state into the draft."""
    _, sites, count = top.shape
    for back in range(count):
        i = count - 1 - back
        row = b.job[j].row + i
        s = state - 1 - sites
        if 0 <= s < sites:
            b.draft[row].at, b.draft[row].level, b.draft[row].on_s = s, top[1, s, i], _available_s(b, j, i)
        else:
            b.draft[row].at, b.draft[row].level, b.draft[row].on_s = NOWHERE, 0.0, 0.0
        state = came[i, state]


@njit(cache=True)
def _place_over(b: Board, j: int) -> None:
    """Run whatever the room: the deadline comes first, the excess is mended later, if others can leave.

    A loose job runs all through its window at the lowest level that does the work, where most is free; a sticky one at
    full power where it is, as soon as it can.
    """
    if b.job[j].sort == RIGID:
        _place_rigid(b, j, True)
        return
    _clear(b, j)
    site, level = b.job[j].at, 1.0
    if b.job[j].sort == LOOSE:
        site, level = _roomiest(b, j), _lowest(b, j, b.job[j].need_s / (b.job[j].due_s - b.job[j].from_s))
    left = b.job[j].need_s + (b.job[j].restart_s if b.job[j].begun == PAUSED else 0.0)
    for row in range(b.job[j].row, b.job[j].row_end):
        on_s = _available_s(b, j, row - b.job[j].row)
        if left > ROUNDING_S and on_s > 0.0:
            on_s = min(on_s, left / _speed(b, j, level)) if b.job[j].sort == LOOSE else on_s
            b.draft[row].at, b.draft[row].level, b.draft[row].on_s = site, level, on_s
            left -= on_s * _speed(b, j, level)


@njit(cache=True)
def _roomiest(b: Board, j: int) -> int:
    """The site with most room in the job's window."""
    best, site = -np.inf, b.job[j].at
    for s in range(b.slot.shape[0]):
        if b.extra[b.job[j].away, s] == np.inf:
            continue
        room = 0.0
        for k in range(b.job[j].first, b.job[j].last):
            room += min(b.slot[s, k].room - b.slot[s, k].used, b.job[j].mw)
        if room > best + ROUNDING:
            best, site = room, s
    return int(site)


@njit(cache=True)
def _lowest(b: Board, j: int, speed: float) -> float:
    """Lowest level allowed at which a job is at least so fast."""
    low, high = b.job[j].least, 1.0
    if _speed(b, j, low) >= speed:
        return float(max(low, ROUNDING))
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        if _speed(b, j, middle) >= speed:
            high = middle
        else:
            low = middle
    return high


@njit(cache=True)
def _longest(b: Board) -> int:
    """Periods of the longest window."""
    return int(np.max(b.job["last"] - b.job["first"])) if b.job.size else 1


@njit(cache=True)
def place(b: Board, order: NDArray[np.int64]) -> None:
    """Take out each job in an order and place it again; one that finds no better place keeps the one it had."""
    longest = _longest(b)
    rows, piece = np.empty((4 * longest + 4, 5)), np.empty((longest * b.levels.shape[1], 5))
    for at in range(order.size):
        j = order[at]
        before, placed = b.draft[b.job[j].row : b.job[j].row_end].copy(), b.job[j].placed
        count_in(b, j, -1.0, rows)
        if b.job[j].sort == LOOSE:
            left = _place_loose(b, j, piece)
        elif b.job[j].sort == RIGID:
            left = _place_rigid(b, j, False)
        else:
            left = _place_sticky(b, j, rows)
        b.job[j].placed = WELL
        if left > ROUNDING_S and placed != NOT_YET:
            for i in range(before.size):
                b.draft[b.job[j].row + i] = before[i]
            b.job[j].placed = placed
        elif left > ROUNDING_S:
            _place_over(b, j)
            b.job[j].placed = BEYOND
        count_in(b, j, 1.0, rows)


@njit(cache=True)
def written(b: Board) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """All drafts as stretches: the job of each, and its site, start, end, level and dead time, shape (stretch, 5)."""
    rows, total = np.empty((4 * _longest(b) + 4, 5)), 0
    for j in range(b.job.size):
        total += stretches(b, j, rows, b.job[j].need_s)
    owner, out = np.empty(total, dtype=np.int64), np.empty((total, 5))
    at = 0
    for j in range(b.job.size):
        n = stretches(b, j, rows, b.job[j].need_s)
        out[at : at + n], owner[at : at + n] = rows[:n], j
        at += n
    return owner, out
